/**
 * Runs and replays the fault simulation.
 *   node test/faults/replay.ts <seed> [--mutant <name>]                         one seed, with its trace
 *   node test/faults/replay.ts --from <seed> --count <n> [--mutant <name>]      many, with the counts
 *   node test/faults/replay.ts --nightly <minutes> [--from <seed>]              seeds that no run had before, on all processors
 *   node test/faults/replay.ts --table <n>                                      which invariant finds which bug, in n schedules each
 */
import { parseArgs } from 'node:util';
import { mutants } from './mutants.ts';
import { runSeeds, tally } from './run-seeds.ts';
import type { Found } from './run-seeds.ts';
import { simulate } from './simulate.ts';
import { addTo, runOnAll, ThreadPool } from './thread-pool.ts';

const PIECE = 1_000;
const { values, positionals } = parseArgs({ allowPositionals: true, options: {
  from: { type: 'string' }, count: { type: 'string' }, mutant: { type: 'string' }, nightly: { type: 'string' }, table: { type: 'string' },
} });
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const leave = (code: number, text: string): never => {
  process.stderr.write(`${text}\n`);
  process.exit(code);
};
const mutant = values.mutant === undefined ? null : mutants.find((one) => one.name === values.mutant) ?? null;
if (values.mutant !== undefined && mutant === null) leave(2, `There is no mutant ${values.mutant}; there are: ${mutants.map((one) => one.name).join(', ')}`);

if (values.nightly !== undefined) {
  const end = Date.now() + Number(values.nightly) * 60_000;
  // Days since 2020 in the upper digits: every night has two million seeds of its own.
  const first = values.from === undefined ? Math.floor((Date.now() / 86_400_000 - 18_262) * 2_000_000) % 4_000_000_000 : Number(values.from);
  const pool = new ThreadPool();
  let at = first;
  const all: Found = { schedules: 0, failures: [], counts: new Map() };
  while (Date.now() < end) {
    const found = await runOnAll(pool, at, PIECE, { deadline: end });
    at += PIECE;
    addTo(all, found);
    const count = (what: string): number => found.counts.get(what) ?? 0;
    say(`seeds ${at - PIECE} to ${at - 1}: ${found.schedules} schedules, ${found.failures.length} broke an invariant; ${count('writes')} writes, ${count('bulk operations')} bulk operations, ${count('kills')} kills, ${count('merchant edits')} edits`);
    for (const { seed, bad } of found.failures) say(`  seed ${seed}: ${bad[0]}`);
  }
  await pool.close();
  say(tally(all));
  say(all.failures.length ? `WRONG\n${all.failures.map(({ seed, bad }) => `seed ${seed}: ${bad[0]}`).join('\n')}` : `Every invariant held in ${all.schedules} schedules from seed ${first}.`);
  process.exit(all.failures.length ? 1 : 0);
}
if (values.table !== undefined) {
  const pool = new ThreadPool();
  say('| bug | to be found by | found by, in schedules | found in |\n|---|---|---|---|');
  const missed: string[] = [];
  await Promise.all(mutants.map(async ({ name, by }) => {
    const { schedules, failures } = await pool.run({ from: 1, count: Number(values.table), mutant: name, until: '' });
    const times = new Map<string, number>();
    for (const { bad } of failures) for (const id of new Set(bad.map((text) => text.split(' ')[0]!))) times.set(id, (times.get(id) ?? 0) + 1);
    if (!times.has(by)) missed.push(name);
    say(`| ${name} | ${by} | ${[...times].sort(([, a], [, b]) => b - a).map(([id, count]) => `${id} ${count}`).join(', ')} | ${failures.length} of ${schedules} |`);
  }));
  await pool.close();
  say(missed.length ? `\nNot found by their own invariant in ${values.table} schedules: ${missed.join(', ')}` : `\nEach of ${mutants.length} bugs was found by its own invariant.`);
  process.exit(0);
}
if (values.count !== undefined) {
  const begun = performance.now();
  const found = await runSeeds(Number(values.from ?? 1), Number(values.count), { mutant });
  say(`${tally(found)}\n${((performance.now() - begun) / found.schedules).toFixed(1)} ms a schedule`);
  process.exit(found.failures.length ? 1 : 0);
}
const seed = Number(positionals[0] ?? Number.NaN);
if (!Number.isInteger(seed)) leave(2, 'Give a seed, or --from and --count, or --nightly, or --table.');
const { trace, bad, counts } = await simulate(seed, { trace: true, mutant });
say(`${trace.join('\n')}\n\n${[...counts].sort().map(([what, count]) => `${what}: ${count}`).join('\n')}\n\n${bad.length ? `WRONG\n${bad.join('\n')}` : 'Every invariant held.'}`);
process.exit(bad.length ? 1 : 0);
