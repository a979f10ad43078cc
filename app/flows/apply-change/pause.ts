import type { PriceChangePauseCode } from '@calibr/types';
import type { ChangeRow } from '../../domain/pricing/change.ts';
import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { ok } from '../../domain/kernel/result.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { ChangeFacts } from '../../ports/change-store.ts';
import type { ChannelFailure } from '../../ports/price-channel.ts';
import type { Tx } from '../../ports/unit-of-work.ts';

/**
 * Pauses a change that is held under lock: a code for programs, sentences for people, and other facts of the same moment. Rows that
 * are being written finish; nothing new is. Errors: conflict `illegal_transition`.
 */
export async function pauseLocked(
  tx: Tx, ctx: FlowContext, change: ChangeRow, { code, reason, facts = {} }: { code: PriceChangePauseCode; reason: string; facts?: ChangeFacts },
): Promise<Result<ChangeRow>> {
  const next = nextChangeState(change.state, 'pause');
  if (!next.ok) return next;
  const paused = await tx.changes.update(change.id, { ...facts, state: next.value, pauseCode: code, pauseReason: reason }, ctx.now());
  await tx.journal.append(ctx, {
    type: 'price_change.paused', aggregateType: 'price_change', aggregateId: change.id,
    payload: { changeId: change.id, code, reason }, audit: { action: 'paused', explain: { code, reason } },
  });
  return ok(paused);
}

/** Whether nothing more can be read or written until a person acts. */
export function mustPause({ kind }: ChannelFailure): boolean {
  return kind === 'unauthorized' || kind === 'uninstalled';
}

/** As `pauseLocked`, because of a failure that `mustPause`: what the shop no longer lets us do. */
export function pauseWithoutAccess(tx: Tx, ctx: FlowContext, change: ChangeRow, failure: ChannelFailure, what: 'read' | 'write'): Promise<Result<ChangeRow>> {
  return pauseLocked(tx, ctx, change, failure.kind === 'uninstalled'
    ? { code: 'app_uninstalled', reason: 'The app is no longer installed in this shop.' }
    : { code: 'token_revoked', reason: `Shopify no longer lets Calibrate ${what} prices: ${failure.detail}` });
}
