import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useTestDatabase } from '../setup/database.ts';
import { insertRow, sampleRows, tenantIdOf } from './tenancy-rows.ts';

const database = useTestDatabase();
const DOMAIN = 'a.myshopify.com';
const TENANT = tenantIdOf(DOMAIN);
const rows = sampleRows(DOMAIN);
const change = rows.get('price_changes')!.id as string;

/** The columns that tell the story of the write; all others are the plan. */
const story = ['state', 'bulk_id', 'expected_price', 'expected_compare_at', 'expected_origin', 'live_origin', 'live_price', 'live_compare_at', 'live_read_at', 'verdict', 'resolution', 'resolved_by',
  'attempts', 'epoch', 'owner', 'lease_until', 'run_at', 'intent_at', 'request_id', 'finished_at', 'verified_at'];
const before = ['draft', 'previewed'];
const after = ['approved', 'scheduled', 'applying', 'paused', 'applied', 'partially_applied', 'failed', 'cancelled', 'ending', 'ended'];

let superuser: pg.Client;
let app: pg.Client;
beforeAll(async () => {
  superuser = new pg.Client({ connectionString: database.urls.superuser });
  app = new pg.Client({ connectionString: database.urls.app });
  await superuser.connect();
  await app.connect();
  await superuser.query('SELECT set_config($1, $2, false)', ['app.tenant_id', TENANT]);
  await app.query('SELECT set_config($1, $2, false)', ['app.tenant_id', TENANT]);
  for (const table of ['tenants', 'products', 'variants', 'price_changes']) await insertRow(superuser, table, rows.get(table)!);
});
afterAll(async () => {
  await app.end();
  await superuser.end();
});
beforeEach(async () => {
  await enter('draft');
  await superuser.query('DELETE FROM price_change_items');
  await insertRow(superuser, 'price_change_items', rows.get('price_change_items')!);
});

const enter = (state: string): Promise<unknown> => superuser.query('UPDATE price_changes SET state = $2 WHERE id = $1', [change, state]);

describe('the plan of a price change', () => {
  it('never changes once it is written: each of its columns is refused, to the app by grant and to all by trigger', async () => {
    const { rows: columns } = await superuser.query<{ name: string; type: string }>(
      `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 'price_change_items'::regclass AND attnum > 0 AND NOT attisdropped`);
    const plan = columns.filter(({ name }) => !story.includes(name));
    expect(plan.length).toBe(columns.length - story.length);
    const values: Readonly<Record<string, string>> = { uuid: 'gen_random_uuid()', text: `'other'`, 'text[]': `'{other}'`, bigint: '123', integer: '123', jsonb: `'{"other": 1}'` };
    for (const { name, type } of plan) {
      const sql = `UPDATE price_change_items SET ${name} = ${values[type]}`;
      await expect(app.query(sql), name).rejects.toThrow(/permission denied/);
      await expect(superuser.query(sql), name).rejects.toThrow(/is sealed/);
    }
  });

  it('leaves room for the story of the write, in every state', async () => {
    for (const state of [...before, ...after]) {
      await enter(state);
      await app.query(`UPDATE price_change_items SET state = 'applied', attempts = attempts + 1, live_price = 3900, finished_at = now()`);
    }
    // Writing what is already there is no change.
    await superuser.query('UPDATE price_change_items SET after_price = after_price, warnings = warnings');
  });

  it('takes rows only before the approval', async () => {
    const more = (position: number) => ({ ...sampleRows(DOMAIN).get('price_change_items'), change_id: change, position });
    for (const [i, state] of before.entries()) {
      await enter(state);
      await insertRow(app, 'price_change_items', more(10 + i));
    }
    for (const [i, state] of [...after, 'rejected'].entries()) {
      await enter(state);
      await expect(insertRow(app, 'price_change_items', more(20 + i)), state).rejects.toThrow(/sealed: it is/);
    }
  });

  it('gives up rows only before the approval, or after a rejection', async () => {
    for (const state of after) {
      await enter(state);
      await expect(app.query('DELETE FROM price_change_items'), state).rejects.toThrow(/sealed: it is/);
      await expect(superuser.query('DELETE FROM price_change_items'), state).rejects.toThrow(/sealed: it is/);
    }
    await enter('rejected');
    expect((await app.query('DELETE FROM price_change_items')).rowCount).toBe(1);
    await expect(superuser.query('TRUNCATE price_change_items')).rejects.toThrow(/append-only/);
  });

  it('makes rows wait for an approval that is being written, and then refuses them', async () => {
    await enter('previewed');
    await superuser.query(`BEGIN; UPDATE price_changes SET state = 'approved'`);
    const late = insertRow(app, 'price_change_items', { ...sampleRows(DOMAIN).get('price_change_items'), change_id: change, position: 99 }).then(() => 'written', String);
    expect(await Promise.race([late, new Promise((resolve) => { setTimeout(resolve, 150, 'waits'); })])).toBe('waits');
    await superuser.query('COMMIT');
    expect(await late).toMatch(/sealed: it is approved/);
  });
});

describe('prices', () => {
  it('are never negative', async () => {
    for (const column of ['price', 'compare_at', 'cost', 'map_price']) {
      await expect(app.query(`UPDATE variants SET ${column} = -1`), column).rejects.toThrow(/amounts_not_negative/);
    }
  });

  it('have one open version a variant, of which only the end can be written', async () => {
    const version = rows.get('price_versions')!;
    await insertRow(app, 'price_versions', version);
    await expect(insertRow(app, 'price_versions', { ...version, id: change })).rejects.toThrow(/price_versions_one_open/);
    await expect(app.query('UPDATE price_versions SET unit_amount = 1')).rejects.toThrow(/permission denied/);
    await expect(app.query('DELETE FROM price_versions')).rejects.toThrow(/permission denied/);
    await app.query('UPDATE price_versions SET valid_to = now()');
    await insertRow(app, 'price_versions', { ...version, id: change });
  });

  it.each([
    ['price_changes', 'state', 'done'], ['price_changes', 'kind', 'undo'], ['price_changes', 'currency_code', 'usd'],
    ['tenants', 'state', 'gone'], ['tenants', 'tenant_id', 'c0000000-0000-0000-0000-000000000000'], ['tenants', 'shop_domain', 'B.myshopify.com'],
  ])('and states are only what the model knows: %s.%s is never %s', async (table, column, value) => {
    await expect(superuser.query(`UPDATE ${table} SET ${column} = $1`, [value])).rejects.toThrow(/check constraint/);
  });
});
