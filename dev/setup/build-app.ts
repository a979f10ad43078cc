/**
 * Bundles the web app (Remix, `build/`) when something it is made of has changed since the last time, otherwise does nothing.
 *
 *   node dev/setup/build-app.ts            build if needed
 *
 * Writes to stderr only: programs that call it may promise something about their stdout.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STAMP = join(ROOT, '.cache/build-stamp');
const LOCK = join(ROOT, '.cache/build.lock');
const BUILT = ['build/server/index.js', 'build/client'].map((path) => join(ROOT, path));
const MADE_OF = ['app', 'public', 'schemas', 'package-lock.json', 'remix.config.js', 'tsconfig.json', 'vite.config.ts'];
/** In `app` and `schemas`, but not in the bundle. */
const NOT_IN_IT = /\.test\.tsx?$|^app\/(worker|web)\/|^schemas\/tools\/(?!openapi)|\.md$/;

function filesOf(path: string): string[] {
  const full = join(ROOT, path);
  if (!existsSync(full)) return [];
  const entries = readdirSync(full, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}

/** A hash of everything the bundle is made of. */
function fingerprint(): string {
  const files = MADE_OF.flatMap((path) => (/\.\w+$/.test(path) ? [path] : filesOf(path)))
    .filter((path) => !NOT_IN_IT.test(path))
    .sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update('\0').update(readFileSync(join(ROOT, file))).update('\0');
  return hash.digest('hex');
}

function isFresh(wanted: string): boolean {
  return BUILT.every((path) => existsSync(path)) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** One build at a time: `npm test` and `npm run demo` may be started together. */
async function locked(work: () => Promise<void>): Promise<void> {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  for (;;) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = existsSync(LOCK) ? Number(readFileSync(LOCK, 'utf8')) : 0;
      // A holder of 0 is one that has made the file and not yet written into it, or has just removed it.
      if (holder > 0 && !isAlive(holder)) rmSync(LOCK, { force: true });
      await sleep(200);
    }
  }
  try {
    await work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

async function bundle(): Promise<void> {
  const cli = join(ROOT, 'node_modules/@remix-run/dev/dist/cli.js');
  const child = spawn(process.execPath, [cli, 'vite:build'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_ENV: 'production', NO_COLOR: '1' } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`the app could not be built:\n${output}`);
}

/** Builds the app if its sources changed. Rejects with the bundler's output when it cannot be built. */
export async function buildApp(): Promise<void> {
  if (isFresh(fingerprint())) return;
  await locked(async () => {
    const wanted = fingerprint();
    if (isFresh(wanted)) return;
    process.stderr.write('calibrate: building the app\n');
    rmSync(STAMP, { force: true });
    await bundle();
    writeFileSync(STAMP, wanted);
  });
}

if (import.meta.main) {
  try {
    await buildApp();
  } catch (error) {
    process.stderr.write(`calibrate: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
