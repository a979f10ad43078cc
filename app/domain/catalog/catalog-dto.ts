import type { CatalogSync, PriceVersion, Product, Variant } from '@calibr/types';
import { moneyOf, moneyOrNull, timeOrNull } from '../kernel/money-dto.ts';
import type { CatalogRow, PriceVersionRow, ProductRow, SyncRow } from './catalog-row.ts';

/** (O − K) / O · 100 with two decimals; null without cost or with price 0, as rules see it. */
function marginText(price: bigint, cost: bigint | null): string | null {
  if (cost === null || price <= 0n) return null;
  const hundredths = ((price - cost) * 20_000n + (price - cost >= 0n ? price : -price)) / (price * 2n);
  const whole = hundredths < 0n ? -hundredths : hundredths;
  return `${hundredths < 0n ? '-' : ''}${whole / 100n}.${String(whole % 100n).padStart(2, '0')}`;
}

export function variantDto(row: CatalogRow, currencyCode: string): Variant {
  return {
    id: row.variantId,
    productId: row.productId,
    sku: row.sku,
    barcode: row.barcode,
    title: row.title,
    price: moneyOf(row.price, currencyCode),
    compareAtPrice: moneyOrNull(row.compareAt, currencyCode),
    cost: moneyOrNull(row.cost, currencyCode),
    mapPrice: moneyOrNull(row.mapPrice, currencyCode),
    baselinePrice: moneyOf(row.baselinePrice ?? row.price, currencyCode),
    baselineCompareAtPrice: moneyOrNull(row.baselinePrice === null ? row.compareAt : row.baselineCompareAt, currencyCode),
    layerId: row.layerId,
    marginPercent: marginText(row.price, row.cost),
    inventoryQuantity: row.inventoryQuantity,
    options: { ...row.options },
    channelRefs: { shopify: { id: `gid://shopify/ProductVariant/${row.variantRef}`, productId: `gid://shopify/Product/${row.productRef}` } },
    active: row.active ?? true,
    updatedAt: timeOrNull(row.updatedAt),
    product: { title: row.productTitle, handle: row.handle, vendor: row.vendor, productType: row.productType, tags: row.tags, status: row.status },
  };
}

export function productDto(row: ProductRow): Product {
  return {
    id: row.id, title: row.title, handle: row.handle, vendor: row.vendor, productType: row.productType, status: row.status,
    tags: row.tags, collections: row.collections, channelRefs: { shopify: { id: `gid://shopify/Product/${row.ref}` } }, active: row.active,
    variantsCount: row.variantCount, createdAt: timeOrNull(row.createdAt), publishedAt: timeOrNull(row.publishedAt), updatedAt: timeOrNull(row.updatedAt),
  };
}

export function priceVersionDto(row: PriceVersionRow, variantId: string): PriceVersion {
  return {
    id: row.id,
    variantId,
    price: moneyOf(row.unitAmount, row.currencyCode),
    compareAtPrice: moneyOrNull(row.compareAt, row.currencyCode),
    validFrom: row.validFrom.toISOString(),
    validTo: timeOrNull(row.validTo),
    source: row.source as PriceVersion['source'],
    lineage: row.priceChangeId === null ? null : {
      changeId: row.priceChangeId, changeName: row.priceChangeName ?? '', itemId: row.itemId ?? '', ruleId: row.ruleId, ruleVersion: row.ruleVersion,
      approvedBy: row.approvedBy, correlationId: row.correlationId,
    },
  };
}

export function syncDto(row: SyncRow): CatalogSync {
  return {
    id: row.id, state: row.state === 'importing' ? 'running' : row.state, products: row.products, variants: row.variants, error: row.error,
    startedAt: row.startedAt.toISOString(), finishedAt: timeOrNull(row.finishedAt), correlationId: row.correlationId,
  };
}
