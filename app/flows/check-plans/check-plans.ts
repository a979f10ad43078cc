import type { FlowContext } from '../../ports/context.ts';
import type { StaleReason } from '../../ports/stale-store.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

const WAITS: ReadonlySet<string> = new Set(['previewed', 'approved', 'scheduled']);

/**
 * Looks which plans that wait no longer fit what they were made from: another version of their rule, other policies, prices or costs that
 * moved. A plan that made itself and is not approved is made again; any other says that it is stale and waits for a person. An approved
 * plan keeps its approval: rows that moved are not written over, and a delta plan takes them up. Running it again changes nothing.
 * `productRef` narrows the look at prices to one product; without it plans that fit again say no more that they are stale. Answers how
 * many plans no longer fit.
 */
export async function checkPlans({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { productRef }: { productRef: bigint | null }): Promise<number> {
  const stale = await uow.run(ctx.tenantId, (tx) => tx.stale.plans(productRef));
  for (const { id, reason } of stale) await uow.run(ctx.tenantId, (tx) => note(tx, ctx, id, reason));
  // A price that went back, or that was a campaign of ours whose row had not been recorded yet.
  const again = productRef === null ? await uow.run(ctx.tenantId, (tx) => tx.stale.fitAgain()) : [];
  for (const id of again) await uow.run(ctx.tenantId, (tx) => fits(tx, ctx, id));
  return stale.length;
}

async function fits(tx: Tx, ctx: FlowContext, id: string): Promise<void> {
  const change = await tx.changes.lock(id);
  if (change?.staleReason === 'prices_moved' && WAITS.has(change.state) && change.activity === null) await tx.changes.update(id, { staleReason: null }, ctx.now());
}

async function note(tx: Tx, ctx: FlowContext, id: string, reason: StaleReason): Promise<void> {
  const change = await tx.changes.lock(id);
  if (!change || !WAITS.has(change.state) || change.activity !== null || change.staleReason !== null) return;
  const madeItself = change.state === 'previewed' && change.seriesId !== null && change.seriesId !== id;
  const plannable = change.ruleId === null || (await tx.rules.get(change.ruleId)) !== null;
  if (madeItself && plannable) {
    await tx.changes.update(id, { activity: 'previewing', failure: null }, ctx.now());
    await tx.journal.append(ctx, { type: 'price_change.preview_requested', aggregateType: 'price_change', aggregateId: id, payload: { changeId: id } });
    return;
  }
  await tx.changes.update(id, { staleReason: reason }, ctx.now());
  await tx.journal.append(ctx, {
    type: 'price_change.went_stale', aggregateType: 'price_change', aggregateId: id, payload: { changeId: id, reason }, audit: { action: 'went_stale', explain: { reason } },
  });
}
