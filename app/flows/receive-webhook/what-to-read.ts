import type { CatalogRow } from '../../domain/catalog/catalog-row.ts';
import { payloadRef, readProductPayload } from '../../domain/catalog/webhook-payload.ts';
import type { ToldProduct } from '../../domain/catalog/webhook-payload.ts';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import type { CatalogSource, ShopInfo, SourceRecord } from '../../ports/catalog-source.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { ChannelFailure, ChannelShop } from '../../ports/price-channel.ts';
import type { TenantRow, WebhookRow } from '../../ports/tenant-store.ts';
import type { Tx } from '../../ports/unit-of-work.ts';

/** What of the shop must be read before a webhook can be worked on: nothing, a product, or facts of the shop itself. */
export type Need = { readonly kind: 'nothing' } | { readonly kind: 'product'; readonly ref: bigint } | { readonly kind: 'shop' };

/** A product as the shop answered it; without records where it has none of that number. */
export interface ReadProduct {
  readonly records: readonly SourceRecord[];
  /** When the question was asked. */
  readonly readAt: Date;
}

const NOTHING: Need = { kind: 'nothing' };

/**
 * A payload alone does not do where it cannot describe the product (new variants come without their cost, long ones are cut), and where
 * it cannot be told whether it is newer than what we know: the shop's times have whole seconds, and within one several webhooks may
 * come in any order. What the shop answers now is right whichever was the later.
 */
export async function needOf(tx: Tx, tenant: TenantRow, webhook: WebhookRow): Promise<Need> {
  if (await tx.inbox.eventDone(webhook.topic, webhook.eventId)) return NOTHING;
  switch (webhook.topic) {
    case 'shop/update':
      return { kind: 'shop' };
    case 'inventory_items/update': {
      const item = payloadRef(webhook.payload);
      const ref = item === null ? null : await tx.catalog.productRefOfInventoryItem(item);
      return ref === null ? NOTHING : { kind: 'product', ref };
    }
    case 'products/create':
    case 'products/update': {
      const told = readProductPayload(webhook.payload, tenant.currencyCode as CurrencyCode);
      const ref = told.ok ? told.value.ref : payloadRef(webhook.payload);
      if (ref === null) return NOTHING;
      if (!told.ok || !told.value.isComplete) return { kind: 'product', ref };
      const known = await tx.catalog.variantsOfProduct(ref);
      return sameVariants(known, told.value) && !undecidable(known, await tx.catalog.productUpdatedAt(ref), told.value) ? NOTHING : { kind: 'product', ref };
    }
    default:
      return NOTHING;
  }
}

function sameVariants(known: readonly CatalogRow[], { variants }: ToldProduct): boolean {
  const refs = new Set(known.map((row) => row.variantRef));
  return refs.size > 0 && refs.size === variants.length && variants.every((variant) => refs.has(variant.ref));
}

/** Something differs, and the times do not say which is newer. */
function undecidable(known: readonly CatalogRow[], productUpdatedAt: Date | null, told: ToldProduct): boolean {
  const sameTime = (one: Date | null, other: string | null): boolean => other === null || (one !== null && one.getTime() === Date.parse(other));
  const first = known[0];
  const productDiffers = first !== undefined && (first.productTitle !== told.title || first.vendor !== told.vendor || first.productType !== told.productType
    || first.status !== told.status || [...first.tags].sort().join('\n') !== [...told.tags].sort().join('\n'));
  if (productDiffers && sameTime(productUpdatedAt, told.updatedAt)) return true;
  const byRef = new Map(known.map((row) => [row.variantRef, row]));
  return told.variants.some((variant) => {
    const row = byRef.get(variant.ref);
    if (!row || !sameTime(row.updatedAt, variant.updatedAt)) return false;
    return row.price !== variant.price || row.compareAt !== variant.compareAt || row.sku !== variant.sku || row.barcode !== variant.barcode;
  });
}

/** As many as one question may name. */
const READ_AT_ONCE = 50;
/** Product by product, after an answer for many of them could not be used; a shop that says nothing at all is not asked on. */
const SILENT_MAX = 3;

export interface Answers {
  readonly products: ReadonlyMap<bigint, ReadProduct>;
  readonly shop: ShopInfo | null;
  /** What was not answered and is to be asked again: of products, of the shop itself. */
  readonly laterProducts: ReadonlySet<bigint>;
  readonly laterShop: boolean;
}

/** Asks the shop everything that a batch of webhooks needs, each product once however many of them are about it. */
export async function readAll(source: CatalogSource, ctx: FlowContext, shop: ChannelShop, needs: readonly Need[]): Promise<Answers> {
  const refs = [...new Set(needs.flatMap((need) => (need.kind === 'product' ? [need.ref] : [])))];
  const products = new Map<bigint, ReadProduct>();
  const laterProducts = new Set<bigint>();
  for (let at = 0; at < refs.length; at += READ_AT_ONCE) {
    await readSome(source, ctx, shop, refs.slice(at, at + READ_AT_ONCE), products, laterProducts);
  }
  const info = needs.some(({ kind }) => kind === 'shop') ? await source.shopInfo(shop) : null;
  if (info && !info.ok) complain(ctx, info.failure);
  return { products, laterProducts, shop: info?.ok ? info.value : null, laterShop: info !== null && !info.ok && !withoutAccess(info.failure) };
}

/** Without access the payload is all there is; what it does not say comes with the next sync. */
const withoutAccess = ({ kind }: ChannelFailure): boolean => kind === 'uninstalled' || kind === 'unauthorized';

async function readSome(source: CatalogSource, ctx: FlowContext, shop: ChannelShop, refs: readonly bigint[], products: Map<bigint, ReadProduct>, later: Set<bigint>): Promise<void> {
  const ask = async (some: readonly bigint[]): Promise<ChannelFailure | null> => {
    const readAt = ctx.now();
    const answer = await source.products(shop, some);
    if (!answer.ok) return answer.failure;
    for (const ref of some) products.set(ref, { readAt, records: answer.value.filter((record) => (record.kind === 'product' ? record.ref : record.productRef) === ref) });
    return null;
  };
  const failure = await ask(refs);
  if (failure === null || withoutAccess(failure)) return;
  complain(ctx, failure);
  // One that cannot be answered must not keep the others waiting.
  let silent = failure.kind === 'unavailable' && refs.length > 1 ? 0 : SILENT_MAX;
  for (const ref of refs) {
    if (silent >= SILENT_MAX || (await ask([ref])) !== null) {
      silent++;
      later.add(ref);
    }
  }
}

function complain(ctx: FlowContext, failure: ChannelFailure): void {
  ctx.log.warn({ failure: failure.kind, detail: failure.detail }, 'The shop did not answer; webhooks wait for the tick');
}
