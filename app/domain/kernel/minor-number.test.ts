import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minorNumber } from './minor-number.ts';

describe('minor units as a number', () => {
  it.each([0n, 1n, -1n, 4_294_967_295n, 4_294_967_296n, -4_294_967_296n, 9_007_199_254_740_991n, -9_007_199_254_740_991n, 9_223_372_036_854_775_807n, -9_223_372_036_854_775_808n])('%s is as Number says', (minor) => {
    expect(minorNumber(minor)).toBe(Number(minor));
  });

  it('is as Number says for anything of 64 bits', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (minor) => {
      expect(minorNumber(minor)).toBe(Number(minor));
    }));
  });
});
