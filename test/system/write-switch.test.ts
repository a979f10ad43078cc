/** The switch that stops all writes, and first parts, against the running app: the simulator's books say what reached the shop. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { Api, until } from './client.ts';
import type { Json } from './client.ts';
import { approve, ended, percentOff, plan, replay } from './journey.ts';
import { processOf } from './secrets.ts';
import { makeShop } from './shops.ts';
import type { TestShop, Write } from './shops.ts';

const WRITE = 'VariantPricesUpdate';
const SLOW = { kind: 'slow_body', operation: WRITE, probability: 1, delayMs: 150 };
/** Leases and the quiet period of a killed worker. */
const AFTER_A_KILL_MS = 150_000;

const ours = async (shop: TestShop, after = 0): Promise<Write[]> => (await shop.writes(after)).filter(({ actor }) => actor === 'app');
const started = async (shop: TestShop, options: object = {}): Promise<Json> => {
  const change = await plan(shop.api, 'Ten off', percentOff(10));
  await approve(shop.api, change);
  return shop.api.post(`/price-changes/${change.id}/apply`, options);
};

describe('stopping all writes in the middle of an apply', () => {
  let shop: TestShop;
  let change: Json;
  let stopped: Json;
  let written: number;

  beforeAll(async () => {
    shop = await makeShop('stop', { generate: { products: 120, variantsPerProduct: 3 } });
    await shop.fault(SLOW);
    change = await started(shop);
    await until('some prices are written', () => ours(shop), (writes) => writes.length > 15, 30_000, 20);
    stopped = await shop.api.post('/writes/stop', { reason: 'Wrong price list' });
    written = (await ours(shop)).length;
  });

  it('lets nothing out after its answer but what it counted as in flight', async () => {
    expect(stopped).toMatchObject({ state: 'stopped', reason: 'Wrong price list', waiting: { applying: 1 } });
    expect(stopped.since).not.toBeNull();
    expect(written).toBeLessThan(360);
    await sleep(4_000);
    const after = await ours(shop);
    expect(after.length - written).toBeLessThanOrEqual(stopped.inFlight);
    await sleep(3_000);
    expect(await ours(shop)).toHaveLength(after.length);
    expect(await shop.api.get('/writes')).toMatchObject({ state: 'stopped', inFlight: 0 });
  });

  it('leaves the change where it is, and says why it waits', async () => {
    const now = await shop.api.get(`/price-changes/${change.id}`);
    expect(now).toMatchObject({ state: 'applying', writesStopped: { reason: 'Wrong price list' }, failure: null });
    expect(now.progress.queued).toBeGreaterThan(0);
    expect(now.progress.queued + now.progress.applied + now.progress.settled).toBe(360);
  });

  it('holds back what is started meanwhile', async () => {
    const before = (await ours(shop)).length;
    const other = await plan(shop.api, 'Others', percentOff(5));
    await approve(shop.api, other);
    expect(await shop.api.post(`/price-changes/${other.id}/apply`)).toMatchObject({ state: 'applying', writesStopped: { reason: 'Wrong price list' } });
    await sleep(2_500);
    expect(await ours(shop)).toHaveLength(before);
    await shop.api.post(`/price-changes/${other.id}/pause`);
    await shop.api.post(`/price-changes/${other.id}/cancel`);
  });

  it('is taken back by an admin alone, and then everything ends with each price written once', async () => {
    const { token } = await shop.api.post('/tokens', { name: 'applies', scopes: ['catalog:read', 'changes:apply'] });
    const applier = new Api(token);
    expect((await applier.call('POST', '/writes/resume')).status).toBe(403);
    expect((await applier.call('POST', '/writes/stop')).status).toBe(200);
    await shop.clearFaults();
    expect(await shop.api.post('/writes/resume')).toMatchObject({ state: 'allowed', since: null });
    const done = await ended(shop.api, change.id);
    expect(done).toMatchObject({ state: 'applied', writesStopped: null });
    const writes = await ours(shop);
    expect(new Set(writes.map(({ variantId }) => variantId)).size).toBe(360);
    expect(writes).toHaveLength(360);
    expect((await replay(shop.api)).differences).toEqual([]);
    const { data } = await shop.api.get('/audit?entity=shop&limit=50');
    expect(data.map(({ action }: Json) => action).filter((action: string) => action.startsWith('writes_'))).toEqual(['writes_resumed', 'writes_stopped']);
  });
});

