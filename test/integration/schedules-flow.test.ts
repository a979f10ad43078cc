import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scheduleChange } from '../../app/flows/approve-change/schedule-change.ts';
import { applyChange, pauseChange } from '../../app/flows/apply-change/control.ts';
import { approveChange, cancelChange, rejectChange } from '../../app/flows/approve-change/decide.ts';
import { findOverlaps, overlapRows } from '../../app/flows/find-overlaps/find-overlaps.ts';
import { createChange } from '../../app/flows/plan-change/create-change.ts';
import { stopChanges } from '../../app/flows/receive-webhook/stop-changes.ts';
import { getChange } from '../../app/flows/read-changes/read-changes.ts';
import type { ChangeRow } from '../../app/domain/pricing/change.ts';
import type { RuleSchedule } from '../../app/domain/rules/rule.ts';
import { useTestDatabase } from '../setup/database.ts';
import { newDigest } from './flow-shop.ts';
import { day, hour, minute, openScheduleShop, percent } from './schedule-shop.ts';
import type { ScheduleShop } from './schedule-shop.ts';

const database = useTestDatabase();
let shop: ScheduleShop;
beforeEach(async () => {
  shop = await openScheduleShop(database.urls.app);
  await shop.stock(3);
  shop.setTime('2026-11-22T12:00:00Z');
});
afterEach(async () => {
  expect(await shop.differences()).toEqual([]);
  await shop.close();
});

const sale = percent('-20', { transform: { steps: [{ type: 'percent', value: '-20' }], compareAt: { mode: 'sale' } } });
const window = (startAt: string, endAt: string | null, more: Partial<RuleSchedule> = {}): RuleSchedule => ({ startAt, ...(endAt ? { endAt } : {}), timeZone: 'UTC', ...more });
const tonight = window('2026-11-22T18:00:00', '2026-11-22T20:00:00');

