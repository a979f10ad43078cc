import type { EventReplayReport } from '@calibr/types';
import { isProjection, PROJECTIONS } from '../../domain/audit/projections.ts';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/**
 * Folds the log again and compares a projection with what that gives; also walks both hash chains. `rebuild` then makes again what
 * differs, unless the log itself is broken: what is derived from a log that was changed would hide it.
 * Errors: invalid `unknown_projection`; state `log_broken`.
 */
export async function replayProjection(
  { uow }: { uow: UnitOfWork }, ctx: FlowContext, { projection, mode = 'verify' }: { projection: string; mode?: 'verify' | 'rebuild' },
): Promise<Result<EventReplayReport>> {
  if (!isProjection(projection)) {
    const names = Object.keys(PROJECTIONS).map((name) => `"${name}"`).join(' or ');
    return problem('invalid', 'unknown_projection', `The projections that can be replayed are ${names}.`, [{ pointer: '/projection', code: 'unknown_projection', message: `Use ${names}.` }]);
  }
  return uow.run(ctx.tenantId, async (tx) => {
    const broken = (await tx.journal.brokenLink('events')) ?? (await tx.journal.brokenLink('audit'));
    if (mode === 'rebuild' && broken !== null) return problem('conflict', 'log_broken', `The chain of the log is broken at entry ${broken}: nothing is made again from it. Keep a copy of the database and look into it.`);
    const differences = await tx.journal.differences(projection);
    const rebuilt = mode === 'rebuild' ? await tx.journal.rebuild(projection) : 0;
    if (rebuilt > 0) {
      await tx.journal.append(ctx, {
        type: 'projection.rebuilt', aggregateType: 'projection', aggregateId: projection, payload: { projection, differences: differences.length, rebuilt },
        audit: { action: 'rebuilt', explain: { name: PROJECTIONS[projection].title, differences: differences.length, rebuilt } },
      });
    }
    return ok({ projection, mode, chainIntact: broken === null, brokenAt: broken === null ? null : Number(broken), differences: [...differences], rebuilt });
  });
}
