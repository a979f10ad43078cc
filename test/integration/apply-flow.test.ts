import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cancelChange } from '../../app/flows/approve-change/decide.ts';
import { pauseChange, resumeChange } from '../../app/flows/apply-change/control.ts';
import { resolveConflict } from '../../app/flows/apply-change/resolve-conflict.ts';
import { rollBackChange } from '../../app/flows/roll-back-change/roll-back.ts';
import type { ChannelFailure } from '../../app/ports/price-channel.ts';
import { useTestDatabase } from '../setup/database.ts';
import { LEASE_MS, newDigest, openFlowShop, QUIET_MS } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';

const database = useTestDatabase();
let shop: FlowShop;
beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
});
afterEach(async () => {
  // Whatever happened: the log folds to what is stored, and each variant has one open price that is the catalog's.
  expect(await shop.differences()).toEqual([]);
  expect(await shop.sql(
    `select v.ref from variants v left join price_versions o on o.variant_id = v.id and o.valid_to is null
      where o.id is null or o.unit_amount <> v.price or o.compare_at is distinct from v.compare_at`)).toEqual([]);
  expect(await shop.sql('select id from price_versions where valid_to < valid_from')).toEqual([]);
  await shop.close();
});

const fail = (kind: ChannelFailure['kind'], more: Partial<ChannelFailure> = {}) => ({ ok: false as const, failure: { kind, detail: `${kind} of the test`, ...more } });
const byState = async (id: string): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const item of await shop.items(id)) counts[item.state] = (counts[item.state] ?? 0) + 1;
  return counts;
};

