import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The account PostgreSQL runs as; null when it is simply ours. PostgreSQL refuses to run as root. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** Where a root process keeps what PostgreSQL must reach, when the wished folder cannot be reached by its account. */
const REACHABLE_HOME = '/var/lib/calibrate';

/** The account `postgres`, made when it is missing; null unless we are root. Throws when it cannot be made. */
export function postgresUser(): SystemUser | null {
  if (process.getuid?.() !== 0) return null;
  const known = lookUp();
  if (known) return known;
  for (const [command, args] of [
    ['useradd', ['--system', '--user-group', '--no-create-home', 'postgres']],
    ['adduser', ['-S', '-D', '-H', 'postgres']],
  ] as const) {
    try {
      execFileSync(command, args, { stdio: 'ignore' });
      break;
    } catch {
      // The other command is tried, and the look-up below decides.
    }
  }
  const made = lookUp();
  if (!made) throw new Error('PostgreSQL cannot run as root, and the account "postgres" could not be made: run as another user');
  return made;
}

function lookUp(): SystemUser | null {
  try {
    const ask = (flag: string): number =>
      Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: ask('-u'), gid: ask('-g') };
  } catch {
    return null;
  }
}

/** The nearest existing folder at or above `path` that the account may not pass through; null when the way is open. */
export function closedParent(path: string, user: SystemUser): string | null {
  const chain: string[] = [];
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    chain.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  for (const folder of chain) {
    if (!existsSync(folder)) continue;
    const status = statSync(folder);
    // Making a folder in it fails and says why.
    if (!status.isDirectory()) return null;
    const { mode, uid, gid } = status;
    const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
    if (((mode >> shift) & 1) === 0) return folder;
  }
  return null;
}

/** A folder that only root can write into, for things that stand in for the ones at `path`. */
export function standInFolder(name: string): string {
  mkdirSync(REACHABLE_HOME, { recursive: true, mode: 0o755 });
  return join(REACHABLE_HOME, name);
}

/** Copies a folder once, all or nothing, and answers where the copy is. */
export function copyOnce(from: string, name: string): string {
  const to = standInFolder(name);
  if (existsSync(to)) return to;
  const unfinished = `${to}.${process.pid}`;
  cpSync(from, unfinished, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(unfinished, to);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(to)) throw error;
  }
  return to;
}
