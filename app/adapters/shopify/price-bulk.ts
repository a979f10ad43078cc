import { print, visit } from 'graphql';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { ResultUnreadable } from '../../ports/bulk-write.ts';
import type { BulkLine, BulkStatus, BulkWrites, LineVerdict, WriteBudget } from '../../ports/bulk-write.ts';
import type { ChannelResult, ChannelShop } from '../../ports/price-channel.ts';
import type { AdminApi } from './admin-api.ts';
import { channelFailure } from './admin-api.ts';
import { currencyOf } from './amounts.ts';
import { ExportUnreadable } from '../../ports/catalog-source.ts';
import { failureOf, sanitize } from './failures.ts';
import { BulkMutationCancelDocument, BulkMutationStartDocument, BulkMutationStatusDocument, BulkOperationsLatelyDocument, ShopInfoDocument, VariantPricesUpdateDocument } from './generated/admin-documents.ts';
import type { BulkMutationStatusQuery } from './generated/admin-documents.ts';
import { resultLines } from './price-bulk-result.ts';
import { stageUpload } from './staged-upload.ts';
import { assertRows, writeVariables } from './price-verdicts.ts';
import { downloadResult } from './result-download.ts';
import { writtenOf } from './variant-reader.ts';
import type { VariantReader } from './variant-reader.ts';

/** Bulk mutations that run at once of one app in one shop (API version 2026-01 and later). */
const MOST_AT_ONCE = 5;
/** Where a shop runs as many as it may, how long until asking again is ours to choose. */
const LIMIT_RETRY_MS = 10_000;
/** Shopify takes uploads of at most 100 MB; results are about as long, and longer where much was refused. */
const MOST_UPLOAD_BYTES = 100_000_000;
const MOST_RESULT_BYTES = 512 * 1024 * 1024;
/** Operations that are looked through for one by its name: more than a shop starts while an answer is waited for. */
const LATELY_PAGE = 50;
const LATELY_PAGES = 5;
/** Variants of one search, as VariantReader asks for them. */
const SEARCHED = 100;
/** Clocks differ, and Shopify's times have no fractions of a second. */
const CLOCKS_DIFFER_MS = 10 * 60_000;

export interface PriceBulkOptions {
  readonly fetch: typeof fetch;
  readonly readTimeoutMs: number;
  readonly patienceMs: number;
  readonly uploadTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

/** Prices out by bulk mutations: `productVariantsBulkUpdate` once for each line, a product a line, each row on its own. */
export class ShopifyBulkWrites implements BulkWrites {
  readonly maxAtOnce = MOST_AT_ONCE;
  readonly startTimeoutMs: number;
  readonly #api: AdminApi;
  readonly #reader: VariantReader;
  readonly #options: PriceBulkOptions;

  constructor(api: AdminApi, reader: VariantReader, options: PriceBulkOptions) {
    this.#api = api;
    this.#reader = reader;
    this.#options = options;
    this.startTimeoutMs = options.readTimeoutMs;
  }

