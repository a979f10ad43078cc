import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { vi } from 'vitest';
import { createPool } from '../../app/adapters/db/pool.ts';
import { createPostgresQueue } from '../../app/adapters/queue/postgres-queue.ts';
import { startEmbeddedPostgres } from '../../dev/postgres/embedded.ts';
import { installQueue } from '../../prisma/bootstrap/queue.ts';
import { bootstrapRoles, derivedPasswords, urlFor } from '../../prisma/bootstrap/roles.ts';
import { jobQueueLossBattery } from './job-queue-loss.battery.ts';
import { jobQueueBattery } from './job-queue.battery.ts';
import { silentLog } from './silent-log.ts';

const NOWHERE = 'postgresql://nobody@127.0.0.1:1/queue';
const [database, apart] = ['queue', 'apart'];

jobQueueBattery('Postgres (graphile-worker)', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'calibrate-queue-'));
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), durable: false, say: () => undefined });
  const passwords = derivedPasswords('queue battery');
  for (const name of [database, apart]) {
    await bootstrapRoles(server.superuserUrl, { database: name, passwords });
    await installQueue(server.superuserUrl, { database: name, dispatcherPassword: passwords.cal_dispatcher });
  }
  const url = (role: 'cal_app' | 'cal_dispatcher', name = database) => urlFor(server.superuserUrl, { role, password: passwords[role], database: name });
  const pool = (connectionString: string) => {
    const made = new pg.Pool({ connectionString });
    made.on('error', () => undefined);
    return made;
  };
  const [admin, app, gone] = [pool(urlFor(server.superuserUrl, { database })), pool(url('cal_app')), pool(NOWHERE)];
  return {
    open: () => createPostgresQueue({ app, dispatcherUrl: url('cal_dispatcher'), log: silentLog, sweepMs: 1_000 }),
    openApart: () => createPostgresQueue({ app, dispatcherUrl: url('cal_dispatcher', apart), log: silentLog, sweepMs: 1_000 }),
    openUnreachable: () => createPostgresQueue({ app: gone, dispatcherUrl: NOWHERE, log: silentLog }),
    childEnv: { DISPATCHER_DATABASE_URL: url('cal_dispatcher') },
    async cutConnections() {
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = $1', [database]);
    },
    async clear() {
      await admin.query('delete from graphile_worker._private_jobs');
    },
    async close() {
      await Promise.all([admin.end(), app.end(), gone.end()]);
      await server.stop();
      await rm(folder, { recursive: true, force: true });
      if (server.dataDir !== join(folder, 'data')) await rm(server.dataDir, { recursive: true, force: true });
    },
  };
});

/** The server and all the processes it started; Linux only, like the rest of what reads /proc. */
function processesOf(postmaster: number): number[] {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) === postmaster;
    } catch {
      return false;
    }
  });
  return [postmaster, ...children];
}

jobQueueLossBattery('Postgres (graphile-worker)', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'calibrate-queue-'));
  const dataDir = join(folder, 'data');
  // Durable: what it answered must be there after it was killed.
  let server = await startEmbeddedPostgres({ dataDir, say: () => undefined });
  const { port } = server;
  const passwords = derivedPasswords('queue battery');
  await bootstrapRoles(server.superuserUrl, { database, passwords });
  await installQueue(server.superuserUrl, { database, dispatcherPassword: passwords.cal_dispatcher });
  const url = (role: 'cal_app' | 'cal_dispatcher') => urlFor(server.superuserUrl, { role, password: passwords[role], database });
  const app = createPool({ url: url('cal_app'), max: 4, applicationName: 'queue-battery', log: silentLog });
  const dispatcherUrl = url('cal_dispatcher');
  const admin = createPool({ url: urlFor(server.superuserUrl, { database }), max: 1, applicationName: 'queue-admin', log: silentLog });
  const postmaster = () => Number(readFileSync(join(server.dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const signal = (name: NodeJS.Signals) => {
    for (const pid of processesOf(postmaster())) process.kill(pid, name);
  };
  const readOnly = async (on: boolean) => {
    await admin.query(`alter role cal_app set default_transaction_read_only = ${on}`);
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'cal_app'`);
  };
  return {
    open: () => createPostgresQueue({ app, dispatcherUrl, log: silentLog, sweepMs: 1_000 }),
    childEnv: { DISPATCHER_DATABASE_URL: dispatcherUrl },
    async kill() {
      process.kill(postmaster(), 'SIGQUIT');
      await server.ended;
    },
    async revive() {
      server = await startEmbeddedPostgres({ dataDir, port, say: () => undefined });
    },
    loseJobs: async () => void (await vi.waitFor(() => admin.query('delete from graphile_worker._private_jobs'), { timeout: 10_000 })),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    refusals: { 'a standby, after a failover': { begin: () => readOnly(true), end: () => readOnly(false), words: /read-only/ } },
    async close() {
      await Promise.all([admin.end(), app.end()]);
      await server.stop();
      await rm(folder, { recursive: true, force: true });
      if (server.dataDir !== dataDir) await rm(server.dataDir, { recursive: true, force: true });
    },
  };
});
