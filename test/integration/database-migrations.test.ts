import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { findDrift, run } from '../../dev/postgres/check-drift.ts';
import { applyMigrations } from '../../prisma/bootstrap/migrations.ts';
import { databaseUrls, prepareDatabase } from '../../prisma/bootstrap/prepare-database.ts';
import { installQueue } from '../../prisma/bootstrap/queue.ts';
import { bootstrapRoles, derivedPasswords, withClient } from '../../prisma/bootstrap/roles.ts';
import { useTestDatabase } from '../setup/database.ts';

const ROOT = join(import.meta.dirname, '../..');
const database = useTestDatabase();
const { superuserUrl } = inject('postgres');
const passwords = derivedPasswords(decodeURIComponent(new URL(superuserUrl).password));
const made: string[] = [];

function newName(): string {
  const name = `made_${randomBytes(4).toString('hex')}`;
  made.push(name);
  return name;
}
afterAll(() => withClient(superuserUrl, async (client) => {
  for (const name of made) await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}));

/** Tables, columns, indexes, constraints, policies, triggers, functions and rights, as text. */
async function shapeOf(url: string): Promise<string[]> {
  return withClient(url, async (client) => (await client.query<{ line: string }>(`
    SELECT format('%s %s %s %s', a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull) AS line
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
        AND c.relname <> '_prisma_migrations'
    UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    UNION ALL SELECT polrelid::regclass || ' ' || pg_get_expr(polqual, polrelid) FROM pg_policy
    UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT proowner::regrole || ' ' || coalesce(proacl::text, '') || pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace IN ('app'::regnamespace, 'dispatch'::regnamespace)
    UNION ALL SELECT oid::regclass || ' ' || coalesce(relacl::text, '') || relrowsecurity || relforcerowsecurity FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    ORDER BY 1`)).rows.map((row) => row.line));
}

describe('the migrations', () => {
  it('describe the same tables as the Prisma schema', async () => {
    expect(await findDrift(superuserUrl)).toBeNull();
  });

  it('are seen to differ from a schema that has moved on', async () => {
    const schema = join(tmpdir(), `calibrate-${randomBytes(4).toString('hex')}.prisma`);
    writeFileSync(schema, readFileSync(join(ROOT, 'prisma/schema.prisma'), 'utf8').replace('handle      String', 'handle      String?\n  subtitle    String?'));
    try {
      expect(await findDrift(superuserUrl, schema)).toMatch(/products[\s\S]*handle[\s\S]*subtitle|products[\s\S]*subtitle[\s\S]*handle/);
    } finally {
      rmSync(schema);
    }
  });

  it('give the same database by Prisma’s command line as in this process, and either goes on where the other stopped', async () => {
    const name = newName();
    await bootstrapRoles(superuserUrl, { database: name, passwords });
    await installQueue(superuserUrl, { database: name, dispatcherPassword: passwords.cal_dispatcher });
    const urls = databaseUrls(superuserUrl, name, passwords);
    const deployed = await run(['migrate', 'deploy'], urls.owner);
    expect(deployed.output).toMatch(/All migrations have been successfully applied/);
    expect(await shapeOf(urls.superuser)).toEqual(await shapeOf(database.urls.superuser));
    expect(await applyMigrations(urls.owner)).toEqual([]);
    expect((await run(['migrate', 'status'], database.urls.owner)).output).toMatch(/Database schema is up to date/);
  });

  it('refuse to go on when one that ran was changed', async () => {
    const name = newName();
    const urls = await prepareDatabase({ superuserUrl, database: name });
    await withClient(urls.owner, (client) => client.query(`UPDATE _prisma_migrations SET checksum = 'other' WHERE migration_name LIKE '%tenancy'`));
    await expect(applyMigrations(urls.owner)).rejects.toThrow(/_tenancy was changed after it ran/);
  });
});

describe('preparing a server', () => {
  it('can be done any number of times, and by two at once', async () => {
    const name = newName();
    const urls = await prepareDatabase({ superuserUrl, database: name });
    const shape = await shapeOf(urls.superuser);
    await prepareDatabase({ superuserUrl, database: name });
    expect(await shapeOf(urls.superuser)).toEqual(shape);
    expect(await Promise.all([applyMigrations(urls.owner), applyMigrations(urls.owner)])).toEqual([[], []]);
  });

  it('takes back what somebody gave a role', async () => {
    // A role of its own cannot be used here: the whole run shares these. What is given is harmless meanwhile.
    await withClient(superuserUrl, (client) => client.query('ALTER ROLE cal_copilot CREATEDB'));
    await bootstrapRoles(superuserUrl, { database: newName(), passwords });
    expect(await withClient(superuserUrl, async (client) => (await client.query(`SELECT rolcreatedb FROM pg_roles WHERE rolname = 'cal_copilot'`)).rows)).toEqual([{ rolcreatedb: false }]);
  });

  it('says on the command line what is not set', () => {
    const fails = (): string => execFileSync(process.execPath, ['prisma/bootstrap/main.ts'], { cwd: ROOT, env: { NODE_ENV: 'test', CAL_APP_PASSWORD: 'x' }, encoding: 'utf8', stdio: 'pipe' });
    expect(fails).toThrow('Not set: SUPERUSER_DATABASE_URL, CAL_OWNER_PASSWORD, CAL_DISPATCHER_PASSWORD, CAL_COPILOT_PASSWORD');
  });
});

describe('the seed', () => {
  it('makes a small shop as the app’s role, and changes nothing the second time', async () => {
    const seed = (): string => execFileSync(process.execPath, ['prisma/seed.ts'], { cwd: ROOT, env: { NODE_ENV: 'test', DATABASE_URL: database.urls.app }, encoding: 'utf8' });
    const content = () => withClient(database.urls.superuser, async (client) => (await client.query(`
      SELECT (SELECT jsonb_agg(p ORDER BY ref) FROM products p) AS products, (SELECT jsonb_agg(v ORDER BY ref) FROM variants v) AS variants,
        (SELECT jsonb_agg(p ORDER BY id) FROM price_versions p) AS prices`)).rows[0]);
    seed();
    const first = await content();
    expect([first.products.length, first.variants.length, first.prices.length]).toEqual([3, 6, 6]);
    expect(first.products[0]).toMatchObject({ title_key: 'washed linen shirt', tags: ['Linen', 'Summer'], tag_keys: ['linen', 'summer'] });
    seed();
    expect(await content()).toEqual(first);
  });
});
