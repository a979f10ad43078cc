import { Logger, runMigrations } from 'graphile-worker';
import { urlFor, withClient } from './roles.ts';

/**
 * The only way into the queue for the app: it may add jobs and nothing else.
 *
 * A job that has not started and has the same key is the same job: it gets the new payload and attempts, and the earlier of both
 * times, so that a delayed ring never holds up one that is due, nor the other way round. One that is running is left alone, and a
 * new job is added behind it. Answers the job's id.
 */
const ENQUEUE_JOB = `
CREATE OR REPLACE FUNCTION dispatch.enqueue_job(name text, payload json, job_key text, run_at timestamptz, max_attempts integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  due timestamptz := coalesce(enqueue_job.run_at, now());
  added bigint;
BEGIN
  IF coalesce(enqueue_job.name, '') = '' THEN
    RAISE EXCEPTION 'a job needs a name' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF enqueue_job.job_key IS NOT NULL THEN
    -- Two that ring at once take turns, as they would on the key itself a moment later.
    PERFORM pg_advisory_xact_lock(hashtextextended('calibrate:job:' || enqueue_job.job_key, 0));
    SELECT least(due, j.run_at) INTO due FROM graphile_worker.jobs j
     WHERE j.key = enqueue_job.job_key AND j.locked_at IS NULL AND j.attempts = 0;
    due := coalesce(due, enqueue_job.run_at, now());
  END IF;
  SELECT j.id INTO added FROM graphile_worker.add_job(
    identifier => enqueue_job.name, payload => enqueue_job.payload, run_at => due,
    max_attempts => coalesce(enqueue_job.max_attempts, 5), job_key => enqueue_job.job_key, job_key_mode => 'replace') j;
  RETURN added;
END
$$;
COMMENT ON FUNCTION dispatch.enqueue_job(text, json, text, timestamptz, integer) IS '@definer: the app adds jobs to a queue whose tables it may not touch';
REVOKE EXECUTE ON FUNCTION dispatch.enqueue_job(text, json, text, timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION dispatch.enqueue_job(text, json, text, timestamptz, integer) TO cal_app`;

/** graphile-worker's tables, made by and owned by cal_dispatcher, and the function above. Any number of times. */
export async function installQueue(superuserUrl: string, options: { database: string; dispatcherPassword: string }): Promise<void> {
  const { database } = options;
  const dispatcherUrl = urlFor(superuserUrl, { role: 'cal_dispatcher', password: options.dispatcherPassword, database });
  // The library makes its schema if it is not there, and PostgreSQL asks for this right before it looks.
  await withClient(superuserUrl, (client) => client.query(`GRANT CREATE ON DATABASE ${client.escapeIdentifier(database)} TO cal_dispatcher`));
  try {
    await runMigrations({ connectionString: dispatcherUrl, logger: new Logger(() => () => {}) });
  } finally {
    await withClient(superuserUrl, (client) => client.query(`REVOKE CREATE ON DATABASE ${client.escapeIdentifier(database)} FROM cal_dispatcher`));
  }
  await withClient(dispatcherUrl, (client) => client.query(ENQUEUE_JOB));
}
