import { randomUUID } from 'node:crypto';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bindFlows } from '../../app/container/bound-flows.ts';
import { variantPrices } from '../../app/flows/browse-catalog/browse-catalog.ts';
import { explainItem } from '../../app/flows/explain-price/explain-item.ts';
import { createRule } from '../../app/flows/manage-rules/manage-rules.ts';
import { dryRunRule, sampleRule } from '../../app/flows/manage-rules/sample-rule.ts';
import { buildPlan } from '../../app/flows/plan-change/build-plan.ts';
import { createChange } from '../../app/flows/plan-change/create-change.ts';
import { requestPreview } from '../../app/flows/plan-change/request-preview.ts';
import type { Rule } from '../../app/domain/rules/rule.ts';
import type { ChangeSummary } from '../../schemas/generated/types.ts';
import { pastPricesCsv, restoreCsv } from '../../app/http/api/price-csv.ts';
import type { Call } from '../../app/http/api/handle-api.ts';
import type { SourceRecord } from '../../app/ports/catalog-source.ts';
import { readProductCsv } from '../../dev/simulators/shopify/product-csv.ts';
import { useTestDatabase } from '../setup/database.ts';
import { newDigest, openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';

const database = useTestDatabase();
let shop: FlowShop;
beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
});
afterEach(() => shop.close());

interface Shown {
  readonly ref: number;
  readonly price: bigint;
  readonly compareAt?: bigint;
  readonly product?: number;
  readonly options?: Readonly<Record<string, string>>;
  readonly optionNames?: readonly string[];
  readonly title?: string;
  readonly sku?: string;
  readonly handle?: string;
  readonly createdAt?: string;
}

/** The whole catalog as the shop shows it at a time, brought in by the path that a sync takes. */
async function seen(at: string, rows: readonly Shown[], complete = true): Promise<void> {
  const records: SourceRecord[] = [];
  const products = new Set<number>();
  for (const row of rows) {
    const product = row.product ?? row.ref;
    if (!products.has(product)) {
      products.add(product);
      records.push({ kind: 'product', ref: BigInt(product), title: row.title ?? `Product ${product}`, handle: row.handle ?? `p-${product}`, vendor: 'Acme', productType: 'Thing', status: 'ACTIVE', tags: [], createdAt: row.createdAt ?? '2025-01-01T00:00:00Z', publishedAt: null, updatedAt: at });
    }
    records.push({
      kind: 'variant', ref: BigInt(row.ref), productRef: BigInt(product), position: row.ref, title: 'V', sku: row.sku ?? `S-${row.ref}`, barcode: '', price: row.price, compareAt: row.compareAt ?? null, cost: null,
      inventoryQuantity: 1, options: row.options ?? { Title: 'Default Title' }, ...(row.optionNames ? { optionNames: row.optionNames } : {}), inventoryItemRef: null, updatedAt: at,
    });
  }
  const batch = randomUUID();
  await shop.uow.run(shop.ctx.tenantId, async (tx) => {
    await tx.catalog.stage(batch, 0, records);
    await tx.catalog.merge(batch, { complete, collectionsTold: true, startedAt: new Date(at), now: new Date(at), source: 'sync', correlationId: 'sync' });
  });
}

async function plan(rule: Rule, schedule?: Rule['schedule']) {
  const change = await createChange(shop, shop.ctx, { name: 'Change', rule, ...(schedule ? { schedule } : {}) } as never);
  if (!change.ok) throw new Error(JSON.stringify(change.error));
  const { id } = change.value;
  await requestPreview(shop, shop.ctx, { id });
  await buildPlan({ uow: shop.uow, newDigest }, shop.ctx, { id });
  const row = (await shop.uow.run(shop.ctx.tenantId, (tx) => tx.changes.get(id)))!;
  expect(row).toMatchObject({ state: 'previewed', failure: null });
  const items = await shop.items(id);
  return { id, items, summary: row.summary as unknown as ChangeSummary, of: (ref: number) => items.find(({ variantRef }) => variantRef === BigInt(ref))! };
}

async function sentence(id: string, itemId: string): Promise<string> {
  const explained = await explainItem(shop, shop.ctx, { id, itemId });
  if (!explained.ok) throw new Error(JSON.stringify(explained.error));
  return explained.value.text;
}

const sale: Rule = { selector: { all: [] }, transform: { steps: [{ type: 'percent', value: '-20' }], compareAt: { mode: 'sale' } } };

