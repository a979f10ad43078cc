import { createDatabaseClock } from '../../app/adapters/db/database-clock.ts';
import type { Log } from '../../app/ports/context.ts';
import { Chance } from './chance.ts';

/** A process of ours: everything it waits for comes back only while it lives and is not stopped. */
export interface Proc {
  readonly name: string;
  alive: boolean;
  /** Until then it is stopped (SIGSTOP); what it waits for is there when it goes on. */
  pausedUntil: number;
  /** What it goes by: the database's time, as it is told of it. */
  readonly clock: Clock;
  /** Told when it is killed: the kernel closes its connections. */
  readonly onKill: (() => void)[];
  /** How many of each thing it is in the middle of. */
  readonly doing: Map<string, number>;
  /** Asked to stop (SIGTERM): takes nothing new and finishes the step at hand. */
  drain?: () => void;
}

export interface Clock {
  now(): Date;
  known(): Promise<void>;
  refresh(): Promise<void>;
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
  /** Until then the database answers nobody. */
  databaseAwayUntil = 0;
  /** Clocks of machines are off by up to this much. */
  wallOffMs = 0;
  /** The clock of a process that asks nobody, where a bug is to be found. */
  machineClocks = false;
  /** How much more, or less, a fault happens in this schedule than in most. */
  readonly #rates = new Map<string, number>();
  readonly #swarm: boolean;
  #heap: Due[] = [];
  #order = 0;
  events = 0;

  constructor(seed: number, options: { trace?: boolean } = {}) {
    this.chance = new Chance(seed);
    this.trace = options.trace ? [] : null;
    this.#swarm = this.chance.happens(0.6);
    if (this.chance.happens(0.6)) this.wallOffMs = this.chance.of([500, 60_000, 300_000, 300_000]);
  }

  say(who: string, text: () => string): void {
    if (!this.trace) return;
    const seconds = ((this.now - START) / 1000).toFixed(3).padStart(9);
    this.trace.push(`${seconds}  ${who.padEnd(10)} ${text()}`);
  }

  count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by);
  }

  /** Swarm testing: most schedules leave some faults out and have more of others, so that each is met alone and in every company. */
  rate(kind: string): number {
    if (!this.#swarm) return 1;
    let rate = this.#rates.get(kind);
    if (rate === undefined) this.#rates.set(kind, rate = this.chance.of(RATES));
    return rate;
  }

  /** A fault of this kind now? Counted where it is. */
  fault(kind: string, probability: number): boolean {
    if (!this.faultsOn || !this.chance.happens(Math.min(0.4, probability * this.rate(kind)))) return false;
    this.count(`fault ${kind}`);
    return true;
  }

  wrong(text: string): void {
    if (this.bad.length < 20) this.bad.push(text);
    this.say('WRONG', () => text);
  }

  spawn(name: string): Proc {
    const wallOff = this.wallOffMs === 0 ? 0 : this.chance.between(-this.wallOffMs, this.wallOffMs);
    const proc: Proc = { name, alive: true, pausedUntil: 0, onKill: [], doing: new Map(), clock: this.machineClocks ? this.#machineClock(wallOff) : this.#databaseClock(() => proc, wallOff) };
    this.procs.push(proc);
    if (wallOff !== 0) this.count('processes with another clock');
    return proc;
  }

  #machineClock(wallOff: number): Clock {
    return { now: () => new Date(this.now + wallOff), known: async () => undefined, refresh: async () => undefined };
  }

  /** The app's own, on a machine with a wall clock of its own; the question travels as any other does. */
  #databaseClock(proc: () => Proc, wallOff: number): Clock {
    const booted = this.now - this.chance.between(1_000, 1_000_000);
    return createDatabaseClock({
      ask: async () => {
        await this.sleep(proc(), this.chance.happens(0.05) ? this.chance.between(10, 2_000) : this.chance.between(0, 5));
        if (this.databaseAwayUntil > this.now) throw new Error('The database cannot be reached');
        const told = this.now;
        await this.sleep(proc(), this.chance.happens(0.05) ? this.chance.between(10, 2_000) : this.chance.between(0, 5));
        return told;
      },
      monotonic: () => this.now - booted, wall: () => this.now + wallOff, log: SILENT,
    });
  }

  /** What a process is about while the promise is open: what it was about is told when it is killed or stopped. */
  async during<T>(proc: Proc, what: string, work: Promise<T>): Promise<T> {
    proc.doing.set(what, (proc.doing.get(what) ?? 0) + 1);
    try {
      return await work;
    } finally {
      proc.doing.set(what, proc.doing.get(what)! - 1);
    }
  }

  /** Something is to happen to whoever comes to this step next. */
  ambush: { readonly step: string; readonly strike: (proc: Proc) => void } | null = null;

  /** A process comes to a step of its work: what was waiting for it there strikes while it waits. */
  async reach(proc: Proc, step: string): Promise<void> {
    if (this.ambush?.step !== step || !proc.alive) return;
    const { strike } = this.ambush;
    this.ambush = null;
    this.count(`struck ${step}`);
    this.at(this.now + 1, null, () => strike(proc));
    await this.sleep(proc, 5);
  }

  #tellDoing(proc: Proc, how: string): void {
    for (const [what, times] of proc.doing) if (times > 0) this.count(`${how} while ${what}`);
  }

  kill(proc: Proc): void {
    if (!proc.alive) return;
    proc.alive = false;
    this.#tellDoing(proc, 'killed');
    this.say(proc.name, () => 'KILLED');
    for (const told of [...proc.onKill]) told();
    this.procs.splice(this.procs.indexOf(proc), 1);
  }

  pause(proc: Proc, ms: number): void {
    proc.pausedUntil = Math.max(proc.pausedUntil, this.now + ms);
    this.#tellDoing(proc, 'stopped');
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
    return proc.clock.now;
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

const RATES = [0, 0, 0.5, 1, 1, 1, 2, 5] as const;
const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };
const before = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
