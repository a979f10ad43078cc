import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import type { ChangeRow } from '../../domain/pricing/change.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

/** Far more than a shop has open at once. */
const AT_ONCE = 200;
const OPEN = ['applying', 'approved', 'scheduled', 'previewed'] as const;

/**
 * After the shop changed its currency: a plan's amounts are of the one before. What is being written pauses, what is approved loses its
 * approval, and plans that wait for one are stale; each says why. Prices of markets have currencies of their own and go on. Run again it
 * does nothing more. Answers how many changes it touched.
 */
export async function followCurrency({ uow }: { readonly uow: UnitOfWork }, ctx: FlowContext): Promise<number> {
  const ids = await uow.run(ctx.tenantId, async (tx) => {
    const found: string[] = [];
    for (const state of OPEN) found.push(...(await tx.changes.list({ state }, { limit: AT_ONCE, cursor: null })).data.map(({ id }) => id));
    return found;
  });
  let touched = 0;
  for (const id of ids) touched += (await uow.run(ctx.tenantId, (tx) => followOne(tx, ctx, id))) ? 1 : 0;
  return touched;
}

async function followOne(tx: Tx, ctx: FlowContext, id: string): Promise<boolean> {
  const [change, tenant] = [await tx.changes.lock(id), await tx.tenant.get()];
  if (!change || !tenant || change.priceListId || change.currencyCode === tenant.currencyCode) return false;
  const reason = `The shop's currency changed from ${change.currencyCode} to ${tenant.currencyCode}, and this plan was made in ${change.currencyCode}.`;
  switch (change.state) {
    case 'applying': return pause(tx, ctx, change, `${reason} Cancel it and make a new price change for the rest.`);
    case 'approved':
    case 'scheduled': return withoutApproval(tx, ctx, change, `${reason} Make a new price change.`);
    case 'previewed': return stale(tx, ctx, change);
    default: return false;
  }
}

async function pause(tx: Tx, ctx: FlowContext, change: ChangeRow, reason: string): Promise<boolean> {
  const next = nextChangeState(change.state, 'pause');
  if (!next.ok) return false;
  const facts = { code: 'currency_changed', reason };
  await tx.changes.update(change.id, { state: next.value, pauseCode: facts.code, pauseReason: reason }, ctx.now());
  await tx.journal.append(ctx, { type: 'price_change.paused', aggregateType: 'price_change', aggregateId: change.id, payload: { changeId: change.id, ...facts }, audit: { action: 'paused', explain: facts } });
  return true;
}

async function withoutApproval(tx: Tx, ctx: FlowContext, change: ChangeRow, reason: string): Promise<boolean> {
  const next = nextChangeState(change.state, 'void_approval');
  if (!next.ok || change.approvedHash === null) return false;
  await tx.decisions.add({ id: ctx.newId(), changeId: change.id, planHash: change.approvedHash, decision: 'void', actor: actorText(ctx.actor), role: 'system', comment: reason, createdAt: ctx.now() });
  await tx.changes.update(change.id, {
    state: next.value, approvedHash: null, approvedBy: null, approvedAt: null, approvalComment: null, approvalsRequired: null, failure: null, staleReason: 'currency_changed' }, ctx.now());
  const facts = { code: 'currency_changed', reason };
  await tx.journal.append(ctx, {
    type: 'price_change.approval_voided', aggregateType: 'price_change', aggregateId: change.id,
    payload: { changeId: change.id, planHash: change.approvedHash, ...facts }, audit: { action: 'approval_voided', explain: { reason } },
  });
  return true;
}

async function stale(tx: Tx, ctx: FlowContext, change: ChangeRow): Promise<boolean> {
  if (change.staleReason === 'currency_changed') return false;
  await tx.changes.update(change.id, { staleReason: 'currency_changed' }, ctx.now());
  await tx.journal.append(ctx, {
    type: 'price_change.went_stale', aggregateType: 'price_change', aggregateId: change.id, payload: { changeId: change.id, reason: 'currency_changed' },
    audit: { action: 'went_stale', explain: { reason: 'currency_changed' } },
  });
  return true;
}
