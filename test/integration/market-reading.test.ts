/** Price lists of markets are brought in with every price, again and again, and what moved keeps its history. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contextualPrices, listPriceLists } from '../../app/flows/browse-price-lists/browse-price-lists.ts';
import { useTestDatabase } from '../setup/database.ts';
import { openMarketShop } from './market-shop.ts';
import type { MarketShop } from './market-shop.ts';

const database = useTestDatabase();
const CSV = 'Handle,Title,Variant SKU,Variant Price,Variant Compare At Price\ncup,Cup,CUP,10.00,12.00\npot,Pot,POT,20.00,\n';
let shop: MarketShop;

beforeAll(async () => {
  shop = await openMarketShop(database.urls.app, { csv: CSV });
});

afterAll(() => shop.close());

const history = (sku: string) => shop.flow.sql<{ origin: string; unit_amount: bigint; compare_at: bigint | null; open: boolean; source: string }>(
  `select lp.origin, lp.unit_amount, lp.compare_at, lp.valid_to is null as open, lp.source from price_list_prices lp join variants v on v.id = lp.variant_id
     join price_lists l on l.id = lp.price_list_id where v.sku = $1 and l.name = 'Germany' order by lp.valid_from, lp.id`, [sku]);

describe('reading price lists', () => {
  it('brings in the lists and what each of them shows', async () => {
    const germany = await shop.addList({ name: 'Germany', currencyCode: 'EUR', country: 'DE', adjustmentPercent: 10 });
    expect(germany).toMatchObject({ currencyCode: 'EUR', adjustmentPercent: '10', catalogTitle: 'Germany', active: true, fixedPrices: 0, pricesReadAt: shop.flow.now() });
    await shop.addList({ name: 'Japan', currencyCode: 'JPY', country: 'JP', compareAtMode: 'NULLIFY' });
    await shop.addList({ name: 'Kuwait', currencyCode: 'KWD', country: 'KW', exchangeRate: '0.307' });
    const [{ id }] = await shop.flow.sql<{ id: string }>(`select id from variants where sku = 'CUP'`) as [{ id: string }];
    const prices = await contextualPrices(shop.flow, shop.flow.ctx, { id });
    expect(prices).toMatchObject({ ok: true, value: { variantId: id, data: [
      { name: 'Germany', price: { amount: '10.12', currencyCode: 'EUR' }, compareAtPrice: { amount: '12.14', currencyCode: 'EUR' }, origin: 'relative' },
      { name: 'Japan', price: { amount: '1500', currencyCode: 'JPY' }, compareAtPrice: null, origin: 'relative' },
      { name: 'Kuwait', price: { amount: '3.070', currencyCode: 'KWD' }, compareAtPrice: { amount: '3.684', currencyCode: 'KWD' }, origin: 'relative' },
    ] } });
    expect(await listPriceLists(shop.flow, shop.flow.ctx)).toMatchObject({ ok: true, value: { data: [{ name: 'Germany' }, { name: 'Japan' }, { name: 'Kuwait' }] } });
  });

  it('keeps what held before when a price moves, and nothing when it does not', async () => {
    const germany = await shop.list('Germany');
    await shop.merchant(germany, 'CUP', { price: '9.99' });
    shop.flow.advance(60_000);
    await shop.readLists();
    await shop.readLists();
    expect(await history('CUP')).toMatchObject([
      { origin: 'relative', unit_amount: 1_012n, compare_at: 1_214n, open: false, source: 'sync' },
      { origin: 'fixed', unit_amount: 999n, compare_at: null, open: true, source: 'sync' }]);
    expect(await history('POT')).toHaveLength(1);
    expect((await shop.list('Germany')).fixedPrices).toBe(1);
  });

  it('does not let an old page overwrite what was learned while it was on its way', async () => {
    const germany = await shop.list('Germany');
    const [{ id, ref }] = await shop.flow.sql<{ id: string; ref: bigint }>(`select id, ref from variants where sku = 'POT'`) as [{ id: string; ref: bigint }];
    const since = shop.flow.now();
    shop.flow.advance(1_000);
    const { uow, ctx } = shop.flow;
    const at = { now: shop.flow.now(), correlationId: 'c' };
    await uow.run(ctx.tenantId, (tx) => tx.priceLists.record(germany.ref, [{ variantId: id, itemId: null, price: 1_500n, compareAt: null, origin: 'fixed' }], { ...at, source: 'apply', changeId: null }));
    await uow.run(ctx.tenantId, (tx) => tx.priceLists.readPage(germany.id, [{ variantRef: ref, price: 2_024n, compareAt: null, origin: 'relative' }], { ...at, since }));
    expect((await history('POT')).at(-1)).toMatchObject({ unit_amount: 1_500n, open: true });
    shop.flow.advance(1_000);
    await shop.readLists();
    expect((await history('POT')).at(-1)).toMatchObject({ unit_amount: 2_024n, origin: 'relative', open: true });
  });

  it('retires lists that the shop no longer has, keeps their history, and shows their prices no more', async () => {
    const { uow, ctx } = shop.flow;
    const kept = (await uow.run(ctx.tenantId, (tx) => tx.priceLists.list())).filter(({ name }) => name !== 'Japan');
    await uow.run(ctx.tenantId, (tx) => tx.priceLists.merge(kept, shop.flow.now()));
    expect(await shop.list('Japan')).toMatchObject({ active: false });
    const [{ id }] = await shop.flow.sql<{ id: string }>(`select id from variants where sku = 'CUP'`) as [{ id: string }];
    const prices = await contextualPrices(shop.flow, shop.flow.ctx, { id });
    expect(prices.ok && prices.value.data.map(({ name }) => name)).toEqual(['Germany', 'Kuwait']);
    await shop.readLists();
    expect(await shop.list('Japan')).toMatchObject({ active: true });
  });

  it('comes back later when the shop does not answer', async () => {
    await shop.fault({ kind: 'http_503', count: 4 });
    await expect(shop.readLists()).rejects.toThrow('could not be read');
    await shop.client.order('DELETE', `shops/${shop.domain}/faults`);
    await shop.readLists();
  });
});
