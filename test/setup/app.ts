import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

/** What `npm run demo -- --json` prints. */
export interface RunningApp {
  readonly adminUrl: string;
  readonly appUrl: string;
  readonly apiUrl: string;
  readonly simulatorUrl: string;
  readonly databaseUrl: string;
  readonly token: string;
  readonly shop: string;
  readonly shops: readonly { readonly shop: string; readonly token: string }[];
  readonly pids: { readonly app: number; readonly worker: number; readonly simulator: number };
}

declare module 'vitest' {
  export interface ProvidedContext {
    readonly app: RunningApp;
  }
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START_MS = 180_000;
/** Short, so that a test can wait for it; production's is longer than the latest landing of a write. */
const TEST_QUIET_MS = '4000';
/** A write needs 29 s of its lease. */
const TEST_LEASE_MS = '40000';

interface Shared {
  users: number;
  readonly started: Promise<{ facts: RunningApp; demo: ChildProcess; dataDir: string }>;
}
const shared = globalThis as unknown as { calibrateRunningApp?: Shared };

/** The whole of Calibrate as a user starts it, once for all projects that need it: the demo with its own folder and port. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = (shared.calibrateRunningApp ??= { users: 0, started: start() });
  running.users += 1;
  const { facts, demo, dataDir } = await running.started;
  project.provide('app', facts);
  project.provide('adminUrl', facts.adminUrl);
  return async () => {
    running.users -= 1;
    if (running.users > 0) return;
    delete shared.calibrateRunningApp;
    const ended = new Promise<void>((resolve) => void demo.once('exit', () => resolve()));
    demo.kill('SIGTERM');
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  };
}

async function start() {
  const dataDir = mkdtempSync(join(tmpdir(), 'calibrate-app-'));
  // PostgreSQL's own account must be able to pass through when the tests run as root.
  chmodSync(dataDir, 0o755);
  const demo = spawn(process.execPath, ['dev/demo/main.ts', '--json', '--port', String(await freePort()), '--data-dir', dataDir], {
    cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, APPLY_QUIET_PERIOD_MS: TEST_QUIET_MS, APPLY_LEASE_MS: TEST_LEASE_MS },
  });
  let words = '';
  demo.stderr.on('data', (chunk: Buffer) => void (words = (words + chunk.toString()).slice(-4_000)));
  const facts = await new Promise<RunningApp>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The app did not start within ${START_MS / 1000} s: ${words}`)), START_MS);
    let printed = '';
    demo.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (!printed.includes('\n')) return;
      clearTimeout(timer);
      resolve(JSON.parse(printed) as RunningApp);
    });
    demo.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`The app ended with code ${code}: ${words}`));
    });
  });
  return { facts, demo, dataDir };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
