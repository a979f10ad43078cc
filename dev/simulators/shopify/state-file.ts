/**
 * Keeps the shops between runs: what they were made from and what has changed since. Ids follow from the order of
 * the products, so only changes need to be written. Not kept: running bulk operations, deliveries, faults.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Product, ProductDraft, Variant } from './catalog.ts';
import { shopDefinition } from './shop-definition.ts';
import type { ListPrice, PriceListOrder } from './price-lists.ts';
import { Shop } from './shop.ts';
import type { AccessToken, RefreshToken, ShopSettings, WebhookSubscription } from './shop.ts';
import type { Plan } from './leaky-bucket.ts';

const FORMAT = 1;
const KEPT_WRITES = 50_000;
const VARIANT_FIELDS = ['price', 'compareAtPrice', 'cost', 'sku', 'barcode', 'inventoryQuantity', 'tracked', 'inventoryPolicy', 'taxable', 'requiresShipping', 'updatedAt', 'inventoryUpdatedAt'] as const;
const PRODUCT_FIELDS = ['title', 'vendor', 'productType', 'tags', 'status', 'updatedAt'] as const;

interface SavedShop {
  source: Record<string, unknown>;
  plan: Plan;
  /** What a merchant may have changed since; absent in older files, as are the scopes. */
  settings?: ShopSettings;
  scopes?: string[];
  created?: { draft: ProductDraft; at: number }[];
  loadedAt: number;
  installed: boolean;
  tokens: AccessToken[];
  refreshTokens: RefreshToken[];
  subscriptions: WebhookSubscription[];
  deleted: { products: number[]; variants: number[] };
  variants: Record<string, unknown>[];
  products: Record<string, unknown>[];
  writes: unknown[];
  /** Absent in files from before there were price lists. */
  priceLists?: (PriceListOrder & { id: number; fixed: [number, ListPrice][] })[];
}

/** Writes the state so that a reader sees the old or the new file, never half of one. */
export function saveState(file: string, shops: Iterable<Shop>): void {
  const text = JSON.stringify({ format: FORMAT, shops: [...shops].map(saved) });
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** The shops of a file; null when there is none. Throws when the file is not one of ours. */
export function restoreState(file: string, scopes: string[]): Shop[] | null {
  if (!existsSync(file)) return null;
  const { format, shops } = JSON.parse(readFileSync(file, 'utf8')) as { format: number; shops: SavedShop[] };
  if (format !== FORMAT) throw new Error(`${file} was written by another version; delete it to start afresh`);
  return shops.map((entry) => restored(entry, scopes));
}

function saved(shop: Shop): SavedShop {
  const pick = (thing: Variant | Product, fields: readonly string[]) => Object.fromEntries(['id', ...fields].map((field) => [field, (thing as unknown as Record<string, unknown>)[field]]));
  const { installation, catalog, loadedAt } = shop;
  return {
    source: shop.definition.source, plan: shop.plan, loadedAt, installed: installation.installed, scopes: installation.scopes,
    settings: shop.settings, created: shop.created,
    tokens: [...installation.tokens.values()], refreshTokens: [...installation.refreshTokens.values()],
    subscriptions: shop.subscriptions, deleted: shop.deleted,
    variants: catalog.variants.filter(({ updatedAt, inventoryUpdatedAt }) => updatedAt !== loadedAt || inventoryUpdatedAt !== loadedAt).map((variant) => pick(variant, VARIANT_FIELDS)),
    products: catalog.products.filter(({ updatedAt }) => updatedAt !== loadedAt).map((product) => pick(product, PRODUCT_FIELDS)),
    writes: shop.writes.snapshot(KEPT_WRITES),
    priceLists: shop.priceLists.map(({ kind: _kind, fixed, ...list }) => ({ ...list, fixed: [...fixed] })),
  };
}

function restored(entry: SavedShop, scopes: string[]): Shop {
  const shop = new Shop(shopDefinition(entry.source), scopes, entry.loadedAt);
  shop.plan = entry.plan;
  shop.installation.installed = entry.installed;
  if (entry.scopes) shop.installation.scopes = entry.scopes;
  if (entry.settings) shop.settings = entry.settings;
  for (const token of entry.tokens) shop.installation.tokens.set(token.token, token);
  for (const token of entry.refreshTokens) shop.installation.refreshTokens.set(token.token, token);
  shop.subscriptions.push(...entry.subscriptions);
  for (const made of entry.created ?? []) {
    shop.created.push(made);
    shop.catalog.add(made.draft, made.at);
  }
  for (const change of entry.variants) Object.assign(shop.catalog.variant(change['id'] as number) ?? {}, change);
  for (const change of entry.products) Object.assign(shop.catalog.product(change['id'] as number) ?? {}, change);
  for (const id of entry.deleted.variants) {
    const variant = shop.catalog.variant(id);
    if (variant) shop.catalog.removeVariant(variant);
  }
  for (const id of entry.deleted.products) {
    const product = shop.catalog.product(id);
    if (product) shop.catalog.removeProduct(product);
  }
  Object.assign(shop.deleted, entry.deleted);
  if (entry.priceLists) shop.priceLists.length = 0;
  for (const { fixed, ...list } of entry.priceLists ?? []) shop.priceLists.push({ kind: 'PriceList', ...list, fixed: new Map(fixed) });
  shop.writes.restore(entry.writes, shop.currencyCode);
  return shop;
}
