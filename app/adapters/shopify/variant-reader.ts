import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import type { ChannelResult, ChannelShop, LivePrice, RowVerdict } from '../../ports/price-channel.ts';
import type { AdminAnswer, AdminApi } from './admin-api.ts';
import { channelFailure, tooDear } from './admin-api.ts';
import { currencyOf } from './amounts.ts';
import { VariantPricesByIdsDocument, VariantPricesBySearchDocument } from './generated/admin-documents.ts';
import type { VariantPricesByIdsQuery } from './generated/admin-documents.ts';
import { UnexpectedAnswer, refOf, toGid } from './gid.ts';
import { assertRows, livePrice } from './price-verdicts.ts';
import type { PriceNode } from './price-verdicts.ts';

/** Fewer ids cost less by name than a page of a search. */
const SEARCH_FROM = 12;
/** Variants named in one search: nothing is said about how long a search may be, so it is kept short. */
const MOST_NAMED = 100;
/** Page sizes are multiples of this, so that what each costs is soon known. */
const PAGE_STEP = 10;
/** Variants that were written a moment ago and are read along, to see whether what a search shows is as new. */
const WITNESSES = 4;
/** A write longer ago says nothing of how far a search is behind. */
const WITNESS_MS = 60_000;
/** So long a shop's search is taken to be as new as it was found to be. */
const TRUST_MS = 600_000;
/** A shop whose search showed something old is read by ids for so long. */
const DISTRUST_MS = 3_600_000;
/** Shops that are remembered; the one idle longest goes first. */
const SHOPS_KEPT = 1_000;

type Prices = Map<bigint, LivePrice | null>;
type Read = ChannelResult<Prices>;

interface Timing {
  readonly timeoutMs: number;
  readonly deadline: number;
}

interface ShopMemory {
  /** What the last writes were answered with, and when. */
  readonly witnesses: Map<bigint, { readonly live: LivePrice; readonly at: number }>;
  trustUntil: number;
  distrustUntil: number;
}

/**
 * Live prices of variants by the cheapest way that is as good: by ids (`nodes`), a point each, or many of them by a search for their
 * ids, whose page costs a fraction. Shopify does not say that what a search finds is as new as what an id leads to, so it is not taken
 * on trust: variants whose prices this process has just written are read along in each search, and where one of them shows an older
 * price than the write was answered with, everything is read by ids, now and for the next hour. Before anything was written, everything
 * is read by ids, too. What a search does not find is asked for by id before it counts as gone.
 */
export class VariantReader {
  readonly #api: AdminApi;
  readonly #shops = new Map<string, ShopMemory>();

  constructor(api: AdminApi) {
    this.#api = api;
  }

  /** By variant ref; null where the shop has no such variant. At most 250 refs. */
  async read(shop: ChannelShop, refs: readonly bigint[], timing: Timing): Promise<Read> {
    assertRows(refs);
    if (refs.length === 0) return { ok: true, value: new Map(), requestId: null };
    const memory = this.#memory(shop.shopDomain);
    const witnesses = this.#witnesses(memory, refs);
    if (!this.#maySearch(memory, witnesses.size) || !this.#searchIsCheaper(refs.length)) return this.readByIds(shop, refs, timing);
    const found = await this.#bySearch(shop, refs, witnesses, timing);
    if (found !== 'stale' && !found.ok) return found;
    if (found === 'stale') memory.distrustUntil = this.#api.clock.now() + DISTRUST_MS;
    else if (witnesses.size > 0) memory.trustUntil = this.#api.clock.now() + TRUST_MS;
    const prices: Prices = found === 'stale' ? new Map() : found.value;
    const missing = refs.filter((ref) => !prices.has(ref));
    if (missing.length === 0) return found as Read;
    const rest = await this.readByIds(shop, missing, timing);
    return rest.ok ? { ...rest, value: new Map([...prices, ...rest.value]) } : rest;
  }

  /** Prices that the shop has just confirmed. */
  wrote(shop: ChannelShop, prices: Iterable<readonly [bigint, LivePrice]>): void {
    const { witnesses } = this.#memory(shop.shopDomain);
    const at = this.#api.clock.now();
    for (const [ref, live] of prices) {
      witnesses.delete(ref);
      witnesses.set(ref, { live, at });
    }
    for (const ref of witnesses.keys()) {
      if (witnesses.size <= WITNESSES) break;
      witnesses.delete(ref);
    }
  }

  /** What a read of so many would cost now, about. */
  points(shop: ChannelShop, count: number): number {
    const byIds = this.#api.costLike('VariantPricesByIds', count) ?? count;
    const memory = this.#memory(shop.shopDomain);
    if (count < SEARCH_FROM || !this.#maySearch(memory, this.#witnesses(memory, []).size)) return byIds;
    const perPage = MOST_NAMED - WITNESSES;
    const costOf = (rows: number): number => this.#api.costLike('VariantPricesBySearch', pageSize(rows + WITNESSES)) ?? rows;
    return Math.min(byIds, Math.floor(count / perPage) * costOf(perPage) + (count % perPage > 0 ? costOf(count % perPage) : 0));
  }

  #witnesses(memory: ShopMemory, besides: readonly bigint[]): ReadonlyMap<bigint, LivePrice> {
    const since = this.#api.clock.now() - WITNESS_MS;
    return new Map([...memory.witnesses].filter(([ref, { at }]) => at > since && !besides.includes(ref)).map(([ref, { live }]) => [ref, live]));
  }

  #maySearch(memory: ShopMemory, witnesses: number): boolean {
    const now = this.#api.clock.now();
    return memory.distrustUntil <= now && (witnesses > 0 || memory.trustUntil > now);
  }

