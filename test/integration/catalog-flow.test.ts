import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTenantDirectory, hashToken } from '../../app/adapters/db/tenant-directory.ts';
import { processWebhooks } from '../../app/flows/receive-webhook/process-webhooks.ts';
import { receiveWebhook } from '../../app/flows/receive-webhook/receive-webhook.ts';
import { scheduleChange } from '../../app/flows/approve-change/schedule-change.ts';
import { resumeChange } from '../../app/flows/apply-change/control.ts';
import { rollBackChange } from '../../app/flows/roll-back-change/roll-back.ts';
import type { CatalogSource, SourceRecord } from '../../app/ports/catalog-source.ts';
import type { VariantFilter } from '../../app/ports/catalog-store.ts';
import { RefusedCursor } from '../../app/domain/kernel/refused-cursor.ts';
import { useTestDatabase } from '../setup/database.ts';
import { product, variant } from './catalog-records.ts';
import { newDigest, openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';

const database = useTestDatabase();
let shop: FlowShop;
beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
});
afterEach(async () => {
  expect(await shop.differences()).toEqual([]);
  await shop.close();
});

const never = new AbortController().signal;
const payload = (ref: number, updatedAt: string, variants: [number, string][]) => ({
  id: ref, title: `Product ${ref}`, handle: `p-${ref}`, vendor: 'Acme', product_type: '', status: 'active', tags: '', updated_at: updatedAt, options: [],
  variants: variants.map(([id, price]) => ({ id, title: `V${id}`, sku: `S-${id}`, price, compare_at_price: null, updated_at: updatedAt })) });

/** A source of which only `products` answers. */
const sourceOf = (products: CatalogSource['products']): CatalogSource => ({ products, shopInfo: async () => ({ ok: false, failure: { kind: 'unauthorized', detail: '' } }) } as unknown as CatalogSource);
const noSource = sourceOf(async () => { throw new Error('nothing is to be fetched'); });
let deliveries = 0;
async function deliver(topic: string, body: unknown, more: { eventId?: string; triggeredAt?: Date } = {}): Promise<string> {
  deliveries += 1;
  const webhookId = `w-${String(deliveries).padStart(4, '0')}`;
  await receiveWebhook(shop, shop.ctx, { webhookId, eventId: more.eventId ?? randomUUID(), topic, apiVersion: '2026-07', triggeredAt: more.triggeredAt ?? shop.now(), payload: body });
  return webhookId;
}
const work = (source: CatalogSource = noSource): Promise<void> => processWebhooks({ uow: shop.uow, queue: shop.queue, source }, shop.ctx, never);
const inbox = async (): Promise<Record<string, string>> =>
  Object.fromEntries((await shop.sql<{ id: string; state: string }>('select webhook_id as id, state from webhook_inbox order by 1')).map((row) => [row.id, row.state]));
const active = async (): Promise<number[]> => (await shop.sql<{ ref: bigint }>('select v.ref from variants v join products p on p.id = v.product_id where v.active and p.active order by 1')).map((row) => Number(row.ref));
const priceOf = async (ref: number): Promise<number> => Number((await shop.sql<{ price: bigint }>('select price from variants where ref = $1', [ref]))[0]!.price);

