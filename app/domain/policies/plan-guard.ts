import type { ChangeSummary } from '@calibr/types';
import { type CurrencyCode, decimalsOf } from '../kernel/currency.ts';
import { parseDecimal } from '../kernel/money.ts';
import { addRational, compareRational, multiplyRational, rational, roundHalfAwayFromZero } from '../kernel/rational.ts';
import type { Rational } from '../kernel/rational.ts';
import type { PlanAction, PolicyDocument } from './policy.ts';

/**
 * What the guardrails say about a whole plan. `block`: it cannot be approved · `secondApprover`: two people must approve ·
 * `note`: worth a look, and never approved automatically.
 */
export interface PlanFinding {
  readonly code: 'guardrail_max_share' | 'guardrail_max_revenue' | 'guardrail_revenue_unknown' | 'extreme_change';
  readonly severity: 'block' | 'secondApprover' | 'note';
  /** One or two sentences: what was found and what to do. */
  readonly message: string;
  /** Decimal strings in the unit of the guardrail; null where there is none. */
  readonly limit: string | null;
  readonly actual: string | null;
}

export type PlanNumbers = Pick<ChangeSummary, 'planned' | 'byWarning' | 'maxIncreasePercent' | 'maxDecreasePercent' | 'revenueAtCurrentVolume'>;

const SEVERITY: Readonly<Record<PlanAction, PlanFinding['severity']>> = { block: 'block', secondApprover: 'secondApprover', warn: 'note' };
const HUNDRED = rational(100n);

/** Rows of a plan in percent of the catalog's variants; a plan for an empty catalog has a share of 0. */
export function shareOfCatalog(planned: number, catalogVariants: number): Rational {
  return catalogVariants <= 0 ? rational(0n) : rational(BigInt(planned) * 100n, BigInt(catalogVariants));
}

/** Every guardrail over the whole plan that it breaks, and what a person should look at twice. */
export function planFindings(policy: PolicyDocument, numbers: PlanNumbers, catalogVariants: number, currency: CurrencyCode): PlanFinding[] {
  const { maxShareOfCatalogPercent, maxRevenueEffect } = policy.guardrails;
  const findings: PlanFinding[] = [];
  const share = shareOfCatalog(numbers.planned, catalogVariants);
  if (maxShareOfCatalogPercent && compareRational(share, parseDecimal(maxShareOfCatalogPercent.value)!) > 0) {
    const { value: limit, action } = maxShareOfCatalogPercent;
    findings.push({
      code: 'guardrail_max_share', severity: SEVERITY[action], limit, actual: decimal(share, 2),
      message: `This plan changes ${decimal(share, 2)} % of the catalog; the guardrails allow ${limit} % at once. ${whatToDo(action, 'Narrow the rule, or split it into several changes')}`,
    });
  }
  if (maxRevenueEffect) findings.push(...revenueFindings(maxRevenueEffect, numbers, currency));
  const extreme = numbers.byWarning.extreme_change ?? 0;
  if (extreme > 0) {
    findings.push({
      code: 'extreme_change', severity: 'note', limit: null, actual: String(extreme),
      message: `${extreme} ${extreme === 1 ? 'price falls' : 'prices fall'} to a fifth or less, or ${extreme === 1 ? 'rises' : 'rise'} to five times or more. Look at ${extreme === 1 ? 'it' : 'them'} before approving: a slipped digit looks like this.`,
    });
  }
  return findings;
}

function revenueFindings(guard: NonNullable<PolicyDocument['guardrails']['maxRevenueEffect']>, { revenueAtCurrentVolume: revenue }: PlanNumbers, currency: CurrencyCode): PlanFinding[] {
  const { value: limit, unit, action } = guard;
  if (!revenue) {
    return [{
      code: 'guardrail_revenue_unknown', severity: 'note', limit, actual: null,
      message: 'The guardrail on revenue could not look: no sales are known for what this plan changes.',
    }];
  }
  const before = parseDecimal(revenue.before.amount)!;
  const after = parseDecimal(revenue.after.amount)!;
  const moved = absolute(addRational(after, { n: -before.n, d: before.d }));
  // No revenue before: any effect is beyond every percentage.
  const effect = unit === 'amount' ? moved : before.n === 0n ? null : multiplyRational(moved, { n: HUNDRED.n * before.d, d: before.n });
  if (effect === null ? moved.n === 0n : compareRational(effect, parseDecimal(limit)!) <= 0) return [];
  const shown = effect === null ? null : decimal(effect, unit === 'amount' ? decimalsOf(currency) : 2);
  const words = (text: string): string => (unit === 'amount' ? `${text} ${currency}` : `${text} %`);
  return [{
    code: 'guardrail_max_revenue', severity: SEVERITY[action], limit, actual: shown,
    message: `At today's sales this plan moves revenue by ${shown === null ? 'more than can be said in percent' : words(shown)}; the guardrails allow ${words(limit)}. ${whatToDo(action, 'Make the change smaller')}`,
  }];
}

function whatToDo(action: PlanAction, instead: string): string {
  if (action === 'block') return `It cannot be approved. ${instead}, or ask an admin to change the guardrail.`;
  return action === 'secondApprover' ? 'Two people must approve it.' : 'Look twice before approving.';
}

const absolute = ({ n, d }: Rational): Rational => ({ n: n < 0n ? -n : n, d });

/** A decimal string with so many decimals, rounded half away from zero. */
function decimal({ n, d }: Rational, decimals: number): string {
  const text = roundHalfAwayFromZero(n * 10n ** BigInt(decimals), d).toString();
  if (decimals === 0) return text;
  const padded = text.replace('-', '').padStart(decimals + 1, '0');
  return `${text.startsWith('-') ? '-' : ''}${padded.slice(0, -decimals)}.${padded.slice(-decimals)}`;
}
