import Bull from 'bull';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createBullQueue } from '../../app/adapters/queue/bull-queue.ts';
import { jobQueueLossBattery } from './job-queue-loss.battery.ts';
import { jobQueueBattery, probe, startChild } from './job-queue.battery.ts';
import { hasRedisServer, startRedis } from './redis-server.ts';
import { silentLog } from './silent-log.ts';

/** A worker must renew a lock in time on a machine that is busy with everything else, too. */
const LOCK_MS = 3_500;
const WAIT = { timeout: 20_000, interval: 25 };
const missing = !hasRedisServer();

if (missing && process.env['CI'] === 'true') {
  it('redis-server is there when tests run for a merge', () => {
    throw new Error('redis-server is missing: install the Debian package redis-server');
  });
}

describe.skipIf(missing)('with a real redis-server', () => {
  jobQueueBattery('Redis (Bull)', async () => {
    const redis = await startRedis();
    const options = { redisUrl: redis.url, prefix: 'battery', lockMs: LOCK_MS, log: silentLog };
    const admin = new Bull('admin', redis.url);
    return {
      open: () => createBullQueue(options),
      openApart: () => createBullQueue({ ...options, prefix: 'apart' }),
      openUnreachable: () => createBullQueue({ ...options, redisUrl: 'redis://127.0.0.1:1/0' }),
      childEnv: { REDIS_URL: redis.url, QUEUE_PREFIX: 'battery', LOCK_MS: String(LOCK_MS) },
      async cutConnections() {
        await admin.client.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        await admin.client.client('KILL', 'TYPE', 'pubsub');
      },
      async clear() {
        const keys = await admin.client.keys('battery:*');
        if (keys.length > 0) await admin.client.del(keys);
      },
      async close() {
        await admin.close();
        await redis.stop();
      },
    };
  });

  jobQueueLossBattery('Redis (Bull)', async () => {
    const redis = await startRedis();
    const options = { redisUrl: redis.url, prefix: 'fragile', lockMs: LOCK_MS, log: silentLog };
    return {
      open: () => createBullQueue(options),
      childEnv: { REDIS_URL: redis.url, QUEUE_PREFIX: 'fragile', LOCK_MS: String(LOCK_MS) },
      kill: redis.stop,
      revive: redis.start,
      loseJobs: redis.flush,
      freeze: redis.freeze,
      thaw: redis.thaw,
      refusals: {
        'out of memory': { begin: () => redis.command('CONFIG SET maxmemory 1'), end: () => redis.command('CONFIG SET maxmemory 0'), words: /OOM|memory/ },
        'a replica, after a failover': { begin: () => redis.command('REPLICAOF 127.0.0.1 1'), end: () => redis.command('REPLICAOF NO ONE'), words: /READONLY|read only/i },
      },
      close: redis.stop,
    };
  });

  describe('losing Redis', { timeout: 60_000 }, () => {
    let redis: Awaited<ReturnType<typeof startRedis>>;
    let prefix = 0;
    beforeAll(async () => {
      redis = await startRedis();
    });
    afterAll(() => redis?.stop());

    function options() {
      prefix += 1;
      return { redisUrl: redis.url, prefix: `losing${prefix}`, lockMs: LOCK_MS, scheduleEveryMs: 500, log: silentLog };
    }
    async function withAdmin<T>(use: (admin: Bull.Queue) => Promise<T>, prefixName: string): Promise<T> {
      const admin = new Bull('calibrate', redis.url, { prefix: prefixName });
      try {
        return await use(admin);
      } finally {
        await admin.close();
      }
    }

    it('FLUSHALL loses jobs and nothing else: ringing again runs them, keys and schedules work on', async () => {
      const own = options();
      const queue = createBullQueue(own);
      const held = probe(true);
      const later = new Date(Date.now() + 3_600_000);
      await queue.start({ ring: held.handler, tick: held.handler }, { concurrency: 2, schedules: [{ name: 'tick', cron: '0 0 1 1 *' }] });
      await queue.enqueue([{ name: 'ring', payload: { n: 1 } }, { name: 'ring', payload: { n: 2 }, key: 'k', runAt: later }]);
      await vi.waitFor(() => expect(held.values()).toEqual([1]), WAIT);
      await withAdmin(async (admin) => {
        expect(await admin.getRepeatableCount()).toBe(1);
        await admin.client.flushall();
        await vi.waitFor(async () => expect(await admin.getRepeatableCount()).toBe(1), WAIT);
      }, own.prefix);
      await queue.enqueue([{ name: 'ring', payload: { n: 3 }, key: 'k' }, { name: 'ring', payload: { n: 4 }, key: 'k' }]);
      await vi.waitFor(() => expect(held.values()).toEqual([1, 3]), WAIT);
      held.letGo();
      await queue.enqueue([{ name: 'ring', payload: { n: 5 }, key: 'k' }]);
      await vi.waitFor(() => expect(held.values()).toEqual([1, 3, 5]), WAIT);
      await vi.waitFor(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0, failed: 0 }), WAIT);
      await queue.close();
    });

    it('a restart of an empty Redis is survived by workers and by the web process', async () => {
      const own = options();
      const [worker, web] = [createBullQueue(own), createBullQueue(own)];
      const { handler, values } = probe();
      await worker.start({ ring: handler }, { concurrency: 2, schedules: [] });
      await web.enqueue([{ name: 'ring', payload: { n: 1 } }]);
      await vi.waitFor(() => expect(values()).toEqual([1]), WAIT);
      await redis.stop();
      await expect(web.enqueue([{ name: 'ring', payload: { n: 2 }, key: 'k' }])).rejects.toThrow();
      await redis.start();
      await vi.waitFor(() => web.enqueue([{ name: 'ring', payload: { n: 3 }, key: 'k' }]), WAIT);
      await vi.waitFor(() => expect(values().some((n) => n === 3 || n === 2)).toBe(true), WAIT);
      await Promise.all([worker.close(), web.close()]);
    }, 60_000);

    it('a worker that stood still and comes back delivers its job a second time, and the queue stays in order', async () => {
      const own = options();
      const child = await startChild({ REDIS_URL: own.redisUrl, QUEUE_PREFIX: own.prefix, LOCK_MS: String(LOCK_MS) }, 'ring');
      const queue = createBullQueue(own);
      try {
        await child.said('ready');
        await queue.enqueue([{ name: 'ring', payload: { n: 9 } }]);
        await child.said('took 9');
        child.child.kill('SIGSTOP');
        const other = probe();
        await queue.start({ ring: other.handler }, { concurrency: 1, schedules: [] });
        await vi.waitFor(() => expect(other.values()).toEqual([9]), WAIT);
        child.child.kill('SIGCONT');
        await vi.waitFor(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0, failed: 0 }), WAIT);
        await queue.enqueue([{ name: 'ring', payload: { n: 10 } }]);
        await vi.waitFor(() => expect(`${String(other.values())} ${child.output()}`).toMatch(/10/), WAIT);
      } finally {
        await child.kill();
        await queue.close();
      }
    });
  });
});
