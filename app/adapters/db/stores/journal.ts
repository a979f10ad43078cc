import { randomUUID } from 'node:crypto';
import type { EventType } from '@calibr/types';
import { payloadSchemaName, payloadVersion } from '../../../../schemas/registry.ts';
import { actorText } from '../../../ports/context.ts';
import type { EventRow } from '../../../domain/audit/event-dto.ts';
import type { AuditRow, Journal } from '../../../ports/journal.ts';
import { decodeCursor, page } from './cursor.ts';
import type { ListScope } from './cursor.ts';
import { changeReplay, projectChangeEvent, projectTold, rebuildChanges } from './change-projection.ts';
import { deadLetters } from './dead-letters.ts';
import { logStates } from './log-states.ts';
import { missingMessages, writeMissingMessages } from './message-projection.ts';
import { json, many, one } from './rows.ts';
import type { Sql } from './rows.ts';

/** The same statement writes an event and its message: their times are at most this far apart. */
const CLOCK_SLACK_MS = 3_600_000;
const eventColumns = 'id, seq, type, schema_version, aggregate_type, aggregate_id, correlation_id, causation_id, actor, payload, created_at';

/** Version of the schema that describes the payload, as this code writes it; a type without a schema is a bug. */
function schemaVersionOf(type: string): string {
  if (payloadSchemaName(type) === undefined) throw new Error(`There is no schema of the event ${type}`);
  return payloadVersion(type as EventType);
}

export function journal(sql: Sql, tenantId: string): Journal {
  return {
    async append(ctx, entry) {
      const eventId = ctx.newId();
      const actor = actorText(ctx.actor);
      const payload = json(entry.payload);
      // The outbox row carries the event's seq, so that the publisher can keep the order of an aggregate.
      const row = await one<{ seq: bigint }>(sql,
        `with e as (
           insert into events (tenant_id, id, type, schema_version, aggregate_type, aggregate_id, correlation_id, causation_id, actor, payload)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning seq)
         insert into outbox (tenant_id, event_id, event_seq, aggregate, topic, payload)
         select $1, $2, e.seq, $5 || ':' || $6, $3, '{}'::jsonb from e returning event_seq as seq`,
        [tenantId, eventId, entry.type, schemaVersionOf(entry.type), entry.aggregateType, entry.aggregateId, ctx.correlationId, ctx.causationId, actor, payload]);
      if (entry.audit) {
        await sql.query(
          `insert into audit_log (tenant_id, id, entity, entity_id, action, actor, explain, correlation_id, request_id)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
          [tenantId, randomUUID(), entry.aggregateType, entry.aggregateId, entry.audit.action, actor, json(entry.audit.explain ?? {}), ctx.correlationId, ctx.requestId]);
      }
      return { eventId, seq: row!.seq };
    },
    events: ({ afterSeq, type, limit }) => many<EventRow>(sql,
      `select ${eventColumns} from events where seq > $1 and ($2::text is null or type = $2) order by seq limit $3`,
      [afterSeq ?? 0n, type ?? null, limit]),
    event: (id) => one<EventRow>(sql, `select ${eventColumns} from events where id = $1`, [id]),
    async audit(filter, { limit, cursor }) {
      const scope: ListScope = { list: 'audit', filter, parts: ['integer'] };
      const before = decodeCursor(cursor, scope);
      const rows = await many<AuditRow>(sql,
        `select id, seq, entity, entity_id, action, actor, explain, correlation_id, request_id, created_at from audit_log
          where ($1::text is null or entity = $1) and ($2::text is null or entity_id = $2) and ($3::text is null or actor = $3)
            and ($4::text is null or correlation_id = $4) and ($5::timestamptz is null or created_at >= $5)
            and ($6::timestamptz is null or created_at < $6) and ($7::bigint is null or seq < $7)
          order by seq desc limit $8`,
        [filter.entity ?? null, filter.entityId ?? null, filter.actor ?? null, filter.correlationId ?? null, filter.from ?? null, filter.to ?? null, before?.[0] ?? null, limit + 1]);
      return page(rows, limit, scope, (row) => [row.seq]);
    },
    brokenLink: async (chain) => (await one<{ broken: bigint | null }>(sql, 'select app.verify_chain($1) as broken', [chain]))!.broken,
    projectChange: (event) => projectChangeEvent(sql, tenantId, event),
    async tell(messages) {
      const times = messages.map(({ createdAt }) => createdAt.getTime());
      const told = await projectTold(sql, tenantId, { messages, since: new Date(Math.min(...times) - CLOCK_SLACK_MS), until: new Date(Math.max(...times) + CLOCK_SLACK_MS) });
      for (const late of told.filter(({ again }) => again)) await projectChangeEvent(sql, tenantId, late);
      return told;
    },
    replayChanges: () => changeReplay(sql),
    differences: (projection) => (projection === 'outbox' ? missingMessages(sql) : changeReplay(sql)),
    rebuild: (projection) => (projection === 'outbox' ? writeMissingMessages(sql, tenantId) : rebuildChanges(sql, tenantId)),
    logStates: () => logStates(sql),
    ...deadLetters(sql),
  };
}
