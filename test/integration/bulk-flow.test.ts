import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyChange, pauseChange, resumeChange } from '../../app/flows/apply-change/control.ts';
import { resumeWrites, stopWrites } from '../../app/flows/stop-writes/stop-writes.ts';
import { ResultUnreadable } from '../../app/ports/bulk-write.ts';
import { useTestDatabase } from '../setup/database.ts';
import { byBulk, openBulkShop } from './bulk-shop.ts';
import type { BulkShop } from './bulk-shop.ts';
import { LEASE_MS, QUIET_MS, newDigest, openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';
import { failed } from './scripted-bulk.ts';

const database = useTestDatabase();
let shop: FlowShop;
let bulk: BulkShop;
beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
  bulk = openBulkShop(shop);
});
afterEach(async () => {
  // Whatever happened: no price was written twice, the log folds to what is stored, and the catalog shows what was recorded.
  const writes = new Map<string, number>();
  for (const { variantRef, to } of shop.channel.log) writes.set(`${variantRef} ${to}`, (writes.get(`${variantRef} ${to}`) ?? 0) + 1);
  expect([...writes.values()].filter((times) => times > 1)).toEqual([]);
  expect(await shop.differences()).toEqual([]);
  expect(await shop.sql(
    `select v.ref from variants v left join price_versions o on o.variant_id = v.id and o.valid_to is null
      where o.id is null or o.unit_amount <> v.price or o.compare_at is distinct from v.compare_at`)).toEqual([]);
  await shop.close();
});

const byState = async (id: string): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const item of await shop.items(id)) counts[item.state] = (counts[item.state] ?? 0) + 1;
  return counts;
};

describe('prices by bulk operations', () => {
  it('writes each row once, says which operation it was, and keeps what the shop showed', async () => {
    await shop.stock(6, 3);
    const id = await shop.start();
    await bulk.runToTheEnd(id);
    expect(await shop.state(id)).toBe('applied');
    expect(await byState(id)).toEqual({ applied: 18 });
    expect(shop.channel.log).toHaveLength(18);
    expect(await bulk.stored()).toMatchObject([{ state: 'ended', outcome: 'completed', rows: 18, told: 18 }]);
    const [row] = await shop.items(id);
    expect(row).toMatchObject({ requestId: bulk.bulk.operations[0]!.ref, livePrice: 900n, bulkId: (await bulk.stored())[0]!.id });
    expect(bulk.bulk.operations[0]!.lines).toHaveLength(6);
  });

  it('leaves drift, rows at their target and variants that are gone out of the operation', async () => {
    await shop.stock(4);
    const id = await shop.start();
    shop.channel.prices.set(1n, { price: 777n, compareAt: null });
    shop.channel.prices.set(2n, { price: 900n, compareAt: null });
    shop.channel.prices.delete(3n);
    await bulk.runToTheEnd(id);
    expect(await byState(id)).toEqual({ conflict: 1, settled: 1, failed: 1, applied: 1 });
    expect(bulk.bulk.operations[0]!.lines.map((line) => line.productRef)).toEqual([4n]);
  });

  it("ends refused rows with Shopify's message, and one that was overwritten as a conflict", async () => {
    await shop.stock(3);
    const id = await shop.start();
    bulk.bulk.onLine = ({ rows: [row] }, live) => {
      if (row!.variantRef === 1n) return new Map([[1n, { kind: 'refused', code: 'INVALID', message: 'Price must be lower' }]]);
      if (row!.variantRef !== 2n) return null;
      shop.channel.log.push({ variantRef: 2n, from: 1_000n, to: row!.price });
      shop.channel.prices.set(2n, { price: 1_234n, compareAt: null });
      return new Map([[2n, { kind: 'written', live: live(2n)! }]]);
    };
    await bulk.runToTheEnd(id);
    expect(await byState(id)).toEqual({ failed: 1, conflict: 1, applied: 1 });
    expect((await shop.items(id)).map((item) => item.verdict)).toEqual(['INVALID: Price must be lower', expect.stringMatching(/^overwritten:/), null]);
  });

  it('finds out by reading what a line without a verdict did, and sends again what did not land', async () => {
    await shop.stock(3);
    const id = await shop.start();
    let silent = true;
    bulk.bulk.onLine = ({ rows: [row] }) => {
      if (!silent || row!.variantRef === 3n) return null;
      // The first lands and says nothing, the second does not even land.
      if (row!.variantRef === 1n) {
        shop.channel.log.push({ variantRef: 1n, from: 1_000n, to: row!.price });
        shop.channel.prices.set(1n, { price: row!.price, compareAt: row!.compareAt });
      }
      return new Map();
    };
    const { comeBackAt } = await bulk.run(id);
    expect(await byState(id)).toEqual({ writing: 2, applied: 1 });
    expect(comeBackAt!.getTime()).toBeGreaterThanOrEqual(shop.now().getTime() + QUIET_MS - 5_000);
    silent = false;
    shop.advance(QUIET_MS);
    await bulk.runToTheEnd(id);
    expect(await byState(id)).toEqual({ settled: 1, applied: 2 });
  });

  it('runs several operations side by side, never more than the shop takes', async () => {
    await shop.stock(300);
    const id = await shop.start();
    bulk.bulk.linesALook = 20;
    bulk.realMs = 150;
    // Slow enough that an operation is small.
    bulk.bulk.rateLimit = { available: 0, restoreRate: 0.4, latencyMs: 100 };
    await bulk.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 300 });
    expect(bulk.bulk.operations.length).toBeGreaterThan(1);
    expect(bulk.bulk.mostAtOnce).toBeGreaterThan(1);
    expect(bulk.bulk.mostAtOnce).toBeLessThanOrEqual(5);
  });
});

