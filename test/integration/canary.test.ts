import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cancelChange } from '../../app/flows/approve-change/decide.ts';
import { applyChange, pauseChange, resumeChange } from '../../app/flows/apply-change/control.ts';
import type { ApplyInput } from '../../app/flows/apply-change/control.ts';
import { getChange } from '../../app/flows/read-changes/read-changes.ts';
import { resolveConflict } from '../../app/flows/apply-change/resolve-conflict.ts';
import { rollBackChange } from '../../app/flows/roll-back-change/roll-back.ts';
import { useTestDatabase } from '../setup/database.ts';
import { newDigest, openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';

const database = useTestDatabase();
let shop: FlowShop;
beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
});
afterEach(async () => {
  expect(await shop.differences()).toEqual([]);
  expect(await shop.sql(
    `select v.ref from variants v left join price_versions o on o.variant_id = v.id and o.valid_to is null
      where o.id is null or o.unit_amount <> v.price or o.compare_at is distinct from v.compare_at`)).toEqual([]);
  await shop.close();
});

const must = <T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};
const deps = () => ({ uow: shop.uow, newDigest });
const change = async (id: string) => must(await getChange(shop, shop.ctx, { id }));
const start = async (options: Omit<ApplyInput, 'id'>): Promise<string> => {
  const id = await shop.start('approved');
  must(await applyChange(deps(), shop.ctx, { id, ...options }));
  return id;
};
const byState = async (id: string): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const item of await shop.items(id)) counts[item.state] = (counts[item.state] ?? 0) + 1;
  return counts;
};
const written = (): Set<bigint> => new Set(shop.channel.log.map(({ variantRef }) => variantRef));
/** A shop that takes its time: one that answers at once has everything in flight before anybody can look. */
const slowly = async <T>(answer: () => T): Promise<T> => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  return answer();
};
const pauses = async () => (await shop.events()).filter(({ type }) => type === 'price_change.paused').map(({ payload }) => payload.code);

