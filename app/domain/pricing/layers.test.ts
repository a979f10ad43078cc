import { describe, expect, it } from 'vitest';
import type { ItemRow } from './change.ts';
import { compareLayers, decideRow } from './layers.ts';
import type { Layer, LayerRole, Stack } from './layers.ts';
import { samePrice, targetOf } from './price-point.ts';

const row = (more: Partial<ItemRow> = {}): ItemRow =>
  ({ beforePrice: 1_000n, beforeCompareAt: null, afterPrice: 900n, afterCompareAt: 1_000n, baselinePrice: null, baselineCompareAt: null, layerId: null, expectedPrice: null, expectedCompareAt: null, ...more }) as ItemRow;
const price = (amount: bigint, compareAt: bigint | null = null) => ({ price: amount, compareAt });
const day = (n: number): Date => new Date(Date.UTC(2026, 10, n));
const role = (more: Partial<LayerRole> = {}): LayerRole => ({ changeId: 'us', kind: 'set', campaignId: null, automatic: false, priority: 0, startsAt: day(10), createdAt: day(1), ...more });
const layer = (changeId: string, amount: bigint, more: Partial<Layer> = {}): Layer =>
  ({ changeId, itemId: `${changeId}-item`, price: amount, compareAt: null, priority: 0, startsAt: day(5), changeCreatedAt: day(1), ...more });
const stack = (baseline: bigint, ...layers: Layer[]): Stack => ({ baseline: price(baseline), layers });
const outcome = (item: ItemRow, of: LayerRole, on: Stack | null, live: ReturnType<typeof price> | null) => {
  const decision = decideRow(item, of, on, live);
  return decision.do === 'write' ? { do: 'write', target: decision.target, effect: decision.effect.kind } : { do: decision.state, live: decision.live, effect: decision.effect.kind };
};

describe('a change where no campaign runs', () => {
  it.each([
    ['fails where the shop has no such variant', row(), null, 'failed'],
    ['writes where it is as the plan saw it', row(), price(1_000n), 'write'],
    ['is settled at the target', row(), price(900n, 1_000n), 'settled'],
    ['is a conflict at the target price with another compare-at', row(), price(900n), 'conflict'],
    ['is a conflict where the compare-at alone moved', row(), price(1_000n, 1_200n), 'conflict'],
    ['is a conflict where the price moved', row(), price(999n), 'conflict'],
    ['takes a compare-at of zero for one', row(), price(1_000n, 0n), 'conflict'],
    ['writes over what a person accepted', row({ expectedPrice: 777n, expectedCompareAt: 800n }), price(777n, 800n), 'write'],
    ['is a conflict where it is no longer what a person accepted', row({ expectedPrice: 777n, expectedCompareAt: 800n }), price(1_000n), 'conflict'],
    ['is settled where before and target are one', row({ afterPrice: 1_000n, afterCompareAt: null }), price(1_000n), 'settled'],
    ['writes over the price without campaigns where the campaign that it was planned under has ended', row({ beforePrice: 700n, baselinePrice: 1_000n }), price(1_000n), 'write'],
  ] as const)('%s', (_, item, live, expected) => {
    expect(outcome(item, role(), null, live).do).toBe(expected);
  });
});

describe('a change under campaigns', () => {
  it('moves the price without campaigns and writes nothing', () => {
    expect(outcome(row(), role(), stack(1_000n, layer('a', 800n)), price(800n))).toEqual({ do: 'applied', live: price(900n, 1_000n), effect: 'baseline' });
  });
  it('is a conflict where that price is not what it was planned on', () => {
    expect(outcome(row(), role(), stack(1_100n, layer('a', 800n)), price(800n))).toEqual({ do: 'conflict', live: price(1_100n), effect: 'none' });
  });
});

