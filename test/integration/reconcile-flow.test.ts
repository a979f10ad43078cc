import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTenantDirectory } from '../../app/adapters/db/tenant-directory.ts';
import { catalogStatus } from '../../app/flows/browse-catalog/browse-catalog.ts';
import { reconcileCatalog } from '../../app/flows/reconcile-catalog/reconcile-catalog.ts';
import { requestReconcile } from '../../app/flows/reconcile-catalog/request-reconcile.ts';
import { receiveWebhook } from '../../app/flows/receive-webhook/receive-webhook.ts';
import { ringDueWork } from '../../app/flows/ring-due-work/ring-due-work.ts';
import type { CatalogSource, SourceRecord } from '../../app/ports/catalog-source.ts';
import type { ChannelFailure } from '../../app/ports/price-channel.ts';
import { useTestDatabase } from '../setup/database.ts';
import { product, variant } from './catalog-records.ts';
import { openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';
import { must } from './must.ts';

const database = useTestDatabase();
const EVERY_MS = 300_000;
let shop: FlowShop;
beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
});
afterEach(() => shop.close());

/** What the shop has, as it answers: changed products by time, single products, and how many there are. */
class ChangingShop implements Partial<CatalogSource> {
  readonly products_ = new Map<bigint, { updatedAt: string; prices: bigint[] }>();
  pageSize = 2;
  failure: ChannelFailure | null = null;
  asked = { lists: 0, reads: [] as bigint[] };
  onList: (() => void) | null = null;

  set(ref: number, updatedAt: string, ...prices: bigint[]): void {
    this.products_.set(BigInt(ref), { updatedAt, prices });
  }
  async changedProducts(_shop: unknown, since: Date, after: string | null) {
    this.asked.lists += 1;
    this.onList?.();
    if (this.failure) return { ok: false as const, failure: this.failure };
    const all = [...this.products_].filter(([, { updatedAt }]) => Date.parse(updatedAt) >= since.getTime()).sort(([, a], [, b]) => (a.updatedAt < b.updatedAt ? -1 : 1));
    const from = after === null ? 0 : Number(after);
    return { ok: true as const, requestId: null, value: { products: all.slice(from, from + this.pageSize).map(([ref, { updatedAt }]) => ({ ref, updatedAt })), next: from + this.pageSize < all.length ? String(from + this.pageSize) : null } };
  }
  async products(_shop: unknown, refs: readonly bigint[]) {
    this.asked.reads.push(...refs);
    return { ok: true as const, requestId: null, value: refs.flatMap((ref): SourceRecord[] => {
      const found = this.products_.get(ref);
      return found ? [{ ...product(ref, found.updatedAt), productType: 'Thing' } as SourceRecord, ...found.prices.map((price, i) => variant(ref + BigInt(i), ref, price, found.updatedAt))] : [];
    }) };
  }
  async countProducts() {
    return { ok: true as const, requestId: null, value: this.products_.size };
  }
}

/** A shop of `n` products at 10.00 that was synced; the answering shop has the same. */
async function synced(n: number): Promise<ChangingShop> {
  await shop.stock(n, 1);
  const there = new ChangingShop();
  for (let ref = 1; ref <= n; ref++) there.set(ref, '2026-11-01T00:00:00Z', 1_000n);
  await shop.uow.run(shop.ctx.tenantId, async (tx) => {
    const { id } = await tx.syncs.start({ id: randomUUID(), correlationId: 'c', now: shop.now() });
    await tx.syncs.update(id, { state: 'completed', finishedAt: shop.now(), exportStartedAt: shop.now() });
    await tx.freshness.synced({ startedAt: shop.now(), prices: 0, now: shop.now() });
  });
  shop.advance(60_000);
  return there;
}
const reconcile = (source: ChangingShop, signal = new AbortController().signal) => reconcileCatalog({ uow: shop.uow, source: source as unknown as CatalogSource, reconcileEveryMs: EVERY_MS }, shop.ctx, signal);
const status = async () => must(await catalogStatus({ uow: shop.uow }, shop.ctx));
const second = (ms = 0): string => `${new Date(shop.now().getTime() + ms).toISOString().slice(0, 19)}Z`;
const events = async (type: string) => (await shop.events()).filter((event) => event.type === type).map(({ payload }) => payload);

