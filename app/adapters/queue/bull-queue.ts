import { randomUUID } from 'node:crypto';
import Bull from 'bull';
import type { Log } from '../../ports/context.ts';
import type { Job, JobHandler, JobQueue, JobSchedule } from '../../ports/job-queue.ts';
import { MAX_ATTEMPTS_DEFAULT, assertSchedules, backoffMs, createJobRunner, settles, soon } from './job-runner.ts';
import type { JobRunner, ObserveJob } from './job-runner.ts';
import { CLAIM_KEY, RELEASE_KEY } from './bull-scripts.ts';
import { quiet } from './quiet-log.ts';

export interface BullQueueOptions {
  /** redis:// or rediss:// */
  readonly redisUrl: string;
  readonly log: Log;
  readonly observe?: ObserveJob;
  /** Queues with different prefixes share nothing. */
  readonly prefix?: string;
  /** How long a worker that fell silent keeps its jobs, in milliseconds; 30 s unless told. */
  readonly lockMs?: number;
  /** How often schedules are written again in case Redis lost them, in milliseconds. */
  readonly scheduleEveryMs?: number;
}

interface Stored {
  readonly payload: Record<string, unknown>;
  /** Where the claim on the key lies, for jobs with a key. */
  readonly claim: string | null;
}

/** What stopping needs and Bull's types do not show. */
interface BullInside {
  paused: Promise<void> | null;
  readonly bclient: Connection;
  readonly clients: readonly Connection[];
}
interface Connection {
  disconnect(): void;
}

const QUEUE = 'calibrate';
const KEEP_FAILED = { age: 7 * 24 * 3_600, count: 1_000 };
/** A job may be taken away from this many dead workers before it is given up. */
const STALLED_MAX = 5;

function redisOptions(address: string) {
  const url = new URL(address);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    db: Number(url.pathname.slice(1) || 0),
    ...(url.protocol === 'rediss:' ? { tls: { servername: url.hostname } } : {}),
    keepAlive: 10_000,
    retryStrategy: (times: number) => Math.min(100 * 2 ** Math.min(times, 10), 5_000),
  };
}

/**
 * The queue on Redis. Bull's own job ids cannot carry our keys: it ignores an id that exists, also while that job runs, and a bell
 * rung then would be lost. So a key is claimed in Redis by the waiting job and released by the job when it starts.
 */
