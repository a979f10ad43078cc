import type { ChangeWay } from '@calibr/types';
import { describe, expect, it } from 'vitest';
import { wayLine } from './way-words.ts';

const WAY: ChangeWay = { chosen: 'bulk', decidedAt: '2026-11-22T12:00:00.000Z', rows: 10_000, products: 10_000, callsSeconds: 1_100, bulkSeconds: 95, rowsPerOperation: 900, sentence: 'By bulk operations: …' };

describe('the way on the page of a change', () => {
  it('says which way was taken and what the other would take', () => {
    expect(wayLine({ way: WAY, state: 'applying' })).toBe('Shopify is given the prices in bulk operations of up to 900 prices: about 2 minutes for 10,000 prices, where one product after another would take about 18 minutes.');
    expect(wayLine({ way: { ...WAY, chosen: 'calls', callsSeconds: 120, bulkSeconds: 240 }, state: 'applied' })).toBe('Shopify was given the prices one product after another: about 2 minutes for 10,000 prices, where bulk operations would take about 4 minutes.');
  });

  it('says nothing of what is over in a moment, or has not begun', () => {
    expect(wayLine({ way: null, state: 'approved' })).toBeNull();
    expect(wayLine({ way: { ...WAY, chosen: 'calls', callsSeconds: null, bulkSeconds: null, sentence: 'By single calls: 3 prices of 3 products are few.' }, state: 'applied' })).toBeNull();
    expect(wayLine({ way: { ...WAY, chosen: 'calls', callsSeconds: 20, bulkSeconds: 60 }, state: 'applied' })).toBeNull();
  });

  it('says why where the other way was not open', () => {
    const sentence = 'By single calls: Shopify took no bulk operation (the limit is reached).';
    expect(wayLine({ way: { ...WAY, chosen: 'calls', callsSeconds: null, bulkSeconds: null, sentence }, state: 'applying' })).toBe(sentence);
  });
});
