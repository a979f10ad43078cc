import type { PriceChange, PriceChangeDecisionList, PriceChangeItemList, PriceChangeList } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { approvalsDto, decisionDto } from '../../domain/policies/approvals-dto.ts';
import { changeDto, itemDto, nextRunsDto } from '../../domain/pricing/change-dto.ts';
import type { ChangeState } from '../../domain/pricing/lifecycle.ts';
import type { ItemRow } from '../../domain/pricing/change.ts';
import type { ItemFilter } from '../../ports/change-store.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { PageRequest, UnitOfWork } from '../../ports/unit-of-work.ts';

const notFound = (): Result<never> => problem('not_found', 'price_change_not_found', 'There is no price change with this id.');

export async function listChanges({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { state, limit, cursor }: PageRequest & { state?: ChangeState }): Promise<Result<PriceChangeList>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const page = await tx.changes.list(state ? { state } : {}, { limit, cursor });
    return ok({ data: page.data.map((row) => changeDto(row, null)), nextCursor: page.nextCursor });
  });
}

/** A change with how its rows stand now, and who approved it. Errors: not_found. */
export async function getChange({ uow, planMaxAgeHours }: { uow: UnitOfWork; planMaxAgeHours: number }, ctx: FlowContext, { id }: { id: string }): Promise<Result<PriceChange>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.get(id);
    if (!change) return notFound();
    const writes = await tx.writes.get();
    const approvals = approvalsDto(change, await tx.policies.inForce(), await tx.decisions.list(id), planMaxAgeHours);
    const children = (await tx.changes.children(id)).map((child) => ({ id: child.id, kind: child.kind, name: child.name, state: child.state, createdAt: child.createdAt.toISOString() }));
    return ok({ ...changeDto(change, await tx.items.countByState(id), writes.stopped ? writes : null), ...nextRunsDto(change, ctx.now()), children, approvals });
  });
}

/** What people decided and said about a change, oldest first. Errors: not_found. */
export async function listDecisions({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id }: { id: string }): Promise<Result<PriceChangeDecisionList>> {
  return uow.run(ctx.tenantId, async (tx) => {
    if (!(await tx.changes.get(id))) return notFound();
    return ok({ data: (await tx.decisions.list(id)).map(decisionDto), nextCursor: null });
  });
}

export async function listItems({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id, limit, cursor, ...filter }: ItemFilter & PageRequest & { id: string }): Promise<Result<PriceChangeItemList>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.get(id);
    if (!change) return notFound();
    const page = await tx.items.list(id, filter, { limit, cursor });
    return ok({ data: page.data.map((row) => itemDto(row, change.currencyCode)), nextCursor: page.nextCursor });
  });
}

/** Every row of the plan in order, in batches, for an export; `onBatch` is awaited, so a slow reader slows the query. */
export async function exportItems({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id }: { id: string }, onBatch: (rows: readonly ItemRow[], currencyCode: string) => Promise<void>): Promise<Result<void>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.get(id);
    if (!change) return notFound();
    for await (const batch of tx.items.streamPlan(id, 1_000)) await onBatch(batch, change.currencyCode);
    return ok();
  });
}
