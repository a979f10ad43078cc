import type { ChannelResult, ChannelShop, LivePrice, PriceChannel, PriceWrite, RowVerdict } from '../../ports/price-channel.ts';
import type { AdminApi } from './admin-api.ts';
import { channelFailure, tooDear } from './admin-api.ts';
import { currencyOf } from './amounts.ts';
import { VariantPricesUpdateDocument } from './generated/admin-documents.ts';
import { UnexpectedAnswer } from './gid.ts';
import { PriceListPrices } from './price-list-prices.ts';
import { MOST_ROWS, assertRows, judge, writeVariables } from './price-verdicts.ts';
import type { UserError, Verdicts } from './price-verdicts.ts';
import { writtenOf } from './variant-reader.ts';
import type { VariantReader } from './variant-reader.ts';

/** Of the time a write may take, what is kept for reading back rows that its answer does not mention. */
const READ_BACK_SHARE = 0.25;

export interface PriceChannelOptions {
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
  /** How long a read may wait for the rate limit. */
  readonly patienceMs: number;
}

/**
 * Prices out to Shopify by `productVariantsBulkUpdate`, one product a call, each row on its own (partial updates); those of a
 * price list by its fixed prices.
 */
export class ShopifyPriceChannel implements PriceChannel {
  readonly maxRowsPerWrite = MOST_ROWS;
  readonly writeTimeoutMs: number;
  readonly #api: AdminApi;
  readonly #options: PriceChannelOptions;
  readonly #lists: PriceListPrices;
  readonly #reader: VariantReader;

  constructor(api: AdminApi, reader: VariantReader, options: PriceChannelOptions) {
    this.#api = api;
    this.#reader = reader;
    this.#options = options;
    this.writeTimeoutMs = options.writeTimeoutMs;
    this.#lists = new PriceListPrices(api, options);
  }

  callsAtOnce(shop: ChannelShop): number | null {
    return this.#api.callsAtOnce(shop);
  }

  async read(shop: ChannelShop, variantRefs: readonly bigint[]): Promise<ChannelResult<ReadonlyMap<bigint, LivePrice | null>>> {
    if (shop.priceListRef !== undefined) return this.#lists.read(shop, shop.priceListRef, variantRefs);
    return this.#reader.read(shop, variantRefs, { timeoutMs: this.#options.readTimeoutMs, deadline: this.#api.clock.now() + this.#options.patienceMs });
  }

  async write(
    shop: ChannelShop, productRef: bigint, rows: readonly PriceWrite[], deadline: Date,
  ): Promise<ChannelResult<ReadonlyMap<bigint, RowVerdict>>> {
    if (shop.priceListRef !== undefined) return this.#lists.write(shop, shop.priceListRef, rows, deadline);
    const currency = currencyOf(shop);
    assertRows(rows.map((row) => row.variantRef));
    if (rows.length === 0) return { ok: true, value: new Map(), requestId: null };
    const answer = await this.#api.call(shop, {
      name: 'VariantPricesUpdate',
      document: VariantPricesUpdateDocument,
      variables: writeVariables(productRef, rows, currency),
      isWrite: true,
      size: rows.length,
      timeoutMs: this.writeTimeoutMs * (1 - READ_BACK_SHARE),
      deadline: deadline.getTime(),
    });
    if (tooDear(answer) && rows.length > 1) return this.#writeHalves(shop, productRef, rows, deadline);
    if (!answer.ok) return channelFailure(answer.failure);
    const { requestId } = answer;
    const payload = answer.data.productVariantsBulkUpdate;
    if (!payload) return inDoubt('Shopify answered the write with nothing', requestId);
    try {
      const { verdicts, unmentioned } = judge(payload, rows, currency);
      if (unmentioned.length > 0) await this.#readBack(shop, payload.userErrors, unmentioned, verdicts);
      this.#reader.wrote(shop, writtenOf(verdicts));
      return { ok: true, value: verdicts, requestId };
    } catch (error) {
      if (!(error instanceof UnexpectedAnswer)) throw error;
      return inDoubt(`The answer to the write cannot be used: ${error.message}`, requestId);
    }
  }

  /** Rows of a half that failed have no verdict: they are read again before anything else is done with them. */
  async #writeHalves(shop: ChannelShop, productRef: bigint, rows: readonly PriceWrite[], deadline: Date): Promise<ChannelResult<ReadonlyMap<bigint, RowVerdict>>> {
    const middle = Math.ceil(rows.length / 2);
    const [first, second] = await Promise.all([this.write(shop, productRef, rows.slice(0, middle), deadline), this.write(shop, productRef, rows.slice(middle), deadline)]);
    if (first.ok && second.ok) return { ...second, value: new Map([...first.value, ...second.value]) };
    if (first.ok) return first;
    // Of two failures the one that leaves more open.
    return second.ok || second.failure.kind === 'unknown' ? second : first;
  }

  /**
   * Rows that the answer neither confirms nor refuses: what the shop shows decides. At the target it is written; where
   * other rows were refused and this one did not change, Shopify turned the whole call down. Otherwise nobody knows,
   * and the row stays without a verdict.
   */
  async #readBack(shop: ChannelShop, userErrors: readonly UserError[], unmentioned: readonly PriceWrite[], verdicts: Verdicts): Promise<void> {
    const timeoutMs = this.writeTimeoutMs * READ_BACK_SHARE;
    const refs = unmentioned.map((row) => row.variantRef);
    const live = await this.#reader.readByIds(shop, refs, { timeoutMs: timeoutMs / 2, deadline: this.#api.clock.now() + timeoutMs / 2 });
    if (!live.ok) return;
    for (const row of unmentioned) {
      const shown = live.value.get(row.variantRef) ?? null;
      if (shown === null) {
        verdicts.set(row.variantRef, { kind: 'refused', code: 'PRODUCT_VARIANT_DOES_NOT_EXIST', message: 'Shopify has no such variant any more' });
      } else if (shown.price === row.price && shown.compareAt === row.compareAt) {
        verdicts.set(row.variantRef, { kind: 'written', live: shown });
      } else if (userErrors[0]) {
        const message = `Not written, because Shopify refused other rows of this product: ${userErrors[0].message}`;
        verdicts.set(row.variantRef, { kind: 'refused', code: userErrors[0].code ?? 'USER_ERROR', message });
      }
    }
  }
}

function inDoubt(detail: string, requestId: string | null): { ok: false; failure: { kind: 'unknown'; detail: string; requestId?: string } } {
  return { ok: false, failure: { kind: 'unknown', detail, ...withId(requestId) } };
}

function withId(requestId: string | null): { requestId?: string } {
  return requestId === null ? {} : { requestId };
}
