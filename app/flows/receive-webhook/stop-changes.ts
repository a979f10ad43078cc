import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import type { ChangeRow } from '../../domain/pricing/change.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx } from '../../ports/unit-of-work.ts';

const REASON = 'The app was uninstalled from this shop.';
const HELD = 'Calibrate was removed from the store while this campaign ran, so it no longer ends by itself. Its prices stay until somebody ends it here.';
const PAGE = 200;

export interface Stopped {
  readonly paused: number;
  readonly cancelled: number;
  /** Campaigns that ran and now end only by a person. */
  readonly held: number;
}

/**
 * Stops every change that writes or would start or end by itself, so that nothing goes on unasked when the app is installed again:
 * what is being applied is paused, what is to start at a time is cancelled, campaigns that run stay as they are until a person ends
 * them, series and rules that run by themselves stand still.
 */
export async function stopChanges(tx: Tx, ctx: FlowContext): Promise<Stopped> {
  const { held } = await tx.schedules.standStill(HELD, ctx.now());
  let [paused, cancelled] = [0, 0];
  for (const change of await inState(tx, 'applying')) {
    const next = nextChangeState(change.state, 'pause');
    if (!next.ok) continue;
    paused += 1;
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
    cancelled += 1;
    const cancelledRows = await tx.items.cancelQueued(change.id, ctx.now());
    await tx.changes.update(change.id, { state: next.value, activity: null, finishedAt: ctx.now() }, ctx.now());
    await tx.journal.append(ctx, {
      type: 'price_change.cancelled', aggregateType: 'price_change', aggregateId: change.id,
      payload: { changeId: change.id, fromState: change.state, cancelledRows, comment: REASON }, audit: { action: 'cancelled', explain: { cancelledRows, comment: REASON } },
    });
  }
  return { paused, cancelled, held };
}

/** All changes in a state, locked one after the other in one order, and read again under the lock: a start or a pause may have been quicker. */
export async function inState(tx: Tx, state: 'applying' | 'paused' | 'scheduled' | 'approved'): Promise<ChangeRow[]> {
  const held: ChangeRow[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Tx['changes']['list']>> = await tx.changes.list({ state }, { limit: PAGE, cursor });
    for (const { id } of page.data) {
      const change = await tx.changes.lock(id);
      if (change?.state === state) held.push(change);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  return held;
}
