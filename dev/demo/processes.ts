import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

export interface ProcessPlan {
  readonly name: 'app' | 'worker' | 'simulator';
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Supervised {
  pid(): number;
  /** Resolves with what it printed last when it ended before it was ready for the first time. */
  readonly diedEarly: Promise<string>;
  stop(): Promise<void>;
}

const RESTART_MS_MAX = 10_000;
const STOP_MS = 25_000;

/**
 * Runs a process, its output in a log file, and starts it again when it dies, as a process manager would. It ends with us,
 * however we end: it holds a channel to us and leaves when that closes (dev/preload/exit-with-parent.mjs).
 */
export function supervise(plan: ProcessPlan, { root, logDir, say }: { root: string; logDir: string; say: (line: string) => void }): Supervised {
  let child: ChildProcess;
  let stopping = false;
  let failures = 0;
  let startedAt = 0;
  let early: (words: string) => void = () => undefined;
  const diedEarly = new Promise<string>((resolve) => void (early = resolve));

  const start = (): void => {
    const log = openSync(join(logDir, `${plan.name}.log`), 'a', 0o600);
    startedAt = Date.now();
    child = spawn(process.execPath, ['--import', new URL('../preload/exit-with-parent.mjs', import.meta.url).href, ...plan.args], {
      cwd: root, env: { NODE_ENV: 'development', ...plan.env, CALIBRATE_PARENT_CHANNEL: '1' }, stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    child.on('error', (error) => early(error.message));
    child.on('exit', (code, signal) => {
      if (stopping) return;
      early(`it ended with ${signal ?? `code ${code}`}; see ${join(logDir, `${plan.name}.log`)}`);
      failures = Date.now() - startedAt > 30_000 ? 0 : failures + 1;
      const waitMs = Math.min(RESTART_MS_MAX, 250 * 2 ** failures);
      say(`The ${plan.name} ended (${signal ?? code}); it starts again in ${waitMs} ms.`);
      setTimeout(() => {
        if (!stopping) start();
      }, waitMs);
    });
  };
  start();

  return {
    pid: () => child.pid ?? 0,
    diedEarly,
    async stop() {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
