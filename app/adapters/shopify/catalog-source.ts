import { print, visit } from 'graphql';
import type { CatalogSource, ChangedProduct, ShopInfo, SourceRecord } from '../../ports/catalog-source.ts';
import type { ChannelResult, ChannelShop } from '../../ports/price-channel.ts';
import type { AdminApi } from './admin-api.ts';
import { channelFailure } from './admin-api.ts';
import { currencyOf } from './amounts.ts';
import { readExportLines } from './export-reader.ts';
import { BulkOperationStatusDocument, BulkQueryStartDocument, CatalogExportDocument, ChangedProductsDocument, ProductsCountDocument, ShopInfoDocument } from './generated/admin-documents.ts';
import { UnexpectedAnswer, refOf } from './gid.ts';
import { ProductsByRef } from './products-by-ref.ts';
import type { CallLimits } from './products-by-ref.ts';
import { downloadResult } from './result-download.ts';
import type { DownloadLimits } from './result-download.ts';

const MOST_PRODUCTS = 50;
/** Five bulk queries may run at once in a shop; how long until asking again is ours to choose. */
const OTHER_EXPORT_RETRY_MS = 30_000;
const PAGE = 250;

type ExportStatus = Extract<Awaited<ReturnType<CatalogSource['exportStatus']>>, { readonly ok: true }>['value'];

export interface CatalogSourceOptions extends CallLimits, DownloadLimits {}

/** The catalog in from Shopify: everything by a bulk query, single products by id. */
export class ShopifyCatalogSource implements CatalogSource {
  readonly #api: AdminApi;
  readonly #options: CatalogSourceOptions;
  readonly #products: ProductsByRef;

  constructor(api: AdminApi, options: CatalogSourceOptions) {
    this.#api = api;
    this.#options = options;
    this.#products = new ProductsByRef(api, options);
  }