describe('webhooks', () => {
  it('an older payload that comes late changes nothing and takes nothing away', async () => {
    await shop.stock(1, 2);
    await deliver('products/update', payload(1, '2026-11-20T00:00:00Z', [[1, '11.00'], [2, '10.00'], [3, '5.00']]));
    await work(sourceOf(async () => ({ ok: true, requestId: null, value: [product(1n, '2026-11-20T00:00:00Z'), variant(1n, 1n, 1_100n, '2026-11-20T00:00:00Z'), variant(2n, 1n, 1_000n, '2026-11-20T00:00:00Z'), variant(3n, 1n, 500n, '2026-11-20T00:00:00Z')] })));
    expect(await active()).toEqual([1, 2, 3]);
    // From before the third variant: whoever is asked now still has it, and a payload alone would not be trusted either.
    await deliver('products/update', payload(1, '2026-11-10T00:00:00Z', [[1, '9.00'], [2, '10.00']]));
    await work(sourceOf(async () => ({ ok: false, failure: { kind: 'unauthorized', detail: '' } })));
    expect(await active()).toEqual([1, 2, 3]);
    expect(await priceOf(1)).toBe(1_100);
  });

  it('a deleted product stays away when an older update comes after it', async () => {
    await shop.stock(1, 1);
    await deliver('products/delete', { id: 1 });
    await deliver('products/update', payload(1, '2026-11-15T00:00:00Z', [[1, '9.00']]));
    await work(sourceOf(async () => ({ ok: true, requestId: null, value: [product(1n, '2026-11-15T00:00:00Z'), variant(1n, 1n, 900n, '2026-11-15T00:00:00Z')] })));
    expect(await active()).toEqual([]);
  });

  it('the same event has one effect, however often and by whomever it is processed', async () => {
    await shop.stock(1, 1);
    const body = payload(1, '2026-11-20T00:00:00Z', [[1, '12.00']]);
    const event = { eventId: 'event-1' };
    await Promise.all([deliver('products/update', body, event), deliver('products/update', body, event)]);
    await Promise.all([work(), work(), work()]);
    expect(Object.values(await inbox()).sort()).toEqual(['done', 'ignored']);
    expect((await shop.events()).filter((entry) => entry.type === 'product.updated')).toHaveLength(1);
  });

  it('one that breaks is tried again, ends as failed, and never holds up the others', async () => {
    await shop.stock(1, 1);
    const broken = await deliver('products/update', payload(1, '2026-11-20T00:00:00Z', [[1, '999999999999999999999.00']]));
    const fine = await deliver('app/scopes_update', { current: ['read_products'] });
    await work();
    expect(await inbox()).toEqual({ [broken]: 'received', [fine]: 'done' });
    for (let i = 0; i < 7; i++) await work();
    expect((await inbox())[broken]).toBe('failed');
    expect((await shop.sql<{ error: string }>('select error from webhook_inbox where webhook_id = $1', [broken]))[0]!.error).toMatch(/out of range/);
  });

  it('wait for a shop that does not answer only where its answer is needed', async () => {
    await shop.stock(1, 1);
    const first = await deliver('products/create', payload(7, '2026-11-20T00:00:00Z', [[70, '1.00']]));
    const second = await deliver('products/create', payload(8, '2026-11-20T00:00:00Z', [[80, '1.00']]));
    // Of this installation, which the database has just made.
    const gone = await deliver('app/uninstalled', { id: 1 }, { triggeredAt: new Date(Date.now() + 60_000) });
    let asked = 0;
    await work(sourceOf(async () => {
      asked += 1;
      return { ok: false, failure: { kind: 'unavailable', detail: '' } };
    }));
    // Once for both, and once for each, since one of them could have been at fault.
    expect(asked).toBe(3);
    expect(await inbox()).toEqual({ [first]: 'received', [second]: 'received', [gone]: 'done' });
  });

  it('keep a payload with characters that the database cannot hold', async () => {
    await shop.stock(1, 1);
    const id = await deliver('products/update', { ...payload(1, '2026-11-20T00:00:00Z', [[1, '12.00']]), title: 'A\u0000B \ud800' });
    await work();
    expect((await inbox())[id]).toBe('done');
    expect(await priceOf(1)).toBe(1_200);
  });

  it('that tell our own write before its answer came do not take its lineage', async () => {
    await shop.stock(1, 1);
    const id = await shop.start();
    shop.channel.onWrite = async (rows, land) => {
      const answer = land(rows);
      shop.advance(200);
      await deliver('products/update', payload(1, shop.now().toISOString(), [[1, '9.00']]));
      await work();
      shop.advance(300);
      return answer;
    };
    await shop.runToTheEnd(id);
    const [row] = await shop.sql<{ id: string }>('select id from variants');
    const versions = await shop.uow.run(shop.ctx.tenantId, (tx) => tx.catalog.priceVersions(row!.id, null, 10));
    expect(versions.map((version) => [Number(version.unitAmount), version.source, version.priceChangeId])).toEqual([[900, 'apply', id], [1_000, 'sync', null]]);
    // No moment without a price, and none with two.
    expect(versions[0]!.validFrom).toEqual(versions[1]!.validTo);
  });
});

