import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CURRENCY_CODES, decimalsOf, isCurrencyCode } from './currency.ts';
import { formatExact, formatMinorUnits, formatNumber, formatRounded, inMinorUnits, parseDecimal, parseExact, parseMoney } from './money.ts';
import { ceilDivide, compareRational, floorDivide, rational, reduce, roundHalfAwayFromZero } from './rational.ts';

describe('currencies', () => {
  it('have the decimals of ISO 4217, not those of CLDR', () => {
    expect([decimalsOf('USD'), decimalsOf('JPY'), decimalsOf('KWD'), decimalsOf('HUF'), decimalsOf('IQD'), decimalsOf('CLF'), decimalsOf('ISK')]).toEqual([2, 0, 3, 2, 3, 4, 0]);
    expect(CURRENCY_CODES.length).toBeGreaterThan(160);
    for (const code of CURRENCY_CODES) expect(code).toMatch(/^[A-Z]{3}$/);
  });

  it('are known by their upper-case code only', () => {
    expect(isCurrencyCode('USD')).toBe(true);
    for (const other of ['usd', 'XXX', '', 'toString', null, 840]) expect(isCurrencyCode(other)).toBe(false);
  });
});

describe('decimal strings', () => {
  it.each(['12.50', '-15', '0', '-0', '007.5', '0.000001'])('%s is one', (text) => {
    expect(parseDecimal(text)).not.toBeNull();
  });
  it.each(['', ' 1', '1 ', '+1', '.5', '5.', '1e3', '1,5', '1_000', '0x10', 'NaN', '--1', '١', '1\n', '1'.repeat(41)])('%j is none', (text) => {
    expect(parseDecimal(text)).toBeNull();
  });

  it('become whole minor units where the currency can express them', () => {
    expect(parseMoney('12.50', 'USD')).toEqual({ ok: true, value: 1250n });
    expect(parseMoney('1880.00', 'JPY')).toEqual({ ok: true, value: 1880n });
    expect(parseMoney('1.234', 'KWD')).toEqual({ ok: true, value: 1234n });
    expect(parseMoney('1.005', 'USD')).toMatchObject({ ok: false, error: { kind: 'invalid', code: 'too_many_decimals' } });
    expect(parseMoney('1e5', 'USD')).toMatchObject({ ok: false, error: { code: 'malformed_amount' } });
  });

  it('survive a round trip in every currency', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CURRENCY_CODES), fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), (currency, minor) => {
        expect(parseMoney(formatMinorUnits(minor, currency), currency)).toEqual({ ok: true, value: minor });
      }),
    );
  });

  it('are shown with exactly the decimals of the currency', () => {
    expect(formatMinorUnits(5n, 'USD')).toBe('0.05');
    expect(formatMinorUnits(-5, 'USD')).toBe('-0.05');
    expect(formatMinorUnits(5n, 'JPY')).toBe('5');
    expect(formatMinorUnits(0n, 'KWD')).toBe('0.000');
    expect(formatRounded({ n: 19995n, d: 10n }, 'USD')).toBe('20.00');
  });
});

describe('exact text', () => {
  it('loses nothing: decimals where they end, a fraction where they do not', () => {
    expect(formatExact({ n: 204000n, d: 100n }, 'USD')).toBe('20.40');
    expect(formatExact({ n: 19995n, d: 10n }, 'USD')).toBe('19.995');
    expect(formatExact({ n: 9500n, d: 9n }, 'USD')).toBe('95/9');
    expect(formatExact({ n: -1n, d: 3n }, 'JPY')).toBe('-1/3');
    expect(formatNumber({ n: 5n, d: 10n })).toBe('0.5');
  });

  it('reads back as the same value in every currency', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CURRENCY_CODES), fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.bigInt({ min: 1n, max: 10n ** 12n }), (currency, n, d) => {
        const back = parseExact(formatExact({ n, d }, currency));
        expect(back && compareRational(inMinorUnits(back, currency), { n, d })).toBe(0);
      }),
    );
  });
});

describe('rounding', () => {
  it('takes a half away from zero', () => {
    const rounded = ([[5n, 2n], [-5n, 2n], [1n, 2n], [-1n, 2n], [49n, 100n], [-49n, 100n], [0n, 7n]] as const).map(([n, d]) => roundHalfAwayFromZero(n, d));
    expect(rounded).toEqual([3n, -3n, 1n, -1n, 0n, 0n, 0n]);
  });

  it('floor and ceil enclose the value, half a unit at most lies between it and the nearest', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt({ min: 1n, max: 10n ** 20n }), (n, d) => {
        const [down, up, nearest] = [floorDivide(n, d), ceilDivide(n, d), roundHalfAwayFromZero(n, d)];
        expect(down * d <= n && n < (down + 1n) * d).toBe(true);
        expect(up * d >= n && n > (up - 1n) * d).toBe(true);
        const off = 2n * (nearest * d - n);
        expect(off <= d && -off <= d).toBe(true);
      }),
    );
  });

  it('keeps the sign in the numerator and compares across denominators', () => {
    expect(rational(1n, -2n)).toEqual({ n: -1n, d: 2n });
    expect(() => rational(1n, 0n)).toThrow(RangeError);
    expect(compareRational({ n: 1n, d: 3n }, { n: 33n, d: 100n })).toBe(1);
    expect(reduce({ n: -6n, d: 4n })).toEqual({ n: -3n, d: 2n });
    expect(reduce({ n: 0n, d: 4n })).toEqual({ n: 0n, d: 1n });
  });
});
