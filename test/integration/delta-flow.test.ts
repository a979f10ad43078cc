import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyChange } from '../../app/flows/apply-change/control.ts';
import { approveChange, rejectChange } from '../../app/flows/approve-change/decide.ts';
import { planDelta } from '../../app/flows/plan-change/plan-delta.ts';
import { getChange } from '../../app/flows/read-changes/read-changes.ts';
import { noticeDrift } from '../../app/flows/notice-drift/notice-drift.ts';
import { useTestDatabase } from '../setup/database.ts';
import { newDigest } from './flow-shop.ts';
import { openScheduleShop, percent } from './schedule-shop.ts';
import type { ScheduleShop } from './schedule-shop.ts';

const database = useTestDatabase();
let shop: ScheduleShop;
beforeEach(async () => {
  shop = await openScheduleShop(database.urls.app);
  await shop.stock(4);
  shop.setTime('2026-11-22T12:00:00Z');
});
afterEach(async () => {
  expect(await shop.differences()).toEqual([]);
  await shop.close();
});

/** The merchant sets a price, and the catalog hears of it. */
async function edit(ref: number, price: bigint): Promise<void> {
  shop.channel.prices.set(BigInt(ref), { price, compareAt: null });
  await shop.uow.run(shop.ctx.tenantId, async (tx) => {
    const [row] = await shop.sql<{ id: string }>('select id from variants where ref = $1', [ref]);
    await tx.catalog.recordSeen([{ variantId: row!.id, price, compareAt: null, updatedAt: shop.now() }], { correlationId: 'edit', currencyCode: 'USD', now: shop.now() });
  });
  shop.advance(1_000);
}
const delta = async (id: string) => {
  const made = await planDelta({ uow: shop.uow, newDigest }, shop.ctx, { id });
  if (!made.ok) throw new Error(JSON.stringify(made.error));
  return made.value;
};
const approve = async (id: string) => approveChange({ uow: shop.uow, planMaxAgeHours: 720 }, shop.ctx, { id, planHash: (await shop.change(id)).planHash! });
const states = async (id: string) => (await shop.items(id)).map(({ state, resolution }) => (resolution ? `${state} ${resolution}` : state));

