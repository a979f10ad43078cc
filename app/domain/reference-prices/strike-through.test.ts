import { describe, expect, it } from 'vitest';
import { referenceCalendar } from './calendar.ts';
import type { KnownPrices, ShownPrice } from './lowest-price.ts';
import { lowestBefore, reductionSince, withoutUnwatched } from './lowest-price.ts';
import { judgeStrikeThrough, lowest30Days } from './strike-through.ts';

const utc = referenceCalendar('UTC');
const day = (text: string): number => Date.parse(`${text}T00:00:00Z`);
const START = day('2026-11-22');

/** `['2026-09-01', 100, 120]`: from that day on 100, beside a compare-at price of 120; each lasts until the next. */
type Step = readonly [from: string, price: number, compareAt?: number];

function history(steps: readonly Step[], onMarketSince: string | null = null): KnownPrices {
  const points = steps.map(([from, price, compareAt], i): ShownPrice => ({
    price: BigInt(price), compareAt: compareAt === undefined ? null : BigInt(compareAt), from: day(from), to: steps[i + 1] ? day(steps[i + 1]![0]) : null,
  }));
  return { points, onMarketSince: onMarketSince === null ? null : day(onMarketSince) };
}

const judge = (known: KnownPrices, price: number, compareAt: number, start = START) =>
  judgeStrikeThrough(known, { price: BigInt(price), compareAt: BigInt(compareAt), start }, utc);

describe('a time that nobody watched', () => {
  const { points } = history([['2026-09-01', 100], ['2026-11-05', 90]]);
  const spans = (...gaps: (readonly [string, string | null])[]) => withoutUnwatched(points, gaps.map(([from, to]) => ({ from: day(from), to: to === null ? null : day(to) })))
    .map(({ price, from, to }) => [Number(price), new Date(from).toISOString().slice(0, 10), to === null ? null : new Date(to).toISOString().slice(0, 10)]);

  it('cuts what showed before and after it', () => {
    expect(spans(['2026-10-01', '2026-10-10'])).toEqual([[100, '2026-09-01', '2026-10-01'], [100, '2026-10-10', '2026-11-05'], [90, '2026-11-05', null]]);
    expect(spans(['2026-11-01', '2026-11-08'])).toEqual([[100, '2026-09-01', '2026-11-01'], [90, '2026-11-08', null]]);
    expect(spans(['2026-08-01', '2026-09-05'], ['2026-11-10', null])).toEqual([[100, '2026-09-05', '2026-11-05'], [90, '2026-11-05', '2026-11-10']]);
    expect(spans(['2026-08-01', '2026-08-10'])).toHaveLength(2);
  });

  it('leaves the 30 days before a start without a whole history', () => {
    expect(judge({ points: withoutUnwatched(history([['2026-09-01', 100]]).points, [{ from: day('2026-11-01'), to: day('2026-11-10') }]), onMarketSince: null }, 80, 100))
      .toMatchObject({ warning: 'insufficient_history', earliest: day('2026-12-10') });
  });
});

describe('the lowest price of 30 days', () => {
  it('takes a low price in that lasted only a part of the first day', () => {
    const known = history([['2026-09-01', 100]]);
    const dip: ShownPrice[] = [
      { price: 100n, compareAt: null, from: day('2026-09-01'), to: Date.parse('2026-10-23T08:00:00Z') },
      { price: 60n, compareAt: null, from: Date.parse('2026-10-23T08:00:00Z'), to: Date.parse('2026-10-23T09:00:00Z') },
      { price: 100n, compareAt: null, from: Date.parse('2026-10-23T09:00:00Z'), to: null },
    ];
    expect(lowestBefore({ ...known, points: dip }, START, utc)).toMatchObject({ lowest: 60n, lowestAt: Date.parse('2026-10-23T08:00:00Z'), complete: true });
    expect(lowestBefore({ ...known, points: dip }, day('2026-11-23'), utc)).toMatchObject({ lowest: 100n });
  });

  it('leaves out a price that ended as its 30 days began, and one that never lasted', () => {
    const known = history([['2026-09-01', 80], ['2026-10-23', 100], ['2026-11-10', 50], ['2026-11-10', 100]]);
    expect(lowestBefore(known, START, utc)).toMatchObject({ lowest: 100n, knownSince: day('2026-09-01'), daysKnown: 30, complete: true });
  });

  it('says how many days are known when they are fewer, and is complete on the very day they are enough', () => {
    expect(lowestBefore(history([['2026-11-10', 100]]), START, utc)).toMatchObject({ lowest: 100n, complete: false, daysKnown: 12, knownSince: day('2026-11-10') });
    expect(lowestBefore(history([['2026-10-23', 100]]), START, utc)).toMatchObject({ complete: true, daysKnown: 30 });
    expect(lowestBefore(history([]), START, utc)).toMatchObject({ lowest: null, knownSince: null, complete: false, daysKnown: 0 });
  });

  it('counts what is known from the last gap on, and keeps the low price before it', () => {
    const gap: KnownPrices = { onMarketSince: null, points: [
      { price: 70n, compareAt: null, from: day('2026-08-01'), to: day('2026-11-01') },
      { price: 100n, compareAt: null, from: day('2026-11-03'), to: null },
    ] };
    expect(lowestBefore(gap, START, utc)).toMatchObject({ lowest: 70n, knownSince: day('2026-11-03'), complete: false });
  });

  it('is complete for a product that is younger than 30 days and known since it was made', () => {
    expect(lowestBefore(history([['2026-11-10', 100]], '2026-11-10'), START, utc)).toMatchObject({ complete: true, newOnMarket: true });
    expect(lowestBefore(history([['2026-11-14', 100]], '2026-11-10'), START, utc)).toMatchObject({ complete: false });
    // An old product that we came to know late stays unknown.
    expect(lowestBefore(history([['2026-11-10', 100]], '2025-01-01'), START, utc)).toMatchObject({ complete: false, newOnMarket: false });
  });

  it('takes the price of now to last until a start that is still to come', () => {
    const known = history([['2026-09-01', 80], ['2026-11-20', 100]]);
    expect(lowestBefore(known, day('2026-12-10'), utc)).toMatchObject({ lowest: 80n });
    expect(lowestBefore(known, day('2026-12-20'), utc)).toMatchObject({ lowest: 100n, complete: true });
  });
});