describe('a start that was not answered', () => {
  it('is found by its name, and not sent again', async () => {
    await shop.stock(4);
    const id = await shop.start();
    bulk.bulk.onStart = (begin) => (begin(), failed('unknown'));
    await bulk.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 4 });
    expect(bulk.bulk.operations).toHaveLength(1);
  });

  it('did not start when it is not there after the quiet period, and only then its rows go out again', async () => {
    await shop.stock(4);
    const id = await shop.start();
    bulk.bulk.onStart = () => failed('unknown');
    const before = shop.now().getTime();
    const { comeBackAt } = await bulk.run(id);
    expect(await bulk.stored()).toMatchObject([{ state: 'ended', outcome: 'never_started', told: 0 }]);
    expect(shop.now().getTime() - before).toBeGreaterThanOrEqual(QUIET_MS);
    expect(comeBackAt).not.toBeNull();
    bulk.bulk.onStart = null;
    await bulk.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 4 });
    expect(shop.channel.log).toHaveLength(4);
  });

  it('is looked for as long as the shop cannot say', async () => {
    await shop.stock(2);
    const id = await shop.start();
    bulk.bulk.onStart = (begin) => (begin(), failed('unknown'));
    let asked = 0;
    bulk.bulk.linesALook = 0;
    bulk.bulk.onFind = () => ((asked += 1) < 40 ? failed('unavailable').failure : null);
    await bulk.run(id);
    bulk.bulk.linesALook = Infinity;
    await bulk.runToTheEnd(id);
    // By then what was read is old, so it is cancelled before it writes, and its rows are read again.
    expect(asked).toBeGreaterThanOrEqual(40);
    expect(await byState(id)).toEqual({ applied: 2 });
    expect((await bulk.stored()).map(({ outcome }) => outcome)).toEqual(['cancelled', 'completed']);
  });
});

