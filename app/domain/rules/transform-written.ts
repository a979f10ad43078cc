import type { CurrencyCode } from '../kernel/currency.ts';
import { inMinorUnits } from '../kernel/money.ts';
import { type Rational, ceilDivide, floorDivide, reduce } from '../kernel/rational.ts';
import { amountText } from './amount-text.ts';
import { setCompareAt } from './compare-at.ts';
import { numberOf } from './conditions.ts';
import { type Facts, isSafe } from './facts.ts';
import { BASES } from './fields.ts';
import { gridOf } from './rounding.ts';
import type { Bounds, Transform } from './rule.ts';
import { lineOf, onePlusPercent, overMargin } from './steps.ts';
import type { LimitName } from './trace.ts';
import { type BlockReason, NO_WARNINGS, type Verdict, warningsOf } from './verdict.ts';

/** A verdict whose trace is text already: `[` + steps + outcome + `]` is what `encodeTrace` would write. */
export interface WrittenVerdict extends Verdict {
  readonly trace: null;
  /** Every step but the outcome, each with a comma behind it. */
  readonly steps: string;
  readonly outcomeStep: string;
}

/** Prices one selected row and writes its trace behind the `conditions` that selected it; null where the row needs the exact way. */
export type WritePrice = (facts: Facts, conditions: string) => WrittenVerdict | null;

const MAX = Number.MAX_SAFE_INTEGER;
const isExact = (value: number): boolean => value <= MAX && value >= -MAX;

/**
 * What `transform-exact.ts` decides and records, in whole numbers and straight into text: a plan explains every row, and steps as
 * objects over bigints cost ten times what they say. It only answers where every intermediate result is a safe integer; a test
 * compares its text with the exact way's over random rules. Null: the rule itself has numbers too large for it.
 */