describe('a campaign with a window', () => {
  it('starts and ends by itself at its times, and price and compare-at come back', async () => {
    const id = await shop.approved(sale, tonight);
    expect(await shop.change(id)).toMatchObject({ state: 'approved', scheduleAt: new Date('2026-11-22T18:00Z'), endAt: new Date('2026-11-22T20:00Z') });
    await shop.work();
    expect(shop.live(1)).toBe('1000/-');
    shop.setTime('2026-11-22T18:00:00Z');
    await shop.work();
    expect([shop.live(1), (await shop.change(id)).state]).toEqual(['800/1000', 'applied']);
    shop.setTime('2026-11-22T19:59:59Z');
    await shop.work();
    expect(shop.live(1)).toBe('800/1000');
    shop.setTime('2026-11-22T20:00:00Z');
    await shop.work();
    expect([shop.live(1), (await shop.change(id)).state]).toEqual(['1000/-', 'ended']);
  });

  it('starts late when the worker was down over its start', async () => {
    const id = await shop.approved(sale, tonight);
    shop.setTime('2026-11-22T19:30:00Z');
    await shop.work();
    expect([shop.live(1), (await shop.change(id)).state]).toEqual(['800/1000', 'applied']);
  });

  it('ends late when the worker was down over its end', async () => {
    const id = await shop.approved(sale, tonight);
    shop.setTime('2026-11-22T18:00:00Z');
    await shop.work();
    shop.setTime('2026-11-25T00:00:00Z');
    await shop.work();
    expect([shop.live(1), (await shop.change(id)).state]).toEqual(['1000/-', 'ended']);
  });

  it('is not written at all when the worker was down over both, and says so', async () => {
    const id = await shop.approved(sale, tonight);
    shop.setTime('2026-11-22T20:00:00Z');
    await shop.work();
    expect(await shop.change(id)).toMatchObject({ state: 'ended', failure: expect.stringContaining('went by: it could not be started') as string });
    expect((await shop.items(id)).map(({ state }) => state)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(shop.channel.log).toEqual([]);
    expect((await shop.events()).map(({ type }) => type)).toContain('price_change.missed');
  });

  it('catches several up in the order of their times: what has ended gives way to what began later', async () => {
    const first = await shop.approved(percent('-10'), window('2026-11-22T13:00:00', '2026-11-22T16:00:00'));
    shop.setTime('2026-11-22T13:00:00Z');
    await shop.work();
    const plain = await shop.approved(percent('-50'), window('2026-11-22T15:00:00', null));
    const missed = await shop.approved(percent('-90'), window('2026-11-22T14:00:00', '2026-11-22T15:30:00'));
    const late = await shop.approved(percent('-30'), window('2026-11-22T17:00:00', '2026-11-22T23:00:00'));
    shop.setTime('2026-11-22T18:00:00Z');
    await shop.work();
    expect(await Promise.all([first, plain, missed, late].map((id) => shop.state(id)))).toEqual(['ended', 'applied', 'ended', 'partially_applied'].map((state) => expect.stringMatching(state === 'partially_applied' ? /applied|failed/ : state) as string));
    const told = (await shop.events()).filter(({ type }) => ['price_change.started', 'price_change.missed', 'price_change.end_started'].includes(type)).map(({ type, payload }) => [type.slice(13), payload.changeId]);
    const order = told.filter(([, id]) => [first, plain, missed, late].includes(id as string)).map(([type, id]) => `${type as string} ${['first', 'plain', 'missed', 'late'][[first, plain, missed, late].indexOf(id as string)]}`);
    expect(order).toEqual(['started first', 'missed missed', 'started plain', 'end_started first', 'started late']);
    shop.setTime('2026-11-23T00:00:00Z');
    await shop.work();
    expect(shop.live(1)).toBe('500/-');
  });

  it('starts and ends once, however many workers do it at once', async () => {
    const id = await shop.approved(sale, tonight);
    shop.setTime('2026-11-22T18:00:00Z');
    await Promise.all([shop.schedules(), shop.schedules(), shop.schedules(), shop.schedules()]);
    await shop.work();
    shop.setTime('2026-11-22T20:00:00Z');
    await Promise.all([shop.schedules(), shop.schedules(), shop.schedules(), shop.schedules()]);
    await shop.work();
    const types = (await shop.events()).filter(({ payload }) => payload.changeId === id).map(({ type }) => type);
    expect(types.filter((type) => type === 'price_change.started')).toHaveLength(1);
    expect(types.filter((type) => type === 'price_change.end_started')).toHaveLength(1);
    expect(shop.channel.log).toHaveLength(6);
    expect(await shop.sql(`select count(*)::int as n from price_changes where parent_id = $1`, [id])).toEqual([{ n: 1 }]);
  });

  it('started by hand before its time ends at its time', async () => {
    const id = await shop.approved(sale, tonight);
    expect(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id })).toMatchObject({ ok: true });
    await shop.work();
    expect(shop.live(2)).toBe('800/1000');
    shop.setTime('2026-11-22T20:00:00Z');
    await shop.work();
    expect([shop.live(2), await shop.state(id)]).toEqual(['1000/-', 'ended']);
  });

  it('that is paused ends at its time as well', async () => {
    const id = await shop.approved(sale, tonight);
    shop.setTime('2026-11-22T18:00:00Z');
    await shop.schedules();
    expect((await pauseChange({ uow: shop.uow }, shop.ctx, { id })).ok).toBe(true);
    shop.setTime('2026-11-22T20:00:00Z');
    await shop.work();
    expect([await shop.state(id), shop.live(1), shop.channel.log.length]).toEqual(['ended', '1000/-', 0]);
  });
});

describe('a shop that removes the app', () => {
  it('has nothing that starts or goes on by itself when it comes back', async () => {
    const id = await shop.approved(sale, window('2026-11-22T18:00:00', '2026-11-22T20:00:00', { recurrence: { frequency: 'daily' } }));
    await shop.uow.run(shop.ctx.tenantId, (tx) => stopChanges(tx, shop.ctx));
    expect(await shop.state(id)).toBe('cancelled');
    const running = await shop.approved(sale, window('2026-11-22T12:00:00', '2026-11-22T20:00:00', { recurrence: { frequency: 'daily' } }));
    await shop.work();
    await shop.uow.run(shop.ctx.tenantId, (tx) => stopChanges(tx, shop.ctx));
    shop.setTime('2026-11-30T00:00:00Z');
    await shop.work();
    // What ran is frozen as it stands in the store, until a person ends it; what was to come is missed.
    expect(await shop.series(running)).toEqual(['2026-11-22T12:00 applied', '2026-11-23T12:00 ended']);
    expect(shop.live(1)).toBe('800/1000');
    expect(shop.channel.log).toHaveLength(3);
  });
});

