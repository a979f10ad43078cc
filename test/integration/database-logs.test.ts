import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTenancy } from '../../app/adapters/db/tenancy.ts';
import type { Tenancy, TenantTx } from '../../app/adapters/db/tenancy.ts';
import { useTestDatabase } from '../setup/database.ts';
import { tenantIdOf } from './tenancy-rows.ts';

const database = useTestDatabase();
let superuser: pg.Client;
let owner: pg.Client;
let pool: pg.Pool;
let tenancy: Tenancy;
let tenant: string;
let shops = 0;

beforeAll(async () => {
  superuser = new pg.Client({ connectionString: database.urls.superuser });
  owner = new pg.Client({ connectionString: database.urls.owner });
  await superuser.connect();
  await owner.connect();
  pool = new pg.Pool({ connectionString: database.urls.app, max: 8 });
  tenancy = createTenancy(pool);
});
afterAll(async () => {
  await tenancy.close();
  await pool.end();
  await owner.end();
  await superuser.end();
});
beforeEach(() => {
  shops += 1;
  tenant = tenantIdOf(`logs-${shops}.myshopify.com`);
});

const logs = ['events', 'audit_log'] as const;
const chainOf = { events: 'events', audit_log: 'audit' } as const;

async function write(tx: TenantTx, log: (typeof logs)[number], content: unknown = {}): Promise<bigint> {
  const text = log === 'events'
    ? `INSERT INTO events (tenant_id, id, type, schema_version, aggregate_type, aggregate_id, correlation_id, actor, payload)
       VALUES ($1, $2, 't', '1.0.0', 'rule', 'r', 'c', 'user:1', $3) RETURNING seq`
    : `INSERT INTO audit_log (tenant_id, id, entity, entity_id, action, actor, correlation_id, explain)
       VALUES ($1, $2, 'rule', 'r', 'updated', 'user:1', 'c', $3) RETURNING seq`;
  return (await tx.query<{ seq: bigint }>(text, [tenant, randomUUID(), JSON.stringify(content)])).rows[0]!.seq;
}

const broken = (log: (typeof logs)[number]): Promise<bigint | null> => tenancy.withTenant(tenant, async (tx) =>
  (await tx.query<{ broken: bigint | null }>('SELECT app.verify_chain($1) AS broken', [chainOf[log]])).rows[0]!.broken);

async function writeSome(log: (typeof logs)[number], count: number): Promise<void> {
  await tenancy.withTenant(tenant, async (tx) => {
    for (let i = 0; i < count; i += 1) await write(tx, log, { price: '19.99', note: 'Größe ½ „L“', nested: { b: [1, null], a: i } });
  });
}

/** As somebody who has the whole database in his hands, and nothing stops him. */
async function tamper(sql: string): Promise<void> {
  await superuser.query('BEGIN; SET LOCAL session_replication_role = replica');
  await superuser.query(sql.replaceAll('$tenant', `'${tenant}'`));
  await superuser.query('COMMIT');
}

