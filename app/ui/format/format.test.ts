import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatQuantity } from './count.ts';
import { compareDecimals, formatMargin, formatMoney, formatPercent, formatSignedPercent, percentChange } from './money.ts';
import { formatDate, formatDateTime, formatDuration, localTimes, startOfDay } from './time.ts';

describe('money', () => {
  it('is written with the decimals of its own text', () => {
    expect(formatMoney({ amount: '1234.50', currencyCode: 'USD' })).toBe('$1,234.50');
    expect(formatMoney({ amount: '1880', currencyCode: 'JPY' })).toBe('¥1,880');
    expect(formatMoney({ amount: '1.250', currencyCode: 'KWD' })).toBe('KWD\u00a01.250');
  });

  it('keeps every digit of amounts that a float cannot hold', () => {
    expect(formatMoney({ amount: '90071992547409931.23', currencyCode: 'USD' })).toBe('$90,071,992,547,409,931.23');
  });

  it('compares decimal strings of different lengths by value', () => {
    expect(compareDecimals('10', '10.00')).toBe(0);
    expect(compareDecimals('9.99', '10')).toBe(-1);
    expect(compareDecimals('-1.5', '-2')).toBe(1);
  });

  it('gives the change in percent, half away from zero, and none from zero', () => {
    expect(percentChange('24.00', '20.40')).toBe('-15.0');
    expect(percentChange('24.00', '19.99')).toBe('-16.7');
    expect(percentChange('10', '10.005')).toBe('0.1');
    expect(percentChange('0.00', '5.00')).toBeNull();
  });

  it('gives a change of the same sign as the difference for any two prices', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), fc.integer({ min: 0, max: 10_000_000 }), (from, to) => {
        const percent = percentChange(String(from), String(to));
        const expected = ((to - from) / from) * 100;
        expect(Math.abs(Number(percent) - expected)).toBeLessThanOrEqual(0.0500001);
      }),
    );
  });

  it('writes signed percentages with a real minus and no trailing zero', () => {
    expect(['-15.0', '3.25', '0.0', '100', '-100'].map(formatSignedPercent)).toEqual(['−15%', '+3.25%', '0%', '+100%', '−100%']);
    expect(formatPercent('38.50')).toBe('38.5%');
    expect(formatPercent('100')).toBe('100%');
    expect(['57.97', '45', '-0.04', '-3.25'].map(formatMargin)).toEqual(['58.0%', '45.0%', '0.0%', '−3.3%']);
  });
});

describe('time', () => {
  it('is written in the shop’s time zone', () => {
    expect(formatDateTime('2026-11-22T23:30:00Z', 'Europe/Berlin')).toBe('23 Nov 2026, 00:30');
    expect(formatDate('2026-09-01T03:00:00Z', 'America/New_York')).toBe('31 Aug 2026');
  });

  it('replaces the UTC times of a message', () => {
    expect(localTimes('First recorded at 2026-11-22T13:24:30.894Z; choose a later time.', 'America/New_York')).toBe('First recorded at 22 Nov 2026, 08:24 (America/New_York); choose a later time.');
  });

  it('begins a day at the shop’s midnight, also on the days the clocks change', () => {
    expect(startOfDay('2026-11-22', 'Europe/Berlin')).toBe('2026-11-21T23:00:00.000Z');
    expect(startOfDay('2026-03-29', 'Europe/Berlin')).toBe('2026-03-28T23:00:00.000Z');
    expect(startOfDay('2026-03-29', 'Europe/Berlin', 1)).toBe('2026-03-29T22:00:00.000Z');
    expect(startOfDay('yesterday', 'UTC')).toBeNull();
  });

  it('gives lengths of time in words', () => {
    expect([12, 61, 7_300, 200_000].map(formatDuration)).toEqual(['less than a minute', '1 minute', '2 hours', '2 days']);
  });
});

describe('quantities', () => {
  it('agree in number', () => {
    expect(formatQuantity(1, 'price', 'prices')).toBe('1 price');
    expect(formatQuantity(12_345, 'price', 'prices')).toBe('12,345 prices');
  });
});
