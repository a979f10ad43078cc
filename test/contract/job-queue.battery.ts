import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { JobHandler, JobQueue, JobSchedule, RunningJob } from '../../app/ports/job-queue.ts';

/** What a driver brings to be tried. */
export interface QueueStore {
  /** Another worker's queue on the same store. */
  open(): JobQueue;
  /** The same, in a part of the store that nothing else of the battery touches. */
  openApart(): JobQueue;
  /** A queue on a store that is not there. */
  openUnreachable(): JobQueue;
  /** For the child process: what `queue-child.ts` needs to open a queue on this store. */
  readonly childEnv: Readonly<Record<string, string>>;
  /** Breaks every connection to the store, as a restart or a network fault does. */
  cutConnections(): Promise<void>;
  /** Takes away every job. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

const CHILD = fileURLToPath(new URL('queue-child.ts', import.meta.url));
const WAIT = { timeout: 20_000, interval: 25 };

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A handler that can be watched and, when told so, holds its jobs. */
export function probe(hold = false) {
  const runs: RunningJob[] = [];
  let letGo: () => void = () => undefined;
  const gate = hold ? new Promise<void>((resolve) => (letGo = resolve)) : Promise.resolve();
  const handler: JobHandler = async (job) => {
    runs.push(job);
    await gate;
  };
  return { runs, handler, letGo: () => letGo(), values: () => runs.map((run) => run.payload['n']) };
}

/** A worker in a process of its own that takes one job and never finishes it. */
export async function startChild(env: Readonly<Record<string, string>>, job: string) {
  const child = spawn(process.execPath, [CHILD, job], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  return {
    child,
    said: (word: string) => vi.waitFor(() => expect(output).toContain(word), WAIT),
    output: () => output,
    async kill() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** The battery that every driver of the port must pass. */
export function jobQueueBattery(driver: string, connect: () => Promise<QueueStore>): void {
  describe(`job queue on ${driver}`, { timeout: 60_000 }, () => {
    let store: QueueStore;
    let queues: JobQueue[] = [];
    const schedule = scheduleWatch();

    beforeAll(async () => {
      store = await connect();
      await schedule.begin(store);
    }, 120_000);
    afterAll(async () => {
      await schedule.end();
      await store?.close();
    }, 30_000);
    afterEach(async () => {
      await Promise.all(queues.map((queue) => queue.close()));
      queues = [];
      await store.clear();
    }, 30_000);

    function open(): JobQueue {
      const queue = store.open();
      queues.push(queue);
      return queue;
    }
    async function work(handlers: Record<string, JobHandler>, options: { concurrency?: number; schedules?: JobSchedule[] } = {}): Promise<JobQueue> {
      const queue = open();
      await queue.start(handlers, { concurrency: options.concurrency ?? 4, schedules: options.schedules ?? [] });
      return queue;
    }
    const empty = { waiting: 0, active: 0, failed: 0 };

    it('hands a job to its handler with payload, id and attempt, and forgets it when it is done', async () => {
      const { handler, runs } = probe();
      const queue = await work({ ring: handler });
      const payload = { text: 'ä "quoted"', n: 1.5, yes: true, nothing: null };
      await queue.enqueue([{ name: 'ring', payload }]);
      await vi.waitFor(() => expect(runs).toHaveLength(1), WAIT);
      expect(runs[0]).toMatchObject({ name: 'ring', payload, attempt: 1, id: expect.any(String) });
      expect(runs[0]?.signal.aborted).toBe(false);
      await vi.waitFor(async () => expect(await queue.counts()).toEqual(empty), WAIT);
    });

    it('takes jobs that waited before the worker started, from a queue that never works itself', async () => {
      const sender = open();
      await sender.enqueue([{ name: 'ring', payload: { n: 1 } }, { name: 'ring', payload: { n: 2 } }]);
      expect(await sender.counts()).toEqual({ ...empty, waiting: 2 });
      const { handler, values } = probe();
      await work({ ring: handler });
      await vi.waitFor(() => expect(values().sort()).toEqual([1, 2]), WAIT);
    });

    it('accepts no jobs at all and a thousand at once', async () => {
      const { handler, values } = probe();
      const queue = await work({ ring: handler }, { concurrency: 8 });
      await queue.enqueue([]);
      await queue.enqueue(Array.from({ length: 1_000 }, (_, n) => ({ name: 'ring', payload: { n } })));
      await vi.waitFor(() => expect(new Set(values()).size).toBe(1_000), { timeout: 30_000, interval: 100 });
      expect(values()).toHaveLength(1_000);
    });

    it('runs a job not before its time', async () => {
      const { handler, runs } = probe();
      const queue = await work({ ring: handler });
      const runAt = new Date(Date.now() + 1_500);
      await queue.enqueue([{ name: 'ring', payload: {}, runAt }]);
      expect(await queue.counts()).toEqual({ ...empty, waiting: 1 });
      await vi.waitFor(() => expect(runs).toHaveLength(1), WAIT);
      expect(Date.now()).toBeGreaterThanOrEqual(runAt.getTime() - 20);
    });

    describe('jobs with a key', () => {
      it('are one job as long as none has started, per name', async () => {
        const [one, two] = [open(), open()];
        const ring = (queue: JobQueue, name: string, key?: string) => queue.enqueue([{ name, payload: {}, ...(key === undefined ? {} : { key }) }]);
        await Promise.all(Array.from({ length: 20 }, (_, n) => ring(n % 2 === 0 ? one : two, 'ring', 'k')));
        await one.enqueue([{ name: 'ring', payload: {}, key: 'k' }, { name: 'ring', payload: {}, key: 'k' }]);
        await ring(one, 'ring', 'other');
        await ring(one, 'knock', 'k');
        await ring(one, 'ring');
        await ring(one, 'ring');
        expect(await one.counts()).toEqual({ ...empty, waiting: 5 });
        const [ringing, knocking] = [probe(), probe()];
        await work({ ring: ringing.handler, knock: knocking.handler });
        await vi.waitFor(() => expect([ringing.runs.length, knocking.runs.length]).toEqual([4, 1]), WAIT);
        await sleep(300);
        expect([ringing.runs.length, knocking.runs.length]).toEqual([4, 1]);
      });

      it('ring again when one is running already', async () => {
        const { handler, runs, letGo } = probe(true);
        const queue = await work({ ring: handler });
        await queue.enqueue([{ name: 'ring', payload: {}, key: 'k' }]);
        await vi.waitFor(() => expect(runs).toHaveLength(1), WAIT);
        await queue.enqueue([{ name: 'ring', payload: {}, key: 'k' }]);
        letGo();
        await vi.waitFor(() => expect(runs).toHaveLength(2), WAIT);
        await vi.waitFor(async () => expect(await queue.counts()).toEqual(empty), WAIT);
      });

      it('ring again when one is done', async () => {
        const { handler, runs } = probe();
        const queue = await work({ ring: handler });
        for (let times = 1; times <= 3; times += 1) {
          await queue.enqueue([{ name: 'ring', payload: {}, key: 'k' }]);
          await vi.waitFor(() => expect(runs).toHaveLength(times), WAIT);
        }
      });

      it('are due at the earliest time that was asked for', async () => {
        const { handler, runs } = probe();
        const queue = await work({ ring: handler, knock: handler });
        const later = new Date(Date.now() + 3_600_000);
        await queue.enqueue([{ name: 'ring', payload: {}, key: 'k', runAt: later }]);
        await queue.enqueue([{ name: 'ring', payload: {}, key: 'k' }]);
        await vi.waitFor(() => expect(runs).toHaveLength(1), WAIT);

        const soon = new Date(Date.now() + 1_000);
        await queue.enqueue([{ name: 'knock', payload: {}, key: 'k', runAt: soon }]);
        await queue.enqueue([{ name: 'knock', payload: {}, key: 'k', runAt: later }]);
        await vi.waitFor(() => expect(runs).toHaveLength(2), WAIT);
        await vi.waitFor(async () => expect(await queue.counts()).toEqual(empty), WAIT);
      });
    });

    describe('a handler that throws', () => {
      it('is tried again, after a while, until it succeeds', async () => {
        const attempts: Array<{ attempt: number; at: number }> = [];
        const queue = await work({
          ring: async ({ attempt }) => {
            attempts.push({ attempt, at: performance.now() });
            if (attempt === 1) throw new Error('not yet');
          },
        });
        await queue.enqueue([{ name: 'ring', payload: {}, maxAttempts: 3 }]);
        await vi.waitFor(() => expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2]), WAIT);
        expect((attempts[1]?.at ?? 0) - (attempts[0]?.at ?? 0)).toBeGreaterThan(2_000);
        await vi.waitFor(async () => expect(await queue.counts()).toEqual(empty), WAIT);
      });

      it('is given up when its attempts are spent, whatever it throws', async () => {
        let runs = 0;
        const queue = await work({
          ring: () => {
            runs += 1;
            return Promise.reject(runs === 1 ? 'a text' : new Error('never'));
          },
        });
        await queue.enqueue([{ name: 'ring', payload: {}, maxAttempts: 2, key: 'k' }]);
        await vi.waitFor(async () => expect(await queue.counts()).toEqual({ ...empty, failed: 1 }), WAIT);
        expect(runs).toBe(2);
        // What was given up does not silence a later bell.
        await queue.enqueue([{ name: 'ring', payload: {}, maxAttempts: 1, key: 'k' }]);
        await vi.waitFor(() => expect(runs).toBe(3), WAIT);
      });
    });

    it('runs as many at once as it was told, and no more', async () => {
      let [running, most] = [0, 0];
      let done = 0;
      const queue = await work(
        {
          ring: async () => {
            most = Math.max(most, (running += 1));
            // Longer than a busy machine needs to hand out two more.
            await sleep(400);
            running -= 1;
            done += 1;
          },
        },
        { concurrency: 3 },
      );
      await queue.enqueue(Array.from({ length: 12 }, (_, n) => ({ name: 'ring', payload: { n } })));
      await vi.waitFor(() => expect(done).toBe(12), WAIT);
      expect(most).toBe(3);
    });

    it('shares the work between two workers, each job run by one of them', async () => {
      const [one, two] = [probe(), probe()];
      const slow = (handler: JobHandler): JobHandler => async (job) => {
        await handler(job);
        await sleep(20);
      };
      const queue = await work({ ring: slow(one.handler) }, { concurrency: 2 });
      await work({ ring: slow(two.handler) }, { concurrency: 2 });
      await queue.enqueue(Array.from({ length: 60 }, (_, n) => ({ name: 'ring', payload: { n } })));
      await vi.waitFor(() => expect(one.runs.length + two.runs.length).toBe(60), WAIT);
      expect(new Set([...one.values(), ...two.values()]).size).toBe(60);
      expect(Math.min(one.runs.length, two.runs.length)).toBeGreaterThan(0);
    });

    describe('stopping', () => {
      it('signals the running job, waits for it, takes no new one and leaves the rest to others', async () => {
        const seen: unknown[] = [];
        let finished = false;
        const queue = await work(
          {
            ring: async ({ payload, signal }) => {
              seen.push(payload['n']);
              await new Promise((resolve) => signal.addEventListener('abort', resolve));
              await sleep(100);
              finished = true;
            },
          },
          { concurrency: 1 },
        );
        await queue.enqueue([{ name: 'ring', payload: { n: 1 } }, { name: 'ring', payload: { n: 2 } }]);
        await vi.waitFor(() => expect(seen).toHaveLength(1), WAIT);
        await queue.stop(5_000);
        expect(finished).toBe(true);
        await queue.enqueue([{ name: 'ring', payload: { n: 3 } }]);
        await sleep(500);
        expect(seen).toHaveLength(1);

        const other = probe();
        await work({ ring: other.handler });
        await vi.waitFor(() => expect([...seen, ...other.values()].sort()).toEqual([1, 2, 3]), WAIT);
      });

      it('gives up waiting after its grace, and another worker runs the job again', async () => {
        const stuck = probe(true);
        const queue = await work({ ring: stuck.handler });
        await queue.enqueue([{ name: 'ring', payload: { n: 1 } }]);
        await vi.waitFor(() => expect(stuck.runs).toHaveLength(1), WAIT);
        const began = performance.now();
        await queue.stop(300);
        await queue.close();
        expect(performance.now() - began).toBeLessThan(9_000);
        const other = probe();
        await work({ ring: other.handler });
        await vi.waitFor(() => expect(other.values()).toEqual([1]), WAIT);
        stuck.letGo();
      });

      it('does nothing to a queue that never started, however often it is told', async () => {
        const queue = open();
        await Promise.all([queue.stop(1_000), queue.stop(1_000)]);
        await Promise.all([queue.close(), queue.close()]);
      });
    });

    it('gives the job of a killed process to another worker', async () => {
      const sender = open();
      const other = probe();
      const first = await startChild(store.childEnv, 'ring');
      try {
        await first.said('ready');
        await sender.enqueue([{ name: 'ring', payload: { n: 7 } }]);
        await first.said('took 7');
      } finally {
        await first.kill();
      }
      await work({ ring: other.handler });
      await vi.waitFor(() => expect(other.values()).toEqual([7]), { timeout: 40_000, interval: 50 });
      await vi.waitFor(async () => expect(await sender.counts()).toEqual(empty), WAIT);
    });

    it('leaves the job of a living worker alone, however long it takes', async () => {
      const sender = open();
      const first = await startChild(store.childEnv, 'ring');
      const other = probe();
      try {
        await first.said('ready');
        await sender.enqueue([{ name: 'ring', payload: { n: 7 } }]);
        await first.said('took 7');
        await work({ ring: other.handler });
        await sleep(7_500);
        expect(other.runs).toHaveLength(0);
        expect(await sender.counts()).toEqual({ ...empty, active: 1 });
      } finally {
        await first.kill();
      }
    });

    it('goes on after all its connections broke', async () => {
      const { handler, values } = probe();
      const queue = await work({ ring: handler });
      await queue.enqueue([{ name: 'ring', payload: { n: 1 } }]);
      await vi.waitFor(() => expect(values()).toEqual([1]), WAIT);
      await store.cutConnections();
      await vi.waitFor(() => queue.enqueue([{ name: 'ring', payload: { n: 2 }, key: 'k' }]), WAIT);
      await vi.waitFor(() => expect(values()).toContain(2), WAIT);
      await vi.waitFor(async () => expect(await queue.counts()).toEqual(empty), WAIT);
    });

    it('says so, soon, when the store is not there', async () => {
      const queue = store.openUnreachable();
      const began = performance.now();
      await Promise.all([
        expect(queue.counts()).rejects.toThrow(),
        expect(queue.enqueue([{ name: 'ring', payload: {} }])).rejects.toThrow(),
        expect(queue.start({ ring: probe().handler }, { concurrency: 1, schedules: [] })).rejects.toThrow(),
      ]);
      await queue.close();
      expect(performance.now() - began).toBeLessThan(12_000);
    });

    it('leaves no connection behind when closed', async () => {
      const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap' || kind === 'TCPWRAP').length;
      const before = sockets();
      const queue = await work({ ring: probe().handler });
      await queue.enqueue([{ name: 'ring', payload: {} }]);
      await queue.counts();
      expect(sockets()).toBeGreaterThan(before);
      await queue.close();
      await vi.waitFor(() => expect(sockets()).toBeLessThanOrEqual(before), { timeout: 10_000 });
    });

    it('refuses a schedule it cannot keep', async () => {
      const start = (schedules: JobSchedule[]) => open().start({ ring: probe().handler }, { concurrency: 1, schedules });
      await expect(start([{ name: 'ring', cron: '* * * *' }])).rejects.toThrow('five-field');
      await expect(start([{ name: 'ring', cron: '@daily' }])).rejects.toThrow('five-field');
      await expect(start([{ name: 'other', cron: '* * * * *' }])).rejects.toThrow('no handler');
      await expect(start([{ name: 'ring', cron: '* * * * *' }, { name: 'ring', cron: '0 * * * *' }])).rejects.toThrow('twice');
    });

    // Last, because it began first: in the meantime the minute has turned.
    it('runs a schedule once a minute for all workers together, and no longer when it was taken away', async () => {
      await vi.waitFor(() => expect(schedule.ticks.length).toBeGreaterThan(0), { timeout: 65_000, interval: 100 });
      const { job, at } = schedule.ticks[0] ?? { job: null, at: new Date(0) };
      expect(job).toMatchObject({ name: 'tick', payload: {}, attempt: 1 });
      expect(at.getUTCSeconds()).toBeLessThan(15);
      await sleep(2_000);
      const minutes = schedule.ticks.map(({ at: time }) => Math.floor(time.getTime() / 60_000));
      expect(new Set(minutes).size).toBe(minutes.length);
      expect(schedule.dropped).toHaveLength(0);
      expect(await schedule.counts()).toEqual(empty);
    }, 90_000);
  });
}

/** Two workers with a schedule, watched while the rest of the battery runs: a schedule is due once a minute at the most. */
function scheduleWatch() {
  const ticks: Array<{ job: RunningJob; at: Date }> = [];
  const dropped: RunningJob[] = [];
  let workers: JobQueue[] = [];
  const handlers: Record<string, JobHandler> = {
    tick: async (job) => void ticks.push({ job, at: new Date() }),
    old: async (job) => void dropped.push(job),
  };
  return {
    ticks,
    dropped,
    counts: () => workers[0]?.counts(),
    async begin(store: QueueStore) {
      // The schedule that is taken away must not become due before it is.
      const seconds = new Date().getUTCSeconds();
      if (seconds >= 50) await sleep((61 - seconds) * 1_000);
      const before = store.openApart();
      await before.start(handlers, { concurrency: 1, schedules: [{ name: 'old', cron: '* * * * *' }] });
      await before.close();
      workers = [store.openApart(), store.openApart()];
      await Promise.all(workers.map((queue) => queue.start(handlers, { concurrency: 1, schedules: [{ name: 'tick', cron: '* * * * *' }] })));
    },
    async end() {
      await Promise.all(workers.map((queue) => queue.close()));
    },
  };
}
