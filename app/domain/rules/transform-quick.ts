import type { CurrencyCode } from '../kernel/currency.ts';
import { inMinorUnits } from '../kernel/money.ts';
import { type Rational, ceilDivide, floorDivide, reduce } from '../kernel/rational.ts';
import { setCompareAt } from './compare-at.ts';
import { numberOf } from './conditions.ts';
import { type Facts, isSafe } from './facts.ts';
import { BASES } from './fields.ts';
import { gridOf } from './rounding.ts';
import type { Bounds, Transform } from './rule.ts';
import { composeLines, lineOf, onePlusPercent, overMargin } from './steps.ts';
import { type BlockReason, NO_WARNINGS, type Verdict, type WarningCode, warningsOf } from './verdict.ts';

/** What a selected row comes to, in numbers; the same object is filled for row after row. */
export interface QuickOutcome {
  outcome: 'planned' | 'unchanged' | 'blocked';
  reason: BlockReason | null;
  /** Minor units; of a blocked row they say nothing. */
  price: number;
  compareAtPrice: number | null;
  warnings: readonly WarningCode[];
}

/** Prices one selected row without trace into `out`; false where the row needs the exact way. */
export type QuickPrice = (facts: Facts, out: QuickOutcome) => boolean;

export function quickOutcome(): QuickOutcome {
  return { outcome: 'blocked', reason: null, price: 0, compareAtPrice: null, warnings: NO_WARNINGS };
}

/** The verdict of a filled outcome. */
export function verdictOf({ outcome, reason, price, compareAtPrice, warnings }: QuickOutcome): Verdict {
  if (outcome === 'blocked') return BLOCKED[reason!];
  return { outcome, reason: null, price: BigInt(price), compareAtPrice: compareAtPrice === null ? null : BigInt(compareAtPrice), warnings, trace: null };
}

const MAX = Number.MAX_SAFE_INTEGER;

/**
 * The same decisions as `transform-exact.ts` in whole numbers of minor units, about ten times as fast. It only answers
 * where every intermediate result is a safe integer, so that number arithmetic is exact; a catalog's rows are like that.
 * Null: the rule itself has numbers too large for it. A test compares both ways over random rules.
 */
export function compileQuickTransform(transform: Transform, currency: CurrencyCode): QuickPrice | null {
  const readBase = BASES[transform.base ?? 'price'];
  const line = composeLines((transform.steps ?? []).map((step) => lineOf(step, currency)));
  const needsCost = (transform.steps ?? []).some((step) => step.type === 'margin');
  const { ofCost } = line;
  const bounds = transform.bounds ?? {};
  const blocks = bounds.onViolation === 'block';
  const limits = limitsOf(bounds, currency);
  const grid = gridOf(transform.rounding, currency);
  const allowZero = transform.allowZero === true;
  const mode = transform.compareAt?.mode ?? 'keep';
  const setTo = transform.compareAt?.mode === 'set' ? setCompareAt(transform.compareAt.value, currency) : 0n;

  // v = (scale·x + offset) / d, over one denominator and in smallest terms.
  const scale = reduce(line.scale);
  const offset = reduce(line.offset);
  const common = scale.d * offset.d;
  const shared = divisor(divisor(scale.n * offset.d, offset.n * scale.d), common);
  const a = (scale.n * offset.d) / shared;
  const b = (offset.n * scale.d) / shared;
  const denominator = common / shared;
  const constants = [a, b, denominator, setTo, ...(grid === null ? [] : [grid.ending, grid.every])];
  if (limits === null || !constants.every(isSafe)) return null;
  const A = Number(a);
  const B = Number(b);
  const D = Number(denominator);
  const ending = grid === null ? 0 : Number(grid.ending);
  const every = grid === null ? 1 : Number(grid.every);
  const direction = grid?.direction ?? 'nearest';
  const gridStep = every * D;
  const gridStart = ending * D;
  if (gridStep > MAX || gridStart > MAX) return null;
  const first = ending === 0 ? 1 : 0;
  const compareAtSet = Number(setTo);

  return (facts, out) => {
    const o = facts.price;
    const base = readBase(facts);
    if (o === null || base === null) return block(out, 'base_missing');
    const c = facts.compareAtPrice;
    const k = facts.cost;
    if (typeof o !== 'number' || typeof base !== 'number' || (c !== null && typeof c !== 'number') || (k !== null && typeof k !== 'number')) return false;
    if (needsCost && k === null) return block(out, 'cost_missing');
    const x = ofCost ? (k as number) : base;
    const product = A * x;
    let v = product + B;
    if (!isExact(product) || !isExact(v)) return false;

    let lower = limits.floor;
    let upper = limits.ceiling;
    if (limits.marginN !== 0) {
      if (k === null) return block(out, 'cost_missing');
      const n = limits.marginN * k;
      if (!isExact(n)) return false;
      lower = Math.max(lower, ceil(n, limits.marginD));
    }
    if (limits.downD !== 0) {
      const n = limits.downN * o;
      if (!isExact(n)) return false;
      lower = Math.max(lower, ceil(n, limits.downD));
    }
    if (limits.map) {
      const map = facts.mapPrice;
      if (map !== null) {
        if (typeof map !== 'number') return false;
        lower = Math.max(lower, map);
      }
    }
    if (limits.upD !== 0) {
      const n = limits.upN * o;
      if (!isExact(n)) return false;
      upper = Math.min(upper, floor(n, limits.upD));
    }
    if (lower > upper) return block(out, 'bounds_conflict');
    // An infinite limit stays infinite; a finite one must be exact when scaled.
    const lowerScaled = lower * D;
    const upperScaled = upper * D;
    if ((lower !== -Infinity && !isExact(lowerScaled)) || (upper !== Infinity && !isExact(upperScaled))) return false;
    if (v < lowerScaled) {
      if (blocks) return block(out, 'bound_violated');
      v = lowerScaled;
    } else if (v > upperScaled) {
      if (blocks) return block(out, 'bound_violated');
      v = upperScaled;
    }
    if (v < 0) return block(out, 'negative_price');
    if (v === 0 && !allowZero) return block(out, 'zero_price');

    let p: number;
    if (grid === null) {
      p = floor(v, D);
      if (2 * (v - p * D) >= D) p++;
    } else {
      const least = lower === -Infinity ? first : Math.max(first, ceil(lower - ending, every));
      const most = upper === Infinity ? Infinity : floor(upper - ending, every);
      if (least > most) return block(out, 'no_price_in_bounds');
      const above = v - gridStart;
      const down = floor(above, gridStep);
      const rest = above - down * gridStep;
      const up = rest === 0 ? down : down + 1;
      const chosen = direction === 'down' ? down : direction === 'up' ? up : 2 * rest <= gridStep ? down : up;
      // down and up are neighbours, so where the chosen one lies outside, the closest inside is the end of the range on its side.
      p = ending + Math.min(Math.max(chosen, least), most) * every;
      if (!isExact(p)) return false;
    }
    if (p === 0 && !allowZero) return block(out, 'zero_price');

    const compareAt = mode === 'keep' ? c : mode === 'sale' ? saleReference(p, o, c) : mode === 'set' ? compareAtSet : null;
    out.outcome = p === o && compareAt === c ? 'unchanged' : 'planned';
    out.reason = null;
    out.price = p;
    out.compareAtPrice = compareAt;
    out.warnings = warningsOf(compareAt !== null && compareAt <= p, k !== null && p < k);
    return true;
  };
}

