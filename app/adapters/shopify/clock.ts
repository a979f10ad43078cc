import { setTimeout as delay } from 'node:timers/promises';

/** Time as the connector sees it; tests put a virtual one in its place. Milliseconds since the epoch. */
export interface Clock {
  now(): number;
  /** Rejects when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal ? { signal } : {});
  },
};
