import type { PriceChangeDecision } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { decisionDto } from '../../domain/policies/approvals-dto.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/** Adds a comment to a change, whatever its state. Errors: not_found; invalid `comment_missing`. */
export async function commentChange({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id, comment, role = 'editor' }: { id: string; comment: string; role?: string }): Promise<Result<PriceChangeDecision>> {
  const text = comment.trim();
  if (text === '') return problem('invalid', 'comment_missing', 'A comment needs words.', [{ pointer: '/comment', code: 'required', message: 'Write something.' }]);
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change) return problem('not_found', 'price_change_not_found', 'There is no price change with this id.');
    const row = { id: ctx.newId(), changeId: id, planHash: change.planHash, decision: 'comment' as const, actor: actorText(ctx.actor), role, comment: text, createdAt: ctx.now() };
    await tx.decisions.add(row);
    await tx.journal.append(ctx, {
      type: 'price_change.commented', aggregateType: 'price_change', aggregateId: id,
      payload: { changeId: id, planHash: change.planHash, comment: text }, audit: { action: 'commented', explain: { comment: text } },
    });
    return ok(decisionDto(row));
  });
}
