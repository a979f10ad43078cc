import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { tenantId } from '../../app/domain/kernel/ids.ts';
import { ringDueWork } from '../../app/flows/ring-due-work/ring-due-work.ts';
import type { DueWork } from '../../app/flows/ring-due-work/ring-due-work.ts';
import type { JobHandler, JobQueue } from '../../app/ports/job-queue.ts';
import { expectConsoleError } from '../setup/jsdom.ts';
import { probe, startChild } from './job-queue.battery.ts';

/** A store that can be hurt. */
export interface FragileStore {
  open(): JobQueue;
  readonly childEnv: Readonly<Record<string, string>>;
  /** Kills the server without any warning. */
  kill(): Promise<void>;
  /** Starts it again after that. */
  revive(): Promise<void>;
  /** Takes away every job at once, as FLUSHALL does. */
  loseJobs(): Promise<void>;
  /** Holds the server still: connections stay, and nothing is answered. */
  freeze(): void;
  thaw(): void;
  /** Ways in which the server answers and writes nothing, with the words that the failure must bring. */
  readonly refusals: Readonly<Record<string, { begin(): Promise<unknown>; end(): Promise<unknown>; words: RegExp }>>;
  close(): Promise<void>;
}

const WAIT = { timeout: 60_000, interval: 25 };
/** A request that enqueues must not hang: five seconds, and what a busy machine adds. */
const SOON_MS = 9_000;
const TENANT = tenantId('00000000-0000-4000-8000-000000000001');
const CHANGES = ['a', 'b', 'c', 'd', 'e', 'f'];

