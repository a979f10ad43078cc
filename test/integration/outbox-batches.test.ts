/** The relay on a real database: batches, order, bad messages, lost leases, a queue that is away, and the bell. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOutboxBell } from '../../app/adapters/db/outbox-bell.ts';
import { createOutboxLeases } from '../../app/adapters/db/outbox-leases.ts';
import { createTenancy } from '../../app/adapters/db/tenancy.ts';
import { publishOutbox } from '../../app/flows/publish-outbox/publish-outbox.ts';
import type { OutboxLeases } from '../../app/ports/outbox.ts';
import { useTestDatabase } from '../setup/database.ts';
import { openFlowShop, silentLog } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';

const database = useTestDatabase();
let shop: FlowShop;
let leases: OutboxLeases;
const opened: FlowShop[] = [];

beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
  opened.push(shop);
  const { unscoped, withTenant } = createTenancy(shop.pool);
  leases = createOutboxLeases(unscoped, withTenant);
});
afterEach(async () => {
  await shop.sql(`update outbox set state = 'discarded' where finished_at is null`);
});
afterAll(async () => {
  for (const each of opened) await each.close();
});

/** A rule's event rings two jobs, so that what was told shows in the queue. */
async function say(rule: string, times = 1): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    await shop.uow.run(shop.ctx.tenantId, (tx) => tx.journal.append(shop.ctx, { type: 'rule.deleted', aggregateType: 'rule', aggregateId: rule, payload: { ruleId: rule, version: i + 1 } }));
  }
}
const states = (): Promise<{ aggregate: string; state: string; attempts: number; error: string | null }[]> =>
  shop.sql('select aggregate, state, attempts, error from outbox order by event_seq');
const publish = (deps: Partial<Parameters<typeof publishOutbox>[0]> = {}, max = 500): Promise<number> =>
  publishOutbox({ leases, uow: shop.uow, queue: shop.queue, now: () => new Date(), random: () => 0, log: silentLog, maxAttempts: 3, ...deps }, 'publisher', max);
const toldRules = (): string[] => shop.jobs.filter(({ name }) => name === 'void-approvals-of-rule').map(({ payload }) => String(payload.id));

describe('a batch', () => {
  it('tells runs of many aggregates at once and rings once for each bell', async () => {
    const rules = ['a', 'b', 'c'];
    for (const rule of rules) await say(rule, 5);
    expect(await publish()).toBe(15);
    expect(await publish()).toBe(0);
    expect(toldRules().sort()).toEqual(rules);
    expect((await states()).map(({ state }) => state)).toEqual(Array.from({ length: 15 }, () => 'done'));
  });

  it('takes no more than it may, the heads of all aggregates before what follows them', async () => {
    await say('long', 6);
    await say('short');
    const leased = await leases.lease('publisher', 4);
    expect(leased.map(({ aggregate }) => aggregate).sort()).toEqual(['rule:long', 'rule:long', 'rule:short']);
    await leases.release(leased, 'publisher', null);
    expect((await states()).every(({ state, attempts }) => state === 'ready' && attempts === 0)).toBe(true);
  });

  it('gives nobody what follows a head that somebody holds', async () => {
    await say('a', 3);
    const first = await leases.lease('one', 1);
    expect(first).toHaveLength(1);
    expect(await leases.lease('two', 10)).toEqual([]);
    expect(await leases.done(first, 'one')).toBe(1);
    expect(await leases.lease('two', 10)).toHaveLength(2);
  });

  it('is fenced: who comes too late ends nothing', async () => {
    await say('a', 3);
    const { unscoped, withTenant } = createTenancy(shop.pool);
    const slow = await createOutboxLeases(unscoped, withTenant, { leaseSeconds: 0 }).lease('slow', 10);
    await sleep(5);
    const quick = await leases.lease('quick', 10);
    expect(quick.map(({ id, epoch }) => [id, epoch])).toEqual(slow.map(({ id }) => [id, 2]));
    expect(await leases.done(slow, 'slow')).toBe(0);
    expect(await leases.failed(slow[0]!, 'slow', { error: 'late', runAt: new Date(), dead: true })).toBe(false);
    expect(await leases.done(quick, 'quick')).toBe(3);
  });
});