describe('an operation that the shop does not take', () => {
  it('leaves the rows to single calls, with nothing failed, and says why', async () => {
    await shop.stock(3);
    const id = await shop.start();
    bulk.bulk.onStart = () => failed('unavailable');
    await bulk.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 3 });
    expect(await bulk.stored()).toMatchObject([{ outcome: 'given_back' }]);
    expect((await shop.uow.run(shop.ctx.tenantId, (tx) => tx.changes.get(id)))!.way).toMatchObject({ chosen: 'calls', sentence: 'By single calls: Shopify took no bulk operation (unavailable of the test).' });
    expect((await shop.items(id)).map((item) => [item.attempts, item.requestId])).toEqual([[0, 'write'], [0, 'write'], [0, 'write']]);
  });

  it('leaves the rows to single calls where others run as many as the shop takes at once', async () => {
    await shop.stock(3);
    const id = await shop.start();
    bulk.bulk.maxAtOnce = 0;
    await bulk.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 3 });
    expect(await bulk.stored()).toMatchObject([{ outcome: 'given_back' }]);
  });

  it('waits for one of its own where the shop takes no more beside it', async () => {
    await shop.stock(300);
    const id = await shop.start();
    bulk.bulk.rateLimit = { available: 0, restoreRate: 0.4, latencyMs: 100 };
    bulk.realMs = 30;
    let refused = false;
    bulk.bulk.onStart = (begin) => {
      if (bulk.bulk.running().length === 0) return begin();
      refused = true;
      return failed('throttled', { retryAfterMs: 5_000 });
    };
    bulk.bulk.onStatus = () => (refused ? null : { ok: true, value: { state: 'running', lines: 0 }, requestId: 'status' });
    await bulk.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 300 });
    expect(bulk.bulk.mostAtOnce).toBe(1);
    expect((await bulk.stored()).filter(({ outcome }) => outcome === 'given_back').length).toBeGreaterThan(0);
  });

  it('pauses the change when the token is gone, and goes on when it is resumed', async () => {
    await shop.stock(3);
    const id = await shop.start();
    bulk.bulk.onUpload = () => failed('unauthorized').failure;
    await bulk.run(id);
    expect(await shop.state(id)).toBe('paused');
    expect(await byState(id)).toEqual({ queued: 3 });
    bulk.bulk.onUpload = null;
    await resumeChange({ uow: shop.uow }, shop.ctx, { id });
    await bulk.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 3 });
  });
});

