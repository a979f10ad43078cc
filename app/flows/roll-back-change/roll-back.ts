import type { PriceChange } from '@calibr/types';
import type { PriceOrigin } from '../../domain/catalog/price-list.ts';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { ChangeRow, ItemRow, PlanRow } from '../../domain/pricing/change.ts';
import { changeDto } from '../../domain/pricing/change-dto.ts';
import { isCampaign, isEndOf } from '../../domain/pricing/campaign.ts';
import { replacedBy, shownBy } from '../../domain/pricing/layers.ts';
import type { Layer, Stack } from '../../domain/pricing/layers.ts';
import { atTarget, pointOf, samePrice, targetOf } from '../../domain/pricing/price-point.ts';
import type { PricePoint } from '../../domain/pricing/price-point.ts';
import { RESTORE_RULE } from '../../domain/pricing/restore-rule.ts';
import { planHeader, sealHeader, sealRow } from '../../domain/pricing/plan-seal.ts';
import { SummaryCounter } from '../../domain/pricing/summary.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Digest } from '../../ports/digest.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

const BATCH = 2_000;
/** Hexadecimal digits of a row's id that are its place. */
const ROW_DIGITS = 12;
/** Campaigns lie on the shop's own prices and not on those of a price list. */
const NO_STACKS: ReadonlyMap<string, Stack> = new Map();

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
    if (source.state === 'ending') return problem('conflict', 'ending', 'This campaign is ending: its prices are being taken back already.');
    if (isEndOf(source)) return problem('conflict', 'end_is_final', 'The end of a campaign cannot be rolled back; make a new price change to run the campaign again.');
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
      id: ctx.newId(), name: `Roll back: ${source.name}`, kind: 'rollback', ruleId: null, ruleVersion: null, ruleJson: RESTORE_RULE,
      selectorJson: RESTORE_RULE.selector, transformJson: RESTORE_RULE.transform, scheduleJson: null, priority: source.priority,
      currencyCode: source.currencyCode, priceListId: source.priceListId ?? null, rollbackOf: id, correlationId: ctx.correlationId, createdBy: actorText(ctx.actor), now: ctx.now(),
    });
    // What sells is not known by market.
    const window = source.priceListId ? null : await tx.sales.window();
    const counter = new SummaryCounter({ currencyCode: change.currencyCode, sales: window });
    const digest = newDigest();
    digest.update(sealHeader(planHeader(change)));
    let position = 0;
    let storing: Promise<void> = Promise.resolve();
    // Ids that come one after the other cost the database's index of them a fraction of what random ones do.
    const ids = ctx.newId().slice(0, -ROW_DIGITS);
    for await (const batch of tx.items.streamWritten(id, itemIds ?? null, BATCH)) {
      const stacks = source.priceListId ? NO_STACKS : await tx.layers.stacks(batch.map((item) => item.variantId));
      const sold = window && (await tx.sales.unitsOf(batch.map((item) => item.variantRef)));
      await storing;
      let seals = '';
      const rows = batch.map((item) => {
        const row = rollbackRow(item, source, stacks.get(item.variantId) ?? null, ids + position.toString(16).padStart(ROW_DIGITS, '0'), position++);
        counter.add(row, sold && sold.of(row.variantRef));
        seals += sealRow(row);
        return row;
      });
      // The database stores these while the next ones are read and made; where that fails it is heard there.
      storing = tx.items.insertPlan(change.id, rows);
      storing.catch(() => undefined);
      digest.update(seals);
    }
    await storing;
    const summary = counter.summary();
    const planHash = digest.hex();
    await tx.journal.append(ctx, {
      type: 'price_change.created', aggregateType: 'price_change', aggregateId: change.id,
      payload: { changeId: change.id, name: change.name, kind: 'rollback', ruleId: null, ruleVersion: null, rollbackOf: id, schedule: null, currencyCode: change.currencyCode, ...(change.priceListId ? { priceListId: change.priceListId } : {}) },
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

/**
 * The three-way diff of one row: before (where it shall return), what we wrote, and what the catalog shows now.
 * Only a price that is still ours is taken back; a newer one stays and the row says so. A campaign's layer comes off and what lies
 * under it comes to light; of a change under campaigns only the price without campaigns is taken back.
 */
function rollbackRow(item: WrittenRow, source: ChangeRow, stack: Stack | null, id: string, position: number): PlanRow {
  const shown = item.catalogPrice === null ? null : pointOf(item.catalogPrice, item.catalogCompareAt, item.catalogOrigin);
  const own = stack?.layers.find((layer) => layer.changeId === source.id) ?? null;
  const back = own && stack ? under(own, stack) : replacedBy(item);
  const decided = decide(item, source, shown, own && stack ? own : targetOf(item), back, stack, own !== null);
  const before = shown ?? targetOf(item);
  const after = decided.outcome === 'blocked' ? null : back;
  return {
    id, position, variantId: item.variantId, productId: item.productId, variantRef: item.variantRef, productRef: item.productRef, sku: item.sku, title: item.title,
    outcome: decided.outcome, reason: decided.reason,
    warnings: [...(item.state === 'settled' ? ['author_unknown'] : []), ...(stack && stack.layers[0] !== own ? ['beneath_campaign'] : [])],
    beforePrice: before.price, beforeCompareAt: before.compareAt, afterPrice: after?.price ?? null, afterCompareAt: after?.compareAt ?? null,
    baselinePrice: stack?.baseline.price ?? null, baselineCompareAt: stack?.baseline.compareAt ?? null, layerId: stack ? (own ?? stack.layers[0]!).changeId : null,
    source: 'rollback', policyVersion: null, cost: item.cost, trace: null, sourceItemId: item.id,
    beforeOrigin: before.origin ?? null, afterOrigin: after?.origin ?? null,
  };
}

type WrittenRow = ItemRow & { readonly catalogPrice: bigint | null; readonly catalogCompareAt: bigint | null; readonly catalogOrigin: PriceOrigin | null };
type Decided = { readonly outcome: PlanRow['outcome']; readonly reason: string | null };

function decide(item: ItemRow, source: ChangeRow, shown: PricePoint | null, ours: PricePoint, back: PricePoint, stack: Stack | null, hasLayer: boolean): Decided {
  if (shown === null) return { outcome: 'blocked', reason: 'variant_gone' };
  if (hasLayer && stack) return samePrice(shown, shownBy(stack)) ? { outcome: 'planned', reason: null } : { outcome: 'blocked', reason: 'changed_since' };
  if (isCampaign(source)) return { outcome: 'blocked', reason: 'campaign_over' };
  if (source.rollbackOf !== null && item.layerId === source.rollbackOf) return { outcome: 'blocked', reason: 'campaign_over' };
  const now = stack ? stack.baseline : shown;
  if (atTarget(now, back)) return { outcome: 'unchanged', reason: null };
  return samePrice(now, ours) ? { outcome: 'planned', reason: null } : { outcome: 'blocked', reason: 'changed_since' };
}

/** What the shop shows when a layer comes off: the same as now where another one lies above it. */
function under(own: Layer, stack: Stack): PricePoint {
  const { price, compareAt } = stack.layers[0] === own ? (stack.layers[1] ?? stack.baseline) : stack.layers[0]!;
  return { price, compareAt };
}
