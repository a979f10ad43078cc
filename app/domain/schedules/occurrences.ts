import type { RuleSchedule } from '../rules/rule.ts';
import { recurrenceDays } from './recurrence.ts';
import { DAY_MS, formatWallClock, parseWallClock, zoneClock } from './wall-clock.ts';
import type { Occurs, ZoneClock } from './wall-clock.ts';

/**
 * What the zone's clock changes make of a window.
 * start_in_gap, end_in_gap: the clock jumps over this time; the first moment after it counts
 * start_twice, end_twice: the clock shows this time twice; the first counts
 * skipped: nothing is left of the window (its end is not after its start, or it begins with the one before), so it does not run
 */
export const OCCURRENCE_REMARKS = ['start_in_gap', 'start_twice', 'end_in_gap', 'end_twice', 'skipped'] as const;
export type OccurrenceRemark = (typeof OCCURRENCE_REMARKS)[number];

/** One window of a schedule: as the zone's clock shows it and as instants, in milliseconds since the epoch. */
export interface Occurrence {
  readonly startLocal: string;
  readonly endLocal: string | null;
  readonly startsAt: number;
  /** Null: it does not end. */
  readonly endsAt: number | null;
  readonly remarks: readonly OccurrenceRemark[];
}

/** No list is longer, and nobody is made to look further through a calendar at once. */
const WINDOWS_MAX = 5000;

/**
 * The next windows of a valid schedule that begin after an instant (milliseconds since the epoch), in order, at most `limit`.
 * A schedule without recurrence has one window.
 */
export function nextOccurrences(schedule: RuleSchedule, after: number, limit: number): Occurrence[] {
  const found: Occurrence[] = [];
  if (limit <= 0) return found;
  for (const occurrence of occurrencesFrom(schedule, after)) {
    if (occurrence.startsAt <= after || occurrence.remarks.includes('skipped')) continue;
    found.push(occurrence);
    if (found.length >= Math.min(limit, WINDOWS_MAX)) break;
  }
  return found;
}

/** As `nextOccurrences`, with the windows that do not run in their place, so that it can be said which and why. */
export function calendarAfter(schedule: RuleSchedule, after: number, limit: number): Occurrence[] {
  const found: Occurrence[] = [];
  if (limit <= 0) return found;
  for (const occurrence of occurrencesFrom(schedule, after)) {
    if (occurrence.startsAt <= after) continue;
    found.push(occurrence);
    if (found.length >= Math.min(limit, WINDOWS_MAX)) break;
  }
  return found;
}

/** The windows from two days before an instant on, skipped ones included; a bounded number of them. */
export function* occurrencesFrom(schedule: RuleSchedule, instant: number): Generator<Occurrence, void> {
  const clock = zoneClock(schedule.timeZone);
  const start = parseWallClock(schedule.startAt);
  if (clock === null || start === null) throw new TypeError('Not a validated schedule');
  const end = schedule.endAt ? parseWallClock(schedule.endAt) : null;
  const duration = end === null ? null : end - start;
  if (!schedule.recurrence) return yield windowOf(clock, start, duration, Number.NEGATIVE_INFINITY);
  const timeOfDay = start - Math.floor(start / DAY_MS) * DAY_MS;
  let before = Number.NEGATIVE_INFINITY;
  let seen = 0;
  // Zones are at most 14 hours from UTC: the window in question begins at the earliest a day before.
  for (const day of recurrenceDays(schedule.recurrence, start, Math.floor(instant / DAY_MS) - 2)) {
    const occurrence = windowOf(clock, day * DAY_MS + timeOfDay, duration, before);
    before = occurrence.startsAt;
    yield occurrence;
    seen += 1;
    if (seen >= WINDOWS_MAX) return;
  }
}

function windowOf(clock: ZoneClock, startLocal: number, duration: number | null, before: number): Occurrence {
  const start = clock.resolve(startLocal);
  const end = duration === null ? null : clock.resolve(startLocal + duration);
  const remarks: OccurrenceRemark[] = [...remarksOf('start', start.occurs), ...(end === null ? [] : remarksOf('end', end.occurs))];
  if ((end !== null && end.at <= start.at) || start.at <= before) remarks.push('skipped');
  return {
    startLocal: formatWallClock(startLocal), endLocal: duration === null ? null : formatWallClock(startLocal + duration),
    startsAt: start.at, endsAt: end === null ? null : end.at, remarks,
  };
}

function remarksOf(which: 'start' | 'end', occurs: Occurs): OccurrenceRemark[] {
  return occurs === 'gap' ? [`${which}_in_gap`] : occurs === 'twice' ? [`${which}_twice`] : [];
}
