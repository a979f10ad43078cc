import { approveChange } from '../app/flows/approve-change/decide.ts';
import { applyChange } from '../app/flows/apply-change/control.ts';
import { buildPlan } from '../app/flows/plan-change/build-plan.ts';
import { createChange } from '../app/flows/plan-change/create-change.ts';
import { requestPreview } from '../app/flows/plan-change/request-preview.ts';
import type { Result } from '../app/domain/kernel/result.ts';
import type { TenantId } from '../app/domain/kernel/ids.ts';
import type { BenchDatabase } from './bench-database.ts';
import { PLAN_RULE } from './made-catalog.ts';

/** The value of a flow that must succeed here. */
export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`A flow refused the benchmark: ${result.error.code}: ${result.error.detail}`);
  return result.value;
}

/** A change whose preview was asked for, so that `buildPlan` has something to do. */
export async function askedForPreview(db: BenchDatabase, tenant: TenantId): Promise<string> {
  const ctx = db.contextOf(tenant);
  const { id } = must(await createChange(db, ctx, { name: 'Bench', rule: PLAN_RULE }));
  must(await requestPreview(db, ctx, { id }));
  return id;
}

/** A draft without rows, to which a bare statement can add them. */
export async function emptyDraft(db: BenchDatabase, tenant: TenantId): Promise<string> {
  return must(await createChange(db, db.contextOf(tenant), { name: 'Bare', rule: PLAN_RULE })).id;
}

export async function planned(db: BenchDatabase, tenant: TenantId): Promise<string> {
  const id = await askedForPreview(db, tenant);
  must(await buildPlan(db, db.contextOf(tenant), { id }));
  return id;
}

export async function approved(db: BenchDatabase, tenant: TenantId): Promise<string> {
  const ctx = db.contextOf(tenant);
  const id = await planned(db, tenant);
  const change = await db.uow.run(tenant, (tx) => tx.changes.get(id));
  must(await approveChange({ uow: db.uow, planMaxAgeHours: 24 }, ctx, { id, planHash: change!.planHash! }));
  return id;
}

export async function applying(db: BenchDatabase, tenant: TenantId): Promise<string> {
  const id = await approved(db, tenant);
  must(await applyChange(db, db.contextOf(tenant), { id }));
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
