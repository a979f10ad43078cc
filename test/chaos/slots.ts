import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXIT_WITH_US = new URL('../../dev/preload/exit-with-parent.mjs', import.meta.url).href;
/** However busy the machine is, what is to be killed is killed: at work if it can be. */
const READY_MS_MAX = 60_000;

export interface SlotOptions {
  readonly count: number;
  /** Arguments of Node: options, then the program unless `program` names it. */
  readonly args: readonly string[];
  readonly program?: (slot: number) => string;
  readonly env: (name: string, slot: number) => Readonly<Record<string, string>>;
  /** What the processes print is added to this file. */
  readonly logFile: string;
  /** Processes kept at hand that have loaded everything and wait for the message `go`; they take the place of the dead at once. */
  readonly spares?: number;
  /** When a process is at work: when it sends `ready`, or so many milliseconds after its start. */
  readonly readyAfter: 'message' | number;
}

export interface Slots {
  /** Resolves when every place has one at work. */
  allAtWork(): Promise<void>;
  /** Kills with SIGKILL what runs in the slot as soon as it is at work; another takes its place at once. */
  kill(slot: number): Promise<boolean>;
  /** Stops the slot's process for a while. */
  pause(slot: number, forMs: number): Promise<boolean>;
  /** Processes that ended by themselves, that is, crashed. */
  crashes(): readonly string[];
  started(): number;
  /** Ends all of them for good. */
  end(): Promise<void>;
}

/** A few places in each of which one process runs, and another as soon as it is gone. All end with this process. */
export function openSlots(options: SlotOptions): Slots {
  const { count, args, program, env, logFile, spares = 0, readyAfter } = options;
  const places: ChildProcess[] = [];
  const waiting: ChildProcess[] = [];
  const living = new Set<ChildProcess>();
  const atWork = new WeakSet<ChildProcess>();
  const killed = new WeakSet<ChildProcess>();
  const crashes: string[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let ending = false;
  let started = 0;

  function launch(slot: number): ChildProcess {
    started += 1;
    const name = `worker-${started}`;
    const log = openSync(logFile, 'a', 0o600);
    const child: ChildProcess = spawn(process.execPath, ['--import', EXIT_WITH_US, ...args, ...(program ? [program(slot)] : [])], {
      cwd: ROOT, stdio: ['ignore', log, log, 'ipc'], env: { NODE_ENV: 'development', PATH: process.env['PATH'] ?? '', CALIBRATE_PARENT_CHANNEL: '1', ...env(name, slot) },
    });
    closeSync(log);
    living.add(child);
    child.on('error', (error) => crashes.push(`${name}: ${error.message}`));
    child.on('message', (message) => {
      if (message === 'ready') atWork.add(child);
    });
    child.once('exit', (code, signal) => {
      living.delete(child);
      if (ending) return;
      if (!killed.has(child)) crashes.push(`${name}: ${signal ?? `code ${code}`}`);
      const place = places.indexOf(child);
      if (place < 0) waiting.splice(waiting.indexOf(child), 1);
      // One that crashes at once must not keep a core busy.
      else if (killed.has(child)) fill(place);
      else timers.add(setTimeout(() => fill(place), 500));
    });
    return child;
  }
  function fill(slot: number): void {
    if (ending) return;
    const child = waiting.shift() ?? launch(slot);
    places[slot] = child;
    if (spares > 0) {
      child.send('go', () => undefined);
      while (waiting.length < spares) waiting.push(launch(slot));
    }
    if (readyAfter !== 'message') timers.add(setTimeout(() => atWork.add(child), readyAfter));
  }
  for (let slot = 0; slot < count; slot += 1) fill(slot);

  /** What runs in the slot once it is at work. */
  async function worker(slot: number): Promise<ChildProcess | null> {
    for (const end = Date.now() + READY_MS_MAX; ; await sleep(20)) {
      const child = places[slot]!;
      if (ending) return null;
      if (living.has(child) && !killed.has(child) && (atWork.has(child) || Date.now() > end)) return child;
    }
  }

  return {
    async allAtWork() {
      for (let slot = 0; slot < count; slot += 1) await worker(slot);
    },
    async kill(slot) {
      const child = await worker(slot);
      if (!child) return false;
      killed.add(child);
      return child.kill('SIGKILL');
    },
    async pause(slot, forMs) {
      const child = await worker(slot);
      if (!child?.kill('SIGSTOP')) return false;
      await sleep(forMs);
      child.kill('SIGCONT');
      return true;
    },
    crashes: () => crashes,
    started: () => started,
    async end() {
      ending = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.all([...living].map(async (child) => {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await gone;
      }));
    },
  };
}
