import type { Job, JobQueue } from '../../app/ports/job-queue.ts';
import { partly } from './memory-changes.ts';
import type { Proc, World } from './world.ts';

interface Waiting {
  readonly job: Job;
  readonly key: string;
  runAt: number;
  attempt: number;
}

/** A queue that forgets, repeats, delays, and is wiped now and then: it only rings, and nothing may depend on it. */
export class FakeQueue {
  readonly waiting: Waiting[] = [];
  readonly #world: World;
  #number = 0;

  constructor(world: World) {
    this.#world = world;
  }

  port(proc: Proc): JobQueue {
    return partly<JobQueue>('queue', {
      enqueue: async (jobs) => {
        await this.#world.sleep(proc, this.#world.chance.between(1, 8));
        if (this.#world.fault('queue unreachable', 0.01)) throw new Error('The queue cannot be reached');
        for (const job of jobs) this.#add(job);
        await this.#world.sleep(proc, 1);
      },
    });
  }

  #add(job: Job): void {
    const world = this.#world;
    if (world.fault('job lost', 0.03)) return;
    const late = world.fault('job late', 0.03) ? world.chance.between(5_000, 120_000) : 0;
    const runAt = Math.max(world.now, job.runAt?.getTime() ?? 0) + late;
    const key = job.key === undefined ? `#${this.#number++}` : `${job.name}|${job.key}`;
    const same = this.waiting.find((one) => one.key === key);
    if (same) {
      same.runAt = Math.min(same.runAt, runAt);
      return;
    }
    this.waiting.push({ job, key, runAt, attempt: 1 });
    if (world.fault('job twice', 0.03)) this.waiting.push({ job, key: `#${this.#number++}`, runAt: runAt + world.chance.between(0, 5_000), attempt: 1 });
  }

  wipe(): void {
    this.waiting.length = 0;
    this.#world.count('fault queue wiped');
    this.#world.say('queue', () => 'WIPED');
  }

  /** The next job that is due, taken out. */
  take(): Waiting | null {
    let best = -1;
    this.waiting.forEach((one, index) => {
      if (one.runAt <= this.#world.now && (best < 0 || one.runAt < this.waiting[best]!.runAt)) best = index;
    });
    return best < 0 ? null : this.waiting.splice(best, 1)[0]!;
  }

  again(one: Waiting): void {
    if (one.attempt >= 5) return;
    this.waiting.push({ ...one, attempt: one.attempt + 1, runAt: this.#world.now + 1_000 * 2 ** one.attempt });
  }
}
