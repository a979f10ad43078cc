/**
 * A worker of the bus for run-bus.ts, in a process of its own so that it can be killed: the app's own outbox, publisher and queue, and
 * handlers whose effects are rows of `chaos.effects`. A handler does what every job of the app does: it takes the bell for a hint, looks
 * in the log what is new since the last effect of its aggregate, and holds that place while it works.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createOutboxLeases } from '../../app/adapters/db/outbox-leases.ts';
import { createPool } from '../../app/adapters/db/pool.ts';
import { createTenancy } from '../../app/adapters/db/tenancy.ts';
import { createUnitOfWork } from '../../app/adapters/db/unit-of-work.ts';
import { createBullQueue } from '../../app/adapters/queue/bull-queue.ts';
import { createPostgresQueue } from '../../app/adapters/queue/postgres-queue.ts';
import { tenantId } from '../../app/domain/kernel/ids.ts';
import { publishOutbox } from '../../app/flows/publish-outbox/publish-outbox.ts';
import { ringDueWork } from '../../app/flows/ring-due-work/ring-due-work.ts';
import { createLogger } from '../../app/platform/monitor/logger.ts';
import type { JobQueue, RunningJob } from '../../app/ports/job-queue.ts';
import { loopUntil } from '../../app/worker/loop.ts';

// A spare that has loaded everything waits here until it is needed.
const waiting = setInterval(() => undefined, 60_000);
await once(process, 'message');
clearInterval(waiting);

const { DATABASE_URL = '', DISPATCHER_DATABASE_URL = '', REDIS_URL, LEASE_SECONDS = '2', WORKER_NAME = '' } = process.env;
const log = createLogger({ level: 'warn', service: 'worker', secrets: [] });
// Short, as the leases are: a stopped worker must not outlast the run with its locks.
const pool = createPool({ url: DATABASE_URL, max: 6, applicationName: WORKER_NAME, log, idleInTransactionMs: 3_000 });
const { withTenant, unscoped } = createTenancy(pool);
const uow = createUnitOfWork(withTenant);
const leases = createOutboxLeases(unscoped, withTenant, { leaseSeconds: Number(LEASE_SECONDS) });
const queue = REDIS_URL
  ? createBullQueue({ redisUrl: REDIS_URL, log, lockMs: 2_000, scheduleEveryMs: 1_000 })
  : createPostgresQueue({ app: { query: (text, values) => pool.query(text, values) }, dispatcherUrl: DISPATCHER_DATABASE_URL, log, sweepMs: 1_000 });
/** As far away as a queue may be: time to be killed in between telling a message and ending it. */
const distant: JobQueue = { ...queue, enqueue: (jobs) => sleep(jobs.length > 0 ? 25 : 0).then(() => queue.enqueue(jobs)) };
const owner = `chaos:${WORKER_NAME}`;

interface Next {
  readonly seq: bigint;
}

/** One effect; false when there is none left. */
async function effect(tenant: string, aggregate: string): Promise<boolean> {
  return withTenant(tenant, async (sql) => {
    await sql.query('insert into chaos.cursors (aggregate) values ($1) on conflict do nothing', [aggregate]);
    const { rows: [cursor] } = await sql.query<{ seq: bigint }>('select seq from chaos.cursors where aggregate = $1 for update', [aggregate]);
    const { rows: [next] } = await sql.query<Next>('select seq from events where aggregate_id = $1 and seq > $2 order by seq limit 1', [aggregate, cursor!.seq]);
    if (!next) return false;
    await sql.query('insert into chaos.effects (tenant_id, aggregate, seq, worker) values ($1, $2, $3, $4)', [tenant, aggregate, next.seq, WORKER_NAME]);
    // Something to be killed in the middle of.
    await sleep(1);
    await sql.query('update chaos.cursors set seq = $2 where aggregate = $1', [aggregate, next.seq]);
    return true;
  });
}

async function handle({ payload, signal }: RunningJob): Promise<void> {
  while (!signal.aborted && await effect(String(payload['tenantId']), String(payload['id'])));
}

async function dueWork() {
  const { rows } = await pool.query<{ tenant_id: string; aggregate: string }>('select * from chaos.due_work()');
  return rows.map((row) => ({ kind: 'price_change' as const, tenantId: tenantId(row.tenant_id), id: row.aggregate }));
}

const never = new AbortController().signal;
const complain = (what: string) => (err: unknown): void => log.warn({ err }, what);
void loopUntil(never, async () => (await publishOutbox({ leases, uow, queue: distant, now: () => new Date(), random: Math.random, log, maxAttempts: 50 }, owner, 10)) > 0 ? 0 : 50, complain('publish'));
// Where bells can be lost, the tick rings again; a queue within PostgreSQL must do without it here.
if (REDIS_URL) void loopUntil(never, () => ringDueWork({ dueWork, queue }).then(() => 2_000), complain('tick'));
await loopUntil(never, async () => {
  await queue.start({ 'apply-change': handle, 'finish-end': handle }, { concurrency: 3, schedules: [] });
  process.send?.('ready');
  await new Promise(() => undefined);
  return 0;
}, complain('start'));
