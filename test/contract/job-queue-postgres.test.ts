import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createPostgresQueue } from '../../app/adapters/queue/postgres-queue.ts';
import { startEmbeddedPostgres } from '../../dev/postgres/embedded.ts';
import { installQueue } from '../../prisma/bootstrap/queue.ts';
import { bootstrapRoles, derivedPasswords, urlFor } from '../../prisma/bootstrap/roles.ts';
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
