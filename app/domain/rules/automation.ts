import { nextOccurrences } from '../schedules/occurrences.ts';
import type { Occurrence } from '../schedules/occurrences.ts';
import { PLAN_AHEAD_MS } from '../schedules/series.ts';
import { windowFrom, windowNow } from '../schedules/timing.ts';
import type { RuleSchedule, Transform } from './rule.ts';

/** What makes a saved rule run: a person, each window of its schedule, or changes of what it selects. */
export const RULE_TRIGGERS = ['manual', 'schedule', 'catalog'] as const;
export type RuleTrigger = (typeof RULE_TRIGGERS)[number];

/** Changes of the catalog often come in many pieces: a rule waits until none has come for so long, but no longer than the second. */
export const CATALOG_QUIET_MS = 20_000;
export const CATALOG_LONGEST_MS = 300_000;

/** The window for which a rule is to be run next, after the one that began at `done`; null where none is left. */
export function nextRun(schedule: RuleSchedule, done: Date | null, now: Date): Occurrence | null {
  if (done) return windowFrom(schedule, done.getTime(), now.getTime())?.window ?? null;
  const window = windowNow(schedule, now.getTime());
  if (!window) return null;
  if (window.endsAt !== null) return window.endsAt > now.getTime() ? window : null;
  // What has no end and began before the rule was to run by itself is not run late.
  return window.startsAt > now.getTime() ? window : (nextOccurrences(schedule, now.getTime(), 1)[0] ?? null);
}

/** When a rule with a schedule is looked at for this window: early enough to be approved. */
export function lookAt(window: Occurrence | null): Date | null {
  return window === null ? null : new Date(window.startsAt - PLAN_AHEAD_MS);
}

/**
 * Whether the price that a transform gives depends on the price it starts from, so that doing it to its own result would go on and on:
 * ten percent off, again and again.
 */
export function startsFromOwnPrice({ base, steps }: Transform): boolean {
  const own = base === undefined || base === 'price' || base === 'compareAtPrice' || base === 'baseline' || base === 'lowest30Days';
  return own && !(steps ?? []).some(({ type }) => type === 'set' || type === 'margin');
}
