import type { PriceOrigin } from '../domain/catalog/price-list.ts';

/**
 * The way prices leave us. One implementation a sales channel (Shopify); amounts are minor units of the currency that comes with
 * the shop, refs are the channel's own numeric ids.
 */
export interface ChannelShop {
  readonly tenantId: string;
  readonly shopDomain: string;
  /** Of the prices that are read and written: the price list's, where there is one. */
  readonly currencyCode: string;
  /** Prices are read from and written to this price list of a market; absent for the shop's own prices. */
  readonly priceListRef?: bigint;
}

export interface LivePrice {
  readonly price: bigint;
  readonly compareAt: bigint | null;
  /** When the channel last changed the variant; RFC 3339. A price list does not tell. */
  readonly updatedAt: string | null;
  /** Told of prices in a price list only. */
  readonly origin?: PriceOrigin;
}

export interface PriceWrite {
  readonly variantRef: bigint;
  readonly price: bigint;
  readonly compareAt: bigint | null;
  /** `relative` takes the fixed price out of the price list again, whatever the amounts say; absent means `fixed`. */
  readonly origin?: PriceOrigin | null;
}

/**
 * What became of one row of a write.
 * written: the channel confirmed it, with what it now shows (the read-back) · refused: the channel's verdict, final
 */
export type RowVerdict =
  | { readonly kind: 'written'; readonly live: LivePrice }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/**
 * Why there is no answer to go by.
 * throttled: nothing happened, come back after `retryAfterMs`; never counts as an attempt
 * unavailable: nothing can have happened (refused connection, 429, 5xx before work, a read that failed)
 * unknown: the request may have been carried out, or may still land later
 * unauthorized: the token or a scope is gone; pause, a person must act
 * uninstalled: the shop is gone for us
 */
export interface ChannelFailure {
  readonly kind: 'throttled' | 'unavailable' | 'unknown' | 'unauthorized' | 'uninstalled';
  readonly detail: string;
  readonly retryAfterMs?: number;
  readonly requestId?: string;
}

export type ChannelResult<T> =
  | { readonly ok: true; readonly value: T; readonly requestId: string | null }
  | { readonly ok: false; readonly failure: ChannelFailure };

export interface PriceChannel {
  /** Most variants one write call takes (Shopify: 250 of one product). */
  readonly maxRowsPerWrite: number;
  /** A write that is not answered by then counts as unknown. Milliseconds. */
  readonly writeTimeoutMs: number;
  /** How many calls to this shop at once are of use now, by its speed and rate limit; null, or absent, where nothing is known. */
  callsAtOnce?(shop: ChannelShop): number | null;
  /** Live prices by variant ref; null where the channel has no such variant any more. At most 250 refs a call. */
  read(shop: ChannelShop, variantRefs: readonly bigint[]): Promise<ChannelResult<ReadonlyMap<bigint, LivePrice | null>>>;
  /** Writes rows of one product in one call. A row without a verdict is in doubt, as after `unknown`. May wait for the channel's rate limit, at most until `deadline`. */
  write(shop: ChannelShop, productRef: bigint, rows: readonly PriceWrite[], deadline: Date): Promise<ChannelResult<ReadonlyMap<bigint, RowVerdict>>>;
}
