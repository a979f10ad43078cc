import type { PriceOrigin } from '../catalog/price-list.ts';
import type { ItemRow } from './change.ts';

/** Minor units; null: no compare-at. */
export interface PricePoint {
  readonly price: bigint;
  readonly compareAt: bigint | null;
  /** In a price list: fixed there, or following from the shop's own price. The shop's own prices have none. */
  readonly origin?: PriceOrigin | null;
}

/** Price and compare-at are one value here, and so is where they come from: a drift in any is a drift. */
export function samePrice(a: PricePoint, b: PricePoint): boolean {
  return a.price === b.price && a.compareAt === b.compareAt && (a.origin == null || b.origin == null || a.origin === b.origin);
}

/** Whether the target is reached. One that follows the shop's price again has no amount of its own. */
export function atTarget(shown: PricePoint, target: PricePoint): boolean {
  return target.origin === 'relative' ? shown.origin === 'relative' : samePrice(shown, target);
}

/** A point with its origin where it has one. */
export function pointOf(price: bigint, compareAt: bigint | null, origin: PriceOrigin | null | undefined): PricePoint {
  return origin == null ? { price, compareAt } : { price, compareAt, origin };
}

/** Where the plan wants the row; only planned rows have a target. */
export function targetOf(item: ItemRow): PricePoint {
  if (item.afterPrice === null) throw new Error('Only planned rows have a target price');
  return pointOf(item.afterPrice, item.afterCompareAt, item.afterOrigin);
}
