import { Chance } from '../faults/chance.ts';

/** What happens to which process, in milliseconds from the start. The same seed makes the same plan. */
export type Fault =
  | { readonly at: number; readonly kind: 'kill'; readonly slot: number }
  | { readonly at: number; readonly kind: 'stop'; readonly slot: number; readonly forMs: number }
  | { readonly at: number; readonly kind: 'postgres' | 'redis-flush' | 'redis-restart' };

export interface PlanOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly slots: number;
  /** In all, spread over the run. */
  readonly kills: number;
  readonly stops: number;
  readonly restarts: number;
  /** Stops last up to four times this: a good part of them longer than a lease. */
  readonly leaseMs: number;
  readonly redis?: boolean;
}

/** Nothing happens before the workers are at work. */
const QUIET_START_MS = 1_500;

/** Faults spread over the run, each at a chance moment of its own part of it. */
export function faultPlan({ seed, seconds, slots, kills, stops, restarts, leaseMs, redis = false }: PlanOptions): Fault[] {
  const chance = new Chance(seed);
  const length = seconds * 1_000 - QUIET_START_MS;
  const spread = (count: number): number[] => Array.from({ length: count }, (_, n) => QUIET_START_MS + Math.floor(((n + chance.next()) * length) / count));
  const stopped: { slot: number; from: number; to: number }[] = spread(stops).map((from, n) => {
    // From a tenth of a lease to four leases; every second one outlasts it, the first among them.
    const forMs = Math.round(leaseMs * (n % 2 === 1 ? chance.between(10, 90) : chance.between(110, 400)) / 100);
    return { slot: chance.between(0, slots - 1), from, to: from + forMs };
  });
  // Who is stopped is left alone, so that what it does when it wakes up is seen.
  const awake = (at: number): number[] => Array.from({ length: slots }, (_, slot) => slot).filter((slot) => !stopped.some((stop) => stop.slot === slot && stop.from <= at && at < stop.to + 300));
  const faults: Fault[] = stopped.map(({ slot, from, to }) => ({ at: from, kind: 'stop', slot, forMs: to - from }));
  for (const at of spread(kills)) {
    const free = awake(at);
    faults.push({ at, kind: 'kill', slot: free.length > 0 ? chance.of(free) : chance.between(0, slots - 1) });
  }
  for (const at of spread(restarts)) faults.push({ at, kind: 'postgres' });
  if (redis) {
    for (const at of spread(restarts)) faults.push({ at, kind: 'redis-flush' });
    for (const at of spread(restarts)) faults.push({ at, kind: 'redis-restart' });
  }
  return faults.sort((a, b) => a.at - b.at);
}
