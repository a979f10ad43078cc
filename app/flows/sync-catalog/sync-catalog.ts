import type { CatalogSync } from '@calibr/types';
import { syncDto } from '../../domain/catalog/catalog-dto.ts';
import type { SyncRow } from '../../domain/catalog/catalog-row.ts';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { CatalogSource } from '../../ports/catalog-source.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { ChannelFailure, ChannelShop } from '../../ports/price-channel.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';
import { mergeExport } from './merge-export.ts';
import { stageExport } from './stage-export.ts';

export interface SyncDeps {
  readonly uow: UnitOfWork;
  readonly source: CatalogSource;
}

/** Null: it has ended. */
export type Step = { readonly comeBackAt: Date | null };

/** How long a sync may take before it is given up and may be started again. */
const SYNC_MAX_MS = 6 * 3_600_000;
/** How many exports a sync starts where the channel's own trouble spoils them. */
const EXPORTS_MAX = 3;
const POLL_LEAST_MS = 1_000;
/** The channel tells when an export is done; asking is for the case that this word is lost. */
const POLL_MOST_MS = 10_000;

/** Starts bringing the whole catalog in, or answers the sync that already runs. Errors: conflict `shop_uninstalled`. */
export async function startSync({ uow }: { uow: UnitOfWork }, ctx: FlowContext, reason: SyncRow['reason'] = 'asked'): Promise<Result<CatalogSync>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const tenant = await tx.tenant.get();
    if (!tenant || tenant.state !== 'installed') return problem('conflict', 'shop_uninstalled', 'The app is not installed in this shop.');
    const running = await tx.syncs.running();
    if (running) return ok(syncDto(running));
    const sync = await tx.syncs.start({ id: ctx.newId(), correlationId: ctx.correlationId, now: ctx.now(), reason });
    await tx.journal.append(ctx, {
      type: 'catalog.sync_started', aggregateType: 'catalog', aggregateId: sync.id, payload: { syncId: sync.id }, audit: { action: 'sync_started', explain: { reason } },
    });
    return ok(syncDto(sync));
  });
}

/**
 * One step of a sync: asks for the export, looks whether it is done, or brings it in: its records are put aside in small transactions
 * while they are downloaded, and merged in bounded parts once they are all there. Answers when to come back; null when it has ended.
 * Killed anywhere, it goes on where it stood; running it twice at once is harmless, since every step is taken by one of the two.
 */
export async function runSync(deps: SyncDeps, ctx: FlowContext, { id }: { id: string }, signal: AbortSignal = new AbortController().signal): Promise<Step> {
  const { uow, source } = deps;
  const soon = (ms: number): Step => ({ comeBackAt: new Date(ctx.now().getTime() + ms) });
  const found = await uow.run(ctx.tenantId, async (tx) => ({ sync: await tx.syncs.get(id), tenant: await tx.tenant.get() }));
  if (!found.sync || !found.tenant || found.sync.state === 'completed' || found.sync.state === 'failed') return { comeBackAt: null };
  const { sync, tenant } = found;
  const shop: ChannelShop = { tenantId: ctx.tenantId, shopDomain: tenant.shopDomain, currencyCode: tenant.currencyCode };
  const age = ctx.now().getTime() - sync.startedAt.getTime();
  if (age > SYNC_MAX_MS) return failSync(uow, ctx, id, 'The export took longer than six hours.');

  if (sync.operationRef === null) return startExport(deps, ctx, shop, sync, soon);
  if (sync.parts > 0) return afterMerge(deps, ctx, sync, signal, soon);
  const status = await source.exportStatus(shop, sync.operationRef);
  if (!status.ok) return retryOrFail(uow, ctx, id, status.failure, soon);
  if (status.value.state === 'running') return soon(Math.min(POLL_MOST_MS, Math.max(POLL_LEAST_MS, age / 10)));
  if (status.value.state === 'failed') return status.value.again ? startAgain(uow, ctx, sync, status.value.detail, soon) : failSync(uow, ctx, id, status.value.detail);

  const staged = await stageExport(deps, ctx, shop, { ...sync, operationRef: sync.operationRef }, status.value, signal);
  switch (staged.kind) {
    case 'elsewhere': return soon(POLL_LEAST_MS);
    case 'unreadable': return staged.again ? startAgain(uow, ctx, sync, staged.detail, soon) : failSync(uow, ctx, id, staged.detail);
    case 'whole': return afterMerge(deps, ctx, sync, signal, soon);
  }
}

