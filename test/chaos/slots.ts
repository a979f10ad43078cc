import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface SlotOptions {
  readonly count: number;
  /** Arguments of Node: options, then the program unless `program` names it. */
  readonly args: readonly string[];
  readonly program?: (slot: number) => string;
  readonly env: (name: string, slot: number) => Readonly<Record<string, string>>;
  /** What the processes print is added to this file. */
  readonly logFile: string;
}

export interface Slots {
  /** Kills with SIGKILL whatever runs in the slot; another takes its place at once. False when none was there. */
  kill(slot: number): boolean;
  /** Stops the slot's process for a while. */
  pause(slot: number, forMs: number): boolean;
  /** How many processes ended by themselves, that is, crashed. */
  crashes(): readonly string[];
  started(): number;
  /** Ends all of them for good. */
  end(): Promise<void>;
}

/** A few places in each of which one process runs, and another as soon as it is gone. All end with this process. */
export function openSlots({ count, args, program, env, logFile }: SlotOptions): Slots {
  const children: (ChildProcess | undefined)[] = [];
  const crashes: string[] = [];
  const killed = new WeakSet<ChildProcess>();
  const timers = new Set<NodeJS.Timeout>();
  let ending = false;
  let started = 0;

  function start(slot: number): void {
    if (ending) return;
    started += 1;
    const name = `worker-${slot}-${started}`;
    const log = openSync(logFile, 'a', 0o600);
    const child: ChildProcess = spawn(process.execPath, ['--import', new URL('../../dev/preload/exit-with-parent.mjs', import.meta.url).href, ...args, ...(program ? [program(slot)] : [])], {
      cwd: ROOT, env: { NODE_ENV: 'development', PATH: process.env['PATH'] ?? '', CALIBRATE_PARENT_CHANNEL: '1', ...env(name, slot) }, stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    child.on('error', (error) => crashes.push(`${name}: ${error.message}`));
    child.once('exit', (code, signal) => {
      if (!killed.has(child) && !ending) crashes.push(`${name}: ${signal ?? `code ${code}`}`);
      // One that crashes at once must not keep a core busy.
      if (killed.has(child)) start(slot);
      else timers.add(setTimeout(() => start(slot), 500));
    });
    children[slot] = child;
  }
  for (let slot = 0; slot < count; slot += 1) start(slot);

  const alive = (slot: number): ChildProcess | null => {
    const child = children[slot];
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null && !killed.has(child) ? child : null;
  };

  return {
    kill(slot) {
      const child = alive(slot);
      if (!child) return false;
      killed.add(child);
      return child.kill('SIGKILL');
    },
    pause(slot, forMs) {
      const child = alive(slot);
      if (!child?.kill('SIGSTOP')) return false;
      timers.add(setTimeout(() => child.kill('SIGCONT'), forMs));
      return true;
    },
    crashes: () => crashes,
    started: () => started,
    async end() {
      ending = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(children.map(async (child) => {
        if (!child || child.exitCode !== null || child.signalCode !== null) return;
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await gone;
      }));
    },
  };
}
