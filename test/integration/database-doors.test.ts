import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTenancy } from '../../app/adapters/db/tenancy.ts';
import type { Tenancy } from '../../app/adapters/db/tenancy.ts';
import { useTestDatabase } from '../setup/database.ts';
import { seedTenant, tenantIdOf } from './tenancy-rows.ts';

const database = useTestDatabase();
const A = tenantIdOf('a.myshopify.com');
const B = tenantIdOf('b.myshopify.com');
let superuser: pg.Client;
let pool: pg.Pool;
let tenancy: Tenancy;

beforeAll(async () => {
  superuser = new pg.Client({ connectionString: database.urls.superuser });
  await superuser.connect();
  pool = new pg.Pool({ connectionString: database.urls.app, max: 8 });
  tenancy = createTenancy(pool);
});
afterAll(async () => {
  await tenancy.close();
  await pool.end();
  await superuser.end();
});

/** Asks without a tenant, as the app's role. */
const ask = async (sql: string, params: readonly unknown[] = []): Promise<Record<string, unknown>[]> => (await tenancy.unscoped.query(sql, params)).rows;

describe('a shop', () => {
  const install = async (...facts: readonly unknown[]): Promise<unknown> => (await ask('SELECT app.install_shop($1, $2, $3, $4, $5, $6) AS id', facts))[0]!.id;
  const stored = async (domain: string) => (await tenancy.withTenant(tenantIdOf(domain), (tx) => tx.query('SELECT name, currency_code, time_zone, plan, state, scopes, uninstalled_at FROM tenants'))).rows;

  it('becomes a tenant by its domain, whatever its case, and is found by it', async () => {
    expect(await install('New-Shop.myshopify.com', 'New', 'EUR', 'Europe/Berlin', 'Basic', ['read_products'])).toBe(tenantIdOf('new-shop.myshopify.com'));
    expect(await ask('SELECT * FROM app.resolve_tenant_by_shop($1)', ['NEW-SHOP.myshopify.com'])).toEqual([{ tenant_id: tenantIdOf('new-shop.myshopify.com'), state: 'installed' }]);
    expect(await ask('SELECT * FROM app.resolve_tenant_by_shop($1)', ['other.myshopify.com'])).toEqual([]);
  });

  it('keeps what is known of it when it is installed again, and comes back when it had left', async () => {
    await tenancy.withTenant(tenantIdOf('new-shop.myshopify.com'), (tx) => tx.query(`UPDATE tenants SET state = 'uninstalled', uninstalled_at = now(), currency_code = 'SEK'`));
    await install('new-shop.myshopify.com', '', 'USD', 'UTC', '', []);
    expect(await stored('new-shop.myshopify.com')).toEqual([
      { name: 'New', currency_code: 'SEK', time_zone: 'Europe/Berlin', plan: 'Basic', state: 'installed', scopes: ['read_products'], uninstalled_at: null }]);
  });

  it('has its sessions found by their id, and no session under another shop’s name', async () => {
    const save = (tenantId: string, id: string, shop: string) => tenancy.withTenant(tenantId, (tx) => tx.query(
      `INSERT INTO shop_sessions (tenant_id, id, shop_domain, state, is_online, access_token) VALUES ($1, $2, $3, '', false, 'sealed')`, [tenantId, id, shop]));
    const shop = 'new-shop.myshopify.com';
    await save(tenantIdOf(shop), `offline_${shop}`, shop);
    await save(tenantIdOf(shop), `${shop}_42`, shop);
    for (const id of [`offline_${shop}`, `${shop}_42`]) expect(await ask('SELECT id, tenant_id FROM app.load_session($1)', [id])).toEqual([{ id, tenant_id: tenantIdOf(shop) }]);
    expect(await ask('SELECT id FROM app.load_session($1)', ['offline_other.myshopify.com'])).toEqual([]);
    await install('evil.myshopify.com', '', 'USD', 'UTC', '', []);
    await expect(save(tenantIdOf('evil.myshopify.com'), `offline_${shop}`, 'evil.myshopify.com')).rejects.toThrow(/id_names_shop/);
    await expect(save(tenantIdOf('evil.myshopify.com'), `offline_${shop}`, shop)).rejects.toThrow(/of_own_shop/);
  });

  it('has its tokens found by their hash, also revoked ones, said so', async () => {
    const hash = createHash('sha256').update('cal_secret').digest();
    const id = randomUUID();
    const tenantId = tenantIdOf('new-shop.myshopify.com');
    await tenancy.withTenant(tenantId, (tx) => tx.query(
      `INSERT INTO api_tokens (tenant_id, id, name, token_hash, prefix, scopes, created_by) VALUES ($1, $2, 'n', $3, 'cal_s', '{catalog:read}', 'user:1')`, [tenantId, id, hash]));
    const found = { tenant_id: tenantId, token_id: id, scopes: ['catalog:read'], revoked: false, tenant_state: 'installed' };
    expect(await ask('SELECT * FROM app.resolve_tenant_by_token($1)', [hash])).toEqual([found]);
    await tenancy.withTenant(tenantId, (tx) => tx.query('UPDATE api_tokens SET revoked_at = now()'));
    expect(await ask('SELECT * FROM app.resolve_tenant_by_token($1)', [hash])).toEqual([{ ...found, revoked: true }]);
    expect(await ask('SELECT * FROM app.resolve_tenant_by_token($1)', [Buffer.alloc(32)])).toEqual([]);
  });

  it('leaves no row in any table when it is erased, and its neighbour loses none', async () => {
    await seedTenant(superuser, 'a.myshopify.com');
    await seedTenant(superuser, 'b.myshopify.com');
    // Also with a plan that is sealed.
    await superuser.query(`UPDATE price_changes SET state = 'applied'`);
    const left = async (tenantId: string): Promise<number> => {
      const { rows } = await superuser.query<{ name: string }>(
        `SELECT c.oid::regclass AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' WHERE c.relkind = 'r'`);
      let total = 0;
      for (const { name } of rows) total += Number((await superuser.query(`SELECT count(*) FROM ${name} WHERE tenant_id = $1`, [tenantId])).rows[0].count);
      return total;
    };
    const had = { a: await left(A), b: await left(B) };
    expect(had.a).toBeGreaterThan(20);
    await expect(ask(`SELECT app.erase_tenant('shop/redact')`)).rejects.toThrow(/needs a tenant/);
    await expect(tenancy.withTenant(A, (tx) => tx.query(`SELECT app.erase_tenant('')`))).rejects.toThrow(/and a reason/);
    expect((await tenancy.withTenant(A, (tx) => tx.query(`SELECT app.erase_tenant('shop/redact') AS rows`))).rows).toEqual([{ rows: BigInt(had.a) }]);
    expect([await left(A), await left(B)]).toEqual([0, had.b]);
  });
});

