import type { PriceChange } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { ChangeRow, ItemRow, PlanRow } from '../../domain/pricing/change.ts';
import { changeDto } from '../../domain/pricing/change-dto.ts';
import { samePrice } from '../../domain/pricing/judge-live.ts';
import { sealHeader, sealRow } from '../../domain/pricing/plan-seal.ts';
import { SummaryCounter } from '../../domain/pricing/summary.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Digest } from '../../ports/digest.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

const BATCH = 2_000;
/** What a rollback is planned by: every price it writes is one that the shop had before. */
const ROLLBACK_RULE = { selector: { any: [] }, transform: { base: 'price', steps: [] } };

/**
 * Plans the way back: every row that was written returns to the price and compare-at it had, if the shop still shows ours.
 * The new change is previewed and waits for approval as any other.
 * Errors: not_found; conflict `nothing_written`, `still_applying`; invalid `unknown_item`, `item_not_written`.
 */
export async function rollBackChange(
  { uow, newDigest }: { uow: UnitOfWork; newDigest: () => Digest }, ctx: FlowContext, { id, itemIds }: { id: string; itemIds?: readonly string[] | null },
): Promise<Result<PriceChange>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const source = await tx.changes.lock(id);
    if (!source) return problem('not_found', 'price_change_not_found', 'There is no price change with this id.');
    if (source.state === 'applying') return problem('conflict', 'still_applying', 'This change is still being applied; pause it or wait until it has ended.');
    const counts = await tx.items.countByState(id);
    if ((counts.applied ?? 0) + (counts.settled ?? 0) === 0) return problem('conflict', 'nothing_written', 'This change has written no price, so there is nothing to roll back.');
    for (const [index, itemId] of (itemIds ?? []).entries()) {
      const pointer = `/itemIds/${index}`;
      const item = await tx.items.get(id, itemId);
      if (!item) return problem('invalid', 'unknown_item', 'itemIds names a row that is not part of this change.', [{ pointer, code: 'unknown_item', message: `No row ${itemId}` }]);
      if (item.state !== 'applied' && item.state !== 'settled') {
        return problem('invalid', 'item_not_written', 'itemIds names a row that was not written, so there is nothing to take back.', [{ pointer, code: 'item_not_written', message: `This row is ${item.state}.` }]);
      }
    }
    const change = await tx.changes.create({
      id: ctx.newId(), name: `Roll back: ${source.name}`, kind: 'rollback', ruleId: null, ruleVersion: null, ruleJson: ROLLBACK_RULE,
      selectorJson: ROLLBACK_RULE.selector, transformJson: ROLLBACK_RULE.transform, scheduleJson: null, priority: source.priority,
      currencyCode: source.currencyCode, rollbackOf: id, correlationId: ctx.correlationId, createdBy: actorText(ctx.actor), now: ctx.now(),
    });
    const counter = new SummaryCounter();
    const digest = newDigest();
    digest.update(sealHeader(headerOf(change)));
    let position = 0;
    for await (const batch of tx.items.streamWritten(id, itemIds ?? null, BATCH)) {
      const rows = batch.map((item) => rollbackRow(item, ctx.newId(), position++));
      for (const row of rows) {
        counter.add(row);
        digest.update(sealRow(row));
      }
      await tx.items.insertPlan(change.id, rows);
    }
    const summary = counter.summary();
    const planHash = digest.hex();
    await tx.journal.append(ctx, {
      type: 'price_change.created', aggregateType: 'price_change', aggregateId: change.id,
      payload: { changeId: change.id, name: change.name, kind: 'rollback', ruleId: null, ruleVersion: null, rollbackOf: id, schedule: null, currencyCode: change.currencyCode },
      audit: { action: 'created', explain: { name: change.name, rollbackOf: id, rows: summary.selected } },
    });
    const previewed = await tx.changes.update(change.id, { state: 'previewed', planHash, planVersion: 1, summary: summary as never, previewedAt: ctx.now() }, ctx.now());
    await tx.journal.append(ctx, {
      type: 'price_change.previewed', aggregateType: 'price_change', aggregateId: change.id,
      payload: { changeId: change.id, planHash, planVersion: 1, policyVersion: null, summary }, audit: { action: 'previewed', explain: { planHash, rollbackOf: id } },
    });
    return ok(changeDto(previewed, null));
  });
}

function headerOf({ id, kind, currencyCode, ruleId, ruleVersion, ruleJson, policyVersion, rollbackOf }: ChangeRow) {
  return { changeId: id, kind, currencyCode, ruleId, ruleVersion, ruleJson, policyVersion, rollbackOf };
}

/**
 * The three-way diff of one row: before (where it shall return), what we wrote, and what the catalog shows now.
 * Only a price that is still ours is taken back; a newer one stays and the row says so.
 */
function rollbackRow(item: ItemRow & { catalogPrice: bigint | null; catalogCompareAt: bigint | null }, id: string, position: number): PlanRow {
  const before = { price: item.beforePrice, compareAt: item.beforeCompareAt };
  const ours = { price: item.afterPrice!, compareAt: item.afterCompareAt };
  const now = item.catalogPrice === null ? null : { price: item.catalogPrice, compareAt: item.catalogCompareAt };
  const back = expectedBefore(item) ?? before;
  const decided = now === null ? { outcome: 'blocked' as const, reason: 'variant_gone' }
    : samePrice(now, ours) ? { outcome: samePrice(ours, back) ? 'unchanged' as const : 'planned' as const, reason: null }
      : samePrice(now, back) ? { outcome: 'unchanged' as const, reason: null } : { outcome: 'blocked' as const, reason: 'changed_since' };
  const priced = decided.outcome !== 'blocked';
  return {
    id, position, variantId: item.variantId, productId: item.productId, variantRef: item.variantRef, productRef: item.productRef, sku: item.sku, title: item.title,
    ...decided, warnings: item.state === 'settled' ? ['author_unknown'] : [],
    beforePrice: (now ?? ours).price, beforeCompareAt: (now ?? ours).compareAt, afterPrice: priced ? back.price : null, afterCompareAt: priced ? back.compareAt : null,
    baselinePrice: item.baselinePrice, baselineCompareAt: item.baselineCompareAt, layerId: item.layerId, source: 'rollback', policyVersion: null, cost: item.cost,
    trace: null, sourceItemId: item.id,
  };
}

/** A row that was written over a merchant's newer price goes back to that price, which is what the write replaced. */
function expectedBefore(item: ItemRow): { price: bigint; compareAt: bigint | null } | null {
  return item.expectedPrice === null ? null : { price: item.expectedPrice, compareAt: item.expectedCompareAt };
}
