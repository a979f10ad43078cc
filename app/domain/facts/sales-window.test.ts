import { describe, expect, it } from 'vitest';
import { dayAfter, dayIn, daysBetween } from './sales-window.ts';

describe('days of the shop', () => {
  it.each([
    ['Asia/Tokyo', '2026-11-21T15:00:00Z', '2026-11-22'], ['America/New_York', '2026-11-22T04:59:59Z', '2026-11-21'], ['UTC', '2026-11-22T00:00:00Z', '2026-11-22'],
    ['Europe/Berlin', '2026-03-29T22:00:00Z', '2026-03-30'], ['Nowhere/Else', '2026-11-22T23:59:59Z', '2026-11-22'],
  ])('in %s %s is on %s', (zone, at, day) => {
    expect(dayIn(zone, new Date(at))).toBe(day);
  });

  it('are counted over months, leap days and clock changes', () => {
    expect(dayAfter('2028-02-28', 1)).toBe('2028-02-29');
    expect(dayAfter('2026-11-22', -29)).toBe('2026-10-24');
    expect(daysBetween('2026-10-24', '2026-11-22')).toBe(30);
    expect(daysBetween('2026-11-22', '2026-11-22')).toBe(1);
  });
});
