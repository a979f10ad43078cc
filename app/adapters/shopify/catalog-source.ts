import { print, visit } from 'graphql';
import type { CatalogSource, ShopInfo, SourceRecord } from '../../ports/catalog-source.ts';
import type { ChannelResult, ChannelShop } from '../../ports/price-channel.ts';
import type { AdminApi } from './admin-api.ts';
import { channelFailure } from './admin-api.ts';
import { currencyOf } from './amounts.ts';
import { ExportUnreadable, readExportLines } from './export-reader.ts';
import { BulkOperationStatusDocument, BulkQueryStartDocument, CatalogExportDocument, ShopInfoDocument } from './generated/admin-documents.ts';
import { UnexpectedAnswer } from './gid.ts';
import { ProductsByRef } from './products-by-ref.ts';
import type { CallLimits } from './products-by-ref.ts';

const MOST_PRODUCTS = 50;
/** Five bulk queries may run at once in a shop; how long until asking again is ours to choose. */
const OTHER_EXPORT_RETRY_MS = 30_000;
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

type ExportStatus = Extract<Awaited<ReturnType<CatalogSource['exportStatus']>>, { readonly ok: true }>['value'];

export interface CatalogSourceOptions extends CallLimits {
  readonly fetch: typeof fetch;
  /** A download that sends nothing for so long has broken off. */
  readonly idleTimeoutMs: number;
}

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

  async *readExport(shop: ChannelShop, url: string): AsyncGenerator<SourceRecord> {
    const currency = currencyOf(shop);
    yield* this.download(url, (chunks) => readExportLines(chunks, currency));
  }

  /** The result of a bulk query as `read` makes it of its bytes. Throws ExportUnreadable. */
  async *download<T>(url: string, read: (chunks: AsyncIterable<Uint8Array>) => AsyncGenerator<T>): AsyncGenerator<T> {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), this.#options.idleTimeoutMs);
    try {
      // The address carries its own signature: our token is not for the file store.
      const response = await this.#options.fetch(downloadAddress(url), { signal: silence.signal });
      if (!response.ok || !response.body) {
        await response.body?.cancel();
        throw new ExportUnreadable(`The export cannot be downloaded: the file store answered ${response.status} (results are kept for 7 days)`);
      }
      yield* read(watched(response.body, () => timer.refresh()));
    } catch (error) {
      if (silence.signal.aborted) throw new ExportUnreadable(`The download of the export stood still for ${this.#options.idleTimeoutMs} ms`);
      throw error;
    } finally {
      clearTimeout(timer);
      silence.abort(); // a reader that stops early lets go of the connection
    }
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
  if (!operation) return { state: 'failed', detail: 'Shopify does not know this export any more' };
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
      return { state: 'failed', detail: `The export ended as ${operation.status}${operation.errorCode ? ` (${operation.errorCode})` : ''}` };
  }
}

/** Only over TLS, or from this machine (the simulator's file store). */
function downloadAddress(url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : null;
  if (address?.protocol === 'https:' || (address?.protocol === 'http:' && LOOPBACK.has(address.hostname))) return address;
  throw new ExportUnreadable('The address of the export is not one to download from');
}

async function* watched(body: ReadableStream<Uint8Array>, onChunk: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    onChunk();
    yield chunk;
  }
}
