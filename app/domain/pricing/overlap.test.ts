import { describe, expect, it } from 'vitest';
import { judgeOverlap, windowsMeet } from './overlap.ts';
import type { Contender } from './overlap.ts';

const day = (n: number): Date => new Date(Date.UTC(2026, 10, n));
const campaign = (id: string, more: Partial<Contender> = {}): Contender => ({ id, startsAt: day(5), endsAt: day(9), priority: 0, createdAt: day(1), ...more });

describe('two changes of the same variants', () => {
  it.each([
    ['larger priority', { priority: 2 }, {}, 'this', 'priority'],
    ['later start', {}, { startsAt: day(6) }, 'other', 'later_start'],
    ['later creation', { createdAt: day(2) }, {}, 'this', 'later_creation'],
    ['a campaign over a change without end', {}, { endsAt: null }, 'this', 'campaign_over_baseline'],
    ['the other campaign over our change without end', { endsAt: null }, { priority: -5 }, 'other', 'campaign_over_baseline'],
    ['neither has an end', { endsAt: null }, { endsAt: null }, 'last_applied', 'applied_last'],
  ] as const)('%s', (_, ours, other, wins, reason) => {
    expect(judgeOverlap(campaign('a', ours), campaign('b', other), day(4))).toEqual({ wins, reason });
  });

  it('meet only while both run: one may begin in the moment the other ends', () => {
    expect(windowsMeet(campaign('a'), campaign('b', { startsAt: day(9), endsAt: day(12) }), day(4))).toBe(false);
    expect(windowsMeet(campaign('a'), campaign('b', { startsAt: day(8), endsAt: day(12) }), day(4))).toBe(true);
    expect(windowsMeet(campaign('a'), campaign('b', { startsAt: null, endsAt: null }), day(4))).toBe(true);
    expect(windowsMeet(campaign('a'), campaign('b', { startsAt: null, endsAt: null }), day(10))).toBe(false);
  });
});
