import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { CustomTypesConfig, QueryResult, QueryResultRow, Submittable } from 'pg';
import { PrismaClient } from './generated/client.ts';
import { tenantPool } from './tenant-pool.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const INT8 = 20;
const SQLSTATE = /^[0-9A-Z]{5}$/;
/** Serialisation failure and deadlock: nothing was done, and doing it again may succeed. */
const TRY_AGAIN: ReadonlySet<string> = new Set(['40001', '40P01']);

/** int8 as bigint, for this query alone: a global parser would change what Prisma and the queue read. */
const exactIntegers: CustomTypesConfig = {
  getTypeParser: (oid: number, format?: string) =>
    (oid === INT8 && format !== 'binary' ? BigInt : pg.types.getTypeParser(oid, format as 'text')) as never,
};

/** No such prepared statement, and one of that name there already: a pooler that shares sessions gave us another one than before. */
const NOT_OUR_SESSION: ReadonlySet<string> = new Set(['26000', '42P05']);

/** A transaction in which exactly one tenant exists. int8 columns come as bigint. */
export interface TenantTx {
  /** With a name the statement is prepared, where sessions are our own: planned once for each connection. One name, one text. */
  query<R extends QueryResultRow = QueryResultRow>(text: string, params?: readonly unknown[], name?: string): Promise<QueryResult<R>>;
  /** A stream of pg-copy-streams, submitted on this transaction's connection. COPY FROM needs a temporary table: RLS refuses it. */
  copy<S extends Submittable>(stream: S): S;
}

/** Statements without a tenant: they see no row of any, and are for the definer functions. */
export interface UnscopedSql {
  query<R extends QueryResultRow = QueryResultRow>(text: string, params?: readonly unknown[]): Promise<QueryResult<R>>;
}

export interface TenantTxOptions {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
  readonly readOnly?: boolean;
  /** How often the work is tried in all when it meets a serialisation failure or a deadlock; it must then be safe to run again. 1 unless told. */
  readonly attempts?: number;
}

export interface Tenancy {
  /** Runs the work in a transaction of this tenant: commits when it returns, rolls back and throws when it throws. */
  withTenant<T>(tenantId: string, work: (tx: TenantTx) => Promise<T>, options?: TenantTxOptions): Promise<T>;
  /**
   * A Prisma client that only ever sees this tenant. One client a tenant, because Prisma merges the lookups of one client: with a
   * shared one, two tenants asking in the same tick were answered by one query, and one of them got the other's row.
   */
  forTenant(tenantId: string): PrismaClient;
  readonly unscoped: UnscopedSql;
  /** Lets go of the Prisma clients; the pool belongs to the caller. */
  close(): Promise<void>;
}

/** All access to tenants' rows over one shared pool. `cache`: how many Prisma clients are kept (0.1 MB each, no connections). */
export function createTenancy(pool: pg.Pool, { cache = 500 }: { cache?: number } = {}): Tenancy {
  const clients = new Map<string, PrismaClient>();
  const prepared = { allowed: true };

  return {
    async withTenant(tenantId, work, options = {}) {
      const begin = beginStatement(tenantId, options);
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await transaction(pool, begin, work, prepared);
        } catch (error) {
          const state = sqlState(error);
          if (NOT_OUR_SESSION.has(state)) prepared.allowed = false;
          else if (!TRY_AGAIN.has(state)) throw error;
          if (attempt >= (options.attempts ?? 1)) throw error;
          // Apart from each other the second time.
          await sleep(Math.random() * 20 * 2 ** attempt);
        }
      }
    },

    forTenant(tenantId) {
      assertTenantId(tenantId);
      const client = clients.get(tenantId) ?? new PrismaClient({ adapter: new PrismaPg(tenantPool(pool, beginStatement(tenantId, {}))) });
      // A map keeps the order of insertion: the first key is the one that was used longest ago.
      clients.delete(tenantId);
      clients.set(tenantId, client);
      if (clients.size > cache) clients.delete(clients.keys().next().value!);
      return client;
    },

    unscoped: { query: (text, params) => pool.query({ text, values: params as unknown[], types: exactIntegers }) },

    async close() {
      const open = [...clients.values()];
      clients.clear();
      await Promise.all(open.map((client) => client.$disconnect()));
    },
  };
}

/** Ends up inside SQL text, so nothing but a lower-case UUID may pass. */
function assertTenantId(tenantId: string): void {
  if (!UUID.test(tenantId)) throw new TypeError('A tenant id must be a lower-case UUID');
}

function beginStatement(tenantId: string, { isolation, readOnly }: TenantTxOptions): string {
  assertTenantId(tenantId);
  const modes = `${isolation ? ` ISOLATION LEVEL ${isolation}` : ''}${readOnly ? ' READ ONLY' : ''}`;
  // One message: the tenant is set before anything else can be asked, and it costs no round trip of its own.
  return `BEGIN${modes}; SELECT set_config('app.tenant_id', '${tenantId}', true)`;
}

async function transaction<T>(pool: pg.Pool, begin: string, work: (tx: TenantTx) => Promise<T>, prepared: { readonly allowed: boolean }): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  let open = true;
  // Without a listener an error between two queries (the server went away) would end the process.
  const onError = (error: Error): void => { broken = error; };
  client.on('error', onError);
  const alive = (): void => {
    if (!open) throw new Error('The transaction is over: a query was sent after its work had returned');
  };
  const tx: TenantTx = {
    async query(text, params, name) {
      alive();
      return client.query({ text, values: params as unknown[], types: exactIntegers, ...(name !== undefined && prepared.allowed ? { name } : {}) });
    },
    copy(stream) {
      alive();
      return client.query(stream);
    },
  };
  try {
    await client.query(begin);
    const result = await work(tx);
    open = false;
    // A statement that failed and was caught leaves a transaction that can only roll back, and COMMIT then says so quietly.
    const { command } = await client.query('COMMIT');
    if (command !== 'COMMIT') throw new Error('The transaction was rolled back: one of its statements had failed');
    return result;
  } catch (error) {
    open = false;
    await client.query('ROLLBACK').catch((failure: Error) => { broken ??= failure; });
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/** The SQLSTATE of an error of PostgreSQL, '' of any other. */
export function sqlState(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && SQLSTATE.test(code) ? code : '';
}