describe('a shop that removes the app', () => {
  it('loses its tokens and everything that would write by itself, and gets nothing of it back by installing again', async () => {
    await shop.stock(2, 1);
    const directory = createTenantDirectory(shop.pool as never);
    await shop.uow.run(shop.ctx.tenantId, (tx) => tx.tokens.create({ id: randomUUID(), name: 'Script', tokenHash: hashToken('cal_secret'), prefix: 'cal_secret', scopes: ['catalog:read'], createdBy: 'user:1', now: shop.now() }));
    expect(await directory.byToken('cal_secret')).toMatchObject({ tenantId: shop.tenantId });
    const applying = await shop.start();
    const scheduled = await shop.start('approved');
    await scheduleChange(shop, shop.ctx, { id: scheduled, schedule: { startAt: '2026-11-23T00:00:00', timeZone: 'UTC' } });

    await deliver('app/uninstalled', { id: 1 }, { triggeredAt: new Date(Date.now() + 60_000) });
    await work();
    expect(await directory.byToken('cal_secret')).toBeNull();
    expect(await shop.state(applying)).toBe('paused');
    expect(await shop.state(scheduled)).toBe('cancelled');
    expect(await resumeChange(shop, shop.ctx, { id: applying })).toMatchObject({ ok: false, error: { code: 'not_installed' } });
    expect((await directory.dueWork()).filter((due) => due.tenantId === shop.tenantId)).toEqual([]);

    await directory.install((await shop.sql<{ domain: string }>('select shop_domain as domain from tenants'))[0]!.domain);
    expect(await shop.state(applying)).toBe('paused');
    // Who knew a token may be anyone by now: tokens are made anew.
    expect(await directory.byToken('cal_secret')).toBeNull();
  });

  it('is not removed by word of an earlier removal that comes after the new installation', async () => {
    const late = await deliver('app/uninstalled', { id: 1 }, { triggeredAt: new Date(Date.now() - 3_600_000) });
    await work();
    expect((await inbox())[late]).toBe('ignored');
    expect((await shop.sql<{ state: string }>('select state from tenants'))[0]!.state).toBe('installed');
  });

  it('that only changed its currency brings its catalog in anew', async () => {
    await deliver('shop/update', { name: 'Shop', currency: 'EUR', iana_timezone: 'Europe/Berlin' });
    await deliver('shop/update', { name: 'Shop', currency: 'nonsense' });
    await work();
    expect((await shop.sql<{ code: string }>('select currency_code as code from tenants'))[0]!.code).toBe('EUR');
    expect((await shop.events()).map((event) => event.type)).toEqual(['catalog.sync_started', 'shop.currency_changed']);
    await shop.publish();
    expect(shop.jobs.map((job) => job.name)).toContain('sync-catalog');
  });
});

describe('a rollback', () => {
  it('refuses rows that were not written by name, and returns the others exactly', async () => {
    await shop.stock(1, 3);
    await shop.sql('update variants set compare_at = 1500 where ref = 1');
    shop.channel.prices.set(1n, { price: 1_000n, compareAt: 1_500n });
    const id = await shop.start();
    shop.channel.prices.set(2n, { price: 5n, compareAt: null });
    await shop.runToTheEnd(id);
    const items = await shop.items(id);
    const chosen = (state: string): string[] => items.filter((item) => item.state === state).map((item) => item.id);
    const back = (itemIds: string[] | null) => rollBackChange({ uow: shop.uow, newDigest }, shop.ctx, { id, itemIds });
    expect(await back(chosen('conflict'))).toMatchObject({ ok: false, error: { code: 'item_not_written' } });
    expect(await back([randomUUID()])).toMatchObject({ ok: false, error: { code: 'unknown_item' } });
    const whole = await back(null);
    if (!whole.ok) throw new Error(JSON.stringify(whole.error));
    expect((await shop.items(whole.value.id)).map((row) => [row.variantRef, row.outcome, row.beforePrice, row.afterPrice, row.afterCompareAt]))
      .toEqual([[1n, 'planned', 900n, 1_000n, 1_500n], [3n, 'planned', 900n, 1_000n, null]]);
  });
});

