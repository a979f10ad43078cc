import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { formatMinorUnits } from '../../domain/kernel/money.ts';
import type { ChannelResult, ChannelShop, LivePrice, PriceWrite, RowVerdict } from '../../ports/price-channel.ts';
import type { AdminAnswer, AdminApi } from './admin-api.ts';
import { channelFailure } from './admin-api.ts';
import { currencyOf, listAmountFrom } from './amounts.ts';
import { PriceListFixedPricesAddDocument, PriceListFixedPricesDeleteDocument, PriceListPricesDocument } from './generated/admin-documents.ts';
import type { CurrencyCode as ShopifyCurrency, PriceListFixedPricesAddMutation, PriceListPricesQuery } from './generated/admin-documents.ts';
import { UnexpectedAnswer, refOf, toGid } from './gid.ts';

/** Shopify takes at most 250 items in one input array, and gives pages of at most 250. */
const MOST_ROWS = 250;
/** Variants named in one search: nothing is said about how long a search may be, so it is kept short. */
const MOST_NAMED = 100;
/** Of the time a write may take: the first mutation, the second where one is needed, and reading back. */
const SHARES = { first: 0.4, wait: 0.1, second: 0.3, readBack: 0.2 };

export type PriceNode = NonNullable<PriceListPricesQuery['priceList']>['prices']['nodes'][number];
type UserError = NonNullable<PriceListFixedPricesAddMutation['priceListFixedPricesAdd']>['userErrors'][number];
type Verdicts = Map<bigint, RowVerdict>;

export interface PriceListPricesOptions {
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly patienceMs: number;
}

/** What one mutation answered. It is all or nothing: where it names an error, none of its rows was written. */
interface Mutated {
  readonly live: ReadonlyMap<bigint, LivePrice>;
  /** Why a row was refused. */
  readonly refused: ReadonlyMap<bigint, UserError>;
  readonly wasRefused: boolean;
}

/**
 * Prices of a price list: fixed ones are added by `priceListFixedPricesAdd` and taken away again by
 * `priceListFixedPricesDelete`, so that the price follows the shop's own as before.
 */
export class PriceListPrices {
  readonly #api: AdminApi;
  readonly #options: PriceListPricesOptions;

  constructor(api: AdminApi, options: PriceListPricesOptions) {
    this.#api = api;
    this.#options = options;
  }

  /** By variant ref; null where the list has no such variant. */
  async read(shop: ChannelShop, listRef: bigint, variantRefs: readonly bigint[]): Promise<ChannelResult<ReadonlyMap<bigint, LivePrice | null>>> {
    return this.#read(shop, listRef, variantRefs, this.#options.readTimeoutMs, this.#api.clock.now() + this.#options.patienceMs);
  }

  async write(shop: ChannelShop, listRef: bigint, rows: readonly PriceWrite[], deadline: Date): Promise<ChannelResult<ReadonlyMap<bigint, RowVerdict>>> {
    const currency = currencyOf(shop);
    assertRows(rows.map((row) => row.variantRef));
    if (rows.length === 0) return { ok: true, value: new Map(), requestId: null };
    const byKind = [rows.filter((row) => row.origin !== 'relative'), rows.filter((row) => row.origin === 'relative')].filter((group) => group.length > 0);
    const first = byKind[0]!;
    const answer = await this.#mutate(shop, listRef, first, currency, SHARES.first, deadline.getTime());
    if (!answer.ok) return answer;
    const answers = [answer.value];
    let { requestId } = answer;
    // Of two kinds the other one comes now; of one kind the rows that fell with the refused ones, which were not written.
    const next = byKind[1] ?? (answer.value.wasRefused ? first.filter((row) => !answer.value.refused.has(row.variantRef)) : []);
    if (next.length > 0 && answer.value.refused.size + byKind.length > 1) {
      const again = await this.#mutate(shop, listRef, next, currency, SHARES.second, this.#api.clock.now() + this.#options.writeTimeoutMs * SHARES.wait);
      // Where it failed, its rows are in doubt unless the reading below finds them at their target.
      if (again.ok) {
        answers.push(again.value);
        requestId = again.requestId ?? requestId;
      }
    }
    const verdicts = await this.#judge(shop, listRef, rows, answers);
    return { ok: true, value: verdicts, requestId };
  }

