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

// What Shopify asks of every webhook is in test/protocol; here is what comes of them in the whole running app.
describe('a webhook', () => {
  let shop: TestShop;
  let secret: string;
  beforeAll(async () => {
    shop = await makeShop('webhooks', { products: PRODUCTS });
    secret = appSecrets().apiSecret;
  });

  function deliver({ topic = 'products/update', body = '{}', webhookId = randomUUID(), domain = shop.domain }: { topic?: string; body?: string; webhookId?: string; domain?: string }): Promise<Answer> {
    return send('POST', `${inject('app').appUrl}/webhooks/${topic}`, {
      raw: body,
      headers: {
        'X-Shopify-Topic': topic, 'X-Shopify-Shop-Domain': domain, 'X-Shopify-API-Version': '2026-07', 'X-Shopify-Webhook-Id': webhookId, 'X-Shopify-Event-Id': randomUUID(),
        'X-Shopify-Triggered-At': new Date().toISOString(), 'X-Shopify-Hmac-Sha256': webhookSignature(body, secret),
      },
    });
  }
  const inbox = (where: string, ...params: unknown[]): Promise<Json> => inTenant(shop.domain, [`SELECT * FROM webhook_inbox WHERE ${where} ORDER BY received_at`, ...params]);
  const finished = (webhookId: string): Promise<Json> => until('the webhook is worked through', async () => (await inbox('webhook_id = $1', webhookId))[0] as Json, (row) => row !== undefined && row.state !== 'received', 20_000);
  const known = async (sku: string): Promise<Json> => (await shop.api.get(`/variants?query=${sku}`)).data[0];

  it('of a shop or topic that nobody knows is answered 200, since sending it again would change nothing', async () => {
    expect((await deliver({ domain: `nobody-${randomUUID()}.myshopify.com` })).status).toBe(200);
    const webhookId = randomUUID();
    expect((await deliver({ topic: 'carts/create', webhookId })).status).toBe(200);
    expect((await finished(webhookId)).state).toBe('ignored');
    for (const body of ['', 'not json', '[]', 'null', '{"id":{}}']) expect((await deliver({ body })).status, body).toBe(200);
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
});
