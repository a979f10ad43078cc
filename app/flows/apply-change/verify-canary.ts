import { canaryWithin, canaryWords } from '../../domain/pricing/canary.ts';
import { isBeneath } from '../../domain/pricing/layers.ts';
import type { Canary } from '../../domain/pricing/canary.ts';
import { canaryDto, eventRow } from '../../domain/pricing/change-dto.ts';
import type { ChangeRow, ItemRow } from '../../domain/pricing/change.ts';
import { pointOf, samePrice } from '../../domain/pricing/price-point.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { ChannelFailure, ChannelShop, LivePrice, PriceChannel } from '../../ports/price-channel.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';
import { mustPause, pauseLocked, pauseWithoutAccess } from './pause.ts';

export interface VerifyDeps {
  readonly uow: UnitOfWork;
  readonly channel: PriceChannel;
}

/** As many as one read takes. */
const ROWS_A_READ = 250;
const UNAVAILABLE_MS = 5_000;
const DIFFERS = 'changed_after_write: it was written, but the shop showed another price when it was read again';

/** Whether the rows of a first part are what the change works on now. */
export function inFirstPart(change: ChangeRow): change is ChangeRow & { readonly canary: Canary } {
  return change.canary?.state === 'writing' || change.canary?.state === 'verifying';
}

/** Takes note that the last row of the first part has ended. */
export async function beginVerifying(tx: Tx, ctx: FlowContext, change: ChangeRow & { readonly canary: Canary }): Promise<void> {
  if (change.canary.state === 'writing') await tx.changes.update(change.id, { canary: { ...change.canary, state: 'verifying' } }, ctx.now());
}

/**
 * Reads every written row of the first part again from the shop: where it no longer shows what it showed when the row ended, the row
 * becomes a conflict and the newer price stays. Then the change goes on by itself, or pauses. Every row is recorded as it is read, so a
 * worker that is killed here is followed by one that reads the rest. Answers when to come back; null when it is over.
 */
export async function verifyCanary(deps: VerifyDeps, ctx: FlowContext, shop: ChannelShop, id: string, signal: AbortSignal): Promise<{ comeBackAt: Date | null } | null> {
  for (let after = -1; ;) {
    if (signal.aborted) return { comeBackAt: ctx.now() };
    const rows = await deps.uow.run(ctx.tenantId, (tx) => tx.items.toVerify(id, after, ROWS_A_READ));
    if (rows.length === 0) break;
    after = rows.at(-1)!.position;
    const read = await deps.channel.read(shop, rows.map((row) => row.variantRef));
    if (!read.ok) return couldNotRead(deps, ctx, id, read.failure);
    if (!(await deps.uow.run(ctx.tenantId, (tx) => recordRead(tx, ctx, shop, id, rows, read.value)))) return { comeBackAt: null };
  }
  return (await deps.uow.run(ctx.tenantId, (tx) => conclude(tx, ctx, id))) ? null : { comeBackAt: null };
}

async function lockVerifying(tx: Tx, id: string): Promise<(ChangeRow & { readonly canary: Canary }) | null> {
  const change = await tx.changes.lock(id);
  return change?.state === 'applying' && change.canary?.state === 'verifying' ? (change as ChangeRow & { readonly canary: Canary }) : null;
}

