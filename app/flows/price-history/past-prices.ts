import { ok } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { PastPrice } from '../../ports/price-history.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

const BATCH = 1_000;

/** The whole catalog with the prices of a time, in batches; `onBatch` is awaited, so a slow reader slows the query and memory stays flat. */
export async function exportPastPrices({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { at }: { at: Date }, onBatch: (rows: readonly PastPrice[]) => Promise<void>): Promise<Result<void>> {
  return uow.run(ctx.tenantId, async (tx) => {
    for await (const batch of tx.history.catalogAt(at, BATCH)) await onBatch(batch);
    return ok();
  });
}
