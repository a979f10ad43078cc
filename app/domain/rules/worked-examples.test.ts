import { describe, expect, it } from 'vitest';
import type { EvaluatedItem } from './evaluate-items.ts';
import { evaluateItems } from './evaluate-items.ts';

type Row = [o: string, c: string | null, k: string | null, transform: object, expected: Partial<EvaluatedItem>, currency: string];

const ending99 = { type: 'ending', ending: '0.99', every: '1.00', direction: 'nearest' };
const percent = (value: string): object[] => [{ type: 'percent', value }];

const EXAMPLES: Row[] = [
  ['24.00', null, null, { steps: percent('-15') }, { outcome: 'planned', price: '20.40', compareAtPrice: null }, 'USD'],
  ['24.00', null, null, { steps: percent('-15'), rounding: ending99, compareAt: { mode: 'sale' } }, { price: '19.99', compareAtPrice: '24.00' }, 'USD'],
  ['10.40', null, null, { steps: [{ type: 'amount', value: '0' }], bounds: { ceiling: '10.00' }, rounding: ending99 }, { price: '9.99' }, 'USD'],
  ['10.00', null, '9.50', { steps: percent('-20'), bounds: { minMarginPercent: '10' } }, { price: '10.56' }, 'USD'],
  ['10.00', null, null, { steps: percent('-20'), bounds: { minMarginPercent: '10' } }, { outcome: 'blocked', reason: 'cost_missing' }, 'USD'],
  ['10.00', null, null, { bounds: { floor: '10.20', ceiling: '10.80' }, rounding: { type: 'ending', ending: '0.99', every: '1.00' } }, { outcome: 'blocked', reason: 'no_price_in_bounds' }, 'USD'],
  ['1980', null, null, { steps: percent('-7'), rounding: { type: 'ending', ending: '80', every: '100', direction: 'nearest' } }, { price: '1880' }, 'JPY'],
  ['50.00', '60.00', null, { steps: percent('-10'), compareAt: { mode: 'sale' } }, { price: '45.00', compareAtPrice: '60.00' }, 'USD'],
  ['50.00', '40.00', null, { steps: percent('-10'), compareAt: { mode: 'sale' } }, { price: '45.00', compareAtPrice: '50.00' }, 'USD'],
  ['50.00', '60.00', null, { steps: [{ type: 'set', value: '60.00' }], compareAt: { mode: 'sale' } }, { price: '60.00', compareAtPrice: null }, 'USD'],
  ['39.99', null, null, { steps: [{ type: 'multiply', value: '0.5' }] }, { price: '20.00' }, 'USD'],
  ['19.995', null, null, {}, { outcome: 'planned', price: '20.00' }, 'USD'],
];

function evaluate(transform: object, variant: object, currencyCode = 'USD', selector: object = { all: [] }, rest: object = {}): EvaluatedItem {
  const answer = evaluateItems({ rule: { selector, transform }, currencyCode, items: [{ variant, ...rest }] });
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  const [result] = answer.value.results;
  if (result === undefined) throw new Error('one result for one item');
  return result;
}

describe('the worked examples of the rule language', () => {
  it.each(EXAMPLES)('%s, compare-at %s, cost %s with %j', (price, compareAtPrice, cost, transform, expected, currency) => {
    expect(evaluate(transform, { price, compareAtPrice, cost }, currency)).toMatchObject(expected);
  });
});

describe('the order in which a row is blocked', () => {
  it('asks for the base before anything else, and for the price even where another base is used', () => {
    expect(evaluate({ base: 'cost', steps: [{ type: 'margin', value: '20' }] }, { price: '5.00' }).reason).toBe('base_missing');
    expect(evaluate({ base: 'cost' }, { cost: '5.00' }).reason).toBe('base_missing');
    expect(evaluate({ base: 'baseline' }, { price: '5.00' }).reason).toBe('base_missing');
  });

  it('blocks at a margin step without cost even where a later step sets another value', () => {
    expect(evaluate({ steps: [{ type: 'margin', value: '20' }, { type: 'set', value: '9' }] }, { price: '5.00' }).reason).toBe('cost_missing');
  });

  it('finds a conflict of bounds before a violation, and a violation before a negative price', () => {
    const steps = [{ type: 'set', value: '-5' }];
    expect(evaluate({ steps, bounds: { floor: '9', ceiling: '8', onViolation: 'block' } }, { price: '5.00' }).reason).toBe('bounds_conflict');
    expect(evaluate({ steps, bounds: { floor: '1', onViolation: 'block' } }, { price: '5.00' }).reason).toBe('bound_violated');
    expect(evaluate({ steps, bounds: { ceiling: '8' } }, { price: '5.00' }).reason).toBe('negative_price');
    expect(evaluate({ steps, bounds: { floor: '1' } }, { price: '5.00' }).price).toBe('1.00');
  });

  it('refuses zero before and after rounding unless it is allowed', () => {
    expect(evaluate({ steps: [{ type: 'set', value: '0' }] }, { price: '5.00' }).reason).toBe('zero_price');
    expect(evaluate({ steps: [{ type: 'set', value: '0.004' }] }, { price: '5.00' }).reason).toBe('zero_price');
    expect(evaluate({ steps: [{ type: 'set', value: '0.004' }], allowZero: true }, { price: '5.00' }).price).toBe('0.00');
    expect(evaluate({ steps: [{ type: 'set', value: '0' }], allowZero: true, rounding: { type: 'increment', increment: '0.05' } }, { price: '5.00' }).price).toBe('0.05');
  });
});

