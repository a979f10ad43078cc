/** The connector's price lists against the simulator: reading, fixing and unfixing prices, and what faults make of a write. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createShopifyConnector } from '../../app/adapters/shopify/connector.ts';
import type { ShopifyConnector } from '../../app/adapters/shopify/connector.ts';
import type { ChannelShop, PriceWrite } from '../../app/ports/price-channel.ts';
import { startClient } from './shopify-simulator-client.ts';
import type { Json, SimulatorClient } from './shopify-simulator-client.ts';

const DOMAIN = 'lists.myshopify.com';
let client: SimulatorClient;
let connector: ShopifyConnector;
let germany: ChannelShop;
let refs: bigint[];
const shop: ChannelShop = { tenantId: '00000000-0000-4000-8000-000000000001', shopDomain: DOMAIN, currencyCode: 'USD' };

beforeAll(async () => {
  client = await startClient();
});

afterAll(() => client.sim.close());

beforeEach(async () => {
  await client.order('POST', 'shops', { shop: DOMAIN, currencyCode: 'USD', plan: 'plus', generate: { products: 3, variantsPerProduct: 100 } });
  await client.order('DELETE', `shops/${DOMAIN}/faults`);
  client.shop = DOMAIN;
  await client.login(DOMAIN);
  germany = await listOf({ name: 'Germany', currencyCode: 'EUR', country: 'DE', adjustmentPercent: -5 });
  refs = (await client.order('GET', `shops/${DOMAIN}/variants?limit=300`)).data.map((row: Json) => BigInt(row.id));
  connector = createShopifyConnector({
    tokenFor: async () => ({ accessToken: client.token }), refreshToken: async () => null, requiredScopes: [],
    endpoint: () => new URL(`${client.sim.origin}/admin/api/2026-07/graphql.json`),
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('x-sim-host', DOMAIN);
      return fetch(input, { ...init, headers });
    },
    readTimeoutMs: 2_000, writeTimeoutMs: 2_000,
  });
});

async function listOf(body: Record<string, unknown>): Promise<ChannelShop> {
  const made = await client.order('POST', `shops/${DOMAIN}/price-lists`, body);
  return { ...shop, currencyCode: made.currencyCode, priceListRef: BigInt(made.id) };
}

const soon = () => new Date(Date.now() + 20_000);
const fault = (body: Record<string, unknown>) => client.order('POST', `shops/${DOMAIN}/faults`, body);
const writes = async (): Promise<Json[]> => (await client.order('GET', `shops/${DOMAIN}/writes`)).data;
const fixed = (...at: number[]): PriceWrite[] => at.map((index) => ({ variantRef: refs[index]!, price: 1_999n, compareAt: 2_499n, origin: 'fixed' as const }));
const unfixed = (...at: number[]): PriceWrite[] => at.map((index) => ({ variantRef: refs[index]!, price: 0n, compareAt: null, origin: 'relative' as const }));
const write = (rows: PriceWrite[], to = germany) => connector.prices.write(to, 1n, rows, soon());

async function written(rows: PriceWrite[], to = germany) {
  const result = await write(rows, to);
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
}

describe('reading', () => {
  it('knows the lists with currency and adjustment', async () => {
    await listOf({ name: 'Japan', currencyCode: 'JPY', country: 'JP' });
    const lists = await connector.priceLists.lists(shop);
    expect(lists).toMatchObject({ ok: true, value: [
      { ref: germany.priceListRef, name: 'Germany', currencyCode: 'EUR', adjustmentPercent: '-5', catalogTitle: 'Germany', active: true },
      { name: 'Japan', currencyCode: 'JPY', adjustmentPercent: '0' } ] });
  });

  async function allPrices(of: ChannelShop, variants: number) {
    const seen = new Map<bigint, string>();
    const parts: unknown[] = [];
    for await (const part of connector.priceLists.prices(of, variants)) {
      parts.push(part);
      if (part.ok) for (const price of part.value ?? []) seen.set(price.variantRef, `${price.price} ${price.compareAt} ${price.origin}`);
    }
    return { parts, seen };
  }

  it('brings all prices of a list page by page, or by an export where there are many, and both say the same', async () => {
    await written(fixed(3));
    const paged = await allPrices(germany, 300);
    expect({ parts: paged.parts.length, prices: paged.seen.size, fixed: [...paged.seen].filter(([, price]) => price.endsWith('fixed')) }).toEqual({ parts: 2, prices: 300, fixed: [[refs[3], '1999 2499 fixed']] });
    const exported = await allPrices(germany, 1_000_000);
    expect(exported.seen).toEqual(paged.seen);
    expect((await client.order('GET', 'stats')).byOperation.BulkQueryStart.requests).toBeGreaterThan(0);
  });

  it('says when a list is gone, and when an export cannot be read to its end', async () => {
    expect((await allPrices({ ...germany, priceListRef: 1n }, 300)).parts).toEqual([{ ok: true, value: null, requestId: expect.anything() }]);
    await fault({ kind: 'http_503', operation: 'BulkOperationStatus', count: 3 });
    expect((await allPrices(germany, 1_000_000)).parts).toMatchObject([{ ok: false, failure: { kind: 'unavailable' } }]);
  });

  it('reads up to 250 named variants with their origin; one that the list does not have is null', async () => {
    await written(fixed(0));
    const live = await connector.prices.read(germany, [...refs.slice(0, 249), 1n]);
    if (!live.ok) throw new Error(live.failure.detail);
    expect(live.value.size).toBe(250);
    expect(live.value.get(refs[0]!)).toEqual({ price: 1_999n, compareAt: 2_499n, updatedAt: null, origin: 'fixed' });
    expect(live.value.get(refs[248]!)).toMatchObject({ origin: 'relative' });
    expect(live.value.get(1n)).toBeNull();
    await expect(connector.prices.read(germany, [...refs.slice(0, 250), 1n])).rejects.toThrow('250');
  });

  it('refuses prices in another currency than the list is known to have', async () => {
    const live = await connector.prices.read({ ...germany, currencyCode: 'USD' }, refs.slice(0, 1));
    expect(live).toMatchObject({ ok: false, failure: { kind: 'unavailable', detail: expect.stringContaining('EUR') } });
  });
});

describe('writing', () => {
  it('fixes prices in the list\'s currency, reads them back, and leaves the shop\'s own prices alone', async () => {
    const before = (await client.order('GET', `shops/${DOMAIN}/variants?limit=2`)).data;
    expect(await written(fixed(0, 1))).toEqual(new Map([0, 1].map((index) => [refs[index], { kind: 'written', live: { price: 1_999n, compareAt: 2_499n, updatedAt: null, origin: 'fixed' } }])));
    expect((await client.order('GET', `shops/${DOMAIN}/variants?limit=2`)).data).toEqual(before);
    expect((await writes()).map(({ priceList, after }) => [priceList.id, after])).toEqual([0, 1].map(() => [String(germany.priceListRef), { price: '19.99', compareAtPrice: '24.99', origin: 'fixed' }]));
  });

  it.each([['JPY', 'JP', 1_980n, '1980'], ['KWD', 'KW', 5_250n, '5.250']] as const)('writes %s with that currency\'s decimals', async (currencyCode, country, price, text) => {
    const list = await listOf({ name: country, currencyCode, country });
    const verdicts = await written([{ variantRef: refs[0]!, price, compareAt: null }], list);
    expect(verdicts.get(refs[0]!)).toMatchObject({ kind: 'written', live: { price } });
    expect((await writes())[0].after.price).toBe(text);
  });

  it('takes fixed prices away again, also beside new ones in one call', async () => {
    const [relative] = await Promise.all([connector.prices.read(germany, [refs[0]!])]);
    if (!relative.ok) throw new Error('no answer');
    await written(fixed(0, 1));
    const verdicts = await written([...unfixed(0), ...fixed(2)]);
    expect(verdicts.get(refs[0]!)).toEqual({ kind: 'written', live: relative.value.get(refs[0]!) });
    expect(verdicts.get(refs[2]!)).toMatchObject({ kind: 'written', live: { origin: 'fixed' } });
    expect((await writes()).slice(2).map(({ operation }) => operation)).toEqual(['priceListFixedPricesAdd', 'priceListFixedPricesDelete']);
  });

  it('takes a fixed price that somebody else removed for removed', async () => {
    await written(fixed(0));
    const verdicts = await written(unfixed(0, 1));
    expect([...verdicts.values()].map(({ kind }) => kind)).toEqual(['written', 'written']);
  });

  it('refuses the row that is wrong and writes the others, although Shopify refuses them together', async () => {
    const verdicts = await written([...fixed(0), { variantRef: 1n, price: 100n, compareAt: null }, ...fixed(1)]);
    expect(verdicts.get(1n)).toEqual({ kind: 'refused', code: 'VARIANT_NOT_FOUND', message: 'Product variant ID does not exist.' });
    expect([verdicts.get(refs[0]!), verdicts.get(refs[1]!)]).toMatchObject([{ kind: 'written' }, { kind: 'written' }]);
    expect(await writes()).toHaveLength(2);
  });

  it('refuses every row of a list that is gone', async () => {
    const verdicts = await written(fixed(0, 1), { ...germany, priceListRef: 1n });
    expect([...verdicts.values()]).toEqual([0, 1].map(() => ({ kind: 'refused', code: 'PRICE_LIST_NOT_FOUND', message: 'Price list does not exist.' })));
  });

  it('gives the row of a partial refusal its reason', async () => {
    await fault({ kind: 'partial_user_errors' });
    const verdicts = await written(fixed(0, 1, 2));
    expect([...verdicts.values()].map(({ kind }) => kind).sort()).toEqual(['refused', 'written', 'written']);
  });
});

describe('when no answer can be relied on', () => {
  it.each([
    ['timeout_after_write', 'unknown', 1], ['malformed_json', 'unknown', 1], ['null_data', 'unknown', 0], ['http_503', 'unknown', 0],
  ] as const)('%s is %s, with %i writes in the shop', async (kind, failure, landed) => {
    await fault({ kind, operation: 'PriceListFixedPricesAdd' });
    expect(await write(fixed(0))).toMatchObject({ ok: false, failure: { kind: failure } });
    expect(await writes()).toHaveLength(landed);
  });

  it('waits out throttling and writes once', async () => {
    await fault({ kind: 'throttle_storm', count: 2, operation: 'PriceListFixedPricesAdd' });
    expect((await written(fixed(0))).get(refs[0]!)).toMatchObject({ kind: 'written' });
    expect(await writes()).toHaveLength(1);
  });

  it('leaves rows of a lost second mutation in doubt and keeps the verdicts of the first', async () => {
    await written(fixed(0));
    await fault({ kind: 'null_data', operation: 'PriceListFixedPricesDelete' });
    const verdicts = await written([...unfixed(0), ...fixed(1)]);
    expect([...verdicts.keys()]).toEqual([refs[1]]);
  });

  it('says that a scope is gone', async () => {
    await fault({ kind: 'scope_removed' });
    expect(await write(fixed(0))).toMatchObject({ ok: false, failure: { kind: 'unauthorized' } });
  });
});
