/**
 * The queue only rings the bell: a job carries ids and nothing that matters, and losing every job loses nothing,
 * because the tick finds unfinished work in Postgres and rings again.
 *
 * job        a name and a small payload
 * key        jobs with the same name and key that have not started yet are one job
 * schedule   a job enqueued every so often, once for all workers together
 */
export interface Job {
  readonly name: string;
  readonly payload: Readonly<Record<string, string | number | boolean | null>>;
  readonly key?: string;
  /** Not before this instant. */
  readonly runAt?: Date;
  /** How often it is tried in all, with backoff between; 5 unless told. */
  readonly maxAttempts?: number;
}

export interface RunningJob {
  readonly id: string;
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** 1 on the first try. */
  readonly attempt: number;
  /** Aborted when the worker drains: finish the step at hand and return. */
  readonly signal: AbortSignal;
}

export type JobHandler = (job: RunningJob) => Promise<void>;

export interface JobSchedule {
  readonly name: string;
  /** Five-field cron in UTC. */
  readonly cron: string;
}

export interface JobQueue {
  enqueue(jobs: readonly Job[]): Promise<void>;
  /** Starts working; resolves once jobs are being taken. Throws when the store is not there, and may then be called again. A handler that throws is retried until its attempts are spent. */
  start(handlers: Readonly<Record<string, JobHandler>>, options: { concurrency: number; schedules: readonly JobSchedule[] }): Promise<void>;
  /** Takes no new job, signals the running ones and waits for them, at most `graceMs`. */
  stop(graceMs: number): Promise<void>;
  /** Waiting, running and given-up jobs now; throws when the queue cannot be reached. */
  counts(): Promise<{ waiting: number; active: number; failed: number }>;
  close(): Promise<void>;
}
