import type { PriceChange, Schedule } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { changeDto } from '../../domain/pricing/change-dto.ts';
import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import { checkSchedule } from '../../domain/rules/schedule.ts';
import { resolveWallClock } from '../../domain/schedules/wall-clock.ts';
import { Findings } from '../../domain/rules/findings.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/**
 * Lets an approved change start by itself at a wall-clock time of an IANA zone; a time in the past means now.
 * Errors: not_found; invalid `invalid_schedule`, `end_not_supported`; conflict `illegal_transition`.
 */
export async function scheduleChange({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id, schedule }: { id: string; schedule: Schedule }): Promise<Result<PriceChange>> {
  const findings = new Findings();
  checkSchedule(schedule, '', findings);
  if (findings.errors.length) return problem('invalid', 'invalid_schedule', findings.errors[0]!.message, findings.errors);
  if (schedule.endAt) {
    return problem('invalid', 'end_not_supported', 'A change that ends by itself is a campaign, which this version cannot run yet; leave endAt out and roll the change back when it should end.', [{ pointer: '/endAt', code: 'end_not_supported', message: 'Leave endAt out.' }]);
  }
  const startsAt = new Date(resolveWallClock(schedule.startAt, schedule.timeZone)!);
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change) return problem('not_found', 'price_change_not_found', 'There is no price change with this id.');
    const next = nextChangeState(change.state, 'schedule');
    if (!next.ok) return next;
    const updated = await tx.changes.update(id, { state: next.value, scheduleJson: schedule, scheduleAt: startsAt }, ctx.now());
    await tx.journal.append(ctx, {
      type: 'price_change.scheduled', aggregateType: 'price_change', aggregateId: id,
      payload: { changeId: id, schedule, startsAt: startsAt.toISOString(), endsAt: null }, audit: { action: 'scheduled', explain: { schedule, startsAt: startsAt.toISOString() } },
    });
    return ok(changeDto(updated, null));
  });
}