describe('applying a change', () => {
  it('writes each row once, keeps what the shop showed, and gives the new price its lineage', async () => {
    await shop.stock(5, 3);
    const id = await shop.start();
    await shop.runToTheEnd(id);
    expect(await shop.state(id)).toBe('applied');
    expect(await byState(id)).toEqual({ applied: 15 });
    expect(shop.channel.log).toHaveLength(15);
    const versions = await shop.sql<{ source: string; priceChangeId: string; n: string }>(
      `select source, price_change_id as "priceChangeId", count(*)::int as n from price_versions where valid_to is null group by 1, 2`);
    expect(versions).toEqual([{ source: 'apply', priceChangeId: id, n: 15 }]);
    await shop.run(id);
    expect(shop.channel.log).toHaveLength(15);
  });

  it('keeps every lane busy until nothing is left', async () => {
    await shop.stock(40);
    const id = await shop.start();
    let inHand = 0;
    let most = 0;
    let alone = 0;
    shop.channel.onWrite = async (rows, land) => {
      inHand += 1;
      most = Math.max(most, inHand);
      await new Promise((resolve) => setTimeout(resolve, 2 + (Number(rows[0]!.variantRef) % 5)));
      if (inHand === 1) alone += 1;
      inHand -= 1;
      return land(rows);
    };
    await shop.run(id);
    expect(await byState(id)).toEqual({ applied: 40 });
    expect(most).toBe(4);
    expect(alone).toBeLessThan(20);
  });

  it('leaves a newer price as it is, lists it as a conflict, and goes on with the rest', async () => {
    await shop.stock(1, 3);
    const id = await shop.start();
    shop.channel.prices.set(2n, { price: 777n, compareAt: 900n });
    await shop.runToTheEnd(id);
    expect(await shop.state(id)).toBe('partially_applied');
    expect(await byState(id)).toEqual({ applied: 2, conflict: 1 });
    expect(shop.channel.prices.get(2n)).toEqual({ price: 777n, compareAt: 900n });
    const [row] = (await shop.items(id)).filter((item) => item.state === 'conflict');
    expect(row).toMatchObject({ livePrice: 777n, liveCompareAt: 900n, verdict: null });
    expect(await shop.sql(`select v.price::int, v.compare_at::int, o.source from variants v join price_versions o on o.variant_id = v.id and o.valid_to is null where v.ref = 2`))
      .toEqual([{ price: 777, compare_at: 900, source: 'merchant' }]);
  });

  it('notices a drift of the compare-at alone', async () => {
    await shop.stock(1);
    const id = await shop.start();
    shop.channel.prices.set(1n, { price: 1_000n, compareAt: 1_200n });
    await shop.runToTheEnd(id);
    expect(await shop.state(id)).toBe('failed');
    expect(await byState(id)).toEqual({ conflict: 1 });
    expect(shop.channel.log).toEqual([]);
  });

  it('settles a row that is at its target already', async () => {
    await shop.stock(1, 2);
    const id = await shop.start();
    shop.channel.prices.set(1n, { price: 900n, compareAt: null });
    await shop.runToTheEnd(id);
    expect(await shop.state(id)).toBe('applied');
    expect(await byState(id)).toEqual({ settled: 1, applied: 1 });
    expect(shop.channel.log.map((write) => write.variantRef)).toEqual([2n]);
  });

  it('ends a row whose variant is gone, and one that the shop refuses, as failed with the reason', async () => {
    await shop.stock(1, 3);
    const id = await shop.start();
    shop.channel.prices.delete(1n);
    shop.channel.onWrite = (rows, land) => {
      const landed = land(rows.filter((row) => row.variantRef !== 2n));
      if (!landed.ok) return landed;
      return { ...landed, value: new Map([...landed.value, [2n, { kind: 'refused', code: 'INVALID', message: 'Price must be lower' }]]) };
    };
    await shop.runToTheEnd(id);
    expect(await shop.state(id)).toBe('partially_applied');
    const failed = (await shop.items(id)).filter((item) => item.state === 'failed').map((item) => item.verdict);
    expect(failed).toEqual(['variant_gone: the shop no longer has this variant', 'INVALID: Price must be lower']);
    expect(await byState(id)).toEqual({ failed: 2, applied: 1 });
  });

  it('lists a price that changed between the write and its read-back as a conflict, and says that it was written', async () => {
    await shop.stock(1);
    const id = await shop.start();
    shop.channel.onWrite = (rows, land) => {
      land(rows);
      shop.channel.prices.set(1n, { price: 1_234n, compareAt: null });
      return { ok: true, requestId: 'write', value: new Map([[1n, { kind: 'written', live: shop.channel.live(1n)! }]]) };
    };
    await shop.runToTheEnd(id);
    const [row] = await shop.items(id);
    expect(row).toMatchObject({ state: 'conflict', livePrice: 1_234n });
    expect(row!.verdict).toMatch(/^overwritten:/);
  });
});

