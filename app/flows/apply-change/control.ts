import type { PriceChange } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { ChangeRow } from '../../domain/pricing/change.ts';
import { changeDto } from '../../domain/pricing/change-dto.ts';
import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import { sealHeader, sealRow } from '../../domain/pricing/plan-seal.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Digest } from '../../ports/digest.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

const notFound = (): Result<never> => problem('not_found', 'price_change_not_found', 'There is no price change with this id.');

/** The hash of the rows as they are in the database now. */
async function storedHash(tx: Tx, change: ChangeRow, digest: Digest): Promise<string> {
  const { kind, currencyCode, ruleId, ruleVersion, ruleJson, policyVersion, rollbackOf } = change;
  digest.update(sealHeader({ changeId: change.id, kind, currencyCode, ruleId, ruleVersion, ruleJson, policyVersion, rollbackOf }));
  for await (const batch of tx.items.streamPlan(change.id, 2_000)) {
    for (const row of batch) digest.update(sealRow(row));
  }
  return digest.hex();
}

/**
 * Starts writing an approved plan. The rows are hashed again first: what is not exactly what was approved is not written.
 * Errors: not_found; invalid `canary_not_supported`; conflict `illegal_transition`, `stale_plan`, `writes_stopped`.
 */
export async function applyChange({ uow, newDigest }: { uow: UnitOfWork; newDigest: () => Digest }, ctx: FlowContext, { id, canaryPercent }: { id: string; canaryPercent?: unknown }): Promise<Result<PriceChange>> {
  if (canaryPercent !== undefined && canaryPercent !== null) {
    return problem('invalid', 'canary_not_supported', 'Applying to a part of the plan first is not possible yet; leave canaryPercent out.', [{ pointer: '/canaryPercent', code: 'canary_not_supported', message: 'Leave it out.' }]);
  }
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change) return notFound();
    const next = nextChangeState(change.state, 'apply');
    if (!next.ok) return next;
    if (change.activity !== null) return problem('conflict', 'stale_plan', 'A new preview of this change is being made; approve the plan that it gives.');
    const tenant = await tx.tenant.get();
    if (tenant?.writesStopped || tenant?.state !== 'installed') return problem('conflict', 'writes_stopped', 'Writing prices is stopped for this shop.');
    if (tenant.currencyCode !== change.currencyCode) return problem('conflict', 'stale_plan', `The shop's currency is now ${tenant.currencyCode}; this plan was made in ${change.currencyCode}. Make a new price change.`);
    if (change.approvedHash === null || change.approvedHash !== change.planHash || (await storedHash(tx, change, newDigest())) !== change.approvedHash) {
      return problem('conflict', 'stale_plan', 'The plan is not the one that was approved; preview and approve it again.');
    }
    await tx.changes.assignApplyOrder(id);
    const queuedRows = await tx.items.queuePlanned(id);
    const updated = await tx.changes.update(id, { state: next.value, startedAt: ctx.now(), finishedAt: null, failure: null }, ctx.now());
    await tx.journal.append(ctx, {
      type: 'price_change.started', aggregateType: 'price_change', aggregateId: id,
      payload: { changeId: id, planHash: change.approvedHash, queuedRows, canaryPercent: null }, audit: { action: 'started', explain: { planHash: change.approvedHash, queuedRows } },
    });
    return ok(changeDto(updated, await tx.items.countByState(id)));
  });
}

/** Starts a change whose time has come. One that cannot start says why in its `failure`, once for each reason, and is tried again. */
export async function startScheduled(deps: { uow: UnitOfWork; newDigest: () => Digest }, ctx: FlowContext, { id }: { id: string }): Promise<void> {
  const started = await applyChange(deps, ctx, { id });
  if (started.ok || started.error.code === 'illegal_transition' || started.error.code === 'price_change_not_found') return;
  const failure = `It was to start at its scheduled time and could not: ${started.error.detail}`;
  await deps.uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change || change.state !== 'scheduled' || change.failure === failure) return;
    ctx.log.warn({ changeId: id, code: started.error.code }, 'A scheduled change did not start');
    await tx.changes.update(id, { failure }, ctx.now());
  });
}

/** Stops before the next write; rows that are being written finish. Errors: not_found; conflict `illegal_transition`. */
export async function pauseChange({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id, reason }: { id: string; reason?: string }): Promise<Result<PriceChange>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change) return notFound();
    const next = nextChangeState(change.state, 'pause');
    if (!next.ok) return next;
    const pauseReason = reason ?? 'Paused by hand.';
    const updated = await tx.changes.update(id, { state: next.value, pauseReason }, ctx.now());
    await tx.journal.append(ctx, {
      type: 'price_change.paused', aggregateType: 'price_change', aggregateId: id,
      payload: { changeId: id, reason: pauseReason }, audit: { action: 'paused', explain: { reason: pauseReason } },
    });
    return ok(changeDto(updated, await tx.items.countByState(id)));
  });
}

/** Goes on where it was paused. Errors: not_found; conflict `illegal_transition`, `writes_stopped`. */
export async function resumeChange({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id }: { id: string }): Promise<Result<PriceChange>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change) return notFound();
    const next = nextChangeState(change.state, 'resume');
    if (!next.ok) return next;
    const tenant = await tx.tenant.get();
    if (tenant?.writesStopped || tenant?.state !== 'installed') return problem('conflict', 'writes_stopped', 'Writing prices is stopped for this shop.');
    const updated = await tx.changes.update(id, { state: next.value, pauseReason: null }, ctx.now());
    await tx.journal.append(ctx, { type: 'price_change.resumed', aggregateType: 'price_change', aggregateId: id, payload: { changeId: id }, audit: { action: 'resumed' } });
    return ok(changeDto(updated, await tx.items.countByState(id)));
  });
}
