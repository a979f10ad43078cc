import type { ChangeSummary } from '@calibr/types';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { AUTOMATIC_ACTOR, AUTOMATIC_APPROVER, NOT_AUTOMATIC, judgeAutomatic } from '../../domain/policies/approvals.ts';
import { countingApprovals } from '../../domain/policies/approvals-dto.ts';
import { startOfDay } from '../../domain/policies/local-time.ts';
import { planFindings } from '../../domain/policies/plan-guard.ts';
import type { PlanFinding } from '../../domain/policies/plan-guard.ts';
import type { PolicyInForce } from '../../domain/policies/policy.ts';
import { compileRowGuard } from '../../domain/policies/row-guard.ts';
import type { RowGuard } from '../../domain/policies/row-guard.ts';
import type { ChangeRow } from '../../domain/pricing/change.ts';
import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import type { Rule, Selector } from '../../domain/rules/rule.ts';
import { runTimes } from '../../domain/schedules/timing.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx } from '../../ports/unit-of-work.ts';

/** The policies of the shop as one plan keeps them. */
export interface PlanGuards {
  readonly policy: PolicyInForce;
  readonly guard: RowGuard;
  /** The rule's selector, asking also for the facts that frozen products are known by. */
  readonly selector: Selector;
  /** What each variant was sent today, where the daily cap asks for it. */
  sentToday(variantIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** What the guardrails say about the whole plan. */
  findings(summary: ChangeSummary): Promise<PlanFinding[]>;
}

const NOTHING: ReadonlyMap<string, number> = new Map();

/** Reads the policies in force and compiles them for a rule. `startsAt`: when the plan would be written, in milliseconds. */
export async function loadGuards(tx: Tx, ctx: FlowContext, { rule, currency, timeZone, startsAt }: { rule: Rule; currency: CurrencyCode; timeZone: string; startsAt: number }): Promise<PlanGuards> {
  const policy = await tx.policies.inForce();
  const { guardrails } = policy.document;
  const today = startOfDay(ctx.now(), timeZone);
  // What was written today says nothing about the day on which a scheduled plan starts.
  const counts = guardrails.maxWritesPerVariantPerDay !== undefined && startOfDay(new Date(startsAt), timeZone).getTime() === today.getTime();
  const frozen = guardrails.frozen?.selector;
  return {
    policy,
    guard: compileRowGuard(guardrails, rule.transform, currency),
    selector: frozen ? { all: [rule.selector, { any: [{ all: [] }, frozen] }] } : rule.selector,
    sentToday: async (variantIds) => (counts ? tx.policies.writesSince(variantIds, today) : NOTHING),
    findings: async (summary) => planFindings(policy.document, summary, await catalogVariants(tx, policy), currency),
  };
}

/** Counting a large catalog takes its time, so only where something asks for it. */
async function catalogVariants(tx: Tx, { document: { guardrails, approvals } }: PolicyInForce): Promise<number> {
  if (!guardrails.maxShareOfCatalogPercent && approvals.automatic?.maxShareOfCatalogPercent === undefined) return 0;
  return (await tx.catalog.counts()).variants;
}

/** A new plan takes the approvals of the old one away, and says so. Call it while the change is as it was. */
export async function voidByPreview(tx: Tx, ctx: FlowContext, change: ChangeRow): Promise<void> {
  if (change.planHash === null) return;
  if (change.approvedHash === null && countingApprovals(await tx.decisions.list(change.id), change.planHash).length === 0) return;
  const reason = 'It was previewed again; the new plan needs approval of its own.';
  await tx.decisions.add({ id: ctx.newId(), changeId: change.id, planHash: change.planHash, decision: 'void', actor: actorText(ctx.actor), role: 'system', comment: reason, createdAt: ctx.now() });
  await tx.journal.append(ctx, {
    type: 'price_change.approval_voided', aggregateType: 'price_change', aggregateId: change.id,
    payload: { changeId: change.id, planHash: change.planHash, reason, code: 'previewed_again' }, audit: { action: 'approval_voided', explain: { reason } },
  });
}

/**
 * Approves a plan in the name of the policies, where they allow it for a plan of this kind. The change is locked and previewed; answers
 * whether it was approved.
 */
export async function approveAutomatically(tx: Tx, ctx: FlowContext, change: ChangeRow, policy: PolicyInForce): Promise<boolean> {
  const summary = change.summary as ChangeSummary | null;
  const next = nextChangeState(change.state, 'approve');
  if (!next.ok || summary === null || change.planHash === null || policy.document.approvals.automatic === null) return false;
  const verdict = judgeAutomatic(policy.document.approvals, summary, (summary.findings ?? []) as PlanFinding[], await catalogVariants(tx, policy));
  const times = runTimes(change, ctx.now());
  if (!verdict.approve || !times.ok) {
    const why = verdict.approve ? '' : `${NOT_AUTOMATIC}${verdict.reason}`;
    if (why !== '' && (change.note === null || change.note.startsWith(NOT_AUTOMATIC))) await tx.changes.update(change.id, { note: why }, ctx.now());
    return false;
  }
  const now = ctx.now();
  await tx.decisions.add({ id: ctx.newId(), changeId: change.id, planHash: change.planHash, decision: 'approve', actor: AUTOMATIC_ACTOR, role: 'system', comment: verdict.reason, createdAt: now });
  await tx.changes.update(change.id, {
    state: next.value, approvedHash: change.planHash, approvedBy: AUTOMATIC_ACTOR, approvedAt: now, approvalComment: verdict.reason, approvalsRequired: 1, note: null, staleReason: null, ...times.value,
  }, now);
  await tx.journal.append({ ...ctx, actor: AUTOMATIC_APPROVER }, {
    type: 'price_change.approved', aggregateType: 'price_change', aggregateId: change.id,
    payload: { changeId: change.id, planHash: change.planHash, approvedBy: AUTOMATIC_ACTOR, comment: verdict.reason },
    audit: { action: 'approved', explain: { planHash: change.planHash, comment: verdict.reason, policyVersion: policy.version } },
  });
  return true;
}
