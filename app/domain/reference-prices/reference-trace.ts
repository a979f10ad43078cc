import { formatMinorUnits } from '../kernel/money.ts';
import type { CurrencyCode } from '../kernel/currency.ts';
import type { ReferenceCalendar } from './calendar.ts';
import type { LowestPrice } from './lowest-price.ts';
import type { ReferenceWarning } from './strike-through.ts';

/**
 * What the lowest price of 30 days said about a row, as it is kept with the row's trace. Days are local dates of the shop
 * (`2026-11-22`), amounts decimal strings; `until` is the day of the start, or of the reduction that already ran (`reductionSince`).
 */
export interface ReferenceTrace {
  readonly code: 'reference';
  /** A base of the rule, or the judgement of a strike-through. */
  readonly use: 'base' | 'strikeThrough';
  readonly decided: 'ok' | ReferenceWarning;
  readonly compareAt: string | null;
  readonly lowest: string | null;
  readonly lowestOn: string | null;
  readonly from: string;
  readonly until: string;
  readonly knownSince: string | null;
  readonly daysKnown: number;
  readonly reductionSince: string | null;
  readonly newOnMarket: boolean;
  readonly earliest: string | null;
}

/** Order of a stored step's members behind its letter; stored data, only ever added to at the end. */
export const REFERENCE_LAYOUT = [
  'use', 'decided', 'compareAt', 'lowest', 'lowestOn', 'from', 'until', 'knownSince', 'daysKnown', 'reductionSince', 'newOnMarket', 'earliest',
] as const satisfies readonly (keyof ReferenceTrace)[];

/** Written by hand as the other steps are; no member has a character that JSON escapes. */
export function encodeReference(step: ReferenceTrace): string {
  const plain = (text: string | null): string => (text === null ? 'null' : `"${text}"`);
  return `["h","${step.use}","${step.decided}",${plain(step.compareAt)},${plain(step.lowest)},${plain(step.lowestOn)},"${step.from}","${step.until}",${plain(step.knownSince)},${step.daysKnown},${plain(step.reductionSince)},${step.newOnMarket},${plain(step.earliest)}]`;
}

export function referenceTrace(
  found: { use: ReferenceTrace['use']; decided: ReferenceTrace['decided']; compareAt: bigint | null; reference: LowestPrice; reductionSince: number | null; earliest: number | null },
  currency: CurrencyCode, calendar: ReferenceCalendar,
): ReferenceTrace {
  const { reference } = found;
  const amount = (minor: bigint | null): string | null => (minor === null ? null : formatMinorUnits(minor, currency));
  const day = (at: number | null): string | null => (at === null ? null : calendar.dayOf(at));
  return {
    code: 'reference', use: found.use, decided: found.decided, compareAt: amount(found.compareAt), lowest: amount(reference.lowest), lowestOn: day(reference.lowestAt),
    from: calendar.dayOf(reference.from), until: calendar.dayOf(reference.until), knownSince: day(reference.knownSince), daysKnown: reference.daysKnown,
    reductionSince: day(found.reductionSince), newOnMarket: reference.newOnMarket, earliest: day(found.earliest),
  };
}
