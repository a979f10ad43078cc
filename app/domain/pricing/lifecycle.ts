import { problem, ok } from '../kernel/result.ts';
import type { Result } from '../kernel/result.ts';

/** Every state of a price change. */
export const CHANGE_STATES = [
  'draft', 'previewed', 'approved', 'scheduled', 'applying', 'paused',
  'applied', 'partially_applied', 'failed', 'rejected', 'cancelled', 'ending', 'ended',
] as const;
export type ChangeState = (typeof CHANGE_STATES)[number];

/** Every state of one row of a change. */
export const ITEM_STATES = [
  'planned', 'unchanged', 'blocked', 'queued', 'writing',
  'applied', 'settled', 'conflict', 'failed', 'cancelled', 'kept',
] as const;
export type ItemState = (typeof ITEM_STATES)[number];

/** Rows in these states will not move again by themselves. */
export const ITEM_ENDINGS = ['unchanged', 'blocked', 'applied', 'settled', 'conflict', 'failed', 'cancelled', 'kept'] as const satisfies readonly ItemState[];

/**
 * The whole lifecycle as data: which action leads from which state where.
 * `complete_*` are taken by the worker when no row is left to write.
 */
export const CHANGE_TRANSITIONS = {
  preview: { draft: 'previewed', previewed: 'previewed', approved: 'previewed' },
  approve: { previewed: 'approved' },
  reject: { previewed: 'rejected' },
  /** What was approved holds no more: another rule, other policies. */
  void_approval: { approved: 'previewed', scheduled: 'previewed' },
  schedule: { approved: 'scheduled', scheduled: 'scheduled' },
  cancel: { draft: 'cancelled', previewed: 'cancelled', approved: 'cancelled', scheduled: 'cancelled', paused: 'cancelled' },
  apply: { approved: 'applying', scheduled: 'applying' },
  pause: { applying: 'paused' },
  resume: { paused: 'applying' },
  /** A resolved conflict that asks for our price again, after the change had ended. */
  reopen: { applied: 'applying', partially_applied: 'applying', failed: 'applying', cancelled: 'applying' },
  complete_all: { applying: 'applied' },
  complete_some: { applying: 'partially_applied' },
  complete_none: { applying: 'failed' },
  stop_after_some: { cancelled: 'partially_applied' },
  end: { applying: 'ending', paused: 'ending', applied: 'ending', partially_applied: 'ending', failed: 'ending', ending: 'ending', ended: 'ending' },
  complete_end: { ending: 'ended' },
  /** The whole window of a campaign went by before it could start: nothing of it is written. */
  miss: { draft: 'ended', previewed: 'ended', approved: 'ended', scheduled: 'ended' },
} as const satisfies Record<string, Partial<Record<ChangeState, ChangeState>>>;
export type ChangeAction = keyof typeof CHANGE_TRANSITIONS;

const spoken: Record<ChangeAction, string> = {
  preview: 'previewed', approve: 'approved', reject: 'rejected', void_approval: 'sent back for approval', schedule: 'scheduled', cancel: 'cancelled',
  apply: 'applied', pause: 'paused', resume: 'resumed', reopen: 'reopened', complete_all: 'completed',
  complete_some: 'completed', complete_none: 'completed', stop_after_some: 'stopped', end: 'ended', complete_end: 'ended', miss: 'passed over',
};

/** The state that `action` leads to, or a conflict that says which states it can be taken from. */
export function nextChangeState(state: ChangeState, action: ChangeAction): Result<ChangeState> {
  const from: Partial<Record<ChangeState, ChangeState>> = CHANGE_TRANSITIONS[action];
  const next = from[state];
  if (next) return ok(next);
  return problem('conflict', 'illegal_transition',
    `A price change that is ${state.replaceAll('_', ' ')} cannot be ${spoken[action]}; it must be ${Object.keys(from).join(' or ').replaceAll('_', ' ')}.`);
}

export interface ItemCounts extends Readonly<Partial<Record<ItemState, number>>> {}

/** How a change ends once no row is queued or being written: all planned rows at their target, some, or none. */
export function completionOf(counts: ItemCounts): 'complete_all' | 'complete_some' | 'complete_none' {
  const done = (counts.applied ?? 0) + (counts.settled ?? 0);
  const missed = (counts.conflict ?? 0) + (counts.failed ?? 0) + (counts.cancelled ?? 0) + (counts.kept ?? 0) + (counts.planned ?? 0);
  if (missed === 0) return 'complete_all';
  return done === 0 ? 'complete_none' : 'complete_some';
}
