import { describe, expect, it } from 'vitest';
import type { CurrencyCode } from '../kernel/currency.ts';
import { lintRule } from './lint.ts';
import type { Rule, Selector, Transform } from './rule.ts';
import { parseSearch } from './search/parse.ts';
import { validateRule } from './validate.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');

function findings(rule: Rule, currency: CurrencyCode = 'USD'): string[] {
  const valid = validateRule(rule, currency);
  if (!valid.ok) throw new Error(valid.error.detail);
  return lintRule(rule, currency, NOW).map(({ severity, code, pointer }) => `${severity} ${code} ${pointer}`);
}
/** Findings about the selector that a text says. */
function ofSelector(text: string): string[] {
  const selector = parseSearch(text);
  if (!selector.ok) throw new Error(selector.error.message);
  return findings({ selector: selector.value, transform: { steps: [{ type: 'percent', value: '-15' }] } }).filter((one) => one.includes('/selector'));
}
/** Findings about a transform on a selector that limits nothing. */
function ofTransform(transform: Transform, selector: Selector = { field: 'product.tags', op: 'contains', value: 'x' }, currency: CurrencyCode = 'USD'): string[] {
  return findings({ selector, transform }, currency).filter((one) => one.includes('/transform'));
}
const percent = (value: string) => ({ type: 'percent', value }) as const;

describe('a selector', () => {
  it.each<[string, string[]]>([
    ['price:>10 price:<5', ['contradiction selects_nothing /selector/all/1']],
    ['tag:sale -tag:Sale', ['contradiction selects_nothing /selector/all/1']],
    ['status:active status:draft,archived', ['contradiction selects_nothing /selector/all/1']],
    ['sku:AB* -sku:a*', ['contradiction selects_nothing /selector/all/1']],
    ['vendor:Acme -vendor:*', ['contradiction selects_nothing /selector/all/1']],
    ['cost:>5 -cost:*', ['contradiction selects_nothing /selector/all/1']],
    ['tag:a (price:<5 OR price:<3) price:>10', ['contradiction selects_nothing /selector/all/2']],
    ['(vendor:a OR vendor:b) (vendor:c OR vendor:d)', ['contradiction selects_nothing /selector/all/1']],
    ['price:>=100 price:<=10', ['contradiction range_reversed /selector']],
    ['tag:x (price:>=100 price:<=10)', ['contradiction range_reversed /selector/all/1']],
    ['-*', ['contradiction selects_nothing /selector']],
    ['price:>5 OR price:<=5 OR -price:*', ['warning selects_everything /selector']],
    ['tag:a OR (price:>10 price:<5)', ['warning never_true /selector/any/1']],
    ['tag:a OR (price:>=10 price:<=5)', ['warning range_reversed /selector/any/1']],
    ['tag:a (-vendor:x OR -vendor:y)', ['warning always_true /selector/all/1']],
    ['price:>10 price:>5', ['hint redundant_condition /selector/all/1']],
    ['price:>5 price:>10', ['hint redundant_condition /selector/all/0']],
    ['price:>10 OR price:>20', ['hint covered_alternative /selector/any/1']],
    ['mug mug', ['hint redundant_condition /selector/all/1']],
    ['tag:a OR -*', ['hint never_true /selector/any/1']],
    ['status:actve', ['warning unknown_status /selector']],
    ['vendor:""', ['warning empty_text /selector']],
    ['price:<0', ['warning below_zero /selector']],
    ['margin:>120', ['warning margin_above_hundred /selector']],
    ['margin:<0.3', ['warning fraction_as_percent /selector']],
  ])('%s', (text, expected) => {
    expect(ofSelector(text)).toEqual(expected);
  });

  it.each(['', 'tag:summer price:>10 -vendor:Acme', 'price:>=10 price:<=10', 'mug -cup', '(tag:a OR tag:b) (tag:c OR tag:d)', 'vendor:a,b -vendor:b', 'price:>10 inventory_quantity:<5', 'option.Size:M option.size:L', 'status:active', 'cost:<0.5', 'margin:>20', '-cost:* OR cost:<5'])(
    'says nothing about %j', (text) => {
      expect(ofSelector(text)).toEqual([]);
    },
  );

  it('has an empty list told as such', () => {
    const steps = [percent('-15')];
    expect(findings({ selector: { field: 'product.vendor', op: 'in', value: [] }, transform: { steps } })).toEqual(['contradiction empty_list /selector']);
    expect(findings({ selector: { all: [{ field: 'product.tags', op: 'isSet' }, { field: 'product.vendor', op: 'notIn', value: [] }] }, transform: { steps } })).toEqual(['warning empty_list /selector/all/1']);
  });
});