  #searchIsCheaper(count: number): boolean {
    if (count < SEARCH_FROM) return false;
    const page = this.#api.costSeen('VariantPricesBySearch', pageSize(Math.min(count + WITNESSES, MOST_NAMED)));
    return page === null || page < Math.min(count, MOST_NAMED);
  }

  /** Without what it did not find; `stale` where it shows what is known to be over. */
  async #bySearch(shop: ChannelShop, refs: readonly bigint[], witnesses: ReadonlyMap<bigint, LivePrice>, timing: Timing): Promise<Read | 'stale'> {
    const pages: bigint[][] = [];
    for (let at = 0; at < refs.length; at += MOST_NAMED - WITNESSES) pages.push(refs.slice(at, at + MOST_NAMED - WITNESSES));
    const answers = await Promise.all(pages.map((page) => this.#page(shop, [...page, ...witnesses.keys()], timing)));
    const prices: Prices = new Map();
    let requestId: string | null = null;
    for (const answer of answers) {
      if (!answer.ok) return answer;
      requestId = answer.requestId ?? requestId;
      // A later writer's change is newer than ours; only what is older shows that the search lags behind.
      for (const [ref, ours] of witnesses) {
        const shown = answer.value.get(ref);
        if (shown && isOlder(shown, ours)) return 'stale';
      }
      for (const [ref, live] of answer.value) prices.set(ref, live);
    }
    for (const ref of witnesses.keys()) prices.delete(ref);
    return { ok: true, value: prices, requestId };
  }

  async #page(shop: ChannelShop, refs: readonly bigint[], timing: Timing): Promise<Read> {
    const first = pageSize(refs.length);
    const answer = await this.#api.call(shop, {
      name: 'VariantPricesBySearch', document: VariantPricesBySearchDocument, isWrite: false, size: first, ...timing,
      variables: { query: refs.map((ref) => `id:${ref}`).join(' OR '), first },
    });
    if (tooDear(answer) && refs.length > 1) return this.#halves(refs, (half) => this.#page(shop, half, timing));
    return pricesOf(answer, new Map(), (data) => data.productVariants.nodes, currencyOf(shop));
  }

  /** The same without a search, whatever it costs. */
  async readByIds(shop: ChannelShop, refs: readonly bigint[], timing: Timing): Promise<Read> {
    const ids = refs.map((ref) => toGid('ProductVariant', ref));
    const answer = await this.#api.call(shop, { name: 'VariantPricesByIds', document: VariantPricesByIdsDocument, variables: { ids }, isWrite: false, size: ids.length, ...timing });
    if (tooDear(answer) && refs.length > 1) return this.#halves(refs, (half) => this.readByIds(shop, half, timing));
    return pricesOf(answer, new Map(refs.map((ref) => [ref, null])), (data) => data.nodes.filter(isVariant), currencyOf(shop));
  }

  /** A call that costs more than Shopify allows for one, as two. */
  async #halves(refs: readonly bigint[], read: (half: readonly bigint[]) => Promise<Read>): Promise<Read> {
    const middle = Math.ceil(refs.length / 2);
    const [first, second] = await Promise.all([read(refs.slice(0, middle)), read(refs.slice(middle))]);
    if (!first.ok) return first;
    return second.ok ? { ...second, value: new Map([...first.value, ...second.value]) } : second;
  }

  #memory(shopDomain: string): ShopMemory {
    const memory = this.#shops.get(shopDomain) ?? { witnesses: new Map(), trustUntil: 0, distrustUntil: 0 };
    this.#shops.delete(shopDomain);
    this.#shops.set(shopDomain, memory);
    if (this.#shops.size > SHOPS_KEPT) this.#shops.delete(this.#shops.keys().next().value as string);
    return memory;
  }
}

/** What a write was answered with, row by row. */
export function writtenOf(verdicts: ReadonlyMap<bigint, RowVerdict>): [bigint, LivePrice][] {
  return [...verdicts].flatMap(([ref, verdict]): [bigint, LivePrice][] => (verdict.kind === 'written' ? [[ref, verdict.live]] : []));
}

function pricesOf<T>(answer: AdminAnswer<T>, prices: Prices, nodesOf: (data: T) => readonly PriceNode[], currency: CurrencyCode): Read {
  if (!answer.ok) return channelFailure(answer.failure);
  const { requestId } = answer;
  try {
    for (const node of nodesOf(answer.data)) prices.set(refOf(node.id, 'ProductVariant'), livePrice(node, currency));
    return { ok: true, value: prices, requestId };
  } catch (error) {
    if (!(error instanceof UnexpectedAnswer)) throw error;
    return { ok: false, failure: { kind: 'unavailable', detail: `Shopify's answer cannot be used: ${error.message}`, ...(requestId === null ? {} : { requestId }) } };
  }
}

function pageSize(count: number): number {
  return Math.ceil(count / PAGE_STEP) * PAGE_STEP;
}

/** Times are whole seconds: another price of the same second tells nothing. */
function isOlder(shown: LivePrice, ours: LivePrice): boolean {
  return shown.updatedAt !== null && ours.updatedAt !== null && Date.parse(shown.updatedAt) < Date.parse(ours.updatedAt);
}

/** An id that is gone, or names something else, has no such node. */
function isVariant(node: VariantPricesByIdsQuery['nodes'][number]): node is PriceNode {
  return node !== null && 'price' in node;
}
