import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { proveRows } from './rows.ts';
import { RunningApp, pause, send, signatureOf } from './running-app.ts';
import type { Json, Shop } from './running-app.ts';

const HOUR_MS = 3_600_000;
let app: RunningApp;
let shop: Shop;
beforeAll(async () => {
  app = await RunningApp.start();
  shop = await app.shop('webhooks', { products: 3, catalog: true });
});
afterAll(() => app.stop());

const inbox = (webhookId: string): Promise<Json[]> => shop.rows('webhook_inbox', 'webhook_id = $2', [webhookId]);
const catalog = async (): Promise<Json[]> => (await shop.must('GET', '/variants?limit=10')).data;
/** What the shop itself would send of the product of a variant, with another price. */
async function payloadOf(sku: string, price: string, updatedAt = new Date()): Promise<Json> {
  const { data } = await shop.control('GET', 'variants?limit=100');
  const truth = data.find((row: Json) => row.sku === sku);
  const known = (await catalog()).find((row) => row.sku === sku)!;
  return {
    id: Number(truth.productId), title: known.productTitle ?? sku, handle: sku.toLowerCase(), vendor: 'Acme', product_type: '', status: 'active', tags: '', updated_at: updatedAt.toISOString(), options: [{ name: 'Title' }],
    variants: [{ id: Number(truth.id), position: 1, title: 'Default Title', sku, price, compare_at_price: null, option1: 'Default Title', inventory_quantity: 5, updated_at: updatedAt.toISOString() }],
  };
}
const priceOf = async (sku: string): Promise<string> => (await catalog()).find((row) => row.sku === sku)!.price.amount;
const skus = async (): Promise<string[]> => (await catalog()).map((row) => row.sku as string).sort();
/** Refused, and nothing of it is kept. */
async function refused(delivery: Parameters<Shop['deliver']>[0]): Promise<void> {
  const webhookId = randomUUID();
  const { status, text } = await shop.deliver({ payload: { id: 1 }, webhookId, ...delivery });
  expect([status, text]).toEqual([401, '']);
  expect(await inbox(webhookId)).toEqual([]);
}

