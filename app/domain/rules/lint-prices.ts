import type { CurrencyCode } from '../kernel/currency.ts';
import { inMinorUnits } from '../kernel/money.ts';
import { type Rational, ceilDivide, compareRational, floorDivide, multiplyRational, addRational } from '../kernel/rational.ts';
import { numberOf } from './conditions.ts';
import { claimOf } from './lint-claims.ts';
import { type NumberSet, between, intersection } from './lint-intervals.ts';
import { gridOf, type Grid } from './rounding.ts';
import type { BaseName, Rule, Selector } from './rule.ts';
import { type Line, composeLines, lineOf } from './steps.ts';

/** From lowest to highest, in minor units; null is without end. */
export interface PriceRange {
  readonly low: Rational;
  readonly high: Rational | null;
}

/** What is known of a rule's prices before any row is seen, in minor units. Prices and costs are taken to be zero or more. */
export interface KnownPrices {
  readonly currency: CurrencyCode;
  /** O of the variants that are selected. */
  readonly current: PriceRange;
  readonly base: BaseName;
  /** All steps as one line on the base, or on the cost. */
  readonly line: Line;
  /** v after the steps; null where it may be anything. */
  readonly stepped: PriceRange | null;
  /** What the steps make of O, where they only multiply it (0.85 for 15 % off); null otherwise. */
  readonly factorOfPrice: Rational | null;
  /** As factorOfPrice, for the cost. */
  readonly factorOfCost: Rational | null;
  /** Floor and ceiling as they limit: in whole minor units. */
  readonly floor: bigint | null;
  readonly ceiling: bigint | null;
  readonly grid: Grid | null;
}

const ZERO: Rational = { n: 0n, d: 1n };

export function knownPrices(rule: Rule, currency: CurrencyCode): KnownPrices {
  const { transform } = rule;
  const minor = (text: string): Rational => inMinorUnits(numberOf(text), currency);
  const line = composeLines((transform.steps ?? []).map((step) => lineOf(step, currency)));
  const base = transform.base ?? 'price';
  const current = currentPrices(rule.selector, currency);
  const start: PriceRange = line.ofCost || base !== 'price' ? { low: ZERO, high: null } : current;
  const onlyScales = line.offset.n === 0n && line.scale.n > 0n;
  const { floor, ceiling } = transform.bounds ?? {};
  const low = floor === undefined ? null : minor(floor);
  const high = ceiling === undefined ? null : minor(ceiling);
  return {
    currency, current, base, line,
    stepped: along(line, start),
    factorOfPrice: onlyScales && !line.ofCost && base === 'price' ? line.scale : null,
    factorOfCost: onlyScales && (line.ofCost || base === 'cost') ? line.scale : null,
    floor: low && ceilDivide(low.n, low.d),
    ceiling: high && floorDivide(high.n, high.d),
    grid: gridOf(transform.rounding, currency),
  };
}

/** Negative only where every price is. */
function along({ scale, offset }: Line, { low, high }: PriceRange): PriceRange | null {
  const at = (x: Rational): Rational => addRational(multiplyRational(x, scale), offset);
  if (scale.n === 0n) return { low: offset, high: offset };
  if (scale.n > 0n) return { low: at(low), high: high && at(high) };
  return high === null ? null : { low: at(high), high: at(low) };
}

/** The highest that v can be; null where it has no limit. */
export function highestStepped({ line, stepped, current, base }: KnownPrices): Rational | null {
  if (stepped !== null) return stepped.high;
  const low = line.ofCost || base !== 'price' ? ZERO : current.low;
  return addRational(multiplyRational(low, line.scale), line.offset);
}

/** The prices that the conditions at the top of a selector leave. */
function currentPrices(selector: Selector, currency: CurrencyCode): PriceRange {
  let prices: NumberSet = between(ZERO, false, null, true);
  const open: Selector[] = [selector];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if ('all' in node) open.push(...node.all);
    else if ('field' in node && node.field === 'variant.price') {
      const claim = claimOf(node, false);
      if (claim.kind === 'number' && !claim.missing) prices = intersection(prices, claim.present);
    }
  }
  const low = prices[0]?.low ?? ZERO;
  const high = prices.at(-1)?.high ?? null;
  return { low: inMinorUnits(low, currency), high: high && inMinorUnits(high, currency) };
}

/** How far rounding can move a price from v, in minor units, the rounding of the limits included. */
export function roundingReach({ grid }: KnownPrices): Rational {
  return whole((grid?.every ?? 1n) + 1n);
}

export function subtract(a: Rational, b: Rational): Rational {
  return addRational(a, { n: -b.n, d: b.d });
}

export function isBelow(a: Rational, b: Rational): boolean {
  return compareRational(a, b) < 0;
}

export function whole(value: bigint): Rational {
  return { n: value, d: 1n };
}