describe.each(logs)('%s', (log) => {
  it('refuses UPDATE, DELETE and TRUNCATE to the app by grant, and to everybody by trigger', async () => {
    await writeSome(log, 1);
    for (const sql of [`UPDATE ${log} SET actor = 'user:2'`, `DELETE FROM ${log}`, `TRUNCATE ${log}`]) {
      await expect(tenancy.withTenant(tenant, (tx) => tx.query(sql))).rejects.toThrow(/permission denied/);
      for (const powerful of [owner, superuser]) await expect(powerful.query(sql)).rejects.toThrow(/append-only/);
    }
    // Saying that one erases does not make one the function that may.
    await superuser.query(`BEGIN; SELECT set_config('app.tenant_id', '${tenant}', true), set_config('app.erasing', '${tenant}', true)`);
    await expect(superuser.query(`DELETE FROM ${log}`)).rejects.toThrow(/append-only/);
    await superuser.query('ROLLBACK');
  });

  it('numbers and dates its rows itself, and takes neither number, date nor hash from the app', async () => {
    await tenancy.withTenant(tenant, async (tx) => {
      await write(tx, log);
      const { rows } = await tx.query(`SELECT seq, created_at > now() - interval '1 minute' AS fresh, octet_length(hash) AS bytes FROM ${log}`);
      expect(rows).toEqual([{ seq: 1n, fresh: true, bytes: 32 }]);
    });
    const told = { seq: '77', created_at: `'2001-01-01'`, prev_hash: `'x'`, hash: `'y'` };
    for (const [column, value] of Object.entries(told)) {
      await expect(tenancy.withTenant(tenant, (tx) => tx.query(log === 'events'
        ? `INSERT INTO events (tenant_id, id, type, schema_version, aggregate_type, aggregate_id, correlation_id, actor, payload, ${column})
           VALUES ($1, $2, 't', '1', 'rule', 'r', 'c', 'user:1', '{}', ${value})`
        : `INSERT INTO audit_log (tenant_id, id, entity, entity_id, action, actor, correlation_id, ${column})
           VALUES ($1, $2, 'rule', 'r', 'a', 'user:1', 'c', ${value})`, [tenant, randomUUID()]))).rejects.toThrow(/permission denied/);
    }
    expect(await broken(log)).toBeNull();
  });

  it('gives numbers without gaps to writers at once, also when some roll back', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, i) => tenancy.withTenant(tenant, async (tx) => {
      await write(tx, log);
      if (i % 4 === 0) throw new Error('rolled back');
    }).catch(() => undefined)));
    const { rows } = await tenancy.withTenant(tenant, (tx) => tx.query<{ seq: bigint }>(`SELECT seq FROM ${log} ORDER BY seq`));
    expect(rows.map((row) => Number(row.seq))).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(await broken(log)).toBeNull();
  });

  it('is whole in every session, whatever its time zone and formats', async () => {
    await writeSome(log, 3);
    await tenancy.withTenant(tenant, async (tx) => {
      await tx.query(`SET LOCAL timezone = 'Asia/Kolkata'; SET LOCAL datestyle = 'German'; SET LOCAL bytea_output = 'escape'; SET LOCAL extra_float_digits = -5`);
      await write(tx, log, { at: 1 / 3 });
      expect((await tx.query('SELECT app.verify_chain($1) AS broken', [chainOf[log]])).rows).toEqual([{ broken: null }]);
    });
    expect(await broken(log)).toBeNull();
  });

  const content = log === 'events' ? 'payload' : 'explain';
  it.each([
    ['a changed word', `UPDATE ${log} SET ${content} = jsonb_set(${content}, '{price}', '"9.99"') WHERE tenant_id = $tenant AND seq = 3`, 3n],
    ['another actor', `UPDATE ${log} SET actor = 'user:2' WHERE tenant_id = $tenant AND seq = 2`, 2n],
    ['another time', `UPDATE ${log} SET created_at = created_at - interval '1 microsecond' WHERE tenant_id = $tenant AND seq = 5`, 5n],
    ['a row taken out', `DELETE FROM ${log} WHERE tenant_id = $tenant AND seq = 2`, 3n],
    ['the end cut off', `DELETE FROM ${log} WHERE tenant_id = $tenant AND seq >= 4`, 4n],
    ['everything deleted', `DELETE FROM ${log} WHERE tenant_id = $tenant`, 1n],
    ['two rows exchanged', `UPDATE ${log} SET seq = -seq WHERE tenant_id = $tenant AND seq IN (2, 3);
                            UPDATE ${log} SET seq = 5 + seq WHERE tenant_id = $tenant AND seq < 0`, 2n],
    ['a row rewritten with a hash that fits it', `UPDATE ${log} t SET actor = 'user:2' WHERE tenant_id = $tenant AND seq = 2;
                            UPDATE ${log} t SET hash = ${log === 'events' ? 'app.event_hash' : 'app.audit_hash'}(t) WHERE tenant_id = $tenant AND seq = 2`, 3n],
    ['an end moved back to hide what came after', `UPDATE chain_heads SET seq = 3 WHERE tenant_id = $tenant`, 4n],
    ['the end forgotten', `DELETE FROM chain_heads WHERE tenant_id = $tenant`, 1n],
  ] as const)('shows %s', async (_what, sql, at) => {
    await writeSome(log, 5);
    expect(await broken(log)).toBeNull();
    await tamper(sql);
    expect(await broken(log)).toBe(at);
  });

  it('cannot be swapped for the log of another shop', async () => {
    const victim = tenant;
    await writeSome(log, 2);
    tenant = tenantIdOf('somebody-else.myshopify.com');
    await writeSome(log, 2);
    await tamper(`DELETE FROM ${log} WHERE tenant_id = '${victim}'; DELETE FROM chain_heads WHERE tenant_id = '${victim}' AND chain = '${chainOf[log]}';
      UPDATE ${log} SET tenant_id = '${victim}' WHERE tenant_id = $tenant; UPDATE chain_heads SET tenant_id = '${victim}' WHERE tenant_id = $tenant AND chain = '${chainOf[log]}'`);
    tenant = victim;
    expect(await broken(log)).toBe(1n);
  });
});

describe('the ends of the chains', () => {
  it('are out of the app’s reach', async () => {
    await writeSome('events', 1);
    for (const sql of ['SELECT * FROM chain_heads', 'UPDATE chain_heads SET seq = 0', `DELETE FROM chain_heads`, `INSERT INTO chain_heads SELECT app.tenant_id(), 'audit', 9, ''`]) {
      await expect(tenancy.withTenant(tenant, (tx) => tx.query(sql))).rejects.toThrow(/permission denied/);
    }
  });

  it('cannot be asked for without a tenant, or by a wrong name', async () => {
    await expect(tenancy.unscoped.query(`SELECT app.verify_chain('events')`)).rejects.toThrow(/needs a tenant/);
    await expect(tenancy.withTenant(tenant, (tx) => tx.query(`SELECT app.verify_chain('prices')`))).rejects.toThrow(/no chain/);
  });
});
