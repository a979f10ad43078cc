import { ok, problem } from '../kernel/result.ts';
import type { Result } from '../kernel/result.ts';
import type { ItemCounts } from './lifecycle.ts';

/** When a change pauses by itself, as stored; percentages are decimal strings. */
export interface PauseOn {
  readonly conflictPercent: string;
  readonly failurePercent: string;
  readonly minimumRows: number;
  /** Whether somebody chose these limits; a first part has stricter ones of its own otherwise. */
  readonly given: boolean;
  /** What had ended when the change was last started or resumed: whoever resumes has seen it, and it counts no more. */
  readonly since: EndedRows;
}

export interface EndedRows {
  readonly ended: number;
  readonly conflict: number;
  readonly failed: number;
}

/** A hundred rows: fewer are over before anybody looks, and their shares say little. Half: then it is not single rows that go wrong. */
export const PAUSE_DEFAULTS = { conflictPercent: '50', failurePercent: '50', minimumRows: 100 } as const;
/** What a first part may have and still go on by itself. Somebody edits a price now and then; a row that fails is looked at first. */
export const CANARY_DEFAULTS = { conflictPercent: '10', failurePercent: '0' } as const;

const PERCENT = /^\d{1,3}(\.\d{1,2})?$/;

/** A percentage from 0 to 100 with at most two decimals, as its shortest decimal string; null for anything else. */
export function readPercent(value: unknown): string | null {
  if (typeof value !== 'number' && typeof value !== 'string') return null;
  const text = String(value);
  if (!PERCENT.test(text) || Number(text) > 100) return null;
  return String(Number(text));
}

/** Hundredths of a percent: 12.5 % is 1250. */
export function hundredths(percent: string): number {
  return Math.round(Number(percent) * 100);
}

/** The limits that a start asks for, the defaults where it asks for none. Errors: invalid `invalid_pause_limits`. */
export function readPauseOn(value: unknown): Result<Omit<PauseOn, 'since'>> {
  if (value === undefined || value === null) return ok({ ...PAUSE_DEFAULTS, given: false });
  const wrong = (name: string, message: string): Result<never> => problem('invalid', 'invalid_pause_limits', `pauseOn.${name}: ${message}`, [{ pointer: `/pauseOn/${name}`, code: 'invalid_pause_limits', message }]);
  const given = value as Readonly<Record<string, unknown>>;
  const percents: Record<string, string> = {};
  for (const name of ['conflictPercent', 'failurePercent'] as const) {
    const percent = readPercent(given[name] ?? PAUSE_DEFAULTS[name]);
    if (percent === null) return wrong(name, 'It is a percentage from 0 to 100 with at most two decimals.');
    percents[name] = percent;
  }
  const minimumRows = given.minimumRows ?? PAUSE_DEFAULTS.minimumRows;
  if (typeof minimumRows !== 'number' || !Number.isInteger(minimumRows) || minimumRows < 1) return wrong('minimumRows', 'It is a whole number of rows, at least 1.');
  return ok({ conflictPercent: percents.conflictPercent!, failurePercent: percents.failurePercent!, minimumRows, given: true });
}

/** Rows that were tried and have ended; a conflict that a person let stand was one. */
export function endedRows(counts: ItemCounts): EndedRows {
  const conflict = (counts.conflict ?? 0) + (counts.kept ?? 0);
  const failed = counts.failed ?? 0;
  return { ended: (counts.applied ?? 0) + (counts.settled ?? 0) + conflict + failed, conflict, failed };
}

/** Whether `part` of `whole` is more than this percentage of it. */
export function exceeds(part: number, whole: number, percent: string): boolean {
  return part * 10_000 > whole * hundredths(percent);
}

export interface TooMuch {
  readonly code: 'conflict_rate' | 'failure_rate';
  readonly sentence: string;
}

/** Why a change must pause, from how its rows stand now; null where it may go on, and where nothing is left that a pause could save. */
export function tooMuch(counts: ItemCounts, limits: PauseOn): TooMuch | null {
  const left = (counts.queued ?? 0) + (counts.writing ?? 0) + (counts.planned ?? 0);
  const now = endedRows(counts);
  const ended = now.ended - limits.since.ended;
  if (left === 0 || ended < limits.minimumRows) return null;
  const conflict = now.conflict - limits.since.conflict;
  const failed = now.failed - limits.since.failed;
  if (exceeds(failed, ended, limits.failurePercent)) {
    return { code: 'failure_rate', sentence: `It paused by itself: ${failed} of ${ended} prices could not be written, more than the ${limits.failurePercent} % allowed. Look at what Shopify said; resuming goes on with the rest.` };
  }
  if (exceeds(conflict, ended, limits.conflictPercent)) {
    return { code: 'conflict_rate', sentence: `It paused by itself: ${conflict} of ${ended} prices are no longer what the plan was made on, more than the ${limits.conflictPercent} % allowed. The newer prices were kept; resuming goes on with the rest.` };
  }
  return null;
}
