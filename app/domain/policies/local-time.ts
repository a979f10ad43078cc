import { DAY_MS, resolveWallClock, zoneClock } from '../schedules/wall-clock.ts';
import { WEEK_DAYS } from './policy.ts';
import type { WeekDay } from './policy.ts';

/** What clock and calendar show in a zone at an instant. */
export interface LocalTime {
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** Since midnight by the clock. */
  readonly minutes: number;
}

/** The clock of an IANA zone at an instant; throws a RangeError for a zone that does not exist. */
export function localTimeAt(instant: Date, timeZone: string): LocalTime {
  const clock = zoneClock(timeZone);
  if (clock === null) throw new RangeError(`There is no time zone ${timeZone}`);
  const local = clock.localAt(instant.getTime());
  const days = Math.floor(local / DAY_MS);
  return { date: dateOf(days), minutes: Math.floor((local - days * DAY_MS) / 60_000) };
}

/** The calendar day so many days later, or earlier. */
export function addDays(date: string, days: number): string {
  return dateOf(daysOf(date) + days);
}

export function weekDayOf(date: string): WeekDay {
  // Day 0, 1970-01-01, was a Thursday.
  return WEEK_DAYS[(((daysOf(date) + 3) % 7) + 7) % 7]!;
}

/** The first moment of the calendar day that an instant falls on in a zone. */
export function startOfDay(instant: Date, timeZone: string): Date {
  return new Date(resolveWallClock(`${localTimeAt(instant, timeZone).date}T00:00:00`, timeZone)!);
}

/** Whether the runtime knows the zone. */
export function isTimeZone(timeZone: string): boolean {
  return zoneClock(timeZone) !== null;
}

const daysOf = (date: string): number => Math.round(Date.parse(`${date}T00:00:00Z`) / DAY_MS);
const dateOf = (days: number): string => new Date(days * DAY_MS).toISOString().slice(0, 10);
