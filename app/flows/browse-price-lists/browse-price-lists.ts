import type { ContextualPriceList, PriceListList } from '@calibr/types';
import { contextualPriceDto, priceListDto } from '../../domain/catalog/price-list.ts';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

export async function listPriceLists({ uow }: { uow: UnitOfWork }, ctx: FlowContext): Promise<Result<PriceListList>> {
  return uow.run(ctx.tenantId, async (tx) => ok({ data: (await tx.priceLists.list()).map(priceListDto), nextCursor: null }));
}

/** What buyers of each market are shown for a variant, as last read. Errors: not_found. */
export async function contextualPrices({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id }: { id: string }): Promise<Result<ContextualPriceList>> {
  return uow.run(ctx.tenantId, async (tx) => {
    if (!(await tx.catalog.variant(id))) return problem('not_found', 'variant_not_found', 'There is no variant with this id.');
    return ok({ variantId: id, data: (await tx.priceLists.pricesOf(id)).map(contextualPriceDto), nextCursor: null });
  });
}
