import type { Trace } from './trace.ts';

export type Outcome = 'planned' | 'unchanged' | 'blocked' | 'notSelected';

/** Why a selected row gets no price. */
export const BLOCK_REASONS = ['base_missing', 'cost_missing', 'bounds_conflict', 'bound_violated', 'negative_price', 'zero_price', 'no_price_in_bounds'] as const;
export type BlockReason = (typeof BLOCK_REASONS)[number];

/** What a merchant should look at although the row has a price; in this order where there are several. */
export const WARNING_CODES = ['compare_at_not_above_price', 'below_cost'] as const;
export type WarningCode = (typeof WARNING_CODES)[number];

/** What a rule says about one row. */
export interface Verdict {
  readonly outcome: Outcome;
  /** Set exactly where the outcome is `blocked`. */
  readonly reason: BlockReason | null;
  /** P in minor units; null where blocked or not selected. */
  readonly price: bigint | null;
  /**
   * A in minor units, null where there is none (or no price). A kept price with more decimals than its currency, which no
   * shop has but the evaluate call may be given, is compared exactly and shown here rounded half away from zero.
   */
  readonly compareAtPrice: bigint | null;
  readonly warnings: readonly WarningCode[];
  /** Null where evaluating without trace. */
  readonly trace: Trace | null;
}

const NONE: readonly WarningCode[] = Object.freeze([]);
const COMPARE_AT: readonly WarningCode[] = Object.freeze(['compare_at_not_above_price'] as const);
const COST: readonly WarningCode[] = Object.freeze(['below_cost'] as const);
const BOTH: readonly WarningCode[] = Object.freeze(['compare_at_not_above_price', 'below_cost'] as const);

export function warningsOf(compareAtNotAbove: boolean, belowCost: boolean): readonly WarningCode[] {
  return compareAtNotAbove ? (belowCost ? BOTH : COMPARE_AT) : belowCost ? COST : NONE;
}

export const NO_WARNINGS: readonly WarningCode[] = NONE;
