/** The connector against a whole shop: the simulator, with its schema, scopes, bucket, tokens, bulk operations and faults. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createShopifyConnector } from '../../app/adapters/shopify/connector.ts';
import type { ShopifyConnector, ShopifyConnectorOptions } from '../../app/adapters/shopify/connector.ts';
import type { SourceRecord, SourceVariant } from '../../app/ports/catalog-source.ts';
import type { ChannelShop, PriceWrite } from '../../app/ports/price-channel.ts';
import { startShopifySimulator } from '../../dev/simulators/shopify/server.ts';
import type { RunningSimulator } from '../../dev/simulators/shopify/server.ts';

const app = { apiKey: 'contract-key', apiSecret: 'contract-secret', scopes: ['write_products', 'read_inventory'] };
const DOMAIN = 'contract.myshopify.com';

let simulator: RunningSimulator;
let connector: ShopifyConnector;
let tokens: { accessToken: string; refreshToken: string };
let refreshes: number;

beforeAll(async () => {
  simulator = await startShopifySimulator({ ...app, appUrl: 'http://127.0.0.1:9', retryScheduleMs: [] });
});

afterAll(async () => {
  await simulator.close();
});

beforeEach(async () => {
  await newShop({ shop: DOMAIN, currencyCode: 'USD', plan: 'standard' });
  await control('DELETE', `shops/${DOMAIN}/faults`);
  tokens = await install(DOMAIN);
  refreshes = 0;
  connector = connect();
});

async function control<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${simulator.origin}/_sim/${path}`, {
    method, ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const answer = (await response.json()) as T;
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

async function newShop(definition: Record<string, unknown>): Promise<ChannelShop> {
  await control('POST', 'shops', definition);
  return { tenantId: '00000000-0000-4000-8000-000000000001', shopDomain: String(definition.shop), currencyCode: String(definition.currencyCode) };
}

async function grant(shopDomain: string, body: Record<string, string>): Promise<{ accessToken: string; refreshToken: string }> {
  const response = await fetch(`${simulator.origin}/admin/oauth/access_token`, {
    method: 'POST', headers: { 'content-type': 'application/json', 'x-sim-host': shopDomain },
    body: JSON.stringify({ client_id: app.apiKey, client_secret: app.apiSecret, ...body }),
  });
  const granted = (await response.json()) as Record<string, string>;
  if (!response.ok) throw new Error(`no token: ${JSON.stringify(granted)}`);
  return { accessToken: String(granted.access_token), refreshToken: String(granted.refresh_token) };
}

async function install(shopDomain: string) {
  const { token } = await control<{ token: string }>('GET', `id-token?shop=${shopDomain}`);
  return grant(shopDomain, {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    requested_token_type: 'urn:shopify:params:oauth:token-type:offline-access-token',
    expiring: '1',
  });
}

function connect(options: Partial<ShopifyConnectorOptions> = {}): ShopifyConnector {
  return createShopifyConnector({
    tokenFor: async () => tokens,
    refreshToken: async (shop) => {
      refreshes += 1;
      tokens = await grant(shop.shopDomain, { grant_type: 'refresh_token', refresh_token: tokens.refreshToken });
      return tokens;
    },
    requiredScopes: app.scopes,
    // Named by a header, as the preload does it; the connector itself only knows https and the shop's own host.
    endpoint: (shopDomain) => new URL(`${simulator.origin}/admin/api/2026-07/graphql.json?${shopDomain}`),
    fetch: (input, init) => {
      const url = new URL(String(input));
      const shopDomain = decodeURIComponent(url.search.slice(1));
      const headers = new Headers(init?.headers);
      if (shopDomain.endsWith('.myshopify.com')) headers.set('x-sim-host', shopDomain);
      return fetch(url, { ...init, headers });
    },
    readTimeoutMs: 2_000,
    writeTimeoutMs: 2_000,
    ...options,
  });
}

const soon = (ms = 20_000) => new Date(Date.now() + ms);
const shop: ChannelShop = { tenantId: '00000000-0000-4000-8000-000000000001', shopDomain: DOMAIN, currencyCode: 'USD' };

interface TruthRow {
  readonly id: string;
  readonly productId: string;
  readonly sku: string | null;
  readonly price: string;
  readonly compareAtPrice: string | null;
  readonly cost: string | null;
  readonly inventoryQuantity: number | null;
}

async function truth(shopDomain = DOMAIN): Promise<TruthRow[]> {
  return (await control<{ data: TruthRow[] }>('GET', `shops/${shopDomain}/variants?limit=10000`)).data;
}

async function writes(): Promise<{ variantId: string; after: { price: string; compareAtPrice: string | null }; actor: string; requestId: string }[]> {
  return (await control<{ data: never[] }>('GET', `shops/${DOMAIN}/writes?after=0`)).data;
}

/** The rows of the first product with at least two variants, each a dollar dearer. */
async function someRows(): Promise<{ productRef: bigint; rows: PriceWrite[]; variants: TruthRow[] }> {
  const all = await truth();
  const byProduct = Map.groupBy(all, (row) => row.productId);
  const [productId, variants] = [...byProduct].find(([, rows]) => rows.length >= 2) as [string, TruthRow[]];
  const rows = variants.map((row) => ({ variantRef: BigInt(row.id), price: cents(row.price) + 100n, compareAt: cents(row.price) + 500n }));
  return { productRef: BigInt(productId), rows, variants };
}

