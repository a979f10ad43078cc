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
}

/** Makes the faults of the plan happen at their times; answers what did happen. */
export async function driveFaults(plan: readonly Fault[], { slots, cluster, redis, say }: Targets, leaseMs = 2_000): Promise<FaultCounts> {
  const counts: FaultCounts = { kills: 0, stops: 0, longStops: 0, postgres: 0, redis: 0 };
  const began = performance.now();
  const restarts: Promise<void>[] = [];
  let lastEnd = 0;
  for (const fault of plan) {
    const early = fault.at - (performance.now() - began);
    if (early > 0) await sleep(early);
    switch (fault.kind) {
      case 'kill':
        if (slots.kill(fault.slot)) counts.kills += 1;
        break;
      case 'stop':
        if (!slots.pause(fault.slot, fault.forMs)) break;
        counts.stops += 1;
        if (fault.forMs > leaseMs) counts.longStops += 1;
        lastEnd = Math.max(lastEnd, fault.at + fault.forMs);
        break;
      case 'postgres':
        counts.postgres += 1;
        restarts.push(cluster.restartImmediately());
        break;
      default:
        if (!redis) break;
        counts.redis += 1;
        restarts.push(fault.kind === 'redis-flush' ? redis.flush().catch((error: Error) => say(`FLUSHALL: ${error.message}`)) : redis.stop().then(() => sleep(500)).then(() => redis.start()));
    }
  }
  await Promise.all(restarts);
  const still = lastEnd - (performance.now() - began);
  if (still > 0) await sleep(still);
  return counts;
}