describe('an operation that is under way', () => {
  it('is cancelled by a pause: what it wrote is kept, the rest waits and goes out after the resume', async () => {
    await shop.stock(10);
    const id = await shop.start();
    bulk.bulk.linesALook = 3;
    let looks = 0;
    bulk.bulk.onStatus = () => null;
    const pausing = bulk.run(id, { bulk: { writes: bulk.bulk, only: 'bulk', wait: async (ms) => {
      shop.advance(ms);
      if ((looks += 1) === 2) await pauseChange({ uow: shop.uow }, shop.ctx, { id });
    } } });
    await pausing;
    expect(bulk.bulk.cancels).toBe(1);
    expect(await byState(id)).toEqual({ applied: 3, queued: 7 });
    expect(await bulk.stored()).toMatchObject([{ outcome: 'cancelled', told: 3 }]);
    await resumeChange({ uow: shop.uow }, shop.ctx, { id });
    bulk.bulk.linesALook = Infinity;
    await bulk.runToTheEnd(id);
    expect(await shop.state(id)).toBe('applied');
    expect(shop.channel.log).toHaveLength(10);
  });

  it('is cancelled when all writes of the shop are stopped, and nothing starts until they are resumed', async () => {
    await shop.stock(8);
    const id = await shop.start();
    bulk.bulk.linesALook = 2;
    let looks = 0;
    await bulk.run(id, { bulk: { writes: bulk.bulk, only: 'bulk', wait: async (ms) => {
      shop.advance(ms);
      if ((looks += 1) === 2) await stopWrites({ uow: shop.uow }, shop.ctx, { reason: 'test' });
    } } });
    expect(await byState(id)).toEqual({ applied: 2, queued: 6 });
    await bulk.run(id);
    expect(shop.channel.log).toHaveLength(2);
    await resumeWrites({ uow: shop.uow }, shop.ctx);
    bulk.bulk.linesALook = Infinity;
    await bulk.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 8 });
  });

  it('is cancelled when it writes for longer than what was read may be old', async () => {
    await shop.stock(10);
    const id = await shop.start();
    bulk.bulk.linesALook = 0.05;
    bulk.bulk.onStatus = (operation) => {
      if (operation.state === 'running' && operation.ran < 4) bulk.bulk.work(operation, 1);
      return operation.state === 'running' ? { ok: true, value: { state: 'running', lines: operation.ran }, requestId: 'status' } : null;
    };
    await bulk.run(id);
    expect(bulk.bulk.cancels).toBe(1);
    expect(await byState(id)).toMatchObject({ applied: 4 });
    bulk.bulk.onStatus = null;
    bulk.bulk.linesALook = Infinity;
    await bulk.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 10 });
  });

  it('leaves rows in doubt where it failed, and each is found out by reading', async () => {
    await shop.stock(6);
    const id = await shop.start();
    bulk.bulk.onStatus = (operation) => {
      if (operation.state !== 'running' || bulk.bulk.operations.length > 1) return null;
      bulk.bulk.work(operation, 2);
      bulk.bulk.work({ ...operation, result: [] }, 1); // lands, and is in no result
      operation.state = 'failed';
      return null;
    };
    await bulk.run(id);
    expect(await byState(id)).toEqual({ applied: 2, writing: 4 });
    shop.advance(QUIET_MS);
    await bulk.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 5, settled: 1 });
  });

  it('keeps what was read of a result that breaks off, and reads it again', async () => {
    await shop.stock(6);
    const id = await shop.start();
    let tries = 0;
    bulk.bulk.onResult = function* (told) {
      tries += 1;
      for (const [index, line] of told.entries()) {
        if (tries < 3 && index === tries * 2) throw new ResultUnreadable('The download broke off');
        yield line;
      }
    };
    await bulk.runToTheEnd(id);
    expect(tries).toBe(3);
    expect(await byState(id)).toEqual({ applied: 6 });
    expect(await bulk.stored()).toMatchObject([{ outcome: 'completed', told: 6 }]);
  });

  it('is found out by reading the rows where its result can never be read', async () => {
    await shop.stock(3);
    const id = await shop.start();
    bulk.bulk.onResult = () => { throw new ResultUnreadable('gone'); };
    await bulk.run(id);
    expect(await bulk.stored()).toMatchObject([{ outcome: 'unreadable', told: 0 }]);
    shop.advance(QUIET_MS);
    await bulk.runToTheEnd(id);
    expect(await byState(id)).toEqual({ settled: 3 });
  });

  it('is taken over when its worker is gone, and the one that comes back is fenced', async () => {
    await shop.stock(5);
    const id = await shop.start();
    bulk.bulk.linesALook = 1;
    let freeze: (() => void) | null = null;
    let thawed!: () => void;
    const frozen = new Promise<void>((done) => { freeze = done; });
    const thaw = new Promise<void>((done) => { thawed = done; });
    let looks = 0;
    const first = bulk.run(id, { owner: 'first', bulk: { writes: bulk.bulk, only: 'bulk', wait: async (ms) => {
      shop.advance(ms);
      if ((looks += 1) < 3) return;
      freeze!();
      await thaw;
    } } });
    await frozen;
    // Nobody else may touch it while its lease holds.
    await bulk.run(id);
    expect(shop.channel.log).toHaveLength(2);
    shop.advance(LEASE_MS);
    await bulk.run(id, {}, { only: 'calls' });
    bulk.bulk.linesALook = Infinity;
    // What it had not written by then was read too long ago.
    expect((await bulk.stored())[0]).toMatchObject({ epoch: 2, outcome: 'cancelled', told: 2 });
    thawed();
    await first;
    expect((await bulk.stored())[0]).toMatchObject({ epoch: 2, outcome: 'cancelled', told: 2 });
    await bulk.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 5 });
    expect(shop.channel.log).toHaveLength(5);
  });

  it('is let go at once by a worker that is told to stop', async () => {
    await shop.stock(5);
    const id = await shop.start();
    bulk.bulk.linesALook = 1;
    const stop = new AbortController();
    let looks = 0;
    await bulk.run(id, { bulk: { writes: bulk.bulk, only: 'bulk', wait: async (ms) => {
      shop.advance(ms);
      if ((looks += 1) === 3) stop.abort();
    } } }, { signal: stop.signal });
    expect(await bulk.stored()).toMatchObject([{ state: 'running' }]);
    bulk.bulk.linesALook = Infinity;
    await bulk.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 5 });
    expect(bulk.bulk.operations).toHaveLength(1);
  });
});

