import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ChannelShop } from '../../ports/price-channel.ts';
import type { TokenSource } from './admin-api.ts';

/** A shop's offline token as Shopify gave it. */
export interface OfflineTokenSet {
  readonly accessToken: string;
  readonly expires: Date | null;
  readonly refreshToken: string | null;
  readonly refreshTokenExpires: Date | null;
}

/** Where the tokens of all processes are, and whose turn it is to get the next one of a shop. */
export interface OfflineTokenStore {
  /** Null when the shop has none, or none that can be opened. */
  load(shopDomain: string): Promise<OfflineTokenSet | null>;
  /** Takes the shop's turn for `ms`; false while somebody else has it. A turn that ran out is taken over. */
  take(shopDomain: string, owner: string, ms: number): Promise<boolean>;
  release(shopDomain: string, owner: string): Promise<void>;
  /** Puts `next` in the place of the token; null forgets it. False when the turn is no longer ours, or the shop has left meanwhile. */
  replace(shopDomain: string, owner: string, next: OfflineTokenSet | null): Promise<boolean>;
}

export interface OfflineTokenOptions {
  readonly store: OfflineTokenStore;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
  /** For one answer of Shopify. */
  readonly timeoutMs?: number;
  /** How long others wait for whoever refreshes before they say that there is no token at the moment. */
  readonly waitMs?: number;
  /** Between two looks while another process refreshes. */
  readonly lookMs?: number;
}

export interface OfflineTokens extends TokenSource {
  /** Refreshes a token that ends soon, also where nobody asks for one. */
  keepFresh(shop: ChannelShop): Promise<void>;
  /**
   * Runs `work` while nobody else, in no process, gets this shop a token, unless `enough` says that it is not needed any more.
   * Answers null where the turn could not be had in time, and what `work` answered otherwise.
   */
  inTurn<T>(shopDomain: string, enough: (token: OfflineTokenSet | null) => boolean, work: () => Promise<T>): Promise<{ readonly value: T } | null>;
}

/** Refreshed this long before it ends, so that a token does not expire under a request. */
const EARLY_MS = 120_000;
/** How long one that is still good waits for the next to be stored by somebody else. */
const SHORT_WAIT_MS = 2_000;
/** The worker is earlier than everybody who asks, so that nobody has to wait for Shopify. The SDK's own limit is five minutes. */
const IDLE_EARLY_MS = 600_000;
/** An answer that was lost: Shopify gives the same one again for the same refresh token until what it gave is used. */
const TRIES = 3;
const answer = z.object({ access_token: z.string().min(1), expires_in: z.number().optional(), refresh_token: z.string().optional(), refresh_token_expires_in: z.number().optional() });

type Given = { readonly kind: 'given'; readonly next: OfflineTokenSet } | { readonly kind: 'refused' } | { readonly kind: 'later'; readonly why: string };

/**
 * Access tokens for work that no merchant is looking at. Offline tokens expire (Shopify asks it of new public apps since
 * 2026-04-01) and are refreshed here: once for all callers of all processes that ask at the same time, since each new token revokes
 * the one before. Throws where a token may exist but cannot be had now.
 */
