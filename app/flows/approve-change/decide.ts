import type { PriceChange } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { AUTOMATIC_ACTOR, approversRequired, blockedByFindings, mayApprove } from '../../domain/policies/approvals.ts';
import { approvalsDto, countingApprovals, findingsOf, planMaxAge } from '../../domain/policies/approvals-dto.ts';
import type { PolicyInForce } from '../../domain/policies/policy.ts';
import type { ChangeRow } from '../../domain/pricing/change.ts';
import { changeDto } from '../../domain/pricing/change-dto.ts';
import { isEndOf } from '../../domain/pricing/campaign.ts';
import { endingCounts } from '../../domain/pricing/endings.ts';
import { completionOf, nextChangeState } from '../../domain/pricing/lifecycle.ts';
import { runTimes } from '../../domain/schedules/timing.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';
import { supersedeRows } from './supersede.ts';

interface Deps {
  readonly uow: UnitOfWork;
  readonly planMaxAgeHours: number;
}

export interface ApproveInput {
  readonly id: string;
  readonly planHash: string;
  readonly comment?: string | null;
  /** The role of who approves; a token without the scope `admin` counts as approver, which is also what not given means. */
  readonly role?: string;
}

const stale = (detail: string): Result<never> => problem('conflict', 'stale_plan', detail);

/** Why this plan may no longer be approved as it stands; null when it may. */
async function staleness(tx: Tx, change: ChangeRow, policy: PolicyInForce, now: Date, configuredHours: number): Promise<Result<never> | null> {
  if (change.activity !== null) return stale('A new preview is being made; approve the plan that it gives.');
  const currencyCode = change.priceListId ? null : (await tx.tenant.get())?.currencyCode;
  if (currencyCode && currencyCode !== change.currencyCode) return stale(`The shop's currency is now ${currencyCode}; this plan was made in ${change.currencyCode}. Make a new price change.`);
  const hours = planMaxAge(policy, configuredHours);
  if (change.previewedAt && now.getTime() - change.previewedAt.getTime() > hours * 3_600_000) {
    return stale(change.kind === 'rollback' ? `This plan is older than ${hours} hours; make a new rollback.` : `This plan is older than ${hours} hours; preview it again.`);
  }
  if (change.ruleId !== null) {
    const rule = await tx.rules.get(change.ruleId);
    if (!rule) return stale('The rule of this plan was deleted; make a new price change.');
    if (rule.version !== change.ruleVersion) return stale(`The rule changed from version ${change.ruleVersion} to ${rule.version} after this plan was made; preview it again.`);
  }
  if (change.kind !== 'rollback' && change.policyVersion !== policy.version) {
    return stale(`The shop's policies changed ${change.policyVersion === null ? '' : `from version ${change.policyVersion} `}to version ${policy.version} after this plan was made; preview it again.`);
  }
  return null;
}

/**
 * Approves exactly the plan with this hash. Where the policies ask for two people the first approval is kept and the change stays
 * previewed; a person who approves twice counts once. All under the lock of the change, so that two approvals at once are two.
 * Errors: not_found; forbidden `own_change`, `role_missing`; conflict `stale_plan` (any other hash, a changed rule or policy, a plan that
 * is too old or being made again), `guardrail_blocked` with what blocks, `illegal_transition`, `window_over`.
 */
export async function approveChange({ uow, planMaxAgeHours }: Deps, ctx: FlowContext, { id, planHash, comment, role = 'approver' }: ApproveInput): Promise<Result<PriceChange>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change) return problem('not_found', 'price_change_not_found', 'There is no price change with this id.');
    const policy = await tx.policies.inForce();
    const answer = async (row: ChangeRow): Promise<Result<PriceChange>> => ok({ ...changeDto(row, null), approvals: approvalsDto(row, policy, await tx.decisions.list(id), planMaxAgeHours) });
    // The policies were quicker than the person: the same plan, approved already.
    if (change.state === 'approved' && change.approvedBy === AUTOMATIC_ACTOR && change.approvedHash === planHash && change.activity === null) return answer(change);
    const next = nextChangeState(change.state, 'approve');
    if (!next.ok) return next;
    if (change.planHash === null || change.planHash !== planHash) return stale('The plan has changed since it was shown; look at the current plan and approve its hash.');
    const start = runTimes(change, ctx.now());
    if (!start.ok) return start;
    const actor = actorText(ctx.actor);
    const refused = (await staleness(tx, change, policy, ctx.now(), planMaxAgeHours)) ?? blockedByFindings(findingsOf(change));
    if (refused) return refused;
    const allowed = mayApprove(policy.document.approvals, { actor, role }, change.createdBy);
    if (!allowed.ok) return allowed;

    const before = countingApprovals(await tx.decisions.list(id), planHash);
    if (before.some((given) => given.actor === actor)) return answer(change);
    await tx.decisions.add({ id: ctx.newId(), changeId: id, planHash, decision: 'approve', actor, role, comment: comment ?? null, createdAt: ctx.now() });
    const required = approversRequired(policy.document.approvals, findingsOf(change));
    const given = before.length + 1;
    if (given < required) {
      const waiting = await tx.changes.update(id, {}, ctx.now());
      await tx.journal.append(ctx, {
        type: 'price_change.approval_given', aggregateType: 'price_change', aggregateId: id,
        payload: { changeId: id, planHash, actor, role, comment: comment ?? null, given, required },
        audit: { action: 'approval_given', explain: { planHash, comment: comment ?? null, given, required } },
      });
      return answer(waiting);
    }
    const updated = await tx.changes.update(id, {
      state: next.value, approvedHash: planHash, approvedBy: actor, approvedAt: ctx.now(), approvalComment: comment ?? null, approvalsRequired: required, note: null, staleReason: null, ...start.value,
    }, ctx.now());
    await tx.journal.append(ctx, {
      type: 'price_change.approved', aggregateType: 'price_change', aggregateId: id,
      payload: { changeId: id, planHash, approvedBy: actor, comment: comment ?? null },
      audit: { action: 'approved', explain: { planHash, comment: comment ?? null, ...(required > 1 ? { approvals: [...before.map((one) => one.actor), actor] } : {}) } },
    });
    await supersedeRows(tx, ctx, updated);
    return answer(updated);
  });
}

