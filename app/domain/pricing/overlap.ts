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
