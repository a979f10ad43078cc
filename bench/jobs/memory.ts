import { applyChange } from '../../app/flows/apply-change/control.ts';
import { runApply } from '../../app/flows/apply-change/run-apply.ts';
import { buildPlan } from '../../app/flows/plan-change/build-plan.ts';
import type { BenchDatabase } from '../bench-database.ts';
import { PLAN_RULE } from '../made-catalog.ts';
import { memoryGrowth } from '../measure.ts';
import type { Line } from '../measure.ts';
import { approvePlan, askedForPreview, clearPlans, must } from '../planned-change.ts';
import type { Shop } from '../planned-change.ts';
import { APPLY_SETTINGS, instantShop, livePrices, resetPrices } from './bookkeeping.ts';

/** What PERFORMANCE.md allows, in MB. */
const ALLOWED = 150;

/** How much the process grows while a plan of the whole catalog is made, checked and started, and written. Once each: memory is no matter of luck. */
export async function benchMemory(db: BenchDatabase, { tenant, rows }: Shop): Promise<Line[]> {
  const ctx = db.contextOf(tenant);
  const lines: Line[] = [];
  const measure = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    const start = performance.now();
    const ours = await memoryGrowth(work);
    lines.push({ name, rows, ours, bare: ALLOWED, ratio: ours / ALLOWED, runs: 1, goal: 1, unit: 'MB', note: `bare: what is allowed; took ${((performance.now() - start) / 1000).toFixed(1)} s` });
  };
  const id = await askedForPreview(db, { tenant, rows, planned: rows, rule: PLAN_RULE });
  await measure('memory, preview', async () => must(await buildPlan(db, ctx, { id })));
  await approvePlan(db, tenant, id);
  await measure('memory, apply started', async () => must(await applyChange(db, ctx, { id })));
  await db.superuser.query('vacuum analyze price_change_items');
  const shop = instantShop(await livePrices(db, tenant));
  await measure('memory, apply', () => runApply({ ...APPLY_SETTINGS, uow: db.uow, channel: shop.channel }, ctx, { id }, new AbortController().signal));
  await clearPlans(db, tenant);
  await resetPrices(db, tenant);
  return lines;
}
