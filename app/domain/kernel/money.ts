import { type CurrencyCode, decimalsOf } from './currency.ts';
import { type Rational, reduce, roundHalfAwayFromZero } from './rational.ts';
import { type Result, ok, problem } from './result.ts';

/**
 * The one grammar of decimal strings, for money, percentages and counts: an optional minus, digits, and optionally a point
 * followed by digits. No plus sign, exponent, grouping or surrounding space. `schemas/` repeats it.
 */
export const DECIMAL_PATTERN = '^-?[0-9]+(\\.[0-9]+)?$';
/** Longer strings are refused, so that no input makes arithmetic slow. */
export const DECIMAL_MAX_LENGTH = 40;

const DECIMAL = new RegExp(DECIMAL_PATTERN);

/** Below this, three more decimals still fit a safe integer. */
const QUICK_MAX = 9_007_199_254_740;

const POWERS_OF_TEN: readonly bigint[] = Array.from({ length: 128 }, (_, exponent) => 10n ** BigInt(exponent));

/** 10^exponent, shared where it is small. */
export function powerOfTen(exponent: number): bigint {
  return POWERS_OF_TEN[exponent] ?? 10n ** BigInt(exponent);
}

export function isDecimal(value: unknown): value is string {
  return typeof value === 'string' && value.length <= DECIMAL_MAX_LENGTH && DECIMAL.test(value);
}

/** The exact value of a decimal string, or null where it is none. `"12.50"` → 1250/100. */
export function parseDecimal(text: string): Rational | null {
  if (!isDecimal(text)) return null;
  const point = text.indexOf('.');
  if (point < 0) return { n: BigInt(text), d: 1n };
  const fraction = text.length - point - 1;
  return { n: BigInt(text.slice(0, point) + text.slice(point + 1)), d: powerOfTen(fraction) };
}

/** A value in major units (dollars) as a value in minor units (cents); still exact, so it may have a fraction. */
export function inMinorUnits(major: Rational, currency: CurrencyCode): Rational {
  const scale = powerOfTen(decimalsOf(currency));
  return major.d === scale ? { n: major.n, d: 1n } : { n: major.n * scale, d: major.d };
}

/**
 * A decimal string as whole minor units: `"12.50"` USD → 1250n. Zeros behind the currency's decimals are fine.
 * Errors: invalid `malformed_amount` (not a decimal string), `too_many_decimals` (the currency cannot express it).
 */
export function parseMoney(text: string, currency: CurrencyCode): Result<bigint> {
  const major = parseDecimal(text);
  if (major === null) {
    return problem('invalid', 'malformed_amount', `An amount is a decimal string such as "12.50", not ${JSON.stringify(text)}.`);
  }
  const minor = inMinorUnits(major, currency);
  if (minor.n % minor.d !== 0n) {
    return problem('invalid', 'too_many_decimals', `${currency} has ${decimalsOf(currency)} decimals; ${text} needs more.`);
  }
  return ok(minor.n / minor.d);
}

/** Whole minor units as a decimal string with exactly the currency's decimals: 1250 USD → `"12.50"`, 1880 JPY → `"1880"`. */
export function formatMinorUnits(minor: bigint | number, currency: CurrencyCode): string {
  // A number prints several times as fast as a bigint; one that is not safe rounds to something not safe.
  const number = Number(minor);
  return withDecimals(Number.isSafeInteger(number) ? String(number) : minor.toString(), decimalsOf(currency));
}

/** An exact amount in minor units, rounded half away from zero to the currency's decimals. */
export function formatRounded(minor: Rational, currency: CurrencyCode): string {
  return formatMinorUnits(roundHalfAwayFromZero(minor.n, minor.d), currency);
}

/**
 * An exact amount in minor units as text that loses nothing: a decimal string with at least the currency's decimals
 * (`"20.40"`, `"19.995"`), or, where the decimals never end, a reduced fraction of major units (`"95/9"`).
 */
export function formatExact(minor: Rational, currency: CurrencyCode): string {
  if (minor.d === 1n) return formatMinorUnits(minor.n, currency);
  const decimals = decimalsOf(currency);
  const n = Number(minor.n);
  const d = Number(minor.d);
  if (n <= QUICK_MAX && n >= -QUICK_MAX && d <= QUICK_MAX) {
    for (let more = 0, scaled = n; more <= 3; more++, scaled *= 10) {
      if (scaled % d === 0) return withDecimals(String(scaled / d), decimals + more);
    }
  }
  // Nearly every value ends within a few decimals more, which long division finds without a greatest common divisor.
  let rest = minor.n % minor.d;
  for (let more = 0; more <= 8; more++) {
    if (rest === 0n) return withDecimals(((minor.n * powerOfTen(more)) / minor.d).toString(), decimals + more);
    rest = (rest * 10n) % minor.d;
  }
  return exactText(minor.n, minor.d * powerOfTen(decimals), decimals);
}

/** As formatExact, for plain numbers: no least number of decimals. */
export function formatNumber(value: Rational): string {
  return value.d === 1n ? value.n.toString() : exactText(value.n, value.d, 0);
}

/** The exact value of what formatExact or formatNumber wrote, in its own (major) units; null where it is neither. */
export function parseExact(text: string): Rational | null {
  const bar = text.indexOf('/');
  if (bar < 0) return parseUnbounded(text);
  const n = parseUnbounded(text.slice(0, bar));
  const d = parseUnbounded(text.slice(bar + 1));
  return n === null || d === null || d.n <= 0n ? null : { n: n.n * d.d, d: d.n * n.d };
}

function parseUnbounded(text: string): Rational | null {
  if (!DECIMAL.test(text)) return null;
  const point = text.indexOf('.');
  if (point < 0) return { n: BigInt(text), d: 1n };
  return { n: BigInt(text.slice(0, point) + text.slice(point + 1)), d: powerOfTen(text.length - point - 1) };
}

function exactText(n: bigint, d: bigint, leastDecimals: number): string {
  const small = reduce({ n, d });
  const decimals = decimalsThatEnd(small.d);
  if (decimals === null) return `${small.n}/${small.d}`;
  const shown = Math.max(decimals, leastDecimals);
  return withDecimals(((small.n * powerOfTen(shown)) / small.d).toString(), shown);
}

/** How many decimals a reduced fraction with this denominator needs, or null where they never end. */
function decimalsThatEnd(d: bigint): number | null {
  let twos = 0;
  let fives = 0;
  let rest = d;
  for (; rest % 2n === 0n; rest /= 2n) twos++;
  for (; rest % 5n === 0n; rest /= 5n) fives++;
  return rest === 1n ? Math.max(twos, fives) : null;
}

function withDecimals(digits: string, decimals: number): string {
  if (decimals === 0) return digits;
  const negative = digits.charCodeAt(0) === 45;
  const plain = negative ? digits.slice(1) : digits;
  const padded = plain.length > decimals ? plain : plain.padStart(decimals + 1, '0');
  const cut = padded.length - decimals;
  return `${negative ? '-' : ''}${padded.slice(0, cut)}.${padded.slice(cut)}`;
}
