/** What an operator does with the bus: dead letters, projections, its state. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { getMessage, listDeadLetters, settleDeadLetter, settleDeadLetters } from '../../app/flows/manage-dead-letters/manage-dead-letters.ts';
import { replayProjection } from '../../app/flows/rebuild-projections/replay-projection.ts';
import { busState } from '../../app/flows/watch-bus/bus-state.ts';
import { withClient } from '../../prisma/bootstrap/roles.ts';
import { useTestDatabase } from '../setup/database.ts';
import { openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';
import { must } from './must.ts';

const database = useTestDatabase();
let shop: FlowShop;
const opened: FlowShop[] = [];
beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
  opened.push(shop);
});
afterAll(async () => {
  for (const each of opened) await each.close();
});

/** Dead letters of real events, oldest first. */
async function die(...rules: string[]): Promise<string[]> {
  for (const rule of rules) {
    await shop.uow.run(shop.ctx.tenantId, (tx) => tx.journal.append(shop.ctx, { type: 'rule.deleted', aggregateType: 'rule', aggregateId: rule, payload: { ruleId: rule, version: 1 } }));
  }
  return (await shop.sql<{ id: string }>(
    `with old as (select id from outbox where state = 'ready'), dead as (update outbox set state = 'dead', attempts = 12, error = 'The queue is away' where id in (select id from old) returning id) select id from dead order by id`)).map(({ id }) => id);
}
/** The flow shop's own clock is ahead: what is told again would wait for it. */
const operator = () => ({ ...shop.ctx, now: () => new Date() });
const list = async (filter: Partial<Parameters<typeof listDeadLetters>[2]> = {}) => must(await listDeadLetters(shop, shop.ctx, { limit: 50, cursor: null, ...filter }));
const audit = () => shop.sql<{ entity_id: string; action: string; actor: string; explain: Record<string, unknown> }>(`select entity_id, action, actor, explain from audit_log where entity = 'outbox' order by seq`);

