/** The logs in partitions: made ahead, archived, dropped, and the chain that holds across all of it; what is finished goes after a while. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createArchiveFolder } from '../../app/adapters/archive/archive-folder.ts';
import { createLogRetention } from '../../app/adapters/db/log-retention.ts';
import { createTenancy } from '../../app/adapters/db/tenancy.ts';
import type { Tenancy } from '../../app/adapters/db/tenancy.ts';
import { createUnitOfWork } from '../../app/adapters/db/unit-of-work.ts';
import { tenantId } from '../../app/domain/kernel/ids.ts';
import type { TenantId } from '../../app/domain/kernel/ids.ts';
import { retainLog } from '../../app/flows/retain-log/retain-log.ts';
import type { RetainDeps } from '../../app/flows/retain-log/retain-log.ts';
import { useTestDatabase } from '../setup/database.ts';
import { silentLog } from './flow-shop.ts';

const database = useTestDatabase();
const never = new AbortController().signal;
let superuser: pg.Client;
let pool: pg.Pool;
let tenancy: Tenancy;
let folder: string;
let A: TenantId;
let B: TenantId;

beforeAll(async () => {
  superuser = new pg.Client({ connectionString: database.urls.superuser });
  await superuser.connect();
  pool = new pg.Pool({ connectionString: database.urls.app, max: 4 });
  tenancy = createTenancy(pool);
  folder = await mkdtemp(join(tmpdir(), 'calibrate-archive-'));
  const install = async (domain: string): Promise<TenantId> => tenantId((await tenancy.unscoped.query<{ id: string }>(`select app.install_shop($1, '', 'USD', 'UTC', '', '{}') as id`, [domain])).rows[0]!.id);
  A = await install('a.myshopify.com');
  B = await install('b.myshopify.com');
});
afterAll(async () => {
  await tenancy.close();
  await pool.end();
  await superuser.end();
  await rm(folder, { recursive: true, force: true });
});

const partitions = async (log: string): Promise<string[]> => (await superuser.query<{ partition: string }>('select partition from app.log_partitions() where log = $1', [log])).rows.map((row) => row.partition);
const broken = (tenant: string, chain = 'events'): Promise<bigint | null> => tenancy.withTenant(tenant, async (tx) => (await tx.query<{ broken: bigint | null }>('select app.verify_chain($1) as broken', [chain])).rows[0]!.broken);
const write = (tenant: string): Promise<unknown> => tenancy.withTenant(tenant, (tx) => tx.query(
  `insert into events (tenant_id, id, type, schema_version, aggregate_type, aggregate_id, correlation_id, actor, payload) values ($1, $2, 't', '1.0.0', 'rule', 'r', 'c', 'user:1', '{"price": "19.99", "note": "½ „L“"}')`, [tenant, randomUUID()]));

/** The months that there would be, had the app run for two years, and entries of both shops in the oldest of them: as nobody but a superuser can write them. */
async function livedForTwoYears(): Promise<void> {
  await superuser.query('begin; set local role cal_owner; set local timezone = \'UTC\'');
  await superuser.query(`alter table events detach partition events_start`);
  const { rows: [month] } = await superuser.query<{ now: string }>(`select date_trunc('month', now())::text as now`);
  for (let back = 24; back >= 0; back -= 1) {
    await superuser.query(`select app.add_log_partition('events', $1::timestamptz - make_interval(months => $2), $1::timestamptz - make_interval(months => $2 - 1))`, [month!.now, back]);
  }
  await superuser.query('drop table events_start');
  await superuser.query('commit');
  await superuser.query(`begin; set local session_replication_role = replica; set local timezone = 'UTC'`);
  // A has two months of entries, B only the first.
  for (const [tenant, entries] of [[A, 1_203], [B, 2]] as const) {
    await superuser.query(`do $$
      declare
        entry events;
        last bytea := app.chain_genesis('${tenant}', 'events');
      begin
        for n in 1..${entries} loop
          entry := ('${tenant}', n, gen_random_uuid(), 't', '1.0.0', 'rule', 'r', 'c', null, 'user:1', '{"note": "½"}',
            date_trunc('month', now()) - make_interval(months => case when n <= 1201 then 24 else 23 end) + make_interval(secs => n), last, null)::events;
          entry.hash := app.event_hash(entry);
          last := entry.hash;
          insert into events select entry.*;
        end loop;
        insert into chain_heads values ('${tenant}', 'events', ${entries}, last);
      end $$`);
  }
  await superuser.query('commit');
}

const deps = (more: Partial<RetainDeps> = {}): RetainDeps => ({
  retention: createLogRetention(tenancy.unscoped, tenancy.withTenant), archive: createArchiveFolder(folder), now: () => new Date(), log: silentLog, keepMonths: 23, keepDays: 30, ...more,
});