describe('a schedule', () => {
  it('given by /schedule counts last: it makes a campaign of a change, or none', async () => {
    const plain = await shop.approved(sale);
    const given = await scheduleChange({ uow: shop.uow }, shop.ctx, { id: plain, schedule: tonight });
    expect(given).toMatchObject({ ok: true, value: { state: 'scheduled', startsAt: '2026-11-22T18:00:00.000Z', endsAt: '2026-11-22T20:00:00.000Z', nextRuns: [{ startsAt: '2026-11-22T18:00:00.000Z', startLocal: '2026-11-22T18:00:00', remarks: [] }] } });
    const campaign = await shop.approved(percent('-10', { schedule: tonight }));
    expect(await scheduleChange({ uow: shop.uow }, shop.ctx, { id: campaign, schedule: window('2026-11-22T18:00:00', null) })).toMatchObject({ ok: true, value: { endsAt: null } });
    expect(await shop.change(campaign)).toMatchObject({ endAt: null });
  });

  it('of the change wins over that of its rule', async () => {
    const id = await shop.approved(percent('-10', { schedule: tonight }), window('2026-11-22T21:00:00', null));
    expect(await shop.change(id)).toMatchObject({ scheduleAt: new Date('2026-11-22T21:00Z'), endAt: null });
  });

  it('with a past start means now, and with a past end is refused with its place', async () => {
    const id = await shop.approved(sale, window('2026-11-20T00:00:00', '2026-11-22T20:00:00'));
    await shop.work();
    expect([shop.live(1), await shop.state(id)]).toEqual(['800/1000', 'applied']);
    const other = await shop.approved(percent('-1'));
    expect(await scheduleChange({ uow: shop.uow }, shop.ctx, { id: other, schedule: window('2026-11-01T00:00:00', '2026-11-02T00:00:00') })).toMatchObject({ ok: false, error: { kind: 'invalid', code: 'window_over', errors: [{ pointer: '/endAt' }] } });
    expect(await scheduleChange({ uow: shop.uow }, shop.ctx, { id: other, schedule: window('2026-11-23T00:00:00', '2026-11-23T00:00:00') })).toMatchObject({ ok: false, error: { kind: 'invalid', errors: [{ pointer: '/endAt', code: 'end_not_after_start' }] } });
    expect(await createChange({ uow: shop.uow }, shop.ctx, { name: 'x', rule: sale, schedule: window('2026-11-01T00:00:00', '2026-11-02T00:00:00') })).toMatchObject({ ok: false, error: { kind: 'invalid', errors: [{ pointer: '/schedule/endAt', code: 'window_over' }] } });
  });

  it('whose end passed while nobody approved it is not approved any more', async () => {
    const id = await shop.draft(sale, tonight);
    shop.setTime('2026-11-22T20:00:00Z');
    await expect(shop.approve(id)).rejects.toThrow('window_over');
    expect(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id })).toMatchObject({ ok: false });
  });

  it('is told with what clock changes make of it', async () => {
    const id = await shop.draft(sale, { startAt: '2027-03-27T02:30:00', endAt: '2027-03-27T02:45:00', timeZone: 'Europe/Berlin', recurrence: { frequency: 'daily' } });
    const told = await getChange(shop, shop.ctx, { id });
    expect(told.ok && told.value.nextRuns!.slice(0, 3).map(({ startLocal, startsAt, remarks }) => [startLocal, startsAt, remarks])).toEqual([
      ['2027-03-27T02:30:00', '2027-03-27T01:30:00.000Z', []],
      ['2027-03-28T02:30:00', '2027-03-28T01:00:00.000Z', ['start_in_gap', 'end_in_gap', 'skipped']],
      ['2027-03-29T02:30:00', '2027-03-29T00:30:00.000Z', []],
    ]);
  });
});

