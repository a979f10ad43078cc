import { isEndOf } from '../../domain/pricing/campaign.ts';
import type { ChangeRow } from '../../domain/pricing/change.ts';
import { endingCounts } from '../../domain/pricing/endings.ts';
import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import type { ItemCounts } from '../../domain/pricing/lifecycle.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx } from '../../ports/unit-of-work.ts';

/**
 * When the change that ends a campaign is done, the campaign is ended. Rows that could not be brought back keep it ending, and say so;
 * conflicts do not: the merchant's price stays until somebody decides.
 */
export async function endCampaignOf(tx: Tx, ctx: FlowContext, end: ChangeRow, counts: ItemCounts): Promise<void> {
  if (!isEndOf(end) || end.parentId === null) return;
  const campaign = await tx.changes.lock(end.parentId);
  const next = campaign && nextChangeState(campaign.state, 'complete_end');
  if (!campaign || !next?.ok) return;
  const layers = await tx.layers.count(campaign.id);
  const left = layers.total - layers.inConflict - (counts.conflict ?? 0);
  if (left > 0) {
    await tx.changes.update(campaign.id, { failure: `${left} rows could not be brought back to their price without the campaign. End the campaign again to try once more.` }, ctx.now());
    return;
  }
  await tx.changes.update(campaign.id, { state: next.value, failure: null, finishedAt: ctx.now() }, ctx.now());
  const ended = endingCounts(await tx.items.countByState(campaign.id));
  await tx.journal.append(ctx, {
    type: 'price_change.completed', aggregateType: 'price_change', aggregateId: campaign.id,
    payload: { changeId: campaign.id, state: next.value, counts: ended }, audit: { action: 'ended', explain: { state: next.value, endId: end.id, ...ended } },
  });
}