describe('limits and grids', () => {
  it('rounds a lower limit up and an upper limit down, so that a conflict can come of rounding alone', () => {
    expect(evaluate({ bounds: { floor: '5.001', ceiling: '5.009' } }, { price: '5.00' }).reason).toBe('bounds_conflict');
    expect(evaluate({ bounds: { floor: '5.001' } }, { price: '5.00' }).price).toBe('5.01');
  });

  it('takes the lowest price above where nothing on the grid lies below, and the highest below beyond the ceiling', () => {
    const grid = { type: 'ending', ending: '0.99', every: '1.00' };
    expect(evaluate({ rounding: { ...grid, direction: 'down' } }, { price: '0.50' }).price).toBe('0.99');
    expect(evaluate({ bounds: { ceiling: '10.50' }, rounding: { ...grid, direction: 'up' } }, { price: '10.40' }).price).toBe('9.99');
    expect(evaluate({ bounds: { floor: '10.40' }, rounding: { ...grid, direction: 'down' } }, { price: '10.40' }).price).toBe('10.99');
  });

  it('gives a tie to the lower price', () => {
    expect(evaluate({ rounding: { type: 'increment', increment: '0.10' } }, { price: '1.05' }).price).toBe('1.00');
  });

  it('respects the minimum advertised price only where the rule says so and the variant has one', () => {
    const steps = percent('-50');
    expect(evaluate({ steps, bounds: { respectMap: true } }, { price: '10.00', mapPrice: '8.001' }).price).toBe('8.01');
    expect(evaluate({ steps, bounds: { respectMap: true } }, { price: '10.00' }).price).toBe('5.00');
    expect(evaluate({ steps, bounds: { respectMap: false } }, { price: '10.00', mapPrice: '8' }).price).toBe('5.00');
  });
});

describe('warnings', () => {
  it('are given for unchanged rows too, compare-at first', () => {
    expect(evaluate({}, { price: '5.00', compareAtPrice: '5.00', cost: '6.00' })).toMatchObject({ outcome: 'unchanged', warnings: ['compare_at_not_above_price', 'below_cost'] });
  });

  it('stay silent at the cost itself', () => {
    expect(evaluate({}, { price: '5.00', cost: '5.00' }).warnings).toEqual([]);
  });

  it('round a compare-at that is set, so that setting it twice changes nothing', () => {
    expect(evaluate({ compareAt: { mode: 'set', value: '99.005' } }, { price: '5.00', compareAtPrice: '99.01' })).toMatchObject({ outcome: 'unchanged', compareAtPrice: '99.01' });
  });
});

