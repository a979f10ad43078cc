import { minorNumber } from '../kernel/minor-number.ts';
import type { Rational } from '../kernel/rational.ts';

/**
 * A quantity as the engine reads it. Money is in minor units of the rule's currency; other numbers are as they are.
 * A `number` is a safe integer, the common case of a catalog row and the quick one; a `Rational` is anything else
 * (more decimals than the currency, a score of 0.87, more than 2^53 minor units).
 */
export type Amount = number | Rational;

/**
 * What a rule can see of one variant. Null is a missing value. Text is as the shop wrote it: comparing folds it.
 * Build it with `makeFacts`, so that every row has the same hidden class.
 */
export interface Facts {
  readonly productTitle: string | null;
  readonly productHandle: string | null;
  readonly productVendor: string | null;
  readonly productType: string | null;
  readonly productStatus: string | null;
  readonly productTags: readonly string[] | null;
  /** Handles. */
  readonly productCollections: readonly string[] | null;
  /** Times are microseconds since the epoch (`parseInstant`). */
  readonly productCreatedAt: number | null;
  readonly productPublishedAt: number | null;
  readonly variantUpdatedAt: number | null;
  readonly variantTitle: string | null;
  readonly sku: string | null;
  readonly barcode: string | null;
  /** O */
  readonly price: Amount | null;
  /** C */
  readonly compareAtPrice: Amount | null;
  /** K */
  readonly cost: Amount | null;
  readonly mapPrice: Amount | null;
  /** The price outside every running campaign. */
  readonly baselinePrice: Amount | null;
  readonly lowest30Days: Amount | null;
  readonly inventoryQuantity: Amount | null;
  /** Option name → value. */
  readonly options: Readonly<Record<string, string | null>> | null;
  readonly competitorLowest: Amount | null;
  readonly competitorMedian: Amount | null;
  readonly competitorHighest: Amount | null;
  readonly competitorCount: Amount | null;
  readonly amazonPrice: Amount | null;
  /** Score name → value. */
  readonly scores: Readonly<Record<string, Amount | null>> | null;
}

/** Facts with everything that is not given missing. */
export function makeFacts(known: Partial<Facts>): Facts {
  return {
    productTitle: known.productTitle ?? null,
    productHandle: known.productHandle ?? null,
    productVendor: known.productVendor ?? null,
    productType: known.productType ?? null,
    productStatus: known.productStatus ?? null,
    productTags: known.productTags ?? null,
    productCollections: known.productCollections ?? null,
    productCreatedAt: known.productCreatedAt ?? null,
    productPublishedAt: known.productPublishedAt ?? null,
    variantUpdatedAt: known.variantUpdatedAt ?? null,
    variantTitle: known.variantTitle ?? null,
    sku: known.sku ?? null,
    barcode: known.barcode ?? null,
    price: known.price ?? null,
    compareAtPrice: known.compareAtPrice ?? null,
    cost: known.cost ?? null,
    mapPrice: known.mapPrice ?? null,
    baselinePrice: known.baselinePrice ?? null,
    lowest30Days: known.lowest30Days ?? null,
    inventoryQuantity: known.inventoryQuantity ?? null,
    options: known.options ?? null,
    competitorLowest: known.competitorLowest ?? null,
    competitorMedian: known.competitorMedian ?? null,
    competitorHighest: known.competitorHighest ?? null,
    competitorCount: known.competitorCount ?? null,
    amazonPrice: known.amazonPrice ?? null,
    scores: known.scores ?? null,
  };
}

/** An exact value as an Amount: a number where it is a safe integer. */
export function toAmount(value: Rational): Amount {
  if (value.d !== 1n && value.n % value.d !== 0n) return value;
  const whole = value.d === 1n ? value.n : value.n / value.d;
  return isSafe(whole) ? Number(whole) : { n: whole, d: 1n };
}

/** Minor units as a database column has them (bigint, or null for SQL NULL) as an Amount. */
export function amountOfMinorUnits(minor: bigint | null): Amount | null {
  if (minor === null) return null;
  const number = minorNumber(minor);
  return number <= Number.MAX_SAFE_INTEGER && number >= -Number.MAX_SAFE_INTEGER ? number : { n: minor, d: 1n };
}

export function toRational(amount: Amount): Rational {
  return typeof amount === 'number' ? { n: BigInt(amount), d: 1n } : amount;
}

export function isSafe(value: bigint): boolean {
  return value <= 9_007_199_254_740_991n && value >= -9_007_199_254_740_991n;
}
