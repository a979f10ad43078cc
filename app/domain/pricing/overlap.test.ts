import { describe, expect, it } from 'vitest';
import { firstMeeting, judgeOverlap, windowsMeet } from './overlap.ts';
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

  it('meet in a later window of one that comes again, in either order', () => {
    // Fridays from 6 November, and a sale over the third of them.
    const fridays = campaign('a', { startsAt: day(6), endsAt: day(7), again: { startAt: '2026-11-06T00:00:00', endAt: '2026-11-07T00:00:00', timeZone: 'UTC', recurrence: { frequency: 'weekly' } } });
    const sale = campaign('b', { startsAt: day(19), endsAt: day(21) });
    expect(firstMeeting(sale, fridays, day(4))).toMatchObject({ ours: { id: 'b', startsAt: day(19) }, theirs: { id: 'a', startsAt: day(20), endsAt: day(21) } });
    expect(firstMeeting(fridays, sale, day(4))).toMatchObject({ ours: { id: 'a', startsAt: day(20) }, theirs: { id: 'b' } });
    expect(firstMeeting(campaign('b', { startsAt: day(21), endsAt: day(24) }), fridays, day(4))).toBeNull();
    const mondays = campaign('c', { startsAt: day(9), endsAt: day(10), again: { startAt: '2026-11-09T00:00:00', endAt: '2026-11-10T00:00:00', timeZone: 'UTC', recurrence: { frequency: 'weekly' } } });
    expect(firstMeeting(fridays, mondays, day(4))).toBeNull();
    const third = campaign('d', { startsAt: day(9), endsAt: day(10), again: { startAt: '2026-11-09T00:00:00', endAt: '2026-11-10T00:00:00', timeZone: 'UTC', recurrence: { frequency: 'daily', interval: 11 } } });
    expect(firstMeeting(fridays, third, day(4))).toMatchObject({ ours: { startsAt: day(20) }, theirs: { startsAt: day(20) } });
  });
});