describe('a write whose answer never came', () => {
  it('waits for the quiet period and settles what had landed', async () => {
    await shop.stock(1);
    const id = await shop.start();
    shop.channel.onWrite = (rows, land) => {
      land(rows);
      return fail('unknown');
    };
    const first = await shop.run(id);
    expect(first.comeBackAt!.getTime()).toBeGreaterThanOrEqual(shop.now().getTime() + QUIET_MS);
    expect((await shop.items(id))[0]).toMatchObject({ state: 'writing', attempts: 1 });
    // Earlier than that nobody may touch the row.
    shop.advance(QUIET_MS - 1_000);
    const reads = shop.channel.reads;
    await shop.run(id);
    expect(shop.channel.reads).toBe(reads);
    await shop.runToTheEnd(id);
    expect(await byState(id)).toEqual({ settled: 1 });
    expect(shop.channel.log).toHaveLength(1);
  });

  it('counts the quiet period from when the answer was given up, since the write may have waited for the rate limit before', async () => {
    await shop.stock(1);
    const id = await shop.start();
    shop.channel.onWrite = () => {
      shop.advance(30_000);
      return fail('unknown');
    };
    const { comeBackAt } = await shop.run(id);
    expect(comeBackAt!.getTime()).toBeGreaterThanOrEqual(shop.now().getTime() + QUIET_MS);
  });

  it('writes again what did not land, and one that lands late is written once', async () => {
    await shop.stock(2);
    const id = await shop.start();
    let calls = 0;
    const late: (() => void)[] = [];
    shop.channel.onWrite = (rows, land) => {
      calls += 1;
      if (calls > 2) return land(rows);
      if (rows[0]!.variantRef === 1n) late.push(() => void land(rows));
      return fail('unknown');
    };
    const { comeBackAt } = await shop.run(id);
    shop.advance(QUIET_MS - 5_000);
    late.forEach((land) => land());
    shop.advance(comeBackAt!.getTime() - shop.now().getTime());
    await shop.runToTheEnd(id);
    expect(await byState(id)).toEqual({ settled: 1, applied: 1 });
    expect(shop.channel.log.map((write) => write.variantRef).sort()).toEqual([1n, 2n]);
  });

  it('ends as failed once it was sent as often as it may be and never arrived', async () => {
    await shop.stock(1);
    const id = await shop.start();
    let sent = 0;
    shop.channel.onWrite = () => {
      sent += 1;
      return fail('unknown');
    };
    await shop.runToTheEnd(id);
    expect(sent).toBe(3);
    expect(await shop.state(id)).toBe('failed');
    expect((await shop.items(id))[0]!.verdict).toMatch(/^attempts_spent/);
  });

  it('stays in doubt, and is never called failed, while the shop cannot be read', async () => {
    await shop.stock(1);
    const id = await shop.start();
    shop.channel.onWrite = (rows, land) => {
      land(rows);
      return fail('unknown');
    };
    let { comeBackAt } = await shop.run(id);
    shop.channel.onRead = () => fail('unavailable');
    for (let i = 0; i < 6; i++) {
      shop.advance(comeBackAt!.getTime() - shop.now().getTime());
      ({ comeBackAt } = await shop.run(id));
      expect((await shop.items(id))[0]!.state).toBe('writing');
    }
    shop.channel.onRead = null;
    shop.advance(comeBackAt!.getTime() - shop.now().getTime());
    await shop.runToTheEnd(id);
    expect(await byState(id)).toEqual({ settled: 1 });
  });

  it('holds for rows that the answer passed over', async () => {
    await shop.stock(1, 2);
    const id = await shop.start();
    let first = true;
    shop.channel.onWrite = (rows, land) => {
      const answer = land(rows);
      if (!first || !answer.ok) return answer;
      first = false;
      return { ...answer, value: new Map([...answer.value].filter(([ref]) => ref === 1n)) };
    };
    await shop.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 1, settled: 1 });
    expect(shop.channel.log).toHaveLength(2);
  });
});

describe('a shop in trouble', () => {
  it('being throttled never counts as an attempt', async () => {
    await shop.stock(1);
    const id = await shop.start();
    let refusals = 12;
    shop.channel.onWrite = (rows, land) => (refusals-- > 0 ? fail('throttled', { retryAfterMs: 2_000 }) : land(rows));
    await shop.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 1 });
    expect((await shop.items(id))[0]!.attempts).toBe(0);
  });

  it('rows end as failed when the attempts are spent and nothing can have happened', async () => {
    await shop.stock(2);
    const id = await shop.start();
    shop.channel.onRead = () => fail('unavailable');
    await shop.runToTheEnd(id);
    expect(await shop.state(id)).toBe('failed');
    expect((await shop.items(id)).map((item) => item.verdict)).toEqual(Array(2).fill('attempts_spent: unavailable of the test'));
    expect(shop.channel.log).toEqual([]);
  });

  it('a lost token pauses the change with nothing failed, and resuming goes on', async () => {
    await shop.stock(6);
    const id = await shop.start();
    let token = false;
    shop.channel.onWrite = (rows, land) => (token ? land(rows) : fail('unauthorized'));
    expect(await shop.run(id)).toEqual({ comeBackAt: null });
    expect(await shop.state(id)).toBe('paused');
    expect(await byState(id)).toEqual({ queued: 6 });
    token = true;
    expect((await resumeChange(shop, shop.ctx, { id })).ok).toBe(true);
    shop.advance(120_000);
    await shop.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 6 });
    expect((await shop.events()).filter((event) => event.type === 'price_change.paused')).toHaveLength(1);
  });
});