describe('applying to a part first', () => {
  it('writes whole products that make up its share, reads them again, and pauses; a resume writes the rest', async () => {
    await shop.stock(40, 3);
    const id = await start({ canaryPercent: 5 });
    await shop.runToTheEnd(id);
    const first = await change(id);
    expect(first).toMatchObject({
      state: 'paused', pauseCode: 'canary_done', canaryPercent: '5', progress: { applied: 6, planned: 114, queued: 0 },
      canary: { percent: '5', continue: 'manual', state: 'waiting', rows: 6, verified: 6, differing: 0, conflicts: 0, failed: 0, withinLimits: true },
    });
    expect(first.pauseReason).toMatch(/^The first part is written \(6 prices, read again\): all are live as planned\. .* remaining 114 prices\.$/);
    const products = new Set([...written()].map((ref) => (ref - 1n) / 3n));
    expect(products.size).toBe(2);
    expect((await shop.items(id)).filter((item) => item.verifiedAt !== null)).toHaveLength(6);

    expect(must(await resumeChange(shop, shop.ctx, { id }))).toMatchObject({ state: 'applying', pauseCode: null, canary: { state: 'continued' }, progress: { queued: 114 } });
    await shop.runToTheEnd(id);
    expect(await change(id)).toMatchObject({ state: 'applied', progress: { applied: 120 }, canary: { state: 'continued', verified: 6 } });
    expect(shop.channel.log).toHaveLength(120);
    expect((await shop.events()).find(({ type }) => type === 'price_change.canary_verified')?.payload).toMatchObject({ goesOn: false, queuedRows: 0, canary: { rows: 6 } });
  });

  it('is spread over the plan, and not its front', async () => {
    await shop.stock(200);
    const id = await start({ canaryPercent: '10' });
    await shop.runToTheEnd(id);
    const positions = (await shop.items(id)).filter((item) => item.state === 'applied').map((item) => item.position);
    expect(positions).toHaveLength(20);
    // One in each half at the very least; twenty at the front would be no sample.
    expect(Math.min(...positions)).toBeLessThan(100);
    expect(Math.max(...positions)).toBeGreaterThan(100);
  });

  it('goes on by itself where it was told to and all is well', async () => {
    await shop.stock(30);
    const id = await start({ canaryPercent: '10', canaryContinue: 'auto' });
    await shop.runToTheEnd(id);
    expect(await change(id)).toMatchObject({ state: 'applied', canary: { rows: 3, verified: 3, state: 'continued', withinLimits: true }, progress: { applied: 30 } });
    expect(await pauses()).toEqual([]);
    expect((await shop.events()).find(({ type }) => type === 'price_change.canary_verified')?.payload).toMatchObject({ goesOn: true, queuedRows: 27 });
  });

  it('pauses instead of going on by itself where prices no longer show what was written: they are conflicts, and the newer price stays', async () => {
    await shop.stock(30);
    const id = await start({ canaryPercent: '10', canaryContinue: 'auto' });
    let overwritten: bigint | null = null;
    shop.channel.onRead = async (answer) => {
      // The first read after all of the first part was written is the verifying one.
      if (shop.channel.log.length === 3 && overwritten === null) {
        overwritten = shop.channel.log[0]!.variantRef;
        shop.channel.prices.set(overwritten, { price: 1_234n, compareAt: null });
      }
      return answer();
    };
    await shop.runToTheEnd(id);
    expect(await change(id)).toMatchObject({
      state: 'paused', pauseCode: 'canary_failed', progress: { applied: 2, conflict: 1, planned: 27 }, canary: { state: 'waiting', verified: 3, differing: 1, conflicts: 1, withinLimits: false },
    });
    const [conflict] = (await shop.items(id)).filter((item) => item.state === 'conflict');
    expect(conflict).toMatchObject({ variantRef: overwritten, livePrice: 1_234n, verdict: expect.stringMatching(/^changed_after_write/) as string });
    expect(shop.channel.prices.get(overwritten!)?.price).toBe(1_234n);
    expect(await shop.sql('select price::int from variants where ref = $1', [overwritten])).toEqual([{ price: 1_234 }]);

    must(await resolveConflict(shop, shop.ctx, { id, itemId: conflict!.id, choice: 'write_ours' }));
    must(await resumeChange(shop, shop.ctx, { id }));
    await shop.runToTheEnd(id);
    expect(await byState(id)).toEqual({ applied: 30 });
  });

  it.each([
    ['its own strict limits, where none were given', {}, 'canary_failed'],
    ['the limits that were given', { pauseOn: { conflictPercent: 60, failurePercent: 0 } }, null],
  ] as const)('is judged by %s', async (_, options, code) => {
    await shop.stock(10);
    const id = await start({ canaryPercent: 40, canaryContinue: 'auto', ...options });
    for (const item of (await shop.items(id)).filter(({ state }) => state === 'queued').slice(0, 2)) shop.channel.prices.set(item.variantRef, { price: 777n, compareAt: null });
    await shop.runToTheEnd(id);
    if (code) expect(await change(id)).toMatchObject({ state: 'paused', pauseCode: code, canary: { conflicts: 2, differing: 0 } });
    else expect(await change(id)).toMatchObject({ state: 'partially_applied', progress: { applied: 8, conflict: 2 } });
  });

  it('a first part that is all of the plan is verified and ends', async () => {
    await shop.stock(2, 5);
    const id = await start({ canaryPercent: 100 });
    await shop.runToTheEnd(id);
    expect(await change(id)).toMatchObject({ state: 'applied', canary: { state: 'continued', rows: 10, verified: 10 } });
    const one = await start({ canaryPercent: 1 });
    await shop.runToTheEnd(one);
    expect(await change(one)).toMatchObject({ state: 'paused', canary: { rows: 5 } });
  });

  it('a worker that is killed at any step is followed by one that goes on, and nothing is written twice', async () => {
    await shop.stock(30);
    const id = await start({ canaryPercent: 20 });
    const kill = (): never => { throw new Error('killed'); };
    // Before anything is read, in the middle of the first part, while it is read again.
    shop.channel.onRead = kill;
    await expect(shop.run(id)).rejects.toThrow('killed');
    shop.channel.onRead = null;
    let writes = 0;
    shop.channel.onWrite = (rows, land) => (++writes === 3 ? (land(rows), kill()) : land(rows));
    shop.advance(120_000);
    await expect(shop.run(id)).rejects.toThrow('killed');
    shop.channel.onWrite = null;
    expect((await byState(id)).planned).toBe(24);
    shop.channel.onRead = (answer) => (shop.channel.log.length === 6 && killOnce() ? kill() : answer());
    let left = 2;
    const killOnce = (): boolean => left-- > 0;
    for (let again = 0; again < 20 && (await shop.state(id)) === 'applying'; again++) {
      shop.advance(120_000);
      await shop.run(id).catch((error: Error) => expect(error.message).toBe('killed'));
    }
    expect(await change(id)).toMatchObject({ state: 'paused', pauseCode: 'canary_done', canary: { rows: 6, verified: 6, withinLimits: true } });
    must(await resumeChange(shop, shop.ctx, { id }));
    await shop.runToTheEnd(id);
    expect(written().size).toBe(30);
    expect(shop.channel.log).toHaveLength(30);
    const states = await byState(id);
    expect((states.applied ?? 0) + (states.settled ?? 0)).toBe(30);
  });

  it('reading again waits for a shop that cannot be read, and pauses where we may no longer', async () => {
    await shop.stock(10);
    const id = await start({ canaryPercent: 20, canaryContinue: 'auto' });
    let mode: 'unavailable' | 'unauthorized' | null = 'unavailable';
    shop.channel.onRead = (answer) => (shop.channel.log.length === 2 && mode ? { ok: false, failure: { kind: mode, detail: `${mode} of the test` } } : answer());
    const { comeBackAt } = await shop.run(id);
    expect(comeBackAt!.getTime()).toBeGreaterThan(shop.now().getTime());
    expect(await change(id)).toMatchObject({ state: 'applying', canary: { state: 'verifying' } });
    mode = 'unauthorized';
    expect(await shop.run(id)).toEqual({ comeBackAt: null });
    expect(await change(id)).toMatchObject({ state: 'paused', pauseCode: 'token_revoked', canary: { state: 'verifying' } });
    mode = null;
    must(await resumeChange(shop, shop.ctx, { id }));
    await shop.runToTheEnd(id);
    expect(await change(id)).toMatchObject({ state: 'applied', canary: { verified: 2 } });
  });

  it('a pause in its middle and a resume go on with the first part, not with the rest', async () => {
    await shop.stock(20);
    const id = await start({ canaryPercent: 20 });
    shop.channel.onWrite = async (rows, land) => {
      if (shop.channel.log.length === 1) await pauseChange(shop, shop.ctx, { id });
      return land(rows);
    };
    await shop.run(id, { concurrency: 1 });
    expect(await change(id)).toMatchObject({ state: 'paused', pauseCode: 'by_person', canary: { state: 'writing' } });
    must(await resumeChange(shop, shop.ctx, { id }));
    expect((await byState(id)).planned).toBe(16);
    await shop.runToTheEnd(id);
    expect(await change(id)).toMatchObject({ state: 'paused', pauseCode: 'canary_done', progress: { applied: 4, planned: 16 } });
  });

  it('cancelling after it leaves the rest unwritten, and a rollback takes back what was', async () => {
    await shop.stock(10);
    const id = await start({ canaryPercent: 30 });
    await shop.runToTheEnd(id);
    must(await cancelChange(shop, shop.ctx, { id }));
    expect(await change(id)).toMatchObject({ state: 'partially_applied', progress: { applied: 3, cancelled: 7 }, pauseCode: null });
    const back = must(await rollBackChange(deps(), shop.ctx, { id }));
    expect((await shop.items(back.id)).map((item) => item.afterPrice)).toEqual([1_000n, 1_000n, 1_000n]);
  });

  it('refuses a share that is none', async () => {
    await shop.stock(1);
    const id = await shop.start('approved');
    for (const canaryPercent of [0, '0', 101, -5, 'five']) expect(await applyChange(deps(), shop.ctx, { id, canaryPercent })).toMatchObject({ ok: false, error: { kind: 'invalid', code: 'invalid_canary_percent' } });
    expect(await shop.state(id)).toBe('approved');
  });
});

