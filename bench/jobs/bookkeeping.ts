import { applyChange } from '../../app/flows/apply-change/control.ts';
import { runApply } from '../../app/flows/apply-change/run-apply.ts';
import type { TenantId } from '../../app/domain/kernel/ids.ts';
import type { LivePrice, PriceChannel } from '../../app/ports/price-channel.ts';
import type { BenchDatabase } from '../bench-database.ts';
import { compare } from '../measure.ts';
import type { Line } from '../measure.ts';
import { applying, approved, clearPlans, copyPlan, emptyDraft, must, planned } from '../planned-change.ts';
import type { Shop } from '../planned-change.ts';

/** As the worker runs it (container.server.ts, bound-jobs.ts). */
const LANES = 8;
export const APPLY_SETTINGS = { owner: 'bench', leaseMs: 60_000, quietMs: 45_000, concurrency: LANES, maxAttempts: 8, random: () => 0.5 };

/**
 * The bookkeeping of an apply: claim, intent, ending, price version, catalog, event, all of every product's call, with a shop that
 * answers at once; against one statement that gives the same rows their endings.
 */
export async function benchBookkeeping(db: BenchDatabase, made: Shop): Promise<Line[]> {
  const { tenant, planned: rows } = made;
  let id = '';
  let shop: ReturnType<typeof instantShop>;
  // The bare statements' rows are as those of an apply: a copy of a plan.
  const plan = await planned(db, made);
  const clear = async (): Promise<void> => {
    await clearPlans(db, tenant, plan);
    await resetPrices(db, tenant);
  };
  const copy = async (state: string): Promise<void> => {
    id = await emptyDraft(db, made);
    await copyPlan(db.superuser, plan, id, state);
    await db.superuser.query('vacuum analyze price_change_items');
  };
  const bare = (text: string): Promise<unknown> => db.tenancy.withTenant(tenant, (sql) => sql.query(text, [id]));
  const whole = {
    before: async () => {
      id = await applying(db, made);
      await db.superuser.query('vacuum analyze price_change_items');
      shop = instantShop(await livePrices(db, tenant));
    },
    work: () => runApply({ ...APPLY_SETTINGS, uow: db.uow, channel: shop.channel }, db.contextOf(tenant), { id }, new AbortController().signal),
    after: async () => {
      await mustBeApplied(db, tenant, id);
      await clear();
    },
  };
  const start = await compare(
    { name: 'bookkeeping, start', rows, budgetMs: 8_000 },
    { before: async () => { id = await approved(db, made); }, work: async () => must(await applyChange(db, db.contextOf(tenant), { id })), after: clear },
    {
      before: () => copy('planned'),
      work: () => bare(`update price_change_items set state = 'queued', expected_price = before_price, expected_compare_at = before_compare_at where change_id = $1 and state = 'planned'`),
      after: clear,
    },
  );
  const run = await compare(
    { name: 'bookkeeping', rows, goal: 1.8, budgetMs: 45_000, note: () => `${LANES} lanes, ${shop.calls()} calls` },
    whole,
    {
      before: () => copy('queued'),
      work: () => bare(
        `update price_change_items i set state = 'applied', live_price = i.after_price, live_compare_at = i.after_compare_at, live_read_at = now(), request_id = 'bare', finished_at = now()
           from variants v where v.tenant_id = i.tenant_id and v.id = i.variant_id and i.change_id = $1 and i.state = 'queued'`),
      after: clear,
    },
  );
  // The line above holds all that an apply records against the rows' endings alone; this one against statements for the same outcome.
  const all = await compare(
    { name: 'bookkeeping, all it records', rows, budgetMs: 30_000, note: 'bare: rows, catalog, price versions and events, a statement each' },
    whole,
    { before: () => copy('queued'), work: () => db.tenancy.withTenant(tenant, (sql) => outcome(sql, tenant, id)), after: clear },
  );
  await clearPlans(db, tenant);
  return [start, run, all];
}

