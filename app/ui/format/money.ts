/** Money as it comes in resources: a decimal string with the currency's decimals, and the ISO 4217 code. */
export interface MoneyText {
  readonly amount: string;
  readonly currencyCode: string;
}

const formats = new Map<string, Intl.NumberFormat>();

function currencyFormat(currencyCode: string, decimals: number): Intl.NumberFormat {
  const key = `${currencyCode}/${decimals}`;
  let format = formats.get(key);
  if (!format) {
    // A fixed locale: the server and the browser must write the same text.
    format = new Intl.NumberFormat('en-US', {
      style: 'currency',
      currency: currencyCode,
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    formats.set(key, format);
  }
  return format;
}

/** Number of decimals that a decimal string has. */
export function decimalsOf(amount: string): number {
  const point = amount.indexOf('.');
  return point < 0 ? 0 : amount.length - point - 1;
}

/** `$1,234.50`. Digits are those of the amount's own text: nothing passes through a float. */
export function formatMoney(money: MoneyText): string {
  const format = currencyFormat(money.currencyCode, decimalsOf(money.amount));
  return format.format(money.amount as Intl.StringNumericLiteral);
}

/** The amount in its smallest shown unit, at `decimals` places. */
function scaled(amount: string, decimals: number): bigint {
  const negative = amount.startsWith('-');
  const [whole = '0', fraction = ''] = (negative ? amount.slice(1) : amount).split('.');
  const value = BigInt(whole + fraction.padEnd(decimals, '0'));
  return negative ? -value : value;
}

/** −1, 0 or 1 as `a` is less than, equal to or more than `b`, both decimal strings. */
export function compareDecimals(a: string, b: string): -1 | 0 | 1 {
  const decimals = Math.max(decimalsOf(a), decimalsOf(b));
  const [left, right] = [scaled(a, decimals), scaled(b, decimals)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * Change from `before` to `after` in percent with one decimal, half away from zero: `"-15.0"`.
 * Null where `before` is zero: there is no percentage of nothing.
 */
export function percentChange(before: string, after: string): string | null {
  const decimals = Math.max(decimalsOf(before), decimalsOf(after));
  const [from, to] = [scaled(before, decimals), scaled(after, decimals)];
  if (from === 0n) return null;
  const numerator = (to - from) * 1000n;
  const [size, base] = [numerator < 0n ? -numerator : numerator, from < 0n ? -from : from];
  const tenths = (size * 2n + base) / (base * 2n);
  const sign = tenths !== 0n && numerator < 0n !== from < 0n ? '-' : '';
  return `${sign}${tenths / 10n}.${tenths % 10n}`;
}

/** `+3.2%`, `−15%`, `0%`: a signed percentage from a decimal string, without a trailing `.0`. */
export function formatSignedPercent(percent: string): string {
  const text = percent.includes('.') ? percent.replace(/\.?0+$/, '') : percent;
  if (text.startsWith('-')) return `−${text.slice(1)}%`;
  return /^0*$/.test(text) ? '0%' : `+${text}%`;
}

/** `38.5%`, `45.0%`: one decimal always, half away from zero, so that a column of them lines up. */
export function formatMargin(percent: string): string {
  const tenths = Math.round(Math.abs(Number(percent)) * 10);
  return `${percent.startsWith('-') && tenths > 0 ? '−' : ''}${(tenths / 10).toFixed(1)}%`;
}

/** `38.5%` from a decimal string. */
export function formatPercent(percent: string): string {
  const text = percent.includes('.') ? percent.replace(/\.?0+$/, '') : percent;
  return `${text.replace('-', '−')}%`;
}
