import type { PriceOrigin } from '../domain/catalog/price-list.ts';
import type { ChangeRow, ItemRow, PlanRow } from '../domain/pricing/change.ts';
import type { LayerEffect } from '../domain/pricing/layers.ts';
import type { PricePoint } from '../domain/pricing/price-point.ts';
import type { ChangeState, ItemCounts } from '../domain/pricing/lifecycle.ts';
import type { Page, PageRequest } from './unit-of-work.ts';

export interface NewChange {
  readonly id: string;
  readonly name: string;
  readonly kind: ChangeRow['kind'];
  readonly ruleId: string | null;
  readonly ruleVersion: number | null;
  readonly ruleJson: unknown;
  readonly selectorJson: unknown;
  readonly transformJson: unknown;
  readonly scheduleJson: unknown;
  readonly priority: number;
  readonly currencyCode: string;
  readonly rollbackOf: string | null;
  /** The price list that it writes to; left out or null: the shop's own prices. */
  readonly priceListId?: string | null;
  readonly parentId?: string | null;
  readonly correlationId: string;
  readonly createdBy: string;
  readonly now: Date;
}

export type ChangeFacts = Partial<Pick<ChangeRow,
  'state' | 'activity' | 'scheduleJson' | 'scheduleAt' | 'endAt' | 'planHash' | 'planVersion' | 'summary' | 'previewedAt'
  | 'approvedHash' | 'approvedBy' | 'approvedAt' | 'approvalComment' | 'approvalsRequired' | 'policyVersion' | 'startedAt' | 'finishedAt' | 'pauseCode' | 'pauseReason' | 'pauseOn' | 'canaryPercent' | 'canary' | 'failure'
  | 'ruleJson' | 'ruleVersion' | 'name' | 'way' | 'seriesId' | 'occurrenceAt' | 'followAt' | 'planAt' | 'contentHash' | 'note' | 'staleReason'>> & { readonly selectorJson?: unknown; readonly transformJson?: unknown };

export interface ChangeStore {
  create(row: NewChange): Promise<ChangeRow>;
  list(filter: { state?: ChangeState }, page: PageRequest): Promise<Page<ChangeRow>>;
  get(id: string): Promise<ChangeRow | null>;
  /** As `get`, and holds the row until the transaction ends, so that two commands take turns. */
  lock(id: string): Promise<ChangeRow | null>;
  update(id: string, facts: ChangeFacts, now: Date): Promise<ChangeRow>;
  /** Changes made for this one, the newest first: its ends, its deltas. At most 100. */
  children(id: string): Promise<readonly ChangeRow[]>;
  /** Gives the change its place among all applies of the shop; writes of a variant keep this order. */
  assignApplyOrder(id: string): Promise<void>;
}

export interface ItemFilter {
  readonly outcome?: string;
  readonly state?: string;
  readonly reason?: string;
  readonly query?: string;
}

/** Rows of one product that this worker may write until `leaseUntil`; `epoch` of each row fences every later step. */
export interface ClaimedBatch {
  readonly productRef: bigint;
  readonly rows: readonly ItemRow[];
  readonly leaseUntil: Date;
}

/** What a worker decided about a claimed row. */
export interface ItemEnding {
  readonly item: ItemRow;
  readonly state: 'applied' | 'settled' | 'conflict' | 'failed';
  readonly live: PricePoint | null;
  readonly verdict: string | null;
  readonly requestId: string | null;
  /** What it means for the campaigns on the variant; nothing where it is left out. */
  readonly effect?: LayerEffect;
}

