import { describe, expect, it } from 'vitest';
import type { RuleSchedule } from '../rules/rule.ts';
import { calendarAfter, nextOccurrences } from './occurrences.ts';

const utc = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString().replace(':00.000Z', 'Z'));
const runs = (schedule: RuleSchedule, after: string, limit: number) =>
  nextOccurrences(schedule, Date.parse(after), limit).map(({ startsAt, endsAt, remarks }) => [utc(startsAt), utc(endsAt), ...remarks]);

describe('hand-made calendars over both clock changes', () => {
  it('Berlin: every Saturday night to Sunday 03:00, over the end of summer time and its beginning', () => {
    const schedule: RuleSchedule = { startAt: '2026-10-17T22:00:00', endAt: '2026-10-18T02:30:00', timeZone: 'Europe/Berlin', recurrence: { frequency: 'weekly' } };
    expect(runs(schedule, '2026-10-17T00:00Z', 3)).toEqual([
      ['2026-10-17T20:00Z', '2026-10-18T00:30Z'],
      ['2026-10-24T20:00Z', '2026-10-25T00:30Z', 'end_twice'],
      ['2026-10-31T21:00Z', '2026-11-01T01:30Z'],
    ]);
    expect(runs(schedule, '2027-03-20T22:00Z', 2)).toEqual([
      ['2027-03-27T21:00Z', '2027-03-28T01:00Z', 'end_in_gap'],
      ['2027-04-03T20:00Z', '2027-04-04T00:30Z'],
    ]);
  });

  it('Berlin: a window that lies inside the gap is skipped and said, and the next one runs', () => {
    const schedule: RuleSchedule = { startAt: '2026-03-01T02:00:00', endAt: '2026-03-01T02:45:00', timeZone: 'Europe/Berlin', recurrence: { frequency: 'weekly', weekdays: ['SU'] } };
    expect(runs(schedule, '2026-03-21T00:00Z', 3).map(([start]) => start)).toEqual(['2026-03-22T01:00Z', '2026-04-05T00:00Z', '2026-04-12T00:00Z']);
    expect(calendarAfter(schedule, Date.parse('2026-03-22T12:00Z'), 2).map(({ startLocal, remarks }) => [startLocal, remarks])).toEqual([
      ['2026-03-29T02:00:00', ['start_in_gap', 'end_in_gap', 'skipped']],
      ['2026-04-05T02:00:00', []],
    ]);
  });

  it('New York: daily from 01:30 for an hour, where 01:30 comes twice and 02:30 not at all', () => {
    const schedule: RuleSchedule = { startAt: '2026-03-07T01:30:00', endAt: '2026-03-07T02:30:00', timeZone: 'America/New_York', recurrence: { frequency: 'daily' } };
    expect(runs(schedule, '2026-03-07T00:00Z', 3)).toEqual([
      ['2026-03-07T06:30Z', '2026-03-07T07:30Z'],
      ['2026-03-08T06:30Z', '2026-03-08T07:00Z', 'end_in_gap'],
      ['2026-03-09T05:30Z', '2026-03-09T06:30Z'],
    ]);
    // 1 November: 01:30 first occurs at 05:30Z, 02:30 once, two hours later.
    expect(runs(schedule, '2026-11-01T00:00Z', 2)).toEqual([
      ['2026-11-01T05:30Z', '2026-11-01T07:30Z', 'start_twice'],
      ['2026-11-02T06:30Z', '2026-11-02T07:30Z'],
    ]);
  });

  it('Lord Howe: clocks move by half an hour, the other way round in the year', () => {
    const schedule: RuleSchedule = { startAt: '2026-04-04T01:45:00', endAt: '2026-04-04T02:15:00', timeZone: 'Australia/Lord_Howe', recurrence: { frequency: 'daily' } };
    expect(runs(schedule, '2026-04-03T00:00Z', 3)).toEqual([
      ['2026-04-03T14:45Z', '2026-04-03T15:15Z'],
      ['2026-04-04T14:45Z', '2026-04-04T15:45Z', 'start_twice'],
      ['2026-04-05T15:15Z', '2026-04-05T15:45Z'],
    ]);
    expect(runs(schedule, '2026-10-02T16:00Z', 2)).toEqual([
      ['2026-10-03T15:15Z', '2026-10-03T15:30Z', 'end_in_gap'],
      ['2026-10-04T14:45Z', '2026-10-04T15:15Z'],
    ]);
  });

  it('Cairo: midnight itself is in the gap, and whole days still follow one another without overlap', () => {
    const schedule: RuleSchedule = { startAt: '2026-04-22T00:00:00', endAt: '2026-04-23T00:00:00', timeZone: 'Africa/Cairo', recurrence: { frequency: 'daily' } };
    expect(runs(schedule, '2026-04-21T00:00Z', 4)).toEqual([
      ['2026-04-21T22:00Z', '2026-04-22T22:00Z'],
      ['2026-04-22T22:00Z', '2026-04-23T22:00Z', 'end_in_gap'],
      ['2026-04-23T22:00Z', '2026-04-24T21:00Z', 'start_in_gap'],
      ['2026-04-24T21:00Z', '2026-04-25T21:00Z'],
    ]);
    // 29 October ends at 24:00 summer time, when the clock goes back to 23:00: the hour before midnight comes twice.
    expect(runs({ ...schedule, startAt: '2026-10-29T23:30:00', endAt: '2026-10-30T00:00:00' }, '2026-10-29T00:00Z', 2)).toEqual([
      ['2026-10-29T20:30Z', '2026-10-29T22:00Z', 'start_twice'],
      ['2026-10-30T21:30Z', '2026-10-30T22:00Z'],
    ]);
  });

  it.each(['America/Sao_Paulo', 'Asia/Kolkata', 'UTC'])('%s has no clock changes: every day is like the other', (timeZone) => {
    const windows = nextOccurrences({ startAt: '2026-01-01T02:30:00', endAt: '2026-01-01T03:00:00', timeZone, recurrence: { frequency: 'daily' } }, Date.parse('2025-12-01T00:00Z'), 365);
    expect(new Set(windows.slice(1).map((window, index) => window.startsAt - windows[index]!.startsAt))).toEqual(new Set([86_400_000]));
    expect(windows.every(({ remarks }) => remarks.length === 0)).toBe(true);
  });

  it('Apia went without 30 December 2011: the window of that day is skipped, and the other days keep theirs', () => {
    const schedule: RuleSchedule = { startAt: '2011-12-29T10:00:00', timeZone: 'Pacific/Apia', recurrence: { frequency: 'daily' } };
    expect(runs({ ...schedule, startAt: '2011-12-29T00:00:00' }, '2011-12-28T00:00Z', 3)).toEqual([['2011-12-29T10:00Z', null], ['2011-12-30T10:00Z', null, 'start_in_gap'], ['2011-12-31T10:00Z', null]]);
    expect(calendarAfter({ ...schedule, endAt: '2011-12-29T18:00:00' }, Date.parse('2011-12-30T00:00Z'), 2).map(({ startLocal, remarks }) => [startLocal, ...remarks])).toEqual([
      ['2011-12-30T10:00:00', 'start_in_gap', 'end_in_gap', 'skipped'], ['2011-12-31T10:00:00'],
    ]);
  });
});

