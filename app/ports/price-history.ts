import type { KnownPrices } from '../domain/reference-prices/lowest-price.ts';

/** One variant of a catalog as its price stood at a time. Amounts are minor units. */
export interface PastPrice {
  readonly sku: string;
  readonly handle: string;
  readonly productTitle: string;
  readonly title: string;
  readonly variantRef: bigint;
  /** Null where no price of that time is known. */
  readonly price: bigint | null;
  readonly compareAt: bigint | null;
  readonly currencyCode: string | null;
  readonly validFrom: Date | null;
  readonly source: string | null;
  /** Since when its prices are known; null where none is. */
  readonly knownSince: Date | null;
  /** Whether the shop has it today. */
  readonly active: boolean;
}

/** A planned row with what names its variant in a product CSV. */
export interface RestoreRow {
  readonly handle: string;
  readonly productTitle: string;
  readonly sku: string;
  readonly optionNames: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  readonly beforePrice: bigint;
  readonly beforeCompareAt: bigint | null;
}

/** A variant with the price that the shop shows now. */
export interface ShownNow {
  readonly variantId: string;
  readonly price: bigint;
  readonly compareAt: bigint | null;
}

/** What was when: reads of price_versions over time. */
export interface PriceHistoryStore {
  /**
   * Known prices of variants by variant id, as far back as a reference price for a reduction at `start` can need: from `from` on, and
   * from the beginning where a reduction has been running. In time order, without versions that never lasted. A variant whose price has
   * not moved since `from` is said to show what it shows now (`price`, `compareAt`) since then: its earlier days are not read.
   * With `priceListId` the prices of that list, otherwise the shop's own. What showed while the app was not installed is not known.
   */
  known(variants: readonly ShownNow[], when: { start: number; from: number }, priceListId?: string | null): Promise<ReadonlyMap<string, KnownPrices>>;
  /** When the first price of the shop became known; null where none is. */
  firstKnown(): Promise<Date | null>;
  /** Active variants without a known price at that time. */
  countUnknownAt(at: Date): Promise<number>;
  /** The whole catalog at a time, in product order: what is there today, and what was there then. */
  catalogAt(at: Date, batchSize: number): AsyncIterable<readonly PastPrice[]>;
  /** Whether a planned row has more than one option whose order is not known: rows from before it was kept, until the next full sync. */
  optionOrderUnknown(changeId: string): Promise<boolean>;
  /** The planned rows of a change with the prices from before it, product by product, as far as the shop still has their variants. */
  restoreRows(changeId: string, batchSize: number): AsyncIterable<readonly RestoreRow[]>;
}
