/** Bulk mutations of the simulator: staged uploads, validation, lines and their results, speed, limits, cancelling, time limits. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stageFile, runBulk, bulkLines, bulkUntil, writeLines } from './shopify-simulator-bulk-client.ts';
import { DEMO, eventually, startClient } from './shopify-simulator-client.ts';
import type { Json, SimulatorClient } from './shopify-simulator-client.ts';

let client: SimulatorClient;

beforeAll(async () => {
  client = await startClient();
});

afterAll(() => client.sim.close());

beforeEach(async () => {
  await client.order('POST', 'reset');
  await client.login();
  await client.order('POST', `shops/${DEMO}/bulk`, { mutation: { startMs: 0, rowsPerSecond: 1e6 } });
});

const ENDED = ['COMPLETED', 'FAILED', 'CANCELED', 'EXPIRED'];
const ended = (id: string) => bulkUntil(client, id, ({ status }) => ENDED.includes(status));
const writes = async (): Promise<Json[]> => (await client.order('GET', `shops/${DEMO}/writes`)).data;
const clock = (advanceMs: number) => client.order('POST', 'clock', { advanceMs });

describe('staged uploads', () => {
  it('wants every parameter as it was given out, and the file as the last field', async () => {
    const target = await stageFile(client);
    const form = (change: (fields: [string, string | Blob][]) => [string, string | Blob][]) => {
      const fields = change([...target.parameters.map(({ name, value }: Json): [string, string] => [name, value]), ['file', new Blob(['{}'])]]);
      const data = new FormData();
      for (const [name, value] of fields) data.append(name, value);
      return fetch(target.url, { method: 'POST', body: data }).then(async (response) => [response.status, /<Code>(\w+)/.exec(await response.text())?.[1]]);
    };
    expect(await form((fields) => [fields.at(-1) as [string, Blob], ...fields.slice(0, -1)])).toEqual([400, 'InvalidArgument']);
    expect(await form((fields) => [...fields, ['more', 'x']])).toEqual([400, 'InvalidArgument']);
    expect(await form((fields) => fields.filter(([name]) => name !== 'policy'))).toEqual([403, 'AccessDenied']);
    expect(await form((fields) => fields.map(([name, value]) => [name, name === 'key' ? 'tmp/1/bulk/x/prices.jsonl' : value]))).toEqual([403, 'AccessDenied']);
    expect(await form((fields) => fields)).toEqual([201, undefined]);
  });

  it.each([1, 20 * 1024 * 1024])('refuses a file of 100 MB and %i bytes', async (more) => {
    const target = await stageFile(client);
    const data = new FormData();
    for (const { name, value } of target.parameters) data.append(name, value);
    data.append('file', new Blob([new Uint8Array(100 * 1024 * 1024 + more)]));
    const response = await fetch(target.url, { method: 'POST', body: data });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('EntityTooLarge')]);
  }, 20_000);

  it('knows no other kind of file', async () => {
    const { stagedUploadsCreate } = await client.data(
      'mutation S($input: [StagedUploadInput!]!) { stagedUploadsCreate(input: $input) { stagedTargets { url } userErrors { field message } } }',
      { input: [{ resource: 'BULK_MUTATION_VARIABLES', filename: 'prices.csv', mimeType: 'text/csv', httpMethod: 'POST' }] },
    );
    expect(stagedUploadsCreate).toEqual({ stagedTargets: null, userErrors: [{ field: ['input', '0', 'mimeType'], message: 'Mime type is not recognized' }] });
  });
});

describe('the start', () => {
  it.each([
    ['a query', '{ shop { name } }', 'INVALID_MUTATION'],
    ['a field that does not exist', 'mutation { nothing { id } }', 'INVALID_MUTATION'],
    ['text that is no GraphQL', 'mutation {', 'INVALID_MUTATION'],
    ['two root fields', 'mutation W($a: ID!, $v: [ProductVariantsBulkInput!]!) { one: productVariantsBulkUpdate(productId: $a, variants: $v) { userErrors { code } } two: productVariantsBulkUpdate(productId: $a, variants: $v) { userErrors { code } } }', 'INVALID_MUTATION'],
    ['two operations', 'mutation A($i: ID!) { bulkOperationCancel(id: $i) { userErrors { message } } } mutation B($i: ID!) { bulkOperationCancel(id: $i) { userErrors { message } } }', 'INVALID_MUTATION'],
    ['a bulk operation in a bulk operation', 'mutation A($i: ID!) { bulkOperationCancel(id: $i) { userErrors { message } } }', 'INVALID_MUTATION'],
  ])('refuses %s', async (_what, mutation, code) => {
    const { bulkOperation, userErrors } = await runBulk(client, '{}', { mutation });
    expect([bulkOperation, userErrors.map((error: Json) => [error.field, error.code])]).toEqual([null, [[['mutation'], code]]]);
  });

  it('refuses a file that was never uploaded, one that is no JSONL, an empty one, and a client identifier that is too short', async () => {
    const refusal = async (file: string, over: Json = {}) => (await runBulk(client, file, over)).userErrors.map(({ field, code }: Json) => [field?.[0], code]);
    expect(await refusal('{}', { path: 'tmp/1/bulk/none' })).toEqual([['stagedUploadPath', 'NO_SUCH_FILE']]);
    expect(await refusal('{"productId":')).toEqual([['stagedUploadPath', 'INVALID_STAGED_UPLOAD_FILE']]);
    expect(await refusal('')).toEqual([['stagedUploadPath', 'INVALID_STAGED_UPLOAD_FILE']]);
    expect(await refusal('{}', { clientIdentifier: 'short' })).toEqual([['clientIdentifier', null]]);
  });

  it('takes five mutations and five queries at once, and refuses the sixth of each', async () => {
    await client.order('POST', `shops/${DEMO}/bulk`, { mutation: { startMs: 60_000 }, query: { startMs: 60_000 } });
    const lines = await writeLines(client, 1);
    for (let n = 0; n < 5; n++) expect((await runBulk(client, lines)).bulkOperation).toMatchObject({ status: 'CREATED', type: 'MUTATION' });
    expect((await runBulk(client, lines)).userErrors).toEqual([{ field: null, message: expect.any(String), code: 'LIMIT_REACHED' }]);
    const query = 'mutation { bulkOperationRunQuery(query: "{ products { edges { node { id } } } }") { bulkOperation { status } userErrors { code } } }';
    for (let n = 0; n < 5; n++) expect((await client.data(query)).bulkOperationRunQuery.bulkOperation).toEqual({ status: 'CREATED' });
    expect((await client.data(query)).bulkOperationRunQuery.userErrors).toEqual([{ code: 'LIMIT_REACHED' }]);
    await clock(60_000);
    await eventually(async () => (await runBulk(client, lines)).bulkOperation);
  });
});

describe('the lines', () => {
  it('are executed as calls are, each with a result that names its line, and are all in the write log', async () => {
    const rows = (await client.data('{ products(first: 20) { nodes { id variants(first: 5) { nodes { id price } } } } }')).products.nodes;
    const file = [...rows.map(({ id, variants }: Json) => JSON.stringify({ productId: id, variants: variants.nodes.map((variant: Json) => ({ id: variant.id, price: '11.00' })) })),
      JSON.stringify({ productId: 'gid://shopify/Product/1', variants: [] })].join('\n');
    const { bulkOperation } = await runBulk(client, file, { clientIdentifier: 'calibrate-chunk-1' });
    const done = await ended(bulkOperation.id);
    expect(done).toMatchObject({ status: 'COMPLETED', type: 'MUTATION', errorCode: null, partialDataUrl: null, objectCount: '21', rootObjectCount: '21' });
    const results = await bulkLines(done.url);
    const numbers = results.map((line) => line.__lineNumber);
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 21 }, (_none, index) => index));
    expect(numbers).not.toEqual([...numbers].sort((a, b) => a - b));
    const first = results.find((line) => line.__lineNumber === 0);
    expect(first.data.productVariantsBulkUpdate).toEqual({ productVariants: rows[0].variants.nodes.map(({ id }: Json) => ({ id, price: '11.00', compareAtPrice: null })), userErrors: [] });
    expect(results.find((line) => line.__lineNumber === 20).data.productVariantsBulkUpdate.userErrors[0].code).toBe('PRODUCT_DOES_NOT_EXIST');
    const log = await writes();
    const [operation] = (await client.order('GET', `shops/${DEMO}/bulk-operations`)).data;
    expect(log).toHaveLength(operation.rows - 1);
    expect(log[0]).toMatchObject({
      source: 'bulk', actor: 'app', operation: 'bulkOperationRunMutation', operationName: 'W', requestId: operation.requestId, bulk: { operationId: bulkOperation.id, line: 0 },
      acceptedAt: operation.createdAt, before: { price: '329.00' }, after: { price: '11.00' }, productId: rows[0].id.split('/').pop(),
    });
    expect(log[0].landedAt >= operation.startedAt && log[0].landedAt <= operation.completedAt).toBe(true);
    expect(operation).toMatchObject({ clientIdentifier: 'calibrate-chunk-1', resultLines: 21 });
  });

  it('have errors of their own: malformed ones, variables that do not fit, lists that are too long, variants that are not there', async () => {
    const [good] = (await writeLines(client, 1)).split('\n') as [string];
    const { productId } = JSON.parse(good);
    const file = [good, '{"productId":', '', '{"variants":[]}', JSON.stringify({ productId, variants: Array.from({ length: 251 }, () => ({ id: 'gid://shopify/ProductVariant/1', price: '1.00' })) }),
      JSON.stringify({ productId, variants: [{ id: 'gid://shopify/ProductVariant/1', price: '1.00' }] })].join('\n');
    const results = await bulkLines((await ended((await runBulk(client, file)).bulkOperation.id)).url);
    const byLine = new Map(results.map((line) => [line.__lineNumber, line]));
    expect([...byLine.keys()].sort()).toEqual([0, 1, 3, 4, 5]);
    expect(byLine.get(1)).toEqual({ errors: [{ message: expect.stringContaining('Invalid JSON on line 1'), extensions: { code: 'BAD_REQUEST' } }], __lineNumber: 1 });
    expect(byLine.get(3).errors[0].extensions.code).toBe('INVALID_VARIABLE');
    expect(byLine.get(4).errors[0].extensions.code).toBe('MAX_INPUT_SIZE_EXCEEDED');
    expect(byLine.get(5).data.productVariantsBulkUpdate.userErrors[0].code).toBe('PRODUCT_VARIANT_DOES_NOT_EXIST');
    expect(await writes()).toHaveLength(1);
  });

  it('write what may be written and refuse the rest, as allowPartialUpdates says', async () => {
    const { products } = await client.data('{ products(first: 1) { nodes { id variants(first: 2) { nodes { id } } } } }');
    const [{ id: productId, variants }] = products.nodes;
    const line = JSON.stringify({ productId, variants: [{ id: variants.nodes[0].id, price: '5.00' }, { id: variants.nodes[1].id, price: '-5.00' }] });
    const partial = await bulkLines((await ended((await runBulk(client, line)).bulkOperation.id)).url);
    expect(partial[0].data.productVariantsBulkUpdate).toMatchObject({ productVariants: [{ price: '5.00' }], userErrors: [{ field: ['variants', '1', 'price'], code: 'GREATER_THAN_OR_EQUAL_TO' }] });
    expect(await writes()).toHaveLength(1);
  });

  it('need the scopes that the app has at that moment', async () => {
    await client.order('POST', `shops/${DEMO}/bulk`, { mutation: { startMs: 60_000 } });
    const { bulkOperation } = await runBulk(client, await writeLines(client, 2));
    await client.order('POST', `shops/${DEMO}/faults`, { kind: 'scope_removed', scope: 'write_products' });
    await clock(60_000);
    const results = await bulkLines((await ended(bulkOperation.id)).url);
    expect(results.map((line) => line.errors[0].extensions.code)).toEqual(['ACCESS_DENIED', 'ACCESS_DENIED']);
    expect(await writes()).toEqual([]);
  });
});

describe('time', () => {
  it('is a start and so many rows a second, each written when its time has come', async () => {
    await client.order('POST', `shops/${DEMO}/bulk`, { mutation: { startMs: 10_000, rowsPerSecond: 0.1 } });
    const { bulkOperation } = await runBulk(client, await writeLines(client, 5));
    const count = () => bulkUntil(client, bulkOperation.id, () => true).then(({ status, objectCount }) => [status, objectCount]);
    await clock(9_000);
    expect(await count()).toEqual(['CREATED', '0']);
    await clock(1_000);
    await bulkUntil(client, bulkOperation.id, ({ status }) => status === 'RUNNING');
    await clock(25_000);
    await bulkUntil(client, bulkOperation.id, ({ objectCount }) => objectCount === '2');
    expect(await writes()).toHaveLength(2);
    await clock(25_000);
    expect(await ended(bulkOperation.id)).toMatchObject({ status: 'COMPLETED', objectCount: '5' });
  });

  it('is two seconds and fifty rows a second where nothing else is said, and goes by at the speed of the clock', async () => {
    await client.order('POST', 'reset');
    expect(await client.order('GET', `shops/${DEMO}/bulk`)).toEqual({ mutation: { startMs: 2_000, rowsPerSecond: 50 }, query: { startMs: 5, objectsPerSecond: null } });
    const lines = await writeLines(client, 50);
    await client.order('POST', 'clock', { speed: 20 });
    const { bulkOperation } = await runBulk(client, lines);
    await ended(bulkOperation.id);
    const [operation] = (await client.order('GET', `shops/${DEMO}/bulk-operations`)).data;
    const took = (from: string, to: string) => Date.parse(to) - Date.parse(from);
    expect(took(operation.createdAt, operation.startedAt)).toBeGreaterThanOrEqual(1_990);
    expect(took(operation.startedAt, operation.completedAt)).toBeGreaterThanOrEqual(990);
  });

  it('comes from the definition of the shop too', async () => {
    await client.order('POST', 'shops', { shop: 'quick.myshopify.com', bulk: { mutation: { rowsPerSecond: 5_000 } } });
    expect((await client.order('GET', 'shops/quick.myshopify.com/bulk')).mutation).toEqual({ startMs: 2_000, rowsPerSecond: 5_000 });
    expect((await client.control('POST', `shops/${DEMO}/bulk`, { mutation: { rowsPerSecond: 0 } })).status).toBe(400);
    expect((await client.control('POST', `shops/${DEMO}/bulk`, { mutations: {} })).status).toBe(400);
  });

  it('is over after a day: FAILED, with what was written at partialDataUrl', async () => {
    await client.order('POST', `shops/${DEMO}/bulk`, { mutation: { startMs: 0, rowsPerSecond: 0.001 } });
    const { bulkOperation } = await runBulk(client, await writeLines(client, 90));
    await bulkUntil(client, bulkOperation.id, ({ status }) => status === 'RUNNING');
    for (let n = 0; n < 24; n++) await clock(3_600_000);
    await client.login();
    const done = await ended(bulkOperation.id);
    expect(done).toMatchObject({ status: 'FAILED', errorCode: 'TIMEOUT', url: null, partialDataUrl: expect.any(String) });
    const written = await writes();
    expect(written.length).toBeGreaterThan(0);
    expect(written.length).toBeLessThan(90);
    expect(await bulkLines(done.partialDataUrl)).toHaveLength(written.length);
  });
});

describe('cancelling', () => {
  it('lets the line under way finish, keeps the results of those that ran, and cannot be done twice', async () => {
    await client.order('POST', `shops/${DEMO}/bulk`, { mutation: { startMs: 0, rowsPerSecond: 0.1 } });
    const { bulkOperation } = await runBulk(client, await writeLines(client, 10));
    await bulkUntil(client, bulkOperation.id, ({ status }) => status === 'RUNNING');
    await clock(15_000);
    await bulkUntil(client, bulkOperation.id, ({ objectCount }) => objectCount === '1');
    const cancel = () => client.data('mutation C($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status } userErrors { field message } } }', { id: bulkOperation.id });
    expect((await cancel()).bulkOperationCancel).toEqual({ bulkOperation: { status: 'CANCELING' }, userErrors: [] });
    expect((await cancel()).bulkOperationCancel.userErrors[0].message).toBe('A bulk operation cannot be canceled when it is canceling');
    expect((await bulkUntil(client, bulkOperation.id, () => true)).status).toBe('CANCELING');
    await clock(10_000);
    const done = await ended(bulkOperation.id);
    expect(done).toMatchObject({ status: 'CANCELED', url: null, fileSize: null, objectCount: '2' });
    expect((await bulkLines(done.partialDataUrl)).map((line) => line.__lineNumber).sort()).toEqual([0, 1]);
    expect(await writes()).toHaveLength(2);
    expect((await cancel()).bulkOperationCancel.userErrors[0].message).toBe('A bulk operation cannot be canceled when it is canceled');
  });

  it('before it has begun leaves nothing, and somebody else may do it', async () => {
    await client.order('POST', `shops/${DEMO}/bulk`, { mutation: { startMs: 30_000 } });
    const { bulkOperation } = await runBulk(client, await writeLines(client, 3));
    expect(await client.order('POST', `shops/${DEMO}/bulk-operations/${bulkOperation.id.split('/').pop()}/cancel`)).toEqual({ id: bulkOperation.id, status: 'CANCELING' });
    await clock(30_000);
    expect(await ended(bulkOperation.id)).toMatchObject({ status: 'CANCELED', url: null, partialDataUrl: null, objectCount: '0' });
    expect(await writes()).toEqual([]);
    expect((await client.control('POST', `shops/${DEMO}/bulk-operations/1/cancel`)).status).toBe(404);
  });
});

describe('finding operations', () => {
  it('by status, type, time and id, with the document as it was sent', async () => {
    const early = await runBulk(client, await writeLines(client, 1));
    await ended(early.bulkOperation.id);
    await clock(3_600_000 - 60_000);
    await client.login();
    const mutation = 'mutation Chunk_0198f($productId: ID!, $variants: [ProductVariantsBulkInput!]!) { productVariantsBulkUpdate(productId: $productId, variants: $variants) { userErrors { code } } }';
    await client.order('POST', `shops/${DEMO}/bulk`, { mutation: { startMs: 60_000 } });
    const since = (await client.order('GET', 'clock')).now;
    const late = await runBulk(client, await writeLines(client, 1), { mutation });
    const found = async (query: string): Promise<Json[]> => (await client.data('query F($query: String) { bulkOperations(first: 10, query: $query) { nodes { id status query } } }', { query })).bulkOperations.nodes;
    expect((await found('operation_type:mutation')).map(({ id }) => id)).toEqual([late.bulkOperation.id, early.bulkOperation.id]);
    expect(await found('operation_type:mutation status:created')).toEqual([{ id: late.bulkOperation.id, status: 'CREATED', query: mutation }]);
    expect(await found(`created_at:>='${since}'`)).toHaveLength(1);
    expect(await found(`id:${late.bulkOperation.id.split('/').pop()}`)).toHaveLength(1);
    expect(await found('operation_type:query')).toEqual([]);
  });
});
