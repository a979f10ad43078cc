import type { PriceOrigin } from '../domain/catalog/price-list.ts';
import type { ChannelResult, ChannelShop } from './price-channel.ts';

/** A price list of a market, as the channel tells it. */
export interface SourcePriceList {
  readonly ref: bigint;
  readonly name: string;
  readonly currencyCode: string;
  /** Signed decimal string: "-10" takes ten percent off the shop's prices; null where the channel tells none. */
  readonly adjustmentPercent: string | null;
  readonly catalogTitle: string | null;
  /** False where the catalog that the list belongs to is a draft or archived: nobody is shown its prices. */
  readonly active: boolean;
}

/** Amounts in minor units of the list's currency. */
export interface SourceListPrice {
  readonly variantRef: bigint;
  readonly price: bigint;
  readonly compareAt: bigint | null;
  readonly origin: PriceOrigin;
}

/** Prices of markets in. */
export interface PriceListSource {
  lists(shop: ChannelShop): Promise<ChannelResult<readonly SourcePriceList[]>>;
  /**
   * All prices of `shop.priceListRef`, fixed and relative, in parts; `variants` is about how many there are. It ends with a failure where
   * the rest could not be read, and with value null where the list is gone.
   */
  prices(shop: ChannelShop, variants: number): AsyncIterable<ChannelResult<readonly SourceListPrice[] | null>>;
}
