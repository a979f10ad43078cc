import type { FlowContext } from '../../ports/context.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

/** Asks for the plan of a change that is one of a series, shortly before its start. Runs before it that nobody approved give way to it. */
export async function planOccurrence({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id }: { id: string }): Promise<void> {
  await uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change || change.planAt === null || change.planAt > ctx.now()) return;
    const asks = change.state === 'draft' && change.activity === null;
    await tx.changes.update(id, { planAt: null, ...(asks ? { activity: 'previewing', failure: null } : {}) }, ctx.now());
    if (!asks) return;
    const before = change.endAt === null && change.seriesId !== null ? await tx.schedules.unapprovedBefore(change) : [];
    for (const old of before) await giveWay(tx, ctx, old);
    await tx.journal.append(ctx, { type: 'price_change.preview_requested', aggregateType: 'price_change', aggregateId: id, payload: { changeId: id } });
  });
}

async function giveWay(tx: Tx, ctx: FlowContext, id: string): Promise<void> {
  const change = await tx.changes.lock(id);
  if (!change || (change.state !== 'draft' && change.state !== 'previewed')) return;
  const comment = 'Nobody approved it before the next run, which takes its place.';
  const cancelledRows = await tx.items.cancelQueued(id, ctx.now());
  await tx.changes.update(id, { state: 'cancelled', activity: null, finishedAt: ctx.now(), planAt: null, note: comment }, ctx.now());
  await tx.journal.append(ctx, {
    type: 'price_change.cancelled', aggregateType: 'price_change', aggregateId: id,
    payload: { changeId: id, fromState: change.state, cancelledRows, comment }, audit: { action: 'cancelled', explain: { cancelledRows, comment } },
  });
}
