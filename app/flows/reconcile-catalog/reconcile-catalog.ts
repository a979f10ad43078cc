import type { CatalogSource } from '../../ports/catalog-source.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { FreshnessRow } from '../../ports/freshness-store.ts';
import type { ChannelFailure, ChannelShop } from '../../ports/price-channel.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';
import { readDifferences } from './read-differences.ts';
import { reportOverwritten } from './report-overwritten.ts';

export interface ReconcileDeps {
  readonly uow: UnitOfWork;
  readonly source: CatalogSource;
  /** How often the shop is asked what changed. */
  readonly reconcileEveryMs: number;
}

/** The list of changes is a search index that lags behind, and the shop's clock is not ours: so much is looked at twice. */
const OVERLAP_MS = 5 * 60_000;
/** A product that was made or deleted a moment ago is counted otherwise than it is known; a difference that stays is none of those. */
const RECOUNT_MS = 30_000;
/** Deletions that nobody told, and whatever the list of changes does not show, come to light by a whole export at the latest then. */
const ROUTINE_SYNC_MS = 24 * 3_600_000;
/** An export that did not settle the difference will not do so by being asked for again at once. */
const DELETIONS_SYNC_MS = 6 * 3_600_000;
const RETRY_MS = 60_000;

/**
 * Finds what no webhook told: every product that the shop says it changed since the last time and that is not here as it is there is
 * read and merged, as drift. Deletions show by the number of products and are found by a whole export. Goes on where it stood when it
 * was interrupted. Answers when to come back; null when it is done and the tick rings for the next time.
 */
export async function reconcileCatalog(deps: ReconcileDeps, ctx: FlowContext, signal: AbortSignal): Promise<{ comeBackAt: Date | null }> {
  const begun = await deps.uow.run(ctx.tenantId, (tx) => begin(tx, ctx, deps.reconcileEveryMs));
  if (begun === null) return { comeBackAt: null };
  const { shop } = begun;
  let pass = begun.pass;
  do {
    if (signal.aborted) return { comeBackAt: ctx.now() };
    const page = await deps.source.changedProducts(shop, pass.from, pass.cursor);
    if (!page.ok) return later(deps, ctx, page.failure);
    const failure = await readDifferences(deps, ctx, shop, page.value.products);
    if (failure) return later(deps, ctx, failure);
    pass = { ...pass, cursor: page.value.next };
    await deps.uow.run(ctx.tenantId, (tx) => tx.freshness.save({ passCursor: pass.cursor }, ctx.now()));
  } while (pass.cursor !== null);
  await reportOverwritten(deps.uow, ctx, new Date(pass.startedAt.getTime() - deps.reconcileEveryMs - OVERLAP_MS));
  const counted = await deps.source.countProducts(shop);
  if (!counted.ok) return later(deps, ctx, counted.failure);
  const next = await deps.uow.run(ctx.tenantId, (tx) => finish(tx, ctx, pass.startedAt, counted.value, deps.reconcileEveryMs));
  // Sooner than the tick would ring, where something is to be looked at again.
  return { comeBackAt: next.getTime() - ctx.now().getTime() < deps.reconcileEveryMs ? next : null };
}

interface Pass { readonly startedAt: Date; readonly from: Date; readonly cursor: string | null }

/** The pass that is under way or a new one; null where there is nothing to compare. */
async function begin(tx: Tx, ctx: FlowContext, everyMs: number): Promise<{ shop: ChannelShop; pass: Pass } | null> {
  const [tenant, row, last, running] = [await tx.tenant.get(), await tx.freshness.get(), await tx.syncs.latestCompleted(), await tx.syncs.running()];
  if (!tenant || tenant.state !== 'installed' || !last) return null;
  if (running) {
    await tx.freshness.save({ nextAt: new Date(ctx.now().getTime() + everyMs) }, ctx.now());
    return null;
  }
  const shop: ChannelShop = { tenantId: ctx.tenantId, shopDomain: tenant.shopDomain, currencyCode: tenant.currencyCode };
  if (row?.passStartedAt && row.passFrom) return { shop, pass: { startedAt: row.passStartedAt, from: row.passFrom, cursor: row.passCursor } };
  const startedAt = ctx.now();
  const from = new Date((row?.reconciledUntil ?? last.exportStartedAt ?? last.startedAt).getTime() - OVERLAP_MS);
  await tx.freshness.save({ passStartedAt: startedAt, passFrom: from, passCursor: null, passProducts: 0, passDiffering: 0, passPrices: 0, passOldestAt: null }, startedAt);
  return { shop, pass: { startedAt, from, cursor: null } };
}