async function csvOf(operation: typeof pastPricesCsv, given: Partial<Call>): Promise<string> {
  const container = { flows: bindFlows({ uow: shop.uow } as never) };
  const answer = await operation({ container, ctx: shop.ctx, params: {}, query: {}, request: new Request('http://x/'), ...given } as unknown as Call);
  if (!(answer instanceof Response)) throw new Error(JSON.stringify(answer));
  return answer.text();
}

describe('a plan with strike-throughs', () => {
  it('says which would be unlawful, for which too little is known, and from when on the whole is lawful', async () => {
    // It is 22 November 2026, 12:00, in the tests' shop (UTC).
    await seen('2026-09-01T00:00:00Z', [{ ref: 1, price: 10_000n }, { ref: 2, price: 10_000n }, { ref: 3, price: 10_000n }]);
    await seen('2026-11-02T08:00:00Z', [{ ref: 1, price: 10_000n }, { ref: 2, price: 9_000n }, { ref: 3, price: 10_000n }]);
    await seen('2026-11-03T08:00:00Z', [{ ref: 1, price: 10_000n }, { ref: 2, price: 10_000n }, { ref: 3, price: 10_000n }]);
    await seen('2026-11-12T00:00:00Z', [1, 2, 3, 4].map((ref) => ({ ref, price: 10_000n })));
    await seen('2026-11-13T00:00:00Z', [...[1, 2, 3, 4].map((ref) => ({ ref, price: 10_000n })), { ref: 5, price: 10_000n, createdAt: '2026-11-12T23:50:00Z' }]);
    const { id, of, summary } = await plan(sale);
    expect(of(1).warnings).toEqual([]);
    expect(of(2).warnings).toEqual(['reference_above_lowest30']);
    expect(of(4).warnings).toEqual(['insufficient_history']);
    // New on the market, and known since it was made.
    expect(of(5).warnings).toEqual([]);
    expect(summary.byWarning).toEqual({ reference_above_lowest30: 1, insufficient_history: 1 });
    expect(summary.referencePrices).toEqual({
      startDay: '2026-11-22', timeZone: 'UTC', strikeThroughs: 5, aboveLowest: 1, insufficientHistory: 1, earliestLawfulStart: '2026-12-12', withoutLawfulStart: 0,
    });
    expect(await sentence(id, of(2).id)).toContain('The earliest lawful start is 4 December 2026');
    expect(await sentence(id, of(4).id)).toContain('prices are known for 10 days, since 12 November 2026');
  });

  it('is judged for the day on which it starts', async () => {
    await seen('2026-09-01T00:00:00Z', [{ ref: 1, price: 9_000n }]);
    await seen('2026-11-03T08:00:00Z', [{ ref: 1, price: 10_000n }]);
    expect((await plan(sale)).of(1).warnings).toEqual(['reference_above_lowest30']);
    expect((await plan({ ...sale, schedule: { startAt: '2026-12-03T00:00:00', timeZone: 'UTC' } })).of(1).warnings).toEqual(['reference_above_lowest30']);
    const later = await plan({ ...sale, schedule: { startAt: '2026-12-04T00:00:00', timeZone: 'UTC' } });
    expect(later.of(1).warnings).toEqual([]);
    expect(later.summary.referencePrices).toMatchObject({ startDay: '2026-12-04', aboveLowest: 0 });
  });

  it('keeps the price from before the first reduction while the reduction only grows', async () => {
    await seen('2026-07-01T00:00:00Z', [{ ref: 1, price: 10_000n }]);
    await seen('2026-09-01T00:00:00Z', [{ ref: 1, price: 9_000n, compareAt: 10_000n }]);
    const { id, of } = await plan(sale);
    expect(of(1)).toMatchObject({ afterPrice: 7_200n, afterCompareAt: 10_000n, warnings: [] });
    expect(await sentence(id, of(1).id)).toContain('the 30 days before the reduction that has run since 1 September 2026');
  });

  it('says nothing where no strike-through shows', async () => {
    await seen('2026-11-20T00:00:00Z', [{ ref: 1, price: 10_000n }]);
    const { summary, of } = await plan({ selector: { all: [] }, transform: { steps: [{ type: 'percent', value: '-20' }] } });
    expect(of(1).warnings).toEqual([]);
    expect(summary.referencePrices).toBeNull();
  });
});

