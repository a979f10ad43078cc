import { resolveWallClock } from '../schedules/wall-clock.ts';
import { addDays, localTimeAt, weekDayOf } from './local-time.ts';
import { WEEK_DAYS } from './policy.ts';
import type { QuietHours, QuietWindow } from './policy.ts';

const DAY_MINUTES = 1_440;

export function minutesOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
}

/** Minutes from the start of a window to its end; one that ends when it begins lasts a whole day. */
function lengthOf({ from, to }: QuietWindow): number {
  return ((minutesOf(to) - minutesOf(from) + DAY_MINUTES - 1) % DAY_MINUTES) + 1;
}

/** Whether the windows leave no minute of the week in which a price may be written. */
export function coversTheWeek(windows: readonly QuietWindow[]): boolean {
  const quiet = new Uint8Array(7 * DAY_MINUTES);
  for (const window of windows) {
    for (const day of window.days) {
      const start = WEEK_DAYS.indexOf(day) * DAY_MINUTES + minutesOf(window.from);
      for (let i = 0; i < lengthOf(window); i++) quiet[(start + i) % quiet.length] = 1;
    }
  }
  return quiet.every((minute) => minute === 1);
}

/** When the window that covers this instant ends; null where none does. */
function endOfQuiet({ windows, timeZone }: QuietHours, instant: Date): Date | null {
  const local = localTimeAt(instant, timeZone);
  let latest: Date | null = null;
  for (const window of windows) {
    for (const back of [0, 1]) {
      const began = addDays(local.date, -back);
      if (!window.days.includes(weekDayOf(began))) continue;
      const sinceStart = back * DAY_MINUTES + local.minutes - minutesOf(window.from);
      if (sinceStart < 0 || sinceStart >= lengthOf(window)) continue;
      const endDate = minutesOf(window.from) + lengthOf(window) >= DAY_MINUTES ? addDays(began, 1) : began;
      let end = new Date(resolveWallClock(`${endDate}T${window.to}:00`, timeZone)!);
      // An hour that the clock shows twice: its first end is over while the clock is still inside.
      if (end.getTime() <= instant.getTime()) end = new Date(instant.getTime() + (lengthOf(window) - sinceStart) * 60_000);
      if (latest === null || end.getTime() > latest.getTime()) latest = end;
    }
  }
  return latest;
}

/**
 * Whether a start may write at this instant. Otherwise `until` is the first instant at which it may. Windows follow the clock of
 * their zone: a night with a change of the clock is an hour shorter or longer.
 */
export function mayWriteNow(quietHours: QuietHours | undefined, now: Date): { readonly ok: true } | { readonly ok: false; readonly until: Date; readonly timeZone: string } {
  if (quietHours === undefined) return { ok: true };
  let until: Date | null = null;
  // Windows may follow one another; a week has no more beginnings than windows times days.
  for (let i = 0; i <= quietHours.windows.length * 7; i++) {
    const end = endOfQuiet(quietHours, until ?? now);
    if (end === null) break;
    until = end;
  }
  return until === null ? { ok: true } : { ok: false, until, timeZone: quietHours.timeZone };
}
