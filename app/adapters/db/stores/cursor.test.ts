import { describe, expect, it } from 'vitest';
import { RefusedCursor } from '../../../domain/kernel/refused-cursor.ts';
import { decodeCursor, encodeCursor, page } from './cursor.ts';
import type { ListScope } from './cursor.ts';

const ID = '0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0';
const scope: ListScope = { list: 'variants', filter: { vendor: 'Acme', priceMin: 100n }, parts: ['integer', 'uuid'] };

describe('a cursor', () => {
  it('names the place it was made of', () => {
    expect(decodeCursor(encodeCursor(scope, [1999n, ID]), scope)).toEqual(['1999', ID]);
    const times: ListScope = { list: 'rules', filter: {}, parts: ['time'] };
    expect(decodeCursor(encodeCursor(times, [new Date('2026-11-22T06:00:00Z')]), times)).toEqual(['2026-11-22T06:00:00.000Z']);
  });

  it('is none where none is given', () => {
    expect(decodeCursor(null, scope)).toBeNull();
    expect(decodeCursor('', scope)).toBeNull();
  });

  it('does not depend on the order or the absence of members of the filter', () => {
    const cursor = encodeCursor(scope, [1, ID]);
    expect(decodeCursor(cursor, { ...scope, filter: { query: undefined, priceMin: 100n, vendor: 'Acme' } })).toEqual([1, ID]);
  });

  it('is refused in another list, with another filter or another order', () => {
    const cursor = encodeCursor(scope, [1, ID]);
    for (const other of [{ ...scope, list: 'products' }, { ...scope, filter: { vendor: 'Other', priceMin: 100n } }, { ...scope, filter: {} }]) {
      expect(() => decodeCursor(cursor, other)).toThrow(RefusedCursor);
    }
  });

  it.each([
    ['no JSON', 'nonsense'], ['another kind of JSON', Buffer.from('{"a":1}').toString('base64url')], ['the start of a list', Buffer.from('[]').toString('base64url')],
    ['a part too few', encodeCursor(scope, [1])], ['text where a number is', encodeCursor(scope, ['x', ID])], ['no uuid', encodeCursor(scope, [1, 'abc'])],
    ['a number that the database does not know', encodeCursor(scope, ['99999999999999999999', ID])],
  ])('is refused where it is not one of ours: %s', (_, cursor) => {
    expect(() => decodeCursor(cursor, scope)).toThrow(RefusedCursor);
  });
});

describe('a page', () => {
  it('has a next one only where a row was left over', () => {
    const rows = [1, 2, 3].map((n) => ({ n }));
    const numbers: ListScope = { list: 'numbers', filter: {}, parts: ['integer'] };
    expect(page(rows, 3, numbers, (row) => [row.n])).toEqual({ data: rows, nextCursor: null });
    const first = page(rows, 2, numbers, (row) => [row.n]);
    expect(first.data).toEqual([{ n: 1 }, { n: 2 }]);
    expect(decodeCursor(first.nextCursor, numbers)).toEqual([2]);
  });
});
