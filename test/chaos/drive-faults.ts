import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault-plan.ts';
import type { Slots } from './slots.ts';

export interface FaultCounts {
  kills: number;
  stops: number;
  longStops: number;
  postgres: number;
  redis: number;
}

interface Targets {
  readonly slots: Slots;
  readonly cluster: { restartImmediately(): Promise<void> };
  readonly redis?: { start(): Promise<void>; stop(): Promise<void>; flush(): Promise<void> };
  readonly say: (line: string) => void;
  /** A stop that lasts longer than this is a long one. */
  readonly leaseMs: number;
}

/** How long Redis is away when it is killed. */
const REDIS_DOWN_MS = 500;

/** Makes the faults of the plan happen at their times; answers what did happen, when the last of them is over. */
export async function driveFaults(plan: readonly Fault[], { slots, cluster, redis, say, leaseMs }: Targets): Promise<FaultCounts> {
  const counts: FaultCounts = { kills: 0, stops: 0, longStops: 0, postgres: 0, redis: 0 };
  const one = async (fault: Fault): Promise<void> => {
    switch (fault.kind) {
      case 'kill':
        if (await slots.kill(fault.slot)) counts.kills += 1;
        break;
      case 'stop':
        if (!(await slots.pause(fault.slot, fault.forMs))) break;
        counts.stops += 1;
        if (fault.forMs > leaseMs) counts.longStops += 1;
        break;
      case 'postgres':
        await cluster.restartImmediately();
        counts.postgres += 1;
        break;
      case 'redis-flush':
        await redis?.flush().catch((error: Error) => say(`FLUSHALL: ${error.message}`));
        counts.redis += 1;
        break;
      case 'redis-restart':
        await redis?.stop();
        await sleep(REDIS_DOWN_MS);
        await redis?.start();
        counts.redis += 1;
    }
  };
  const began = performance.now();
  const happening: Promise<void>[] = [];
  for (const fault of plan) {
    const early = fault.at - (performance.now() - began);
    if (early > 0) await sleep(early);
    happening.push(one(fault));
  }
  await Promise.all(happening);
  return counts;
}
