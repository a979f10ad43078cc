/**
 * The connector against a server that answers exactly what a test tells it, byte for byte: the answers Shopify gives
 * on bad days. How it gets on with a whole shop is tried in shopify-connector-simulator.test.ts.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createShopifyConnector } from '../../app/adapters/shopify/connector.ts';
import type { ShopifyConnectorOptions } from '../../app/adapters/shopify/connector.ts';
import type { ChannelShop, PriceWrite } from '../../app/ports/price-channel.ts';

interface Request {
  readonly operationName: string;
  readonly variables: Record<string, unknown>;
  readonly token: string;
}
type Handler = (request: Request, response: ServerResponse, count: number) => void;

const shop: ChannelShop = { tenantId: '00000000-0000-4000-8000-000000000001', shopDomain: 'bad-day.myshopify.com', currencyCode: 'USD' };
const rows: PriceWrite[] = [
  { variantRef: 11n, price: 1250n, compareAt: 1500n },
  { variantRef: 12n, price: 900n, compareAt: null },
];
const gid = (ref: bigint | number) => `gid://shopify/ProductVariant/${ref}`;
const node = (ref: bigint | number, price: string, compareAtPrice: string | null) => ({ id: gid(ref), price, compareAtPrice, updatedAt: '2026-11-22T00:00:00Z' });
const written = [node(11, '12.50', '15.00'), node(12, '9.00', null)];

let server: Server;
let requests: Request[];
let handler: Handler;

beforeEach(async () => {
  requests = [];
  server = createServer(async (incoming, response) => {
    const request = await parse(incoming);
    requests.push(request);
    handler(request, response, requests.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function parse(incoming: IncomingMessage): Promise<Request> {
  let body = '';
  for await (const chunk of incoming) body += String(chunk);
  const { operationName, variables } = body === '' ? { operationName: `GET ${incoming.url}`, variables: {} } : JSON.parse(body);
  return { operationName, variables, token: String(incoming.headers['x-shopify-access-token'] ?? '') };
}

function json(response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'x-request-id': `r-${requests.length}`, 'x-shopify-api-version': '2026-07', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

const cost = (requested: number, actual: number | null, currentlyAvailable = 1_900) => ({
  cost: { requestedQueryCost: requested, actualQueryCost: actual, throttleStatus: { maximumAvailable: 2_000, currentlyAvailable, restoreRate: 100 } },
});
const update = (payload: unknown) => ({ data: { productVariantsBulkUpdate: payload }, extensions: cost(11, 11) });
const throttled = (available: number) => ({
  errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED', documentation: 'https://shopify.dev/api/usage/rate-limits' } }],
  extensions: cost(11, null, available),
});

function connect(options: Partial<ShopifyConnectorOptions> = {}) {
  const endpoint = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/admin/api/2026-07/graphql.json`);
  return createShopifyConnector({
    tokenFor: async () => ({ accessToken: 'shpat_first' }),
    refreshToken: async () => ({ accessToken: 'shpat_second' }),
    requiredScopes: ['write_products', 'read_inventory'],
    endpoint: () => endpoint,
    writeTimeoutMs: 800,
    readTimeoutMs: 600,
    patienceMs: 5_000,
    random: () => 0,
    ...options,
  });
}

const soon = (ms = 5_000) => new Date(Date.now() + ms);
const names = () => requests.map((request) => request.operationName);

describe('writing prices', () => {
  it('sends decimals of the currency, null to clear, and confirms what came back', async () => {
    handler = (_, response) => json(response, update({ productVariants: written, userErrors: [] }));
    const result = await connect().prices.write(shop, 7n, rows, soon());
    expect(requests[0]).toMatchObject({
      operationName: 'VariantPricesUpdate',
      token: 'shpat_first',
      variables: {
        productId: 'gid://shopify/Product/7',
        variants: [{ id: gid(11), price: '12.50', compareAtPrice: '15.00' }, { id: gid(12), price: '9.00', compareAtPrice: null }],
      },
    });
    expect(result).toMatchObject({ ok: true, requestId: 'r-1' });
    expect(result.ok && result.value.get(12n)).toEqual({ kind: 'written', live: { price: 900n, compareAt: null, updatedAt: '2026-11-22T00:00:00Z' } });
  });

  it('maps a user error to its row by index and keeps the others', async () => {
    const userErrors = [{ field: ['variants', '0', 'price'], code: 'GREATER_THAN_OR_EQUAL_TO', message: 'Price must be positive' }];
    handler = (_, response) => json(response, update({ productVariants: [written[1]], userErrors }));
    const result = await connect().prices.write(shop, 7n, rows, soon());
    expect(result.ok && result.value.get(11n)).toEqual({ kind: 'refused', code: 'GREATER_THAN_OR_EQUAL_TO', message: 'Price must be positive' });
    expect(result.ok && result.value.get(12n)?.kind).toBe('written');
    expect(names()).toEqual(['VariantPricesUpdate']);
  });

  it('refuses every row that is not in the answer when the error is about no row', async () => {
    const userErrors = [{ field: ['productId'], code: 'PRODUCT_DOES_NOT_EXIST', message: 'Product does not exist' }];
    handler = (_, response) => json(response, update({ productVariants: null, userErrors }));
    const result = await connect().prices.write(shop, 7n, rows, soon());
    expect(result.ok && [...result.value.values()].map((verdict) => verdict.kind === 'refused' && verdict.code)).toEqual(['PRODUCT_DOES_NOT_EXIST', 'PRODUCT_DOES_NOT_EXIST']);
    expect(names()).toEqual(['VariantPricesUpdate']);
  });

  it('reads rows back that the answer does not mention', async () => {
    handler = (request, response) =>
      request.operationName === 'VariantPricesUpdate'
        ? json(response, update({ productVariants: [written[0]], userErrors: [] }))
        : json(response, { data: { nodes: [written[1]] }, extensions: cost(1, 1) });
    const result = await connect().prices.write(shop, 7n, rows, soon());
    expect(result.ok && [...result.value.values()].map((verdict) => verdict.kind)).toEqual(['written', 'written']);
    expect(names()).toEqual(['VariantPricesUpdate', 'VariantPricesByIds']);
    expect(requests[1]?.variables).toEqual({ ids: [gid(12)] });
  });

  it('says that a row was turned down with the others when it did not change', async () => {
    const userErrors = [{ field: ['variants', '0', 'price'], code: 'INVALID_VALUE', message: 'No' }];
    handler = (request, response) =>
      request.operationName === 'VariantPricesUpdate'
        ? json(response, update({ productVariants: null, userErrors }))
        : json(response, { data: { nodes: [node(12, '8.00', null)] }, extensions: cost(1, 1) });
    const result = await connect().prices.write(shop, 7n, rows, soon());
    expect(result.ok && result.value.get(12n)).toMatchObject({ kind: 'refused', code: 'INVALID_VALUE', message: expect.stringContaining('other rows') });
  });

  it('leaves a row without a verdict when it is mentioned nowhere and not at its target, or cannot be read', async () => {
    handler = (request, response) =>
      request.operationName === 'VariantPricesUpdate'
        ? json(response, update({ productVariants: null, userErrors: [] }))
        : json(response, { data: { nodes: [written[0], node(12, '8.00', null)] }, extensions: cost(2, 2) });
    const result = await connect().prices.write(shop, 7n, rows, soon());
    expect(result.ok && [...result.value].map(([ref, verdict]) => [ref, verdict.kind])).toEqual([[11n, 'written']]);

    handler = (request, response) =>
      request.operationName === 'VariantPricesUpdate' ? json(response, update({ productVariants: [written[0]], userErrors: [] })) : json(response, '', 503);
    const unread = await connect().prices.write(shop, 7n, rows, soon());
    expect(unread.ok && [...unread.value.keys()]).toEqual([11n]);
  });

  it.each<[string, Handler]>([
    ['500', (_, response) => json(response, '', 500)],
    ['502 with a page', (_, response) => json(response, '<html>Bad gateway</html>', 502, { 'content-type': 'text/html' })],
    ['503', (_, response) => json(response, { errors: 'Service unavailable' }, 503)],
    ['no answer in time', () => undefined],
    ['a connection cut before the answer', (_, response) => response.destroy()],
    ['an answer cut in the middle', (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
      response.write('{"data":{"prod');
      setTimeout(() => response.destroy(), 20);
    }],
    ['a body that never ends', (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{');
    }],
    ['malformed JSON', (_, response) => json(response, '{"data":{"productVariantsBulkUpdate":{"prod')],
    ['an empty body', (_, response) => json(response, '')],
    ['data null', (_, response) => json(response, { data: null, extensions: cost(11, 11) })],
    ['a payload that is null', (_, response) => json(response, update(null))],
    ['an internal error', (_, response) => json(response, { errors: [{ message: 'Internal error', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] })],
    ['a read-back that is no price', (_, response) => json(response, update({ productVariants: [node(11, 'twelve', null)], userErrors: [] }))],
  ])('is in doubt after %s, and does not send again', async (_, broken) => {
    handler = broken;
    expect(await connect().prices.write(shop, 7n, rows, soon())).toMatchObject({ ok: false, failure: { kind: 'unknown' } });
    expect(requests).toHaveLength(1);
  });

  it('knows that nothing happened when nobody listens', async () => {
    const connector = connect();
    await new Promise((resolve) => server.close(resolve));
    expect(await connector.prices.write(shop, 7n, rows, soon())).toMatchObject({ ok: false, failure: { kind: 'unavailable' } });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  it('waits out THROTTLED and is no attempt poorer', async () => {
    handler = (_, response, count) => json(response, count <= 2 ? throttled(5) : update({ productVariants: written, userErrors: [] }));
    const result = await connect().prices.write(shop, 7n, rows, soon());
    expect(result.ok).toBe(true);
    expect(requests).toHaveLength(3);
  });

  it('gives up on THROTTLED at the deadline and says when to come back', async () => {
    handler = (_, response) => json(response, throttled(0));
    const startedAt = Date.now();
    const result = await connect().prices.write(shop, 7n, rows, soon(600));
    expect(result).toMatchObject({ ok: false, failure: { kind: 'throttled', retryAfterMs: expect.any(Number) } });
    expect(Date.now() - startedAt).toBeLessThan(1_200);
    expect(requests.length).toBeLessThan(6);
  });

  it('waits as long as 429 asks, when the deadline allows it', async () => {
    const startedAt = Date.now();
    handler = (_, response, count) => (count === 1 ? json(response, { errors: 'Too many' }, 429, { 'retry-after': '0.3' }) : json(response, update({ productVariants: written, userErrors: [] })));
    expect((await connect().prices.write(shop, 7n, rows, soon())).ok).toBe(true);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(290);

    handler = (_, response) => json(response, { errors: 'Too many' }, 429, { 'retry-after': '2.0' });
    expect(await connect().prices.write(shop, 7n, rows, soon(500))).toMatchObject({ ok: false, failure: { kind: 'unavailable', retryAfterMs: 2_000 } });
  });

  it('sends nothing when the deadline is past', async () => {
    handler = (_, response) => json(response, update({ productVariants: written, userErrors: [] }));
    expect(await connect().prices.write(shop, 7n, rows, soon(-1))).toMatchObject({ ok: false, failure: { kind: 'throttled' } });
    expect(requests).toHaveLength(0);
  });

  it('does not follow a redirect with its token', async () => {
    handler = (_, response) => json(response, '', 302, { location: `http://127.0.0.1:${(server.address() as AddressInfo).port}/elsewhere` });
    expect(await connect().prices.write(shop, 7n, rows, soon())).toMatchObject({ ok: false, failure: { kind: 'unavailable' } });
    expect(requests).toHaveLength(1);
  });

  it('treats more than 250 rows, a variant twice or an unknown currency as bugs', async () => {
    const { prices } = connect();
    const many = Array.from({ length: 251 }, (_, index) => ({ variantRef: BigInt(index), price: 1n, compareAt: null }));
    await expect(prices.write(shop, 7n, many, soon())).rejects.toThrow(RangeError);
    await expect(prices.write(shop, 7n, [rows[0] as PriceWrite, rows[0] as PriceWrite], soon())).rejects.toThrow(/twice/);
    await expect(prices.write({ ...shop, currencyCode: 'XTS' }, 7n, rows, soon())).rejects.toThrow(/XTS/);
    expect(requests).toHaveLength(0);
  });
});

describe('access', () => {
  it('refreshes a refused token once, for all calls that were refused together', async () => {
    let refreshes = 0;
    let current = 'shpat_first';
    const connector = connect({
      tokenFor: async () => ({ accessToken: current }),
      refreshToken: async () => {
        refreshes += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
        return { accessToken: (current = 'shpat_second') };
      },
    });
    handler = ({ token }, response) =>
      token === 'shpat_second' ? json(response, update({ productVariants: written, userErrors: [] })) : json(response, { errors: '[API] Invalid API key or access token' }, 401);
    const results = await Promise.all(Array.from({ length: 20 }, () => connector.prices.write(shop, 7n, rows, soon())));
    expect(results.every((result) => result.ok)).toBe(true);
    expect(refreshes).toBe(1);
  });

  it.each<[string, Partial<ShopifyConnectorOptions>, number, string]>([
    ['the new token is refused too', {}, 2, 'unauthorized'],
    ['there is no new token', { refreshToken: async () => null }, 1, 'unauthorized'],
    ['there never was a token', { tokenFor: async () => null }, 0, 'unauthorized'],
    ['refreshing fails', { refreshToken: async () => { throw new Error('shpat_secret'); } }, 1, 'unavailable'],
    ['the token store is down', { tokenFor: async () => { throw new Error('shpat_secret'); } }, 0, 'unavailable'],
  ])('stops when %s', async (_, options, sent, kind) => {
    handler = (_request, response) => json(response, { errors: '[API] Invalid API key or access token' }, 401);
    const result = await connect(options).prices.write(shop, 7n, rows, soon());
    expect(result).toMatchObject({ ok: false, failure: { kind } });
    expect(JSON.stringify(result)).not.toContain('secret');
    expect(requests).toHaveLength(sent);
  });

  it.each([402, 403, 404])('takes %i as a shop that is gone', async (status) => {
    handler = (_, response) => json(response, { errors: 'Unavailable Shop' }, status);
    expect(await connect().prices.read(shop, [11n])).toMatchObject({ ok: false, failure: { kind: 'uninstalled' } });
  });

  it('takes a missing scope as unauthorized', async () => {
    handler = (_, response) => json(response, { errors: [{ message: 'Access denied for productVariantsBulkUpdate field.', extensions: { code: 'ACCESS_DENIED' } }], data: { productVariantsBulkUpdate: null } });
    expect(await connect().prices.write(shop, 7n, rows, soon())).toMatchObject({ ok: false, failure: { kind: 'unauthorized' } });
  });
});

describe('reading', () => {
  it('gives null for a variant that is gone', async () => {
    handler = (_, response) => json(response, { data: { nodes: [written[0], null] }, extensions: cost(2, 2) });
    const result = await connect().prices.read(shop, [11n, 12n]);
    expect(result.ok && [...result.value]).toEqual([[11n, { price: 1250n, compareAt: 1500n, updatedAt: '2026-11-22T00:00:00Z' }], [12n, null]]);
  });

  it('tries a read again twice, then says that Shopify cannot be reached', async () => {
    handler = (_, response, count) => (count < 3 ? json(response, '', 503) : json(response, { data: { nodes: [written[0]] }, extensions: cost(1, 1) }));
    expect((await connect().prices.read(shop, [11n])).ok).toBe(true);
    expect(requests).toHaveLength(3);
    handler = (_, response) => json(response, '{"data":');
    expect(await connect().prices.read(shop, [11n])).toMatchObject({ ok: false, failure: { kind: 'unavailable' } });
    expect(requests).toHaveLength(6);
  });

  it('halves a products query that costs too much and pages through what does not fit', async () => {
    const variant = (ref: number) => ({
      ...node(ref, '1.00', null), position: ref, title: 'V', sku: null, barcode: null, inventoryQuantity: 1, selectedOptions: [], inventoryItem: { id: `gid://shopify/InventoryItem/${ref}`, unitCost: null },
    });
    const product = (ref: number) => ({
      id: `gid://shopify/Product/${ref}`, title: 'P', handle: 'p', vendor: '', productType: '', status: 'ACTIVE', tags: [], createdAt: '2026-01-01T00:00:00Z', publishedAt: null, updatedAt: '2026-01-01T00:00:00Z',
      variants: { nodes: [variant(1)], pageInfo: { hasNextPage: ref === 1, endCursor: 'one' } },
      collections: { nodes: [{ id: 'gid://shopify/Collection/1', handle: 'all' }], pageInfo: { hasNextPage: false, endCursor: null } },
    });
    handler = ({ operationName, variables }, response) => {
      const tooDear = { errors: [{ message: 'Query cost is 2000', extensions: { code: 'MAX_COST_EXCEEDED', cost: 2_000, maxCost: 1_000 } }] };
      if (operationName === 'ProductsByIds') {
        const ids = variables.ids as string[];
        if (ids.length > 2) return json(response, tooDear);
        return json(response, { data: { nodes: ids.map((id) => (id.endsWith('/3') ? null : product(Number(id.split('/').pop())))) }, extensions: cost(9, 9) });
      }
      if ((variables.first as number) > 100) return json(response, tooDear);
      return json(response, { data: { product: { id: variables.id, variants: { nodes: [variant(2), variant(3)], pageInfo: { hasNextPage: false, endCursor: null } } } }, extensions: cost(9, 9) });
    };
    const { catalog } = connect();
    const result = await catalog.products(shop, [1n, 2n, 3n]);
    expect(result.ok && result.value.map((record) => `${record.kind} ${record.kind === 'collection' ? record.handle : record.ref}`)).toEqual([
      'product 1', 'variant 1', 'variant 2', 'variant 3', 'collection all', 'product 2', 'variant 1', 'collection all',
    ]);
    const before = requests.length;
    await catalog.products(shop, [1n, 2n, 3n]);
    expect(requests.length - before).toBe(3); // what fitted is remembered
  });

  it('reports how an export ended, and that it cannot start while others run', async () => {
    const operation = { id: 'gid://shopify/BulkOperation/1', errorCode: null, objectCount: '12', url: null, partialDataUrl: null };
    const { catalog } = connect();
    const status = async (bulkOperation: unknown) => {
      handler = (_, response) => json(response, { data: { bulkOperation }, extensions: cost(1, 1) });
      const result = await catalog.exportStatus(shop, operation.id);
      return result.ok && result.value.state;
    };
    expect(await status({ ...operation, status: 'RUNNING' })).toBe('running');
    expect(await status({ ...operation, status: 'COMPLETED' })).toBe('completed');
    for (const ended of ['FAILED', 'CANCELED', 'EXPIRED']) expect(await status({ ...operation, status: ended })).toBe('failed');
    expect(await status(null)).toBe('failed');
    handler = (_, response) => json(response, { data: { bulkOperationRunQuery: { bulkOperation: null, userErrors: [{ field: null, code: 'OPERATION_IN_PROGRESS', message: 'busy' }] } }, extensions: cost(10, 10) });
    expect(await catalog.startExport(shop)).toMatchObject({ ok: false, failure: { kind: 'throttled' } });
  });

  it('names why an export cannot be downloaded, and sends no token to the file store', async () => {
    const { catalog } = connect({ downloadIdleTimeoutMs: 200 });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/results/1.jsonl`;
    const readAll = async (address: string) => {
      for await (const _ of catalog.readExport(shop, address)) continue;
    };
    handler = (_, response) => json(response, '', 403);
    await expect(readAll(url)).rejects.toThrow(/403/);
    handler = (_, response) => void response.writeHead(200).write('{"id":');
    await expect(readAll(url)).rejects.toThrow(/stood still/);
    handler = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"id":');
      setTimeout(() => response.destroy(), 20);
    };
    await expect(readAll(url)).rejects.toThrow();
    await expect(readAll('http://elsewhere.example/1.jsonl')).rejects.toThrow(/address/);
    await expect(readAll('file:///etc/passwd')).rejects.toThrow(/address/);
    expect(requests.every((request) => request.token === '')).toBe(true);
  });
});

describe('health', () => {
  it('counts by kind, measures, and holds nothing secret', async () => {
    const connector = connect();
    handler = (_, response) => json(response, update({ productVariants: written, userErrors: [] }));
    await connector.prices.write(shop, 7n, rows, soon());
    handler = (_, response) => json(response, { errors: [{ message: 'Access denied for shpat_0123456789abcdef', extensions: { code: 'ACCESS_DENIED' } }] });
    await connector.prices.read(shop, [11n]);
    const health = connector.health(shop.shopDomain);
    expect(health).toMatchObject({
      apiVersion: '2026-07', servedApiVersion: '2026-07', requests: { succeeded: 1, unauthorized: 1, throttled: 0 },
      lastFailure: { kind: 'unauthorized', operation: 'VariantPricesByIds', status: 200, requestId: 'r-2' },
      throttle: { maximumAvailable: 2_000, restoreRate: 100 }, inFlight: 0, waiting: 0, latencyMs: { samples: 2 },
    });
    expect(JSON.stringify(health)).not.toContain('shpat');
    expect(connector.health('another.myshopify.com').requests.succeeded).toBe(0);
  });

  it('compares the granted scopes with those the app needs', async () => {
    const connector = connect();
    const answer = (scopes: string[], currencyCode: string) => ({
      data: {
        shop: { id: 'gid://shopify/Shop/1', name: 'Shop', currencyCode, ianaTimezone: 'Europe/Berlin', plan: { publicDisplayName: 'Basic' } },
        currentAppInstallation: { id: 'gid://shopify/AppInstallation/1', accessScopes: scopes.map((handle) => ({ handle })) },
      },
      extensions: cost(4, 4),
    });
    handler = (_, response) => json(response, answer(['write_products', 'write_inventory'], 'USD'));
    expect(await connector.check(shop)).toMatchObject({ ok: true, scopes: { missing: [] }, shop: { timeZone: 'Europe/Berlin' }, currencyMatches: true });
    handler = (_, response) => json(response, answer(['read_products'], 'EUR'));
    expect(await connector.check(shop)).toMatchObject({ ok: false, scopes: { missing: ['write_products', 'read_inventory'] }, currencyMatches: false });
    handler = (_, response) => json(response, '', 404);
    expect(await connector.check(shop)).toMatchObject({ ok: false, failure: { kind: 'uninstalled' } });
  });
});