/** Turns a plan down. Errors: not_found; conflict `illegal_transition`. */
export async function rejectChange({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id, comment, role }: { id: string; comment?: string | null; role?: string }): Promise<Result<PriceChange>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change) return problem('not_found', 'price_change_not_found', 'There is no price change with this id.');
    const next = nextChangeState(change.state, 'reject');
    if (!next.ok) return next;
    const updated = await tx.changes.update(id, { state: next.value, activity: null, finishedAt: ctx.now() }, ctx.now());
    await tx.decisions.add({ id: ctx.newId(), changeId: id, planHash: change.planHash, decision: 'reject', actor: actorText(ctx.actor), role: role ?? 'approver', comment: comment ?? null, createdAt: ctx.now() });
    await tx.journal.append(ctx, {
      type: 'price_change.rejected', aggregateType: 'price_change', aggregateId: id,
      payload: { changeId: id, planHash: change.planHash, comment: comment ?? null }, audit: { action: 'rejected', explain: { comment: comment ?? null } },
    });
    return ok(changeDto(updated, null));
  });
}

/**
 * Stops a change for good: rows that were not written yet become cancelled. A change with written rows ends as partially applied, and as
 * applied where all were.
 * Errors: not_found; conflict `illegal_transition`, `write_in_doubt` (a write went out whose answer is not known yet; try again shortly).
 */
export async function cancelChange({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id, comment }: { id: string; comment?: string | null }): Promise<Result<PriceChange>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change) return problem('not_found', 'price_change_not_found', 'There is no price change with this id.');
    const next = nextChangeState(change.state, 'cancel');
    if (!next.ok) return next;
    const before = await tx.items.countByState(id);
    if ((before.writing ?? 0) > 0) return problem('conflict', 'write_in_doubt', `${before.writing} rows are being written or wait for an answer of the shop; cancel again in a minute.`);
    const cancelledRows = await tx.items.cancelQueued(id, ctx.now());
    const counts = await tx.items.countByState(id);
    const written = (counts.applied ?? 0) + (counts.settled ?? 0);
    // Paused when its last row was under way: there was nothing left to stop.
    const state = written === 0 ? next.value : completionOf(counts) === 'complete_all' ? 'applied' : 'partially_applied';
    const updated = await tx.changes.update(id, { state, activity: null, finishedAt: ctx.now(), pauseReason: null }, ctx.now());
    // The campaign goes on showing its prices and must say why, or nobody would end it again.
    const campaign = isEndOf(change) && change.parentId !== null ? await tx.changes.lock(change.parentId) : null;
    if (campaign?.state === 'ending') await tx.changes.update(campaign.id, { failure: 'Its end was cancelled before every price was brought back. End the campaign again.' }, ctx.now());
    await tx.journal.append(ctx, {
      type: 'price_change.cancelled', aggregateType: 'price_change', aggregateId: id,
      payload: { changeId: id, fromState: change.state, cancelledRows, comment: comment ?? null }, audit: { action: 'cancelled', explain: { cancelledRows, comment: comment ?? null } },
    });
    if (written > 0) {
      await tx.journal.append(ctx, {
        type: 'price_change.completed', aggregateType: 'price_change', aggregateId: id,
        payload: { changeId: id, state, counts: endingCounts(counts) }, audit: { action: 'completed', explain: { state } },
      });
    }
    return ok(changeDto(updated, counts));
  });
}
