import type { PriceListRow, PriceOrigin } from '../domain/catalog/price-list.ts';
import type { ChannelResult, ChannelShop } from './price-channel.ts';

/** A price list of a market, as the channel tells it. */
export type SourcePriceList = Pick<PriceListRow, 'ref' | 'name' | 'currencyCode' | 'adjustmentPercent' | 'catalogTitle' | 'active'>;

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
