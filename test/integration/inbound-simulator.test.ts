/** The way in against a whole shop: the simulator with its webhooks, bulk operations and faults, the real connector and a real database. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createShopifyConnector } from '../../app/adapters/shopify/connector.ts';
import type { ShopifyConnector } from '../../app/adapters/shopify/connector.ts';
import type { SyncRow } from '../../app/domain/catalog/catalog-row.ts';
import { catalogStatus } from '../../app/flows/browse-catalog/browse-catalog.ts';
import { checkSubscriptions } from '../../app/flows/check-subscriptions/check-subscriptions.ts';
import { wantedSubscriptions } from '../../app/flows/check-subscriptions/wanted-subscriptions.ts';
import { processWebhooks } from '../../app/flows/receive-webhook/process-webhooks.ts';
import { receiveWebhook } from '../../app/flows/receive-webhook/receive-webhook.ts';
import { reconcileCatalog } from '../../app/flows/reconcile-catalog/reconcile-catalog.ts';
import { runSync, startSync } from '../../app/flows/sync-catalog/sync-catalog.ts';
import type { FlowContext } from '../../app/ports/context.ts';
import type { ChannelShop } from '../../app/ports/price-channel.ts';
import { startShopifySimulator } from '../../dev/simulators/shopify/server.ts';
import type { RunningSimulator } from '../../dev/simulators/shopify/server.ts';
import { useTestDatabase } from '../setup/database.ts';
import { openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';
import { must } from './must.ts';

const app = { apiKey: 'inbound-key', apiSecret: 'inbound-secret', scopes: ['write_products', 'read_inventory', 'read_orders'] };
const DOMAIN = 'inbound.myshopify.com';
const database = useTestDatabase();
const never = new AbortController().signal;
let simulator: RunningSimulator;
let receiver: Server;
let appUrl: string;
let shop: FlowShop;
let ctx: FlowContext;
let connector: ShopifyConnector;
let answer: (topic: string) => number;

beforeAll(async () => {
  // What the web process does with a webhook, without checking the signature.
  receiver = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => void parts.push(part));
    request.on('end', () => {
      const header = (name: string): string => String(request.headers[`x-shopify-${name}`]);
      const status = answer(header('topic'));
      const kept = status === 200 ? receiveWebhook(shop, ctx, {
        webhookId: header('webhook-id'), eventId: header('event-id'), topic: header('topic'), apiVersion: header('api-version'), triggeredAt: new Date(header('triggered-at')),
        payload: JSON.parse(Buffer.concat(parts).toString()) as unknown }) : Promise.resolve();
      kept.then(() => response.writeHead(status).end(), () => response.writeHead(503).end());
    });
  });
  await new Promise<void>((resolve) => void receiver.listen(0, '127.0.0.1', resolve));
  appUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  simulator = await startShopifySimulator({ ...app, appUrl, retryScheduleMs: [20, 20] });
});
afterAll(async () => {
  await simulator.close();
  await new Promise((resolve) => receiver.close(resolve));
});
beforeEach(async () => {
  answer = () => 200;
  await control('POST', 'shops', { shop: DOMAIN, currencyCode: 'USD', generate: { products: 6, variantsPerProduct: 3, seed: 7 } });
  await control('DELETE', `shops/${DOMAIN}/faults`);
  const { token } = await control<{ token: string }>('GET', `id-token?shop=${DOMAIN}`);
  const response = await fetch(`${simulator.origin}/admin/oauth/access_token`, {
    method: 'POST', headers: { 'content-type': 'application/json', 'x-sim-host': DOMAIN },
    body: JSON.stringify({ client_id: app.apiKey, client_secret: app.apiSecret, grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: token, subject_token_type: 'urn:ietf:params:oauth:token-type:id_token', requested_token_type: 'urn:shopify:params:oauth:token-type:offline-access-token' }),
  });
  const granted = (await response.json()) as { access_token: string };
  if (!response.ok) throw new Error(JSON.stringify(granted));
  connector = createShopifyConnector({
    requiredScopes: app.scopes, tokenFor: async () => ({ accessToken: granted.access_token }), refreshToken: async () => null,
    endpoint: () => new URL(`${simulator.origin}/admin/api/2026-07/graphql.json`),
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('x-sim-host', DOMAIN);
      return fetch(input, { ...init, headers });
    },
  });
  shop = await openFlowShop(database.urls.app, DOMAIN);
  ctx = { ...shop.ctx, now: () => new Date() };
  await shop.uow.run(ctx.tenantId, (tx) => tx.tenant.update({ scopes: app.scopes }, ctx.now()));
});
afterEach(async () => {
  await shop.uow.run(ctx.tenantId, (tx) => tx.tenant.erase('end of a test'));
  await shop.close();
});

async function control<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${simulator.origin}/_sim/${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) });
  const said = (await response.json()) as T;
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(said)}`);
  return said;
}
const fault = (kind: string, more: object = {}) => control('POST', `shops/${DOMAIN}/faults`, { kind, ...more });
const target = (): ChannelShop => ({ tenantId: ctx.tenantId, shopDomain: DOMAIN, currencyCode: 'USD' });

async function sync(): Promise<SyncRow> {
  const { id } = must(await startSync({ uow: shop.uow }, ctx));
  for (let i = 0; i < 200; i++) {
    const { comeBackAt } = await runSync({ uow: shop.uow, source: connector.catalog }, ctx, { id });
    if (comeBackAt === null) break;
    await sleep(50);
  }
  return (await shop.uow.run(ctx.tenantId, (tx) => tx.syncs.get(id)))!;
}
const check = () => checkSubscriptions({ uow: shop.uow, queue: shop.queue, subscriptions: connector.subscriptions, appUrl }, ctx);
const reconcile = () => reconcileCatalog({ uow: shop.uow, source: connector.catalog, reconcileEveryMs: 300_000 }, ctx, never);
const work = () => processWebhooks({ uow: shop.uow, queue: shop.queue, source: connector.catalog }, ctx, never);
const status = async () => must(await catalogStatus({ uow: shop.uow }, ctx));
const listed = async (): Promise<string[]> => {
  const found = await connector.subscriptions.list(target());
  if (!found.ok) throw new Error(found.failure.detail);
  return found.value.map(({ topic, uri }) => `${topic} ${uri}`).sort();
};
interface Truth { readonly id: string; readonly price: string; readonly productId: string }
const truth = async (): Promise<Truth[]> => (await control<{ data: Truth[] }>('GET', `shops/${DOMAIN}/variants?limit=250`)).data;
const numbers = (text: unknown): number => Number(String(text).split('/').at(-1));
/** Everything that is here is as it is there. */
async function agrees(): Promise<void> {
  const there = Object.fromEntries((await truth()).map((variant) => [numbers(variant.id), Math.round(Number(variant.price) * 100)]));
  const here = Object.fromEntries((await shop.sql<{ ref: bigint; price: bigint }>('select v.ref, v.price from variants v join products p on p.id = v.product_id where v.active and p.active')).map((row) => [Number(row.ref), Number(row.price)]));
  expect(here).toEqual(there);
}
async function until(what: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if (await what()) return;
    await sleep(50);
  }
  throw new Error('It does not happen');
}
const received = async (): Promise<number> => Number((await shop.sql<{ n: bigint }>(`select count(*) as n from webhook_inbox where topic = 'products/update'`))[0]!.n);

