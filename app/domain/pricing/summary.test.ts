import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SummaryCounter } from './summary.ts';

type Row = Parameters<SummaryCounter['add']>[0];
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
