import { pricePair } from '../pricing/change-dto.ts';
import type { CatalogRow } from './catalog-row.ts';

/** Variants whose price or compare-at is not what it was, as events tell it; new ones are none. */
export function movedPrices(before: readonly CatalogRow[], after: readonly CatalogRow[], currencyCode: string) {
  const old = new Map(before.map((row) => [row.variantId, row]));
  return after.flatMap((row) => {
    const was = old.get(row.variantId);
    if (!was || (was.price === row.price && was.compareAt === row.compareAt)) return [];
    return [{ variantId: row.variantId, before: pricePair(was.price, was.compareAt, currencyCode), after: pricePair(row.price, row.compareAt, currencyCode) }];
  });
}

/** Plans that were made with another cost no longer fit. */
export function costMoved(before: readonly CatalogRow[], after: readonly CatalogRow[]): boolean {
  const old = new Map(before.map((row) => [row.variantId, row.cost]));
  return after.some((row) => old.has(row.variantId) && old.get(row.variantId) !== row.cost);
}
