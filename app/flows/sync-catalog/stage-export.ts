import type { SyncRow } from '../../domain/catalog/catalog-row.ts';
import { ExportUnreadable } from '../../ports/catalog-source.ts';
import type { CatalogSource, SourceRecord } from '../../ports/catalog-source.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { ChannelShop } from '../../ports/price-channel.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/** Records in one transaction. */
const STAGE_BATCH = 2_000;
/** How often an export is read without a step forward before it counts as unreadable. */
const READS_MAX = 3;
/** Variants merged in one transaction: a few seconds, during which a webhook about one of them waits. */
const PART_VARIANTS = 50_000;

type Export = SyncRow & { readonly operationRef: string };

/** whole: all of it is put aside and its parts are known. elsewhere: another run has it, or we are to stop. unreadable: `again`, whether another export may be better. */
export type Staged = { readonly kind: 'whole' } | { readonly kind: 'elsewhere' } | { readonly kind: 'unreadable'; readonly detail: string; readonly again: boolean };

/** Another run moved the sync on, or ended it. */
class TakenOver extends Error {}

/**
 * Puts the records of a finished export aside, each batch with the count of lines in one short transaction: killed at any point, the
 * next run reads on after the last line that was kept. Nothing of the catalog itself is touched.
 */
export async function stageExport(deps: { readonly uow: UnitOfWork; readonly source: CatalogSource }, ctx: FlowContext, shop: ChannelShop, sync: Export, { url, objects }: { url: string | null; objects: number }, signal: AbortSignal): Promise<Staged> {
  for (;;) {
    const begun = await beginReading(deps.uow, ctx, sync);
    if (begun === null) return { kind: 'elsewhere' };
    try {
      const lines = url === null ? 0 : await readOn(deps, ctx, shop, sync, url, begun.stagedLines, signal);
      if (lines === null) return { kind: 'elsewhere' };
      // What is not in a complete export counts as deleted: an export that was cut off must not be taken for a complete one.
      if (lines < objects) throw new ExportUnreadable(`The export has ${lines} records while the shop reports ${objects} of them.`, 'broken');
      return (await divide(deps.uow, ctx, sync, lines)) ? { kind: 'whole' } : { kind: 'elsewhere' };
    } catch (error) {
      if (error instanceof TakenOver) return { kind: 'elsewhere' };
      // A broken download may be whole the next time; one that cannot be read stays so, and the merchant should hear of it.
      if (!(error instanceof ExportUnreadable)) throw error;
      ctx.log.warn({ syncId: sync.id, err: error }, 'The export of the catalog could not be read');
      const reads = await deps.uow.run(ctx.tenantId, async (tx) => (await tx.syncs.get(sync.id))?.reads ?? READS_MAX);
      if (reads >= READS_MAX) return { kind: 'unreadable', detail: error.message, again: error.kind !== 'malformed' };
    }
  }
}

/** Counts a reading; null where there is nothing to read for us. What the database lost of the staged records in a crash is read again. */
async function beginReading(uow: UnitOfWork, ctx: FlowContext, sync: Export): Promise<{ stagedLines: number } | null> {
  return uow.run(ctx.tenantId, async (tx) => {
    const held = await tx.syncs.get(sync.id);
    if (!held || held.operationRef !== sync.operationRef || held.parts > 0 || held.state === 'completed' || held.state === 'failed') return null;
    const lost = held.stagedLines > 0 && (await tx.catalog.stagedRecords(sync.id)) !== held.stagedLines;
    if (lost) await tx.catalog.unstage(sync.id);
    await tx.syncs.update(sync.id, { state: 'importing', reads: held.reads + 1, ...(lost ? { stagedLines: 0, products: 0, variants: 0 } : {}) });
    return { stagedLines: lost ? 0 : held.stagedLines };
  });
}

/** Answers how many lines are put aside in all; null where we are to stop. The next batch is read while the one before is written. */
async function readOn({ uow, source }: { readonly uow: UnitOfWork; readonly source: CatalogSource }, ctx: FlowContext, shop: ChannelShop, sync: Export, url: string, from: number, signal: AbortSignal): Promise<number | null> {
  let line = from;
  let batch: SourceRecord[] = [];
  let failure: unknown = null;
  let writing: Promise<void> = Promise.resolve();
  const put = async (): Promise<void> => {
    await writing;
    if (failure !== null) throw failure;
    const [records, at] = [batch, line];
    [batch, line] = [[], line + records.length];
    if (records.length) writing = keep(uow, ctx, sync, at, records).catch((error: unknown) => void (failure = error));
  };
  try {
    for await (const records of source.readExport(shop, url, from)) {
      for (const record of records) batch.push(record);
      if (batch.length < STAGE_BATCH) continue;
      if (signal.aborted) break;
      await put();
    }
  } finally {
    // Whatever was read before it broke is kept.
    await put();
    await writing;
  }
  if (failure !== null) throw failure;
  return signal.aborted ? null : line;
}

async function keep(uow: UnitOfWork, ctx: FlowContext, sync: Export, at: number, records: readonly SourceRecord[]): Promise<void> {
  await uow.run(ctx.tenantId, async (tx) => {
    const held = await tx.syncs.get(sync.id);
    if (held?.state !== 'importing' || held.operationRef !== sync.operationRef || held.stagedLines !== at || held.parts > 0) throw new TakenOver();
    await tx.catalog.stage(sync.id, at, records, { mayBeLost: true });
    const count = (kind: SourceRecord['kind']): number => records.reduce((sum, record) => sum + (record.kind === kind ? 1 : 0), 0);
    // A step forward: whatever breaks now is tried as often as the first time.
    await tx.syncs.update(sync.id, { stagedLines: at + records.length, reads: 0, products: held.products + count('product'), variants: held.variants + count('variant') });
  });
}

/** Now that all is there, in how many parts it is merged; false where another run was quicker. */
async function divide(uow: UnitOfWork, ctx: FlowContext, sync: Export, lines: number): Promise<boolean> {
  return uow.run(ctx.tenantId, async (tx) => {
    const held = await tx.syncs.get(sync.id);
    if (held?.state !== 'importing' || held.operationRef !== sync.operationRef || held.stagedLines !== lines) return false;
    const left = await tx.catalog.dropRepeated(sync.id);
    await tx.syncs.update(sync.id, { stagedLines: left, reads: 0, parts: Math.max(1, Math.ceil(held.variants / PART_VARIANTS)), partsMerged: 0 });
    return true;
  });
}
