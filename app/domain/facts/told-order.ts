import { payloadRef } from '../catalog/webhook-payload.ts';
import { isCurrencyCode } from '../kernel/currency.ts';
import type { CurrencyCode } from '../kernel/currency.ts';
import { parseMoney } from '../kernel/money.ts';
import { ok, problem } from '../kernel/result.ts';
import type { Result } from '../kernel/result.ts';

/** What one variant sold in an order: pieces, and what they brought after discounts, in minor units of the order's currency. */
export interface SoldLine {
  readonly variantRef: bigint;
  readonly units: number;
  readonly revenue: bigint;
}

/** An order as far as it is a sales fact. Nothing in it is about the customer. */
export interface ToldOrder {
  readonly ref: bigint;
  readonly orderedAt: Date;
  readonly currency: CurrencyCode;
  /** Test orders and orders that were cancelled before they were told are no sales. */
  readonly counts: boolean;
  /** One line a variant; lines without a variant (tips, custom items) are left out. */
  readonly lines: readonly SoldLine[];
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const pick = (from: Json, keys: readonly string[]): Json => Object.fromEntries(keys.filter((key) => key in from).map((key) => [key, from[key]]));

/** No order has more pieces of one line; what says so is no order. */
const UNITS_MAX = 1_000_000;

/**
 * The part of an orders/create payload that is read here and nothing else: an order names its customer in many places, and
 * what is not kept needs no protecting. What is no object stays as it is.
 */
export function withoutCustomer(payload: unknown): unknown {
  if (!isObject(payload)) return null;
  return {
    ...pick(payload, ['id', 'admin_graphql_api_id', 'created_at', 'currency', 'test', 'cancelled_at']),
    line_items: list(payload.line_items).map((line) => ({
      ...pick(line, ['variant_id', 'quantity', 'price']),
      discount_allocations: list(line.discount_allocations).map((allocation) => pick(allocation, ['amount'])),
    })),
  };
}

/**
 * Reads orders/create (Shopify's REST resource Order: `price` and `discount_allocations[].amount` are in the shop's currency,
 * which `currency` names). Refunds come later and by other webhooks: units are those ordered.
 * Errors: invalid `malformed_payload` naming what is wrong.
 */
export function readOrderPayload(payload: unknown): Result<ToldOrder> {
  const bad = (detail: string): Result<never> => problem('invalid', 'malformed_payload', detail);
  const ref = payloadRef(payload);
  if (!isObject(payload) || ref === null) return bad('The order has no id.');
  const { currency, created_at: createdAt } = payload;
  const orderedAt = typeof createdAt === 'string' ? Date.parse(createdAt) : Number.NaN;
  if (Number.isNaN(orderedAt)) return bad('The order has no time.');
  if (!isCurrencyCode(currency)) return bad('The order has no currency.');
  if (!Array.isArray(payload.line_items)) return bad('The order has no lines.');
  const sold = new Map<bigint, { units: number; revenue: bigint }>();
  for (const line of list(payload.line_items)) {
    const variantRef = payloadRef({ id: line.variant_id });
    const units = line.quantity;
    if (variantRef === null || units === 0) continue;
    if (typeof units !== 'number' || !Number.isInteger(units) || units < 0 || units > UNITS_MAX) return bad(`A line of variant ${variantRef} has no quantity.`);
    const revenue = revenueOf(line, units, currency);
    if (revenue === null) return bad(`A line of variant ${variantRef} has an amount that is none of ${currency}.`);
    const so = sold.get(variantRef) ?? { units: 0, revenue: 0n };
    sold.set(variantRef, { units: so.units + units, revenue: so.revenue + revenue });
  }
  return ok({
    ref, orderedAt: new Date(orderedAt), currency, counts: payload.test !== true && (payload.cancelled_at ?? null) === null,
    lines: [...sold].map(([variantRef, line]) => ({ variantRef, ...line })),
  });
}

/** Price by quantity less what the order's discounts took off this line; never less than nothing. */
function revenueOf(line: Json, units: number, currency: CurrencyCode): bigint | null {
  let revenue = 0n;
  for (const [value, times] of [[line.price, BigInt(units)], ...list(line.discount_allocations).map(({ amount }) => [amount, -1n])] as [unknown, bigint][]) {
    const amount = typeof value === 'string' ? parseMoney(value, currency) : null;
    if (!amount?.ok) return null;
    revenue += amount.value * times;
  }
  return revenue < 0n ? 0n : revenue;
}
