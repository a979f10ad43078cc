import type { CurrencyCode } from '../kernel/currency.ts';
import type { LintFinding } from './lint-finding.ts';
import { lintFinish, lintSchedule } from './lint-finish.ts';
import { lintLimits } from './lint-limits.ts';
import { lintMissing } from './lint-missing.ts';
import { knownPrices } from './lint-prices.ts';
import { lintSelector } from './lint-selector.ts';
import { lintSteps } from './lint-steps.ts';
import type { Rule } from './rule.ts';

const WEIGHTS = { contradiction: 0, warning: 1, hint: 2 } as const;

/**
 * Looks a valid rule over for what is allowed but hardly meant, the weightiest first. A `contradiction` is proven for
 * prices and costs of zero or more: no variant is selected, or every one is blocked. What is not found proves nothing.
 * `now` is in milliseconds since the epoch; null leaves out what depends on it. Takes bounded time, whatever the rule.
 */
export function lintRule(rule: Rule, currency: CurrencyCode, now: number | null): LintFinding[] {
  const known = knownPrices(rule, currency);
  const found = [...lintSelector(rule.selector, '/selector'), ...lintSteps(rule, known), ...lintMissing(rule), ...lintLimits(rule, known), ...lintFinish(rule, known), ...lintSchedule(rule, now)];
  return found.sort((a, b) => WEIGHTS[a.severity] - WEIGHTS[b.severity]);
}
