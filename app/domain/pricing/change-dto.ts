import type { ChangeCanary, ChangeProgress, ChangeSummary, PauseLimits, PriceChange, PriceChangeItem, PriceEventRow, PricePair, Rule, Schedule } from '@calibr/types';
import { moneyOf, moneyOrNull, timeOrNull } from '../kernel/money-dto.ts';
import type { RuleSchedule } from '../rules/rule.ts';
import { firstWindow, nextRunsOf } from '../schedules/planned-runs.ts';
import type { ChangeRow, ItemRow } from './change.ts';
import { readPercent } from './pause-limits.ts';
import { ITEM_STATES } from './lifecycle.ts';
import type { ItemCounts } from './lifecycle.ts';

export function progressDto(counts: ItemCounts): ChangeProgress {
  return Object.fromEntries(ITEM_STATES.map((state) => [state, counts[state] ?? 0])) as unknown as ChangeProgress;
}

/** States in which a change would write, or start to, were writes not stopped. */
const WAITS_FOR_WRITES: ReadonlySet<string> = new Set(['scheduled', 'applying', 'paused', 'ending']);

export interface StoppedWrites {
  readonly since: Date | null;
  readonly by: string | null;
  readonly reason: string | null;
}

export function canaryDto(row: Pick<ChangeRow, 'canaryPercent' | 'canary'>): ChangeCanary | null {
  return row.canary && { percent: readPercent(row.canaryPercent) ?? '100', ...row.canary };
}

function pauseLimitsDto({ pauseOn }: ChangeRow): PauseLimits | null {
  return pauseOn && { conflictPercent: pauseOn.conflictPercent, failurePercent: pauseOn.failurePercent, minimumRows: pauseOn.minimumRows };
}

/** States in which a plan waits, for approval or for its start. */
const WAITS_WITH_PLAN: ReadonlySet<string> = new Set(['previewed', 'approved', 'scheduled']);

/** `stopped`: how all writes of the shop are stopped, null where they are allowed; left out where it was not asked. */
export function changeDto(row: ChangeRow, counts: ItemCounts | null, stopped?: StoppedWrites | null): PriceChange {
  return {
    id: row.id, name: row.name, kind: row.kind, state: row.state,
    activity: row.activity as PriceChange['activity'],
    planHash: row.planHash, planVersion: row.planVersion, summary: row.summary as ChangeSummary | null,
    progress: counts === null ? null : progressDto(counts),
    rule: row.ruleJson as Rule, ruleId: row.ruleId, ruleVersion: row.ruleVersion, policyVersion: row.policyVersion,
    schedule: row.scheduleJson as Schedule | null, priority: row.priority, currencyCode: row.currencyCode, target: row.priceListId ? { priceListId: row.priceListId, name: row.priceListName ?? '' } : null, rollbackOf: row.rollbackOf, parentId: row.parentId,
    seriesId: row.seriesId, occurrenceAt: timeOrNull(row.occurrenceAt), note: row.note, staleReason: WAITS_WITH_PLAN.has(row.state) ? row.staleReason : null, ...timesOf(row),
    previewedAt: timeOrNull(row.previewedAt), approvedHash: row.approvedHash, approvedBy: row.approvedBy, approvedAt: timeOrNull(row.approvedAt),
    approvalComment: row.approvalComment, canaryPercent: readPercent(row.canaryPercent), canary: canaryDto(row), way: row.way ?? null, pauseOn: pauseLimitsDto(row),
    ...(stopped === undefined ? {} : { writesStopped: stopped !== null && WAITS_FOR_WRITES.has(row.state) ? { ...stopped, since: timeOrNull(stopped.since) } : null }),
    pauseCode: row.state === 'paused' ? (row.pauseCode as PriceChange['pauseCode'] ?? null) : null, pauseReason: row.pauseReason, failure: row.failure,
    startedAt: timeOrNull(row.startedAt), finishedAt: timeOrNull(row.finishedAt), correlationId: row.correlationId, createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString(),
  };
}

/** When it starts and ends: as it was approved, or as its schedule says until then. */
function timesOf(row: ChangeRow): Pick<PriceChange, 'startsAt' | 'endsAt'> {
  const schedule = row.scheduleJson as RuleSchedule | null;
  const window = row.scheduleAt === null && schedule ? firstWindow(schedule) : null;
  const instant = (at: number | null | undefined): string | null => (at === null || at === undefined ? null : new Date(at).toISOString());
  return window ? { startsAt: instant(window.startsAt), endsAt: instant(window.endsAt) } : { startsAt: timeOrNull(row.scheduleAt), endsAt: timeOrNull(row.endAt) };
}

/** The windows that its schedule still has, its own first; none for a change that is over and does not come again. */
export function nextRunsDto(row: ChangeRow, now: Date): Pick<PriceChange, 'nextRuns'> {
  const schedule = row.scheduleJson as RuleSchedule | null;
  if (!schedule || row.state === 'rejected' || row.state === 'cancelled') return {};
  const own = row.occurrenceAt ?? (schedule.recurrence ? null : row.scheduleAt);
  const over = row.endAt !== null && row.endAt <= now;
  return { nextRuns: over && !schedule.recurrence ? [] : nextRunsOf(schedule, now, over ? now : own) };
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
    origin: row.beforeOrigin ? { before: row.beforeOrigin, after: row.afterOrigin ?? null, live: row.liveOrigin ?? null } : null,
    liveReadAt: timeOrNull(row.liveReadAt), cost: moneyOrNull(row.cost, currencyCode), warnings: row.warnings, verdict: row.verdict,
    resolution: row.resolution as PriceChangeItem['resolution'], resolvedBy: row.resolvedBy, attempts: row.attempts, requestId: row.requestId,
    finishedAt: timeOrNull(row.finishedAt), verifiedAt: timeOrNull(row.verifiedAt),
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
