import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CURRENCY_CODES } from '../../domain/kernel/currency.ts';
import { compareAtFrom, costFrom, currencyOf, priceFrom, toMoney } from './amounts.ts';

describe('amounts', () => {
  it('reads prices as Shopify writes them', () => {
    expect(priceFrom('12.50', 'USD')).toBe(1250n);
    expect(priceFrom('12.5', 'USD')).toBe(1250n);
    expect(priceFrom('1880', 'JPY')).toBe(1880n);
    expect(priceFrom('1880.0', 'JPY')).toBe(1880n);
    expect(priceFrom('1.234', 'KWD')).toBe(1234n);
    expect(compareAtFrom(null, 'USD')).toBeNull();
  });

  it.each([['12.505', 'USD'], ['18.8', 'JPY'], ['1e3', 'USD'], ['', 'USD'], [12.5, 'USD'], [null, 'USD']] as const)('refuses %j in %s as a price', (text, currency) => {
    expect(() => priceFrom(text, currency)).toThrow();
  });

  it('rounds a cost half away from zero and keeps a missing one missing', () => {
    expect(costFrom({ amount: '9.505', currencyCode: 'USD' }, 'USD')).toBe(951n);
    expect(costFrom({ amount: '-9.505', currencyCode: 'USD' }, 'USD')).toBe(-951n);
    expect(costFrom({ amount: '9.5049', currencyCode: 'USD' }, 'USD')).toBe(950n);
    expect(costFrom({ amount: '0.0', currencyCode: 'USD' }, 'USD')).toBe(0n);
    expect(costFrom(null, 'USD')).toBeNull();
  });

  it('refuses a cost in another currency', () => {
    expect(() => costFrom({ amount: '9.50', currencyCode: 'EUR' }, 'USD')).toThrow(/EUR/);
  });

  it('refuses a currency that it has no decimals for', () => {
    expect(() => currencyOf({ shopDomain: 'a.myshopify.com', currencyCode: 'XXX' })).toThrow(/XXX/);
  });

  it('reads back what it writes, in every currency', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CURRENCY_CODES), fc.bigInt({ min: 0n, max: 10n ** 12n }), (currency, minor) => {
        expect(priceFrom(toMoney(minor, currency), currency)).toBe(minor);
      }),
    );
  });
});
