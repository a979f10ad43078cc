import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimsOf, forgeToken, seconds } from './forge-token.ts';
import { proveRows } from './rows.ts';
import { BROWSER, RunningApp, send } from './running-app.ts';
import type { Answer, Shop } from './running-app.ts';

const PAGES = [['/app/pricing', 'app.pricing._index'], ['/app/changes', 'app.changes._index'], ['/app/settings', 'app.settings'], ['/app/pricing', 'app']] as const;
let app: RunningApp;
let shop: Shop;
let other: Shop;
beforeAll(async () => {
  app = await RunningApp.start();
  [shop, other] = [await app.shop('ours', { products: 1, catalog: true }), await app.shop('theirs', { products: 1, catalog: true })];
});
afterAll(() => app.stop());

const call = (token: string | null, path = '/catalog/status', headers: Record<string, string> = {}): Promise<Answer> =>
  send('GET', `${app.appUrl}/api/v1${path}`, { headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers } });
const page = (token: string, path: string, loader: string, query = ''): Promise<Answer> =>
  send('GET', `${app.appUrl}${path}?_data=routes%2F${encodeURIComponent(loader)}${query}`, { headers: { ...BROWSER, authorization: `Bearer ${token}` } });
const claims = (over: object = {}): object => claimsOf(shop.domain, app.apiKey, over);

/** Refused by the API, which tells App Bridge to fetch another one, and by the pages of the Console; nothing of a shop is in the answers. */
async function refused(...tokens: readonly string[]): Promise<void> {
  const before = (await app.sql('SELECT tenant_id FROM token_leases')).length;
  for (const token of tokens) {
    const answer = await call(token);
    expect([answer.status, answer.headers.get('x-shopify-retry-invalid-session-request')], answer.text).toEqual([401, '1']);
    expect(answer.text).not.toContain('myshopify.com');
    for (const [path, loader] of PAGES) {
      const { status, text } = await page(token, path, loader);
      expect(status, path).toBeGreaterThanOrEqual(400);
      expect(status, path).toBeLessThan(500);
      expect(text).not.toMatch(/"sku"|generated/i);
    }
    // In the address, as Shopify Admin opens a page.
    const opened = await send('GET', `${app.appUrl}/app/pricing?shop=${shop.domain}&host=x&embedded=1&id_token=${token}`, { headers: BROWSER });
    expect(opened.status).not.toBe(200);
  }
  expect((await app.sql('SELECT tenant_id FROM token_leases')).length, 'who is refused makes nothing').toBe(before);
}

describe('a session token', () => {
  it('is taken when Shopify made it', async () => {
    for (const token of [await shop.sessionToken(), forgeToken(claims(), app.apiSecret)]) {
      const { status, body } = await call(token);
      expect([status, body.shopDomain]).toEqual([200, shop.domain]);
    }
  });

  proveRows('session-tokens', {
    expired: () => refused(forgeToken(claims({ exp: seconds() - 60, nbf: seconds() - 120, iat: seconds() - 120 }), app.apiSecret)),
    'nbf ahead': () => refused(forgeToken(claims({ nbf: seconds() + 300 }), app.apiSecret)),
    'wrong aud': () => refused(forgeToken(claims({ aud: 'another-app' }), app.apiSecret), forgeToken(claims({ aud: undefined }), app.apiSecret)),
    'alg none': () => refused(forgeToken(claims(), app.apiSecret, 'none'), forgeToken(claims(), app.apiSecret, 'HS512')),
    'wrong secret': async () => {
      const [head, , signature] = forgeToken(claims(), app.apiSecret).split('.');
      await refused(forgeToken(claims(), `${app.apiSecret}x`), `${head}.${forgeToken(claims({ sub: '1' }), 'x').split('.')[1]}.${signature}`, 'not.a.token');
    },
    'dest ≠ iss host': () => refused(forgeToken(claims({ iss: `https://${other.domain}/admin` }), app.apiSecret), forgeToken(claims({ dest: `https://${other.domain}` }), app.apiSecret)),
    'look-alike host': () => refused(...[`${shop.domain}.evil.example`, 'evil.example', `evil.example/${shop.domain}`, `x${shop.domain.replace('.myshopify.com', '-myshopify.com')}`]
      .map((host) => forgeToken(claims({ iss: `https://${host}/admin`, dest: `https://${host}` }), app.apiSecret)), forgeToken(claims({ dest: 'nonsense' }), app.apiSecret)),
    'shop parameter ≠ token (token wins)': async () => {
      const token = await shop.sessionToken();
      expect((await call(token, '/catalog/status', { 'x-shopify-shop-domain': other.domain })).body.shopDomain).toBe(shop.domain);
      const [ours, theirs] = [(await shop.must('GET', '/variants?limit=1')).data[0], (await other.must('GET', '/variants?limit=1')).data[0]];
      const { status, text } = await page(token, '/app/pricing', 'app.pricing._index', `&shop=${other.domain}`);
      expect(status).toBe(200);
      expect(text).toContain(ours.id);
      expect(text).not.toContain(theirs.id);
    },
    "another shop's id → 404": async () => {
      const theirs = (await other.must('GET', '/variants?limit=1')).data[0];
      const token = await shop.sessionToken();
      expect((await call(token, `/variants/${theirs.id}`)).status).toBe(404);
      const answer = await page(token, `/app/pricing/${theirs.id}`, 'app.pricing.$variantId');
      expect(answer.status).toBe(404);
      expect(answer.text).not.toContain(theirs.sku);
    },
    'missing → 401 with X-Shopify-Retry-Invalid-Session-Request': async () => {
      for (const authorization of [null, '', 'Bearer', 'Bearer  ', 'Basic eDp5']) {
        const answer = await call(null, '/catalog/status', authorization === null ? {} : { authorization });
        expect([answer.status, answer.headers.get('x-shopify-retry-invalid-session-request'), answer.body.code], String(authorization)).toEqual([401, '1', 'not_signed_in']);
      }
      // A page without one is sent to fetch it, and a page's own fetch to where it can be had.
      const host = Buffer.from(`admin.shopify.com/store/${shop.domain.split('.')[0]}`).toString('base64url');
      const opened = await send('GET', `${app.appUrl}/app/pricing?shop=${shop.domain}&host=${host}&embedded=1`, { headers: BROWSER });
      expect([opened.status, opened.headers.get('location')]).toEqual([302, expect.stringMatching(/\/auth\/session-token\?/)]);
      const data = await send('GET', `${app.appUrl}/app/pricing?_data=routes%2Fapp.pricing._index`, { headers: BROWSER });
      expect([data.status, data.text, data.headers.get('x-remix-redirect')]).toEqual([204, '', expect.stringMatching(/\/auth\/login/)]);
    },
  });

  it('of a shop that left opens nothing', async () => {
    const gone = await app.shop('left', { products: 1 });
    await gone.deliver({ topic: 'app/uninstalled', payload: { id: 1 } });
    expect((await gone.api('GET', '/catalog/status')).status).toBe(401);
    const unknown = forgeToken(claims({ iss: 'https://nobody-at-all.myshopify.com/admin', dest: 'https://nobody-at-all.myshopify.com' }), app.apiSecret);
    expect((await call(unknown)).status).toBeGreaterThanOrEqual(400);
  });
});
