import type { CurrencyCode } from '../kernel/currency.ts';
import { formatExact, formatMinorUnits, inMinorUnits } from '../kernel/money.ts';
import { type Rational, ceilDivide, floorDivide, roundHalfAwayFromZero } from '../kernel/rational.ts';
import type { Range } from './bounds.ts';
import { numberOf } from './conditions.ts';
import type { Rounding, RoundingDirection } from './rule.ts';
import type { Candidate, TraceStep } from './trace.ts';

/**
 * Rounds v (minor units, not negative, inside the range) to whole minor units; null: no candidate inside the range.
 * `text` is v as the trace writes it.
 */
export type Round = (v: Rational, text: string, range: Range, record: TraceStep[] | null) => bigint | null;

export interface Grid {
  /** Minor units; 0 ≤ ending < every. */
  readonly ending: bigint;
  readonly every: bigint;
  readonly direction: RoundingDirection;
}

/** The grid of an `ending` or `increment` rounding in minor units, null for `minorUnit`. */
export function gridOf(rounding: Rounding | undefined, currency: CurrencyCode): Grid | null {
  if (rounding === undefined || rounding.type === 'minorUnit') return null;
  const whole = (text: string): bigint => {
    const minor = inMinorUnits(numberOf(text), currency);
    return minor.n / minor.d;
  };
  const direction = rounding.direction ?? 'nearest';
  if (rounding.type === 'increment') return { ending: 0n, every: whole(rounding.increment), direction };
  const every = whole(rounding.every);
  // Prices equal to the ending modulo every: 1.99 every 1.00 is the same grid as 0.99 every 1.00.
  return { ending: whole(rounding.ending) % every, every, direction };
}

/** Compiles a valid rounding. */
export function compileRounding(rounding: Rounding | undefined, currency: CurrencyCode): Round {
  const grid = gridOf(rounding, currency);
  return grid === null ? roundToMinorUnit(currency) : roundToGrid(grid, currency);
}

function roundToMinorUnit(currency: CurrencyCode): Round {
  return (v, text, _range, record) => {
    // Both limits are whole minor units and v lies between them, so its nearest whole minor unit does too.
    const price = roundHalfAwayFromZero(v.n, v.d);
    record?.push({ code: 'minorUnit', from: text, to: formatMinorUnits(price, currency) });
    return price;
  };
}

function roundToGrid(grid: Grid, currency: CurrencyCode): Round {
  const { ending, every, direction } = grid;
  // Candidates are ending + k·every for k from `first` on: prices are positive, so a grid through zero starts one later.
  const first = ending === 0n ? 1n : 0n;
  const endingText = formatMinorUnits(ending, currency);
  const everyText = formatMinorUnits(every, currency);
  return (v, text, range, record) => {
    const least = range.lower === null ? first : largerOf(first, ceilDivide(range.lower - ending, every));
    const most = range.upper === null ? null : floorDivide(range.upper - ending, every);
    const empty = most !== null && least > most;
    const down = floorDivide(v.n - ending * v.d, every * v.d);
    const up = (ending + down * every) * v.d === v.n ? down : down + 1n;
    const inside = (k: bigint): boolean => k >= least && (most === null || k <= most);
    const chosen = direction === 'down' ? down : direction === 'up' ? up : nearer(v, down, up, grid);
    let k: bigint | null = null;
    if (!empty) k = inside(chosen) ? chosen : nearer(v, clamp(down, least, most), clamp(up, least, most), grid);
    const price = k === null ? null : ending + k * every;
    record?.push({
      code: 'grid', ending: endingText, every: everyText, direction,
      from: text, to: price === null ? null : formatMinorUnits(price, currency),
      lower: range.lowerText, upper: range.upperText,
      candidates: weighed(v, k !== null && k < down ? [k, down, up] : [down, up, k], first, inside, grid, currency),
    });
    return price;
  };
}

/** The one of two candidates (a ≤ b) that is closer to v; a tie goes to the lower. */
function nearer(v: Rational, a: bigint, b: bigint, { ending, every }: Grid): bigint {
  if (a === b) return a;
  return distance(v, ending + a * every) <= distance(v, ending + b * every) ? a : b;
}

/** |v − price|, scaled by v's denominator. */
function distance(v: Rational, price: bigint): bigint {
  const d = v.n - price * v.d;
  return d < 0n ? -d : d;
}

/** `ks` in ascending order, with repetitions. */
function weighed(v: Rational, ks: readonly (bigint | null)[], first: bigint, inside: (k: bigint) => boolean, grid: Grid, currency: CurrencyCode): Candidate[] {
  const candidates: Candidate[] = [];
  let last: bigint | null = null;
  for (const k of ks) {
    if (k === null || k < first || (last !== null && k <= last)) continue;
    const price = grid.ending + k * grid.every;
    candidates.push({ price: formatMinorUnits(price, currency), away: formatExact({ n: distance(v, price), d: v.d }, currency), inside: inside(k) });
    last = k;
  }
  return candidates;
}

function clamp(k: bigint, least: bigint, most: bigint | null): bigint {
  return k < least ? least : most !== null && k > most ? most : k;
}

function largerOf(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
