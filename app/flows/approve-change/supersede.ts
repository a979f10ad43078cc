import type { ChangeRow } from '../../domain/pricing/change.ts';
import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx } from '../../ports/unit-of-work.ts';

/**
 * With the approval of a delta plan the rows that it was made from are closed: conflicts are kept as the shop has them, to be written by
 * the delta, and rows that were not written yet are cancelled. Where the parent's campaign lies on a variant it stands for the live
 * price until the delta lies above it. A plan that waited for its start and has no row left to write is cancelled and says why; the head of
 * a series goes on to its next window. Nothing for any other change.
 */
export async function supersedeRows(tx: Tx, ctx: FlowContext, delta: ChangeRow): Promise<void> {
  if (delta.kind !== 'delta' || delta.parentId === null) return;
  const parent = await tx.changes.lock(delta.parentId);
  if (!parent) return;
  for (const { variantId, price, compareAt } of await tx.stale.layered(parent.id, delta.id)) await tx.layers.reprice(parent.id, variantId, { price, compareAt });
  const { kept, cancelled } = await tx.stale.supersede(parent.id, delta.id, { by: actorText(ctx.actor), now: ctx.now() });
  if (kept + cancelled === 0) return;
  await tx.journal.append(ctx, {
    type: 'price_change.rows_superseded', aggregateType: 'price_change', aggregateId: parent.id,
    payload: { changeId: parent.id, deltaId: delta.id, kept, cancelled }, audit: { action: 'rows_superseded', explain: { deltaId: delta.id, kept, cancelled } },
  });
  // What is stale is the delta's now; anything that moves after it is found again.
  if (parent.staleReason === 'prices_moved') await tx.changes.update(parent.id, { staleReason: null }, ctx.now());
  const next = nextChangeState(parent.state, 'cancel');
  const waited = parent.state === 'approved' || parent.state === 'scheduled';
  if (!next.ok || !waited || parent.followAt !== null || ((await tx.items.countByState(parent.id)).planned ?? 0) > 0) return;
  const comment = 'Every row was planned anew and is written by the change that was approved for them.';
  await tx.changes.update(parent.id, { state: next.value, finishedAt: ctx.now(), note: comment }, ctx.now());
  await tx.journal.append(ctx, {
    type: 'price_change.cancelled', aggregateType: 'price_change', aggregateId: parent.id,
    payload: { changeId: parent.id, fromState: parent.state, cancelledRows: 0, comment }, audit: { action: 'cancelled', explain: { cancelledRows: 0, comment, deltaId: delta.id } },
  });
}
