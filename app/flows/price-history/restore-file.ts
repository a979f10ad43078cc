import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { RestoreRow } from '../../ports/price-history.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

const BATCH = 1_000;

/**
 * Whether the prices from before a change can be given out as a product CSV: it has a plan, and the place of every option is known.
 * Errors: not_found; conflict `no_plan`, `option_order_unknown`, `market_prices`.
 */
export async function checkRestoreFile({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id }: { id: string }): Promise<Result<void>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.get(id);
    if (!change) return problem('not_found', 'price_change_not_found', 'There is no price change with this id.');
    if (change.planHash === null) return problem('conflict', 'no_plan', 'This price change has no plan yet; preview it first.');
    if (change.priceListId) return problem('conflict', 'market_prices', 'This change is of the prices of a market, and the columns of Shopify’s file are the shop’s own prices. The rows as CSV hold the previous prices.');
    if (await tx.history.optionOrderUnknown(id)) {
      return problem('conflict', 'option_order_unknown', 'The order of some products’ options is not known yet, and Shopify reads its file by that order. Run a full catalog sync, then download it again.');
    }
    return ok();
  });
}

/** The planned rows of a change with the prices from before it, product by product, in batches; `onBatch` is awaited. Errors: not_found. */
export async function exportRestoreFile({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id }: { id: string }, onBatch: (rows: readonly RestoreRow[], currencyCode: string) => Promise<void>): Promise<Result<void>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.get(id);
    if (!change) return problem('not_found', 'price_change_not_found', 'There is no price change with this id.');
    for await (const batch of tx.history.restoreRows(id, BATCH)) await onBatch(batch, change.currencyCode);
    return ok();
  });
}