describe('steps', () => {
  it.each<[string, Transform, string[]]>([
    ['of no size', { steps: [percent('0'), { type: 'amount', value: '0.00' }, { type: 'multiply', value: '1.0' }, percent('-5')] }, ['/0', '/1', '/2'].map((i) => `warning step_without_effect /transform/steps${i}`)],
    ['before one that sets', { steps: [percent('-10'), { type: 'set', value: '9.99' }] }, ['warning step_replaced /transform/steps/0']],
    ['before one that asks for a margin', { steps: [percent('-10'), { type: 'margin', value: '40' }] }, ['warning step_replaced /transform/steps/0']],
    ['that nearly give away', { steps: [percent('-95')] }, ['warning extreme_step /transform/steps/0']],
    ['that make it ten times as much', { steps: [percent('900')] }, ['warning extreme_step /transform/steps/0']],
    ['that take 85 % where 15 was meant', { steps: [{ type: 'multiply', value: '0.15' }] }, ['warning extreme_step /transform/steps/0']],
    ['that leave a quarter', { steps: [percent('-75')] }, []],
    ['that make it a tenth', { steps: [{ type: 'multiply', value: '0.1' }] }, ['warning extreme_step /transform/steps/0']],
    ['whose factor was meant as percent', { steps: [{ type: 'multiply', value: '85' }] }, ['warning extreme_step /transform/steps/0']],
    ['with a margin that hardly anything has', { steps: [{ type: 'margin', value: '95' }] }, ['warning extreme_step /transform/steps/0']],
    ['whose percent was meant as fraction', { steps: [percent('-0.15')] }, ['warning fraction_as_percent /transform/steps/0']],
    ['that are extreme only together', { steps: [percent('-70'), percent('-70')] }, ['warning extreme_total /transform/steps']],
    ['that give nothing but zero', { steps: [{ type: 'set', value: '0' }] }, ['contradiction never_a_price /transform/steps']],
    ['that give only negative prices', { steps: [{ type: 'multiply', value: '-1' }] }, ['contradiction never_a_price /transform/steps', 'warning extreme_step /transform/steps/0']],
    ['that need no base', { base: 'cost', steps: [{ type: 'set', value: '5' }] }, ['hint base_unused /transform/base']],
    ['none at all', {}, ['warning rule_without_effect /transform']],
    ['only ones of no size', { steps: [percent('0')], bounds: { respectMap: false } }, ['warning step_without_effect /transform/steps/0', 'warning rule_without_effect /transform']],
  ])('%s', (_, transform, expected) => {
    expect(ofTransform(transform)).toEqual(expected);
  });

  const blank: Selector = { all: [{ field: 'variant.cost', op: 'isNotSet' }, { field: 'product.tags', op: 'contains', value: 'new' }] };
  it.each<[string, Transform, string]>([
    ['a margin', { steps: [{ type: 'margin', value: '40' }] }, '/transform/steps/0'],
    ['the cost to start from', { base: 'cost', steps: [percent('60')] }, '/transform/base'],
    ['a smallest margin', { steps: [percent('-5')], bounds: { minMarginPercent: '10' } }, '/transform/bounds/minMarginPercent'],
  ])('that need %s of variants without cost', (_, transform, pointer) => {
    expect(ofTransform(transform, blank)).toContain(`contradiction value_always_missing ${pointer}`);
    expect(ofTransform(transform, { any: [blank, { field: 'product.vendor', op: 'eq', value: 'Acme' }] }).filter((finding) => finding.includes('value_always_missing'))).toEqual([]);
  });

  it('that set one price for the whole shop', () => {
    expect(ofTransform({ steps: [{ type: 'set', value: '9.99' }] }, { all: [] })).toEqual(['warning same_price_for_everything /transform/steps/0']);
  });
});

