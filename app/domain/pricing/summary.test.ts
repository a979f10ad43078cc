import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SalesWindow } from '../facts/sales-window.ts';
import { SummaryCounter } from './summary.ts';
import type { SummaryRow } from './summary.ts';

type Row = SummaryRow;
const row = (more: Partial<Row>): Row => ({ outcome: 'planned', reason: null, warnings: [], beforePrice: 1_000n, afterPrice: 900n, cost: null, ...more });
const summaryOf = (rows: readonly Row[]) => {
  const counter = new SummaryCounter();
  for (const one of rows) counter.add(one);
  return counter.summary();
};

describe('the summary of a plan', () => {
  it('of nothing has zeros for counts and blanks for what was not measured', () => {
    expect(summaryOf([])).toEqual({
      selected: 0, planned: 0, unchanged: 0, blocked: 0, byReason: {}, byWarning: {}, increases: 0, decreases: 0, compareAtOnly: 0, averageChangePercent: null,
      maxIncreasePercent: null, maxDecreasePercent: null, averageMarginPercentBefore: null, averageMarginPercentAfter: null, revenueAtCurrentVolume: null,
    });
  });

  it('counts, averages and extremes are of planned rows; reasons and warnings of all', () => {
    const summary = summaryOf([
      row({ cost: 500n }), row({ afterPrice: 1_250n, warnings: ['below_cost'] }), row({ afterPrice: 1_000n }), row({ outcome: 'unchanged', afterPrice: 1_000n }),
      row({ outcome: 'blocked', reason: 'cost_missing', afterPrice: null }), row({ outcome: 'blocked', reason: 'cost_missing', afterPrice: null }),
    ]);
    expect(summary).toMatchObject({
      selected: 6, planned: 3, unchanged: 1, blocked: 2, byReason: { cost_missing: 2 }, byWarning: { below_cost: 1 }, increases: 1, decreases: 1, compareAtOnly: 1,
      averageChangePercent: '5.00', maxIncreasePercent: '25.00', maxDecreasePercent: '10.00', averageMarginPercentBefore: '50.00', averageMarginPercentAfter: '44.44',
    });
  });

  it('a price of zero has no percentage', () => {
    expect(summaryOf([row({ beforePrice: 0n, afterPrice: 100n, cost: 50n })])).toMatchObject({ increases: 1, averageChangePercent: null, averageMarginPercentBefore: null });
  });

  it('rounds half away from zero, and never says minus nothing', () => {
    expect(summaryOf([row({ beforePrice: 100_000n, afterPrice: 99_995n })]).averageChangePercent).toBe('-0.01');
    expect(summaryOf([row({ beforePrice: 10_000_000n, afterPrice: 9_999_999n })]).averageChangePercent).toBe('0.00');
  });

  it('adds up, whatever the rows', () => {
    const any = fc.record({
      outcome: fc.constantFrom('planned', 'unchanged', 'blocked'), beforePrice: fc.bigInt({ min: 0n, max: 10n ** 18n }), after: fc.bigInt({ min: 0n, max: 10n ** 18n }),
      cost: fc.option(fc.bigInt({ min: 0n, max: 10n ** 18n })), warnings: fc.subarray(['below_cost', 'compare_at_not_above_price']),
    });
    fc.assert(fc.property(fc.array(any, { maxLength: 60 }), (rows) => {
      const summary = summaryOf(rows.map(({ outcome, beforePrice, after, cost, warnings }) =>
        ({ outcome: outcome as Row['outcome'], reason: outcome === 'blocked' ? 'base_missing' : null, warnings, beforePrice, afterPrice: outcome === 'blocked' ? null : after, cost })));
      expect(summary.planned + summary.unchanged + summary.blocked).toBe(summary.selected);
      expect(summary.increases + summary.decreases + summary.compareAtOnly).toBe(summary.planned);
      expect(Object.values(summary.byReason).reduce((a, b) => a + b, 0)).toBe(summary.blocked);
      for (const text of [summary.averageChangePercent, summary.maxIncreasePercent, summary.maxDecreasePercent]) expect(text ?? '0.00').toMatch(/^-?\d+\.\d\d$/);
    }));
  });
});

