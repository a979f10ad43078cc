import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useTestDatabase } from '../setup/database.ts';
import { insertRow, sampleRows, seedTenant, tenantIdOf } from './tenancy-rows.ts';

const database = useTestDatabase();
const DOMAINS = { a: 'a.myshopify.com', b: 'b.myshopify.com' };
const A = tenantIdOf(DOMAINS.a);
const B = tenantIdOf(DOMAINS.b);
const tables = [...sampleRows(DOMAINS.b).keys()];

/** What app.tenant_id is while somebody reaches for B's rows. */
const settings = { 'tenant A': A, none: null, empty: '', malformed: `${B}'; --` } as const;
const roles = ['app', 'owner', 'dispatcher', 'copilot'] as const;
const operations = ['SELECT', 'UPDATE', 'DELETE', 'INSERT', 'TAKE OVER', 'GIVE AWAY'] as const;

const clients: Partial<Record<(typeof roles)[number] | 'superuser', pg.Client>> = {};
const as = (role: (typeof roles)[number] | 'superuser'): pg.Client => clients[role]!;

beforeAll(async () => {
  for (const role of [...roles, 'superuser'] as const) {
    const client = new pg.Client({ connectionString: database.urls[role] });
    await client.connect();
    clients[role] = client;
  }
  await seedTenant(as('superuser'), DOMAINS.a);
  await seedTenant(as('superuser'), DOMAINS.b);
});
afterAll(async () => {
  for (const client of Object.values(clients)) await client.end();
});

/** Every table of the database that holds rows of tenants, by the catalog and not by a list; partitions of them apart. */
async function tablesOfCatalog(partitions = false): Promise<string[]> {
  const { rows } = await as('superuser').query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relispartition = $1 AND c.relnamespace = 'public'::regnamespace AND c.relname <> '_prisma_migrations' ORDER BY 1`, [partitions]);
  return rows.map(({ name }) => name);
}

/** The rows of a table are those of its partitions. */
const logOf = (table: string): string => (tables.includes(table) ? table : tables.find((log) => table.startsWith(`${log}_`)) ?? table);

async function everythingOf(tenantId: string): Promise<Record<string, string>> {
  const content: Record<string, string> = {};
  for (const table of tables) {
    const { rows } = await as('superuser').query<{ digest: string }>(
      `SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS digest FROM public.${table} t WHERE tenant_id = $1`, [tenantId]);
    content[table] = rows[0]!.digest;
  }
  return content;
}

/** A column that the app may update, so that row-level security and not a missing right is what refuses; any other if there is none. */
async function someColumn(table: string): Promise<string> {
  const { rows } = await as('superuser').query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0
      ORDER BY has_column_privilege('cal_app', attrelid, attnum, 'UPDATE') DESC, attname = 'tenant_id', attnum LIMIT 1`, [`public.${table}`]);
  return rows[0]!.name;
}

/** How many of B's rows the operation read or wrote; an error is none. Everything is rolled back. */
async function rowsReached(role: (typeof roles)[number], setting: string | null, table: string, operation: (typeof operations)[number]): Promise<number> {
  const client = as(role);
  const column = await someColumn(table);
  await client.query('BEGIN');
  try {
    if (setting !== null) await client.query('SELECT set_config($1, $2, true)', ['app.tenant_id', setting]);
    switch (operation) {
      case 'SELECT':
        return (await client.query(`SELECT FROM public.${table} WHERE tenant_id = $1`, [B])).rowCount ?? 0;
      case 'UPDATE':
        return (await client.query(`UPDATE public.${table} SET ${column} = ${column} WHERE tenant_id = $1`, [B])).rowCount ?? 0;
      case 'DELETE':
        return (await client.query(`DELETE FROM public.${table} WHERE tenant_id = $1`, [B])).rowCount ?? 0;
      case 'INSERT':
        await insertRow(client, table, { ...sampleRows(DOMAINS.b).get(logOf(table)), ...(table === 'chain_heads' ? { chain: 'audit' } : {}) });
        return 1;
      case 'TAKE OVER':
        return (await client.query(`UPDATE public.${table} SET tenant_id = $1 WHERE tenant_id = $2`, [A, B])).rowCount ?? 0;
      case 'GIVE AWAY':
        return (await client.query(`UPDATE public.${table} SET tenant_id = $1`, [B])).rowCount ?? 0;
    }
  } catch {
    return 0;
  } finally {
    await client.query('ROLLBACK');
  }
}

