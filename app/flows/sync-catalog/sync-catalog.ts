import type { CatalogSync } from '@calibr/types';
import { syncDto } from '../../domain/catalog/catalog-dto.ts';
import type { SyncRow } from '../../domain/catalog/catalog-row.ts';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { CATALOG_LONGEST_MS } from '../../domain/rules/automation.ts';
import type { CatalogSource, SourceRecord } from '../../ports/catalog-source.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { ChannelShop } from '../../ports/price-channel.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

export interface SyncDeps {
  readonly uow: UnitOfWork;
  readonly source: CatalogSource;
}

/** How long an export may take before it is given up and may be started again. */
const SYNC_MAX_MS = 6 * 3_600_000;
const STAGE_BATCH = 1_000;
/** How often an export is read before the sync fails. */
const READS_MAX = 3;

/** Starts bringing the whole catalog in, or answers the sync that already runs. Errors: conflict `shop_uninstalled`. */
export async function startSync({ uow }: { uow: UnitOfWork }, ctx: FlowContext): Promise<Result<CatalogSync>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const tenant = await tx.tenant.get();
    if (!tenant || tenant.state !== 'installed') return problem('conflict', 'shop_uninstalled', 'The app is not installed in this shop.');
    const running = await tx.syncs.running();
    if (running) return ok(syncDto(running));
    const sync = await tx.syncs.start({ id: ctx.newId(), correlationId: ctx.correlationId, now: ctx.now() });
    await tx.journal.append(ctx, {
      type: 'catalog.sync_started', aggregateType: 'catalog', aggregateId: sync.id, payload: { syncId: sync.id }, audit: { action: 'sync_started' },
    });
    return ok(syncDto(sync));
  });
}

/**
 * One step of a sync: asks for the export, looks whether it is done, or brings it in. Answers when to come back; null when it
 * has ended. Running it twice at once is harmless: the sync's row is held while its export is brought in.
 */
export async function runSync({ uow, source }: SyncDeps, ctx: FlowContext, { id }: { id: string }): Promise<{ comeBackAt: Date | null }> {
  const soon = (ms: number): { comeBackAt: Date } => ({ comeBackAt: new Date(ctx.now().getTime() + ms) });
  const found = await uow.run(ctx.tenantId, async (tx) => ({ sync: await tx.syncs.get(id), tenant: await tx.tenant.get() }));
  if (!found.sync || !found.tenant || found.sync.state === 'completed' || found.sync.state === 'failed') return { comeBackAt: null };
  const { sync, tenant } = found;
  const shop: ChannelShop = { tenantId: ctx.tenantId, shopDomain: tenant.shopDomain, currencyCode: tenant.currencyCode };
  if (ctx.now().getTime() - sync.startedAt.getTime() > SYNC_MAX_MS) return failSync(uow, ctx, id, 'The export took longer than six hours.');

  if (sync.operationRef === null) {
    const info = await source.shopInfo(shop);
    if (!info.ok) return retryOrFail(uow, ctx, id, info.failure, soon);
    await uow.run(ctx.tenantId, (tx) => tx.tenant.update({ name: info.value.name, currencyCode: info.value.currencyCode, timeZone: info.value.timeZone, plan: info.value.plan, scopes: info.value.scopes }, ctx.now()));
    const started = await source.startExport({ ...shop, currencyCode: info.value.currencyCode });
    if (!started.ok) return retryOrFail(uow, ctx, id, started.failure, soon);
    await uow.run(ctx.tenantId, (tx) => tx.syncs.update(id, { operationRef: started.value.operationRef }));
    return soon(500);
  }
  const status = await source.exportStatus(shop, sync.operationRef);
  if (!status.ok) return retryOrFail(uow, ctx, id, status.failure, soon);
  if (status.value.state === 'running') {
    await uow.run(ctx.tenantId, (tx) => tx.syncs.update(id, { products: 0, variants: 0 }));
    return soon(1_000);
  }
  if (status.value.state === 'failed') return failSync(uow, ctx, id, status.value.detail);
  const { url, objects } = status.value;
  for (let attempt = 1; ; attempt++) {
    try {
      await importExport({ uow, source }, ctx, shop, sync, { url, objects });
      return { comeBackAt: null };
    } catch (error) {
      // A broken download may be whole the next time; one that cannot be read stays so, and the merchant should hear of it.
      if (!(error instanceof ExportBroken)) throw error;
      ctx.log.warn({ syncId: id, attempt, err: error }, 'The export of the catalog could not be read');
      if (attempt === READS_MAX) return failSync(uow, ctx, id, error.message);
    }
  }
}

