import { describe, expect, it } from 'vitest';
import { stateWordsOf } from '../words/change-words.ts';
import { endWords, runWords } from './run-words.ts';

const schedule = { startAt: '2026-11-27T00:00:00', endAt: '2026-12-01T00:00:00', timeZone: 'America/New_York' };
const sale = { state: 'approved', schedule, startsAt: '2026-11-27T05:00:00Z', endsAt: '2026-12-01T05:00:00Z' } as const;

describe('when a change runs', () => {
  it('is told in the shop’s zone, and not where nobody set a time', () => {
    expect(runWords(sale, 'America/New_York')).toEqual({ first: 'From 27 Nov 2026, 00:00', second: 'to 1 Dec 2026, 00:00' });
    expect(runWords({ state: 'applied', schedule: null, startsAt: '2026-11-27T05:00:00Z', endsAt: null }, 'UTC')).toEqual({ first: null, second: null });
  });

  it('an approved plan with a time is called scheduled, one without is approved', () => {
    expect(stateWordsOf(sale).label).toBe('Scheduled');
    expect(stateWordsOf({ state: 'approved', schedule: null }).label).toBe('Approved');
  });

  it('a running campaign says when it ends, and one that ended does not', () => {
    expect(endWords({ ...sale, state: 'applied' }, 'America/New_York')).toBe('It ends by itself 1 Dec 2026, 00:00 (America/New_York); then the prices without it come back.');
    expect([endWords(sale, 'UTC'), endWords({ ...sale, state: 'ended' }, 'UTC')]).toEqual([null, null]);
  });
});
