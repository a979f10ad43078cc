/** Days that "current volume" adds up: today and the days before it, in the shop's calendar. */
export const SALES_WINDOW_DAYS = 30;

/** How far the sales facts reach. Days are those of the shop's calendar, `2026-11-22`. */
export interface SalesWindow {
  readonly firstDay: string;
  readonly lastDay: string;
  /** Since when orders are counted: what was sold before is not known. */
  readonly countedSince: Date;
  readonly latestOrderAt: Date;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The day of an instant on the calendar of a time zone, `2026-11-22`; an unknown zone counts as UTC. */
export function dayIn(timeZone: string, at: Date): string {
  let format = formats.get(timeZone);
  if (!format) {
    const parts = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    try {
      format = new Intl.DateTimeFormat('en-CA', { timeZone, ...parts });
    } catch {
      format = new Intl.DateTimeFormat('en-CA', { timeZone: 'UTC', ...parts });
    }
    formats.set(timeZone, format);
  }
  return format.format(at);
}

const DAY_MS = 86_400_000;

/** The day so many days later (earlier where negative). */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Days from one to the other, both counted: 1 for the same day. */
export function daysBetween(first: string, last: string): number {
  return Math.round((Date.parse(`${last}T00:00:00Z`) - Date.parse(`${first}T00:00:00Z`)) / DAY_MS) + 1;
}
