import { type Result, ok, problem } from '../kernel/result.ts';
import type { ChangeRow } from '../pricing/change.ts';
import type { RuleSchedule } from '../rules/rule.ts';
import { type Occurrence, nextOccurrences, occurrencesFrom } from './occurrences.ts';
import { DAY_MS } from './wall-clock.ts';

/** When a price change runs, as it is stored with it. */
export interface Timing {
  /** When it starts by itself; null: it waits to be applied by hand. */
  readonly scheduleAt: Date | null;
  /** When its prices are taken back; null: never. */
  readonly endAt: Date | null;
  /** For a recurring change the start of its own window, which names it in its series. */
  readonly occurrenceAt: Date | null;
  /** For a recurring change: when the next change of the series is to be made; null where there is none after it. */
  readonly followAt: Date | null;
}

const NEVER: Timing = { scheduleAt: null, endAt: null, occurrenceAt: null, followAt: null };

/**
 * When a change with this valid schedule runs. A start in the past stays the start; whoever runs it takes that for now.
 * Of a recurring schedule it is the window of `occurrenceAt` where that is given, otherwise the one that runs or, if none runs,
 * the next (without end: the last that should have run, or the next).
 * Errors: conflict `window_over`: the end, or the last window, has passed.
 */
export function timingOf(schedule: RuleSchedule | null, now: Date, occurrenceAt: Date | null = null): Result<Timing> {
  if (schedule === null) return ok(NEVER);
  const over = (): Result<never> => problem('conflict', 'window_over', 'The time that this change was to run is over; give it a new schedule.');
  const window = schedule.recurrence && occurrenceAt ? windowAt(schedule, occurrenceAt.getTime()) : windowNow(schedule, now.getTime());
  if (!window || (window.endsAt !== null && window.endsAt <= now.getTime())) return over();
  const startsAt = new Date(window.startsAt);
  const more = schedule.recurrence ? nextOccurrences(schedule, window.startsAt, 1).length > 0 : false;
  return ok({
    scheduleAt: startsAt, endAt: window.endsAt === null ? null : new Date(window.endsAt),
    occurrenceAt: schedule.recurrence ? startsAt : null, followAt: more ? startsAt : null,
  });
}

/**
 * What is stored with a change when it is approved: when it runs, by the schedule that was given last. A recurring change begins a
 * series with its first approval. Errors: as `timingOf`.
 */
export function runTimes(change: Pick<ChangeRow, 'id' | 'scheduleJson' | 'seriesId' | 'occurrenceAt'>, now: Date): Result<Pick<Timing, 'scheduleAt' | 'endAt'> & Partial<Timing> & { readonly seriesId?: string }> {
  const timing = timingOf(change.scheduleJson as RuleSchedule | null, now, change.occurrenceAt);
  if (!timing.ok) return timing;
  const { scheduleAt, endAt } = timing.value;
  return ok(timing.value.occurrenceAt && change.seriesId === null ? { ...timing.value, seriesId: change.id } : { scheduleAt, endAt });
}

/** The window that begins at exactly this instant. */
function windowAt(schedule: RuleSchedule, startsAt: number): Occurrence | null {
  return nextOccurrences(schedule, startsAt - 1, 1).find((window) => window.startsAt === startsAt) ?? null;
}

/** The window that runs at an instant or, if none does, the next; of windows without end the last begun, or the first. Null when all are over. */
export function windowNow(schedule: RuleSchedule, now: number): Occurrence | null {
  const first = occurrencesFrom({ ...schedule, recurrence: null }, now).next().value;
  if (!first) return null;
  if (!schedule.recurrence) return first;
  // One that still runs began at most as long ago as it lasts on the wall clock, give or take a clock change.
  if (first.endsAt !== null) return windowFrom(schedule, now - (first.endsAt - first.startsAt) - 2 * DAY_MS, now)?.window ?? null;
  // Without end the last begun may be long ago: further and further back until one is found or the beginning is reached.
  for (let back = 40 * DAY_MS; ; back *= 4) {
    const found = windowFrom(schedule, now - back, now);
    if (now - back < first.startsAt || (found && found.window.startsAt <= now)) return found?.window ?? null;
  }
}

/**
 * The window that comes after the one that began at `last`, for somebody who looks only at `now`: windows that are over by then are
 * passed over (`missed` of them), of windows without end all but the last begun. Null when no window is left.
 */
export function windowFrom(schedule: RuleSchedule, last: number, now: number): { readonly window: Occurrence; readonly missed: number } | null {
  let missed = 0;
  let begun: Occurrence | null = null;
  for (const window of occurrencesFrom(schedule, last)) {
    if (window.startsAt <= last || window.remarks.includes('skipped')) continue;
    if (window.endsAt === null ? window.startsAt > now : window.endsAt > now) return { window: begun ?? window, missed };
    if (window.endsAt !== null || begun) missed += 1;
    if (window.endsAt === null) begun = window;
  }
  return begun && { window: begun, missed };
}
