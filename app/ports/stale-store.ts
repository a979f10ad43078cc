import type { ChangeRow } from '../domain/pricing/change.ts';

/** Why a plan should be made again. */
export type StaleReason = 'rule_changed' | 'policy_changed' | 'prices_moved' | 'currency_changed';

export interface StaleRow {
  readonly itemId: string;
  readonly variantId: string;
}

/** What of a plan no longer fits the catalog, its rule or the policies. */
export interface StaleStore {
  /**
   * Rows whose inputs are not what the plan saw, in the plan's order: conflicts; rows not written yet whose price without campaigns or
   * cost moved; written ones whose price somebody else changed, and those of a campaign whose price without campaigns or cost moved.
   * `costCounts`: also written rows of a change without end whose cost moved. What an approved delta took over is not among them.
   */
  rows(change: Pick<ChangeRow, 'id' | 'endAt'>, costCounts: boolean, batchSize: number): AsyncIterable<readonly StaleRow[]>;
  count(change: Pick<ChangeRow, 'id' | 'endAt'>, costCounts: boolean): Promise<number>;
  /**
   * Plans that wait for approval, or approved for their start, and no longer fit, with the first reason (an approved one loses its approval
   * to another rule or policy by other ways); a product's ref narrows the look at prices to it.
   */
  plans(productRef: bigint | null): Promise<readonly { readonly id: string; readonly reason: StaleReason }[]>;
  /** Plans that were said to be stale for prices that moved, and whose rows are all as they were again. Looks at all of their rows. */
  fitAgain(): Promise<readonly string[]>;
  /** Rows of the parent that a delta took over: conflicts end as kept, planned ones as cancelled. */
  supersede(parentId: string, deltaId: string, info: { by: string; now: Date }): Promise<{ readonly kept: number; readonly cancelled: number }>;
  /** Open conflicts of the parent, on variants where its layer lies, that the delta takes over. */
  layered(parentId: string, deltaId: string): Promise<readonly { readonly variantId: string; readonly price: bigint; readonly compareAt: bigint | null }[]>;
}
