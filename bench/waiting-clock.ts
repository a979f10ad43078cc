import type { Clock } from '../app/adapters/shopify/clock.ts';
import { SimClock } from '../dev/simulators/shopify/clock.ts';
import type { SimTimer } from '../dev/simulators/shopify/clock.ts';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
  gone: boolean;
}

/**
 * A clock on which only waiting takes time, one for the app and for the simulated shop. It stands still while anything is at work (a
 * transaction, a request on its way: what `busy` is told of) and goes on to the next time that somebody waits for when all wait. So a
 * quarter of an hour of waiting for points is over at once, and neither a slow nor a busy machine is in what it measures; what work
 * takes on a real one is put in by sleeping for it. Work that `busy` is not told of may be passed over while it goes on, which makes
 * the time measured longer and never shorter.
 */
export class WaitingClock extends SimClock implements Clock {
  #now = Date.now();
  #busy = 0;
  /** Counts everything that begins, so that a look can see whether anything did. */
  #begun = 0;
  #looking = false;
  #sleepers: Sleeper[] = [];

  override now(): number {
    return this.#now;
  }

  /** The clock stands still while `work` goes on, which must not wait for it. */
  async busy<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    this.#begun += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
      this.#look();
    }
  }

  override after(delayMs: number, run: () => void): SimTimer {
    const sleeper = this.#add(delayMs, run);
    return { cancel: () => { sleeper.gone = true; } };
  }

  override wait(delayMs: number): Promise<void> {
    return this.sleep(delayMs);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = this.#add(ms, resolve);
      signal?.addEventListener('abort', () => {
        sleeper.gone = true;
        reject(signal.reason as Error);
      }, { once: true });
    });
  }

  override advance(ms: number): void {
    this.#now += ms;
    this.#wakeDue();
  }

  override close(): void {
    this.#sleepers = [];
    super.close();
  }

  #add(delayMs: number, wake: () => void): Sleeper {
    const sleeper: Sleeper = { due: this.#now + Math.max(0, delayMs), wake, gone: false };
    // In order of time, and of coming where that is the same.
    let at = this.#sleepers.length;
    while (at > 0 && this.#sleepers[at - 1]!.due > sleeper.due) at -= 1;
    this.#sleepers.splice(at, 0, sleeper);
    this.#begun += 1;
    this.#look();
    return sleeper;
  }

  /** Two turns of the event loop in which nothing begins, and nothing at work: everybody waits. */
  #look(): void {
    if (this.#busy > 0 || this.#looking) return;
    this.#looking = true;
    const begun = this.#begun;
    setImmediate(() => setImmediate(() => {
      this.#looking = false;
      if (this.#busy > 0) return;
      if (this.#begun !== begun) this.#look();
      else this.#goOn();
    }));
  }

  #goOn(): void {
    while (this.#sleepers[0]?.gone) this.#sleepers.shift();
    const next = this.#sleepers[0];
    if (!next) return;
    this.#now = Math.max(this.#now, next.due);
    this.#wakeDue();
  }

  #wakeDue(): void {
    while (this.#sleepers[0] && (this.#sleepers[0].gone || this.#sleepers[0].due <= this.#now)) {
      const sleeper = this.#sleepers.shift()!;
      this.#begun += 1;
      if (!sleeper.gone) sleeper.wake();
    }
    this.#look();
  }
}