describe('a reconciliation', () => {
  it('finds prices that no webhook told, records them as drift with their source, and says how far behind the catalog was', async () => {
    const there = await synced(5);
    there.set(2, second(), 1_500n);
    there.set(4, second(10_000), 1_700n);
    shop.advance(120_000);
    expect(await status()).toMatchObject({ behindSeconds: 180, untold: null, reconciling: false });
    expect(await reconcile(there)).toEqual({ comeBackAt: null });
    expect(await shop.sql(`select v.ref::int, pv.unit_amount::int as price, pv.source from price_versions pv join variants v on v.id = pv.variant_id where pv.valid_to is null and pv.source = 'reconcile' order by 1`))
      .toEqual([{ ref: 2, price: 1_500, source: 'reconcile' }, { ref: 4, price: 1_700, source: 'reconcile' }]);
    expect((await events('product.updated')).map(({ productRef, source }) => [productRef, source])).toEqual([['2', 'reconcile'], ['4', 'reconcile']]);
    expect(await events('catalog.drift_found')).toEqual([{ products: 2, prices: 2, behindSeconds: 120 }]);
    expect(await status()).toMatchObject({ behindSeconds: 0, untold: { products: 2, prices: 2, behindSeconds: 120 } });
    expect(there.asked.reads).toEqual([2n, 4n]);
    // Nothing is found twice.
    shop.advance(EVERY_MS);
    await reconcile(there);
    expect(await events('catalog.drift_found')).toHaveLength(1);
    expect((await status()).untold).toMatchObject({ prices: 2 });
  });

  it('looks twice at the time just before the last one: the list of changes lags behind', async () => {
    const there = await synced(2);
    await reconcile(there);
    const late = second(-60_000);
    shop.advance(EVERY_MS);
    there.set(1, late, 1_300n);
    await reconcile(there);
    expect((await status()).untold).toMatchObject({ prices: 1 });
  });

  it('does not call drift what is a few seconds old, and does not ask again for what a webhook told', async () => {
    const there = await synced(3);
    there.set(1, second(-3_000), 1_100n);
    await reconcile(there);
    expect(await shop.sql('select price::int from variants where ref = 1')).toEqual([{ price: 1_100 }]);
    expect((await status()).untold).toBeNull();
    there.asked.reads = [];
    shop.advance(EVERY_MS);
    await reconcile(there);
    expect(there.asked.reads).toEqual([]);
  });

  it('goes on where it was interrupted, by a worker that leaves or a shop that does not answer', async () => {
    const there = await synced(8);
    for (let ref = 1; ref <= 8; ref++) there.set(ref, second(ref * 1_000), 2_000n);
    shop.advance(60_000);
    const stop = new AbortController();
    there.onList = () => {
      if (there.asked.lists === 2) stop.abort();
    };
    expect((await reconcile(there, stop.signal)).comeBackAt).not.toBeNull();
    expect(await status()).toMatchObject({ reconciling: true, untold: null });
    there.failure = { kind: 'throttled', detail: 'Throttled', retryAfterMs: 90_000 };
    expect((await reconcile(there)).comeBackAt).toEqual(new Date(shop.now().getTime() + 90_000));
    there.failure = null;
    await reconcile(there);
    expect(there.asked.reads).toHaveLength(8);
    expect((await status()).untold).toMatchObject({ products: 8, prices: 8 });
  });

  it('asks for a whole export where the shop has another number of products, once it saw so twice', async () => {
    const there = await synced(3);
    there.products_.delete(3n);
    const next = await reconcile(there);
    expect(next.comeBackAt).toEqual(new Date(shop.now().getTime() + 30_000));
    expect(await events('catalog.sync_started')).toEqual([]);
    shop.advance(30_000);
    await reconcile(there);
    expect(await shop.sql(`select reason from catalog_syncs where state = 'running'`)).toEqual([{ reason: 'deletions' }]);
    expect(await events('catalog.sync_started')).toHaveLength(1);
    // An export that did not settle it is not asked for again at once.
    await shop.sql(`update catalog_syncs set state = 'completed', finished_at = $1 where state = 'running'`, [shop.now()]);
    for (let i = 0; i < 3; i++) {
      shop.advance(EVERY_MS);
      await reconcile(there);
    }
    expect(await events('catalog.sync_started')).toHaveLength(1);
  });

  it('asks for a whole export when the last one is a day old', async () => {
    const there = await synced(1);
    shop.advance(24 * 3_600_000);
    await reconcile(there);
    expect(await shop.sql(`select reason from catalog_syncs where state = 'running'`)).toEqual([{ reason: 'routine' }]);
  });

  it('takes a product out that is listed but gone', async () => {
    const there = await synced(2);
    there.set(2, second(), 1_000n);
    shop.advance(60_000);
    there.products = async () => ({ ok: true as const, requestId: null, value: [] });
    await reconcile(there);
    expect(await events('product.deleted')).toEqual([{ productRef: '2', source: 'reconcile' }]);
    expect(await status()).toMatchObject({ products: 1 });
  });

  it('reports an edit that came between our reading and our writing and was replaced, once', async () => {
    const there = await synced(1);
    const id = await shop.start();
    // The merchant's edit lands after the drift check and just before the write; its webhook comes late.
    let edited = '';
    shop.channel.onWrite = (rows, land) => {
      shop.advance(1_000);
      edited = second();
      shop.advance(1_000);
      return land(rows);
    };
    await shop.runToTheEnd(id);
    shop.advance(5_000);
    await receiveWebhook(shop, shop.ctx, {
      webhookId: 'w-1', eventId: 'e-1', topic: 'products/update', apiVersion: '2026-07', triggeredAt: shop.now(),
      payload: { id: 1, title: 'Product 1', status: 'active', updated_at: edited, variants: [{ id: 1, price: '12.34', compare_at_price: null, updated_at: edited }] },
    });
    there.set(1, second(), 900n);
    // The database's own clock says when it was received; the shop's of this test is another.
    await shop.sql('update webhook_inbox set received_at = $1', [shop.now()]);
    await reconcile(there);
    expect(await events('price.edit_overwritten')).toMatchObject([{ changeId: id, editedAt: new Date(edited).toISOString(), edited: { price: { amount: '12.34' } }, written: { price: { amount: '9.00' } } }]);
    shop.advance(EVERY_MS);
    await reconcile(there);
    expect(await events('price.edit_overwritten')).toHaveLength(1);
    expect(await shop.sql(`select action from audit_log where entity_id = $1 and action = 'edit_overwritten'`, [id])).toHaveLength(1);
  });

  it('says nothing of the echo of our own write, nor of what was there before it', async () => {
    const there = await synced(1);
    const id = await shop.start();
    await shop.runToTheEnd(id);
    const written = (await shop.sql<{ at: Date }>('select updated_at as at from variants'))[0]!.at.toISOString();
    for (const [n, price, at] of [[1, '9.00', written], [2, '10.00', written], [3, '11.11', '2026-11-20T00:00:00Z']] as const) {
      await receiveWebhook(shop, shop.ctx, { webhookId: `w-${n}`, eventId: `e-${n}`, topic: 'products/update', apiVersion: '2026-07', triggeredAt: shop.now(), payload: { id: 1, title: 'P', status: 'active', updated_at: at, variants: [{ id: 1, price, compare_at_price: null, updated_at: at }] } });
    }
    await shop.sql('update webhook_inbox set received_at = $1', [shop.now()]);
    await reconcile(there);
    expect(await events('price.edit_overwritten')).toEqual([]);
  });

  it('is rung for by the tick: when it is due, for shops with a catalog, not during a sync; and when somebody asks', async () => {
    const there = await synced(1);
    const directory = createTenantDirectory({ query: (text, params) => shop.pool.query(text, params as unknown[]) as never });
    const due = async (): Promise<string[]> => (await directory.dueWork()).filter((work) => work.tenantId === shop.tenantId).map(({ kind }) => kind).sort();
    await shop.sql(`update catalog_freshness set next_at = now(), subscriptions_next_at = now() + interval '1 day', subscriptions_checked_at = now()`);
    expect(await due()).toEqual(['reconcile']);
    await reconcile(there);
    await shop.sql(`update catalog_freshness set next_at = now() + interval '1 hour'`);
    expect(await due()).toEqual([]);
    shop.jobs.length = 0;
    must(await requestReconcile(shop, shop.ctx));
    expect(shop.jobs.map(({ name }) => name)).toEqual(['reconcile-catalog']);
    expect((await shop.uow.run(shop.ctx.tenantId, (tx) => tx.freshness.get()))!.nextAt).toEqual(shop.now());
    await shop.sql(`update catalog_freshness set next_at = now() - interval '1 second'`);
    expect(await due()).toEqual(['reconcile']);
    shop.jobs.length = 0;
    await ringDueWork({ dueWork: () => directory.dueWork(), queue: shop.queue });
    expect(shop.jobs.map(({ name }) => name)).toContain('reconcile-catalog');
    await shop.sql(`update catalog_syncs set state = 'running'`);
    expect(await due()).toEqual(['sync']);
    await shop.sql(`update catalog_syncs set state = 'failed'`);
    expect(await due()).toEqual([]);
    expect(await requestReconcile(shop, shop.ctx)).toMatchObject({ ok: false, error: { code: 'never_synced' } });
  });
});
