import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountOfMinorUnits } from '../rules/facts.ts';
import type { Amount } from '../rules/facts.ts';
import { eachPacked, NARROW_COLUMNS, PACKED_COLUMNS } from './packed-amounts.ts';

type Row = readonly [bigint, bigint, bigint | null, bigint | null, bigint | null];

/** As the database writes them, somewhere inside a larger buffer. */
function packed(rows: readonly Row[], offset: number): Uint8Array {
  const bytes = Buffer.alloc(offset + rows.length * PACKED_COLUMNS * 8);
  rows.flat().forEach((amount, index) => void bytes.writeBigInt64BE(amount ?? -1n, offset + index * 8));
  return bytes.subarray(offset);
}

describe('packed amounts', () => {
  it('are read as they were written: safe integers as numbers, larger ones exactly, nulls as nulls', () => {
    const amount = fc.oneof(fc.bigInt({ min: 0n, max: 10n ** 7n }), fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.constant(2n ** 32n - 1n), fc.constant(2n ** 53n));
    const row = fc.tuple(amount, amount, fc.option(amount), fc.option(amount), fc.option(amount));
    fc.assert(fc.property(fc.array(row, { maxLength: 20 }), fc.nat(16), (rows, offset) => {
      const read: (Amount | null)[][] = [];
      eachPacked({ wide: packed(rows, offset), narrow: null }, ({ price, compareAtPrice, cost, mapPrice, baselinePrice }, live, costAgain) => {
        expect([baselinePrice, costAgain]).toEqual([price, cost]);
        read.push([live, price, compareAtPrice, cost, mapPrice]);
      });
      expect(read).toEqual(rows.map((one) => one.map((value) => amountOfMinorUnits(value))));
    }));
  });

  it('that end in the middle of a row are refused', () => {
    expect(() => eachPacked({ wide: new Uint8Array(PACKED_COLUMNS * 8 - 1), narrow: null }, () => undefined)).toThrow(RangeError);
    expect(() => eachPacked({ wide: null, narrow: new Uint8Array(NARROW_COLUMNS * 4 + 1) }, () => undefined)).toThrow(RangeError);
  });

  it('that are narrow have one price, inside campaigns and out, and no MAP', () => {
    const amount = fc.integer({ min: 0, max: 2 ** 31 - 1 });
    fc.assert(fc.property(fc.array(fc.tuple(amount, fc.option(amount), fc.option(amount)), { maxLength: 20 }), fc.nat(16), (rows, offset) => {
      const bytes = Buffer.alloc(offset + rows.length * NARROW_COLUMNS * 4);
      rows.flat().forEach((value, index) => void bytes.writeInt32BE(value ?? -1, offset + index * 4));
      const read: (Amount | null)[][] = [];
      eachPacked({ narrow: bytes.subarray(offset), wide: null }, ({ price, compareAtPrice, cost, mapPrice, baselinePrice }, live, costAgain) => {
        expect([live, baselinePrice, costAgain, mapPrice]).toEqual([price, price, cost, null]);
        read.push([price, compareAtPrice, cost]);
      });
      expect(read).toEqual(rows);
    }));
  });
});
