import type { ReferenceCalendar } from './calendar.ts';

/** One price that a variant showed. Amounts are minor units, times milliseconds since the epoch; `to` is null where it still shows. */
export interface ShownPrice {
  readonly price: bigint;
  readonly compareAt: bigint | null;
  readonly from: number;
  readonly to: number | null;
}

/** What is known of a variant's prices in one market, oldest first; a superset of the time that is asked for does no harm. */
export interface KnownPrices {
  readonly points: readonly ShownPrice[];
  /** When the shop made the product (milliseconds), or null where nobody said. */
  readonly onMarketSince: number | null;
}

/** A time in which nobody told us of prices: the app was not there. `to` is null where that has not ended. */
export interface Unwatched {
  readonly from: number;
  readonly to: number | null;
}

/** Prices without the times in which nobody saw them: what showed before such a time and after it was not known to show meanwhile. */
export function withoutUnwatched(points: readonly ShownPrice[], unwatched: readonly Unwatched[]): readonly ShownPrice[] {
  return unwatched.reduce<readonly ShownPrice[]>((known, gap) => known.flatMap((point) => {
    const over = (point.to === null || point.to > gap.from) && (gap.to === null || point.from < gap.to);
    if (!over) return [point];
    return [
      ...(point.from < gap.from ? [{ ...point, to: gap.from }] : []),
      ...(gap.to !== null && (point.to === null || point.to > gap.to) ? [{ ...point, from: Math.max(point.from, gap.to) }] : []),
    ];
  }), points);
}

/** The lowest price of the 30 days before an instant, and how much of them is known. */
export interface LowestPrice {
  /** Of the part that is known; null where nothing of it is. */
  readonly lowest: bigint | null;
  /** When that price was first shown inside the window; null with `lowest`. */
  readonly lowestAt: number | null;
  readonly from: number;
  readonly until: number;
  /** Since when every price up to `until` is known without a gap; null where the price just before `until` is not. */
  readonly knownSince: number | null;
  readonly daysKnown: number;
  /** Whether `lowest` is the lowest of the whole time that counts: 30 days, or since the product came onto the market. */
  readonly complete: boolean;
  /** Complete only because the product is younger than 30 days. */
  readonly newOnMarket: boolean;
}

/** How long after a product was made we may have seen it first and still know its prices since it was: webhooks come late, and a reconcile once a day. */
const FIRST_SIGHT_MS = 86_400_000;
const DAY_MS = 86_400_000;

/**
 * The lowest price shown in the 30 days before `until` (directive 98/6/EC, article 6a(2)), a price that was shown on any part of
 * them included. The price that shows now is taken to stay until then. Known time is counted back from `until` to the first gap:
 * what lies behind a gap lowers the lowest price, but does not make it complete. A product younger than 30 days is complete where
 * we know it since it was made (article 6a(4) lets member states take the shorter time).
 */
export function lowestBefore({ points, onMarketSince }: KnownPrices, until: number, calendar: ReferenceCalendar): LowestPrice {
  const from = calendar.windowStart(until);
  let lowest: bigint | null = null;
  let lowestAt: number | null = null;
  let knownSince: number | null = null;
  let edge = until;
  for (let i = points.length - 1; i >= 0; i--) {
    const point = points[i]!;
    const end = point.to ?? Infinity;
    if (point.from >= until || end <= point.from) continue;
    if (end >= edge) {
      edge = Math.min(edge, point.from);
      knownSince = edge;
    }
    if (end <= from) continue;
    if (lowest === null || point.price <= lowest) {
      lowest = point.price;
      lowestAt = Math.max(point.from, from);
    }
  }
  const whole = knownSince !== null && knownSince <= from;
  const newOnMarket = !whole && knownSince !== null && onMarketSince !== null && onMarketSince > from && knownSince <= onMarketSince + FIRST_SIGHT_MS;
  return {
    lowest, lowestAt, from, until, knownSince, newOnMarket, complete: whole || newOnMarket,
    daysKnown: knownSince === null ? 0 : Math.floor((until - Math.max(knownSince, from)) / DAY_MS),
  };
}

/**
 * When the reduction that shows just before `until` began, if the variant has shown a compare-at price above its price ever since,
 * without a gap and without its price rising in between; null where none shows. The time before it is what article 6a(5) lets
 * member states refer to while a reduction only grows.
 */
export function reductionSince({ points }: KnownPrices, until: number): number | null {
  let since: number | null = null;
  let price = 0n;
  for (let i = points.length - 1; i >= 0; i--) {
    const point = points[i]!;
    const end = point.to ?? Infinity;
    if (point.from >= until || end <= point.from) continue;
    const follows = since === null ? end >= until : end >= since && point.price >= price;
    if (!follows || point.compareAt === null || point.compareAt <= point.price) break;
    since = point.from;
    price = point.price;
  }
  return since;
}

/** The price that shows just before `until`; null where it is not known. */
export function priceBefore({ points }: KnownPrices, until: number): bigint | null {
  for (let i = points.length - 1; i >= 0; i--) {
    const point = points[i]!;
    const end = point.to ?? Infinity;
    if (point.from < until && end > point.from) return end >= until ? point.price : null;
  }
  return null;
}
