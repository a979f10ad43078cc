import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approveChange } from '../../app/flows/approve-change/decide.ts';
import { scheduleChange } from '../../app/flows/approve-change/schedule-change.ts';
import { resumeChange } from '../../app/flows/apply-change/control.ts';
import { followCurrency } from '../../app/flows/follow-currency/follow-currency.ts';
import { buildPlan } from '../../app/flows/plan-change/build-plan.ts';
import { createChange } from '../../app/flows/plan-change/create-change.ts';
import { requestPreview } from '../../app/flows/plan-change/request-preview.ts';
import { processWebhooks } from '../../app/flows/receive-webhook/process-webhooks.ts';
import { receiveWebhook } from '../../app/flows/receive-webhook/receive-webhook.ts';
import { startSync } from '../../app/flows/sync-catalog/sync-catalog.ts';
import type { CatalogSource, SourceRecord } from '../../app/ports/catalog-source.ts';
import { useTestDatabase } from '../setup/database.ts';
import { product, variant } from './catalog-records.ts';
import { newDigest, openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';
import { must } from './must.ts';

const database = useTestDatabase();
let shop: FlowShop;
beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
});
afterEach(() => shop.close());

const SECOND = '2026-11-22T12:00:05Z';
const payload = (ref: number, updatedAt: string, variants: [number, string][], more: object = {}) => ({
  id: ref, title: `Product ${ref}`, handle: `p-${ref}`, vendor: 'Acme', product_type: 'Thing', status: 'active', tags: '', updated_at: updatedAt, options: [], ...more,
  variants: variants.map(([id, price]) => ({ id, title: `V${id}`, sku: `S-${id}`, price, compare_at_price: null, updated_at: updatedAt })) });
let deliveries = 0;
const triggered = (ms: number): Date => new Date(Date.parse(SECOND) + ms);
async function deliver(topic: string, body: unknown, triggeredAt: Date = shop.now(), eventId: string = randomUUID()): Promise<string> {
  const webhookId = `w-${String(++deliveries).padStart(4, '0')}`;
  await receiveWebhook(shop, shop.ctx, { webhookId, eventId, topic, apiVersion: '2026-07', triggeredAt, payload: body });
  return webhookId;
}

/** A shop that answers single products; what was asked is kept. */
class AnsweringShop implements Partial<CatalogSource> {
  readonly asked: bigint[][] = [];
  shown = new Map<bigint, SourceRecord[]>();
  info = { name: 'Shop', currencyCode: 'USD', timeZone: 'UTC', plan: 'Basic', scopes: [] as string[] };
  fails: ((refs: readonly bigint[]) => boolean) | null = null;
  show(ref: bigint, updatedAt: string, prices: readonly bigint[], firstVariant = ref): this {
    this.shown.set(ref, [{ ...product(ref, updatedAt), productType: 'Thing' } as SourceRecord, ...prices.map((price, i) => variant(firstVariant + BigInt(i), ref, price, updatedAt))]);
    return this;
  }
  async products(_shop: unknown, refs: readonly bigint[]) {
    this.asked.push([...refs]);
    if (this.fails?.(refs)) return { ok: false as const, failure: { kind: 'unavailable' as const, detail: "Shopify's answer cannot be used" } };
    return { ok: true as const, requestId: null, value: refs.flatMap((ref) => this.shown.get(ref) ?? []) };
  }
  async shopInfo() {
    return { ok: true as const, requestId: null, value: this.info };
  }
}
const work = (source: AnsweringShop = new AnsweringShop()): Promise<void> => processWebhooks({ uow: shop.uow, queue: shop.queue, source: source as unknown as CatalogSource }, shop.ctx, new AbortController().signal);
const priceOf = async (ref: number): Promise<number> => Number((await shop.sql<{ price: bigint }>('select price from variants where ref = $1', [ref]))[0]!.price);
const inbox = async (): Promise<{ id: string; state: string; error: string | null }[]> => shop.sql('select webhook_id as id, state, error from webhook_inbox order by 1');

