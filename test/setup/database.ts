import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, inject } from 'vitest';
import { databaseUrls } from '../../prisma/bootstrap/prepare-database.ts';
import type { DatabaseUrls } from '../../prisma/bootstrap/prepare-database.ts';
import { derivedPasswords, grantDatabaseRights, withClient } from '../../prisma/bootstrap/roles.ts';

export interface TestDatabase {
  readonly name: string;
  readonly urls: DatabaseUrls;
  /** Drops the database; throws when a connection to it was left open. */
  drop(): Promise<void>;
}

/** A migrated, empty database of its own: a clone of the run's template, in some 50 ms. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { superuserUrl, template } = inject('postgres');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withClient(superuserUrl, async (client) => {
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template} OWNER cal_owner STRATEGY file_copy`);
    await grantDatabaseRights(client, name);
  });
  const urls = databaseUrls(superuserUrl, name, derivedPasswords(decodeURIComponent(new URL(superuserUrl).password)));
  return { name, urls, drop: () => dropDatabase(superuserUrl, name) };
}

/** Gives a test file, or a describe block, a database of its own for as long as it runs. */
export function useTestDatabase(): { readonly urls: DatabaseUrls } {
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database?.drop());
  return {
    get urls() {
      if (!database) throw new Error('The test database is there from beforeAll on');
      return database.urls;
    },
  };
}

async function dropDatabase(superuserUrl: string, name: string): Promise<void> {
  await withClient(superuserUrl, async (client) => {
    const open = async (): Promise<string[]> => (await client.query<{ who: string }>(
      `SELECT format('%s (%s): %s', usename, coalesce(nullif(application_name, ''), 'no name'), left(query, 120)) AS who
         FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'`, [name])).rows.map(({ who }) => who);
    // A connection that was just closed is still there for a moment.
    let left = await open();
    for (let i = 0; left.length > 0 && i < 20; i += 1) {
      await sleep(50);
      left = await open();
    }
    await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
    if (left.length > 0) throw new Error(`The test left ${left.length} database connections open: ${left.join(' | ')}`);
  });
}
