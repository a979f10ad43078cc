import type { InboxStore, Role, TenantRow, TenantStore, TokenRow, TokenStore, WebhookRow } from '../../../ports/tenant-store.ts';
import { affected, assignments, json, many, one } from './rows.ts';
import type { Sql } from './rows.ts';

export function tenantStore(sql: Sql, tenantId: string): TenantStore {
  return {
    get: () => one<TenantRow>(sql, 'select tenant_id, shop_domain, name, currency_code, time_zone, plan, state, scopes, writes_stopped from tenants'),
    async update(facts, now) {
      const set = assignments({ ...facts, updatedAt: now }, 1);
      await sql.query(`update tenants set ${set.text}`, set.params);
    },
    async member(userId, name, roleIfNew, now) {
      const row = await one<{ role: Role }>(sql,
        `insert into members (tenant_id, user_id, name, role, created_at, last_seen_at) values ($1, $2, $3, case when exists (select from members) then $4 else 'admin' end, $5, $5)
         on conflict (tenant_id, user_id) do update set last_seen_at = excluded.last_seen_at,
           name = case when excluded.name = '' then members.name else excluded.name end
         returning role`,
        [tenantId, userId, name, roleIfNew, now]);
      return row!.role;
    },
    async saveHealth(connector, status, detail, now) {
      await sql.query(
        `insert into connector_health (tenant_id, connector, status, detail, checked_at) values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, connector) do update set status = excluded.status, detail = excluded.detail, checked_at = excluded.checked_at`,
        [tenantId, connector, status, json(detail), now]);
    },
    installedAfter: async (at) => (await one(sql,
      `select 1 as later from tenants t where t.state = 'installed' and (t.installed_at > $1
          or exists (select from shop_sessions s where s.updated_at > $1 and not s.is_online))`, [at])) !== null,
    async forgetSessions() {
      await sql.query('delete from shop_sessions');
    },
    erase: async (reason) => Number((await one<{ erased: string | number }>(sql, 'select app.erase_tenant($1) as erased', [reason]))?.erased ?? 0),
    health: (connector) => one(sql, 'select status, detail, checked_at from connector_health where connector = $1', [connector]),
  };
}

const tokenColumns = 'id, name, prefix, scopes, created_by, created_at, last_used_at, revoked_at';

export function tokenStore(sql: Sql, tenantId: string): TokenStore {
  return {
    list: () => many<TokenRow>(sql, `select ${tokenColumns} from api_tokens order by created_at desc, id limit 200`),
    async create(row) {
      const made = await one<TokenRow>(sql,
        `insert into api_tokens (tenant_id, id, name, token_hash, prefix, scopes, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${tokenColumns}`,
        [tenantId, row.id, row.name, Buffer.from(row.tokenHash), row.prefix, row.scopes, row.createdBy, row.now]);
      return made!;
    },
    revoke: async (id, now) => (await affected(sql, 'update api_tokens set revoked_at = $2 where id = $1 and revoked_at is null', [id, now])) > 0,
    revokeAll: async ({ madeBefore, now }) => (await many<{ id: string }>(sql,
      'update api_tokens set revoked_at = $2 where revoked_at is null and ($1::timestamptz is null or created_at < $1) returning id', [madeBefore, now])).map(({ id }) => id),
    async touch(id, now) {
      // Once a minute is enough to see that a token is in use, and keeps hot tokens from rewriting their row on every call.
      await sql.query(`update api_tokens set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at < $2::timestamptz - interval '1 minute')`, [id, now]);
    },
  };
}

/** JSON that jsonb takes: it knows neither the NUL character nor half of a surrogate pair, and a payload with one must not be lost. */
function storable(payload: unknown): string {
  return JSON.stringify(payload, (_, part: unknown) => (typeof part === 'string' ? part.replaceAll('\0', '').toWellFormed() : part));
}

export function inboxStore(sql: Sql, tenantId: string): InboxStore {
  return {
    async receive(row) {
      return (await affected(sql,
        `insert into webhook_inbox (tenant_id, webhook_id, event_id, topic, api_version, triggered_at, payload)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (tenant_id, webhook_id) do nothing`,
        [tenantId, row.webhookId, row.eventId, row.topic, row.apiVersion, row.triggeredAt, storable(row.payload)])) > 0;
    },
    nextBatch: (limit, passedOver) => many<WebhookRow>(sql,
      `select webhook_id, event_id, topic, api_version, triggered_at, payload from webhook_inbox
        where state = 'received' and webhook_id <> all($1::text[]) order by received_at, webhook_id limit $2`, [passedOver, limit]),
    hold: async ({ webhookId, topic, eventId }) => (await many<{ webhookId: string; state: string }>(sql,
      'select webhook_id, state from webhook_inbox where topic = $1 and event_id = $2 order by webhook_id for update', [topic, eventId]))
      .some((row) => row.webhookId === webhookId && row.state === 'received'),
    eventDone: async (topic, eventId) => (await one(sql,
      `select 1 as done from webhook_inbox where topic = $1 and event_id = $2 and state = 'done' limit 1`, [topic, eventId])) !== null,
    async finish(webhookId, state, note, now) {
      await sql.query('update webhook_inbox set state = $2, error = $3, processed_at = $4, attempts = attempts + 1 where webhook_id = $1', [webhookId, state, note, now]);
    },
    broke: async (webhookId, error, attemptsMax, now) => (await one<{ state: string }>(sql,
      `update webhook_inbox set attempts = attempts + 1, error = $2, state = case when attempts + 1 >= $3 then 'failed' else state end,
          processed_at = case when attempts + 1 >= $3 then $4::timestamptz end
        where webhook_id = $1 and state = 'received' returning state`, [webhookId, error, attemptsMax, now]))?.state !== 'received',
  };
}
