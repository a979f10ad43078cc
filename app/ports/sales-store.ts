import type { ToldOrder } from '../domain/facts/told-order.ts';
import type { UnitsSold } from '../domain/facts/units-sold.ts';
import type { SalesWindow } from '../domain/facts/sales-window.ts';

/** Sales facts of the shop and the volume that plans are weighed by. */
export interface SalesStore {
  /**
   * Counts an order once, on `day` of the shop's calendar; false where it was counted before. `today` is the shop's today:
   * the window ends there.
   */
  count(order: ToldOrder, day: string, today: string, now: Date): Promise<boolean>;
  /** Moves the window on so that it ends today, if it does not yet; nothing to do where no order was ever counted. */
  moveWindow(today: string): Promise<void>;
  /** Null where no order was ever counted. */
  window(): Promise<SalesWindow | null>;
  /** Units sold within the window by some variants, or by all; a variant that is not in it has no sales known. */
  unitsOf(variantRefs: readonly bigint[]): Promise<UnitsSold>;
  unitsOfAll(): Promise<UnitsSold>;
}
