import type { IdempotencyStore, RememberedAnswer } from '../../../ports/idempotency-store.ts';
import { affected, json, one } from './rows.ts';
import type { Sql } from './rows.ts';

export function idempotencyStore(sql: Sql, tenantId: string): IdempotencyStore {
  return {
    async begin({ key, method, path, bodyHash, now, abandonedBefore }) {
      // A call that never finished (its process died) is begun again by the next one with the same body.
      const begun = await affected(sql,
        `insert into idempotency_keys as k (tenant_id, key, method, path, body_hash, created_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (tenant_id, key) do update set created_at = excluded.created_at
          where k.finished_at is null and k.created_at < $7 and k.method = excluded.method and k.path = excluded.path and k.body_hash = excluded.body_hash`,
        [tenantId, key, method, path, Buffer.from(bodyHash), now, abandonedBefore]);
      if (begun > 0) return { kind: 'begun' };
      const row = await one<{ method: string; path: string; bodyHash: Buffer; status: number | null; response: unknown }>(sql,
        'select method, path, body_hash, status, response from idempotency_keys where key = $1', [key]);
      if (!row) return { kind: 'running' };
      const same = row.method === method && row.path === path && row.bodyHash.equals(bodyHash);
      if (!same) return { kind: 'other_request' };
      return row.status === null ? { kind: 'running' } : { kind: 'answered', answer: { status: row.status, body: row.response } satisfies RememberedAnswer };
    },
    async finish(key, answer, now) {
      await sql.query('update idempotency_keys set status = $2, response = $3, finished_at = $4 where key = $1', [key, answer.status, json(answer.body), now]);
    },
    async forget(key, begunAt) {
      await sql.query('delete from idempotency_keys where key = $1 and created_at = $2 and finished_at is null', [key, begunAt]);
    },
  };
}
