/** The controls of the simulator, exactly as the public contract has them, and every fault. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEMO, eventually, startClient } from './shopify-simulator-client.ts';
import type { Answer, Json, SimulatorClient } from './shopify-simulator-client.ts';

let client: SimulatorClient;

beforeAll(async () => {
  client = await startClient();
});

afterAll(() => client.sim.close());

beforeEach(async () => {
  await client.order('POST', 'reset');
  await client.login();
});

const WRITE = 'mutation Write($p: ID!, $v: [ProductVariantsBulkInput!]!, $partial: Boolean) { productVariantsBulkUpdate(productId: $p, variants: $v, allowPartialUpdates: $partial) { productVariants { id price } userErrors { field message code } } }';

async function rows(): Promise<Json[]> {
  return (await client.order('GET', `shops/${DEMO}/variants?limit=2`)).data;
}

async function write(price: string, partial = false): Promise<Answer> {
  const [first, second] = await rows();
  return client.graphql(WRITE, { p: `gid://shopify/Product/${first.productId}`, v: [first, second].map(({ id }) => ({ id: `gid://shopify/ProductVariant/${id}`, price })), partial });
}

const prices = async () => (await rows()).map(({ price }) => price);
const fault = (body: Record<string, unknown>) => client.order('POST', `shops/${DEMO}/faults`, body);

describe('shops', () => {
  it('lists variants page by page as the truth of the shop', async () => {
    const all: Json[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Json = await client.order('GET', `shops/${DEMO}/variants?limit=100${cursor ? `&cursor=${cursor}` : ''}`);
      all.push(...page.data);
      cursor = page.nextCursor;
    }
    expect(all).toHaveLength(282);
    expect(new Set(all.map(({ id }) => id)).size).toBe(282);
    expect(all[0]).toEqual({ id: expect.stringMatching(/^\d+$/), productId: expect.stringMatching(/^\d+$/), sku: 'FF-101-RI2TE-01', price: '329.00', compareAtPrice: null, cost: '171.10', inventoryQuantity: 3 });
    expect(all.some(({ cost }) => cost === null)).toBe(true);
    expect(all.filter(({ compareAtPrice }) => compareAtPrice !== null).length).toBeGreaterThan(20);
  });

  it('makes shops from a CSV text, generated, and built in, each with its currency and plan', async () => {
    const csv = 'Handle,Title,Variant SKU,Variant Price\ncup,Cup,CUP,12.5\n';
    expect(await client.order('POST', 'shops', { shop: 'from-csv.myshopify.com', currencyCode: 'EUR', plan: 'plus', csv })).toMatchObject({ shop: 'from-csv.myshopify.com', currencyCode: 'EUR', plan: 'plus', products: 1, variants: 1 });
    expect((await client.order('GET', 'shops/from-csv.myshopify.com/variants')).data).toEqual([{ id: expect.any(String), productId: expect.any(String), sku: 'CUP', price: '12.50', compareAtPrice: null, cost: null, inventoryQuantity: 0 }]);
    expect(await client.order('POST', 'shops', { shop: 'big.myshopify.com', currencyCode: 'KWD', plan: 'advanced', generate: { products: 300, variantsPerProduct: 4 } })).toMatchObject({ products: 300, variants: 1200 });
    expect((await client.order('GET', 'shops/big.myshopify.com/variants?limit=1')).data[0].price).toMatch(/^\d+\.\d{3}$/);
    expect(await client.order('POST', 'shops', { shop: 'plain.myshopify.com', currencyCode: 'USD', plan: 'standard' })).toMatchObject({ variants: 282 });
    const several = await client.order('POST', 'shops', { shop: 'from-csv.myshopify.com', currencyCode: 'USD', plan: 'standard', csv: [csv, { name: 'b.csv', text: csv.replaceAll('cup', 'pot') }] });
    expect(several).toMatchObject({ products: 2, plan: 'standard' });
  });

  it('gives the same ids on every load, and other ids in another shop', async () => {
    const before = await rows();
    await client.order('POST', 'shops', { shop: DEMO, currencyCode: 'USD', plan: 'standard' });
    expect(await rows()).toEqual(before);
    const tea = await client.order('GET', 'shops/kissa-hoshi.myshopify.com/variants?limit=1');
    expect(tea.data[0].id).not.toBe(before[0].id);
  });

  it('refuses a broken CSV naming file, line and problem, and keeps the shop as it was', async () => {
    const answer = await client.control('POST', 'shops', { shop: DEMO, currencyCode: 'USD', plan: 'standard', csv: [{ name: 'mine.csv', text: 'Handle,Title,Variant Price\ncup,Cup,twelve\n' }] });
    expect(answer).toMatchObject({ status: 422, body: { error: 'mine.csv: line 2: Variant Price "twelve" is not an amount of money', file: 'mine.csv', line: 2 } });
    expect(await prices()).toEqual(['329.00', '329.00']);
  });

  it.each([
    ['POST', 'shops', { shop: 'not a domain' }, 400], ['POST', 'shops', { shop: DEMO, plan: 'gold' }, 400], ['POST', 'shops', { shop: DEMO, generate: { products: 0 } }, 400],
    ['GET', 'shops/nobody.myshopify.com/variants', undefined, 404], ['POST', `shops/${DEMO}/variants/1`, { price: '1' }, 404], ['POST', `shops/${DEMO}/plan`, { plan: 'gold' }, 400],
    ['POST', `shops/${DEMO}/faults`, { kind: 'earthquake' }, 400], ['POST', `shops/${DEMO}/faults`, { kind: 'late_landing', delayMs: 40_001 }, 400],
    ['POST', `shops/${DEMO}/faults`, { kind: 'http_500', count: 1, probability: 0.5 }, 400], ['POST', `shops/${DEMO}/faults`, { kind: 'http_500', line: 3 }, 400],
    ['POST', `shops/${DEMO}/faults`, { kind: 'http_500', often: true }, 400], ['POST', `shops/${DEMO}/faults`, { kind: 'other_traffic' }, 400], ['POST', 'clock', { advanceMs: -1 }, 400], ['GET', 'nothing', undefined, 404],
  ])('%s /_sim/%s with %j is refused with %i', async (method, path, body, status) => {
    const answer = await client.control(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toEqual(expect.any(String));
  });

  it('takes a merchant’s edit by number or gid, and logs it as the merchant’s', async () => {
    const [first] = await rows();
    expect(await client.order('POST', `shops/${DEMO}/variants/${first.id}`, { price: '300', compareAtPrice: '329.00', cost: '150' })).toMatchObject({ price: '300.00', compareAtPrice: '329.00', cost: '150.00' });
    expect(await client.order('POST', `shops/${DEMO}/variants/${encodeURIComponent(`gid://shopify/ProductVariant/${first.id}`)}`, { compareAtPrice: null })).toMatchObject({ price: '300.00', compareAtPrice: null });
    const { data } = await client.order('GET', `shops/${DEMO}/writes`);
    expect(data.map(({ actor, operation, before, after }: Json) => [actor, operation, before.price, after.price, after.compareAtPrice])).toEqual([
      ['merchant', 'admin', '329.00', '300.00', '329.00'], ['merchant', 'admin', '300.00', '300.00', null],
    ]);
    expect((await client.control('POST', `shops/${DEMO}/variants/${first.id}`, { price: '-1' })).status).toBe(400);
  });

  it('lets a merchant archive and delete products and variants', async () => {
    const [first] = await rows();
    expect(await client.order('POST', `shops/${DEMO}/products/${first.productId}`, { status: 'archived' })).toMatchObject({ status: 'ARCHIVED' });
    await client.order('DELETE', `shops/${DEMO}/variants/${first.id}`);
    expect((await client.data(`{ node(id: "gid://shopify/ProductVariant/${first.id}") { id } }`)).node).toBeNull();
    await client.order('DELETE', `shops/${DEMO}/products/${first.productId}`);
    expect((await client.data(`{ product(id: "gid://shopify/Product/${first.productId}") { id } }`)).product).toBeNull();
  });

  it('reset brings back catalog, clock, faults and statistics, and keeps the installation', async () => {
    await write('1.00');
    await fault({ kind: 'http_500', count: 5 });
    await client.order('POST', 'clock', { advanceMs: 60_000 });
    await client.order('POST', 'reset');
    expect(await prices()).toEqual(['329.00', '329.00']);
    expect((await client.order('GET', 'clock')).offsetMs).toBe(0);
    expect(await client.order('GET', 'stats')).toEqual({ requests: 0, throttled: 0, pointsUsed: 0, byOperation: {} });
    expect((await client.graphql('{ shop { id } }')).status).toBe(200);
  });
});

describe('faults', () => {
  it('throttles a number of requests, or for a while', async () => {
    await fault({ kind: 'throttle_storm', count: 2 });
    const codes = [];
    for (let n = 0; n < 2; n++) codes.push((await client.graphql('{ shop { id } }')).body.errors?.[0].extensions.code);
    expect(codes).toEqual(['THROTTLED', 'THROTTLED']);
    await client.order('POST', 'clock', { advanceMs: 1_000 });
    expect((await client.graphql('{ shop { id } }')).body.errors).toBeUndefined();
    await fault({ kind: 'throttle_storm', delayMs: 60_000 });
    for (let n = 0; n < 3; n++) expect((await client.graphql('{ shop { id } }')).body.errors[0].extensions.code).toBe('THROTTLED');
    await client.order('POST', 'clock', { advanceMs: 61_000 });
    expect((await client.graphql('{ shop { id } }')).body.errors).toBeUndefined();
  });

  it('answers 429 with Retry-After, 500, 502 and 503, without effect', async () => {
    await fault({ kind: 'http_429', operation: 'Write', count: 1 });
    expect((await client.graphql('{ shop { id } }')).status).toBe(200);
    const limited = await write('1.00');
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '2.0']);
    await fault({ kind: 'http_500', operation: 'productVariantsBulkUpdate', count: 1 });
    expect((await write('1.00')).status).toBe(500);
    await fault({ kind: 'http_502', count: 1 });
    expect((await write('1.00')).status).toBe(502);
    await fault({ kind: 'http_503', count: 1 });
    expect((await write('1.00')).status).toBe(503);
    expect(await prices()).toEqual(['329.00', '329.00']);
    expect((await write('1.00')).status).toBe(200);
  });

  it('never answers a connection', async () => {
    await fault({ kind: 'connect_timeout', count: 1, delayMs: 50 });
    await expect(write('1.00')).rejects.toThrow();
    expect(await prices()).toEqual(['329.00', '329.00']);
  });

  it('loses the answer of a write that happened', async () => {
    await fault({ kind: 'timeout_after_write', count: 1 });
    expect((await client.graphql('{ shop { id } }')).status).toBe(200);
    await expect(write('1.00')).rejects.toThrow();
    expect(await prices()).toEqual(['1.00', '1.00']);
  });

  it('lets a write land after its answer was lost', async () => {
    await fault({ kind: 'late_landing', count: 1, delayMs: 30_000 });
    await expect(write('1.00')).rejects.toThrow();
    await client.order('POST', 'clock', { advanceMs: 29_000 });
    expect(await prices()).toEqual(['329.00', '329.00']);
    await client.order('POST', 'clock', { advanceMs: 1_500 });
    await eventually(async () => (await prices())[0] === '1.00');
    const { data } = await client.order('GET', `shops/${DEMO}/writes`);
    expect(data).toHaveLength(2);
    expect(Date.parse(data[0].landedAt) - Date.parse(data[0].acceptedAt)).toBeGreaterThanOrEqual(29_990);
  });

  it('refuses a part of a write', async () => {
    await fault({ kind: 'partial_user_errors', count: 2 });
    const partial = await write('1.00', true);
    expect(partial.body.data.productVariantsBulkUpdate).toMatchObject({ productVariants: [{ price: '1.00' }], userErrors: [{ field: ['variants', '1', 'price'], code: 'INVALID_INPUT' }] });
    const whole = await write('2.00');
    expect(whole.body.data.productVariantsBulkUpdate.productVariants).toBeNull();
    expect(await prices()).toEqual(['1.00', '329.00']);
  });

  it('answers data null without effect', async () => {
    await fault({ kind: 'null_data', count: 1 });
    const { status, body } = await write('1.00');
    expect([status, body.data, body.errors[0].extensions.code]).toEqual([200, null, 'INTERNAL_SERVER_ERROR']);
    expect(await prices()).toEqual(['329.00', '329.00']);
  });

  it('breaks the JSON, or sends it slowly, of a write that happened', async () => {
    await fault({ kind: 'malformed_json', count: 1 });
    const { status, body } = await write('1.00');
    expect(status).toBe(200);
    expect(() => JSON.parse(body)).toThrow();
    expect(await prices()).toEqual(['1.00', '1.00']);
    await fault({ kind: 'slow_body', count: 1, delayMs: 300 });
    const started = performance.now();
    expect((await write('2.00')).body.data.productVariantsBulkUpdate.userErrors).toEqual([]);
    expect(performance.now() - started).toBeGreaterThan(250);
  });

  it('revokes the token in use; the refresh token still works', async () => {
    const { refresh_token: refreshToken } = await client.login();
    await fault({ kind: 'token_revoked', count: 1 });
    expect((await write('1.00')).status).toBe(401);
    expect((await write('1.00')).status).toBe(401);
    client.token = (await client.oauth({ grant_type: 'refresh_token', refresh_token: refreshToken })).body.access_token;
    expect((await write('1.00')).status).toBe(200);
  });

  it('takes a scope away until the faults are cleared', async () => {
    await fault({ kind: 'scope_removed', scope: 'write_products' });
    expect((await write('1.00')).body.errors[0].extensions.code).toBe('ACCESS_DENIED');
    await client.order('DELETE', `shops/${DEMO}/faults`);
    expect((await write('1.00')).body.errors).toBeUndefined();
  });

  it('strikes by chance from a seed, the same each time', async () => {
    const run = async () => {
      await client.order('DELETE', `shops/${DEMO}/faults`);
      await fault({ kind: 'http_503', probability: 0.5, seed: 11 });
      const statuses = [];
      for (let n = 0; n < 20; n++) statuses.push((await client.graphql('{ shop { id } }')).status);
      return statuses;
    };
    const first = await run();
    expect(first.filter((status) => status === 503).length).toBeGreaterThan(4);
    expect(first.filter((status) => status === 200).length).toBeGreaterThan(4);
    expect(await run()).toEqual(first);
  });

  it('reaches another shop never', async () => {
    await fault({ kind: 'http_500', count: 5 });
    const tea = (await client.exchange({}, 'kissa-hoshi.myshopify.com')).body.access_token;
    expect((await client.graphql('{ shop { id } }', {}, { shop: 'kissa-hoshi.myshopify.com', token: tea })).status).toBe(200);
  });
});