/** What an apply leaves behind, in as few statements as there are kinds of it. */
async function outcome(sql: { query(text: string, params?: readonly unknown[]): Promise<unknown> }, tenant: TenantId, id: string): Promise<void> {
  await sql.query(
    `update price_change_items i set state = 'applied', live_price = i.after_price, live_compare_at = i.after_compare_at, live_read_at = now(), request_id = 'bare', finished_at = now(),
        expected_price = i.before_price, expected_compare_at = i.before_compare_at, intent_at = now()
       from variants v where v.tenant_id = i.tenant_id and v.id = i.variant_id and i.change_id = $1 and i.state = 'queued'`, [id]);
  await sql.query(`update price_versions pv set valid_to = now() from price_change_items i where i.change_id = $1 and i.state = 'applied' and pv.tenant_id = i.tenant_id and pv.variant_id = i.variant_id and pv.valid_to is null`, [id]);
  await sql.query(
    `insert into price_versions (tenant_id, variant_id, currency_code, unit_amount, compare_at, valid_from, source, price_change_id, item_id, correlation_id)
     select tenant_id, variant_id, 'USD', after_price, after_compare_at, now(), 'apply', change_id, id, 'bare' from price_change_items where change_id = $1 and state = 'applied'`, [id]);
  await sql.query(
    `update variants v set price = i.after_price, compare_at = i.after_compare_at, updated_at = now(), synced_at = now()
       from price_change_items i where i.change_id = $1 and i.state = 'applied' and v.tenant_id = i.tenant_id and v.id = i.variant_id`, [id]);
  await sql.query(
    `insert into events (tenant_id, id, type, schema_version, aggregate_type, aggregate_id, correlation_id, actor, payload)
     select $2, gen_random_uuid(), 'price.applied', '1.0.0', 'price_change', $1::text, 'bare', 'system:bench', jsonb_build_object('changeId', $1::text, 'rows', jsonb_agg(jsonb_build_object(
        'itemId', id, 'variantId', variant_id, 'variantRef', variant_ref, 'sku', sku, 'before', jsonb_build_object('amount', before_price, 'compareAt', before_compare_at), 'after', jsonb_build_object('amount', after_price, 'compareAt', after_compare_at))))
       from price_change_items where change_id = $1::uuid and state = 'applied' group by position / 1000`, [id, tenant]);
}

/** A shop that answers at once and writes what it is told. */
export function instantShop(live: Map<bigint, LivePrice>): { channel: PriceChannel; calls: () => number } {
  let calls = 0;
  const channel: PriceChannel = {
    maxRowsPerWrite: 250,
    writeTimeoutMs: 30_000,
    read: async (_, refs) => ({ ok: true, value: new Map(refs.map((ref) => [ref, live.get(ref) ?? null])), requestId: 'read' }),
    write: async (_, __, rows) => {
      calls += 1;
      for (const { variantRef, price, compareAt } of rows) live.set(variantRef, { price, compareAt, updatedAt: '2026-11-22T00:00:00Z' });
      return { ok: true, value: new Map(rows.map((row) => [row.variantRef, { kind: 'written', live: live.get(row.variantRef)! }])), requestId: 'write' };
    },
  };
  return { channel, calls: () => calls };
}

export async function livePrices(db: BenchDatabase, tenant: TenantId): Promise<Map<bigint, LivePrice>> {
  const { rows } = await db.tenancy.withTenant(tenant, (sql) => sql.query<{ ref: bigint; price: bigint; compare_at: bigint | null }>('select ref, price, compare_at from variants'));
  return new Map(rows.map((row) => [row.ref, { price: row.price, compareAt: row.compare_at, updatedAt: null }]));
}

async function mustBeApplied(db: BenchDatabase, tenant: TenantId, id: string): Promise<void> {
  const change = await db.uow.run(tenant, (tx) => tx.changes.get(id));
  if (change?.state !== 'applied') throw new Error(`The apply of the benchmark did not end as applied: ${change?.state}`);
}

/** The made catalog's prices again, so that every run plans the same. */
export async function resetPrices({ superuser }: BenchDatabase, tenant: TenantId): Promise<void> {
  await superuser.query(`delete from price_versions where tenant_id = $1 and source <> 'sync'`, [tenant]);
  await superuser.query('update price_versions set valid_to = null where tenant_id = $1 and valid_to is not null', [tenant]);
  await superuser.query(
    `update variants v set price = o.unit_amount, compare_at = o.compare_at, updated_at = timestamptz '2026-06-01' from price_versions o
      where v.tenant_id = $1 and o.tenant_id = $1 and o.variant_id = v.id and o.valid_to is null and (v.price, v.compare_at) is distinct from (o.unit_amount, o.compare_at)`, [tenant]);
  await superuser.query('vacuum analyze variants, price_versions');
}
