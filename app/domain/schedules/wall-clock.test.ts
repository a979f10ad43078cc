import { describe, expect, it } from 'vitest';
import { resolveWallClock } from './wall-clock.ts';

describe('wall-clock times', () => {
  it.each([
    ['2026-12-01T00:00:00', 'Europe/Berlin', '2026-11-30T23:00:00.000Z', 'an ordinary time'],
    ['2026-12-01T00:00:00', 'UTC', '2026-12-01T00:00:00.000Z', 'UTC'],
    ['2026-03-29T02:30:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z', 'inside a gap: the first moment after it'],
    ['2026-03-29T03:00:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z', 'just after a gap'],
    ['2026-10-25T02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00.000Z', 'twice: the first'],
    ['2026-10-25T03:00:00', 'Europe/Berlin', '2026-10-25T02:00:00.000Z', 'just after a repeated hour'],
    ['2026-03-08T02:15:30', 'America/New_York', '2026-03-08T07:00:00.000Z', 'a gap west of Greenwich'],
    ['2026-11-01T01:30:00', 'America/New_York', '2026-11-01T05:30:00.000Z', 'twice west of Greenwich'],
    ['2026-10-04T02:10:00', 'Australia/Lord_Howe', '2026-10-03T15:30:00.000Z', 'a gap of half an hour'],
    ['2026-06-15T12:34:56', 'Asia/Kathmandu', '2026-06-15T06:49:56.000Z', 'an offset with minutes, to the second'],
  ])('%s in %s is %s (%s)', (local, zone, instant) => {
    expect(new Date(resolveWallClock(local, zone)!).toISOString()).toBe(instant);
  });
});