describe('two tenants', () => {
  it('have a row in every table that the catalog knows', async () => {
    expect(tables.toSorted()).toEqual(await tablesOfCatalog());
    for (const [table, digest] of Object.entries(await everythingOf(B))) expect(`${table} ${digest}`).toMatch(/^\w+ [1-9]/);
  });

  it.each(roles)('never reach each other as cal_%s: every table, operation and setting', async (role) => {
    const before = await everythingOf(B);
    const leaks: string[] = [];
    let tried = 0;
    for (const table of tables) {
      for (const [name, setting] of Object.entries(settings)) {
        for (const operation of operations) {
          tried += 1;
          if ((await rowsReached(role, setting, table, operation)) > 0) leaks.push(`${operation} ${table} with ${name}`);
        }
      }
    }
    expect(leaks).toEqual([]);
    expect(tried).toBe(tables.length * 4 * operations.length);
    expect(await everythingOf(B)).toEqual(before);
  });

  it.each(roles)('never reach each other as cal_%s by the name of a partition, nor even themselves', async (role) => {
    const partitions = await tablesOfCatalog(true);
    expect(partitions).toEqual(expect.arrayContaining(['events_start', 'audit_log_start']));
    const reached: string[] = [];
    for (const partition of partitions) {
      // With B's own setting, too: a partition is nobody's to name but the owner's, whom row-level security binds.
      for (const [name, setting] of Object.entries(role === 'owner' ? settings : { ...settings, 'tenant B': B })) {
        for (const operation of operations) if ((await rowsReached(role, setting, partition, operation)) > 0) reached.push(`${operation} ${partition} with ${name}`);
      }
    }
    expect(reached).toEqual([]);
  });

  it('would be seen to reach each other if row-level security were off', async () => {
    await as('superuser').query('ALTER TABLE catalog_syncs DISABLE ROW LEVEL SECURITY; ALTER TABLE members DISABLE ROW LEVEL SECURITY');
    try {
      for (const operation of ['SELECT', 'UPDATE', 'INSERT', 'TAKE OVER'] as const) expect(await rowsReached('app', A, 'catalog_syncs', operation)).toBe(1);
      expect(await rowsReached('app', null, 'members', 'DELETE')).toBe(1);
    } finally {
      await as('superuser').query('ALTER TABLE catalog_syncs ENABLE ROW LEVEL SECURITY; ALTER TABLE members ENABLE ROW LEVEL SECURITY');
    }
  });

  it('see their own rows, so that the matrix does not pass for want of rights', async () => {
    const client = as('app');
    await client.query('BEGIN');
    await client.query('SELECT set_config($1, $2, true)', ['app.tenant_id', B]);
    for (const table of tables.filter((name) => name !== 'chain_heads')) {
      expect([table, (await client.query(`SELECT tenant_id FROM public.${table}`)).rows]).toEqual([table, [{ tenant_id: B }]]);
    }
    await client.query('ROLLBACK');
  });

  it('cannot overwrite each other by ON CONFLICT, nor hang a row on the other’s parent', async () => {
    const client = as('app');
    const theirs = (await as('superuser').query(`SELECT id, product_id FROM variants WHERE tenant_id = $1`, [B])).rows[0];
    await client.query('BEGIN');
    await client.query('SELECT set_config($1, $2, true)', ['app.tenant_id', A]);
    await client.query('SAVEPOINT here');
    await expect(client.query(
      `INSERT INTO connector_health (tenant_id, connector, status) SELECT $1, connector, 'down' FROM connector_health ON CONFLICT (tenant_id, connector) DO UPDATE SET status = 'down'`, [B],
    )).rejects.toThrow(/row-level security/);
    await client.query('ROLLBACK TO here');
    await expect(insertRow(client, 'variants', { ...sampleRows(DOMAINS.a).get('variants'), product_id: theirs.product_id })).rejects.toThrow(/foreign key/);
    await client.query('ROLLBACK');
  });

  it('are not told whether an id of the other exists', async () => {
    const client = as('app');
    const theirs = (await as('superuser').query('SELECT * FROM api_tokens WHERE tenant_id = $1', [B])).rows[0];
    await client.query('BEGIN');
    await client.query('SELECT set_config($1, $2, true)', ['app.tenant_id', A]);
    await insertRow(client, 'api_tokens', { ...theirs, tenant_id: A });
    await client.query('ROLLBACK');
  });
});
