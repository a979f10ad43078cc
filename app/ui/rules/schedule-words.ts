import type { PlannedRun, Schedule } from '@calibr/types';
import { isObject } from '../../domain/rules/findings.ts';
import { WEEKDAYS } from '../../domain/schedules/recurrence.ts';
import type { Weekday } from '../../domain/schedules/recurrence.ts';

export const WEEKDAY_LABELS: Readonly<Record<Weekday, string>> = { MO: 'Monday', TU: 'Tuesday', WE: 'Wednesday', TH: 'Thursday', FR: 'Friday', SA: 'Saturday', SU: 'Sunday' };

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `27 Nov 2026, 18:00` of a wall-clock time, as it stands. */
export function wallClockWords(text: string): string {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d)(?::(\d\d))?/.exec(text);
  if (!parts) return text;
  const [, year, month, day, time, seconds] = parts;
  return `${Number(day)} ${MONTHS[Number(month) - 1] ?? month} ${year}, ${time}${seconds && seconds !== '00' ? `:${seconds}` : ''}`;
}

const list = (words: readonly string[]): string => (words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`);
const monthDayWords = (day: number): string => (day > 0 ? `on day ${day}` : day === -1 ? 'on the last day' : `on day ${-day} from the end`);

/** How a window comes again: `every 2 weeks on Friday`; null where it does not. */
export function recurrenceWords(recurrence: unknown): string | null {
  if (!isObject(recurrence)) return null;
  const { frequency, interval, weekdays, monthDays, until, count } = recurrence;
  const unit = frequency === 'daily' ? 'day' : frequency === 'weekly' ? 'week' : 'month';
  const every = typeof interval === 'number' && interval > 1 ? `every ${interval} ${unit}s` : `every ${unit}`;
  const on = Array.isArray(weekdays) && weekdays.length ? ` on ${list(WEEKDAYS.filter((day) => weekdays.includes(day)).map((day) => WEEKDAY_LABELS[day]))}`
    : Array.isArray(monthDays) && monthDays.length ? ` ${list(monthDays.filter((day) => typeof day === 'number').map(monthDayWords))}` : '';
  const ends = typeof until === 'string' ? `, until ${wallClockWords(until)}` : typeof count === 'number' ? `, ${count} ${count === 1 ? 'time' : 'times'}` : '';
  return `${every}${on}${ends}`;
}

/** A schedule in one sentence, its zone named. */
export function scheduleWords(schedule: Schedule): string {
  const again = recurrenceWords(schedule.recurrence);
  const end = schedule.endAt ? ` to ${wallClockWords(schedule.endAt)}` : '';
  return `${schedule.endAt ? 'From' : 'At'} ${wallClockWords(schedule.startAt)}${end}${again ? `, then ${again}` : ''} (${schedule.timeZone})`;
}

const REMARKS: Readonly<Record<PlannedRun['remarks'][number], string>> = {
  start_in_gap: 'The clock jumps over this start; it begins at the first moment after.',
  start_twice: 'The clock shows this start twice; the first counts.',
  end_in_gap: 'The clock jumps over this end; it ends at the first moment after.',
  end_twice: 'The clock shows this end twice; the first counts.',
  skipped: 'The clock jumps over all of it, so it does not run.',
};

/** What clock changes make of a window, most important first; empty where nothing. */
export function remarkWords(remarks: PlannedRun['remarks']): string {
  return remarks.includes('skipped') ? REMARKS.skipped : remarks.map((remark) => REMARKS[remark]).join(' ');
}