describe('a recurring campaign', () => {
  const evenings = window('2026-11-22T18:00:00', '2026-11-22T20:00:00', { recurrence: { frequency: 'daily', count: 4 } });

  it('runs again and again with the approval of its first plan, as long as every row is the same', async () => {
    const first = await shop.approved(sale, evenings);
    const seen: string[] = [];
    for (let time = Date.parse('2026-11-22T12:00Z'); time < Date.parse('2026-11-27T12:00Z'); time += hour) {
      shop.setTime(new Date(time).toISOString());
      await shop.work();
      if (shop.live(1) !== '1000/-') seen.push(new Date(time).toISOString().slice(8, 13));
    }
    expect(seen).toEqual(['22T18', '22T19', '23T18', '23T19', '24T18', '24T19', '25T18', '25T19']);
    expect(await shop.series(first)).toEqual(['2026-11-22T18:00 ended', '2026-11-23T18:00 ended', '2026-11-24T18:00 ended', '2026-11-25T18:00 ended']);
    const all = await shop.changes();
    const approvals = all.filter((row) => row.seriesId === first).map((row) => [row.approvedBy, row.approvalComment]);
    expect(approvals[1]).toEqual(['user:1', 'Approved with the run of 2026-11-22: every row is as it was then.']);
  });

  it('waits for approval when a row differs, says why, and writes nothing until then', async () => {
    const first = await shop.approved(sale, evenings);
    shop.setTime('2026-11-22T20:30:00Z');
    await shop.work();
    // The first window went by; the second is planned an hour ahead, with another price of one variant.
    await shop.sql('update variants set price = 2000 where ref = 2');
    shop.channel.prices.set(2n, { price: 2_000n, compareAt: null });
    shop.setTime('2026-11-23T17:00:00Z');
    await shop.work();
    const second = (await shop.changes()).find((row) => row.seriesId === first && row.id !== first)!;
    expect(second).toMatchObject({ state: 'previewed', note: expect.stringContaining('waits for approval, because it is not what was approved last: 1 row differs') as string });
    shop.setTime('2026-11-23T18:30:00Z');
    await shop.work();
    expect(shop.channel.log).toEqual([]);
    expect((await approveChange({ uow: shop.uow, planMaxAgeHours: 720 }, shop.ctx, { id: second.id, planHash: second.planHash! })).ok).toBe(true);
    await shop.work();
    expect(shop.live(2)).toBe('1600/2000');
    shop.setTime('2026-11-23T20:00:00Z');
    await shop.work();
    expect(shop.live(2)).toBe('2000/-');
    // What was approved last is the new measure.
    shop.setTime('2026-11-24T18:00:00Z');
    await shop.work();
    expect(shop.live(2)).toBe('1600/2000');
  });

  it('passes over windows that went by while nothing ran, and says how many', async () => {
    const first = await shop.approved(sale, window('2026-11-22T18:00:00', '2026-11-22T20:00:00', { recurrence: { frequency: 'daily' } }));
    shop.setTime('2026-11-26T10:00:00Z');
    await shop.work();
    expect(await shop.series(first)).toEqual(['2026-11-22T18:00 ended', '2026-11-26T18:00 draft']);
    const next = (await shop.changes()).find((row) => row.state === 'draft')!;
    expect(next.note).toContain('3 windows before this one went by');
    expect(shop.channel.log).toEqual([]);
    // Down again, over the next one as well.
    shop.setTime('2026-11-26T19:00:00Z');
    await shop.work();
    expect(shop.live(1)).toBe('800/1000');
  });

  it('has one change for each window, however many workers make it', async () => {
    const first = await shop.approved(sale, evenings);
    shop.setTime('2026-11-22T18:00:00Z');
    await Promise.all(Array.from({ length: 5 }, () => shop.schedules()));
    expect(await shop.series(first)).toHaveLength(2);
    await shop.work();
    expect(await shop.series(first)).toEqual(['2026-11-22T18:00 applied', '2026-11-23T18:00 draft']);
  });

  it('stops where its next change is cancelled', async () => {
    const first = await shop.approved(sale, evenings);
    shop.setTime('2026-11-22T18:00:00Z');
    await shop.work();
    const second = (await shop.changes()).find((row) => row.seriesId === first && row.id !== first)!;
    await cancelChange({ uow: shop.uow }, shop.ctx, { id: second.id });
    shop.setTime('2026-11-27T00:00:00Z');
    await shop.work();
    expect(await shop.series(first)).toEqual(['2026-11-22T18:00 ended', '2026-11-23T18:00 cancelled']);
    expect((await shop.change(second.id)).note).toBe('The series stopped here.');
  });

  it('goes on after a window that nobody approved, which ends unwritten', async () => {
    const first = await shop.approved(sale, evenings);
    shop.setTime('2026-11-22T18:00:00Z');
    await shop.work();
    await shop.sql('update variants set cost = 1 where ref = 3');
    shop.setTime('2026-11-23T17:00:00Z');
    await shop.work();
    shop.setTime('2026-11-23T20:00:00Z');
    await shop.work();
    expect(await shop.series(first)).toEqual(['2026-11-22T18:00 ended', '2026-11-23T18:00 ended', '2026-11-24T18:00 draft']);
    expect((await shop.changes()).find((row) => row.occurrenceAt?.getTime() === Date.parse('2026-11-23T18:00Z'))!.note).toContain('it was not approved in that time');
  });
});

