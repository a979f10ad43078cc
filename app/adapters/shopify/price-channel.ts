import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import type { ChannelResult, ChannelShop, LivePrice, PriceChannel, PriceWrite, RowVerdict } from '../../ports/price-channel.ts';
import type { AdminApi } from './admin-api.ts';
import { channelFailure } from './admin-api.ts';
import { compareAtFrom, currencyOf, priceFrom, toMoney } from './amounts.ts';
import { VariantPricesByIdsDocument, VariantPricesUpdateDocument } from './generated/admin-documents.ts';
import type { VariantPricesByIdsQuery, VariantPricesUpdateMutation } from './generated/admin-documents.ts';
import { UnexpectedAnswer, refOf, toGid } from './gid.ts';
import { PriceListPrices } from './price-list-prices.ts';

/** Shopify takes at most 250 items in one input array (usage limits of the Admin API). */
const MOST_ROWS = 250;
/** Of the time a write may take, what is kept for reading back rows that its answer does not mention. */
const READ_BACK_SHARE = 0.25;

type Payload = NonNullable<VariantPricesUpdateMutation['productVariantsBulkUpdate']>;
type PriceNode = NonNullable<Payload['productVariants']>[number];
type UserError = Payload['userErrors'][number];
type Verdicts = Map<bigint, RowVerdict>;

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

  constructor(api: AdminApi, options: PriceChannelOptions) {
    this.#api = api;
    this.#options = options;
    this.writeTimeoutMs = options.writeTimeoutMs;
    this.#lists = new PriceListPrices(api, options);
  }

  async read(shop: ChannelShop, variantRefs: readonly bigint[]): Promise<ChannelResult<ReadonlyMap<bigint, LivePrice | null>>> {
    if (shop.priceListRef !== undefined) return this.#lists.read(shop, shop.priceListRef, variantRefs);
    return this.#read(shop, variantRefs, this.#options.readTimeoutMs, this.#api.clock.now() + this.#options.patienceMs);
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
      variables: {
        productId: toGid('Product', productRef),
        variants: rows.map((row) => ({
          id: toGid('ProductVariant', row.variantRef),
          price: toMoney(row.price, currency),
          // null clears it; left out would keep it.
          compareAtPrice: row.compareAt === null ? null : toMoney(row.compareAt, currency),
        })),
      },
      isWrite: true,
      size: rows.length,
      timeoutMs: this.writeTimeoutMs * (1 - READ_BACK_SHARE),
      deadline: deadline.getTime(),
    });
    if (!answer.ok) return channelFailure(answer.failure);
    const { requestId } = answer;
    const payload = answer.data.productVariantsBulkUpdate;
    if (!payload) return inDoubt('Shopify answered the write with nothing', requestId);
    try {
      const { verdicts, unmentioned } = judge(payload, rows, currency);
      if (unmentioned.length > 0) await this.#readBack(shop, payload.userErrors, unmentioned, verdicts);
      return { ok: true, value: verdicts, requestId };
    } catch (error) {
      if (!(error instanceof UnexpectedAnswer)) throw error;
      return inDoubt(`The answer to the write cannot be used: ${error.message}`, requestId);
    }
  }

  /**
   * Rows that the answer neither confirms nor refuses: what the shop shows decides. At the target it is written; where
   * other rows were refused and this one did not change, Shopify turned the whole call down. Otherwise nobody knows,
   * and the row stays without a verdict.
   */
  async #readBack(shop: ChannelShop, userErrors: readonly UserError[], unmentioned: readonly PriceWrite[], verdicts: Verdicts): Promise<void> {
    const timeoutMs = this.writeTimeoutMs * READ_BACK_SHARE;
    const refs = unmentioned.map((row) => row.variantRef);
    const live = await this.#read(shop, refs, timeoutMs / 2, this.#api.clock.now() + timeoutMs / 2);
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

  async #read(
    shop: ChannelShop, refs: readonly bigint[], timeoutMs: number, deadline: number,
  ): Promise<ChannelResult<ReadonlyMap<bigint, LivePrice | null>>> {
    const currency = currencyOf(shop);
    assertRows(refs);
    if (refs.length === 0) return { ok: true, value: new Map(), requestId: null };
    const ids = refs.map((ref) => toGid('ProductVariant', ref));
    const answer = await this.#api.call(shop, {
      name: 'VariantPricesByIds', document: VariantPricesByIdsDocument, variables: { ids }, isWrite: false, size: ids.length, timeoutMs, deadline,
    });
    if (!answer.ok) return channelFailure(answer.failure);
    try {
      const prices = new Map<bigint, LivePrice | null>(refs.map((ref) => [ref, null]));
      for (const node of answer.data.nodes) {
        if (isVariant(node)) prices.set(refOf(node.id, 'ProductVariant'), livePrice(node, currency));
      }
      return { ok: true, value: prices, requestId: answer.requestId };
    } catch (error) {
      if (!(error instanceof UnexpectedAnswer)) throw error;
      return { ok: false, failure: { kind: 'unavailable', detail: `Shopify's answer cannot be used: ${error.message}`, ...withId(answer.requestId) } };
    }
  }
}

