import { beforeAll, describe, expect, it } from 'vitest';
import { until } from './client.ts';
import type { Json } from './client.ts';
import { apply, approve, ended, pair, percentOff, plan, replay, rowsOf } from './journey.ts';
import { processOf } from './secrets.ts';
import { makeShop } from './shops.ts';
import type { TestShop, Write } from './shops.ts';

const PRODUCTS = 24;
const VARIANTS = 2;
const ROWS = PRODUCTS * VARIANTS;
const WRITE = 'VariantPricesUpdate';
const READ = 'VariantPricesByIds';
/** A killed worker's leases run a minute; what waits for them comes after. */
const SETTLED_MS = 150_000;

/** What goes wrong in a shop while its prices are written; every shop also loses its worker in the middle. */
const SCENARIOS: Record<string, readonly object[]> = {
  'nothing else': [{ kind: 'slow_body', operation: WRITE, probability: 1, delayMs: 300 }],
  'a storm of 300 throttled answers': [{ kind: 'throttle_storm', count: 300 }],
  'every third answer a 503': [{ kind: 'http_503', probability: 0.33, seed: 11 }],
  'answers lost after the write': [{ kind: 'timeout_after_write', operation: WRITE, count: 6 }],
  'writes that land late': [{ kind: 'late_landing', operation: WRITE, count: 4, delayMs: 2_500 }],
  'rows that the shop refuses': [{ kind: 'partial_user_errors', operation: WRITE, count: 5 }],
  'an access token that is revoked': [{ kind: 'token_revoked', operation: READ, count: 1 }],
  'access tokens that are revoked again and again': [{ kind: 'token_revoked', operation: WRITE, probability: 1 }],
  'broken answers of every kind': [{ kind: 'null_data', operation: WRITE, count: 2 }, { kind: 'malformed_json', operation: WRITE, count: 2 }, { kind: 'http_500', operation: WRITE, count: 2 }, { kind: 'http_429', count: 3 }],
};

/** Refreshed once, then paused until a person resumes. */
const PAUSES = 'access tokens that are revoked again and again';

interface Outcome {
  readonly shop: TestShop;
  readonly before: Awaited<ReturnType<TestShop['truth']>>;
  readonly change: Json;
  readonly rows: Map<string, Json>;
  readonly writes: readonly Write[];
}

const same = (a: object | null, b: object | null): boolean => JSON.stringify(a) === JSON.stringify(b);

describe('a worker that is killed while prices are written, with', () => {
  const outcomes = new Map<string, Outcome>();

  beforeAll(async () => {
    const ready = await Promise.all(Object.entries(SCENARIOS).map(async ([name, faults], index) => {
      const shop = await makeShop(`chaos-${index}`, { generate: { products: PRODUCTS, variantsPerProduct: VARIANTS } });
      const change = await plan(shop.api, name, percentOff(10));
      await approve(shop.api, change);
      for (const fault of faults) await shop.fault({ ...fault, seed: index + 1 });
      return { name, shop, change, before: await shop.truth() };
    }));
    for (const { shop, change } of ready) await shop.api.post(`/price-changes/${change.id}/apply`);
    await until('some prices are written', () => ready[0]!.shop.writes(), (writes) => writes.length > 2, 30_000, 20);
    process.kill(processOf('app/worker/main.ts'), 'SIGKILL');
    const unfinished = await ready[0]!.shop.api.get(`/price-changes/${ready[0]!.change.id}`);
    expect(unfinished.state, 'the worker was killed in the middle').toBe('applying');
    await Promise.all(ready.map(async ({ name, shop, change, before }) => {
      let done = await ended(shop.api, change.id, SETTLED_MS);
      if (name === PAUSES) {
        expect(done).toMatchObject({ state: 'paused', progress: { failed: 0, conflict: 0 } });
        expect(done.pauseReason).toMatch(/no longer lets Calibrate write prices/);
        await shop.clearFaults();
        await shop.api.post(`/price-changes/${change.id}/resume`);
        done = await ended(shop.api, change.id, SETTLED_MS);
      }
      outcomes.set(name, { shop, before, change: done, rows: await rowsOf(shop.api, change.id), writes: (await shop.writes()).filter((write) => write.actor === 'app') });
      await shop.clearFaults();
    }));
  }, SETTLED_MS + 60_000);

  for (const name of Object.keys(SCENARIOS)) {
    describe(name, () => {
      it('ends every row in one ending, and counts them all', () => {
        const { change, rows } = outcomes.get(name)!;
        expect(['applied', 'partially_applied']).toContain(change.state);
        expect(rows.size).toBe(ROWS);
        const endings = ['applied', 'settled', 'conflict', 'failed'];
        for (const [sku, row] of rows) expect(endings, `${sku} is ${row.state}`).toContain(row.state);
        const counted = endings.reduce((sum, state) => sum + Number(change.progress[state]), 0);
        expect(counted).toBe(ROWS);
        expect(change.state).toBe(change.progress.conflict + change.progress.failed === 0 ? 'applied' : 'partially_applied');
        expect(change.progress.conflict, 'nobody else was there').toBe(0);
        const failed = [...rows.values()].filter((row) => row.state === 'failed');
        for (const row of failed) expect(row.verdict).toBeTruthy();
        if (name.startsWith('rows that')) expect(failed.length).toBeGreaterThan(0);
        else expect(failed.map((row) => row.verdict)).toEqual([]);
      });

      it('changed each price at most once, and only from what the plan saw to what was approved', async () => {
        const { shop, before, rows, writes } = outcomes.get(name)!;
        const skuOf = new Map([...before].map(([sku, row]) => [row.id, sku]));
        const changed = new Map<string, number>();
        for (const write of writes) {
          const row = rows.get(skuOf.get(write.variantId)!);
          expect([pair(row.before), pair(row.after)].some((known) => same(known, write.before)), 'a write on a price that is neither from nor to').toBe(true);
          expect(write.after).toEqual(pair(row.after));
          if (!same(write.before, write.after)) changed.set(write.variantId, (changed.get(write.variantId) ?? 0) + 1);
        }
        for (const [variant, times] of changed) expect(times, skuOf.get(variant)).toBe(1);
        const truth = await shop.truth();
        for (const [sku, row] of rows) {
          const { price, compareAtPrice } = truth.get(sku)!;
          expect({ price, compareAtPrice }, `${sku} ${row.state}`).toEqual(pair(row.state === 'failed' ? row.before : row.after));
        }
      });

      it('is rolled back to the price and compare-at that were there, and its log agrees', async () => {
        const { shop, before, change, rows } = outcomes.get(name)!;
        const written = [...rows.values()].filter((row) => row.state !== 'failed').length;
        const rollback = await shop.api.post(`/price-changes/${change.id}/rollback`);
        expect(rollback.summary).toMatchObject({ selected: written, planned: written });
        await approve(shop.api, rollback);
        expect((await apply(shop.api, rollback)).state).toBe('applied');
        expect(await shop.truth()).toEqual(before);
        expect(await replay(shop.api)).toMatchObject({ chainIntact: true, differences: [] });
      });
    });
  }
});
