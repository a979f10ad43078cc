import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { ChannelFailure, ChannelShop } from '../../ports/price-channel.ts';
import { API_VERSION } from './client.ts';
import type { AdminClient, Exchange } from './client.ts';
import type { Clock } from './clock.ts';
import { CostBook } from './cost-book.ts';
import type { AdminFailure } from './failures.ts';
import { Telemetry } from './health.ts';
import type { ConnectorTelemetry } from './health.ts';
import { Pacer } from './pacer.ts';
import type { Ending } from './pacer.ts';

/** Gives tokens. Both may throw when the store of tokens cannot be reached; null means that there is none. */
export interface TokenSource {
  tokenFor(shop: ChannelShop): Promise<{ readonly accessToken: string } | null>;
  /** Called after Shopify refused a token: get another one than that now. */
  refreshToken(shop: ChannelShop, refused: string): Promise<{ readonly accessToken: string } | null>;
}

/** Told of every request that was sent, for metrics; points and milliseconds. */
export type OnRequest = (request: { operation: string; result: 'ok' | 'throttled' | 'error' }, points: number, durationMs: number) => void;

/** Told when Shopify answers a shop's requests with another API version than was asked for: once for each version and shop. */
export type OnVersionFallback = (shopDomain: string, asked: string, served: string) => void;

export interface AdminCall<T, V> {
  readonly name: string;
  readonly document: TypedDocumentNode<T, V>;
  readonly variables: V;
  readonly isWrite: boolean;
  /** What the cost grows with: rows, ids, or the length of a page. */
  readonly size: number;
  /** Told apart from other calls of the document whose cost differs for the same size. */
  readonly costKey?: string;
  readonly timeoutMs: number;
  /** Until when it may wait to be sent; milliseconds since the epoch. */
  readonly deadline: number;
  /** Nobody waits for it: it goes after what somebody waits for. */
  readonly background?: boolean;
}

export type AdminAnswer<T> =
  | { readonly ok: true; readonly data: T; readonly requestId: string | null }
  | { readonly ok: false; readonly failure: AdminFailure };

/** A storm of THROTTLED ends here even where the deadline is far. */
const MOST_THROTTLED = 40;
const READ_TRIES = 3;
const READ_BACKOFF_MS = 250;
/** Shops whose bucket and telemetry are kept; the one idle longest goes first. */
const SHOPS_KEPT = 1_000;

interface ShopState {
  readonly pacer: Pacer;
  readonly telemetry: Telemetry;
  refreshing: Promise<string | null> | null;
}

/**
 * Calls of the Admin API, paced by each shop's bucket.
 * What may be repeated is repeated here: THROTTLED and 429 (nothing happened) until the deadline, a refused token once
 * after a refresh, a read that failed twice more. A write whose end is not known is never sent again.
 */
export class AdminApi {
  readonly #client: AdminClient;
  readonly #tokens: TokenSource;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #onRequest: OnRequest | undefined;
  readonly #onVersionFallback: OnVersionFallback | undefined;
  readonly #costs = new CostBook();
  readonly #shops = new Map<string, ShopState>();

  constructor(options: { client: AdminClient; tokens: TokenSource; clock: Clock; random?: () => number; onRequest?: OnRequest; onVersionFallback?: OnVersionFallback }) {
    this.#client = options.client;
    this.#tokens = options.tokens;
    this.#clock = options.clock;
    this.#random = options.random ?? Math.random;
    this.#onRequest = options.onRequest;
    this.#onVersionFallback = options.onVersionFallback;
  }

  get clock(): Clock {
    return this.#clock;
  }

  telemetry(shopDomain: string): ConnectorTelemetry {
    const { pacer, telemetry } = this.#state(shopDomain);
    return telemetry.report({ throttle: pacer.status(), inFlight: pacer.inFlight, waiting: pacer.waiting });
  }

  /** Points that a call of exactly this size cost; null where none was made yet. */
  costSeen(name: string, size: number): number | null {
    return this.#costs.seen(name, size);
  }

  /** How many calls to this shop at once are of use now; null before it ever answered. */
  callsAtOnce(shop: ChannelShop): number | null {
    return this.#state(shop.shopDomain).pacer.atOnce();
  }

  /** As `costSeen`, and where none was, in proportion to the one that is nearest in size; null before the first. */
  costLike(name: string, size: number): number | null {
    return this.#costs.like(name, size);
  }

