import { costMoved, movedPrices } from '../../domain/catalog/catalog-moves.ts';
import { readProductPayload } from '../../domain/catalog/webhook-payload.ts';
import type { ToldProduct } from '../../domain/catalog/webhook-payload.ts';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import type { SourceRecord } from '../../ports/catalog-source.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { TenantRow, WebhookRow } from '../../ports/tenant-store.ts';
import type { Tx } from '../../ports/unit-of-work.ts';
import type { ReadProduct } from './what-to-read.ts';
import { touchAutomations } from './touch-automations.ts';

/** Takes a product in as the shop answered it, or as the payload tells it; null when it counted, otherwise why it did not. */
export async function mergeProduct(tx: Tx, ctx: FlowContext, tenant: TenantRow, webhook: WebhookRow, read: ReadProduct | null): Promise<string | null> {
  const currency = tenant.currencyCode as CurrencyCode;
  const told = webhook.topic === 'inventory_items/update' ? null : readProductPayload(webhook.payload, currency);
  // What is not among a product's variants counts as gone from it.
  if (!read && told?.ok && !told.value.isComplete) return 'the payload holds only some of the variants, and the shop gives no access to the others';
  const records = read?.records ?? (told?.ok ? recordsOf(told.value) : []);
  const product = records.find((record) => record.kind === 'product');
  if (!product) return read ? 'the shop no longer has this product' : 'nothing is known of this product';
  const before = await tx.catalog.variantsOfProduct(product.ref);
  const batchId = ctx.newId();
  await tx.catalog.stage(batchId, 0, records);
  // What was learned while the shop was answering is newer than its answer.
  await tx.catalog.merge(batchId, { complete: false, collectionsTold: read !== null, startedAt: read?.readAt ?? ctx.now(), now: ctx.now(), source: 'webhook', correlationId: ctx.correlationId });
  const after = await tx.catalog.variantsOfProduct(product.ref);
  await touchAutomations(tx, ctx, currency, before, after);
  const prices = movedPrices(before, after, tenant.currencyCode);
  if (prices.length > 0 || costMoved(before, after)) {
    await tx.journal.append(ctx, {
      type: 'product.updated', aggregateType: 'catalog', aggregateId: String(product.ref),
      payload: { productRef: String(product.ref), productId: before[0]?.productId ?? null, source: 'webhook', title: product.title, prices: prices.slice(0, 250) },
      ...(prices.length > 0 ? { audit: { action: 'prices_seen', explain: { title: product.title, prices: prices.slice(0, 50) } } } : {}),
    });
  }
  return null;
}

function recordsOf(told: ToldProduct): SourceRecord[] {
  const { variants, isComplete: _, ...product } = told;
  return [{ kind: 'product', ...product }, ...variants.map((variant): SourceRecord => ({ kind: 'variant', productRef: told.ref, cost: undefined, ...variant }))];
}
