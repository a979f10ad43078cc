import { buildPlan } from '../../app/flows/plan-change/build-plan.ts';
import type { BenchDatabase } from '../bench-database.ts';
import { collectGarbage, compare, growthWhile } from '../measure.ts';
import type { Line } from '../measure.ts';
import { askedForPreview, clearPlans, copyPlan, emptyDraft, must, planned, removePlan } from '../planned-change.ts';
import type { Shop } from '../planned-change.ts';

/** A plan built, priced, explained and sealed against a bare INSERT…SELECT of all the rows it consists of, both under RLS. */
export async function benchPreview(db: BenchDatabase, shop: Shop): Promise<Line[]> {
  const source = await planned(db, shop);
  let growth = 0;
  let id = '';
  const clear = (): Promise<void> => removePlan(db, id);
  const line = await compare(
    { name: 'preview', rows: shop.planned, goal: 1.5, note: () => `of ${shop.rows.toLocaleString('en')}, memory +${growth.toFixed(0)} MB` },
    {
      before: async () => {
        id = await askedForPreview(db, shop);
        // Not part of a preview, and so not of its time.
        collectGarbage();
      },
      work: async () => { growth = Math.max(growth, await growthWhile(async () => must(await buildPlan(db, db.contextOf(shop.tenant), { id })))); },
      after: clear,
    },
    {
      before: async () => { id = await emptyDraft(db, shop); },
      work: () => db.tenancy.withTenant(shop.tenant, (sql) => copyPlan(sql, source, id)),
      after: clear,
    },
  );
  await clearPlans(db, shop.tenant);
  return [line];
}
