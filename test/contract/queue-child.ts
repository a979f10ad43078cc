/** A worker in a process of its own: takes jobs of the name it is given, says so and holds them until it is killed. */
import { createBullQueue } from '../../app/adapters/queue/bull-queue.ts';
import { createPostgresQueue } from '../../app/adapters/queue/postgres-queue.ts';
import { silentLog } from './silent-log.ts';

const name = process.argv[2] ?? '';
const { REDIS_URL, QUEUE_PREFIX, LOCK_MS, DISPATCHER_DATABASE_URL } = process.env;

const queue = REDIS_URL
  ? createBullQueue({ redisUrl: REDIS_URL, prefix: QUEUE_PREFIX ?? 'bull', lockMs: Number(LOCK_MS), log: silentLog })
  : createPostgresQueue({
      app: { query: () => Promise.reject(new Error('this worker only takes jobs')) },
      dispatcherUrl: DISPATCHER_DATABASE_URL ?? '',
      log: silentLog,
    });

await queue.start(
  {
    [name]: async ({ payload }) => {
      process.stdout.write(`took ${String(payload['n'])}\n`);
      await new Promise(() => undefined);
    },
  },
  { concurrency: 1, schedules: [] },
);
process.stdout.write('ready\n');
