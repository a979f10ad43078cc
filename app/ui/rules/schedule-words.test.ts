import { describe, expect, it } from 'vitest';
import { draftRuns, readCount, readDays, scheduleErrors, withFrequency, withRecurrence, withWhen } from './schedule-draft.ts';
import { recurrenceWords, remarkWords, scheduleWords } from './schedule-words.ts';

describe('a schedule in words', () => {
  it.each([
    [{ startAt: '2026-11-27T18:00:00', timeZone: 'Europe/Berlin' }, 'At 27 Nov 2026, 18:00 (Europe/Berlin)'],
    [{ startAt: '2026-11-27T18:00:00', endAt: '2026-11-29T18:00:00', timeZone: 'UTC', recurrence: { frequency: 'weekly', interval: 2, weekdays: ['FR', 'MO'] } },
      'From 27 Nov 2026, 18:00 to 29 Nov 2026, 18:00, then every 2 weeks on Monday and Friday (UTC)'],
  ] as const)('%j', (schedule, words) => {
    expect(scheduleWords(schedule)).toBe(words);
  });

  it('says on which days of the month, and until when', () => {
    expect(recurrenceWords({ frequency: 'monthly', monthDays: [1, -1], count: 3 })).toBe('every month on day 1 and on the last day, 3 times');
    expect(recurrenceWords({ frequency: 'daily', until: '2026-12-31T23:59:59' })).toBe('every day, until 31 Dec 2026, 23:59:59');
    expect(recurrenceWords(null)).toBeNull();
  });

  it('says most of all that a window is skipped', () => {
    expect(remarkWords(['start_in_gap', 'end_in_gap', 'skipped'])).toBe('The clock jumps over all of it, so it does not run.');
    expect(remarkWords(['end_twice'])).toContain('shows this end twice');
  });
});

describe('a schedule while it is written', () => {
  it('goes from none to a window and back, keeping times that were given', () => {
    const start = withWhen(null, 'start', 'Europe/Berlin', '2026-12-01');
    expect(start).toEqual({ startAt: '2026-12-01T00:00:00', timeZone: 'Europe/Berlin' });
    const window = withWhen({ ...start, startAt: '2026-12-02T09:00:00' }, 'window', 'UTC', '2026-12-01');
    expect(window).toEqual({ startAt: '2026-12-02T09:00:00', timeZone: 'Europe/Berlin', endAt: '' });
    expect(scheduleErrors(window).map(({ pointer }) => pointer)).toEqual(['/endAt']);
    expect(withWhen(window, 'applied', 'UTC', '2026-12-01')).toBeNull();
  });

  it('loses the days of a frequency with it, and keeps how often and until when', () => {
    const weekly = withRecurrence(withFrequency({ startAt: '2026-12-01T09:00:00', timeZone: 'UTC' }, 'weekly')!, 'weekdays', ['FR'])!;
    const counted = withRecurrence(withRecurrence(weekly, 'interval', 2)!, 'count', 4)!;
    expect(withFrequency(counted, 'monthly')).toMatchObject({ recurrence: { frequency: 'monthly', interval: 2, count: 4 } });
    expect(withFrequency(counted, 'once')).not.toHaveProperty('recurrence');
  });

  it('reads numbers, and leaves what is none to be told as an error', () => {
    expect([readDays('1, 15 -1'), readDays(' '), readDays('1st'), readCount('12'), readCount('x')]).toEqual([[1, 15, -1], undefined, ['1st'], 12, 'x']);
  });

  it('shows its next runs once nothing is wrong with it', () => {
    const draft = { startAt: '2026-12-01T09:00:00', timeZone: 'UTC', recurrence: { frequency: 'daily', count: 2 } };
    expect(draftRuns(draft, new Date('2026-11-22T00:00Z')).map(({ startsAt }) => startsAt)).toEqual(['2026-12-01T09:00:00.000Z', '2026-12-02T09:00:00.000Z']);
    expect(draftRuns({ ...draft, timeZone: 'Nowhere' }, new Date())).toEqual([]);
  });
});
