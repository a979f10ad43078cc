import type { PriceChange, PriceChangeState } from '@calibr/types';
import { describe, expect, it } from 'vitest';
import { CHANGE_STATES, CHANGE_TRANSITIONS, type ChangeAction } from '../../domain/pricing/lifecycle.ts';
import { ROLES } from '../words/role-words.ts';
import { changeActions, type ChangeIntent } from './change-actions.ts';

const ACTION_OF: Partial<Record<ChangeIntent, ChangeAction>> = { preview: 'preview', approve: 'approve', apply: 'apply', pause: 'pause', resume: 'resume', reject: 'reject', cancel: 'cancel' };

function change(state: PriceChangeState, kind: PriceChange['kind'] = 'change', activity: PriceChange['activity'] = null): PriceChange {
  return { state, kind, activity, summary: { planned: 3 }, progress: { applied: 2, settled: 0 } } as unknown as PriceChange;
}

describe('actions of a price change', () => {
  it('are only ever those that its state allows', () => {
    for (const state of CHANGE_STATES) {
      for (const kind of ['change', 'rollback', 'delta'] as const) {
        const { dominant, others } = changeActions(change(state, kind), 'admin');
        for (const intent of [dominant, ...others]) {
          const action = intent ? ACTION_OF[intent] : undefined;
          if (action) expect(Object.keys(CHANGE_TRANSITIONS[action]), `${intent} in ${state}`).toContain(state);
        }
      }
    }
  });

  it('offer one dominant step in every state that has a next one', () => {
    const steps = Object.fromEntries(CHANGE_STATES.map((state) => [state, changeActions(change(state), 'admin').dominant]));
    expect(steps).toMatchObject({ draft: 'preview', previewed: 'approve', approved: 'apply', applying: 'pause', paused: 'resume', applied: 'rollBack', partially_applied: 'rollBack', failed: 'startOver' });
  });

  it('say why an approval would not count, instead of offering it', () => {
    const approvals = { required: 2, role: 'approver', ownChangeAllowed: false, given: [{ actor: 'user:43' }] };
    const plan = { ...change('previewed'), createdBy: 'user:42', approvals } as unknown as PriceChange;
    expect(changeActions(plan, 'admin', 'user:42')).toMatchObject({ dominant: null, missing: expect.stringMatching(/^You made this change/) });
    expect(changeActions(plan, 'admin', 'user:43')).toMatchObject({ dominant: null, missing: expect.stringMatching(/^You approved this plan/) });
    expect(changeActions(plan, 'admin', 'user:44')).toMatchObject({ dominant: 'approve', missing: null });
    expect(changeActions(plan, 'editor', 'user:42').missing).toBe('The next step here needs the approver role; yours is editor.');
  });

  it('never ask for a second preview of a rollback', () => {
    for (const state of CHANGE_STATES) {
      const { dominant, others } = changeActions(change(state, 'rollback'), 'admin');
      if (state !== 'draft') expect([dominant, ...others]).not.toContain('preview');
    }
  });

  it('offer nothing to approve while the plan is being made, or where nothing would change', () => {
    expect(changeActions(change('previewed', 'change', 'previewing'), 'admin')).toEqual({ dominant: null, others: [], missing: null });
    const empty = { ...change('previewed'), summary: { planned: 0 } } as PriceChange;
    expect(changeActions(empty, 'admin').dominant).toBe('preview');
  });

  it('say which role is missing instead of offering what would be refused', () => {
    expect(changeActions(change('previewed'), 'editor')).toEqual({ dominant: null, others: ['preview', 'cancel'], missing: 'The next step here needs the approver role; yours is editor.' });
    for (const role of ROLES) expect(changeActions(change('draft'), role).dominant === 'preview').toBe(role !== 'viewer');
  });
});
