import type { TenantId } from '../../domain/kernel/ids.ts';
import type { OutboxLeases } from '../../ports/outbox.ts';
import { affected, arrayLiteral, many, one } from './stores/rows.ts';
import type { Sql } from './stores/rows.ts';
import type { WithTenant } from './unit-of-work.ts';

const LEASE_SECONDS = 30;

/** A message as app.lease_outbox_batch gives it. */
type Leased = readonly [id: string, eventId: string, eventSeq: string, topic: string, aggregate: string, attempts: string, epoch: string, createdAtMs: string];

/**
 * Leases across tenants through definer functions. Leasing and ending wait for no disk: a crash of the database that loses an end
 * loses nothing that came after it either, and the messages are told again, which subscribers do not mind.
 */
export function createOutboxLeases(pool: Sql, withTenant: WithTenant, { leaseSeconds = LEASE_SECONDS }: { readonly leaseSeconds?: number } = {}): OutboxLeases {
  const held = `(id, epoch) in (select * from unnest($1::uuid[], $3::int[])) and owner = $2 and state = 'leased'`;
  return {
    async lease(owner, max) {
      const tenants = await many<{ tenantId: TenantId; messages: readonly Leased[] }>(pool,
        `with quick as materialized (select set_config('synchronous_commit', 'off', true))
         select l.tenant_id as "tenantId", l.messages from quick cross join app.lease_outbox_batch($1, $2, $3) l`, [owner, max, leaseSeconds]);
      return tenants.flatMap(({ tenantId, messages }) => messages.map(([id, eventId, eventSeq, topic, aggregate, attempts, epoch, createdAtMs]) => (
        { tenantId, id, eventId, eventSeq: BigInt(eventSeq), topic, aggregate, attempts: Number(attempts), epoch: Number(epoch), createdAt: new Date(Number(createdAtMs)) })));
    },
    async done(messages, owner) {
      if (messages.length === 0) return 0;
      const row = await one<{ ended: bigint }>(pool,
        `with quick as materialized (select set_config('synchronous_commit', 'off', true))
         select app.finish_outbox($1, $2::uuid[], $3::uuid[], $4::int[]) as ended from quick`,
        [owner, arrayLiteral(messages.map(({ tenantId }) => tenantId)), arrayLiteral(messages.map(({ id }) => id)), arrayLiteral(messages.map(({ epoch }) => epoch))]);
      return Number(row?.ended ?? 0);
    },
    failed: (message, owner, { error, runAt, dead }) => withTenant(message.tenantId, async (sql) => (await affected(sql,
      `update outbox set state = $4, error = $5, run_at = $6, owner = null, lease_until = null where ${held}`,
      [[message.id], owner, [message.epoch], dead ? 'dead' : 'ready', error, runAt])) > 0),
    async release(messages, owner, runAt) {
      for (const [tenantId, group] of Map.groupBy(messages, (message) => message.tenantId)) {
        await withTenant(tenantId, (sql) => affected(sql,
          `update outbox set state = 'ready', attempts = attempts - 1, run_at = coalesce($4, run_at), owner = null, lease_until = null where ${held}`,
          [group.map(({ id }) => id), owner, group.map(({ epoch }) => epoch), runAt]));
      }
    },
  };
}