  async budget(shop: ChannelShop): Promise<WriteBudget | null> {
    let { throttle, latencyMs } = this.#api.telemetry(shop.shopDomain);
    if (!throttle) {
      const answer = await this.#api.call(shop, { name: 'ShopInfo', document: ShopInfoDocument, variables: {}, isWrite: false, size: 1, ...this.#timing() });
      if (!answer.ok) return null;
      ({ throttle, latencyMs } = this.#api.telemetry(shop.shopDomain));
    }
    if (!throttle || latencyMs.p50 === null) return null;
    // Where none was made yet: an object is a point, a write 10 and 0.2 a variant, as Shopify documents it.
    return {
      available: throttle.currentlyAvailable, restoreRate: throttle.restoreRate, latencyMs: latencyMs.p50,
      // Many are found by a search of at most 100, where that is as good (VariantReader).
      readPoints: (rows) => Math.min(this.#api.costLike('VariantPricesByIds', rows) ?? rows, Math.ceil(rows / SEARCHED) * (this.#api.costLike('VariantPricesBySearch', Math.min(rows, SEARCHED)) ?? Infinity)),
      writePoints: (rows) => this.#api.costSeen('VariantPricesUpdate', rows) ?? 10 + 0.2 * rows,
    };
  }

  async upload(shop: ChannelShop, name: string, lines: readonly BulkLine[]): Promise<ChannelResult<{ readonly path: string }>> {
    const currency = currencyOf(shop);
    for (const { rows } of lines) assertRows(rows.map((row) => row.variantRef));
    const content = new Blob(lines.map(({ productRef, rows }) => `${JSON.stringify(writeVariables(productRef, rows, currency))}\n`));
    if (content.size > MOST_UPLOAD_BYTES) throw new RangeError(`An upload of ${content.size} bytes is more than Shopify takes`);
    return stageUpload(this.#api, this.#options, shop, `${name}.jsonl`, content, this.#timing());
  }

  async start(shop: ChannelShop, name: string, path: string, deadline: Date): Promise<ChannelResult<{ readonly operationRef: string }>> {
    const answer = await this.#api.call(shop, {
      name: 'BulkMutationStart', document: BulkMutationStartDocument, variables: { mutation: mutationText(name), stagedUploadPath: path, clientIdentifier: name },
      isWrite: true, size: 1, timeoutMs: this.startTimeoutMs, deadline: deadline.getTime(),
    });
    if (!answer.ok) return channelFailure(answer.failure);
    const withId = answer.requestId === null ? {} : { requestId: answer.requestId };
    const payload = answer.data.bulkOperationRunMutation;
    const refusal = payload?.userErrors[0];
    if (refusal?.code === 'LIMIT_REACHED' || refusal?.code === 'OPERATION_IN_PROGRESS') {
      return { ok: false, failure: { kind: 'throttled', detail: sanitize(refusal.message), retryAfterMs: LIMIT_RETRY_MS, ...withId } };
    }
    if (refusal && !payload?.bulkOperation) return { ok: false, failure: { kind: 'unavailable', detail: `Shopify refused the bulk operation: ${sanitize(refusal.message)}`, ...withId } };
    if (!payload?.bulkOperation) return { ok: false, failure: { kind: 'unknown', detail: 'Shopify did not say which bulk operation it started', ...withId } };
    return { ok: true, value: { operationRef: payload.bulkOperation.id }, requestId: answer.requestId };
  }

  async find(shop: ChannelShop, name: string, since: Date): Promise<ChannelResult<string | null>> {
    const wanted = operationName(name);
    for (let page = 0, after: string | null = null; ; page += 1) {
      const answer = await this.#lately(shop, after);
      if (!answer.ok) return channelFailure(answer.failure);
      const { nodes, pageInfo } = answer.data.bulkOperations;
      const found = nodes.find((node) => node.type === 'MUTATION' && node.query.includes(wanted));
      if (found) return { ok: true, value: found.id, requestId: answer.requestId };
      const oldest = nodes.at(-1);
      const passed = !oldest || Date.parse(oldest.createdAt) < since.getTime() - CLOCKS_DIFFER_MS;
      if (passed || !pageInfo.hasNextPage) return { ok: true, value: null, requestId: answer.requestId };
      // That it is not among these does not say that it is not there.
      if (page + 1 >= LATELY_PAGES) return { ok: false, failure: { kind: 'unavailable', detail: 'Too many bulk operations of this shop are newer than the one that is looked for' } };
      after = pageInfo.endCursor;
    }
  }

  async status(shop: ChannelShop, operationRef: string): Promise<ChannelResult<BulkStatus | null>> {
    const answer = await this.#api.call(shop, { name: 'BulkMutationStatus', document: BulkMutationStatusDocument, variables: { id: operationRef }, isWrite: false, size: 1, ...this.#timing() });
    if (!answer.ok) return channelFailure(answer.failure);
    return { ok: true, value: answer.data.bulkOperation && statusOf(answer.data.bulkOperation), requestId: answer.requestId };
  }

  async cancel(shop: ChannelShop, operationRef: string): Promise<ChannelResult<null>> {
    // Asking twice does no harm, so it is asked again as a read is.
    const answer = await this.#api.call(shop, { name: 'BulkMutationCancel', document: BulkMutationCancelDocument, variables: { id: operationRef }, isWrite: false, size: 1, ...this.#timing() });
    // A user error says that it is over or unknown: its status tells which.
    return answer.ok ? { ok: true, value: null, requestId: answer.requestId } : channelFailure(answer.failure);
  }

  async *result(shop: ChannelShop, url: string, lines: readonly BulkLine[]): AsyncGenerator<LineVerdict> {
    const currency: CurrencyCode = currencyOf(shop);
    const limits = { fetch: this.#options.fetch, idleTimeoutMs: this.#options.idleTimeoutMs, mostBytes: MOST_RESULT_BYTES };
    try {
      for await (const line of downloadResult(limits, url, (chunks) => resultLines(chunks, lines, currency))) {
        if (line.ok) this.#reader.wrote(shop, writtenOf(line.verdicts));
        yield line;
      }
    } catch (error) {
      if (error instanceof ExportUnreadable) throw new ResultUnreadable(error.message);
      // What fetch throws when the connection breaks.
      if (error instanceof TypeError) throw new ResultUnreadable(failureOf({ isWrite: false, requestId: null, thrown: error }).detail);
      throw error;
    }
  }

  #lately(shop: ChannelShop, after: string | null) {
    return this.#api.call(shop, { name: 'BulkOperationsLately', document: BulkOperationsLatelyDocument, variables: { first: LATELY_PAGE, after }, isWrite: false, size: LATELY_PAGE, ...this.#timing() });
  }

  #timing(): { timeoutMs: number; deadline: number } {
    return { timeoutMs: this.#options.readTimeoutMs, deadline: this.#api.clock.now() + this.#options.patienceMs };
  }
}

/** The name of the operation in the text that Shopify runs and keeps: how one is found whose start was never answered. */
function operationName(name: string): string {
  return `CalibrateWrite_${name.replaceAll('-', '')}`;
}

function mutationText(name: string): string {
  return print(visit(VariantPricesUpdateDocument, { OperationDefinition: (node) => ({ ...node, name: { kind: 'Name' as never, value: operationName(name) } }) }));
}

function statusOf(operation: NonNullable<BulkMutationStatusQuery['bulkOperation']>): BulkStatus {
  const lines = Number(operation.rootObjectCount) || Number(operation.objectCount);
  const ranMs = operation.completedAt === null ? null : Math.max(0, Date.parse(operation.completedAt) - Date.parse(operation.createdAt));
  const ended = (how: 'completed' | 'cancelled' | 'failed' | 'expired', url: string | null): BulkStatus => ({
    state: 'ended', how, url, lines, ranMs: ranMs === null || Number.isNaN(ranMs) ? null : ranMs,
    detail: how === 'completed' ? null : `The bulk operation ended as ${operation.status}${operation.errorCode ? ` (${operation.errorCode})` : ''}`,
  });
  switch (operation.status) {
    case 'COMPLETED': return ended('completed', operation.url);
    case 'CANCELED': return ended('cancelled', operation.partialDataUrl ?? operation.url);
    case 'FAILED': return ended('failed', operation.partialDataUrl);
    case 'EXPIRED': return ended('expired', operation.partialDataUrl);
    default: return { state: 'running', lines };
  }
}
