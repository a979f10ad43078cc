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
    // Texts are made once and handed on from step to step: making them is what a trace costs.
    let vText = record === null || base === null ? '' : exact(base);
    record?.push({ code: 'base', from: baseName, value: base && vText });
    if (base === null || o === null) return blocked('base_missing');

    let v = base;
    for (const step of steps) {
      const x = step.ofCost ? k : v;
      if (x === null) return blocked('cost_missing');
      v = alongLine(step, x);
      if (record !== null) {
        const to = exact(v);
        record.push({ code: 'step', type: step.type, by: step.by, from: vText, to, cost: step.ofCost ? exact(x) : null });
        vText = to;
      }
    }

    const range = rangeOf(facts, o, k, record);
    if (range === null) return blocked('cost_missing');
    const { lower, upper, lowerBy, upperBy, lowerText, upperText } = range;
    const conflict = lower !== null && upper !== null && lower > upper;
    const below = !conflict && lower !== null && v.n < lower * v.d;
    const above = !conflict && upper !== null && v.n > upper * v.d;
    const from = vText;
    if (!block && (below || above)) {
      v = { n: (below ? lower : upper) as bigint, d: 1n };
      vText = (below ? lowerText : upperText) ?? '';
    }
    if (bounded) {
      record?.push({ code: 'bounds', lower: lowerText, lowerBy, upper: upperText, upperBy, from, to: vText, decided: below ? lowerBy : above ? upperBy : null });
    }
    if (conflict) return blocked('bounds_conflict');
    if (block && (below || above)) return blocked('bound_violated');
    if (v.n < 0n) return blocked('negative_price');
    if (v.n === 0n && !allowZero) return blocked('zero_price');

    const p = round(v, vText, range, record);
    if (p === null) return blocked('no_price_in_bounds');
    if (p === 0n && !allowZero) return blocked('zero_price');

    const a = compareAtOf(p, o, c, record);
    const compareAtNotAbove = a !== null && a.n <= p * a.d;
    const belowCost = k !== null && p * k.d < k.n;
    const same = p * o.d === o.n && (a === null ? c === null : c !== null && compareRational(a, c) === 0);
    const outcome = same ? 'unchanged' : 'planned';
    const shown = a === null ? null : a.d === 1n ? a.n : roundHalfAwayFromZero(a.n, a.d);
    if (record !== null) {
      const price = formatMinorUnits(p, currency);
      if (compareAtNotAbove) record.push({ code: 'warning', warning: 'compare_at_not_above_price', price, other: exact(a) });
      if (belowCost) record.push({ code: 'warning', warning: 'below_cost', price, other: exact(k) });
      record.push({ code: 'outcome', outcome, reason: null, price, compareAtPrice: whole(shown), wasPrice: exact(o), wasCompareAtPrice: c && exact(c) });
    }
    return { outcome, reason: null, price: p, compareAtPrice: shown, warnings: warningsOf(compareAtNotAbove, belowCost), trace: record };
  };
}

function rationalOf(amount: Amount | null): Rational | null {
  return amount === null ? null : toRational(amount);
}
