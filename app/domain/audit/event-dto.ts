import type { EventEnvelope } from '@calibr/types';

/** An entry of the event log as it is stored. */
export interface EventRow {
  readonly id: string;
  readonly seq: bigint;
  readonly type: string;
  readonly schemaVersion: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly actor: string;
  readonly payload: Record<string, unknown>;
  readonly createdAt: Date;
}

export function eventDto(row: EventRow, tenantId: string): EventEnvelope {
  return {
    id: row.id, seq: Number(row.seq), tenantId, type: row.type as EventEnvelope['type'], schemaVersion: row.schemaVersion, aggregateType: row.aggregateType,
    aggregateId: row.aggregateId, correlationId: row.correlationId, causationId: row.causationId, actor: row.actor, payload: row.payload, createdAt: row.createdAt.toISOString(),
  };
}
