import type { CurrencyCode } from '../kernel/currency.ts';
import type { Transform } from '../rules/rule.ts';
import { referenceCalendar } from './calendar.ts';
import type { ReferenceCalendar } from './calendar.ts';
import type { KnownPrices } from './lowest-price.ts';
import { referenceTrace } from './reference-trace.ts';
import type { ReferenceTrace } from './reference-trace.ts';
import { judgeStrikeThrough, lowest30Days } from './strike-through.ts';
import type { Lowest30Days, ReferenceWarning } from './strike-through.ts';

/** What a plan says about its strike-throughs, in numbers. */
export interface ReferenceSummary {
  /** The day that prices were judged for, and the zone its days are of. */
  readonly startDay: string;
  readonly timeZone: string;
  /** Planned rows that show a compare-at price above their price. */
  readonly strikeThroughs: number;
  readonly aboveLowest: number;
  readonly insufficientHistory: number;
  /** The first day on which every row with a warning would be lawful; null where none has a warning, or some have no such day. */
  readonly earliestLawfulStart: string | null;
  /** Rows with a warning that no later start helps while their price stays as it is. */
  readonly withoutLawfulStart: number;
}

const NOTHING_KNOWN: KnownPrices = { points: [], onMarketSince: null };

/** Asks a rule's rows for the lowest price of 30 days where they need it, and adds up what it said. One for each plan. */
export class RowReferences {
  /** When the reduction is announced: the start of the plan. Milliseconds. */
  readonly start: number;
  /** From when on prices have to be known. */
  readonly from: number;
  readonly isBase: boolean;
  readonly #mode: 'keep' | 'clear' | 'set' | 'sale';
  readonly #timeZone: string;
  readonly #calendar: ReferenceCalendar;
  readonly #currency: CurrencyCode;
  #strikeThroughs = 0;
  #above = 0;
  #insufficient = 0;
  #never = 0;
  #earliest: number | null = null;

  constructor(transform: Transform, { start, timeZone, currency }: { start: number; timeZone: string; currency: CurrencyCode }) {
    this.start = start;
    this.#timeZone = timeZone;
    this.#calendar = referenceCalendar(timeZone);
    this.#currency = currency;
    this.from = this.#calendar.windowStart(start);
    this.isBase = transform.base === 'lowest30Days';
    this.#mode = transform.compareAt?.mode ?? 'keep';
  }

  /** Whether the row's prices of the past can matter; those of the others need not be read. */
  needs(row: { readonly compareAt: bigint | null; readonly baselinePrice: bigint | null; readonly baselineCompareAt: bigint | null }): boolean {
    if (this.isBase || this.#mode === 'set' || this.#mode === 'sale') return true;
    return this.#mode === 'keep' && (row.baselinePrice === null ? row.compareAt : row.baselineCompareAt) !== null;
  }

  /** The base of the row and what says where it is from; null where the rule has another base. */
  base(known: KnownPrices | undefined): (Lowest30Days & { readonly step: ReferenceTrace }) | null {
    if (!this.isBase) return null;
    const lowest = lowest30Days(known ?? NOTHING_KNOWN, this.start, this.#calendar);
    return { ...lowest, step: this.#step({ use: 'base', decided: lowest.value === null ? 'insufficient_history' : 'ok', compareAt: null, earliest: null, ...lowest }) };
  }

  /** Judges a planned row that shows a strike-through and counts it; null for every other row. */
  judge(row: { readonly outcome: string; readonly price: bigint | null; readonly compareAt: bigint | null }, known: KnownPrices | undefined): { readonly warning: ReferenceWarning | null; readonly step: ReferenceTrace } | null {
    const { outcome, price, compareAt } = row;
    if (outcome !== 'planned' || price === null || compareAt === null || compareAt <= price) return null;
    const verdict = judgeStrikeThrough(known ?? NOTHING_KNOWN, { price, compareAt, start: this.start }, this.#calendar);
    this.#strikeThroughs++;
    if (verdict.warning !== null) {
      if (verdict.warning === 'insufficient_history') this.#insufficient++;
      else this.#above++;
      if (verdict.earliest === null) this.#never++;
      else this.#earliest = Math.max(this.#earliest ?? verdict.earliest, verdict.earliest);
    }
    return { warning: verdict.warning, step: this.#step({ use: 'strikeThrough', decided: verdict.warning ?? 'ok', compareAt, ...verdict }) };
  }

  /** Null where the plan shows no strike-through. */
  summary(): ReferenceSummary | null {
    if (this.#strikeThroughs === 0) return null;
    return {
      startDay: this.#calendar.dayOf(this.start), timeZone: this.#timeZone, strikeThroughs: this.#strikeThroughs, aboveLowest: this.#above, insufficientHistory: this.#insufficient,
      earliestLawfulStart: this.#never > 0 || this.#earliest === null ? null : this.#calendar.dayOf(this.#earliest), withoutLawfulStart: this.#never,
    };
  }

  #step(found: Parameters<typeof referenceTrace>[0]): ReferenceTrace {
    return referenceTrace(found, this.#currency, this.#calendar);
  }
}
