import type { PriceChange, Schedule } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { changeDto, nextRunsDto } from '../../domain/pricing/change-dto.ts';
import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import { Findings } from '../../domain/rules/findings.ts';
import type { RuleSchedule } from '../../domain/rules/rule.ts';
import { checkSchedule } from '../../domain/rules/schedule.ts';
import { timingOf } from '../../domain/schedules/timing.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/**
 * Lets an approved change run at other times than it was to: it starts by itself at a wall-clock time of an IANA zone, a time in the
 * past means now; with an end it is a campaign, without one it is none; with a recurrence it begins a series.
 * Errors: not_found; invalid `invalid_schedule`, `window_over` (its end, or its last window, has passed), both with pointers;
 * conflict `illegal_transition`, `campaign_on_price_list_not_supported`.
 */
export async function scheduleChange({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id, schedule }: { id: string; schedule: Schedule }): Promise<Result<PriceChange>> {
  const findings = new Findings();
  checkSchedule(schedule, '', findings);
  if (findings.errors.length) return problem('invalid', 'invalid_schedule', findings.errors[0]!.message, findings.errors);
  const timing = timingOf(schedule as RuleSchedule, ctx.now());
  if (!timing.ok) {
    const pointer = schedule.recurrence ? '/recurrence' : '/endAt';
    return problem('invalid', 'window_over', 'The end of this schedule has passed.', [{ pointer, code: 'window_over', message: 'This time has passed.' }]);
  }
  const { scheduleAt, endAt, occurrenceAt } = timing.value;
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change) return problem('not_found', 'price_change_not_found', 'There is no price change with this id.');
    if (change.priceListId && endAt !== null) return problem('conflict', 'campaign_on_price_list_not_supported', 'A change of a price list cannot end by itself yet; leave out the end and roll it back when it is over.');
    const next = nextChangeState(change.state, 'schedule');
    if (!next.ok) return next;
    // A run of a saved rule stays the run of its window, whenever it is.
    const ofRule = change.seriesId !== null && change.seriesId === change.ruleId && occurrenceAt === null;
    const times = ofRule ? { scheduleAt, endAt } : { ...timing.value, seriesId: occurrenceAt ? id : null };
    const updated = await tx.changes.update(id, { state: next.value, scheduleJson: schedule, ...times, failure: null, note: null }, ctx.now());
    const startsAt = scheduleAt!.toISOString();
    const endsAt = endAt?.toISOString() ?? null;
    await tx.journal.append(ctx, {
      type: 'price_change.scheduled', aggregateType: 'price_change', aggregateId: id,
      payload: { changeId: id, schedule, startsAt, endsAt }, audit: { action: 'scheduled', explain: { schedule, startsAt, endsAt } },
    });
    return ok({ ...changeDto(updated, null), ...nextRunsDto(updated, ctx.now()) });
  });
}