describe('two webhooks of a product within one second', () => {
  it.each([['in their order', [0, 1]], ['the later one first', [1, 0]]] as const)('%s end at what the shop shows', async (_, order) => {
    await shop.stock(1, 1);
    const told = [payload(1, SECOND, [[1, '11.00']]), payload(1, SECOND, [[1, '12.00']])];
    const source = new AnsweringShop().show(1n, SECOND, [1_200n]);
    for (const i of order) {
      await deliver('products/update', told[i], triggered(100 + i));
      await work(source);
      shop.advance(3_000);
    }
    expect(await priceOf(1)).toBe(1_200);
    expect((await inbox()).map(({ state }) => state)).toEqual(['done', 'done']);
  });

  it('in one batch end at what the shop shows, and it is asked once', async () => {
    await shop.stock(1, 1);
    await deliver('products/update', payload(1, SECOND, [[1, '12.00']]), triggered(200));
    await deliver('products/update', payload(1, SECOND, [[1, '11.00']]), triggered(100));
    const source = new AnsweringShop().show(1n, SECOND, [1_200n]);
    await work(source);
    expect([await priceOf(1), source.asked]).toEqual([1_200, [[1n]]]);
    expect((await shop.sql('select count(*)::int as open from price_versions where valid_to is null'))[0]).toEqual({ open: 1 });
  });

  it('that say the same are no reason to ask', async () => {
    await shop.stock(1, 1);
    const source = new AnsweringShop();
    await deliver('products/update', payload(1, SECOND, [[1, '11.00']]), triggered(100));
    await deliver('products/update', payload(1, SECOND, [[1, '11.00']]), triggered(200));
    await work(source);
    expect([await priceOf(1), source.asked]).toEqual([1_100, []]);
  });

  it('one of them our own write, end at what the shop shows', async () => {
    await shop.stock(1, 1);
    const id = await shop.start();
    await shop.runToTheEnd(id);
    const written = (await shop.sql<{ at: Date }>('select updated_at as at from variants'))[0]!.at.toISOString();
    await deliver('products/update', payload(1, written, [[1, '13.00']]));
    await work(new AnsweringShop().show(1n, written, [900n]));
    expect(await priceOf(1)).toBe(900);
  });
});

describe('a payload that holds only some of the variants', () => {
  const refs = Array.from({ length: 120 }, (_, i) => i + 1);
  it('takes nothing away: the product is read', async () => {
    await shop.stock(1, 120);
    const cut = payload(1, SECOND, refs.slice(0, 100).map((ref) => [ref, '11.00']), { variant_gids: refs.map((ref) => ({ admin_graphql_api_id: `gid://shopify/ProductVariant/${ref}` })) });
    const source = new AnsweringShop().show(1n, SECOND, refs.map(() => 1_100n));
    await deliver('products/update', cut);
    await work(source);
    expect(source.asked).toEqual([[1n]]);
    expect(await shop.sql('select count(*)::int as n, min(price)::int as price from variants where active')).toEqual([{ n: 120, price: 1_100 }]);
  });

  it('of a shop that gives no access is not used', async () => {
    await shop.stock(1, 120);
    await deliver('products/update', payload(1, SECOND, refs.slice(0, 100).map((ref) => [ref, '11.00'])));
    const source = new AnsweringShop();
    source.products = async () => ({ ok: false as const, failure: { kind: 'unauthorized' as const, detail: '' } }) as never;
    await work(source);
    expect(await shop.sql('select count(*)::int as n from variants where active')).toEqual([{ n: 120 }]);
    expect((await inbox())[0]).toMatchObject({ state: 'ignored', error: expect.stringContaining('only some of the variants') as string });
  });
});

describe('the inbox', () => {
  it('is worked through in batches: what many webhooks need is asked in one question', async () => {
    await shop.stock(60, 1);
    await shop.sql('update variants set inventory_item_ref = ref + 1000');
    const source = new AnsweringShop();
    for (let ref = 1; ref <= 60; ref++) {
      source.show(BigInt(ref), SECOND, [1_100n]);
      await deliver('inventory_items/update', { id: ref + 1_000 }, triggered(ref));
    }
    await work(source);
    expect(source.asked.map((refs) => refs.length)).toEqual([50, 10]);
    expect(await shop.sql(`select count(*)::int as n from variants where price = 1100`)).toEqual([{ n: 60 }]);
  });

  it('one product that cannot be answered keeps no other waiting', async () => {
    await shop.stock(5, 1);
    const source = new AnsweringShop();
    source.fails = (refs) => refs.includes(3n);
    for (let ref = 1; ref <= 5; ref++) {
      source.show(BigInt(ref), SECOND, [1_100n, 500n], BigInt(ref * 100));
      await deliver('products/update', payload(ref, SECOND, [[ref * 100, '11.00'], [ref * 100 + 1, '5.00']]));
    }
    await work(source);
    expect((await inbox()).map(({ state }) => state)).toEqual(['done', 'done', 'received', 'done', 'done']);
  });

  it('takes the word of the shop for shop/update, whatever came last', async () => {
    const source = new AnsweringShop();
    source.info = { ...source.info, name: 'Third name', timeZone: 'Europe/Berlin' };
    await deliver('shop/update', { name: 'Third name', currency: 'USD', iana_timezone: 'Europe/Berlin' }, triggered(500));
    await work(source);
    await deliver('shop/update', { name: 'Second name', currency: 'EUR', iana_timezone: 'UTC' }, triggered(100));
    await work(source);
    expect(await shop.uow.run(shop.ctx.tenantId, (tx) => tx.tenant.get())).toMatchObject({ name: 'Third name', currencyCode: 'USD', timeZone: 'Europe/Berlin' });
  });

  it('rings whoever waits for a bulk operation: the sync for a query, the changes being written for a mutation', async () => {
    await shop.stock(1, 1);
    const change = await shop.start();
    must(await startSync(shop, shop.ctx));
    const rung = async (body: object): Promise<string[]> => {
      await deliver('bulk_operations/finish', body);
      shop.jobs.length = 0;
      await work();
      return shop.jobs.map((job) => job.name);
    };
    expect(await rung({ type: 'query', status: 'completed' })).toEqual(['sync-catalog']);
    expect(await rung({ type: 'mutation', status: 'completed' })).toEqual(['apply-change']);
    await shop.runToTheEnd(change);
    await shop.sql(`update catalog_syncs set state = 'failed'`);
    await rung({ type: 'mutation' });
    expect((await inbox()).at(-1)).toMatchObject({ state: 'ignored', error: 'nothing waits for a bulk operation' });
  });
});

