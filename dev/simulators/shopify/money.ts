/**
 * Money inside the simulator: integer minor units of the shop's currency, printed as Shopify prints them.
 *
 * - The `Money` scalar (variant price, compareAtPrice) has exactly the currency's decimals: "12.50", JPY "1880".
 * - `MoneyV2.amount` is a `Decimal`: no trailing zeros, at least one decimal ("12.5", "10.0", JPY "1880.0").
 *   Both are seen in Shopify's own examples; a reader must therefore compare values, not strings.
 * - More decimals than the currency has are rounded half up (not documented by Shopify; a stated assumption).
 */

// ISO 4217: currencies whose minor unit is not 1/100.
const NO_DECIMALS = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' ');
const THREE_DECIMALS = 'BHD IQD JOD KWD LYD OMR TND'.split(' ');

/** Decimals of a currency after ISO 4217: JPY 0, KWD 3, otherwise 2. */
export function currencyDecimals(currencyCode: string): number {
  if (NO_DECIMALS.includes(currencyCode)) return 0;
  return THREE_DECIMALS.includes(currencyCode) ? 3 : 2;
}

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d*))?$/;

/** Parses a plain decimal string into minor units; null when it is not a number or too large to hold exactly. */
export function parseMoney(text: string, decimals: number): number | null {
  const match = DECIMAL.exec(text.trim());
  if (!match) return null;
  const fraction = match[3] ?? '';
  let minor = BigInt(`${match[2]}${fraction.slice(0, decimals).padEnd(decimals, '0')}`);
  if (fraction.charCodeAt(decimals) >= 53) minor += 1n; // half up on the first dropped digit ('5' is 53)
  if (minor > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  return match[1] === '-' ? -Number(minor) : Number(minor);
}

/** Minor units as the `Money` scalar prints them. */
export function formatMoney(minor: number, decimals: number): string {
  if (decimals === 0) return String(minor);
  const digits = String(Math.abs(minor)).padStart(decimals + 1, '0');
  return `${minor < 0 ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** Minor units as `MoneyV2.amount` prints them. */
export function formatDecimal(minor: number, decimals: number): string {
  const text = formatMoney(minor, decimals);
  if (!text.includes('.')) return `${text}.0`;
  return text.replace(/0+$/, '').replace(/\.$/, '.0');
}