describe('the base lowest30Days', () => {
  it('is the lowest price before the start, and missing, with the days that are known, where history is too short', async () => {
    await seen('2026-09-01T00:00:00Z', [{ ref: 1, price: 10_000n }]);
    await seen('2026-11-01T00:00:00Z', [{ ref: 1, price: 8_000n }]);
    await seen('2026-11-05T00:00:00Z', [{ ref: 1, price: 10_000n }, { ref: 2, price: 10_000n }]);
    const rule: Rule = { selector: { all: [] }, transform: { base: 'lowest30Days', steps: [{ type: 'percent', value: '-10' }] } };
    const { id, of } = await plan(rule);
    expect(of(1)).toMatchObject({ outcome: 'planned', afterPrice: 7_200n });
    expect(of(2)).toMatchObject({ outcome: 'blocked', reason: 'base_missing' });
    expect(await sentence(id, of(1).id)).toContain('Lowest price of the 30 days before the start on 22 November 2026: 80.00, shown on 1 November 2026.');
    expect(await sentence(id, of(2).id)).toContain('Not enough history for the lowest price of 30 days: prices are known for 17 days, since 5 November 2026.');
    const sampled = await sampleRule(shop, shop.ctx, { rule, limit: 5 });
    expect(sampled).toMatchObject({ ok: true, value: { summary: { planned: 1, blocked: 1 } } });
  });
});

describe('a time in which the app was not installed', () => {
  it('is not known, whatever showed before and after it', async () => {
    await seen('2026-08-01T00:00:00Z', [{ ref: 1, price: 10_000n }]);
    expect((await plan(sale)).of(1).warnings).toEqual([]);
    await shop.uow.run(shop.ctx.tenantId, (tx) => tx.journal.append(shop.ctx, {
      type: 'shop.uninstalled', aggregateType: 'shop', aggregateId: shop.ctx.tenantId, payload: { shopDomain: 'gone.myshopify.com' }, audit: { action: 'uninstalled', explain: { at: '2026-11-01T00:00:00.000Z' } },
    }));
    await shop.sql("insert into catalog_syncs (tenant_id, id, state, correlation_id, started_at) values ($1, $2, 'completed', 'sync', '2026-11-10T00:00:00Z')", [shop.ctx.tenantId, randomUUID()]);
    await seen('2026-11-10T00:00:00Z', [{ ref: 1, price: 10_000n }]);
    const { id, of, summary } = await plan(sale);
    expect(of(1).warnings).toEqual(['insufficient_history']);
    expect(summary.referencePrices).toMatchObject({ insufficientHistory: 1, earliestLawfulStart: '2026-12-10' });
    expect(await sentence(id, of(1).id)).toContain('since 10 November 2026');
  });
});

describe('the history of a variant', () => {
  it('shows the lowest price of the 30 days before, and since when prices are known', async () => {
    await seen('2026-09-01T00:00:00Z', [{ ref: 1, price: 10_000n }]);
    await seen('2026-11-01T10:00:00Z', [{ ref: 1, price: 8_000n }]);
    await seen('2026-11-05T00:00:00Z', [{ ref: 1, price: 10_000n }]);
    const [variant] = await shop.sql<{ id: string }>('select id from variants');
    const history = async (at?: string) => {
      const found = await variantPrices(shop, shop.ctx, { id: variant!.id, at: at ? new Date(at) : null });
      if (!found.ok) throw new Error('a history');
      return found.value.lowest30Days;
    };
    expect(await history()).toEqual({ price: { amount: '80.00', currencyCode: 'USD' }, shownOn: '2026-11-01', from: '2026-10-23', until: '2026-11-22', complete: true, newOnMarket: false, daysKnown: 30, knownSince: '2026-09-01' });
    expect(await history('2026-09-11T00:00:00Z')).toMatchObject({ price: { amount: '100.00' }, complete: false, daysKnown: 10 });
    expect(await history('2026-08-01T00:00:00Z')).toMatchObject({ price: null, complete: false });
  });
});

