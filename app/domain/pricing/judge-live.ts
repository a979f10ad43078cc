import type { ItemRow } from './change.ts';

export interface PricePoint {
  readonly price: bigint;
  readonly compareAt: bigint | null;
}

/** Price and compare-at are one value here: a drift in either is a drift. */
export function samePrice(a: PricePoint, b: PricePoint): boolean {
  return a.price === b.price && a.compareAt === b.compareAt;
}

/** Where the row is meant to end; only planned rows have a target. */
export function targetOf(item: ItemRow): PricePoint {
  if (item.afterPrice === null) throw new Error('Only planned rows have a target price');
  return { price: item.afterPrice, compareAt: item.afterCompareAt };
}

/** What the live price must be before we write: the plan's before, or what a person accepted when resolving a conflict. */
export function expectedOf(item: ItemRow): PricePoint {
  return item.expectedPrice === null ? { price: item.beforePrice, compareAt: item.beforeCompareAt } : { price: item.expectedPrice, compareAt: item.expectedCompareAt };
}

export type Judgement = 'write' | 'settled' | 'conflict' | 'gone';

/**
 * What to do with a row after reading the live price just before its write. At the target already means settled: whether our
 * own unanswered write or somebody else brought it there cannot be known.
 */
export function judgeLive(item: ItemRow, live: PricePoint | null): Judgement {
  if (live === null) return 'gone';
  if (samePrice(live, targetOf(item))) return 'settled';
  return samePrice(live, expectedOf(item)) ? 'write' : 'conflict';
}
