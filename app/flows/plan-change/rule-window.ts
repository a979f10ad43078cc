import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { windowSchedule } from '../../domain/pricing/rule-change.ts';
import type { RuleSchedule } from '../../domain/rules/rule.ts';
import { windowNow } from '../../domain/schedules/timing.ts';

/** The window of a schedule that runs now or comes next, as a schedule of its own. Errors: conflict `window_over`. */
export function ownWindow(schedule: RuleSchedule, now: Date): Result<RuleSchedule> {
  const window = windowNow(schedule, now.getTime());
  if (!window || (window.endsAt !== null && window.endsAt <= now.getTime())) return problem('conflict', 'window_over', 'The time of this rule\u2019s schedule is over; change its schedule before running it.');
  return ok(windowSchedule(schedule.timeZone, window));
}
