import type { ContextualPriceList, PriceList } from '@calibr/types';
import { moneyOf, moneyOrNull } from '../kernel/money-dto.ts';

/** Whether a price is set in the price list, or follows from the shop's own by rate and adjustment. */
export type PriceOrigin = 'fixed' | 'relative';

/** Why a row of a price list is blocked although nothing is blank: what the rule needs is kept in another currency. */
export type MarketReason = 'cost_currency_differs' | 'map_price_currency_differs';

/** A price list of one of the shop's markets. */
export interface PriceListRow {
  readonly id: string;
  readonly ref: bigint;
  readonly name: string;
  readonly currencyCode: string;
  /** Signed decimal string: "-10" takes ten percent off the shop's prices; null where the channel tells none. */
  readonly adjustmentPercent: string | null;
  readonly catalogTitle: string | null;
  /** False where the catalog that the list belongs to is a draft or archived: nobody is shown its prices. */
  readonly active: boolean;
  /** Variants whose price is fixed in it. */
  readonly fixedPrices: number;
  readonly pricesReadAt: Date | null;
}

/** The price of a variant in one list; minor units of the list's currency. */
export interface ContextualPriceRow {
  readonly priceListId: string;
  readonly name: string;
  readonly currencyCode: string;
  readonly unitAmount: bigint;
  readonly compareAt: bigint | null;
  readonly origin: PriceOrigin;
  readonly validFrom: Date;
}

export function priceListDto({ id, name, currencyCode, adjustmentPercent, catalogTitle, active, fixedPrices, pricesReadAt }: PriceListRow): PriceList {
  return { id, name, currencyCode, adjustmentPercent, catalogTitle, active, fixedPrices, pricesReadAt: pricesReadAt?.toISOString() ?? null };
}

export function contextualPriceDto(row: ContextualPriceRow): ContextualPriceList['data'][number] {
  return {
    priceListId: row.priceListId, name: row.name, price: moneyOf(row.unitAmount, row.currencyCode), compareAtPrice: moneyOrNull(row.compareAt, row.currencyCode),
    origin: row.origin, since: row.validFrom.toISOString(),
  };
}
