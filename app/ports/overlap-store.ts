import type { ChangeRow } from '../domain/pricing/change.ts';
import type { Page, PageRequest } from './unit-of-work.ts';

/** A variant that two plans give a price. Amounts are minor units; `before` is what the shop showed when the first plan was made. */
export interface SharedRow {
  readonly position: number;
  readonly variantId: string;
  readonly sku: string;
  readonly title: string;
  readonly beforePrice: bigint;
  readonly beforeCompareAt: bigint | null;
  readonly price: bigint;
  readonly compareAt: bigint | null;
  readonly otherPrice: bigint;
  readonly otherCompareAt: bigint | null;
}

export interface OverlapStore {
  /** Changes that price, or are about to: previewed, approved, scheduled, being applied, campaigns that run, and the next of a series. The newest first. */
  pricing(limit: number): Promise<readonly ChangeRow[]>;
  /** How many variants each of the others gives a price that this plan gives one, too. */
  sharedWith(changeId: string, others: readonly string[]): Promise<ReadonlyMap<string, number>>;
  sharedRows(changeId: string, otherId: string, page: PageRequest): Promise<Page<SharedRow>>;
}
