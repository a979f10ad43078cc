import { runApply } from '../../app/flows/apply-change/run-apply.ts';
import { buildPlan } from '../../app/flows/plan-change/build-plan.ts';
import { rollBackChange } from '../../app/flows/roll-back-change/roll-back.ts';
import type { TenantId } from '../../app/domain/kernel/ids.ts';
import type { BenchDatabase } from '../bench-database.ts';
import { compare } from '../measure.ts';
import type { Line } from '../measure.ts';
import { applying, askedForPreview, clearPlans, must } from '../planned-change.ts';
import { instantShop, livePrices, mustBeApplied, resetPrices } from './apply.ts';

/** The plan of the way back of an applied change against a preview of as many rows. */
export async function benchRollback(db: BenchDatabase, rows: number, tenant: TenantId): Promise<Line[]> {
  const source = await applying(db, tenant);
  const { channel } = instantShop(await livePrices(db, tenant));
  await runApply({ uow: db.uow, channel, owner: 'bench', leaseMs: 60_000, quietMs: 45_000, concurrency: 8, maxAttempts: 8, random: () => 0.5 }, db.contextOf(tenant), { id: source }, new AbortController().signal);
  await mustBeApplied(db, tenant, source);
  await db.superuser.query('vacuum analyze price_change_items, variants');
  let id = '';
  const clear = (): Promise<unknown> => db.superuser.query('delete from price_change_items where change_id = $1', [id]).then(() => db.superuser.query('vacuum price_change_items'));
  const line = await compare(
    { name: 'rollback plan', rows, goal: 1.2, note: 'bare: a preview of as many rows' },
    { work: async () => { id = must(await rollBackChange(db, db.contextOf(tenant), { id: source })).id; }, after: clear },
    { before: async () => { id = await askedForPreview(db, tenant); }, work: async () => must(await buildPlan(db, db.contextOf(tenant), { id })), after: clear },
  );
  await clearPlans(db, tenant);
  await resetPrices(db, tenant);
  return [line];
}
