import type { SyncRow } from '../../domain/catalog/catalog-row.ts';
import { CATALOG_LONGEST_MS } from '../../domain/rules/automation.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

/**
 * Merges a whole export that was put aside: part after part, each product with all that belongs to it in one transaction, and then, in
 * the one that ends the sync, what the shop no longer has. lost: the database lost what was staged, and it is to be read again.
 */
export async function mergeExport(uow: UnitOfWork, ctx: FlowContext, id: string, signal: AbortSignal): Promise<'done' | 'interrupted' | 'lost'> {
  for (;;) {
    if (signal.aborted) return 'interrupted';
    const step = await uow.run(ctx.tenantId, (tx) => nextStep(tx, ctx, id));
    if (step !== 'more') return step;
  }
}

async function nextStep(tx: Tx, ctx: FlowContext, id: string): Promise<'more' | 'done' | 'lost'> {
  const sync = await tx.syncs.get(id);
  if (!sync || sync.state !== 'importing' || sync.parts === 0) return 'done';
  // The staged records are not written to survive a crash of the server. Without them everything would look deleted.
  if ((await tx.catalog.stagedRecords(id)) !== sync.stagedLines) {
    await tx.catalog.unstage(id);
    await tx.syncs.update(id, { stagedLines: 0, parts: 0, partsMerged: 0, products: 0, variants: 0 });
    return 'lost';
  }
  // What was learned since the export began is newer than the export, and must not be undone by it.
  const startedAt = sync.exportStartedAt ?? sync.startedAt;
  if (sync.partsMerged === sync.parts) {
    await finish(tx, ctx, sync, startedAt);
    return 'done';
  }
  const report = await tx.catalog.mergePart(id, {
    part: sync.partsMerged, parts: sync.parts, collectionsTold: true, startedAt, now: ctx.now(), source: 'sync', correlationId: ctx.correlationId });
  await tx.syncs.update(id, { partsMerged: sync.partsMerged + 1, pricesChanged: sync.pricesChanged + report.priceChanges });
  return 'more';
}

async function finish(tx: Tx, ctx: FlowContext, sync: SyncRow, startedAt: Date): Promise<void> {
  const isFirst = (await tx.syncs.latestCompleted()) === null;
  const deactivated = await tx.catalog.finishMerge(sync.id, { startedAt });
  await tx.rules.touch(null, { now: ctx.now(), delayMs: 0, longestMs: CATALOG_LONGEST_MS });
  const counts = await tx.catalog.counts();
  await tx.syncs.update(sync.id, { state: 'completed', ...counts, deactivated, error: null, finishedAt: ctx.now() });
  await tx.freshness.synced({ startedAt, prices: isFirst ? 0 : sync.pricesChanged, now: ctx.now() });
  const { pricesChanged } = sync;
  await tx.journal.append(ctx, {
    type: 'catalog.synced', aggregateType: 'catalog', aggregateId: sync.id,
    payload: { syncId: sync.id, ...counts, pricesChanged, deactivatedVariants: deactivated, durationMs: ctx.now().getTime() - sync.startedAt.getTime() },
    audit: { action: 'synced', explain: { ...counts, pricesChanged, deactivated, reason: sync.reason } },
  });
}
