import type { ChannelResult, ChannelShop } from './price-channel.ts';

export interface SourceProduct {
  readonly kind: 'product';
  readonly ref: bigint;
  readonly title: string;
  readonly handle: string;
  readonly vendor: string;
  readonly productType: string;
  /** ACTIVE, DRAFT, ARCHIVED or UNLISTED, as the channel says. */
  readonly status: string;
  readonly tags: readonly string[];
  readonly createdAt: string | null;
  readonly publishedAt: string | null;
  readonly updatedAt: string | null;
}

/** Amounts are minor units of the shop's currency; a blank cost is null, never 0. */
export interface SourceVariant {
  readonly kind: 'variant';
  readonly ref: bigint;
  readonly productRef: bigint;
  readonly position: number;
  readonly title: string;
  readonly sku: string;
  readonly barcode: string;
  readonly price: bigint;
  readonly compareAt: bigint | null;
  /** undefined: the source did not say (webhook payloads carry no cost), and what we know stays. */
  readonly cost: bigint | null | undefined;
  readonly inventoryQuantity: number | null;
  readonly options: Readonly<Record<string, string>>;
  /** Names of the options in the product's order; where not given, the order of `options`. */
  readonly optionNames?: readonly string[];
  readonly inventoryItemRef: bigint | null;
  readonly updatedAt: string | null;
}

export interface SourceMembership {
  readonly kind: 'collection';
  readonly productRef: bigint;
  readonly handle: string;
}

/** Children may come anywhere after their parent; they are joined by ref, never by line order. */
export type SourceRecord = SourceProduct | SourceVariant | SourceMembership;

export interface ShopInfo {
  readonly name: string;
  readonly currencyCode: string;
  readonly timeZone: string;
  readonly plan: string;
  readonly scopes: readonly string[];
}

/** A product that changed in the channel, as a list of changed products tells it. */
export interface ChangedProduct {
  readonly ref: bigint;
  readonly updatedAt: string;
}

/**
 * An export cannot be read. gone: nothing is at its address any more. broken: the download ended too early, and the next one may be
 * whole. malformed: a line is not what was asked for, and stays so; the message says which, counted from 1.
 */
export class ExportUnreadable extends Error {
  override readonly name = 'ExportUnreadable';
  readonly kind: 'gone' | 'broken' | 'malformed';
  constructor(message: string, kind: 'gone' | 'broken' | 'malformed' = 'malformed', options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export interface CatalogSource {
  shopInfo(shop: ChannelShop): Promise<ChannelResult<ShopInfo>>;
  /** Starts an export of everything; the ref is the channel's name for it. */
  startExport(shop: ChannelShop): Promise<ChannelResult<{ operationRef: string }>>;
  exportStatus(shop: ChannelShop, operationRef: string): Promise<ChannelResult<
    | { state: 'running'; objects: number }
    | { state: 'completed'; objects: number; url: string | null }
    /** `again`: the channel's own trouble, which another export may not have. */
    | { state: 'failed'; detail: string; again: boolean }
  >>;
  /**
   * Streams the finished export after its first `skip` records, in its order, some at a time; memory stays flat. The same address gives
   * the same records in the same order. Throws ExportUnreadable.
   */
  readExport(shop: ChannelShop, url: string, skip?: number): AsyncIterable<readonly SourceRecord[]>;
  /** Products with all their variants and collections; a ref that is gone is missing from the answer. At most 50 refs. */
  products(shop: ChannelShop, refs: readonly bigint[]): Promise<ChannelResult<readonly SourceRecord[]>>;
  /** A page of the products that changed at or after `since`, by the channel's clock, the longest ago first. `after` null: the first page. */
  changedProducts(shop: ChannelShop, since: Date, after: string | null): Promise<ChannelResult<{ readonly products: readonly ChangedProduct[]; readonly next: string | null }>>;
  /** How many products the shop has; null where it does not say exactly. */
  countProducts(shop: ChannelShop): Promise<ChannelResult<number | null>>;
}
