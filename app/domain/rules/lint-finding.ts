/**
 * How much a finding weighs. `contradiction`: what is meant can never happen (no variant fits, or every one is blocked).
 * `warning`: most likely not what was meant. `hint`: true, but it changes nothing or could be said more simply.
 */
export type LintSeverity = 'contradiction' | 'warning' | 'hint';

/** Something about a valid rule that its author should look at. */
export interface LintFinding {
  readonly code: LintCode;
  readonly severity: LintSeverity;
  /** RFC 6901 JSON pointer into the rule. */
  readonly pointer: string;
  /** One or two sentences: what is so. */
  readonly message: string;
  /** One sentence: what to do about it. */
  readonly advice: string;
}

export const LINT_CODES = [
  // Selector
  'selects_nothing', 'selects_everything', 'never_true', 'always_true', 'redundant_condition', 'covered_alternative', 'range_reversed', 'empty_list',
  'empty_text', 'unknown_status', 'below_zero', 'margin_above_hundred', 'fraction_as_percent',
  // Steps
  'step_without_effect', 'step_replaced', 'extreme_step', 'extreme_total', 'never_a_price', 'base_unused', 'value_always_missing', 'same_price_for_everything', 'rule_without_effect',
  // Limits
  'limits_exclude_each_other', 'limit_not_positive', 'limit_without_effect', 'limit_forces_change', 'extreme_limit', 'limit_always_decides', 'always_blocked',
  'limit_never_reached', 'price_cannot_move', 'violation_without_limit',
  // Rounding, compare-at, zero, time
  'rounding_never_fits', 'rounding_without_effect', 'rounding_coarser_than_prices', 'ending_above_every', 'compare_at_never_above', 'sale_without_reduction',
  'allow_zero_without_need', 'schedule_past', 'schedule_started', 'priority_without_end',
] as const;
export type LintCode = (typeof LINT_CODES)[number];
