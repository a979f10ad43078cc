import type { Money } from '@calibr/types';
import type { CurrencyCode } from './currency.ts';
import { formatMinorUnits } from './money.ts';

/** Minor units as the resource shape of money. */
export function moneyOf(minor: bigint, currencyCode: string): Money {
  return { amount: formatMinorUnits(minor, currencyCode as CurrencyCode), currencyCode };
}

export function moneyOrNull(minor: bigint | null, currencyCode: string): Money | null {
  return minor === null ? null : moneyOf(minor, currencyCode);
}

export function timeOrNull(time: Date | null): string | null {
  return time === null ? null : time.toISOString();
}