const cents = (text: string) => BigInt(text.replace('.', ''));
const fault = (kind: string, options: Record<string, unknown> = {}) => control('POST', `shops/${DOMAIN}/faults`, { kind, count: 1, ...options });

async function exported(target: ChannelShop): Promise<SourceRecord[]> {
  const started = await connector.catalog.startExport(target);
  if (!started.ok) throw new Error(started.failure.detail);
  for (let tries = 0; tries < 200; tries++) {
    const status = await connector.catalog.exportStatus(target, started.value.operationRef);
    if (!status.ok) throw new Error(status.failure.detail);
    if (status.value.state === 'failed') throw new Error(status.value.detail);
    if (status.value.state === 'completed') {
      const records: SourceRecord[] = [];
      if (status.value.url) for await (const some of connector.catalog.readExport(target, status.value.url)) records.push(...some);
      expect(records).toHaveLength(status.value.objects);
      return records;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('the export does not end');
}

const variantsOf = (records: readonly SourceRecord[]) => records.filter((record): record is SourceVariant => record.kind === 'variant');

describe('catalog in', () => {
  it('exports exactly what the shop has: prices, costs, stock, parents', async () => {
    const records = await exported(shop);
    const variants = new Map(variantsOf(records).map((variant) => [String(variant.ref), variant]));
    const rows = await truth();
    expect(variants.size).toBe(rows.length);
    for (const row of rows) {
      expect(variants.get(row.id)).toMatchObject({
        productRef: BigInt(row.productId), sku: row.sku ?? '', price: cents(row.price), compareAt: row.compareAtPrice === null ? null : cents(row.compareAtPrice),
        cost: row.cost === null ? null : cents(row.cost), inventoryQuantity: row.inventoryQuantity,
      });
    }
    const products = records.filter((record) => record.kind === 'product');
    expect(new Set(products.map((product) => product.ref)).size).toBe(new Set(rows.map((row) => row.productId)).size);
    expect(records.some((record) => record.kind === 'collection')).toBe(true);
  });

  it.each(['JPY', 'KWD'])('reads %s by its own decimals', async (currencyCode) => {
    const other = await newShop({ shop: `contract-${currencyCode.toLowerCase()}.myshopify.com`, currencyCode, plan: 'standard', generate: { products: 5, variantsPerProduct: 2 } });
    tokens = await install(other.shopDomain);
    const variants = variantsOf(await exported(other));
    const rows = await truth(other.shopDomain);
    expect(variants.map((variant) => [String(variant.ref), variant.price])).toEqual(expect.arrayContaining(rows.map((row) => [row.id, cents(row.price)])));
  });

  it('fetches single products as the export shows them, however many variants they have', async () => {
    const large = await newShop({ shop: 'contract-large.myshopify.com', currencyCode: 'USD', plan: 'standard', generate: { products: 3, variantsPerProduct: 600 } });
    tokens = await install(large.shopDomain);
    const records = await exported(large);
    const refs = records.filter((record) => record.kind === 'product').map((product) => product.ref);
    const single = await connector.catalog.products(large, [...refs, 999_999_999n]);
    if (!single.ok) throw new Error(single.failure.detail);
    const sorted = (list: readonly SourceRecord[]) => variantsOf(list).sort((a, b) => (a.ref < b.ref ? -1 : 1));
    expect(sorted(single.value)).toEqual(sorted(records));
    expect(variantsOf(single.value)).toHaveLength(1_800);
  });

  it('knows the shop, its time zone, its scopes and its health', async () => {
    expect(await connector.check(shop)).toMatchObject({ ok: true, shop: { currencyCode: 'USD', timeZone: expect.stringContaining('/') }, scopes: { missing: [] } });
    await fault('scope_removed', { scope: 'read_inventory', count: undefined });
    const check = await connector.check(shop);
    expect(check).toMatchObject({ ok: false, scopes: { missing: ['read_inventory'] } });
    expect(await connector.check({ ...shop, shopDomain: 'nobody.myshopify.com' })).toMatchObject({ ok: false, failure: { kind: 'uninstalled' } });
  });
});

describe('prices out', () => {
  it('writes price and compare-at, clears compare-at, and the shop logs exactly that', async () => {
    const { productRef, rows } = await someRows();
    const first = await connector.prices.write(shop, productRef, rows, soon());
    expect(first.ok && [...first.value.values()].every((verdict) => verdict.kind === 'written')).toBe(true);
    const cleared = rows.map((row) => ({ ...row, compareAt: null }));
    const second = await connector.prices.write(shop, productRef, cleared, soon());
    expect(second.ok && [...second.value.values()].map((verdict) => verdict.kind === 'written' && verdict.live.compareAt)).toEqual(rows.map(() => null));
    const log = await writes();
    expect(log.map((entry) => [entry.variantId, cents(entry.after.price), entry.after.compareAtPrice === null ? null : cents(entry.after.compareAtPrice)])).toEqual(
      [...rows, ...cleared].map((row) => [String(row.variantRef), row.price, row.compareAt]),
    );
    expect(new Set(log.map((entry) => entry.requestId))).toEqual(new Set([first.ok && first.requestId, second.ok && second.requestId]));
    const live = await connector.prices.read(shop, rows.map((row) => row.variantRef));
    expect(live.ok && [...live.value.values()].map((price) => price?.price)).toEqual(rows.map((row) => row.price));
  });

  it('refuses what Shopify refuses, row by row', async () => {
    const { productRef, rows } = await someRows();
    const stranger: PriceWrite = { variantRef: 999_999_999n, price: 100n, compareAt: null };
    const negative: PriceWrite = { ...(rows[0] as PriceWrite), price: -100n };
    const result = await connector.prices.write(shop, productRef, [negative, ...rows.slice(1), stranger], soon());
    if (!result.ok) throw new Error(result.failure.detail);
    expect(result.value.get(negative.variantRef)?.kind).toBe('refused');
    expect(result.value.get(stranger.variantRef)).toMatchObject({ kind: 'refused', code: 'PRODUCT_VARIANT_DOES_NOT_EXIST' });
    for (const row of rows.slice(1)) expect(result.value.get(row.variantRef)?.kind).toBe('written');
    expect(await connector.prices.write(shop, 999_999_999n, rows, soon())).toMatchObject({ ok: true });
    expect((await writes()).map((entry) => entry.variantId)).toEqual(rows.slice(1).map((row) => String(row.variantRef)));
  });

  it('gives null for a variant that is gone', async () => {
    const result = await connector.prices.read(shop, [999_999_999n]);
    expect(result).toMatchObject({ ok: true, value: new Map([[999_999_999n, null]]) });
  });

  it('refreshes an expired token and goes on', async () => {
    await control('POST', 'clock', { advanceMs: 3_700_000 });
    const { productRef, rows } = await someRows();
    expect((await connector.prices.write(shop, productRef, rows, soon())).ok).toBe(true);
    expect(refreshes).toBe(1);
    await fault('token_revoked');
    expect((await connector.prices.write(shop, productRef, rows, soon())).ok).toBe(true);
    expect(refreshes).toBe(2);
  });

  it.each<[string, string, number]>([
    ['http_500', 'unknown', 0], ['http_503', 'unknown', 0], ['null_data', 'unknown', 0],
    ['timeout_after_write', 'unknown', 1], ['malformed_json', 'unknown', 1],
  ])('answers %s with %s, never sends twice, and a read tells what became of it', async (kind, expected, landed) => {
    const { productRef, rows, variants } = await someRows();
    await fault(kind, { operation: 'VariantPricesUpdate' });
    expect(await connector.prices.write(shop, productRef, rows, soon())).toMatchObject({ ok: false, failure: { kind: expected } });
    const log = await writes();
    expect(log).toHaveLength(landed * rows.length);
    const live = await connector.prices.read(shop, rows.map((row) => row.variantRef));
    expect(live.ok && [...live.value.values()].map((price) => price?.price)).toEqual(landed ? rows.map((row) => row.price) : variants.map((row) => cents(row.price)));
  });

  it('does not wait for a body that comes too slowly', async () => {
    const { productRef, rows } = await someRows();
    await fault('slow_body', { operation: 'VariantPricesUpdate', delayMs: 10_000 });
    const startedAt = Date.now();
    expect(await connector.prices.write(shop, productRef, rows, soon())).toMatchObject({ ok: false, failure: { kind: 'unknown' } });
    // The body would take ten seconds, the write may take two; the rest is for a machine that does other things, too.
    expect(Date.now() - startedAt).toBeLessThan(6_000);
  });

  it('comes through THROTTLED and 429 without losing or repeating a write', async () => {
    const { productRef, rows } = await someRows();
    await connector.prices.write(shop, productRef, rows, soon());
    const before = (await writes()).length;
    await fault('throttle_storm', { count: 3, operation: 'VariantPricesUpdate' });
    expect((await connector.prices.write(shop, productRef, rows, soon())).ok).toBe(true);
    await fault('http_429', { delayMs: 500, operation: 'VariantPricesUpdate' });
    expect((await connector.prices.write(shop, productRef, rows, soon())).ok).toBe(true);
    expect((await writes()).length - before).toBe(2 * rows.length);
    expect(connector.health(DOMAIN).requests.throttled).toBe(3);
  });

  it('says which rows were refused when only a part of them was', async () => {
    const { productRef, rows } = await someRows();
    await fault('partial_user_errors', { operation: 'VariantPricesUpdate' });
    const result = await connector.prices.write(shop, productRef, rows, soon());
    if (!result.ok) throw new Error(result.failure.detail);
    const log = new Set((await writes()).map((entry) => entry.variantId));
    for (const row of rows) expect(result.value.get(row.variantRef)?.kind).toBe(log.has(String(row.variantRef)) ? 'written' : 'refused');
    expect([...result.value.values()].some((verdict) => verdict.kind === 'refused')).toBe(true);
  });

  it('is unauthorized when a scope was taken away', async () => {
    const { productRef, rows } = await someRows();
    await fault('scope_removed', { count: undefined });
    expect(await connector.prices.write(shop, productRef, rows, soon())).toMatchObject({ ok: false, failure: { kind: 'unauthorized' } });
  });

  // How much of the bucket is used is proven by a virtual clock (pacer-sharing.test.ts): here it would be the machine that is measured.
  it('is not throttled by a real bucket, whatever is sent at once', async () => {
    const many = await newShop({ shop: 'contract-many.myshopify.com', currencyCode: 'USD', plan: 'plus', generate: { products: 3_000, variantsPerProduct: 1 } });
    tokens = await install(many.shopDomain);
    const rows = await truth(many.shopDomain);
    await control('POST', `shops/${many.shopDomain}/plan`, { plan: 'standard' });
    const before = await control<{ throttled: number; pointsUsed: number }>('GET', 'stats');
    const startedAt = Date.now();
    let next = 0;
    let done = 0;
    // Stops by time, not by count: on Standard 2,000 points are there at once and 100 come back each second.
    const worker = async () => {
      for (let row = rows[next++]; row && Date.now() - startedAt < 4_000; row = rows[next++]) {
        const result = await connector.prices.write(many, BigInt(row.productId), [{ variantRef: BigInt(row.id), price: 100n, compareAt: null }], new Date(startedAt + 6_000));
        if (result.ok) done += 1;
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    const seconds = (Date.now() - startedAt) / 1000;
    const after = await control<{ throttled: number; pointsUsed: number }>('GET', 'stats');
    const points = after.pointsUsed - before.pointsUsed;
    console.info(`paced writes: ${done} in ${seconds.toFixed(1)} s, ${points.toFixed(0)} of ${(2_000 + seconds * 100).toFixed(0)} points, ${after.throttled - before.throttled} throttled`);
    expect(after.throttled - before.throttled).toBe(0);
    expect(done).toBeGreaterThan(0);
    expect(points).toBeLessThanOrEqual(2_000 + (seconds + 1) * 100);
  }, 20_000);
});