describe('limits', () => {
  const steps = [percent('-15')];
  it.each<[string, Transform, string[], Selector?]>([
    ['that exclude each other', { steps, bounds: { floor: '10', ceiling: '5' } }, ['contradiction limits_exclude_each_other /transform/bounds/floor']],
    ['that exclude each other only once rounded', { steps, bounds: { floor: '5.001', ceiling: '5.009' } }, ['contradiction limits_exclude_each_other /transform/bounds/floor']],
    ['of percent that exclude each other', { steps: [{ type: 'amount', value: '1' }], bounds: { maxDecreasePercent: '-10', maxIncreasePercent: '5' } }, ['contradiction limits_exclude_each_other /transform/bounds/maxDecreasePercent', 'warning limit_forces_change /transform/bounds/maxDecreasePercent']],
    ['that leave no price', { steps, bounds: { ceiling: '0' } }, ['contradiction limit_not_positive /transform/bounds/ceiling']],
    ['that no price is below', { steps, bounds: { floor: '0', maxDecreasePercent: '100' } }, ['hint limit_without_effect /transform/bounds/floor', 'hint limit_without_effect /transform/bounds/maxDecreasePercent']],
    ['that hold every price', { steps: [{ type: 'amount', value: '-1' }], bounds: { maxDecreasePercent: '0', maxIncreasePercent: '0' } }, ['warning price_cannot_move /transform/bounds/maxDecreasePercent']],
    ['that always decide', { steps: [percent('-50')], bounds: { maxDecreasePercent: '30' } }, ['warning limit_always_decides /transform/bounds/maxDecreasePercent']],
    ['that always block', { steps: [percent('-50')], bounds: { maxDecreasePercent: '30', onViolation: 'block' } }, ['contradiction always_blocked /transform/bounds/maxDecreasePercent']],
    ['above what is set', { steps: [{ type: 'set', value: '5' }], bounds: { floor: '6' } }, ['warning limit_always_decides /transform/bounds/floor']],
    ['above what the selected prices become', { steps, bounds: { floor: '90' } }, ['warning limit_always_decides /transform/bounds/floor'], { field: 'variant.price', op: 'between', value: ['10', '100'] }],
    ['below what the selected prices become', { steps, bounds: { floor: '5', ceiling: '100' }, rounding: { type: 'ending', ending: '0.99', every: '1.00' } }, ['hint limit_never_reached /transform/bounds/floor', 'hint limit_never_reached /transform/bounds/ceiling'], { field: 'variant.price', op: 'between', value: ['10', '100'] }],
    ['that the steps never come to', { steps, bounds: { maxDecreasePercent: '30' } }, ['hint limit_never_reached /transform/bounds/maxDecreasePercent']],
    ['that block a price of a few cents, because they are rounded inwards', { steps, bounds: { maxDecreasePercent: '30', onViolation: 'block' } }, []],
    ['that block and are never come to', { steps, bounds: { maxDecreasePercent: '30', onViolation: 'block' } }, ['hint limit_never_reached /transform/bounds/maxDecreasePercent'], { field: 'variant.price', op: 'gt', value: '1' }],
    ['that block a margin of exactly as much, where it is a fraction of a cent', { steps: [{ type: 'margin', value: '10' }], bounds: { minMarginPercent: '10', onViolation: 'block' } }, []],
    ['of a margin larger than the one asked for', { steps: [{ type: 'margin', value: '20' }], bounds: { minMarginPercent: '30' } }, ['warning limit_always_decides /transform/bounds/minMarginPercent']],
    ['written as fractions', { steps: [{ type: 'amount', value: '-1' }], bounds: { maxDecreasePercent: '0.3' } }, ['warning fraction_as_percent /transform/bounds/maxDecreasePercent']],
    ['of a margin that hardly anything has', { steps, bounds: { minMarginPercent: '92' } }, ['warning extreme_limit /transform/bounds/minMarginPercent']],
    ['of which there is none', { steps, bounds: { onViolation: 'block' } }, ['hint violation_without_limit /transform/bounds/onViolation']],
  ])('%s', (_, transform, expected, selector) => {
    expect(ofTransform(transform, selector)).toEqual(expected);
  });

  it('are compared in the decimals of the currency', () => {
    const transform: Transform = { steps, bounds: { floor: '5.2', ceiling: '5.8' } };
    expect(ofTransform(transform, undefined, 'USD')).toEqual([]);
    expect(ofTransform(transform, undefined, 'JPY')).toEqual(['contradiction limits_exclude_each_other /transform/bounds/floor']);
  });
});

