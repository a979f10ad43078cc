import { costMoved, movedPrices } from '../../domain/catalog/catalog-moves.ts';
import { CATALOG_LONGEST_MS, CATALOG_QUIET_MS } from '../../domain/rules/automation.ts';
import type { CatalogSource, ChangedProduct, SourceRecord } from '../../ports/catalog-source.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { ChannelFailure, ChannelShop } from '../../ports/price-channel.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

/** As many as one question may name. */
const READ_AT_ONCE = 50;
/** Word of a change so young may still be on its way: it is taken in, but it is no drift. */
const ON_ITS_WAY_MS = 5_000;

/** Reads those of the listed products that are not here as they are there, and merges them. Null, or why the shop did not answer. */
export async function readDifferences({ uow, source }: { readonly uow: UnitOfWork; readonly source: CatalogSource }, ctx: FlowContext, shop: ChannelShop, listed: readonly ChangedProduct[]): Promise<ChannelFailure | null> {
  if (listed.length === 0) return null;
  const refs = await uow.run(ctx.tenantId, (tx) => tx.freshness.toRead(listed));
  const changedAt = new Map(listed.map(({ ref, updatedAt }) => [ref, new Date(updatedAt)]));
  for (let at = 0; at < refs.length; at += READ_AT_ONCE) {
    const some = refs.slice(at, at + READ_AT_ONCE);
    const readAt = ctx.now();
    const answer = await source.products(shop, some);
    if (!answer.ok) return answer.failure;
    const records = byProduct(answer.value);
    await uow.run(ctx.tenantId, async (tx) => {
      const found = { differing: 0, prices: 0, oldest: null as Date | null };
      for (const ref of some) {
        const prices = await takeIn(tx, ctx, shop.currencyCode, ref, records.get(ref) ?? [], readAt);
        const changed = changedAt.get(ref)!;
        if (prices === null || readAt.getTime() - changed.getTime() < ON_ITS_WAY_MS) continue;
        found.differing++;
        found.prices += prices;
        if (found.oldest === null || changed < found.oldest) found.oldest = changed;
      }
      const row = await tx.freshness.get();
      if (!row) return;
      const { passOldestAt: oldest } = row;
      await tx.freshness.save({
        passProducts: row.passProducts + some.length, passDiffering: row.passDiffering + found.differing, passPrices: row.passPrices + found.prices,
        passOldestAt: oldest === null || (found.oldest !== null && found.oldest < oldest) ? found.oldest : oldest,
      }, ctx.now());
    });
  }
  return null;
}

/** Answers how many prices moved; null where nothing of the product was other than we knew. */
async function takeIn(tx: Tx, ctx: FlowContext, currencyCode: string, ref: bigint, records: readonly SourceRecord[], readAt: Date): Promise<number | null> {
  const product = records.find((record) => record.kind === 'product');
  if (!product) {
    // It was there when the list was made.
    if (!(await tx.catalog.deactivateProduct(ref, readAt, ctx.now()))) return null;
    await tx.journal.append(ctx, { type: 'product.deleted', aggregateType: 'catalog', aggregateId: String(ref), payload: { productRef: String(ref), source: 'reconcile' } });
    return 0;
  }
  const before = await tx.catalog.variantsOfProduct(ref);
  const batchId = ctx.newId();
  await tx.catalog.stage(batchId, 0, records);
  const report = await tx.catalog.merge(batchId, { complete: false, collectionsTold: true, startedAt: readAt, now: ctx.now(), source: 'reconcile', correlationId: ctx.correlationId });
  const after = await tx.catalog.variantsOfProduct(ref);
  const prices = movedPrices(before, after, currencyCode);
  const differs = prices.length > 0 || facts(before) !== facts(after);
  if (!differs && report.deactivated === 0) return null;
  await tx.rules.touch(null, { now: ctx.now(), delayMs: CATALOG_QUIET_MS, longestMs: CATALOG_LONGEST_MS });
  if (prices.length > 0 || costMoved(before, after)) {
    await tx.journal.append(ctx, {
      type: 'product.updated', aggregateType: 'catalog', aggregateId: String(ref),
      payload: { productRef: String(ref), productId: before[0]?.productId ?? null, source: 'reconcile', title: product.title, prices: prices.slice(0, 250) },
      ...(prices.length > 0 ? { audit: { action: 'prices_seen', explain: { title: product.title, source: 'reconcile', prices: prices.slice(0, 50) } } } : {}),
    });
  }
  return prices.length;
}

/** What can be seen of a product's variants, beside when they were touched. */
function facts(rows: Awaited<ReturnType<Tx['catalog']['variantsOfProduct']>>): string {
  return JSON.stringify(rows.map(({ updatedAt: _at, layerId: _l, baselinePrice: _b, baselineCompareAt: _c, inventoryQuantity: _i, ...row }) => row), (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
}

function byProduct(records: readonly SourceRecord[]): Map<bigint, SourceRecord[]> {
  const found = new Map<bigint, SourceRecord[]>();
  for (const record of records) {
    const ref = record.kind === 'product' ? record.ref : record.productRef;
    found.set(ref, [...(found.get(ref) ?? []), record]);
  }
  return found;
}
