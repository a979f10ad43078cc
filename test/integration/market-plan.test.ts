/** A price change for a market, from draft to applied and back: planned in the list's currency, judged by the shop's own log of writes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PriceListRow } from '../../app/domain/catalog/price-list.ts';
import type { Rule } from '../../app/domain/rules/rule.ts';
import { applyChange } from '../../app/flows/apply-change/control.ts';
import { resolveConflict } from '../../app/flows/apply-change/resolve-conflict.ts';
import { approveChange } from '../../app/flows/approve-change/decide.ts';
import { variantPrices } from '../../app/flows/browse-catalog/browse-catalog.ts';
import { explainItem } from '../../app/flows/explain-price/explain-item.ts';
import { buildPlan } from '../../app/flows/plan-change/build-plan.ts';
import { createChange } from '../../app/flows/plan-change/create-change.ts';
import { requestPreview } from '../../app/flows/plan-change/request-preview.ts';
import { rollBackChange } from '../../app/flows/roll-back-change/roll-back.ts';
import { useTestDatabase } from '../setup/database.ts';
import { must } from './must.ts';
import { newDigest } from './flow-shop.ts';
import { openMarketShop } from './market-shop.ts';
import type { MarketShop } from './market-shop.ts';

const database = useTestDatabase();
const CSV = [
  'Handle,Title,Variant SKU,Variant Price,Variant Compare At Price,Cost per item,Tags',
  'cup,Cup,CUP,10.00,12.00,4.00,sale', 'pot,Pot,POT,20.00,,,sale', 'jug,Jug,JUG,30.00,,10.00,', 'tray,Tray,TRAY,40.00,,12.00,sale',
].join('\n');
let shop: MarketShop;
let germany: PriceListRow;

beforeAll(async () => {
  shop = await openMarketShop(database.urls.app, { csv: CSV });
  germany = await shop.addList({ name: 'Germany', currencyCode: 'EUR', country: 'DE', exchangeRate: '0.9' });
});

afterAll(() => shop.close());

const tenOff: Rule = { selector: { field: 'product.tags', op: 'contains', value: 'sale' }, transform: { steps: [{ type: 'percent', value: '-10' }] } } as never;

async function plan(rule: unknown, list: PriceListRow | null = germany): Promise<string> {
  const { flow } = shop;
  const change = must(await createChange(flow, flow.ctx, { name: 'Ten off', rule, ...(list ? { target: { priceListId: list.id } } : {}) }));
  must(await requestPreview(flow, flow.ctx, { id: change.id }));
  must(await buildPlan({ uow: flow.uow, newDigest }, flow.ctx, { id: change.id }));
  return change.id;
}

async function apply(id: string): Promise<void> {
  const { flow } = shop;
  const { planHash } = (await flow.uow.run(flow.ctx.tenantId, (tx) => tx.changes.get(id)))!;
  must(await approveChange({ uow: flow.uow, planMaxAgeHours: 72 }, flow.ctx, { id, planHash: planHash! }));
  must(await applyChange({ uow: flow.uow, newDigest }, flow.ctx, { id }));
  flow.advance(60_000);
  await run(id);
}

async function run(id: string): Promise<void> {
  for (let runs = 0; runs < 50; runs++) {
    const { comeBackAt } = await shop.flow.run(id, { channel: shop.connector.prices });
    if (!comeBackAt) return;
    shop.flow.advance(Math.max(1_000, comeBackAt.getTime() - shop.flow.now().getTime()));
  }
  throw new Error('The change does not end');
}

async function rollBack(id: string): Promise<string> {
  const made = must(await rollBackChange({ uow: shop.flow.uow, newDigest }, shop.flow.ctx, { id }));
  await apply(made.id);
  return made.id;
}

const rows = async (id: string) => new Map((await shop.flow.items(id)).map((item) => [item.sku, item]));
const explained = async (id: string, sku: string) => must(await explainItem(shop.flow, shop.flow.ctx, { id, itemId: (await rows(id)).get(sku)!.id })).text;

describe('a price change for a market', () => {
  it('is planned from what the market shows, fixed and relative, in its currency', async () => {
    await shop.merchant(germany, 'POT', { price: '15.55', compareAtPrice: '19.00' });
    await shop.readLists();
    const id = await plan(tenOff);
    const found = await rows(id);
    expect([...found.keys()].sort()).toEqual(['CUP', 'POT', 'TRAY']);
    expect(found.get('CUP')).toMatchObject({ outcome: 'planned', beforePrice: 900n, beforeCompareAt: 1_080n, beforeOrigin: 'relative', afterPrice: 810n, afterCompareAt: 1_080n, afterOrigin: 'fixed', cost: null });
    expect(found.get('POT')).toMatchObject({ beforePrice: 1_555n, beforeCompareAt: 1_900n, beforeOrigin: 'fixed', afterPrice: 1_400n, afterOrigin: 'fixed' });
    const change = (await shop.flow.uow.run(shop.flow.ctx.tenantId, (tx) => tx.changes.get(id)))!;
    expect(change).toMatchObject({ currencyCode: 'EUR', priceListId: germany.id, priceListName: 'Germany' });
    expect(await explained(id, 'CUP')).toContain('Germany');
  });

  it('is written as fixed prices, nothing else moves, and rolling it back leaves the list exactly as it was', async () => {
    const before = await shop.truth(germany);
    const own = await shop.client.order('GET', `shops/${shop.domain}/variants`);
    const id = await plan(tenOff);
    await apply(id);
    expect(await shop.flow.state(id)).toBe('applied');
    expect(await shop.truth(germany)).toEqual(new Map([
      ['CUP', { price: '8.10', compareAtPrice: '10.80', origin: 'fixed' }], ['POT', { price: '14.00', compareAtPrice: '19.00', origin: 'fixed' }],
      ['JUG', before.get('JUG')!], ['TRAY', { price: '32.40', compareAtPrice: null, origin: 'fixed' }]]));
    const back = await rollBack(id);
    expect([...(await rows(back)).values()].map(({ sku, afterOrigin, state }) => [sku, afterOrigin, state])).toEqual([['CUP', 'relative', 'applied'], ['POT', 'fixed', 'applied'], ['TRAY', 'relative', 'applied']]);
    expect(await shop.truth(germany)).toEqual(before);
    expect(await explained(back, 'CUP')).toMatch(/fixed price .* taken out/i);
    expect(await shop.client.order('GET', `shops/${shop.domain}/variants`)).toEqual(own);
    const log = (await shop.writes(germany)).filter(({ actor }) => actor === 'app');
    expect(log.map(({ operation, after }) => [operation, after.price, after.origin])).toEqual(expect.arrayContaining([
      ['priceListFixedPricesAdd', '8.10', 'fixed'], ['priceListFixedPricesAdd', '14.00', 'fixed'], ['priceListFixedPricesAdd', '32.40', 'fixed'],
      ['priceListFixedPricesDelete', '9.00', 'relative'], ['priceListFixedPricesAdd', '15.55', 'fixed'], ['priceListFixedPricesDelete', '36.00', 'relative']]));
    expect(log).toHaveLength(6);
    expect(await shop.flow.differences()).toEqual([]);
  });

  it('leaves a history of what the market was shown, with who was behind it and the lowest price of 30 days', async () => {
    const { flow } = shop;
    const [{ id }] = await flow.sql<{ id: string }>(`select id from variants where sku = 'CUP'`) as [{ id: string }];
    const history = must(await variantPrices(flow, flow.ctx, { id, priceListId: germany.id }));
    expect(history.data.map(({ price, source, lineage }) => [price.amount, price.currencyCode, source, lineage?.changeName ?? null])).toEqual([
      ['9.00', 'EUR', 'rollback', 'Roll back: Ten off'], ['8.10', 'EUR', 'apply', 'Ten off'], ['9.00', 'EUR', 'sync', null]]);
    expect(history.lowest30Days).toMatchObject({ price: { amount: '8.10', currencyCode: 'EUR' } });
    expect(must(await variantPrices(flow, flow.ctx, { id })).data.map(({ price }) => [price.amount, price.currencyCode])).toEqual([['10.00', 'USD']]);
    expect(await variantPrices(flow, flow.ctx, { id, priceListId: id })).toMatchObject({ ok: false, error: { code: 'unknown_price_list' } });
  });

  it('running a finished change again writes nothing', async () => {
    const id = await plan(tenOff);
    await apply(id);
    const { length } = await shop.writes(germany);
    await run(id);
    expect(await shop.writes(germany)).toHaveLength(length);
    await rollBack(id);
  });

  it('leaves a price that a merchant fixed meanwhile, and writes over it only when told so; the way back is to the merchant\'s price', async () => {
    const id = await plan(tenOff);
    await shop.merchant(germany, 'CUP', { price: '5.00' });
    await apply(id);
    const item = (await rows(id)).get('CUP')!;
    expect(item).toMatchObject({ state: 'conflict', livePrice: 500n, liveOrigin: 'fixed' });
    expect((await shop.truth(germany)).get('CUP')!.price).toBe('5.00');
    must(await resolveConflict(shop.flow, shop.flow.ctx, { id, itemId: item.id, choice: 'write_ours' }));
    await run(id);
    expect((await shop.truth(germany)).get('CUP')).toEqual({ price: '8.10', compareAtPrice: '10.80', origin: 'fixed' });
    await rollBack(id);
    expect((await shop.truth(germany)).get('CUP')).toEqual({ price: '5.00', compareAtPrice: null, origin: 'fixed' });
    await shop.merchant(germany, 'CUP', { price: null });
    await shop.readLists();
  });

  it('sees the same amount fixed by a merchant as a drift: undoing would take that price away', async () => {
    const id = await plan(tenOff);
    await shop.merchant(germany, 'TRAY', { price: '36.00' });
    await apply(id);
    expect((await rows(id)).get('TRAY')).toMatchObject({ state: 'conflict', liveOrigin: 'fixed' });
    await rollBack(id);
    expect((await shop.truth(germany)).get('TRAY')).toMatchObject({ price: '36.00', origin: 'fixed' });
    await shop.merchant(germany, 'TRAY', { price: null });
    await shop.readLists();
  });

  it('does not take back what was changed since', async () => {
    const id = await plan(tenOff);
    await apply(id);
    await shop.merchant(germany, 'CUP', { price: '7.77' });
    await shop.readLists();
    const back = await rollBack(id);
    expect((await rows(back)).get('CUP')).toMatchObject({ outcome: 'blocked', reason: 'changed_since' });
    expect((await shop.truth(germany)).get('CUP')!.price).toBe('7.77');
    await shop.merchant(germany, 'CUP', { price: null });
    await shop.readLists();
  });

  it('counts a fixed price that a merchant removed as back where it was', async () => {
    const id = await plan(tenOff);
    await apply(id);
    await shop.merchant(germany, 'CUP', { price: null });
    const back = await rollBack(id);
    expect((await rows(back)).get('CUP')).toMatchObject({ state: 'settled' });
    expect((await shop.truth(germany)).get('CUP')).toMatchObject({ price: '9.00', origin: 'relative' });
  });

  it.each(['timeout_after_write', 'malformed_json', 'late_landing', 'http_503', 'throttle_storm', 'partial_user_errors'])('ends every row once in spite of %s', async (kind) => {
    const id = await plan(tenOff);
    const { length } = await shop.writes(germany);
    await shop.fault({ kind, operation: 'PriceListFixedPricesAdd', count: 1, ...(kind === 'late_landing' ? { delayMs: 20 } : {}) });
    await apply(id);
    await shop.client.order('DELETE', `shops/${shop.domain}/faults`);
    const states = [...(await rows(id)).values()].map(({ state }) => state);
    expect(states.every((state) => ['applied', 'settled', 'failed'].includes(state))).toBe(true);
    expect(states.filter((state) => state === 'failed')).toHaveLength(kind === 'partial_user_errors' ? 1 : 0);
    const moved = (await shop.writes(germany)).slice(length).filter(({ before, after }) => before.price !== after.price);
    expect(new Set(moved.map(({ variantId }) => variantId)).size).toBe(moved.length);
    await rollBack(id);
    expect((await shop.truth(germany)).get('CUP')!.origin).toBe('relative');
  });
});

describe('what is kept in the shop\'s currency', () => {
  it('blocks rows that need their cost where the market has another currency; a blank cost stays blank', async () => {
    const id = await plan({ selector: { all: [] }, transform: { steps: [{ type: 'percent', value: '-10' }], bounds: { minMarginPercent: '20' } } });
    const found = await rows(id);
    expect(found.get('CUP')).toMatchObject({ outcome: 'blocked', reason: 'cost_currency_differs', afterPrice: null });
    expect(found.get('POT')).toMatchObject({ outcome: 'blocked', reason: 'cost_missing' });
    expect(await explained(id, 'CUP')).toContain('kept in another currency');
    const byCost = await plan({ selector: { all: [] }, transform: { base: 'cost', steps: [{ type: 'multiply', value: '2' }] } });
    expect((await rows(byCost)).get('CUP')).toMatchObject({ reason: 'cost_currency_differs' });
  });

  it('counts where the market has the shop\'s own currency', async () => {
    const canada = await shop.addList({ name: 'Dollar market', currencyCode: 'USD', country: 'EC', adjustmentPercent: 50 });
    const id = await plan({ selector: { field: 'variant.marginPercent', op: 'gt', value: '50' }, transform: { steps: [{ type: 'margin', value: '50' }] } }, canada);
    const found = await rows(id);
    expect([...found.keys()].sort()).toEqual(['CUP', 'JUG', 'TRAY']);
    expect(found.get('CUP')).toMatchObject({ beforePrice: 1_500n, cost: 400n, afterPrice: 800n });
  });

  it('blocks rows whose minimum advertised price cannot be compared', async () => {
    await shop.flow.sql(`update variants set map_price = 950 where sku = 'CUP'`);
    const id = await plan({ selector: { all: [] }, transform: { steps: [{ type: 'percent', value: '-10' }], bounds: { respectMap: true } } });
    expect((await rows(id)).get('CUP')).toMatchObject({ outcome: 'blocked', reason: 'map_price_currency_differs' });
    expect((await rows(id)).get('POT')).toMatchObject({ outcome: 'planned' });
    await shop.flow.sql('update variants set map_price = null');
  });

  it('makes no plan by a selector that compares it with prices of another currency, and says why', async () => {
    const id = await plan({ selector: { field: 'variant.cost', op: 'gt', value: '5' }, transform: { steps: [{ type: 'percent', value: '-10' }] } });
    const change = (await shop.flow.uow.run(shop.flow.ctx.tenantId, (tx) => tx.changes.get(id)))!;
    expect(change).toMatchObject({ state: 'draft', activity: null, failure: expect.stringContaining('variant.cost') });
  });

  it('selects by the market\'s own prices', async () => {
    const id = await plan({ selector: { field: 'variant.price', op: 'lt', value: '10.00' }, transform: { steps: [{ type: 'percent', value: '-10' }] } });
    expect([...(await rows(id)).keys()]).toEqual(['CUP']);
  });
});

describe('what is refused', () => {
  const draft = (over: Record<string, unknown>) => createChange(shop.flow, shop.flow.ctx, { name: 'X', rule: tenOff, target: { priceListId: germany.id }, ...over });

  it('a price list that is not there', async () => {
    expect(await draft({ target: { priceListId: '00000000-0000-4000-8000-000000000000' } })).toMatchObject({ ok: false, error: { kind: 'invalid', code: 'unknown_price_list', errors: [{ pointer: '/target/priceListId' }] } });
  });

  it('an end: campaigns lie on the shop\'s own prices', async () => {
    expect(await draft({ schedule: { startAt: '2026-12-01T00:00:00', endAt: '2026-12-08T00:00:00', timeZone: 'Europe/Berlin' } })).toMatchObject({ ok: false, error: { kind: 'conflict', code: 'campaign_on_price_list_not_supported' } });
    expect((await draft({ schedule: { startAt: '2026-12-01T00:00:00', timeZone: 'Europe/Berlin' } })).ok).toBe(true);
  });

  it('amounts that the market\'s currency cannot express', async () => {
    const japan = await shop.addList({ name: 'Japan', currencyCode: 'JPY', country: 'JP' });
    const result = await draft({ target: { priceListId: japan.id }, rule: { selector: { all: [] }, transform: { steps: [], rounding: { type: 'ending', ending: '0.99', every: '1.00' } } } });
    expect(result).toMatchObject({ ok: false, error: { kind: 'invalid', code: 'invalid_rule' } });
  });

  it('applying when the list is gone', async () => {
    const id = await plan(tenOff);
    const { flow } = shop;
    const { planHash } = (await flow.uow.run(flow.ctx.tenantId, (tx) => tx.changes.get(id)))!;
    must(await approveChange({ uow: flow.uow, planMaxAgeHours: 72 }, flow.ctx, { id, planHash: planHash! }));
    await flow.uow.run(flow.ctx.tenantId, (tx) => tx.priceLists.deactivate(germany.id, flow.now()));
    expect(await applyChange({ uow: flow.uow, newDigest }, flow.ctx, { id })).toMatchObject({ ok: false, error: { code: 'stale_plan' } });
    await shop.readLists();
  });
});
