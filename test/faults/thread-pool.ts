import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Found } from './run-seeds.ts';

export interface SeedWork {
  readonly id: number;
  readonly from: number;
  readonly count: number;
  readonly mutant: string | null;
  /** Stops at the first schedule that breaks this invariant; '' runs all. */
  readonly until: string;
  /** None is begun after this moment, in milliseconds since the epoch. */
  readonly deadline?: number;
}
interface Asked { readonly work: SeedWork; readonly done: (found: Found) => void; readonly broke: (error: Error) => void }

/** Runs schedules on all processors; each schedule follows from its seed alone, so it does not matter which runs it. */
export class ThreadPool {
  readonly #threads: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #waiting: Asked[] = [];
  readonly #running = new Map<Worker, Asked>();
  #number = 0;

  constructor(threads = Math.max(2, availableParallelism())) {
    for (let i = 0; i < threads; i++) {
      // Most of what a schedule makes is dead when it ends: a large nursery sweeps it away at once.
      const thread = new Worker(new URL('./simulation-thread.ts', import.meta.url), { resourceLimits: { maxYoungGenerationSizeMb: 96 }, execArgv: [] });
      thread.on('message', ({ found }: { found: Found }) => {
        const asked = this.#running.get(thread)!;
        this.#running.delete(thread);
        this.#idle.push(thread);
        asked.done(found);
        this.#next();
      });
      thread.on('error', (error) => this.#running.get(thread)?.broke(error as Error));
      this.#threads.push(thread);
      this.#idle.push(thread);
    }
  }

  run(work: Omit<SeedWork, 'id'>): Promise<Found> {
    return new Promise((done, broke) => {
      this.#waiting.push({ work: { ...work, id: this.#number++ }, done, broke });
      this.#next();
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  #next(): void {
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      const thread = this.#idle.pop()!;
      const asked = this.#waiting.shift()!;
      this.#running.set(thread, asked);
      thread.postMessage(asked.work);
    }
  }
}

/** Schedules in pieces, so that no processor is left with the last long one. */
export async function runOnAll(pool: ThreadPool, from: number, count: number, { piece = 50, deadline }: { piece?: number; deadline?: number } = {}): Promise<Found> {
  const pieces: Promise<Found>[] = [];
  for (let at = 0; at < count; at += piece) pieces.push(pool.run({ from: from + at, count: Math.min(piece, count - at), mutant: null, until: '', ...(deadline === undefined ? {} : { deadline }) }));
  const all: Found = { schedules: 0, failures: [], counts: new Map() };
  for (const found of await Promise.all(pieces)) addTo(all, found);
  return all;
}

export function addTo(all: Found, found: Found): void {
  all.schedules += found.schedules;
  all.failures.push(...found.failures);
  for (const [what, times] of found.counts) all.counts.set(what, (all.counts.get(what) ?? 0) + times);
}