describe('the way', () => {
  it('is chosen by what is left and kept on the change with its numbers', async () => {
    await shop.stock(400);
    const id = await shop.start();
    await bulk.runToTheEnd(id, null);
    expect(await byState(id)).toEqual({ applied: 400 });
    const { way } = (await shop.uow.run(shop.ctx.tenantId, (tx) => tx.changes.get(id)))!;
    expect(way).toMatchObject({ chosen: 'bulk', rows: 400, products: 400 });
    expect(way!.callsSeconds).toBeGreaterThan(way!.bulkSeconds!);
    expect(way!.sentence).toMatch(/^By bulk operations: for 400 prices of 400 products/);
  });

  it('is single calls for few rows, and where the shop tells nothing of its limit', async () => {
    await shop.stock(3);
    const few = await shop.start();
    await bulk.runToTheEnd(few, null);
    expect(bulk.bulk.operations).toEqual([]);
    expect((await shop.uow.run(shop.ctx.tenantId, (tx) => tx.changes.get(few)))!.way).toMatchObject({ chosen: 'calls', rows: 3, sentence: 'By single calls: 3 prices of 3 products are few.' });
  });

  it('turns to single calls when the operations of the shop are slow', async () => {
    await shop.stock(400);
    const id = await shop.start();
    bulk.bulk.onStatus = (operation) => {
      if (operation.state === 'running' && operation.ran < 3) bulk.bulk.work(operation, 1);
      return operation.state === 'running' ? { ok: true, value: { state: 'running', lines: operation.ran }, requestId: 'status' } : null;
    };
    await bulk.runToTheEnd(id, null);
    expect(await byState(id)).toEqual({ applied: 400 });
    expect((await shop.uow.run(shop.ctx.tenantId, (tx) => tx.changes.get(id)))!.way).toMatchObject({ chosen: 'calls', sentence: expect.stringContaining("as this store's last") });
  });
});

describe('with what else an apply does', () => {
  it('verifies a first part and goes on with the rest', async () => {
    byBulk(shop);
    await shop.stock(20);
    const id = await shop.start('approved');
    await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id, canaryPercent: '25', canaryContinue: 'auto' });
    await shop.runToTheEnd(id);
    expect(await shop.state(id)).toBe('applied');
    expect(await byState(id)).toEqual({ applied: 20 });
    expect(await bulk.stored()).toMatchObject([{ rows: 5 }, { rows: 15 }]);
  });

  it('keeps the order of two changes of the same variants', async () => {
    const { bulk: operations } = byBulk(shop);
    await shop.stock(6);
    const first = await shop.start();
    // Made from the same prices, so all of it is drift once the first is there.
    const second = await shop.start();
    operations.linesALook = 2;
    const one = shop.run(first);
    const two = shop.run(second);
    await Promise.all([one, two]);
    await shop.runToTheEnd(first);
    await shop.runToTheEnd(second);
    expect(await byState(first)).toEqual({ applied: 6 });
    expect(await byState(second)).toEqual({ settled: 6 });
    expect(shop.channel.log).toHaveLength(6);
  });

  it('pauses by itself when too much goes wrong', async () => {
    const { bulk: operations } = byBulk(shop);
    // One after the other: several at once might all have ended before the first is judged.
    operations.maxAtOnce = 1;
    await shop.stock(200);
    operations.rateLimit = { available: 0, restoreRate: 0.4, latencyMs: 100 };
    const id = await shop.start('approved');
    await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id, pauseOn: { failurePercent: '10', minimumRows: 5 } });
    operations.onLine = ({ rows: [row] }) => new Map([[row!.variantRef, { kind: 'refused', code: 'INVALID', message: 'no' }]]);
    await shop.runToTheEnd(id);
    expect(await shop.state(id)).toBe('paused');
    expect((await byState(id)).queued).toBeGreaterThan(0);
  });
});
