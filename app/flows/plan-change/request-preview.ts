import type { PriceChange } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { changeDto } from '../../domain/pricing/change-dto.ts';
import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/**
 * Asks for a plan; a worker builds it. The state stays as it is until the plan is there, `activity` says that it is being made.
 * Previewing an approved change again takes its approval away. Errors: not_found; conflict `illegal_transition`, `rollback_is_planned`.
 */
export async function requestPreview({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id }: { id: string }): Promise<Result<PriceChange>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change) return problem('not_found', 'price_change_not_found', 'There is no price change with this id.');
    if (change.kind === 'rollback') return problem('conflict', 'rollback_is_planned', 'A rollback is planned when it is made; make a new one to plan it again.');
    const next = nextChangeState(change.state, 'preview');
    if (!next.ok) return next;
    if (change.activity === 'previewing') return ok(changeDto(change, null));
    const updated = await tx.changes.update(id, { activity: 'previewing', failure: null }, ctx.now());
    await tx.journal.append(ctx, { type: 'price_change.preview_requested', aggregateType: 'price_change', aggregateId: id, payload: { changeId: id } });
    return ok(changeDto(updated, null));
  });
}
