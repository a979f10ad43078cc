import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { seedTenant, tenantIdOf } from '../integration/tenancy-rows.ts';
import { proveRows } from './rows.ts';
import { RunningApp, pause, until } from './running-app.ts';
import type { Json } from './running-app.ts';
import { Shop } from './running-app.ts';
import { SHOPIFY_CHECKS } from './shopify-checks.ts';

const CUSTOMER = { id: 191_167, email: 'kim.larsen@example.com', phone: '555-0142-777' };
const archive = mkdtempSync(join(tmpdir(), 'calibrate-archive-'));
let app: RunningApp;
let shop: Shop;
beforeAll(async () => {
  app = await RunningApp.start({ env: { LOG_ARCHIVE_DIR: archive } });
  shop = await app.shop('private', { products: 3, catalog: true });
});
afterAll(async () => {
  await app.stop();
  rmSync(archive, { recursive: true, force: true });
});

/** Every row of the database as text. */
async function holds(text: string): Promise<string[]> {
  const tables = await app.sql<{ name: string }>(`SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`);
  const found: string[] = [];
  for (const { name } of tables) if ((await app.sql<{ n: number }>(`SELECT count(*)::int AS n FROM ${name} x WHERE strpos(x::text, $1) > 0`, [text]))[0]!.n > 0) found.push(name);
  return found;
}

async function customerRequest(topic: string): Promise<void> {
  const webhookId = randomUUID();
  const { status } = await shop.deliver({ topic, webhookId, payload: { shop_id: 954_889, shop_domain: shop.domain, customer: CUSTOMER, orders_requested: [299_938, 280_263], orders_to_redact: [299_938], data_request: { id: 9_999 } } });
  expect(status).toBe(200);
  expect((await shop.finished(webhookId)).state).toBe('done');
  // Three times over: the delivery, the event and an entry that a person finds in the audit.
  expect(await shop.rows('events', `type = 'shop.privacy_request_answered' AND payload->>'topic' = $2`, [topic])).toHaveLength(1);
  const entry = (await shop.must('GET', '/audit?entity=shop')).data.find((row: Json) => row.action === topic.replace('/', '_'));
  expect(entry.explain).toEqual({ answer: 'No customer data is kept.' });
  // And of the customer nothing, not even in the request about them.
  for (const text of [CUSTOMER.email, CUSTOMER.phone, String(CUSTOMER.id)]) expect(await holds(text)).toEqual([]);
}

/** Rows of the shop in every table of the catalog, partitions by themselves too; only what is not 0. */
async function rowsLeft(domain: string): Promise<Record<string, number>> {
  const left: Record<string, number> = {};
  for (const table of await app.tenantTables()) {
    const [{ n }] = (await app.sql<{ n: number }>(`SELECT count(*)::int AS n FROM ${table} WHERE tenant_id = app.tenant_id_of($1)`, [domain])) as [{ n: number }];
    if (n > 0) left[table] = n;
  }
  return left;
}
async function redact(gone: Shop): Promise<void> {
  expect((await gone.deliver({ topic: 'shop/redact', payload: { shop_id: 1, shop_domain: gone.domain } })).status).toBe(200);
  await until('nothing is left', () => rowsLeft(gone.domain), (left) => Object.keys(left).length === 0);
}

