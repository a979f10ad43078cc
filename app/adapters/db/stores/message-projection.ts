import type { ReplayDifference } from '../../../ports/journal.ts';
import { affected, many } from './rows.ts';
import type { Sql } from './rows.ts';

/** Shorter than the time for which told messages are kept (app/flows/retain-log). An event of this very moment is left to its own transaction. */
const MISSING = `from events e where e.created_at > now() - interval '6 days' and not exists (select from outbox o where o.event_id = e.id)`;

/** Events of the last days that have no message: nobody was told of them, and nobody will be. */
export function missingMessages(sql: Sql): Promise<ReplayDifference[]> {
  return many<ReplayDifference>(sql,
    `select e.id as change_id, e.type as name, 'message' as field, 'of event ' || e.seq as from_log, null::text as stored ${MISSING} order by e.seq limit 1000`);
}

/** With the time of their event, by which it is looked up in the log. */
export function writeMissingMessages(sql: Sql, tenantId: string): Promise<number> {
  return affected(sql,
    `insert into outbox (tenant_id, event_id, event_seq, aggregate, topic, payload, created_at)
     select $1, e.id, e.seq, e.aggregate_type || ':' || e.aggregate_id, e.type, '{}'::jsonb, e.created_at ${MISSING} on conflict do nothing`, [tenantId]);
}
