import type { ChangeSummary } from '@calibr/types';
import type { ChangeRow } from '../../domain/pricing/change.ts';
import { NOT_AUTOMATIC, blockedByFindings } from '../../domain/policies/approvals.ts';
import { findingsOf } from '../../domain/policies/approvals-dto.ts';
import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import { runTimes } from '../../domain/schedules/timing.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx } from '../../ports/unit-of-work.ts';

const WAITS = 'It waits for approval, because it is not what was approved last: ';
const NOTHING = 'There is nothing to change in this window.';

/** What became of a plan that made itself. */
export type Settled = 'approved' | 'given up' | 'open';

/**
 * What happens to the plan of a run that nobody watches, as soon as it is there. A run of a series whose every row is as it was approved
 * before is approved with that approval; any other waits, and says why. A run after a change of the catalog that finds nothing to
 * change is given up. The change is locked and previewed.
 */
export async function settleRun(tx: Tx, ctx: FlowContext, change: ChangeRow): Promise<Settled> {
  if (change.seriesId === null || change.seriesId === change.id || change.state !== 'previewed') return 'open';
  const planned = (change.summary as ChangeSummary | null)?.planned ?? 0;
  if (change.occurrenceAt === null) return planned === 0 ? giveUp(tx, ctx, change) : 'open';
  const note = (text: string) => tx.changes.update(change.id, { note: [lasting(change.note), text].filter(Boolean).join(' ') }, ctx.now());
  if (planned === 0) {
    await note(NOTHING);
    return 'open';
  }
  const before = await tx.schedules.lastApproved(change);
  if (!before) return 'open';
  const differs = await differences(tx, change, before);
  if (differs === null) return carryOver(tx, ctx, change, before);
  await note(`${WAITS}${differs}.`);
  return 'open';
}

/** What the note said before any plan was made, such as which windows went by; what it said of an earlier plan is over. */
function lasting(note: string | null): string {
  const ofPlans = [WAITS, NOTHING, NOT_AUTOMATIC].map((words) => note?.indexOf(words) ?? -1).filter((at) => at >= 0);
  return (ofPlans.length ? note!.slice(0, Math.min(...ofPlans)) : (note ?? '')).trim();
}

/** Why the plan is not the one that was approved before; null where it does exactly the same. */
async function differences(tx: Tx, change: ChangeRow, before: ChangeRow): Promise<string | null> {
  if (change.contentHash !== null && change.contentHash === before.contentHash && change.policyVersion === before.policyVersion && change.currencyCode === before.currencyCode) return null;
  const rows = await tx.schedules.differingRows(change.id, before.id);
  const why = [
    ...(change.ruleVersion === before.ruleVersion ? [] : [`its rule went from version ${before.ruleVersion} to ${change.ruleVersion}`]),
    ...(change.policyVersion === before.policyVersion ? [] : ['the policies of the shop changed']),
    ...(rows > 0 ? [rows === 1 ? '1 row differs' : `${rows} rows differ`] : []),
  ];
  return why.length ? why.join(', ') : 'its rows come in another order';
}

async function carryOver(tx: Tx, ctx: FlowContext, change: ChangeRow, before: ChangeRow): Promise<Settled> {
  const next = nextChangeState(change.state, 'approve');
  const times = runTimes(change, ctx.now());
  if (!next.ok || !times.ok || change.planHash === null || before.approvedBy === null || blockedByFindings(findingsOf(change))) return 'open';
  const now = ctx.now();
  const comment = `Approved with the run of ${before.occurrenceAt?.toISOString().slice(0, 10) ?? before.createdAt.toISOString().slice(0, 10)}: every row is as it was then.`;
  await tx.decisions.add({ id: ctx.newId(), changeId: change.id, planHash: change.planHash, decision: 'approve', actor: before.approvedBy, role: 'system', comment, createdAt: now });
  await tx.changes.update(change.id, {
    state: next.value, approvedHash: change.planHash, approvedBy: before.approvedBy, approvedAt: now, approvalComment: comment, approvalsRequired: before.approvalsRequired, staleReason: null, ...times.value,
  }, now);
  await tx.journal.append(ctx, {
    type: 'price_change.approved', aggregateType: 'price_change', aggregateId: change.id,
    payload: { changeId: change.id, planHash: change.planHash, approvedBy: before.approvedBy, comment },
    audit: { action: 'approved', explain: { planHash: change.planHash, comment, with: before.id, by: actorText(ctx.actor) } },
  });
  return 'approved';
}

async function giveUp(tx: Tx, ctx: FlowContext, change: ChangeRow): Promise<Settled> {
  const comment = 'The catalog changed, but no price has to.';
  const cancelledRows = await tx.items.cancelQueued(change.id, ctx.now());
  await tx.changes.update(change.id, { state: 'cancelled', finishedAt: ctx.now(), note: comment }, ctx.now());
  await tx.journal.append(ctx, {
    type: 'price_change.cancelled', aggregateType: 'price_change', aggregateId: change.id,
    payload: { changeId: change.id, fromState: change.state, cancelledRows, comment }, audit: { action: 'cancelled', explain: { cancelledRows, comment } },
  });
  return 'given up';
}
