import type { ChangeProgress, ChangeSummary, PriceChange, PriceChangeItem, PriceEventRow, PricePair, Rule, Schedule } from '@calibr/types';
import { moneyOf, moneyOrNull, timeOrNull } from '../kernel/money-dto.ts';
import type { ChangeRow, ItemRow } from './change.ts';
import { ITEM_STATES } from './lifecycle.ts';
import type { ItemCounts } from './lifecycle.ts';

export function progressDto(counts: ItemCounts): ChangeProgress {
  return Object.fromEntries(ITEM_STATES.map((state) => [state, counts[state] ?? 0])) as unknown as ChangeProgress;
}

export function changeDto(row: ChangeRow, counts: ItemCounts | null): PriceChange {
  return {
    id: row.id, name: row.name, kind: row.kind, state: row.state,
    activity: row.activity as PriceChange['activity'],
    planHash: row.planHash, planVersion: row.planVersion, summary: row.summary as ChangeSummary | null,
    progress: counts === null ? null : progressDto(counts),
    rule: row.ruleJson as Rule, ruleId: row.ruleId, ruleVersion: row.ruleVersion, policyVersion: row.policyVersion,
    schedule: row.scheduleJson as Schedule | null, priority: row.priority, currencyCode: row.currencyCode, rollbackOf: row.rollbackOf, parentId: row.parentId,
    previewedAt: timeOrNull(row.previewedAt), approvedHash: row.approvedHash, approvedBy: row.approvedBy, approvedAt: timeOrNull(row.approvedAt),
    approvalComment: row.approvalComment, canaryPercent: null, pauseReason: row.pauseReason, failure: row.failure,
    startedAt: timeOrNull(row.startedAt), finishedAt: timeOrNull(row.finishedAt), correlationId: row.correlationId, createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString(),
  };
}

export function pricePair(price: bigint, compareAt: bigint | null, currencyCode: string): PricePair {
  return { price: moneyOf(price, currencyCode), compareAtPrice: moneyOrNull(compareAt, currencyCode) };
}

export function itemDto(row: ItemRow, currencyCode: string): PriceChangeItem {
  return {
    id: row.id, changeId: row.changeId, position: row.position, variantId: row.variantId, productId: row.productId, sku: row.sku, title: row.title,
    outcome: row.outcome, state: row.state, reason: row.reason,
    before: pricePair(row.beforePrice, row.beforeCompareAt, currencyCode),
    after: row.afterPrice === null ? null : pricePair(row.afterPrice, row.afterCompareAt, currencyCode),
    live: row.livePrice === null ? null : pricePair(row.livePrice, row.liveCompareAt, currencyCode),
    liveReadAt: timeOrNull(row.liveReadAt), cost: moneyOrNull(row.cost, currencyCode), warnings: row.warnings, verdict: row.verdict,
    resolution: row.resolution as PriceChangeItem['resolution'], resolvedBy: row.resolvedBy, attempts: row.attempts, requestId: row.requestId,
    finishedAt: timeOrNull(row.finishedAt),
  };
}

/** A row as the event log keeps it, with the ending that was decided. */
export function eventRow(row: ItemRow, ending: { state: PriceEventRow['state']; live: { price: bigint; compareAt: bigint | null } | null; verdict: string | null; requestId: string | null }, currencyCode: string): PriceEventRow {
  return {
    itemId: row.id, variantId: row.variantId, state: ending.state,
    before: pricePair(row.beforePrice, row.beforeCompareAt, currencyCode),
    after: pricePair(row.afterPrice ?? row.beforePrice, row.afterCompareAt, currencyCode),
    live: ending.live === null ? null : pricePair(ending.live.price, ending.live.compareAt, currencyCode),
    reason: row.reason, verdict: ending.verdict, requestId: ending.requestId,
  };
}
