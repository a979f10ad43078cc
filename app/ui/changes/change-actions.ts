import type { PriceChange } from '@calibr/types';
import { may, type Role } from '../words/role-words.ts';

/** What can be asked of a price change on its page. `previewAgain` and `startOver` are previews with other words. */
export type ChangeIntent = 'preview' | 'approve' | 'apply' | 'pause' | 'resume' | 'rollBack' | 'reject' | 'cancel' | 'startOver' | 'end' | 'delta' | 'schedule';

export interface ChangeActions {
  /** The one thing to do next in this state; null where there is none or the role does not include it. */
  readonly dominant: ChangeIntent | null;
  readonly others: readonly ChangeIntent[];
  /** Why the dominant action is not offered, in one sentence. */
  readonly missing: string | null;
}

/** The least role that may do each. */
export const INTENT_ROLES: Readonly<Record<ChangeIntent, Role>> = {
  preview: 'editor',
  startOver: 'editor',
  approve: 'approver',
  reject: 'approver',
  cancel: 'editor',
  apply: 'approver',
  pause: 'approver',
  resume: 'approver',
  rollBack: 'approver',
  end: 'approver',
  delta: 'editor',
  schedule: 'approver',
};

function written(change: PriceChange): number {
  return (change.progress?.applied ?? 0) + (change.progress?.settled ?? 0);
}

/** A change with an end. */
export function isCampaign(change: PriceChange): boolean {
  return change.kind !== 'rollback' && Boolean(change.endsAt ?? change.schedule?.endAt);
}

function wanted(change: PriceChange): { dominant: ChangeIntent | null; others: ChangeIntent[] } {
  // A rollback is planned when it is made; it cannot be planned again in place.
  const replans: ChangeIntent[] = change.kind === 'rollback' ? [] : ['preview'];
  const startsOver: ChangeIntent[] = change.kind === 'rollback' ? [] : ['startOver'];
  // Rows whose inputs moved can be planned anew without the others; the answer is that there are none, where there are none.
  const deltas: ChangeIntent[] = change.kind === 'rollback' || change.target ? [] : ['delta'];
  switch (change.state) {
    case 'draft':
      return { dominant: 'preview', others: ['cancel'] };
    case 'previewed':
      // A guardrail that blocks the plan leaves nothing to approve.
      if (change.summary?.findings?.some(({ severity }) => severity === 'block')) return { dominant: replans[0] ?? null, others: ['reject', 'cancel'] };
      return (change.summary?.planned ?? 0) > 0 ? { dominant: 'approve', others: [...replans, 'reject', 'cancel'] } : { dominant: replans[0] ?? null, others: ['cancel'] };
    case 'approved':
      return { dominant: 'apply', others: [...replans, ...deltas, 'cancel'] };
    case 'scheduled':
      return { dominant: 'apply', others: [...deltas, 'cancel'] };
    case 'applying':
      return { dominant: 'pause', others: [] };
    case 'paused':
      return { dominant: 'resume', others: [...deltas, ...(written(change) > 0 ? (['cancel', 'rollBack'] as const) : (['cancel'] as const))] };
    case 'applied':
    case 'partially_applied':
      if (isCampaign(change) && written(change) > 0) return { dominant: 'end', others: ['rollBack', ...deltas, ...startsOver] };
      return written(change) > 0 ? { dominant: 'rollBack', others: [...deltas, ...startsOver] } : { dominant: null, others: [...deltas, ...startsOver] };
    case 'failed':
    case 'rejected':
    case 'cancelled':
      return { dominant: startsOver[0] ?? null, others: [] };
    case 'ending':
      // Some rows could not be brought back: it may be asked for once more.
      return { dominant: change.failure ? 'end' : null, others: [] };
    case 'ended':
      return { dominant: startsOver[0] ?? null, others: [] };
  }
}

/** Why this person's approval would not count, though their role is enough; null where it would. */
function notTheirs({ approvals, createdBy }: PriceChange, me: string): string | null {
  if (!approvals) return null;
  if (approvals.given.some(({ actor }) => actor === me)) return 'You approved this plan. One more person must approve it.';
  return !approvals.ownChangeAllowed && createdBy === me ? 'You made this change, so somebody else approves it: your store does not let people approve their own.' : null;
}

/** Which actions the page offers, by the change's state and the person's role; `me` is the actor who looks, `user:42`. */
export function changeActions(change: PriceChange, role: Role, me = ''): ChangeActions {
  if (change.activity === 'previewing') return { dominant: null, others: may(role, 'editor') && change.state === 'draft' ? ['cancel'] : [], missing: null };
  const { dominant, others } = wanted(change);
  const allowed = others.filter((intent) => may(role, INTENT_ROLES[intent]));
  const other = dominant === 'approve' && may(role, 'approver') ? notTheirs(change, me) : null;
  if (other) return { dominant: null, others: allowed, missing: other };
  if (dominant === null || may(role, INTENT_ROLES[dominant])) return { dominant, others: allowed, missing: null };
  return { dominant: null, others: allowed, missing: `The next step here needs the ${INTENT_ROLES[dominant]} role; yours is ${role}.` };
}

export const INTENT_WORDS: Readonly<Record<ChangeIntent, { readonly label: string; readonly done: string }>> = {
  preview: { label: 'Preview', done: 'Preview started' },
  startOver: { label: 'Preview as a new change', done: 'New change made' },
  approve: { label: 'Approve this plan', done: 'Plan approved' },
  apply: { label: 'Apply prices', done: 'Applying started' },
  pause: { label: 'Pause', done: 'Paused' },
  resume: { label: 'Resume', done: 'Resumed' },
  rollBack: { label: 'Roll back', done: 'Rollback planned' },
  reject: { label: 'Reject', done: 'Plan rejected' },
  cancel: { label: 'Cancel change', done: 'Change cancelled' },
  end: { label: 'End campaign', done: 'The campaign is ending' },
  delta: { label: 'Re-plan stale rows', done: 'Stale rows planned' },
  schedule: { label: 'Schedule', done: 'Schedule saved' },
};
