import pg from 'pg';
import type { Log } from '../../ports/context.ts';

/**
 * A worker that the system stopped in the middle of a transaction keeps its locks, and who needs them waits: after this long
 * PostgreSQL ends that transaction. No flow is idle between two statements for more than a call to the shop may take.
 */
const IDLE_IN_TRANSACTION_MS = 60_000;

export interface PoolOptions {
  readonly url: string;
  readonly max: number;
  readonly applicationName: string;
  readonly log: Log;
  readonly idleInTransactionMs?: number;
}

/** Connections to the database as the app's role. It outlives every loss of connections: work in hand fails, the next connects anew. */
export function createPool({ url, max, applicationName, log, idleInTransactionMs = IDLE_IN_TRANSACTION_MS }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url, max, application_name: applicationName, keepAlive: true,
    connectionTimeoutMillis: 10_000, statement_timeout: 600_000, idle_in_transaction_session_timeout: idleInTransactionMs,
  });
  pool.on('error', (error) => log.warn({ err: error }, 'An idle database connection was lost'));
  // The pool listens while a connection is idle. Lost between two queries of its borrower, it would be an error that nobody
  // listens to, which ends the process; the borrower's next query fails and says so.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
