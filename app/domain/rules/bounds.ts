import type { CurrencyCode } from '../kernel/currency.ts';
import { formatExact, formatMinorUnits, inMinorUnits } from '../kernel/money.ts';
import { type Rational, ceilDivide, floorDivide, multiplyRational } from '../kernel/rational.ts';
import { numberOf } from './conditions.ts';
import { type Facts, toRational } from './facts.ts';
import type { Bounds } from './rule.ts';
import { onePlusPercent, overMargin } from './steps.ts';
import type { LimitName, TraceStep } from './trace.ts';

/** What the bounds of a rule come to for one row, in whole minor units; null where nothing limits that side. */
export interface Range {
  readonly lower: bigint | null;
  readonly lowerBy: LimitName | null;
  readonly upper: bigint | null;
  readonly upperBy: LimitName | null;
  /** Both limits as text for the trace; null without one. */
  readonly lowerText: string | null;
  readonly upperText: string | null;
}

/** Null: a limit needs the cost and there is none. */
export type RangeOf = (facts: Facts, price: Rational, cost: Rational | null, record: TraceStep[] | null) => Range | null;

/** One limit before rounding: null does not apply to this row, 'cost_missing' cannot be known. */
interface Limit {
  readonly name: LimitName;
  readonly side: 'lower' | 'upper';
  /** The percentage as the rule writes it. */
  readonly by: string | null;
  /** The price or cost that it is taken from, where it is. */
  readonly source: (facts: Facts, price: Rational, cost: Rational | null) => Rational | null | 'cost_missing';
  readonly factor: Rational | null;
}

/** Compiles the limits of a rule, in the order of RULES.md: where two are equal, the first is the one that decides. */
export function compileRange(bounds: Bounds, currency: CurrencyCode): RangeOf {
  const limits = limitsOf(bounds, currency);
  return (facts, price, cost, record) => {
    let lower: bigint | null = null;
    let upper: bigint | null = null;
    let lowerBy: LimitName | null = null;
    let upperBy: LimitName | null = null;
    let lowerText: string | null = null;
    let upperText: string | null = null;
    for (const limit of limits) {
      const source = limit.source(facts, price, cost);
      if (source === 'cost_missing') return null;
      if (source === null) continue;
      const exact = limit.factor === null ? source : multiplyRational(source, limit.factor);
      const lowerSide = limit.side === 'lower';
      const value = lowerSide ? ceilDivide(exact.n, exact.d) : floorDivide(exact.n, exact.d);
      const decides = lowerSide ? lower === null || value > lower : upper === null || value < upper;
      let text: string | null = null;
      if (record !== null) {
        text = formatMinorUnits(value, currency);
        record.push({
          code: 'limit', side: limit.side, name: limit.name, value: text, exact: value * exact.d === exact.n ? text : formatExact(exact, currency),
          by: limit.by, of: limit.factor === null ? null : formatExact(source, currency),
        });
      }
      if (!decides) continue;
      if (lowerSide) [lower, lowerBy, lowerText] = [value, limit.name, text];
      else [upper, upperBy, upperText] = [value, limit.name, text];
    }
    return { lower, lowerBy, upper, upperBy, lowerText, upperText };
  };
}

function limitsOf(bounds: Bounds, currency: CurrencyCode): Limit[] {
  const limits: Limit[] = [];
  const constant = (name: LimitName, side: 'lower' | 'upper', text: string): void => {
    const value = inMinorUnits(numberOf(text), currency);
    limits.push({ name, side, by: null, source: () => value, factor: null });
  };
  const ofPrice = (_: Facts, price: Rational): Rational => price;
  if (bounds.floor !== undefined) constant('floor', 'lower', bounds.floor);
  if (bounds.minMarginPercent !== undefined) {
    limits.push({
      name: 'minMarginPercent', side: 'lower', by: bounds.minMarginPercent, factor: overMargin(numberOf(bounds.minMarginPercent)),
      source: (_, __, cost) => cost ?? 'cost_missing',
    });
  }
  if (bounds.maxDecreasePercent !== undefined) {
    const down = numberOf(bounds.maxDecreasePercent);
    limits.push({ name: 'maxDecreasePercent', side: 'lower', by: bounds.maxDecreasePercent, factor: onePlusPercent({ n: -down.n, d: down.d }), source: ofPrice });
  }
  if (bounds.respectMap === true) {
    limits.push({ name: 'mapPrice', side: 'lower', by: null, factor: null, source: (facts) => (facts.mapPrice === null ? null : toRational(facts.mapPrice)) });
  }
  if (bounds.ceiling !== undefined) constant('ceiling', 'upper', bounds.ceiling);
  if (bounds.maxIncreasePercent !== undefined) {
    limits.push({ name: 'maxIncreasePercent', side: 'upper', by: bounds.maxIncreasePercent, factor: onePlusPercent(numberOf(bounds.maxIncreasePercent)), source: ofPrice });
  }
  return limits;
}
