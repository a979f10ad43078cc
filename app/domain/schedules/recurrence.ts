import { type Findings, below, isObject, member, refuseUnknownKeys } from '../rules/findings.ts';
import { DAY_MS, parseWallClock } from './wall-clock.ts';

export const FREQUENCIES = ['daily', 'weekly', 'monthly'] as const;
export type Frequency = (typeof FREQUENCIES)[number];
/** In the order of a week, which begins on Monday (RFC 5545's default). */
export const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/**
 * How a window comes again, in the words of RFC 5545 (FREQ, INTERVAL, BYDAY, BYMONTHDAY, UNTIL, COUNT). Days are counted on the
 * calendar of the schedule's zone; the days on or after the start that fit are the days on which a window begins.
 */
export interface Recurrence {
  readonly frequency: Frequency;
  /** Every so many days, weeks (from Monday) or months, counted from the one with the start; 1 where not given. */
  readonly interval?: number;
  /** Weekly only; the start's weekday where not given. */
  readonly weekdays?: readonly Weekday[];
  /** Monthly only: 1 to 31, or -1 (the last day) to -31. A month without such a day has no window then. The start's day where not given. */
  readonly monthDays?: readonly number[];
  /** Wall-clock time: no window begins after it. */
  readonly until?: string | null;
  /** So many windows in all. Not beside `until`. */
  readonly count?: number | null;
}

export const INTERVAL_MAX = 366;
export const COUNT_MAX = 1000;
/** So many weeks or months in a row without a fitting day mean that there never is one: 31 February. */
const EMPTY_PERIODS_MAX = 1200;
/** Days from 1970 to the end of 9999, the last year that a wall-clock time can name. */
const LAST_DAY = 2_932_896;

interface CivilDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

