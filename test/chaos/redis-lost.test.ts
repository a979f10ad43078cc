import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { hasRedisServer, startRedis } from '../contract/redis-server.ts';
import { Chance } from '../faults/chance.ts';
import { applyOneAfterTheOther } from './apply-changes.ts';
import { openStage } from './stage.ts';

const PRODUCTS = 60;
const LIMIT_MS = 300_000;
const REDIS_DOWN_MS = 3_000;
const missing = !hasRedisServer();

if (missing && process.env['CI'] === 'true') {
  it('redis-server is there when tests run for a merge', () => {
    throw new Error('redis-server is missing: install the Debian package redis-server');
  });
}

describe.skipIf(missing)('with REDIS_URL set', () => {
  it('a change ends right, from sync to the last price, although Redis is killed, comes back empty and is emptied while it is applied', async () => {
    const said: string[] = [];
    const redis = await startRedis();
    const stage = await openStage({ workers: 1, quietMs: 4_000, leaseMs: 36_000, say: (line) => said.push(line), redisUrl: redis.url });
    try {
      const shop = await stage.makeShop('redis-lost', PRODUCTS);
      const enough = new AbortController();
      const applying = applyOneAfterTheOther(shop, { chance: new Chance(7), stop: enough.signal, settleMs: 60_000 });
      // Whatever becomes of it is looked at below.
      applying.catch(() => undefined);
      const written = async (least: number): Promise<void> => {
        while ((await shop.sim('GET', 'writes')).data.length < least) await sleep(50);
      };
      await written(10);
      await redis.stop();
      expect((await fetch(stage.readyUrls.app)).status, 'the app says that its queue is away').toBe(503);
      await sleep(REDIS_DOWN_MS);
      await redis.start();
      await written(30);
      await redis.flush();
      enough.abort();
      const outcome = await applying;
      expect(outcome.faults, said.join('\n')).toEqual([]);
      expect(outcome.endings).toEqual({ applied: outcome.rows });
      // Every change is of the whole shop, two variants a product.
      expect(outcome.rows).toBe(outcome.changes * PRODUCTS * 2);
      expect(stage.bystanders.crashes()).toEqual([]);
      expect(stage.workers.crashes()).toEqual([]);
      expect((await fetch(stage.readyUrls.app)).status).toBe(200);
    } finally {
      await stage.end();
      await redis.stop();
    }
  }, LIMIT_MS);
});
