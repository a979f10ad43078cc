import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../domain/policies/policy.ts';
import type { PolicyDocument } from '../../domain/policies/policy.ts';
import { readPolicy } from '../../domain/policies/validate-policy.ts';
import { draftOf, errorsOfDraft, inputOf, withSuggestions } from './policies-draft.ts';

const full: PolicyDocument = {
  guardrails: {
    minMarginPercent: { value: '12.5', action: 'clamp' }, belowCost: { action: 'warn' }, respectMap: { action: 'block' }, maxDecreasePercent: { value: '60', action: 'block' },
    maxIncreasePercent: { value: '80', action: 'clamp' }, maxShareOfCatalogPercent: { value: '25', action: 'secondApprover' }, maxRevenueEffect: { value: '500.00', unit: 'amount', action: 'block' },
    frozen: { selector: { field: 'product.tags', op: 'contains', value: 'fixed' }, productIds: ['0b0e5c3e-7a1c-4c3e-9f0a-2d1f4e5a6b7c'] },
    quietHours: { timeZone: 'Europe/Berlin', windows: [{ days: ['fri', 'sat'], from: '22:00', to: '06:00' }] }, maxWritesPerVariantPerDay: { value: 3 },
  },
  approvals: { approvers: 2, role: 'admin', ownChangeAllowed: false, planMaxAgeHours: 12, automatic: { maxRows: 20, maxChangePercent: '5', maxShareOfCatalogPercent: '2' } },
};
const saved = (document: PolicyDocument) => {
  const { input, fault } = inputOf(draftOf(document as never, 'UTC'));
  expect(fault).toBeNull();
  return readPolicy(input, DEFAULT_POLICY, 'USD');
};

describe('the form of the policies', () => {
  it('gives back what was saved, whatever is set', () => {
    for (const document of [DEFAULT_POLICY, full]) expect(saved(document)).toEqual({ ok: true, value: document });
  });

  it('freezes everything where it is told so, and nothing where it is empty', () => {
    const everything: PolicyDocument = { ...DEFAULT_POLICY, guardrails: { frozen: { selector: { all: [] } } } };
    expect(draftOf(everything as never, 'UTC').frozen).toBe('*');
    expect(saved(everything)).toEqual({ ok: true, value: everything });
    expect(draftOf(DEFAULT_POLICY as never, 'UTC').frozen).toBe('');
  });

  it('says what is wrong where it is typed', () => {
    const draft = draftOf(DEFAULT_POLICY as never, 'Europe/Berlin');
    const wrong = {
      ...draft, frozen: 'tag:', planMaxAgeHours: 'soon', dailyCap: { on: true, value: '0' }, quiet: { ...draft.quiet, on: true, timeZone: 'Nowhere' },
      guards: { ...draft.guards, minMarginPercent: { on: true, value: '100', action: 'block' } }, automatic: { ...draft.automatic, on: true, maxRows: '' },
    };
    expect(errorsOfDraft(wrong, 'USD').map(({ pointer }) => pointer).sort()).toEqual([
      '/approvals/automatic/maxRows', '/approvals/planMaxAgeHours', '/guardrails/frozen/selector', '/guardrails/maxWritesPerVariantPerDay/value',
      '/guardrails/minMarginPercent/value', '/guardrails/quietHours/timeZone',
    ]);
    expect(errorsOfDraft(draft, 'USD')).toEqual([]);
  });

  it('suggests guardrails against slips and leaves alone what is set', () => {
    const suggested = withSuggestions(draftOf(full as never, 'UTC'));
    expect(suggested.guards.maxDecreasePercent.value).toBe('60');
    expect(withSuggestions(draftOf(DEFAULT_POLICY as never, 'UTC')).guards.maxDecreasePercent).toEqual({ on: true, value: '50', action: 'block' });
  });
});
