import { Logger, parseCronItems, run } from 'graphile-worker';
import type { CronItem, Runner, TaskList, WorkerPool } from 'graphile-worker';
import pg from 'pg';
import type { Log } from '../../ports/context.ts';
import type { Job, JobHandler, JobQueue, JobSchedule } from '../../ports/job-queue.ts';
import { MAX_ATTEMPTS_DEFAULT, assertSchedules, createJobRunner, settles, soon } from './job-runner.ts';
import type { JobRunner, ObserveJob } from './job-runner.ts';
import { createWorkerLife } from './postgres-worker-life.ts';
import type { WorkerLife } from './postgres-worker-life.ts';
import { quiet } from './quiet-log.ts';

export interface PostgresQueueOptions {
  /** Runs a statement as the app's role, which may do no more than call `dispatch.enqueue_job`. */
  readonly app: { query(text: string, values: unknown[]): Promise<unknown> };
  /** Connects as `cal_dispatcher`, who owns the queue's tables. Not through a pooler that shares sessions. */
  readonly dispatcherUrl: string;
  readonly log: Log;
  readonly observe?: ObserveJob;
  /** How often jobs of dead workers are looked for, in milliseconds. */
  readonly sweepMs?: number;
}

const ENQUEUE = `
select dispatch.enqueue_job(j.name, j.payload, j.job_key, j.run_at, j.max_attempts)
from json_to_recordset($1::json) as j(name text, payload json, job_key text, run_at timestamptz, max_attempts int)`;

const COUNTS = `
select count(*) filter (where locked_at is null and attempts < max_attempts)::int as waiting,
       count(*) filter (where locked_at is not null)::int as active,
       count(*) filter (where locked_at is null and attempts >= max_attempts)::int as failed
from graphile_worker.jobs`;

/** Given-up jobs are kept for a week for an operator to look at. */
const CLEAN = `
select graphile_worker.complete_jobs(array(
  select id from graphile_worker.jobs where locked_at is null and attempts >= max_attempts and updated_at < now() - interval '7 days' limit 1000))`;
const CLEAN_EVERY_MS = 3_600_000;
const RESTART_MS_MAX = 30_000;

function row(job: Job) {
  return {
    name: job.name,
    payload: job.payload,
    job_key: job.key === undefined ? null : `${job.name}:${job.key}`,
    run_at: job.runAt?.toISOString() ?? null,
    max_attempts: job.maxAttempts ?? MAX_ATTEMPTS_DEFAULT,
  };
}

function cronItem({ name, cron }: JobSchedule): CronItem {
  return { task: name, identifier: name, match: cron, options: { jobKey: `${name}:schedule`, maxAttempts: MAX_ATTEMPTS_DEFAULT, backfillPeriod: 0 } };
}

function libraryLogger(log: Log, isStopping: () => boolean): Logger {
  const complain = quiet((err) => {
    if (isStopping()) log.debug({ err }, 'Queue: a complaint while stopping');
    else log.warn({ err }, 'Queue: the worker reports a problem');
  });
  return new Logger(() => (level, message, meta) => {
    // Failures of jobs are told by the runner, with the error itself.
    if (meta?.['failure'] === true) return;
    if (level === 'error') complain(meta?.['error'] instanceof Error ? meta['error'] : new Error(message));
    else if (level === 'warning') log.warn({}, `Queue: ${message}`);
    else log.debug({}, `Queue: ${message}`);
  });
}