  /** What the mutations told, and for rows of which they told nothing what the list shows now. */
  async #judge(shop: ChannelShop, listRef: bigint, rows: readonly PriceWrite[], answers: readonly Mutated[]): Promise<Verdicts> {
    const verdicts: Verdicts = new Map();
    const open: PriceWrite[] = [];
    for (const row of rows) {
      const live = answers.map((answer) => answer.live.get(row.variantRef)).find((found) => found !== undefined);
      const error = answers.map((answer) => answer.refused.get(row.variantRef)).find((found) => found !== undefined);
      if (live) verdicts.set(row.variantRef, { kind: 'written', live });
      // A fixed price that somebody else has removed is gone, as was wanted: what is shown decides.
      else if (error && error.code !== 'PRICE_NOT_FIXED') verdicts.set(row.variantRef, { kind: 'refused', code: error.code ?? 'USER_ERROR', message: error.message });
      else open.push(row);
    }
    if (open.length === 0) return verdicts;
    const timeoutMs = this.#options.writeTimeoutMs * SHARES.readBack;
    const shown = await this.#read(shop, listRef, open.map((row) => row.variantRef), timeoutMs / 2, this.#api.clock.now() + timeoutMs / 2);
    if (!shown.ok) return verdicts;
    for (const row of open) {
      const live = shown.value.get(row.variantRef) ?? null;
      if (live === null) verdicts.set(row.variantRef, { kind: 'refused', code: 'VARIANT_NOT_FOUND', message: 'The price list has no such variant any more' });
      else if (isReached(row, live)) verdicts.set(row.variantRef, { kind: 'written', live });
    }
    return verdicts;
  }

  async #mutate(shop: ChannelShop, listRef: bigint, rows: readonly PriceWrite[], currency: CurrencyCode, share: number, deadline: number): Promise<ChannelResult<Mutated>> {
    const id = toGid('PriceList', listRef);
    const common = { isWrite: true, size: rows.length, timeoutMs: this.#options.writeTimeoutMs * share, deadline };
    const money = (minor: bigint) => ({ amount: formatMinorUnits(minor, currency), currencyCode: currency as ShopifyCurrency });
    if (rows[0]?.origin === 'relative') {
      const answer = await this.#api.call(shop, {
        name: 'PriceListFixedPricesDelete', document: PriceListFixedPricesDeleteDocument, ...common,
        variables: { id, variantIds: rows.map((row) => toGid('ProductVariant', row.variantRef)) },
      });
      return mutated(answer, rows, (data) => data.priceListFixedPricesDelete, () => new Map());
    }
    const answer = await this.#api.call(shop, {
      name: 'PriceListFixedPricesAdd', document: PriceListFixedPricesAddDocument, ...common,
      variables: { id, prices: rows.map((row) => ({
        variantId: toGid('ProductVariant', row.variantRef), price: money(row.price), compareAtPrice: row.compareAt === null ? null : money(row.compareAt),
      })) },
    });
    return mutated(answer, rows, (data) => data.priceListFixedPricesAdd, (payload) => pricesOf(payload.prices ?? [], currency));
  }

  async #read(shop: ChannelShop, listRef: bigint, refs: readonly bigint[], timeoutMs: number, deadline: number): Promise<ChannelResult<ReadonlyMap<bigint, LivePrice | null>>> {
    const currency = currencyOf(shop);
    assertRows(refs);
    const prices = new Map<bigint, LivePrice | null>(refs.map((ref) => [ref, null]));
    let requestId: string | null = null;
    for (let done = 0; done < refs.length; done += MOST_NAMED) {
      const named = refs.slice(done, done + MOST_NAMED);
      const answer = await this.#api.call(shop, {
        name: 'PriceListPrices', costKey: 'PriceListPrices of named variants', document: PriceListPricesDocument, isWrite: false, size: named.length, timeoutMs, deadline,
        variables: { id: toGid('PriceList', listRef), first: named.length, after: null, query: named.map((ref) => `variant_id:${ref}`).join(' OR ') },
      });
      if (!answer.ok) return channelFailure(answer.failure);
      requestId = answer.requestId;
      try {
        for (const [ref, live] of pricesOf(answer.data.priceList?.prices.nodes ?? [], currency)) if (prices.has(ref)) prices.set(ref, live);
      } catch (error) {
        if (!(error instanceof UnexpectedAnswer)) throw error;
        return { ok: false, failure: { kind: 'unavailable', detail: `Shopify's answer cannot be used: ${error.message}`, ...(requestId === null ? {} : { requestId }) } };
      }
    }
    return { ok: true, value: prices, requestId };
  }
}

