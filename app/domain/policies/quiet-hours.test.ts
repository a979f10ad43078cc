import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localTimeAt, startOfDay, weekDayOf } from './local-time.ts';
import { WEEK_DAYS } from './policy.ts';
import type { QuietHours } from './policy.ts';
import { coversTheWeek, mayWriteNow, minutesOf } from './quiet-hours.ts';

const nights = (timeZone: string, from = '22:00', to = '06:00', days: QuietHours['windows'][number]['days'] = WEEK_DAYS): QuietHours => ({ timeZone, windows: [{ days, from, to }] });
const at = (text: string) => new Date(text);
const until = (hours: QuietHours, now: string): string | null => {
  const answer = mayWriteNow(hours, at(now));
  return answer.ok ? null : answer.until.toISOString();
};

describe('quiet hours', () => {
  it('wait until their end by the clock of their zone', () => {
    expect(until(nights('Europe/Berlin'), '2026-11-22T21:00:00Z')).toBe('2026-11-23T05:00:00.000Z');
    expect(until(nights('Europe/Berlin'), '2026-11-23T04:59:59Z')).toBe('2026-11-23T05:00:00.000Z');
    expect(until(nights('Europe/Berlin'), '2026-11-23T05:00:00Z')).toBeNull();
    expect(until(nights('Europe/Berlin'), '2026-11-22T20:59:59Z')).toBeNull();
    expect(mayWriteNow(undefined, at('2026-11-22T21:00:00Z')).ok).toBe(true);
  });

  it('belong to the day on which they begin', () => {
    const friday = nights('UTC', '22:00', '06:00', ['fri']);
    expect(until(friday, '2026-11-27T23:00:00Z')).toBe('2026-11-28T06:00:00.000Z');
    expect(until(friday, '2026-11-28T05:00:00Z')).toBe('2026-11-28T06:00:00.000Z');
    expect(until(friday, '2026-11-28T23:00:00Z')).toBeNull();
  });

  it('that follow one another are one', () => {
    const hours: QuietHours = { timeZone: 'UTC', windows: [{ days: WEEK_DAYS, from: '20:00', to: '00:00' }, { days: WEEK_DAYS, from: '00:00', to: '07:00' }] };
    expect(until(hours, '2026-11-22T21:00:00Z')).toBe('2026-11-23T07:00:00.000Z');
  });

  it('follow the clock through its changes', () => {
    // New York, 2026-03-08: 02:00 becomes 03:00. An end inside the gap is its first moment after.
    expect(until(nights('America/New_York', '22:00', '02:30'), '2026-03-08T06:30:00Z')).toBe('2026-03-08T07:00:00.000Z');
    // Berlin, 2026-10-25: 02:30 occurs twice; the clock is inside the window again in the second hour.
    expect(until(nights('Europe/Berlin', '22:00', '02:30'), '2026-10-25T00:15:00Z')).toBe('2026-10-25T00:30:00.000Z');
    expect(until(nights('Europe/Berlin', '22:00', '02:30'), '2026-10-25T01:15:00Z')).toBe('2026-10-25T01:30:00.000Z');
  });

  it('that leave no minute of the week are found', () => {
    expect(coversTheWeek([{ days: WEEK_DAYS, from: '00:00', to: '00:00' }])).toBe(true);
    expect(coversTheWeek([{ days: WEEK_DAYS, from: '00:00', to: '23:59' }])).toBe(false);
    expect(coversTheWeek([{ days: WEEK_DAYS, from: '06:00', to: '22:00' }, { days: WEEK_DAYS, from: '22:00', to: '06:00' }])).toBe(true);
  });

  it('of any kind end at an instant outside all of them', () => {
    const clock = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 })).map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`);
    const window = fc.record({ days: fc.subarray([...WEEK_DAYS], { minLength: 1 }), from: clock, to: clock });
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu');
    fc.assert(fc.property(fc.array(window, { minLength: 1, maxLength: 4 }), zone, fc.date({ min: at('2026-01-01T00:00:00Z'), max: at('2027-01-01T00:00:00Z'), noInvalidDate: true }), (windows, timeZone, now) => {
      fc.pre(!coversTheWeek(windows));
      const hours: QuietHours = { timeZone, windows };
      const answer = mayWriteNow(hours, now);
      const inside = (instant: Date) => windows.some((one) => {
        const local = localTimeAt(instant, timeZone);
        const [from, to] = [minutesOf(one.from), minutesOf(one.to)];
        const yesterday = weekDayOf(new Date(Date.parse(`${local.date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10));
        if (from < to) return one.days.includes(weekDayOf(local.date)) && local.minutes >= from && local.minutes < to;
        return (one.days.includes(weekDayOf(local.date)) && local.minutes >= from) || (one.days.includes(yesterday) && local.minutes < to);
      });
      expect(answer.ok).toBe(!inside(now));
      if (!answer.ok) {
        expect(answer.until.getTime()).toBeGreaterThan(now.getTime());
        expect(mayWriteNow(hours, answer.until).ok).toBe(true);
      }
    }), { numRuns: 300 });
  });
});

describe('the day of a shop', () => {
  it('begins at its own midnight', () => {
    expect(startOfDay(at('2026-11-22T03:00:00Z'), 'America/New_York').toISOString()).toBe('2026-11-21T05:00:00.000Z');
    expect(startOfDay(at('2026-11-22T03:00:00Z'), 'Asia/Tokyo').toISOString()).toBe('2026-11-21T15:00:00.000Z');
    expect(weekDayOf('2026-11-22')).toBe('sun');
  });
});
