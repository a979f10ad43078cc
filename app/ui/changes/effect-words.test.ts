import type { ChangeSummary } from '@calibr/types';
import { describe, expect, it } from 'vitest';
import { binWords, coverageWords, distributionWords, freshnessWords, shareWords } from './effect-words.ts';

const usd = (amount: string) => ({ amount, currencyCode: 'USD' });
const summary = (more: Partial<ChangeSummary>): ChangeSummary => ({
  selected: 10, planned: 8, unchanged: 1, blocked: 1, byReason: {}, byWarning: {}, increases: 3, decreases: 5, compareAtOnly: 0,
  averageChangePercent: null, maxIncreasePercent: null, maxDecreasePercent: null, ...more,
});

describe('the effect in words', () => {
  it.each([[0, 8, '0%'], [8, 8, '100%'], [1, 1_000, 'under 1%'], [999, 1_000, 'over 99%'], [4, 7, '57%'], [0, 0, '0%']])('%s of %s is %s', (count, of, words) => {
    expect(shareWords(count, of)).toBe(words);
  });

  it.each([['-20', '-10', '−20 to −10%'], ['-5', '0', '−5 to 0%'], ['0', '0', 'price stays'], ['0', '5', '0 to +5%'], ['50', '100', '+50 to +100%'], ['100', null, 'over +100%']])('from %s to %s is "%s"', (from, to, words) => {
    expect(binWords({ from, to })).toBe(words);
  });

  it('says for how many rows sales and cost are known', () => {
    const atVolume = { before: usd('1.00'), after: usd('2.00'), of: 8, days: 30 };
    expect(coverageWords(summary({ costKnownFor: 8, revenueAtCurrentVolume: { ...atVolume, knownFor: 4 }, grossProfitAtCurrentVolume: { ...atVolume, knownFor: 3 } }))).toEqual([
      'Sales are known for 4 of 8 rows to change (50%), and cost as well for 3.', 'Cost is known for 8 of 8 rows to change (100%).']);
    expect(coverageWords(summary({}))).toEqual(['Sales are known for 0 of 8 rows to change (0%).', 'Cost is known for 0 of 8 rows to change (0%).']);
  });

  it('says how fresh sales are, and what they leave out', () => {
    const sales = { firstDay: '2026-10-24', lastDay: '2026-11-22', countedSince: '2026-11-12T08:00:00Z', latestOrderAt: '2026-11-22T10:05:00Z' };
    expect(freshnessWords(sales, 'Asia/Tokyo')).toEqual([
      'Orders from 24 Oct 2026 to 22 Nov 2026; the latest of them on 22 Nov 2026, 19:05.',
      'Orders are counted since 12 Nov 2026: days before that are incomplete, so real sales may be higher.',
      'Units are as ordered, in all markets; refunds and later cancellations are not taken off.']);
    expect(freshnessWords({ ...sales, countedSince: '2026-06-01T00:00:00Z' }, 'UTC')).toHaveLength(2);
  });

  it('tells the plot in one sentence', () => {
    expect(distributionWords({ bins: [{ from: '-10', to: '-5', rows: 3 }, { from: '0', to: '0', rows: 5 }], withoutPercent: 1 })).toBe('How much 9 prices change: most, 5, stay.');
    expect(distributionWords({ bins: [{ from: '-10', to: '-5', rows: 1 }], withoutPercent: 0 })).toBe('How much 1 price changes: most, 1, by −10 to −5%.');
  });
});
