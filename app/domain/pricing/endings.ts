import type { ItemCounts } from './lifecycle.ts';

/** The endings of a change's rows, as its completed event tells them. */
export function endingCounts(counts: ItemCounts): { applied: number; settled: number; conflict: number; failed: number; cancelled: number; kept: number } {
  return {
    applied: counts.applied ?? 0, settled: counts.settled ?? 0, conflict: counts.conflict ?? 0,
    failed: counts.failed ?? 0, cancelled: counts.cancelled ?? 0, kept: counts.kept ?? 0,
  };
}
