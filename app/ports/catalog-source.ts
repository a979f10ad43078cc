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

export interface CatalogSource {
  shopInfo(shop: ChannelShop): Promise<ChannelResult<ShopInfo>>;
  /** Starts an export of everything; the ref is the channel's name for it. */
  startExport(shop: ChannelShop): Promise<ChannelResult<{ operationRef: string }>>;
  exportStatus(shop: ChannelShop, operationRef: string): Promise<ChannelResult<
    | { state: 'running'; objects: number }
    | { state: 'completed'; objects: number; url: string | null }
    | { state: 'failed'; detail: string }
  >>;
  /** Streams the finished export; memory stays flat. Throws on a broken stream: the import is then run again. */
  readExport(shop: ChannelShop, url: string): AsyncIterable<SourceRecord>;
  /** Products with all their variants and collections; a ref that is gone is missing from the answer. At most 50 refs. */
  products(shop: ChannelShop, refs: readonly bigint[]): Promise<ChannelResult<readonly SourceRecord[]>>;
}
