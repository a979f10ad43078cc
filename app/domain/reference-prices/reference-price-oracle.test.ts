import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { referenceCalendar } from './calendar.ts';
import { lowestBefore } from './lowest-price.ts';
import type { KnownPrices, ShownPrice } from './lowest-price.ts';
import { judgeStrikeThrough } from './strike-through.ts';

const HOUR = 3_600_000;
const EPOCH = Date.parse('2026-01-01T00:00:00Z');
/** Both changes of the clocks lie in the time that is drawn from; in Santiago they fall on midnight. */
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'America/Santiago', 'Pacific/Auckland'];

interface Drawn {
  readonly known: KnownPrices;
  readonly zone: string;
  readonly start: number;
}

/** Steps of whole hours, some of no length, some that nobody knows of; the last one shows still, mostly. */
const drawn: fc.Arbitrary<Drawn> = fc.record({
  zone: fc.constantFrom(...ZONES),
  begin: fc.integer({ min: 0, max: 330 * 24 }),
  steps: fc.array(fc.record({ hours: fc.integer({ min: 0, max: 24 * 14 }), price: fc.integer({ min: 1, max: 6 }), sale: fc.boolean(), gap: fc.integer({ min: 0, max: 9 }).map((n) => (n === 0 ? 5 : 0)) }), { maxLength: 12 }),
  open: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
  more: fc.integer({ min: 1, max: 24 * 45 }),
  age: fc.option(fc.integer({ min: -60, max: 24 * 60 }), { nil: null }),
}).map(({ zone, begin, steps, open, more, age }) => {
  const points: ShownPrice[] = [];
  let at = EPOCH + begin * HOUR;
  steps.forEach(({ hours, price, sale, gap }, i) => {
    at += gap * HOUR;
    const last = i === steps.length - 1 && open;
    points.push({ price: BigInt(price), compareAt: sale ? 10n : null, from: at, to: last ? null : at + hours * HOUR });
    at += hours * HOUR;
  });
  const start = at + (open ? more : Math.min(more, 48)) * HOUR;
  return { known: { points, onMarketSince: age === null ? null : start - age * HOUR }, zone, start };
});

const calendars = new Map(ZONES.map((zone) => [zone, referenceCalendar(zone)]));
const formats = new Map(ZONES.map((zone) => [zone, new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' })]));
const dates = new Map<string, number>();

/** Number of the local day that an hour lies in. */
function localDay(zone: string, hour: number): number {
  const key = `${zone} ${hour}`;
  let day = dates.get(key);
  if (day === undefined) dates.set(key, (day = Date.parse(formats.get(zone)!.format(hour)) / 86_400_000));
  return day;
}

/** The days between two local dates, counted as a person would: one midnight after the other. */
const daysBack = (zone: string, hour: number, start: number): number => localDay(zone, start) - localDay(zone, hour);

/** The same question hour by hour: which price showed in each of them. */
function bruteForce({ known: { points, onMarketSince }, zone, start }: Drawn) {
  const shownIn = (hour: number): bigint | null => points.find(({ from, to }) => from <= hour && (to === null || to > hour))?.price ?? null;
  let lowest: bigint | null = null;
  let unbroken = true;
  let knownSince: number | null = null;
  let whole = true;
  for (let hour = start - HOUR; daysBack(zone, hour, start) <= 30; hour -= HOUR) {
    const price = shownIn(hour);
    if (price === null) {
      unbroken = false;
      whole = false;
    } else {
      if (unbroken) knownSince = hour;
      if (lowest === null || price < lowest) lowest = price;
    }
  }
  const young = onMarketSince !== null && daysBack(zone, onMarketSince, start) <= 30 && knownSince !== null && knownSince <= onMarketSince + 24 * HOUR;
  return { lowest, complete: whole || young };
}

describe('reference prices against hour after hour', () => {
  it('finds the same lowest price and the same completeness in every zone', () => {
    fc.assert(fc.property(drawn, (given) => {
      const found = lowestBefore(given.known, given.start, calendars.get(given.zone)!);
      const slow = bruteForce(given);
      expect(found.lowest).toBe(slow.lowest);
      // A product made within the very first moments of the window is old enough either way of counting.
      if (given.known.onMarketSince === null || Math.abs(given.known.onMarketSince - found.from) > 2 * HOUR) expect(found.complete).toBe(slow.complete);
    }), { numRuns: 400 });
  });

  it('never calls a strike-through lawful over a lower price of a time that is known, unless a reduction only grows', () => {
    fc.assert(fc.property(drawn, fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 10 }), (given, price, more) => {
      const compareAt = BigInt(price + more);
      const verdict = judgeStrikeThrough(given.known, { price: BigInt(price), compareAt, start: given.start }, calendars.get(given.zone)!);
      const slow = bruteForce(given);
      if (verdict.warning === null && verdict.reductionSince === null) expect(slow.complete && slow.lowest !== null && compareAt <= slow.lowest).toBe(true);
      if (verdict.warning === 'reference_above_lowest30') expect(slow.lowest !== null && compareAt > slow.lowest).toBe(true);
      if (verdict.warning === 'insufficient_history') expect(slow.complete).toBe(false);
    }), { numRuns: 400 });
  });

  it('suggests the first day on which the same strike-through is lawful', () => {
    fc.assert(fc.property(drawn, fc.integer({ min: 1, max: 6 }), (given, price) => {
      const calendar = calendars.get(given.zone)!;
      const judge = (start: number) => judgeStrikeThrough(given.known, { price: BigInt(price), compareAt: BigInt(price + 1), start }, calendar);
      const { warning, earliest } = judge(given.start);
      if (warning === null || earliest === null) return;
      expect(earliest).toBeGreaterThan(given.start);
      expect(judge(earliest).warning).toBeNull();
      const dayBefore = earliest - 12 * HOUR;
      if (dayBefore > given.start) expect(judge(dayBefore).warning).not.toBeNull();
    }), { numRuns: 400 });
  });
});
