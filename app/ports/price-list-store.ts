import type { PriceVersionRow, RuleRow } from '../domain/catalog/catalog-row.ts';
import type { ContextualPriceRow, PriceListRow, PriceOrigin } from '../domain/catalog/price-list.ts';
import type { Selector } from '../domain/rules/rule.ts';
import type { SourceListPrice, SourcePriceList } from './price-list-source.ts';

/** A price of a list that a write left behind, or that was found just before one. */
export interface SeenListPrice {
  readonly variantId: string;
  readonly itemId: string | null;
  readonly price: bigint;
  readonly compareAt: bigint | null;
  readonly origin: PriceOrigin;
}

/** Price lists of markets and every price seen or written in them. */
export interface PriceListStore {
  /** Those in use first, then by name. */
  list(): Promise<readonly PriceListRow[]>;
  get(id: string): Promise<PriceListRow | null>;
  /** What the shop has now; lists that it no longer has are kept and become inactive. A list whose currency changed begins its prices anew. */
  merge(lists: readonly SourcePriceList[], now: Date): Promise<void>;
  /**
   * One page of a reading of all prices that began at `since`. Variants that the catalog does not have are passed over, and so are
   * prices that we learned of after `since`.
   */
  readPage(id: string, prices: readonly SourceListPrice[], info: { since: Date; now: Date; correlationId: string }): Promise<void>;
  /** Ends a reading: what was not among `refs`, and was known before `since`, is no longer in the list. */
  readEnd(id: string, refs: readonly bigint[], info: { since: Date; now: Date }): Promise<void>;
  /** A list that the shop no longer has. */
  deactivate(id: string, now: Date): Promise<void>;
  /** By the channel's number of the list, which is what a write knows. */
  record(listRef: bigint, rows: readonly SeenListPrice[], info: { source: string; changeId: string | null; correlationId: string; now: Date }): Promise<void>;
  /** As the catalog's own stream: the variants that the list has, in product order, with its prices in place of the shop's own. */
  stream(id: string, selector: Selector, currencyCode: string, batchSize: number): AsyncIterable<readonly RuleRow[]>;
  /** What this market was shown, newest first; with `at`, the price that held then. As the shop's own price versions. */
  versions(id: string, variantId: string, at: Date | null, limit: number): Promise<readonly PriceVersionRow[]>;
  /** What buyers of each market are shown for a variant. */
  pricesOf(variantId: string): Promise<readonly ContextualPriceRow[]>;
}