describe('the projection of changes', () => {
  it('catches up when a dead letter is told after what came later', async () => {
    await shop.stock(2, 1);
    const id = await shop.start();
    await shop.runToTheEnd(id);
    const [lost] = await shop.sql<{ id: string }>(`update outbox set state = 'dead' where id = (select id from outbox where topic = 'price.applied' limit 1) returning id`);
    expect(await shop.differences()).toEqual([]);
    await shop.uow.run(shop.ctx.tenantId, (tx) => tx.journal.retryDeadLetter(lost!.id, new Date()));
    expect(await shop.differences()).toEqual([]);
    expect(await shop.sql('select applied, state from change_projection where change_id = $1', [id])).toEqual([{ applied: 2, state: 'applied' }]);
  });

  it('is found wrong where it is, and where rows are not what the log says', async () => {
    await shop.stock(1, 1);
    const id = await shop.start();
    await shop.runToTheEnd(id);
    await shop.publish();
    await shop.sql('update change_projection set applied = 5');
    expect(await shop.differences()).toMatchObject([{ changeId: id, field: 'applied', fromLog: '1', stored: '5' }]);
    await shop.sql('update change_projection set applied = 1');
    await shop.sql(`update price_change_items set state = 'failed'`);
    expect((await shop.differences()).map((difference) => (difference as { field: string }).field).sort()).toEqual(['rows applied', 'rows failed']);
    await shop.sql(`update price_change_items set state = 'applied'`);
    await shop.sql('delete from change_projection');
    expect(await shop.differences()).not.toEqual([]);
    await shop.sql(`insert into change_projection (tenant_id, change_id, state, applied, last_seq) select tenant_id, aggregate_id::uuid, 'applied', 1, max(seq) from events where aggregate_id = $1 group by 1, 2`, [id]);
  });
});

