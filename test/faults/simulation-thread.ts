/** One processor's share of the fault simulation: takes a piece of work at a time, run by Node itself and not by the test runner. */
import { parentPort } from 'node:worker_threads';
import { mutants } from './mutants.ts';
import { runSeeds } from './run-seeds.ts';
import type { SeedWork } from './thread-pool.ts';

// Nobody reads where an injected error was thrown.
Error.stackTraceLimit = 0;
parentPort!.on('message', (work: SeedWork) => {
  const mutant = work.mutant === null ? null : mutants.find((one) => one.name === work.mutant)!;
  void runSeeds(work.from, work.count, { mutant, until: work.until, ...(work.deadline === undefined ? {} : { deadline: work.deadline }) }).then((found) => parentPort!.postMessage({ id: work.id, found }), (error: unknown) => { throw error; });
});