  async shopInfo(shop: ChannelShop): Promise<ChannelResult<ShopInfo>> {
    const answer = await this.#api.call(shop, {
      name: 'ShopInfo', document: ShopInfoDocument, variables: {}, isWrite: false, size: 1, ...this.#timing(),
    });
    if (!answer.ok) return channelFailure(answer.failure);
    const { shop: found, currentAppInstallation } = answer.data;
    return {
      ok: true,
      requestId: answer.requestId,
      value: {
        name: found.name,
        currencyCode: found.currencyCode,
        timeZone: found.ianaTimezone,
        plan: found.plan.publicDisplayName,
        scopes: currentAppInstallation.accessScopes.map((scope) => scope.handle),
      },
    };
  }

  /** `unknown` here means that an export may be running; starting another one does no harm. */
  async startExport(shop: ChannelShop): Promise<ChannelResult<{ operationRef: string }>> {
    return this.startBulkQuery(shop, EXPORT_QUERY);
  }

  /** Any bulk query; its status and result as those of the catalog's export. */
  async startBulkQuery(shop: ChannelShop, query: string): Promise<ChannelResult<{ operationRef: string }>> {
    currencyOf(shop);
    const answer = await this.#api.call(shop, {
      name: 'BulkQueryStart', document: BulkQueryStartDocument, variables: { query }, isWrite: true, size: 1, ...this.#timing(),
    });
    if (!answer.ok) return channelFailure(answer.failure);
    const payload = answer.data.bulkOperationRunQuery;
    const withId = answer.requestId === null ? {} : { requestId: answer.requestId };
    const refusal = payload?.userErrors[0];
    if (refusal?.code === 'OPERATION_IN_PROGRESS' || refusal?.code === 'LIMIT_REACHED') {
      return { ok: false, failure: { kind: 'throttled', detail: refusal.message, retryAfterMs: OTHER_EXPORT_RETRY_MS, ...withId } };
    }
    if (refusal) return { ok: false, failure: { kind: 'unavailable', detail: `Shopify refused the export: ${refusal.message}`, ...withId } };
    if (!payload?.bulkOperation) return { ok: false, failure: { kind: 'unknown', detail: 'Shopify did not say which export it started', ...withId } };
    return { ok: true, value: { operationRef: payload.bulkOperation.id }, requestId: answer.requestId };
  }

  async exportStatus(shop: ChannelShop, operationRef: string): Promise<ChannelResult<ExportStatus>> {
    const answer = await this.#api.call(shop, {
      name: 'BulkOperationStatus', document: BulkOperationStatusDocument, variables: { id: operationRef }, isWrite: false, size: 1, ...this.#timing(),
    });
    if (!answer.ok) return channelFailure(answer.failure);
    return { ok: true, value: statusOf(answer.data.bulkOperation), requestId: answer.requestId };
  }

  readExport(shop: ChannelShop, url: string, skip = 0): AsyncGenerator<SourceRecord[]> {
    const currency = currencyOf(shop);
    return this.download(url, (chunks) => readExportLines(chunks, currency, skip));
  }

  /** The result of a bulk query as `read` makes it of its bytes. Throws ExportUnreadable. */
  download<T>(url: string, read: (chunks: AsyncIterable<Uint8Array>) => AsyncGenerator<T>): AsyncGenerator<T> {
    return downloadResult(this.#options, url, read);
  }

  async products(shop: ChannelShop, refs: readonly bigint[]): Promise<ChannelResult<readonly SourceRecord[]>> {
    const currency = currencyOf(shop);
    if (refs.length > MOST_PRODUCTS) throw new RangeError(`At most ${MOST_PRODUCTS} products a call, not ${refs.length}`);
    try {
      const answer = await this.#products.fetch(shop, refs, currency);
      return answer.ok ? { ok: true, value: answer.data, requestId: answer.requestId } : channelFailure(answer.failure);
    } catch (error) {
      if (!(error instanceof UnexpectedAnswer)) throw error;
      return { ok: false, failure: { kind: 'unavailable', detail: `Shopify's answer cannot be used: ${error.message}` } };
    }
  }

  async changedProducts(shop: ChannelShop, since: Date, after: string | null): Promise<ChannelResult<{ products: readonly ChangedProduct[]; next: string | null }>> {
    const answer = await this.#api.call(shop, {
      name: 'ChangedProducts', document: ChangedProductsDocument, isWrite: false, size: PAGE, background: true, ...this.#timing(),
      variables: { first: PAGE, after, query: `updated_at:>='${since.toISOString().slice(0, 19)}Z'` },
    });
    if (!answer.ok) return channelFailure(answer.failure);
    const { nodes, pageInfo } = answer.data.products;
    const products = nodes.map(({ id, updatedAt }) => ({ ref: refOf(id, 'Product'), updatedAt }));
    return { ok: true, value: { products, next: pageInfo.hasNextPage ? pageInfo.endCursor : null }, requestId: answer.requestId };
  }

  async countProducts(shop: ChannelShop): Promise<ChannelResult<number | null>> {
    const answer = await this.#api.call(shop, { name: 'ProductsCount', document: ProductsCountDocument, variables: {}, isWrite: false, size: 1, background: true, ...this.#timing() });
    if (!answer.ok) return channelFailure(answer.failure);
    const count = answer.data.productsCount;
    return { ok: true, value: count?.precision === 'EXACT' ? count.count : null, requestId: answer.requestId };
  }

  #timing(): { timeoutMs: number; deadline: number } {
    return { timeoutMs: this.#options.timeoutMs, deadline: this.#api.clock.now() + this.#options.patienceMs };
  }
}

/** Bulk queries are sent as anonymous text, as Shopify's examples do. */
const EXPORT_QUERY = print(
  visit(CatalogExportDocument, { OperationDefinition: (node) => ({ ...node, name: undefined }) }),
);

interface BulkOperation {
  readonly status: string;
  readonly errorCode: string | null;
  readonly objectCount: string;
  readonly url: string | null;
}

function statusOf(operation: BulkOperation | null): ExportStatus {
  if (!operation) return { state: 'failed', detail: 'Shopify does not know this export any more', again: true };
  const objects = Number(operation.objectCount);
  switch (operation.status) {
    case 'CREATED':
    case 'RUNNING':
    case 'CANCELING':
      return { state: 'running', objects };
    case 'COMPLETED':
      return { state: 'completed', objects, url: operation.url };
    default:
      // A part of the catalog would look like products that were deleted: partialDataUrl is not used.
      return {
        state: 'failed', detail: `The export ended as ${operation.status}${operation.errorCode ? ` (${operation.errorCode})` : ''}`,
        // Somebody meant it when it was cancelled, and a right that is missing stays missing.
        again: operation.status !== 'CANCELED' && operation.errorCode !== 'ACCESS_DENIED',
      };
  }
}