export function compileWrittenTransform(transform: Transform, currency: CurrencyCode): WritePrice | null {
  const baseName = transform.base ?? 'price';
  const readBase = BASES[baseName];
  const { whole, exact } = amountText(currency);
  const steps = (transform.steps ?? []).map((step) => {
    const { scale, offset, ofCost } = lineOf(step, currency);
    return { ofCost, head: `["s","${step.type}","${step.value}","`, ...asNumbers(reduce(scale)), offset: asNumbers(reduce(offset)) };
  });
  const bounds = transform.bounds ?? {};
  const limits = limitsOf(bounds, currency, whole, exact);
  const block = bounds.onViolation === 'block';
  const bounded = transform.bounds !== undefined;
  const grid = gridOf(transform.rounding, currency);
  const allowZero = transform.allowZero === true;
  const mode = transform.compareAt?.mode ?? 'keep';
  const setTo = transform.compareAt?.mode === 'set' ? setCompareAt(transform.compareAt.value, currency) : 0n;
  const numbers = [Number(setTo), ...(grid === null ? [] : [Number(grid.ending), Number(grid.every)]), ...steps.flatMap(({ n, d, offset }) => [n, d, offset.n, offset.d]), ...(limits ?? []).flatMap(({ n, d }) => [n, d])];
  if (limits === null || !numbers.every(isExact)) return null;
  const ending = grid === null ? 0 : Number(grid.ending);
  const every = grid === null ? 1 : Number(grid.every);
  const direction = grid?.direction ?? 'nearest';
  const first = ending === 0 ? 1 : 0;
  const gridHead = `["g","${whole(ending)}","${whole(every)}","${direction}","`;
  const compareAtSet = Number(setTo);
  const quoted = (amount: number | null): string => (amount === null ? 'null' : `"${whole(amount)}"`);

  return (facts, conditions) => {
    const o = facts.price;
    const c = facts.compareAtPrice;
    const k = facts.cost;
    const base = readBase(facts);
    if ((o !== null && typeof o !== 'number') || (c !== null && typeof c !== 'number') || (k !== null && typeof k !== 'number') || (base !== null && typeof base !== 'number')) return null;
    const blocked = (reason: BlockReason, text: string): WrittenVerdict => ({
      outcome: 'blocked', reason, price: null, compareAtPrice: null, warnings: NO_WARNINGS, trace: null, steps: text, outcomeStep: `["o","blocked","${reason}",null,null,${quoted(o)},${quoted(c)}]`,
    });
    if (base === null || o === null) return blocked('base_missing', `${conditions}["b","${baseName}",${quoted(base)}],`);

    let vText = whole(base);
    let text = `${conditions}["b","${baseName}","${vText}"],`;
    // v = n/d, in smallest terms where it is whole.
    let n: number = base;
    let d = 1;
    for (const step of steps) {
      if (step.ofCost) {
        if (k === null) return blocked('cost_missing', text);
        n = k;
        d = 1;
      }
      const scaled = n * step.n * step.offset.d;
      const shift = step.offset.n * step.d * d;
      n = scaled + shift;
      d = d * step.d * step.offset.d;
      if (!isExact(scaled) || !isExact(shift) || !isExact(n) || !isExact(d)) return null;
      if (d !== 1 && n % d === 0) {
        n /= d;
        d = 1;
      }
      const to = exact(n, d);
      text += `${step.head}${vText}","${to}",${step.ofCost ? quoted(k) : 'null'}],`;
      vText = to;
    }

    let lower = -Infinity;
    let upper = Infinity;
    let lowerBy: LimitName | null = null;
    let upperBy: LimitName | null = null;
    let lowerText = 'null';
    let upperText = 'null';
    for (const limit of limits) {
      const source = limit.of === 'price' ? o : limit.of === 'cost' ? k : limit.of === 'map' ? facts.mapPrice : 1;
      if (source === null) {
        if (limit.of === 'cost') return blocked('cost_missing', text);
        continue;
      }
      if (typeof source !== 'number') return null;
      const ln = source * limit.n;
      if (!isExact(ln)) return null;
      const value = limit.lower ? -Math.floor(-ln / limit.d) : Math.floor(ln / limit.d);
      const shown = limit.text ?? `"${whole(value)}"`;
      text += limit.step ?? `${limit.head}${shown},${value * limit.d === ln ? shown : `"${exact(ln, limit.d)}"`},${limit.by},${limit.of === 'map' ? 'null' : quoted(source)}],`;
      if (limit.lower ? value > lower : value < upper) {
        if (limit.lower) [lower, lowerBy, lowerText] = [value, limit.name, shown];
        else [upper, upperBy, upperText] = [value, limit.name, shown];
      }
    }
    const conflict = lower > upper;
    const lowerScaled = lower * d;
    const upperScaled = upper * d;
    if ((lowerBy !== null && !isExact(lowerScaled)) || (upperBy !== null && !isExact(upperScaled))) return null;
    const below = !conflict && n < lowerScaled;
    const above = !conflict && n > upperScaled;
    if (bounded) {
      const moved = (below || above) && !block;
      const decided = below ? lowerBy : above ? upperBy : null;
      const toText = moved ? (below ? lowerText : upperText) : `"${vText}"`;
      text += `["r",${lowerText},${lowerBy === null ? 'null' : `"${lowerBy}"`},${upperText},${upperBy === null ? 'null' : `"${upperBy}"`},"${vText}",${toText},${decided === null ? 'null' : `"${decided}"`}],`;
      if (moved) {
        n = below ? lower : upper;
        d = 1;
        vText = toText.slice(1, -1);
      }
    }
    if (conflict) return blocked('bounds_conflict', text);
    if (block && (below || above)) return blocked('bound_violated', text);
    if (n < 0) return blocked('negative_price', text);
    if (n === 0 && !allowZero) return blocked('zero_price', text);

    let p: number;
    let pText: string;
    if (grid === null) {
      p = Math.floor(n / d);
      if (2 * (n - p * d) >= d) p++;
      pText = whole(p);
      text += `["m","${vText}","${pText}"],`;
    } else {
      const least = lower === -Infinity ? first : Math.max(first, -Math.floor((ending - lower) / every));
      const most = upper === Infinity ? Infinity : Math.floor((upper - ending) / every);
      const gridStep = every * d;
      const from = n - ending * d;
      if (!isExact(n + 2 * gridStep) || !isExact(ending * d)) return null;
      const down = Math.floor(from / gridStep);
      const rest = from - down * gridStep;
      const up = rest === 0 ? down : down + 1;
      const asked = direction === 'down' ? down : direction === 'up' ? up : 2 * rest <= gridStep ? down : up;
      // down and up are neighbours, so where the asked one lies outside, the closest inside is the end of the range on its side.
      const chosen = least > most ? null : Math.min(Math.max(asked, least), most);
      p = chosen === null ? 0 : ending + chosen * every;
      if (!isExact((p + every) * d)) return null;
      pText = whole(p);
      text += `${gridHead}${vText}",${chosen === null ? 'null' : `"${pText}"`},${lowerText},${upperText},[`;
      let last = -Infinity;
      let weighed = '';
      const weigh = (at: number): void => {
        if (at < first || at <= last) return;
        last = at;
        const price = ending + at * every;
        const away = n - price * d;
        weighed += `${weighed === '' ? '' : ','}"${whole(price)}","${exact(away < 0 ? -away : away, d)}",${at >= least && at <= most}`;
      };
      if (chosen !== null && chosen < down) weigh(chosen);
      weigh(down);
      weigh(up);
      if (chosen !== null) weigh(chosen);
      text += `${weighed}]],`;
      if (chosen === null) return blocked('no_price_in_bounds', text);
    }
    if (p === 0 && !allowZero) return blocked('zero_price', text);

    const reference = c !== null && c > o ? c : o;
    const compareAt = mode === 'keep' ? c : mode === 'sale' ? (p < reference ? reference : null) : mode === 'set' ? compareAtSet : null;
    const compareAtText = quoted(compareAt);
    const cText = quoted(c);
    text += `["a","${mode}",${cText},${mode === 'sale' ? quoted(reference) : 'null'},${compareAtText}],`;
    const notAbove = compareAt !== null && compareAt <= p;
    const belowCost = k !== null && p < k;
    if (notAbove) text += `["w","compare_at_not_above_price","${pText}",${compareAtText}],`;
    if (belowCost) text += `["w","below_cost","${pText}",${quoted(k)}],`;
    const outcome = p === o && compareAt === c ? 'unchanged' : 'planned';
    return {
      outcome, reason: null, price: BigInt(p), compareAtPrice: compareAt === null ? null : BigInt(compareAt), warnings: warningsOf(notAbove, belowCost), trace: null,
      steps: text, outcomeStep: `["o","${outcome}",null,"${pText}",${compareAtText},"${whole(o)}",${cText}]`,
    };
  };
}