const WINDOW: SalesWindow = { firstDay: '2026-10-24', lastDay: '2026-11-22', countedSince: new Date('2026-11-01T08:00:00Z'), latestOrderAt: new Date('2026-11-22T10:00:00Z') };
const effectOf = (rows: readonly (readonly [Partial<Row>, number | null])[], sales: SalesWindow | null = WINDOW) => {
  const counter = new SummaryCounter({ currencyCode: 'USD', sales });
  for (const [more, units] of rows) counter.add(row(more), units);
  return counter.summary();
};
const usd = (amount: string) => ({ amount, currencyCode: 'USD' });

describe('the effect at current volume', () => {
  it('is price by units over the planned rows whose sales are known, and says how many those are', () => {
    const summary = effectOf([
      [{ beforePrice: 1_000n, afterPrice: 900n, cost: 400n }, 3], [{ beforePrice: 2_000n, afterPrice: 2_500n }, 2], [{ beforePrice: 500n, afterPrice: 400n, cost: 450n }, null],
      [{ outcome: 'unchanged', beforePrice: 1_000n, afterPrice: 1_000n }, 99], [{ outcome: 'blocked', reason: 'cost_missing', afterPrice: null }, 99],
    ]);
    expect(summary).toMatchObject({
      planned: 3, units: 5, costKnownFor: 2,
      revenueAtCurrentVolume: { before: usd('70.00'), after: usd('77.00'), difference: usd('7.00'), knownFor: 2, of: 3, days: 30 },
      grossProfitAtCurrentVolume: { before: usd('18.00'), after: usd('15.00'), difference: usd('-3.00'), knownFor: 1, of: 3, days: 30 },
      sales: { firstDay: '2026-10-24', lastDay: '2026-11-22', countedSince: '2026-11-01T08:00:00.000Z', latestOrderAt: '2026-11-22T10:00:00.000Z' },
    });
  });

  it('of rows without sales is not known, and not zero', () => {
    expect(effectOf([[{ cost: 1n }, null]])).toMatchObject({ units: null, revenueAtCurrentVolume: null, grossProfitAtCurrentVolume: null, costKnownFor: 1 });
    expect(effectOf([[{}, null]], null)).toMatchObject({ sales: null, units: null, revenueAtCurrentVolume: null });
  });

  it('may be a loss', () => {
    expect(effectOf([[{ beforePrice: 100n, afterPrice: 50n, cost: 80n }, 10]]).grossProfitAtCurrentVolume).toMatchObject({ before: usd('2.00'), after: usd('-3.00'), difference: usd('-5.00') });
  });

  it('is exact, however large units, amounts and sums are', () => {
    const amount = fc.oneof(fc.bigInt({ min: 0n, max: 10n ** 6n }), fc.bigInt({ min: 0n, max: 9n * 10n ** 18n }));
    const any = fc.tuple(amount, amount, fc.option(amount), fc.integer({ min: 1, max: 2 ** 31 }));
    fc.assert(fc.property(fc.array(any, { minLength: 1, maxLength: 40 }), (rows) => {
      const summary = effectOf(rows.map(([beforePrice, afterPrice, cost, units]) => [{ beforePrice, afterPrice, cost }, units]));
      const total = (of: (row: (typeof rows)[number]) => bigint): string => {
        const minor = rows.reduce((sum, one) => sum + of(one) * BigInt(one[3]), 0n);
        const digits = (minor < 0n ? -minor : minor).toString().padStart(3, '0');
        return `${minor < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
      };
      expect(summary.revenueAtCurrentVolume).toMatchObject({ before: usd(total(([b]) => b)), after: usd(total(([, a]) => a)), difference: usd(total(([b, a]) => a - b)) });
      if (rows.some(([, , cost]) => cost !== null)) {
        expect(summary.grossProfitAtCurrentVolume).toMatchObject({
          before: usd(total(([b, , k]) => (k === null ? 0n : b - k))), after: usd(total(([, a, k]) => (k === null ? 0n : a - k))) });
      }
    }));
  });
});

describe('the distribution', () => {
  const binOf = (beforePrice: bigint, afterPrice: bigint) => {
    const { bins, withoutPercent } = effectOf([[{ beforePrice, afterPrice }, null]]).distribution!;
    const found = bins.find(({ rows }) => rows > 0);
    return found ? `${found.from ?? ''}..${found.to ?? ''}` : `without ${withoutPercent}`;
  };

  it('runs from the largest fall to the largest rise, always in the same bins', () => {
    expect(effectOf([]).distribution!.bins.map(({ from, to }) => `${from}..${to}`)).toEqual([
      '-100..-50', '-50..-30', '-30..-20', '-20..-10', '-10..-5', '-5..0', '0..0', '0..5', '5..10', '10..20', '20..30', '30..50', '50..100', '100..null']);
  });

  it.each([
    [1_000n, 800n, '-20..-10'], [1_000n, 799n, '-30..-20'], [1_000n, 1_200n, '10..20'], [1_000n, 1_201n, '20..30'], [1_000n, 0n, '-100..-50'], [1_000n, 1_001n, '0..5'],
    [1_000n, 999n, '-5..0'], [1_000n, 1_000n, '0..0'], [100n, 200n, '50..100'], [100n, 201n, '100..'], [0n, 100n, 'without 1'], [0n, 0n, '0..0'],
    [3n * 10n ** 18n, 24n * 10n ** 17n, '-20..-10'], [3n * 10n ** 18n, 24n * 10n ** 17n - 1n, '-30..-20'], [9_007_199_254_740_993n, 9_007_199_254_740_992n, '-5..0'],
  ])('%s to %s is in %s', (before, after, bin) => {
    expect(binOf(before, after)).toBe(bin);
  });

  it('has every planned row once, and the biggest changes are the biggest, whatever the rows', () => {
    const amount = fc.oneof(fc.bigInt({ min: 0n, max: 5_000n }), fc.bigInt({ min: 0n, max: 9n * 10n ** 18n }));
    fc.assert(fc.property(fc.array(fc.tuple(amount, amount), { maxLength: 80 }), (rows) => {
      const summary = effectOf(rows.map(([beforePrice, afterPrice], index) => [{ id: String(index), sku: `S-${index}`, title: `T ${index}`, beforePrice, afterPrice }, null]));
      const { bins, withoutPercent } = summary.distribution!;
      const sum = (side: (from: string | null, to: string | null) => boolean): number => bins.filter(({ from, to }) => side(from, to)).reduce((all, bin) => all + bin.rows, 0);
      expect(sum(() => true) + withoutPercent).toBe(summary.planned);
      expect(summary.increases + summary.decreases + summary.compareAtOnly).toBe(summary.planned);
      expect(sum((from, to) => from === '0' && to === '0')).toBe(summary.compareAtOnly);
      expect(sum((from) => from!.startsWith('-'))).toBe(summary.decreases);
      const moves = rows.map(([b, a], index) => ({ index, change: b === 0n ? 0 : ((Number(a) - Number(b)) / Number(b)) * 10_000 }));
      const largest = (sign: 1 | -1) => moves.filter(({ change }) => change * sign > 0).sort((x, y) => (y.change - x.change) * sign || x.index - y.index).slice(0, 10).map(({ change }) => change);
      const found = (list: NonNullable<typeof summary.biggestIncreases>) => list.map(({ itemId }) => moves[Number(itemId)]!.change);
      expect(found(summary.biggestIncreases!)).toEqual(largest(1));
      expect(found(summary.biggestDecreases!)).toEqual(largest(-1));
    }));
  });
});

describe('the biggest changes', () => {
  it('are at most ten of each, largest first, the earlier of equal ones first', () => {
    const rows = Array.from({ length: 30 }, (_, n) => ({ id: `${n}`, sku: `S-${n}`, title: `Mug ${n}`, beforePrice: 1_000n, afterPrice: n % 2 ? 1_100n : 1_000n - BigInt(n) }));
    const summary = effectOf(rows.map((one) => [one, null]));
    expect(summary.biggestIncreases!.map(({ itemId }) => itemId)).toEqual(['1', '3', '5', '7', '9', '11', '13', '15', '17', '19']);
    expect(summary.biggestDecreases!.map(({ itemId }) => itemId)).toEqual(['28', '26', '24', '22', '20', '18', '16', '14', '12', '10']);
    expect(summary.biggestDecreases![0]).toEqual({ itemId: '28', sku: 'S-28', title: 'Mug 28', before: usd('10.00'), after: usd('9.72'), changePercent: '-2.80' });
  });
});
