import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Findings } from '../rules/findings.ts';
import type { RuleSchedule } from '../rules/rule.ts';
import { checkSchedule } from '../rules/schedule.ts';
import { nextOccurrences } from './occurrences.ts';
import { FREQUENCIES, WEEKDAYS } from './recurrence.ts';
import type { Recurrence } from './recurrence.ts';

const DAY = 86_400_000;
const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Cairo', 'Asia/Kolkata', 'America/Sao_Paulo', 'Pacific/Auckland', 'Europe/Dublin'] as const;
const formats = new Map(ZONES.map((timeZone) => [timeZone as string, new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })]));
/** What the clock of a zone shows, as text that sorts like the time. */
const shown = (instant: number, timeZone: string): string => formats.get(timeZone)!.format(instant).replace(' ', 'T');
const text = (local: number): string => new Date(local).toISOString().slice(0, 19);

/** The first moment at which the clock shows the time or, where it never does, a later one: by looking at every quarter of an hour. */
function bruteInstant(local: string, timeZone: string): number {
  const about = Date.parse(`${local}Z`);
  const step = 900_000;
  // Clock changes of these zones lie on the quarter of an hour; the time within it is the same before and after.
  const rest = about % step;
  for (let at = about - rest - 15 * 3_600_000; ; at += step) {
    if (shown(at + rest, timeZone) === local) return at + rest;
    if (shown(at, timeZone) > local) {
      let later = at;
      while (shown(later - 60_000, timeZone) > local) later -= 60_000;
      return later;
    }
  }
}

/** The windows that begin in a span, found by asking of every day whether it fits. */
function bruteWindows({ startAt, endAt, timeZone, recurrence }: RuleSchedule & { recurrence: Recurrence }, from: number, to: number) {
  const start = Date.parse(`${startAt}Z`);
  const startDay = Math.floor(start / DAY);
  const windows: { startsAt: number; endsAt: number | null }[] = [];
  const { frequency, interval = 1, weekdays, monthDays, until, count } = recurrence;
  const date = (day: number): Date => new Date(day * DAY);
  let seen = 0;
  for (let day = startDay; day * DAY < to + 2 * DAY && seen < (count ?? Infinity); day++) {
    const [weekday, monthDay] = [(date(day).getUTCDay() + 6) % 7, date(day).getUTCDate()];
    const monday = (some: number): number => some - ((date(some).getUTCDay() + 6) % 7);
    const months = (date(day).getUTCFullYear() - date(startDay).getUTCFullYear()) * 12 + date(day).getUTCMonth() - date(startDay).getUTCMonth();
    const fits = frequency === 'daily' ? (day - startDay) % interval === 0
      : frequency === 'weekly' ? ((monday(day) - monday(startDay)) / 7) % interval === 0 && (weekdays ?? [WEEKDAYS[(date(startDay).getUTCDay() + 6) % 7]!]).includes(WEEKDAYS[weekday]!)
        : months % interval === 0 && (monthDays ?? [date(startDay).getUTCDate()]).some((wanted) => (wanted > 0 ? wanted === monthDay : -wanted === daysLeft(day)));
    if (!fits) continue;
    const local = day * DAY + (start - startDay * DAY);
    if (until && text(local) > until) break;
    seen += 1;
    if (local < from - 2 * DAY) continue;
    const startsAt = bruteInstant(text(local), timeZone);
    const endsAt = endAt ? bruteInstant(text(local + Date.parse(`${endAt}Z`) - start), timeZone) : null;
    if (startsAt > from && startsAt <= to && (endsAt === null || endsAt > startsAt)) windows.push({ startsAt, endsAt });
  }
  return windows;
}
/** 1 on the last day of a month, 2 on the one before. */
function daysLeft(day: number): number {
  const date = new Date(day * DAY);
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate() - date.getUTCDate() + 1;
}

const recurrence: fc.Arbitrary<Recurrence> = fc.constantFrom(...FREQUENCIES).chain((frequency) => fc.record({
  frequency: fc.constant(frequency), interval: fc.integer({ min: 1, max: 5 }),
  ...(frequency === 'weekly' ? { weekdays: fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { minLength: 1 }) } : {}),
  ...(frequency === 'monthly' ? { monthDays: fc.uniqueArray(fc.integer({ min: -31, max: 31 }).filter((day) => day !== 0), { minLength: 1, maxLength: 4 }) } : {}),
  count: fc.option(fc.integer({ min: 1, max: 60 }), { freq: 4 }),
}, { requiredKeys: ['frequency'] })) as fc.Arbitrary<Recurrence>;

const valid = fc.record({
  startDay: fc.integer({ min: Date.UTC(2025, 9, 1) / DAY, max: Date.UTC(2027, 4, 1) / DAY }),
  // Most windows begin and end at night, where clocks change.
  startMinute: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 16 }).map((quarter) => quarter * 15) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 1439 }) }),
  minutes: fc.option(fc.oneof(fc.constantFrom(15, 30, 45, 60, 1440), fc.integer({ min: 1, max: 3000 })), { freq: 4 }),
  timeZone: fc.constantFrom(...ZONES), recurrence,
}).map(({ startDay, startMinute, minutes, timeZone, recurrence: again }) => {
  const start = startDay * DAY + startMinute * 60_000;
  return { startAt: text(start), ...(minutes === null ? {} : { endAt: text(start + minutes * 60_000) }), timeZone, recurrence: again };
}).filter((schedule) => {
  const findings = new Findings();
  checkSchedule(schedule, '', findings);
  return findings.errors.length === 0;
});

describe('the windows of any schedule', () => {
  it('come in order, do not overlap, and are those that asking every day finds', () => {
    fc.assert(fc.property(valid, fc.integer({ min: -400, max: 700 }), (schedule, days) => {
      const from = Date.parse(`${schedule.startAt}Z`) + days * DAY + 12_345_678;
      const to = from + 60 * DAY;
      const found = nextOccurrences(schedule, from, 200).filter(({ startsAt }) => startsAt <= to);
      expect(found.map(({ startsAt, endsAt }) => ({ startsAt, endsAt }))).toEqual(bruteWindows(schedule, from, to));
      found.slice(1).forEach((window, index) => {
        const before = found[index]!;
        expect(window.startsAt).toBeGreaterThan(before.startsAt);
        expect(window.startsAt).toBeGreaterThanOrEqual(before.endsAt ?? 0);
      });
    }), { numRuns: 100 });
  }, 60_000);

  it('are the same whether asked for at once or one after the other', () => {
    fc.assert(fc.property(valid, (schedule) => {
      const atOnce = nextOccurrences(schedule, 0, 8).map(({ startsAt }) => startsAt);
      const singly: number[] = [];
      for (let at = 0; singly.length < 8;) {
        const [next] = nextOccurrences(schedule, at, 1);
        if (!next) break;
        singly.push(at = next.startsAt);
      }
      expect(singly).toEqual(atOnce);
    }), { numRuns: 100 });
  }, 60_000);
});