export function createOfflineTokens(
  { store, apiKey, apiSecret, fetch: fetcher = (input, init) => fetch(input, init), now = Date.now, timeoutMs = 10_000, waitMs = 20_000, lookMs = 100 }: OfflineTokenOptions,
): OfflineTokens {
  const refreshing = new Map<string, Promise<{ accessToken: string } | null>>();
  /** Longer than all tries together. */
  const leaseMs = TRIES * (timeoutMs + 1_000) + 5_000;

  async function ask(shopDomain: string, refreshToken: string): Promise<Given> {
    let why = '';
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      try {
        const response = await fetcher(`https://${shopDomain}/admin/oauth/access_token`, {
          method: 'POST', signal: AbortSignal.timeout(timeoutMs), headers: { 'content-type': 'application/json', accept: 'application/json' },
          body: JSON.stringify({ client_id: apiKey, client_secret: apiSecret, grant_type: 'refresh_token', refresh_token: refreshToken }),
        });
        const parsed = answer.safeParse(await response.json().catch(() => null));
        if (response.ok && parsed.success) return { kind: 'given', next: setOf(parsed.data, refreshToken) };
        if (response.status === 400 || response.status === 401) return { kind: 'refused' };
        why = `HTTP ${response.status}`;
        if (response.status === 429) return { kind: 'later', why };
      } catch (error) {
        why = error instanceof Error ? error.name : 'no answer';
      }
      if (attempt < TRIES) await sleep(200 * attempt);
    }
    return { kind: 'later', why };
  }

  function setOf(given: z.infer<typeof answer>, spent: string): OfflineTokenSet {
    const at = (seconds: number | undefined): Date | null => (seconds === undefined ? null : new Date(now() + seconds * 1000));
    return { accessToken: given.access_token, expires: at(given.expires_in), refreshToken: given.refresh_token ?? spent, refreshTokenExpires: at(given.refresh_token_expires_in) };
  }

  async function inTurn<T>(
    shopDomain: string, enough: (token: OfflineTokenSet | null) => boolean, patienceMs: number, work: (token: OfflineTokenSet | null, owner: string) => Promise<T>,
  ): Promise<{ readonly done: T } | { readonly token: OfflineTokenSet | null } | 'busy'> {
    const owner = randomUUID();
    for (const end = performance.now() + patienceMs; ;) {
      // Read after the turn was taken: whoever had it before has stored what it got.
      const taken = await store.take(shopDomain, owner, leaseMs);
      try {
        const token = await store.load(shopDomain);
        if (enough(token)) return { token };
        if (taken) return { done: await work(token, owner) };
      } finally {
        if (taken) await store.release(shopDomain, owner).catch(() => undefined);
      }
      if (performance.now() >= end) return 'busy';
      await sleep(lookMs * (0.5 + Math.random()));
    }
  }

  /** Another token than `spent`; null when there is none to be had without a person. */
  async function refresh(shopDomain: string, spent: string, patienceMs: number): Promise<{ accessToken: string } | null> {
    const another = (token: OfflineTokenSet | null): boolean => token !== null && token.accessToken !== '' && token.accessToken !== spent;
    for (let round = 1; round <= 3; round += 1) {
      const turn = await inTurn(shopDomain, another, patienceMs, async (token, owner) => {
        if (!token?.refreshToken) return { end: null };
        const given = await ask(shopDomain, token.refreshToken);
        if (given.kind === 'later') throw new Error(`Shopify could not refresh the access token (${given.why})`);
        // Refused for good. Without the dead one, opening the app gets new tokens; with it, Shopify's SDK would trust it.
        const kept = await store.replace(shopDomain, owner, given.kind === 'given' ? given.next : null);
        if (given.kind === 'refused') return kept ? { end: null } : 'again';
        return kept ? { end: { accessToken: given.next.accessToken } } : 'again';
      });
      if (turn === 'busy') throw new Error('The access token of this shop is being refreshed');
      if ('token' in turn) return { accessToken: turn.token!.accessToken };
      if (turn.done !== 'again') return turn.done.end;
    }
    throw new Error('The access token of this shop is being refreshed');
  }

  /** The callers of this process wait together; those of others by the turn. */
  function once(shop: ChannelShop, spent: string, patienceMs = waitMs): Promise<{ accessToken: string } | null> {
    const key = `${shop.shopDomain} ${spent}`;
    const running = refreshing.get(key) ?? refresh(shop.shopDomain, spent, patienceMs).finally(() => refreshing.delete(key));
    refreshing.set(key, running);
    return running;
  }

  /** The token as it is while it is good, whatever becomes of the attempt to get the next one early. */
  async function fresh(shop: ChannelShop, earlyMs: number): Promise<{ accessToken: string } | null> {
    const token = await store.load(shop.shopDomain);
    if (!token?.accessToken) return null;
    const ends = token.expires?.getTime() ?? Infinity;
    if (ends - earlyMs > now() || !token.refreshToken) return { accessToken: token.accessToken };
    try {
      return await once(shop, token.accessToken, ends > now() ? Math.min(waitMs, SHORT_WAIT_MS) : waitMs);
    } catch (error) {
      if (ends > now()) return { accessToken: token.accessToken };
      throw error;
    }
  }

  return {
    tokenFor: (shop) => fresh(shop, EARLY_MS),
    refreshToken: (shop, refused) => once(shop, refused),
    async keepFresh(shop) {
      const token = await store.load(shop.shopDomain);
      if (token?.accessToken && token.refreshToken && (token.expires?.getTime() ?? Infinity) - IDLE_EARLY_MS <= now()) await once(shop, token.accessToken);
    },
    async inTurn(shopDomain, enough, work) {
      // Mostly nothing is to be got, and then no turn is taken.
      if (enough(await store.load(shopDomain))) return { value: await work() };
      const turn = await inTurn(shopDomain, enough, waitMs, () => work());
      if (turn === 'busy') return null;
      return { value: 'done' in turn ? turn.done : await work() };
    },
  };
}
