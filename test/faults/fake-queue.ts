import type { Job, JobQueue } from '../../app/ports/job-queue.ts';
import { partly } from './memory-changes.ts';
import type { Proc, World } from './world.ts';

export interface Waiting {
  readonly job: Job;
  readonly key: string;
  runAt: number;
  attempt: number;
}
/** A process that takes jobs: false when it has its hands full. */
interface Taker {
  readonly proc: Proc;
  readonly take: (next: Waiting) => boolean;
}

/** A queue that forgets, repeats, delays, and is wiped now and then: it only rings, and nothing may depend on it. */
export class FakeQueue {
  readonly waiting: Waiting[] = [];
  /** Redis cannot be reached: it takes nothing and gives nothing. */
  away = false;
  readonly #world: World;
  readonly #takers: Taker[] = [];
  /** When somebody next looks for a job, so that nobody has to look all the time. */
  #looksAt = Number.POSITIVE_INFINITY;
  #number = 0;

  constructor(world: World) {
    this.#world = world;
  }

  port(proc: Proc): JobQueue {
    return partly<JobQueue>('queue', {
      enqueue: async (jobs) => {
        await this.#world.sleep(proc, this.#world.chance.between(1, 8));
        if (this.away || this.#world.fault('queue unreachable', 0.01)) throw new Error('The queue cannot be reached');
        for (const job of jobs) this.#add(job);
        await this.#world.sleep(proc, 1);
      },
    });
  }

  /** A bell that nothing can keep from ringing. */
  ring(job: Job): void {
    this.#add(job);
  }

  #add(job: Job): void {
    const world = this.#world;
    if (world.fault('job lost', 0.03)) return;
    const late = world.fault('job late', 0.03) ? world.chance.between(5_000, 120_000) : 0;
    const runAt = Math.max(world.now, job.runAt?.getTime() ?? 0) + late;
    const key = job.key === undefined ? `#${this.#number++}` : `${job.name}|${job.key}`;
    const same = this.waiting.find((one) => one.key === key);
    if (same) same.runAt = Math.min(same.runAt, runAt);
    else this.#push({ job, key, runAt, attempt: 1 });
    if (!same && world.fault('job twice', 0.03)) this.#push({ job, key: `#${this.#number++}`, runAt: runAt + world.chance.between(0, 5_000), attempt: 1 });
    this.#look(runAt);
  }

  #push(one: Waiting): void {
    this.waiting.push(one);
    this.#look(one.runAt);
  }

  wipe(): void {
    this.waiting.length = 0;
    this.#world.count('fault queue wiped');
    this.#world.say('queue', () => 'WIPED');
  }

  /** A worker asks for jobs until it is killed or told to stop. */
  serve(taker: Taker): () => void {
    this.#takers.push(taker);
    const gone = (): void => {
      const at = this.#takers.indexOf(taker);
      if (at >= 0) this.#takers.splice(at, 1);
    };
    taker.proc.onKill.push(gone);
    this.#look(this.#world.now);
    return gone;
  }

  again(one: Waiting): void {
    if (one.attempt >= 5) return;
    this.#push({ ...one, attempt: one.attempt + 1, runAt: this.#world.now + 1_000 * 2 ** one.attempt });
  }

  #look(runAt: number): void {
    const world = this.#world;
    const at = Math.max(runAt, world.now) + world.chance.between(20, 700);
    if (at >= this.#looksAt) return;
    this.#looksAt = at;
    world.at(at, null, () => {
      if (this.#looksAt === at) this.#hand();
    });
  }

  /** Hands out what is due, each job to somebody who runs and has a hand free; what nobody takes waits a moment. */
  #hand(): void {
    const world = this.#world;
    this.#looksAt = Number.POSITIVE_INFINITY;
    const due = this.waiting.filter((one) => one.runAt <= world.now).sort((a, b) => a.runAt - b.runAt);
    for (const one of due) {
      const able = this.#takers.filter(({ proc }) => proc.pausedUntil <= world.now);
      if (able.length === 0 || this.away) break;
      this.waiting.splice(this.waiting.indexOf(one), 1);
      if (!world.chance.of(able).take(one)) this.waiting.push(one);
    }
    let next = Number.POSITIVE_INFINITY;
    for (const one of this.waiting) next = Math.min(next, Math.max(one.runAt, world.now + 500));
    if (Number.isFinite(next)) this.#look(next);
  }
}
