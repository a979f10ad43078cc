import type { CatalogRow, PriceVersionRow, ProductRow, RuleRow, SyncRow } from '../domain/catalog/catalog-row.ts';
import type { PackedAmounts } from '../domain/catalog/packed-amounts.ts';
import type { Selector } from '../domain/rules/rule.ts';
import type { SourceRecord } from './catalog-source.ts';
import type { Page, PageRequest } from './unit-of-work.ts';

export interface VariantFilter {
  /** Free text: each word must occur in title, vendor, SKU or variant title. */
  readonly query?: string;
  readonly ids?: readonly string[];
  readonly productId?: string;
  readonly vendor?: string;
  readonly productType?: string;
  readonly tag?: string;
  readonly collection?: string;
  readonly status?: string;
  /** Minor units, inclusive. */
  readonly priceMin?: bigint;
  readonly priceMax?: bigint;
  readonly missingCost?: boolean;
  readonly onSale?: boolean;
  readonly sort?: 'title' | 'price' | 'sku' | 'updatedAt' | 'inventory';
  readonly direction?: 'asc' | 'desc';
}

export interface WrittenPrice {
  readonly variantId: string;
  readonly itemId: string;
  readonly price: bigint;
  readonly compareAt: bigint | null;
  readonly updatedAt: Date | null;
}

/** What one merge did. `stale` rows were older than what we already had and were left alone. */
export interface MergeReport {
  readonly products: number;
  readonly variants: number;
  readonly priceChanges: number;
  readonly deactivated: number;
}

/** How staged records are merged: newer rows win by the channel's own updatedAt, prices that moved get a version. */
export interface MergeOptions {
  /** False: the source did not say which collections the products are in, and what we know stays. */
  readonly collectionsTold: boolean;
  /** When the source was begun to be read: of two words with the same time, what we learned since then stays. */
  readonly startedAt: Date;
  readonly now: Date;
  readonly source: 'sync' | 'webhook' | 'reconcile';
  readonly correlationId: string;
}

export interface CatalogStore {
  counts(): Promise<{ products: number; variants: number }>;
  facets(limit: number): Promise<{ vendors: string[]; productTypes: string[]; tags: string[]; collections: string[]; statuses: string[]; optionNames: string[] }>;
  products(filter: VariantFilter, page: PageRequest): Promise<Page<ProductRow>>;
  product(id: string): Promise<ProductRow | null>;
  variants(filter: VariantFilter, page: PageRequest): Promise<Page<CatalogRow>>;
  variant(id: string): Promise<CatalogRow | null>;
  priceVersions(variantId: string, at: Date | null, limit: number): Promise<readonly PriceVersionRow[]>;
  /**
   * Streams active variants in product order, in batches. The selector narrows in SQL to at least what it selects;
   * the caller's compiled closure decides. Rows have the facts that the selector reads, and no others.
   * `asOf`: prices, compare-at prices and baselines as they were then, everything else as it is now; variants whose price of then is
   * not known, or was in another currency, do not come.
   */
  stream(selector: Selector, currencyCode: string, batchSize: number, asOf?: Date): AsyncIterable<readonly RuleRow[]>;
  /** The first rows that `stream` would give; `few` where the selector is known to select no large part of the catalog. */
  first(selector: Selector, currencyCode: string, limit: number, hint: { readonly few: boolean }): Promise<readonly RuleRow[]>;
  /** Amounts of every variant that the selector selects, in parts, to be read by `eachPacked`: for counting what a rule would do. */
  amounts(selector: Selector, currencyCode: string): Promise<readonly PackedAmounts[]>;
  /**
   * Puts records of an import aside, to be merged at once; records may come in any number of calls.
   * `mayBeLost`: a crash of the server may undo this transaction after it was committed; whoever goes on counts what is there.
   */
  stage(batchId: string, firstLine: number, records: readonly SourceRecord[], options?: { readonly mayBeLost: boolean }): Promise<void>;
  /**
   * Merges all that was staged, and forgets it.
   * `complete`: the batch is the whole catalog, and what is not in it and not newer than `startedAt` becomes inactive.
   * Otherwise only variants missing from the batch's own products do.
   */
  merge(batchId: string, options: MergeOptions & { readonly complete: boolean }): Promise<MergeReport>;
  /** Of records that are staged more than once only the last line stays. Answers how many records are staged then. */
  dropRepeated(batchId: string): Promise<number>;
  /**
   * Merges one of `parts` parts of a whole catalog: each product with all its children is in exactly one. The staged records stay, and
   * merging a part again changes nothing.
   */
  mergePart(batchId: string, options: MergeOptions & { readonly part: number; readonly parts: number }): Promise<MergeReport>;
  /** After the last part of a whole catalog: what is not in it becomes inactive, as `merge` says, and the staged records go. Answers how many rows became inactive. */
  finishMerge(batchId: string, options: { readonly startedAt: Date }): Promise<number>;
  /** How many records are staged; the server may have lost some of them in a crash. */
  stagedRecords(batchId: string): Promise<number>;
  /** Forgets what was staged. */
  unstage(batchId: string): Promise<void>;
  /** The channel's time of a product's last change that we know; null where it, or the time, is not known. */
  productUpdatedAt(productRef: bigint): Promise<Date | null>;
  /** Active variants of a product, by the channel's ref of the product. */
  variantsOfProduct(productRef: bigint): Promise<readonly CatalogRow[]>;
  /** Takes a product out of every list, for what the channel said at `at`; word from before that no longer brings it back. */
  deactivateProduct(ref: bigint, at: Date, now: Date): Promise<boolean>;
  productRefOfInventoryItem(inventoryItemRef: bigint): Promise<bigint | null>;
  /** Our own confirmed writes: live price and a version with its lineage. */
  recordWritten(rows: readonly WrittenPrice[], lineage: { changeId: string; source: 'apply' | 'rollback' | 'campaign_end'; correlationId: string; currencyCode: string; now: Date }): Promise<void>;
  /** Prices seen at the shop that nobody told us of (drift found before a write). */
  recordSeen(rows: readonly { variantId: string; price: bigint; compareAt: bigint | null; updatedAt: Date | null }[], info: { correlationId: string; currencyCode: string; now: Date }): Promise<void>;
}

export interface SyncStore {
  start(row: { id: string; correlationId: string; now: Date; reason?: SyncRow['reason'] }): Promise<SyncRow>;
  get(id: string): Promise<SyncRow | null>;
  running(): Promise<SyncRow | null>;
  latestCompleted(): Promise<SyncRow | null>;
  latest(): Promise<SyncRow | null>;
  update(id: string, facts: Partial<Omit<SyncRow, 'id' | 'correlationId' | 'startedAt' | 'reason'>>): Promise<void>;
}