describe('months of the logs', () => {
  it('are made ahead by the app through a door, once, and it can make or drop nothing itself', async () => {
    const before = await partitions('events');
    const { rows: [made] } = await tenancy.unscoped.query<{ made: number }>('select app.make_log_partitions(6) as made');
    expect(made!.made).toBe(6);
    expect((await tenancy.unscoped.query<{ made: number }>('select app.make_log_partitions(6) as made')).rows).toEqual([{ made: 0 }]);
    expect(await partitions('events')).toHaveLength(before.length + 3);
    expect(await partitions('audit_log')).toHaveLength(before.length + 3);
    for (const sql of [`select app.add_log_partition('events', now(), now())`, `create table events_x partition of events for values from ('2050-01-01') to ('2050-02-01')`, 'drop table events_start', 'alter table events detach partition events_start',
      'select * from events_start', `select app.guard_log_partition('products')`, `select app.log_unarchived('events', now())`]) {
      await expect(tenancy.withTenant(A, (tx) => tx.query(sql))).rejects.toThrow(/permission denied|must be owner/);
    }
  });

  it('get a row that was routed by a date of another month told to try again', async () => {
    await superuser.query('begin');
    await superuser.query(`select set_config('app.tenant_id', $1, true)`, [A]);
    await expect(superuser.query(`insert into events (tenant_id, id, type, schema_version, aggregate_type, aggregate_id, correlation_id, actor, payload, created_at) values ($1, gen_random_uuid(), 't', '1', 'rule', 'r', 'c', 'u', '{}', now() - interval '40 days')`, [A]))
      .rejects.toMatchObject({ code: '40001' });
    await superuser.query('rollback');
  });
});

describe('retention', () => {
  beforeAll(livedForTwoYears, 60_000);

  it('drops nothing where nothing is to be dropped, or nowhere to archive it', async () => {
    expect(await broken(A)).toBeNull();
    const before = await partitions('events');
    expect((await retainLog(deps({ keepMonths: null }), never)).dropped).toEqual([]);
    expect((await retainLog(deps({ archive: null }), never)).dropped).toEqual([]);
    expect(await partitions('events')).toEqual(before);
  });

  it('never drops what is not archived, what is not oldest, or the last thirteen months, whoever asks', async () => {
    const [oldest, next] = await partitions('events');
    const drop = (partition: string, keep: number) => tenancy.unscoped.query('select app.drop_log_partition($1, $2)', [partition, keep]);
    await expect(drop(oldest!, 13)).rejects.toThrow(/not archived/);
    await expect(drop(next!, 13)).rejects.toThrow(/not the oldest/);
    await expect(drop((await partitions('events')).at(-8)!, 0)).rejects.toThrow(/not old enough/);
    await expect(drop('products', 0)).resolves.toMatchObject({ rows: [{ drop_log_partition: false }] });
    const record = (entries: number, hash: string) => tenancy.withTenant(A, (tx) => tx.query('select app.record_log_archive($1, $2, $3, $4, $5)', [oldest, entries, Buffer.from(hash, 'hex'), 'x', createHash('sha256').digest()]));
    await expect(record(3, '00')).rejects.toThrow(/is not what the log holds/);
    // One shop alone in the archive is not enough.
    const { rows: [last] } = await superuser.query<{ hash: Buffer }>('select hash from events where tenant_id = $1 and seq = 1201', [A]);
    await record(1_201, last!.hash.toString('hex'));
    await expect(drop(oldest!, 13)).rejects.toThrow(/not archived/);
  });

  it('archives every shop’s piece of a month, drops it, and the chain holds from the archive on', async () => {
    const [oldest] = await partitions('events');
    const report = await retainLog(deps(), never);
    expect(report.dropped).toEqual([oldest]);
    expect(await partitions('events')).not.toContain(oldest);
    const { rows } = await tenancy.withTenant(A, (tx) => tx.query<{ first_seq: bigint; last_seq: bigint; location: string; sha256: Buffer }>('select first_seq, last_seq, location, sha256 from log_archives'));
    expect(rows).toMatchObject([{ first_seq: 1n, last_seq: 1_201n, location: `${A}/${oldest}.jsonl.gz` }]);

    // The file can be verified by itself.
    const bytes = await readFile(join(folder, rows[0]!.location));
    expect(createHash('sha256').update(bytes).digest()).toEqual(rows[0]!.sha256);
    const entries = gunzipSync(bytes).toString().trim().split('\n').map((line) => JSON.parse(line) as { seq: string; prevHash: string; hash: string; content: string });
    expect(entries).toHaveLength(1_201);
    for (const [index, { prevHash, hash, content }] of entries.entries()) {
      expect(createHash('sha256').update(Buffer.from(prevHash, 'hex')).update(content).digest('hex')).toBe(hash);
      if (index > 0) expect(prevHash).toBe(entries[index - 1]!.hash);
    }

    for (const tenant of [A, B]) {
      expect(await broken(tenant)).toBeNull();
      await write(tenant);
      expect(await broken(tenant)).toBeNull();
    }
    expect((await tenancy.withTenant(B, (tx) => tx.query('select seq from events'))).rows).toEqual([{ seq: 3n }]);
    expect((await retainLog(deps(), never)).dropped).toEqual([]);
  });

  it.each([
    ['an archive that ends elsewhere', `update log_archives set last_hash = '\\x01' where tenant_id = $1`, 1202n],
    ['an archive that begins elsewhere', `update log_archives set before_hash = '\\x01' where tenant_id = $1`, 1n],
    ['an archive that is gone', 'delete from log_archives where tenant_id = $1', 1202n],
    ['a row taken out behind the archive', 'delete from events where tenant_id = $1 and seq = 1202', 1203n],
  ])('still shows %s', async (_what, sql, at) => {
    await superuser.query('begin');
    await superuser.query('set local session_replication_role = replica');
    await superuser.query(sql, [A]);
    await superuser.query(`select set_config('app.tenant_id', $1, true)`, [A]);
    await superuser.query('set local role cal_owner');
    const { rows } = await superuser.query<{ broken: string }>(`select app.verify_chain('events') as broken`);
    await superuser.query('rollback');
    expect(BigInt(rows[0]!.broken)).toBe(at);
  });

  it('goes on with the next month when its time has come, for a shop that has nothing there too', async () => {
    const [oldest] = await partitions('events');
    expect((await retainLog(deps({ keepMonths: 13 }), never)).dropped).toContain(oldest);
    for (const tenant of [A, B]) expect(await broken(tenant)).toBeNull();
    expect((await tenancy.withTenant(A, (tx) => tx.query('select first_seq, last_seq from log_archives order by last_seq'))).rows).toEqual([{ first_seq: 1n, last_seq: 1_201n }, { first_seq: 1_202n, last_seq: 1_203n }]);
  });

  it('erases a shop with its archives and every partition', async () => {
    await tenancy.withTenant(B, (tx) => tx.query(`select app.erase_tenant('test')`));
    for (const table of ['events', 'log_archives', 'chain_heads']) expect((await superuser.query(`select from ${table} where tenant_id = $1`, [B])).rowCount).toBe(0);
    expect(await broken(A)).toBeNull();
  });
});

