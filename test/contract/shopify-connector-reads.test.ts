/** How live prices are read: by ids, and by a search as long as what it shows is proven to be as new as what was just written. */
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createShopifyConnector } from '../../app/adapters/shopify/connector.ts';
import type { ChannelShop } from '../../app/ports/price-channel.ts';

const shop: ChannelShop = { tenantId: '00000000-0000-4000-8000-000000000001', shopDomain: 'reads.myshopify.com', currencyCode: 'USD' };
const gid = (ref: bigint | string) => `gid://shopify/ProductVariant/${ref}`;
const refs = (from: number, count: number): bigint[] => Array.from({ length: count }, (_, index) => BigInt(from + index));
const soon = () => new Date(Date.now() + 5_000);

interface Shown { price: string; updatedAt: string }
/** What the shop has, and what its search shows where that is something else. */
let truth: Map<string, Shown>;
let searchShows: Map<string, Shown | null>;
let mostNodes: number;
let requests: { name: string; ids: string[] }[];
let server: Server;

beforeEach(async () => {
  truth = new Map();
  searchShows = new Map();
  mostNodes = Infinity;
  requests = [];
  server = createServer(async (incoming, response) => {
    let body = '';
    for await (const chunk of incoming) body += String(chunk);
    answer(JSON.parse(body) as { operationName: string; variables: Record<string, never> }, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function answer({ operationName: name, variables }: { operationName: string; variables: Record<string, never> }, response: ServerResponse): void {
  const send = (data: unknown, points: number): void => {
    const throttleStatus = { maximumAvailable: 2_000, currentlyAvailable: 1_900, restoreRate: 100 };
    response.writeHead(200, { 'content-type': 'application/json', 'x-shopify-api-version': '2026-07' });
    response.end(JSON.stringify({ ...(data as object), extensions: { cost: { requestedQueryCost: points, actualQueryCost: points, throttleStatus } } }));
  };
  const node = (ref: string, shown: Shown) => ({ id: gid(ref), compareAtPrice: null, ...shown });
  if (name === 'VariantPricesUpdate') {
    const { variants } = variables as unknown as { variants: { id: string; price: string }[] };
    requests.push({ name, ids: variants.map(({ id }) => id.split('/').pop()!) });
    if (variants.length > mostNodes) return send({ errors: [{ message: 'Query cost is too much', extensions: { code: 'MAX_COST_EXCEEDED' } }] }, 0);
    const written = variants.map(({ id, price }) => {
      const shown = { price, updatedAt: '2026-11-22T12:00:00Z' };
      truth.set(id.split('/').pop()!, shown);
      return node(id.split('/').pop()!, shown);
    });
    return send({ data: { productVariantsBulkUpdate: { productVariants: written, userErrors: [] } } }, 10 + 0.2 * variants.length);
  }
  if (name === 'VariantPricesBySearch') {
    const ids = (variables as unknown as { query: string }).query.split(' OR ').map((term) => term.replace('id:', ''));
    requests.push({ name, ids });
    const nodes = ids.flatMap((ref) => {
      const shown = searchShows.has(ref) ? searchShows.get(ref) : truth.get(ref);
      return shown ? [node(ref, shown)] : [];
    });
    return send({ data: { productVariants: { nodes } } }, Math.ceil(2 + 2 * Math.log2(ids.length + 1)));
  }
  const ids = (variables as unknown as { ids: string[] }).ids.map((id) => id.split('/').pop()!);
  requests.push({ name, ids });
  if (ids.length > mostNodes) return send({ errors: [{ message: 'Query cost is too much', extensions: { code: 'MAX_COST_EXCEEDED' } }] }, 0);
  return send({ data: { nodes: ids.map((ref) => (truth.has(ref) ? node(ref, truth.get(ref)!) : null)) } }, ids.length);
}

function connect() {
  const endpoint = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/admin/api/2026-07/graphql.json`);
  return createShopifyConnector({
    tokenFor: async () => ({ accessToken: 'shpat_reads' }), refreshToken: async () => null, requiredScopes: [], endpoint: () => endpoint, random: () => 0,
  }).prices;
}

function stock(count: number, from = 1): void {
  for (const ref of refs(from, count)) truth.set(String(ref), { price: `${ref}.00`, updatedAt: '2026-11-01T00:00:00Z' });
}

const names = () => requests.map(({ name }) => name);

describe('reading live prices', () => {
  it('reads by ids until a write has shown how new the search is, then many by one search', async () => {
    stock(60);
    const prices = connect();
    await prices.read(shop, refs(1, 40));
    await prices.write(shop, 7n, [{ variantRef: 50n, price: 1_000n, compareAt: null }], soon());
    const read = await prices.read(shop, refs(1, 40));
    expect(read.ok && [...read.value].every(([ref, live]) => live?.price === ref * 100n)).toBe(true);
    expect(read.ok && read.value.size).toBe(40);
    expect(names()).toEqual(['VariantPricesByIds', 'VariantPricesUpdate', 'VariantPricesBySearch']);
    // The one just written is read along.
    expect(requests[2]!.ids).toContain('50');
  });

  it('reads a few by ids: that costs less than a page', async () => {
    stock(60);
    const prices = connect();
    await prices.write(shop, 7n, [{ variantRef: 50n, price: 1_000n, compareAt: null }], soon());
    await prices.read(shop, refs(1, 11));
    expect(names()).toEqual(['VariantPricesUpdate', 'VariantPricesByIds']);
  });

  it('gives up on a search that shows less than what was written, and takes nothing from it', async () => {
    stock(60);
    const prices = connect();
    await prices.write(shop, 7n, [{ variantRef: 50n, price: 1_000n, compareAt: null }], soon());
    // The search is behind: the written variant and a merchant's edit are both old in it.
    searchShows.set('50', { price: '50.00', updatedAt: '2026-11-01T00:00:00Z' });
    truth.set('3', { price: '99.00', updatedAt: '2026-11-22T12:00:01Z' });
    searchShows.set('3', { price: '3.00', updatedAt: '2026-11-01T00:00:00Z' });
    const read = await prices.read(shop, refs(1, 40));
    expect(read.ok && read.value.get(3n)?.price).toBe(9_900n);
    await prices.read(shop, refs(1, 40));
    expect(names()).toEqual(['VariantPricesUpdate', 'VariantPricesBySearch', 'VariantPricesByIds', 'VariantPricesByIds']);
  });

  it('does not distrust a search because somebody changed the price after us', async () => {
    stock(60);
    const prices = connect();
    await prices.write(shop, 7n, [{ variantRef: 50n, price: 1_000n, compareAt: null }], soon());
    truth.set('50', { price: '12.34', updatedAt: '2026-11-22T12:00:07Z' });
    await prices.read(shop, refs(1, 40));
    await prices.read(shop, refs(1, 40));
    expect(names()).toEqual(['VariantPricesUpdate', 'VariantPricesBySearch', 'VariantPricesBySearch']);
  });

  it('asks by id for what the search does not find, before it counts as gone', async () => {
    stock(60);
    truth.delete('5');
    searchShows.set('6', null);
    const prices = connect();
    await prices.write(shop, 7n, [{ variantRef: 50n, price: 1_000n, compareAt: null }], soon());
    const read = await prices.read(shop, refs(1, 40));
    expect(requests.at(-1)).toEqual({ name: 'VariantPricesByIds', ids: ['5', '6'] });
    expect(read.ok && [read.value.get(5n), read.value.get(6n)?.price]).toEqual([null, 600n]);
  });

  it('names no more than a hundred in one search', async () => {
    stock(300);
    const prices = connect();
    await prices.write(shop, 7n, [{ variantRef: 300n, price: 1_000n, compareAt: null }], soon());
    const read = await prices.read(shop, refs(1, 250));
    expect(read.ok && read.value.size).toBe(250);
    expect(names().slice(1)).toEqual(['VariantPricesBySearch', 'VariantPricesBySearch', 'VariantPricesBySearch']);
    expect(Math.max(...requests.slice(1).map(({ ids }) => ids.length))).toBeLessThanOrEqual(100);
  });

  it('makes smaller calls where one costs more than Shopify allows, of reads and of writes', async () => {
    stock(40);
    mostNodes = 10;
    const prices = connect();
    const read = await prices.read(shop, refs(1, 40));
    expect(read.ok && [...read.value].every(([ref, live]) => live?.price === ref * 100n)).toBe(true);
    const written = await prices.write(shop, 7n, refs(1, 40).map((variantRef) => ({ variantRef, price: 500n, compareAt: null })), soon());
    expect(written.ok && [...written.value.values()].filter((verdict) => verdict.kind === 'written')).toHaveLength(40);
    expect([...truth.values()].every(({ price }) => price === '5.00')).toBe(true);
  });
});
