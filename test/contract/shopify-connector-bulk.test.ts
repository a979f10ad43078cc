/** Prices out by bulk mutations against the simulator: upload, start, status, cancellation, finding by name, results and what faults make of them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createShopifyConnector } from '../../app/adapters/shopify/connector.ts';
import type { ShopifyConnector } from '../../app/adapters/shopify/connector.ts';
import { ResultUnreadable } from '../../app/ports/bulk-write.ts';
import type { BulkLine, BulkStatus, LineVerdict } from '../../app/ports/bulk-write.ts';
import type { ChannelResult, ChannelShop } from '../../app/ports/price-channel.ts';
import { startClient } from './shopify-simulator-client.ts';
import type { Json, SimulatorClient } from './shopify-simulator-client.ts';

const DOMAIN = 'bulk.myshopify.com';
const shop: ChannelShop = { tenantId: '00000000-0000-4000-8000-000000000001', shopDomain: DOMAIN, currencyCode: 'USD' };
const NAME = '0193a1b2-0000-7000-8000-00000000000a';
let client: SimulatorClient;
let connector: ShopifyConnector;
let lines: BulkLine[];

beforeAll(async () => {
  client = await startClient();
});
afterAll(() => client.sim.close());
beforeEach(async () => {
  await client.order('POST', 'shops', { shop: DOMAIN, currencyCode: 'USD', plan: 'standard', generate: { products: 4, variantsPerProduct: 3 }, bulk: { mutation: { startMs: 0, rowsPerSecond: 10_000 } } });
  await client.order('DELETE', `shops/${DOMAIN}/faults`);
  client.shop = DOMAIN;
  await client.login(DOMAIN);
  const variants: Json[] = (await client.order('GET', `shops/${DOMAIN}/variants?limit=100`)).data;
  const byProduct = new Map<string, Json[]>();
  for (const row of variants) byProduct.set(String(row.productId), [...(byProduct.get(String(row.productId)) ?? []), row]);
  lines = [...byProduct].map(([product, rows]) => ({ productRef: BigInt(product), rows: rows.map((row) => ({ variantRef: BigInt(row.id), price: 1_999n, compareAt: 2_499n })) }));
  connector = createShopifyConnector({
    tokenFor: async () => ({ accessToken: client.token }), refreshToken: async () => null, requiredScopes: [],
    endpoint: () => new URL(`${client.sim.origin}/admin/api/2026-07/graphql.json`),
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('x-sim-host', DOMAIN);
      return fetch(input, { ...init, headers });
    },
    readTimeoutMs: 2_000, writeTimeoutMs: 2_000, uploadTimeoutMs: 2_000, downloadIdleTimeoutMs: 2_000,
  });
});

const soon = (): Date => new Date(Date.now() + 20_000);
const fault = (body: Record<string, unknown>) => client.order('POST', `shops/${DOMAIN}/faults`, body);
const writes = async (): Promise<Json[]> => (await client.order('GET', `shops/${DOMAIN}/writes`)).data;
function must<T>(result: ChannelResult<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
}
const upload = async (sent = lines): Promise<string> => must(await connector.bulk.upload(shop, NAME, sent)).path;
const start = async (): Promise<string> => must(await connector.bulk.start(shop, NAME, await upload(), soon())).operationRef;

async function ended(ref: string): Promise<Extract<BulkStatus, { state: 'ended' }>> {
  for (let looks = 0; looks < 200; looks += 1) {
    const status = must(await connector.bulk.status(shop, ref));
    if (status?.state === 'ended') return status;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('The operation does not end');
}

async function result(url: string): Promise<LineVerdict[]> {
  const told: LineVerdict[] = [];
  for await (const line of connector.bulk.result(shop, url, lines)) told.push(line);
  return told.sort((a, b) => a.line - b.line);
}

describe('a bulk operation', () => {
  it('writes every line, a product a line, and tells what the shop shows of each row', async () => {
    const status = await ended(await start());
    expect(status).toMatchObject({ how: 'completed', lines: 4, detail: null });
    const told = await result(status.url!);
    expect(told).toHaveLength(4);
    for (const line of told) {
      if (!line.ok) throw new Error(line.failure.detail);
      expect([...line.verdicts.keys()].sort()).toEqual(lines[line.line]!.rows.map((row) => row.variantRef).sort());
      for (const verdict of line.verdicts.values()) expect(verdict).toMatchObject({ kind: 'written', live: { price: 1_999n, compareAt: 2_499n } });
    }
    const log = await writes();
    expect(log).toHaveLength(12);
    expect(new Set(log.map((row) => row.source))).toEqual(new Set(['bulk']));
  });

  it('writes nothing before it is started', async () => {
    await upload();
    expect(await writes()).toEqual([]);
    expect(must(await connector.bulk.find(shop, NAME, new Date(Date.now() - 60_000)))).toBeNull();
  });

  it('is found by its name when its start was not answered', async () => {
    await fault({ kind: 'timeout_after_write', operation: 'bulkOperationRunMutation', count: 1 });
    const path = await upload();
    const started = await connector.bulk.start(shop, NAME, path, soon());
    expect(started).toMatchObject({ ok: false, failure: { kind: 'unknown' } });
    const ref = must(await connector.bulk.find(shop, NAME, new Date(Date.now() - 60_000)));
    expect(ref).toMatch(/^gid:\/\/shopify\/BulkOperation\//);
    expect(must(await connector.bulk.find(shop, '0193a1b2-0000-7000-8000-00000000000b', new Date()))).toBeNull();
    expect((await ended(ref!)).how).toBe('completed');
    expect(await writes()).toHaveLength(12);
  });

  it('is refused for now where as many run as may, and for good where its file is no good', async () => {
    await fault({ kind: 'bulk_busy', count: 1 });
    expect(await connector.bulk.start(shop, NAME, await upload(), soon())).toMatchObject({ ok: false, failure: { kind: 'throttled', retryAfterMs: 10_000 } });
    expect(await connector.bulk.start(shop, NAME, 'tmp/nothing/here', soon())).toMatchObject({ ok: false, failure: { kind: 'unavailable' } });
    expect(await writes()).toEqual([]);
  });

  it('can be cancelled: what it wrote until then is told, the rest is not written', async () => {
    await client.order('POST', `shops/${DOMAIN}/bulk`, { mutation: { startMs: 0, rowsPerSecond: 10 } });
    const ref = await start();
    await new Promise((resolve) => setTimeout(resolve, 500));
    must(await connector.bulk.cancel(shop, ref));
    const status = await ended(ref);
    expect(status.how).toBe('cancelled');
    const told = status.url === null ? [] : await result(status.url);
    expect(told.length).toBeLessThan(4);
    expect(told).toHaveLength(status.lines!);
    expect((await writes()).length).toBe(told.length * 3);
    // It is over: asking again changes nothing.
    expect(await connector.bulk.cancel(shop, ref)).toMatchObject({ ok: true });
  });

  it('tells of a failure, with the lines that there are', async () => {
    await fault({ kind: 'bulk_fail', line: 2, count: 1 });
    const status = await ended(await start());
    expect(status).toMatchObject({ how: 'failed' });
    expect(await result(status.url!)).toHaveLength(2);
  });

  it('gives no result but throws where the download breaks or is gone', async () => {
    await fault({ kind: 'bulk_download_breaks', count: 1 });
    const status = await ended(await start());
    await expect(result(status.url!)).rejects.toThrow(ResultUnreadable);
    expect(await result(status.url!)).toHaveLength(4);
    await expect(result(`${client.sim.origin}/nothing/here`)).rejects.toThrow(ResultUnreadable);
    await expect(result('http://files.example.com/x.jsonl')).rejects.toThrow(ResultUnreadable);
    await expect(result('ftp://127.0.0.1/x.jsonl')).rejects.toThrow(ResultUnreadable);
  });

  it("ends a variant that is gone with Shopify's words, and the others are written", async () => {
    const gone = { variantRef: 999_999_999n, price: 100n, compareAt: null };
    lines = [{ ...lines[0]!, rows: [...lines[0]!.rows, gone] }, ...lines.slice(1)];
    const status = await ended(await start());
    const [first] = await result(status.url!);
    if (!first?.ok) throw new Error('no verdicts');
    expect(first.verdicts.get(gone.variantRef)).toMatchObject({ kind: 'refused' });
    expect([...first.verdicts.values()].filter((verdict) => verdict.kind === 'written')).toHaveLength(3);
  });

  it('is unknown where Shopify has none of that id, and unauthorized without a token', async () => {
    expect(must(await connector.bulk.status(shop, 'gid://shopify/BulkOperation/1'))).toBeNull();
    await fault({ kind: 'token_revoked' });
    expect(await connector.bulk.upload(shop, NAME, lines)).toMatchObject({ ok: false, failure: { kind: 'unauthorized' } });
  });
});

it('says what the rate limit leaves, and asks once where nothing is known yet', async () => {
  const budget = await connector.bulk.budget(shop);
  expect(budget).toMatchObject({ restoreRate: 100 });
  expect(budget!.available).toBeGreaterThan(1_900);
  expect(budget!.writePoints(10)).toBe(12);
  expect(budget!.readPoints(250)).toBeGreaterThan(0);
});
