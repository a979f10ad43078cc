import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnitsSold } from './units-sold.ts';

describe('units sold by variant', () => {
  it('are found for every variant that sold and for no other, in whatever order they are asked for', () => {
    const ref = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
    fc.assert(fc.property(fc.uniqueArray(ref, { maxLength: 80 }), fc.array(ref, { maxLength: 80 }), (refs, others) => {
      const sold = new UnitsSold(refs.length % 5);
      for (const one of [...refs].sort((a, b) => a - b)) sold.add(one, (one % 97) + 1);
      expect(sold.size).toBe(refs.length);
      for (const asked of [...refs, ...others]) expect(sold.of(BigInt(asked))).toBe(refs.includes(asked) ? (asked % 97) + 1 : null);
    }));
  });

  it('of a shop that sold nothing are not known', () => {
    expect(new UnitsSold(0).of(1n)).toBeNull();
  });

  it('must come in order', () => {
    const sold = new UnitsSold(2);
    sold.add(5, 1);
    expect(() => sold.add(5, 1)).toThrow(RangeError);
  });
});
