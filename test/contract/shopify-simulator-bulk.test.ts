/** Bulk queries of the simulator: JSONL, limits, speed, cancelling, expiry. */
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
  it('writes a line for each object, children with __parentId, mixed with their parents in no order to rely on', async () => {
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
    const at = new Map(all.map((line, index) => [line.id, index]));
    const early = all.filter((line, index) => line.__parentId && (at.get(line.__parentId) as number) > index);
    expect(early.length).toBeGreaterThan(0);
    expect(early.length).toBeLessThan(all.length / 2);
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
    await client.order('POST', 'clock', { advanceMs: 7 * 24 * 3_600_000 - 60_000 });
    expect((await fetch(url)).status).toBe(200);
    await client.order('POST', 'clock', { advanceMs: 120_000 });
    expect((await fetch(url)).status).toBe(404);
    await client.login();
    expect((await client.data(STATUS, { id: bulkOperation.id })).bulkOperation).toMatchObject({ status: 'EXPIRED', url: null });
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

describe('the speed of bulk queries', () => {
  it('follows the clock of the simulator, and the count grows while it runs', async () => {
    await client.order('POST', `shops/${DEMO}/bulk`, { query: { startMs: 60_000, objectsPerSecond: 1 } });
    const { bulkOperation } = await run('{ productVariants { edges { node { id } } } }');
    const read = async () => (await client.data(STATUS, { id: bulkOperation.id })).bulkOperation;
    expect((await read()).status).toBe('CREATED');
    await client.order('POST', 'clock', { advanceMs: 60_000 });
    await eventually(async () => (await read()).status === 'RUNNING');
    await client.order('POST', 'clock', { advanceMs: 260_000 });
    await eventually(async () => (await read()).objectCount === '250');
    expect(await read()).toMatchObject({ status: 'RUNNING', url: null });
    await client.order('POST', 'clock', { advanceMs: 60_000 });
    expect(await finished(bulkOperation.id)).toMatchObject({ status: 'COMPLETED', objectCount: '282' });
  });

  it('ends after ten days as FAILED with what there is at partialDataUrl', async () => {
    await client.order('POST', `shops/${DEMO}/bulk`, { query: { objectsPerSecond: 0.001 } });
    const { bulkOperation } = await run('{ productVariants { edges { node { id } } } }');
    await eventually(async () => (await client.order('GET', `shops/${DEMO}/bulk-operations`)).data[0].startedAt);
    await client.order('POST', 'clock', { advanceMs: 10 * 24 * 3_600_000 });
    await client.login();
    const done = await finished(bulkOperation.id);
    expect(done).toMatchObject({ status: 'FAILED', errorCode: 'TIMEOUT', url: null });
    expect(await lines(done.partialDataUrl)).toHaveLength(250);
  });
});
