import { type CurrencyCode, decimalsOf } from '../kernel/currency.ts';
import { formatExact, formatMinorUnits } from '../kernel/money.ts';

/** Texts of amounts in minor units as `formatMinorUnits` and `formatExact` write them, of numbers: a plan writes a dozen for every row. */
export interface AmountText {
  /** A safe integer of minor units: 1250 → `12.50`. */
  readonly whole: (minor: number) => string;
  /** n/d minor units, both safe integers, d > 0: 8125/4 → `20.3125`; a fraction where the decimals never end. */
  readonly exact: (n: number, d: number) => string;
}

/** Above this three more decimals may not fit a safe integer. */
const MORE_DECIMALS_MAX = 9_007_199_254_740;

/** Compiled once for a currency. */
export function amountText(currency: CurrencyCode): AmountText {
  const decimals = decimalsOf(currency);
  const units = 10 ** decimals;
  // ".00" to ".99", so that an amount is two pieces of text.
  const fractions = decimals === 0 || decimals > 3 ? null : Array.from({ length: units }, (_, part) => `.${String(part).padStart(decimals, '0')}`);
  const whole = (minor: number): string => {
    if (decimals === 0 && minor >= 0) return String(minor);
    if (fractions === null || minor < 0) return formatMinorUnits(minor, currency);
    const major = Math.floor(minor / units);
    return major + fractions[minor - major * units]!;
  };
  return {
    whole,
    exact: (n, d) => {
      if (n % d === 0) return whole(n / d);
      // A percentage of a price ends within a few decimals more; of a negative amount the sign belongs before it.
      if (fractions !== null && n > 0 && n <= MORE_DECIMALS_MAX) {
        for (let more = 1, scale = 10; more <= 3; more++, scale *= 10) {
          if ((n * scale) % d !== 0) continue;
          const scaled = (n * scale) / d;
          const minor = Math.floor(scaled / scale);
          return whole(minor) + String(scaled - minor * scale).padStart(more, '0');
        }
      }
      return formatExact({ n: BigInt(n), d: BigInt(d) }, currency);
    },
  };
}
