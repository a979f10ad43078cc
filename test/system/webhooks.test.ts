import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { send, until } from './client.ts';
import type { Answer, Json } from './client.ts';
import { inTenant } from './database.ts';
import { pair } from './journey.ts';
import { appSecrets, webhookSignature } from './secrets.ts';
import { makeShop } from './shops.ts';
import type { ProductRow, TestShop } from './shops.ts';

const PRODUCTS: readonly ProductRow[] = [
  { handle: 'pen', sku: 'PEN', price: '3.00', compareAt: '4.00', cost: '1.00' },
  { handle: 'ink', sku: 'INK', price: '9.00' },
  { handle: 'pad', sku: 'PAD', price: '5.00' },
];

describe('a webhook', () => {
  let shop: TestShop;
  let secret: string;
  beforeAll(async () => {
    shop = await makeShop('webhooks', { products: PRODUCTS });
    secret = appSecrets().apiSecret;
  });

  interface Delivery {
    readonly topic?: string;
    readonly payload?: unknown;
    readonly body?: string;
    readonly signature?: string | null;
    readonly webhookId?: string;
    readonly eventId?: string;
    readonly triggeredAt?: string;
    readonly domain?: string;
    readonly method?: string;
  }
  async function deliver({ topic = 'products/update', payload = {}, body = JSON.stringify(payload), signature, webhookId = randomUUID(), eventId = randomUUID(), triggeredAt = new Date().toISOString(), domain = shop.domain, method = 'POST' }: Delivery): Promise<Answer & { ms: number }> {
    const startedAt = performance.now();
    const signed = signature === undefined ? webhookSignature(body, secret) : signature;
    const answer = await send(method, `${inject('app').appUrl}/webhooks/${topic}`, {
      ...(method === 'POST' ? { raw: body } : {}),
      headers: {
        'X-Shopify-Topic': topic, 'X-Shopify-Shop-Domain': domain, 'X-Shopify-API-Version': '2026-07', 'X-Shopify-Webhook-Id': webhookId,
        'X-Shopify-Event-Id': eventId, 'X-Shopify-Triggered-At': triggeredAt, ...(signed === null ? {} : { 'X-Shopify-Hmac-Sha256': signed }),
      },
    });
    return { ...answer, ms: performance.now() - startedAt };
  }
  const inbox = (where: string, ...params: unknown[]): Promise<Json> => inTenant(shop.domain, [`SELECT * FROM webhook_inbox WHERE ${where} ORDER BY received_at`, ...params]);
  const finished = (webhookId: string): Promise<Json> => until('the webhook is worked through', async () => (await inbox('webhook_id = $1', webhookId))[0] as Json, (row) => row !== undefined && row.state !== 'received', 20_000);
  const known = async (sku: string): Promise<Json> => (await shop.api.get(`/variants?query=${sku}`)).data[0];
  /** The payload that the shop itself would send of a product, with other prices. */
  async function payloadOf(sku: string, price: string, updatedAt = new Date()): Promise<Json> {
    const truth = (await shop.truth()).get(sku)!;
    return {
      id: Number(truth.productId), title: sku.toLowerCase(), handle: sku.toLowerCase(), vendor: 'Acme', product_type: 'Thing', status: 'active', tags: '',
      created_at: '2026-01-01T00:00:00Z', published_at: '2026-01-01T00:00:00Z', updated_at: updatedAt.toISOString(), options: [{ name: 'Title' }],
      variants: [{ id: Number(truth.id), position: 1, title: 'Default Title', sku, price, compare_at_price: null, option1: 'Default Title', inventory_quantity: 5, updated_at: updatedAt.toISOString() }],
    };
  }

  it('with the right signature is taken, in less than a second', async () => {
    const webhookId = randomUUID();
    const { status, text, ms } = await deliver({ webhookId, payload: await payloadOf('PAD', '5.00') });
    expect([status, text]).toEqual([200, '']);
    expect(ms).toBeLessThan(1_000);
    expect((await finished(webhookId)).state).toBe('done');
  });

  it('with a wrong, missing or foreign signature is refused and leaves nothing', async () => {
    const payload = await payloadOf('PAD', '0.01');
    const body = JSON.stringify(payload);
    const right = webhookSignature(body, secret);
    const attempts: [string, Delivery][] = [
      ['missing', { signature: null }], ['empty', { signature: '' }], ['of another secret', { signature: webhookSignature(body, `${secret}x`) }],
      ['of another body', { signature: webhookSignature(`${body} `, secret) }], ['in hex', { signature: Buffer.from(right, 'base64').toString('hex') }],
      ['too short', { signature: right.slice(0, 10) }], ['too long', { signature: `${right}${right}` }], ['one byte', { signature: 'AA==' }], ['no base64', { signature: '%%%%' }],
      ['in other case', { signature: right === right.toLowerCase() ? right.toUpperCase() : right.toLowerCase() }],
    ];
    for (const [what, delivery] of attempts) {
      const webhookId = randomUUID();
      expect((await deliver({ body, webhookId, ...delivery })).status, what).toBe(401);
      expect(await inbox('webhook_id = $1', webhookId), what).toEqual([]);
    }
  });

  it('whose body was serialised anew is refused, though it says the same', async () => {
    const body = '{ "id" : 7 , "title" : "caf\\u00e9" }';
    const signature = webhookSignature(body, secret);
    expect((await deliver({ body: JSON.stringify(JSON.parse(body)), signature })).status).toBe(401);
    expect((await deliver({ body, signature, topic: 'shop/nothing' })).status).toBe(200);
  });

  it('is only ever posted', async () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH']) {
      const { status, headers } = await deliver({ method });
      expect([status, headers.get('allow')], method).toEqual([405, 'POST']);
    }
  });

  it('of a shop or topic that nobody knows is answered 200, since sending it again would change nothing', async () => {
    expect((await deliver({ domain: `nobody-${randomUUID()}.myshopify.com` })).status).toBe(200);
    const webhookId = randomUUID();
    expect((await deliver({ topic: 'carts/create', webhookId })).status).toBe(200);
    expect((await finished(webhookId)).state).toBe('ignored');
    for (const body of ['', 'not json', '[]', 'null', '{"id":{}}']) expect((await deliver({ body })).status, body).toBe(200);
  });

  it('delivered eight times under one id is kept once', async () => {
    const webhookId = randomUUID();
    const payload = await payloadOf('INK', '8.00');
    const answers = await Promise.all(Array.from({ length: 8 }, () => deliver({ webhookId, payload })));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    await finished(webhookId);
    expect(await inbox('webhook_id = $1', webhookId)).toHaveLength(1);
    const history = await shop.api.get(`/variants/${(await known('INK')).id}/prices`);
    expect(history.data.map((version: Json) => version.price.amount)).toEqual(['8.00', '9.00']);
  });

  it('of one event by two subscriptions has one effect', async () => {
    const eventId = randomUUID();
    const [first, second] = [randomUUID(), randomUUID()];
    const payload = await payloadOf('INK', '7.00');
    await deliver({ webhookId: first, eventId, payload });
    await finished(first);
    await deliver({ webhookId: second, eventId, payload: await payloadOf('INK', '6.00') });
    expect((await finished(second)).state).toBe('ignored');
    expect(pair(await known('INK'))!.price).toBe('7.00');
  });

  it('that is older than what is known changes nothing, whenever it comes', async () => {
    const now = Date.now();
    const newer = randomUUID();
    await deliver({ webhookId: newer, payload: await payloadOf('INK', '5.50', new Date(now + 3_000)), triggeredAt: new Date(now + 3_000).toISOString() });
    await finished(newer);
    for (const age of [1_000, 60_000, 4 * 3_600_000]) {
      const older = randomUUID();
      await deliver({ webhookId: older, payload: await payloadOf('INK', '1.11', new Date(now - age)), triggeredAt: new Date(now - age).toISOString() });
      await finished(older);
      expect(pair(await known('INK'))!.price, `${age} ms old`).toBe('5.50');
    }
    const history = await shop.api.get(`/variants/${(await known('INK')).id}/prices`);
    expect(history.data.map((version: Json) => version.price.amount)).not.toContain('1.11');
  });

  it('brings a merchant\'s own edit into the catalog, the price history, the log and the audit', async () => {
    const pen = (await shop.truth()).get('PEN')!;
    await shop.edit(pen.id, { price: '2.75', compareAtPrice: null });
    const seen = await until('the catalog knows the edit', () => known('PEN'), (variant) => variant.price.amount === '2.75', 20_000);
    expect(seen.compareAtPrice).toBeNull();
    expect(seen.cost.amount, 'a product webhook says nothing of the cost').toBe('1.00');
    const { data } = await shop.api.get(`/variants/${seen.id}/prices`);
    expect(data[0]).toMatchObject({ price: { amount: '2.75' }, compareAtPrice: null, source: 'webhook', lineage: null, validTo: null });
    const events = await shop.api.get('/events?type=product.updated&limit=200');
    expect(events.data.at(-1)).toMatchObject({ actor: 'system:process-webhooks', payload: { prices: [{ before: { price: { amount: '3.00' } }, after: { price: { amount: '2.75' } } }] } });
    await shop.edit(pen.id, { cost: '1.25' });
    await until('the new cost is read from the shop', () => known('PEN'), (variant) => variant.cost.amount === '1.25', 20_000);
  });

  it('survives being sent twice, late and out of order by the shop', async () => {
    const pad = (await shop.truth()).get('PAD')!;
    for (const kind of ['webhook_duplicate', 'webhook_reorder', 'webhook_delay']) await shop.fault({ kind, probability: 0.5, delayMs: 400, seed: 7 });
    for (const price of ['5.10', '5.20', '5.30', '5.80']) {
      await shop.edit(pad.id, { price });
      // A product's updated_at has whole seconds.
      await new Promise((resolve) => setTimeout(resolve, 1_050));
    }
    await until('the catalog shows the last of them', () => known('PAD'), (variant) => variant.price.amount === '5.80', 20_000);
    await shop.clearFaults();
    await until('all are worked through', () => inbox(`state = 'received'`), (rows) => rows.length === 0, 20_000);
    expect(pair(await known('PAD'))!.price).toBe('5.80');
  });

  it('of privacy is answered with evidence in the audit', async () => {
    for (const topic of ['customers/data_request', 'customers/redact']) {
      await shop.webhook(topic);
      const action = topic.replace('/', '_');
      const entry = await until(`${topic} is in the audit`, async () => (await shop.api.get('/audit?entity=shop')).data.find((row: Json) => row.action === action) as Json, (row) => row !== undefined, 20_000);
      expect(entry.explain).toEqual({ answer: 'No customer data is kept.' });
    }
  });

  it('of uninstalling ends every token of Shopify\'s at once, and shop/redact leaves nothing of the shop', async () => {
    const gone = await makeShop('leaving', { products: PRODUCTS });
    const user = await gone.sessionToken();
    await gone.uninstall();
    await until('the app knows', () => inTenant(gone.domain, ['SELECT state, (SELECT count(*)::int FROM shop_sessions) AS sessions FROM tenants']), ([tenant]) => tenant?.['state'] === 'uninstalled', 20_000);
    expect((await inTenant(gone.domain, ['SELECT count(*)::int AS n FROM shop_sessions']))[0]).toEqual({ n: 0 });
    await gone.webhook('shop/redact');
    const tables = await inTenant(gone.domain, [`SELECT table_name AS name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name) WHERE table_schema = 'public' AND column_name = 'tenant_id' AND table_type = 'BASE TABLE'`]);
    expect(tables.length).toBeGreaterThan(15);
    const left = async (): Promise<string[]> => {
      const counts = await Promise.all(tables.map(async ({ name }) => [name, (await inTenant(gone.domain, [`SELECT count(*)::int AS n FROM "${String(name)}"`]))[0]!['n']] as const));
      return counts.filter(([, n]) => n !== 0).map(([name, n]) => `${String(name)}: ${String(n)}`);
    };
    await until('nothing of the shop is left', left, (rows) => rows.length === 0, 20_000);
    expect((await gone.api.call('GET', '/catalog/status')).status).toBe(401);
    expect(user).toBeTruthy();
    expect((await shop.api.call('GET', '/catalog/status')).status).toBe(200);
  });
});
