import { tenantId } from '../../domain/kernel/ids.ts';
import type { ArchivedEntry, LogPartition, LogRetention } from '../../ports/log-retention.ts';
import { cursorPages, many, one } from './stores/rows.ts';
import type { Sql } from './stores/rows.ts';
import type { WithTenant } from './unit-of-work.ts';

const BATCH = 500;
/** What app.event_hash and app.audit_hash make their hash of. */
const CONTENT: Readonly<Record<LogPartition['log'], string>> = {
  events: 'jsonb_build_array(tenant_id, seq, id, type, schema_version, aggregate_type, aggregate_id, correlation_id, causation_id, actor, payload, created_at)',
  audit_log: 'jsonb_build_array(tenant_id, seq, id, entity, entity_id, action, actor, explain, correlation_id, request_id, created_at)',
};

/** Old rows through the database's own functions: the app may neither make nor drop a table, nor delete from a log. */
export function createLogRetention(pool: Sql, withTenant: WithTenant): LogRetention {
  return {
    makeMonths: async (months) => (await one<{ made: number }>(pool, 'select app.make_log_partitions($1) as made', [months]))?.made ?? 0,
    partitions: () => many<LogPartition>(pool, 'select log, partition, lower_bound, upper_bound from app.log_partitions()'),
    tenants: async () => (await many<{ id: string }>(pool, 'select id from app.list_tenants_all() id')).map(({ id }) => tenantId(id)),
    entries: (tenant, { log, lowerBound, upperBound }, read) => withTenant(tenant, async (sql) => {
      // As the hash was made: the text of a time depends on the zone.
      await sql.query(`select set_config('timezone', 'UTC', true)`);
      return read(cursorPages<ArchivedEntry>(sql, 'archived',
        `select seq::text, encode(prev_hash, 'hex') as prev_hash, encode(hash, 'hex') as hash, ${CONTENT[log]}::text as content from ${log}
          where ($1::timestamptz is null or created_at >= $1) and created_at < $2 order by ${log}.seq`, [lowerBound, upperBound], BATCH));
    }),
    async recordArchive(tenant, partition, { entries, lastHash, location, sha256 }) {
      await withTenant(tenant, (sql) => sql.query('select app.record_log_archive($1, $2, $3, $4, $5)', [partition, entries, Buffer.from(lastHash, 'hex'), location, Buffer.from(sha256, 'hex')]));
    },
    drop: async (partition, keepMonths) => (await one<{ dropped: boolean }>(pool, 'select app.drop_log_partition($1, $2) as dropped', [partition, keepMonths]))?.dropped ?? false,
    sweep: (tenant, { finished, keys }, max) => withTenant(tenant, async (sql) => {
      const row = await one<{ outbox: bigint; webhooks: bigint; idempotencyKeys: bigint }>(sql, 'select * from app.sweep_finished($1, $2, $3)', [finished, keys, max]);
      return { outbox: Number(row?.outbox ?? 0), webhooks: Number(row?.webhooks ?? 0), idempotencyKeys: Number(row?.idempotencyKeys ?? 0) };
    }),
  };
}
