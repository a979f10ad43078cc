import { describe, expect, it } from 'vitest';
import { evaluateItems } from './evaluate-items.ts';
import { resolveWallClock } from '../schedules/wall-clock.ts';
import { validateRule } from './validate.ts';

const everything = { all: [] };

function pointers(rule: unknown, currency: 'USD' | 'JPY' | 'KWD' = 'USD'): string[] {
  const result = validateRule(rule, currency);
  return result.ok ? [] : (result.error.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`);
}
const condition = (field: unknown, op: unknown, value?: unknown): unknown => ({ selector: { all: [{ field, op, value }] }, transform: {} });
const transform = (part: object): unknown => ({ selector: everything, transform: part });

describe('a rule that is not valid', () => {
  it('is told everything at once, each with its pointer', () => {
    const rule = {
      selector: { all: [{ field: 'product.colour', op: 'eq', value: 'x' }, { not: { field: 'product.tags', op: 'eq', value: 'x' } }, { field: 'variant.price', op: 'between', value: ['1', 2] }] },
      transform: { steps: [{ type: 'percent', value: -15 }, { type: 'margin', value: '100' }], bounds: { minMarginPercent: '100.0' }, bound: {} },
      color: 1,
    };
    expect(pointers(rule)).toEqual([
      '/color unknown_key', '/selector/all/0/field unknown_field', '/selector/all/1/not/op op_not_applicable', '/selector/all/2/value/1 wrong_type', '/transform/bound unknown_key',
      '/transform/steps/0/value wrong_type', '/transform/steps/1/value out_of_range', '/transform/bounds/minMarginPercent out_of_range',
    ]);
  });

  it.each<[string, unknown, string]>([
    ['no rule', null, ' wrong_type'],
    ['no selector', { transform: {} }, '/selector required'],
    ['no transform', { selector: everything }, '/transform required'],
    ['an empty selector', { selector: {}, transform: {} }, '/selector required'],
    ['a list that is none', { selector: { all: {} }, transform: {} }, '/selector/all wrong_type'],
    ['two forms at once', { selector: { all: [], any: [] }, transform: {} }, '/selector/any unknown_key'],
    ['an unknown op', condition('variant.price', 'is', '1'), '/selector/all/0/op unknown_op'],
    ['no op', condition('variant.price', undefined, '1'), '/selector/all/0/op required'],
    ['an option without name', condition('variant.options.', 'eq', 'x'), '/selector/all/0/field unknown_field'],
    ['money as number', condition('variant.price', 'gt', 5), '/selector/all/0/value wrong_type'],
    ['a percentage as number', condition('variant.marginPercent', 'gt', 5), '/selector/all/0/value wrong_type'],
    ['a scalar for in', condition('product.vendor', 'in', 'Acme'), '/selector/all/0/value wrong_value'],
    ['one value for between', condition('variant.price', 'between', ['1']), '/selector/all/0/value wrong_value'],
    ['contains on money', condition('variant.price', 'contains', '1'), '/selector/all/0/op op_not_applicable'],
    ['in on a time', condition('product.createdAt', 'in', []), '/selector/all/0/op op_not_applicable'],
    ['a time without offset', condition('product.createdAt', 'gt', '2026-01-01T00:00:00'), '/selector/all/0/value wrong_value'],
    ['a day that does not exist', condition('product.createdAt', 'gt', '2026-02-29'), '/selector/all/0/value wrong_value'],
    ['a value for isSet', condition('variant.cost', 'isSet', '1'), '/selector/all/0/value wrong_value'],
    ['an exponent', transform({ steps: [{ type: 'set', value: '1e3' }] }), '/transform/steps/0/value malformed_decimal'],
    ['a plus sign', transform({ steps: [{ type: 'set', value: '+1' }] }), '/transform/steps/0/value malformed_decimal'],
    ['space in a number', transform({ bounds: { floor: ' 1' } }), '/transform/bounds/floor malformed_decimal'],
    ['a blank limit', transform({ bounds: { floor: null } }), '/transform/bounds/floor wrong_type'],
    ['an unknown step', transform({ steps: [{ type: 'divide', value: '1' }] }), '/transform/steps/0/type wrong_value'],
    ['an unknown base', transform({ base: 'msrp' }), '/transform/base wrong_value'],
    ['a negative ending', transform({ rounding: { type: 'ending', ending: '-0.01', every: '1' } }), '/transform/rounding/ending out_of_range'],
    ['every of zero', transform({ rounding: { type: 'ending', ending: '0', every: '0.00' } }), '/transform/rounding/every out_of_range'],
    ['an increment finer than a cent', transform({ rounding: { type: 'increment', increment: '0.005' } }), '/transform/rounding/increment too_many_decimals'],
    ['set without value', transform({ compareAt: { mode: 'set' } }), '/transform/compareAt/value required'],
    ['keep with value', transform({ compareAt: { mode: 'keep', value: '1' } }), '/transform/compareAt/value unknown_key'],
    ['allowZero as text', transform({ allowZero: 'true' }), '/transform/allowZero wrong_type'],
    ['a priority with decimals', { selector: everything, transform: {}, priority: 1.5 }, '/priority wrong_type'],
    ['an unknown zone', { selector: everything, transform: {}, schedule: { startAt: '2026-12-01T00:00:00', timeZone: 'Europe/Atlantis' } }, '/schedule/timeZone unknown_time_zone'],
    ['an offset in a schedule', { selector: everything, transform: {}, schedule: { startAt: '2026-12-01T00:00:00Z', timeZone: 'UTC' } }, '/schedule/startAt wrong_value'],
    ['an end at the start', { selector: everything, transform: {}, schedule: { startAt: '2026-12-01T00:00:00', endAt: '2026-12-01T00:00', timeZone: 'UTC' } }, '/schedule/endAt end_not_after_start'],
    ['a schedule inside the hour that does not exist', { selector: everything, transform: {}, schedule: { startAt: '2026-03-29T02:10:00', endAt: '2026-03-29T02:50:00', timeZone: 'Europe/Berlin' } }, '/schedule/endAt end_not_after_start'],
  ])('%s', (_, rule, expected) => {
    expect(pointers(rule)).toEqual([expected]);
  });

  it('judges decimals of a grid by value and by currency', () => {
    expect(pointers(transform({ rounding: { type: 'ending', ending: '80.00', every: '100.00' } }), 'JPY')).toEqual([]);
    expect(pointers(transform({ rounding: { type: 'ending', ending: '0.99', every: '1' } }), 'JPY')).toEqual(['/transform/rounding/ending too_many_decimals']);
    expect(pointers(transform({ rounding: { type: 'increment', increment: '0.005' } }), 'KWD')).toEqual([]);
  });

  it('is refused when it is too deep or too large, without running out of stack', () => {
    let deep: unknown = everything;
    for (let i = 0; i < 5_000; i++) deep = { not: deep };
    expect(pointers({ selector: deep, transform: {} })[0]).toMatch(/too_deep$/);
    expect(pointers({ selector: { all: Array.from({ length: 6_000 }, () => everything) }, transform: {} })[0]).toMatch(/too_large$/);
  });
});

describe('a rule that the language allows is accepted', () => {
  it.each<[string, unknown]>([
    ['nothing but a selector and an empty transform', transform({})],
    ['an empty any', { selector: { any: [] }, transform: {} }],
    ['an empty list', condition('product.vendor', 'notIn', [])],
    ['floor above ceiling', transform({ bounds: { floor: '10', ceiling: '5' } })],
    ['counts as number or string', { selector: { all: [{ field: 'competitor.count', op: 'gte', value: 2 }, { field: 'variant.inventoryQuantity', op: 'in', value: ['1', 2] }] }, transform: {} }],
    ['limits finer than the currency', transform({ bounds: { floor: '5.001' }, steps: [{ type: 'set', value: '9.9999' }], compareAt: { mode: 'set', value: '9.999' } })],
    ['a schedule without end', { selector: everything, transform: {}, schedule: { startAt: '2026-12-01T00:00:00', timeZone: 'Europe/Berlin' }, priority: -3, name: 'x' }],
  ])('%s', (_, rule) => {
    expect(pointers(rule)).toEqual([]);
  });
});

describe('wall-clock times', () => {
  it('in a gap mean the first moment after it, and of two occurrences the first', () => {
    expect(resolveWallClock('2026-03-29T02:30:00', 'Europe/Berlin')).toBe(Date.parse('2026-03-29T01:00:00Z'));
    expect(resolveWallClock('2026-10-25T02:30:00', 'Europe/Berlin')).toBe(Date.parse('2026-10-25T00:30:00Z'));
    expect(resolveWallClock('2026-03-08T02:30', 'America/New_York')).toBe(Date.parse('2026-03-08T07:00:00Z'));
    expect(resolveWallClock('2026-11-01T01:30', 'America/New_York')).toBe(Date.parse('2026-11-01T05:30:00Z'));
    expect(resolveWallClock('2026-12-01T00:00:00', 'Europe/Berlin')).toBe(Date.parse('2026-11-30T23:00:00Z'));
    expect(resolveWallClock('2026-12-01T00:00:00', 'Pacific/Kiritimati')).toBe(Date.parse('2026-11-30T10:00:00Z'));
  });
});

describe('the body of an evaluate call', () => {
  const rule = { selector: everything, transform: {} };
  const errorsOf = (body: unknown): string[] => {
    const answer = evaluateItems(body);
    return answer.ok ? [] : [answer.error.code, ...(answer.error.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`)];
  };

  it('names the place of a fault in rule and items', () => {
    expect(errorsOf({ rule, currencyCode: 'USD', items: [{}, { variant: { price: 5 }, product: { tags: [1] } }] })).toEqual(['invalid_request', '/items/1/product/tags/0 wrong_type', '/items/1/variant/price wrong_type']);
    expect(errorsOf({ rule: { selector: { all: [{ field: 'x', op: 'eq' }] }, transform: {} }, currencyCode: 'USD', items: [] })).toEqual(['invalid_rule', '/rule/selector/all/0/field unknown_field']);
    expect(errorsOf({ rule, currencyCode: 'usd', items: [] })).toEqual(['invalid_request', '/currencyCode unknown_currency']);
    expect(errorsOf({ rule, currencyCode: 'USD' })).toEqual(['invalid_request', '/items required']);
    expect(errorsOf({ rule, currencyCode: 'USD', items: Array.from({ length: 1001 }, () => ({})) })).toEqual(['invalid_request', '/items too_large']);
    expect(errorsOf(null)).toEqual(['invalid_request', ' wrong_type']);
  });

  it('takes the money of resources, and options by flat keys', () => {
    const answer = evaluateItems({
      rule: { selector: { field: 'variant.options.Size', op: 'eq', value: 'm' }, transform: {} }, currencyCode: 'EUR',
      items: [{ variant: { id: 'x', price: { amount: '5.00', currencyCode: 'EUR' }, 'options.Size': 'M' } }],
    });
    expect(answer.ok && answer.value.results[0]).toMatchObject({ outcome: 'unchanged', price: '5.00', compareAtPrice: null, warnings: [] });
    expect(errorsOf({ rule, currencyCode: 'USD', items: [{ variant: { price: { amount: '5.00', currencyCode: 'EUR' } } }] })).toEqual(['invalid_request', '/items/0/variant/price/currencyCode wrong_currency']);
  });

  it('gives one result for each item, in order', () => {
    const answer = evaluateItems({ rule, currencyCode: 'USD', items: [{}, { variant: { price: '1.00' } }, { variant: { price: '0.00' } }] });
    expect(answer.ok && answer.value.results.map(({ outcome, reason }) => reason ?? outcome)).toEqual(['base_missing', 'unchanged', 'zero_price']);
  });
});
