import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTenantDirectory } from '../../app/adapters/db/tenant-directory.ts';
import { applyChange, pauseChange, resumeChange, startScheduled } from '../../app/flows/apply-change/control.ts';
import { scheduleChange } from '../../app/flows/approve-change/schedule-change.ts';
import { connectorHealth } from '../../app/flows/check-connector/check-connector.ts';
import { getChange } from '../../app/flows/read-changes/read-changes.ts';
import { getWrites, resumeWrites, stopWrites } from '../../app/flows/stop-writes/stop-writes.ts';
import { useTestDatabase } from '../setup/database.ts';
import { LEASE_MS, newDigest, openFlowShop, QUIET_MS } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';

const database = useTestDatabase();
let shop: FlowShop;
beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
});
afterEach(async () => {
  expect(await shop.differences()).toEqual([]);
  await shop.close();
});

const must = <T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};
const stop = async (reason?: string) => must(await stopWrites(shop, shop.ctx, reason === undefined ? {} : { reason }));
const resume = async () => must(await resumeWrites(shop, shop.ctx));
const change = async (id: string) => must(await getChange(shop, shop.ctx, { id }));
const byState = async (id: string): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const item of await shop.items(id)) counts[item.state] = (counts[item.state] ?? 0) + 1;
  return counts;
};

describe('the switch', () => {
  it('says since when, by whom and why, once, and so do event and audit', async () => {
    expect(must(await getWrites(shop, shop.ctx))).toEqual({ state: 'allowed', since: null, by: null, reason: null, inFlight: 0, waiting: { applying: 0, scheduled: 0 } });
    const stopped = await stop('  Wrong price list  ');
    expect(stopped).toMatchObject({ state: 'stopped', since: shop.now().toISOString(), by: 'user:1', reason: 'Wrong price list' });
    shop.advance(60_000);
    expect(await stop('another reason')).toEqual(stopped);
    expect(await resume()).toMatchObject({ state: 'allowed', since: null, by: null, reason: null });
    expect(await resume()).toMatchObject({ state: 'allowed' });
    expect((await shop.events()).filter(({ type }) => type.startsWith('shop.writes'))).toMatchObject([
      { type: 'shop.writes_stopped', payload: { reason: 'Wrong price list', inFlight: 0 } },
      { type: 'shop.writes_resumed', payload: { stoppedBy: 'user:1', reason: 'Wrong price list' } },
    ]);
    expect(await shop.sql(`select action, actor, explain->>'reason' as reason from audit_log where entity = 'shop' and action like 'writes%' order by seq`)).toEqual([
      { action: 'writes_stopped', actor: 'user:1', reason: 'Wrong price list' }, { action: 'writes_resumed', actor: 'user:1', reason: 'Wrong price list' }]);
  });

  it('shows in the health of the connection, and is counted for operators', async () => {
    const health = async () => must(await connectorHealth({ uow: shop.uow, probes: { shopify: {} as never } }, shop.ctx, { name: 'shopify' }));
    expect((await health()).detail).toEqual({});
    const { since } = await stop();
    expect((await health()).detail).toEqual({ writesStoppedSince: since });
    expect(await createTenantDirectory(shop.pool as never).metrics()).toMatchObject({ shopsStopped: 1 });
    await resume();
    expect(await createTenantDirectory(shop.pool as never).metrics()).toMatchObject({ shopsStopped: 0 });
  });

  it('rings for everything of the shop when it is resumed', async () => {
    await stop();
    await resume();
    shop.jobs.length = 0;
    await shop.publish();
    expect(shop.jobs.map(({ name }) => name)).toContain('tick');
  });
});

