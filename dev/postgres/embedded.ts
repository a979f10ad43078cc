import { spawnSync } from 'node:child_process';
import { chownSync, closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  clusterFolder, ensureCluster, findBinaries, removeStaleLock, serverOf, spawnServer, stopServerWithUs, SUPERUSER,
} from './cluster.ts';

export interface EmbeddedPostgresOptions {
  /** Where the data is kept between runs; made when it is missing. */
  readonly dataDir: string;
  /** A free one is chosen when it is not given. */
  readonly port?: number;
  /** False trades safety against power cuts for speed; for tests only. */
  readonly durable?: boolean;
  /** Told what a person should know, one line at a time; stderr unless given. */
  readonly say?: (line: string) => void;
}

export interface EmbeddedPostgres {
  readonly superuserUrl: string;
  readonly port: number;
  /** Where the data really is: another folder than the wished one when PostgreSQL's account cannot reach that. */
  readonly dataDir: string;
  /** Resolves with the server's last words when it ends without having been asked to. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 15_000;

/**
 * Starts PostgreSQL 18 on loopback over `dataDir`. It ends with this process, however that ends.
 * Throws with one clear line: folder not writable, in use by another server, port taken, server did not start.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const say = options.say ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const binaries = findBinaries(say);
  const dataDir = clusterFolder(options.dataDir, binaries.user, say);
  const password = ensureCluster(dataDir, binaries);
  await waitUntilFree(dataDir);
  removeStaleLock(dataDir);

  if (options.port !== undefined && !(await isFree(options.port))) throw new Error(`port ${options.port} is in use: choose another for PostgreSQL`);
  const logFile = join(dataDir, 'server.log');
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    const log = openSync(logFile, 'w', 0o600);
    if (binaries.user) chownSync(logFile, binaries.user.uid, binaries.user.gid);
    const server = spawnServer(dataDir, binaries, settings(port, options.durable ?? true), log);
    closeSync(log);
    const exit = new Promise<string>((resolve) => {
      server.on('error', (error) => resolve(error.message));
      server.on('exit', () => resolve(lastWords(logFile)));
    });
    const failure = await Promise.race([exit, untilReady(dataDir, server.pid ?? 0)]);
    if (failure === null) {
      const pid = server.pid as number;
      stopServerWithUs(dataDir, pid);
      let asked = false;
      const superuserUrl = `postgresql://${SUPERUSER}:${password}@${HOST}:${port}/postgres`;
      return {
        superuserUrl,
        port,
        dataDir,
        ended: new Promise((resolve) => void exit.then((words) => { if (!asked) resolve(words); })),
        stop: async () => {
          if (asked) return void (await exit);
          asked = true;
          server.ref();
          await stopServer(pid, dataDir, binaries.postgres, exit);
        },
      };
    }
    // The free port may have been taken in the meantime; another one is then free.
    if (options.port === undefined && attempt < 3 && /Address already in use|could not bind/i.test(failure)) continue;
    throw new Error(`PostgreSQL did not start: ${failure}`);
  }
}

/** Deletes the data for good. The server must not be running. */
export function deleteEmbeddedPostgres(wishedDataDir: string): void {
  const { user } = findBinaries(() => {});
  const dataDir = clusterFolder(wishedDataDir, user, () => {});
  const server = serverOf(dataDir);
  if (server) throw new Error(`${dataDir} is in use by a running PostgreSQL (process ${server.pid})`);
  rmSync(dataDir, { recursive: true, force: true });
}

function settings(port: number, durable: boolean): Record<string, string> {
  return {
    listen_addresses: HOST,
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '256MB',
    work_mem: '16MB',
    maintenance_work_mem: '128MB',
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    // One server and no replicas.
    wal_level: 'minimal',
    max_wal_senders: '0',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum_naptime: '10min' }),
  };
}

/** A server that is just shutting down (its parent was killed) is waited for; one that goes on is somebody's. */
async function waitUntilFree(dataDir: string): Promise<void> {
  for (const end = Date.now() + 5_000; Date.now() < end; await sleep(50)) {
    if (serverOf(dataDir) === null) return;
  }
  throw new Error(`${dataDir} is in use by a running PostgreSQL (process ${serverOf(dataDir)?.pid}): is Calibrate already running?`);
}

async function untilReady(dataDir: string, pid: number): Promise<string | null> {
  for (const end = Date.now() + START_TIMEOUT_MS; Date.now() < end; await sleep(15)) {
    const server = serverOf(dataDir);
    if (server?.pid === pid && server.ready) return null;
  }
  return `not ready after ${START_TIMEOUT_MS / 1000} s`;
}

async function stopServer(pid: number, dataDir: string, postgres: string, exit: Promise<unknown>): Promise<void> {
  // Fast shutdown: open transactions are rolled back, everything committed is on disk.
  if (process.platform === 'win32') {
    spawnSync(postgres.replace(/postgres\.exe$/, 'pg_ctl.exe'), ['stop', '-m', 'fast', '-D', dataDir], { stdio: 'ignore' });
  } else {
    signal(pid, 'SIGINT');
  }
  const late = Symbol('late');
  const patience = sleep(STOP_TIMEOUT_MS, late, { ref: false });
  if ((await Promise.race([exit, patience])) === late) {
    signal(pid, 'SIGQUIT');
    await exit;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has already ended.
  }
}

function lastWords(logFile: string): string {
  try {
    const lines = readFileSync(logFile, 'utf8').trim().split('\n');
    return lines.filter((line) => /FATAL|ERROR|PANIC/.test(line)).slice(-3).join(' ') || lines.slice(-3).join(' ');
  } catch {
    return 'it left no message';
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, HOST, () => probe.close(() => resolve(true)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, HOST, () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
