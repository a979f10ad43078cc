/** Why a guardrail of the shop keeps a row from being written. */
export const GUARD_REASONS = [
  'guardrail_frozen', 'daily_cap_reached', 'guardrail_cost_missing', 'guardrail_min_margin', 'guardrail_below_cost', 'guardrail_map',
  'guardrail_max_decrease', 'guardrail_max_increase',
] as const;
export type GuardReason = (typeof GUARD_REASONS)[number];

/**
 * What a guardrail says about a row that it lets pass: its own reason where it only warns, `guardrail_clamped` where it moved the price,
 * and `extreme_change`, which looks at every row of every shop.
 */
export const GUARD_WARNINGS = ['guardrail_clamped', 'extreme_change', ...GUARD_REASONS] as const;
export type GuardWarning = (typeof GUARD_WARNINGS)[number];

/** The guardrails that look at one row, as traces name them. */
export const GUARD_NAMES = ['frozen', 'maxWritesPerVariantPerDay', 'minMarginPercent', 'belowCost', 'respectMap', 'maxDecreasePercent', 'maxIncreasePercent'] as const;
export type GuardName = (typeof GUARD_NAMES)[number];

/** What a guardrail did to a row. */
export type GuardDecision = 'blocked' | 'clamped' | 'warned';