/** The queue over Postgres: graphile-worker, woken by LISTEN. */
export function createPostgresQueue(options: PostgresQueueOptions): JobQueue {
  const { log } = options;
  const logger = libraryLogger(log, () => stopped !== undefined);
  // The listener, the sweep and the taking of jobs; handlers have connections of their own.
  const pool = new pg.Pool({
    connectionString: options.dispatcherUrl,
    // Enough to count; a worker asks for more when it starts.
    max: 2,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 10_000,
    keepAlive: true,
    allowExitOnIdle: true,
    application_name: 'calibrate-queue',
  });
  const complain = quiet((err: Error) => log.warn({ err }, 'Queue: lost a connection to Postgres'));
  pool.on('error', complain);
  pool.on('connect', (client) => client.on('error', complain));

  let jobs: JobRunner | undefined;
  let runner: Runner | undefined;
  let workers: WorkerPool | undefined;
  let life: WorkerLife | undefined;
  let cleaning: NodeJS.Timeout | undefined;
  let wake: (() => void) | undefined;
  let stopped: Promise<void> | undefined;
  let closed: Promise<void> | undefined;

  async function start(handlers: Readonly<Record<string, JobHandler>>, { concurrency, schedules }: { concurrency: number; schedules: readonly JobSchedule[] }): Promise<void> {
    if (jobs !== undefined) throw new Error('The queue was started before');
    assertSchedules(schedules, handlers);
    const running = createJobRunner(handlers, log, options.observe);
    jobs = running;
    pool.options.max = concurrency + 4;
    const taskList: TaskList = {};
    for (const name of Object.keys(handlers)) {
      taskList[name] = async (payload: unknown, { job }) => {
        const { _cron, ...given } = (payload ?? {}) as Record<string, unknown>;
        await running.run({ id: job.id, name, payload: given, attempt: job.attempts, maxAttempts: job.max_attempts });
      };
    }
    life = createWorkerLife({ connectionString: options.dispatcherUrl, pool, log, ...(options.sweepMs === undefined ? {} : { sweepMs: options.sweepMs }) });
    const { events } = life;
    events.on('pool:create', ({ workerPool }) => (workers = workerPool));
    const launch = () =>
      run({
        pgPool: pool,
        logger,
        noHandleSignals: true,
        taskList,
        parsedCronItems: parseCronItems(schedules.map(cronItem)),
        events,
        preset: {
          worker: {
            concurrentJobs: concurrency,
            pollInterval: 1_000,
            // Batched, a lost connection while a job is being finished is tried again; alone it would be an unhandled rejection.
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
          },
        },
      });
    try {
      runner = await launch();
    } catch (error) {
      // Not there yet: whoever wants to may try again.
      jobs = undefined;
      await life.end();
      throw error;
    }
    cleaning = setInterval(() => void pool.query(CLEAN).catch(complain), CLEAN_EVERY_MS);
    cleaning.unref();
    void keepRunning(launch);
  }

  /** The library gives up after long trouble with the database; we do not. */
  async function keepRunning(launch: () => Promise<Runner>): Promise<void> {
    let wait = 1_000;
    for (;;) {
      const err = await runner?.promise.then(() => null, (thrown: unknown) => thrown);
      if (stopped !== undefined) return;
      if (err) log.error({ err }, 'Queue: the worker stopped by itself and is started again');
      runner = undefined;
      while (runner === undefined && stopped === undefined) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, wait);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        if (stopped !== undefined) return;
        wait = Math.min(wait * 2, RESTART_MS_MAX);
        runner = await launch().catch((thrown: Error) => {
          complain(thrown);
          return undefined;
        });
      }
      wait = 1_000;
    }
  }

  async function stopOnce(graceMs: number): Promise<void> {
    clearInterval(cleaning);
    wake?.();
    jobs?.abort();
    const ending = runner;
    if (ending !== undefined && !(await settles(graceMs, ending.stop('The worker is stopping')))) {
      log.warn({ graceMs }, 'Queue: jobs were still running when the time to stop was over; they are given back');
      // Not the runner's kill(): it does nothing once stop() was called.
      if (workers !== undefined) await settles(7_000, Promise.resolve(workers.forcefulShutdown('The worker stopped')));
    }
    // Last: as long as this lives, nobody else takes our jobs for those of a dead worker.
    await life?.end();
  }

  async function closeOnce(): Promise<void> {
    await stop(0);
    await settles(3_000, pool.end());
  }

  function stop(graceMs: number): Promise<void> {
    return (stopped ??= stopOnce(graceMs));
  }

  return {
    async enqueue(list) {
      if (list.length > 0) await soon('Enqueueing jobs', options.app.query(ENQUEUE, [JSON.stringify(list.map(row))]));
    },
    start,
    stop,
    async counts() {
      const { rows } = await soon('Counting jobs', pool.query<{ waiting: number; active: number; failed: number }>(COUNTS));
      return rows[0] ?? { waiting: 0, active: 0, failed: 0 };
    },
    close: () => (closed ??= closeOnce()),
  };
}
