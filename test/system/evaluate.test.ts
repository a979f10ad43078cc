import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { item, rule } from '../oracle/arbitrary-rules.ts';
import { oracle } from '../oracle/rules-oracle.ts';
import type { Api, Json } from './client.ts';
import { demoShop } from './shops.ts';

const RUNS = Number(process.env['EVALUATE_RUNS'] ?? 120);

describe('POST /rules/evaluate', () => {
  let api: Api;
  beforeAll(() => {
    api = demoShop(0).api;
  });
  const evaluate = async (currencyCode: string, someRule: object, items: readonly object[]): Promise<Json[]> =>
    (await api.post('/rules/evaluate', { rule: someRule, currencyCode, items })).results;
  const compared = ({ outcome, reason, price, compareAtPrice, warnings }: Json) =>
    ({ outcome, reason: reason ?? null, price: price ?? null, compareAtPrice: compareAtPrice ?? null, warnings: [...(warnings ?? [])] });

  for (const [currency, decimals] of [['USD', 2], ['JPY', 0], ['KWD', 3]] as const) {
    it(`agrees with an independent implementation of the rules in ${currency}`, async () => {
      const outcomes = new Set<string>();
      await fc.assert(
        fc.asyncProperty(rule(decimals), fc.array(item(decimals), { minLength: 1, maxLength: 25 }), async (someRule, items) => {
          const results = await evaluate(currency, someRule, items);
          expect(results).toHaveLength(items.length);
          results.forEach((result, index) => {
            expect(compared(result)).toEqual(oracle(someRule, decimals, items[index]));
            outcomes.add(result.reason ?? result.outcome);
            if (result.price != null) expect(result.price).toMatch(decimals === 0 ? /^\d+$/ : new RegExp(`^\\d+\\.\\d{${decimals}}$`));
            if (result.outcome !== 'notSelected') expect(result.text.length).toBeGreaterThan(0);
          });
        }),
        { numRuns: RUNS },
      );
      expect([...outcomes]).toEqual(expect.arrayContaining(['planned', 'unchanged', 'notSelected', 'base_missing', 'cost_missing']));
    });
  }

  const percent = (value: string): object => ({ steps: [{ type: 'percent', value }] });
  const ending99 = { type: 'ending', ending: '0.99', every: '1.00', direction: 'nearest' };
  const sale = { compareAt: { mode: 'sale' } };
  const examples: [string, string, [string, string?, string?], object, object][] = [
    ['15 % off', 'USD', ['24.00'], percent('-15'), { price: '20.40', compareAtPrice: null }],
    ['15 % off to .99 as a sale', 'USD', ['24.00'], { ...percent('-15'), rounding: ending99, ...sale }, { price: '19.99', compareAtPrice: '24.00' }],
    ['a ceiling below the nearest ending', 'USD', ['10.40'], { steps: [{ type: 'amount', value: '0' }], bounds: { ceiling: '10.00' }, rounding: ending99 }, { price: '9.99' }],
    ['a margin that holds the price up', 'USD', ['10.00', undefined, '9.50'], { ...percent('-20'), bounds: { minMarginPercent: '10' } }, { price: '10.56' }],
    ['a margin without a cost', 'USD', ['10.00'], { ...percent('-20'), bounds: { minMarginPercent: '10' } }, { outcome: 'blocked', reason: 'cost_missing' }],
    ['no ending inside the bounds', 'USD', ['10.00'], { bounds: { floor: '10.20', ceiling: '10.80' }, rounding: ending99 }, { outcome: 'blocked', reason: 'no_price_in_bounds' }],
    ['yen to endings of 80', 'JPY', ['1980'], { ...percent('-7'), rounding: { type: 'ending', ending: '80', every: '100', direction: 'nearest' } }, { price: '1880' }],
    ['a sale keeps the higher compare-at', 'USD', ['50.00', '60.00'], { ...percent('-10'), ...sale }, { price: '45.00', compareAtPrice: '60.00' }],
    ['a sale replaces the lower compare-at', 'USD', ['50.00', '40.00'], { ...percent('-10'), ...sale }, { price: '45.00', compareAtPrice: '50.00' }],
    ['no sale at the reference', 'USD', ['50.00', '60.00'], { steps: [{ type: 'set', value: '60.00' }], ...sale }, { price: '60.00', compareAtPrice: null }],
    ['half a cent goes away from zero', 'USD', ['19.99'], { steps: [{ type: 'set', value: '19.995' }] }, { price: '20.00' }],
  ];
  it.each(examples)('worked example: %s', async (_name, currency, [price, compareAtPrice, cost], transform, expected) => {
    const [result] = await evaluate(currency, { selector: { all: [] }, transform }, [{ product: {}, variant: { price, ...(compareAtPrice && { compareAtPrice }), ...(cost && { cost }) } }]);
    expect(result).toMatchObject({ outcome: 'planned', ...expected });
    expect(result.trace.length).toBeGreaterThan(0);
  });

  it('takes a thousand rows at once, in order, and refuses one more', async () => {
    const items = Array.from({ length: 1_001 }, (_, index) => ({ product: {}, variant: { price: `${index + 1}.00` } }));
    const results = await evaluate('USD', { selector: { all: [] }, transform: percent('100') }, items.slice(0, 1_000));
    expect(results.map((result) => result.price)).toEqual(items.slice(0, 1_000).map((_, index) => `${(index + 1) * 2}.00`));
    const refused = await api.call('POST', '/rules/evaluate', { rule: { selector: { all: [] }, transform: {} }, currencyCode: 'USD', items });
    expect(refused.status).toBe(422);
    expect(refused.body.errors[0].pointer).toBe('/items');
    expect(await evaluate('USD', { selector: { all: [] }, transform: {} }, [])).toEqual([]);
  });

  it('evaluates nothing where the rule is wrong, and names every place', async () => {
    const wrong: [object, string[]][] = [
      [{ selector: { all: [] }, transform: { base: 'colour' } }, ['/rule/transform/base']],
      [{ selector: { field: 'variant.price', op: 'contains', value: '1' }, transform: { steps: [{ type: 'margin', value: '100' }] } }, ['/rule/selector/op', '/rule/transform/steps/0/value']],
      [{ selector: { all: [] }, transform: { rounding: { type: 'ending', ending: '0.99', every: '0' } } }, ['/rule/transform/rounding/every']],
      [{ selector: { all: [] }, transform: { steps: [{ type: 'percent', value: '1e3' }] } }, ['/rule/transform/steps/0/value']],
      [{ selector: 7, transform: null }, ['/rule/selector', '/rule/transform']],
    ];
    for (const [someRule, pointers] of wrong) {
      const { status, body } = await api.call('POST', '/rules/evaluate', { rule: someRule, currencyCode: 'USD', items: [{ product: {}, variant: { price: '1.00' } }] });
      expect(status, JSON.stringify(body)).toBe(422);
      expect(body.errors.map((error: Json) => error.pointer).sort()).toEqual(expect.arrayContaining(pointers));
    }
    for (const currencyCode of ['XXY', 'usd', '', null, 840]) {
      expect((await api.call('POST', '/rules/evaluate', { rule: { selector: { all: [] }, transform: {} }, currencyCode, items: [] })).status, String(currencyCode)).toBe(422);
    }
  });
});
