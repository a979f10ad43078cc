import type { ReferenceCalendar } from './calendar.ts';
import { lowestBefore, priceBefore, reductionSince } from './lowest-price.ts';
import type { KnownPrices, LowestPrice } from './lowest-price.ts';

/** What a merchant should know of a strike-through before it shows; also the codes of a row's warnings. */
export const REFERENCE_WARNINGS = ['reference_above_lowest30', 'insufficient_history'] as const;
export type ReferenceWarning = (typeof REFERENCE_WARNINGS)[number];

/** A price that shall show beside a higher compare-at price from `start` on. Minor units; milliseconds since the epoch. */
export interface StrikeThrough {
  readonly price: bigint;
  readonly compareAt: bigint;
  readonly start: number;
}

export interface StrikeThroughVerdict {
  /** Null: the compare-at price is at most the reference price. */
  readonly warning: ReferenceWarning | null;
  /** The time whose lowest price decided. */
  readonly reference: LowestPrice;
  /** When the reduction that shows already began, where the time before it is the one that decided. */
  readonly reductionSince: number | null;
  /** With a warning: the first moment of the first day on which the strike-through would be lawful, if the price of now stays until then; null where no day is. */
  readonly earliest: number | null;
}

/**
 * Judges a strike-through by article 6a of directive 98/6/EC: the prior price that an announced reduction names is the lowest of at
 * least 30 days before it. A compare-at price at or below that is lawful. While a reduction only grows, the 30 days before its
 * beginning count as well (6a(5), for the member states that took it up). What the directive leaves to member states, perishable
 * goods and shorter times for new goods among it, is in docs/decisions.
 */
export function judgeStrikeThrough(known: KnownPrices, { price, compareAt, start }: StrikeThrough, calendar: ReferenceCalendar): StrikeThroughVerdict {
  const plain = lowestBefore(known, start, calendar);
  const lawful = (reference: LowestPrice): boolean => reference.complete && reference.lowest !== null && compareAt <= reference.lowest;
  if (lawful(plain)) return { warning: null, reference: plain, reductionSince: null, earliest: null };
  const shown = priceBefore(known, start);
  const since = shown !== null && price <= shown ? reductionSince(known, start) : null;
  const before = since === null ? null : lowestBefore(known, since, calendar);
  if (before !== null && lawful(before)) return { warning: null, reference: before, reductionSince: since, earliest: null };

  const earliest = earliestLawful(known, plain, compareAt, start, calendar);
  // Of a reduction that showed before we knew the variant, nobody can say what it was reduced from.
  const beginningUnknown = before !== null && !before.complete && !plain.complete;
  const above = plain.lowest !== null && compareAt > plain.lowest && !beginningUnknown;
  if (above || plain.complete) {
    const byReduction = before !== null && before.complete && before.lowest !== null && plain.lowest !== null && before.lowest > plain.lowest;
    return { warning: 'reference_above_lowest30', reference: byReduction ? before : plain, reductionSince: byReduction ? since : null, earliest };
  }
  return { warning: 'insufficient_history', reference: plain, reductionSince: null, earliest };
}

/** The lowest price of the 30 days before `start` as the base of a rule: of a running reduction, of the days before it began; null where it is not known. */
export interface Lowest30Days {
  readonly value: bigint | null;
  readonly reference: LowestPrice;
  readonly reductionSince: number | null;
}

export function lowest30Days(known: KnownPrices, start: number, calendar: ReferenceCalendar): Lowest30Days {
  const since = reductionSince(known, start);
  if (since !== null) {
    const before = lowestBefore(known, since, calendar);
    if (before.complete && before.lowest !== null) return { value: before.lowest, reference: before, reductionSince: since };
  }
  const plain = lowestBefore(known, start, calendar);
  return { value: plain.complete ? plain.lowest : null, reference: plain, reductionSince: null };
}

/** A start later than `start`: every lower price must have ended before its 30 days, and all of them must be known. */
function earliestLawful({ points }: KnownPrices, plain: LowestPrice, compareAt: bigint, start: number, calendar: ReferenceCalendar): number | null {
  if (plain.knownSince === null) return null;
  let after = plain.complete ? -Infinity : plain.knownSince;
  for (const { price, from, to } of points) {
    if (price >= compareAt || from >= start || (to !== null && to <= from)) continue;
    if (to === null) return null;
    after = Math.max(after, to);
  }
  return after === -Infinity ? null : calendar.earliestStart(after);
}
