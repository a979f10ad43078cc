import type { ItemRow } from './change.ts';

/** Minor units; null: no compare-at. */
export interface PricePoint {
  readonly price: bigint;
  readonly compareAt: bigint | null;
}

/** Price and compare-at are one value here: a drift in either is a drift. */
export function samePrice(a: PricePoint, b: PricePoint): boolean {
  return a.price === b.price && a.compareAt === b.compareAt;
}

/** Where the plan wants the row; only planned rows have a target. */
export function targetOf(item: ItemRow): PricePoint {
  if (item.afterPrice === null) throw new Error('Only planned rows have a target price');
  return { price: item.afterPrice, compareAt: item.afterCompareAt };
}
