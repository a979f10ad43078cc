import { describe, expect, it } from 'vitest';
import type { CurrencyCode } from '../kernel/currency.ts';
import { renderTrace } from '../rules/render-trace.ts';
import { decodeTrace, encodeTrace } from '../rules/trace.ts';
import type { KnownPrices } from './lowest-price.ts';
import { RowReferences } from './row-references.ts';

const EUR = 'EUR' as CurrencyCode;
const START = Date.parse('2026-11-22T12:00:00Z');
const day = (text: string): number => Date.parse(`${text}T00:00:00Z`);
const known: KnownPrices = { onMarketSince: null, points: [
  { price: 10_000n, compareAt: null, from: day('2026-09-01'), to: day('2026-11-01') },
  { price: 7_000n, compareAt: null, from: day('2026-11-01'), to: day('2026-11-05') },
  { price: 10_000n, compareAt: null, from: day('2026-11-05'), to: null },
] };
const short: KnownPrices = { onMarketSince: null, points: [{ price: 10_000n, compareAt: null, from: day('2026-11-10'), to: null }] };
const row = { compareAt: null, baselinePrice: null, baselineCompareAt: null };
const sale = () => new RowReferences({ compareAt: { mode: 'sale' } }, { start: START, timeZone: 'UTC', currency: EUR });
const planned = (price: bigint, compareAt: bigint | null) => ({ outcome: 'planned', price, compareAt });

describe('which rows are asked', () => {
  it('are all where the rule may show a strike-through or starts from the lowest price, otherwise those that show one already', () => {
    const of = (transform: ConstructorParameters<typeof RowReferences>[0]) => new RowReferences(transform, { start: START, timeZone: 'UTC', currency: EUR });
    expect(of({ compareAt: { mode: 'sale' } }).needs(row)).toBe(true);
    expect(of({ compareAt: { mode: 'set', value: '1.00' } }).needs(row)).toBe(true);
    expect(of({ base: 'lowest30Days' }).needs(row)).toBe(true);
    expect(of({}).needs(row)).toBe(false);
    expect(of({}).needs({ ...row, compareAt: 12_000n })).toBe(true);
    expect(of({}).needs({ ...row, compareAt: 12_000n, baselinePrice: 9_000n })).toBe(false);
    expect(of({ compareAt: { mode: 'clear' } }).needs({ ...row, compareAt: 12_000n })).toBe(false);
  });

  it('are judged where they are planned and show one', () => {
    expect(sale().judge({ ...planned(8_000n, 10_000n), outcome: 'unchanged' }, known)).toBeNull();
    expect(sale().judge(planned(8_000n, null), known)).toBeNull();
    expect(sale().judge(planned(10_000n, 10_000n), known)).toBeNull();
    expect(sale().judge(planned(8_000n, 10_000n), undefined)?.warning).toBe('insufficient_history');
  });
});

describe('the sentences of a row', () => {
  const sentence = (compareAt: bigint, prices: KnownPrices): string => renderTrace(decodeTrace(encodeTrace([sale().judge(planned(5_000n, compareAt), prices)!.step, { code: 'outcome', outcome: 'planned', reason: null, price: '50.00', compareAtPrice: '1', wasPrice: null, wasCompareAtPrice: null }])), EUR);

  it('say that it is lawful, that it is not and until when, or that nobody can know', () => {
    expect(sentence(7_000n, known)).toContain('The compare-at price 70.00 is not above the lowest price of the 30 days before the start on 22 November 2026 (70.00, shown on 1 November 2026).');
    expect(sentence(10_000n, known)).toContain('Warning: the compare-at price 100.00 is above the lowest price of the 30 days before the start on 22 November 2026 (70.00, shown on 1 November 2026), so showing it struck through would be unlawful in the EU. The earliest lawful start is 5 December 2026, if the price stays as it is until then.');
    expect(sentence(12_000n, known)).toContain('No later start makes it lawful while the price stays as it is.');
    expect(sentence(10_000n, short)).toContain('not enough history to say whether the compare-at price 100.00 is lawful in the EU: prices are known for 12 days, since 10 November 2026. The earliest lawful start is 10 December 2026');
  });

  it('say where a base is from, or how many days are missing', () => {
    const base = new RowReferences({ base: 'lowest30Days' }, { start: START, timeZone: 'UTC', currency: EUR });
    expect(base.base(known)).toMatchObject({ value: 7_000n, step: { use: 'base', decided: 'ok', lowest: '70.00', lowestOn: '2026-11-01', from: '2026-10-23', until: '2026-11-22' } });
    expect(base.base(short)).toMatchObject({ value: null, step: { decided: 'insufficient_history', daysKnown: 12 } });
    expect(sale().base(known)).toBeNull();
  });
});

describe('the numbers of a plan', () => {
  it('count strike-throughs and warnings, and give the latest of the earliest starts', () => {
    const references = sale();
    expect(references.summary()).toBeNull();
    references.judge(planned(5_000n, 7_000n), known);
    references.judge(planned(5_000n, 10_000n), known);
    references.judge(planned(5_000n, 10_000n), short);
    expect(references.summary()).toEqual({ startDay: '2026-11-22', timeZone: 'UTC', strikeThroughs: 3, aboveLowest: 1, insufficientHistory: 1, earliestLawfulStart: '2026-12-10', withoutLawfulStart: 0 });
    references.judge(planned(5_000n, 12_000n), known);
    expect(references.summary()).toMatchObject({ aboveLowest: 2, earliestLawfulStart: null, withoutLawfulStart: 1 });
  });
});
