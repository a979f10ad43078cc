/**
 * The web process. Configuration that cannot be right ends it at once with every problem named; a database that is not
 * there yet does not, since `/healthz` says only that the process is up and `/readyz` says whether it can work.
 * Exit codes: 0 stopped when told to · 1 could not start, or stopped by a bug · 2 had to cut requests off to stop.
 */
import type { ServerBuild } from '@remix-run/node';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readConfig, secretsOf } from '../platform/config/config.ts';
import { createLogger } from '../platform/monitor/logger.ts';
import { createWebServer } from './server.ts';

const GRACE_MS = 10_000;
const BUILD = new URL('../../build/server/index.js', import.meta.url);

/** What entry.server.tsx exports beyond what Remix asks for. */
interface ServerEntry {
  readonly container: () => PromiseLike<Closable> | Closable;
}
interface Closable {
  shutdown(): Promise<unknown> | void;
}

function refuse(...lines: readonly string[]): never {
  for (const line of lines) process.stderr.write(`${line}\n`);
  process.exit(1);
}

const config = readConfig();
if (!config.ok) refuse('Calibrate cannot start:', ...config.errors.map((sentence) => `  ${sentence}`));
if (!existsSync(BUILD)) refuse('Calibrate cannot start: it is not built yet. Run `npm run build` first.');

const { http, logging } = config.value;
const log = createLogger({ level: logging.level, service: 'app', secrets: secretsOf(config.value) });
const build = (await import(BUILD.href)) as ServerBuild;
const { container } = build.entry.module as unknown as ServerEntry;
const server = createWebServer({ build, clientDir: fileURLToPath(new URL('../client', BUILD)), log });

let stopping = false;
async function stop(reason: string, exitCode: number): Promise<void> {
  if (stopping) {
    log.warn({ reason }, 'Told to stop again: not waiting any longer');
    process.exit(exitCode || 1);
  }
  stopping = true;
  log.info({ reason }, 'Stopping');
  const cutOff = await server.close(GRACE_MS);
  if (cutOff > 0) log.warn({ cutOff }, 'Requests were cut off after waiting for them');
  // Last of all: until here requests were still using it. One that never came up has nothing to close.
  await Promise.resolve(container()).then((made) => made.shutdown(), () => undefined);
  log.info('Stopped');
  process.exit(exitCode || (cutOff > 0 ? 2 : 0));
}

process.on('SIGTERM', () => void stop('SIGTERM', 0));
process.on('SIGINT', () => void stop('SIGINT', 0));
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    log.fatal({ err: error }, `${event}: this is a bug`);
    void stop(event, 1);
  });
}

try {
  const { address, port } = await server.listen(http.port, http.host);
  log.info({ address, port }, 'Listening');
} catch (error) {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') refuse(`Calibrate cannot start: port ${http.port} on ${http.host} is in use. Stop what uses it, or set PORT to another.`);
  if (code === 'EACCES') refuse(`Calibrate cannot start: it may not listen on port ${http.port}. Set PORT to one above 1023.`);
  if (code === 'EADDRNOTAVAIL') refuse(`Calibrate cannot start: ${http.host} is not an address of this machine. Set HOST to one that is.`);
  throw error;
}

// Not waited for: the process is up already, and the first visitor should not pay for the first connection.
void Promise.resolve()
  .then(container)
  .catch((error: unknown) => log.error({ err: error }, 'Not ready: the first attempt to reach what the app needs failed'));
