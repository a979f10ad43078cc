import type { Canary } from './canary.ts';
import type { PriceOrigin } from '../catalog/price-list.ts';
import type { ChangeState, ItemState } from './lifecycle.ts';
import type { PauseOn } from './pause-limits.ts';
import type { ChosenWay } from './write-way.ts';

/** A price change as stored. */
export interface ChangeRow {
  readonly id: string;
  readonly name: string;
  readonly kind: 'change' | 'rollback' | 'delta';
  readonly state: ChangeState;
  /** What a worker is doing with it now: `previewing`, or null. */
  readonly activity: string | null;
  readonly ruleId: string | null;
  readonly ruleVersion: number | null;
  readonly ruleJson: unknown;
  readonly scheduleJson: unknown;
  readonly scheduleAt: Date | null;
  readonly endAt: Date | null;
  readonly priority: number;
  /** Of every amount in it: the price list's, where it has one. */
  readonly currencyCode: string;
  /** The price list that it writes to; absent or null: the shop's own prices. */
  readonly priceListId?: string | null;
  readonly priceListName?: string | null;
  readonly planHash: string | null;
  readonly planVersion: number;
  readonly policyVersion: number | null;
  readonly summary: Record<string, unknown> | null;
  readonly previewedAt: Date | null;
  readonly approvedHash: string | null;
  readonly approvedBy: string | null;
  readonly approvedAt: Date | null;
  readonly approvalComment: string | null;
  /** How many people had to approve, from when it was approved on. */
  readonly approvalsRequired: number | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** Why it is paused, for programs; counts only while it is. */
  readonly pauseCode: string | null;
  readonly pauseReason: string | null;
  readonly pauseOn: PauseOn | null;
  readonly canaryPercent: string | null;
  readonly canary: Canary | null;
  readonly failure: string | null;
  readonly rollbackOf: string | null;
  /** The change that this one was made for: the campaign it ends, the change it is a delta of. */
  readonly parentId: string | null;
  /** The first change of a recurring one, or the saved rule whose runs these are; null for a change that stands alone. */
  readonly seriesId: string | null;
  /** Of a series: the start of its own window. */
  readonly occurrenceAt: Date | null;
  /** When the next change of the series is to be made; null once it was, or where there is none. */
  readonly followAt: Date | null;
  /** When it is to be planned by itself; null where it was, or where a person asks for it. */
  readonly planAt: Date | null;
  /** Of what the plan would write, whatever its rows' ids. */
  readonly contentHash: string | null;
  /** What a person should know about it. */
  readonly note: string | null;
  readonly staleReason: string | null;
  /** Which way its prices go out, and why; null before the first did. */
  readonly way?: ChosenWay | null;
  readonly correlationId: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** One row of a plan, as it is sealed. Amounts are minor units. */
export interface PlanRow {
  readonly id: string;
  readonly position: number;
  readonly variantId: string;
  readonly productId: string;
  readonly variantRef: bigint;
  readonly productRef: bigint;
  readonly sku: string;
  readonly title: string;
  readonly outcome: 'planned' | 'unchanged' | 'blocked';
  readonly reason: string | null;
  readonly warnings: readonly string[];
  readonly beforePrice: bigint;
  readonly beforeCompareAt: bigint | null;
  readonly afterPrice: bigint | null;
  readonly afterCompareAt: bigint | null;
  readonly baselinePrice: bigint | null;
  readonly baselineCompareAt: bigint | null;
  readonly layerId: string | null;
  readonly source: string;
  readonly policyVersion: number | null;
  readonly cost: bigint | null;
  /** What `encodeTrace` wrote; null where the row has none. */
  readonly trace: string | null;
  readonly sourceItemId: string | null;
  /** Rows of a price list only: was the price fixed there, and is it to be, or to follow the shop's price again. */
  readonly beforeOrigin?: PriceOrigin | null;
  readonly afterOrigin?: PriceOrigin | null;
}

export interface ItemRow extends PlanRow {
  readonly changeId: string;
  readonly state: ItemState;
  readonly expectedPrice: bigint | null;
  readonly expectedCompareAt: bigint | null;
  readonly expectedOrigin?: PriceOrigin | null;
  readonly liveOrigin?: PriceOrigin | null;
  readonly livePrice: bigint | null;
  readonly liveCompareAt: bigint | null;
  readonly liveReadAt: Date | null;
  readonly verdict: string | null;
  readonly resolution: string | null;
  readonly resolvedBy: string | null;
  readonly attempts: number;
  readonly epoch: number;
  readonly intentAt: Date | null;
  readonly requestId: string | null;
  readonly finishedAt: Date | null;
  /** When its live price was read again to verify a first part. */
  readonly verifiedAt: Date | null;
  /** The bulk operation that it went out with last; null: by a call, or not yet. */
  readonly bulkId?: string | null;
}
