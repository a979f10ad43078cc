import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { PriceListRow } from '../../domain/catalog/price-list.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { ChannelFailure, ChannelShop } from '../../ports/price-channel.ts';
import type { PriceListSource } from '../../ports/price-list-source.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

export interface PriceListDeps {
  readonly uow: UnitOfWork;
  readonly priceLists: PriceListSource;
}

const RETRY_MS = 5_000;

/** Asks for a reading of all price lists; a worker does it. Errors: conflict `shop_uninstalled`. */
export async function requestPriceLists({ uow }: Pick<PriceListDeps, 'uow'>, ctx: FlowContext): Promise<Result<{ requestedAt: string }>> {
  return uow.run(ctx.tenantId, async (tx) => {
    if ((await tx.tenant.get())?.state !== 'installed') return problem('conflict', 'shop_uninstalled', 'The app is not installed in this shop.');
    await tx.journal.append(ctx, { type: 'price_lists.sync_requested', aggregateType: 'catalog', aggregateId: ctx.tenantId, payload: { requestedAt: ctx.now().toISOString() } });
    return ok({ requestedAt: ctx.now().toISOString() });
  });
}

/**
 * Brings the shop's price lists in with all their prices. Answers when to come back, or null when it is done or cannot be done: a
 * shop that lets us read no price lists has none for us.
 */
export async function syncPriceLists(deps: PriceListDeps, ctx: FlowContext): Promise<{ comeBackAt: Date | null }> {
  const shop = await shopOf(deps.uow, ctx);
  if (!shop) return { comeBackAt: null };
  const lists = await deps.priceLists.lists(shop);
  if (!lists.ok) return retry(ctx, lists.failure);
  const rows = await deps.uow.run(ctx.tenantId, async (tx) => {
    await tx.priceLists.merge(lists.value, ctx.now());
    return tx.priceLists.list();
  });
  for (const row of rows.filter(({ active }) => active)) {
    const failure = await readList(deps, ctx, shop, row);
    if (failure) return retry(ctx, failure);
  }
  return { comeBackAt: null };
}

/** Reads one list again, so that a plan is made from what its market shows now. Answers why it could not be read, null when it was. */
export async function refreshPriceList(deps: PriceListDeps, ctx: FlowContext, { id }: { id: string }): Promise<string | null> {
  const shop = await shopOf(deps.uow, ctx);
  if (!shop) return 'The app is not installed in this shop.';
  const lists = await deps.priceLists.lists(shop);
  if (!lists.ok) return lists.failure.detail;
  const row = await deps.uow.run(ctx.tenantId, async (tx) => {
    await tx.priceLists.merge(lists.value, ctx.now());
    return tx.priceLists.get(id);
  });
  if (!row?.active) return 'The shop no longer has this price list.';
  return (await readList(deps, ctx, shop, row))?.detail ?? null;
}

async function shopOf(uow: UnitOfWork, ctx: FlowContext): Promise<ChannelShop | null> {
  const tenant = await uow.run(ctx.tenantId, (tx) => tx.tenant.get());
  return tenant?.state === 'installed' ? { tenantId: ctx.tenantId, shopDomain: tenant.shopDomain, currencyCode: tenant.currencyCode } : null;
}

/** Page by page, each in a transaction of its own: a reading that breaks off leaves prices that are right, only not all of them. */
async function readList({ uow, priceLists }: PriceListDeps, ctx: FlowContext, shop: ChannelShop, list: PriceListRow): Promise<ChannelFailure | null> {
  const since = ctx.now();
  const refs: bigint[] = [];
  const { variants } = await uow.run(ctx.tenantId, (tx) => tx.catalog.counts());
  for await (const page of priceLists.prices({ ...shop, currencyCode: list.currencyCode, priceListRef: list.ref }, variants)) {
    if (!page.ok) return page.failure;
    const prices = page.value;
    if (prices === null) {
      await uow.run(ctx.tenantId, (tx) => tx.priceLists.deactivate(list.id, ctx.now()));
      return { kind: 'unavailable', detail: 'The shop no longer has this price list.' };
    }
    for (const { variantRef } of prices) refs.push(variantRef);
    await uow.run(ctx.tenantId, (tx) => tx.priceLists.readPage(list.id, prices, { since, now: ctx.now(), correlationId: ctx.correlationId }));
  }
  await uow.run(ctx.tenantId, (tx) => tx.priceLists.readEnd(list.id, refs, { since, now: ctx.now() }));
  return null;
}

function retry(ctx: FlowContext, failure: ChannelFailure): { comeBackAt: Date | null } {
  ctx.log.warn({ failure: failure.kind, detail: failure.detail }, 'The price lists could not be read');
  if (failure.kind === 'unauthorized' || failure.kind === 'uninstalled') return { comeBackAt: null };
  return { comeBackAt: new Date(ctx.now().getTime() + Math.max(RETRY_MS, failure.retryAfterMs ?? 0)) };
}
