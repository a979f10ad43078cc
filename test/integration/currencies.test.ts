/** Shops in currencies without decimals and with three: read from Shopify, planned, written, exported and shown with exactly theirs. */
import { afterEach, describe, expect, it } from 'vitest';
import { applyChange } from '../../app/flows/apply-change/control.ts';
import { approveChange } from '../../app/flows/approve-change/decide.ts';
import { contextualPrices } from '../../app/flows/browse-price-lists/browse-price-lists.ts';
import { listVariants, variantPrices } from '../../app/flows/browse-catalog/browse-catalog.ts';
import { explainItem } from '../../app/flows/explain-price/explain-item.ts';
import { buildPlan } from '../../app/flows/plan-change/build-plan.ts';
import { createChange } from '../../app/flows/plan-change/create-change.ts';
import { requestPreview } from '../../app/flows/plan-change/request-preview.ts';
import { exportItems, getChange, listItems } from '../../app/flows/read-changes/read-changes.ts';
import { rollBackChange } from '../../app/flows/roll-back-change/roll-back.ts';
import { itemsCsv } from '../../app/http/api/csv.ts';
import type { Call } from '../../app/http/api/handle-api.ts';
import { formatMoney, percentChange } from '../../app/ui/format/money.ts';
import { useTestDatabase } from '../setup/database.ts';
import { must } from './must.ts';
import { newDigest } from './flow-shop.ts';
import { openMarketShop } from './market-shop.ts';
import type { MarketShop } from './market-shop.ts';

const database = useTestDatabase();
let shop: MarketShop;

afterEach(() => shop.close());

async function make(rule: unknown, priceListId?: string): Promise<string> {
  const { flow } = shop;
  const change = must(await createChange(flow, flow.ctx, { name: 'Currencies', rule, ...(priceListId ? { target: { priceListId } } : {}) }));
  must(await requestPreview(flow, flow.ctx, { id: change.id }));
  must(await buildPlan({ uow: flow.uow, newDigest }, flow.ctx, { id: change.id }));
  return change.id;
}

async function apply(id: string): Promise<void> {
  const { flow } = shop;
  const { planHash } = (await flow.uow.run(flow.ctx.tenantId, (tx) => tx.changes.get(id)))!;
  must(await approveChange({ uow: flow.uow, planMaxAgeHours: 72 }, flow.ctx, { id, planHash: planHash! }));
  must(await applyChange({ uow: flow.uow, newDigest }, flow.ctx, { id }));
  const { comeBackAt } = await flow.run(id, { channel: shop.connector.prices });
  expect([comeBackAt, await flow.state(id)]).toEqual([null, 'applied']);
}

async function csvOf(id: string): Promise<string[]> {
  const { flow } = shop;
  const flows = {
    getChange: (ctx: never, input: never) => getChange({ uow: flow.uow, planMaxAgeHours: 72 }, ctx, input),
    exportItems: (ctx: never, input: never, onBatch: never) => exportItems(flow, ctx, input, onBatch),
  };
  const response = await itemsCsv({ container: { flows }, ctx: flow.ctx, params: { id }, request: new Request('http://127.0.0.1/') } as unknown as Call);
  return (await (response as Response).text()).trim().split('\r\n');
}

const truth = async () => Object.fromEntries((await shop.client.order('GET', `shops/${shop.domain}/variants`)).data.map((row: { sku: string; price: string; compareAtPrice: string | null }) => [row.sku, [row.price, row.compareAtPrice]]));

interface Case {
  readonly currency: string;
  readonly csv: string;
  readonly rule: unknown;
  readonly before: string;
  readonly after: string;
  readonly compareAt: string;
  readonly shown: string;
  readonly percent: string;
  /** The same cup in a market with other decimals. */
  readonly market: { readonly currencyCode: string; readonly rate: string; readonly before: string; readonly after: string; readonly shown: string };
}

