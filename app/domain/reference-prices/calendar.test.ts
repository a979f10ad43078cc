import { describe, expect, it } from 'vitest';
import { referenceCalendar, shiftDay } from './calendar.ts';

const at = (text: string): number => Date.parse(text);
const iso = (ms: number): string => new Date(ms).toISOString();

describe('the 30 days before a reduction', () => {
  it('begin with the first moment of the 30th day before, in the zone of the shop', () => {
    expect(iso(referenceCalendar('UTC').windowStart(at('2026-11-22T12:00:00Z')))).toBe('2026-10-23T00:00:00.000Z');
    // 22 November 00:30 in Berlin is still the 21st in UTC.
    expect(iso(referenceCalendar('Europe/Berlin').windowStart(at('2026-11-21T23:30:00Z')))).toBe('2026-10-22T22:00:00.000Z');
  });

  it('are 719 hours over the spring change and 721 over the autumn change when they begin at midnight', () => {
    const berlin = referenceCalendar('Europe/Berlin');
    const hours = (start: string): number => (at(start) - berlin.windowStart(at(start))) / 3_600_000;
    expect(hours('2026-04-10T00:00:00+02:00')).toBe(719);
    expect(hours('2026-11-05T00:00:00+01:00')).toBe(721);
    expect(hours('2026-07-10T00:00:00+02:00')).toBe(720);
  });

  it('begin after the gap where midnight itself is left out', () => {
    // Santiago put its clocks from 24:00 on 5 September 2026 to 01:00.
    expect(iso(referenceCalendar('America/Santiago').windowStart(at('2026-10-06T12:00:00-03:00')))).toBe('2026-09-06T04:00:00.000Z');
  });

  it('reach over the end of February in a leap year and over new year', () => {
    expect(iso(referenceCalendar('UTC').windowStart(at('2028-03-15T00:00:00Z')))).toBe('2028-02-14T00:00:00.000Z');
    expect(iso(referenceCalendar('UTC').windowStart(at('2027-01-10T08:00:00Z')))).toBe('2026-12-11T00:00:00.000Z');
  });
});

describe('the earliest start', () => {
  it('is the first midnight whose 30 days leave a price out', () => {
    const utc = referenceCalendar('UTC');
    expect(iso(utc.earliestStart(at('2026-11-01T09:00:00Z')))).toBe('2026-12-02T00:00:00.000Z');
    // A price that ended at midnight is no part of the day that begins.
    expect(iso(utc.earliestStart(at('2026-11-01T00:00:00Z')))).toBe('2026-12-01T00:00:00.000Z');
  });

  it('takes a zone that nobody knows for UTC', () => {
    expect(referenceCalendar('Nowhere/At_all').dayOf(at('2026-11-22T23:59:59Z'))).toBe('2026-11-22');
  });
});

it('moves dates by days', () => {
  expect(shiftDay('2026-03-01', -1)).toBe('2026-02-28');
  expect(shiftDay('2026-12-31', 1)).toBe('2027-01-01');
});
