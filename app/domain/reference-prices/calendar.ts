import { daysSinceEpoch } from '../rules/instant.ts';
import { resolveWallClock } from '../schedules/wall-clock.ts';

/** Days that a reference price looks back: directive 98/6/EC, article 6a(2): "a period of time not shorter than 30 days". */
export const REFERENCE_DAYS = 30;

const DAY_MS = 86_400_000;
const REMEMBERED_MAX = 10_000;

/**
 * Calendar days of one time zone. The law counts days, not hours (regulation 1182/71, article 3), so a period begins with the
 * first moment of its first day, and a day of 23 or 25 hours is a day.
 */
export interface ReferenceCalendar {
  /** The local date of an instant (milliseconds since the epoch), as `2026-11-22`. */
  dayOf(instant: number): string;
  /** First moment of the 30th day before the day of `start`: what lies from there to `start` is never shorter than 30 days. */
  windowStart(start: number): number;
  /** First moment of the first day on which `windowStart` is not before `after`. */
  earliestStart(after: number): number;
}

/** Making a formatter costs a hundred times what asking it does. */
const formats = new Map<string, Intl.DateTimeFormat>();
function dateFormat(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) formats.set(timeZone, format = new Intl.DateTimeFormat('en-CA', { timeZone, calendar: 'gregory', numberingSystem: 'latn', year: 'numeric', month: '2-digit', day: '2-digit' }));
  return format;
}

/** The calendar of an IANA time zone; UTC where the runtime does not know the zone. Remembers the days it was asked for. */
export function referenceCalendar(timeZone: string): ReferenceCalendar {
  const zone = resolveWallClock('2000-01-01T00:00', timeZone) === null ? 'UTC' : timeZone;
  const format = dateFormat(zone);
  const midnights = new Map<string, number>();
  const midnightOf = (day: string): number => {
    let at = midnights.get(day);
    if (at === undefined) {
      at = resolveWallClock(`${day}T00:00`, zone) ?? (daysSinceEpoch(day) ?? 0) * DAY_MS;
      midnights.set(day, at);
    }
    return at;
  };
  const days = new Map<number, string>();
  const dayOf = (instant: number): string => {
    let day = days.get(instant);
    if (day === undefined) {
      // Intl is slow.
      if (days.size >= REMEMBERED_MAX) days.clear();
      days.set(instant, (day = dateOf(instant)));
    }
    return day;
  };
  const dateOf = (instant: number): string => {
    const part: Record<string, string> = {};
    for (const { type, value } of format.formatToParts(instant)) part[type] = value;
    return `${(part.year ?? '').padStart(4, '0')}-${part.month}-${part.day}`;
  };
  return {
    dayOf,
    windowStart: remembered((start) => midnightOf(shiftDay(dayOf(start), -REFERENCE_DAYS))),
    earliestStart: remembered((after) => {
      const day = dayOf(after);
      const first = midnightOf(day) >= after ? day : shiftDay(day, 1);
      return midnightOf(shiftDay(first, REFERENCE_DAYS));
    }),
  };
}

/** Answers what it was asked before without working it out again: row after row of a plan asks for the same few instants. */
function remembered(work: (instant: number) => number): (instant: number) => number {
  const answers = new Map<number, number>();
  return (instant) => {
    let answer = answers.get(instant);
    if (answer === undefined) {
      if (answers.size >= REMEMBERED_MAX) answers.clear();
      answers.set(instant, (answer = work(instant)));
    }
    return answer;
  };
}

/** The date so many days later (earlier where negative). */
export function shiftDay(day: string, by: number): string {
  return new Date(((daysSinceEpoch(day) ?? 0) + by) * DAY_MS).toISOString().slice(0, 10);
}
