import { eventRow } from '../../domain/pricing/change-dto.ts';
import { isBeneath } from '../../domain/pricing/layers.ts';
import type { LayerRole } from '../../domain/pricing/layers.ts';
import type { PricePoint } from '../../domain/pricing/price-point.ts';
import type { ItemEnding } from '../../ports/change-store.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { ChannelShop, LivePrice } from '../../ports/price-channel.ts';
import type { SeenListPrice } from '../../ports/price-list-store.ts';
import type { RunApplyDeps } from './apply-deps.ts';
import type { Tx } from '../../ports/unit-of-work.ts';

const dateOrNull = (text: string | null | undefined): Date | null => (text ? new Date(text) : null);

/**
 * Records how rows ended: their state, the catalog's live price with its lineage, the campaigns on their variants, and one event for
 * each kind of ending. Rows that are no longer ours are left to whoever holds them now.
 */
export async function recordEndings(
  tx: Tx, { owner, countEnding }: Pick<RunApplyDeps, 'owner' | 'countEnding'>, ctx: FlowContext, shop: ChannelShop, role: LayerRole,
  endings: readonly ItemEnding[], live: ReadonlyMap<bigint, LivePrice | null>,
): Promise<void> {
  if (endings.length === 0) return;
  const ours = await tx.items.finish(endings, owner, ctx.now());
  const ended = endings.filter((ending) => ours.has(ending.item.id));
  if (ended.length === 0) return;
  if (countEnding) for (const ending of ended) countEnding(ending.state);
  const source = role.automatic ? 'campaign_end' : role.campaignId !== null ? 'rollback' : 'apply';
  const info = { correlationId: ctx.correlationId, currencyCode: shop.currencyCode, now: ctx.now() };
  const seenAt = ({ item }: ItemEnding): Date | null => dateOrNull(live.get(item.variantRef)?.updatedAt);
  const written = ended.filter((ending) => ending.state === 'applied' || ending.state === 'settled');
  await layEffects(tx, role, ended);
  // Beneath a campaign the shop shows the campaign's price, and nothing was written there.
  const shown = written.filter((ending) => !isBeneath(ending));
  if (shop.priceListRef !== undefined) await recordInList(tx, shop.priceListRef, shown, ended, live, { ...info, changeId: role.changeId, source });
  else await tx.catalog.recordWritten(
    shown.map((ending) => ({ variantId: ending.item.variantId, itemId: ending.item.id, price: ending.live!.price, compareAt: ending.live!.compareAt, updatedAt: seenAt(ending) })),
    { ...info, changeId: role.changeId, source });
  const seen = ended.flatMap((ending) => {
    const price = live.get(ending.item.variantRef);
    return ending.state === 'conflict' && price && shop.priceListRef === undefined ? [{ variantId: ending.item.variantId, price: price.price, compareAt: price.compareAt, updatedAt: seenAt(ending) }] : [];
  });
  await tx.catalog.recordSeen(seen, info);
  for (const [type, rows] of [['price.applied', written], ['price.conflict', ended.filter((ending) => ending.state === 'conflict')], ['price.failed', ended.filter((ending) => ending.state === 'failed')]] as const) {
    if (rows.length === 0) continue;
    await tx.journal.append(ctx, {
      type, aggregateType: 'price_change', aggregateId: role.changeId,
      payload: { changeId: role.changeId, rows: rows.map((ending) => eventRow(ending.item, ending, shop.currencyCode)) },
    });
  }
}

/** The prices of a market are kept apart from the shop's own. */
async function recordInList(
  tx: Tx, listRef: bigint, written: readonly ItemEnding[], ended: readonly ItemEnding[], live: ReadonlyMap<bigint, LivePrice | null>,
  info: { readonly correlationId: string; readonly now: Date; readonly changeId: string; readonly source: string },
): Promise<void> {
  const row = ({ item }: ItemEnding, itemId: string | null, point: PricePoint | null | undefined): readonly SeenListPrice[] =>
    (point?.origin ? [{ variantId: item.variantId, itemId, price: point.price, compareAt: point.compareAt, origin: point.origin }] : []);
  await tx.priceLists.record(listRef, written.flatMap((ending) => row(ending, ending.item.id, ending.live)), info);
  const seen = ended.filter(({ state }) => state === 'conflict').flatMap((ending) => row(ending, null, live.get(ending.item.variantRef)));
  await tx.priceLists.record(listRef, seen, { ...info, source: 'merchant', changeId: null });
}

async function layEffects(tx: Tx, role: LayerRole, ended: readonly ItemEnding[]): Promise<void> {
  const put = ended.flatMap(({ item, effect }) => (effect?.kind === 'put' ? [{ variantId: item.variantId, itemId: item.id, price: item.afterPrice!, compareAt: item.afterCompareAt, base: effect.base }] : []));
  await tx.layers.put(role.changeId, put, { priority: role.priority, startsAt: role.startsAt, changeCreatedAt: role.createdAt });
  await tx.layers.setBaseline(ended.flatMap(({ item, effect }) => (effect?.kind === 'baseline' ? [{ variantId: item.variantId, price: item.afterPrice!, compareAt: item.afterCompareAt }] : [])));
  const taken = ended.flatMap(({ item, effect }) => (effect?.kind === 'take' ? [item.variantId] : []));
  if (role.campaignId !== null) await tx.layers.take(role.campaignId, taken);
}
