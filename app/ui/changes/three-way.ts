import type { PriceChangeItem, PricePair } from '@calibr/types';

/** What a change wrote, by variant: rows that are live or were found at their target. */
export function wroteByVariant(items: readonly PriceChangeItem[]): Readonly<Record<string, PricePair>> {
  const wrote = items.flatMap((item) => (item.after && (item.state === 'applied' || item.state === 'settled') ? [[item.variantId, item.after] as const] : []));
  return Object.fromEntries(wrote);
}

export interface ThreeWay {
  /** Where the row returns to; null where it stays as it is. */
  readonly back: PricePair | null;
  /** What the change wrote; null where that is not known. */
  readonly wrote: PricePair | null;
  /** What the store shows, as last read. */
  readonly now: PricePair;
}

/** The three prices of a rollback's row. A planned one still showed, when it was planned, what we wrote. */
export function threeWay(item: PriceChangeItem, wrote: Readonly<Record<string, PricePair>>): ThreeWay {
  return { back: item.after, wrote: item.outcome === 'planned' ? item.before : (wrote[item.variantId] ?? null), now: item.live ?? item.before };
}