describe('several workers', () => {
  it('share a change without writing a row twice', async () => {
    await shop.stock(30, 2);
    const id = await shop.start();
    shop.channel.onWrite = async (rows, land) => {
      await new Promise((resolve) => setTimeout(resolve, 3));
      return land(rows);
    };
    await Promise.all([shop.run(id), shop.run(id), shop.run(id)]);
    await shop.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 60 });
    expect(shop.channel.log).toHaveLength(60);
    expect((await shop.events()).filter((event) => event.type === 'price_change.completed')).toHaveLength(1);
  });

  it('one that was stopped for longer than its lease is fenced: it may neither write nor record', async () => {
    await shop.stock(1);
    const id = await shop.start();
    let other: Promise<unknown> | null = null;
    shop.channel.onRead = async (answer) => {
      if (other) return answer();
      const seen = answer();
      shop.advance(LEASE_MS + 1_000);
      other = shop.run(id);
      await other;
      return seen;
    };
    await shop.run(id);
    expect(await byState(id)).toEqual({ applied: 1 });
    expect(shop.channel.log).toHaveLength(1);
    expect((await shop.events()).filter((event) => event.type === 'price.applied')).toHaveLength(1);
  });

  it('one that died after it recorded its intent leaves the row alone until its write can no longer land', async () => {
    await shop.stock(1);
    const id = await shop.start();
    shop.channel.onWrite = () => {
      throw new Error('killed');
    };
    await expect(shop.run(id)).rejects.toThrow('killed');
    shop.channel.onWrite = null;
    const { comeBackAt } = await shop.run(id);
    // It may have gone out until 5 s after its intent, and land 40 s after that; nobody waits longer, whatever was left of the lease.
    expect(comeBackAt!.getTime() - shop.now().getTime()).toBe(5_000 + QUIET_MS);
    await shop.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 1 });
  });

  it('a change waits for the rows of an earlier one, without spinning', async () => {
    await shop.stock(1);
    const first = await shop.start();
    let throttled = true;
    shop.channel.onWrite = (rows, land) => (throttled ? fail('throttled', { retryAfterMs: 30_000 }) : land(rows));
    await shop.run(first);
    const second = await shop.start();
    const { comeBackAt } = await shop.run(second);
    expect(comeBackAt!.getTime()).toBeGreaterThan(shop.now().getTime());
    expect(await byState(second)).toEqual({ queued: 1 });
    throttled = false;
    shop.advance(31_000);
    await shop.runToTheEnd(first);
    await shop.runToTheEnd(second);
    // The second was planned from the price before the first: that is a drift, not an order to write.
    expect(await byState(second)).toEqual({ settled: 1 });
  });
});

