import { calendarAfter } from '../schedules/occurrences.ts';
import { checkRecurrence, shortestDistance } from '../schedules/recurrence.ts';
import type { Recurrence } from '../schedules/recurrence.ts';
import { DAY_MS, TIME_ZONE_PATTERN, formatWallClock, parseWallClock, zoneClock } from '../schedules/wall-clock.ts';
import { type Findings, below, isObject, member, refuseUnknownKeys } from './findings.ts';
import type { RuleSchedule } from './rule.ts';

const TIME_ZONE = new RegExp(TIME_ZONE_PATTERN);

/**
 * Checks a schedule: local date-times, an IANA time zone, an end after the start; where it recurs, windows that exist at all and
 * that end before the next one begins.
 */
export function checkSchedule(input: unknown, pointer: string, findings: Findings): void {
  if (!isObject(input)) {
    findings.add(pointer, 'wrong_type', 'A schedule is an object with startAt, endAt and timeZone.');
    return;
  }
  refuseUnknownKeys(input, ['startAt', 'endAt', 'timeZone', 'recurrence'], pointer, findings);
  const start = checkWallClock(member(input, 'startAt'), below(pointer, 'startAt'), findings);
  const endGiven = member(input, 'endAt') ?? null;
  const end = endGiven === null ? null : checkWallClock(endGiven, below(pointer, 'endAt'), findings);
  const given = member(input, 'recurrence') ?? null;
  const recurrence = given !== null && checkRecurrence(given, below(pointer, 'recurrence'), findings) ? given : null;
  const zone = member(input, 'timeZone');
  const zonePointer = below(pointer, 'timeZone');
  if (typeof zone !== 'string' || !TIME_ZONE.test(zone)) {
    findings.add(zonePointer, zone === undefined ? 'required' : 'wrong_value', 'A time zone is an IANA name such as "Europe/Berlin".');
    return;
  }
  const clock = zoneClock(zone);
  if (clock === null) {
    findings.add(zonePointer, 'unknown_time_zone', `There is no time zone "${zone}".`);
    return;
  }
  if (start === null || (endGiven !== null && end === null)) return;
  // A window that comes again is measured on the wall clock: one that a clock change leaves nothing of is skipped, the others run.
  const after = recurrence ? end === null || end > start : end === null || clock.resolve(end).at > clock.resolve(start).at;
  if (!after) {
    findings.add(below(pointer, 'endAt'), 'end_not_after_start', end !== null && end > start
      ? `The clock of ${zone} jumps over this whole time on that day, so nothing of it is left. Give it an end after the jump.` : 'The end comes after the start.');
  }
  if (after && recurrence) checkWindows(input as unknown as RuleSchedule, recurrence, start, end, pointer, findings);
}

function checkWindows(schedule: RuleSchedule, recurrence: Recurrence, start: number, end: number | null, pointer: string, findings: Findings): void {
  if (calendarAfter(schedule, Number.NEGATIVE_INFINITY, 1).length === 0) {
    findings.add(below(pointer, 'recurrence'), 'no_occurrence', 'No day fits: the calendar never shows one, or not before the last moment.');
    return;
  }
  const shortest = shortestDistance(recurrence, start);
  if (end !== null && end - start > shortest.ms) {
    const begins = shortest.day * DAY_MS + start - Math.floor(start / DAY_MS) * DAY_MS;
    findings.add(below(pointer, 'endAt'), 'overlaps_next',
      `A window ends before the next begins: the one of ${formatWallClock(begins)} would end ${formatWallClock(begins + end - start)}, and the next begins ${formatWallClock(begins + shortest.ms)}.`);
  }
}

function checkWallClock(value: unknown, pointer: string, findings: Findings): number | null {
  const local = typeof value === 'string' ? parseWallClock(value) : null;
  if (local === null) {
    findings.add(pointer, value === undefined ? 'required' : 'wrong_value', 'A time of a schedule is local, without offset: "2026-12-01T00:00:00".');
  }
  return local;
}
