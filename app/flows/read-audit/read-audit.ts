import type { AuditEntry, AuditList, EventList } from '@calibr/types';
import { eventDto } from '../../domain/audit/event-dto.ts';
import { ok } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { AuditFilter, AuditRow } from '../../ports/journal.ts';
import type { PageRequest, UnitOfWork } from '../../ports/unit-of-work.ts';

type Deps = { readonly uow: UnitOfWork };

export async function listAudit({ uow }: Deps, ctx: FlowContext, { limit, cursor, ...filter }: AuditFilter & PageRequest): Promise<Result<AuditList>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const page = await tx.journal.audit(filter, { limit, cursor });
    return ok({ data: page.data.map(auditDto), nextCursor: page.nextCursor });
  });
}

/** Names of price changes, by id; ids that are none are left out. For a page of the audit: one look-up by key each. */
export async function nameChanges({ uow }: Deps, ctx: FlowContext, { ids }: { ids: readonly string[] }): Promise<Readonly<Record<string, string>>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const names: Record<string, string> = {};
    for (const id of new Set(ids)) {
      const change = await tx.changes.get(id);
      if (change) names[id] = change.name;
    }
    return names;
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

function auditDto(row: AuditRow): AuditEntry {
  return {
    id: row.id, seq: Number(row.seq), entity: row.entity, entityId: row.entityId, action: row.action, actor: row.actor, explain: row.explain,
    correlationId: row.correlationId, requestId: row.requestId, createdAt: row.createdAt.toISOString(),
  };
}
