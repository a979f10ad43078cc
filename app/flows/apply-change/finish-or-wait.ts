import { completionOf, nextChangeState } from '../../domain/pricing/lifecycle.ts';
import { endingCounts } from '../../domain/pricing/endings.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx } from '../../ports/unit-of-work.ts';
import type { RunApplyDeps } from './apply-deps.ts';
import { endCampaignOf } from './end-campaign-of.ts';
import { beginVerifying, inFirstPart } from './verify-canary.ts';

/** Rows that could be claimed but were not wait behind another change of the same variant, or another worker was quicker. */
const TURN_MS = 1_000;

/** Ends the change when no row is left to write; otherwise says when the next one is due, or that a first part is to be verified. */
export async function finishOrWait(tx: Tx, { quietMs }: Pick<RunApplyDeps, 'quietMs'>, ctx: FlowContext, id: string): Promise<{ comeBackAt: Date | null; verify?: true }> {
  const change = await tx.changes.lock(id);
  if (!change || (change.state !== 'applying' && change.state !== 'paused')) return { comeBackAt: null };
  const due = await tx.items.nextDue(id, ctx.now(), quietMs);
  if (due) return { comeBackAt: new Date(Math.max(due.getTime(), ctx.now().getTime() + TURN_MS)) };
  if (change.state === 'paused') return { comeBackAt: null };
  // Not due and yet queued: all writes of the shop are stopped. Resuming them rings, and so does the tick.
  if (await tx.items.anyQueued(id)) return { comeBackAt: null };
  const counts = await tx.items.countByState(id);
  if (inFirstPart(change)) {
    await beginVerifying(tx, ctx, change);
    return { comeBackAt: null, verify: true };
  }
  const next = nextChangeState(change.state, completionOf(counts));
  if (!next.ok) return { comeBackAt: null };
  await tx.changes.update(id, { state: next.value, finishedAt: ctx.now() }, ctx.now());
  await tx.journal.append(ctx, {
    type: 'price_change.completed', aggregateType: 'price_change', aggregateId: id,
    payload: { changeId: id, state: next.value, counts: endingCounts(counts) }, audit: { action: 'completed', explain: { state: next.value, ...endingCounts(counts) } },
  });
  await endCampaignOf(tx, ctx, change, counts);
  return { comeBackAt: null };
}