describe('privacy', () => {
  proveRows('privacy', {
    'customers/data_request leaves evidence': () => customerRequest('customers/data_request'),
    'customers/redact leaves evidence': () => customerRequest('customers/redact'),
    'shop/redact leaves evidence': async () => {
      const gone = await app.shop('erased');
      const rows = Object.values(await rowsLeft(gone.domain)).length;
      expect(rows).toBeGreaterThan(3);
      await redact(gone);
      // The proof is found by who knows the domain, and tells it to nobody else.
      const proof = createHash('sha256').update(`calibrate:erasure:${gone.domain}`).digest();
      const [evidence] = await app.sql('SELECT reason, row_count::int AS rows, table_count AS tables, erased_at FROM erasures WHERE proof = $1', [proof]);
      expect(evidence).toMatchObject({ reason: 'shop/redact', rows: expect.any(Number), tables: expect.any(Number) });
      expect(evidence.rows).toBeGreaterThanOrEqual(rows);
      expect(app.program('worker').output).toContain('Every row of a shop was erased as Shopify asked');
      expect(await holds(gone.domain)).toEqual([]);
      // Word that was sent before the shop installed the app again erases nothing of it.
      const late = randomUUID();
      await shop.deliver({ topic: 'shop/redact', webhookId: late, payload: {}, triggeredAt: new Date(Date.now() - 3_600_000) });
      expect((await shop.finished(late)).state).toBe('ignored');
      expect((await shop.must('GET', '/audit?entity=shop')).data.some((row: Json) => row.action === 'shop_redact')).toBe(true);
    },
    'shop/redact leaves 0 rows of the tenant in every table of pg_catalog': async () => {
      const domain = 'filled-to-the-brim.myshopify.com';
      // A table that no code knows of, as a later migration may bring it.
      await app.sql(`CREATE TABLE public.later_notes (tenant_id uuid NOT NULL, product_id uuid NOT NULL, note text, FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id))`);
      await app.sql(`ALTER TABLE public.later_notes OWNER TO cal_owner`);
      const superuser = new pg.Client({ connectionString: app.database.urls.superuser });
      await superuser.connect();
      // Stopped meanwhile: what is seeded is not for it to work on.
      app.program('worker').signal('SIGSTOP');
      await seedTenant(superuser, domain);
      await superuser.end();
      await app.sql('INSERT INTO later_notes SELECT tenant_id, id, $2 FROM products WHERE tenant_id = app.tenant_id_of($1)', [domain, 'remember']);
      await app.sql(`UPDATE webhook_inbox SET state = 'done' WHERE tenant_id = app.tenant_id_of($1)`, [domain]);
      await app.sql(`UPDATE outbox SET state = 'done' WHERE tenant_id = app.tenant_id_of($1)`, [domain]);
      mkdirSync(join(archive, tenantIdOf(domain)), { recursive: true });
      writeFileSync(join(archive, tenantIdOf(domain), 'events_2025_01.jsonl.gz'), 'old');
      const before = await rowsLeft(domain);
      const whole = await app.sql<{ name: string }>(`SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace ORDER BY 1`);
      expect(whole.map(({ name }) => name).filter((name) => !(name in before)), 'every table has a row of the shop').toEqual([]);
      const neighbour = await rowsLeft(shop.domain);
      await app.sql(`UPDATE tenants SET installed_at = now() - interval '1 day', state = 'uninstalled' WHERE tenant_id = app.tenant_id_of($1)`, [domain]);
      app.program('worker').signal('SIGCONT');
      await redact(new Shop(app, domain));
      expect(existsSync(join(archive, tenantIdOf(domain)))).toBe(false);
      const after = await rowsLeft(shop.domain);
      for (const [table, n] of Object.entries(neighbour)) expect(after[table] ?? 0, `rows of another shop in ${table}`).toBeGreaterThanOrEqual(table === 'outbox' || table === 'token_leases' ? 0 : n);
      await app.sql('DROP TABLE public.later_notes');
    },
    'uninstall stops schedules, leases and refreshes at once': async () => {
      const leaving = await app.shop('leaving', { products: 3, catalog: true });
      const at = (ms: number): string => new Date(Date.now() + ms).toISOString().slice(0, 19);
      const made = async (name: string, percent: string, schedule?: object): Promise<string> => {
        const { id } = await leaving.must('POST', '/price-changes', { name, rule: { name, selector: { all: [] }, transform: { steps: [{ type: 'percent', value: percent }] } }, ...(schedule ? { schedule } : {}) });
        await leaving.must('POST', `/price-changes/${id}/preview`);
        const plan = await until('the plan is there', () => leaving.must('GET', `/price-changes/${id}`), (seen) => seen.activity === null && seen.state === 'previewed');
        await leaving.must('POST', `/price-changes/${id}/approve`, { planHash: plan.planHash });
        return id;
      };
      const campaign = await made('Campaign', '-20', { startAt: at(-1_000), endAt: at(3_600_000), timeZone: 'UTC' });
      await leaving.must('POST', `/price-changes/${campaign}/apply`).catch(() => undefined);
      await until('the campaign runs', () => leaving.must('GET', `/price-changes/${campaign}`), ({ state }) => state === 'applied');
      const scheduled = await made('Later', '-5', { startAt: at(3_600_000), timeZone: 'UTC' });
      const running = await made('Running', '-3');
      await leaving.control('POST', 'faults', { kind: 'http_503', probability: 1, operation: 'productVariantsBulkUpdate' });
      await leaving.must('POST', `/price-changes/${running}/apply`);
      const lastWrite = (await leaving.control('GET', 'writes?after=0')).data.at(-1).seq as number;

      app.program('worker').signal('SIGSTOP');
      const asked = app.shopify.asked.length;
      await leaving.control('POST', 'uninstall');
      // Before the worker has done anything.
      await until('the app knows', () => leaving.rows('tenants'), ([row]) => row?.state === 'uninstalled', 10_000);
      expect(await leaving.rows('shop_sessions')).toEqual([]);
      expect((await leaving.api('GET', '/catalog/status')).status).toBe(401);
      await app.sql(`UPDATE price_changes SET schedule_at = now() - interval '1 minute' WHERE id = $1`, [scheduled]);
      await app.sql(`UPDATE price_changes SET end_at = now() - interval '1 minute' WHERE id = $1`, [campaign]);
      expect((await app.sql(`SELECT kind FROM app.list_due_work() WHERE tenant_id = app.tenant_id_of($1)`, [leaving.domain])).map(({ kind }: Json) => kind)).toEqual(['webhooks']);
      expect(await app.sql(`SELECT * FROM app.list_tokens_ending(86400) WHERE tenant_id = app.tenant_id_of($1)`, [leaving.domain])).toEqual([]);
      app.program('worker').signal('SIGCONT');
      await until('the rest is done', () => leaving.rows('audit_log', `action = 'uninstalled'`), (rows) => rows.length === 1);
      const states = async (): Promise<Record<string, string>> => Object.fromEntries((await leaving.rows('price_changes')).map(({ id, state }: Json) => [id, state]));
      expect(await states()).toEqual({ [campaign]: 'applied', [scheduled]: 'cancelled', [running]: 'paused' });
      expect((await leaving.rows('price_change_items', `state = 'writing' AND lease_until > now() + interval '1 minute'`))).toEqual([]);

      // Installed again: all is there as it was, and nothing is written that no person asks for, though the end of the campaign is past.
      await leaving.control('DELETE', 'faults');
      const before = leaving.token;
      await app.install(leaving);
      await pause(5_000);
      // But for the tokens of its API: whoever held one has no access that nobody gave anew, and the audit says why.
      expect((await leaving.api('GET', '/catalog/status', undefined, { authorization: `Bearer ${before}` })).status).toBe(401);
      expect(await leaving.rows('audit_log', `action = 'revoked' AND explain->>'because' = 'the app was uninstalled'`)).toHaveLength(1);
      expect(await states()).toEqual({ [campaign]: 'applied', [scheduled]: 'cancelled', [running]: 'paused' });
      expect((await leaving.control('GET', `writes?after=${lastWrite}`)).data).toEqual([]);
      expect((await leaving.must('GET', `/price-changes/${campaign}`)).note).toMatch(/no longer ends by itself/);
      expect(app.shopify.asked.slice(asked).filter(({ shop: domain, grant }) => domain === leaving.domain && grant === 'refresh')).toEqual([]);
      // A person ends it, and the prices of before come back.
      await leaving.must('POST', `/price-changes/${campaign}/end`, {});
      await until('the campaign is over', () => leaving.must('GET', `/price-changes/${campaign}`), ({ state }) => state === 'ended', 60_000);
    },
    "each of Shopify's own 32 checks has a test or a written answer": () => {
      const text = readFileSync(new URL('../../docs/SECURITY.md', import.meta.url), 'utf8');
      expect(SHOPIFY_CHECKS).toHaveLength(32);
      const answers = new Map([...text.matchAll(/^\| `([A-Z_]+)` \| (.+) \|$/gm)].map(([, id, answer]) => [id, answer!]));
      expect([...answers.keys()].sort()).toEqual([...SHOPIFY_CHECKS].sort());
      for (const [id, answer] of answers) {
        expect(answer.length, id).toBeGreaterThan(30);
        // Every file that is named is there.
        for (const [, path] of answer.matchAll(/`((?:test|app|dev|prisma)\/[\w./-]+\.\w+)`/g)) expect(existsSync(new URL(`../../${path}`, import.meta.url)), `${id}: ${path}`).toBe(true);
      }
    },
  });
});
