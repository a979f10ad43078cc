/**
 * What `npm test` runs once packages are there: builds the app if its sources changed, then every project of vitest.config.ts.
 * Arguments go on to vitest: `npm test -- app/domain`, `npm test -- --project unit`, `npm test -- -t 'hands a job'`.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildApp } from './build-app.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Tests in these places never open the built app. */
const WITHOUT_BUILD = /^(\.\/)?(app|dev|schemas|extensions|bench|test\/(contract|architecture|oracle))(\/|$)/;
const PROJECTS_WITHOUT_BUILD = ['unit', 'contract'];

/** True unless the arguments choose only tests that do without the built app. */
export function needsBuild(args: readonly string[]): boolean {
  const projects = args.flatMap((arg, at) => (arg === '--project' ? [args[at + 1] ?? ''] : arg.startsWith('--project=') ? [arg.slice('--project='.length)] : []));
  if (projects.length > 0 && projects.every((project) => PROJECTS_WITHOUT_BUILD.includes(project))) return false;
  const paths = args.filter((arg, at) => !arg.startsWith('-') && !/^(--project|-t|--testNamePattern|--reporter)$/.test(args[at - 1] ?? ''));
  return paths.length === 0 || !paths.every((path) => WITHOUT_BUILD.test(path));
}

/** Runs vitest to its end, in this terminal, and answers with its exit code. */
async function runVitest(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...args], { cwd: ROOT, stdio: 'inherit' });
  // A terminal sends SIGINT to vitest as well.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

if (import.meta.main) {
  const args = process.argv.slice(2);
  try {
    if (needsBuild(args)) await buildApp();
    process.exitCode = await runVitest(args);
  } catch (error) {
    process.stderr.write(`calibrate: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
