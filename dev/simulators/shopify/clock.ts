/**
 * The simulator's own time: real time plus an offset that `/_sim/clock` moves forward, at a speed that it sets.
 *
 * Everything that Shopify measures in time (token expiry, bucket refill, bulk operations, webhook retries, result URLs,
 * time stamps) reads this clock, so hours pass in a test without waiting. Timers are due in virtual time: advancing
 * the clock runs those that became due, in order. Only the time-outs of a webhook's delivery are real: the app that
 * answers lives in real time.
 */
export interface SimTimer {
  cancel(): void;
}

interface PendingTimer {
  due: number;
  order: number;
  run: () => void;
  real: NodeJS.Timeout | undefined;
}

export const MAX_SPEED = 10_000;

export class SimClock {
  #offset = 0;
  #speed = 1;
  /** Real time at which the speed was set. */
  #since = Date.now();
  #order = 0;
  #closed = false;
  readonly #timers = new Set<PendingTimer>();

  /** Virtual time in milliseconds since the epoch. */
  now(): number {
    return Math.floor(Date.now() + this.offsetMs);
  }

  /** Virtual seconds that pass in a real one; 0 is a clock that stands still. */
  get speed(): number {
    return this.#speed;
  }

  /** How far virtual time is ahead of real time, in milliseconds. */
  get offsetMs(): number {
    return this.#offset + (Date.now() - this.#since) * (this.#speed - 1);
  }

  /** Runs `run` once, `delayMs` of virtual time from now. Does not keep the process alive by itself. */
  after(delayMs: number, run: () => void): SimTimer {
    const timer: PendingTimer = { due: this.now() + Math.max(0, delayMs), order: ++this.#order, run, real: undefined };
    if (this.#closed) return { cancel: () => undefined };
    this.#timers.add(timer);
    this.#arm(timer);
    return {
      cancel: () => {
        clearTimeout(timer.real);
        this.#timers.delete(timer);
      },
    };
  }

  /** Resolves after `delayMs` of virtual time. */
  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  /** Moves virtual time forward; timers that became due run on the next turns of the event loop, oldest first. */
  advance(ms: number): void {
    this.#offset += ms;
    this.#armAll();
  }

  /** Time goes on `speed` times as fast as real time, from now on: 0 to MAX_SPEED. */
  setSpeed(speed: number): void {
    const real = Date.now();
    this.#offset += (real - this.#since) * (this.#speed - 1);
    this.#since = real;
    this.#speed = speed;
    this.#armAll();
  }

  /** Back to real time at its own speed, as after a reset. Pending timers keep the time that was left to them. */
  resetOffset(): void {
    this.setSpeed(1);
    const offset = this.#offset;
    this.#offset = 0;
    for (const timer of this.#timers) timer.due -= offset;
  }

  /** Drops every pending timer. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer.real);
    this.#timers.clear();
  }

  #armAll(): void {
    const timers = [...this.#timers].sort((a, b) => a.due - b.due || a.order - b.order);
    for (const timer of timers) {
      clearTimeout(timer.real);
      this.#arm(timer);
    }
  }

  #arm(timer: PendingTimer): void {
    // setTimeout holds at most 2^31-1 ms; what is further away is armed again when that time is over.
    const left = Math.max(0, timer.due - this.now());
    const delay = Math.min(left === 0 ? 0 : left / this.#speed, 2_000_000_000);
    timer.real = setTimeout(() => {
      if (timer.due > this.now() + Math.max(1, this.#speed)) return this.#arm(timer);
      this.#timers.delete(timer);
      timer.run();
    }, delay);
    timer.real.unref();
  }
}

/** Shopify's DateTime scalar: UTC, whole seconds, e.g. `2026-11-22T10:00:00Z`. */
export function dateTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

const zoneFormats = new Map<string, Intl.DateTimeFormat>();
// Payloads repeat the same few instants many times, and formatting is slow.
const printed = new Map<string, string>();
const PRINTED_KEPT = 2_000;

/** Time as webhooks and REST payloads print it: in the shop's zone with its offset, `2026-11-22T11:00:00+01:00`. */
export function zonedDateTime(ms: number, ianaZone: string): string {
  const key = `${Math.floor(ms / 1000)} ${ianaZone}`;
  let text = printed.get(key);
  if (text === undefined) {
    text = printZoned(ms, ianaZone);
    if (printed.size >= PRINTED_KEPT) printed.clear();
    printed.set(key, text);
  }
  return text;
}

function printZoned(ms: number, ianaZone: string): string {
  let format = zoneFormats.get(ianaZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: ianaZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit',
      hour: '2-digit', minute: '2-digit', second: '2-digit',
    });
    zoneFormats.set(ianaZone, format);
  }
  const part = Object.fromEntries(format.formatToParts(ms).map((p) => [p.type, p.value]));
  const local = `${part['year']}-${part['month']}-${part['day']}T${part['hour']}:${part['minute']}:${part['second']}`;
  const offsetMinutes = Math.round((Date.parse(`${local}Z`) - Math.floor(ms / 1000) * 1000) / 60_000);
  const sign = offsetMinutes < 0 ? '-' : '+';
  const absolute = Math.abs(offsetMinutes);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${local}${sign}${two(Math.floor(absolute / 60))}:${two(absolute % 60)}`;
}
