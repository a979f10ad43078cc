import { describe, expect, it } from 'vitest';
import type { RuleSchedule } from '../rules/rule.ts';
import { runTimes, timingOf, windowFrom, windowNow } from './timing.ts';

const at = (text: string): Date => new Date(text);
const weekend: RuleSchedule = { startAt: '2026-11-20T18:00:00', endAt: '2026-11-22T18:00:00', timeZone: 'UTC', recurrence: { frequency: 'weekly', count: 3 } };
const mornings: RuleSchedule = { startAt: '2026-11-16T06:00:00', timeZone: 'UTC', recurrence: { frequency: 'daily' } };
const start = (window: { startsAt: number } | null | undefined): string | null => (window ? new Date(window.startsAt).toISOString().slice(0, 10) : null);

describe('when a change runs', () => {
  it('is never by itself without a schedule, and at the start of one that is past still that start', () => {
    expect(timingOf(null, at('2026-11-22T00:00Z'))).toMatchObject({ ok: true, value: { scheduleAt: null, endAt: null, followAt: null } });
    expect(timingOf({ startAt: '2026-11-01T00:00:00', timeZone: 'UTC' }, at('2026-11-22T00:00Z'))).toMatchObject({ ok: true, value: { scheduleAt: at('2026-11-01T00:00Z'), endAt: null, occurrenceAt: null, followAt: null } });
  });

  it('is refused when its end has passed', () => {
    const once: RuleSchedule = { startAt: '2026-11-01T00:00:00', endAt: '2026-11-22T00:00:00', timeZone: 'UTC' };
    expect(timingOf(once, at('2026-11-21T23:59Z')).ok).toBe(true);
    expect(timingOf(once, at('2026-11-22T00:00Z'))).toMatchObject({ ok: false, error: { kind: 'conflict', code: 'window_over' } });
    expect(timingOf(weekend, at('2026-12-06T18:00Z'))).toMatchObject({ ok: false, error: { code: 'window_over' } });
  });

  it('is the window that runs, or else the next, and says whether another follows', () => {
    expect(timingOf(weekend, at('2026-11-21T00:00Z'))).toMatchObject({ ok: true, value: { scheduleAt: at('2026-11-20T18:00Z'), endAt: at('2026-11-22T18:00Z'), followAt: at('2026-11-20T18:00Z') } });
    expect(timingOf(weekend, at('2026-11-23T00:00Z'))).toMatchObject({ ok: true, value: { scheduleAt: at('2026-11-27T18:00Z') } });
    expect(timingOf(weekend, at('2026-12-05T00:00Z'))).toMatchObject({ ok: true, value: { scheduleAt: at('2026-12-04T18:00Z'), followAt: null } });
  });

  it('is the window of its own in a series, whatever runs now', () => {
    expect(timingOf(weekend, at('2026-11-21T00:00Z'), at('2026-11-27T18:00Z'))).toMatchObject({ ok: true, value: { scheduleAt: at('2026-11-27T18:00Z') } });
    expect(timingOf(weekend, at('2026-11-29T18:00Z'), at('2026-11-27T18:00Z'))).toMatchObject({ ok: false, error: { code: 'window_over' } });
  });

  it('begins a series with the first approval of a recurring change, and only then', () => {
    const change = { id: 'a', scheduleJson: weekend, seriesId: null, occurrenceAt: null };
    expect(runTimes(change, at('2026-11-21T00:00Z'))).toMatchObject({ ok: true, value: { seriesId: 'a', occurrenceAt: at('2026-11-20T18:00Z') } });
    const again = runTimes({ ...change, seriesId: 'a', occurrenceAt: at('2026-11-27T18:00Z') }, at('2026-11-21T00:00Z'));
    expect(again).toEqual({ ok: true, value: { scheduleAt: at('2026-11-27T18:00Z'), endAt: at('2026-11-29T18:00Z') } });
  });
});

describe('the window that comes next for somebody who was away', () => {
  it('passes over windows that are over, and counts them', () => {
    const friday = Date.parse('2026-11-20T18:00Z');
    expect(windowFrom(weekend, friday, Date.parse('2026-11-21T00:00Z'))).toMatchObject({ missed: 0, window: { startsAt: Date.parse('2026-11-27T18:00Z') } });
    expect(windowFrom(weekend, friday, Date.parse('2026-12-05T00:00Z'))).toMatchObject({ missed: 1, window: { startsAt: Date.parse('2026-12-04T18:00Z') } });
    expect(windowFrom(weekend, friday, Date.parse('2026-12-07T00:00Z'))).toBeNull();
  });

  it('is the last begun where windows have no end, once for all that were missed', () => {
    expect(windowFrom(mornings, Date.parse('2026-11-16T06:00Z'), Date.parse('2026-11-20T12:00Z'))).toMatchObject({ missed: 3, window: { startsAt: Date.parse('2026-11-20T06:00Z') } });
    expect(windowFrom(mornings, Date.parse('2026-11-20T06:00Z'), Date.parse('2026-11-20T12:00Z'))).toMatchObject({ missed: 0, window: { startsAt: Date.parse('2026-11-21T06:00Z') } });
    expect(start(windowNow({ ...mornings, recurrence: { frequency: 'monthly', interval: 60 } }, Date.parse('2030-01-01T00:00Z')))).toBe('2026-11-16');
    expect(start(windowNow(mornings, Date.parse('2026-01-01T00:00Z')))).toBe('2026-11-16');
  });
});
