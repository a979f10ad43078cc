import type { PriceChange } from '@calibr/types';
import { describe, expect, it } from 'vitest';
import { changeActions } from './change-actions.ts';
import { approvalStanding, lossWords } from './approval-words.ts';

const change = (facts: object): PriceChange => ({ state: 'previewed', kind: 'change', activity: null, summary: { planned: 1 }, approvals: { required: 1, role: 'approver', ownChangeAllowed: true, given: [], expiresAt: null, voided: null }, ...facts }) as unknown as PriceChange;
const two = { required: 2, role: 'approver', ownChangeAllowed: false, given: [{ actor: 'user:7', role: 'admin', comment: null, at: '2026-11-22T00:00:00Z' }], expiresAt: null, voided: null };

describe('how an approval stands', () => {
  it('says who is still needed', () => {
    expect(approvalStanding(change({})).text).toBe('It needs the approval of an approver.');
    expect(approvalStanding(change({ approvals: two }))).toMatchObject({ label: '1 of 2 approvals', text: 'Staff member 7 approved. One more person must approve it: an approver who did not make this change.' });
    expect(approvalStanding(change({ state: 'approved', approvals: two })).text).toBe('Approved by Staff member 7.');
  });

  it('says that prices would be below cost, each row counted once', () => {
    expect(lossWords(change({ summary: { planned: 26, byWarning: { below_cost: 20, guardrail_below_cost: 20 } } }))).toBe('20 of 26 new prices would be below unit cost.');
    expect(lossWords(change({ summary: { planned: 26, byWarning: {} } }))).toBeNull();
  });

  it('says that a guardrail holds it, and offers no approval then', () => {
    const held = change({ summary: { planned: 1, findings: [{ code: 'guardrail_max_share', severity: 'block', message: 'Too much.', limit: '10', actual: '20' }] } });
    expect(approvalStanding(held).label).toBe('Held by a guardrail');
    expect(changeActions(held, 'admin')).toMatchObject({ dominant: 'preview' });
    expect(changeActions(change({}), 'admin')).toMatchObject({ dominant: 'approve' });
  });
});