describe('people meanwhile', () => {
  it('a pause between the read and the write keeps the write from going out', async () => {
    await shop.stock(1);
    const id = await shop.start();
    shop.channel.onRead = async (answer) => {
      await pauseChange(shop, shop.ctx, { id });
      return answer();
    };
    expect(await shop.run(id)).toEqual({ comeBackAt: null });
    expect(shop.channel.log).toEqual([]);
    expect(await byState(id)).toEqual({ queued: 1 });
    shop.channel.onRead = null;
    await resumeChange(shop, shop.ctx, { id });
    await shop.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 1 });
  });

  it('a paused change still finds out what became of a write in doubt, and then can be cancelled', async () => {
    await shop.stock(1, 2);
    shop.channel.maxRowsPerWrite = 1;
    const id = await shop.start();
    shop.channel.onWrite = async (rows, land) => {
      await pauseChange(shop, shop.ctx, { id });
      land(rows);
      return fail('unknown');
    };
    const { comeBackAt } = await shop.run(id, { concurrency: 1 });
    expect(await cancelChange(shop, shop.ctx, { id })).toMatchObject({ ok: false, error: { code: 'write_in_doubt' } });
    expect(comeBackAt!.getTime()).toBeGreaterThanOrEqual(shop.now().getTime() + QUIET_MS);
    await shop.runToTheEnd(id);
    expect(await byState(id)).toEqual({ settled: 1, queued: 1 });
    expect((await cancelChange(shop, shop.ctx, { id })).ok).toBe(true);
    expect(await shop.state(id)).toBe('partially_applied');
    expect(await byState(id)).toEqual({ settled: 1, cancelled: 1 });
  });

  it('a cancel while a worker holds unwritten rows ends them, and the worker writes none', async () => {
    await shop.stock(3);
    const id = await shop.start();
    let cancelled = false;
    shop.channel.onRead = async (answer) => {
      if (!cancelled) {
        cancelled = true;
        await pauseChange(shop, shop.ctx, { id });
        await cancelChange(shop, shop.ctx, { id });
      }
      return answer();
    };
    await shop.run(id);
    expect(await shop.state(id)).toBe('cancelled');
    expect(await byState(id)).toEqual({ cancelled: 3 });
    expect(shop.channel.log).toEqual([]);
  });

  it('pauses and resumes at random moments under four workers leave every row written once', async () => {
    await shop.stock(24, 2);
    const id = await shop.start();
    shop.channel.onWrite = async (rows, land) => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      return land(rows);
    };
    const workers = Array.from({ length: 4 }, () => shop.run(id));
    for (let i = 0; i < 6; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      await pauseChange(shop, shop.ctx, { id });
      await resumeChange(shop, shop.ctx, { id });
    }
    await Promise.all(workers);
    await shop.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 48 });
    expect(shop.channel.log).toHaveLength(48);
  });

  it('write ours over a conflict goes out only if the shop still shows what was decided on, and a rollback returns to that', async () => {
    await shop.stock(1, 2);
    const id = await shop.start();
    shop.channel.prices.set(1n, { price: 500n, compareAt: 600n });
    shop.channel.prices.set(2n, { price: 510n, compareAt: null });
    await shop.runToTheEnd(id);
    expect(await shop.state(id)).toBe('failed');
    for (const item of await shop.items(id)) await resolveConflict(shop, shop.ctx, { id, itemId: item.id, choice: 'write_ours' });
    expect(await shop.state(id)).toBe('applying');
    shop.channel.prices.set(2n, { price: 520n, compareAt: null });
    await shop.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 1, conflict: 1 });
    const conflict = (await shop.items(id)).find((item) => item.state === 'conflict')!;
    await resolveConflict(shop, shop.ctx, { id, itemId: conflict.id, choice: 'keep_live' });
    expect(await byState(id)).toEqual({ applied: 1, kept: 1 });

    const back = await rollBackChange({ uow: shop.uow, newDigest }, shop.ctx, { id });
    if (!back.ok) throw new Error(JSON.stringify(back.error));
    const rows = await shop.items(back.value.id);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ outcome: 'planned', beforePrice: 900n, afterPrice: 500n, afterCompareAt: 600n });
  });

  it('a worker that is told to stop gives back what it had not begun', async () => {
    await shop.stock(12);
    const id = await shop.start();
    const stop = new AbortController();
    shop.channel.onWrite = (rows, land) => {
      stop.abort();
      return land(rows);
    };
    await shop.run(id, { concurrency: 2 }, stop.signal);
    const left = (await shop.sql<{ n: number }>(`select count(*)::int as n from price_change_items where state = 'queued' and lease_until is not null`))[0]!.n;
    expect(left).toBe(0);
    await shop.runToTheEnd(id);
    expect(shop.channel.log).toHaveLength(12);
  });
});
