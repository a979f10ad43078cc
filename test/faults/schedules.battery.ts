import { describe, expect, it } from 'vitest';
import { runSeeds, tally } from './run-seeds.ts';
import { scheduleCount } from './schedule-count.ts';

/** Half of the schedules, so that two processors share them. A seed that is found is replayed by `node test/faults/replay.ts <seed>`. */
export function schedulesHold(half: 'odd' | 'even', first: number): void {
  describe('the price flow under faults', () => {
    it(`keeps every invariant in schedules with ${half} seeds`, { timeout: 3_600_000 }, async () => {
      const found = await runSeeds(first, Math.ceil(scheduleCount() / 2), { step: 2 });
      console.log(`Fault simulation, ${half} seeds: ${tally(found)}`);
      expect(found.failures.map(({ seed, bad }) => `seed ${seed}: ${bad[0]}`)).toEqual([]);
      // A simulation in which nothing happens holds, too.
      for (const [what, least] of [['writes', 2], ['kills', 1], ['merchant edits', 1], ['transactions', 100], ['variants with a known price at the end', 0.2]] as const) {
        expect((found.counts.get(what) ?? 0) / found.schedules, what).toBeGreaterThan(least);
      }
    });
  });
}