describe('the way in', () => {
  it('brings the whole store in, also when the download breaks off in the middle and when its file is refused', async () => {
    expect(await sync()).toMatchObject({ state: 'completed', products: 6, variants: 18, exports: 1 });
    await agrees();
    await fault('http_503', { operation: 'bulk-result', count: 2 });
    expect(await sync()).toMatchObject({ state: 'completed', exports: 1, pricesChanged: 0, deactivated: 0 });
    await fault('bulk_download_breaks');
    expect(await sync()).toMatchObject({ state: 'completed', exports: 1, pricesChanged: 0, deactivated: 0 });
    await agrees();
  });

  it('asks for another export where the shop failed to make one, and not where somebody cancelled it', async () => {
    await fault('bulk_fail', { line: 3 });
    expect(await sync()).toMatchObject({ state: 'completed', exports: 2 });
    await fault('bulk_cancelled', { line: 3 });
    expect(await sync()).toMatchObject({ state: 'failed', exports: 1, error: 'The export ended as CANCELED' });
    await agrees();
  });

  it('waits where other exports take all five places', async () => {
    await control('POST', `shops/${DOMAIN}/bulk`, { query: { startMs: 1_500 } });
    for (let i = 0; i < 5; i++) expect((await connector.catalog.startExport(target())).ok).toBe(true);
    expect(await connector.catalog.startExport(target())).toMatchObject({ ok: false, failure: { kind: 'throttled' } });
    await control('POST', `shops/${DOMAIN}/bulk`, { query: { startMs: 0 } });
  });

  it('finds a price that no webhook told, and says so', async () => {
    await sync();
    const [first] = await truth();
    await fault('webhook_drop', { operation: 'products/update', count: 10 });
    await sleep(2_100);
    await control('POST', `shops/${DOMAIN}/variants/${numbers(first!.id)}`, { price: '77.77' });
    await sleep(5_500);
    expect(await received()).toBe(0);
    await reconcile();
    await agrees();
    expect((await status()).untold).toMatchObject({ products: 1, prices: 1 });
  });

  it('finds a product that was deleted without a word, by counting and a whole export', async () => {
    await sync();
    const [first] = await truth();
    await fault('webhook_drop', { operation: 'products/delete', count: 10 });
    await control('DELETE', `shops/${DOMAIN}/products/${numbers(first!.productId)}`);
    await reconcile();
    await reconcile();
    const [running] = await shop.sql<{ id: string; reason: string }>(`select id, reason from catalog_syncs where state = 'running'`);
    expect(running).toMatchObject({ reason: 'deletions' });
    expect(await sync()).toMatchObject({ state: 'completed', reason: 'deletions' });
    await agrees();
  });

  it('makes its subscriptions, and makes one again that Shopify removed after deliveries that failed', async () => {
    await check();
    const wanted = wantedSubscriptions(appUrl, app.scopes).map(({ topic, uri }) => `${topic} ${uri}`).sort();
    expect(await listed()).toEqual(wanted);
    await sync();
    answer = (topic) => (topic === 'products/update' ? 500 : 200);
    const [first] = await truth();
    await control('POST', `shops/${DOMAIN}/variants/${numbers(first!.id)}`, { price: '55.55' });
    await until(async () => (await listed()).length === wanted.length - 1);
    answer = () => 200;
    shop.jobs.length = 0;
    await check();
    expect(await listed()).toEqual(wanted);
    expect(shop.jobs.map(({ name }) => name)).toEqual(['reconcile-catalog']);
    await reconcile();
    await agrees();
  });

  it('has one effect of an event that both kinds of subscriptions deliver', async () => {
    await check();
    await sync();
    const before = await received();
    const [first] = await truth();
    await control('POST', `shops/${DOMAIN}/variants/${numbers(first!.id)}`, { price: '44.44' });
    await until(async () => (await received()) >= before + 2);
    await work();
    expect(await shop.sql(`select state, count(*)::int as n from webhook_inbox where topic = 'products/update' group by 1 order by 1`)).toEqual([{ state: 'done', n: 1 }, { state: 'ignored', n: 1 }]);
    await agrees();
  });

  it('ends at the truth of the store whatever happens to its webhooks: twice, late, out of order, several within a second', async () => {
    await check();
    await sync();
    for (const kind of ['webhook_duplicate', 'webhook_reorder', 'webhook_delay', 'webhook_drop']) await fault(kind, { probability: 0.3, seed: 11, ...(kind === 'webhook_delay' || kind === 'webhook_reorder' ? { delayMs: 400 } : {}) });
    const variants = await truth();
    for (let i = 0; i < 40; i++) {
      const variant = variants[i % 7]!;
      await control('POST', `shops/${DOMAIN}/variants/${numbers(variant.id)}`, { price: `${10 + i}.00` });
      if (i % 5 === 4) await work();
    }
    await sleep(900);
    await work();
    await control('DELETE', `shops/${DOMAIN}/faults`);
    await sleep(2_000);
    await reconcile();
    await agrees();
    expect(await shop.sql(`select 1 from webhook_inbox where state not in ('done', 'ignored')`)).toEqual([]);
    expect(await shop.sql('select 1 from price_versions where valid_to is null group by variant_id having count(*) > 1')).toEqual([]);
  }, 60_000);
});
