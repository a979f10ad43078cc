import { describe, expect, it } from 'vitest';
import { limitWords, selectorInFull, selectorWords, transformWords } from './rule-words.ts';

describe('a rule in one line', () => {
  it('says which variants it chooses', () => {
    expect(selectorWords({ all: [] })).toBe('All variants');
    expect(selectorWords({ any: [] })).toBe('No variants');
    expect(selectorWords({ all: [{ field: 'product.tags', op: 'contains', value: 'summer' }, { field: 'variant.price', op: 'gt', value: '5' }] })).toBe(
      'Tags include summer and 1 more condition',
    );
    expect(selectorWords({ not: { field: 'product.vendor', op: 'in', value: ['A', 'B', 'C', 'D'] } })).toBe('Not: Vendor is one of A, B, C and 1 more');
    expect(selectorWords({ field: 'variant.price', op: 'between', value: ['10', '20'] })).toBe('Price is between 10 and 20');
  });

  it('says every condition and every limit where a plan is approved', () => {
    const [tag, price, vendor] = [{ field: 'product.tags', op: 'contains', value: 'summer' }, { field: 'variant.price', op: 'gt', value: '5' }, { field: 'product.vendor', op: 'eq', value: 'Acme' }];
    expect(selectorInFull({ all: [tag, { any: [price, vendor] }, { not: { all: [vendor] } }] })).toBe('Tags include summer and (Price is more than 5 or Vendor is Acme) and not (Vendor is Acme)');
    expect([selectorInFull({ all: [] }), selectorInFull({ all: [tag] }), selectorInFull(null)]).toEqual(['All variants', 'Tags include summer', 'Not given yet']);
    expect(limitWords({ bounds: { floor: '5.00', maxDecreasePercent: '30', onViolation: 'block' } })).toBe('Not below 5.00, falls by at most 30%; beyond that the price is left alone');
    expect(limitWords({ bounds: { onViolation: 'clamp' } })).toBeNull();
  });

  it('says what it does to a price', () => {
    expect(transformWords({ steps: [{ type: 'percent', value: '-15' }], rounding: { type: 'ending', ending: '0.99', every: '1.00' }, compareAt: { mode: 'sale' } })).toBe(
      '−15%; ends in 0.99; shown as a sale',
    );
    expect(transformWords({ base: 'cost', steps: [{ type: 'multiply', value: '2.2' }, { type: 'amount', value: '-1' }] })).toBe('Unit cost, then times 2.2, then −1');
    expect(transformWords({})).toBe('Price stays');
  });

  it('does not break on what is unfinished or misshapen', () => {
    for (const odd of [null, 5, 'x', [], { all: 5 }, { field: 3 }, { all: [null] }]) expect(selectorWords(odd)).toBeTypeOf('string');
    for (const odd of [null, 5, { steps: 'x' }, { steps: [null, { type: 'percent', value: 'x' }] }, { rounding: 5, compareAt: [] }]) expect(transformWords(odd)).toBeTypeOf('string');
  });
});
