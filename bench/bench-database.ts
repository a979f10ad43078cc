import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import pg from 'pg';
import { createTenancy } from '../app/adapters/db/tenancy.ts';
import type { Tenancy } from '../app/adapters/db/tenancy.ts';
import { createUnitOfWork } from '../app/adapters/db/unit-of-work.ts';
import { tenantId } from '../app/domain/kernel/ids.ts';
import type { TenantId } from '../app/domain/kernel/ids.ts';
import type { FlowContext } from '../app/ports/context.ts';
import type { Digest } from '../app/ports/digest.ts';
import type { UnitOfWork } from '../app/ports/unit-of-work.ts';
import { startEmbeddedPostgres } from '../dev/postgres/embedded.ts';
import { prepareDatabase } from '../prisma/bootstrap/prepare-database.ts';

export interface BenchDatabase {
  readonly tenancy: Tenancy;
  readonly uow: UnitOfWork;
  /** Bypasses row-level security: for making data, for clearing up, and as the bare thing where the comparison is about RLS itself. */
  readonly superuser: pg.Pool;
  readonly newDigest: () => Digest;
  /** As the worker has it. */
  readonly turn: () => Promise<unknown>;
  /** Connection strings of the roles. */
  readonly urls: { readonly app: string; readonly dispatcher: string };
  contextOf(tenant: TenantId): FlowContext;
  /** A tenant of its own, without a catalog. */
  newTenant(name: string): Promise<TenantId>;
  stop(): Promise<void>;
}

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A server of its own with the settings of production (fsync on), migrated, in a folder that is gone afterwards. */
export async function startBenchDatabase(): Promise<BenchDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'calibrate-bench-'));
  // As root the server runs under another account, which must reach its data through this folder; the data itself is closed.
  chmodSync(folder, 0o755);
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), durable: true, say: () => {} });
  const urls = await prepareDatabase({ superuserUrl: server.superuserUrl, database: 'bench' });
  const pool = new pg.Pool({ connectionString: urls.app, max: 12 });
  const superuser = new pg.Pool({ connectionString: urls.superuser, max: 2 });
  // A connection that the pool has let go of may still be closing when the server stops.
  for (const each of [pool, superuser]) each.on('error', () => {});
  const tenancy = createTenancy(pool);
  const stop = async (): Promise<void> => {
    await tenancy.close();
    // A benchmark that was interrupted still holds connections: the server ends them.
    await Promise.race([Promise.all([pool.end(), superuser.end()]), sleep(1_000, undefined, { ref: false })]);
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
    // The server keeps its data elsewhere when its account cannot reach ours.
    if (!server.dataDir.startsWith(folder)) rmSync(server.dataDir, { recursive: true, force: true });
  };
  let stopped: Promise<void> | undefined;
  return {
    tenancy, superuser, urls,
    turn: () => turn(),
    uow: createUnitOfWork(tenancy.withTenant),
    newDigest: () => {
      const hash = createHash('sha256');
      return { update: (text) => void hash.update(text), hex: () => hash.digest('hex') };
    },
    contextOf: (tenant) => ({
      tenantId: tenant, actor: { kind: 'system', id: 'bench' }, requestId: randomUUID(), correlationId: randomUUID(), causationId: null,
      now: () => new Date(), newId: randomUUID, log: quiet,
    }),
    async newTenant(name) {
      const { rows } = await tenancy.unscoped.query<{ id: string }>(`select app.install_shop($1, $2, 'USD', 'UTC', 'basic', '{}') as id`, [`${name}.myshopify.com`, name]);
      return tenantId(rows[0]!.id);
    },
    stop: () => (stopped ??= stop()),
  };
}
