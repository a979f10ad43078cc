import type { CurrencyCode } from '../kernel/currency.ts';
import { formatExact, formatMinorUnits } from '../kernel/money.ts';
import { type Rational, compareRational, roundHalfAwayFromZero } from '../kernel/rational.ts';
import { compileRange } from './bounds.ts';
import { compileCompareAt } from './compare-at.ts';
import { type Amount, type Facts, toRational } from './facts.ts';
import { BASES } from './fields.ts';
import { compileRounding } from './rounding.ts';
import type { Transform } from './rule.ts';
import { alongLine, lineOf } from './steps.ts';
import type { TraceStep } from './trace.ts';
import { type BlockReason, NO_WARNINGS, type Verdict, warningsOf } from './verdict.ts';

/** Prices one selected row. With `record`, says there what it decides; the verdict then carries it as its trace. */
export type Price = (facts: Facts, record: TraceStep[] | null) => Verdict;

/**
 * Compiles a valid transform into exact arithmetic over bigint: no limit on size or decimals, and every step recorded.
 * RULES.md's steps 1 to 6, in its order. `transform-quick.ts` does the same with whole numbers for most rows.
 */
export function compileExactTransform(transform: Transform, currency: CurrencyCode): Price {
  const baseName = transform.base ?? 'price';
  const readBase = BASES[baseName];
  const steps = (transform.steps ?? []).map((step) => ({ ...lineOf(step, currency), type: step.type, by: step.value }));
  const rangeOf = compileRange(transform.bounds ?? {}, currency);
  const block = transform.bounds?.onViolation === 'block';
  const bounded = transform.bounds !== undefined;
  const round = compileRounding(transform.rounding, currency);
  const compareAtOf = compileCompareAt(transform.compareAt, currency);
  const allowZero = transform.allowZero === true;
  const exact = (value: Rational): string => formatExact(value, currency);
  const whole = (value: bigint | null): string | null => (value === null ? null : formatMinorUnits(value, currency));

  return (facts, record) => {
    const o = rationalOf(facts.price);
    const c = rationalOf(facts.compareAtPrice);
    const k = rationalOf(facts.cost);
    const blocked = (reason: BlockReason): Verdict => {
      record?.push({
        code: 'outcome', outcome: 'blocked', reason, price: null, compareAtPrice: null,
        wasPrice: o && exact(o), wasCompareAtPrice: c && exact(c),
      });
      return { outcome: 'blocked', reason, price: null, compareAtPrice: null, warnings: NO_WARNINGS, trace: record };
    };

    const base = rationalOf(readBase(facts));
    record?.push({ code: 'base', from: baseName, value: base && exact(base) });
    if (base === null || o === null) return blocked('base_missing');

    let v = base;
    for (const step of steps) {
      const x = step.ofCost ? k : v;
      if (x === null) return blocked('cost_missing');
      const to = alongLine(step, x);
      record?.push({ code: 'step', type: step.type, by: step.by, from: exact(v), to: exact(to), cost: step.ofCost ? exact(x) : null });
      v = to;
    }

    const range = rangeOf(facts, o, k, record);
    if (range === null) return blocked('cost_missing');
    const { lower, upper, lowerBy, upperBy } = range;
    const conflict = lower !== null && upper !== null && lower > upper;
    const from = v;
    const decided = conflict ? null : lower !== null && v.n < lower * v.d ? lowerBy : upper !== null && v.n > upper * v.d ? upperBy : null;
    const limit = decided === null ? null : decided === lowerBy ? lower : upper;
    if (limit !== null && !block) v = { n: limit, d: 1n };
    if (bounded) {
      record?.push({ code: 'bounds', lower: whole(lower), lowerBy, upper: whole(upper), upperBy, from: exact(from), to: exact(v), decided });
    }
    if (conflict) return blocked('bounds_conflict');
    if (decided !== null && block) return blocked('bound_violated');
    if (v.n < 0n) return blocked('negative_price');
    if (v.n === 0n && !allowZero) return blocked('zero_price');

    const p = round(v, range, record);
    if (p === null) return blocked('no_price_in_bounds');
    if (p === 0n && !allowZero) return blocked('zero_price');

    const a = compareAtOf(p, o, c, record);
    const compareAtNotAbove = a !== null && a.n <= p * a.d;
    const belowCost = k !== null && p * k.d < k.n;
    if (record !== null && compareAtNotAbove) record.push({ code: 'warning', warning: 'compare_at_not_above_price', price: formatMinorUnits(p, currency), other: exact(a) });
    if (record !== null && belowCost) record.push({ code: 'warning', warning: 'below_cost', price: formatMinorUnits(p, currency), other: exact(k) });

    const same = p * o.d === o.n && (a === null ? c === null : c !== null && compareRational(a, c) === 0);
    const outcome = same ? 'unchanged' : 'planned';
    const shown = a === null ? null : a.d === 1n ? a.n : roundHalfAwayFromZero(a.n, a.d);
    record?.push({
      code: 'outcome', outcome, reason: null, price: formatMinorUnits(p, currency), compareAtPrice: whole(shown), wasPrice: exact(o), wasCompareAtPrice: c && exact(c),
    });
    return { outcome, reason: null, price: p, compareAtPrice: shown, warnings: warningsOf(compareAtNotAbove, belowCost), trace: record };
  };
}

function rationalOf(amount: Amount | null): Rational | null {
  return amount === null ? null : toRational(amount);
}
