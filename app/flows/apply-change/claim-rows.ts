import type { Stack } from '../../domain/pricing/layers.ts';
import type { ClaimedBatch } from '../../ports/change-store.ts';
import type { Tx } from '../../ports/unit-of-work.ts';
import type { ApplyRun } from './apply-deps.ts';

/** Rows of one product in hand, with the campaigns on their variants. */
export interface BatchInHand extends ClaimedBatch {
  readonly stacks: ReadonlyMap<string, Stack>;
}

/** The campaigns on these variants; they lie on the shop's own prices and not on those of a price list. */
export async function stacksOf(tx: Tx, { shop }: Pick<ApplyRun, 'shop'>, variantIds: readonly string[]): Promise<ReadonlyMap<string, Stack>> {
  return variantIds.length === 0 || shop.priceListRef !== undefined ? new Map() : tx.layers.stacks(variantIds);
}

/** Leases the due rows of up to `wanted` products, going on behind those that this run claimed before. */
export async function claimProducts(tx: Tx, run: ApplyRun, wanted: number): Promise<BatchInHand[]> {
  const { deps, ctx } = run;
  const take = (maxBatches: number) => tx.items.claim(run.id, {
    owner: deps.owner, now: ctx.now(), leaseMs: deps.leaseMs, quietMs: deps.quietMs, maxBatches, maxRows: deps.channel.maxRowsPerWrite, after: run.claimedUpTo,
  });
  const batches = [...await take(wanted)];
  // At the end the next round begins: rows were given back, or waited for another change.
  if (run.claimedUpTo !== null && batches.length < wanted) {
    run.claimedUpTo = null;
    batches.push(...await take(wanted - batches.length));
  }
  for (const { productRef } of batches) if (run.claimedUpTo === null || productRef > run.claimedUpTo) run.claimedUpTo = productRef;
  // No other change writes these variants until these rows have ended, so the campaigns on them stay as they are read here.
  const stacks = await stacksOf(tx, run, batches.flatMap(({ rows }) => rows.map((row) => row.variantId)));
  return batches.map((batch) => ({ ...batch, stacks }));
}
