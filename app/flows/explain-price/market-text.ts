import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { formatMinorUnits } from '../../domain/kernel/money.ts';
import type { ChangeRow, ItemRow } from '../../domain/pricing/change.ts';

/** What a row of a price list started from, and what becomes of it there; empty for the shop's own prices. */
export function marketText(row: ItemRow, change: ChangeRow): string {
  if (!row.beforeOrigin) return '';
  const money = (minor: bigint): string => `${formatMinorUnits(minor, change.currencyCode as CurrencyCode)} ${change.currencyCode}`;
  const list = `the price list ${change.priceListName ?? ''}`.trim();
  const compareAt = row.beforeCompareAt === null ? '' : ` (compare-at ${money(row.beforeCompareAt)})`;
  const shown = `Buyers of this market were shown ${money(row.beforePrice)}${compareAt}, ${row.beforeOrigin === 'fixed' ? `fixed in ${list}` : `which follows from the shop's own price by rate and adjustment of ${list}`}.`;
  if (row.outcome !== 'planned') return shown;
  if (row.afterOrigin === 'relative') return `${shown} The fixed price is taken out of the list again, so that the price follows the shop's own, as before; it was ${money(row.afterPrice!)} then.`;
  return row.beforeOrigin === 'relative' ? `${shown} The new price is fixed there and no longer follows the shop's own.` : shown;
}
