import { approveChange } from '../app/flows/approve-change/decide.ts';
import { applyChange } from '../app/flows/apply-change/control.ts';
import { buildPlan } from '../app/flows/plan-change/build-plan.ts';
import { createChange } from '../app/flows/plan-change/create-change.ts';
import { requestPreview } from '../app/flows/plan-change/request-preview.ts';
import type { Result } from '../app/domain/kernel/result.ts';
import type { TenantId } from '../app/domain/kernel/ids.ts';
import type { BenchDatabase } from './bench-database.ts';
import type { Rule } from '../app/domain/rules/rule.ts';
import { PLAN_COLUMNS } from './made-catalog.ts';

/** A made shop, and what a benchmark does with it. */
export interface Shop {
  readonly tenant: TenantId;
  /** Variants in its catalog. */
  readonly rows: number;
  /** About how many of them `rule` selects. */
  readonly planned: number;
  readonly rule: Rule;
}

/** The value of a flow that must succeed here. */
export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`A flow refused the benchmark: ${result.error.code}: ${result.error.detail}`);
  return result.value;
}

/** A change whose preview was asked for, so that `buildPlan` has something to do. */
export async function askedForPreview(db: BenchDatabase, { tenant, rule }: Shop): Promise<string> {
  const ctx = db.contextOf(tenant);
  const { id } = must(await createChange(db, ctx, { name: 'Bench', rule }));
  must(await requestPreview(db, ctx, { id }));
  return id;
}

/** A draft without rows, to which a bare statement can add them. */
export async function emptyDraft(db: BenchDatabase, { tenant, rule }: Shop): Promise<string> {
  return must(await createChange(db, db.contextOf(tenant), { name: 'Bare', rule })).id;
}

export async function planned(db: BenchDatabase, shop: Shop): Promise<string> {
  const id = await askedForPreview(db, shop);
  must(await buildPlan(db, db.contextOf(shop.tenant), { id }));
  return id;
}

export async function approved(db: BenchDatabase, shop: Shop): Promise<string> {
  const id = await planned(db, shop);
  await approvePlan(db, shop.tenant, id);
  return id;
}

export async function approvePlan(db: BenchDatabase, tenant: TenantId, id: string): Promise<void> {
  const change = await db.uow.run(tenant, (tx) => tx.changes.get(id));
  must(await approveChange({ uow: db.uow, planMaxAgeHours: 24 }, db.contextOf(tenant), { id, planHash: change!.planHash! }));
}

export async function applying(db: BenchDatabase, shop: Shop): Promise<string> {
  const id = await approved(db, shop);
  must(await applyChange(db, db.contextOf(shop.tenant), { id }));
  return id;
}

/** Removes every plan of a tenant but `keep` and gives the space back, so that each run meets the same tables. */
export async function clearPlans({ superuser }: BenchDatabase, tenant: TenantId, keep = '00000000-0000-0000-0000-000000000000'): Promise<void> {
  const client = await superuser.connect();
  try {
    // Sealed plans and the logs may not be deleted; here they are leftovers of a run. Foreign keys see to nothing else.
    await client.query(`begin; set local session_replication_role = replica`);
    for (const [table, change] of [['price_change_items', 'change_id'], ['price_changes', 'id'], ['change_projection', 'change_id']]) {
      await client.query(`delete from ${table} where tenant_id = $1 and ${change} <> $2`, [tenant, keep]);
    }
    await client.query('delete from outbox where tenant_id = $1', [tenant]);
    await client.query('commit');
    await client.query('vacuum price_change_items, price_changes, outbox');
  } finally {
    client.release();
  }
}

interface Sql { query(text: string, params?: unknown[]): Promise<unknown> }

/** Every row of a plan once more, for another change; `state` is given to the planned ones. */
export async function copyPlan(sql: Sql, source: string, target: string, state = 'planned'): Promise<void> {
  await sql.query(
    `insert into price_change_items (tenant_id, change_id, ${PLAN_COLUMNS}) select tenant_id, $2, ${PLAN_COLUMNS.replace(/state$/, `case when state = 'planned' then $3 else state end`)}
       from price_change_items where change_id = $1`, [source, target, state]);
}

/** A plan that was not approved, gone as if it had not been; the next run meets the same tables. */
export async function removePlan({ superuser }: BenchDatabase, id: string): Promise<void> {
  await superuser.query('delete from price_change_items where change_id = $1', [id]);
  await superuser.query('vacuum price_change_items');
}