describe('selectors on what a row does not have', () => {
  const selected = (condition: object, rest: object = {}): boolean => evaluate({}, { price: '5.00', ...rest }, 'USD', condition).outcome !== 'notSelected';
  it('are false, except for the four negative ops', () => {
    for (const [op, value] of [['eq', 'x'], ['in', ['x']], ['contains', ''], ['startsWith', ''], ['endsWith', ''], ['isSet', undefined]]) expect(selected({ field: 'variant.sku', op, value }), String(op)).toBe(false);
    for (const [op, value] of [['neq', 'x'], ['notIn', ['x']], ['notContains', 'x'], ['isNotSet', undefined]]) expect(selected({ field: 'variant.sku', op, value }), String(op)).toBe(true);
    for (const op of ['gt', 'gte', 'lt', 'lte', 'eq']) expect(selected({ field: 'variant.cost', op, value: '0' }), op).toBe(false);
    expect(selected({ field: 'variant.marginPercent', op: 'lt', value: '1000' })).toBe(false);
    expect(selected({ field: 'variant.marginPercent', op: 'isNotSet' }, { price: '0.00', cost: '1.00' })).toBe(true);
    expect(selected({ not: { field: 'variant.cost', op: 'gt', value: '0' } })).toBe(true);
  });

  it('ignore case and surrounding space in every op', () => {
    const row = { sku: '  AbC-1 ', options: { Size: ' m ' } };
    for (const [op, value] of [['eq', 'abc-1'], ['in', [' ABC-1']], ['contains', ' BC '], ['startsWith', 'aB'], ['endsWith', '-1 ']]) expect(selected({ field: 'variant.sku', op, value }, row), String(op)).toBe(true);
    expect(selected({ field: 'variant.options.Size', op: 'eq', value: 'M' }, row)).toBe(true);
    expect(selected({ field: 'variant.options.size', op: 'eq', value: 'M' }, row)).toBe(true);
    expect(selected({ field: 'variant.sku', op: 'contains', value: 'ΟΔΟΣ' }, { sku: 'οδοσα' })).toBe(true);
    expect(selected({ field: 'variant.sku', op: 'isSet' }, { sku: '  ' })).toBe(false);
  });

  it('compare by value: "10" equals "10.00"', () => {
    expect(selected({ field: 'variant.price', op: 'eq', value: '5' })).toBe(true);
    expect(selected({ field: 'variant.price', op: 'in', value: ['4', '5.000'] })).toBe(true);
    expect(selected({ field: 'variant.inventoryQuantity', op: 'eq', value: 5 }, { inventoryQuantity: '5.0' })).toBe(true);
    expect(selected({ field: 'variant.marginPercent', op: 'eq', value: '50' }, { cost: '2.50' })).toBe(true);
  });

  it('tell a price from a value between two minor units', () => {
    const between = { field: 'variant.price', value: '5.005' };
    for (const [op, price, held] of [['lt', '5.00', true], ['lt', '5.01', false], ['gt', '5.00', false], ['gt', '5.01', true], ['gte', '5.00', false], ['lte', '5.00', true], ['eq', '5.00', false], ['eq', '5.005', true]]) {
      expect(selected({ ...between, op }, { price }), `${String(price)} ${String(op)}`).toBe(held);
    }
  });

  it('read each field at its own place', () => {
    const at: Record<string, object> = {};
    for (const key of ['title', 'handle', 'vendor', 'productType', 'status']) at[`product.${key}`] = { product: { [key]: 'x' } };
    for (const key of ['tags', 'collections']) at[`product.${key}`] = { product: { [key]: ['x'] } };
    for (const key of ['createdAt', 'publishedAt']) at[`product.${key}`] = { product: { [key]: '2026-01-01T00:00:00Z' } };
    for (const key of ['title', 'sku', 'barcode']) at[`variant.${key}`] = { variant: { [key]: 'x' } };
    for (const key of ['price', 'compareAtPrice', 'cost', 'mapPrice', 'baselinePrice', 'inventoryQuantity']) at[`variant.${key}`] = { variant: { [key]: '1' } };
    at['variant.updatedAt'] = { variant: { updatedAt: '2026-01-01' } };
    at['variant.options.Size'] = { variant: { options: { Size: 'x' } } };
    for (const key of ['lowest', 'median', 'highest', 'count']) at[`competitor.${key}`] = { competitor: { [key]: '1' } };
    at['amazon.price'] = { amazon: { price: '1' } };
    at['score.demand'] = { score: { demand: '1' } };
    for (const [place, rest] of Object.entries(at)) {
      const set = Object.keys(at).filter((field) => evaluate({}, {}, 'USD', { field, op: 'isSet' }, rest).outcome !== 'notSelected');
      expect(set).toEqual([place]);
    }
  });
});

describe('each base', () => {
  it('is read at its own place', () => {
    const row = { variant: { price: '1', compareAtPrice: '2', cost: '3', baselinePrice: '4', lowest30Days: '8' }, competitor: { lowest: '5', median: '6', highest: '7' } };
    const bases = ['price', 'compareAtPrice', 'cost', 'baseline', 'competitor.lowest', 'competitor.median', 'competitor.highest', 'lowest30Days'];
    expect(bases.map((base) => evaluate({ base }, {}, 'USD', { all: [] }, row).price)).toEqual(['1.00', '2.00', '3.00', '4.00', '5.00', '6.00', '7.00', '8.00']);
  });
});
