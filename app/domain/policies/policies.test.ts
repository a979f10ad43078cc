import { describe, expect, it } from 'vitest';
import { approversRequired, blockedByFindings, judgeAutomatic, mayApprove } from './approvals.ts';
import { planFindings } from './plan-guard.ts';
import type { PlanNumbers } from './plan-guard.ts';
import { DEFAULT_POLICY } from './policy.ts';
import type { Guardrails, PolicyDocument } from './policy.ts';
import { readPolicy } from './validate-policy.ts';

const errorsOf = (input: unknown): string[] => {
  const read = readPolicy(input, DEFAULT_POLICY, 'USD');
  return read.ok ? [] : (read.error.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`);
};
const read = (input: unknown): PolicyDocument => {
  const result = readPolicy(input, DEFAULT_POLICY, 'USD');
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};

describe('a policy document', () => {
  it('leaves out what limits nothing, and blocks where no action is given', () => {
    expect(read({ guardrails: { minMarginPercent: { value: '15' }, belowCost: null } })).toEqual({ guardrails: { minMarginPercent: { value: '15', action: 'block' } }, approvals: DEFAULT_POLICY.approvals });
    expect(read({ approvals: { approvers: 2 } }).approvals).toEqual({ approvers: 2, role: 'approver', ownChangeAllowed: true, planMaxAgeHours: null, automatic: null });
    expect(read({})).toEqual(DEFAULT_POLICY);
  });

  it('keeps a part that is not sent', () => {
    const current = read({ guardrails: { belowCost: { action: 'block' } }, approvals: { approvers: 2 } });
    const next = readPolicy({ approvals: { approvers: 1 } }, current, 'USD');
    expect(next.ok && next.value.guardrails).toEqual(current.guardrails);
  });

  it('says everything that is wrong with its place', () => {
    expect(errorsOf({
      guardrails: {
        minMarginPercent: { value: 15, action: 'shout' }, maxDecreasePercent: { value: '120' }, maxRevenueEffect: { value: '1.005', unit: 'amount' }, surprise: {},
        frozen: { selector: { field: 'product.tag', op: 'eq', value: 'x' }, productIds: ['7'] },
        quietHours: { timeZone: 'Mars/Base', windows: [{ from: '25:00', to: '06:00', days: ['monday'] }] }, maxWritesPerVariantPerDay: { value: 0 },
      },
      approvals: { approvers: 3, ownChangeAllowed: 'no', planMaxAgeHours: 1.5, automatic: { maxRows: 10 } },
    })).toEqual([
      '/guardrails/surprise unknown_key', '/guardrails/minMarginPercent/value wrong_type', '/guardrails/minMarginPercent/action wrong_value',
      '/guardrails/maxDecreasePercent/value out_of_range', '/guardrails/maxRevenueEffect/value too_many_decimals', '/guardrails/frozen/selector/field unknown_field',
      '/guardrails/frozen/productIds/0 wrong_value', '/guardrails/quietHours/timeZone unknown_time_zone', '/guardrails/quietHours/windows/0/from wrong_value',
      '/guardrails/quietHours/windows/0/days wrong_value', '/guardrails/maxWritesPerVariantPerDay/value out_of_range',
      '/approvals/approvers wrong_value', '/approvals/ownChangeAllowed wrong_type', '/approvals/planMaxAgeHours out_of_range', '/approvals/automatic/maxChangePercent required',
    ]);
  });

  it('takes no version that is none', () => {
    for (const version of ['1', 1.5, 0, {}]) expect(errorsOf({ version })).toEqual(['/version wrong_type']);
    expect(errorsOf({ version: null })).toEqual([]);
  });

  it('refuses a margin of a hundred percent and quiet hours that never end', () => {
    expect(errorsOf({ guardrails: { minMarginPercent: { value: '100' } } })).toEqual(['/guardrails/minMarginPercent/value out_of_range']);
    expect(errorsOf({ guardrails: { quietHours: { timeZone: 'UTC', windows: [{ from: '00:00', to: '00:00' }] } } })).toEqual(['/guardrails/quietHours/windows no_time_left']);
  });
});

const numbers = (facts: Partial<PlanNumbers> = {}): PlanNumbers => ({ planned: 10, byWarning: {}, maxIncreasePercent: null, maxDecreasePercent: '10.00', revenueAtCurrentVolume: null, ...facts });
const policy = (guardrails: Guardrails): PolicyDocument => ({ ...DEFAULT_POLICY, guardrails });
const usd = (amount: string) => ({ amount, currencyCode: 'USD' as const });

describe('guardrails over a plan', () => {
  it('look at its share of the catalog', () => {
    const half = policy({ maxShareOfCatalogPercent: { value: '50', action: 'block' } });
    expect(planFindings(half, numbers({ planned: 50 }), 100, 'USD')).toEqual([]);
    const [finding] = planFindings(half, numbers({ planned: 51 }), 100, 'USD');
    expect(finding).toMatchObject({ code: 'guardrail_max_share', severity: 'block', limit: '50', actual: '51.00' });
    expect(blockedByFindings([finding!])).toMatchObject({ error: { kind: 'conflict', code: 'guardrail_blocked', errors: [{ pointer: '/summary/findings/0' }] } });
  });

  it('look at revenue where sales are known, and say so where they are not', () => {
    const tenth = policy({ maxRevenueEffect: { value: '10', unit: 'percent', action: 'secondApprover' } });
    expect(planFindings(tenth, numbers(), 100, 'USD')).toMatchObject([{ code: 'guardrail_revenue_unknown', severity: 'note' }]);
    expect(planFindings(tenth, numbers({ revenueAtCurrentVolume: { before: usd('1000.00'), after: usd('900.00') } }), 100, 'USD')).toEqual([]);
    expect(planFindings(tenth, numbers({ revenueAtCurrentVolume: { before: usd('1000.00'), after: usd('899.99') } }), 100, 'USD')).toMatchObject([{ severity: 'secondApprover', actual: '10.00' }]);
    const amount = policy({ maxRevenueEffect: { value: '100.00', unit: 'amount', action: 'block' } });
    expect(planFindings(amount, numbers({ revenueAtCurrentVolume: { before: usd('0.00'), after: usd('100.01') } }), 100, 'USD')).toMatchObject([{ severity: 'block', actual: '100.01' }]);
    expect(planFindings(tenth, numbers({ revenueAtCurrentVolume: { before: usd('0.00'), after: usd('1.00') } }), 100, 'USD')).toMatchObject([{ severity: 'secondApprover', actual: null }]);
  });

  it('say that a slip looks like this', () => {
    expect(planFindings(DEFAULT_POLICY, numbers({ byWarning: { extreme_change: 3 } }), 100, 'USD')).toMatchObject([{ code: 'extreme_change', severity: 'note', actual: '3' }]);
  });
});

describe('approvals', () => {
  const small = { ...DEFAULT_POLICY.approvals, automatic: { maxRows: 20, maxChangePercent: '15', maxShareOfCatalogPercent: '20' } };
  it('are automatic only for what is small and unremarkable', () => {
    expect(judgeAutomatic(small, numbers(), [], 100)).toMatchObject({ approve: true });
    for (const [facts, findings, variants] of [
      [{ planned: 21 }, [], 1000], [{ planned: 0 }, [], 100], [{ maxIncreasePercent: '15.01' }, [], 100], [{ byWarning: { below_cost: 1 } }, [], 100], [{}, [], 49],
      [{}, planFindings(DEFAULT_POLICY, numbers({ byWarning: { extreme_change: 1 } }), 100, 'USD'), 100],
    ] as const) expect(judgeAutomatic(small, numbers(facts), findings, variants).approve).toBe(false);
    expect(judgeAutomatic(DEFAULT_POLICY.approvals, numbers(), [], 100).approve).toBe(false);
  });

  it('ask for two people where the shop or a finding does', () => {
    expect(approversRequired(DEFAULT_POLICY.approvals, [])).toBe(1);
    expect(approversRequired({ ...DEFAULT_POLICY.approvals, approvers: 2 }, [])).toBe(2);
    expect(approversRequired(DEFAULT_POLICY.approvals, [{ severity: 'secondApprover' }])).toBe(2);
  });

  it('count only from whom the shop lets approve', () => {
    const strict = { ...DEFAULT_POLICY.approvals, ownChangeAllowed: false, role: 'admin' as const };
    expect(mayApprove(strict, { actor: 'user:1', role: 'admin' }, 'user:1')).toMatchObject({ error: { kind: 'forbidden', code: 'own_change' } });
    expect(mayApprove(strict, { actor: 'user:2', role: 'approver' }, 'user:1')).toMatchObject({ error: { code: 'role_missing' } });
    expect(mayApprove(strict, { actor: 'user:2', role: 'admin' }, 'user:1').ok).toBe(true);
    expect(mayApprove(DEFAULT_POLICY.approvals, { actor: 'user:1', role: 'approver' }, 'user:1').ok).toBe(true);
  });
});