describe('applying to a part first', () => {
  it('writes and verifies a part, waits, and writes the rest when told to', async () => {
    const shop = await makeShop('canary', { generate: { products: 40, variantsPerProduct: 2 } });
    const refused = await plan(shop.api, 'Nothing', percentOff(10));
    await approve(shop.api, refused);
    for (const canaryPercent of [0, '0.0', 100.5, 'ten']) expect((await shop.api.call('POST', `/price-changes/${refused.id}/apply`, { canaryPercent })).status, String(canaryPercent)).toBe(422);
    const change = await shop.api.post(`/price-changes/${refused.id}/apply`, { canaryPercent: '10' });
    expect(change.canary).toMatchObject({ percent: '10', continue: 'manual', state: 'writing', rows: 8 });
    const first = await ended(shop.api, change.id);
    expect(first).toMatchObject({ state: 'paused', pauseCode: 'canary_done', progress: { applied: 8, planned: 72 }, canary: { state: 'waiting', rows: 8, verified: 8, differing: 0, withinLimits: true } });
    expect(await ours(shop)).toHaveLength(8);
    await shop.api.post(`/price-changes/${change.id}/resume`);
    expect(await ended(shop.api, change.id)).toMatchObject({ state: 'applied', progress: { applied: 80 } });
    expect(await ours(shop)).toHaveLength(80);
  });

  it('survives the death of the worker in its middle, and goes on by itself when all is well', async () => {
    const shop = await makeShop('canary-kill', { generate: { products: 60, variantsPerProduct: 2 } });
    await shop.fault({ ...SLOW, delayMs: 400 });
    const change = await started(shop, { canaryPercent: 50, canaryContinue: 'auto' });
    await until('some prices are written', () => ours(shop), (writes) => writes.length > 4, 30_000, 20);
    process.kill(processOf('app/worker/main.ts'), 'SIGKILL');
    const killed = await shop.api.get(`/price-changes/${change.id}`);
    expect(killed).toMatchObject({ state: 'applying', canary: { state: 'writing' } });
    expect(killed.progress.planned).toBe(60);
    await shop.clearFaults();
    const done = await ended(shop.api, change.id, AFTER_A_KILL_MS);
    expect(done).toMatchObject({ state: 'applied', canary: { state: 'continued', rows: 60, verified: 60, differing: 0, withinLimits: true } });
    const writes = await ours(shop);
    expect(new Set(writes.map(({ variantId }) => variantId)).size).toBe(120);
    expect(writes).toHaveLength(120);
    expect((await replay(shop.api)).differences).toEqual([]);
  }, AFTER_A_KILL_MS + 60_000);
});

describe('a plan that no longer fits the shop', () => {
  it('pauses by itself when most prices have moved, and leaves them as they are', async () => {
    const shop = await makeShop('moved', { generate: { products: 150, variantsPerProduct: 2 } });
    const change = await plan(shop.api, 'Ten off', percentOff(10));
    await approve(shop.api, change);
    const truth = await shop.truth();
    await shop.fault({ kind: 'webhook_drop', probability: 1, seed: 1 });
    for (const { id } of truth.values()) await shop.edit(id, { price: '3.21' });
    await shop.api.post(`/price-changes/${change.id}/apply`);
    const paused = await ended(shop.api, change.id);
    expect(paused).toMatchObject({ state: 'paused', pauseCode: 'conflict_rate' });
    expect(paused.pauseReason).toMatch(/paused by itself/);
    expect(paused.progress.conflict).toBeGreaterThanOrEqual(100);
    expect(paused.progress.queued).toBeGreaterThan(0);
    expect(await ours(shop)).toEqual([]);
    await shop.clearFaults();
    await shop.api.post(`/price-changes/${change.id}/cancel`);
  });
});
