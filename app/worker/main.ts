/**
 * The worker process: takes jobs, tells the outbox, and looks every few seconds for work that no bell was heard for.
 * Exit codes: 0 stopped when told to · 1 could not start, or stopped by a bug.
 */
import { createContainer } from '../container.server.ts';
import { readConfig } from '../platform/config/config.ts';
import { createBell, loopUntil } from './loop.ts';
import { startOpsServer } from './ops-server.ts';

const GRACE_MS = 20_000;
const TICK_MS = 2_000;
const PUBLISH_IDLE_MS = 250;

const config = readConfig();
if (!config.ok) {
  process.stderr.write(['The worker cannot start:', ...config.errors.map((sentence) => `  ${sentence}`), ''].join('\n'));
  process.exit(1);
}
const container = await createContainer(config.value, 'worker').catch((error: unknown) => {
  process.stderr.write(`The worker cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
const { log, queue, jobs } = container;
const stopping = new AbortController();

async function stop(reason: string, exitCode: number): Promise<void> {
  if (stopping.signal.aborted) process.exit(exitCode || 1);
  log.info({ reason }, 'Stopping');
  stopping.abort();
  await queue.stop(GRACE_MS).catch((error: unknown) => log.warn({ err: error }, 'The queue did not stop cleanly'));
  await Promise.allSettled([...loops, container.outboxBell.stop()]);
  await container.shutdown();
  log.info('Stopped');
  process.exit(exitCode);
}

process.on('SIGTERM', () => void stop('SIGTERM', 0));
process.on('SIGINT', () => void stop('SIGINT', 0));
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    log.fatal({ err: error }, `${event}: this is a bug`);
    void stop(event, 1);
  });
}

const complain = (what: string) => (error: unknown): void => log.error({ err: error }, what);
const bell = createBell();
const loops = [
  // A full batch means that there is more: no pause then.
  loopUntil(stopping.signal, async () => ((await jobs.publish()) > 0 ? 0 : PUBLISH_IDLE_MS), complain('The outbox could not be told'), bell),
  loopUntil(stopping.signal, async () => jobs.tick().then(() => TICK_MS), complain('Looking for unfinished work failed')),
];
container.outboxBell.start(bell.ring);
const { workerPort } = config.value.queue;
if (workerPort !== null) {
  await startOpsServer(container, config.value.http.host, workerPort).catch((error: NodeJS.ErrnoException) => {
    log.fatal({ err: error }, error.code === 'EADDRINUSE' ? `WORKER_PORT ${workerPort} is in use` : 'The worker cannot answer on WORKER_PORT');
    return stop('WORKER_PORT', 1);
  });
}
// The operator can ask already, and is told what is missing: the store of the queue may come later than we do.
const taking = new AbortController();
loops.push(loopUntil(AbortSignal.any([stopping.signal, taking.signal]), async () => {
  await queue.start(jobs.handlers, { concurrency: config.value.queue.workerConcurrency, schedules: [{ name: 'tick', cron: '* * * * *' }, { name: 'retain-log', cron: '17 * * * *' }] });
  log.info({ concurrency: config.value.queue.workerConcurrency }, 'The worker takes jobs');
  taking.abort();
  return 0;
}, complain('The queue cannot be started yet')));
