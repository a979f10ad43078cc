import { describe, expect, it } from 'vitest';
import { arrayLiteral, fromRow, many } from './rows.ts';

describe('arrayLiteral', () => {
  it('quotes what an array could take for something else, and nothing more', () => {
    expect(arrayLiteral([1, 2n, null, undefined])).toBe('{1,2,NULL,NULL}');
    expect(arrayLiteral(['0f1e2d3c-0000-4000-8000-000000000000', 'planned', '', 'NULL', 'null'])).toBe('{0f1e2d3c-0000-4000-8000-000000000000,planned,"","NULL","null"}');
    expect(arrayLiteral(['a,b', '{x}', ' y ', 'say "hi"', 'C:\\dir', 'Größe – M'])).toBe('{"a,b","{x}"," y ","say \\"hi\\"","C:\\\\dir","Größe – M"}');
    expect(arrayLiteral([])).toBe('{}');
  });
});

describe('rows of a result', () => {
  it('are named as the ports name them', async () => {
    expect(fromRow({ product_id: 1, sku: 'a' })).toEqual({ productId: 1, sku: 'a' });
    const rows = [{ product_id: 1, sku: 'a' }, { product_id: 2, sku: 'b' }];
    expect(await many({ query: async () => ({ rows: rows as never[], rowCount: 2 }) }, '')).toEqual([{ productId: 1, sku: 'a' }, { productId: 2, sku: 'b' }]);
    expect(await many({ query: async () => ({ rows: [], rowCount: 0 }) }, '')).toEqual([]);
  });
});
