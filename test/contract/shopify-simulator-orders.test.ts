/** Orders of the simulator: what customers buy, told by orders/create as Shopify prints an order, and only to an app that may read orders. */
import { createHmac } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CREDENTIALS, DEMO, eventually, SCOPES, startClient } from './shopify-simulator-client.ts';
import type { Json, SimulatorClient } from './shopify-simulator-client.ts';

let client: SimulatorClient;
let receiver: http.Server;
let received: { path: string; headers: http.IncomingHttpHeaders; raw: string; body: Json }[] = [];

beforeAll(async () => {
  receiver = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks).toString('utf8');
    received.push({ path: request.url ?? '', headers: request.headers, raw, body: JSON.parse(raw) });
    response.writeHead(200).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  client = await startClient({ appUrl: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`, scopes: [...SCOPES, 'read_orders'] });
});

afterAll(async () => {
  await client.sim.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

beforeEach(async () => {
  await client.order('POST', 'reset');
  received = [];
});

const orders = (body: unknown) => client.order('POST', `shops/${DEMO}/orders`, body);
const told = (count: number) => eventually(() => received.length >= count && received);
const variants = async (): Promise<Json[]> => (await client.order('GET', `shops/${DEMO}/variants?limit=3`)).data;

describe('an order', () => {
  it('is told once, signed, as Shopify prints it', async () => {
    const [first, second] = await variants();
    const { data: [placed] } = await orders({ lines: [{ variantId: first.id, quantity: 2, discount: '1.50' }, { variantId: second.id, price: '3.00' }], createdAt: '2026-11-20T10:00:00Z' });
    const [webhook] = await told(1);
    expect(webhook!.path).toBe('/webhooks/orders/create');
    expect(webhook!.headers['x-shopify-hmac-sha256']).toBe(createHmac('sha256', CREDENTIALS.apiSecret).update(webhook!.raw).digest('base64'));
    expect(webhook!.body).toMatchObject({
      id: Number(placed.id), admin_graphql_api_id: `gid://shopify/Order/${placed.id}`, test: false, cancelled_at: null, customer: { first_name: 'Ada' },
      line_items: [
        { variant_id: Number(first.id), quantity: 2, price: first.price, discount_allocations: [{ amount: '1.50' }] },
        { variant_id: Number(second.id), quantity: 1, price: '3.00', discount_allocations: [] },
      ],
    });
    expect(Date.parse(webhook!.body.created_at)).toBe(Date.parse('2026-11-20T10:00:00Z'));
    expect(placed.total).toBe((2 * Number(first.price) - 1.5 + 3).toFixed(2));
  });

  it('says whether it is a test or was cancelled', async () => {
    const [first] = await variants();
    await orders({ lines: [{ variantId: first.id }], test: true });
    await orders({ lines: [{ variantId: first.id }], cancelled: true });
    const bodies = (await told(2)).map(({ body }) => body);
    expect(bodies.map(({ test }) => test).sort()).toEqual([false, true]);
    expect(bodies.find(({ test }) => !test).cancelled_at).not.toBeNull();
  });

  it.each([
    ['no lines', {}], ['an unknown variant', { lines: [{ variantId: '1' }] }], ['half a piece', { lines: [{ variantId: 'FIRST', quantity: 0.5 }] }],
    ['a time that is none', { lines: [{ variantId: 'FIRST' }], createdAt: 'now' }], ['a word of its own', { lines: [{ variantId: 'FIRST' }], paid: true }], ['too many', { generate: { orders: 1e6 } }],
  ])('with %s is refused and not told', async (_, body) => {
    const [first] = await variants();
    const { status } = await client.control('POST', `shops/${DEMO}/orders`, JSON.parse(JSON.stringify(body).replaceAll('FIRST', first.id)));
    expect([400, 404]).toContain(status);
    expect(received).toEqual([]);
  });
});

describe('generated orders', () => {
  it('are the same for the same seed, spread over the days asked for', async () => {
    const lines = (answer: Json) => answer.data.map((order: Json) => order.lines);
    const first = await orders({ generate: { orders: 40, days: 10, seed: 7 } });
    expect(first).toMatchObject({ orders: 40, told: true });
    expect(lines(await orders({ generate: { orders: 40, days: 10, seed: 7 } }))).toEqual(lines(first));
    const ages = first.data.map(({ createdAt }: Json) => Date.now() - Date.parse(createdAt));
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(-1_000);
    expect(Math.max(...ages)).toBeGreaterThan(3 * 86_400_000);
    expect(Math.max(...ages)).toBeLessThan(11 * 86_400_000);
    await told(80);
  });
});

describe('without the scope read_orders', () => {
  it('the app hears of no order', async () => {
    await client.order('POST', `shops/${DEMO}/faults`, { kind: 'scope_removed', scope: 'read_orders' });
    const [first] = await variants();
    expect(await orders({ lines: [{ variantId: first.id }] })).toMatchObject({ orders: 1, told: false });
    await client.order('DELETE', `shops/${DEMO}/faults`);
    expect(received.filter(({ path }) => path.includes('orders'))).toEqual([]);
  });
});
