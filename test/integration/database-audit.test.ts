import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useTestDatabase } from '../setup/database.ts';

const audit = readFileSync(join(import.meta.dirname, '../../prisma/bootstrap/catalog-audit.sql'), 'utf8');
const database = useTestDatabase();
let superuser: pg.Client;

beforeAll(async () => {
  superuser = new pg.Client({ connectionString: database.urls.superuser });
  await superuser.connect();
});
afterAll(() => superuser.end());

const guarded = (name: string, columns: string): string => `
  CREATE TABLE ${name} (tenant_id uuid NOT NULL, ${columns});
  ALTER TABLE ${name} OWNER TO cal_owner; ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY; ALTER TABLE ${name} FORCE ROW LEVEL SECURITY;
  CREATE POLICY tenant ON ${name} USING (tenant_id = (SELECT app.tenant_id())) WITH CHECK (tenant_id = (SELECT app.tenant_id()));`;

/** What somebody could get wrong, and the rule that must see it. Roles' attributes are changed in the transaction, too. */
const violations: readonly (readonly [what: string, rule: string, sql: string])[] = [
  ['a new table without anything', 'RLS not enabled', 'CREATE TABLE notes (tenant_id uuid NOT NULL, id int)'],
  ['a table without tenant_id', 'tenant_id uuid NOT NULL missing', 'CREATE TABLE notes (id int)'],
  ['a tenant_id that may be null', 'tenant_id uuid NOT NULL missing', 'ALTER TABLE outbox DROP CONSTRAINT outbox_pkey; ALTER TABLE outbox ALTER tenant_id DROP NOT NULL'],
  ['RLS switched off', 'RLS not enabled', 'ALTER TABLE products DISABLE ROW LEVEL SECURITY'],
  ['RLS that does not bind the owner', 'RLS not forced on owner', 'ALTER TABLE products NO FORCE ROW LEVEL SECURITY'],
  ['a second policy, which permits more', 'policies are not exactly the one canonical policy', 'CREATE POLICY support ON products FOR SELECT USING (true)'],
  ['a policy that trusts a missing tenant', 'policies are not exactly the one canonical policy',
    'DROP POLICY tenant ON products; CREATE POLICY tenant ON products USING (tenant_id = (SELECT app.tenant_id()) OR (SELECT app.tenant_id()) IS NULL)'],
  ['a policy that reads the variable for each row', 'policies are not exactly the one canonical policy',
    'DROP POLICY tenant ON products; CREATE POLICY tenant ON products USING (tenant_id = app.tenant_id()) WITH CHECK (tenant_id = app.tenant_id())'],
  ['a policy without a check of what is written', 'policies are not exactly the one canonical policy',
    'DROP POLICY tenant ON products; CREATE POLICY tenant ON products FOR SELECT USING (tenant_id = (SELECT app.tenant_id()))'],
  ['app.tenant_id() that falls back to a tenant', 'app.tenant_id() was redefined',
    `CREATE OR REPLACE FUNCTION app.tenant_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE RETURN coalesce(nullif(current_setting('app.tenant_id', true), ''), '00000000-0000-0000-0000-000000000000')::uuid`],
  ['the app role bypasses RLS', 'role may do more than it must', 'ALTER ROLE cal_app BYPASSRLS'],
  ['the app role is a superuser', 'role may do more than it must', 'ALTER ROLE cal_app SUPERUSER'],
  ['the owner may make roles', 'role may do more than it must', 'ALTER ROLE cal_owner CREATEROLE'],
  ['the resolver may log in', 'cal_resolver may log in', 'ALTER ROLE cal_resolver LOGIN'],
  ['the app may become the owner', 'role is a member of another role', 'GRANT cal_owner TO cal_app'],
  ['the app may become the resolver', 'role has a member', 'GRANT cal_resolver TO cal_app'],
  ['the owner inherits the resolver', 'role has a member', 'GRANT cal_resolver TO cal_owner WITH INHERIT TRUE'],
  ['a tenant as a default of the role', 'role has session defaults', `ALTER ROLE cal_app SET app.tenant_id = '00000000-0000-0000-0000-000000000000'`],
  ['a table that the app owns', 'relation owned by a role that serves', 'ALTER TABLE products OWNER TO cal_app'],
  ['a primary key without tenant_id', 'key without tenant_id tells that a row exists', guarded('notes', 'id int PRIMARY KEY')],
  ['a unique index without tenant_id', 'unique index without tenant_id tells that a row exists', 'CREATE UNIQUE INDEX ON products (handle)'],
  ['a foreign key without tenant_id', 'foreign key without tenant_id (its checks ignore RLS)',
    `${guarded('parents', 'id int, UNIQUE (tenant_id, id), UNIQUE (id)')} ${guarded('children', 'parent int REFERENCES parents (id)')}`],
  ['a rule on a table', 'rule rewrites a table', 'CREATE RULE quiet AS ON DELETE TO products DO INSTEAD NOTHING'],
  ['a view that runs with its owner’s rights', 'view without security_invoker', 'CREATE VIEW all_products AS SELECT * FROM products; GRANT SELECT ON all_products TO cal_app'],
  ['a materialised view', 'materialised view or foreign table reachable', 'CREATE MATERIALIZED VIEW stock AS SELECT * FROM products; GRANT SELECT ON stock TO cal_app'],
  ['TRUNCATE for the app', 'right that RLS does not cover (TRUNCATE)', 'GRANT TRUNCATE ON products TO cal_app'],
  ['rights for everybody', 'PUBLIC has rights on a relation', 'GRANT SELECT ON products TO PUBLIC'],
  ['a global table that the app writes', 'app role may write a @global table', `CREATE TABLE rates (day date); COMMENT ON TABLE rates IS '@global: exchange rates'; GRANT INSERT ON rates TO cal_app`],
  ['the app reads the queue', 'app role reaches the queue\'s tables', 'GRANT SELECT ON graphile_worker._private_jobs TO cal_app'],
  ['the dispatcher reads products', 'cal_dispatcher reaches beyond the queue', 'GRANT SELECT ON products TO cal_dispatcher'],
  ['a log that may be updated', 'append-only table may be rewritten', 'GRANT UPDATE (payload) ON events TO cal_app'],
  ['a log whose trigger was dropped', 'log without its triggers', 'DROP TRIGGER append_only ON audit_log'],
  ['a new partition of a log without anything', 'RLS not enabled', `CREATE TABLE events_2030_01 PARTITION OF events FOR VALUES FROM ('2030-01-01') TO ('2030-02-01')`],
  ['a partition whose RLS does not bind the owner', 'RLS not forced on owner', 'ALTER TABLE events_start NO FORCE ROW LEVEL SECURITY'],
  ['a partition whose policy permits more', 'policies are not exactly the one canonical policy', 'CREATE POLICY support ON audit_log_start FOR SELECT USING (true)'],
  ['a partition that may be rewritten by its own name', 'log without its triggers', 'DROP TRIGGER append_only ON events_start'],
  ['a partition that the app reads by its own name', 'partition may be reached by its own name', 'GRANT SELECT ON events_start TO cal_app'],
  ['a partition that the doors read by its own name', 'partition may be reached by its own name', 'GRANT SELECT (seq) ON audit_log_start TO cal_resolver'],
  ['a trigger that is switched off', 'trigger is switched off', 'ALTER TABLE price_change_items DISABLE TRIGGER sealed'],
  ['a copilot that writes', 'cal_copilot may write', 'GRANT UPDATE (title) ON products TO cal_copilot'],
  ['a resolver that deletes', 'cal_resolver may do more than its doors need', 'GRANT DELETE ON products TO cal_resolver'],
  ['a sequence that the app reads', 'sequence reachable (tells other tenants\' volume)', 'CREATE SEQUENCE numbers; GRANT USAGE ON SEQUENCE numbers TO cal_app'],
  ['the app makes tables', 'role may CREATE in schema', 'GRANT CREATE ON SCHEMA public TO cal_app'],
  ['a definer function without a reason', 'SECURITY DEFINER function without a reason',
    `CREATE FUNCTION app.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT count(*) FROM public.products'`],
  ['a definer function that trusts the search path', 'SECURITY DEFINER function without fixed search_path',
    `CREATE FUNCTION app.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM public.products'; COMMENT ON FUNCTION app.peek() IS '@definer: because'`],
  ['a definer function of a superuser', 'SECURITY DEFINER function of a superuser',
    `CREATE FUNCTION app.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1'; COMMENT ON FUNCTION app.peek() IS '@definer: because'`],
  ['a door that everybody may use', 'function that PUBLIC or the copilot may call', 'GRANT EXECUTE ON FUNCTION app.lease_outbox(text, integer, integer) TO PUBLIC'],
  ['a function that claims not to leak', 'user function marked LEAKPROOF', `CREATE FUNCTION app.same(a text, b text) RETURNS boolean LANGUAGE sql LEAKPROOF AS 'SELECT $1 = $2'`],
];

describe('the catalog audit', () => {
  it('finds nothing in a migrated database', async () => {
    expect((await superuser.query(audit)).rows).toEqual([]);
  });

  it.each(violations)('sees %s', async (_what, rule, sql) => {
    await superuser.query('BEGIN');
    try {
      await superuser.query(sql);
      const { rows } = await superuser.query<{ rule: string }>(audit);
      expect(rows.map((row) => row.rule)).toContain(rule);
    } finally {
      await superuser.query('ROLLBACK');
    }
  });

  it('is clean again after all of them', async () => {
    expect((await superuser.query(audit)).rows).toEqual([]);
  });
});