describe('while writes are stopped', () => {
  it('nothing goes out after the answer, whoever is in the middle of what, and everything ends after a resume', async () => {
    await shop.stock(60, 2);
    const id = await shop.start();
    let stopped: Awaited<ReturnType<typeof stop>> | null = null;
    let after = 0;
    shop.channel.onWrite = async (rows, land) => {
      await new Promise((resolve) => setTimeout(resolve, 3));
      if (stopped) after += rows.length;
      return land(rows);
    };
    const workers = [shop.run(id), shop.run(id), shop.run(id)];
    while (shop.channel.log.length < 20) await new Promise((resolve) => setTimeout(resolve, 2));
    stopped = await stop();
    await Promise.all(workers);
    const written = shop.channel.log.length;
    expect(written).toBeLessThan(120);
    expect(after).toBeLessThanOrEqual(stopped.inFlight);
    expect(await change(id)).toMatchObject({ state: 'applying', writesStopped: { by: 'user:1' }, progress: { writing: 0, applied: written, queued: 120 - written } });
    expect(await shop.run(id)).toEqual({ comeBackAt: null });
    expect(shop.channel.log).toHaveLength(written);

    await resume();
    expect(await change(id)).toMatchObject({ writesStopped: null });
    await shop.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 120 });
    expect(shop.channel.log).toHaveLength(120);
  });

  it('a stop between the read and the write keeps the write from going out', async () => {
    await shop.stock(1);
    const id = await shop.start();
    shop.channel.onRead = async (answer) => {
      await stop();
      return answer();
    };
    expect(await shop.run(id)).toEqual({ comeBackAt: null });
    expect(shop.channel.log).toEqual([]);
    expect(await byState(id)).toEqual({ queued: 1 });
  });

  it('waits for an intent that is being recorded, and counts it', async () => {
    await shop.stock(1);
    const id = await shop.start();
    const [batch] = await shop.uow.run(shop.ctx.tenantId, (tx) => tx.items.claim(id, { owner: 'one', now: shop.now(), leaseMs: LEASE_MS, quietMs: QUIET_MS, maxBatches: 1, maxRows: 10 }));
    let commit = (): void => {};
    const held = new Promise<void>((resolve) => { commit = resolve; });
    let marked = (): void => {};
    const recorded = new Promise<void>((resolve) => { marked = resolve; });
    const intent = shop.uow.run(shop.ctx.tenantId, async (tx) => {
      const ours = await tx.items.markIntent(batch!.rows.map((item) => ({ item, expected: { price: 1_000n, compareAt: null } })), 'one', { now: shop.now(), sendBy: shop.now() });
      marked();
      await held;
      return ours;
    });
    await recorded;
    let answered = false;
    const stopping = stop().then((state) => {
      answered = true;
      return state;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(answered).toBe(false);
    commit();
    expect((await intent).size).toBe(1);
    expect(await stopping).toMatchObject({ inFlight: 1, waiting: { applying: 1 } });
  });

  it('what became of a write in doubt is still found out, by reading alone', async () => {
    await shop.stock(2);
    const id = await shop.start();
    shop.channel.onWrite = async (rows, land) => {
      await stop();
      if (rows[0]!.variantRef === 1n) land(rows);
      return { ok: false, failure: { kind: 'unknown', detail: 'no answer' } };
    };
    const { comeBackAt } = await shop.run(id, { concurrency: 2 });
    expect(comeBackAt!.getTime()).toBeGreaterThanOrEqual(shop.now().getTime() + QUIET_MS);
    expect((await byState(id)).writing).toBeGreaterThan(0);
    await shop.runToTheEnd(id);
    const states = await byState(id);
    expect(states.writing).toBeUndefined();
    expect(states.settled).toBe(1);
    expect(await shop.state(id)).toBe('applying');
    const landed = shop.channel.log.length;
    shop.channel.onWrite = null;
    await resume();
    await shop.runToTheEnd(id);
    expect(await byState(id)).toEqual({ settled: 1, applied: 1 });
    expect(shop.channel.log).toHaveLength(landed + 1);
  });

  it('a start, a pause and a resume are taken, and their rows wait', async () => {
    await shop.stock(3);
    const id = await shop.start('approved');
    await stop('Look first');
    expect(must(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id }))).toMatchObject({ state: 'applying', writesStopped: { reason: 'Look first' }, progress: { queued: 3 } });
    expect(await shop.run(id)).toEqual({ comeBackAt: null });
    must(await pauseChange(shop, shop.ctx, { id }));
    expect(must(await resumeChange(shop, shop.ctx, { id }))).toMatchObject({ state: 'applying', writesStopped: { reason: 'Look first' } });
    expect(await shop.run(id)).toEqual({ comeBackAt: null });
    expect(shop.channel.log).toEqual([]);
    expect(must(await getWrites(shop, shop.ctx))).toMatchObject({ waiting: { applying: 1 } });
    await resume();
    await shop.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 3 });
  });

  it('a scheduled change whose time comes stays scheduled, without a failure, and starts after a resume', async () => {
    await shop.stock(2);
    const id = await shop.start('approved');
    must(await scheduleChange(shop, shop.ctx, { id, schedule: { startAt: '2026-11-22T13:00:00', timeZone: 'UTC' } }));
    await stop();
    shop.advance(2 * 3_600_000);
    await startScheduled({ uow: shop.uow, newDigest }, shop.ctx, { id });
    expect(await change(id)).toMatchObject({ state: 'scheduled', failure: null, writesStopped: { by: 'user:1' } });
    expect(must(await getWrites(shop, shop.ctx))).toMatchObject({ waiting: { scheduled: 1 } });
    await resume();
    await startScheduled({ uow: shop.uow, newDigest }, shop.ctx, { id });
    await shop.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 2 });
  });

  it('stops and resumes at random moments under four workers leave every row written once', async () => {
    await shop.stock(24, 2);
    const id = await shop.start();
    shop.channel.onWrite = async (rows, land) => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      return land(rows);
    };
    const workers = Array.from({ length: 4 }, () => shop.run(id));
    for (let i = 0; i < 6; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      await stop();
      await resume();
    }
    await Promise.all(workers);
    await shop.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 48 });
    expect(shop.channel.log).toHaveLength(48);
  });

  it('another shop writes on', async () => {
    const other = await openFlowShop(database.urls.app);
    await other.stock(2);
    const id = await other.start();
    await stop();
    await other.runToTheEnd(id);
    expect(other.channel.log).toHaveLength(2);
    await other.close();
  });
});