describe('a shop that changes its currency', () => {
  async function planned(): Promise<{ id: string; planHash: string }> {
    const change = must(await createChange({ uow: shop.uow }, shop.ctx, { name: 'Ten off', rule: { selector: { all: [] }, transform: { steps: [{ type: 'percent', value: '-10' }] } } }));
    must(await requestPreview({ uow: shop.uow }, shop.ctx, { id: change.id }));
    must(await buildPlan({ uow: shop.uow, newDigest }, shop.ctx, { id: change.id }));
    return { id: change.id, planHash: (await shop.uow.run(shop.ctx.tenantId, (tx) => tx.changes.get(change.id)))!.planHash! };
  }
  const changeOf = async (id: string) => (await shop.uow.run(shop.ctx.tenantId, (tx) => tx.changes.get(id)))!;

  it('has nothing written on that was planned in the one before, and says why everywhere', async () => {
    await shop.stock(2, 1);
    const waiting = await planned();
    const approved = await shop.start('approved');
    const scheduled = await shop.start('approved');
    must(await scheduleChange({ uow: shop.uow }, shop.ctx, { id: scheduled, schedule: { startAt: '2026-12-01T00:00:00', timeZone: 'Europe/Berlin' } }));
    const applying = await shop.start();
    const source = new AnsweringShop();
    source.info = { ...source.info, currencyCode: 'EUR' };
    await deliver('shop/update', { currency: 'EUR' });
    await work(source);
    expect((await shop.events()).filter(({ type }) => type === 'shop.currency_changed' || type === 'catalog.sync_started').map(({ type }) => type)).toEqual(['catalog.sync_started', 'shop.currency_changed']);
    await shop.publish();
    expect(shop.jobs.some(({ name }) => name === 'follow-currency')).toBe(true);
    expect(await followCurrency({ uow: shop.uow }, shop.ctx)).toBe(4);
    expect(await followCurrency({ uow: shop.uow }, shop.ctx)).toBe(0);

    expect(await changeOf(waiting.id)).toMatchObject({ state: 'previewed', staleReason: 'currency_changed' });
    expect(await changeOf(approved)).toMatchObject({ state: 'previewed', approvedHash: null, staleReason: 'currency_changed' });
    expect(await changeOf(scheduled)).toMatchObject({ state: 'previewed', approvedHash: null, staleReason: 'currency_changed' });
    expect(await changeOf(applying)).toMatchObject({ state: 'paused', pauseCode: 'currency_changed', pauseReason: expect.stringContaining('from USD to EUR') as string });
    expect(await approveChange({ uow: shop.uow, planMaxAgeHours: 72 }, shop.ctx, waiting)).toMatchObject({ ok: false, error: { code: 'stale_plan' } });
    expect(await resumeChange({ uow: shop.uow }, shop.ctx, { id: applying })).toMatchObject({ ok: false, error: { code: 'stale_plan' } });
    await shop.run(applying);
    expect(shop.channel.log).toEqual([]);
  });

  it('and a new time zone moves no start: it is an instant, reckoned in the zone of its schedule', async () => {
    await shop.stock(1, 1);
    const id = await shop.start('approved');
    must(await scheduleChange({ uow: shop.uow }, shop.ctx, { id, schedule: { startAt: '2026-12-01T00:00:00', timeZone: 'Europe/Berlin' } }));
    const before = await changeOf(id);
    const source = new AnsweringShop();
    source.info = { ...source.info, timeZone: 'America/New_York' };
    await deliver('shop/update', { currency: 'USD', iana_timezone: 'America/New_York' });
    await work(source);
    await shop.publish();
    expect(await followCurrency({ uow: shop.uow }, shop.ctx)).toBe(0);
    expect(await changeOf(id)).toMatchObject({ state: 'scheduled', scheduleAt: before.scheduleAt, staleReason: null });
    expect(before.scheduleAt!.toISOString()).toBe('2026-11-30T23:00:00.000Z');
  });
});
