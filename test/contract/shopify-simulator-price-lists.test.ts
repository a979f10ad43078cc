/** Price lists of Shopify Markets in the simulator: what is shown to whom, fixed prices in and out, and what the log says of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEMO, startClient } from './shopify-simulator-client.ts';
import type { Json, SimulatorClient } from './shopify-simulator-client.ts';

let client: SimulatorClient;
let list: Json;
let variants: Json[];

beforeAll(async () => {
  client = await startClient();
});

afterAll(() => client.sim.close());

beforeEach(async () => {
  await client.order('POST', 'reset');
  await client.login();
  list = await client.order('POST', `shops/${DEMO}/price-lists`, { name: 'Germany', currencyCode: 'EUR', country: 'DE', adjustmentPercent: -10 });
  variants = (await client.order('GET', `shops/${DEMO}/variants?limit=3`)).data;
});

const listGid = () => `gid://shopify/PriceList/${list.id}`;
const variantGid = (index: number) => `gid://shopify/ProductVariant/${variants[index].id}`;
const euros = (amount: string) => ({ amount, currencyCode: 'EUR' });
const ADD = 'mutation Add($list: ID!, $prices: [PriceListPriceInput!]!) { priceListFixedPricesAdd(priceListId: $list, prices: $prices) { prices { originType price { amount currencyCode } compareAtPrice { amount } variant { id } } userErrors { field code message } } }';
const DELETE = 'mutation Delete($list: ID!, $ids: [ID!]!) { priceListFixedPricesDelete(priceListId: $list, variantIds: $ids) { deletedFixedPriceVariantIds userErrors { field code message } } }';
const PRICES = 'query Prices($list: ID!, $first: Int, $after: String, $origin: PriceListPriceOriginType, $query: String) { priceList(id: $list) { fixedPricesCount prices(first: $first, after: $after, originType: $origin, query: $query) { nodes { originType price { amount currencyCode } compareAtPrice { amount } variant { id } } pageInfo { hasNextPage endCursor } } } }';
const add = async (prices: unknown[]) => (await client.data(ADD, { list: listGid(), prices })).priceListFixedPricesAdd;
const remove = async (...ids: string[]) => (await client.data(DELETE, { list: listGid(), ids })).priceListFixedPricesDelete;
const prices = async (variables: Record<string, unknown>) => (await client.data(PRICES, { list: listGid(), first: 250, ...variables })).priceList;
const writes = async () => (await client.order('GET', `shops/${DEMO}/writes`)).data;

describe('reading', () => {
  it('lists price lists with currency, adjustment and catalog', async () => {
    await client.order('POST', `shops/${DEMO}/price-lists`, { name: 'Japan', currencyCode: 'JPY', country: 'JP', compareAtMode: 'NULLIFY' });
    const { priceLists } = await client.data('{ priceLists(first: 10) { nodes { id name currency fixedPricesCount parent { adjustment { type value } settings { compareAtMode } } catalog { title status } } pageInfo { hasNextPage } } }');
    // The built-in shop has two of its own.
    expect(priceLists.nodes.slice(2)).toEqual([
      { id: listGid(), name: 'Germany', currency: 'EUR', fixedPricesCount: 0, parent: { adjustment: { type: 'PERCENTAGE_DECREASE', value: 10 }, settings: { compareAtMode: 'ADJUSTED' } }, catalog: { title: 'Germany', status: 'ACTIVE' } },
      expect.objectContaining({ name: 'Japan', currency: 'JPY', parent: { adjustment: { type: 'PERCENTAGE_INCREASE', value: 0 }, settings: { compareAtMode: 'NULLIFY' } } }),
    ]);
  });

  it('computes relative prices by rate and adjustment, in the list\'s own decimals', async () => {
    const page = await prices({ first: 1 });
    // 329.00 USD · 0.92 · 0.9 = 272.412
    expect(page.prices.nodes[0]).toEqual({ originType: 'RELATIVE', price: euros('272.41'), compareAtPrice: null, variant: { id: variantGid(0) } });
    const yen = await client.order('POST', `shops/${DEMO}/price-lists`, { name: 'Japan', currencyCode: 'JPY', country: 'JP' });
    const dinar = await client.order('POST', `shops/${DEMO}/price-lists`, { name: 'Kuwait', currencyCode: 'KWD', country: 'KW', exchangeRate: '0.3' });
    const shown = async (id: string) => (await client.data(PRICES, { list: `gid://shopify/PriceList/${id}`, first: 1 })).priceList.prices.nodes[0].price;
    expect(await shown(yen.id)).toEqual({ amount: '49350.0', currencyCode: 'JPY' });
    expect(await shown(dinar.id)).toEqual({ amount: '98.7', currencyCode: 'KWD' });
  });

  it('pages, and filters by origin, variant and product', async () => {
    await add([{ variantId: variantGid(1), price: euros('250'), compareAtPrice: euros('300') }]);
    const ids: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { prices: page } = await prices({ first: 100, after });
      ids.push(...page.nodes.map((node: Json) => node.variant.id));
      ({ endCursor: after, hasNextPage: more } = page.pageInfo);
    }
    expect(new Set(ids).size).toBe(282);
    expect((await prices({ origin: 'FIXED' })).prices.nodes.map((node: Json) => node.variant.id)).toEqual([variantGid(1)]);
    expect((await prices({ origin: 'RELATIVE' })).prices.nodes).toHaveLength(250);
    const some = await prices({ query: `variant_id:${variants[2].id} OR variant_id:${variants[1].id} OR variant_id:1` });
    expect(some.prices.nodes.map((node: Json) => [node.variant.id, node.originType])).toEqual([[variantGid(1), 'FIXED'], [variantGid(2), 'RELATIVE']]);
    const product = await prices({ query: `product_id:${variants[0].productId}` });
    expect(product.prices.nodes.map((node: Json) => node.variant.id)).toContain(variantGid(0));
    const unknown = await client.graphql(PRICES, { list: listGid(), first: 1, query: 'sku:X' });
    expect(unknown.body.errors[0].extensions.code).toBe('SIM_NOT_IMPLEMENTED');
  });

  it('shows buyers of the country the list\'s price and everybody else the shop\'s', async () => {
    await add([{ variantId: variantGid(0), price: euros('299.90'), compareAtPrice: euros('349') }]);
    const data = await client.data(`{ productVariant(id: "${variantGid(0)}") {
      de: contextualPricing(context: { country: DE }) { price { amount currencyCode } compareAtPrice { amount } }
      us: contextualPricing(context: { country: US }) { price { amount currencyCode } compareAtPrice { amount } } } }`);
    expect(data.productVariant).toEqual({ de: { price: euros('299.9'), compareAtPrice: { amount: '349.0' } }, us: { price: { amount: '329.0', currencyCode: 'USD' }, compareAtPrice: null } });
  });

  it('knows no list that is not there, and says aloud what it does not simulate', async () => {
    expect((await client.data('{ priceList(id: "gid://shopify/PriceList/1") { id } }')).priceList).toBeNull();
    const answer = await client.graphql(`{ priceList(id: "${listGid()}") { quantityRules(first: 1) { nodes { minimum } } } }`);
    expect(answer.body.errors[0].extensions.code).toBe('SIM_NOT_IMPLEMENTED');
  });
});

describe('fixed prices', () => {
  it('are added and replaced, read back, and follow the shop again when they are deleted', async () => {
    expect(await add([{ variantId: variantGid(0), price: euros('199.99'), compareAtPrice: euros('249') }, { variantId: variantGid(1), price: euros('10') }])).toEqual({
      prices: [
        { originType: 'FIXED', price: euros('199.99'), compareAtPrice: { amount: '249.0' }, variant: { id: variantGid(0) } },
        { originType: 'FIXED', price: euros('10.0'), compareAtPrice: null, variant: { id: variantGid(1) } },
      ], userErrors: [] });
    await add([{ variantId: variantGid(0), price: euros('189.99') }]);
    expect(await remove(variantGid(0))).toEqual({ deletedFixedPriceVariantIds: [variantGid(0)], userErrors: [] });
    expect((await prices({ query: `variant_id:${variants[0].id}` })).prices.nodes[0]).toMatchObject({ originType: 'RELATIVE', price: euros('272.41') });
    expect((await writes()).map(({ variantId, before, after, priceList, actor, operation }: Json) => ({ variantId, before, after, priceList, actor, operation }))).toEqual([
      { variantId: variants[0].id, before: { price: '272.41', compareAtPrice: null, origin: 'relative' }, after: { price: '199.99', compareAtPrice: '249.00', origin: 'fixed' }, priceList: { id: list.id, currencyCode: 'EUR' }, actor: 'app', operation: 'priceListFixedPricesAdd' },
      expect.objectContaining({ variantId: variants[1].id, after: { price: '10.00', compareAtPrice: null, origin: 'fixed' } }),
      expect.objectContaining({ before: { price: '199.99', compareAtPrice: '249.00', origin: 'fixed' }, after: { price: '189.99', compareAtPrice: null, origin: 'fixed' } }),
      expect.objectContaining({ before: { price: '189.99', compareAtPrice: null, origin: 'fixed' }, after: { price: '272.41', compareAtPrice: null, origin: 'relative' }, operation: 'priceListFixedPricesDelete' }),
    ]);
  });

  it('are refused as a whole where one of them is wrong', async () => {
    const answer = await add([{ variantId: variantGid(0), price: euros('1') }, { variantId: variantGid(1), price: { amount: '1', currencyCode: 'USD' } }, { variantId: 'gid://shopify/ProductVariant/1', price: euros('1') }]);
    expect(answer).toEqual({ prices: [], userErrors: [
      { field: ['prices', '1', 'price', 'currencyCode'], code: 'PRICE_LIST_CURRENCY_MISMATCH', message: "The specified currency does not match the price list's currency." },
      { field: ['prices', '2', 'variantId'], code: 'VARIANT_NOT_FOUND', message: 'Product variant ID does not exist.' },
    ] });
    expect((await remove(variantGid(0))).userErrors).toEqual([{ field: ['variantIds', '0'], code: 'PRICE_NOT_FIXED', message: 'Only fixed prices can be deleted.' }]);
    expect((await client.data(ADD, { list: 'gid://shopify/PriceList/1', prices: [] })).priceListFixedPricesAdd.userErrors[0].code).toBe('PRICE_LIST_NOT_FOUND');
    expect(await writes()).toEqual([]);
  });

  it('are at most 250 a call, need write_products, cost 10 points, and can be throttled', async () => {
    const many = Array.from({ length: 251 }, () => ({ variantId: variantGid(0), price: euros('1') }));
    expect((await client.graphql(ADD, { list: listGid(), prices: many })).body.errors[0].extensions.code).toBe('MAX_INPUT_SIZE_EXCEEDED');
    const ok = await client.graphql(ADD, { list: listGid(), prices: [{ variantId: variantGid(0), price: euros('1') }] });
    expect(ok.body.extensions.cost.actualQueryCost).toBe(10);
    await client.order('POST', `shops/${DEMO}/faults`, { kind: 'scope_removed' });
    expect((await client.graphql(ADD, { list: listGid(), prices: [] })).body.errors[0].extensions).toMatchObject({ code: 'ACCESS_DENIED', requiredAccess: expect.stringContaining('write_products') });
    await client.order('DELETE', `shops/${DEMO}/faults`);
    await client.order('POST', `shops/${DEMO}/faults`, { kind: 'throttle_storm', operation: 'priceListFixedPricesAdd' });
    expect((await client.graphql(ADD, { list: listGid(), prices: [] })).body.errors[0].extensions.code).toBe('THROTTLED');
  });

  it('are edited by a merchant too', async () => {
    const row = await client.order('POST', `shops/${DEMO}/price-lists/${list.id}/variants/${variants[0].id}`, { price: '5.00', compareAtPrice: '6.00' });
    expect(row).toMatchObject({ price: '5.00', compareAtPrice: '6.00', origin: 'fixed' });
    expect((await writes())[0]).toMatchObject({ actor: 'merchant', priceList: { id: list.id }, after: { price: '5.00', compareAtPrice: '6.00', origin: 'fixed' } });
    expect(await client.order('POST', `shops/${DEMO}/price-lists/${list.id}/variants/${variants[0].id}`, { price: null })).toMatchObject({ price: '272.41', origin: 'relative' });
    expect((await client.order('GET', `shops/${DEMO}/price-lists/${list.id}/prices?limit=2`)).data).toEqual([
      { id: variants[0].id, sku: variants[0].sku, price: '272.41', compareAtPrice: null, origin: 'relative' }, expect.objectContaining({ id: variants[1].id })]);
    expect((await client.control('POST', `shops/${DEMO}/price-lists/1/variants/${variants[0].id}`, { price: '1.00' })).status).toBe(404);
  });
});

it.each([
  [{ name: 'X', currencyCode: 'euro', country: 'FR' }], [{ name: '', currencyCode: 'EUR', country: 'FR' }], [{ name: 'X', currencyCode: 'EUR', country: 'FRA' }],
  [{ name: 'X', currencyCode: 'EUR', country: 'FR', adjustmentPercent: -100 }], [{ name: 'X', currencyCode: 'ZMW', country: 'ZM' }], [{ name: 'X', currencyCode: 'EUR', country: 'FR', colour: 'red' }],
])('a list of %j is refused', async (body) => {
  expect((await client.control('POST', `shops/${DEMO}/price-lists`, body)).status).toBe(400);
});

it('lists and their fixed prices outlive the process', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'simulator-lists-'));
  const stateFile = path.join(folder, 'state.json');
  const first = await startClient({ stateFile });
  const made = await first.order('POST', `shops/${DEMO}/price-lists`, { name: 'Germany', currencyCode: 'EUR', country: 'DE' });
  const [variant] = (await first.order('GET', `shops/${DEMO}/variants?limit=1`)).data;
  await first.order('POST', `shops/${DEMO}/price-lists/${made.id}/variants/${variant.id}`, { price: '7.00' });
  await first.sim.close();
  const second = await startClient({ stateFile });
  expect((await second.order('GET', `shops/${DEMO}/price-lists`)).data.map(({ name }: Json) => name)).toEqual(['Ireland', 'Canada', 'Germany']);
  expect((await second.order('GET', `shops/${DEMO}/price-lists`)).data[2]).toEqual({ ...made, fixedPrices: 1 });
  expect((await second.order('GET', `shops/${DEMO}/price-lists/${made.id}/prices?limit=1`)).data[0]).toMatchObject({ price: '7.00', origin: 'fixed' });
  await second.sim.close();
  await rm(folder, { recursive: true });
});
