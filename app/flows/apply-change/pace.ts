/** Nothing that was recorded as about to go out waits longer than this for its turn at the shop. */
const QUEUE_MS = 250;
/** More products at once than this many times the calls gain nothing. */
const AHEAD_MAX = 16;

export interface Pace {
  /** Products that may be in hand at once, in whatever phase. */
  products(): number;
  /** A call to the shop, when its turn comes. */
  call<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * How much is in hand at once. At most `calls` calls to the shop run at a time. Beside them so many products may be on their way
 * through the database as the shop takes in within QUEUE_MS: where it answers quickly their records go in together, many a
 * transaction; where it is slow or limits its rate, nothing is claimed or recorded ahead of its turn. `now` is in milliseconds.
 */
export function paceOf(calls: number, now: () => number): Pace {
  /** Time of a call, an average over the latest; nothing is known of the shop before the first. */
  let callMs = QUEUE_MS;
  let running = 0;
  const waiting: (() => void)[] = [];
  return {
    products: () => calls * Math.max(1, Math.min(AHEAD_MAX, Math.floor(QUEUE_MS / Math.max(1, callMs)))),
    async call(work) {
      if (running >= calls) await new Promise<void>((turn) => { waiting.push(turn); });
      else running += 1;
      const start = now();
      try {
        return await work();
      } finally {
        callMs += (now() - start - callMs) / 4;
        const next = waiting.shift();
        // The place passes on to whoever waited longest.
        if (next) next();
        else running -= 1;
      }
    },
  };
}
