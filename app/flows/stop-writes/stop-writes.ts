import type { WriteSwitch } from '@calibr/types';
import { timeOrNull } from '../../domain/kernel/money-dto.ts';
import { ok } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

async function switchDto(tx: Tx, ctx: FlowContext): Promise<WriteSwitch> {
  const { stopped, since, by, reason } = await tx.writes.get();
  const { inFlight, applying, scheduled } = await tx.writes.waiting(ctx.now());
  return { state: stopped ? 'stopped' : 'allowed', since: timeOrNull(since), by, reason, inFlight, waiting: { applying, scheduled } };
}

/** Whether writing to the shop is allowed or stopped, and what waits for it. */
export async function getWrites({ uow }: { uow: UnitOfWork }, ctx: FlowContext): Promise<Result<WriteSwitch>> {
  return uow.run(ctx.tenantId, async (tx) => ok(await switchDto(tx, ctx)));
}

/**
 * Stops every running and scheduled write of the shop. When this answers, nothing can reach the shop any more but the rows that
 * `inFlight` counts: each had its intent recorded before. Price changes keep their state and wait; rows in doubt are still found out
 * by reading. Stopping twice keeps who stopped first, and why.
 */
export async function stopWrites({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { reason }: { reason?: string | null }): Promise<Result<WriteSwitch>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const why = reason?.trim() || null;
    const stopped = await tx.writes.stop({ by: actorText(ctx.actor), reason: why, now: ctx.now() });
    const now = await switchDto(tx, ctx);
    if (!stopped) return ok(now);
    ctx.log.warn({ reason: why, inFlight: now.inFlight, ...now.waiting }, 'All writes of the shop were stopped');
    await tx.journal.append(ctx, {
      type: 'shop.writes_stopped', aggregateType: 'shop', aggregateId: ctx.tenantId,
      payload: { reason: why, inFlight: now.inFlight }, audit: { action: 'writes_stopped', explain: { reason: why, inFlight: now.inFlight, ...now.waiting } },
    });
    return ok(now);
  });
}

/** Allows writes again. What waited goes on where it was: the event rings for it, and so does the next tick. */
export async function resumeWrites({ uow }: { uow: UnitOfWork }, ctx: FlowContext): Promise<Result<WriteSwitch>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const before = await tx.writes.resume(ctx.now());
    const now = await switchDto(tx, ctx);
    if (!before) return ok(now);
    const told = { stoppedAt: timeOrNull(before.since), stoppedBy: before.by, reason: before.reason };
    ctx.log.info({ ...told, ...now.waiting }, 'Writes of the shop are allowed again');
    await tx.journal.append(ctx, {
      type: 'shop.writes_resumed', aggregateType: 'shop', aggregateId: ctx.tenantId,
      payload: told, audit: { action: 'writes_resumed', explain: { ...told, ...now.waiting } },
    });
    return ok(now);
  });
}