describe('a rule tried on a day of the past', () => {
  const half: Rule = { selector: { all: [{ field: 'variant.price', op: 'gte', value: '90.00' }] }, transform: { steps: [{ type: 'percent', value: '-50' }] } };
  beforeEach(async () => {
    await seen('2026-09-01T00:00:00Z', [{ ref: 1, price: 10_000n }, { ref: 2, price: 5_000n }]);
    await seen('2026-10-01T00:00:00Z', [{ ref: 1, price: 5_000n, compareAt: 6_000n }, { ref: 2, price: 10_000n }]);
    await seen('2026-11-01T00:00:00Z', [{ ref: 1, price: 5_000n, compareAt: 6_000n }, { ref: 2, price: 10_000n }, { ref: 3, price: 20_000n }]);
  });

  it('chooses and prices by the prices of then', async () => {
    const then = await dryRunRule(shop, shop.ctx, { rule: half, at: new Date('2026-09-15T00:00:00Z') });
    expect(then).toMatchObject({ ok: true, value: {
      at: '2026-09-15T00:00:00.000Z', knownSince: '2026-09-01T00:00:00.000Z', currencyCode: 'USD', variantsWithoutPrice: 1, summary: { selected: 1, planned: 1 },
      rows: [{ sku: 'S-1', before: { price: { amount: '100.00' }, compareAtPrice: null }, after: { price: { amount: '50.00' } } }],
    } });
    const later = await dryRunRule(shop, shop.ctx, { rule: half, at: new Date('2026-10-01T00:00:00Z') });
    expect(later).toMatchObject({ ok: true, value: { rows: [{ sku: 'S-2', before: { price: { amount: '100.00' } } }] } });
    expect(await dryRunRule(shop, shop.ctx, { rule: half, at: new Date('2026-11-15T00:00:00Z'), limit: 1 })).toMatchObject({ ok: true, value: { summary: { selected: 2 }, rows: [{ sku: 'S-2' }], variantsWithoutPrice: 0 } });
  });

  it('takes a saved rule by its id, and stores nothing', async () => {
    const saved = await createRule(shop, shop.ctx, { name: 'Half', rule: half });
    if (!saved.ok) throw new Error('a rule');
    expect(await dryRunRule(shop, shop.ctx, { id: saved.value.id, at: new Date('2026-09-15T00:00:00Z') })).toMatchObject({ ok: true, value: { summary: { selected: 1 } } });
    expect(await dryRunRule(shop, shop.ctx, { id: randomUUID(), at: new Date('2026-09-15T00:00:00Z') })).toMatchObject({ ok: false, error: { kind: 'not_found' } });
    expect(await shop.sql('select 1 from price_changes')).toEqual([]);
  });

  it('refuses a time before the first price, one that is still to come, and an invalid rule', async () => {
    const at = new Date('2026-09-15T00:00:00Z');
    expect(await dryRunRule(shop, shop.ctx, { rule: half, at: new Date('2026-08-31T23:59:59Z') })).toMatchObject({ ok: false, error: { kind: 'invalid', code: 'before_first_price', errors: [{ pointer: '/at' }] } });
    expect(await dryRunRule(shop, shop.ctx, { rule: half, at: new Date('2026-11-23T00:00:00Z') })).toMatchObject({ ok: false, error: { code: 'at_in_future' } });
    expect(await dryRunRule(shop, shop.ctx, { rule: { selector: {} }, at })).toMatchObject({ ok: false, error: { code: 'invalid_rule' } });
  });
});

describe('the catalog at a time as CSV', () => {
  it('has every variant of today and of then, its price of then or since when one is known, and no formula', async () => {
    await seen('2026-09-01T00:00:00Z', [{ ref: 1, price: 10_000n, sku: '=1+1' }, { ref: 2, price: 5_000n }]);
    await seen('2026-10-01T00:00:00Z', [{ ref: 1, price: 8_000n, compareAt: 10_000n, sku: '=1+1' }, { ref: 3, price: 2_000n }]);
    const rows = parse(await csvOf(pastPricesCsv, { query: { at: '2026-09-10T00:00:00Z' } }), { columns: true }) as Record<string, string>[];
    expect(rows.map((row) => [row.sku, row.price, row['compare-at'], row.currency, row['known since'], row['in the shop now']])).toEqual([
      ["'=1+1", '100.00', '', 'USD', '2026-09-01T00:00:00.000Z', 'yes'],
      // Gone by the next export: until that one began it counts as there.
      ['S-2', '50.00', '', 'USD', '2026-09-01T00:00:00.000Z', 'no'],
      ['S-3', '', '', '', '2026-10-01T00:00:00.000Z', 'yes'],
    ]);
    const seenLast = parse(await csvOf(pastPricesCsv, { query: { at: '2026-09-01T00:00:00Z' } }), { columns: true }) as Record<string, string>[];
    expect(seenLast.map((row) => [row.sku, row.price, row['in the shop now']])).toContainEqual(['S-2', '50.00', 'no']);
    const now = parse(await csvOf(pastPricesCsv, {}), { columns: true }) as Record<string, string>[];
    expect(now.map((row) => [row.sku, row.price, row['compare-at']])).toEqual([["'=1+1", '80.00', '100.00'], ['S-3', '20.00', '']]);
  });
});

