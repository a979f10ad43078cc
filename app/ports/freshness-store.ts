/** How far behind the shop its catalog may be. Null of the whole row: nothing was ever compared. */
export interface FreshnessRow {
  /** When the shop is to be asked next what changed. */
  readonly nextAt: Date;
  /** Everything that the shop changed before is known; by the shop's clock. */
  readonly reconciledUntil: Date | null;
  /** When the comparison that says so was begun; by ours. */
  readonly reconciledAt: Date | null;
  /** The comparison that is under way: since when, from which change on, how far, and what it found. */
  readonly passStartedAt: Date | null;
  readonly passFrom: Date | null;
  readonly passCursor: string | null;
  readonly passProducts: number;
  readonly passDiffering: number;
  readonly passPrices: number;
  readonly passOldestAt: Date | null;
  /** What the last comparison that found something found: products and prices that nobody had told us of, and since when the oldest differed. */
  readonly driftFoundAt: Date | null;
  readonly driftProducts: number;
  readonly driftPrices: number;
  readonly driftOldestAt: Date | null;
  /** Since when the shop has another number of products than the catalog. */
  readonly countsDifferSince: Date | null;
  readonly subscriptionsCheckedAt: Date | null;
  readonly subscriptionsNextAt: Date | null;
}

/** A price that a webhook told of, to be held against our own writes of that time. */
export interface ToldPrice {
  readonly variantRef: bigint;
  readonly price: bigint;
  readonly compareAt: bigint | null;
  readonly updatedAt: Date;
}

/** A price that somebody set between our reading and our writing, and that our write replaced. */
export interface OverwrittenEdit extends ToldPrice {
  readonly changeId: string;
  readonly itemId: string;
  readonly variantId: string;
  readonly sku: string;
  readonly written: bigint;
  readonly writtenCompareAt: bigint | null;
}

export interface FreshnessStore {
  get(): Promise<FreshnessRow | null>;
  /** Makes the row where there is none. */
  save(facts: Partial<FreshnessRow>, now: Date): Promise<void>;
  /** A whole export that was begun at `startedAt` was merged; `prices` of them were not what we had. */
  synced(info: { readonly startedAt: Date; readonly prices: number; readonly now: Date }): Promise<void>;
  /** Of products that a list names, with the channel's time of their last change: those that we do not know as they are. */
  toRead(products: readonly { readonly ref: bigint; readonly updatedAt: string }[]): Promise<readonly bigint[]>;
  /** Payloads of products that were received since, the oldest first. */
  toldProducts(since: Date): AsyncIterable<readonly unknown[]>;
  /** Which of these prices one of our writes replaced without having seen it, and that was not reported yet. */
  overwritten(told: readonly ToldPrice[]): Promise<readonly OverwrittenEdit[]>;
}
