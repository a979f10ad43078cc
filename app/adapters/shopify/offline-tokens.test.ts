import { describe, expect, it } from 'vitest';
import { createOfflineTokens } from './offline-tokens.ts';
import type { OfflineSession } from './offline-tokens.ts';

const shop = { tenantId: '' as never, shopDomain: 'a.myshopify.com', currencyCode: 'USD' };
const HOUR_MS = 3_600_000;

/** A store whose reads and writes take a turn of the clock, and a Shopify that gives T1, T2 … and counts how often it was asked. */
function world(session: OfflineSession, answer: (asked: number) => Response = (asked) => Response.json({ access_token: `T${asked}`, expires_in: 3600, refresh_token: `R${asked}`, refresh_token_expires_in: 90 * 86_400 })) {
  let stored = { ...session };
  let asked = 0;
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));
  const tokens = createOfflineTokens<OfflineSession>({
    apiKey: 'key', apiSecret: 'secret', now: () => 0,
    fetch: async () => {
      await turn();
      return answer(++asked);
    },
    sessions: {
      loadSession: async () => {
        const seen = { ...stored };
        await turn();
        return seen;
      },
      storeSession: async (next) => {
        await turn();
        stored = { ...next };
        return true;
      },
    },
  });
  return { tokens, asked: () => asked, stored: () => stored };
}

const live: OfflineSession = { accessToken: 'T0', expires: new Date(HOUR_MS), refreshToken: 'R0' };

describe('offline tokens', () => {
  it('are refreshed once, whenever those who were refused the same token ask', async () => {
    const { tokens, asked } = world(live);
    const answers: Promise<{ accessToken: string } | null>[] = [];
    for (let i = 0; i < 30; i += 1) {
      answers.push(tokens.refreshToken(shop, 'T0'));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(await Promise.all(answers)).toEqual(Array(30).fill({ accessToken: 'T1' }));
    expect(asked()).toBe(1);
    expect(await tokens.refreshToken(shop, 'T1')).toEqual({ accessToken: 'T2' });
  });

  it('are refreshed before they end', async () => {
    const { tokens, asked } = world({ ...live, expires: new Date(60_000) });
    expect(await Promise.all([tokens.tokenFor(shop), tokens.tokenFor(shop)])).toEqual([{ accessToken: 'T1' }, { accessToken: 'T1' }]);
    expect(await tokens.tokenFor(shop)).toEqual({ accessToken: 'T1' });
    expect(asked()).toBe(1);
  });

  it('that are dead for good are forgotten, so that opening the app gets new ones', async () => {
    const { tokens, stored } = world(live, () => Response.json({ error: 'invalid_request' }, { status: 401 }));
    expect(await tokens.refreshToken(shop, 'T0')).toBeNull();
    expect(stored().accessToken).toBeUndefined();
  });

  it('are kept where Shopify only could not answer', async () => {
    for (const status of [429, 503]) {
      const { tokens, stored } = world(live, () => new Response('', { status }));
      await tokens.refreshToken(shop, 'T0').catch(() => null);
      expect(stored().accessToken, String(status)).toBe('T0');
    }
  });
});
