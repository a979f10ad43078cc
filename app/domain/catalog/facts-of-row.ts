import { amountOfMinorUnits, makeFacts } from '../rules/facts.ts';
import type { Facts } from '../rules/facts.ts';
import type { RuleRow } from './catalog-row.ts';

const micros = (time: Date | null | undefined): number | null => (time == null ? null : time.getTime() * 1000);

/**
 * What the rules see of a catalog row. Under a campaign O and C are the baseline's (RULES.md, "Campaigns"); where none runs,
 * baseline and live are the same. `lowest30Days` (minor units) is given where the rule starts from it.
 */
export function factsOfRow(row: RuleRow, lowest30Days: bigint | null = null): Facts {
  const layered = row.baselinePrice !== null;
  const price = layered ? row.baselinePrice : row.price;
  return makeFacts({
    productTitle: row.productTitle, productHandle: row.handle, productVendor: row.vendor, productType: row.productType, productStatus: row.status,
    productTags: row.tags, productCollections: row.collections, productCreatedAt: micros(row.createdAt), productPublishedAt: micros(row.publishedAt),
    variantUpdatedAt: micros(row.updatedAt), variantTitle: row.title, sku: row.sku, barcode: row.barcode,
    price: amountOfMinorUnits(price), compareAtPrice: amountOfMinorUnits(layered ? row.baselineCompareAt : row.compareAt),
    cost: amountOfMinorUnits(row.cost), mapPrice: amountOfMinorUnits(row.mapPrice), baselinePrice: amountOfMinorUnits(price), lowest30Days: amountOfMinorUnits(lowest30Days),
    inventoryQuantity: row.inventoryQuantity, options: row.options,
  });
}
