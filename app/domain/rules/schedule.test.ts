import { describe, expect, it } from 'vitest';
import { Findings } from './findings.ts';
import { checkSchedule } from './schedule.ts';

const window = { startAt: '2026-11-27T18:00:00', endAt: '2026-11-29T18:00:00', timeZone: 'Europe/Berlin' };
function found(input: unknown): string[] {
  const findings = new Findings();
  checkSchedule(input, '/schedule', findings);
  return findings.errors.map(({ pointer, code }) => `${pointer} ${code}`);
}

describe('a schedule', () => {
  it.each([
    [{ ...window }],
    [{ ...window, recurrence: null }],
    [{ ...window, recurrence: { frequency: 'weekly' } }],
    [{ ...window, recurrence: { frequency: 'weekly', weekdays: ['FR', 'MO'] } }],
    [{ ...window, endAt: '2026-11-28T18:00:00', recurrence: { frequency: 'daily' } }],
    [{ ...window, recurrence: { frequency: 'monthly', monthDays: [1, 15, -5], until: '2027-12-31T00:00:00' } }],
    [{ startAt: '2026-03-01T02:00:00', endAt: '2026-03-01T02:30:00', timeZone: 'Europe/Berlin', recurrence: { frequency: 'daily', count: 3 } }],
  ])('is sound: %j', (input) => {
    expect(found(input)).toEqual([]);
  });

  it.each([
    [{ ...window, recurrence: { frequency: 'yearly' } }, ['/schedule/recurrence/frequency wrong_value']],
    [{ ...window, recurrence: {} }, ['/schedule/recurrence/frequency required']],
    [{ ...window, recurrence: 'weekly' }, ['/schedule/recurrence wrong_type']],
    [{ ...window, recurrence: { frequency: 'weekly', interval: 0 } }, ['/schedule/recurrence/interval wrong_value']],
    [{ ...window, recurrence: { frequency: 'weekly', weekdays: ['FR', 'XX', 'FR'] } }, ['/schedule/recurrence/weekdays/1 wrong_value', '/schedule/recurrence/weekdays/2 repeated']],
    [{ ...window, recurrence: { frequency: 'daily', weekdays: ['FR'] } }, ['/schedule/recurrence/weekdays not_fitting']],
    [{ ...window, recurrence: { frequency: 'monthly', monthDays: [0, 32] } }, ['/schedule/recurrence/monthDays/0 wrong_value', '/schedule/recurrence/monthDays/1 wrong_value']],
    [{ ...window, recurrence: { frequency: 'weekly', until: 'soon' } }, ['/schedule/recurrence/until wrong_value']],
    [{ ...window, recurrence: { frequency: 'weekly', until: '2027-01-01T00:00:00', count: 3 } }, ['/schedule/recurrence/count until_and_count']],
    [{ ...window, recurrence: { frequency: 'weekly', by: 1 } }, ['/schedule/recurrence/by unknown_key']],
    [{ ...window, endAt: '2026-11-27T18:00:00', recurrence: { frequency: 'weekly' } }, ['/schedule/endAt end_not_after_start']],
    [{ ...window, timeZone: 'Europe/Nowhere', recurrence: { frequency: 'weekly' } }, ['/schedule/timeZone unknown_time_zone']],
  ])('is refused where it is wrong: %j', (input, errors) => {
    expect(found(input)).toEqual(errors);
  });

  it('that lies inside the hour that a clock jumps over is refused, and told so', () => {
    const findings = new Findings();
    checkSchedule({ startAt: '2027-03-14T02:10:00', endAt: '2027-03-14T02:50:00', timeZone: 'America/New_York' }, '', findings);
    expect(findings.errors).toMatchObject([{ pointer: '/endAt', code: 'end_not_after_start', message: expect.stringContaining('The clock of America/New_York jumps over this whole time') }]);
  });

  it('is refused where a window would still run when the next begins, by days, weeks and months', () => {
    expect(found({ ...window, recurrence: { frequency: 'daily' } })).toEqual(['/schedule/endAt overlaps_next']);
    expect(found({ ...window, recurrence: { frequency: 'daily', count: 1 } })).toEqual([]);
    expect(found({ ...window, recurrence: { frequency: 'weekly', weekdays: ['FR', 'SA'] } })).toEqual(['/schedule/endAt overlaps_next']);
    expect(found({ ...window, recurrence: { frequency: 'weekly', weekdays: ['SU', 'MO'] } })).toEqual(['/schedule/endAt overlaps_next']);
    // From the 31st to the 1st is one day; in February, from the last to the 1st, too.
    expect(found({ ...window, recurrence: { frequency: 'monthly', monthDays: [1, 31] } })).toEqual(['/schedule/endAt overlaps_next']);
    expect(found({ startAt: '2026-01-01T00:00:00', endAt: '2026-01-30T00:00:00', timeZone: 'UTC', recurrence: { frequency: 'monthly' } })).toEqual(['/schedule/endAt overlaps_next']);
    expect(found({ startAt: '2026-01-01T00:00:00', endAt: '2026-01-29T00:00:00', timeZone: 'UTC', recurrence: { frequency: 'monthly' } })).toEqual([]);
  });

  it('is refused where no day ever fits', () => {
    expect(found({ ...window, startAt: '2026-02-01T00:00:00', endAt: '2026-02-02T00:00:00', recurrence: { frequency: 'monthly', interval: 12, monthDays: [30] } })).toEqual(['/schedule/recurrence no_occurrence']);
    expect(found({ ...window, recurrence: { frequency: 'weekly', until: '2026-11-20T00:00:00' } })).toEqual(['/schedule/recurrence no_occurrence']);
  });
});