describe('a strike-through', () => {
  it('is lawful up to the lowest price of the 30 days before', () => {
    const known = history([['2026-09-01', 100]]);
    expect(judge(known, 80, 100)).toMatchObject({ warning: null });
    expect(judge(known, 80, 101)).toMatchObject({ warning: 'reference_above_lowest30', earliest: null });
  });

  it('is unlawful over a lower price of the last 30 days, until that is 30 days ago', () => {
    const known = history([['2026-09-01', 100], ['2026-11-01', 70], ['2026-11-05', 100]]);
    expect(judge(known, 80, 100)).toMatchObject({ warning: 'reference_above_lowest30', reference: { lowest: 70n }, earliest: day('2026-12-05') });
    expect(judge(known, 80, 100, day('2026-12-04'))).toMatchObject({ warning: 'reference_above_lowest30' });
    expect(judge(known, 80, 100, day('2026-12-05'))).toMatchObject({ warning: null });
  });

  it('has no lawful start while the price itself is below the compare-at price', () => {
    expect(judge(history([['2026-09-01', 100], ['2026-11-01', 90]]), 80, 100)).toMatchObject({ warning: 'reference_above_lowest30', earliest: null });
  });

  it('says so where too little is known, and from when on enough is', () => {
    expect(judge(history([['2026-11-10', 100]]), 80, 100)).toMatchObject({ warning: 'insufficient_history', earliest: day('2026-12-10') });
    expect(judge(history([]), 80, 100)).toMatchObject({ warning: 'insufficient_history', earliest: null });
    // What is known is enough to see that it would be unlawful.
    expect(judge(history([['2026-11-10', 100], ['2026-11-12', 95], ['2026-11-13', 100]]), 80, 100)).toMatchObject({ warning: 'reference_above_lowest30', earliest: day('2026-12-13') });
  });

  it('keeps the price from before the first reduction while the reduction only grows', () => {
    const known = history([['2026-08-01', 100], ['2026-10-01', 90, 100], ['2026-11-10', 80, 100]]);
    expect(reductionSince(known, START)).toBe(day('2026-10-01'));
    expect(judge(known, 70, 100)).toMatchObject({ warning: null, reductionSince: day('2026-10-01'), reference: { lowest: 100n, until: day('2026-10-01') } });
    // A higher price than the one that shows is no growing reduction.
    expect(judge(known, 85, 100)).toMatchObject({ warning: 'reference_above_lowest30' });
  });

  it('begins anew where the reduction was interrupted, or its price rose in between', () => {
    const paused = history([['2026-08-01', 100], ['2026-10-25', 90, 100], ['2026-11-08', 100], ['2026-11-10', 85, 100]]);
    expect(reductionSince(paused, START)).toBe(day('2026-11-10'));
    expect(judge(paused, 80, 100)).toMatchObject({ warning: 'reference_above_lowest30', reference: { lowest: 90n }, reductionSince: day('2026-11-10') });
    const rose = history([['2026-08-01', 100], ['2026-10-25', 70, 100], ['2026-11-10', 85, 100]]);
    expect(reductionSince(rose, START)).toBe(day('2026-11-10'));
    expect(judge(rose, 80, 100)).toMatchObject({ warning: 'reference_above_lowest30' });
  });

  it('says that the beginning of a reduction from before we knew the variant is not known', () => {
    expect(judge(history([['2026-11-10', 80, 100]]), 70, 100)).toMatchObject({ warning: 'insufficient_history' });
    // After 30 known days at that price the plain rule has an answer.
    expect(judge(history([['2026-09-10', 80, 100]]), 70, 100)).toMatchObject({ warning: 'reference_above_lowest30' });
    expect(judge(history([['2026-09-10', 80, 100]]), 70, 80)).toMatchObject({ warning: null });
  });
});

describe('the base lowest30Days', () => {
  it('is the lowest price before the start, or before the reduction that runs', () => {
    expect(lowest30Days(history([['2026-09-01', 100], ['2026-11-01', 70], ['2026-11-05', 100]]), START, utc).value).toBe(70n);
    expect(lowest30Days(history([['2026-08-01', 100], ['2026-11-01', 70, 100]]), START, utc)).toMatchObject({ value: 100n, reductionSince: day('2026-11-01') });
  });

  it('is missing with fewer than 30 days known, and there for a product that is younger', () => {
    expect(lowest30Days(history([['2026-11-10', 100]]), START, utc)).toMatchObject({ value: null, reference: { daysKnown: 12 } });
    expect(lowest30Days(history([['2026-11-10', 100]], '2026-11-10'), START, utc).value).toBe(100n);
  });
});
