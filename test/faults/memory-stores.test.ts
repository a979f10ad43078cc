import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ItemRow, PlanRow } from '../../app/domain/pricing/change.ts';
import type { ItemEnding, NewChange } from '../../app/ports/change-store.ts';
import type { Tx, UnitOfWork } from '../../app/ports/unit-of-work.ts';
import { tenantId } from '../../app/domain/kernel/ids.ts';
import { openFlowShop } from '../integration/flow-shop.ts';
import type { FlowShop } from '../integration/flow-shop.ts';
import { useTestDatabase } from '../setup/database.ts';
import { Chance } from './chance.ts';
import { MemoryDb } from './memory-db.ts';
import { MemoryTx } from './memory-tx.ts';
import { storesOf } from './memory-uow.ts';
import { World } from './world.ts';
import type { Proc } from './world.ts';

const database = useTestDatabase();
let shop: FlowShop;
beforeAll(async () => {
  shop = await openFlowShop(database.urls.app);
  await shop.stock(2, 2);
});
afterAll(() => shop.close());

/** The memory stores, each call of `run` a transaction of its own. */
function memoryOf(id: string): { uow: UnitOfWork; db: MemoryDb } {
  const world = new World(1);
  const proc: Proc = { name: 'test', alive: true, pausedUntil: 0, clock: { now: () => new Date(0), known: async () => undefined, refresh: async () => undefined }, onKill: [], doing: new Map() };
  const db = new MemoryDb(tenantId(id));
  return { db, uow: { run: async (_tenant, work) => {
    const tx = new MemoryTx(world, proc, db.locks, true);
    const value = await work(storesOf(db, tx));
    tx.commit();
    return value;
  } } };
}

/** What of a row both must agree on. */
const facts = ({ id, state, attempts, epoch, intentAt, expectedPrice, expectedCompareAt, livePrice, verdict, resolution }: ItemRow) =>
  ({ id, state, attempts, epoch, intentAt: intentAt?.getTime() ?? null, expectedPrice, expectedCompareAt, livePrice, verdict, resolution });

