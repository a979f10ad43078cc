/** Bulk operations of the simulator: queries to JSONL, staged uploads, mutations, limits, cancelling, expiry. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEMO, eventually, startClient } from './shopify-simulator-client.ts';
import type { Json, SimulatorClient } from './shopify-simulator-client.ts';

let client: SimulatorClient;

beforeAll(async () => {
  client = await startClient();
});

afterAll(() => client.sim.close());

beforeEach(async () => {
  await client.order('POST', 'reset');
});

const RUN = 'mutation Run($query: String!, $group: Boolean!) { bulkOperationRunQuery(query: $query, groupObjects: $group) { bulkOperation { id status type } userErrors { field message code } } }';
const STATUS = 'query Status($id: ID!) { bulkOperation(id: $id) { id status type errorCode objectCount rootObjectCount fileSize url partialDataUrl completedAt query } }';

async function run(query: string, group = false): Promise<Json> {
  const { bulkOperationRunQuery } = await client.data(RUN, { query, group });
  return bulkOperationRunQuery;
}

async function finished(id: string): Promise<Json> {
  return eventually(async () => {
    const { bulkOperation } = await client.data(STATUS, { id });
    return ['COMPLETED', 'FAILED', 'CANCELED'].includes(bulkOperation.status) && bulkOperation;
  });
}

async function lines(url: string): Promise<Json[]> {
  const text = await (await fetch(url)).text();
  expect(text.endsWith('\n')).toBe(true);
  return text.trimEnd().split('\n').map((line) => JSON.parse(line));
}

const CATALOG = '{ products { edges { node { id title variants { edges { node { id sku price } } } collections { edges { node { id handle } } } } } } }';

describe('bulk queries', () => {
  it('writes a line for each object, children with __parentId and not beside their parents', async () => {
    const { bulkOperation } = await run(CATALOG);
    expect(bulkOperation).toMatchObject({ status: 'CREATED', type: 'QUERY' });
    const done = await finished(bulkOperation.id);
    expect(done).toMatchObject({ status: 'COMPLETED', errorCode: null, partialDataUrl: null, query: CATALOG });
    const all = await lines(done.url);
    const products = all.filter((line) => !line.__parentId);
    const variants = all.filter((line) => line.id.includes('/ProductVariant/'));
    expect([products.length, variants.length]).toEqual([91, 282]);
    expect(done).toMatchObject({ objectCount: String(all.length), rootObjectCount: '91' });
    expect(products[0]).toEqual({ id: expect.stringContaining('/Product/'), title: 'Ridgeline 2 Tent' });
    expect(variants[0]).toEqual({ id: expect.any(String), sku: 'FF-101-RI2TE-01', price: '329.00', __parentId: products[0].id });
    expect(all[1].__parentId).toBeUndefined();
    const bytes = (await (await fetch(done.url)).arrayBuffer()).byteLength;
    expect(done.fileSize).toBe(String(bytes));
  });

  it('puts children under their parents when grouped', async () => {
    const { bulkOperation } = await run(CATALOG, true);
    const all = await lines((await finished(bulkOperation.id)).url);
    let parent = '';
    for (const line of all) {
      if (!line.__parentId) parent = line.id;
      else expect(line.__parentId).toBe(parent);
    }
  });

  it('filters by the query argument and has no URL when nothing matches', async () => {
    const some = await run('{ productVariants(query: "sku:FF-101*") { edges { node { id product { id } } } } }');
    expect(await lines((await finished(some.bulkOperation.id)).url)).toHaveLength(2);
    const none = await run('{ products(query: "vendor:nobody") { edges { node { id } } } }');
    expect(await finished(none.bulkOperation.id)).toMatchObject({ status: 'COMPLETED', url: null, objectCount: '0', fileSize: null });
  });

  it.each([
    ['{ shop { name } }', /at least one connection/],
    ['{ products { edges { node { nope } } } }', /Cannot query field "nope"/],
    ['{ products { edges { node { id } } } collections { edges { node { id } } } }', /multiple top level fields/],
    ['{ products { edges { node { id variants { edges { node { id product { collections { edges { node { id products { edges { node { id } } } } } } } } } } } } } }', /nest connections/],
    ['mutation { bulkOperationCancel(id: "gid://shopify/BulkOperation/1") { userErrors { message } } }', /Only queries/],
  ])('refuses %s', async (query, message) => {
    const { bulkOperation, userErrors } = await run(query);
    expect(bulkOperation).toBeNull();
    expect(userErrors).toEqual([{ field: ['query'], message: expect.stringMatching(message), code: 'INVALID' }]);
  });

  it('fails with ACCESS_DENIED when a field needs a scope the app has not', async () => {
    const { bulkOperation } = await run('{ orders { edges { node { id } } } }');
    expect(await finished(bulkOperation.id)).toMatchObject({ status: 'FAILED', errorCode: 'ACCESS_DENIED', url: null });
  });

  it('runs five at once and refuses the sixth', async () => {
    client.sim.config.bulkDelayMs = 500;
    const started = await Promise.all(Array.from({ length: 6 }, () => run(CATALOG)));
    expect(started.filter(({ bulkOperation }) => bulkOperation)).toHaveLength(5);
    expect(started.flatMap(({ userErrors }) => userErrors)).toEqual([{ field: null, message: expect.any(String), code: 'LIMIT_REACHED' }]);
    client.sim.config.bulkDelayMs = 5;
    for (const { bulkOperation } of started) if (bulkOperation) await finished(bulkOperation.id);
    expect((await run(CATALOG)).bulkOperation).not.toBeNull();
  });

  it('keeps results for seven days', async () => {
    const { bulkOperation } = await run(CATALOG);
    const { url } = await finished(bulkOperation.id);
    await client.order('POST', 'clock', { advanceMs: 8 * 24 * 3_600_000 });
    expect((await fetch(url)).status).toBe(404);
  });

  it('lists operations newest first, with filters', async () => {
    for (const query of [CATALOG, '{ orders { edges { node { id } } } }']) await finished((await run(query)).bulkOperation.id);
    await client.login();
    const data = await client.data('{ all: bulkOperations(first: 5) { nodes { status } } failed: bulkOperations(first: 5, query: "status:failed operation_type:query") { nodes { status } } currentBulkOperation { status } }');
    expect(data).toEqual({ all: { nodes: [{ status: 'FAILED' }, { status: 'COMPLETED' }] }, failed: { nodes: [{ status: 'FAILED' }] }, currentBulkOperation: { status: 'FAILED' } });
  });

  it('cancels an operation that has not ended, once', async () => {
    client.sim.config.bulkDelayMs = 300;
    const { bulkOperation } = await run(CATALOG);
    client.sim.config.bulkDelayMs = 5;
    const { bulkOperationCancel } = await client.data('mutation C($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status } userErrors { message } } }', { id: bulkOperation.id });
    expect(bulkOperationCancel).toEqual({ bulkOperation: { status: 'CANCELING' }, userErrors: [] });
    expect((await finished(bulkOperation.id)).status).toBe('CANCELED');
    const again = await client.data('mutation C($id: ID!) { bulkOperationCancel(id: $id) { userErrors { message } } }', { id: bulkOperation.id });
    expect(again.bulkOperationCancel.userErrors[0].message).toBe('A bulk operation cannot be canceled when it is canceled');
  });
});

describe('bulk mutations', () => {
  const STAGE = 'mutation S($input: [StagedUploadInput!]!) { stagedUploadsCreate(input: $input) { stagedTargets { url resourceUrl parameters { name value } } userErrors { field message } } }';
  const WRITE = 'mutation W($productId: ID!, $variants: [ProductVariantsBulkInput!]!) { productVariantsBulkUpdate(productId: $productId, variants: $variants) { productVariants { id price } userErrors { field message code } } }';
  const RUN_MUTATION = 'mutation R($mutation: String!, $path: String!) { bulkOperationRunMutation(mutation: $mutation, stagedUploadPath: $path) { bulkOperation { id status type } userErrors { field message code } } }';

  async function stage(): Promise<Json> {
    const { stagedUploadsCreate } = await client.data(STAGE, { input: [{ resource: 'BULK_MUTATION_VARIABLES', filename: 'prices.jsonl', mimeType: 'text/jsonl', httpMethod: 'POST' }] });
    expect(stagedUploadsCreate.userErrors).toEqual([]);
    return stagedUploadsCreate.stagedTargets[0];
  }

  async function upload(target: Json, text: string, fileFirst = false): Promise<{ status: number; key: string }> {
    const form = new FormData();
    if (fileFirst) form.append('file', new Blob([text]), 'prices.jsonl');
    for (const { name, value } of target.parameters) form.append(name, value);
    if (!fileFirst) form.append('file', new Blob([text]), 'prices.jsonl');
    const { status } = await fetch(target.url, { method: 'POST', body: form });
    return { status, key: target.parameters.find(({ name }: { name: string }) => name === 'key').value };
  }

  it('runs the mutation once a line, in order, with a result line each and errors inside', async () => {
    const { products } = await client.data('{ products(first: 2) { nodes { id variants(first: 1) { nodes { id } } } } }');
    const rows = products.nodes.map(({ id, variants }: Json) => ({ productId: id, variants: [{ id: variants.nodes[0].id, price: '11.00' }] }));
    rows.push({ productId: 'gid://shopify/Product/1', variants: [] });
    const { status, key } = await upload(await stage(), rows.map((row: Json) => JSON.stringify(row)).join('\n'));
    expect(status).toBe(201);
    const { bulkOperationRunMutation } = await client.data(RUN_MUTATION, { mutation: WRITE, path: key });
    expect(bulkOperationRunMutation).toMatchObject({ bulkOperation: { status: 'CREATED', type: 'MUTATION' }, userErrors: [] });
    const done = await finished(bulkOperationRunMutation.bulkOperation.id);
    expect(done).toMatchObject({ status: 'COMPLETED', objectCount: '3' });
    const results = await lines(done.url);
    expect(results.map((line) => line.__lineNumber)).toEqual([0, 1, 2]);
    expect(results[0].data.productVariantsBulkUpdate).toEqual({ productVariants: [{ id: rows[0].variants[0].id, price: '11.00' }], userErrors: [] });
    expect(results[2].data.productVariantsBulkUpdate.userErrors[0].code).toBe('PRODUCT_DOES_NOT_EXIST');
    const { data } = await client.order('GET', `shops/${DEMO}/writes`);
    expect(data.map(({ operation }: Json) => operation)).toEqual(['bulkOperationRunMutation', 'bulkOperationRunMutation']);
  });

  it('wants the file as the last field of the form, and only at its own place', async () => {
    const target = await stage();
    expect((await upload(target, '{}', true)).status).toBe(400);
    const forged = { ...target, parameters: target.parameters.map((parameter: Json) => (parameter.name === 'key' ? { name: 'key', value: 'tmp/1/bulk/x/prices.jsonl' } : parameter)) };
    expect((await upload(forged, '{}')).status).toBe(403);
  });

  it('refuses a file that is not there, is no JSONL, and a document that is no mutation', async () => {
    const refusal = async (mutation: string, path: string) => (await client.data(RUN_MUTATION, { mutation, path })).bulkOperationRunMutation.userErrors[0].code;
    expect(await refusal(WRITE, 'tmp/1/bulk/none')).toBe('NO_SUCH_FILE');
    const broken = await upload(await stage(), '{"productId":');
    expect(await refusal(WRITE, broken.key)).toBe('INVALID_STAGED_UPLOAD_FILE');
    const good = await upload(await stage(), '{}');
    expect(await refusal('{ shop { name } }', good.key)).toBe('INVALID_MUTATION');
  });
});
