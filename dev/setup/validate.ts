/**
 * What `npm run validate` and .ci/run do: types, lint, import rules, schema drift, tests. All of them, also after one has failed;
 * the last line is the tests' total: `N passed, N failed`. Arguments choose steps: `npm run validate -- types lint`.
 * Where CI=true a browser or Redis test that was skipped is a failure.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closingLine, failureLines, totalsOf } from './test-report.ts';
import type { TestReport } from './test-report.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const REPORT = join(ROOT, '.cache/test-report.json');
const CRUISED = ['app', 'dev', 'schemas', 'extensions', 'prisma'];

const inModules = (path: string) => join('node_modules', path);
const STEPS: Readonly<Record<string, readonly string[]>> = {
  types: [inModules('typescript/bin/tsc'), '--noEmit', '--project', '.'],
  lint: [inModules('eslint/bin/eslint.js'), '.'],
  imports: [
    inModules('dependency-cruiser/bin/dependency-cruiser.mjs'), '--config', '.dependency-cruiser.cjs', '--output-type', 'err',
    ...CRUISED.filter((folder) => existsSync(join(ROOT, folder))),
  ],
  schemas: ['schemas/tools/check.ts'],
  database: ['dev/postgres/check-drift.ts'],
  tests: ['dev/setup/run-tests.ts', '--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`],
};

async function run(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** The tests' totals and failures; a run that left no report counts as one failure. */
function readReport(exitCode: number) {
  if (!existsSync(REPORT)) return { totals: { passed: 0, failed: 1, skipped: 0, mustNotSkip: [] }, failures: ['the tests ended without a report'] };
  const report = JSON.parse(readFileSync(REPORT, 'utf8')) as TestReport;
  return { totals: totalsOf(report, exitCode), failures: failureLines(report, ROOT) };
}

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !Object.hasOwn(STEPS, name));
if (unknown.length > 0) {
  process.stderr.write(`There is no step ${unknown.join(', ')}: choose from ${Object.keys(STEPS).join(', ')}.\n`);
  process.exit(2);
}

mkdirSync(join(ROOT, '.cache'), { recursive: true });
rmSync(REPORT, { force: true });
const results: string[] = [];
let failed = false;
let testsExit: number | undefined;
for (const [name, args] of Object.entries(STEPS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  process.stdout.write(`\n── ${name}\n`);
  const began = performance.now();
  const exitCode = await run(args);
  if (name === 'tests') testsExit = exitCode;
  failed ||= exitCode !== 0;
  results.push(`${exitCode === 0 ? 'ok    ' : 'FAILED'}  ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
}
process.stdout.write(`\n${results.join('\n')}\n`);

if (testsExit !== undefined) {
  const { totals, failures } = readReport(testsExit);
  if (failures.length > 0) process.stdout.write(`\n${failures.map((line) => `failed  ${line}\n`).join('')}`);
  if (process.env['CI'] === 'true' && totals.mustNotSkip.length > 0) {
    failed = true;
    process.stdout.write(`FAILED  skipped, but must run here:\n${totals.mustNotSkip.map((name) => `  ${name}\n`).join('')}`);
  }
  failed ||= totals.failed > 0;
  process.stdout.write(`\n${closingLine(totals)}\n`);
}
process.exitCode = failed ? 1 : 0;
