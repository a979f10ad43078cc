import { eventRow } from '../../domain/pricing/change-dto.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { DriftedLayer } from '../../ports/layer-store.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/**
 * Finds variants whose price somebody set in the shop while a campaign shows its own: the campaign's rows become conflicts, for a
 * person to resolve, and nothing is overwritten. Runs after prices were seen to move; running it again finds nothing new.
 */
export async function noticeDrift({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { productRef }: { productRef: bigint | null }): Promise<number> {
  return uow.run(ctx.tenantId, async (tx) => {
    const drifted = await tx.layers.noteDrift(productRef, ctx.now());
    const byChange = new Map<string, DriftedLayer[]>();
    for (const row of drifted) byChange.set(row.item.changeId, [...(byChange.get(row.item.changeId) ?? []), row]);
    const currencyCode = drifted.length ? (await tx.tenant.get())!.currencyCode : '';
    for (const [changeId, rows] of byChange) {
      await tx.journal.append(ctx, {
        type: 'price.conflict', aggregateType: 'price_change', aggregateId: changeId,
        payload: {
          changeId,
          rows: rows.map(({ item, fromState }) => ({
            ...eventRow(item, { state: 'conflict', live: { price: item.livePrice!, compareAt: item.liveCompareAt }, verdict: item.verdict, requestId: null }, currencyCode), fromState,
          })),
        },
        audit: { action: 'edited_in_shop', explain: { rows: rows.slice(0, 50).map(({ item }) => ({ itemId: item.id, sku: item.sku, title: item.title })), count: rows.length } },
      });
    }
    return drifted.length;
  });
}
