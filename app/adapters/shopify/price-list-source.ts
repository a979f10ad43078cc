import type { ChannelResult, ChannelShop } from '../../ports/price-channel.ts';
import type { PriceListSource, SourceListPrice, SourcePriceList } from '../../ports/price-list-source.ts';
import type { AdminAnswer, AdminApi } from './admin-api.ts';
import { channelFailure } from './admin-api.ts';
import { currencyOf } from './amounts.ts';
import { PriceListPricesDocument, PriceListsDocument } from './generated/admin-documents.ts';
import type { PriceListsQuery } from './generated/admin-documents.ts';
import { UnexpectedAnswer, refOf, toGid } from './gid.ts';
import { pricesOf } from './price-list-prices.ts';
import type { CallLimits } from './products-by-ref.ts';

/** Shopify: a page has at most 250 objects. */
const PAGE = 250;
/** A shop has far fewer price lists; more pages than this would not end. */
const MOST_PAGES = 40;

type PriceListNode = PriceListsQuery['priceLists']['nodes'][number];

/** The price lists of a shop and their prices, page by page. */
export class ShopifyPriceListSource implements PriceListSource {
  readonly #api: AdminApi;
  readonly #limits: CallLimits;

  constructor(api: AdminApi, limits: CallLimits) {
    this.#api = api;
    this.#limits = limits;
  }

  async lists(shop: ChannelShop): Promise<ChannelResult<readonly SourcePriceList[]>> {
    const lists: SourcePriceList[] = [];
    let after: string | null = null;
    for (let page = 0; page < MOST_PAGES; page++) {
      const answer: AdminAnswer<PriceListsQuery> = await this.#api.call(shop, { name: 'PriceLists', document: PriceListsDocument, variables: { first: PAGE, after }, isWrite: false, size: PAGE, ...this.#timing() });
      if (!answer.ok) return channelFailure(answer.failure);
      const { nodes, pageInfo }: PriceListsQuery['priceLists'] = answer.data.priceLists;
      lists.push(...nodes.map(listOf));
      if (!pageInfo.hasNextPage) return { ok: true, value: lists, requestId: answer.requestId };
      after = pageInfo.endCursor;
    }
    return { ok: false, failure: { kind: 'unavailable', detail: 'The list of price lists does not end' } };
  }

  async prices(shop: ChannelShop, cursor: string | null): Promise<ChannelResult<{ readonly prices: readonly SourceListPrice[]; readonly nextCursor: string | null } | null>> {
    const currency = currencyOf(shop);
    if (shop.priceListRef === undefined) throw new RangeError('Of which price list?');
    const answer = await this.#api.call(shop, {
      name: 'PriceListPrices', document: PriceListPricesDocument, isWrite: false, size: PAGE, ...this.#timing(),
      variables: { id: toGid('PriceList', shop.priceListRef), first: PAGE, after: cursor, query: null },
    });
    if (!answer.ok) return channelFailure(answer.failure);
    const found = answer.data.priceList;
    if (!found) return { ok: true, value: null, requestId: answer.requestId };
    try {
      const prices = [...pricesOf(found.prices.nodes, currency)].map(([variantRef, { price, compareAt, origin }]) => ({ variantRef, price, compareAt, origin: origin! }));
      const { hasNextPage, endCursor } = found.prices.pageInfo;
      return { ok: true, value: { prices, nextCursor: hasNextPage ? endCursor : null }, requestId: answer.requestId };
    } catch (error) {
      if (!(error instanceof UnexpectedAnswer)) throw error;
      return { ok: false, failure: { kind: 'unavailable', detail: `Shopify's answer cannot be used: ${error.message}` } };
    }
  }

  #timing(): { timeoutMs: number; deadline: number } {
    return { timeoutMs: this.#limits.timeoutMs, deadline: this.#api.clock.now() + this.#limits.patienceMs };
  }
}

function listOf({ id, name, currency, parent, catalog }: PriceListNode): SourcePriceList {
  const percent = parent ? parent.adjustment.value * (parent.adjustment.type === 'PERCENTAGE_DECREASE' ? -1 : 1) : null;
  return {
    ref: refOf(id, 'PriceList'), name, currencyCode: currency,
    // A float at Shopify; a tenth of a thousandth of a percent is nothing that anybody set.
    adjustmentPercent: percent === null ? null : String(Number(percent.toFixed(4)) || 0),
    catalogTitle: catalog?.title ?? null, active: catalog === null || catalog.status === 'ACTIVE',
  };
}
