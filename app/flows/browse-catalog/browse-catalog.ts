import type { CatalogStatus, PriceHistory, ProductDetail, ProductList, Variant, VariantList } from '@calibr/types';
import { priceVersionDto, productDto, syncDto, variantDto } from '../../domain/catalog/catalog-dto.ts';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { referenceCalendar } from '../../domain/reference-prices/calendar.ts';
import { lowestBefore } from '../../domain/reference-prices/lowest-price.ts';
import { lowestPriceDto } from '../../domain/reference-prices/lowest-price-dto.ts';
import type { VariantFilter } from '../../ports/catalog-store.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { PageRequest, Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

type Deps = { readonly uow: UnitOfWork };
const HISTORY_LIMIT = 200;
const FACET_LIMIT = 250;
const VARIANTS_SHOWN = 200;

async function currencyOf(tx: Tx): Promise<string> {
  return (await tx.tenant.get())?.currencyCode ?? 'USD';
}

export async function listProducts({ uow }: Deps, ctx: FlowContext, { limit, cursor, ...filter }: VariantFilter & PageRequest): Promise<Result<ProductList>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const page = await tx.catalog.products(filter, { limit, cursor });
    return ok({ data: page.data.map(productDto), nextCursor: page.nextCursor });
  });
}

/** A product with its active variants in the shop's order, at most `VARIANTS_SHOWN`; the list of variants has them all. Errors: not_found. */
export async function getProduct({ uow }: Deps, ctx: FlowContext, { id }: { id: string }): Promise<Result<ProductDetail>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const product = await tx.catalog.product(id);
    if (!product) return problem('not_found', 'product_not_found', 'There is no product with this id.');
    const currency = await currencyOf(tx);
    const variants = await tx.catalog.variantsOfProduct(product.ref);
    return ok({ product: productDto(product), variants: variants.slice(0, VARIANTS_SHOWN).map((row) => variantDto(row, currency)) });
  });
}

export async function listVariants({ uow }: Deps, ctx: FlowContext, { limit, cursor, ...filter }: VariantFilter & PageRequest): Promise<Result<VariantList>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const currency = await currencyOf(tx);
    const page = await tx.catalog.variants(filter, { limit, cursor });
    return ok({ data: page.data.map((row) => variantDto(row, currency)), nextCursor: page.nextCursor });
  });
}

/** Errors: not_found. */
export async function getVariant({ uow }: Deps, ctx: FlowContext, { id }: { id: string }): Promise<Result<Variant>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const row = await tx.catalog.variant(id);
    return row ? ok(variantDto(row, await currencyOf(tx))) : problem('not_found', 'variant_not_found', 'There is no variant with this id.');
  });
}

/**
 * Every price we saw or wrote, newest first, and the lowest of the last 30 days; with `at`, the price that held then and the 30 days before it.
 * With `priceListId` the prices that buyers of that list's market were shown, instead of the shop's own. Errors: not_found; invalid `unknown_price_list`.
 */
export async function variantPrices({ uow }: Deps, ctx: FlowContext, { id, at, priceListId }: { id: string; at?: Date | null; priceListId?: string | null }): Promise<Result<PriceHistory>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const variant = await tx.catalog.variant(id);
    if (!variant) return problem('not_found', 'variant_not_found', 'There is no variant with this id.');
    const list = priceListId ? await tx.priceLists.get(priceListId) : null;
    if (priceListId && !list) return problem('invalid', 'unknown_price_list', 'The shop has no such price list.', [{ pointer: '/priceListId', code: 'unknown_price_list', message: 'Not one of GET /price-lists' }]);
    const versions = async (time: Date | null, limit: number) => (list ? await tx.priceLists.versions(list.id, id, time, limit) : await tx.catalog.priceVersions(id, time, limit));
    const rows = await versions(null, HISTORY_LIMIT);
    const data = rows.map((row) => priceVersionDto(row, id));
    const held = at ? (await versions(at, 1)).map((row) => priceVersionDto(row, id)) : data;
    const tenant = await tx.tenant.get();
    const calendar = referenceCalendar(tenant?.timeZone ?? 'UTC');
    const until = (at ?? ctx.now()).getTime();
    const open = list ? rows.filter((row) => row.validTo === null).map((row) => ({ variantId: id, price: row.unitAmount, compareAt: row.compareAt })) : [variant];
    const known = (await tx.history.known(open, { start: until, from: calendar.windowStart(until) }, list?.id)).get(id);
    const lowest30Days = known ? lowestPriceDto(lowestBefore(known, until, calendar), list?.currencyCode ?? tenant?.currencyCode ?? 'USD', calendar) : null;
    return ok({ variantId: id, at: at ? at.toISOString() : null, price: held[0] ?? null, lowest30Days, data, nextCursor: null });
  });
}

export async function catalogFacets({ uow }: Deps, ctx: FlowContext) {
  return uow.run(ctx.tenantId, async (tx) => ok(await tx.catalog.facets(FACET_LIMIT)));
}

/** What of the catalog is here and how far behind the shop it may be. */
export async function catalogStatus({ uow }: Deps, ctx: FlowContext): Promise<Result<CatalogStatus & { shopName: string; shopDomain: string; timeZone: string }>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const tenant = await tx.tenant.get();
    const [counts, running, latest, completed] = [await tx.catalog.counts(), await tx.syncs.running(), await tx.syncs.latest(), await tx.syncs.latestCompleted()];
    const syncedAt = completed?.finishedAt ?? null;
    const fresh = await tx.freshness.get();
    // An export shows the shop as it was when it began.
    const known = [completed && (completed.exportStartedAt ?? completed.startedAt), completed && fresh?.reconciledAt].flatMap((at) => (at ? [at.getTime()] : []));
    const upToDateAsOf = known.length ? new Date(Math.max(...known)) : null;
    const since = (at: Date): number => Math.max(0, Math.round((ctx.now().getTime() - at.getTime()) / 1000));
    const confirmedAt = syncedAt && upToDateAsOf && upToDateAsOf > syncedAt ? upToDateAsOf : syncedAt;
    return ok({
      ...counts, currencyCode: tenant?.currencyCode ?? 'USD', syncing: running !== null, currentSync: running && syncDto(running), lastSync: latest && syncDto(latest),
      lastSyncedAt: syncedAt?.toISOString() ?? null, lagSeconds: confirmedAt && since(confirmedAt),
      upToDateAsOf: upToDateAsOf?.toISOString() ?? null, behindSeconds: upToDateAsOf && since(upToDateAsOf), reconciling: fresh?.passStartedAt != null,
      untold: fresh?.driftFoundAt ? {
        foundAt: fresh.driftFoundAt.toISOString(), products: fresh.driftProducts, prices: fresh.driftPrices,
        behindSeconds: fresh.driftOldestAt && Math.max(0, Math.round((fresh.driftFoundAt.getTime() - fresh.driftOldestAt.getTime()) / 1000)),
      } : null,
      shopName: tenant?.name ?? '', shopDomain: tenant?.shopDomain ?? '', timeZone: tenant?.timeZone ?? 'UTC',
    });
  });
}
