import { Kind, print, visit } from 'graphql';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { ExportUnreadable } from '../../ports/catalog-source.ts';
import type { ChannelResult, ChannelShop } from '../../ports/price-channel.ts';
import type { PriceListSource, SourceListPrice, SourcePriceList } from '../../ports/price-list-source.ts';
import type { AdminAnswer, AdminApi } from './admin-api.ts';
import { channelFailure } from './admin-api.ts';
import { currencyOf } from './amounts.ts';
import type { ShopifyCatalogSource } from './catalog-source.ts';
import { PriceListExportDocument, PriceListPricesDocument, PriceListsDocument } from './generated/admin-documents.ts';
import type { PriceListPricesQuery, PriceListsQuery } from './generated/admin-documents.ts';
import { readLines } from './export-reader.ts';
import { UnexpectedAnswer, refOf, toGid } from './gid.ts';
import { pricesOf } from './price-list-prices.ts';
import type { PriceNode } from './price-list-prices.ts';
import type { CallLimits } from './products-by-ref.ts';

/** Shopify: a page has at most 250 objects. */
const PAGE = 250;
/** A shop has far fewer price lists; more pages than this would not end. */
const MOST_PAGES = 40;

/** How often a running export is asked about. */
const POLL_MS = 500;
const POLL_MOST_MS = 8_000;

export interface PriceListLimits extends CallLimits {
  /** Catalogs with more variants are read by an export. */
  readonly exportFrom: number;
}

type PriceListNode = PriceListsQuery['priceLists']['nodes'][number];

/** The price lists of a shop and their prices, page by page. */
export class ShopifyPriceListSource implements PriceListSource {
  readonly #api: AdminApi;
  readonly #exports: ShopifyCatalogSource;
  readonly #limits: PriceListLimits;

  constructor(api: AdminApi, exports: ShopifyCatalogSource, limits: PriceListLimits) {
    this.#api = api;
    this.#exports = exports;
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

  async *prices(shop: ChannelShop, variants: number): AsyncGenerator<ChannelResult<readonly SourceListPrice[] | null>> {
    if (shop.priceListRef === undefined) throw new RangeError('Of which price list?');
    yield* variants > this.#limits.exportFrom ? this.#exported(shop, shop.priceListRef) : this.#paged(shop, shop.priceListRef);
  }

  async *#paged(shop: ChannelShop, listRef: bigint): AsyncGenerator<ChannelResult<readonly SourceListPrice[] | null>> {
    const currency = currencyOf(shop);
    for (let after: string | null = null; ;) {
      const answer: AdminAnswer<PriceListPricesQuery> = await this.#api.call(shop, {
        name: 'PriceListPrices', document: PriceListPricesDocument, isWrite: false, size: PAGE, ...this.#timing(),
        variables: { id: toGid('PriceList', listRef), first: PAGE, after, query: null },
      });
      if (!answer.ok) return yield channelFailure(answer.failure);
      const found: PriceListPricesQuery['priceList'] = answer.data.priceList;
      if (!found) return yield { ok: true, value: null, requestId: answer.requestId };
      try {
        yield { ok: true, value: sourcePrices(found.prices.nodes, currency), requestId: answer.requestId };
      } catch (error) {
        if (!(error instanceof UnexpectedAnswer)) throw error;
        return yield unusable(error);
      }
      const { hasNextPage, endCursor }: { hasNextPage: boolean; endCursor: string | null } = found.prices.pageInfo;
      if (!hasNextPage) return;
      after = endCursor;
    }
  }

  /** By a bulk operation, which draws nothing from the bucket and has no end at 25,000 prices. */
  async *#exported(shop: ChannelShop, listRef: bigint): AsyncGenerator<ChannelResult<readonly SourceListPrice[] | null>> {
    const currency = currencyOf(shop);
    const started = await this.#exports.startBulkQuery(shop, exportQuery(listRef));
    if (!started.ok) return yield started;
    for (let wait = POLL_MS; ; wait = Math.min(wait * 2, POLL_MOST_MS)) {
      await this.#api.clock.sleep(wait);
      const status = await this.#exports.exportStatus(shop, started.value.operationRef);
      if (!status.ok) return yield status;
      if (status.value.state === 'running') continue;
      if (status.value.state === 'failed') return yield { ok: false, failure: { kind: 'unavailable', detail: status.value.detail } };
      const { url, objects } = status.value;
      let read = 0;
      try {
        // No result where the list has no price, or is gone: a list that is gone is not told of in the list of lists either.
        for await (const nodes of url === null ? [] : this.#exports.download(url, (chunks) => readLines(chunks, (node) => node as unknown as PriceNode))) {
          read += nodes.length;
          yield { ok: true, value: sourcePrices(nodes, currency), requestId: null };
        }
      } catch (error) {
        if (!(error instanceof UnexpectedAnswer) && !(error instanceof ExportUnreadable)) throw error;
        return yield unusable(error);
      }
      // What is not in a complete export counts as gone from the list.
      if (read < objects) yield unusable(new Error(`the export has ${read} prices while the shop reports ${objects} of them`));
      return;
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

function sourcePrices(nodes: readonly PriceNode[], currency: CurrencyCode): SourceListPrice[] {
  return [...pricesOf(nodes, currency)].map(([variantRef, { price, compareAt, origin }]) => ({ variantRef, price, compareAt, origin: origin! }));
}

function unusable(error: Error): ChannelResult<never> {
  return { ok: false, failure: { kind: 'unavailable', detail: `Shopify's answer cannot be used: ${error.message}` } };
}

/** Bulk queries are sent as anonymous text without variables. */
function exportQuery(listRef: bigint): string {
  return print(visit(PriceListExportDocument, {
    OperationDefinition: (node) => ({ ...node, name: undefined, variableDefinitions: [] }),
    Variable: () => ({ kind: Kind.STRING, value: toGid('PriceList', listRef) }),
  }));
}