/** Rows come without their trace, but for `get`. */
export interface ItemStore {
  insertPlan(changeId: string, rows: readonly PlanRow[]): Promise<void>;
  deletePlan(changeId: string): Promise<void>;
  /** The plan in its sealed order, in batches, for hashing and export. */
  streamPlan(changeId: string, batchSize: number): AsyncIterable<readonly ItemRow[]>;
  list(changeId: string, filter: ItemFilter, page: PageRequest): Promise<Page<ItemRow>>;
  get(changeId: string, itemId: string): Promise<ItemRow | null>;
  /** Rows that count as written: applied and settled, for a rollback. */
  streamWritten(changeId: string, itemIds: readonly string[] | null, batchSize: number): AsyncIterable<readonly (ItemRow & { catalogPrice: bigint | null; catalogCompareAt: bigint | null; catalogOrigin: PriceOrigin | null })[]>;
  countByState(changeId: string): Promise<ItemCounts>;
  /** planned → queued, all of them. */
  queuePlanned(changeId: string): Promise<number>;
  /** As `queuePlanned`, for whole products until `rows` are queued; which ones follows from the plan's hash and is spread over the plan. */
  queueCanary(changeId: string, planHash: string, rows: number): Promise<number>;
  /** Written rows after this position whose live price was not read again yet, in order. */
  toVerify(changeId: string, afterPosition: number, limit: number): Promise<readonly ItemRow[]>;
  /** Marks rows as read again; those that differ become conflicts with what the shop shows. Answers which differ, and were not known to. */
  recordVerified(verified: readonly string[], differing: readonly { readonly item: ItemRow; readonly live: PricePoint; readonly verdict: string }[], now: Date): Promise<ReadonlySet<string>>;
  /** How many rows were read again, and how many of them differed. */
  countVerified(changeId: string, verdict: string): Promise<{ readonly verified: number; readonly differing: number }>;
  /** queued (never written, no intent) → cancelled. */
  cancelQueued(changeId: string, now: Date): Promise<number>;
  /**
   * Leases the due rows of up to `maxBatches` products, at most `maxRows` of each. Due: queued; or writing with an expired
   * lease whose quiet period is over, in no bulk operation that is open. A row waits while an earlier change still has to write the same variant. Begins behind the
   * product `after`, where one is given: what was claimed before lies there and need not be passed over again.
   */
  claim(changeId: string, options: { owner: string; now: Date; leaseMs: number; quietMs: number; maxBatches: number; maxRows: number; after?: bigint | null }): Promise<readonly ClaimedBatch[]>;
  /**
   * Records that a write will go out, at the latest at `sendBy`, over the price that is `expected` there; answers which rows are still
   * ours. None when the change is not applying. The lease is then `leaseUntil`. With `bulkId` it goes out with that bulk operation, and until that has ended it is
   * nobody's to find out what became of the row but its worker's.
   */
  markIntent(rows: readonly { readonly item: ItemRow; readonly expected: PricePoint }[], owner: string, when: { now: Date; sendBy: Date; leaseUntil?: Date; bulkId?: string | null }): Promise<ReadonlySet<string>>;
  /** Ends rows that are still ours; answers their ids. */
  finish(endings: readonly ItemEnding[], owner: string, now: Date): Promise<ReadonlySet<string>>;
  /**
   * Gives rows back, not to be claimed before `runAt`. `doubt` keeps them as they are: a row whose write had gone out by `runAt`
   * is claimed when the quiet period after that is over.
   */
  release(items: readonly ItemRow[], owner: string, options: { runAt: Date; countAttempt: boolean; doubt: boolean }): Promise<void>;
  /** Rows that wait to be written, due or not, and the products that they belong to. */
  left(changeId: string): Promise<{ readonly rows: number; readonly products: number }>;
  /** Whether any row waits to be written, due or not. */
  anyQueued(changeId: string): Promise<boolean>;
  /** When the next row or open bulk operation of the change can be claimed, now where it may be at once; null when nothing is left that may be. */
  nextDue(changeId: string, now: Date, quietMs: number): Promise<Date | null>;
  /** Ends a conflict, or queues the row again against the live price that a person accepted. */
  resolve(itemId: string, decision: { state: 'kept' | 'queued'; resolution: string; by: string; expected: PricePoint | null; now: Date }): Promise<boolean>;
}
