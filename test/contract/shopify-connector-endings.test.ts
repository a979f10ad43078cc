/** What Shopify does and what the connector makes of it, against the simulator: the table of docs/ARCHITECTURE.md, "What Shopify does". */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createShopifyConnector } from '../../app/adapters/shopify/connector.ts';
import type { ShopifyConnector } from '../../app/adapters/shopify/connector.ts';
import type { ChannelShop, PriceWrite } from '../../app/ports/price-channel.ts';
import { startShopifySimulator } from '../../dev/simulators/shopify/server.ts';
import type { RunningSimulator } from '../../dev/simulators/shopify/server.ts';

const app = { apiKey: 'endings-key', apiSecret: 'endings-secret', scopes: ['write_products', 'read_inventory'] };
const DOMAIN = 'endings.myshopify.com';
const TOKEN = 'shpat_endings';
const shop: ChannelShop = { tenantId: '00000000-0000-4000-8000-000000000001', shopDomain: DOMAIN, currencyCode: 'USD' };

let simulator: RunningSimulator;
let connector: ShopifyConnector;
let fallbacks: string[][];
let before: number;

beforeAll(async () => {
  simulator = await startShopifySimulator({ ...app, appUrl: 'http://127.0.0.1:9', retryScheduleMs: [], appTopics: [] });
});

afterAll(async () => {
  await simulator.close();
});

beforeEach(async () => {
  await control('POST', 'shops', { shop: DOMAIN, currencyCode: 'USD', plan: 'plus', generate: { products: 20, variantsPerProduct: 3 } });
  await control('DELETE', `shops/${DOMAIN}/faults`);
  simulator.shops.get(DOMAIN)!.installation.tokens.set(TOKEN, { token: TOKEN, kind: 'offline', userId: null, expiresAt: null });
  fallbacks = [];
  before = simulator.shops.get(DOMAIN)!.writes.lastSeq;
  connector = createShopifyConnector({
    tokenFor: async () => ({ accessToken: TOKEN }), refreshToken: async () => null, requiredScopes: app.scopes, random: () => 0, readTimeoutMs: 5_000, writeTimeoutMs: 5_000,
    onVersionFallback: (...told) => void fallbacks.push(told),
    endpoint: () => new URL(`${simulator.origin}/admin/api/2026-07/graphql.json`),
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('x-sim-host', DOMAIN);
      return fetch(input, { ...init, headers });
    },
  });
});

async function control<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${simulator.origin}/_sim/${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) });
  const answer = (await response.json()) as T;
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

const fault = (order: Record<string, unknown>) => control('POST', `shops/${DOMAIN}/faults`, order);
const soon = () => new Date(Date.now() + 20_000);

/** The rows of the nth product, each a dollar dearer. */
function product(n = 0): { productRef: bigint; rows: PriceWrite[] } {
  const found = simulator.shops.get(DOMAIN)!.catalog.products[n]!;
  return { productRef: BigInt(found.id), rows: found.variants.map(({ id, price }) => ({ variantRef: BigInt(id), price: BigInt(price) + 100n, compareAt: null })) };
}

/** Rows written in this test. */
const written = (): number => simulator.shops.get(DOMAIN)!.writes.lastSeq - before;