describe('lists of variants', () => {
  const WORDS = ['Blue Shirt', 'blue jeans', 'Red shirt', 'Green hat', '100% wool_hat', 'Ämne Blus'];
  const stocked = async (): Promise<void> => {
    const records: SourceRecord[] = [];
    for (let ref = 1; ref <= 30; ref++) {
      records.push(
        { kind: 'product', ref: BigInt(ref), title: `${WORDS[ref % 6]} ${ref % 4}`, handle: `p-${ref}`, vendor: ref % 3 ? 'Acme' : 'Borealis', productType: ref % 2 ? 'Top' : 'Other', status: ref % 5 ? 'ACTIVE' : 'DRAFT', tags: [`t${ref % 3}`, 'All'], createdAt: null, publishedAt: null, updatedAt: '2026-11-01T00:00:00Z' },
        { kind: 'collection', productRef: BigInt(ref), handle: `c${ref % 2}` });
      for (const n of [1, 2]) records.push(variant(BigInt(ref * 10 + n), BigInt(ref), BigInt((ref * 7) % 11) * 100n + 100n, '2026-11-01T00:00:00Z', {
        title: n === 1 ? 'Small' : 'Large', sku: `${ref % 2 ? 'AB' : 'XY'}-${ref}-${n}`, compareAt: ref % 4 ? null : 5_000n, cost: ref % 7 ? 50n : null, inventoryQuantity: ref % 6 ? (ref * n) % 5 : null }));
    }
    const batch = randomUUID();
    await shop.uow.run(shop.ctx.tenantId, async (tx) => {
      await tx.catalog.stage(batch, 0, records);
      await tx.catalog.merge(batch, { complete: true, collectionsTold: true, startedAt: shop.now(), now: shop.now(), source: 'sync', correlationId: batch });
    });
  };
  const filters: readonly VariantFilter[] = [
    {}, { vendor: 'acme' }, { productType: 'TOP' }, { status: 'draft' }, { tag: 'T1' }, { tag: 'all', collection: 'c1' }, { collection: 'C0', vendor: 'Borealis' }, { priceMin: 300n, priceMax: 700n },
    { missingCost: true }, { onSale: true, tag: 't2' }, { query: 'SHIRT' }, { query: 'blu irt' }, { query: 'ab-1' }, { query: 'large', tag: 't0' }, { query: '100%' }, { query: 'l_h' }, { query: '%' }, { query: 'ämne' }, { query: 'nothing' }, { vendor: 'nobody' },
  ];
  const folded = (text: string): string => text.trim().toLowerCase();

  it('hold what the filter means, in the order that was asked for, page by page in both directions', async () => {
    await stocked();
    const every = (await shop.uow.run(shop.ctx.tenantId, (tx) => tx.catalog.variants({}, { limit: 200, cursor: null }))).data;
    expect(every).toHaveLength(60);
    const meets = (row: (typeof every)[number], filter: VariantFilter): boolean =>
      (!filter.vendor || folded(row.vendor) === folded(filter.vendor)) && (!filter.productType || folded(row.productType) === folded(filter.productType)) && (!filter.status || folded(row.status) === filter.status)
      && (!filter.tag || row.tags.some((tag) => folded(tag) === folded(filter.tag!))) && (!filter.collection || row.collections.some((handle) => folded(handle) === folded(filter.collection!)))
      && row.price >= (filter.priceMin ?? 0n) && row.price <= (filter.priceMax ?? 99_999n) && (!filter.missingCost || row.cost === null) && (!filter.onSale || (row.compareAt ?? 0n) > row.price)
      && (filter.query ?? '').split(' ').filter(Boolean).every((word) => [row.productTitle, row.vendor, row.sku, row.title, row.productType].some((field) => folded(field).includes(folded(word))));
    const keys = { title: (row: (typeof every)[number]) => folded(row.productTitle), sku: (row: (typeof every)[number]) => folded(row.sku), price: (row: (typeof every)[number]) => row.price, inventory: (row: (typeof every)[number]) => row.inventoryQuantity ?? 0, updatedAt: () => 0 };
    for (const filter of filters) {
      for (const sort of ['title', 'sku', 'price', 'inventory', 'updatedAt'] as const) {
        for (const direction of ['asc', 'desc'] as const) {
          const seen: string[] = [];
          for (let cursor: string | null = null, pages = 0; pages === 0 || cursor !== null; pages++) {
            const page = await shop.uow.run(shop.ctx.tenantId, (tx) => tx.catalog.variants({ ...filter, sort, direction }, { limit: 7, cursor }));
            seen.push(...page.data.map((row) => row.variantId));
            cursor = page.nextCursor;
          }
          const key = keys[sort];
          const order = (a: (typeof every)[number], b: (typeof every)[number]): number => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a.variantId < b.variantId ? -1 : 1);
          const expected = every.filter((row) => meets(row, filter)).toSorted((a, b) => (direction === 'asc' ? order(a, b) : order(b, a))).map((row) => row.variantId);
          expect(seen, `${JSON.stringify(filter, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))} ${sort} ${direction}`).toEqual(expected);
        }
      }
    }
  }, 60_000);

  it('follow the catalog: a tag that goes, a title that changes, a product that is gone', async () => {
    await stocked();
    const found = async (filter: VariantFilter): Promise<number> => (await shop.uow.run(shop.ctx.tenantId, (tx) => tx.catalog.variants(filter, { limit: 200, cursor: null }))).data.length;
    expect([await found({ tag: 't1' }), await found({ query: 'jeans' }), await found({ query: 'crane' })]).toEqual([20, 10, 0]);
    await shop.sql(`update products set tag_keys = '{t9}', title_key = 'paper crane' where ref = 1`);
    await shop.sql(`update variants set sku_key = 'origami-1' where ref = 11`);
    expect([await found({ tag: 't1' }), await found({ tag: 't9' }), await found({ query: 'crane' }), await found({ query: 'origami' }), await found({ query: 'jeans' })]).toEqual([18, 2, 2, 1, 8]);
    await shop.sql('update products set active = false where ref = 1');
    expect([await found({ tag: 't9' }), await found({ query: 'crane' })]).toEqual([0, 0]);
    await shop.sql('update products set active = true where ref = 1');
    expect([await found({ tag: 't9' }), await found({ query: 'crane' })]).toEqual([2, 2]);
  });

  it('refuse a cursor of another filter', async () => {
    await stocked();
    const first = await shop.uow.run(shop.ctx.tenantId, (tx) => tx.catalog.variants({ vendor: 'acme' }, { limit: 5, cursor: null }));
    await expect(shop.uow.run(shop.ctx.tenantId, (tx) => tx.catalog.variants({}, { limit: 5, cursor: first.nextCursor }))).rejects.toThrow(RefusedCursor);
    await expect(shop.uow.run(shop.ctx.tenantId, (tx) => tx.catalog.products({ vendor: 'acme' }, { limit: 5, cursor: first.nextCursor }))).rejects.toThrow(RefusedCursor);
  });
});
