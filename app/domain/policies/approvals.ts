import { parseDecimal } from '../kernel/money.ts';
import { compareRational } from '../kernel/rational.ts';
import { ok, problem } from '../kernel/result.ts';
import type { Result } from '../kernel/result.ts';
import { shareOfCatalog } from './plan-guard.ts';
import type { PlanFinding, PlanNumbers } from './plan-guard.ts';
import type { ApprovalPolicy } from './policy.ts';

/** Who approves when no person has to. */
export const AUTOMATIC_APPROVER = { kind: 'system', id: 'auto-approval' } as const;
export const AUTOMATIC_ACTOR = 'system:auto-approval';
/** How the note of a plan begins that the policies could have approved and did not. */
export const NOT_AUTOMATIC = 'Not approved automatically. ';

/** How many different people must approve a plan with these findings. */
export function approversRequired(policy: ApprovalPolicy, findings: readonly Pick<PlanFinding, 'severity'>[]): 1 | 2 {
  return policy.approvers === 2 || findings.some(({ severity }) => severity === 'secondApprover') ? 2 : 1;
}

/**
 * Whether a plan may be approved without a person, and why, or why not. Only what is small, unremarkable and known in all its parts is:
 * a row that warns, a finding of any kind, or a change that cannot be said in percent needs a person.
 */
export function judgeAutomatic(policy: ApprovalPolicy, numbers: PlanNumbers, findings: readonly PlanFinding[], catalogVariants: number): { readonly approve: boolean; readonly reason: string } {
  const limits = policy.automatic;
  if (limits === null) return { approve: false, reason: 'Plans of this shop are never approved automatically.' };
  const no = (reason: string) => ({ approve: false, reason });
  if (numbers.planned === 0) return no('The plan changes no price.');
  if (findings.length > 0) return no(`The guardrails found something: ${findings.map(({ code }) => code).join(', ')}.`);
  const warned = Object.keys(numbers.byWarning);
  if (warned.length > 0) return no(`Rows of the plan warn: ${warned.join(', ')}.`);
  if (numbers.planned > limits.maxRows) return no(`It writes ${numbers.planned} rows; ${limits.maxRows} are approved automatically.`);
  const most = parseDecimal(limits.maxChangePercent)!;
  for (const percent of [numbers.maxIncreasePercent, numbers.maxDecreasePercent]) {
    if (percent !== null && compareRational(parseDecimal(percent)!, most) > 0) return no(`A price changes by ${percent} %; up to ${limits.maxChangePercent} % is approved automatically.`);
  }
  const { maxShareOfCatalogPercent: share } = limits;
  if (share !== undefined && compareRational(shareOfCatalog(numbers.planned, catalogVariants), parseDecimal(share)!) > 0) return no(`It changes more than ${share} % of the catalog.`);
  return {
    approve: true,
    reason: `Within the limits for automatic approval: ${numbers.planned} of at most ${limits.maxRows} rows, no change above ${limits.maxChangePercent} %${share === undefined ? '' : `, not more than ${share} % of the catalog`}.`,
  };
}

/** Whether this person's approval counts. Errors: forbidden `own_change`, `role_missing`. */
export function mayApprove(policy: ApprovalPolicy, who: { readonly actor: string; readonly role: string }, createdBy: string): Result<void> {
  if (!policy.ownChangeAllowed && who.actor === createdBy) {
    return problem('forbidden', 'own_change', 'You made this change, and the policies of this shop ask for somebody else to approve it.');
  }
  if (policy.role === 'admin' && who.role !== 'admin') return problem('forbidden', 'role_missing', 'The policies of this shop ask for an admin to approve price changes.');
  return ok();
}

/** Why a plan with such findings cannot be approved at all; null where none blocks. */
export function blockedByFindings(findings: readonly PlanFinding[]): Result<never> | null {
  const errors = findings.flatMap((finding, i) => (finding.severity === 'block' ? [{ pointer: `/summary/findings/${i}`, code: finding.code, message: finding.message }] : []));
  return errors.length === 0 ? null : problem('conflict', 'guardrail_blocked', errors.map(({ message }) => message).join(' '), errors);
}