describe('what is finished', () => {
  it('goes after its time in small pieces, and what is not stays', async () => {
    const uow = createUnitOfWork(tenancy.withTenant);
    await uow.run(A, async (tx) => {
      for (const key of ['old', 'new']) await tx.idempotency.begin({ key, method: 'POST', path: '/x', bodyHash: Buffer.from('x'), now: new Date(Date.now() - (key === 'old' ? 8 : 1) * 86_400_000), abandonedBefore: new Date(0) });
    });
    const message = (state: string, days: number) => superuser.query(
      `insert into outbox (tenant_id, id, event_id, event_seq, aggregate, topic, payload, state, finished_at, error) values ($1, uuidv7(make_interval(days => -$2::int)), gen_random_uuid(), 1, 'x', 't', '{}', $3, case when $3 in ('ready', 'leased') then null else now() - make_interval(days => $2::int) end, case $3 when 'dead' then 'why' end)`, [A, days, state]);
    for (const state of ['done', 'discarded', 'dead', 'ready']) for (const days of [31, 29]) await message(state, days);
    const webhook = (id: string, state: string, days: number) => superuser.query(
      `insert into webhook_inbox (tenant_id, webhook_id, event_id, topic, api_version, triggered_at, payload, state, processed_at) values ($1, $2, $2, 't', 'v', now(), '{}', $3, case $3 when 'received' then null else now() - make_interval(days => $4::int) end)`, [A, id, state, days]);
    for (const [id, state, days] of [['w1', 'done', 31], ['w2', 'ignored', 31], ['w3', 'done', 29], ['w4', 'received', 90], ['w5', 'failed', 90]] as const) await webhook(id, state, days);
    expect((await retainLog(deps({ keepMonths: null }), never)).swept).toEqual({ outbox: 2, webhooks: 2, idempotencyKeys: 1 });
    expect((await superuser.query<{ state: string }>('select state from outbox where tenant_id = $1 order by 1', [A])).rows.map(({ state }) => state)).toEqual(['dead', 'dead', 'discarded', 'done', 'ready', 'ready']);
    expect((await superuser.query<{ webhook_id: string }>('select webhook_id from webhook_inbox where tenant_id = $1 order by 1', [A])).rows.map((row) => row.webhook_id)).toEqual(['w3', 'w4', 'w5']);
    await expect(tenancy.withTenant(A, (tx) => tx.query('delete from outbox'))).rejects.toThrow(/permission denied/);
  });
});
