/**
 * Replays seeds of the fault simulation.
 *   node test/faults/replay.ts <seed> [--mutant <name>]      one seed, with its trace
 *   node test/faults/replay.ts --from <seed> --count <n> [--mutant <name>]
 */
import { parseArgs } from 'node:util';
import { mutants as common, rareMutants } from './mutants.ts';
import { runSeeds, tally } from './run-seeds.ts';
import { simulate } from './simulate.ts';

const mutants = [...common, ...rareMutants];
const { values, positionals } = parseArgs({ allowPositionals: true, options: { from: { type: 'string', default: '1' }, count: { type: 'string' }, mutant: { type: 'string' }, stop: { type: 'boolean', default: false } } });
const mutant = values.mutant === undefined ? null : mutants.find((one) => one.name === values.mutant) ?? null;
if (values.mutant !== undefined && mutant === null) {
  process.stderr.write(`There is no mutant ${values.mutant}; there are: ${mutants.map((one) => one.name).join(', ')}\n`);
  process.exit(2);
}

if (values.count !== undefined) {
  const begun = performance.now();
  const found = await runSeeds(Number(values.from), Number(values.count), { mutant, stopAtFirst: values.stop });
  process.stdout.write(`${tally(found)}\n${((performance.now() - begun) / found.schedules).toFixed(1)} ms a schedule\n`);
  process.exit(found.failures.length ? 1 : 0);
}
const seed = Number(positionals[0] ?? Number.NaN);
if (!Number.isInteger(seed)) {
  process.stderr.write('Give a seed, or --from and --count.\n');
  process.exit(2);
}
const { trace, bad, counts } = await simulate(seed, { trace: true, mutant });
process.stdout.write(`${trace.join('\n')}\n\n${[...counts].sort().map(([what, count]) => `${what}: ${count}`).join('\n')}\n\n${bad.length ? `WRONG\n${bad.join('\n')}` : 'Every invariant held.'}\n`);
process.exit(bad.length ? 1 : 0);
