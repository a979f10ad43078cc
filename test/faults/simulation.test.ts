import { afterAll, describe, expect, it } from 'vitest';
import { mutants } from './mutants.ts';
import { runOnAll, ThreadPool } from './thread-pool.ts';
import { tally } from './run-seeds.ts';
import { scheduleCount } from './schedule-count.ts';

/**
 * Schedules in which each bug has to be found. Any change of the flows makes other schedules of the same seeds: most bugs show within a
 * dozen, a rollback to the plan's price where another was replaced (`rolls-back-to-the-plan`) once in about nine hundred.
 */
const BUDGET = 2_000;
const LONG_MS = 3_600_000;
const INVARIANTS = Array.from({ length: 14 }, (_, n) => `I${n + 1}`);

const pool = new ThreadPool();
afterAll(() => pool.close());

describe('the price flow under faults', () => {
  // A seed that is found is replayed by `node test/faults/replay.ts <seed>`.
  it('keeps every invariant in every schedule', { timeout: LONG_MS }, async () => {
    const begun = performance.now();
    const found = await runOnAll(pool, 1, scheduleCount());
    console.log(`Fault simulation: ${tally(found)}\n${((performance.now() - begun) / 1_000).toFixed(1)} s`);
    expect(found.failures.map(({ seed, bad }) => `seed ${seed}: ${bad[0]}`)).toEqual([]);
    // A simulation in which nothing happens holds, too.
    for (const [what, least] of [['writes', 2], ['kills', 0.3], ['merchant edits', 1], ['transactions', 100], ['bulk operations', 0.3], ['variants with a known price at the end', 0.2]] as const) {
      expect((found.counts.get(what) ?? 0) / found.schedules, what).toBeGreaterThan(least);
    }
  });
});

describe('the fault simulation', () => {
  const caught = new Map<string, string[]>(INVARIANTS.map((id) => [id, []]));

  it.each(mutants.map((mutant) => [mutant.name, mutant.by] as const))('finds a bug that is put in on purpose: %s (%s)', { timeout: LONG_MS }, async (name, by) => {
    const found = await pool.run({ from: 1, count: BUDGET, mutant: name, until: `${by} ` });
    const wrong = found.failures.flatMap(({ bad }) => bad);
    for (const id of new Set(wrong.map((text) => text.split(' ')[0]!))) caught.get(id)?.push(name);
    expect(wrong.filter((text) => text.startsWith(`${by} `)), `${found.schedules} schedules`).not.toEqual([]);
    console.log(`${name}: found after ${found.schedules} schedules: ${wrong.find((text) => text.startsWith(`${by} `))}`);
  });

  it('has a bug for every invariant', () => {
    console.log([...caught].map(([id, names]) => `${id}: ${names.join(', ')}`).join('\n'));
    expect([...caught].filter(([, names]) => names.length === 0).map(([id]) => id)).toEqual([]);
  });
});
