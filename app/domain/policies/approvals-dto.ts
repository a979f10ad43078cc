import type { ChangeApprovals, PriceChangeDecision } from '@calibr/types';
import type { ChangeRow } from '../pricing/change.ts';
import { approversRequired } from './approvals.ts';
import type { PlanFinding } from './plan-guard.ts';
import type { PolicyInForce } from './policy.ts';

/** What someone decided or said about a price change. */
export interface Decision {
  readonly id: string;
  readonly changeId: string;
  readonly planHash: string | null;
  readonly decision: 'approve' | 'reject' | 'comment' | 'void';
  readonly actor: string;
  readonly role: string;
  readonly comment: string | null;
  readonly createdAt: Date;
}

/** Approvals of this plan that count: one for each person, none from before the last time that approvals were voided. */
export function countingApprovals<D extends Pick<Decision, 'decision' | 'planHash' | 'actor'>>(decisions: readonly D[], planHash: string | null): readonly D[] {
  const given = new Map<string, D>();
  for (const row of decisions) {
    if (row.decision === 'void') given.clear();
    else if (row.decision === 'approve' && row.planHash === planHash && planHash !== null && !given.has(row.actor)) given.set(row.actor, row);
  }
  return [...given.values()];
}

export function findingsOf(change: Pick<ChangeRow, 'summary'>): readonly PlanFinding[] {
  return (change.summary?.findings ?? []) as readonly PlanFinding[];
}

/** Hours after which a plan is too old to be approved. */
export function planMaxAge(policy: PolicyInForce, configuredHours: number): number {
  return policy.document.approvals.planMaxAgeHours ?? configuredHours;
}

/** Who approved and who still must; null before the first preview. */
export function approvalsDto(change: ChangeRow, policy: PolicyInForce, decisions: readonly Decision[], configuredHours: number): ChangeApprovals | null {
  if (change.planHash === null) return null;
  const { approvals } = policy.document;
  const waits = change.state === 'previewed' || change.state === 'draft';
  const last = decisions.findLast(({ decision }) => decision === 'void' || decision === 'approve');
  const expiresAt = waits && change.previewedAt ? new Date(change.previewedAt.getTime() + planMaxAge(policy, configuredHours) * 3_600_000).toISOString() : null;
  return {
    required: waits ? approversRequired(approvals, findingsOf(change)) : (change.approvalsRequired ?? 1), role: approvals.role, ownChangeAllowed: approvals.ownChangeAllowed, expiresAt,
    given: countingApprovals(decisions, change.planHash).map(({ actor, role, comment, createdAt }) => ({ actor, role, comment, at: createdAt.toISOString() })),
    voided: waits && last?.decision === 'void' ? { reason: last.comment ?? '', at: last.createdAt.toISOString() } : null,
  };
}

export function decisionDto({ createdAt, ...row }: Decision): PriceChangeDecision {
  return { id: row.id, changeId: row.changeId, planHash: row.planHash, decision: row.decision, actor: row.actor, role: row.role, comment: row.comment, createdAt: createdAt.toISOString() };
}
