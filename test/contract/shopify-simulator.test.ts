/** The simulator against what Shopify documents of the Admin API: access, errors, limits, cost, reading and writing. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEMO, startClient } from './shopify-simulator-client.ts';
import type { Json, SimulatorClient } from './shopify-simulator-client.ts';

let client: SimulatorClient;

beforeAll(async () => {
  client = await startClient();
});

afterAll(() => client.sim.close());

beforeEach(async () => {
  await client.order('POST', 'reset');
});

const UPDATE = `mutation Write($productId: ID!, $variants: [ProductVariantsBulkInput!]!, $partial: Boolean) {
  productVariantsBulkUpdate(productId: $productId, variants: $variants, allowPartialUpdates: $partial) {
    product { id }
    productVariants { id price compareAtPrice barcode inventoryItem { unitCost { amount } } }
    userErrors { field message code }
  }
}`;

async function firstProduct(): Promise<{ id: string; variants: { id: string; price: string }[] }> {
  const data = await client.data('{ products(first: 1) { nodes { id variants(first: 10) { nodes { id price } } } } }');
  const [product] = data.products.nodes;
  return { id: product.id, variants: product.variants.nodes };
}

describe('access', () => {
  it('answers 401 in Shopify words without a token, with a wrong one, and with one of another shop', async () => {
    const words = { errors: '[API] Invalid API key or access token (unrecognized login or wrong password)' };
    expect(await client.graphql('{ shop { name } }', {}, { token: null })).toMatchObject({ status: 401, body: words });
    expect(await client.graphql('{ shop { name } }', {}, { token: 'shpat_0' })).toMatchObject({ status: 401, body: words });
    expect(await client.graphql('{ shop { name } }', {}, { shop: 'kissa-hoshi.myshopify.com' })).toMatchObject({ status: 401, body: words });
  });

  it('answers 404 for a domain that is no shop, and serves the oldest version for one that is retired or does not exist', async () => {
    expect(await client.graphql('{ shop { name } }', {}, { shop: 'nobody.myshopify.com' })).toMatchObject({ status: 404, body: { errors: 'Not Found' } });
    const served = async (version: string) => (await client.graphql('{ shop { name } }', {}, { version })).headers.get('x-shopify-api-version');
    expect([await served('2026-07'), await served('2026-04'), await served('2025-01'), await served('2019-13'), await served('unstable')]).toEqual(['2026-07', '2026-04', '2026-04', '2026-04', '2026-04']);
    expect((await client.data('{ publicApiVersions { handle } }')).publicApiVersions).toEqual([{ handle: '2026-04' }, { handle: '2026-07' }]);
  });

  it('denies fields whose scope the app does not hold, naming what is required', async () => {
    const { status, body } = await client.graphql('{ orders(first: 1) { nodes { id } } }');
    expect(status).toBe(200);
    expect(body.data).toBeNull();
    expect(body.errors[0]).toMatchObject({ message: expect.stringMatching(/^Access denied for orders field\. Required access: `read_orders` access scope/), path: ['orders'], extensions: { code: 'ACCESS_DENIED' } });
  });

  it('lets write_products read products, and denies writing once the scope is removed', async () => {
    const product = await firstProduct();
    await client.order('POST', `shops/${DEMO}/faults`, { kind: 'scope_removed' });
    const read = await client.graphql('{ products(first: 1) { nodes { id } } }');
    expect(read.body.errors[0].extensions.code).toBe('ACCESS_DENIED');
    const written = await client.graphql(UPDATE, { productId: product.id, variants: [{ id: product.variants[0]?.id, price: '1.00' }] });
    expect(written.body.errors[0].extensions.code).toBe('ACCESS_DENIED');
    expect((await client.order('GET', `shops/${DEMO}/writes`)).data).toEqual([]);
    const scopes = await client.data('{ currentAppInstallation { accessScopes { handle } } }');
    expect(scopes.currentAppInstallation.accessScopes).toEqual([{ handle: 'read_inventory' }]);
  });
});

describe('documents', () => {
  it('reports a field that does not exist as the Admin API does', async () => {
    const { status, body } = await client.graphql('query Q { products(first: 1) { nodes { nope } } }');
    expect(status).toBe(200);
    expect(body).not.toHaveProperty('data');
    expect(body.errors[0]).toMatchObject({ message: "Field 'nope' doesn't exist on type 'Product'", extensions: { code: 'undefinedField', typeName: 'Product', fieldName: 'nope' } });
  });

  it('reports syntax errors, unknown arguments, missing selections and unused variables with their codes', async () => {
    const code = async (query: string) => (await client.graphql(query)).body.errors[0].extensions.code;
    expect(await code('{ shop { ')).toBe('PARSE_ERROR');
    expect(await code('{ shop(id: 1) { id } }')).toBe('argumentNotAccepted');
    expect(await code('{ shop }')).toBe('selectionMismatch');
    expect(await code('query Q($x: ID) { shop { id } }')).toBe('variableNotUsed');
    expect(await code('{ product { id } }')).toBe('missingRequiredArguments');
  });

  it('answers 400 when there is no query', async () => {
    const answer = await client.request('POST', '/admin/api/2026-07/graphql.json', { body: {}, headers: { 'x-sim-host': DEMO, 'x-shopify-access-token': client.token } });
    expect(answer).toMatchObject({ status: 400, body: { errors: { query: 'Required parameter missing or invalid' } } });
  });

  it('names the path of a variable that does not fit', async () => {
    const { body } = await client.graphql(UPDATE, { productId: 'gid://shopify/Product/1', variants: [{ id: 'x', price: 'cheap' }] });
    expect(body.errors[0].extensions).toEqual({ code: 'INVALID_VARIABLE', problems: [{ path: [0, 'price'], explanation: "invalid money 'cheap'" }] });
    const missing = await client.graphql(UPDATE, { variants: [] });
    expect(missing.body.errors[0].extensions.code).toBe('INVALID_VARIABLE');
  });

  it('fails loudly, naming type and field, on what is not simulated', async () => {
    const { body } = await client.graphql('{ products(first: 1) { nodes { seo { title } } } }');
    expect(body.errors[0].extensions).toEqual({ code: 'SIM_NOT_IMPLEMENTED', field: 'Product.seo' });
    const filter = await client.graphql('{ products(first: 1, query: "metafields.a.b:1") { nodes { id } } }');
    expect(filter.body.errors[0].extensions.code).toBe('SIM_NOT_IMPLEMENTED');
    const input = await client.graphql(UPDATE, { productId: (await firstProduct()).id, variants: [{ id: 'gid://shopify/ProductVariant/1', mediaSrc: ['https://example.com/a.jpg'] }] });
    expect(input.body.errors[0].extensions.field).toBe('ProductVariantsBulkInput.mediaSrc');
  });
});

describe('limits', () => {
  it('refuses pages over 250 and pages without a size', async () => {
    expect((await client.graphql('{ products(first: 251) { nodes { id } } }')).body.errors[0].message).toMatch(/^first cannot exceed 250\. To query larger amounts of data/);
    expect((await client.graphql('{ products { nodes { id } } }')).body.errors[0].message).toBe('you must provide one of first or last');
  });

  it('refuses input arrays over 250 before anything is written', async () => {
    const product = await firstProduct();
    const variants = Array.from({ length: 251 }, () => ({ id: product.variants[0]?.id, price: '1.00' }));
    const { body } = await client.graphql(UPDATE, { productId: product.id, variants });
    expect(body.errors[0]).toMatchObject({ message: 'The input array size of 251 is greater than the maximum allowed of 250.', extensions: { code: 'MAX_INPUT_SIZE_EXCEEDED' } });
    const ids = await client.graphql('query N($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: variants.map(({ id }) => id) });
    expect(ids.body.errors[0].extensions.code).toBe('MAX_INPUT_SIZE_EXCEEDED');
    expect((await client.order('GET', `shops/${DEMO}/writes`)).data).toEqual([]);
  });

  it('refuses a query that costs more than 1,000 points', async () => {
    const { body } = await client.graphql('{ products(first: 250) { nodes { id variants(first: 250) { nodes { id product { collections(first: 250) { nodes { id } } } } } } } }');
    expect(body.errors[0].extensions).toMatchObject({ code: 'MAX_COST_EXCEEDED', maxCost: 1000 });
    expect(body.errors[0].message).toMatch(/^Query cost is \d+, which exceeds the single query max cost limit \(1000\)/);
  });

  it('keeps a realistic catalog page under 1,000 points', async () => {
    const { body } = await client.graphql('{ products(first: 250) { nodes { id collections(first: 20) { nodes { id } } variants(first: 100) { nodes { id inventoryItem { unitCost { amount } } } } } } }');
    expect(body.errors).toBeUndefined();
    expect(body.extensions.cost.requestedQueryCost).toBeLessThanOrEqual(1000);
  });
});

describe('cost and throttling', () => {
  const cost = (body: Json) => body.extensions.cost;

  it('charges 10 + 0.2 a variant for productVariantsBulkUpdate whatever is selected, and 1 an object for nodes', async () => {
    const product = await firstProduct();
    const variants = product.variants.map(({ id, price }) => ({ id, price }));
    const { body } = await client.graphql(UPDATE, { productId: product.id, variants });
    expect(cost(body)).toMatchObject({ requestedQueryCost: 10 + 0.2 * variants.length, actualQueryCost: 10 + 0.2 * variants.length });
    const nodes = await client.graphql('query N($ids: [ID!]!) { nodes(ids: $ids) { ... on ProductVariant { id price } } }', { ids: variants.map(({ id }) => id) });
    expect(cost(nodes.body)).toMatchObject({ requestedQueryCost: variants.length, actualQueryCost: variants.length });
  });

  it.each([['standard', 2000, 100], ['advanced', 4000, 200], ['plus', 20000, 1000]])('gives a %s shop a bucket of %i restored by %i a second', async (plan, maximumAvailable, restoreRate) => {
    await client.order('POST', `shops/${DEMO}/plan`, { plan });
    const { body } = await client.graphql('{ shop { name } }');
    expect(cost(body).throttleStatus).toEqual({ maximumAvailable, currentlyAvailable: maximumAvailable - 1, restoreRate });
  });

  it('refunds the difference between requested and actual cost', async () => {
    await client.order('POST', 'shops', { shop: 'small.myshopify.com', currencyCode: 'USD', plan: 'standard', generate: { products: 2, variantsPerProduct: 1 } });
    const { body: granted } = await client.exchange({}, 'small.myshopify.com');
    const { body } = await client.graphql('{ products(first: 250) { nodes { id } } }', {}, { shop: 'small.myshopify.com', token: granted.access_token });
    const { requestedQueryCost, actualQueryCost, throttleStatus } = cost(body);
    expect(actualQueryCost).toBeLessThan(requestedQueryCost);
    expect(throttleStatus.currentlyAvailable).toBe(2000 - actualQueryCost);
  });

  it('throttles with HTTP 200 when the requested cost does not fit, and restores by the second', async () => {
    const expensive = '{ products(first: 250) { nodes { id variants(first: 250) { nodes { id inventoryItem { unitCost { amount } } } } } } }';
    let throttled: Json;
    for (let n = 0; n < 20 && !throttled; n++) {
      const answer = await client.graphql(expensive);
      expect(answer.status).toBe(200);
      if (answer.body.errors) throttled = answer.body;
    }
    const { requestedQueryCost, throttleStatus } = throttled.extensions.cost;
    expect(throttled).toEqual({
      errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED', documentation: 'https://shopify.dev/api/usage/rate-limits' } }],
      extensions: { cost: { requestedQueryCost, actualQueryCost: null, throttleStatus: { maximumAvailable: 2000, currentlyAvailable: expect.any(Number), restoreRate: 100 } } },
    });
    expect(throttleStatus.currentlyAvailable).toBeLessThan(requestedQueryCost);
    await client.order('POST', 'clock', { advanceMs: Math.ceil(((requestedQueryCost - throttleStatus.currentlyAvailable) / 100) * 1000) });
    expect((await client.graphql(expensive)).body.errors).toBeUndefined();
    const stats = await client.order('GET', 'stats');
    expect(stats).toMatchObject({ throttled: 1, byOperation: { products: { throttled: 1 } } });
    expect(stats.requests).toBeGreaterThan(2);
    expect(stats.pointsUsed).toBeGreaterThan(1000);
  });
});

describe('reading', () => {
  it('prints money as the currency has decimals: variant prices fixed, MoneyV2 as a short decimal', async () => {
    const data = await client.data('{ productVariants(first: 1) { nodes { price inventoryItem { unitCost { amount currencyCode } } } } }');
    expect(data.productVariants.nodes[0]).toEqual({ price: '329.00', inventoryItem: { unitCost: { amount: '171.1', currencyCode: 'USD' } } });
    const tea = await client.exchange({}, 'kissa-hoshi.myshopify.com');
    const { body } = await client.graphql('{ shop { currencyCode } productVariants(first: 1) { nodes { price } } }', {}, { shop: 'kissa-hoshi.myshopify.com', token: tea.body.access_token });
    expect(body.data).toEqual({ shop: { currencyCode: 'JPY' }, productVariants: { nodes: [{ price: '1880' }] } });
  });

  it('pages forwards and backwards through everything once, in any order', async () => {
    for (const sortKey of ['ID', 'TITLE', 'VENDOR', 'INVENTORY_TOTAL']) {
      for (const reverse of [false, true]) {
        const ids = async (direction: 'forward' | 'backward') => {
          const seen: string[] = [];
          let cursor: string | null = null;
          for (;;) {
            const args: string = direction === 'forward' ? 'first: 40, after: $cursor' : 'last: 40, before: $cursor';
            const { products } = await client.data(`query P($cursor: String) { products(${args}, sortKey: ${sortKey}, reverse: ${reverse}) { nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`, { cursor });
            const page = products.nodes.map(({ id }: { id: string }) => id);
            if (direction === 'forward') seen.push(...page);
            else seen.unshift(...page);
            if (!(direction === 'forward' ? products.pageInfo.hasNextPage : products.pageInfo.hasPreviousPage)) return seen;
            cursor = direction === 'forward' ? products.pageInfo.endCursor : products.pageInfo.startCursor;
          }
        };
        const forward = await ids('forward');
        expect(new Set(forward).size).toBe(91);
        expect(await ids('backward')).toEqual(forward);
        await client.order('POST', 'clock', { advanceMs: 60_000 });
      }
    }
  });

  it.each([
    ['vendor:Northfell', 11], ["vendor:'Holt & Vale'", 10], ['tag:merino AND product_type:Socks', 2], ['title:merino*', 5], ['status:draft', 1],
    ['status:active,archived', 90], ['NOT status:active', 2], ['-status:active', 2], ['sku:FF-101-RI2TE-01', 1], ['sku:FF-10*', 9],
    ['(tag:titanium OR tag:enamel) vendor:"Kettle Works"', 5], ['created_at:<2020-01-01', 0], ['updated_at:>2020-01-01T00:00:00Z', 91], ['kayak', 1],
  ])('finds products by %s', async (query, count) => {
    const data = await client.data('query S($query: String!) { products(first: 250, query: $query) { nodes { id } } productsCount(query: $query) { count precision } }', { query });
    expect(data.products.nodes).toHaveLength(count);
    expect(data.productsCount).toEqual({ count, precision: 'EXACT' });
  });

  it('finds products by id range and variants by product, SKU and time of change', async () => {
    const { id, variants } = await firstProduct();
    const number = id.split('/').pop();
    expect((await client.data(`{ products(first: 5, query: "id:${number}") { nodes { id } } }`)).products.nodes).toEqual([{ id }]);
    expect((await client.data(`{ products(first: 5, query: "id:>${number}") { nodes { id } } }`)).products.nodes).not.toContainEqual({ id });
    expect((await client.data(`{ productVariants(first: 50, query: "product_id:${number}") { nodes { id price } } }`)).productVariants.nodes).toEqual(variants);
    await client.order('POST', 'clock', { advanceMs: 1_800_000 });
    const { now } = await client.order('GET', 'clock');
    await client.order('POST', `shops/${DEMO}/variants/${variants[0]?.id.split('/').pop()}`, { price: '1.00' });
    const changed = await client.data('query C($q: String!) { products(first: 50, query: $q, sortKey: UPDATED_AT) { nodes { id } } }', { q: `updated_at:>=${now}` });
    expect(changed.products.nodes).toEqual([{ id }]);
  });

  it('resolves ids of every stored type, null for what is gone, and refuses unknown types loudly', async () => {
    const { id, variants } = await firstProduct();
    const data = await client.data('query N($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Product { title } ... on ProductVariant { price } } }', { ids: [id, variants[0]?.id, 'gid://shopify/ProductVariant/5'] });
    expect(data.nodes).toEqual([{ __typename: 'Product', id, title: 'Ridgeline 2 Tent' }, { __typename: 'ProductVariant', id: variants[0]?.id, price: '329.00' }, null]);
    const item = await client.data(`{ productVariant(id: "${variants[0]?.id}") { inventoryItem { id sku tracked variant { id } } product { collections(first: 5) { nodes { title handle } } } } }`);
    expect(item.productVariant.inventoryItem.variant.id).toBe(variants[0]?.id);
    expect(item.productVariant.product.collections.nodes).toEqual([{ title: 'Camp', handle: 'camp' }, { title: 'Bestsellers', handle: 'bestsellers' }]);
    expect((await client.data(`{ inventoryItem(id: "${item.productVariant.inventoryItem.id}") { sku } }`)).inventoryItem.sku).toBe('FF-101-RI2TE-01');
    expect((await client.graphql('{ node(id: "gid://shopify/Metafield/1") { id } }')).body.errors[0].extensions.code).toBe('SIM_NOT_IMPLEMENTED');
  });

  it('tells about the shop and the app', async () => {
    const data = await client.data('{ shop { name myshopifyDomain currencyCode ianaTimezone plan { publicDisplayName shopifyPlus } } currentAppInstallation { app { apiKey } accessScopes { handle } } }');
    expect(data.shop).toEqual({ name: 'Fell & Fjord', myshopifyDomain: DEMO, currencyCode: 'USD', ianaTimezone: 'America/New_York', plan: { publicDisplayName: 'Basic', shopifyPlus: false } });
    expect(data.currentAppInstallation).toEqual({ app: { apiKey: 'test-key' }, accessScopes: [{ handle: 'write_products' }, { handle: 'read_inventory' }] });
  });
});

describe('writing prices', () => {
  it('writes price, compare-at, cost and barcode; null clears; absent leaves alone', async () => {
    const { id, variants: [first, second] } = await firstProduct();
    await client.data(UPDATE, { productId: id, variants: [{ id: first?.id, price: '300', compareAtPrice: '349.90', barcode: '123', inventoryItem: { cost: '150.50' } }] });
    const { productVariantsBulkUpdate: cleared } = await client.data(UPDATE, { productId: id, variants: [{ id: first?.id, compareAtPrice: null, inventoryItem: { cost: null } }, { id: second?.id, price: '310.5' }] });
    expect(cleared.userErrors).toEqual([]);
    expect(cleared.productVariants).toEqual([
      { id: first?.id, price: '300.00', compareAtPrice: null, barcode: '123', inventoryItem: { unitCost: null } },
      { id: second?.id, price: '310.50', compareAtPrice: null, barcode: expect.any(String), inventoryItem: { unitCost: { amount: '171.1' } } },
    ]);
  });

  it('is atomic unless partial updates are allowed, and points at each wrong row', async () => {
    const { id, variants: [first, second] } = await firstProduct();
    const other = await client.data('{ products(last: 1) { nodes { variants(first: 1) { nodes { id } } } } }');
    const variants = [{ id: first?.id, price: '1.00' }, { id: second?.id, price: '-2' }, { id: other.products.nodes[0].variants.nodes[0].id, price: '3' }, { price: '4' }, { id: second?.id, price: null }];
    const errors = [
      { field: ['variants', '1', 'price'], message: 'Price must be greater than or equal to 0', code: 'GREATER_THAN_OR_EQUAL_TO' },
      { field: ['variants', '2', 'id'], message: 'Product variant does not exist', code: 'PRODUCT_VARIANT_DOES_NOT_EXIST' },
      { field: ['variants', '3', 'id'], message: 'Product variant is missing ID attribute', code: 'PRODUCT_VARIANT_ID_MISSING' },
      { field: ['variants', '4', 'price'], message: "Price can't be blank", code: 'BLANK' },
    ];
    const atomic = await client.data(UPDATE, { productId: id, variants });
    expect(atomic.productVariantsBulkUpdate).toEqual({ product: { id }, productVariants: null, userErrors: errors });
    expect((await firstProduct()).variants[0]?.price).toBe('329.00');
    const partial = await client.data(UPDATE, { productId: id, variants, partial: true });
    expect(partial.productVariantsBulkUpdate.userErrors).toEqual(errors);
    expect(partial.productVariantsBulkUpdate.productVariants).toHaveLength(1);
    expect((await firstProduct()).variants[0]?.price).toBe('1.00');
  });

  it('answers PRODUCT_DOES_NOT_EXIST for another product', async () => {
    const { productVariantsBulkUpdate } = await client.data(UPDATE, { productId: 'gid://shopify/Product/1', variants: [] });
    expect(productVariantsBulkUpdate).toEqual({ product: null, productVariants: null, userErrors: [{ field: ['productId'], message: 'Product does not exist', code: 'PRODUCT_DOES_NOT_EXIST' }] });
  });

  it('logs every write with its request, no-ops too, and moves updatedAt only when something changed', async () => {
    const { id, variants: [first] } = await firstProduct();
    await client.order('POST', 'clock', { advanceMs: 10_000 });
    const noop = await client.graphql(UPDATE, { productId: id, variants: [{ id: first?.id, price: '329.00' }] });
    const stamp = async () => (await client.data(`{ productVariant(id: "${first?.id}") { updatedAt } }`)).productVariant.updatedAt;
    const before = await stamp();
    const real = await client.graphql(UPDATE, { productId: id, variants: [{ id: first?.id, price: '320.00', compareAtPrice: '329.00' }] });
    expect(Date.parse(await stamp())).toBeGreaterThan(Date.parse(before));
    const variantId = first?.id.split('/').pop();
    const { data, nextAfter } = await client.order('GET', `shops/${DEMO}/writes`);
    const seq = data[0].seq;
    const shared = {
      at: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/), acceptedAt: expect.any(String), landedAt: expect.any(String), variantId, productId: id.split('/').pop(), before: { price: '329.00', compareAtPrice: null },
      source: 'call', actor: 'app', operation: 'productVariantsBulkUpdate', operationName: 'Write', bulk: null, currencyCode: 'USD',
    };
    expect(data).toEqual([
      { seq, ...shared, after: { price: '329.00', compareAtPrice: null }, requestId: noop.headers.get('x-request-id') },
      { seq: seq + 1, ...shared, after: { price: '320.00', compareAtPrice: '329.00' }, requestId: real.headers.get('x-request-id') },
    ]);
    expect(nextAfter).toBe(seq + 1);
    expect((await client.order('GET', `shops/${DEMO}/writes?after=${seq}`)).data).toHaveLength(1);
    expect(await client.order('GET', `shops/${DEMO}/writes?after=${nextAfter}`)).toEqual({ data: [], nextAfter });
  });
});