describe('a message that cannot be told', () => {
  /** Its event is not in the log. */
  const lose = (aggregate: string, seq: number): Promise<unknown> => shop.sql(
    `insert into outbox (tenant_id, event_id, event_seq, aggregate, topic, payload) values ($1, $2, $3, $4, 'rule.deleted', '{}')`, [shop.tenantId, randomUUID(), seq, aggregate]);

  it('sinks nothing of its batch, holds up what follows it until it is a dead letter, and keeps the reason', async () => {
    await lose('rule:bad', 0);
    await say('bad');
    for (const rule of ['a', 'b']) await say(rule, 2);
    expect(await publish()).toBe(6);
    expect(toldRules()).toEqual(expect.arrayContaining(['a', 'b']));
    expect(toldRules()).not.toContain('bad');
    expect((await states()).map(({ state, attempts }) => [state, attempts])).toEqual([['ready', 1], ['ready', 0], ['done', 1], ['done', 1], ['done', 1], ['done', 1]]);
    await publish();
    await publish();
    expect((await states())[0]).toEqual({ aggregate: 'rule:bad', state: 'dead', attempts: 3, error: 'The event of this message is not in the log' });
    await publish();
    expect(toldRules()).toContain('bad');
  });

  it('is not taken for a queue that is away, which costs the waiting ones no try', async () => {
    for (const rule of ['a', 'b', 'c', 'd', 'e']) await say(rule);
    const queue = { ...shop.queue, enqueue: () => Promise.reject(new Error('The queue is away')) };
    expect(await publish({ queue, random: () => 0.0001 })).toBe(5);
    expect((await states()).map(({ attempts }) => attempts)).toEqual([1, 1, 1, 0, 0]);
    await sleep(5);
    await publish();
    expect((await states()).every(({ state, error }) => state === 'done' && error === null)).toBe(true);
    expect(toldRules().sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});

describe('projections of a batch', () => {
  it('are what telling one by one gives, whatever the sizes of the batches', async () => {
    await shop.stock(4, 2);
    const id = await shop.start();
    await shop.runToTheEnd(id);
    const pending = (await states()).filter(({ state }) => state === 'ready').length;
    expect(pending).toBeGreaterThan(5);
    let told = 0;
    for (const size of [1, 2, 3, 500]) told += await publish({}, size);
    expect(told).toBe(pending);
    expect(await shop.differences()).toEqual([]);
    expect(await shop.sql('select state, applied, last_seq = (select max(seq) from events where aggregate_id = $1) as up_to_date from change_projection where change_id::text = $1', [id]))
      .toEqual([{ state: 'applied', applied: 8, up_to_date: true }]);
  });

  it('are the same when a batch is told twice, because its end was lost', async () => {
    await shop.stock(2, 2);
    const id = await shop.start();
    await shop.runToTheEnd(id);
    await publish({ leases: { ...leases, done: async () => 0 } });
    await shop.sql(`update outbox set lease_until = now() - interval '1 second' where state = 'leased'`);
    await publish();
    expect(await shop.differences()).toEqual([]);
    expect(await shop.sql('select state, applied from change_projection where change_id = $1', [id])).toEqual([{ state: 'applied', applied: 4 }]);
  });
});

describe('the bell', () => {
  it('rings after a commit, and again after its connection was lost', async () => {
    let rings = 0;
    const bell = createOutboxBell({ url: database.urls.app, applicationName: 'bell-test', log: { warn: () => undefined, debug: () => undefined } });
    const heard = async (times: number): Promise<void> => {
      for (let i = 0; rings < times && i < 200; i += 1) await sleep(10);
      expect(rings).toBeGreaterThanOrEqual(times);
    };
    bell.start(() => (rings += 1));
    await heard(1);
    await say('a');
    await heard(2);
    await shop.sql(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'bell-test'`);
    await heard(3);
    await say('a');
    await heard(4);
    await bell.stop();
  });
});
