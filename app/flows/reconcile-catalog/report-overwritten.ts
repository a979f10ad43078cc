import { readProductPayload } from '../../domain/catalog/webhook-payload.ts';
import { isCurrencyCode } from '../../domain/kernel/currency.ts';
import { pricePair } from '../../domain/pricing/change-dto.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { OverwrittenEdit, ToldPrice } from '../../ports/freshness-store.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/**
 * Reports edits that one of our writes replaced because they came between its reading and its writing. Shopify has no compare-and-set
 * on prices, so that can happen; what tells of it is the webhook of the edit, which is older than our write. Each is reported once.
 */
export async function reportOverwritten(uow: UnitOfWork, ctx: FlowContext, since: Date): Promise<number> {
  return uow.run(ctx.tenantId, async (tx) => {
    const currency = (await tx.tenant.get())?.currencyCode;
    if (!isCurrencyCode(currency)) return 0;
    const found = new Map<string, OverwrittenEdit>();
    for await (const payloads of tx.freshness.toldProducts(since)) {
      const told = payloads.flatMap((payload): ToldPrice[] => {
        const product = readProductPayload(payload, currency);
        if (!product.ok) return [];
        return product.value.variants.flatMap(({ ref, price, compareAt, updatedAt }) => (updatedAt === null ? [] : [{ variantRef: ref, price, compareAt, updatedAt: new Date(updatedAt) }]));
      });
      if (told.length) for (const edit of await tx.freshness.overwritten(told)) found.set(edit.itemId, edit);
    }
    for (const edit of found.values()) {
      const facts = {
        changeId: edit.changeId, itemId: edit.itemId, variantId: edit.variantId, editedAt: edit.updatedAt.toISOString(),
        edited: pricePair(edit.price, edit.compareAt, currency), written: pricePair(edit.written, edit.writtenCompareAt, currency),
      };
      await tx.journal.append(ctx, {
        type: 'price.edit_overwritten', aggregateType: 'price_change', aggregateId: edit.changeId, payload: facts,
        audit: { action: 'edit_overwritten', explain: { sku: edit.sku, ...facts } },
      });
    }
    return found.size;
  });
}
