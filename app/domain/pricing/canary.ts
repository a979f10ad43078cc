import { ok, problem } from '../kernel/result.ts';
import type { Result } from '../kernel/result.ts';
import { CANARY_DEFAULTS, exceeds, hundredths, readPauseOn, readPercent } from './pause-limits.ts';
import type { PauseOn } from './pause-limits.ts';

/**
 * The part of a plan that is written first, as stored with the change; the rows of the rest stay planned until it is over.
 * writing → verifying (read again from the shop) → waiting (for a person) or continued (the rest was queued, or there was none)
 */
export interface Canary {
  readonly continue: 'manual' | 'auto';
  readonly state: 'writing' | 'verifying' | 'waiting' | 'continued';
  readonly rows: number;
  readonly verified: number;
  readonly differing: number;
  readonly conflicts: number;
  readonly failed: number;
  readonly withinLimits: boolean | null;
}

export interface ApplyOptions {
  readonly canaryPercent: string | null;
  readonly canaryContinue: Canary['continue'];
  readonly pauseOn: Omit<PauseOn, 'since'>;
}

/** What a start asks for. Errors: invalid `invalid_canary_percent`, `invalid_canary_continue`, `invalid_pause_limits`. */
export function readApplyOptions(input: { readonly canaryPercent?: unknown; readonly canaryContinue?: unknown; readonly pauseOn?: unknown }): Result<ApplyOptions> {
  const wrong = (code: string, pointer: string, message: string): Result<never> => problem('invalid', code, message, [{ pointer, code, message }]);
  const none = input.canaryPercent === undefined || input.canaryPercent === null;
  const canaryPercent = none ? null : readPercent(input.canaryPercent);
  if (!none && (canaryPercent === null || canaryPercent === '0')) return wrong('invalid_canary_percent', '/canaryPercent', 'canaryPercent is above 0 and at most 100, with at most two decimals.');
  const canaryContinue = input.canaryContinue ?? 'manual';
  if (canaryContinue !== 'manual' && canaryContinue !== 'auto') return wrong('invalid_canary_continue', '/canaryContinue', 'canaryContinue is "manual" or "auto".');
  if (none && input.canaryContinue !== undefined && input.canaryContinue !== null) return wrong('invalid_canary_continue', '/canaryContinue', 'canaryContinue needs canaryPercent: without it all rows are written at once.');
  const pauseOn = readPauseOn(input.pauseOn);
  return pauseOn.ok ? ok({ canaryPercent, canaryContinue, pauseOn: pauseOn.value }) : pauseOn;
}

/** How many of `planned` rows a first part of this percentage has at least: rounded up, never none. */
export function canaryRows(planned: number, percent: string): number {
  return Math.max(1, Math.ceil((planned * hundredths(percent)) / 10_000));
}

export interface CanaryFindings {
  readonly verified: number;
  readonly differing: number;
  readonly conflicts: number;
  readonly failed: number;
}

/** Whether what was found in the first part is within the limits: those of the start, or the stricter ones of every first part. */
export function canaryWithin({ conflicts, failed }: CanaryFindings, rows: number, limits: PauseOn | null): boolean {
  const { conflictPercent, failurePercent } = limits?.given ? limits : CANARY_DEFAULTS;
  return !exceeds(conflicts, rows, conflictPercent) && !exceeds(failed, rows, failurePercent);
}

/** What happened to the first part, in sentences for people. */
export function canaryWords(canary: Canary, left: number): string {
  const { rows, verified, differing, conflicts, failed } = canary;
  const prices = (count: number): string => (count === 1 ? '1 price' : `${count} prices`);
  const found = [
    ...(differing ? [`${differing} no longer show${differing === 1 ? 's' : ''} the price that was written`] : []),
    ...(conflicts - differing > 0 ? [`${conflicts - differing} had been changed by somebody since the plan`] : []),
    ...(failed ? [`${failed} could not be written`] : []),
  ];
  const said = found.length === 0 ? `all are live as planned` : found.join(', ');
  const read = verified === rows ? 'read again' : `${verified} of them read again`;
  const why = canary.withinLimits ? 'Look at them in your store.' : 'That is more than is allowed for going on by itself.';
  return `The first part is written (${prices(rows)}, ${read}): ${said}. ${why} Resuming writes the remaining ${prices(left)}.`;
}