/** Sorts the rows of a payload; throws UnexpectedAnswer where its numbers cannot be read. */
function judge(payload: Payload, rows: readonly PriceWrite[], currency: CurrencyCode): { verdicts: Verdicts; unmentioned: PriceWrite[] } {
  const shown = new Map<bigint, LivePrice>();
  for (const variant of payload.productVariants ?? []) shown.set(refOf(variant.id, 'ProductVariant'), livePrice(variant, currency));
  const byRow = new Map<number, UserError[]>();
  const general: UserError[] = [];
  for (const error of payload.userErrors) {
    const index = rowIndex(error.field, rows.length);
    if (index === null) general.push(error);
    else byRow.set(index, [...(byRow.get(index) ?? []), error]);
  }
  const verdicts: Verdicts = new Map();
  const unmentioned: PriceWrite[] = [];
  rows.forEach((row, index) => {
    const live = shown.get(row.variantRef);
    const errors = byRow.get(index) ?? (live ? [] : general);
    const first = errors[0];
    if (first && !(live && live.price === row.price && live.compareAt === row.compareAt)) {
      const message = errors.map((error) => error.message).join('; ');
      verdicts.set(row.variantRef, { kind: 'refused', code: first.code ?? 'USER_ERROR', message });
    } else if (live) {
      verdicts.set(row.variantRef, { kind: 'written', live });
    } else {
      unmentioned.push(row);
    }
  });
  return { verdicts, unmentioned };
}

/** `["variants", "3", "price"]` → 3; null where the error is not about one row. */
function rowIndex(field: UserError['field'], rowCount: number): number | null {
  const [name, position] = field ?? [];
  if (name !== 'variants' || position === undefined || !/^[0-9]+$/.test(position)) return null;
  const index = Number(position);
  return index < rowCount ? index : null;
}

/** An id that is gone, or names something else, has no such node. */
function isVariant(node: VariantPricesByIdsQuery['nodes'][number]): node is PriceNode {
  return node !== null && 'price' in node;
}

function livePrice(node: PriceNode, currency: CurrencyCode): LivePrice {
  return { price: priceFrom(node.price, currency), compareAt: compareAtFrom(node.compareAtPrice, currency), updatedAt: node.updatedAt };
}

function inDoubt(detail: string, requestId: string | null): { ok: false; failure: { kind: 'unknown'; detail: string; requestId?: string } } {
  return { ok: false, failure: { kind: 'unknown', detail, ...withId(requestId) } };
}

function withId(requestId: string | null): { requestId?: string } {
  return requestId === null ? {} : { requestId };
}

/** More rows than Shopify takes, or one variant twice, is a bug of the caller. */
function assertRows(refs: readonly bigint[]): void {
  if (refs.length > MOST_ROWS) throw new RangeError(`At most ${MOST_ROWS} variants a call, not ${refs.length}`);
  if (new Set(refs).size !== refs.length) throw new RangeError('The same variant stands twice in one call');
}