describe('a delta plan', () => {
  it('is refused while every row is what the plan saw', async () => {
    const id = await shop.approved(percent('-10'));
    expect(await planDelta({ uow: shop.uow, newDigest }, shop.ctx, { id })).toMatchObject({ ok: false, error: { kind: 'conflict', code: 'nothing_stale' } });
    expect(await planDelta({ uow: shop.uow, newDigest }, shop.ctx, { id: await shop.draft(percent('-10')) })).toMatchObject({ ok: false, error: { code: 'not_planned' } });
  });

  it('before the apply holds the rows whose price or cost moved, and takes them over only when it is approved', async () => {
    const id = await shop.approved(percent('-10'));
    await edit(2, 2_000n);
    await shop.sql('update variants set cost = 500 where ref = 3');
    const made = await delta(id);
    expect(made).toMatchObject({ kind: 'delta', parentId: id, state: 'previewed', summary: { selected: 2, planned: 2 } });
    expect((await shop.items(made.id)).map(({ variantRef, afterPrice }) => [variantRef, afterPrice])).toEqual([[2n, 1_800n], [3n, 900n]]);
    expect(await states(id)).toEqual(['planned', 'planned', 'planned', 'planned']);
    expect((await approve(made.id)).ok).toBe(true);
    expect(await states(id)).toEqual(['planned', 'cancelled', 'cancelled', 'planned']);
    for (const change of [id, made.id]) expect((await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id: change })).ok).toBe(true);
    await shop.work();
    expect([1, 2, 3, 4].map(shop.live)).toEqual(['900/-', '1800/-', '900/-', '900/-']);
    expect(shop.channel.log).toHaveLength(4);
    const told = await getChange(shop, shop.ctx, { id });
    expect(told.ok && told.value.children).toMatchObject([{ id: made.id, kind: 'delta', state: 'applied' }]);
  });

  it('that takes over every row of a plan that waits leaves nothing to start: the plan is cancelled and says why', async () => {
    const id = await shop.approved(percent('-10'));
    for (const ref of [1, 2, 3, 4]) await edit(ref, 2_000n);
    expect(await shop.check()).toBe(1);
    expect(await shop.change(id)).toMatchObject({ state: 'approved', staleReason: 'prices_moved' });
    const made = await delta(id);
    expect((await approve(made.id)).ok).toBe(true);
    expect(await shop.change(id)).toMatchObject({ state: 'cancelled', staleReason: null, note: 'Every row was planned anew and is written by the change that was approved for them.' });
    expect((await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id: made.id })).ok).toBe(true);
    await shop.work();
    expect([1, 2, 3, 4].map(shop.live)).toEqual(['1800/-', '1800/-', '1800/-', '1800/-']);
    expect(await shop.state(id)).toBe('cancelled');
  });

  it('of a conflict is priced from the live price, and the conflict ends as kept by it', async () => {
    const id = await shop.approved(percent('-10'));
    await edit(2, 3_000n);
    expect((await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id })).ok).toBe(true);
    await shop.work();
    expect(await states(id)).toEqual(['applied', 'conflict', 'applied', 'applied']);
    const made = await delta(id);
    expect((await shop.items(made.id)).map(({ variantRef, beforePrice, afterPrice }) => [variantRef, beforePrice, afterPrice])).toEqual([[2n, 3_000n, 2_700n]]);
    await approve(made.id);
    expect(await states(id)).toEqual(['applied', 'kept delta', 'applied', 'applied']);
    await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id: made.id });
    await shop.work();
    expect(shop.live(2)).toBe('2700/-');
    expect(await planDelta({ uow: shop.uow, newDigest }, shop.ctx, { id })).toMatchObject({ ok: false, error: { code: 'nothing_stale' } });
  });

  it('leaves the rows of the parent alone when it is rejected', async () => {
    const id = await shop.approved(percent('-10'));
    await edit(2, 2_000n);
    const made = await delta(id);
    await rejectChange({ uow: shop.uow }, shop.ctx, { id: made.id });
    expect(await states(id)).toEqual(['planned', 'planned', 'planned', 'planned']);
    expect((await delta(id)).summary).toMatchObject({ selected: 1 });
  });

  it('after the apply holds what somebody else changed since, not what we wrote or what a cost alone would price twice', async () => {
    const id = await shop.approved(percent('-10'));
    await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id });
    await shop.work();
    await shop.sql('update variants set cost = 500 where ref = 3');
    expect(await planDelta({ uow: shop.uow, newDigest }, shop.ctx, { id })).toMatchObject({ ok: false, error: { code: 'nothing_stale' } });
    const later = await shop.approved(percent('-50'));
    await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id: later });
    await shop.work();
    expect(await planDelta({ uow: shop.uow, newDigest }, shop.ctx, { id })).toMatchObject({ ok: false, error: { code: 'nothing_stale' } });
    await edit(4, 4_000n);
    expect((await delta(id)).summary).toMatchObject({ selected: 1, planned: 1 });
  });

  it('says of a row that the rule no longer selects that it does not', async () => {
    const id = await shop.approved(percent('-10', { selector: { all: [{ field: 'variant.price', op: 'lt', value: '15.00' }] } }));
    await edit(2, 2_000n);
    expect((await delta(id)).summary).toMatchObject({ selected: 1, blocked: 1, byReason: { no_longer_selected: 1 } });
  });

  it('of a running campaign lies above it and ends with it', async () => {
    const id = await shop.approved(percent('-20'), { startAt: '2026-11-22T12:00:00', endAt: '2026-11-23T12:00:00', timeZone: 'UTC' });
    await shop.work();
    expect(shop.live(1)).toBe('800/-');
    await edit(2, 1_500n);
    await noticeDrift({ uow: shop.uow }, shop.ctx, { productRef: null });
    expect(await states(id)).toEqual(['applied', 'conflict', 'applied', 'applied']);
    const made = await delta(id);
    expect(made).toMatchObject({ schedule: { endAt: '2026-11-23T12:00:00' } });
    await approve(made.id);
    await shop.work();
    expect([await shop.state(made.id), shop.live(2)]).toEqual(['applied', '800/-']);
    shop.setTime('2026-11-23T12:00:00Z');
    await shop.work();
    expect([1, 2, 3, 4].map(shop.live)).toEqual(['1000/-', '1000/-', '1000/-', '1000/-']);
    expect([await shop.state(id), await shop.state(made.id)]).toEqual(['ended', 'ended']);
  });
});
