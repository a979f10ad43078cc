import type { CurrencyCode } from '../kernel/currency.ts';
import { minorNumber } from '../kernel/minor-number.ts';
import { formatExact, formatMinorUnits } from '../kernel/money.ts';
import { ceilDivide, compareRational, floorDivide, roundHalfAwayFromZero } from '../kernel/rational.ts';
import { compileRange } from '../rules/bounds.ts';
import { compileCompareAt } from '../rules/compare-at.ts';
import { toRational } from '../rules/facts.ts';
import type { Amount, Facts } from '../rules/facts.ts';
import { gridOf } from '../rules/rounding.ts';
import type { Grid } from '../rules/rounding.ts';
import type { Transform } from '../rules/rule.ts';
import { compileSelector } from '../rules/select.ts';
import type { TraceStep } from '../rules/trace.ts';
import { warningsOf } from '../rules/verdict.ts';
import type { Outcome, Verdict } from '../rules/verdict.ts';
import type { GuardDecision, GuardName, GuardReason } from './guard-codes.ts';
import { EXTREME_FACTOR } from './policy.ts';
import type { GuardAction, Guardrails } from './policy.ts';
import { breaks, compileRowLimits } from './row-limits.ts';
import type { RowLimit } from './row-limits.ts';

/** What a guardrail may look at beside the verdict. Amounts of `facts` are whole minor units, as a catalog has them. */
export interface GuardedRow {
  readonly productId: string;
  readonly facts: Facts;
  /** Prices of the variant that went out today, by the shop's calendar. */
  readonly writesToday: number;
}

/** A verdict that the guardrails have seen: what the rule said, or what they made of it. */
export interface GuardedVerdict extends Omit<Verdict, 'reason' | 'warnings'> {
  readonly reason: Verdict['reason'] | GuardReason;
  readonly warnings: readonly string[];
}

const EXTREME_NUMBER = Number(EXTREME_FACTOR);

export type RowGuard = (row: GuardedRow, verdict: Verdict) => GuardedVerdict;

/**
 * Compiles the guardrails of a shop for the rule of a plan. Only rows that would be written are looked at. A price that a guardrail
 * clamps stays between the price before and the price that the rule asked for, so that no guardrail ever moves a price further than, or
 * away from, what was asked; it keeps every other guardrail and the rule's own bounds, and the rule's rounding where a price so rounded
 * fits. Where no such price exists the row is blocked by the first guardrail that it breaks.
 */
