import { describe, expect, it } from 'vitest';
import type { ChangeCanary, PriceChange } from '@calibr/types';
import { canaryLine, pauseTitle } from './canary-words.ts';

const canary: ChangeCanary = { percent: '5', continue: 'manual', state: 'waiting', rows: 1_200, verified: 1_200, differing: 0, conflicts: 0, failed: 0, withinLimits: true };

describe('the first part in words', () => {
  it.each([
    [{ state: 'writing' }, 'First part (5 %, 1,200 prices): being written.'],
    [{ state: 'verifying' }, 'First part (5 %, 1,200 prices): written, and being read again from your store.'],
    [{}, 'First part (5 %, 1,200 prices): 1,200 read again, all as planned.'],
    [{ rows: 1, verified: 1 }, 'First part (5 %, 1 price): 1 read again, all as planned.'],
    [{ verified: 1_190, differing: 2, conflicts: 5, failed: 7 }, 'First part (5 %, 1,200 prices): 1,190 read again, 2 no longer showed our price, 3 in conflict, 7 failed.'],
  ] as const)('%j', (facts, words) => {
    expect(canaryLine({ ...canary, ...facts })).toBe(words);
  });

  it('has a title for every pause', () => {
    expect(pauseTitle({ pauseCode: 'canary_done' } as PriceChange)).toBe('The first part is written');
    expect(pauseTitle({ pauseCode: 'by_person' } as PriceChange)).toBe('Paused');
    expect(pauseTitle({ pauseCode: null } as PriceChange)).toBe('Paused');
  });
});