describe('a recurring campaign and another change', () => {
  const fridays = window('2026-11-27T00:00:00', '2026-11-28T00:00:00', { recurrence: { frequency: 'weekly' } });
  const of = async (id: string) => {
    const found = await findOverlaps({ uow: shop.uow }, shop.ctx, { id });
    return found.ok ? found.value.data.map(({ change, variants, wins, reason }) => [change.id, change.startsAt?.slice(0, 10), variants, wins, reason]) : [];
  };

  it('that meet in a later window are shown when either is planned, before that window and after one has ended', async () => {
    const weekly = await shop.approved(sale, fridays);
    const once = await shop.approved(percent('-30'), window('2026-12-10T00:00:00', '2026-12-13T00:00:00'));
    await shop.approved(percent('-5'), window('2026-12-05T00:00:00', '2026-12-06T00:00:00'));
    expect(await of(once)).toEqual([[weekly, '2026-12-11', 3, 'other', 'later_start']]);
    expect(await of(weekly)).toEqual([[once, '2026-12-10', 3, 'this', 'later_start']]);
    shop.setTime('2026-11-27T00:00:00Z');
    await shop.work();
    shop.setTime('2026-11-28T00:00:00Z');
    await shop.work();
    // The window is over; the next of the series is drafted and has no plan of its own yet.
    const [next] = (await shop.changes()).filter(({ state, seriesId }) => state === 'draft' && seriesId === weekly);
    expect(await of(once)).toEqual([[next!.id, '2026-12-11', 3, 'other', 'later_start']]);
    expect(await overlapRows({ uow: shop.uow }, shop.ctx, { id: once, otherId: next!.id, limit: 1, cursor: null })).toMatchObject({ ok: true, value: { data: [{ this: { price: { amount: '7.00' } }, other: { price: { amount: '8.00' } }, wins: 'other' }] } });
  });
});

describe('a recurring change without end', () => {
  it('is run once for all the times that were missed, and an unapproved run gives way to the next', async () => {
    const first = await shop.approved(percent('-10'), window('2026-11-22T18:00:00', null, { recurrence: { frequency: 'daily' } }));
    shop.setTime('2026-11-22T18:00:00Z');
    await shop.work();
    expect(shop.live(1)).toBe('900/-');
    shop.advance(3 * day);
    await shop.work();
    expect(await shop.series(first)).toEqual(['2026-11-22T18:00 applied', '2026-11-23T18:00 cancelled', '2026-11-25T18:00 previewed', '2026-11-26T18:00 draft']);
    const [, passed, waiting, draft] = (await shop.changes()).filter((row) => row.seriesId === first).sort((a, b) => a.occurrenceAt!.getTime() - b.occurrenceAt!.getTime()) as [ChangeRow, ChangeRow, ChangeRow, ChangeRow];
    expect(passed.note).toContain('the next run, which takes its place');
    expect(waiting.note).toContain('The window before this one went by');
    expect(waiting.note).toContain('3 rows differ');
    shop.setTime('2026-11-26T17:00:00Z');
    await shop.work();
    expect(await shop.state(waiting.id)).toBe('cancelled');
    expect((await rejectChange({ uow: shop.uow }, shop.ctx, { id: draft.id })).ok).toBe(true);
    shop.advance(hour + minute);
    await shop.work();
    expect((await shop.series(first)).at(-1)).toContain('rejected');
  });
});
