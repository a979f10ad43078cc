/** The one place where variants change: it logs the write, stamps times and tells the app by webhook. */
import { randomUUID } from 'node:crypto';
import type { Product, Variant } from './catalog.ts';
import type { Shop } from './shop.ts';
import type { Simulator } from './simulator.ts';
import { inventoryItemPayload, productPayload } from './webhook-payloads.ts';
import type { WriteEntry } from './write-log.ts';

/** What is to be different; absent (undefined) means as it is. Amounts in minor units. */
export interface VariantChange {
  variant: Variant;
  price?: number | undefined;
  compareAtPrice?: number | null | undefined;
  cost?: number | null | undefined;
  sku?: string | null | undefined;
  barcode?: string | null | undefined;
  taxable?: boolean | undefined;
  tracked?: boolean | undefined;
  requiresShipping?: boolean | undefined;
  inventoryPolicy?: 'DENY' | 'CONTINUE' | undefined;
  inventoryQuantity?: number | undefined;
}

export type Author = Pick<WriteEntry, 'source' | 'operation' | 'operationName' | 'requestId' | 'acceptedAt' | 'bulk'>;

/** A write by hand: the merchant, or another app, in the moment it is made. */
export function byHand(sim: Simulator, source: 'merchant' | 'other_app'): Author {
  return { source, operation: source === 'merchant' ? 'admin' : 'other-app', operationName: null, requestId: randomUUID(), acceptedAt: sim.clock.now(), bulk: null };
}

const VARIANT_FIELDS = ['price', 'compareAtPrice', 'barcode', 'taxable', 'inventoryPolicy', 'sku', 'inventoryQuantity'] as const;
const ITEM_FIELDS = ['cost', 'sku', 'tracked', 'requiresShipping'] as const;

/** Applies changes; a change that leaves everything as it was is logged but sends nothing and stamps nothing. */
export function changeVariants(sim: Simulator, shop: Shop, changes: readonly VariantChange[], author: Author): void {
  const now = sim.clock.now();
  const changedProducts = new Set<Product>();
  const changedItems = new Set<Variant>();
  for (const change of changes) {
    const { variant } = change;
    const before = { price: variant.price, compareAtPrice: variant.compareAtPrice };
    const variantChanged = assign(variant, change, VARIANT_FIELDS);
    const itemChanged = assign(variant, change, ITEM_FIELDS);
    const after = { price: variant.price, compareAtPrice: variant.compareAtPrice };
    shop.writes.add({ landedAt: now, variantId: variant.id, productId: variant.product.id, currencyCode: shop.currencyCode, before, after, ...author });
    if (variantChanged) {
      variant.updatedAt = now;
      changedProducts.add(variant.product);
    }
    if (itemChanged) {
      variant.inventoryUpdatedAt = now;
      changedItems.add(variant);
    }
  }
  for (const product of changedProducts) {
    product.updatedAt = now;
    sim.webhooks.emit(shop, 'PRODUCTS_UPDATE', productPayload(shop, product));
  }
  for (const variant of changedItems) sim.webhooks.emit(shop, 'INVENTORY_ITEMS_UPDATE', inventoryItemPayload(shop, variant));
}

function assign(variant: Variant, change: VariantChange, fields: readonly (typeof VARIANT_FIELDS | typeof ITEM_FIELDS)[number][]): boolean {
  const given = fields.filter((field) => change[field] !== undefined && change[field] !== variant[field]);
  for (const field of given) Object.assign(variant, { [field]: change[field] });
  return given.length > 0;
}
