import { describe, expect, it } from 'vitest';
import type { ItemRow } from './change.ts';
import { expectedOf, judgeLive, samePrice, targetOf } from './judge-live.ts';

const row = (more: Partial<ItemRow> = {}): ItemRow =>
  ({ beforePrice: 1_000n, beforeCompareAt: null, afterPrice: 900n, afterCompareAt: 1_000n, expectedPrice: null, expectedCompareAt: null, ...more }) as ItemRow;
const price = (amount: bigint, compareAt: bigint | null = null) => ({ price: amount, compareAt });

describe('what the live price says about a row', () => {
  it.each([
    ['gone where the shop has no such variant', row(), null, 'gone'],
    ['write where it is as the plan saw it', row(), price(1_000n), 'write'],
    ['settled at the target', row(), price(900n, 1_000n), 'settled'],
    ['conflict at the target price with another compare-at', row(), price(900n), 'conflict'],
    ['conflict where the compare-at alone moved', row(), price(1_000n, 1_200n), 'conflict'],
    ['conflict where the price moved', row(), price(999n), 'conflict'],
    ['a compare-at of zero is not a missing one', row(), price(1_000n, 0n), 'conflict'],
    ['write over what a person accepted', row({ expectedPrice: 777n, expectedCompareAt: 800n }), price(777n, 800n), 'write'],
    ['conflict where it is no longer what a person accepted', row({ expectedPrice: 777n, expectedCompareAt: 800n }), price(1_000n), 'conflict'],
    ['settled where before and target are one', row({ afterPrice: 1_000n, afterCompareAt: null }), price(1_000n), 'settled'],
  ] as const)('%s', (_, item, live, judgement) => {
    expect(judgeLive(item, live)).toBe(judgement);
  });

  it('a free product is a price as any other', () => {
    expect(judgeLive(row({ beforePrice: 0n, afterPrice: 0n, afterCompareAt: null }), price(0n))).toBe('settled');
    expect(expectedOf(row({ expectedPrice: 0n, expectedCompareAt: null }))).toEqual(price(0n));
  });

  it('a row without a target is never asked for one', () => {
    expect(() => targetOf(row({ afterPrice: null }))).toThrow('Only planned rows');
  });

  it('price and compare-at are one value', () => {
    expect(samePrice(price(1n, null), price(1n, null))).toBe(true);
    expect(samePrice(price(1n, null), price(1n, 1n))).toBe(false);
  });
});
