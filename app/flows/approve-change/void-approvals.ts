import type { PolicyInForce } from '../../domain/policies/policy.ts';
import type { ChangeRow } from '../../domain/pricing/change.ts';
import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

interface Void {
  readonly code: 'rule_changed' | 'policy_changed';
  readonly reason: string;
}

/**
 * Takes the approval from changes that were approved under another version of this rule, or under other policies than those in force.
 * They go back to previewed and say why; what is being written already goes on. Run twice it does nothing more.
 */
export async function voidApprovals({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { ruleId }: { ruleId: string | null }): Promise<number> {
  const ids = await uow.run(ctx.tenantId, async (tx) => {
    if (ruleId === null) return tx.policies.approvedUnderOther({ policyVersion: (await tx.policies.inForce()).version });
    return tx.policies.approvedUnderOther({ ruleId, ruleVersion: (await tx.rules.get(ruleId))?.version ?? null });
  });
  let voided = 0;
  for (const id of ids) voided += (await uow.run(ctx.tenantId, (tx) => voidOne(tx, ctx, id))) ? 1 : 0;
  return voided;
}

async function voidOne(tx: Tx, ctx: FlowContext, id: string): Promise<boolean> {
  const change = await tx.changes.lock(id);
  const next = change && nextChangeState(change.state, 'void_approval');
  if (!change || !next?.ok || change.kind === 'rollback' || change.approvedHash === null) return false;
  const why = await outdated(tx, change, await tx.policies.inForce());
  if (!why) return false;
  await tx.decisions.add({ id: ctx.newId(), changeId: id, planHash: change.approvedHash, decision: 'void', actor: actorText(ctx.actor), role: 'system', comment: why.reason, createdAt: ctx.now() });
  await tx.changes.update(id, { state: next.value, approvedHash: null, approvedBy: null, approvedAt: null, approvalComment: null, approvalsRequired: null, failure: null }, ctx.now());
  await tx.journal.append(ctx, {
    type: 'price_change.approval_voided', aggregateType: 'price_change', aggregateId: id,
    payload: { changeId: id, planHash: change.approvedHash, ...why }, audit: { action: 'approval_voided', explain: { reason: why.reason } },
  });
  return true;
}

async function outdated(tx: Tx, change: ChangeRow, policy: PolicyInForce): Promise<Void | null> {
  if (change.ruleId !== null) {
    const version = (await tx.rules.get(change.ruleId))?.version ?? null;
    if (version === null) return { code: 'rule_changed', reason: 'The rule of this plan was deleted after it was approved.' };
    if (version !== change.ruleVersion) return { code: 'rule_changed', reason: `The rule changed from version ${change.ruleVersion} to ${version} after this plan was approved; preview it and have it approved again.` };
  }
  if (change.policyVersion === policy.version) return null;
  return { code: 'policy_changed', reason: `The shop's policies changed to version ${policy.version} after this plan was approved; preview it and have it approved again.` };
}
