import type { Mutant } from './our-processes.ts';
import { simulate } from './simulate.ts';

export interface Found {
  schedules: number;
  readonly failures: { readonly seed: number; readonly bad: readonly string[] }[];
  readonly counts: Map<string, number>;
}
export interface RunOptions {
  readonly mutant?: Mutant | null;
  /** Stops at the first schedule in which a sentence of what is wrong begins with this (`I4 `); '' runs all. */
  readonly until?: string;
  /** No schedule is begun after this moment, in milliseconds since the epoch. */
  readonly deadline?: number;
}

/** Runs schedules one after the other and adds up what happened in them. */
export async function runSeeds(from: number, count: number, { mutant = null, until = '', deadline = Number.POSITIVE_INFINITY }: RunOptions = {}): Promise<Found> {
  const found: Found = { schedules: 0, failures: [], counts: new Map() };
  for (let seed = from; found.schedules < count && Date.now() < deadline; seed++) {
    const { bad, counts, events } = await simulate(seed, { mutant });
    found.schedules++;
    // Whoever else is in this process has a turn.
    await new Promise((turn) => setImmediate(turn));
    for (const [what, times] of counts) found.counts.set(what, (found.counts.get(what) ?? 0) + times);
    found.counts.set('steps', (found.counts.get('steps') ?? 0) + events);
    if (bad.length) found.failures.push({ seed, bad });
    if (until !== '' && bad.some((text) => text.startsWith(until))) break;
  }
  return found;
}

/** The counts in words, one a line. */
export function tally({ schedules, failures, counts }: Found): string {
  const lines = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, times]) => `  ${what}: ${times}`);
  const wrong = failures.slice(0, 30).map(({ seed, bad }) => `  seed ${seed}: ${bad[0]}${bad.length > 1 ? ` (and ${bad.length - 1} more)` : ''}`);
  return [`${schedules} schedules, ${failures.length} broke an invariant`, ...lines, ...(wrong.length ? ['broken:', ...wrong] : [])].join('\n');
}