export function civilDate(days: number): CivilDate {
  const date = new Date(days * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** 0 is Monday; 1970-01-01 was a Thursday. */
export function weekdayOf(days: number): number {
  return (((days + 3) % 7) + 7) % 7;
}

/** Days since the epoch of the first of a month; `months` counts from January of year 0. */
function firstOfMonth(months: number): number {
  return Math.round(new Date(Date.UTC(2000, 0, 1)).setUTCFullYear(Math.floor(months / 12), months % 12, 1) / DAY_MS);
}

/**
 * The days (since the epoch) on which windows begin, from the first that is not before `fromDay`, in order; without end where
 * neither `until` nor `count` ends them. `start` is the schedule's start in local milliseconds.
 */
export function* recurrenceDays(rule: Recurrence, start: number, fromDay = Number.NEGATIVE_INFINITY): Generator<number, void> {
  const startDay = Math.floor(start / DAY_MS);
  const timeOfDay = start - startDay * DAY_MS;
  const until = rule.until ? (parseWallClock(rule.until) ?? Number.NEGATIVE_INFINITY) : Number.POSITIVE_INFINITY;
  const count = rule.count ?? Number.POSITIVE_INFINITY;
  // Only a rule that counts has to be followed from its beginning.
  const skipTo = count === Number.POSITIVE_INFINITY ? Math.max(startDay, fromDay) : startDay;
  let seen = 0;
  let empty = 0;
  for (let period = firstPeriod(rule, startDay, skipTo); empty < EMPTY_PERIODS_MAX; period += 1) {
    const days = periodDays(rule, startDay, period).filter((day) => day >= startDay);
    empty = days.length ? 0 : empty + 1;
    for (const day of days) {
      if (day > LAST_DAY || day * DAY_MS + timeOfDay > until || seen >= count) return;
      seen += 1;
      if (day >= fromDay) yield day;
    }
  }
}

const monthOf = (day: number): number => {
  const { year, month } = civilDate(day);
  return year * 12 + month - 1;
};

function firstPeriod(rule: Recurrence, startDay: number, day: number): number {
  const interval = rule.interval ?? 1;
  if (rule.frequency === 'daily') return Math.floor((day - startDay) / interval);
  if (rule.frequency === 'weekly') return Math.floor((day - (startDay - weekdayOf(startDay))) / (7 * interval));
  return Math.floor((monthOf(Math.min(day, LAST_DAY)) - monthOf(startDay)) / interval);
}

/** The fitting days of the nth day, week or month that counts, in order. */
function periodDays(rule: Recurrence, startDay: number, period: number): number[] {
  const interval = rule.interval ?? 1;
  if (rule.frequency === 'daily') return [startDay + period * interval];
  if (rule.frequency === 'weekly') {
    const monday = startDay - weekdayOf(startDay) + period * 7 * interval;
    const wanted = rule.weekdays?.map((name) => WEEKDAYS.indexOf(name)) ?? [weekdayOf(startDay)];
    return [...new Set(wanted)].sort((a, b) => a - b).map((weekday) => monday + weekday);
  }
  const month = monthOf(startDay) + period * interval;
  const first = firstOfMonth(month);
  const length = firstOfMonth(month + 1) - first;
  const wanted = (rule.monthDays ?? [civilDate(startDay).day]).map((day) => (day < 0 ? length + 1 + day : day));
  return [...new Set(wanted)].filter((day) => day >= 1 && day <= length).sort((a, b) => a - b).map((day) => first + day - 1);
}

/** So many windows in a row show every distance between two that there is: all months of four years, and each week twice. */
const DISTANCES: Readonly<Record<Frequency, number>> = { daily: 2, weekly: 15, monthly: 49 * 31 };

/** The shortest time from one window's start to the next one's, in milliseconds of the wall clock; infinite where there is but one. */
export function shortestDistance(rule: Recurrence, start: number): { readonly ms: number; readonly day: number } {
  let shortest = { ms: Number.POSITIVE_INFINITY, day: 0 };
  let before: number | null = null;
  let seen = 0;
  for (const day of recurrenceDays(rule, start)) {
    if (before !== null && (day - before) * DAY_MS < shortest.ms) shortest = { ms: (day - before) * DAY_MS, day: before };
    before = day;
    seen += 1;
    if (seen >= DISTANCES[rule.frequency]) break;
  }
  return shortest;
}

/** Checks the shape of a recurrence; true where nothing is wrong with it. */
export function checkRecurrence(input: unknown, pointer: string, findings: Findings): input is Recurrence {
  const before = findings.errors.length;
  if (!isObject(input)) {
    findings.add(pointer, 'wrong_type', 'A recurrence is an object with a frequency.');
    return false;
  }
  refuseUnknownKeys(input, ['frequency', 'interval', 'weekdays', 'monthDays', 'until', 'count'], pointer, findings);
  const at = (key: string): string => below(pointer, key);
  const frequency = member(input, 'frequency');
  if (!FREQUENCIES.includes(frequency as Frequency)) findings.add(at('frequency'), frequency === undefined ? 'required' : 'wrong_value', 'A frequency is daily, weekly or monthly.');
  checkCount(member(input, 'interval'), at('interval'), 'An interval', INTERVAL_MAX, findings);
  const count = member(input, 'count') ?? null;
  if (count !== null) checkCount(count, at('count'), 'A count', COUNT_MAX, findings);
  const until = member(input, 'until') ?? null;
  if (until !== null && (typeof until !== 'string' || parseWallClock(until) === null)) findings.add(at('until'), 'wrong_value', 'The last moment is a local time without offset: "2026-12-31T23:59:59".');
  if (until !== null && count !== null) findings.add(at('count'), 'until_and_count', 'Windows end by until or by count, not by both.');
  checkList(member(input, 'weekdays'), at('weekdays'), frequency === 'weekly', 'weekly', (day) => WEEKDAYS.includes(day as Weekday), `A weekday is one of ${WEEKDAYS.join(', ')}.`, findings);
  checkList(member(input, 'monthDays'), at('monthDays'), frequency === 'monthly', 'monthly',
    (day) => Number.isInteger(day) && day !== 0 && Math.abs(day as number) <= 31, 'A day of the month is 1 to 31, or -1 (the last day) to -31.', findings);
  return findings.errors.length === before;
}

function checkCount(value: unknown, pointer: string, what: string, max: number, findings: Findings): void {
  if (value === undefined) return;
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > max) findings.add(pointer, 'wrong_value', `${what} is a whole number from 1 to ${max}.`);
}

function checkList(value: unknown, pointer: string, fits: boolean, frequency: Frequency, ok: (part: unknown) => boolean, message: string, findings: Findings): void {
  if (value === undefined) return;
  if (!Array.isArray(value) || value.length === 0) return findings.add(pointer, 'wrong_type', 'A list with at least one day.');
  if (!fits) findings.add(pointer, 'not_fitting', `Only a ${frequency} recurrence has these days.`);
  value.forEach((part, index) => {
    if (!ok(part)) findings.add(below(pointer, index), 'wrong_value', message);
    else if (value.indexOf(part) !== index) findings.add(below(pointer, index), 'repeated', 'This day is there already.');
  });
}