/** False when the change was paused, ended or cancelled meanwhile. */
async function recordRead(tx: Tx, ctx: FlowContext, shop: ChannelShop, id: string, rows: readonly ItemRow[], live: ReadonlyMap<bigint, LivePrice | null>): Promise<boolean> {
  const change = await lockVerifying(tx, id);
  if (!change) return false;
  const differing = rows.flatMap((item) => {
    const shown = live.get(item.variantRef);
    return shown && differs(item, shown) ? [{ item, live: pointOf(shown.price, shown.compareAt, shown.origin), verdict: DIFFERS, updatedAt: shown.updatedAt }] : [];
  });
  const found = new Set(differing.map(({ item }) => item.id));
  const ours = await tx.items.recordVerified(rows.filter((row) => !found.has(row.id)).map((row) => row.id), differing, ctx.now());
  const conflicts = differing.filter(({ item }) => ours.has(item.id));
  if (conflicts.length === 0) return true;
  const info = { correlationId: ctx.correlationId, now: ctx.now() };
  if (shop.priceListRef !== undefined) {
    await tx.priceLists.record(shop.priceListRef, conflicts.flatMap(({ item, live: { price, compareAt, origin } }) => (origin ? [{ variantId: item.variantId, itemId: null, price, compareAt, origin }] : [])), { ...info, source: 'merchant', changeId: null });
  } else await tx.catalog.recordSeen(
    conflicts.map(({ item, live: price, updatedAt }) => ({ variantId: item.variantId, ...price, updatedAt: updatedAt === null ? null : new Date(updatedAt) })),
    { ...info, currencyCode: shop.currencyCode });
  await tx.journal.append(ctx, {
    type: 'price.conflict', aggregateType: 'price_change', aggregateId: id,
    payload: {
      changeId: id,
      rows: conflicts.map(({ item, live: price, verdict }) => ({ ...eventRow(item, { state: 'conflict', live: price, verdict, requestId: null }, shop.currencyCode), fromState: item.state })),
    },
  });
  return true;
}

/** Compared with what the shop showed when the row ended, which for a campaign's end may be another price than the plan's. */
function differs(item: ItemRow, live: LivePrice): boolean {
  // Beneath a campaign nothing was written, and the shop shows the campaign's price.
  if (item.livePrice === null || isBeneath(item)) return false;
  return !samePrice(live, pointOf(item.livePrice, item.liveCompareAt, item.liveOrigin));
}

/** All of the first part is known: goes on with the rest, or waits for a person. */
async function conclude(tx: Tx, ctx: FlowContext, id: string): Promise<boolean> {
  const change = await lockVerifying(tx, id);
  if (!change) return false;
  const counts = await tx.items.countByState(id);
  const { verified, differing } = await tx.items.countVerified(id, DIFFERS);
  const found = { verified, differing, conflicts: (counts.conflict ?? 0) + (counts.kept ?? 0), failed: counts.failed ?? 0 };
  const withinLimits = canaryWithin(found, change.canary.rows, change.pauseOn);
  const left = counts.planned ?? 0;
  const goesOn = left === 0 || (change.canary.continue === 'auto' && withinLimits);
  const canary: Canary = { ...change.canary, ...found, withinLimits, state: goesOn ? 'continued' : 'waiting' };
  const queuedRows = goesOn && left > 0 ? await tx.items.queuePlanned(id) : 0;
  const updated = goesOn ? await tx.changes.update(id, { canary }, ctx.now()) : change;
  await tx.journal.append(ctx, {
    type: 'price_change.canary_verified', aggregateType: 'price_change', aggregateId: id,
    payload: { changeId: id, canary: canaryDto({ ...updated, canary }), goesOn, queuedRows }, audit: { action: 'canary_verified', explain: { ...found, rows: canary.rows, withinLimits, goesOn, queuedRows } },
  });
  if (goesOn) return true;
  const paused = await pauseLocked(tx, ctx, change, { code: canary.continue === 'manual' ? 'canary_done' : 'canary_failed', reason: canaryWords(canary, left), facts: { canary } });
  return paused.ok;
}

/** The rows of a first part that is over are queued with the rest; the counts of the resume. */
export async function continueAfterCanary(tx: Tx, change: ChangeRow): Promise<{ canary: Canary; queuedRows: number } | null> {
  if (change.canary?.state !== 'waiting') return null;
  return { canary: { ...change.canary, state: 'continued' }, queuedRows: await tx.items.queuePlanned(change.id) };
}

async function couldNotRead({ uow }: VerifyDeps, ctx: FlowContext, id: string, failure: ChannelFailure): Promise<{ comeBackAt: Date | null }> {
  ctx.log.warn({ changeId: id, failure: failure.kind, detail: failure.detail }, 'The first part of a price change could not be read again');
  if (!mustPause(failure)) {
    return { comeBackAt: new Date(ctx.now().getTime() + Math.max(failure.retryAfterMs ?? UNAVAILABLE_MS, 1_000)) };
  }
  await uow.run(ctx.tenantId, async (tx) => {
    const change = await lockVerifying(tx, id);
    if (change) await pauseWithoutAccess(tx, ctx, change, failure, 'read');
  });
  return { comeBackAt: null };
}
