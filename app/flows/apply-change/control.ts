import type { PriceChange } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { ChangeRow } from '../../domain/pricing/change.ts';
import { canaryRows, readApplyOptions } from '../../domain/pricing/canary.ts';
import { changeDto } from '../../domain/pricing/change-dto.ts';
import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import { endedRows } from '../../domain/pricing/pause-limits.ts';
import { planHeader, sealHeader, sealRow } from '../../domain/pricing/plan-seal.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Digest } from '../../ports/digest.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';
import { pauseLocked } from './pause.ts';
import { holdCapped, policyHold } from './policy-hold.ts';
import { continueAfterCanary } from './verify-canary.ts';

const notFound = (): Result<never> => problem('not_found', 'price_change_not_found', 'There is no price change with this id.');
const notInstalled = (): Result<never> => problem('conflict', 'not_installed', 'The app is no longer installed in this shop.');

/** The hash of the rows as they are in the database now. */
async function storedHash(tx: Tx, change: ChangeRow, digest: Digest): Promise<string> {
  digest.update(sealHeader(planHeader(change)));
  for await (const batch of tx.items.streamPlan(change.id, 2_000)) {
    for (const row of batch) digest.update(sealRow(row));
  }
  return digest.hex();
}

/** A change with its rows, and whether it waits because all writes of the shop are stopped. */
async function answer(tx: Tx, change: ChangeRow): Promise<Result<PriceChange>> {
  const writes = await tx.writes.get();
  return ok(changeDto(change, await tx.items.countByState(change.id), writes.stopped ? writes : null));
}

/** Whoever asks to apply a change whose own time came a moment earlier gets what was asked for. */
function begunByItself(change: ChangeRow, now: Date): boolean {
  return change.scheduleAt !== null && change.scheduleAt <= now && (change.state === 'applying' || change.state === 'applied' || change.state === 'partially_applied');
}

export interface ApplyInput {
  readonly id: string;
  /** Percent of the planned rows, number or decimal string, to write and verify first. */
  readonly canaryPercent?: unknown;
  /** `manual` (the default): pauses then · `auto`: goes on by itself within the limits. */
  readonly canaryContinue?: unknown;
  /** `{conflictPercent?, failurePercent?, minimumRows?}` */
  readonly pauseOn?: unknown;
}

/**
 * Starts writing an approved plan. The rows are hashed again first: what is not exactly what was approved is not written. With a
 * canary only its rows are queued, and the rest stays planned until it was verified. While all writes of the shop are stopped it
 * starts too, and waits.
 * Errors: not_found; invalid `invalid_canary_percent`, `invalid_canary_continue`, `invalid_pause_limits`; conflict `illegal_transition`, `stale_plan`, `window_over`, `quiet_hours`, `not_installed`.
 */
export async function applyChange({ uow, newDigest }: { uow: UnitOfWork; newDigest: () => Digest }, ctx: FlowContext, { id, ...input }: ApplyInput): Promise<Result<PriceChange>> {
  const options = readApplyOptions(input);
  if (!options.ok) return options;
  const { canaryPercent, canaryContinue } = options.value;
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change) return notFound();
    if (begunByItself(change, ctx.now())) return answer(tx, change);
    const next = nextChangeState(change.state, 'apply');
    if (!next.ok) return next;
    if (change.activity !== null) return problem('conflict', 'stale_plan', 'A new preview of this change is being made; approve the plan that it gives.');
    if (change.endAt !== null && change.endAt <= ctx.now()) return problem('conflict', 'window_over', 'The end of this change has passed; give it a new schedule.');
    const tenant = await tx.tenant.get();
    if (tenant?.state !== 'installed') return notInstalled();
    if (!change.priceListId && tenant.currencyCode !== change.currencyCode) return problem('conflict', 'stale_plan', `The shop's currency is now ${tenant.currencyCode}; this plan was made in ${change.currencyCode}. Make a new price change.`);
    const list = change.priceListId ? await tx.priceLists.get(change.priceListId) : null;
    if (list && (!list.active || list.currencyCode !== change.currencyCode)) return problem('conflict', 'stale_plan', `The price list ${list.name} is ${list.active ? `now in ${list.currencyCode}` : 'no longer in use'}. Make a new price change.`);
    if (change.approvedHash === null || change.approvedHash !== change.planHash || (await storedHash(tx, change, newDigest())) !== change.approvedHash) {
      return problem('conflict', 'stale_plan', 'The plan is not the one that was approved; preview and approve it again.');
    }
    const held = await policyHold(tx, change, ctx.now());
    if (held) return held;
    await tx.changes.assignApplyOrder(id);
    const cancelledRows = await holdCapped(tx, ctx, change, tenant.timeZone);
    const planned = (await tx.items.countByState(id)).planned ?? 0;
    const canary = canaryPercent !== null && planned > 0;
    const queuedRows = canary ? await tx.items.queueCanary(id, change.approvedHash, canaryRows(planned, canaryPercent)) : await tx.items.queuePlanned(id);
    const updated = await tx.changes.update(id, {
      state: next.value, startedAt: ctx.now(), finishedAt: null, failure: null, canaryPercent, pauseOn: { ...options.value.pauseOn, since: endedRows({}) },
      canary: canary ? { continue: canaryContinue, state: 'writing', rows: queuedRows, verified: 0, differing: 0, conflicts: 0, failed: 0, withinLimits: null } : null,
    }, ctx.now());
    const first = { ...(canary ? { canaryPercent, canaryContinue } : { canaryPercent: null }), ...(cancelledRows > 0 ? { cancelledRows } : {}) };
    await tx.journal.append(ctx, {
      type: 'price_change.started', aggregateType: 'price_change', aggregateId: id,
      payload: { changeId: id, planHash: change.approvedHash, queuedRows, ...first }, audit: { action: 'started', explain: { planHash: change.approvedHash, queuedRows, ...first } },
    });
    return answer(tx, updated);
  });
}