export function createBullQueue(options: BullQueueOptions): JobQueue {
  const { log, lockMs = 30_000, scheduleEveryMs = 30_000, prefix = 'bull' } = options;
  const queue = new Bull<Stored>(QUEUE, {
    redis: redisOptions(options.redisUrl),
    prefix,
    settings: {
      lockDuration: lockMs,
      stalledInterval: lockMs,
      maxStalledCount: STALLED_MAX,
      backoffStrategies: { grow: backoffMs },
      retryProcessDelay: 1_000,
    },
  });
  // Bull names its connection for a dashboard and does not catch the failure of that.
  Object.assign(queue, { setWorkerName: async () => undefined });
  const complain = quiet((err: Error) => log.warn({ err }, 'Queue: Redis does not answer as it should'));
  queue.on('error', complain);
  queue.on('stalled', (job) => log.warn({ job: job.name, jobId: String(job.id) }, 'Job taken over from a worker that fell silent'));
  queue.on('lock-extension-failed', (_job, err: Error) => complain(err));

  const inside = queue as unknown as BullInside;
  const running = new Set<Promise<void>>();
  const jobPrefix = `${prefix}:${QUEUE}:`;
  const claimOf = (job: Job) => (job.key === undefined ? null : `${jobPrefix}claim:${job.name}:${job.key}`);
  let runner: JobRunner | undefined;
  let rewrite: NodeJS.Timeout | undefined;
  let stopped: Promise<void> | undefined;
  let closed: Promise<void> | undefined;

  /** The id under which the job is to be added, or null where one that waits does for both. */
  async function claim(job: Job, now: number): Promise<string | null> {
    const id = randomUUID();
    const key = claimOf(job);
    if (key === null) return id;
    const runAt = job.runAt?.getTime() ?? now;
    const [winner, replaced] = (await queue.client.eval(CLAIM_KEY, 1, key, id, jobPrefix, Math.max(runAt, now), now)) as [string, string];
    if (replaced !== '') await queue.removeJobs(replaced).catch(() => undefined);
    return winner === id ? id : null;
  }

  async function add(jobs: readonly Job[]): Promise<void> {
    const now = Date.now();
    const claimed = await Promise.all(jobs.map(async (job) => ({ job, id: await claim(job, now) })));
    const fresh = claimed.flatMap(({ job, id }) =>
      id === null
        ? []
        : {
            name: job.name,
            data: { payload: { ...job.payload }, claim: claimOf(job) },
            opts: {
              jobId: id,
              delay: Math.max(0, (job.runAt?.getTime() ?? 0) - now),
              attempts: job.maxAttempts ?? MAX_ATTEMPTS_DEFAULT,
              backoff: { type: 'grow' },
              removeOnComplete: true,
              removeOnFail: KEEP_FAILED,
            },
          },
    );
    if (fresh.length > 0) await queue.addBulk(fresh);
  }

  async function schedule(schedules: readonly JobSchedule[]): Promise<void> {
    const wanted = new Set(schedules.map(({ name, cron }) => `${name} ${cron}`));
    for (const known of await queue.getRepeatableJobs()) {
      if (!wanted.has(`${known.name} ${known.cron}`)) await queue.removeRepeatableByKey(known.key);
    }
    for (const { name, cron } of schedules) {
      await queue.add(
        name,
        { payload: {}, claim: null },
        { repeat: { cron, tz: 'UTC' }, attempts: MAX_ATTEMPTS_DEFAULT, backoff: { type: 'grow' }, removeOnComplete: true, removeOnFail: KEEP_FAILED },
      );
    }
  }

  async function start(handlers: Readonly<Record<string, JobHandler>>, { concurrency, schedules }: { concurrency: number; schedules: readonly JobSchedule[] }): Promise<void> {
    if (runner !== undefined) throw new Error('The queue was started before');
    assertSchedules(schedules, handlers);
    const ours = createJobRunner(handlers, log, options.observe);
    runner = ours;
    try {
      await soon('Connecting to Redis', queue.client.ping());
      await soon('Writing the schedules', schedule(schedules));
    } catch (error) {
      // Not there yet: whoever wants to may try again.
      runner = undefined;
      throw error;
    }
    // Schedules live in Redis too: whoever empties it must not silence them.
    rewrite = setInterval(() => void schedule(schedules).catch(complain), scheduleEveryMs);
    rewrite.unref();
    queue
      .process('*', concurrency, async (job: Bull.Job<Stored>) => {
        // Fetched in the very moment of stopping: left untouched, it is taken over when its lock expires.
        if (stopped !== undefined) await new Promise(() => undefined);
        const run = runOne(ours, job);
        running.add(run);
        await run.finally(() => running.delete(run));
      })
      .catch((err: Error) => {
        if (stopped === undefined) log.error({ err }, 'Queue: the worker stopped by itself');
      });
  }

  async function runOne(ours: JobRunner, job: Bull.Job<Stored>): Promise<void> {
    const id = String(job.id);
    if (job.data.claim !== null) await queue.client.eval(RELEASE_KEY, 1, job.data.claim, id);
    await ours.run({ id, name: job.name, payload: job.data.payload, attempt: job.attemptsMade + 1, maxAttempts: job.opts.attempts ?? 1 });
  }

  async function stopOnce(graceMs: number): Promise<void> {
    clearInterval(rewrite);
    if (runner === undefined) return;
    // Not Bull's pause(): it connects anew in the background, and that fails unhandled when the queue is closed meanwhile.
    inside.paused = new Promise(() => undefined);
    inside.bclient.disconnect();
    runner.abort();
    // A job that does not end in time is taken over by another worker when its lock expires.
    if (!(await settles(graceMs, Promise.allSettled(running)))) log.warn({ graceMs }, 'Queue: jobs were still running when the time to stop was over');
  }

  async function closeOnce(): Promise<void> {
    await stop(0);
    await settles(3_000, queue.close(true));
    for (const client of inside.clients) client.disconnect();
  }

  function stop(graceMs: number): Promise<void> {
    return (stopped ??= stopOnce(graceMs));
  }

  return {
    enqueue: (jobs) => soon('Enqueueing jobs', add(jobs)),
    start,
    stop,
    async counts() {
      const [{ waiting, delayed, active, failed }, schedules] = await soon('Counting jobs', Promise.all([queue.getJobCounts(), queue.getRepeatableCount()]));
      // Every schedule keeps its next job among the delayed ones; that is not work that waits.
      return { waiting: waiting + Math.max(0, delayed - schedules), active, failed };
    },
    close: () => (closed ??= closeOnce()),
  };
}
