import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import type { ChangeRow } from '../../domain/pricing/change.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx } from '../../ports/unit-of-work.ts';

const REASON = 'The app was uninstalled from this shop.';
/** Far more than a shop has under way at once. */
const AT_ONCE = 200;

/**
 * Stops every change that writes or would start by itself, so that nothing goes on unasked when the app is installed again:
 * what is being applied is paused, what is to start at a time is cancelled, series and rules that run by themselves stand still.
 */
export async function stopChanges(tx: Tx, ctx: FlowContext): Promise<void> {
  await tx.schedules.standStill();
  for (const change of await inState(tx, 'applying')) {
    const next = nextChangeState(change.state, 'pause');
    if (!next.ok) continue;
    await tx.changes.update(change.id, { state: next.value, pauseCode: 'app_uninstalled', pauseReason: REASON }, ctx.now());
    await tx.journal.append(ctx, {
      type: 'price_change.paused', aggregateType: 'price_change', aggregateId: change.id,
      payload: { changeId: change.id, code: 'app_uninstalled', reason: REASON }, audit: { action: 'paused', explain: { code: 'app_uninstalled', reason: REASON } },
    });
  }
  // An approved change without a time waits for a person anyway.
  for (const change of [...await inState(tx, 'scheduled'), ...(await inState(tx, 'approved')).filter(({ scheduleAt }) => scheduleAt !== null)]) {
    const next = nextChangeState(change.state, 'cancel');
    if (!next.ok) continue;
    const cancelledRows = await tx.items.cancelQueued(change.id, ctx.now());
    await tx.changes.update(change.id, { state: next.value, activity: null, finishedAt: ctx.now() }, ctx.now());
    await tx.journal.append(ctx, {
      type: 'price_change.cancelled', aggregateType: 'price_change', aggregateId: change.id,
      payload: { changeId: change.id, fromState: change.state, cancelledRows, comment: REASON }, audit: { action: 'cancelled', explain: { cancelledRows, comment: REASON } },
    });
  }
}

/** Locked one after the other in one order, and read again under the lock: a start or a pause may have been quicker. */
async function inState(tx: Tx, state: 'applying' | 'scheduled' | 'approved'): Promise<ChangeRow[]> {
  const { data } = await tx.changes.list({ state }, { limit: AT_ONCE, cursor: null });
  const held: ChangeRow[] = [];
  for (const { id } of data) {
    const change = await tx.changes.lock(id);
    if (change?.state === state) held.push(change);
  }
  return held;
}
