import type { Log } from '../../app/ports/context.ts';
import { Chance } from './chance.ts';

/** A process of ours: everything it waits for comes back only while it lives and is not stopped. */
export interface Proc {
  readonly name: string;
  alive: boolean;
  /** Until then it is stopped (SIGSTOP); what it waits for is there when it goes on. */
  pausedUntil: number;
  /** Its clock minus the true time, in milliseconds. */
  skewMs: number;
  /** Told when it is killed: the kernel closes its connections. */
  readonly onKill: (() => void)[];
  /** Asked to stop (SIGTERM): takes nothing new and finishes the step at hand. */
  drain?: () => void;
}

interface Due {
  at: number;
  /** Was to come while its process was stopped. */
  held?: boolean;
  readonly order: number;
  readonly proc: Proc | null;
  readonly go: () => void;
}

export const START = Date.parse('2026-11-22T12:00:00Z');

/**
 * Virtual time and the only scheduler: every await of the code under test ends here, in an order that follows from the seed. What
 * happens elsewhere (the database commits, a write lands at the shop) is an event without a process: it happens whatever becomes of us.
 */
export class World {
  now = START;
  readonly chance: Chance;
  /** Faults stop at some time, and everything has to settle then. */
  faultsOn = true;
  readonly counts = new Map<string, number>();
  readonly trace: string[] | null;
  readonly bad: string[] = [];
  readonly procs: Proc[] = [];
  #heap: Due[] = [];
  #order = 0;
  events = 0;

  constructor(seed: number, options: { trace?: boolean } = {}) {
    this.chance = new Chance(seed);
    this.trace = options.trace ? [] : null;
  }

  say(who: string, text: () => string): void {
    if (!this.trace) return;
    const seconds = ((this.now - START) / 1000).toFixed(3).padStart(9);
    this.trace.push(`${seconds}  ${who.padEnd(10)} ${text()}`);
  }

  count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by);
  }

  /** A fault of this kind now? Counted where it is. */
  fault(kind: string, probability: number): boolean {
    if (!this.faultsOn || !this.chance.happens(probability)) return false;
    this.count(`fault ${kind}`);
    return true;
  }

  wrong(text: string): void {
    if (this.bad.length < 20) this.bad.push(text);
    this.say('WRONG', () => text);
  }

  spawn(name: string, skewMs = 0): Proc {
    const proc: Proc = { name, alive: true, pausedUntil: 0, skewMs, onKill: [] };
    this.procs.push(proc);
    return proc;
  }

  kill(proc: Proc): void {
    if (!proc.alive) return;
    proc.alive = false;
    this.say(proc.name, () => 'KILLED');
    for (const told of proc.onKill) told();
    this.procs.splice(this.procs.indexOf(proc), 1);
  }

  pause(proc: Proc, ms: number): void {
    proc.pausedUntil = Math.max(proc.pausedUntil, this.now + ms);
    this.say(proc.name, () => `STOPPED for ${Math.round(ms / 1000)} s`);
  }

  /** Lets every stopped process go on (SIGCONT). */
  goOn(): void {
    for (const proc of this.procs) proc.pausedUntil = 0;
    for (const due of this.#heap) if (due.held) due.at = this.now;
    // A sorted list is a heap.
    this.#heap.sort((a, b) => (before(a, b) ? -1 : 1));
  }

  clock(proc: Proc): () => Date {
    return () => new Date(this.now + proc.skewMs);
  }

  at(at: number, proc: Proc | null, go: () => void): void {
    this.#push({ at: Math.max(at, this.now), order: this.#order++, proc, go });
  }

  after(ms: number, go: () => void): void {
    this.at(this.now + ms, null, go);
  }

  /** What a process waits for; never ends for one that is dead. */
  sleep(proc: Proc, ms: number): Promise<void> {
    return new Promise((resolve) => this.at(this.now + ms, proc, resolve));
  }

  /** Brings an answer to a process: when it lives and runs again. */
  deliver(proc: Proc, ms: number, go: () => void): void {
    this.at(this.now + ms, proc, go);
  }

  /** Runs event after event until `until`, or until `done` says so. */
  async run(until: number, done: () => boolean = () => false): Promise<void> {
    await null;
    while (this.#heap.length > 0 && this.#heap[0]!.at <= until && !done()) {
      const due = this.#pop();
      if (due.proc && !due.proc.alive) continue;
      this.now = Math.max(this.now, due.at);
      if (due.proc && due.proc.pausedUntil > this.now) {
        due.at = due.proc.pausedUntil;
        due.held = true;
        this.#push(due);
        continue;
      }
      this.events++;
      due.go();
      // Everything that follows from it without waiting happens before the next event: asked for in a microtask, a tick comes when no
      // other microtask is left, and costs no round of the event loop.
      await new Promise<void>((turn) => process.nextTick(turn));
    }
    if (!done()) this.now = Math.max(this.now, until);
  }

  log(proc: Proc): Log {
    const tell = (level: string) => (fields: object, message: string): void => this.say(proc.name, () => `${level}: ${message} ${JSON.stringify(fields, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part instanceof Error ? part.message : part)).slice(0, 260)}`);
    return this.trace ? { debug() {}, info: tell('info'), warn: tell('warn'), error: tell('error') } : SILENT;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!before(due, heap[above]!)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = due;
  }

  #pop(): Due {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) {
      let at = 0;
      for (;;) {
        let next = 2 * at + 1;
        if (next >= heap.length) break;
        if (next + 1 < heap.length && before(heap[next + 1]!, heap[next]!)) next++;
        if (!before(heap[next]!, last)) break;
        heap[at] = heap[next]!;
        at = next;
      }
      heap[at] = last;
    }
    return first;
  }
}

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };
const before = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