describe('dead letters', () => {
  it('are listed newest first in pages, filtered by topic, thing and time, each with its event', async () => {
    const ids = await die('a', 'b', 'c');
    const first = await list({ limit: 2 });
    expect(first.data.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    expect((await list({ limit: 2, cursor: first.nextCursor })).data.map(({ id }) => id)).toEqual([ids[0]]);
    expect((await list({ aggregate: 'rule:b' })).data.map(({ aggregate, topic, error, attempts }) => [aggregate, topic, error, attempts])).toEqual([['rule:b', 'rule.deleted', 'The queue is away', 12]]);
    expect((await list({ topic: 'price.applied' })).data).toEqual([]);
    expect((await list({ from: new Date(Date.now() + 60_000) })).data).toEqual([]);
    await expect(list({ topic: 'rule.deleted', cursor: first.nextCursor })).rejects.toThrow();
    const detail = must(await getMessage(shop, shop.ctx, { id: ids[1]! }));
    expect(detail.event).toMatchObject({ type: 'rule.deleted', aggregateId: 'b', payload: { ruleId: 'b' } });
    expect(await getMessage(shop, shop.ctx, { id: randomUUID() })).toMatchObject({ ok: false, error: { code: 'message_not_found' } });
  });

  it('are told again, and the audit says by whom', async () => {
    const [id] = await die('a');
    must(await settleDeadLetter(shop, operator(), { id: id!, action: 'retry' }));
    expect(await settleDeadLetter(shop, shop.ctx, { id: id!, action: 'retry' })).toMatchObject({ ok: false, error: { code: 'dead_letter_not_found' } });
    await shop.publish();
    expect(shop.jobs.map(({ name, payload }) => [name, payload.id])).toContainEqual(['void-approvals-of-rule', 'a']);
    expect(await shop.sql('select state, error from outbox where id = $1', [id])).toEqual([{ state: 'done', error: null }]);
    expect(await audit()).toMatchObject([{ entity_id: id, action: 'retried', actor: 'user:1', explain: { topic: 'rule.deleted', aggregate: 'rule:a' } }]);
  });

  it('are given up with a reason, and are nobody else’s', async () => {
    const [id] = await die('a');
    const stranger = await openFlowShop(database.urls.app);
    opened.push(stranger);
    for (const action of ['retry', 'discard'] as const) expect(await settleDeadLetter(stranger, stranger.ctx, { id: id!, action })).toMatchObject({ ok: false, error: { kind: 'not_found' } });
    expect(must(await settleDeadLetters(stranger, stranger.ctx, { action: 'discard', ids: [id!] }))).toEqual({ settled: [], notDead: [id], remaining: 0 });
    must(await settleDeadLetter(shop, shop.ctx, { id: id!, action: 'discard', reason: ' The rule is gone ' }));
    expect(await shop.sql('select state, finished_at is not null as ended from outbox where id = $1', [id])).toEqual([{ state: 'discarded', ended: true }]);
    expect(await audit()).toMatchObject([{ action: 'discarded', explain: { reason: 'The rule is gone', error: 'The queue is away' } }]);
  });

  it('are settled many at once, named or filtered, in one event', async () => {
    const ids = await die('a', 'b', 'c', 'd');
    expect(await settleDeadLetters(shop, shop.ctx, { action: 'retry' })).toMatchObject({ ok: false, error: { code: 'nothing_chosen' } });
    const missing = randomUUID();
    expect(must(await settleDeadLetters(shop, shop.ctx, { action: 'retry', ids: [ids[0]!, ids[1]!, missing] }))).toEqual({ settled: expect.arrayContaining([ids[0], ids[1]]) as unknown, notDead: [missing], remaining: 2 });
    expect(must(await settleDeadLetters(shop, shop.ctx, { action: 'discard', topic: 'rule.deleted', reason: 'old' }))).toMatchObject({ notDead: [], remaining: 0 });
    expect((await list()).data).toEqual([]);
    expect(await audit()).toMatchObject([{ entity_id: 'dead-letters', action: 'retried', explain: { messages: 2 } }, { entity_id: 'dead-letters', action: 'discarded', explain: { messages: 2, reason: 'old', topics: ['rule.deleted'] } }]);
    expect((await shop.events()).filter(({ type }) => type.startsWith('outbox.')).map(({ payload }) => (payload.messages as unknown[]).length)).toEqual([2, 2]);
  });
});

describe('projections', () => {
  const replay = async (projection: string, mode: 'verify' | 'rebuild' = 'verify') => must(await replayProjection(shop, shop.ctx, { projection, mode }));

  async function applied(): Promise<string> {
    await shop.stock(3, 2);
    const id = await shop.start();
    await shop.runToTheEnd(id);
    await shop.publish();
    return id;
  }

  it('that are damaged are found by name and mended, each from the log', async () => {
    const id = await applied();
    const truth = await shop.sql('select * from change_projection');
    const damages = [
      `update change_projection set applied = applied + 1, state = 'failed'`, 'delete from change_projection', `update change_projection set last_seq = last_seq + 1000`,
      `insert into change_projection (tenant_id, change_id, state, last_seq) select tenant_id, '${randomUUID()}', 'applied', 5 from change_projection`,
    ];
    for (const damage of damages) {
      await shop.sql(damage);
      const before = await replay('change_projection');
      if (!damage.includes('last_seq + 1000')) expect(before.differences.length).toBeGreaterThan(0);
      if (damage.startsWith('update') && before.differences.length > 0) {
        expect(before.differences).toEqual([
          { changeId: id, name: 'Ten off', field: 'applied', fromLog: '6', stored: '7' }, { changeId: id, name: 'Ten off', field: 'state', fromLog: 'applied', stored: 'failed' }]);
      }
      expect((await replay('change_projection', 'rebuild')).rebuilt).toBe(1);
      expect(await shop.sql('select * from change_projection')).toEqual(truth);
      await shop.publish();
      expect(await replay('change_projection')).toMatchObject({ chainIntact: true, differences: [], rebuilt: 0 });
    }
    expect(await replay('change_projection', 'rebuild')).toMatchObject({ rebuilt: 0 });
    expect(await shop.sql(`select count(*)::int as n from audit_log where entity = 'projection' and action = 'rebuilt'`)).toEqual([{ n: damages.length }]);
  });

  it('are not mended while their change is being told, nor of dead letters what was never told', async () => {
    await shop.stock(2, 1);
    const id = await shop.start();
    await shop.runToTheEnd(id);
    await shop.sql(`update outbox set state = 'dead' where topic = 'price.applied' and event_seq = (select min(event_seq) from outbox where topic = 'price.applied')`);
    await shop.sql(`insert into change_projection (tenant_id, change_id, state, applied, last_seq) values ($1, $2, 'draft', 9, 0)`, [shop.tenantId, id]);
    expect((await replay('change_projection', 'rebuild')).rebuilt).toBe(0);
    await shop.publish();
    expect((await replay('change_projection', 'rebuild')).rebuilt).toBe(1);
    expect(await shop.sql('select state, applied from change_projection')).toEqual([{ state: 'applied', applied: 0 }]);
    const { data: [dead] } = await list();
    must(await settleDeadLetter(shop, operator(), { id: dead!.id, action: 'retry' }));
    expect(await shop.differences()).toEqual([]);
    expect(await shop.sql('select state, applied from change_projection')).toEqual([{ state: 'applied', applied: 2 }]);
  });

  it('of messages: an event that nobody was told of gets its message again', async () => {
    await applied();
    expect((await replay('outbox')).differences).toEqual([]);
    await withClient(database.urls.superuser, (client) => client.query(`delete from outbox where tenant_id = $1 and topic = 'price_change.completed'`, [shop.tenantId]));
    expect((await replay('outbox')).differences).toMatchObject([{ name: 'price_change.completed', field: 'message', stored: null }]);
    shop.jobs.length = 0;
    expect(await replay('outbox', 'rebuild')).toMatchObject({ rebuilt: 1 });
    expect((await replay('outbox')).differences).toEqual([]);
    // The log is looked up by the time of its message, and an event may be days old when it gets another one.
    expect(await shop.sql(`select o.created_at = e.created_at as same from outbox o join events e on e.id = o.event_id where o.topic = 'price_change.completed'`)).toEqual([{ same: true }]);
    await shop.publish();
    expect(shop.jobs.map(({ name }) => name)).toEqual(expect.arrayContaining(['notice-drift', 'check-plans']));
    expect(await shop.differences()).toEqual([]);
  });

  it('are not made from a log that somebody changed, and there is no other one', async () => {
    await applied();
    await withClient(database.urls.superuser, (client) => client.query(
      `begin; set local session_replication_role = replica; update events set actor = 'user:9' where tenant_id = '${shop.tenantId}' and seq = 2; commit`));
    expect(await replay('change_projection')).toMatchObject({ chainIntact: false, brokenAt: 2 });
    expect(await replayProjection(shop, shop.ctx, { projection: 'change_projection', mode: 'rebuild' })).toMatchObject({ ok: false, error: { code: 'log_broken' } });
    expect(await replayProjection(shop, shop.ctx, { projection: 'prices' })).toMatchObject({ ok: false, error: { code: 'unknown_projection' } });
  });
});

describe('the state of the bus', () => {
  it('counts what waits, retries and is dead by topic, and says what the logs hold; a queue that is away is said so', async () => {
    await die('a', 'b');
    await shop.uow.run(shop.ctx.tenantId, (tx) => tx.journal.append(shop.ctx, { type: 'rule.created', aggregateType: 'rule', aggregateId: 'c', payload: {} }));
    await shop.sql(`update outbox set attempts = 2, run_at = now() - interval '5 seconds', created_at = now() - interval '9 seconds' where topic = 'rule.created'`).catch(() =>
      shop.sql(`update outbox set attempts = 2, run_at = now() - interval '5 seconds' where topic = 'rule.created'`));
    const state = must(await busState({ uow: shop.uow, logKeepMonths: null, queue: { ...shop.queue, counts: async () => ({ waiting: 1, active: 2, failed: 3 }) } }, shop.ctx));
    expect(state).toMatchObject({
      pending: 1, retrying: 1, dead: 2, queue: { waiting: 1, active: 2, failed: 3 },
      topics: [{ topic: 'rule.created', pending: 1, retrying: 1, dead: 0 }, { topic: 'rule.deleted', pending: 0, retrying: 0, dead: 2 }],
    });
    expect(state.lagMs).toBeGreaterThanOrEqual(5_000);
    expect(state.logs.map(({ log, entries, droppedUpTo, keepMonths, archives }) => [log, entries, droppedUpTo, keepMonths, archives])).toEqual([['events', 3, 0, null, []], ['audit_log', 0, 0, null, []]]);
    expect(Date.parse(state.logs[0]!.madeUntil)).toBeGreaterThan(Date.now() + 60 * 86_400_000);
    const away = must(await busState({ uow: shop.uow, logKeepMonths: 24, queue: { ...shop.queue, counts: () => Promise.reject(new Error('away')) } }, shop.ctx));
    expect([away.queue, away.logs[0]!.keepMonths]).toEqual([null, 24]);
  });
});
