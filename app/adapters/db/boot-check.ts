import type { QueryResultRow } from 'pg';

interface Identity extends QueryResultRow {
  readonly name: string;
  readonly superuser: boolean;
  readonly bypasses: boolean;
  readonly memberOf: string[];
  readonly owns: number;
  readonly unguarded: number;
}

const WHO_AM_I = `
SELECT r.rolname AS name, r.rolsuper OR current_setting('is_superuser') = 'on' AS superuser, r.rolbypassrls AS bypasses,
  ARRAY(SELECT m.roleid::regrole::text FROM pg_auth_members m WHERE m.member = r.oid) AS "memberOf",
  (SELECT count(*)::int FROM pg_class c WHERE c.relowner = r.oid AND c.relnamespace = to_regnamespace('public')) AS owns,
  (SELECT count(*)::int FROM pg_class c WHERE c.relnamespace = to_regnamespace('public') AND c.relkind IN ('r', 'p')
      AND NOT (c.relrowsecurity AND c.relforcerowsecurity) AND coalesce(obj_description(c.oid, 'pg_class'), '') !~ '^@global: '
      AND c.relname <> '_prisma_migrations'
      AND has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE')) AS unguarded
FROM pg_roles r WHERE r.rolname = current_user`;

/**
 * Asks the database who we are, and throws when that is a role which could see more than one tenant at once: a superuser, one that
 * bypasses row-level security, one that owns tables or may become another role; or when a table it reaches is not guarded.
 * Also throws when the database cannot be asked.
 */
export async function assertLeastPrivilege(database: { query(text: string): Promise<{ rows: QueryResultRow[] }> }): Promise<void> {
  const identity = (await database.query(WHO_AM_I)).rows[0] as Identity;
  const faults = [
    identity.superuser && 'is a superuser',
    identity.bypasses && 'bypasses row-level security',
    identity.memberOf.length > 0 && `may act as ${identity.memberOf.join(', ')}`,
    identity.owns > 0 && 'owns tables',
    identity.unguarded > 0 && `reaches ${identity.unguarded} tables without forced row-level security`,
  ].filter(Boolean);
  if (faults.length > 0) {
    throw new Error(`The database role ${identity.name} ${faults.join(', ')}: Calibrate runs as cal_app, which sees one tenant at a time`);
  }
}

/** Starting up, shutting down, full, or not answering: what an operator or time mends, and no reason to refuse to run. */
const AWAY = /^(ECONN|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|57P0[1-3]|53300|08)/;

/** Whether this failure says that the database is not there at the moment, and nothing about who we are to it. */
export function isAway(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return AWAY.test(code ?? '') || (code === undefined && /terminated|timeout/i.test(message ?? ''));
}
