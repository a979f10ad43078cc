import type { PlannedRun } from '@calibr/types';
import type { RuleSchedule } from '../rules/rule.ts';
import { calendarAfter, occurrencesFrom } from './occurrences.ts';
import type { Occurrence } from './occurrences.ts';
import { windowNow } from './timing.ts';

/** So many next windows are told. */
export const NEXT_RUNS = 5;

function runDto(window: Occurrence): PlannedRun {
  return {
    startsAt: new Date(window.startsAt).toISOString(), endsAt: window.endsAt === null ? null : new Date(window.endsAt).toISOString(),
    startLocal: window.startLocal, endLocal: window.endLocal, remarks: [...window.remarks],
  };
}

/** The window that runs now and those after it, skipped ones in their place; empty when all are over. */
export function nextRunsOf(schedule: RuleSchedule, now: Date, from: Date | null = null): PlannedRun[] {
  const current = from === null ? windowNow(schedule, now.getTime()) : null;
  const after = from?.getTime() ?? current?.startsAt;
  if (after === undefined || (current?.endsAt && current.endsAt <= now.getTime())) return [];
  return calendarAfter(schedule, after - 1, NEXT_RUNS).map(runDto);
}

/** The first window of a schedule, for saying when something that was not approved yet would run. */
export function firstWindow(schedule: RuleSchedule): Occurrence | null {
  for (const window of occurrencesFrom(schedule, Number.NEGATIVE_INFINITY)) {
    if (!window.remarks.includes('skipped')) return window;
  }
  return null;
}
