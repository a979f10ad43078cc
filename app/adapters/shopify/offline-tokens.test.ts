import { describe, expect, it } from 'vitest';
import { createOfflineTokens } from './offline-tokens.ts';
import type { OfflineTokenSet, OfflineTokenStore } from './offline-tokens.ts';

const shop = { tenantId: '' as never, shopDomain: 'a.myshopify.com', currencyCode: 'USD' };
const HOUR_MS = 3_600_000;
const turnOfClock = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

/** A store whose reads and writes take a turn of the clock, shared by the processes of the test. */
function memoryStore(first: Partial<OfflineTokenSet> = {}) {
  const kept = { token: { accessToken: 'T0', expires: new Date(HOUR_MS), refreshToken: 'R0', refreshTokenExpires: null, ...first } as OfflineTokenSet | null, owner: null as string | null };
  const store: OfflineTokenStore = {
    load: async () => {
      const seen = kept.token;
      await turnOfClock();
      return seen;
    },
    take: async (_shop, owner) => {
      await turnOfClock();
      if (kept.owner !== null && kept.owner !== owner) return false;
      kept.owner = owner;
      return true;
    },
    release: async (_shop, owner) => {
      await turnOfClock();
      if (kept.owner === owner) kept.owner = null;
    },
    replace: async (_shop, owner, next) => {
      await turnOfClock();
      if (kept.owner !== owner || kept.token === null) return false;
      kept.token = next ?? { accessToken: '', expires: null, refreshToken: null, refreshTokenExpires: null };
      return true;
    },
  };
  return { kept, store };
}

/** A Shopify that gives T1, T2 … and counts how often it was asked, and for what. */
function shopify(answer: (asked: number) => Response | Promise<Response> = (asked) => Response.json({ access_token: `T${asked}`, expires_in: 3600, refresh_token: `R${asked}`, refresh_token_expires_in: 90 * 86_400 })) {
  const asked: string[] = [];
  const fetcher = async (_url: unknown, init?: RequestInit): Promise<Response> => {
    await turnOfClock();
    asked.push((JSON.parse(String(init?.body)) as { refresh_token: string }).refresh_token);
    return answer(asked.length);
  };
  return { asked, fetcher: fetcher as typeof fetch };
}
const processOf = (store: OfflineTokenStore, fetcher: typeof fetch, more: { waitMs?: number } = {}) => createOfflineTokens({ store, fetch: fetcher, apiKey: 'key', apiSecret: 'secret', now: () => 0, lookMs: 2, ...more });

describe('offline tokens', () => {
  it('are refreshed once, whenever those who were refused the same token ask, in whatever process', async () => {
    const { store } = memoryStore();
    const { asked, fetcher } = shopify();
    const processes = [1, 2, 3].map(() => processOf(store, fetcher));
    const answers: Promise<{ accessToken: string } | null>[] = [];
    for (let i = 0; i < 30; i += 1) {
      answers.push(processes[i % 3]!.refreshToken(shop, 'T0'));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(await Promise.all(answers)).toEqual(Array(30).fill({ accessToken: 'T1' }));
    expect(asked).toEqual(['R0']);
    expect(await processes[0]!.refreshToken(shop, 'T1')).toEqual({ accessToken: 'T2' });
  });

  it('are refreshed before they end, and earlier where nobody waits', async () => {
    const { store, kept } = memoryStore({ expires: new Date(60_000) });
    const { asked, fetcher } = shopify();
    const tokens = processOf(store, fetcher);
    expect(await Promise.all([tokens.tokenFor(shop), tokens.tokenFor(shop)])).toEqual([{ accessToken: 'T1' }, { accessToken: 'T1' }]);
    expect(await tokens.tokenFor(shop)).toEqual({ accessToken: 'T1' });
    expect(asked).toHaveLength(1);
    kept.token = { ...kept.token!, expires: new Date(500_000) };
    expect(await tokens.tokenFor(shop)).toEqual({ accessToken: 'T1' });
    await tokens.keepFresh(shop);
    expect(await tokens.tokenFor(shop)).toEqual({ accessToken: 'T2' });
    await tokens.keepFresh(shop);
    expect(asked).toHaveLength(2);
  });

  it('are asked for again with the same refresh token when the answer was lost', async () => {
    const { store } = memoryStore();
    const { asked, fetcher } = shopify((n) => (n === 1 ? Promise.reject(new TypeError('fetch failed')) : n === 2 ? new Response('', { status: 502 }) : Response.json({ access_token: 'T1', expires_in: 3600, refresh_token: 'R1' })));
    expect(await processOf(store, fetcher).refreshToken(shop, 'T0')).toEqual({ accessToken: 'T1' });
    expect(asked).toEqual(['R0', 'R0', 'R0']);
  });

  it('that are dead for good are forgotten, so that opening the app gets new ones', async () => {
    const { store, kept } = memoryStore();
    const { fetcher } = shopify(() => Response.json({ error: 'invalid_request' }, { status: 401 }));
    const tokens = processOf(store, fetcher);
    expect(await tokens.refreshToken(shop, 'T0')).toBeNull();
    expect(kept.token?.accessToken).toBe('');
    expect(await tokens.tokenFor(shop)).toBeNull();
  });

  it('are kept where Shopify only could not answer, and used as long as they are good', async () => {
    for (const status of [429, 503]) {
      const { store, kept } = memoryStore({ expires: new Date(60_000) });
      const { fetcher } = shopify(() => new Response('', { status }));
      const tokens = processOf(store, fetcher);
      await expect(tokens.refreshToken(shop, 'T0'), String(status)).rejects.toThrow(/could not refresh/);
      expect(kept.token?.accessToken).toBe('T0');
      expect(kept.owner).toBeNull();
      expect(await tokens.tokenFor(shop)).toEqual({ accessToken: 'T0' });
    }
  });

  it('are not waited for without end while another process has the turn', async () => {
    const { store, kept } = memoryStore();
    kept.owner = 'somebody else';
    const { asked, fetcher } = shopify();
    await expect(processOf(store, fetcher, { waitMs: 30 }).refreshToken(shop, 'T0')).rejects.toThrow(/being refreshed/);
    expect(asked).toEqual([]);
  });

  it('of a shop that left while Shopify answered are not kept', async () => {
    const { store, kept } = memoryStore();
    const { fetcher } = shopify(() => {
      kept.token = null;
      return Response.json({ access_token: 'T1', expires_in: 3600, refresh_token: 'R1' });
    });
    expect(await processOf(store, fetcher).refreshToken(shop, 'T0')).toBeNull();
    expect(kept.token).toBeNull();
  });

  it('are got in turn: whoever comes second finds what the first got', async () => {
    const { store, kept } = memoryStore({ accessToken: '' });
    const { fetcher } = shopify();
    let exchanges = 0;
    const enough = (token: OfflineTokenSet | null): boolean => token !== null && token.accessToken !== '';
    const open = (tokens: ReturnType<typeof processOf>): Promise<unknown> => tokens.inTurn(shop.shopDomain, enough, async () => {
      if (enough(await store.load(''))) return;
      exchanges += 1;
      kept.token = { ...kept.token!, accessToken: `E${exchanges}` };
    });
    await Promise.all([1, 2, 3, 4].map(() => open(processOf(store, fetcher))));
    expect(exchanges).toBe(1);
  });
});
