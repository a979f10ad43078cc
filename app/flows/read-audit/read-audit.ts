import type { AuditEntry, AuditList, EventEnvelope, EventList, EventReplayReport, OutboxList, OutboxMessage } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { AuditFilter, AuditRow, EventRow, OutboxRow } from '../../ports/journal.ts';
import type { PageRequest, UnitOfWork } from '../../ports/unit-of-work.ts';

type Deps = { readonly uow: UnitOfWork };

export async function listAudit({ uow }: Deps, ctx: FlowContext, { limit, cursor, ...filter }: AuditFilter & PageRequest): Promise<Result<AuditList>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const page = await tx.journal.audit(filter, { limit, cursor });
    return ok({ data: page.data.map(auditDto), nextCursor: page.nextCursor });
  });
}

/** Events after a seq, oldest first; `nextCursor` is the seq to go on from. */
export async function listEvents({ uow }: Deps, ctx: FlowContext, { after, type, limit }: { after?: bigint; type?: string; limit: number }): Promise<Result<EventList>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const rows = await tx.journal.events({ limit: limit + 1, ...(after === undefined ? {} : { afterSeq: after }), ...(type === undefined ? {} : { type }) });
    const data = rows.slice(0, limit).map((row) => eventDto(row, ctx.tenantId));
    return ok({ data, nextCursor: rows.length > limit ? String(data[data.length - 1]!.seq) : null });
  });
}

/** Folds the log again and compares; also walks both hash chains. Errors: invalid `unknown_projection`. */
export async function replayProjection({ uow }: Deps, ctx: FlowContext, { projection }: { projection: string }): Promise<Result<EventReplayReport>> {
  if (projection !== 'change_projection') {
    return problem('invalid', 'unknown_projection', 'The projection that can be replayed is "change_projection".', [{ pointer: '/projection', code: 'unknown_projection', message: 'Use "change_projection".' }]);
  }
  return uow.run(ctx.tenantId, async (tx) => {
    const broken = (await tx.journal.brokenLink('events')) ?? (await tx.journal.brokenLink('audit'));
    return ok({ projection, chainIntact: broken === null, brokenAt: broken === null ? null : Number(broken), differences: await tx.journal.replayChanges() });
  });
}

export async function listDeadLetters({ uow }: Deps, ctx: FlowContext, page: PageRequest): Promise<Result<OutboxList>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const { data, nextCursor } = await tx.journal.deadLetters(page);
    return ok({
      data: data.map(outboxDto),
      nextCursor,
    });
  });
}

/** Tells a dead letter again from its first attempt, or gives it up for good. Errors: not_found (also when it is not dead). */
export async function settleDeadLetter({ uow }: Deps, ctx: FlowContext, { id, action }: { id: string; action: 'retry' | 'discard' }): Promise<Result<OutboxMessage>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const row = action === 'retry' ? await tx.journal.retryDeadLetter(id, ctx.now()) : await tx.journal.discardDeadLetter(id, ctx.now());
    return row ? ok(outboxDto(row)) : problem('not_found', 'dead_letter_not_found', 'There is no dead letter with this id.');
  });
}

function outboxDto(row: OutboxRow): OutboxMessage {
  return {
    id: row.id, eventId: row.eventId, eventSeq: Number(row.eventSeq), aggregate: row.aggregate, topic: row.topic, state: row.state as OutboxMessage['state'], attempts: row.attempts,
    error: row.error, runAt: row.runAt.toISOString(), createdAt: row.createdAt.toISOString(), finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

function auditDto(row: AuditRow): AuditEntry {
  return {
    id: row.id, seq: Number(row.seq), entity: row.entity, entityId: row.entityId, action: row.action, actor: row.actor, explain: row.explain,
    correlationId: row.correlationId, requestId: row.requestId, createdAt: row.createdAt.toISOString(),
  };
}

function eventDto(row: EventRow, tenantId: string): EventEnvelope {
  return {
    id: row.id, seq: Number(row.seq), tenantId, type: row.type as EventEnvelope['type'], schemaVersion: row.schemaVersion, aggregateType: row.aggregateType,
    aggregateId: row.aggregateId, correlationId: row.correlationId, causationId: row.causationId, actor: row.actor, payload: row.payload, createdAt: row.createdAt.toISOString(),
  };
}