describe('the doors', () => {
  it('are closed to everybody but the app', async () => {
    for (const role of ['copilot', 'dispatcher'] as const) {
      const client = new pg.Client({ connectionString: database.urls[role] });
      await client.connect();
      await expect(client.query('SELECT * FROM app.list_tenants_installed()')).rejects.toThrow(/permission denied/);
      await client.end();
    }
  });

  it('do not run what somebody puts into the caller’s own schemas', async () => {
    const client = new pg.Client({ connectionString: database.urls.app });
    await client.connect();
    await client.query(`CREATE TEMP TABLE tenants (tenant_id uuid, shop_domain text, state text); INSERT INTO tenants VALUES ('${B}', 'x', 'installed')`);
    await client.query('SET search_path = pg_temp, public');
    expect((await client.query('SELECT * FROM app.resolve_tenant_by_shop($1)', ['x'])).rows).toEqual([]);
    await client.end();
  });

  it('tell what is unfinished, of every shop that has the app', async () => {
    await seedTenant(superuser, 'due.myshopify.com');
    const tenantId = tenantIdOf('due.myshopify.com');
    const due = async () => (await ask('SELECT kind, id FROM app.list_due_work() WHERE tenant_id = $1 ORDER BY kind', [tenantId])).map((row) => row.kind);
    const change = (facts: string) => superuser.query(`UPDATE price_changes SET ${facts} WHERE tenant_id = $1`, [tenantId]);
    expect(await due()).toEqual(['webhooks']);
    await change(`state = 'applying'`);
    expect(await due()).toEqual(['price_change', 'webhooks']);
    await change(`state = 'scheduled', schedule_at = now() + interval '1 hour'`);
    expect(await due()).toEqual(['webhooks']);
    await change(`schedule_at = now() - interval '1 second'`);
    expect(await due()).toEqual(['schedules', 'webhooks']);
    // Of one shop it is one piece of work, however much of it is due.
    await change(`end_at = now(), follow_at = now(), plan_at = now()`);
    expect(await due()).toEqual(['schedules', 'webhooks']);
    await change(`state = 'applied', schedule_at = null, follow_at = null, plan_at = null`);
    expect(await due()).toEqual(['schedules', 'webhooks']);
    await change(`state = 'previewed'`);
    expect(await due()).toEqual(['webhooks']);
    await change(`series_id = id`);
    expect(await due()).toEqual(['schedules', 'webhooks']);
    await change(`end_at = null, series_id = null, follow_at = now()`);
    expect(await due()).toEqual(['schedules', 'webhooks']);
    await change(`follow_at = null, plan_at = now()`);
    expect(await due()).toEqual(['schedules', 'webhooks']);
    await change(`plan_at = null`);
    await superuser.query(`UPDATE discount_policies SET automation_at = now() WHERE tenant_id = $1`, [tenantId]);
    expect(await due()).toEqual(['schedules', 'webhooks']);
    await superuser.query(`UPDATE discount_policies SET enabled = false WHERE tenant_id = $1`, [tenantId]);
    expect(await due()).toEqual(['webhooks']);
    await change(`state = 'draft', activity = 'previewing'`);
    expect(await due()).toEqual(['preview', 'webhooks']);
    await superuser.query(`UPDATE catalog_syncs SET state = 'importing' WHERE tenant_id = $1`, [tenantId]);
    expect(await due()).toEqual(['preview', 'sync', 'webhooks']);
    await superuser.query(`UPDATE tenants SET state = 'uninstalled' WHERE tenant_id = $1`, [tenantId]);
    expect(await due()).toEqual(['webhooks']);
  });
});