export function compileRowGuard(guardrails: Guardrails, transform: Transform, currency: CurrencyCode): RowGuard {
  const show = (minor: bigint): string => formatMinorUnits(minor, currency);
  if (!guardsRows(guardrails)) return (row, verdict) => withExtreme(row, verdict, show);
  const limitsOf = compileRowLimits(guardrails, currency);
  const { frozen, maxWritesPerVariantPerDay } = guardrails;
  const frozenIds = new Set(frozen?.productIds ?? []);
  const isFrozen = frozen?.selector === undefined ? () => false : compileSelector(frozen.selector, currency).test;
  const rangeOf = compileRange(transform.bounds ?? {}, currency);
  const compareAtOf = compileCompareAt(transform.compareAt, currency);
  const grid = gridOf(transform.rounding, currency);

  return (row, verdict) => {
    const { facts } = row;
    const o = whole(facts.price);
    if (verdict.outcome !== 'planned' || verdict.price === null || o === null) return verdict;
    const asked = verdict.price;
    const cost = whole(facts.cost);
    const steps: TraceStep[] = [];
    const say = (name: GuardName, action: GuardAction, decided: GuardDecision, limit: RowLimit | null, to: bigint | null): void => {
      steps.push({ code: 'guard', name, action, decided, limit: limit && show(limit.value), by: limit?.by ?? null, of: limit?.of ?? null, from: show(asked), to: to === null ? null : show(to) });
    };
    const blocked = (reason: GuardReason): GuardedVerdict => ({
      outcome: 'blocked', reason, price: null, compareAtPrice: null, warnings: [],
      trace: verdict.trace && [...beforeWarnings(verdict.trace), ...steps, outcomeStep('blocked', reason, null, null, facts, currency)],
    });

    if (frozenIds.has(row.productId) || isFrozen(facts)) {
      say('frozen', 'block', 'blocked', null, null);
      return blocked('guardrail_frozen');
    }
    if (maxWritesPerVariantPerDay && row.writesToday >= maxWritesPerVariantPerDay.value) {
      steps.push({ code: 'guard', name: 'maxWritesPerVariantPerDay', action: 'block', decided: 'blocked', limit: String(maxWritesPerVariantPerDay.value), by: null, of: String(row.writesToday), from: show(asked), to: null });
      return blocked('daily_cap_reached');
    }
    const { limits, unknown } = limitsOf({ price: o, cost, mapPrice: whole(facts.mapPrice) });
    const strict = unknown.find(({ action }) => action !== 'warn');
    if (strict) {
      say(strict.name, strict.action, 'blocked', null, null);
      return blocked('guardrail_cost_missing');
    }
    const refusing = limits.find((limit) => limit.action === 'block' && breaks(limit, asked));
    if (refusing) {
      say(refusing.name, 'block', 'blocked', refusing, null);
      return blocked(refusing.reason);
    }
    const moving = limits.find((limit) => limit.action === 'clamp' && breaks(limit, asked));
    let price = asked;
    if (moving) {
      const range = rangeOf(facts, toRational(facts.price!), facts.cost === null ? null : toRational(facts.cost), null);
      const hard = limits.filter(({ action }) => action !== 'warn');
      const lower = largest([smaller(o, asked), transform.allowZero === true ? 0n : 1n, range?.lower ?? null, ...hard.map((limit) => (limit.side === 'lower' ? limit.value : null))]);
      const upper = smallest([larger(o, asked), range?.upper ?? null, ...hard.map((limit) => (limit.side === 'upper' ? limit.value : null))]);
      const found = closest(asked, lower, upper, grid);
      if (found === null) {
        say(moving.name, 'clamp', 'blocked', moving, null);
        return blocked(moving.reason);
      }
      price = found;
      say(moving.name, 'clamp', 'clamped', moving, price);
    }

    const warnings: string[] = moving ? ['guardrail_clamped'] : [];
    for (const { name } of unknown) {
      if (!warnings.includes('guardrail_cost_missing')) warnings.push('guardrail_cost_missing');
      say(name, 'warn', 'warned', null, price);
    }
    for (const limit of limits) {
      if (limit.action !== 'warn' || !breaks(limit, price)) continue;
      warnings.push(limit.reason);
      say(limit.name, 'warn', 'warned', limit, price);
    }
    if (isExtreme(o, price)) {
      warnings.push('extreme_change');
      steps.push({ code: 'warning', warning: 'extreme_change', price: show(price), other: show(o) });
    }
    if (!moving) return steps.length === 0 ? verdict : { ...verdict, warnings: [...verdict.warnings, ...warnings], trace: verdict.trace && beforeOutcome(verdict.trace, steps) };
    return repriced(verdict, price, warnings, steps, facts, compareAtOf, currency);
  };
}

/** Whether any of them looks at single rows; most shops have none, and their plans should not pay for them. */
function guardsRows({ minMarginPercent, belowCost, respectMap, maxDecreasePercent, maxIncreasePercent, frozen, maxWritesPerVariantPerDay }: Guardrails): boolean {
  return [minMarginPercent, belowCost, respectMap, maxDecreasePercent, maxIncreasePercent, frozen, maxWritesPerVariantPerDay].some((guard) => guard !== undefined);
}

/** Without guardrails only a slip is looked for. */
function withExtreme({ facts }: GuardedRow, verdict: Verdict, show: (minor: bigint) => string): GuardedVerdict {
  if (verdict.outcome !== 'planned' || verdict.price === null) return verdict;
  if (typeof facts.price === 'number' && isOrdinary(facts.price, minorNumber(verdict.price))) return verdict;
  const o = whole(facts.price);
  if (o === null || !isExtreme(o, verdict.price)) return verdict;
  const step: TraceStep = { code: 'warning', warning: 'extreme_change', price: show(verdict.price), other: show(o) };
  return { ...verdict, warnings: [...verdict.warnings, 'extreme_change'], trace: verdict.trace && beforeOutcome(verdict.trace, [step]) };
}

