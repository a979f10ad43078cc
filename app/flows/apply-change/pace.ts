/** Nothing that was recorded as about to go out waits longer than this for its turn at the shop. */
const QUEUE_MS = 250;
/** More products at once than this many times the calls gain nothing. */
const AHEAD_MAX = 16;
/** Calls that the shop's pace is taken from. */
const LATEST = 16;

export interface Pace {
  /** Products that may be in hand at once, in whatever phase. */
  products(): number;
  /** Products that the shop takes in within so many milliseconds, by its pace of late; at least one. */
  within(ms: number): number;
  /** A call to the shop, when its turn comes. */
  call<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * How much is in hand at once. At most `calls()` calls to the shop run at a time. Beside them so many products may be on their way
 * through the database as the shop takes in within QUEUE_MS: where it answers quickly their records go in together, many a
 * transaction; where it is slow or limits its rate, nothing is claimed or recorded ahead of its turn. `now` is in milliseconds.
 */
export function paceOf(calls: () => number, now: () => number): Pace {
  /** Time of a call, an average over the latest; nothing is known of the shop before the first. */
  let callMs = QUEUE_MS;
  let running = 0;
  /** When the latest calls ended, the oldest first. */
  const ended: number[] = [];
  const waiting: (() => void)[] = [];
  const begin = (): void => {
    // The place passes on to whoever waited longest; there may be more places than a moment ago, or fewer.
    while (waiting.length > 0 && running < calls()) {
      running += 1;
      waiting.shift()!();
    }
  };
  return {
    products: () => calls() * Math.max(1, Math.min(AHEAD_MAX, Math.floor(QUEUE_MS / Math.max(1, callMs)))),
    within: (ms) => {
      const [first, last] = [ended[0], ended.at(-1)];
      if (first === undefined || last === undefined || ended.length < 2) return calls();
      // Since the last one counts, too: a shop that has become slow ends none.
      return Math.max(1, Math.floor((ms * (ended.length - 1)) / Math.max(1, last - first, now() - last)));
    },
    async call(work) {
      await new Promise<void>((turn) => {
        waiting.push(turn);
        begin();
      });
      const start = now();
      try {
        return await work();
      } finally {
        const end = now();
        callMs += (end - start - callMs) / 4;
        ended.push(end);
        if (ended.length > LATEST) ended.shift();
        running -= 1;
        begin();
      }
    },
  };
}
