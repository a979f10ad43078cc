import type { ChangeRow } from '../../domain/pricing/change.ts';
import { selectorFields } from '../../domain/rules/compile.ts';
import type { Rule } from '../../domain/rules/rule.ts';
import type { Tx } from '../../ports/unit-of-work.ts';

/** Kept in the shop's currency: beside prices in another one they select nothing that anybody means. */
const SHOP_AMOUNTS: ReadonlySet<string> = new Set(['variant.cost', 'variant.marginPercent', 'variant.mapPrice']);

/** Why a plan cannot be made for what the change writes to, as it is now; null when it can. */
export async function targetFailure(tx: Tx, change: ChangeRow, rule: Rule, shopCurrency: string | null): Promise<string | null> {
  if (!change.priceListId) {
    return shopCurrency === change.currencyCode ? null
      : `The shop's currency is now ${shopCurrency ?? 'not known'}, and this change was made in ${change.currencyCode}. Make a new price change.`;
  }
  const list = await tx.priceLists.get(change.priceListId);
  if (!list?.active) return 'The shop no longer has the price list that this change is made for.';
  if (list.currencyCode !== change.currencyCode) return `The price list ${list.name} is now in ${list.currencyCode}, and this change was made in ${change.currencyCode}. Make a new price change.`;
  if (list.pricesReadAt === null) return `The prices of the price list ${list.name} have not been read yet. Try again in a moment.`;
  const field = list.currencyCode === shopCurrency ? undefined : selectorFields(rule.selector).find((name) => SHOP_AMOUNTS.has(name));
  if (field !== undefined) return `The rule selects by ${field}, which is kept in ${shopCurrency ?? 'the shop\u2019s currency'}, while the prices of ${list.name} are in ${list.currencyCode}: the two cannot be compared.`;
  return null;
}