describe('webhooks', () => {
  proveRows('webhooks', {
    'good HMAC 200': async () => {
      const webhookId = randomUUID();
      const [sku] = await skus();
      expect((await shop.deliver({ webhookId, payload: await payloadOf(sku!, '3.33') })).status).toBe(200);
      expect((await shop.finished(webhookId)).state).toBe('done');
      expect(await priceOf(sku!)).toBe('3.33');
    },
    'bad HMAC 401': async () => {
      const body = JSON.stringify({ id: 1 });
      const right = signatureOf(body, app.apiSecret);
      await refused({ body, secret: `${app.apiSecret}x` });
      await refused({ body, signature: signatureOf(`${body} `, app.apiSecret) });
      await refused({ body, signature: Buffer.from(right, 'base64').toString('hex') });
      // Decoded these would be the same bytes.
      for (const signature of [`${right}=`, `${right.slice(0, -2)}B=`, right.toLowerCase() === right ? right.toUpperCase() : right.toLowerCase(), `${right}!`]) await refused({ body, signature });
    },
    'missing HMAC 401': async () => {
      await refused({ signature: null });
      await refused({ signature: '' });
    },
    're-serialised body 401': async () => {
      const body = '{ "id" : 7 , "title" : "caf\\u00e9" }';
      const signature = signatureOf(body, app.apiSecret);
      await refused({ body: JSON.stringify(JSON.parse(body)), signature });
      expect((await shop.deliver({ body, signature })).status).toBe(200);
    },
    'HMAC of other length does not throw': async () => {
      const before = app.program('app').output.length;
      const right = signatureOf('{}', app.apiSecret);
      for (const signature of ['A', 'AA==', right.slice(0, 10), `${right}${right}`, 'x'.repeat(8_000), '%%%', '\u00e9']) await refused({ body: '{}', signature: Buffer.from(signature).toString('latin1') });
      expect(app.program('app').output.slice(before)).not.toMatch(/"level":(50|60|"error"|"fatal")/);
    },
    'GET 405': async () => {
      for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']) {
        const { status, headers } = await shop.deliver({ method });
        expect([status, headers.get('allow')], method).toEqual([405, 'POST']);
      }
    },
    'three privacy topics': async () => {
      for (const topic of ['customers/data_request', 'customers/redact', 'shop/redact']) {
        await refused({ topic, secret: 'wrong' });
        const target = topic === 'shop/redact' ? await app.shop('gone') : shop;
        const webhookId = randomUUID();
        expect((await target.deliver({ topic, webhookId, payload: { shop_id: 1, shop_domain: target.domain, customer: { email: 'kim@example.com' } } })).status, topic).toBe(200);
        if (topic !== 'shop/redact') expect((await target.finished(webhookId)).state, topic).toBe('done');
        else for (const end = Date.now() + 20_000; (await target.rows('tenants')).length > 0; await pause(50)) expect(Date.now(), 'the shop is erased').toBeLessThan(end);
      }
    },
    'two secrets for 1 h while rotating': async () => {
      const [old, next] = [app.apiSecret, `${app.apiSecret}-next`];
      await app.program('app').stop();
      await app.startWeb({ SHOPIFY_API_SECRET: next, SHOPIFY_API_SECRET_PREVIOUS: old });
      try {
        // Shopify signs with the old one for up to an hour after the new one was made; both count for as long as both are configured.
        for (const secret of [old, next]) expect((await shop.deliver({ secret, triggeredAt: new Date(Date.now() - HOUR_MS) })).status).toBe(200);
        await refused({ secret: `${old}x` });
        await app.program('app').stop();
        await app.startWeb({ SHOPIFY_API_SECRET: next });
        expect((await shop.deliver({ secret: next })).status).toBe(200);
        await refused({ secret: old });
      } finally {
        await app.program('app').stop();
        await app.startWeb();
      }
    },
    'answer < 1 s with the worker stalled': async () => {
      const [sku] = await skus();
      app.program('worker').signal('SIGSTOP');
      const deliveries: string[] = [];
      try {
        const payload = await payloadOf(sku!, '4.44');
        for (let i = 0; i < 20; i += 1) {
          const webhookId = randomUUID();
          const { status, ms } = await shop.deliver({ webhookId, payload });
          expect(status).toBe(200);
          expect(ms).toBeLessThan(1_000);
          deliveries.push(webhookId);
        }
        expect((await inbox(deliveries.at(-1)!))[0]!.state).toBe('received');
      } finally {
        app.program('worker').signal('SIGCONT');
      }
      for (const webhookId of deliveries) await shop.finished(webhookId);
      expect(await priceOf(sku!)).toBe('4.44');
    },
    'Postgres down → 5xx, never 200': async () => {
      const webhookId = randomUUID();
      app.line.cut();
      try {
        for (let i = 0; i < 5; i += 1) {
          const { status } = await shop.deliver({ webhookId, topic: 'shop/update', payload: { currency: 'USD' } });
          expect(status).toBeGreaterThanOrEqual(500);
        }
        // A wrong signature stays one: no database is asked for that.
        expect((await shop.deliver({ secret: 'wrong' })).status).toBe(401);
      } finally {
        app.line.mend();
      }
      // Shopify sends it again, and then it counts.
      for (const end = Date.now() + 20_000; (await shop.deliver({ webhookId, topic: 'shop/update', payload: { currency: 'USD' } })).status !== 200; await pause(100)) expect(Date.now()).toBeLessThan(end);
      expect((await shop.finished(webhookId)).state).toBe('done');
    },
    'same Webhook-Id 8 times → 1 inbox row': async () => {
      const webhookId = randomUUID();
      const eventId = randomUUID();
      const [sku] = await skus();
      const payload = await payloadOf(sku!, '5.55');
      const answers = await Promise.all(Array.from({ length: 8 }, () => shop.deliver({ webhookId, eventId, payload })));
      expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
      await shop.finished(webhookId);
      expect(await inbox(webhookId)).toHaveLength(1);
    },
    'same Event-Id by two subscriptions → 1 effect': async () => {
      const eventId = randomUUID();
      const [first, second] = [randomUUID(), randomUUID()];
      const [, sku] = await skus();
      const before = (await shop.rows('events', `type = 'product.updated'`)).length;
      await shop.deliver({ webhookId: first, eventId, payload: await payloadOf(sku!, '6.66') });
      await shop.deliver({ webhookId: second, eventId, payload: await payloadOf(sku!, '7.77') });
      const states = [(await shop.finished(first)).state, (await shop.finished(second)).state];
      expect(states.sort()).toEqual(['done', 'ignored']);
      expect((await shop.rows('events', `type = 'product.updated'`)).length).toBe(before + 1);
    },
    'older Triggered-At after newer → ignored': async () => {
      const [, , sku] = await skus();
      const now = Date.now();
      const tell = async (topic: string, payload: Json, ageMs: number): Promise<Json> => {
        const webhookId = randomUUID();
        await shop.deliver({ topic, webhookId, payload, triggeredAt: new Date(now - ageMs) });
        return shop.finished(webhookId);
      };
      await tell('products/update', await payloadOf(sku!, '8.88', new Date(now)), 0);
      await tell('products/update', await payloadOf(sku!, '1.11', new Date(now - 60_000)), 60_000);
      expect(await priceOf(sku!)).toBe('8.88');
      const history = await shop.must('GET', `/variants/${(await catalog()).find((row) => row.sku === sku)!.id}/prices`);
      expect(history.data.map((version: Json) => version.price.amount)).not.toContain('1.11');
      const scopes = ['read_products', 'write_products', 'read_inventory'];
      expect((await tell('app/scopes_update', { current: scopes }, 0)).state).toBe('done');
      expect((await tell('app/scopes_update', { current: ['read_products'] }, 60_000)).state).toBe('ignored');
      expect((await shop.rows('tenants'))[0]!.scopes).toEqual(scopes);
    },
    'original payload 4 h later → no overwrite': async () => {
      const [, , sku] = await skus();
      const first = await payloadOf(sku!, '2.22', new Date(Date.now() - 4 * HOUR_MS));
      const newer = randomUUID();
      await shop.deliver({ webhookId: newer, payload: await payloadOf(sku!, '9.99', new Date(Date.now() + 1_000)) });
      await shop.finished(newer);
      const late = randomUUID();
      expect((await shop.deliver({ webhookId: late, payload: first, triggeredAt: new Date(Date.now() - 4 * HOUR_MS) })).status).toBe(200);
      await shop.finished(late);
      expect(await priceOf(sku!)).toBe('9.99');
      // Word of an earlier removal that comes after the app was installed again.
      const removal = randomUUID();
      expect((await shop.deliver({ topic: 'app/uninstalled', webhookId: removal, payload: { id: 1 }, triggeredAt: new Date(Date.now() - 4 * HOUR_MS) })).status).toBe(200);
      expect((await shop.finished(removal)).state).toBe('ignored');
      expect((await shop.rows('tenants'))[0]!.state).toBe('installed');
      expect((await send('GET', `${app.appUrl}/api/v1/catalog/status`, { headers: { authorization: `Bearer ${shop.token}` } })).status).toBe(200);
    },
  });
});
