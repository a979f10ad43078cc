import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminRoutes } from './routes.ts';

const APP = 'http://127.0.0.1:3999';
const PRODUCTS = ['Linen shirt', 'Wool scarf'].map((title, index) => ({
  id: `gid://shopify/Product/${index + 1}`,
  title,
  handle: title.toLowerCase().replace(' ', '-'),
  vendor: 'Northwind',
  productType: 'Clothing',
  status: 'ACTIVE',
  totalVariants: 0,
  variants: [],
}));

let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer((req, res) => {
    void routes(req, res, new URL(req.url ?? '/', origin)).then((answered) => {
      if (!answered) res.writeHead(418).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const routes = adminRoutes({
    origin,
    appUrl: APP,
    listShops: () => ['demo.myshopify.com', 'other.myshopify.com'],
    shopState: (shop) =>
      shop === 'demo.myshopify.com'
        ? { name: '<b>Demo</b> & "Co"', searchProducts: (query, limit) => PRODUCTS.filter((one) => one.title.toLowerCase().includes(query.toLowerCase())).slice(0, limit) }
        : undefined,
    mintSessionToken: (shop, user) => `token-of-${user}-at-${shop}`,
    signQuery: (query) => `signed:${Object.keys(query).sort().join(',')}`,
  });
});
afterAll(() => server.close());

const get = (path: string) => fetch(origin + path, { redirect: 'manual' });

/** What the page tells its script. */
async function configOf(path: string): Promise<{ frameUrl: string; appOrigin: string; user: { id: string } }> {
  const html = await (await get(path)).text();
  return JSON.parse(/<script type="application\/json" id="admin-config">(.*?)<\/script>/.exec(html)?.[1] ?? 'null');
}

describe('the page that frames the app', () => {
  it('frames the same path of the app with a signed query', async () => {
    const frame = new URL((await configOf('/store/demo/apps/calibrate/app/changes?state=applied')).frameUrl);
    expect(frame.origin + frame.pathname).toBe(`${APP}/app/changes`);
    const query = Object.fromEntries(frame.searchParams);
    expect(query).toMatchObject({ embedded: '1', shop: 'demo.myshopify.com', state: 'applied', id_token: 'token-of-42-at-demo.myshopify.com' });
    expect(Buffer.from(query['host'] ?? '', 'base64').toString()).toBe('admin.shopify.com/store/demo');
    expect(query['hmac']).toBe('signed:embedded,host,id_token,locale,session,shop,state,timestamp');
  });

  it('opens the app as the staff member who is asked for, and says nothing of it to the app', async () => {
    const config = await configOf('/store/demo/apps/calibrate?user=43');
    expect(config.user.id).toBe('43');
    expect(new URL(config.frameUrl).searchParams.get('id_token')).toBe('token-of-43-at-demo.myshopify.com');
    expect(new URL(config.frameUrl).searchParams.has('user')).toBe(false);
  });

  it('shows names from the store as text', async () => {
    const html = await (await get('/store/demo/apps/calibrate')).text();
    expect(html).toContain('&lt;b&gt;Demo&lt;/b&gt; &amp; &quot;Co&quot;');
    expect(html).not.toContain('<b>Demo</b>');
  });

  it('cannot be framed itself', async () => {
    expect((await get('/store/demo/apps/calibrate')).headers.get('content-security-policy')).toBe("frame-ancestors 'none'");
  });

  it.each(['/store/nobody/apps/calibrate', '/store/demo/apps/calibrate?user=999', '/store/demo/products', '/_admin/id-token?shop=nobody.myshopify.com', '/_admin/other?shop=demo.myshopify.com'])(
    'answers 404 for %s',
    async (path) => expect((await get(path)).status).toBe(404),
  );

  it('leads from the store to the app', async () => {
    const answer = await get('/store/demo');
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/store/demo/apps/calibrate']);
  });
});

describe('what App Bridge asks for', () => {
  it('gives a token for the shop and the person', async () => {
    expect(await (await get('/_admin/id-token?shop=demo.myshopify.com&user=44')).json()).toEqual({ token: 'token-of-44-at-demo.myshopify.com' });
  });

  it('finds products for the picker', async () => {
    const answer = (await (await get('/_admin/products?shop=demo.myshopify.com&query=SCARF')).json()) as { products: { title: string }[] };
    expect(answer.products.map((one) => one.title)).toEqual(['Wool scarf']);
  });

  it.each(['/app-bridge.js', '/_admin/admin.js', '/_admin/dialogs.js', '/_admin/admin.css'])('serves %s', async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/(javascript|css); charset=utf-8$/);
  });

  it('leaves other addresses to the rest of the simulator and takes only GET for its own', async () => {
    expect((await get('/admin/api/2026-07/graphql.json')).status).toBe(418);
    expect((await fetch(`${origin}/store/demo/apps/calibrate`, { method: 'POST' })).status).toBe(405);
  });
});
