import type { Log } from '../../ports/context.ts';
import type { JobHandler, JobSchedule } from '../../ports/job-queue.ts';

/** A try of a job as a driver hands it over. */
export interface Try {
  readonly id: string;
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly attempt: number;
  readonly maxAttempts: number;
}

/** Told after each try, for metrics. */
export type ObserveJob = (labels: { name: string; result: 'done' | 'retried' | 'failed' }, durationMs: number) => void;

export const MAX_ATTEMPTS_DEFAULT = 5;
const DEADLINE_MS = 5_000;

/**
 * Seconds until the next try, after `attempt` tries: 2.7, 7.4, 20, 55 … and at most 6 hours. It is graphile-worker's own formula,
 * so that both drivers wait alike.
 */
export function backoffMs(attempt: number): number {
  return Math.round(Math.exp(Math.min(attempt, 10)) * 1_000);
}

/** Throws on a schedule that one of the drivers would understand differently, or not at all. */
export function assertSchedules(schedules: readonly JobSchedule[], handlers: Readonly<Record<string, JobHandler>>): void {
  const names = new Set<string>();
  for (const { name, cron } of schedules) {
    if (!/^[\d*,/-]+( [\d*,/-]+){4}$/.test(cron)) throw new Error(`Schedule ${name}: "${cron}" is not a five-field cron of numbers`);
    if (!Object.hasOwn(handlers, name)) throw new Error(`Schedule ${name}: no handler has this name`);
    if (names.has(name)) throw new Error(`Schedule ${name} is given twice`);
    names.add(name);
  }
}

/** `work` or, after `ms`, an error that says what took too long. The work itself cannot be stopped and may still happen. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

/** `within` the time a request may wait for the queue. */
export function soon<T>(what: string, work: Promise<T>): Promise<T> {
  return within(DEADLINE_MS, what, work);
}

/** True when `work` settled within `ms`. */
export async function settles(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const settled = await Promise.race([work.then(() => true, () => true), late]);
  clearTimeout(timer);
  return settled;
}

export interface JobRunner {
  /** Runs one try; rejects with an Error when the handler failed, so that the driver plans the next one. */
  run(job: Try): Promise<void>;
  /** Tells running handlers to finish the step at hand. */
  abort(): void;
}

/** What both drivers do around a handler: signal, log, measure. */
export function createJobRunner(handlers: Readonly<Record<string, JobHandler>>, log: Log, observe: ObserveJob = () => undefined): JobRunner {
  const stop = new AbortController();
  return {
    abort: () => stop.abort(new Error('The worker is stopping')),
    async run({ id, name, payload, attempt, maxAttempts }) {
      const started = performance.now();
      const finished = (result: 'done' | 'retried' | 'failed') => {
        const durationMs = Math.round(performance.now() - started);
        observe({ name, result }, durationMs);
        return { job: name, jobId: id, attempt, durationMs };
      };
      try {
        const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
        if (handler === undefined) throw new Error(`This worker has no handler for job ${name}`);
        await handler({ id, name, payload, attempt, signal: stop.signal });
        log.debug(finished('done'), 'Job done');
      } catch (thrown) {
        const err = thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
        const last = attempt >= maxAttempts;
        const fields = { ...finished(last ? 'failed' : 'retried'), maxAttempts, err };
        if (last) log.error(fields, 'Job given up');
        else log.warn(fields, 'Job failed, it will be tried again');
        throw err;
      }
    },
  };
}
