import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/** Ends a campaign whose whole window went by before it was started: nothing of it is written, and it says so. */
export async function missWindow({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id }: { id: string }): Promise<void> {
  await uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change || change.endAt === null || change.endAt > ctx.now()) return;
    const next = nextChangeState(change.state, 'miss');
    if (!next.ok) return;
    const approved = change.state === 'approved' || change.state === 'scheduled';
    const startsAt = change.scheduleAt?.toISOString() ?? null;
    const endsAt = change.endAt.toISOString();
    const planned = (change.summary as { planned?: number } | null)?.planned;
    const why = approved ? 'it could not be started in that time' : change.state === 'previewed' && planned === 0 ? 'there was nothing to change' : 'it was not approved in that time';
    const reason = `Its whole window, from ${startsAt ?? 'its start'} to ${endsAt}, went by: ${why}. Nothing was written.`;
    const cancelledRows = await tx.items.cancelQueued(id, ctx.now());
    await tx.changes.update(id, { state: next.value, activity: null, finishedAt: ctx.now(), planAt: null, ...(approved ? { failure: reason } : { note: reason, failure: null }) }, ctx.now());
    await tx.journal.append(ctx, {
      type: 'price_change.missed', aggregateType: 'price_change', aggregateId: id,
      payload: { changeId: id, startsAt, endsAt, cancelledRows, reason }, audit: { action: 'missed', explain: { reason, cancelledRows } },
    });
  });
}
