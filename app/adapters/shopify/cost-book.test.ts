import { describe, expect, it } from 'vitest';
import { CostBook } from './cost-book.ts';

describe('CostBook', () => {
  it('knows nothing that was not reported', () => {
    expect(new CostBook().estimate('VariantPricesUpdate', 1)).toBeNull();
  });

  it('takes the last report for a size', () => {
    const book = new CostBook();
    book.learn('op', 10, 12);
    book.learn('op', 10, 14);
    expect(book.estimate('op', 10)).toBe(14);
    expect(book.largest).toBe(14);
  });

  it('never estimates a size not seen below what it costs when costs grow at most in proportion', () => {
    const cost = (size: number) => 10 + 0.2 * size;
    const book = new CostBook();
    book.learn('op', 3, cost(3));
    book.learn('op', 40, cost(40));
    for (let size = 1; size <= 250; size++) expect(book.estimate('op', size)).toBeGreaterThanOrEqual(cost(size));
  });
});