describe('what comes after the steps', () => {
  const steps = [percent('-15')];
  it.each<[string, Transform, string[], Selector?]>([
    ['rounding that fits no price', { steps, bounds: { floor: '10.20', ceiling: '10.80' }, rounding: { type: 'ending', ending: '0.99', every: '1.00' } }, ['contradiction rounding_never_fits /transform/rounding']],
    ['rounding whose first price is too high', { steps, bounds: { ceiling: '50' }, rounding: { type: 'ending', ending: '99.00', every: '100.00' } }, ['contradiction rounding_never_fits /transform/rounding']],
    ['rounding to the smallest price', { steps, rounding: { type: 'increment', increment: '0.01' } }, ['hint rounding_without_effect /transform/rounding']],
    ['rounding coarser than the prices', { steps, rounding: { type: 'increment', increment: '100' } }, ['warning rounding_coarser_than_prices /transform/rounding'], { field: 'variant.price', op: 'lt', value: '50' }],
    ['a compare-at price below the floor', { steps, bounds: { floor: '10' }, compareAt: { mode: 'set', value: '9.99' } }, ['warning compare_at_never_above /transform/compareAt/value']],
    ['a compare-at price below what is set', { steps: [{ type: 'set', value: '20' }], compareAt: { mode: 'set', value: '15' } }, ['warning compare_at_never_above /transform/compareAt/value']],
    ['a sale that is none', { steps: [percent('15')], compareAt: { mode: 'sale' } }, ['warning sale_without_reduction /transform/compareAt']],
    ['a sale', { steps, compareAt: { mode: 'sale' } }, []],
    ['zero allowed without need', { steps, allowZero: true }, ['hint allow_zero_without_need /transform/allowZero']],
    ['zero allowed above a floor', { steps: [{ type: 'set', value: '0' }], bounds: { floor: '1' }, allowZero: true }, ['warning limit_always_decides /transform/bounds/floor', 'hint allow_zero_without_need /transform/allowZero']],
    ['zero allowed where it is meant', { steps: [{ type: 'set', value: '0' }], allowZero: true }, []],
  ])('%s', (_, transform, expected, selector) => {
    expect(ofTransform(transform, selector)).toEqual(expected);
  });
});

describe('when it runs', () => {
  const rule: Rule = { selector: { field: 'product.tags', op: 'contains', value: 'x' }, transform: { steps: [percent('-15')] } };
  const schedule = (startAt: string, endAt: string | null) => ({ startAt, endAt, timeZone: 'Europe/Berlin' });

  it('is told where it is over or has begun', () => {
    expect(findings({ ...rule, schedule: schedule('2026-11-01T00:00:00', '2026-11-22T13:00:00') })).toEqual(['warning schedule_past /schedule/endAt']);
    expect(findings({ ...rule, schedule: schedule('2026-11-01T00:00:00', '2026-11-22T13:00:01') })).toEqual(['hint schedule_started /schedule/startAt']);
    expect(findings({ ...rule, schedule: schedule('2026-12-01T00:00:00', null) })).toEqual([]);
    expect(lintRule({ ...rule, schedule: schedule('2020-01-01T00:00:00', '2020-01-02T00:00:00') }, 'USD', null)).toEqual([]);
  });

  it('needs an end for a priority to mean something', () => {
    expect(findings({ ...rule, priority: 10 })).toEqual(['hint priority_without_end /priority']);
    expect(findings({ ...rule, priority: 10, schedule: schedule('2026-12-01T00:00:00', '2026-12-08T00:00:00') })).toEqual([]);
    expect(findings({ ...rule, priority: 0 })).toEqual([]);
  });
});

describe('a usual rule', () => {
  it('has hardly anything to be told', () => {
    expect(findings({
      name: 'Summer sale',
      selector: { all: [{ field: 'product.tags', op: 'contains', value: 'summer' }, { field: 'variant.price', op: 'between', value: ['10.00', '100.00'] }, { not: { field: 'product.vendor', op: 'in', value: ['Acme'] } }] },
      transform: { base: 'price', steps: [percent('-15')], bounds: { floor: '5.00', minMarginPercent: '20', maxDecreasePercent: '30', onViolation: 'clamp' }, rounding: { type: 'ending', ending: '0.99', every: '1.00', direction: 'nearest' }, compareAt: { mode: 'sale' } },
      schedule: { startAt: '2026-12-01T00:00:00', endAt: '2026-12-08T00:00:00', timeZone: 'Europe/Berlin' }, priority: 10,
    }).filter((one) => !one.startsWith('hint'))).toEqual([]);
  });

  it('is told with sentences and with what to do', () => {
    const rule: Rule = { selector: { all: [{ field: 'variant.price', op: 'gt', value: '10' }, { field: 'variant.price', op: 'lt', value: '5' }] }, transform: { steps: [percent('-0.15')] } };
    expect(lintRule(rule, 'USD', NOW)).toEqual([
      { code: 'selects_nothing', severity: 'contradiction', pointer: '/selector/all/1', message: '“price:<5” and “price:>10” are never true together, so no variant is selected.', advice: 'Correct one of the two, or put them into a group where any may be true.' },
      { code: 'fraction_as_percent', severity: 'warning', pointer: '/transform/steps/0', message: '-0.15 % is less than one percent.', advice: 'Percentages are written as such: write -15 if -15 % was meant.' },
    ]);
  });
});