const HEADER = 'Handle,Title,Variant SKU,Variant Price,Variant Compare At Price,Cost per item\n';
const CASES: readonly Case[] = [
  {
    currency: 'JPY', csv: `${HEADER}cup,Cup,CUP,1980,2400,900\n`, rule: { selector: { field: 'variant.price', op: 'between', value: ['1000', '1980'] }, transform: { steps: [{ type: 'percent', value: '-7' }], bounds: { minMarginPercent: '12' }, rounding: { type: 'ending', ending: '80', every: '100', direction: 'nearest' } } },
    before: '1980', after: '1880', compareAt: '2400', shown: '¥1,880', percent: '-5.1',
    market: { currencyCode: 'KWD', rate: '0.002', before: '3.960', after: '3.960', shown: 'KWD 3.960' },
  },
  {
    currency: 'KWD', csv: `${HEADER}cup,Cup,CUP,4.995,6.250,2.125\n`, rule: { selector: { field: 'variant.price', op: 'eq', value: '4.995' }, transform: { steps: [{ type: 'percent', value: '-10' }] } },
    // 4.995 · 0.9 = 4.4955, half away from zero
    before: '4.995', after: '4.496', compareAt: '6.250', shown: 'KWD 4.496', percent: '-10.0',
    market: { currencyCode: 'JPY', rate: '480', before: '2398', after: '2158', shown: '¥2,158' },
  },
];

describe.each(CASES)('a shop in $currency', ({ currency, csv, rule, before, after, compareAt, shown, percent, market }) => {
  it('reads, plans, writes, exports and shows its prices with exactly its decimals', async () => {
    shop = await openMarketShop(database.urls.app, { currencyCode: currency, csv });
    const { flow } = shop;
    expect(await truth()).toEqual({ CUP: [before, compareAt] });
    const [variant] = must(await listVariants(flow, flow.ctx, { limit: 10, cursor: null })).data;
    expect(variant).toMatchObject({ price: { amount: before, currencyCode: currency }, compareAtPrice: { amount: compareAt } });

    const id = await make(rule);
    const [item] = must(await listItems(flow, flow.ctx, { id, limit: 10, cursor: null })).data;
    expect(item).toMatchObject({ outcome: 'planned', before: { price: { amount: before } }, after: { price: { amount: after, currencyCode: currency }, compareAtPrice: { amount: compareAt } } });
    expect(formatMoney(item!.after!.price).replaceAll('\u00a0', ' ')).toBe(shown);
    expect(percentChange(item!.before.price.amount, item!.after!.price.amount)).toBe(percent);
    await apply(id);
    expect(await truth()).toEqual({ CUP: [after, compareAt] });
    expect((await csvOf(id))[1]).toContain(`,${before},${compareAt},${after},${compareAt},${after},${compareAt},`);
    const text = must(await explainItem(flow, flow.ctx, { id, itemId: item!.id })).text;
    expect(text).toContain(after);
    const history = must(await variantPrices(flow, flow.ctx, { id: variant!.id }));
    expect(history.data.map(({ price }) => price.amount)).toEqual([after, before]);

    const back = must(await rollBackChange({ uow: flow.uow, newDigest }, flow.ctx, { id }));
    await apply(back.id);
    expect(await truth()).toEqual({ CUP: [before, compareAt] });
    const { data } = await shop.client.order('GET', `shops/${shop.domain}/writes`);
    expect(data.map((row: { after: { price: string } }) => row.after.price)).toEqual([after, before]);
  });

  it('sells in a market of other decimals: each amount has those of its own currency', async () => {
    shop = await openMarketShop(database.urls.app, { currencyCode: currency, csv });
    const { flow } = shop;
    const list = await shop.addList({ name: 'Market', currencyCode: market.currencyCode, country: 'KW', exchangeRate: market.rate });
    const [variant] = must(await listVariants(flow, flow.ctx, { limit: 10, cursor: null })).data;
    const shownThere = must(await contextualPrices(flow, flow.ctx, { id: variant!.id })).data[0]!;
    expect(shownThere).toMatchObject({ price: { amount: market.before, currencyCode: market.currencyCode } });
    const id = await make({ selector: { all: [] }, transform: { steps: [{ type: 'percent', value: '-10' }, { type: 'percent', value: market.after === market.before ? '11.111111' : '0' }] } }, list.id);
    const [item] = must(await listItems(flow, flow.ctx, { id, limit: 10, cursor: null })).data;
    expect((item!.after ?? item!.before).price).toEqual({ amount: market.after, currencyCode: market.currencyCode });
    expect(formatMoney((item!.after ?? item!.before).price).replaceAll('\u00a0', ' ')).toBe(market.shown);
    expect((await csvOf(id))[1]).toContain(`,${market.before},`);
  });
});