/** The export itself is at fault, not what we do with it; nothing of it was brought in. */
class ExportBroken extends Error {}

async function* readWhole(source: CatalogSource, shop: ChannelShop, url: string | null, objects: number): AsyncIterable<SourceRecord> {
  let records = 0;
  try {
    if (url !== null) {
      for await (const record of source.readExport(shop, url)) {
        records++;
        yield record;
      }
    }
  } catch (error) {
    throw new ExportBroken(error instanceof Error ? error.message : String(error), { cause: error });
  }
  // What is not in a complete export counts as deleted: an export that was cut off must not be taken for a complete one.
  if (records < objects) throw new ExportBroken(`The export has ${records} records while the shop reports ${objects} of them.`);
}

async function importExport({ uow, source }: SyncDeps, ctx: FlowContext, shop: ChannelShop, sync: SyncRow, { url, objects }: { url: string | null; objects: number }): Promise<void> {
  await uow.run(ctx.tenantId, async (tx) => {
    const held = await tx.syncs.get(sync.id);
    if (!held || held.state === 'completed' || held.state === 'failed') return;
    let line = 0;
    let batch: SourceRecord[] = [];
    const flush = async (): Promise<void> => {
      if (batch.length) await tx.catalog.stage(sync.id, line - batch.length, batch);
      batch = [];
    };
    for await (const record of readWhole(source, shop, url, objects)) {
      batch.push(record);
      line++;
      if (batch.length >= STAGE_BATCH) await flush();
    }
    await flush();
    const report = await tx.catalog.merge(sync.id, { complete: true, collectionsTold: true, startedAt: sync.startedAt, now: ctx.now(), source: 'sync', correlationId: ctx.correlationId });
    await tx.rules.touch(null, { now: ctx.now(), delayMs: 0, longestMs: CATALOG_LONGEST_MS });
    const counts = await tx.catalog.counts();
    await tx.syncs.update(sync.id, { state: 'completed', ...counts, error: null, finishedAt: ctx.now() });
    await tx.journal.append(ctx, {
      type: 'catalog.synced', aggregateType: 'catalog', aggregateId: sync.id,
      payload: { syncId: sync.id, ...counts, pricesChanged: report.priceChanges, deactivatedVariants: report.deactivated, durationMs: ctx.now().getTime() - sync.startedAt.getTime() },
      audit: { action: 'synced', explain: { ...counts, pricesChanged: report.priceChanges, deactivated: report.deactivated } },
    });
  });
}

async function retryOrFail(uow: UnitOfWork, ctx: FlowContext, id: string, failure: { kind: string; detail: string; retryAfterMs?: number }, soon: (ms: number) => { comeBackAt: Date }) {
  if (failure.kind === 'unauthorized' || failure.kind === 'uninstalled') return failSync(uow, ctx, id, failure.detail);
  ctx.log.warn({ syncId: id, failure: failure.kind, detail: failure.detail }, 'The shop did not answer; the sync goes on later');
  return soon(Math.max(2_000, failure.retryAfterMs ?? 0));
}

async function failSync(uow: UnitOfWork, ctx: FlowContext, id: string, error: string): Promise<{ comeBackAt: null }> {
  await uow.run(ctx.tenantId, async (tx) => {
    const held = await tx.syncs.get(id);
    if (!held || held.state === 'completed' || held.state === 'failed') return;
    await tx.syncs.update(id, { state: 'failed', error, finishedAt: ctx.now() });
    await tx.journal.append(ctx, { type: 'catalog.sync_failed', aggregateType: 'catalog', aggregateId: id, payload: { syncId: id, error }, audit: { action: 'sync_failed', explain: { error } } });
  });
  return { comeBackAt: null };
}
