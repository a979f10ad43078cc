/** Webhooks of the simulator: headers, signature, payloads, retries, removal, and the faults on their way. */
import { createHmac } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SHOPIFY_RETRIES } from '../../dev/simulators/shopify/webhooks.ts';
import { CREDENTIALS, DEMO, eventually, startClient } from './shopify-simulator-client.ts';
import type { Json, SimulatorClient } from './shopify-simulator-client.ts';

interface Received {
  path: string;
  headers: http.IncomingHttpHeaders;
  raw: string;
  body: Json;
}

let client: SimulatorClient;
let receiver: http.Server;
let received: Received[] = [];
let answerWith: number | 'silence' = 200;
let slowMs = 0;

beforeAll(async () => {
  receiver = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks).toString('utf8');
    received.push({ path: request.url ?? '', headers: request.headers, raw, body: JSON.parse(raw) });
    if (slowMs > 0) await new Promise((resolve) => setTimeout(resolve, slowMs));
    if (answerWith !== 'silence') response.writeHead(answerWith).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  client = await startClient({ appUrl: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`, retryScheduleMs: SHOPIFY_RETRIES });
});

afterAll(async () => {
  await client.sim.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

beforeEach(async () => {
  await client.order('POST', 'reset');
  await client.login();
  received = [];
  answerWith = 200;
});

const arrivals = (count: number, path = '') => eventually(() => {
  const found = received.filter((one) => one.path.startsWith(path));
  return found.length >= count && found;
});
const quiet = () => new Promise((resolve) => setTimeout(resolve, 150));
const origin = () => client.sim.config.appUrl;

async function firstVariant(): Promise<{ id: string; number: string; productId: string }> {
  const { productVariants } = await client.data('{ productVariants(first: 1) { nodes { id product { id } } } }');
  const { id, product } = productVariants.nodes[0];
  return { id, number: id.split('/').pop(), productId: product.id };
}

const edit = async (body: unknown) => client.order('POST', `shops/${DEMO}/variants/${(await firstVariant()).number}`, body);

describe('delivery', () => {
  it('signs the raw body and carries every documented header', async () => {
    const before = Date.now();
    await edit({ price: '300.00' });
    const [hook] = await arrivals(1);
    expect(hook?.path).toBe('/webhooks/products/update');
    expect(hook?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-shopify-topic': 'products/update',
      'x-shopify-shop-domain': DEMO,
      'x-shopify-api-version': '2026-07',
      'x-shopify-hmac-sha256': createHmac('sha256', CREDENTIALS.apiSecret).update(hook?.raw ?? '').digest('base64'),
      'x-shopify-webhook-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-shopify-event-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-shopify-triggered-at': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/),
    });
    expect(Date.parse(String(hook?.headers['x-shopify-triggered-at']))).toBeGreaterThanOrEqual(before - 1);
  });

  it('sends the product as the REST API prints it', async () => {
    await edit({ price: '300.00', compareAtPrice: '329.00' });
    const [hook] = await arrivals(1);
    expect(hook?.body).toMatchObject({
      id: expect.any(Number), admin_graphql_api_id: expect.stringMatching(/^gid:\/\/shopify\/Product\/\d+$/), title: 'Ridgeline 2 Tent', handle: 'ridgeline-2-tent',
      vendor: 'Northfell', product_type: 'Tents', tags: '3-season, bestseller, camping', status: 'active',
      updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-0[45]:00$/), published_at: expect.any(String), created_at: expect.any(String),
    });
    expect(hook?.body.variants).toHaveLength(2);
    expect(hook?.body.variants[0]).toMatchObject({ sku: 'FF-101-RI2TE-01', price: '300.00', compare_at_price: '329.00', inventory_quantity: 3, option1: 'Moss', product_id: hook?.body.id });
  });

  it('tells of cost changes by inventory_items/update, and of nothing when nothing changed', async () => {
    await edit({ cost: '99.90' });
    const [hook] = await arrivals(1);
    expect(hook).toMatchObject({ path: '/webhooks/inventory_items/update', body: { cost: '99.90', sku: 'FF-101-RI2TE-01', tracked: true } });
    received = [];
    await edit({ cost: '99.90' });
    await quiet();
    expect(received).toEqual([]);
  });

  it('comes for writes of the app and at the end of a bulk operation too', async () => {
    const { id, productId } = await firstVariant();
    await client.data('mutation W($p: ID!, $v: [ProductVariantsBulkInput!]!) { productVariantsBulkUpdate(productId: $p, variants: $v) { userErrors { code } } }', { p: productId, v: [{ id, price: '1.00' }] });
    await client.data('mutation { bulkOperationRunQuery(query: "{ products { edges { node { id } } } }") { bulkOperation { id } } }');
    await arrivals(1, '/webhooks/products/update');
    const [hook] = await arrivals(1, '/webhooks/bulk_operations/finish');
    expect(hook?.body).toMatchObject({ admin_graphql_api_id: expect.stringContaining('/BulkOperation/'), status: 'completed', type: 'query', error_code: null });
  });

  it('tells of new products, settings and scopes that changed', async () => {
    const made = await client.order('POST', `shops/${DEMO}/products`, { title: 'Enamel Cup', tags: ['new'], optionNames: ['Size'], variants: [{ sku: 'CUP-S', price: '12.50', options: ['S'] }, { sku: 'CUP-L', price: '14.00', cost: '6.00', options: ['L'] }] });
    const [product] = await arrivals(1, '/webhooks/products/create');
    expect(product?.body).toMatchObject({ id: Number(made.id), title: 'Enamel Cup', variants: [{ id: Number(made.variants[0]), price: '12.50' }, { sku: 'CUP-L' }] });
    expect((await client.data(`{ productVariant(id: "gid://shopify/ProductVariant/${made.variants[1]}") { inventoryItem { unitCost { amount } } } }`)).productVariant.inventoryItem.unitCost.amount).toBe('6.0');
    await client.order('POST', `shops/${DEMO}/settings`, { currencyCode: 'EUR' });
    expect((await arrivals(1, '/webhooks/shop/update'))[0]?.body).toMatchObject({ currency: 'EUR', myshopify_domain: DEMO });
    await client.order('POST', `shops/${DEMO}/scopes`, { scopes: ['read_products'] });
    expect((await arrivals(1, '/webhooks/app/scopes_update'))[0]?.body).toMatchObject({ previous: ['write_products', 'read_inventory'], current: ['read_products'], updated_at: expect.any(String), shop_id: expect.any(Number) });
    await client.order('POST', `shops/${DEMO}/scopes`, { scopes: ['write_products', 'read_inventory'] });
  });

  it('sends the privacy topics on order', async () => {
    for (const topic of ['customers/data_request', 'customers/redact', 'shop/redact']) await client.order('POST', `shops/${DEMO}/webhooks`, { topic });
    const hooks = await arrivals(3);
    expect(hooks.map(({ path }) => path).sort()).toEqual(['/webhooks/customers/data_request', '/webhooks/customers/redact', '/webhooks/shop/redact']);
    expect(hooks.every(({ body }) => body.shop_domain === DEMO)).toBe(true);
  });
});

describe('retries', () => {
  it('makes eight over four hours with the first payload and the same ids, then stops', async () => {
    expect(SHOPIFY_RETRIES).toHaveLength(8);
    expect(SHOPIFY_RETRIES.reduce((sum, wait) => sum + wait, 0)).toBe(4 * 3_600_000);
    answerWith = 503;
    await edit({ price: '300.00' });
    for (const [index, wait] of SHOPIFY_RETRIES.entries()) {
      await arrivals(index + 1);
      await eventually(async () => (await client.order('GET', `shops/${DEMO}/deliveries`)).data.length === index + 1);
      await client.order('POST', 'clock', { advanceMs: wait });
    }
    const hooks = await arrivals(9);
    await client.order('POST', 'clock', { advanceMs: 10 * 3_600_000 });
    await quiet();
    expect(received).toHaveLength(9);
    expect(new Set(hooks.map(({ raw }) => raw)).size).toBe(1);
    expect(new Set(hooks.map(({ headers }) => headers['x-shopify-webhook-id'])).size).toBe(1);
    const { data } = await client.order('GET', `shops/${DEMO}/deliveries`);
    expect(data.map(({ attempt, status }: Json) => [attempt, status])).toEqual(Array.from({ length: 9 }, (_none, attempt) => [attempt, 503]));
  });

  it('makes all eight after one leap of four hours, each due so long after the first attempt', async () => {
    answerWith = 503;
    await edit({ price: '300.00' });
    await eventually(async () => (await client.order('GET', `shops/${DEMO}/deliveries`)).data.length === 1);
    await client.order('POST', 'clock', { advanceMs: 4 * 3_600_000 - 60_000 });
    await arrivals(8);
    await quiet();
    expect(received).toHaveLength(8);
    await client.order('POST', 'clock', { advanceMs: 60_000 });
    expect(await arrivals(9)).toHaveLength(9);
  });

  it('takes another schedule', async () => {
    expect((await client.order('POST', 'webhook-retries', { schedule: [1, 1] })).schedule).toEqual([1, 1]);
    answerWith = 503;
    await edit({ price: '300.00' });
    await arrivals(3);
    await quiet();
    expect(received).toHaveLength(3);
    expect((await client.order('POST', 'webhook-retries', { schedule: 'shopify' })).schedule).toEqual(SHOPIFY_RETRIES);
    expect((await client.control('POST', 'webhook-retries', { schedule: 'never' })).status).toBe(400);
  });

  it('lets no delivery run out of time while it waits for its turn behind others', async () => {
    await client.order('POST', 'shops', { shop: 'many.myshopify.com', generate: { products: 300 }, bulk: { mutation: { startMs: 0, rowsPerSecond: 1e6 } } });
    slowMs = 100;
    const { data } = await client.order('GET', 'shops/many.myshopify.com/variants?limit=300');
    for (const { id } of data) await client.order('POST', `shops/many.myshopify.com/variants/${id}`, { price: '1.00' });
    await eventually(async () => (await client.order('GET', 'shops/many.myshopify.com/deliveries')).data.length >= 300, 20_000);
    slowMs = 0;
    expect((await client.order('GET', 'shops/many.myshopify.com/deliveries')).data.every(({ status }: Json) => status === 200)).toBe(true);
  }, 30_000);

  it('counts no answer within five seconds as a failure', async () => {
    answerWith = 'silence';
    await edit({ price: '300.00' });
    const data = await eventually(async () => {
      const list = (await client.order('GET', `shops/${DEMO}/deliveries`)).data;
      return list.length > 0 && list;
    }, 8_000);
    expect(data[0].status).toBe('timeout: no answer within 5 s');
  }, 10_000);

  it('removes a subscription made by the API once all retries failed, and keeps those of the configuration', async () => {
    answerWith = 500;
    const created = await client.data('mutation C($uri: String!) { webhookSubscriptionCreate(topic: PRODUCTS_UPDATE, webhookSubscription: { uri: $uri, includeFields: ["id"] }) { webhookSubscription { id uri topic } userErrors { message } } }', { uri: `${origin()}/extra` });
    expect(created.webhookSubscriptionCreate.userErrors).toEqual([]);
    await edit({ price: '300.00' });
    for (const [index, wait] of SHOPIFY_RETRIES.entries()) {
      await eventually(async () => (await client.order('GET', `shops/${DEMO}/deliveries`)).data.length === (index + 1) * 2);
      await client.order('POST', 'clock', { advanceMs: wait });
    }
    await eventually(async () => (await client.order('GET', `shops/${DEMO}/deliveries`)).data.length === 18);
    await client.login();
    expect((await client.data('{ webhookSubscriptions(first: 5) { nodes { id } } }')).webhookSubscriptions.nodes).toEqual([]);
    received = [];
    answerWith = 200;
    await edit({ price: '301.00' });
    expect((await arrivals(1)).map(({ path }) => path)).toEqual(['/webhooks/products/update']);
  });
});

describe('subscriptions', () => {
  it('share the event id but not the webhook id, choose fields, and can be listed, changed and deleted', async () => {
    const create = 'mutation C($uri: String!) { webhookSubscriptionCreate(topic: PRODUCTS_UPDATE, webhookSubscription: { uri: $uri, includeFields: ["id", "title"] }) { webhookSubscription { id } userErrors { field message } } }';
    const { webhookSubscriptionCreate } = await client.data(create, { uri: `${origin()}/extra` });
    const { id } = webhookSubscriptionCreate.webhookSubscription;
    expect((await client.data(create, { uri: `${origin()}/extra` })).webhookSubscriptionCreate.userErrors[0].message).toBe('Address for this topic has already been taken');
    await edit({ price: '300.00' });
    const hooks = await arrivals(2);
    expect(new Set(hooks.map(({ headers }) => headers['x-shopify-event-id'])).size).toBe(1);
    expect(new Set(hooks.map(({ headers }) => headers['x-shopify-webhook-id'])).size).toBe(2);
    expect(Object.keys(hooks.find(({ path }) => path === '/extra')?.body)).toEqual(['id', 'title']);
    expect((await client.data('{ webhookSubscriptions(first: 5, topics: [PRODUCTS_UPDATE]) { nodes { id topic uri format apiVersion { handle } } } }')).webhookSubscriptions.nodes)
      .toEqual([{ id, topic: 'PRODUCTS_UPDATE', uri: `${origin()}/extra`, format: 'JSON', apiVersion: { handle: '2026-07' } }]);
    const changed = await client.data('mutation U($id: ID!, $uri: String!) { webhookSubscriptionUpdate(id: $id, webhookSubscription: { uri: $uri }) { webhookSubscription { uri } userErrors { message } } }', { id, uri: `${origin()}/moved` });
    expect(changed.webhookSubscriptionUpdate.webhookSubscription.uri).toBe(`${origin()}/moved`);
    expect((await client.data('mutation D($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { message } } }', { id })).webhookSubscriptionDelete).toEqual({ deletedWebhookSubscriptionId: id, userErrors: [] });
  });
});

describe('faults on the way', () => {
  const fault = (body: unknown) => client.order('POST', `shops/${DEMO}/faults`, body);

  it('duplicates with the same ids', async () => {
    await fault({ kind: 'webhook_duplicate', operation: 'products/update', count: 1 });
    await edit({ price: '300.00' });
    const hooks = await arrivals(2);
    await quiet();
    expect(received).toHaveLength(2);
    expect(new Set(hooks.map(({ headers }) => headers['x-shopify-webhook-id'])).size).toBe(1);
  });

  it('drops, and says so in the deliveries', async () => {
    await fault({ kind: 'webhook_drop', count: 1 });
    await edit({ price: '300.00' });
    await quiet();
    expect(received).toEqual([]);
    expect((await client.order('GET', `shops/${DEMO}/deliveries`)).data).toMatchObject([{ topic: 'products/update', status: 'dropped' }]);
  });

  it('lets a later one overtake', async () => {
    await fault({ kind: 'webhook_reorder', count: 1, delayMs: 60_000 });
    await edit({ price: '300.00' });
    await edit({ price: '299.00' });
    const hooks = await arrivals(2);
    expect(hooks.map(({ body }) => body.variants[0].price)).toEqual(['299.00', '300.00']);
  });

  it('delays by the time of the clock', async () => {
    await fault({ kind: 'webhook_delay', count: 1, delayMs: 3_600_000 });
    await edit({ price: '300.00' });
    await quiet();
    expect(received).toEqual([]);
    await client.order('POST', 'clock', { advanceMs: 3_600_000 });
    await arrivals(1);
  });
});

it('ends tokens and subscriptions on uninstall, tells the app, asks for erasure two days later, and installs again when opened', async () => {
  await client.order('POST', `shops/${DEMO}/uninstall`);
  const [hook] = await arrivals(1);
  expect(hook).toMatchObject({ path: '/webhooks/app/uninstalled', body: { myshopify_domain: DEMO } });
  expect((await client.graphql('{ shop { id } }')).status).toBe(401);
  await edit({ price: '300.00' }).catch(() => undefined);
  await quiet();
  expect(received).toHaveLength(1);
  await client.order('POST', 'clock', { advanceMs: 48 * 3_600_000 });
  expect((await arrivals(2))[1]).toMatchObject({ path: '/webhooks/shop/redact', body: { shop_domain: DEMO } });
  await client.login();
  expect((await client.graphql('{ shop { id } }')).status).toBe(200);
});
