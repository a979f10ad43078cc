import { z } from 'zod';
import type { ChannelShop } from '../../ports/price-channel.ts';
import type { TokenSource } from './admin-api.ts';

/** What the tokens of a shop are kept in; the session storage of Shopify's SDK fits. */
export interface OfflineSession {
  accessToken?: string | undefined;
  expires?: Date | undefined;
  refreshToken?: string | undefined;
  refreshTokenExpires?: Date | undefined;
}
export interface OfflineSessions<S extends OfflineSession> {
  loadSession(id: string): Promise<S | undefined>;
  storeSession(session: S): Promise<boolean>;
}

export interface OfflineTokenOptions<S extends OfflineSession> {
  readonly sessions: OfflineSessions<S>;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
  readonly timeoutMs?: number;
}

/** Refreshed this long before it ends, so that a token does not expire under a request. */
const EARLY_MS = 120_000;
const answer = z.object({ access_token: z.string(), expires_in: z.number().optional(), refresh_token: z.string().optional(), refresh_token_expires_in: z.number().optional(), scope: z.string().optional() });

/**
 * Access tokens for work that no merchant is looking at. Offline tokens expire (Shopify asks it of new public apps since
 * 2026-04-01) and are refreshed here, once for all callers of this process that ask at the same time.
 */
export function createOfflineTokens<S extends OfflineSession>({ sessions, apiKey, apiSecret, fetch: fetcher = (input, init) => fetch(input, init), now = Date.now, timeoutMs = 10_000 }: OfflineTokenOptions<S>): TokenSource {
  const refreshing = new Map<string, Promise<{ accessToken: string } | null>>();

  async function refresh(shop: ChannelShop, spent: string): Promise<{ accessToken: string } | null> {
    const session = await sessions.loadSession(`offline_${shop.shopDomain}`);
    // Whoever asks may have looked before the last refresh was stored: refreshing once more would revoke the token that others just got.
    if (session?.accessToken && session.accessToken !== spent) return { accessToken: session.accessToken };
    if (!session?.refreshToken) return null;
    const response = await fetcher(`https://${shop.shopDomain}/admin/oauth/access_token`, {
      method: 'POST', signal: AbortSignal.timeout(timeoutMs), headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ client_id: apiKey, client_secret: apiSecret, grant_type: 'refresh_token', refresh_token: session.refreshToken }),
    });
    if (response.status >= 500) throw new Error(`Shopify could not refresh the access token (HTTP ${response.status})`);
    const parsed = answer.safeParse(await response.json().catch(() => null));
    if (!response.ok || !parsed.success) {
      // A refresh token works once: another process may have been quicker, and then its token is there already.
      const newer = await sessions.loadSession(`offline_${shop.shopDomain}`);
      if (newer?.accessToken && newer.accessToken !== session.accessToken) return { accessToken: newer.accessToken };
      if (newer && (response.status === 400 || response.status === 401)) {
        // Revoked for good. Without it the SDK gets new tokens as soon as somebody opens the app; with it, it would trust the dead one.
        newer.accessToken = undefined;
        await sessions.storeSession(newer);
      }
      return null;
    }
    const given = parsed.data;
    session.accessToken = given.access_token;
    if (given.expires_in !== undefined) session.expires = new Date(now() + given.expires_in * 1000);
    if (given.refresh_token !== undefined) session.refreshToken = given.refresh_token;
    if (given.refresh_token_expires_in !== undefined) session.refreshTokenExpires = new Date(now() + given.refresh_token_expires_in * 1000);
    await sessions.storeSession(session);
    return { accessToken: given.access_token };
  }

  function once(shop: ChannelShop, spent: string): Promise<{ accessToken: string } | null> {
    const running = refreshing.get(shop.shopDomain) ?? refresh(shop, spent).finally(() => refreshing.delete(shop.shopDomain));
    refreshing.set(shop.shopDomain, running);
    return running;
  }

  return {
    async tokenFor(shop) {
      const session = await sessions.loadSession(`offline_${shop.shopDomain}`);
      if (!session?.accessToken) return null;
      const ends = session.expires?.getTime();
      return ends !== undefined && ends - EARLY_MS <= now() ? once(shop, session.accessToken) : { accessToken: session.accessToken };
    },
    refreshToken: once,
  };
}
