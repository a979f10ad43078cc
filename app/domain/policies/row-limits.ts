import type { CurrencyCode } from '../kernel/currency.ts';
import { formatMinorUnits, parseDecimal } from '../kernel/money.ts';
import { ceilDivide, floorDivide, multiplyRational, rational } from '../kernel/rational.ts';
import type { Rational } from '../kernel/rational.ts';
import { onePlusPercent, overMargin } from '../rules/steps.ts';
import type { GuardName, GuardReason } from './guard-codes.ts';
import type { GuardAction, Guardrails } from './policy.ts';

/** What a row has that its limits are taken from; whole minor units, null where it is blank. */
export interface RowAmounts {
  /** The price that the plan starts from: the baseline under a campaign. */
  readonly price: bigint;
  readonly cost: bigint | null;
  readonly mapPrice: bigint | null;
}

/** One guardrail on the price of a row, as it holds for that row. */
export interface RowLimit {
  readonly name: GuardName;
  readonly reason: GuardReason;
  readonly action: GuardAction;
  readonly side: 'lower' | 'upper';
  /** Whole minor units: the least or the largest price allowed. */
  readonly value: bigint;
  /** For the trace: the percentage, and the price or cost it is of. */
  readonly by: string | null;
  readonly of: string | null;
}

/** A guardrail that cannot be known for this row, because its cost is blank. */
export interface UnknownLimit {
  readonly name: GuardName;
  readonly action: GuardAction;
}

interface PriceGuard {
  readonly name: GuardName;
  readonly reason: GuardReason;
  readonly action: GuardAction;
  readonly side: 'lower' | 'upper';
  readonly by: string | null;
  readonly factor: Rational;
  readonly of: 'price' | 'cost' | 'mapPrice';
}

const ONE = rational(1n);
const percentOf = (text: string): Rational => parseDecimal(text)!;
const negative = ({ n, d }: Rational): Rational => ({ n: -n, d });

function priceGuards(guardrails: Guardrails): PriceGuard[] {
  const { minMarginPercent, belowCost, respectMap, maxDecreasePercent, maxIncreasePercent } = guardrails;
  const guards: PriceGuard[] = [];
  if (minMarginPercent) guards.push({ name: 'minMarginPercent', reason: 'guardrail_min_margin', action: minMarginPercent.action, side: 'lower', by: minMarginPercent.value, factor: overMargin(percentOf(minMarginPercent.value)), of: 'cost' });
  if (belowCost) guards.push({ name: 'belowCost', reason: 'guardrail_below_cost', action: belowCost.action, side: 'lower', by: null, factor: ONE, of: 'cost' });
  if (respectMap) guards.push({ name: 'respectMap', reason: 'guardrail_map', action: respectMap.action, side: 'lower', by: null, factor: ONE, of: 'mapPrice' });
  if (maxDecreasePercent) guards.push({ name: 'maxDecreasePercent', reason: 'guardrail_max_decrease', action: maxDecreasePercent.action, side: 'lower', by: maxDecreasePercent.value, factor: onePlusPercent(negative(percentOf(maxDecreasePercent.value))), of: 'price' });
  if (maxIncreasePercent) guards.push({ name: 'maxIncreasePercent', reason: 'guardrail_max_increase', action: maxIncreasePercent.action, side: 'upper', by: maxIncreasePercent.value, factor: onePlusPercent(percentOf(maxIncreasePercent.value)), of: 'price' });
  return guards;
}

/**
 * Compiles the guardrails that limit a price. Lower limits are rounded up and upper ones down to the minor unit, as the bounds of a rule
 * are, so that none is ever crossed. A blank cost makes a limit unknown, never zero; a variant without a minimum advertised price has none.
 */
export function compileRowLimits(guardrails: Guardrails, currency: CurrencyCode): (row: RowAmounts) => { readonly limits: readonly RowLimit[]; readonly unknown: readonly UnknownLimit[] } {
  const guards = priceGuards(guardrails);
  return (row) => {
    const limits: RowLimit[] = [];
    const unknown: UnknownLimit[] = [];
    for (const { name, reason, action, side, by, factor, of } of guards) {
      const source = row[of];
      if (source === null) {
        if (of === 'cost') unknown.push({ name, action });
        continue;
      }
      const exact = multiplyRational({ n: source, d: 1n }, factor);
      const value = side === 'lower' ? ceilDivide(exact.n, exact.d) : floorDivide(exact.n, exact.d);
      limits.push({ name, reason, action, side, value, by, of: by === null ? null : formatMinorUnits(source, currency) });
    }
    return { limits, unknown };
  };
}

export function breaks(limit: RowLimit, price: bigint): boolean {
  return limit.side === 'lower' ? price < limit.value : price > limit.value;
}
