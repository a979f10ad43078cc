/** The live sample of a rule counts by amounts alone; it must say what counting row by row says. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { factsOfRow } from '../../app/domain/catalog/facts-of-row.ts';
import { SummaryCounter } from '../../app/domain/pricing/summary.ts';
import { compileRule } from '../../app/domain/rules/compile.ts';
import type { Rule } from '../../app/domain/rules/rule.ts';
import { sampleRule } from '../../app/flows/manage-rules/sample-rule.ts';
import { useTestDatabase } from '../setup/database.ts';
import { openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';

const database = useTestDatabase();
let shop: FlowShop;
beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
});
afterEach(() => shop.close());

/** Row by row, with objects and the closure's own judgement of the selector. */
async function countedByRow(rule: Rule) {
  const compiled = compileRule(rule, 'USD');
  const counter = new SummaryCounter();
  await shop.uow.run(shop.ctx.tenantId, async (tx) => {
    for await (const batch of tx.catalog.stream(rule.selector, 'USD', 100)) {
      for (const row of batch) {
        const { outcome, reason, warnings, price } = compiled.evaluate(factsOfRow(row), { trace: false });
        if (outcome !== 'notSelected') counter.add({ outcome, reason, warnings, beforePrice: row.price, afterPrice: price, cost: row.cost });
      }
    }
  });
  return counter.summary();
}

async function sampled(rule: Rule, limit = 5) {
  const result = await sampleRule(shop, shop.ctx, { rule, limit });
  if (!result.ok) throw new Error(result.error.detail);
  return result.value;
}

/** Averages are sums of fractions and depend on the order in which rows are added. */
const comparable = (summary: Awaited<ReturnType<typeof countedByRow>>) => Object.fromEntries(Object.entries(summary).map(([name, value]) => [name, name.startsWith('average') && value !== null ? Number(value).toFixed(1) : value]));

describe('the sample of a rule', () => {
  beforeEach(async () => {
    await shop.stock(60, 5);
    await shop.sql(`update variants set price = 100 + (ref * 7919) % 20000, compare_at = case when ref % 3 = 0 then 100 + (ref * 104729) % 30000 end,
        cost = case when ref % 4 > 0 then 50 + (ref * 31) % 9000 end, map_price = case when ref % 5 = 0 then 5000 end`);
    await shop.sql(`update variants set baseline_price = price + 700, baseline_compare_at = case when ref % 2 = 0 then price + 900 end, layer_id = gen_random_uuid() where ref % 7 = 0`);
    await shop.sql(`update variants set price = 9007199254740993, cost = 9007199254740992 where ref = 11`);
    await shop.sql(`update variants set price = 9223372036854775000, cost = null where ref = 13`);
    await shop.sql(`update variants set price = 0, compare_at = null where ref = 17`);
    await shop.sql(`update variants set active = false where ref = 19`);
  });

  const percent = (value: string): Rule['transform']['steps'] => [{ type: 'percent', value }];
  it.each<[string, Rule]>([
    ['a discount with guard rails, endings and a sale price', { selector: { all: [] }, transform: { steps: percent('-12.5'), bounds: { minMarginPercent: '20', maxDecreasePercent: '25', respectMap: true }, rounding: { type: 'ending', ending: '0.99', every: '1.00' }, compareAt: { mode: 'sale' } } }],
    ['a rise that blocks what it cannot', { selector: { all: [{ field: 'variant.price', op: 'between', value: ['20.00', '150.00'] }] }, transform: { steps: percent('33.333'), bounds: { ceiling: '120.00', onViolation: 'block' } } }],
    ['a margin over cost', { selector: { any: [{ field: 'variant.cost', op: 'isSet' }, { field: 'variant.title', op: 'eq', value: 'V2' }] }, transform: { base: 'cost', steps: [{ type: 'margin', value: '35' }], compareAt: { mode: 'clear' } } }],
    ['from the compare-at price', { selector: { all: [] }, transform: { base: 'compareAtPrice', steps: percent('-5') } }],
    ['from the baseline, above its compare-at price', { selector: { not: { field: 'variant.sku', op: 'endsWith', value: '3' } }, transform: { base: 'baseline', steps: [{ type: 'amount', value: '-3.5' }], compareAt: { mode: 'set', value: '15.00' } } }],
    ['few, chosen by text of their products', { selector: { all: [{ field: 'product.title', op: 'endsWith', value: '7' }, { field: 'product.vendor', op: 'eq', value: 'acme' }] }, transform: { steps: percent('-5') } }],
    ['nothing', { selector: { any: [] }, transform: { steps: percent('-5') } }],
    ['prices too large to keep', { selector: { all: [{ field: 'variant.price', op: 'gt', value: '1000000' }] }, transform: { steps: percent('-50') } }],
  ])('counts as row by row: %s', async (_, rule) => {
    const { summary, rows } = await sampled(rule);
    expect(comparable(summary)).toEqual(comparable(await countedByRow(rule)));
    expect(rows).toHaveLength(Math.min(5, summary.selected));
  });

  it('blocks a price that is too large to keep, as a plan does', async () => {
    const { summary } = await sampled({ selector: { all: [{ field: 'variant.sku', op: 'eq', value: 'S-13' }] }, transform: { steps: percent('50') } });
    expect(summary).toMatchObject({ selected: 1, blocked: 1, byReason: { price_too_large: 1 } });
  });

  it('shows the first rows of the catalog in full', async () => {
    const { rows } = await sampled({ selector: { all: [{ field: 'variant.sku', op: 'startsWith', value: 'S-' }] }, transform: { steps: percent('-10') } }, 3);
    expect(rows.map(({ sku }) => sku)).toEqual(['S-1', 'S-2', 'S-3']);
    expect(rows[0]).toMatchObject({ outcome: 'planned', title: expect.stringContaining('Product 1'), text: expect.stringContaining('10') });
  });

  it('finds the same first rows among few as among many, as the stream has them', async () => {
    const { selector }: Rule = { selector: { all: [{ field: 'variant.sku', op: 'contains', value: '2' }] }, transform: { steps: [] } };
    await shop.uow.run(shop.ctx.tenantId, async (tx) => {
      const ids = async (few: boolean) => (await tx.catalog.first(selector, 'USD', 9, { few })).map(({ variantId }) => variantId);
      const streamed: string[] = [];
      for await (const batch of tx.catalog.stream(selector, 'USD', 50)) streamed.push(...batch.map(({ variantId }) => variantId));
      expect(await ids(true)).toEqual(streamed.slice(0, 9));
      expect(await ids(false)).toEqual(streamed.slice(0, 9));
    });
  });
});
