import { isCurrencyCode } from '../../domain/kernel/currency.ts';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { formatMinorUnits, inMinorUnits, parseDecimal, parseMoney } from '../../domain/kernel/money.ts';
import { roundHalfAwayFromZero } from '../../domain/kernel/rational.ts';
import { UnexpectedAnswer } from './gid.ts';

/** Throws a RangeError on a currency that Calibrate has no decimals for: guessing them would change prices. */
export function currencyOf(shop: { readonly shopDomain: string; readonly currencyCode: string }): CurrencyCode {
  if (isCurrencyCode(shop.currencyCode)) return shop.currencyCode;
  throw new RangeError(`${shop.shopDomain} sells in ${JSON.stringify(shop.currencyCode)}, a currency that Calibrate does not know`);
}

/** A price as Shopify writes it ("12.50", "12.5", JPY "1880.0") in minor units; throws UnexpectedAnswer. */
export function priceFrom(text: unknown, currency: CurrencyCode): bigint {
  if (typeof text !== 'string') throw new UnexpectedAnswer(`${JSON.stringify(text)} is not a price`);
  const amount = parseMoney(text, currency);
  if (!amount.ok) throw new UnexpectedAnswer(amount.error.detail);
  return amount.value;
}

/** As priceFrom; null and absent are null. */
export function compareAtFrom(text: unknown, currency: CurrencyCode): bigint | null {
  return text === null || text === undefined ? null : priceFrom(text, currency);
}

/**
 * A unit cost in minor units, null where there is none. Merchants may keep costs with more decimals than the currency
 * has: those are rounded half away from zero. A cost in another currency than the shop's throws UnexpectedAnswer.
 */
export function costFrom(cost: unknown, currency: CurrencyCode): bigint | null {
  if (cost === null || cost === undefined) return null;
  const { amount, currencyCode } = cost as { amount?: unknown; currencyCode?: unknown };
  if (currencyCode !== currency) {
    throw new UnexpectedAnswer(`a cost is in ${JSON.stringify(currencyCode)} while the shop sells in ${currency}; has its currency changed?`);
  }
  const exact = typeof amount === 'string' ? parseDecimal(amount) : null;
  if (!exact) throw new UnexpectedAnswer(`${JSON.stringify(amount)} is not a cost`);
  const minor = inMinorUnits(exact, currency);
  return roundHalfAwayFromZero(minor.n, minor.d);
}

/** An amount with its currency, as prices of a price list come; throws UnexpectedAnswer where it is not in that currency. */
export function listAmountFrom(money: { readonly amount: string; readonly currencyCode: string }, currency: CurrencyCode, isFixed: boolean): bigint {
  if (money.currencyCode !== currency) throw new UnexpectedAnswer(`a price of the list is in ${money.currencyCode} and not in ${currency}; has its currency changed?`);
  if (isFixed) return priceFrom(money.amount, currency);
  // What follows from a rate may come with more decimals than money has; nobody ever writes it back.
  const exact = parseDecimal(money.amount);
  if (!exact) throw new UnexpectedAnswer(`${JSON.stringify(money.amount)} is not a price`);
  const minor = inMinorUnits(exact, currency);
  return roundHalfAwayFromZero(minor.n, minor.d);
}

/** Minor units as Shopify's `Money` scalar takes them. */
export function toMoney(minor: bigint, currency: CurrencyCode): string {
  return formatMinorUnits(minor, currency);
}
