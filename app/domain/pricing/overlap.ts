import type { RuleSchedule } from '../rules/rule.ts';
import { nextOccurrences } from '../schedules/occurrences.ts';
import { DAY_MS } from '../schedules/wall-clock.ts';
import { compareLayers } from './layers.ts';

/** One of two changes that are about to price, or price, the same variants. */
export interface Contender {
  readonly id: string;
  /** null: it waits to be applied by hand. */
  readonly startsAt: Date | null;
  /** null: no campaign. */
  readonly endsAt: Date | null;
  readonly priority: number;
  readonly createdAt: Date;
  /** Where it comes again after this window: the schedule that says when. */
  readonly again?: RuleSchedule | null;
}

export const OVERLAP_REASONS = ['priority', 'later_start', 'later_creation', 'campaign_over_baseline', 'applied_last'] as const;
export type OverlapReason = (typeof OVERLAP_REASONS)[number];

export interface OverlapVerdict {
  /** Whose price the shop shows while both run. */
  readonly wins: 'this' | 'other' | 'last_applied';
  readonly reason: OverlapReason;
}

/** Which of two overlapping changes the shop shows, and why (RULES.md, "Campaigns"). */
export function judgeOverlap(ours: Contender, other: Contender, now: Date): OverlapVerdict {
  if (ours.endsAt === null && other.endsAt === null) return { wins: 'last_applied', reason: 'applied_last' };
  if (ours.endsAt === null) return { wins: 'other', reason: 'campaign_over_baseline' };
  if (other.endsAt === null) return { wins: 'this', reason: 'campaign_over_baseline' };
  const layer = (of: Contender) => ({ changeId: of.id, priority: of.priority, startsAt: of.startsAt ?? now, changeCreatedAt: of.createdAt });
  const a = layer(ours);
  const b = layer(other);
  const reason = a.priority !== b.priority ? 'priority' : a.startsAt.getTime() !== b.startsAt.getTime() ? 'later_start' : 'later_creation';
  return { wins: compareLayers(a, b) < 0 ? 'this' : 'other', reason };
}

/** Whether there is a time at which both run; a change without an end runs for ever, one without a start from now on. */
export function windowsMeet(a: Contender, b: Contender, now: Date): boolean {
  const from = (of: Contender): number => (of.startsAt ?? now).getTime();
  const to = (of: Contender): number => of.endsAt?.getTime() ?? Infinity;
  return from(a) < to(b) && from(b) < to(a);
}

/** So many windows of a recurring change are held against another: half a year of Fridays. */
const WINDOWS_MAX = 26;

/**
 * The first windows of two changes in which both run, where one or both come again; null where none of the next do. A series is asked
 * for what it will do, not only for the window that is planned.
 */
export function firstMeeting(ours: Contender, theirs: Contender, now: Date): { readonly ours: Contender; readonly theirs: Contender } | null {
  for (const a of windowsOf(ours)) {
    if (windowsMeet(a, theirs, now)) return { ours: a, theirs };
    const b = laterWindows(theirs, a, now).find((window) => windowsMeet(a, window, now));
    if (b) return { ours: a, theirs: b };
  }
  return null;
}

function windowsOf(change: Contender): Contender[] {
  const { again, startsAt } = change;
  return again && startsAt ? [change, ...nextOccurrences(again, startsAt.getTime(), WINDOWS_MAX).map((window) => inWindow(change, window))] : [change];
}

/** Windows of a change after its own that could meet one of another change. */
function laterWindows(change: Contender, other: Contender, now: Date): Contender[] {
  const { again, startsAt, endsAt } = change;
  if (!again || !startsAt) return [];
  const length = endsAt === null ? 0 : endsAt.getTime() - startsAt.getTime();
  const from = Math.max(startsAt.getTime(), (other.startsAt ?? now).getTime() - length - DAY_MS);
  return nextOccurrences(again, from, 4).map((window) => inWindow(change, window));
}

function inWindow(change: Contender, { startsAt, endsAt }: { startsAt: number; endsAt: number | null }): Contender {
  return { ...change, startsAt: new Date(startsAt), endsAt: endsAt === null ? null : new Date(endsAt) };
}
