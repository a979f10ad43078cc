import type { ItemRow } from '../domain/pricing/change.ts';
import type { PricePoint } from '../domain/pricing/price-point.ts';
import type { Layer, Stack } from '../domain/pricing/layers.ts';

/** A campaign's layer with the row that put it there and what lies next to it. */
export interface LayerToEnd {
  readonly item: ItemRow;
  readonly layer: Layer;
  /** The highest of the other campaigns that go on, null where there is none. */
  readonly next: Layer | null;
  readonly baseline: PricePoint;
}

export interface DriftedLayer {
  readonly item: ItemRow;
  readonly fromState: 'applied' | 'settled' | 'kept';
}

/** The campaigns that lie on the variants. Amounts are minor units. */
export interface LayerStore {
  /** By variant id; a variant without a campaign is not in it. */
  stacks(variantIds: readonly string[]): Promise<ReadonlyMap<string, Stack>>;
  /** Lays a campaign on variants, or gives its layer a new price; `base` becomes the baseline of a variant that had none. */
  put(changeId: string, rows: readonly (PricePoint & { variantId: string; itemId: string; base: PricePoint })[], order: { priority: number; startsAt: Date; changeCreatedAt: Date }): Promise<void>;
  /** The price under the campaigns; variants without one are left alone. */
  setBaseline(rows: readonly (PricePoint & { variantId: string })[]): Promise<void>;
  /** Takes a campaign off variants. */
  take(changeId: string, variantIds: readonly string[]): Promise<void>;
  /** A campaign's layer on a variant shows this price from now on. */
  reprice(changeId: string, variantId: string, price: PricePoint): Promise<void>;
  /** The top layer of a variant shows this price from now on; nothing where no campaign lies on it. */
  repriceTop(variantId: string, price: PricePoint): Promise<void>;
  count(changeId: string): Promise<{ total: number; inConflict: number }>;
  /** Layers of a campaign whose rows have no open conflict, in the plan's order. */
  streamToEnd(changeId: string, batchSize: number): AsyncIterable<readonly LayerToEnd[]>;
  /** The campaign's layers no longer count as going on. */
  markEnding(changeId: string): Promise<void>;
  /** Campaigns that lie on any variant, the changes' ids. */
  campaigns(): Promise<readonly string[]>;
  /**
   * Rows of campaigns on top whose variant shows another price than theirs become conflicts; a variant that is being written just now
   * is passed over. Null looks at every product.
   */
  noteDrift(productRef: bigint | null, now: Date): Promise<readonly DriftedLayer[]>;
}