describe('the previous prices as a file for Shopify', () => {
  it('are read by a product import as exactly the prices from before', async () => {
    await seen('2026-09-01T00:00:00Z', [
      { ref: 1, product: 1, title: '=Shirt, "blue"', handle: 'shirt', price: 10_000n, options: { Size: 'M', Color: 'Blue' }, optionNames: ['Size', 'Color'], sku: '-1' },
      { ref: 2, product: 1, title: '=Shirt, "blue"', handle: 'shirt', price: 11_000n, compareAt: 12_000n, options: { Size: 'L', Color: 'Blue' }, optionNames: ['Size', 'Color'] },
      { ref: 3, product: 2, title: 'Lamp', handle: 'lamp', price: 5_050n, compareAt: 0n },
      // The order of the product's options is neither that of their names nor that of their length.
      { ref: 4, product: 3, title: 'Ring', handle: 'ring', price: 700n, options: { Material: 'Gold', '8': 'x', Fit: 'Wide' }, optionNames: ['Material', 'Fit', '8'] },
    ]);
    const { id, items } = await plan(sale);
    const text = await csvOf(restoreCsv, { params: { id } });
    expect(text.split('\r\n')[0]).toBe('Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,Variant SKU,Variant Price,Variant Compare At Price');
    const products = readProductCsv(text, 2);
    expect(products.map(({ handle, title, optionNames }) => ({ handle, title, optionNames }))).toEqual([
      { handle: 'shirt', title: '=Shirt, "blue"', optionNames: ['Size', 'Color'] }, { handle: 'lamp', title: 'Lamp', optionNames: ['Title'] }, { handle: 'ring', title: 'Ring', optionNames: ['Material', 'Fit', '8'] },
    ]);
    const read = products.flatMap((product) => product.variants.map(({ options, sku, price, compareAtPrice }) => ({ options, sku, price, compareAtPrice })));
    expect(read).toEqual([
      { options: ['M', 'Blue'], sku: '-1', price: 10_000, compareAtPrice: null },
      { options: ['L', 'Blue'], sku: 'S-2', price: 11_000, compareAtPrice: 12_000 },
      { options: ['Default Title'], sku: 'S-3', price: 5_050, compareAtPrice: 0 },
      { options: ['Gold', 'Wide', 'x'], sku: 'S-4', price: 700, compareAtPrice: null },
    ]);
    expect(read.map(({ price }) => BigInt(price))).toEqual(items.map(({ beforePrice }) => beforePrice));
  });

  it('leave out what is not planned, and what the shop no longer has', async () => {
    await seen('2026-09-01T00:00:00Z', [{ ref: 1, price: 10_000n }, { ref: 2, price: 10_000n }, { ref: 3, price: 100n }]);
    const { id } = await plan({ ...sale, selector: { all: [{ field: 'variant.price', op: 'gt', value: '1.00' }] } });
    await seen('2026-11-22T12:00:05Z', [{ ref: 1, price: 10_000n }, { ref: 3, price: 100n }]);
    expect(readProductCsv(await csvOf(restoreCsv, { params: { id } }), 2).map(({ handle }) => handle)).toEqual(['p-1']);
  });

  it('are refused before there is a plan, and while the order of options is not known', async () => {
    await seen('2026-09-01T00:00:00Z', [{ ref: 1, price: 10_000n, options: { Size: 'M', Color: 'Blue' }, optionNames: [] }]);
    const change = await createChange(shop, shop.ctx, { name: 'Change', rule: sale });
    if (!change.ok) throw new Error('a change');
    expect(JSON.parse(await csvOf(restoreCsv, { params: { id: change.value.id } }))).toMatchObject({ status: 409, code: 'no_plan' });
    const { id } = await plan(sale);
    expect(JSON.parse(await csvOf(restoreCsv, { params: { id } }))).toMatchObject({ status: 409, code: 'option_order_unknown' });
    expect(JSON.parse(await csvOf(restoreCsv, { params: { id: randomUUID() } }))).toMatchObject({ status: 404 });
  });
});
