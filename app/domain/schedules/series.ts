import type { RuleSchedule } from '../rules/rule.ts';
import { calendarAfter, nextOccurrences } from './occurrences.ts';
import type { Occurrence } from './occurrences.ts';
import { windowFrom } from './timing.ts';

/** So long before its start a change of a series is planned, so that it can be approved in time. */
export const PLAN_AHEAD_MS = 3_600_000;

export interface NextOfSeries {
  readonly window: Occurrence;
  readonly startsAt: Date;
  readonly endsAt: Date | null;
  readonly planAt: Date;
  /** Whether another window comes after it. */
  readonly more: boolean;
  /** Windows that do not run, in words; null where there are none. */
  readonly note: string | null;
}

/** What comes after the window that began at `last`, for a scheduler that looks at `now`; null where nothing is left. */
export function nextOfSeries(schedule: RuleSchedule, last: Date, now: Date): NextOfSeries | null {
  const found = windowFrom(schedule, last.getTime(), now.getTime());
  if (!found) return null;
  const { window, missed } = found;
  const skipped = calendarAfter(schedule, last.getTime(), 50).filter(({ startsAt, remarks }) => startsAt <= window.startsAt && remarks.includes('skipped'));
  const notes = [
    ...(missed > 0 ? [missed === 1 ? 'The window before this one went by while nothing could run.' : `${missed} windows before this one went by while nothing could run.`] : []),
    ...skipped.map(({ startLocal }) => `The window of ${startLocal.replace('T', ' ')} does not run: the clock of ${schedule.timeZone} jumps over it.`),
  ];
  return {
    window, startsAt: new Date(window.startsAt), endsAt: window.endsAt === null ? null : new Date(window.endsAt),
    planAt: new Date(Math.max(now.getTime(), window.startsAt - PLAN_AHEAD_MS)),
    more: nextOccurrences(schedule, window.startsAt, 1).length > 0, note: notes.length ? notes.join(' ') : null,
  };
}