function block(out: QuickOutcome, reason: BlockReason): true {
  out.outcome = 'blocked';
  out.reason = reason;
  out.warnings = NO_WARNINGS;
  return true;
}

function saleReference(p: number, o: number, c: number | null): number | null {
  const reference = c !== null && c > o ? c : o;
  return p < reference ? reference : null;
}

/** The limits as numbers: fixed ones rounded already, the others as fractions; a zero denominator is a limit not given. */
interface QuickLimits {
  readonly floor: number;
  readonly ceiling: number;
  readonly marginN: number;
  readonly marginD: number;
  readonly downN: number;
  readonly downD: number;
  readonly upN: number;
  readonly upD: number;
  readonly map: boolean;
}

function limitsOf(bounds: Bounds, currency: CurrencyCode): QuickLimits | null {
  const none = { n: 0n, d: 0n };
  const fraction = (text: string | undefined, make: (value: Rational) => Rational): Rational => (text === undefined ? none : reduce(make(numberOf(text))));
  const margin = fraction(bounds.minMarginPercent, overMargin);
  const down = fraction(bounds.maxDecreasePercent, (value) => onePlusPercent({ n: -value.n, d: value.d }));
  const up = fraction(bounds.maxIncreasePercent, onePlusPercent);
  const least = bounds.floor === undefined ? null : inMinorUnits(numberOf(bounds.floor), currency);
  const most = bounds.ceiling === undefined ? null : inMinorUnits(numberOf(bounds.ceiling), currency);
  const floorAt = least === null ? null : ceilDivide(least.n, least.d);
  const ceilingAt = most === null ? null : floorDivide(most.n, most.d);
  if (![margin.n, margin.d, down.n, down.d, up.n, up.d, floorAt ?? 0n, ceilingAt ?? 0n].every(isSafe)) return null;
  return {
    floor: floorAt === null ? -Infinity : Number(floorAt),
    ceiling: ceilingAt === null ? Infinity : Number(ceilingAt),
    marginN: Number(margin.n), marginD: Number(margin.d), downN: Number(down.n), downD: Number(down.d), upN: Number(up.n), upD: Number(up.d),
    map: bounds.respectMap === true,
  };
}

function blocked(reason: BlockReason): Verdict {
  return Object.freeze({ outcome: 'blocked', reason, price: null, compareAtPrice: null, warnings: NO_WARNINGS, trace: null });
}

const BLOCKED = {
  base_missing: blocked('base_missing'),
  cost_missing: blocked('cost_missing'),
  bounds_conflict: blocked('bounds_conflict'),
  bound_violated: blocked('bound_violated'),
  negative_price: blocked('negative_price'),
  zero_price: blocked('zero_price'),
  no_price_in_bounds: blocked('no_price_in_bounds'),
} as const satisfies Record<BlockReason, Verdict>;

function isExact(value: number): boolean {
  return value <= MAX && value >= -MAX;
}

/**
 * ⌊n/d⌋ for safe integers, d > 0. The quotient of doubles cannot round onto or across a whole number here: a quotient that
 * is not whole differs from the next whole one by at least 1/|n| of itself, and rounding moves it by at most 2^-53.
 */
function floor(n: number, d: number): number {
  return Math.floor(n / d);
}

function ceil(n: number, d: number): number {
  return -floor(-n, d);
}

function divisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
