import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../dev/postgres/embedded.ts';
import type { EmbeddedPostgres } from '../../dev/postgres/embedded.ts';
import { prepareDatabase } from '../../prisma/bootstrap/prepare-database.ts';
import { withClient } from '../../prisma/bootstrap/roles.ts';

export const TEMPLATE = 'calibrate_template';
const FOLDER = 'calibrate-test-';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly postgres: { readonly superuserUrl: string; readonly template: string };
  }
}

interface Cluster {
  users: number;
  readonly started: Promise<EmbeddedPostgres>;
}

// Several projects of one run ask for it, each with its own copy of this module.
const shared = globalThis as unknown as { calibrateTestCluster?: Cluster };

/** One PostgreSQL for the whole run, with a migrated database that every test file clones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = (shared.calibrateTestCluster ??= { users: 0, started: start() });
  cluster.users += 1;
  const postgres = await cluster.started;
  project.provide('postgres', { superuserUrl: postgres.superuserUrl, template: TEMPLATE });
  return async () => {
    cluster.users -= 1;
    if (cluster.users > 0) return;
    delete shared.calibrateTestCluster;
    await postgres.stop();
    rmSync(postgres.dataDir, { recursive: true, force: true });
  };
}

async function start(): Promise<EmbeddedPostgres> {
  removeLeftovers();
  const dataDir = join(tmpdir(), `${FOLDER}${process.pid}-${randomBytes(4).toString('hex')}`);
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false });
  await prepareDatabase({ superuserUrl: postgres.superuserUrl, database: TEMPLATE });
  // A template is cloned only while nobody is connected to it.
  await withClient(postgres.superuserUrl, (client) => client.query(`ALTER DATABASE ${TEMPLATE} ALLOW_CONNECTIONS false IS_TEMPLATE true`));
  return postgres;
}

/** Folders of runs that were killed; their servers ended with them. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(new RegExp(`^${FOLDER}(\\d+)-`).exec(name)?.[1]);
    if (!pid) continue;
    try {
      process.kill(pid, 0);
    } catch {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    }
  }
}