/**
 * Starts a change whose time has come. One that cannot start says why in its `failure`, once for each reason, and is tried again.
 * While all writes of the shop are stopped it stays scheduled, and starts late when they are resumed.
 */
export async function startScheduled(deps: { uow: UnitOfWork; newDigest: () => Digest }, ctx: FlowContext, { id }: { id: string }): Promise<void> {
  if ((await deps.uow.run(ctx.tenantId, (tx) => tx.writes.get())).stopped) return;
  const started = await applyChange(deps, ctx, { id });
  if (started.ok || started.error.code === 'illegal_transition' || started.error.code === 'price_change_not_found') return;
  const failure = `It was to start at its scheduled time and could not: ${started.error.detail}`;
  await deps.uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change || (change.state !== 'scheduled' && change.state !== 'approved') || change.failure === failure) return;
    ctx.log.warn({ changeId: id, code: started.error.code }, 'A scheduled change did not start');
    await tx.changes.update(id, { failure }, ctx.now());
  });
}

/** Stops before the next write; rows that are being written finish. Errors: not_found; conflict `illegal_transition`. */
export async function pauseChange({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id, reason }: { id: string; reason?: string }): Promise<Result<PriceChange>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change) return notFound();
    const paused = await pauseLocked(tx, ctx, change, { code: 'by_person', reason: reason ?? 'Paused by hand.' });
    return paused.ok ? answer(tx, paused.value) : paused;
  });
}

/**
 * Goes on where it was paused: after a first part with the rest of the plan. What went wrong until now has been seen, and no longer
 * counts for pausing by itself. While all writes of the shop are stopped it waits. Errors: not_found; conflict `illegal_transition`, `stale_plan`, `not_installed`.
 */
export async function resumeChange({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id }: { id: string }): Promise<Result<PriceChange>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change) return notFound();
    const next = nextChangeState(change.state, 'resume');
    if (!next.ok) return next;
    const tenant = await tx.tenant.get();
    if (tenant?.state !== 'installed') return notInstalled();
    if (!change.priceListId && tenant.currencyCode !== change.currencyCode) return problem('conflict', 'stale_plan', `The shop's currency is now ${tenant.currencyCode}; this plan was made in ${change.currencyCode}. Cancel it and make a new price change.`);
    const rest = await continueAfterCanary(tx, change);
    const since = endedRows(await tx.items.countByState(id));
    const updated = await tx.changes.update(id, {
      state: next.value, pauseCode: null, pauseReason: null, ...(change.pauseOn ? { pauseOn: { ...change.pauseOn, since } } : {}), ...(rest ? { canary: rest.canary } : {}),
    }, ctx.now());
    const queuedRows = rest?.queuedRows ?? 0;
    await tx.journal.append(ctx, { type: 'price_change.resumed', aggregateType: 'price_change', aggregateId: id, payload: { changeId: id, queuedRows }, audit: { action: 'resumed', explain: { queuedRows } } });
    return answer(tx, updated);
  });
}
