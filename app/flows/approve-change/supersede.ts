import type { ChangeRow } from '../../domain/pricing/change.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx } from '../../ports/unit-of-work.ts';

/**
 * With the approval of a delta plan the rows that it was made from are closed: conflicts are kept as the shop has them, to be written by
 * the delta, and rows that were not written yet are cancelled. Where the parent's campaign lies on a variant it stands for the live
 * price until the delta lies above it. Nothing for any other change.
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
}