describe('what Shopify does, and what becomes of a write', () => {
  it('a variant deleted between read and write is refused with its code, the others are written', async () => {
    const { productRef, rows } = product();
    expect((await connector.prices.read(shop, rows.map((row) => row.variantRef))).ok).toBe(true);
    await control('DELETE', `shops/${DOMAIN}/variants/${rows[1]!.variantRef}`);
    const result = await connector.prices.write(shop, productRef, rows, soon());
    expect(result.ok && rows.map(({ variantRef }) => result.value.get(variantRef)?.kind)).toEqual(['written', 'refused', 'written']);
    expect(result.ok && result.value.get(rows[1]!.variantRef)).toMatchObject({ code: 'PRODUCT_VARIANT_DOES_NOT_EXIST', message: expect.stringMatching(/\S/) });
  });

  it('a product that is gone refuses all its rows', async () => {
    const { productRef, rows } = product();
    await control('DELETE', `shops/${DOMAIN}/products/${productRef}`);
    const result = await connector.prices.write(shop, productRef, rows, soon());
    expect(result.ok && [...result.value.values()].map((verdict) => verdict.kind)).toEqual(['refused', 'refused', 'refused']);
    expect(written()).toBe(0);
  });

  it('an archived product takes prices as any other', async () => {
    const { productRef, rows } = product();
    await control('POST', `shops/${DOMAIN}/products/${productRef}`, { status: 'ARCHIVED' });
    const result = await connector.prices.write(shop, productRef, rows, soon());
    expect(result.ok && [...result.value.values()].map((verdict) => verdict.kind)).toEqual(['written', 'written', 'written']);
  });

  it('rows that Shopify refuses keep its own message, and the rest is written', async () => {
    const { productRef, rows } = product();
    await fault({ kind: 'partial_user_errors', operation: 'VariantPricesUpdate' });
    const result = await connector.prices.write(shop, productRef, rows, soon());
    if (!result.ok) throw new Error(result.failure.detail);
    const refused = [...result.value.values()].filter((verdict) => verdict.kind === 'refused');
    expect(refused.length).toBeGreaterThan(0);
    for (const verdict of refused) expect(verdict).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/), message: expect.stringMatching(/\S/) });
    expect(written()).toBe(rows.length - refused.length);
  });

  it('a lost scope is unauthorized, is named, and nothing was written', async () => {
    const { productRef, rows } = product();
    await fault({ kind: 'scope_removed', scope: 'write_products' });
    expect(await connector.prices.write(shop, productRef, rows, soon())).toMatchObject({ ok: false, failure: { kind: 'unauthorized', detail: expect.stringContaining('write_products') } });
    expect(await connector.check(shop)).toMatchObject({ ok: false, scopes: { missing: ['write_products'] } });
    expect(written()).toBe(0);
  });

  it('a revoked token that cannot be refreshed is unauthorized', async () => {
    const { productRef, rows } = product();
    await fault({ kind: 'token_revoked' });
    expect(await connector.prices.write(shop, productRef, rows, soon())).toMatchObject({ ok: false, failure: { kind: 'unauthorized' } });
    expect(written()).toBe(0);
  });

  it('another API version than asked for still works, is shown, and is told once', async () => {
    const { productRef, rows } = product();
    await fault({ kind: 'version_fallback', version: '2026-04' });
    expect((await connector.prices.write(shop, productRef, rows, soon())).ok).toBe(true);
    expect((await connector.prices.read(shop, rows.map((row) => row.variantRef))).ok).toBe(true);
    expect(connector.health(DOMAIN)).toMatchObject({ apiVersion: '2026-07', servedApiVersion: '2026-04', versionFallback: true });
    expect(fallbacks).toEqual([[DOMAIN, '2026-07', '2026-04']]);
    await control('DELETE', `shops/${DOMAIN}/faults`);
    await connector.prices.read(shop, rows.map((row) => row.variantRef));
    expect(connector.health(DOMAIN)).toMatchObject({ servedApiVersion: '2026-07', versionFallback: false });
  });

  it.each([
    [{ kind: 'http_500' }, 'unknown', 0], [{ kind: 'http_502' }, 'unknown', 0], [{ kind: 'http_503' }, 'unknown', 0], [{ kind: 'null_data' }, 'unknown', 0],
    [{ kind: 'malformed_json' }, 'unknown', 3], [{ kind: 'timeout_after_write' }, 'unknown', 3], [{ kind: 'slow_body', delayMs: 60_000 }, 'unknown', 3],
  ])('a write that ends in %o is in doubt and is not sent again', async (order, kind, landed) => {
    const { productRef, rows } = product();
    await fault({ ...order, operation: 'VariantPricesUpdate' });
    expect(await connector.prices.write(shop, productRef, rows, soon())).toMatchObject({ ok: false, failure: { kind } });
    expect(written()).toBe(landed);
  });

  it.each(['http_500', 'http_502', 'http_503', 'null_data', 'malformed_json'])('a read that ends in %s is made again', async (kind) => {
    const { rows } = product();
    await fault({ kind, operation: 'VariantPricesByIds' });
    expect((await connector.prices.read(shop, rows.map((row) => row.variantRef))).ok).toBe(true);
  });

  it('the traffic of other apps on the bucket only makes it slower', async () => {
    await control('POST', `shops/${DOMAIN}/plan`, { plan: 'standard' });
    await fault({ kind: 'other_traffic', pointsPerSecond: 50, delayMs: 60_000 });
    const results = await Promise.all(Array.from({ length: 20 }, (_, n) => connector.prices.write(shop, product(n).productRef, product(n).rows, soon())));
    expect(results.every((result) => result.ok)).toBe(true);
    expect(written()).toBe(60);
  });

  it('a storm of THROTTLED is waited out: nothing is lost, nothing sent twice', async () => {
    const { productRef, rows } = product();
    await connector.prices.write(shop, productRef, rows, soon());
    const first = written();
    await fault({ kind: 'throttle_storm', count: 12, operation: 'VariantPricesUpdate' });
    const results = await Promise.all(Array.from({ length: 5 }, (_, n) => connector.prices.write(shop, product(n + 1).productRef, product(n + 1).rows, soon())));
    expect(results.every((result) => result.ok)).toBe(true);
    expect(written() - first).toBe(15);
  });
});
