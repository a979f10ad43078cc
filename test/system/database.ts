import { inject } from 'vitest';
import { withClient } from '../../prisma/bootstrap/roles.ts';

type Rows = readonly Record<string, unknown>[];

/** Statements as the tables' owner, inside one shop's tenant: row-level security binds the owner as well. */
export async function inTenant(shop: string, ...statements: readonly (readonly [text: string, ...params: unknown[]])[]): Promise<Rows> {
  return withClient(inject('app').databaseUrl, async (client) => {
    await client.query('BEGIN');
    await client.query(`SELECT set_config('app.tenant_id', md5('calibrate:shop:' || $1)::uuid::text, true)`, [shop]);
    let rows: Rows = [];
    for (const [text, ...params] of statements) rows = (await client.query(text, params)).rows as Rows;
    await client.query('COMMIT');
    return rows;
  });
}

/** Gives a member of staff a role, whether they were here before or not. */
export async function setRole(shop: string, userId: string, role: string): Promise<void> {
  await inTenant(shop, [
    `INSERT INTO members (tenant_id, user_id, name, role, created_at, last_seen_at) VALUES (md5('calibrate:shop:' || $1)::uuid, $2, '', $3, now(), now())
     ON CONFLICT (tenant_id, user_id) DO UPDATE SET role = excluded.role`, shop, userId, role]);
}
