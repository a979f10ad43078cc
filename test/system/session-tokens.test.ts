import { beforeAll, describe, expect, inject, it } from 'vitest';
import { Api, send } from './client.ts';
import { appSecrets, forgeToken } from './secrets.ts';
import type { AppSecrets } from './secrets.ts';
import { makeShop } from './shops.ts';
import type { TestShop } from './shops.ts';

const BROWSER = { 'user-agent': 'Mozilla/5.0 (system test)', accept: 'text/html' };

describe('a session token of App Bridge', () => {
  let shop: TestShop;
  let other: TestShop;
  let secrets: AppSecrets;
  beforeAll(async () => {
    [shop, other] = await Promise.all(['tokens-a', 'tokens-b'].map((name) => makeShop(name, { generate: { products: 1, variantsPerProduct: 1 } }))) as [TestShop, TestShop];
    secrets = appSecrets();
  });

  const claims = (over: object = {}): object => {
    const now = Math.floor(Date.now() / 1000);
    return { iss: `https://${shop.domain}/admin`, dest: `https://${shop.domain}`, aud: secrets.apiKey, sub: '42', exp: now + 60, nbf: now - 1, iat: now - 1, jti: crypto.randomUUID(), sid: crypto.randomUUID(), ...over };
  };
  const now = (): number => Math.floor(Date.now() / 1000);

  it('is taken when Shopify made it', async () => {
    for (const token of [await shop.sessionToken(), forgeToken(claims(), secrets.apiSecret)]) {
      const { status, body } = await new Api(token).call('GET', '/catalog/status');
      expect([status, body.shopDomain]).toEqual([200, shop.domain]);
    }
  });

  const wrong: [string, () => string][] = [
    ['expired', () => forgeToken(claims({ exp: now() - 60, nbf: now() - 120, iat: now() - 120 }), secrets.apiSecret)],
    ['not valid yet', () => forgeToken(claims({ nbf: now() + 300 }), secrets.apiSecret)],
    ['made for another app', () => forgeToken(claims({ aud: 'another-app' }), secrets.apiSecret)],
    ['without an audience', () => forgeToken(claims({ aud: undefined }), secrets.apiSecret)],
    ['unsigned (alg none)', () => forgeToken(claims(), secrets.apiSecret, 'none')],
    ['signed by another algorithm', () => forgeToken(claims(), secrets.apiSecret, 'HS512')],
    ['signed with another secret', () => forgeToken(claims(), `${secrets.apiSecret}x`)],
    ['with its claims exchanged', () => `${forgeToken(claims(), secrets.apiSecret).split('.')[0]}.${forgeToken(claims({ sub: '1' }), 'x').split('.')[1]}.${forgeToken(claims(), secrets.apiSecret).split('.')[2]}`],
    ['whose issuer is another shop than its destination', () => forgeToken(claims({ iss: `https://${other.domain}/admin` }), secrets.apiSecret)],
    ['of a host that only looks like a shop', () => forgeToken(claims({ iss: `https://${shop.domain}.evil.example/admin`, dest: `https://${shop.domain}.evil.example` }), secrets.apiSecret)],
    ['of a host outside Shopify', () => forgeToken(claims({ iss: 'https://evil.example/admin', dest: 'https://evil.example' }), secrets.apiSecret)],
    ['of a destination that is no address', () => forgeToken(claims({ dest: 'nonsense' }), secrets.apiSecret)],
    ['of three words', () => 'not.a.token'],
  ];
  it.each(wrong)('%s is refused by the API, and App Bridge is told to fetch another', async (_what, make) => {
    const answer = await new Api(make()).call('GET', '/catalog/status');
    expect(answer.status, answer.text).toBe(401);
    expect(answer.headers.get('x-shopify-retry-invalid-session-request'), 'X-Shopify-Retry-Invalid-Session-Request').toBe('1');
    expect(answer.text).not.toContain(shop.domain);
  });

  it.each(wrong)('%s is refused by the pages of the Console', async (_what, make) => {
    for (const [path, loader] of [['/app/pricing', 'app.pricing._index'], ['/app/changes', 'app.changes._index'], ['/app/settings', 'app.settings'], ['/app/pricing', 'app']]) {
      const answer = await send('GET', `${inject('app').appUrl}${path}?_data=routes%2F${loader}`, { headers: { ...BROWSER, authorization: `Bearer ${make()}` } });
      expect(answer.status, path).toBeGreaterThanOrEqual(400);
      expect(answer.status, path).toBeLessThan(500);
      expect(answer.text).not.toMatch(/"sku"|generated/i);
    }
  });

  it('that is missing sends a page to fetch one, and an API call away with 401', async () => {
    expect((await new Api(null).call('GET', '/catalog/status')).status).toBe(401);
    const host = Buffer.from(`admin.shopify.com/store/${shop.domain.split('.')[0]}`).toString('base64url');
    const page = await send('GET', `${inject('app').appUrl}/app/pricing?shop=${shop.domain}&host=${host}&embedded=1`, { headers: BROWSER });
    expect(page.status).toBe(302);
    expect(page.headers.get('location')).toMatch(/\/auth\/session-token\?/);
    const data = await send('GET', `${inject('app').appUrl}/app/pricing?_data=routes%2Fapp.pricing._index`, { headers: BROWSER });
    expect([data.status, data.text], 'a redirect as Remix puts it for its own fetches').toEqual([204, '']);
    expect(data.headers.get('x-remix-redirect')).toMatch(/\/auth\/login/);
  });

  it('decides the shop, whatever a parameter or header says', async () => {
    const token = await shop.sessionToken();
    const { body } = await new Api(token).call('GET', '/catalog/status', undefined, { headers: { 'x-shopify-shop-domain': other.domain } });
    expect(body.shopDomain).toBe(shop.domain);
    const page = await send('GET', `${inject('app').appUrl}/app/pricing?shop=${other.domain}&_data=routes%2Fapp.pricing._index`, { headers: { ...BROWSER, authorization: `Bearer ${token}` } });
    expect(page.status).toBe(200);
    const theirs = (await other.api.get('/variants?limit=1')).data[0];
    const ours = (await shop.api.get('/variants?limit=1')).data[0];
    expect(page.text).toContain(ours.id);
    expect(page.text).not.toContain(theirs.id);
  });

  it('does not reach another shop\'s things by their id, in the API or the Console', async () => {
    const theirs = (await other.api.get('/variants?limit=1')).data[0];
    const token = await shop.sessionToken();
    expect((await new Api(token).call('GET', `/variants/${theirs.id}`)).status).toBe(404);
    const page = await send('GET', `${inject('app').appUrl}/app/pricing/${theirs.id}?_data=routes%2Fapp.pricing.%24variantId`, { headers: { ...BROWSER, authorization: `Bearer ${token}` } });
    expect(page.status).toBe(404);
    expect(page.text).not.toContain(theirs.sku);
  });

  it('of a shop that never installed the app, or that left, opens nothing', async () => {
    const unknown = forgeToken(claims({ iss: 'https://nobody-at-all.myshopify.com/admin', dest: 'https://nobody-at-all.myshopify.com' }), secrets.apiSecret);
    const { status } = await new Api(unknown).call('GET', '/catalog/status');
    expect(status).toBeGreaterThanOrEqual(400);
  });

  it('lets only Shopify Admin frame the pages, errors included', async () => {
    const token = await shop.sessionToken();
    for (const path of ['/app/changes', '/app/nothing-here', '/app/pricing', '/auth/session-token']) {
      const answer = await send('GET', `${inject('app').appUrl}${path}?shop=${shop.domain}&host=x&embedded=1&id_token=${token}`, { headers: BROWSER });
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy, `${path} ${answer.status}`).toContain('frame-ancestors');
      expect(policy).not.toMatch(/frame-ancestors[^;]*\*/);
    }
  });
});
