import type { Clock } from './clock.ts';

/** A clock for tests: time stands still until `run` moves it from one sleeper's end to the next. */
export class VirtualClock implements Clock {
  #now: number;
  #sleepers: { readonly at: number; readonly order: number; readonly wake: () => void }[] = [];
  #order = 0;

  constructor(startMs = 0) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { at: this.#now + Math.max(0, ms), order: this.#order++, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason);
      });
    });
  }

  /** Lets the work run to its end, or until the virtual time is up, and returns what it returned. */
  async run<T>(work: Promise<T>, untilMs = Infinity): Promise<T> {
    let done = false;
    work.then(
      () => (done = true),
      () => (done = true),
    );
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve)); // everything that can go on without time, does
      if (done) return work;
      this.#sleepers.sort((a, b) => a.at - b.at || a.order - b.order);
      const next = this.#sleepers.shift();
      if (!next) throw new Error(`Nothing is asleep at ${this.#now} ms and the work is not done: a deadlock`);
      if (next.at > untilMs) throw new Error(`Not done after ${untilMs} ms of virtual time`);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
  }
}
