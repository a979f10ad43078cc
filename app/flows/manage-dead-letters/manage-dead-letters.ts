import type { OutboxList, OutboxMessage, OutboxMessageDetail, OutboxSettleReport } from '@calibr/types';
import { eventDto } from '../../domain/audit/event-dto.ts';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { DeadLetterAction, DeadLetterFilter, Journal, OutboxRow } from '../../ports/journal.ts';
import type { PageRequest, UnitOfWork } from '../../ports/unit-of-work.ts';

type Deps = { readonly uow: UnitOfWork };

/** At most this many at once, so that one transaction stays short; the answer says how many are left. */
const SETTLED_MAX = 1_000;
/** Where many were settled at once, the audit has them under this name. */
const MANY = 'dead-letters';

export async function listDeadLetters({ uow }: Deps, ctx: FlowContext, { limit, cursor, ...filter }: DeadLetterFilter & PageRequest): Promise<Result<OutboxList>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const { data, nextCursor } = await tx.journal.deadLetters({ limit, cursor }, filter);
    return ok({ data: data.map(messageDto), nextCursor });
  });
}

/** A message with the event that it tells of. Errors: not_found. */
export async function getMessage({ uow }: Deps, ctx: FlowContext, { id }: { id: string }): Promise<Result<OutboxMessageDetail>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const row = await tx.journal.message(id);
    if (!row) return problem('not_found', 'message_not_found', 'There is no message with this id.');
    const event = await tx.journal.event(row.eventId);
    return ok({ message: messageDto(row), event: event ? eventDto(event, ctx.tenantId) : null });
  });
}

/** Tells a dead letter again from its first attempt, or gives it up for good. Errors: not_found (also when it is not dead). */
export async function settleDeadLetter(
  { uow }: Deps, ctx: FlowContext, { id, action, reason }: { id: string; action: DeadLetterAction; reason?: string | null },
): Promise<Result<OutboxMessage>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const row = action === 'retry' ? await tx.journal.retryDeadLetter(id, ctx.now()) : await tx.journal.discardDeadLetter(id, ctx.now());
    if (!row) return problem('not_found', 'dead_letter_not_found', 'There is no dead letter with this id.');
    await record(tx.journal, ctx, action, [row], reason);
    return ok(messageDto(row));
  });
}

/** The same for many: those named, or the oldest that fit the filter. Errors: invalid `nothing_chosen`. */
export async function settleDeadLetters(
  { uow }: Deps, ctx: FlowContext,
  { action, ids, reason, ...filter }: { action: DeadLetterAction; ids?: readonly string[]; reason?: string | null } & DeadLetterFilter,
): Promise<Result<OutboxSettleReport>> {
  const filtered = Object.values(filter).some((value) => value !== undefined);
  if (ids === undefined && !filtered) {
    return problem('invalid', 'nothing_chosen', 'Say which dead messages: by ids, by topic or by aggregate.', [{ pointer: '/ids', code: 'nothing_chosen', message: 'Give ids, topic or aggregate.' }]);
  }
  return uow.run(ctx.tenantId, async (tx) => {
    const rows = await tx.journal.settleDeadLetters(action, ids === undefined ? { filter, limit: SETTLED_MAX } : { ids }, ctx.now());
    if (rows.length > 0) await record(tx.journal, ctx, action, rows, reason);
    const settled = rows.map(({ id }) => id);
    const known = new Set(settled);
    return ok({ settled, notDead: (ids ?? []).filter((id) => !known.has(id)), remaining: await tx.journal.countDeadLetters(ids === undefined ? filter : {}) });
  });
}

async function record(journal: Journal, ctx: FlowContext, action: DeadLetterAction, rows: readonly OutboxRow[], reason: string | null | undefined): Promise<void> {
  const messages = rows.map(({ id, topic, aggregate, eventId }) => ({ id, topic, aggregate, eventId }));
  const only = rows.length === 1 ? rows[0]! : null;
  const topics = [...new Set(rows.map(({ topic }) => topic))].sort();
  const why = reason?.trim() ? reason.trim() : null;
  await journal.append(ctx, {
    type: action === 'retry' ? 'outbox.retried' : 'outbox.discarded', aggregateType: 'outbox', aggregateId: only?.id ?? MANY,
    payload: action === 'retry' ? { messages } : { messages, reason: why },
    audit: {
      action: action === 'retry' ? 'retried' : 'discarded',
      explain: only ? { topic: only.topic, aggregate: only.aggregate, eventId: only.eventId, error: only.error, reason: why } : { messages: rows.length, topics, reason: why, ids: messages.map(({ id }) => id) },
    },
  });
}

function messageDto(row: OutboxRow): OutboxMessage {
  return {
    id: row.id, eventId: row.eventId, eventSeq: Number(row.eventSeq), aggregate: row.aggregate, topic: row.topic, state: row.state as OutboxMessage['state'], attempts: row.attempts,
    error: row.error, runAt: row.runAt.toISOString(), createdAt: row.createdAt.toISOString(), finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
