import type { ConflictChoice, PriceChangeItem } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { itemDto, pricePair } from '../../domain/pricing/change-dto.ts';
import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/**
 * Ends a conflict as a person decides. `keep_live` and `new_baseline` leave the shop's price (outside a campaign it already is
 * the baseline); `write_ours` queues the row again, to be written only if the live price is still the one that was shown.
 * Errors: not_found; conflict `not_a_conflict`, `change_cancelled`.
 */
export async function resolveConflict(
  { uow }: { uow: UnitOfWork }, ctx: FlowContext, { id, itemId, choice }: { id: string; itemId: string; choice: ConflictChoice },
): Promise<Result<PriceChangeItem>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    const item = change && (await tx.items.get(id, itemId));
    if (!change || !item) return problem('not_found', 'item_not_found', 'There is no such row in this price change.');
    if (item.state !== 'conflict' || item.livePrice === null) return problem('conflict', 'not_a_conflict', `This row is ${item.state}; only conflicts can be resolved.`);
    const live = { price: item.livePrice, compareAt: item.liveCompareAt };
    const state = choice === 'write_ours' ? 'queued' : 'kept';
    const reopens = state === 'queued' && change.state !== 'applying' && change.state !== 'paused';
    const reopened = reopens ? nextChangeState(change.state, 'reopen') : null;
    if (reopened && !reopened.ok) return reopened;
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