/** A fifth of the price or less, five times it or more, or any price where there was none. */
export function isExtreme(before: bigint, after: bigint): boolean {
  return after !== before && (after * EXTREME_FACTOR <= before || after >= before * EXTREME_FACTOR);
}

/** Numbers, for nearly every row: surely not extreme. */
function isOrdinary(before: number, after: number): boolean {
  return after > before / (EXTREME_NUMBER - 1) && after < before * (EXTREME_NUMBER - 1);
}

function whole(amount: Amount | null): bigint | null {
  if (amount === null) return null;
  const { n, d } = toRational(amount);
  return n / d;
}

/** Steps 5 and 6 of the rules again, for the price that a guardrail left. */
function repriced(
  verdict: Verdict, price: bigint, guardWarnings: readonly string[], guardSteps: readonly TraceStep[], facts: Facts, compareAtOf: ReturnType<typeof compileCompareAt>, currency: CurrencyCode,
): GuardedVerdict {
  const o = toRational(facts.price!);
  const c = facts.compareAtPrice === null ? null : toRational(facts.compareAtPrice);
  const k = facts.cost === null ? null : toRational(facts.cost);
  const record: TraceStep[] = [];
  const a = compareAtOf(price, o, c, record);
  const notAbove = a !== null && a.n <= price * a.d;
  const belowCost = k !== null && price * k.d < k.n;
  const same = price * o.d === o.n && (a === null ? c === null : c !== null && compareRational(a, c) === 0);
  const outcome = same ? 'unchanged' : 'planned';
  const compareAtPrice = a === null ? null : roundHalfAwayFromZero(a.n, a.d);
  const text = formatMinorUnits(price, currency);
  if (notAbove) record.push({ code: 'warning', warning: 'compare_at_not_above_price', price: text, other: formatExact(a, currency) });
  if (belowCost) record.push({ code: 'warning', warning: 'below_cost', price: text, other: formatExact(k, currency) });
  record.push(outcomeStep(outcome, null, price, compareAtPrice, facts, currency));
  return {
    outcome, reason: null, price, compareAtPrice, warnings: [...warningsOf(notAbove, belowCost), ...guardWarnings],
    trace: verdict.trace && [...beforeWarnings(verdict.trace).filter(({ code }) => code !== 'compareAt'), ...guardSteps, ...record],
  };
}

function outcomeStep(outcome: Outcome, reason: GuardReason | null, price: bigint | null, compareAt: bigint | null, facts: Facts, currency: CurrencyCode): TraceStep {
  const was = (amount: Amount | null): string | null => (amount === null ? null : formatExact(toRational(amount), currency));
  return {
    code: 'outcome', outcome, reason, price: price === null ? null : formatMinorUnits(price, currency), compareAtPrice: compareAt === null ? null : formatMinorUnits(compareAt, currency),
    wasPrice: was(facts.price), wasCompareAtPrice: was(facts.compareAtPrice),
  };
}

function beforeWarnings(trace: readonly TraceStep[]): readonly TraceStep[] {
  return trace.filter(({ code }) => code !== 'warning' && code !== 'outcome');
}

function beforeOutcome(trace: readonly TraceStep[], steps: readonly TraceStep[]): readonly TraceStep[] {
  return [...trace.slice(0, -1), ...steps, trace.at(-1)!];
}

/** The price from `lower` to `upper` that is closest to one outside: on the grid where one of its prices lies inside; null where none does. */
function closest(asked: bigint, lower: bigint, upper: bigint, grid: Grid | null): bigint | null {
  if (lower > upper) return null;
  if (grid) {
    const { ending, every } = grid;
    const price = asked < lower ? ending + ceilDivide(lower - ending, every) * every : ending + floorDivide(upper - ending, every) * every;
    if (price > 0n && price >= lower && price <= upper) return price;
  }
  return asked < lower ? lower : upper;
}

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const largest = (values: readonly (bigint | null)[]): bigint => values.reduce<bigint>((most, value) => (value !== null && value > most ? value : most), 0n);
function smallest(values: readonly (bigint | null)[]): bigint {
  const known = values.filter((value) => value !== null);
  return known.reduce((least, value) => (value < least ? value : least), known[0]!);
}