async function afterMerge(deps: SyncDeps, ctx: FlowContext, sync: SyncRow, signal: AbortSignal, soon: (ms: number) => Step): Promise<Step> {
  const merged = await mergeExport(deps.uow, ctx, sync.id, signal);
  return merged === 'done' ? { comeBackAt: null } : soon(merged === 'interrupted' ? POLL_LEAST_MS : 0);
}

async function startExport({ uow, source }: SyncDeps, ctx: FlowContext, shop: ChannelShop, sync: SyncRow, soon: (ms: number) => Step): Promise<Step> {
  const info = await source.shopInfo(shop);
  if (!info.ok) return retryOrFail(uow, ctx, sync.id, info.failure, soon);
  const exportStartedAt = ctx.now();
  await uow.run(ctx.tenantId, async (tx) => {
    await tx.tenant.update({ name: info.value.name, currencyCode: info.value.currencyCode, timeZone: info.value.timeZone, plan: info.value.plan, scopes: info.value.scopes }, ctx.now());
    // Before the first catalog there is nothing that was made in another currency.
    if (info.value.currencyCode === shop.currencyCode || !(await tx.syncs.latestCompleted())) return;
    const explain = { from: shop.currencyCode, to: info.value.currencyCode };
    await tx.journal.append(ctx, { type: 'shop.currency_changed', aggregateType: 'shop', aggregateId: ctx.tenantId, payload: explain, audit: { action: 'currency_changed', explain } });
  });
  const started = await source.startExport({ ...shop, currencyCode: info.value.currencyCode });
  if (!started.ok) return retryOrFail(uow, ctx, sync.id, started.failure, soon);
  await uow.run(ctx.tenantId, async (tx) => {
    const held = await tx.syncs.get(sync.id);
    // Another run was quicker: its export counts, and ours ends unread.
    if (held?.state !== 'running' || held.operationRef !== null) return;
    await tx.syncs.update(sync.id, { operationRef: started.value.operationRef, exports: held.exports + 1, exportStartedAt });
  });
  return soon(500);
}

/** Forgets the export and asks for another one, unless too many were spoiled. */
async function startAgain(uow: UnitOfWork, ctx: FlowContext, sync: SyncRow, detail: string, soon: (ms: number) => Step): Promise<Step> {
  if (sync.exports >= EXPORTS_MAX) return failSync(uow, ctx, sync.id, detail);
  ctx.log.warn({ syncId: sync.id, exports: sync.exports, detail }, 'The export of the catalog was spoiled; another one is asked for');
  await uow.run(ctx.tenantId, async (tx) => {
    const held = await tx.syncs.get(sync.id);
    if (!held || held.operationRef !== sync.operationRef || held.state === 'completed' || held.state === 'failed') return;
    await tx.catalog.unstage(sync.id);
    await tx.syncs.update(sync.id, { state: 'running', operationRef: null, exportStartedAt: null, reads: 0, stagedLines: 0, products: 0, variants: 0 });
  });
  return soon(POLL_LEAST_MS);
}

async function retryOrFail(uow: UnitOfWork, ctx: FlowContext, id: string, failure: ChannelFailure, soon: (ms: number) => Step): Promise<Step> {
  if (failure.kind === 'unauthorized' || failure.kind === 'uninstalled') return failSync(uow, ctx, id, failure.detail);
  ctx.log.warn({ syncId: id, failure: failure.kind, detail: failure.detail }, 'The shop did not answer; the sync goes on later');
  return soon(Math.max(2_000, failure.retryAfterMs ?? 0));
}

async function failSync(uow: UnitOfWork, ctx: FlowContext, id: string, error: string): Promise<Step> {
  await uow.run(ctx.tenantId, async (tx) => {
    const held = await tx.syncs.get(id);
    if (!held || held.state === 'completed' || held.state === 'failed') return;
    await tx.catalog.unstage(id);
    await tx.syncs.update(id, { state: 'failed', error, finishedAt: ctx.now() });
    await tx.journal.append(ctx, { type: 'catalog.sync_failed', aggregateType: 'catalog', aggregateId: id, payload: { syncId: id, error }, audit: { action: 'sync_failed', explain: { error } } });
  });
  return { comeBackAt: null };
}
