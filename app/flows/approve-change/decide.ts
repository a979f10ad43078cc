import type { PriceChange } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { ChangeRow } from '../../domain/pricing/change.ts';
import { changeDto } from '../../domain/pricing/change-dto.ts';
import { endingCounts } from '../../domain/pricing/endings.ts';
import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import { runTimes } from '../../domain/schedules/timing.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

const stale = (detail: string): Result<never> => problem('conflict', 'stale_plan', detail);

/** Why this plan may no longer be approved or applied as it stands; null when it may. */
async function staleness(tx: Tx, change: ChangeRow, now: Date, planMaxAgeHours: number): Promise<Result<never> | null> {
  if (change.activity !== null) return stale('A new preview is being made; approve the plan that it gives.');
  if (change.previewedAt && now.getTime() - change.previewedAt.getTime() > planMaxAgeHours * 3_600_000) {
    return stale(`This plan is older than ${planMaxAgeHours} hours; preview it again.`);
  }
  if (change.ruleId !== null) {
    const rule = await tx.rules.get(change.ruleId);
    if (!rule) return stale('The rule of this plan was deleted; make a new price change.');
    if (rule.version !== change.ruleVersion) return stale(`The rule changed from version ${change.ruleVersion} to ${rule.version} after this plan was made; preview it again.`);
  }
  return null;
}

/**
 * Approves exactly the plan with this hash. Errors: not_found; conflict `stale_plan` (any other hash, a changed rule, a plan
 * that is too old or being made again), `illegal_transition`, `window_over`.
 */
export async function approveChange(
  { uow, planMaxAgeHours }: { uow: UnitOfWork; planMaxAgeHours: number }, ctx: FlowContext,
  { id, planHash, comment }: { id: string; planHash: string; comment?: string | null },
): Promise<Result<PriceChange>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change) return problem('not_found', 'price_change_not_found', 'There is no price change with this id.');
    const next = nextChangeState(change.state, 'approve');
    if (!next.ok) return next;
    if (change.planHash === null || change.planHash !== planHash) return stale('The plan has changed since it was shown; look at the current plan and approve its hash.');
    const start = runTimes(change, ctx.now());
    if (!start.ok) return start;
    const old = await staleness(tx, change, ctx.now(), planMaxAgeHours);
    if (old) return old;
    const approvedBy = actorText(ctx.actor);
    const updated = await tx.changes.update(id, { state: next.value, approvedHash: planHash, approvedBy, approvedAt: ctx.now(), approvalComment: comment ?? null, note: null, staleReason: null, ...start.value }, ctx.now());
    await tx.journal.append(ctx, {
      type: 'price_change.approved', aggregateType: 'price_change', aggregateId: id,
      payload: { changeId: id, planHash, approvedBy, comment: comment ?? null },
      audit: { action: 'approved', explain: { planHash, comment: comment ?? null } },
    });
    return ok(changeDto(updated, null));
  });
}

/** Turns a plan down. Errors: not_found; conflict `illegal_transition`. */
export async function rejectChange({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id, comment }: { id: string; comment?: string | null }): Promise<Result<PriceChange>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change) return problem('not_found', 'price_change_not_found', 'There is no price change with this id.');
    const next = nextChangeState(change.state, 'reject');
    if (!next.ok) return next;
    const updated = await tx.changes.update(id, { state: next.value, activity: null, finishedAt: ctx.now() }, ctx.now());
    await tx.journal.append(ctx, {
      type: 'price_change.rejected', aggregateType: 'price_change', aggregateId: id,
      payload: { changeId: id, planHash: change.planHash, comment: comment ?? null }, audit: { action: 'rejected', explain: { comment: comment ?? null } },
    });
    return ok(changeDto(updated, null));
  });
}

/**
 * Stops a change for good: rows that were not written yet become cancelled. A change with written rows ends as partially applied.
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
    const state = written > 0 ? 'partially_applied' : next.value;
    const updated = await tx.changes.update(id, { state, activity: null, finishedAt: ctx.now(), pauseReason: null }, ctx.now());
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