/** Throws UnexpectedAnswer on amounts that cannot be read. */
export function pricesOf(nodes: readonly PriceNode[], currency: CurrencyCode): Map<bigint, LivePrice> {
  return new Map(nodes.map((node) => {
    const isFixed = node.originType === 'FIXED';
    return [refOf(node.variant.id, 'ProductVariant'), {
      price: listAmountFrom(node.price, currency, isFixed),
      compareAt: node.compareAtPrice === null ? null : listAmountFrom(node.compareAtPrice, currency, isFixed),
      updatedAt: null, origin: isFixed ? 'fixed' as const : 'relative' as const,
    }];
  }));
}

function isReached(row: PriceWrite, live: LivePrice): boolean {
  if (row.origin === 'relative') return live.origin === 'relative';
  return live.origin === 'fixed' && live.price === row.price && live.compareAt === row.compareAt;
}

function mutated<T, P extends { readonly userErrors: readonly UserError[] }>(
  answer: AdminAnswer<T>, rows: readonly PriceWrite[], payloadOf: (data: T) => P | null, liveOf: (payload: P) => ReadonlyMap<bigint, LivePrice>,
): ChannelResult<Mutated> {
  if (!answer.ok) return channelFailure(answer.failure);
  const inDoubt = (detail: string): ChannelResult<Mutated> => ({ ok: false, failure: { kind: 'unknown', detail, ...(answer.requestId === null ? {} : { requestId: answer.requestId }) } });
  const payload = payloadOf(answer.data);
  if (!payload) return inDoubt('Shopify answered the write with nothing');
  const refused = new Map<bigint, UserError>();
  for (const error of payload.userErrors) {
    const named = rowOf(error.field, rows);
    // What is not about one row, as a list that is gone, is about all of them.
    for (const row of named ? [named] : rows) if (!refused.has(row.variantRef)) refused.set(row.variantRef, error);
  }
  try {
    return { ok: true, value: { live: liveOf(payload), refused, wasRefused: payload.userErrors.length > 0 }, requestId: answer.requestId };
  } catch (error) {
    if (!(error instanceof UnexpectedAnswer)) throw error;
    return inDoubt(`The answer to the write cannot be used: ${error.message}`);
  }
}

/** `["prices", "3", "price"]` and `["variantIds", "3"]` → the fourth row. */
function rowOf(field: UserError['field'], rows: readonly PriceWrite[]): PriceWrite | undefined {
  const [name, position] = field ?? [];
  return (name === 'prices' || name === 'variantIds') && position !== undefined && /^[0-9]+$/.test(position) ? rows[Number(position)] : undefined;
}

/** More rows than Shopify takes, or one variant twice, is a bug of the caller. */
function assertRows(refs: readonly bigint[]): void {
  if (refs.length > MOST_ROWS) throw new RangeError(`At most ${MOST_ROWS} variants a call, not ${refs.length}`);
  if (new Set(refs).size !== refs.length) throw new RangeError('The same variant stands twice in one call');
}
