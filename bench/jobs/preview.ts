import { buildPlan } from '../../app/flows/plan-change/build-plan.ts';
import type { TenantId } from '../../app/domain/kernel/ids.ts';
import type { BenchDatabase } from '../bench-database.ts';
import { PLAN_COLUMNS } from '../made-catalog.ts';
import { compare, memoryGrowth } from '../measure.ts';
import type { Line } from '../measure.ts';
import { askedForPreview, clearPlans, emptyDraft, must, planned } from '../planned-change.ts';

/** A plan built, priced, explained and sealed against a bare INSERT…SELECT of the rows it consists of, both under RLS. */
export async function benchPreview(db: BenchDatabase, rows: number, tenant: TenantId): Promise<Line[]> {
  const source = await planned(db, tenant);
  let growth = 0;
  let id = '';
  const clear = (): Promise<unknown> => db.superuser.query('delete from price_change_items where change_id = $1', [id]).then(() => db.superuser.query('vacuum price_change_items'));
  const line = await compare(
    { name: 'preview', rows, goal: 1.5, note: () => `memory +${growth.toFixed(0)} MB` },
    {
      before: async () => { id = await askedForPreview(db, tenant); },
      work: async () => { growth = Math.max(growth, await memoryGrowth(async () => must(await buildPlan(db, db.contextOf(tenant), { id })))); },
      after: clear,
    },
    {
      before: async () => { id = await emptyDraft(db, tenant); },
      work: () => db.tenancy.withTenant(tenant, (sql) => sql.query(
        `insert into price_change_items (tenant_id, change_id, ${PLAN_COLUMNS}) select tenant_id, $2, ${PLAN_COLUMNS} from price_change_items where change_id = $1`, [source, id])),
      after: clear,
    },
  );
  await clearPlans(db, tenant);
  return [line];
}