/** What every driver must survive of its store: the queue may lose everything, and what Postgres knows is rung again by the tick. */
export function jobQueueLossBattery(driver: string, connect: () => Promise<FragileStore>): void {
  describe(`job queue on ${driver}, whose store fails`, { timeout: 200_000 }, () => {
    let store: FragileStore;
    let queues: JobQueue[] = [];
    beforeAll(async () => {
      store = await connect();
    }, 120_000);
    afterAll(() => store?.close(), 60_000);
    afterEach(async () => {
      await Promise.all(queues.map((queue) => queue.close()));
      queues = [];
      await store.loseJobs();
      // graphile-worker tells of a connection that it lost beside its logger, too.
      for (const line of expectConsoleError()) expect(line).toMatch(/^Trace: .*(ECONNREFUSED|ECONNRESET|terminat|starting up|shutting down|timeout)/s);
    }, 60_000);

    function open(): JobQueue {
      const queue = store.open();
      queues.push(queue);
      return queue;
    }
    async function work(handler: JobHandler): Promise<JobQueue> {
      const queue = open();
      await queue.start({ 'apply-change': handler }, { concurrency: 4, schedules: [] });
      return queue;
    }
    /** Changes that are applying as far as Postgres knows: a handler that finishes one takes it off the list, as a change that ends does. */
    function truth() {
      const open = new Set(CHANGES);
      const done: string[] = [];
      const dueWork = async (): Promise<DueWork[]> => [...open].map((id) => ({ kind: 'price_change', tenantId: TENANT, id }));
      const handler: JobHandler = async ({ payload }) => {
        const id = String(payload['id']);
        if (open.delete(id)) done.push(id);
      };
      const tick = (queue: JobQueue): Promise<number> => ringDueWork({ dueWork, queue });
      return { handler, tick, done: () => [...done].sort(), open };
    }
    const ring = (queue: JobQueue, id: string) => queue.enqueue([{ name: 'apply-change', key: `apply-change:${id}`, payload: { tenantId: TENANT, id } }]);
    async function refusedSoon(work: Promise<unknown>, words: RegExp): Promise<void> {
      const began = performance.now();
      await expect(work).rejects.toThrow(words);
      expect(performance.now() - began).toBeLessThan(SOON_MS);
    }
    const nothingWaits = (queue: JobQueue) => vi.waitFor(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0, failed: 0 }), WAIT);

    it('loses all its jobs: the tick rings for what Postgres knows, and each is done once', async () => {
      const { handler, tick, done } = truth();
      const sender = open();
      await tick(sender);
      expect((await sender.counts()).waiting).toBe(CHANGES.length);
      await store.loseJobs();
      expect((await sender.counts()).waiting).toBe(0);
      const worker = await work(handler);
      await tick(sender);
      await tick(worker);
      await vi.waitFor(() => expect(done()).toEqual(CHANGES), WAIT);
      await nothingWaits(worker);
    });

    it('is killed while jobs run and wait: who enqueues is told soon, workers live on, and after the tick nothing is missing', async () => {
      const { handler, tick, done } = truth();
      const first = probe(true);
      const worker = await work(async (job) => {
        await first.handler(job);
        await handler(job);
      });
      const web = open();
      await ring(web, 'a');
      await vi.waitFor(() => expect(first.runs).toHaveLength(1), WAIT);
      await ring(web, 'b');
      await store.kill();
      await refusedSoon(ring(web, 'c'), /./);
      await refusedSoon(web.counts(), /./);
      first.letGo();
      await store.revive();
      await vi.waitFor(() => tick(web), WAIT);
      await vi.waitFor(() => expect(done()).toEqual(CHANGES), WAIT);
      await nothingWaits(worker);
    });

    it('is killed together with the worker that had a job: another worker does it', async () => {
      const { handler, tick, done } = truth();
      const sender = open();
      const child = await startChild(store.childEnv, 'apply-change');
      try {
        await child.said('ready');
        await sender.enqueue([{ name: 'apply-change', key: 'apply-change:a', payload: { tenantId: TENANT, id: 'a', n: 1 } }]);
        await child.said('took 1');
        await store.kill();
      } finally {
        await child.kill();
      }
      await store.revive();
      const worker = await work(handler);
      await vi.waitFor(() => tick(sender), WAIT);
      await vi.waitFor(() => expect(done()).toEqual(CHANGES), WAIT);
      await nothingWaits(worker);
    });

    it('answers nothing for a while: who enqueues is told soon, and afterwards all goes on', async () => {
      const { handler, tick, done } = truth();
      const worker = await work(handler);
      const web = open();
      await ring(web, 'a');
      await vi.waitFor(() => expect(done()).toEqual(['a']), WAIT);
      store.freeze();
      try {
        await Promise.all([refusedSoon(ring(web, 'b'), /took longer|timeout/i), refusedSoon(web.counts(), /took longer|timeout/i)]);
      } finally {
        store.thaw();
      }
      await vi.waitFor(() => tick(web), WAIT);
      await vi.waitFor(() => expect(done()).toEqual(CHANGES), WAIT);
      await nothingWaits(worker);
    });

    it('writes nothing for a while: the failure says why, and afterwards all goes on', async () => {
      for (const [name, { begin, end, words }] of Object.entries(store.refusals)) {
        const { handler, tick, done } = truth();
        const worker = await work(handler);
        const web = open();
        await ring(web, 'a');
        await vi.waitFor(() => expect(done(), name).toEqual(['a']), WAIT);
        await begin();
        try {
          await vi.waitFor(() => refusedSoon(ring(web, 'b'), words), WAIT);
        } finally {
          await end();
        }
        await vi.waitFor(() => tick(web), WAIT);
        await vi.waitFor(() => expect(done(), name).toEqual(CHANGES), WAIT);
        await nothingWaits(worker);
        await worker.close();
      }
    });

    it('a worker that stands still with a job: the tick rings, another does it, and the first may come back', async () => {
      const { handler, tick, done } = truth();
      const sender = open();
      const child = await startChild(store.childEnv, 'apply-change');
      try {
        await child.said('ready');
        await sender.enqueue([{ name: 'apply-change', key: 'apply-change:a', payload: { tenantId: TENANT, id: 'a', n: 1 } }]);
        await child.said('took 1');
        child.child.kill('SIGSTOP');
        const worker = await work(handler);
        await tick(sender);
        await vi.waitFor(() => expect(done()).toEqual(CHANGES), WAIT);
        child.child.kill('SIGCONT');
        await ring(sender, 'a');
        await vi.waitFor(async () => expect((await worker.counts()).waiting).toBe(0), WAIT);
      } finally {
        await child.kill();
      }
    });
  });
}
