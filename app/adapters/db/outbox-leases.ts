import type { TenantId } from '../../domain/kernel/ids.ts';
import type { LeasedMessage, OutboxLeases } from '../../ports/outbox.ts';
import { affected, fromRow } from './stores/rows.ts';
import type { Sql } from './stores/rows.ts';
import type { WithTenant } from './unit-of-work.ts';

const LEASE_SECONDS = 30;

/** Leases across tenants through one definer function; everything after that happens as the message's own tenant. */
export function createOutboxLeases(pool: Sql, withTenant: WithTenant, { leaseSeconds = LEASE_SECONDS }: { leaseSeconds?: number } = {}): OutboxLeases {
  const finish = (message: LeasedMessage, owner: string, set: string, params: readonly unknown[]): Promise<boolean> =>
    withTenant(message.tenantId, async (sql) => (await affected(sql,
      `update outbox set ${set}, owner = null, lease_until = null where id = $1 and owner = $2 and epoch = $3 and state = 'leased'`,
      [message.id, owner, message.epoch, ...params])) > 0);
  return {
    async lease(owner, max) {
      const { rows } = await pool.query('select tenant_id, id, event_id, topic, aggregate, attempts, epoch from app.lease_outbox($1, $2, $3)', [owner, max, leaseSeconds]);
      return rows.map((row) => fromRow<LeasedMessage>(row)).map((message) => ({ ...message, tenantId: message.tenantId as TenantId }));
    },
    done: (message, owner) => finish(message, owner, `state = 'done', finished_at = now(), error = null`, []),
    failed: (message, owner, { error, runAt, dead }) => finish(message, owner, `state = $4, error = $5, run_at = $6`, [dead ? 'dead' : 'ready', error, runAt]),
  };
}