describe('the start of a campaign', () => {
  const on = role({ kind: 'on' });
  it('lays itself over the price that it found', () => {
    expect(decideRow(row(), on, null, price(1_000n))).toEqual({ do: 'write', target: price(900n, 1_000n), expected: price(1_000n), effect: { kind: 'put', base: price(1_000n) } });
  });
  it('shows where it starts later at the same priority', () => {
    expect(outcome(row(), on, stack(1_000n, layer('a', 800n)), price(800n))).toEqual({ do: 'write', target: price(900n, 1_000n), effect: 'put' });
  });
  it('slips beneath a campaign of larger priority without a write', () => {
    expect(outcome(row(), on, stack(1_000n, layer('a', 800n, { priority: 1 })), price(800n))).toEqual({ do: 'applied', live: price(800n), effect: 'put' });
  });
  it('leaves alone what a merchant edited under the campaign that shows', () => {
    expect(outcome(row(), on, stack(1_000n, layer('a', 800n)), price(850n)).do).toBe('conflict');
  });
  it('is a conflict where the price without campaigns moved since its plan', () => {
    expect(outcome(row(), on, stack(1_200n, layer('a', 800n)), price(800n)).do).toBe('conflict');
  });
  it('writes again over what a person accepted while it runs', () => {
    expect(outcome(row({ expectedPrice: 850n }), on, stack(1_000n, layer('us', 900n, { startsAt: day(10) })), price(850n)).do).toBe('write');
  });
});

describe('the end of a campaign', () => {
  const off = role({ changeId: 'end', campaignId: 'a', automatic: true });
  const item = row({ layerId: 'a', beforePrice: 800n, afterPrice: 1_000n, afterCompareAt: null, baselinePrice: 1_000n });
  it('brings the price without campaigns to light', () => {
    expect(outcome(item, off, stack(1_000n, layer('a', 800n)), price(800n))).toEqual({ do: 'write', target: price(1_000n), effect: 'take' });
  });
  it('brings the next campaign to light, whatever it was planned with', () => {
    expect(outcome(item, off, stack(1_000n, layer('a', 800n, { priority: 2 }), layer('b', 950n)), price(800n))).toMatchObject({ do: 'write', target: price(950n) });
  });
  it('writes nothing beneath another campaign', () => {
    expect(outcome(item, off, stack(1_000n, layer('b', 700n, { priority: 1 }), layer('a', 800n)), price(700n))).toEqual({ do: 'applied', live: price(700n), effect: 'take' });
  });
  it('leaves the price that a merchant set', () => {
    expect(outcome(item, off, stack(1_000n, layer('a', 800n)), price(850n)).do).toBe('conflict');
  });
  it('has nothing to do where the layer is gone', () => {
    expect(outcome(item, off, null, price(850n))).toEqual({ do: 'settled', live: price(850n), effect: 'none' });
  });
  it('takes the layer off a variant that is gone', () => {
    expect(outcome(item, off, stack(1_000n, layer('a', 800n)), null)).toEqual({ do: 'failed', live: null, effect: 'take' });
  });
  it('does not bring another price to light by hand than the one that was approved', () => {
    expect(outcome(item, { ...off, automatic: false }, stack(1_000n, layer('a', 800n, { priority: 2 }), layer('b', 950n)), price(800n)).do).toBe('conflict');
  });
});

describe('the order of campaigns', () => {
  it('is priority, then later start, then later creation', () => {
    const sorted = [layer('low', 1n), layer('later', 1n, { startsAt: day(6) }), layer('high', 1n, { priority: 9 }), layer('newer', 1n, { changeCreatedAt: day(2) })].sort(compareLayers);
    expect(sorted.map(({ changeId }) => changeId)).toEqual(['high', 'later', 'newer', 'low']);
  });
});

describe('price points', () => {
  it('a row without a target is never asked for one', () => {
    expect(() => targetOf(row({ afterPrice: null }))).toThrow('Only planned rows');
  });
  it('price and compare-at are one value', () => {
    expect(samePrice(price(1n, null), price(1n, null))).toBe(true);
    expect(samePrice(price(1n, null), price(1n, 1n))).toBe(false);
  });
});