describe('the stores in memory', () => {
  it.each([1, 2, 3, 4, 5, 6])('answer as those in PostgreSQL do, whatever is asked of them (seed %i)', async (seed) => {
    const chance = new Chance(seed);
    const { db, uow: memory } = memoryOf(shop.tenantId);
    const variants = await shop.uow.run(shop.ctx.tenantId, async (tx) => [...(await tx.catalog.variantsOfProduct(1n)), ...(await tx.catalog.variantsOfProduct(2n))]);
    db.tenants.rows.set(shop.tenantId, { ...(await shop.uow.run(shop.ctx.tenantId, (tx) => tx.tenant.get()))!, installedAt: new Date(0), since: null, by: null, reason: null });
    for (const { variantId: id, variantRef: ref, productId, productRef, price, compareAt, cost } of variants) {
      db.variants.rows.set(id, { id, ref, productId, productRef, position: Number(ref), price, compareAt, cost, baselinePrice: null, baselineCompareAt: null, layerId: null, active: true, updatedAt: null, syncedAt: new Date(0) });
    }
    let now = Date.parse('2026-11-22T12:00:00Z');
    const both = async <T>(work: (tx: Tx) => Promise<T>, told: (value: T) => unknown = (value) => value): Promise<T> => {
      const real = await shop.uow.run(shop.ctx.tenantId, work);
      const fake = await memory.run(shop.ctx.tenantId, work);
      expect(told(fake)).toEqual(told(real));
      return fake;
    };

    const changes: { id: string; items: PlanRow[] }[] = [];
    for (let c = 0; c < 3; c++) {
      const id = randomUUID();
      const row: NewChange = { id, name: `C${c}`, kind: 'change', ruleId: null, ruleVersion: null, ruleJson: {}, selectorJson: {}, transformJson: {}, scheduleJson: null, priority: c, currencyCode: 'USD', rollbackOf: null, correlationId: 'c', createdBy: 'user:1', now: new Date(now) };
      const items = variants.map((variant, position): PlanRow => ({
        id: randomUUID(), position, variantId: variant.variantId, productId: variant.productId, variantRef: variant.variantRef, productRef: variant.productRef, sku: '', title: '', outcome: 'planned', reason: null, warnings: [],
        beforePrice: 1_000n, beforeCompareAt: null, afterPrice: 900n - BigInt(c), afterCompareAt: null, baselinePrice: null, baselineCompareAt: null, layerId: null, source: 'rule', policyVersion: null, cost: null, trace: null, sourceItemId: null,
      }));
      changes.push({ id, items });
      await both(async (tx) => {
        await tx.changes.create(row);
        await tx.items.insertPlan(id, items);
        await tx.changes.assignApplyOrder(id);
        // Rows may be queued once their plan is approved.
        await tx.changes.update(id, { state: 'approved', planHash: `h${c}`, approvedHash: `h${c}`, approvedBy: 'user:1', approvedAt: row.now }, row.now);
        await tx.items.queuePlanned(id);
        await tx.changes.update(id, { state: 'applying' }, row.now);
      }, () => null);
    }

    const held: { item: ItemRow; owner: string }[] = [];
    const step: Record<string, () => Promise<unknown>> = {
      claim: async () => {
        const owner = chance.of(['a', 'b', 'c']);
        const { id } = chance.of(changes);
        const options = { owner, now: new Date(now), leaseMs: 60_000, quietMs: 40_000, maxBatches: chance.between(1, 3), maxRows: chance.between(1, 3) };
        const batches = await both((tx) => tx.items.claim(id, options), (list) => list.map(({ productRef, rows, leaseUntil }) => [productRef, leaseUntil.getTime(), rows.map(facts)]));
        for (const { rows } of batches) for (const item of rows) held.push({ item, owner });
      },
      intent: async () => {
        const own = some();
        if (!own) return;
        const expected = { price: BigInt(chance.between(990, 1_010)), compareAt: null };
        const leaseUntil = new Date(now + chance.between(20, 90) * 1_000);
        await both((tx) => tx.items.markIntent(own.list.map((item) => ({ item, expected })), own.owner, { now: new Date(now), sendBy: new Date(now + 31_000), leaseUntil }), (ids) => [...ids].sort());
      },
      finish: async () => {
        const own = some();
        if (!own) return;
        const endings = own.list.map((item): ItemEnding => ({ item, state: chance.of(['applied', 'settled', 'conflict', 'failed'] as const), live: chance.happens(0.8) ? { price: 950n, compareAt: null } : null, verdict: null, requestId: 'r' }));
        await both((tx) => tx.items.finish(endings, own.owner, new Date(now)), (ids) => [...ids].sort());
      },
      release: async () => {
        const own = some();
        if (!own) return;
        const options = { runAt: new Date(now + chance.between(0, 60_000)), countAttempt: chance.happens(0.5), doubt: chance.happens(0.5) };
        await both((tx) => tx.items.release(own.list, own.owner, options));
      },
      due: async () => {
        const { id } = chance.of(changes);
        await both((tx) => tx.items.nextDue(id, new Date(now), 40_000), (at) => at?.getTime() ?? null);
        await both((tx) => tx.items.anyQueued(id));
        await both((tx) => tx.items.countByState(id));
      },
      pause: async () => {
        const { id } = chance.of(changes);
        const state = chance.of(['paused', 'applying'] as const);
        await both((tx) => tx.changes.update(id, { state }, new Date(now)), () => null);
      },
      resolve: async () => {
        const item = chance.of([...db.items.rows.values()].filter((one) => one.state === 'conflict'));
        if (!item) return;
        const state = chance.of(['kept', 'queued'] as const);
        await both((tx) => tx.items.resolve(item.id, { state, resolution: state === 'kept' ? 'keep_live' : 'write_ours', by: 'user:1', expected: state === 'queued' ? { price: 960n, compareAt: null } : null, now: new Date(now) }));
      },
      put: async () => {
        const change = chance.of(changes);
        const rows = change.items.filter(() => chance.happens(0.5)).map((item) => ({ variantId: item.variantId, itemId: item.id, price: item.afterPrice!, compareAt: null, base: { price: 1_000n, compareAt: 1_200n } }));
        await both((tx) => tx.layers.put(change.id, rows, { priority: changes.indexOf(change) % 2, startsAt: new Date(now - (now % 60_000)), changeCreatedAt: new Date('2026-11-22T12:00:00Z') }));
      },
      take: async () => both((tx) => tx.layers.take(changes[0]!.id, [variants[0]!.variantId, variants[1]!.variantId])),
      baseline: async () => both((tx) => tx.layers.setBaseline([{ variantId: variants[1]!.variantId, price: 1_005n, compareAt: null }])),
      reprice: async () => both((tx) => tx.layers.reprice(changes[1]!.id, variants[2]!.variantId, { price: 870n, compareAt: null })),
      drift: async () => both((tx) => tx.layers.noteDrift(null, new Date(now)), (list) => list.map(({ item, fromState }) => [item.id, fromState]).sort()),
      count: async () => both((tx) => tx.layers.count(chance.of(changes).id)),
    };
    const some = (): { list: ItemRow[]; owner: string } | null => {
      if (held.length === 0) return null;
      const { owner } = chance.of(held);
      const first = chance.of(held.filter((one) => one.owner === owner)).item;
      const list = held.filter((one) => one.owner === owner && one.item.changeId === first.changeId && chance.happens(0.6)).map(({ item }) => item);
      // Of a row that was claimed twice, one of the two: an old epoch is refused by both.
      return { list: [...new Map(list.map((item) => [item.id, item])).values()], owner };
    };
    const weights = { claim: 8, intent: 5, finish: 3, release: 4, due: 3, pause: 4, resolve: 3, put: 2, take: 1, baseline: 1, reprice: 1, drift: 1, count: 1 };
    for (let n = 0; n < 120; n++) {
      now += chance.of([10, 1_000, 31_000, 45_000]);
      const name = chance.weighed(weights);
      if (name === 'count') {
        for (const { id } of changes) await both((tx) => tx.layers.count(id));
      } else await step[name]!();
      for (const { id } of changes) await both((tx) => tx.items.list(id, {}, { limit: 50, cursor: null }), ({ data }) => data.map(facts));
      await both((tx) => tx.layers.stacks(variants.map((variant) => variant.variantId)), (stacks) => [...stacks].sort(([a], [b]) => (a < b ? -1 : 1)));
    }
    // The next seed begins with an empty shop.
    await shop.uow.run(shop.ctx.tenantId, async (tx) => {
      for (const { id } of changes) {
        await tx.layers.take(id, variants.map((variant) => variant.variantId));
        await tx.changes.update(id, { state: 'cancelled' }, new Date(now));
        await tx.items.cancelQueued(id, new Date(now));
      }
    });
    await shop.sql(`update price_change_items set state = 'failed', owner = null, lease_until = null where state = 'writing'`);
  });
});
