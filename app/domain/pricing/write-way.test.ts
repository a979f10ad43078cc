import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FEW_ROWS, GUESSED_PACE, WINDOW_SECONDS, chooseWay, durationWords, paceOfOperations, rowsPerOperation, secondsByBulk, secondsByCalls } from './write-way.ts';
import type { WayFacts } from './write-way.ts';

const STANDARD: WayFacts = {
  rows: 10_000, products: 10_000, callsAtOnce: 8, latencySeconds: 0.1, available: 2_000, restoreRate: 100, callsPerProduct: 2,
  readProductPoints: 1, writeProductPoints: 10.2, readPoints: 250, readRows: 250, operations: GUESSED_PACE, operationsAtOnce: 5,
};
const PLUS: WayFacts = { ...STANDARD, available: 20_000, restoreRate: 1_000 };
const facts = fc.record({
  rows: fc.integer({ min: 1, max: 200_000 }), each: fc.integer({ min: 1, max: 250 }), callsAtOnce: fc.integer({ min: 1, max: 64 }), latencySeconds: fc.double({ min: 0.01, max: 3, noNaN: true }),
  available: fc.integer({ min: 0, max: 20_000 }), restoreRate: fc.integer({ min: 50, max: 2_000 }), callsPerProduct: fc.double({ min: 1, max: 2, noNaN: true }), readProductPoints: fc.double({ min: 1, max: 250, noNaN: true }), writeProductPoints: fc.double({ min: 10, max: 60, noNaN: true }),
  readPoints: fc.double({ min: 1, max: 300, noNaN: true }), readRows: fc.constant(250),
  operations: fc.record({ startSeconds: fc.double({ min: 0, max: 20, noNaN: true }), rowsPerSecond: fc.double({ min: 0.5, max: 5_000, noNaN: true }), learnedFrom: fc.integer({ min: 0, max: 20 }) }),
  operationsAtOnce: fc.integer({ min: 1, max: 5 }),
}).map(({ each, ...rest }): WayFacts => ({ ...rest, products: Math.ceil(rest.rows / each) }));