  async call<T, V>(shop: ChannelShop, call: AdminCall<T, V>): Promise<AdminAnswer<T>> {
    const state = this.#state(shop.shopDomain);
    let token = await this.#token(() => this.#tokens.tokenFor(shop));
    let refreshed = false;
    let refusedBefore: AdminFailure | null = null;
    let failedReads = 0;
    for (let throttled = 0; ; ) {
      if (typeof token !== 'string') return { ok: false, failure: token };
      const permit = await state.pacer.acquire(call.costKey ?? call.name, call.size, call.deadline, { again: throttled > 0 || refreshed, background: call.background ?? false });
      if (!permit.granted) return { ok: false, failure: refusedBefore ?? waitedTooLong(permit.retryAfterMs) };
      const exchange = await this.#exchange(state, shop, token, call, permit);
      if (exchange.outcome.ok) return { ok: true, data: exchange.outcome.data, requestId: exchange.requestId };
      const { failure } = exchange.outcome;
      if (failure.code === 'THROTTLED' || failure.code === 'HTTP_429') {
        const pause = failure.retryAfterMs ?? 0;
        if (pause > 0) state.pacer.pause(pause);
        throttled += 1;
        if (throttled > MOST_THROTTLED || this.#clock.now() + pause >= call.deadline) return { ok: false, failure: withRetryAfter(failure) };
        refusedBefore = failure.code === 'HTTP_429' ? failure : null;
      } else if (failure.code === 'HTTP_401' && !refreshed) {
        refreshed = true;
        token = await this.#refreshed(state, shop, token);
      } else if (!call.isWrite && failure.kind === 'unavailable' && failure.code !== 'MAX_COST_EXCEEDED' && ++failedReads < READ_TRIES) {
        const backoff = READ_BACKOFF_MS * 4 ** (failedReads - 1) * (1 + this.#random());
        if (this.#clock.now() + backoff >= call.deadline) return { ok: false, failure };
        await this.#clock.sleep(backoff);
      } else {
        return { ok: false, failure };
      }
    }
  }

  async #exchange<T, V>(
    state: ShopState, shop: ChannelShop, accessToken: string, call: AdminCall<T, V>,
    permit: { settle(ending: Ending, report: Exchange<T>['cost']): void },
  ): Promise<Exchange<T>> {
    const sentAt = this.#clock.now();
    let exchange: Exchange<T>;
    try {
      exchange = await this.#client.send({ ...call, shopDomain: shop.shopDomain, accessToken });
    } catch (error) {
      permit.settle('rejected', null);
      throw error;
    }
    permit.settle(endingOf(exchange), exchange.cost);
    this.#onRequest?.(
      { operation: call.name, result: exchange.outcome.ok ? 'ok' : exchange.outcome.failure.kind === 'throttled' ? 'throttled' : 'error' },
      exchange.cost?.actual ?? 0, this.#clock.now() - sentAt);
    state.telemetry.observe({
      operation: call.name,
      status: exchange.status,
      latencyMs: this.#clock.now() - sentAt,
      requestId: exchange.requestId,
      servedVersion: exchange.servedVersion,
      failure: exchange.outcome.ok ? null : exchange.outcome.failure,
    });
    return exchange;
  }

  async #token(get: () => Promise<{ readonly accessToken: string } | string | null>): Promise<string | AdminFailure> {
    try {
      const token = await get();
      if (typeof token === 'string') return token;
      return token?.accessToken ?? { kind: 'unauthorized', code: 'NO_TOKEN', ranNothing: true, detail: 'There is no access token for this shop: the app must be opened in Shopify Admin' };
    } catch {
      // The reason is in the token store's own log; its message may hold what must not be shown.
      return { kind: 'unavailable', code: 'TOKEN_STORE', ranNothing: true, detail: 'The access token of this shop cannot be had at the moment' };
    }
  }

  /** Calls that were refused together refresh once; one that comes later takes the token that is there by then. */
  #refreshed(state: ShopState, shop: ChannelShop, refused: string): Promise<string | AdminFailure> {
    return this.#token(async () => {
      const current = await this.#tokens.tokenFor(shop);
      if (current && current.accessToken !== refused) return current;
      state.refreshing ??= this.#tokens
        .refreshToken(shop, refused)
        .then((token) => token?.accessToken ?? null)
        .finally(() => (state.refreshing = null));
      return state.refreshing;
    });
  }

  #state(shopDomain: string): ShopState {
    let state = this.#shops.get(shopDomain);
    if (state) this.#shops.delete(shopDomain); // comes back as the newest
    state ??= {
      pacer: new Pacer({ clock: this.#clock, costs: this.#costs, random: this.#random }),
      telemetry: new Telemetry(this.#clock, (served) => this.#onVersionFallback?.(shopDomain, API_VERSION, served)),
      refreshing: null,
    };
    this.#shops.set(shopDomain, state);
    if (this.#shops.size > SHOPS_KEPT) {
      for (const [domain, other] of this.#shops) {
        if (other.pacer.inFlight + other.pacer.waiting > 0) continue;
        this.#shops.delete(domain);
        break;
      }
    }
    return state;
  }
}

/** Whether the call costs more than Shopify allows for one: it ran nothing, and smaller ones may do. */
export function tooDear(answer: AdminAnswer<unknown>): boolean {
  return !answer.ok && answer.failure.code === 'MAX_COST_EXCEEDED';
}

/** As the port says it: without the code, which is ours. */
export function channelFailure({ kind, detail, retryAfterMs, requestId }: AdminFailure): { ok: false; failure: ChannelFailure } {
  return {
    ok: false,
    failure: { kind, detail, ...(retryAfterMs === undefined ? {} : { retryAfterMs }), ...(requestId === undefined ? {} : { requestId }) },
  };
}

function endingOf(exchange: Exchange<unknown>): Ending {
  if (exchange.outcome.ok) return 'answered';
  const { code, ranNothing } = exchange.outcome.failure;
  if (code === 'THROTTLED') return 'throttled';
  if (exchange.cost) return 'answered';
  return ranNothing ? 'rejected' : 'lost';
}

function waitedTooLong(retryAfterMs: number): AdminFailure {
  return { kind: 'throttled', code: null, ranNothing: true, detail: 'The shop has no points left for this request', retryAfterMs };
}

function withRetryAfter(failure: AdminFailure): AdminFailure {
  return { ...failure, retryAfterMs: failure.retryAfterMs ?? 1000 };
}
