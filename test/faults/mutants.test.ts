import { describe, expect, it } from 'vitest';
import { mutants } from './mutants.ts';
import { runSeeds } from './run-seeds.ts';

/** Schedules in which each bug has to be found. */
const BUDGET = 400;

describe('the fault simulation', () => {
  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))('finds a bug that is put in on purpose: %s', { timeout: 600_000 }, async (name, mutant) => {
    const found = await runSeeds(1, BUDGET, { mutant, stopAtFirst: true });
    console.log(`${name}: found after ${found.schedules} schedules: ${found.failures[0]?.bad[0] ?? 'not found'}`);
    expect(found.failures).toHaveLength(1);
  });
});
