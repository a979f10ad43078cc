import { describe, expect, it } from 'vitest';
import { CHANGE_STATES, CHANGE_TRANSITIONS, completionOf, ITEM_ENDINGS, ITEM_STATES, nextChangeState } from './lifecycle.ts';
import type { ChangeAction, ChangeState, ItemCounts } from './lifecycle.ts';

const ACTIONS = Object.keys(CHANGE_TRANSITIONS) as ChangeAction[];

/** Written out by hand from the lifecycle in words, not from the table. */
const LEGAL: Readonly<Record<ChangeAction, string>> = {
  preview: 'draft>previewed previewed>previewed approved>previewed',
  approve: 'previewed>approved',
  reject: 'previewed>rejected',
  void_approval: 'approved>previewed scheduled>previewed',
  schedule: 'approved>scheduled scheduled>scheduled',
  cancel: 'draft>cancelled previewed>cancelled approved>cancelled scheduled>cancelled paused>cancelled',
  apply: 'approved>applying scheduled>applying',
  pause: 'applying>paused',
  resume: 'paused>applying',
  reopen: 'applied>applying partially_applied>applying failed>applying cancelled>applying',
  complete_all: 'applying>applied',
  complete_some: 'applying>partially_applied',
  complete_none: 'applying>failed',
  stop_after_some: 'cancelled>partially_applied',
  end: 'applying>ending paused>ending applied>ending partially_applied>ending failed>ending ending>ending ended>ending',
  complete_end: 'ending>ended',
  miss: 'draft>ended previewed>ended approved>ended scheduled>ended',
};

describe('the lifecycle of a price change', () => {
  it('allows exactly the moves that it should, over the whole matrix of states and actions', () => {
    for (const action of ACTIONS) {
      const legal = new Map(LEGAL[action].split(' ').map((move) => move.split('>') as [ChangeState, ChangeState]));
      for (const state of CHANGE_STATES) {
        const next = nextChangeState(state, action);
        if (legal.has(state)) expect(next, `${state} ${action}`).toEqual({ ok: true, value: legal.get(state) });
        else expect(next, `${state} ${action}`).toMatchObject({ ok: false, error: { kind: 'conflict', code: 'illegal_transition' } });
      }
    }
  });

  it('reaches every state from a draft', () => {
    const reached = new Set<ChangeState>(['draft']);
    for (const state of reached) for (const action of ACTIONS) {
      const next = nextChangeState(state, action);
      if (next.ok) reached.add(next.value);
    }
    expect([...reached].sort()).toEqual([...CHANGE_STATES].sort());
  });

  it('writes only after an approval: every way to applying goes through approved', () => {
    const reached = new Set<ChangeState>(['draft']);
    for (const state of reached) for (const action of ACTIONS) {
      const next = nextChangeState(state, action);
      // A change that is reopened had conflicts, which it has only from being applied.
      if (next.ok && action !== 'approve' && action !== 'reopen') reached.add(next.value);
    }
    expect(reached.has('applying')).toBe(false);
    expect(reached.has('applied')).toBe(false);
  });

  it('says in words from which states an action is possible', () => {
    const refused = nextChangeState('partially_applied', 'schedule');
    expect(refused.ok ? '' : refused.error.detail).toBe('A price change that is partially applied cannot be scheduled; it must be approved or scheduled.');
  });
});

describe('how a change ends', () => {
  const cases: readonly (readonly [ItemCounts, ReturnType<typeof completionOf>])[] = [
    [{}, 'complete_all'],
    [{ unchanged: 4, blocked: 2 }, 'complete_all'],
    [{ applied: 3, settled: 1, unchanged: 1 }, 'complete_all'],
    [{ applied: 3, conflict: 1 }, 'complete_some'],
    [{ settled: 1, failed: 1 }, 'complete_some'],
    [{ applied: 1, kept: 1 }, 'complete_some'],
    [{ applied: 1, cancelled: 1 }, 'complete_some'],
    [{ failed: 2 }, 'complete_none'],
    [{ conflict: 1, unchanged: 5 }, 'complete_none'],
    [{ kept: 1 }, 'complete_none'],
  ];
  it.each(cases)('%j is %s', (counts, completion) => {
    expect(completionOf(counts)).toBe(completion);
  });

  it('every state of a row is either an ending or one that still moves', () => {
    expect([...ITEM_ENDINGS, 'planned', 'queued', 'writing'].sort()).toEqual([...ITEM_STATES].sort());
  });
});
