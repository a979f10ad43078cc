import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import type { LivePrice, PriceWrite, RowVerdict } from '../../ports/price-channel.ts';
import { compareAtFrom, priceFrom, toMoney } from './amounts.ts';
import type { VariantPricesUpdateMutation, VariantPricesUpdateMutationVariables } from './generated/admin-documents.ts';
import { refOf, toGid } from './gid.ts';

/** Shopify takes at most 250 items in one input array (usage limits of the Admin API). */
export const MOST_ROWS = 250;

export type WritePayload = NonNullable<VariantPricesUpdateMutation['productVariantsBulkUpdate']>;
export type PriceNode = NonNullable<WritePayload['productVariants']>[number];
export type UserError = WritePayload['userErrors'][number];
export type Verdicts = Map<bigint, RowVerdict>;

/** The variables of `VariantPricesUpdate`: of a call, and of a line of a bulk mutation. */
export function writeVariables(productRef: bigint, rows: readonly PriceWrite[], currency: CurrencyCode): VariantPricesUpdateMutationVariables {
  return {
    productId: toGid('Product', productRef),
    variants: rows.map((row) => ({
      id: toGid('ProductVariant', row.variantRef),
      price: toMoney(row.price, currency),
      // null clears it; left out would keep it.
      compareAtPrice: row.compareAt === null ? null : toMoney(row.compareAt, currency),
    })),
  };
}

/** Sorts the rows of a payload; throws UnexpectedAnswer where its numbers cannot be read. */
export function judge(payload: WritePayload, rows: readonly PriceWrite[], currency: CurrencyCode): { verdicts: Verdicts; unmentioned: PriceWrite[] } {
  const shown = new Map<bigint, LivePrice>();
  for (const variant of payload.productVariants ?? []) shown.set(refOf(variant.id, 'ProductVariant'), livePrice(variant, currency));
  const byRow = new Map<number, UserError[]>();
  const general: UserError[] = [];
  for (const error of payload.userErrors) {
    const index = rowIndex(error.field, rows.length);
    if (index === null) general.push(error);
    else byRow.set(index, [...(byRow.get(index) ?? []), error]);
  }
  const verdicts: Verdicts = new Map();
  const unmentioned: PriceWrite[] = [];
  rows.forEach((row, index) => {
    const live = shown.get(row.variantRef);
    const errors = byRow.get(index) ?? (live ? [] : general);
    const first = errors[0];
    if (first && !(live && live.price === row.price && live.compareAt === row.compareAt)) {
      const message = errors.map((error) => error.message).join('; ');
      verdicts.set(row.variantRef, { kind: 'refused', code: first.code ?? 'USER_ERROR', message });
    } else if (live) {
      verdicts.set(row.variantRef, { kind: 'written', live });
    } else {
      unmentioned.push(row);
    }
  });
  return { verdicts, unmentioned };
}

/** `["variants", "3", "price"]` → 3; null where the error is not about one row. */
function rowIndex(field: UserError['field'], rowCount: number): number | null {
  const [name, position] = field ?? [];
  if (name !== 'variants' || position === undefined || !/^[0-9]+$/.test(position)) return null;
  const index = Number(position);
  return index < rowCount ? index : null;
}

/** Throws UnexpectedAnswer on amounts that cannot be read. */
export function livePrice(node: PriceNode, currency: CurrencyCode): LivePrice {
  return { price: priceFrom(node.price, currency), compareAt: compareAtFrom(node.compareAtPrice, currency), updatedAt: node.updatedAt };
}

/** More rows than Shopify takes, or one variant twice, is a bug of the caller. */
export function assertRows(refs: readonly bigint[]): void {
  if (refs.length > MOST_ROWS) throw new RangeError(`At most ${MOST_ROWS} variants a call, not ${refs.length}`);
  if (new Set(refs).size !== refs.length) throw new RangeError('The same variant stands twice in one call');
}
