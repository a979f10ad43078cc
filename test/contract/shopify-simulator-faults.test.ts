/** Faults around a write and a bulk operation: other hands, other traffic, broken files, broken endpoints, settings that change. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bulkLines, bulkUntil, runBulk, stageFile, writeLines } from './shopify-simulator-bulk-client.ts';
import { CREDENTIALS, DEMO, eventually, startClient } from './shopify-simulator-client.ts';
import type { Answer, Json, SimulatorClient } from './shopify-simulator-client.ts';

let client: SimulatorClient;
let refreshToken = '';

beforeAll(async () => {
  client = await startClient();
});

afterAll(() => client.sim.close());

beforeEach(async () => {
  await client.order('POST', 'reset');
  refreshToken = (await client.login()).refresh_token;
  await client.order('POST', `shops/${DEMO}/bulk`, { mutation: { startMs: 0, rowsPerSecond: 1e6 } });
});

const WRITE = 'mutation Write($p: ID!, $v: [ProductVariantsBulkInput!]!) { productVariantsBulkUpdate(productId: $p, variants: $v, allowPartialUpdates: true) { productVariants { id price } userErrors { field message code } } }';
const fault = (body: Record<string, unknown>) => client.order('POST', `shops/${DEMO}/faults`, body);
const rows = async (): Promise<Json[]> => (await client.order('GET', `shops/${DEMO}/variants?limit=2`)).data;
const log = async (): Promise<Json[]> => (await client.order('GET', `shops/${DEMO}/writes`)).data;
const clock = (advanceMs: number) => client.order('POST', 'clock', { advanceMs });

async function write(price: string): Promise<Answer> {
  const [first, second] = await rows();
  return client.graphql(WRITE, { p: `gid://shopify/Product/${first.productId}`, v: [first, second].map(({ id }) => ({ id: `gid://shopify/ProductVariant/${id}`, price })) });
}

const payload = async (price: string) => (await write(price)).body.data.productVariantsBulkUpdate;

describe('between reading and writing', () => {
  it('a merchant edits, to a price that was ordered, to exactly the target, or by one', async () => {
    await fault({ kind: 'merchant_edit', price: '17.17' });
    await write('20.00');
    await fault({ kind: 'merchant_edit', price: 'target' });
    await write('21.00');
    await fault({ kind: 'merchant_edit' });
    await write('22.00');
    const [first] = await rows();
    expect((await log()).filter(({ variantId }) => variantId === first.id).map(({ source, before, after }) => [source, before.price, after.price])).toEqual([
      ['merchant', '329.00', '17.17'], ['call', '17.17', '20.00'], ['merchant', '20.00', '21.00'], ['call', '21.00', '21.00'], ['merchant', '21.00', '22.00'], ['call', '22.00', '22.00'],
    ]);
  });

  it('another app edits, and the log says so', async () => {
    await fault({ kind: 'other_app_edit', price: '5.00' });
    await write('20.00');
    expect((await log())[0]).toMatchObject({ source: 'other_app', actor: 'other_app', operation: 'other-app', after: { price: '5.00' }, bulk: null });
  });

  it('a variant goes, and the rest is written', async () => {
    await fault({ kind: 'variant_deleted' });
    expect(await payload('20.00')).toMatchObject({ productVariants: [{ price: '20.00' }], userErrors: [{ field: ['variants', '0', 'id'], code: 'PRODUCT_VARIANT_DOES_NOT_EXIST' }] });
  });

  it('a product is archived, and can still be written', async () => {
    await fault({ kind: 'product_archived' });
    expect((await payload('20.00')).userErrors).toEqual([]);
    const [first] = await rows();
    expect((await client.data(`{ product(id: "gid://shopify/Product/${first.productId}") { status } }`)).product.status).toBe('ARCHIVED');
    await client.order('POST', `shops/${DEMO}/products/${first.productId}`, { status: 'active' });
    expect((await client.data('{ products(first: 1) { nodes { status } } }')).products.nodes).toEqual([{ status: 'ACTIVE' }]);
  });

  it('everything is refused by userErrors with no variants', async () => {
    await fault({ kind: 'user_errors' });
    expect(await payload('20.00')).toMatchObject({ productVariants: null, userErrors: [{ field: ['variants', '0', 'price'] }, { field: ['variants', '1', 'price'] }] });
    expect(await log()).toEqual([]);
  });
});

describe('the bucket', () => {
  it('is drained by others for a time', async () => {
    const left = async () => (await client.graphql('{ shop { name } }')).body.extensions.cost.throttleStatus.currentlyAvailable;
    await fault({ kind: 'other_traffic', pointsPerSecond: 150, delayMs: 20_000 });
    await clock(10_000);
    const low = await left();
    expect(low).toBeGreaterThan(1_400);
    expect(low).toBeLessThan(1_510);
    await clock(30_000);
    expect(await left()).toBeGreaterThan(1_990);
  });

  it('never goes below nothing, and is its own again when the faults are cleared', async () => {
    await fault({ kind: 'other_traffic', pointsPerSecond: 1_000 });
    await clock(10_000);
    expect((await client.graphql('{ shop { name } }')).body.errors[0].extensions.code).toBe('THROTTLED');
    await client.order('DELETE', `shops/${DEMO}/faults`);
    await clock(1_000);
    expect((await client.graphql('{ shop { name } }')).body.extensions.cost.throttleStatus.currentlyAvailable).toBeLessThan(200);
  });
});

describe('the API version', () => {
  it('falls back to the oldest, or to the one ordered, for a while or until the faults are cleared', async () => {
    const served = async () => (await client.graphql('{ shop { name } }')).headers.get('x-shopify-api-version');
    await fault({ kind: 'version_fallback' });
    expect([await served(), await served()]).toEqual(['2026-04', '2026-04']);
    await client.order('DELETE', `shops/${DEMO}/faults`);
    expect(await served()).toBe('2026-07');
  });
});

describe('bulk operations', () => {
  const ended = (id: string) => bulkUntil(client, id, ({ status }) => !['CREATED', 'RUNNING', 'CANCELING'].includes(status));
  const started = async (products = 6) => (await runBulk(client, await writeLines(client, products))).bulkOperation.id;

  it('fail after some lines, with those at partialDataUrl', async () => {
    await fault({ kind: 'bulk_fail', line: 2 });
    const done = await ended(await started());
    expect(done).toMatchObject({ status: 'FAILED', errorCode: 'INTERNAL_SERVER_ERROR', url: null, objectCount: '2' });
    expect((await bulkLines(done.partialDataUrl)).map((line) => line.__lineNumber).sort()).toEqual([0, 1]);
    expect(await log()).toHaveLength(2);
  });

  it('are cancelled by somebody in the middle', async () => {
    await fault({ kind: 'bulk_cancelled', operation: 'productVariantsBulkUpdate' });
    const done = await ended(await started());
    expect(done).toMatchObject({ status: 'CANCELED', objectCount: '3' });
    expect(await bulkLines(done.partialDataUrl)).toHaveLength(3);
  });

  it('never finish: only a cancellation or the day ends them', async () => {
    await fault({ kind: 'bulk_hang', line: 1, count: 2 });
    const [one, other] = [await started(), await started()];
    for (const id of [one, other]) await bulkUntil(client, id, ({ objectCount }) => objectCount === '1');
    await client.data('mutation C($id: ID!) { bulkOperationCancel(id: $id) { userErrors { message } } }', { id: one });
    expect(await ended(one)).toMatchObject({ status: 'CANCELED', objectCount: '1' });
    await clock(24 * 3_600_000);
    await client.login();
    expect(await ended(other)).toMatchObject({ status: 'FAILED', errorCode: 'TIMEOUT', objectCount: '1' });
  });

  it('are slow', async () => {
    await client.order('POST', `shops/${DEMO}/bulk`, { mutation: { rowsPerSecond: 1 } });
    await fault({ kind: 'bulk_slow', factor: 60 });
    const id = await started(2);
    await bulkUntil(client, id, ({ status }) => status === 'RUNNING');
    await clock(30_000);
    expect((await bulkUntil(client, id, () => true)).objectCount).toBe('0');
    await clock(90_000);
    expect((await ended(id)).objectCount).toBe('2');
  });

  it('lose lines of the result, not of the effect', async () => {
    await fault({ kind: 'bulk_lines_missing', lines: 2, seed: 3 });
    const done = await ended(await started());
    expect(done).toMatchObject({ status: 'COMPLETED', objectCount: '6' });
    expect(await bulkLines(done.url)).toHaveLength(4);
    expect(await log()).toHaveLength(6);
  });

  it('run although the answer of the start is lost, at once or later, and are found by the name of their document', async () => {
    const found = async (): Promise<Json[]> => (await client.data('{ bulkOperations(first: 5, query: "operation_type:mutation") { nodes { id query } } }')).bulkOperations.nodes;
    await fault({ kind: 'timeout_after_write', operation: 'bulkOperationRunMutation' });
    await expect(started()).rejects.toThrow();
    await eventually(async () => (await log()).length === 6);
    expect((await found())[0].query).toContain('mutation W(');
    await fault({ kind: 'late_landing', operation: 'bulkOperationRunMutation', delayMs: 40_000 });
    await expect(started()).rejects.toThrow();
    expect(await found()).toHaveLength(1);
    await clock(40_000);
    await eventually(async () => (await found()).length === 2);
  });

  it('are refused: in progress already, or the file cannot be read just now', async () => {
    await fault({ kind: 'bulk_busy' });
    await fault({ kind: 'bulk_file_error' });
    const lines = await writeLines(client, 1);
    const codes = [];
    for (let n = 0; n < 3; n++) codes.push((await runBulk(client, lines)).userErrors[0]?.code);
    expect(codes.sort()).toEqual(['INTERNAL_FILE_SERVER_ERROR', 'OPERATION_IN_PROGRESS', undefined]);
  });

  it('have downloads that break in the middle, are slow, or answer 503', async () => {
    const { url } = await ended(await started());
    await fault({ kind: 'bulk_download_breaks' });
    const broken = await fetch(url);
    expect(broken.status).toBe(200);
    await expect(broken.text()).rejects.toThrow();
    await fault({ kind: 'http_503', operation: 'bulk-result' });
    expect((await fetch(url)).status).toBe(503);
    await fault({ kind: 'slow_body', operation: 'bulk-result', delayMs: 300 });
    const before = performance.now();
    expect(await bulkLines(url)).toHaveLength(6);
    expect(performance.now() - before).toBeGreaterThan(250);
  });

  it('have lines that break as calls do, and hands that come between', async () => {
    await fault({ kind: 'null_data', operation: 'bulk-line' });
    await fault({ kind: 'merchant_edit', operation: 'bulk-line', price: '3.00' });
    const lines = await bulkLines((await ended(await started())).url);
    expect(lines.find((line) => line.__lineNumber === 0)).toMatchObject({ data: null, errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] });
    expect((await log()).map(({ source }) => source)).toEqual(['merchant', 'bulk', 'bulk', 'bulk', 'bulk', 'bulk']);
  });

  it('export with the same faults', async () => {
    const run = async () => (await client.data('mutation { bulkOperationRunQuery(query: "{ productVariants { edges { node { id } } } }") { bulkOperation { id } } }')).bulkOperationRunQuery.bulkOperation.id;
    await fault({ kind: 'bulk_fail', operation: 'bulkOperationRunQuery', line: 100 });
    const failed = await ended(await run());
    expect(failed).toMatchObject({ status: 'FAILED', objectCount: '100' });
    expect(await bulkLines(failed.partialDataUrl)).toHaveLength(100);
    await fault({ kind: 'bulk_lines_missing', lines: 10 });
    expect(await bulkLines((await ended(await run())).url)).toHaveLength(272);
    await fault({ kind: 'bulk_hang', line: 0 });
    const hanging = await run();
    await bulkUntil(client, hanging, ({ status }) => status === 'RUNNING');
    await client.order('POST', `shops/${DEMO}/bulk-operations/${hanging.split('/').pop()}/cancel`);
    expect(await ended(hanging)).toMatchObject({ status: 'CANCELED', url: null, partialDataUrl: null });
  });

  it('end with the installation of the app', async () => {
    await client.order('POST', `shops/${DEMO}/bulk`, { mutation: { rowsPerSecond: 1 } });
    const id = await started();
    await client.order('POST', `shops/${DEMO}/uninstall`);
    await clock(10_000);
    await eventually(async () => (await client.order('GET', `shops/${DEMO}/bulk-operations`)).data.find((operation: Json) => operation.id === id).status === 'FAILED');
    expect(await log()).toEqual([]);
    await client.login();
  });
});

it('logs what calls, bulk operations and hands write at the same time as one chain for each variant', async () => {
  await client.order('POST', `shops/${DEMO}/bulk`, { mutation: { startMs: 0, rowsPerSecond: 2_000 } });
  const lines = await writeLines(client, 40);
  await fault({ kind: 'merchant_edit', probability: 0.3, seed: 4 });
  await fault({ kind: 'late_landing', operation: 'Write', count: 2, delayMs: 50 });
  const { bulkOperation } = await runBulk(client, lines);
  for (const price of ['9.00', '8.00', '7.00', '6.00']) await write(price).catch(() => undefined);
  await bulkUntil(client, bulkOperation.id, ({ status }) => status === 'COMPLETED');
  await eventually(async () => (await log()).filter(({ source }) => source === 'call').length === 8);
  const entries = await log();
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_entry, index) => entries[0].seq + index));
  const last = new Map<string, Json>();
  for (const entry of entries) {
    expect(entry.before).toEqual(last.get(entry.variantId) ?? entry.before);
    expect(entry.acceptedAt <= entry.landedAt).toBe(true);
    last.set(entry.variantId, entry.after);
  }
  for (const [id, after] of last) expect(await client.order('GET', `shops/${DEMO}/variants/${id}`)).toMatchObject(after);
  expect(new Set(entries.map(({ source }) => source))).toEqual(new Set(['call', 'bulk', 'merchant']));
});

describe('other endpoints', () => {
  const refresh = () => client.oauth({ grant_type: 'refresh_token', refresh_token: refreshToken });

  it('are struck only by faults that name them', async () => {
    await fault({ kind: 'http_500' });
    expect((await refresh()).status).toBe(200);
  });

  it('lose the answer of a refresh, which can be asked for again', async () => {
    await fault({ kind: 'timeout_after_write', operation: 'refresh_token' });
    await expect(refresh()).rejects.toThrow();
    expect((await client.graphql('{ shop { id } }')).status).toBe(401);
    const again = await refresh();
    expect([again.status, typeof again.body.access_token]).toEqual([200, 'string']);
    await fault({ kind: 'http_503', operation: 'access_token', count: 2 });
    expect([(await refresh()).status, (await client.exchange()).status, (await refresh()).status]).toEqual([503, 503, 200]);
  });

  it('break an upload', async () => {
    await fault({ kind: 'http_503', operation: 'staged-upload' });
    const target = await stageFile(client);
    expect((await fetch(target.url, { method: 'POST', body: new FormData() })).status).toBe(503);
  });
});

describe('what a merchant changes', () => {
  it('currency and time zone: amounts keep their numbers, the log keeps the currency of its day', async () => {
    await write('20.50');
    expect(await client.order('POST', `shops/${DEMO}/settings`, { currencyCode: 'JPY', ianaTimezone: 'Asia/Tokyo', name: 'Kin' })).toMatchObject({ currencyCode: 'JPY', ianaTimezone: 'Asia/Tokyo', name: 'Kin' });
    expect((await client.data('{ shop { currencyCode ianaTimezone name } }')).shop).toEqual({ currencyCode: 'JPY', ianaTimezone: 'Asia/Tokyo', name: 'Kin' });
    expect((await rows())[0].price).toBe('21');
    await write('30');
    expect((await log()).map(({ currencyCode, after }) => [currencyCode, after.price])).toEqual([['USD', '20.50'], ['USD', '20.50'], ['JPY', '30'], ['JPY', '30']]);
    await client.order('POST', 'reset');
    expect((await rows())[0].price).toBe('329.00');
    expect((await client.control('POST', `shops/${DEMO}/settings`, { currency: 'EUR' })).status).toBe(400);
  });

  it('scopes of the app', async () => {
    const before = (await client.data('{ currentAppInstallation { accessScopes { handle } } }')).currentAppInstallation.accessScopes.map(({ handle }: Json) => handle);
    await client.order('POST', `shops/${DEMO}/scopes`, { scopes: ['read_products'] });
    expect((await write('20.00')).body.errors[0].extensions.code).toBe('ACCESS_DENIED');
    await client.order('POST', `shops/${DEMO}/scopes`, { scopes: before });
    expect((await write('20.00')).body.errors).toBeUndefined();
  });
});

describe('large shops', () => {
  it('are there within seconds with 100,000 variants, the same for a seed, and export as a stream', async () => {
    const huge = 'huge.myshopify.com';
    const before = performance.now();
    await client.order('POST', 'shops', { shop: huge, plan: 'plus', generate: { products: 25_000, variantsPerProduct: 4 } });
    expect(performance.now() - before).toBeLessThan(10_000);
    const token = (await client.exchange({}, huge)).body.access_token;
    const ask = async (query: string, variables = {}) => (await client.graphql(query, variables, { shop: huge, token })).body.data;
    const { bulkOperationRunQuery } = await ask('mutation { bulkOperationRunQuery(query: "{ productVariants { edges { node { id price } } } }") { bulkOperation { id } } }');
    const { url } = await eventually(async () => {
      const { bulkOperation } = await ask('query B($id: ID!) { bulkOperation(id: $id) { status url objectCount } }', bulkOperationRunQuery.bulkOperation);
      return bulkOperation.status === 'COMPLETED' && bulkOperation;
    }, 60_000);
    let lines = 0;
    for await (const chunk of (await fetch(url)).body as unknown as AsyncIterable<Uint8Array>) for (const byte of chunk) if (byte === 10) lines += 1;
    expect(lines).toBe(100_000);
    const prices = async (seed: number) => {
      expect(await client.order('POST', `shops/${huge}/generate`, { products: 50, variantsPerProduct: 20, seed })).toMatchObject({ products: 50, variants: 1_000, plan: 'plus' });
      return (await client.order('GET', `shops/${huge}/variants?limit=20`)).data.map(({ price }: Json) => price);
    };
    const first = await prices(1);
    expect(await prices(2)).not.toEqual(first);
    expect(await prices(1)).toEqual(first);
    expect((await client.control('POST', `shops/${huge}/generate`, { products: 1_000_000, variantsPerProduct: 2_000 })).status).toBe(400);
  }, 90_000);
});

it('keeps one shop’s faults, writes and operations out of another', async () => {
  const other = 'kissa-hoshi.myshopify.com';
  await fault({ kind: 'http_500', count: 100 });
  const { body } = await client.exchange({ client_id: CREDENTIALS.apiKey }, other);
  expect((await client.graphql('{ shop { name } }', {}, { shop: other, token: body.access_token })).status).toBe(200);
  expect((await client.graphql('{ shop { name } }', {}, { shop: other })).status).toBe(401);
  expect((await client.order('GET', `shops/${other}/bulk-operations`)).data).toEqual([]);
});
