import { createHmac } from 'node:crypto';
import pg from 'pg';

/** The roles that log in. cal_resolver, which owns the doors of the migrations, does not. */
export const LOGIN_ROLES = ['cal_owner', 'cal_app', 'cal_dispatcher', 'cal_copilot'] as const;
export type LoginRole = (typeof LOGIN_ROLES)[number];
export type RolePasswords = Readonly<Record<LoginRole, string>>;

const POWERLESS = 'NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION';

/** Who may reach the database, and for what beyond that. TEMPORARY: bulk rows come in by COPY, which RLS does not allow on tables. */
const DATABASE_RIGHTS: Readonly<Record<LoginRole, string>> = {
  cal_owner: 'CONNECT, TEMPORARY, CREATE',
  cal_app: 'CONNECT, TEMPORARY',
  cal_dispatcher: 'CONNECT',
  cal_copilot: 'CONNECT',
};

/** Passwords that follow from one secret, so that only that has to be kept; for development and tests. */
export function derivedPasswords(secret: string): RolePasswords {
  const of = (role: LoginRole): string => createHmac('sha256', secret).update(role).digest('base64url');
  return { cal_owner: of('cal_owner'), cal_app: of('cal_app'), cal_dispatcher: of('cal_dispatcher'), cal_copilot: of('cal_copilot') };
}

/** The same server and options, another role or database. */
export function urlFor(url: string, change: { role?: LoginRole; password?: string; database?: string }): string {
  const other = new URL(url);
  if (change.role) other.username = change.role;
  if (change.password !== undefined) other.password = encodeURIComponent(change.password);
  if (change.database) other.pathname = `/${encodeURIComponent(change.database)}`;
  return other.href;
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Makes the roles and the database, or brings existing ones to what they must be; run by a superuser, any number of times.
 * Roles belong to the cluster, so no migration can make them: Prisma's shadow database would share them.
 */
export async function bootstrapRoles(superuserUrl: string, options: { database: string; passwords: RolePasswords }): Promise<void> {
  const { database, passwords } = options;
  await withClient(superuserUrl, async (client) => {
    await ensureRole(client, 'cal_resolver', `NOLOGIN NOINHERIT BYPASSRLS ${POWERLESS}`);
    for (const role of LOGIN_ROLES) {
      await ensureRole(client, role, `LOGIN NOBYPASSRLS ${POWERLESS} PASSWORD ${client.escapeLiteral(passwords[role])}`);
    }
    // Only to hand the doors over to it while migrating; the owner does not get its rights by this.
    await client.query('GRANT cal_resolver TO cal_owner WITH INHERIT FALSE, SET TRUE, ADMIN FALSE');
    await ensureDatabase(client, database);
  });
  await withClient(urlFor(superuserUrl, { database }), async (client) => {
    await grantDatabaseRights(client, database);
    await client.query(`
      REVOKE ALL ON SCHEMA public FROM PUBLIC;
      GRANT ALL ON SCHEMA public TO cal_owner;
      ALTER DEFAULT PRIVILEGES FOR ROLE cal_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
      ALTER DEFAULT PRIVILEGES FOR ROLE cal_dispatcher REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
      CREATE SCHEMA IF NOT EXISTS dispatch AUTHORIZATION cal_dispatcher;
      CREATE SCHEMA IF NOT EXISTS graphile_worker AUTHORIZATION cal_dispatcher;
      GRANT USAGE ON SCHEMA dispatch TO cal_app`);
  });
}

/** Rights on a database are not copied with it: call this after cloning one. */
export async function grantDatabaseRights(client: pg.Client, database: string): Promise<void> {
  const name = client.escapeIdentifier(database);
  const grants = LOGIN_ROLES.map((role) => `GRANT ${DATABASE_RIGHTS[role]} ON DATABASE ${name} TO ${role}`);
  await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC; ${grants.join('; ')}`);
}

async function ensureRole(client: pg.Client, role: string, attributes: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  await client.query(`${rowCount ? 'ALTER' : 'CREATE'} ROLE ${role} ${attributes}`);
}

async function ensureDatabase(client: pg.Client, database: string): Promise<void> {
  const name = client.escapeIdentifier(database);
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
  if (rowCount) await client.query(`ALTER DATABASE ${name} OWNER TO cal_owner`);
  else await client.query(`CREATE DATABASE ${name} OWNER cal_owner`);
}
