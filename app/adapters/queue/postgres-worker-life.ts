import { EventEmitter } from 'node:events';
import type { WorkerEvents } from 'graphile-worker';
import pg from 'pg';
import type { Log } from '../../ports/context.ts';
import { settles } from './job-runner.ts';

/**
 * Who is alive. graphile-worker gives the jobs of a killed worker back after four hours; here each worker holds an advisory lock
 * under its own name for as long as its connection lives, and every worker now and then gives back the jobs of names that nobody holds.
 */
export interface WorkerLife {
  /** For the library: tells under which names it takes jobs. */
  readonly events: WorkerEvents;
  end(): Promise<void>;
}

/** First number of our advisory locks; the second is the hash of the worker's name. */
const LOCK_SPACE = 0x43616c;
/** Younger than this, a lock on a job may be that of a worker that has not yet said its name. */
const GRACE = '5 seconds';

const HOLD = `select pg_advisory_lock(${LOCK_SPACE}, hashtext(name)) from unnest($1::text[]) as name`;
const GIVE_BACK = `
with silent as (
  select locked_by from graphile_worker.jobs
  where locked_by is not null and locked_by <> all($1::text[])
  group by locked_by having max(locked_at) < now() - interval '${GRACE}'
), dead as (
  select locked_by from silent where pg_try_advisory_xact_lock(${LOCK_SPACE}, hashtext(locked_by))
)
select graphile_worker.force_unlock_workers(array_agg(locked_by)), count(*)::int as workers,
  -- A bell that was rung anew while it was heard: the library takes the key and all tries of the old job, which was then to end with
  -- its worker. Given back, it would look like a job that was given up.
  array(select j.id from graphile_worker.jobs j join dead on dead.locked_by = j.locked_by
         where j.key is null and j.attempts >= j.max_attempts and j.max_attempts > 1 and j.last_error is null) as replaced
from dead having count(*) > 0`;
const FORGET = 'select graphile_worker.complete_jobs($1::bigint[])';

export function createWorkerLife(options: { connectionString: string; pool: pg.Pool; log: Log; sweepMs?: number }): WorkerLife {
  const { log, pool, sweepMs = 10_000 } = options;
  const names = new Set<string>();
  let holding: pg.Client | undefined;
  let ended = false;
  let sweeping = false;
  let timer: NodeJS.Timeout | undefined;

  /** Connects when there is no connection, and takes the locks of all names; locks taken twice by one session do no harm. */
  async function hold(): Promise<void> {
    if (holding === undefined) {
      const client = new pg.Client({ connectionString: options.connectionString, keepAlive: true, connectionTimeoutMillis: 5_000, application_name: 'calibrate-worker-life' });
      const lost = () => {
        if (holding === client) holding = undefined;
      };
      client.on('error', lost);
      client.on('end', lost);
      await client.connect();
      if (ended) return void client.end();
      holding = client;
      await client.query(HOLD, [[...names]]);
    }
  }

  async function sweep(): Promise<void> {
    try {
      await hold();
      const { rows } = await pool.query<{ workers: number; replaced: string[] }>(GIVE_BACK, [[...names]]);
      if (rows[0]) log.warn({ workers: rows[0].workers }, 'Jobs of dead workers were given back');
      if (rows[0] && rows[0].replaced.length > 0) await pool.query(FORGET, [rows[0].replaced]);
    } catch (err) {
      log.warn({ err }, 'Queue: could not look for dead workers; trying again');
    }
    if (!ended) {
      timer = setTimeout(() => void sweep(), holding === undefined ? 1_000 : sweepMs);
      timer.unref();
    }
  }

  const events: WorkerEvents = new EventEmitter();
  events.on('pool:create', ({ workerPool }) => {
    names.add(workerPool.id);
    // Without a connection the sweep takes the lock as soon as there is one.
    if (holding) holding.query(HOLD, [[workerPool.id]]).catch(() => undefined);
    if (!sweeping) void sweep();
    sweeping = true;
  });
  events.on('pool:release', ({ workerPool }) => void names.delete(workerPool.id));

  return {
    events,
    async end() {
      ended = true;
      clearTimeout(timer);
      if (holding) await settles(2_000, holding.end());
    },
  };
}
