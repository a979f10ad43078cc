/** The logs of a database that has lived: cut into months with everything in them as it was. */
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, it } from 'vitest';
import { applyMigrations } from '../../prisma/bootstrap/migrations.ts';
import { databaseUrls } from '../../prisma/bootstrap/prepare-database.ts';
import { installQueue } from '../../prisma/bootstrap/queue.ts';
import { bootstrapRoles, derivedPasswords, withClient } from '../../prisma/bootstrap/roles.ts';

const FOLDER = join(import.meta.dirname, '../../prisma/migrations');
const CUT = '20261122001600_partitioned_logs';
const { superuserUrl } = inject('postgres');
const passwords = derivedPasswords(decodeURIComponent(new URL(superuserUrl).password));
const name = `made_${randomBytes(4).toString('hex')}`;
const before = mkdtempSync(join(tmpdir(), 'calibrate-migrations-'));
afterAll(async () => {
  rmSync(before, { recursive: true, force: true });
  await withClient(superuserUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
});

it('keeps every number, date, hash and dead letter of a database that was in use, and goes on where it stopped', async () => {
  await bootstrapRoles(superuserUrl, { database: name, passwords });
  await installQueue(superuserUrl, { database: name, dispatcherPassword: passwords.cal_dispatcher });
  const urls = databaseUrls(superuserUrl, name, passwords);
  for (const folder of readdirSync(FOLDER).filter((folder) => folder < CUT)) cpSync(join(FOLDER, folder), join(before, folder), { recursive: true });
  await applyMigrations(urls.owner, before);

  await withClient(urls.superuser, async (client) => {
    const write = async (tenant: string, entries: number): Promise<void> => {
      await client.query('BEGIN');
      await client.query(`SELECT set_config('app.tenant_id', $1, true)`, [tenant]);
      await client.query(`INSERT INTO events (tenant_id, id, type, schema_version, aggregate_type, aggregate_id, correlation_id, actor, payload)
        SELECT $1, gen_random_uuid(), 'rule.created', '1.0.0', 'rule', 'r', 'c', 'user:1', jsonb_build_object('note', 'Größe ½', 'n', n) FROM generate_series(1, $2::int) n`, [tenant, entries]);
      await client.query(`INSERT INTO audit_log (tenant_id, id, entity, entity_id, action, actor, correlation_id) SELECT $1, gen_random_uuid(), 'rule', 'r', 'created', 'user:1', 'c' FROM generate_series(1, $2::int)`, [tenant, entries]);
      await client.query('COMMIT');
    };
    const whole = async (tenant: string): Promise<unknown[]> => {
      await client.query(`BEGIN; SELECT set_config('app.tenant_id', '${tenant}', true); SET LOCAL ROLE cal_app`);
      const { rows } = await client.query(`SELECT app.verify_chain('events') AS events, app.verify_chain('audit') AS audit, (SELECT max(seq)::int FROM events) AS last`);
      await client.query('ROLLBACK');
      return rows;
    };
    const content = async (): Promise<unknown> => (await client.query(
      `SELECT (SELECT md5(string_agg(e::text, '|' ORDER BY tenant_id, seq)) FROM events e) AS events, (SELECT md5(string_agg(a::text, '|' ORDER BY tenant_id, seq)) FROM audit_log a) AS audit,
              (SELECT md5(string_agg(h::text, '|' ORDER BY tenant_id, chain)) FROM chain_heads h) AS heads, (SELECT count(*)::int FROM events) AS entries`)).rows;

    const tenants: string[] = [];
    for (const domain of ['one.myshopify.com', 'two.myshopify.com']) tenants.push((await client.query<{ id: string }>(`SELECT app.install_shop($1, '', 'USD', 'UTC', '', '{}') AS id`, [domain])).rows[0]!.id);
    for (const tenant of tenants) await write(tenant, 700);
    await client.query(`INSERT INTO outbox (tenant_id, event_id, event_seq, aggregate, topic, payload, state) SELECT tenant_id, id, seq, 'rule:r', type, '{}', CASE WHEN seq < 600 THEN 'done' WHEN seq < 650 THEN 'dead' ELSE 'ready' END FROM events`);
    const lived = await content();

    const added = await applyMigrations(urls.owner);
    expect(added[0]).toBe(CUT);
    expect(await content()).toEqual(lived);
    for (const tenant of tenants) expect(await whole(tenant)).toEqual([{ events: null, audit: null, last: 700 }]);
    for (const tenant of tenants) await write(tenant, 3);
    for (const tenant of tenants) expect(await whole(tenant)).toEqual([{ events: null, audit: null, last: 703 }]);
    expect((await client.query(`SELECT tableoid::regclass::text AS partition, count(*)::int AS entries FROM events GROUP BY 1`)).rows).toEqual([{ partition: 'events_start', entries: 1_406 }]);
    expect((await client.query(`SELECT state, bool_and((finished_at IS NULL) = (state = 'ready')) AS dated, bool_and((error IS NOT NULL) = (state = 'dead')) AS said FROM outbox GROUP BY 1 ORDER BY 1`)).rows)
      .toEqual(['dead', 'done', 'ready'].map((state) => ({ state, dated: true, said: true })));
    // The owner is bound again, and so is whoever names a partition.
    const audit = readFileSync(join(import.meta.dirname, '../../prisma/bootstrap/catalog-audit.sql'), 'utf8');
    const found = (await client.query<{ rule: string; what: string }>(audit)).rows;
    expect(found.filter(({ what }) => /^(events|audit_log|log_|outbox|app\.\w*(log|outbox))/.test(what))).toEqual([]);
  });
  expect(await withClient(urls.owner, async (client) => (await client.query('SELECT count(*)::int AS seen FROM events_start')).rows)).toEqual([{ seen: 0 }]);
}, 60_000);