interface WrittenLimit {
  readonly name: LimitName;
  readonly lower: boolean;
  readonly of: 'price' | 'cost' | 'map' | null;
  /** What the amount is multiplied by; of a fixed limit the limit itself. */
  readonly n: number;
  readonly d: number;
  readonly head: string;
  readonly by: string;
  /** Of a fixed limit: its value and its whole step, which are the same for every row. */
  readonly text: string | null;
  readonly step: string | null;
}

/** In the order of `bounds.ts`; null where a number is too large. */
function limitsOf(bounds: Bounds, currency: CurrencyCode, whole: (minor: number) => string, exact: (n: number, d: number) => string): WrittenLimit[] | null {
  const limits: WrittenLimit[] = [];
  let tooLarge = false;
  const add = (name: LimitName, lower: boolean, of: WrittenLimit['of'], factor: Rational, by: string | null): void => {
    const { n, d } = reduce(factor);
    tooLarge ||= !isSafe(n) || !isSafe(d);
    const head = `["l","${lower ? 'lower' : 'upper'}","${name}",`;
    let text: string | null = null;
    let step: string | null = null;
    if (of === null && !tooLarge) {
      const value = Number(lower ? ceilDivide(n, d) : floorDivide(n, d));
      text = `"${whole(value)}"`;
      step = `${head}${text},${d === 1n ? text : `"${exact(Number(n), Number(d))}"`},null,null],`;
    }
    limits.push({ name, lower, of, n: Number(n), d: Number(d), head, by: by === null ? 'null' : `"${by}"`, text, step });
  };
  const fixed = (text: string): Rational => inMinorUnits(numberOf(text), currency);
  if (bounds.floor !== undefined) add('floor', true, null, fixed(bounds.floor), null);
  if (bounds.minMarginPercent !== undefined) add('minMarginPercent', true, 'cost', overMargin(numberOf(bounds.minMarginPercent)), bounds.minMarginPercent);
  if (bounds.maxDecreasePercent !== undefined) {
    const down = numberOf(bounds.maxDecreasePercent);
    add('maxDecreasePercent', true, 'price', onePlusPercent({ n: -down.n, d: down.d }), bounds.maxDecreasePercent);
  }
  if (bounds.respectMap === true) add('mapPrice', true, 'map', { n: 1n, d: 1n }, null);
  if (bounds.ceiling !== undefined) add('ceiling', false, null, fixed(bounds.ceiling), null);
  if (bounds.maxIncreasePercent !== undefined) add('maxIncreasePercent', false, 'price', onePlusPercent(numberOf(bounds.maxIncreasePercent)), bounds.maxIncreasePercent);
  return tooLarge ? null : limits;
}

function asNumbers({ n, d }: Rational): { readonly n: number; readonly d: number } {
  return { n: Number(n), d: Number(d) };
}
