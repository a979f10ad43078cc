import type { ConflictChoice, PriceChangeItem } from '@calibr/types';
import { isCampaign } from '../../domain/pricing/campaign.ts';
import type { ChangeRow, ItemRow } from '../../domain/pricing/change.ts';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { itemDto, pricePair } from '../../domain/pricing/change-dto.ts';
import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import { pointOf, samePrice } from '../../domain/pricing/price-point.ts';
import type { PricePoint } from '../../domain/pricing/price-point.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

/**
 * Ends a conflict as a person decides. `write_ours` queues the row again, to be written only if the live price is still the one that
 * was shown. `keep_live` and `new_baseline` leave the shop's price; under a campaign, `keep_live` keeps it for the campaign's time and
 * the price without campaigns comes back at its end, `new_baseline` makes it that price. Outside a campaign the two are the same.
 * Errors: not_found; conflict `not_a_conflict`, `campaign_over`, `illegal_transition`.
 */
export async function resolveConflict(
  { uow }: { uow: UnitOfWork }, ctx: FlowContext, { id, itemId, choice }: { id: string; itemId: string; choice: ConflictChoice },
): Promise<Result<PriceChangeItem>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    const item = change && (await tx.items.get(id, itemId));
    if (!change || !item) return problem('not_found', 'item_not_found', 'There is no such row in this price change.');
    if (item.state !== 'conflict' || item.livePrice === null) return problem('conflict', 'not_a_conflict', `This row is ${item.state}; only conflicts can be resolved.`);
    const live = pointOf(item.livePrice, item.liveCompareAt, item.liveOrigin);
    const ended = change.state === 'ending' || change.state === 'ended' || (change.endAt !== null && change.endAt <= ctx.now() && change.state !== 'applied' && change.state !== 'partially_applied');
    const over = isCampaign(change) && ended;
    // Campaigns lie on the shop's own prices and not on those of a price list.
    const stack = change.priceListId ? undefined : (await tx.layers.stacks([item.variantId])).get(item.variantId);
    const onVariant = stack?.layers.find((layer) => layer.changeId === layerIn(change, item));
    if (over && choice === 'write_ours' && !onVariant) return problem('conflict', 'campaign_over', 'The campaign is over, so its price is not written any more; keep the shop\u2019s price.');
    // After the end of a campaign our price is the one without it: the row goes into another round of the end.
    const state = choice === 'write_ours' && !over ? 'queued' : 'kept';
    const reopens = state === 'queued' && change.state !== 'applying' && change.state !== 'paused';
    const reopened = reopens ? nextChangeState(change.state, 'reopen') : null;
    if (reopened && !reopened.ok) return reopened;
    if (state === 'kept' && onVariant) await keep(tx, change, item, choice, live, { over, own: onVariant, onTop: stack?.layers[0] === onVariant });
    else if (state === 'kept' && choice === 'new_baseline' && !change.priceListId) await tx.layers.setBaseline([{ variantId: item.variantId, ...live }]);
    await tx.items.resolve(itemId, { state, resolution: choice, by: actorText(ctx.actor), expected: state === 'queued' ? live : null, now: ctx.now() });
    await tx.journal.append(ctx, {
      type: 'price.conflict_resolved', aggregateType: 'price_change', aggregateId: id,
      payload: { changeId: id, itemId, variantId: item.variantId, choice, state, live: pricePair(live.price, live.compareAt, change.currencyCode) },
      audit: { action: 'conflict_resolved', explain: { itemId, sku: item.sku, choice, live: pricePair(live.price, live.compareAt, change.currencyCode) } },
    });
    if (reopened) {
      await tx.changes.assignApplyOrder(id);
      await tx.changes.update(id, { state: reopened.value, finishedAt: null }, ctx.now());
      await tx.journal.append(ctx, { type: 'price_change.reopened', aggregateType: 'price_change', aggregateId: id, payload: { changeId: id, itemId } });
    }
    return ok(itemDto((await tx.items.get(id, itemId))!, change.currencyCode));
  });
}

/** The campaign whose layer the row is about: its own, or the one that it takes off. */
function layerIn(change: ChangeRow, item: ItemRow): string | null {
  return isCampaign(change) ? change.id : change.rollbackOf !== null && item.layerId === change.rollbackOf ? change.rollbackOf : null;
}

/** What the campaigns on the variant show from now on, so that the price that is kept is the one that they stand for. */
async function keep(tx: Tx, change: ChangeRow, item: ItemRow, choice: ConflictChoice, live: PricePoint, { over, own, onTop }: { over: boolean; own: PricePoint & { changeId: string }; onTop: boolean }): Promise<void> {
  const comesOff = !isCampaign(change) || (over && choice !== 'write_ours');
  // Nobody edited it: what is kept is the campaign itself.
  if (!isCampaign(change) && samePrice(live, own)) return;
  if (comesOff) {
    await tx.layers.take(own.changeId, [item.variantId]);
    if (onTop) await tx.layers.repriceTop(item.variantId, live);
  } else await tx.layers.reprice(own.changeId, item.variantId, live);
  if (choice === 'new_baseline') await tx.layers.setBaseline([{ variantId: item.variantId, ...live }]);
}