describe('a change that goes wrong while it is applied', () => {
  it('pauses by itself once too many rows are in conflict, keeps the rest, and goes on when told to', async () => {
    await shop.stock(300);
    const id = await start({});
    for (const [ref] of shop.channel.prices) shop.channel.prices.set(ref, { price: 5n, compareAt: null });
    shop.channel.onRead = slowly;
    await shop.run(id);
    const paused = await change(id);
    expect(paused).toMatchObject({ state: 'paused', pauseCode: 'conflict_rate', pauseOn: { conflictPercent: '50', failurePercent: '50', minimumRows: 100 } });
    expect(paused.pauseReason).toMatch(/^It paused by itself: \d+ of \d+ prices are no longer what the plan was made on/);
    expect(paused.progress!.conflict).toBeGreaterThanOrEqual(100);
    expect(paused.progress!.queued).toBeGreaterThan(0);
    expect(shop.channel.log).toEqual([]);
    for (const [ref] of shop.channel.prices) shop.channel.prices.set(ref, { price: 1_000n, compareAt: null });
    must(await resumeChange(shop, shop.ctx, { id }));
    await shop.runToTheEnd(id);
    expect(await change(id)).toMatchObject({ state: 'partially_applied', progress: { conflict: paused.progress!.conflict, applied: 300 - paused.progress!.conflict } });
    expect(await pauses()).toEqual(['conflict_rate']);
  });

  it('pauses by itself at the limits that its start gave', async () => {
    await shop.stock(150);
    const id = await start({ pauseOn: { failurePercent: '5', minimumRows: 10 } });
    shop.channel.onRead = slowly;
    shop.channel.onWrite = (rows) => ({ ok: true, requestId: 'write', value: new Map(rows.map((row) => [row.variantRef, { kind: 'refused' as const, code: 'INVALID', message: 'no' }])) });
    await shop.run(id);
    expect(await change(id)).toMatchObject({ state: 'paused', pauseCode: 'failure_rate' });
    expect((await byState(id)).queued).toBeGreaterThan(0);
  });

  it('never pauses a small one, nor one that has nothing left', async () => {
    await shop.stock(10);
    const small = await start({});
    for (const ref of [1n, 2n, 3n, 4n, 5n, 6n]) shop.channel.prices.set(ref, { price: 5n, compareAt: null });
    await shop.runToTheEnd(small);
    expect(await change(small)).toMatchObject({ state: 'partially_applied', progress: { conflict: 6, applied: 4 } });
    expect(await pauses()).toEqual([]);
  });

  it('pauses and resumes lose nothing with a worker killed in between', async () => {
    await shop.stock(40);
    const id = await start({});
    for (let kills = 0; kills < 6; kills++) {
      let writes = 0;
      shop.channel.onWrite = async (rows, land) => {
        const answer = land(rows);
        if (++writes < 4) return answer;
        await pauseChange(shop, shop.ctx, { id });
        throw new Error('killed');
      };
      await shop.run(id).catch((error: Error) => expect(error.message).toBe('killed'));
      if ((await shop.state(id)) === 'paused') must(await resumeChange(shop, shop.ctx, { id }));
      shop.advance(120_000);
    }
    shop.channel.onWrite = null;
    await shop.runToTheEnd(id);
    const states = await byState(id);
    expect((states.applied ?? 0) + (states.settled ?? 0)).toBe(40);
    expect(shop.channel.log).toHaveLength(40);
    expect(await shop.state(id)).toBe('applied');
  });
});
