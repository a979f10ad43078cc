import { buildPlan } from '../../app/flows/plan-change/build-plan.ts';
import { rollBackChange } from '../../app/flows/roll-back-change/roll-back.ts';
import type { BenchDatabase } from '../bench-database.ts';
import { compare } from '../measure.ts';
import type { Line } from '../measure.ts';
import { applying, askedForPreview, clearPlans, must, removePlan } from '../planned-change.ts';
import type { Shop } from '../planned-change.ts';
import { resetPrices } from './bookkeeping.ts';

/** The plan of the way back of an applied change against a preview of as many rows. */
export async function benchRollback(db: BenchDatabase, shop: Shop): Promise<Line[]> {
  const { tenant } = shop;
  const source = await applying(db, shop);
  await applyAtOnce(db, source);
  await db.superuser.query('vacuum analyze price_change_items, variants');
  let id = '';
  const clear = (): Promise<void> => removePlan(db, id);
  const line = await compare(
    { name: 'rollback plan', rows: shop.planned, goal: 1.2, note: 'bare: a preview of as many rows', budgetMs: 30_000 },
    { work: async () => { id = must(await rollBackChange(db, db.contextOf(tenant), { id: source })).id; }, after: clear },
    { before: async () => { id = await askedForPreview(db, shop); }, work: async () => must(await buildPlan(db, db.contextOf(tenant), { id })), after: clear },
  );
  await clearPlans(db, tenant);
  await resetPrices(db, tenant);
  return [line];
}

/** As if the worker had written every row; the way there is another benchmark. */
async function applyAtOnce({ superuser }: BenchDatabase, id: string): Promise<void> {
  await superuser.query(`update variants v set price = i.after_price, compare_at = i.after_compare_at from price_change_items i where i.change_id = $1 and i.state = 'queued' and v.tenant_id = i.tenant_id and v.id = i.variant_id`, [id]);
  await superuser.query(`update price_change_items set state = 'applied', live_price = after_price, live_compare_at = after_compare_at, finished_at = now() where change_id = $1 and state = 'queued'`, [id]);
  await superuser.query(`update price_changes set state = 'applied', finished_at = now() where id = $1`, [id]);
}
