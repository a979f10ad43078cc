import { eventRow } from '../../domain/pricing/change-dto.ts';
import type { ItemEnding } from '../../ports/change-store.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { ChannelShop, LivePrice } from '../../ports/price-channel.ts';
import type { RunApplyDeps } from './run-apply.ts';
import type { Tx } from '../../ports/unit-of-work.ts';

const dateOrNull = (text: string | null | undefined): Date | null => (text ? new Date(text) : null);

/**
 * Records how rows ended: their state, the catalog's live price with its lineage, and one event for each kind of ending.
 * Rows that are no longer ours are left to whoever holds them now.
 */
export async function recordEndings(
  tx: Tx, { owner, countEnding }: Pick<RunApplyDeps, 'owner' | 'countEnding'>, ctx: FlowContext, shop: ChannelShop, changeId: string,
  endings: readonly ItemEnding[], live: ReadonlyMap<bigint, LivePrice | null>,
): Promise<void> {
  if (endings.length === 0) return;
  const ours = await tx.items.finish(endings, owner, ctx.now());
  const ended = endings.filter((ending) => ours.has(ending.item.id));
  if (ended.length === 0) return;
  if (countEnding) for (const ending of ended) countEnding(ending.state);
  const change = await tx.changes.get(changeId);
  const source = change?.kind === 'rollback' ? 'rollback' : 'apply';
  const info = { correlationId: ctx.correlationId, currencyCode: shop.currencyCode, now: ctx.now() };
  const written = ended.filter((ending) => ending.state === 'applied' || ending.state === 'settled');
  await tx.catalog.recordWritten(
    written.map(({ item, live: price }) => ({ variantId: item.variantId, itemId: item.id, price: price!.price, compareAt: price!.compareAt, updatedAt: dateOrNull(live.get(item.variantRef)?.updatedAt) })),
    { ...info, changeId, source });
  await tx.catalog.recordSeen(
    ended.filter((ending) => ending.state === 'conflict' && ending.live !== null).map(({ item, live: price }) => ({
      variantId: item.variantId, price: price!.price, compareAt: price!.compareAt, updatedAt: dateOrNull(live.get(item.variantRef)?.updatedAt) })), info);
  for (const [type, rows] of [['price.applied', written], ['price.conflict', ended.filter((ending) => ending.state === 'conflict')], ['price.failed', ended.filter((ending) => ending.state === 'failed')]] as const) {
    if (rows.length === 0) continue;
    await tx.journal.append(ctx, {
      type, aggregateType: 'price_change', aggregateId: changeId,
      payload: { changeId, rows: rows.map((ending) => eventRow(ending.item, ending, shop.currencyCode)) },
    });
  }
}
