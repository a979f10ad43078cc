import { applyMigrations } from './migrations.ts';
import { installQueue } from './queue.ts';
import { bootstrapRoles, derivedPasswords, urlFor } from './roles.ts';
import type { LoginRole, RolePasswords } from './roles.ts';

export interface DatabaseUrls {
  readonly superuser: string;
  readonly owner: string;
  readonly app: string;
  readonly dispatcher: string;
  readonly copilot: string;
}

/** The URLs of one database of a server, for each role. */
export function databaseUrls(superuserUrl: string, database: string, passwords: RolePasswords): DatabaseUrls {
  const of = (role: LoginRole): string => urlFor(superuserUrl, { role, password: passwords[role], database });
  return {
    superuser: urlFor(superuserUrl, { database }),
    owner: of('cal_owner'),
    app: of('cal_app'),
    dispatcher: of('cal_dispatcher'),
    copilot: of('cal_copilot'),
  };
}

/**
 * Takes a server from empty, or from any earlier state, to one that Calibrate can run on: roles, database, queue, migrations.
 * Without passwords they follow from the superuser's.
 */
export async function prepareDatabase(options: { superuserUrl: string; database: string; passwords?: RolePasswords }): Promise<DatabaseUrls> {
  const { superuserUrl, database } = options;
  const passwords = options.passwords ?? derivedPasswords(decodeURIComponent(new URL(superuserUrl).password));
  await bootstrapRoles(superuserUrl, { database, passwords });
  await installQueue(superuserUrl, { database, dispatcherPassword: passwords.cal_dispatcher });
  const urls = databaseUrls(superuserUrl, database, passwords);
  await applyMigrations(urls.owner);
  return urls;
}