describe('the outbox', () => {
  beforeEach(async () => {
    await superuser.query('DELETE FROM outbox');
    for (const domain of ['a.myshopify.com', 'b.myshopify.com']) await ask(`SELECT app.install_shop($1, '', 'USD', 'UTC', '', '{}')`, [domain]);
  });

  const put = (tenantId: string, aggregate: string, seq: number): Promise<unknown> => tenancy.withTenant(tenantId, (tx) => tx.query(
    `INSERT INTO outbox (tenant_id, event_id, event_seq, aggregate, topic, payload) VALUES ($1, $2, $3, $4, 't', '{}')`, [tenantId, randomUUID(), seq, aggregate]));
  const lease = async (owner: string, max = 100, seconds = 30) => (await ask('SELECT * FROM app.lease_outbox($1, $2, $3)', [owner, max, seconds])).map((row) => row as { tenant_id: string; id: string; aggregate: string; event_seq: bigint; epoch: number; attempts: number });
  const end = async (row: { tenant_id: string; id: string; epoch: number }, state: string): Promise<number> => tenancy.withTenant(row.tenant_id, async (tx) =>
    (await tx.query(`UPDATE outbox SET state = $3, owner = NULL WHERE id = $1 AND epoch = $2 AND state = 'leased'`, [row.id, row.epoch, state])).rowCount ?? 0);

  it('gives out only the head of each aggregate, and the next when that is done or dead', async () => {
    for (const seq of [1, 2, 3]) await put(A, 'price_change:1', seq);
    await put(A, 'price_change:2', 4);
    // The same name at another shop is another aggregate.
    await put(B, 'price_change:1', 1);
    const first = await lease('one');
    expect(first.map((row) => [row.tenant_id === A ? 'A' : 'B', row.aggregate, Number(row.event_seq)]).toSorted()).toEqual([['A', 'price_change:1', 1], ['A', 'price_change:2', 4], ['B', 'price_change:1', 1]]);
    expect(await lease('two')).toEqual([]);
    const head = first.find((row) => row.tenant_id === A && row.event_seq === 1n)!;
    expect(await end(head, 'done')).toBe(1);
    const [second] = await lease('two');
    expect(second?.event_seq).toBe(2n);
    expect(await end(second!, 'dead')).toBe(1);
    expect((await lease('one')).map((row) => row.event_seq)).toEqual([3n]);
  });

  it('passes over a long backlog of one aggregate: what waits behind a head hides no other', async () => {
    await tenancy.withTenant(A, (tx) => tx.query(
      `INSERT INTO outbox (tenant_id, event_id, event_seq, aggregate, topic, payload) SELECT $1, gen_random_uuid(), n, 'price_change:big', 't', '{}' FROM generate_series(1, 300) n`, [A]));
    for (const [i, name] of ['rule:1', 'catalog:1', 'token:1'].entries()) await put(A, name, 400 + i);
    await put(B, 'rule:1', 1);
    const rows = await lease('one', 10);
    expect(rows.map((row) => [row.aggregate, Number(row.event_seq)]).toSorted()).toEqual(
      [['catalog:1', 401], ['price_change:big', 1], ['rule:1', 1], ['rule:1', 400], ['token:1', 402]]);
    // And takes no more than it was asked for, the longest waiting first.
    for (const row of rows) await end(row, 'done');
    expect((await lease('one', 1)).map((row) => Number(row.event_seq))).toEqual([2]);
  });

  it('takes over a lease that ran out, and fences who held it', async () => {
    await put(A, 'rule:1', 1);
    const [slow] = await lease('slow', 1, 0);
    await sleep(5);
    const [quick] = await lease('quick', 1, 30);
    expect([quick?.id, quick?.epoch, quick?.attempts]).toEqual([slow!.id, 2, 2]);
    expect(await end(slow!, 'done')).toBe(0);
    expect(await end(quick!, 'done')).toBe(1);
  });

  it('never gives a message to two publishers, nor one out of order, however many ask at once', async () => {
    for (let seq = 1; seq <= 120; seq += 1) await put(seq % 2 ? A : B, `price_change:${seq % 7}`, seq);
    const told: string[] = [];
    await Promise.all(Array.from({ length: 8 }, async (_, publisher) => {
      for (let idle = 0; idle < 20;) {
        const rows = await lease(`p${publisher}`, 5);
        if (rows.length === 0) {
          idle += 1;
          await sleep(2);
        }
        for (const row of rows) {
          told.push(`${row.tenant_id} ${row.aggregate} ${String(row.event_seq).padStart(4, '0')}`);
          expect(await end(row, 'done')).toBe(1);
        }
      }
    }));
    expect(told.length).toBe(120);
    expect(new Set(told).size).toBe(120);
    const byAggregate = Map.groupBy(told, (line) => line.slice(0, -5));
    for (const lines of byAggregate.values()) expect(lines).toEqual(lines.toSorted());
  });

  it('rings once for a transaction, after it is there to be read', async () => {
    const listener = new pg.Client({ connectionString: database.urls.app });
    await listener.connect();
    await listener.query('LISTEN calibrate_outbox');
    let rings = 0;
    const seen = new Promise<number>((resolve) => {
      listener.on('notification', () => {
        rings += 1;
        void lease('listener').then((rows) => resolve(rows.length));
      });
    });
    await tenancy.withTenant(A, async (tx) => {
      for (const aggregate of ['x', 'y']) await tx.query(`INSERT INTO outbox (tenant_id, event_id, event_seq, aggregate, topic, payload) VALUES ($1, gen_random_uuid(), 1, $2, 't', '{}')`, [A, aggregate]);
    });
    expect(await seen).toBe(2);
    expect(rings).toBe(1);
    await listener.end();
  });

  it('is counted without telling of whom', async () => {
    await put(A, 'x', 1);
    await put(B, 'y', 1);
    const [row] = await lease('one', 1);
    await end(row!, 'dead');
    const [counts] = await ask('SELECT outbox_pending, outbox_dead, outbox_lag_ms >= 0 AS waits FROM app.metrics_snapshot()');
    expect(counts).toEqual({ outbox_pending: 1n, outbox_dead: 1n, waits: true });
  });
});