describe('which way prices go out', () => {
  it('takes bulk operations where each price is a product of its own and points are few', () => {
    const choice = chooseWay(STANDARD);
    expect(choice.chosen).toBe('bulk');
    // 112,000 points less the 2,000 that are there, at 100 a second.
    expect(choice.callsSeconds).toBeCloseTo(1_100.2, 0);
    expect(choice.bulkSeconds).toBeLessThan(150);
    expect(choice.sentence).toBe('By bulk operations: for 10,000 prices of 10,000 products single calls take about 18 minutes, as Shopify allows 100 points a second, bulk operations about 2 minutes (50 prices a second each, a guess until the first has ended).');
  });

  it('takes single calls where a call writes many prices and points are many', () => {
    const choice = chooseWay({ ...PLUS, products: 100, writeProductPoints: 30, readProductPoints: 100 });
    expect(choice.chosen).toBe('calls');
    expect(choice.sentence).toMatch(/^By single calls: for 10,000 prices of 100 products single calls take about \d+ seconds.* would not be quicker\.$/);
  });

  it('takes single calls for few prices, whatever they cost', () => {
    expect(chooseWay({ ...STANDARD, rows: FEW_ROWS, products: FEW_ROWS, available: 0, restoreRate: 1 })).toMatchObject({ chosen: 'calls', sentence: `By single calls: ${FEW_ROWS} prices of ${FEW_ROWS} products are few.` });
  });

  it('turns to single calls when the operations of a shop turn out to be slow', () => {
    const slow = paceOfOperations([{ rows: 60, seconds: 60 }, { rows: 0, seconds: 60 }]);
    expect(slow.rowsPerSecond).toBeLessThan(1);
    expect(chooseWay({ ...STANDARD, operations: slow, operationsAtOnce: 1 }).chosen).toBe('calls');
    expect(chooseWay({ ...STANDARD, operations: slow }).sentence).toContain("as this store's last 2 were");
  });

  it('never takes the way that it thinks slower, and bulk only where that is quicker by more than the guess is good for', () => {
    fc.assert(fc.property(facts, (given) => {
      const { chosen, callsSeconds, bulkSeconds } = chooseWay(given);
      if (chosen === 'bulk') expect(bulkSeconds).toBeLessThan(callsSeconds);
      else if (given.rows > FEW_ROWS) expect(callsSeconds).toBeLessThanOrEqual(bulkSeconds * 1.1 + 2.2);
    }));
  });

  it('takes longer for more rows, fewer points and slower operations, by either way', () => {
    fc.assert(fc.property(facts, fc.double({ min: 1, max: 4, noNaN: true }), (given, factor) => {
      const perOperation = rowsPerOperation(given);
      const bulk = secondsByBulk(given, perOperation);
      const calls = secondsByCalls(given);
      const more = { ...given, rows: Math.ceil(given.rows * factor), products: Math.ceil(given.products * factor) };
      expect(secondsByCalls(more)).toBeGreaterThanOrEqual(calls - 1e-6);
      expect(secondsByCalls({ ...given, restoreRate: given.restoreRate / factor })).toBeGreaterThanOrEqual(calls - 1e-6);
      expect(secondsByBulk({ ...given, restoreRate: given.restoreRate / factor }, perOperation)).toBeGreaterThanOrEqual(bulk - 1e-6);
      expect(secondsByBulk({ ...given, operations: { ...given.operations, rowsPerSecond: given.operations.rowsPerSecond / factor } }, perOperation)).toBeGreaterThanOrEqual(bulk - 1e-6);
    }));
  });

  it('is never quicker than the points, the latency and the operations themselves allow', () => {
    fc.assert(fc.property(facts, (given) => {
      const perOperation = rowsPerOperation(given);
      const bulk = secondsByBulk(given, perOperation);
      const operations = Math.ceil(given.rows / perOperation);
      if (operations > 500) return;
      expect(bulk).toBeGreaterThanOrEqual(given.rows / (given.operations.rowsPerSecond * given.operationsAtOnce) - 1e-6);
      expect(bulk).toBeGreaterThanOrEqual((Math.ceil(given.rows / given.readRows) * given.readPoints - given.available) / given.restoreRate - 1e-6);
      expect(secondsByCalls(given)).toBeGreaterThanOrEqual((given.callsPerProduct * given.latencySeconds * given.products) / given.callsAtOnce);
    }));
  });
});

describe('rows of one operation', () => {
  it('are so few that the last is written within the window, where the least does not exceed it', () => {
    fc.assert(fc.property(facts, (given) => {
      const rows = rowsPerOperation(given);
      expect(rows).toBeGreaterThanOrEqual(50);
      expect(rows).toBeLessThanOrEqual(5_000);
      const seconds = given.operations.startSeconds + 3 * given.latencySeconds + rows * (Math.max(given.readPoints / given.restoreRate, given.latencySeconds) / given.readRows + 1 / given.operations.rowsPerSecond);
      if (rows > 50) expect(seconds).toBeLessThanOrEqual(WINDOW_SECONDS + 1e-6);
    }));
  });
});

describe('the pace of operations', () => {
  it('is a guess before the first has ended, and then what they did', () => {
    expect(paceOfOperations([])).toEqual(GUESSED_PACE);
    expect(paceOfOperations([{ rows: 1_000, seconds: 12 }, { rows: 500, seconds: 7 }])).toEqual({ startSeconds: 2, rowsPerSecond: 100, learnedFrom: 2 });
  });

  it('has a speed whatever they did', () => {
    fc.assert(fc.property(fc.array(fc.record({ rows: fc.nat(5_000), seconds: fc.double({ min: 0, max: 90_000, noNaN: true }) }), { maxLength: 20 }), (ended) => {
      const { rowsPerSecond } = paceOfOperations(ended);
      expect(rowsPerSecond).toBeGreaterThan(0);
      expect(Number.isFinite(rowsPerSecond)).toBe(true);
    }));
  });
});

it('says durations as people do', () => {
  expect([0.2, 45, 89, 120, 3_900, 7_200].map(durationWords)).toEqual(['1 second', '45 seconds', '89 seconds', '2 minutes', '65 minutes', '2 hours']);
});
