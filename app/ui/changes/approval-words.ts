import type { PriceChange, PriceChangeDecision } from '@calibr/types';
import { formatCount, formatQuantity } from '../format/count.ts';
import { actorWords } from '../words/actor-words.ts';
import { ROLE_WORDS, type Role } from '../words/role-words.ts';

export const DECISION_WORDS: Readonly<Record<PriceChangeDecision['decision'], string>> = {
  approve: 'approved', reject: 'rejected', comment: 'commented', void: 'Approval taken back',
};

export function roleLabel(role: string): string {
  return role === 'system' ? 'by the policies' : Object.hasOwn(ROLE_WORDS, role) ? ROLE_WORDS[role as Role].label : role;
}

const list = (names: readonly string[]): string => (names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`);

/** How the approval of a plan stands: a word for the badge, and who is still needed. */
export function approvalStanding(change: PriceChange, nameOf: (actor: string) => string = actorWords): { readonly label: string; readonly tone: 'success' | 'attention' | 'critical' | undefined; readonly text: string } {
  const { approvals } = change;
  if (!approvals) return { label: 'Not planned', tone: undefined, text: 'There is no plan yet.' };
  const names = approvals.given.map(({ actor }) => nameOf(actor));
  const people = approvals.role === 'admin' ? 'an administrator' : 'an approver';
  const others = approvals.ownChangeAllowed ? '' : ' who did not make this change';
  if (change.state === 'rejected') return { label: 'Rejected', tone: 'critical', text: 'This plan was turned down.' };
  if (change.state !== 'previewed' && change.state !== 'draft') {
    return names.length > 0
      ? { label: 'Approved', tone: 'success', text: `Approved by ${list(names)}.` }
      : { label: change.approvedHash ? 'Approved' : 'Not approved', tone: change.approvedHash ? 'success' : undefined, text: change.approvedBy ? `Approved by ${nameOf(change.approvedBy)}.` : 'Nobody approved this plan.' };
  }
  if (change.summary?.findings?.some(({ severity }) => severity === 'block')) return { label: 'Held by a guardrail', tone: 'critical', text: 'The guardrails do not let this plan be approved; what they found is above.' };
  if (approvals.required === 1) return { label: 'Waits for approval', tone: 'attention', text: `It needs the approval of ${people}${others}.` };
  return {
    label: `${approvals.given.length} of ${approvals.required} approvals`, tone: 'attention',
    text: names.length === 0 ? `Two different people must approve it, each ${people}${others}.` : `${list(names)} approved. One more person must approve it: ${people}${others}.`,
  };
}

/** That the plan sells below cost, which nobody should have to find in the rows; null where it does not, as far as costs are known. */
export function lossWords({ summary }: Pick<PriceChange, 'summary'>): string | null {
  // A row may carry both warnings.
  const below = Math.max(summary?.byWarning?.below_cost ?? 0, summary?.byWarning?.guardrail_below_cost ?? 0);
  if (!summary || below === 0) return null;
  return `${formatCount(Math.min(below, summary.planned))} of ${formatQuantity(summary.planned, 'new price', 'new prices')} would be below unit cost.`;
}