describe('the queue', () => {
  const enqueue = (name: string, key: string | null, runAt: string | null, attempts: number | null = null, payload = '{}') =>
    ask('SELECT dispatch.enqueue_job($1, $2, $3, $4, $5) AS id', [name, payload, key, runAt, attempts]);
  const jobs = async () => (await superuser.query(
    `SELECT task_identifier AS name, key, max_attempts AS max, run_at <= now() AS due FROM graphile_worker.jobs ORDER BY id`)).rows;
  beforeEach(() => superuser.query('DELETE FROM graphile_worker._private_jobs'));

  it('takes jobs from the app by one function, and shows it nothing else', async () => {
    await enqueue('tick', null, null);
    expect(await jobs()).toEqual([{ name: 'tick', key: null, max: 5, due: true }]);
    await expect(ask('SELECT * FROM graphile_worker.jobs')).rejects.toThrow(/permission denied/);
    await expect(ask(`SELECT graphile_worker.add_job('x')`)).rejects.toThrow(/permission denied/);
    await expect(enqueue('', null, null)).rejects.toThrow(/needs a name/);
  });

  it('makes one job of those with one key, at the earlier time and with the newer payload', async () => {
    const later = new Date(Date.now() + 3_600_000).toISOString();
    await enqueue('apply', 'apply:1', later, 3);
    await enqueue('apply', 'apply:1', null, 7, '{"n":2}');
    await enqueue('apply', 'apply:1', later, 7, '{"n":3}');
    expect(await jobs()).toEqual([{ name: 'apply', key: 'apply:1', max: 7, due: true }]);
    expect((await superuser.query('SELECT payload FROM graphile_worker._private_jobs')).rows).toEqual([{ payload: { n: 3 } }]);
  });

  it('adds another job behind one that is running', async () => {
    await enqueue('apply', 'apply:1', null);
    await superuser.query(`UPDATE graphile_worker._private_jobs SET locked_at = now(), locked_by = 'w', attempts = 1`);
    await enqueue('apply', 'apply:1', null);
    expect((await jobs()).map((job) => job.key)).toEqual([null, 'apply:1']);
  });

  it('is rung within the transaction: a job of one that rolls back was never there', async () => {
    await expect(tenancy.withTenant(A, async (tx) => {
      await tx.query(`SELECT dispatch.enqueue_job('apply', '{}', NULL, NULL, NULL)`);
      throw new Error('no');
    })).rejects.toThrow('no');
    expect(await jobs()).toEqual([]);
  });
});