describe('the calendar of a recurrence', () => {
  const starts = (schedule: Omit<RuleSchedule, 'timeZone'>, limit = 4, after = '1970-01-01T00:00Z') => nextOccurrences({ timeZone: 'UTC', ...schedule }, Date.parse(after), limit).map(({ startLocal }) => startLocal.slice(0, 10));

  it('begins with the first fitting day on or after the start', () => {
    expect(starts({ startAt: '2026-11-25T09:00', recurrence: { frequency: 'weekly', weekdays: ['FR'] } }, 2)).toEqual(['2026-11-27', '2026-12-04']);
  });
  it('counts every second week from the Monday of the start', () => {
    expect(starts({ startAt: '2026-11-25T09:00', recurrence: { frequency: 'weekly', interval: 2, weekdays: ['TH', 'MO'] } })).toEqual(['2026-11-26', '2026-12-07', '2026-12-10', '2026-12-21']);
  });
  it('passes over months without the day, and knows the last one', () => {
    expect(starts({ startAt: '2026-10-31T09:00', recurrence: { frequency: 'monthly' } })).toEqual(['2026-10-31', '2026-12-31', '2027-01-31', '2027-03-31']);
    expect(starts({ startAt: '2026-01-01T09:00', recurrence: { frequency: 'monthly', monthDays: [-1] } }, 3)).toEqual(['2026-01-31', '2026-02-28', '2026-03-31']);
    expect(starts({ startAt: '2028-02-29T09:00', recurrence: { frequency: 'monthly', interval: 12 } }, 2)).toEqual(['2028-02-29', '2032-02-29']);
  });
  it('ends with its count, or with the last moment, inclusive', () => {
    expect(starts({ startAt: '2026-01-01T09:00', recurrence: { frequency: 'daily', count: 2 } })).toEqual(['2026-01-01', '2026-01-02']);
    expect(starts({ startAt: '2026-01-01T09:00', recurrence: { frequency: 'daily', count: 2 } }, 4, '2026-01-01T10:00Z')).toEqual(['2026-01-02']);
    expect(starts({ startAt: '2026-01-01T09:00', recurrence: { frequency: 'daily', interval: 3, until: '2026-01-07T09:00' } })).toEqual(['2026-01-01', '2026-01-04', '2026-01-07']);
  });
  it('is found at once however long ago it began', () => {
    expect(starts({ startAt: '1970-01-01T09:00', recurrence: { frequency: 'monthly', monthDays: [15] } }, 1, '9000-01-01T00:00Z')).toEqual(['9000-01-15']);
    expect(starts({ startAt: '2026-01-01T09:00', recurrence: { frequency: 'daily' } }, 10_000, '9999-12-29T10:00Z')).toEqual(['9999-12-30', '9999-12-31']);
  });
  it('has one window without recurrence', () => {
    expect(starts({ startAt: '2026-01-01T09:00' })).toEqual(['2026-01-01']);
    expect(starts({ startAt: '2026-01-01T09:00' }, 1, '2026-01-01T09:00Z')).toEqual([]);
  });
});