/** Answers when the shop is to be looked at again. */
async function finish(tx: Tx, ctx: FlowContext, startedAt: Date, shopProducts: number | null, everyMs: number): Promise<Date> {
  const row = await tx.freshness.get();
  const now = ctx.now();
  if (!row || row.passStartedAt?.getTime() !== startedAt.getTime()) return new Date(now.getTime() + everyMs);
  const { products } = await tx.catalog.counts();
  const differs = shopProducts !== null && shopProducts !== products;
  const since = differs ? row.countsDifferSince ?? now : null;
  const nextAt = new Date(now.getTime() + (differs && row.countsDifferSince === null ? Math.min(RECOUNT_MS, everyMs) : everyMs));
  const found = row.passDiffering > 0;
  await tx.freshness.save({
    nextAt, reconciledUntil: startedAt, reconciledAt: startedAt, passStartedAt: null, passFrom: null, passCursor: null, countsDifferSince: since,
    ...(found ? { driftFoundAt: now, driftProducts: row.passDiffering, driftPrices: row.passPrices, driftOldestAt: row.passOldestAt } : {}),
  }, now);
  await wholeExport(tx, ctx, row, since);
  if (found) {
    const behindSeconds = row.passOldestAt ? Math.max(0, Math.round((now.getTime() - row.passOldestAt.getTime()) / 1000)) : 0;
    const facts = { products: row.passDiffering, prices: row.passPrices, behindSeconds };
    await tx.journal.append(ctx, { type: 'catalog.drift_found', aggregateType: 'catalog', aggregateId: ctx.tenantId, payload: facts, audit: { action: 'drift_found', explain: facts } });
  }
  return nextAt;
}

async function wholeExport(tx: Tx, ctx: FlowContext, row: FreshnessRow, since: Date | null): Promise<void> {
  const last = await tx.syncs.latest();
  if (!last || last.state === 'running' || last.state === 'importing') return;
  const age = ctx.now().getTime() - last.startedAt.getTime();
  // Counted twice, and still another number.
  const deleted = since !== null && row.countsDifferSince !== null && (last.reason !== 'deletions' || age > DELETIONS_SYNC_MS);
  if (!deleted && age <= ROUTINE_SYNC_MS) return;
  const reason = deleted ? 'deletions' : 'routine';
  const sync = await tx.syncs.start({ id: ctx.newId(), correlationId: ctx.correlationId, now: ctx.now(), reason });
  await tx.journal.append(ctx, { type: 'catalog.sync_started', aggregateType: 'catalog', aggregateId: sync.id, payload: { syncId: sync.id }, audit: { action: 'sync_started', explain: { reason } } });
}

async function later({ uow, reconcileEveryMs }: ReconcileDeps, ctx: FlowContext, failure: ChannelFailure): Promise<{ comeBackAt: Date | null }> {
  ctx.log.warn({ failure: failure.kind, detail: failure.detail }, 'The catalog could not be compared with the shop; it goes on later');
  const gone = failure.kind === 'unauthorized' || failure.kind === 'uninstalled';
  const nextAt = new Date(ctx.now().getTime() + (gone ? reconcileEveryMs : Math.max(Math.min(RETRY_MS, reconcileEveryMs), failure.retryAfterMs ?? 0)));
  await uow.run(ctx.tenantId, (tx) => tx.freshness.save({ nextAt }, ctx.now()));
  return { comeBackAt: gone ? null : nextAt };
}
