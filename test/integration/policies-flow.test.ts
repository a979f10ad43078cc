import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approveChange, rejectChange } from '../../app/flows/approve-change/decide.ts';
import { commentChange } from '../../app/flows/approve-change/comment-change.ts';
import { scheduleChange } from '../../app/flows/approve-change/schedule-change.ts';
import { voidApprovals } from '../../app/flows/approve-change/void-approvals.ts';
import { applyChange, startScheduled } from '../../app/flows/apply-change/control.ts';
import { explainItem } from '../../app/flows/explain-price/explain-item.ts';
import { changeMember, listMembers } from '../../app/flows/manage-members/manage-members.ts';
import { getPolicies, savePolicies } from '../../app/flows/manage-policies/manage-policies.ts';
import { createRule, updateRule } from '../../app/flows/manage-rules/manage-rules.ts';
import { buildPlan } from '../../app/flows/plan-change/build-plan.ts';
import { createChange } from '../../app/flows/plan-change/create-change.ts';
import { requestPreview } from '../../app/flows/plan-change/request-preview.ts';
import { getChange, listDecisions } from '../../app/flows/read-changes/read-changes.ts';
import { rollBackChange } from '../../app/flows/roll-back-change/roll-back.ts';
import type { Guardrails } from '../../app/domain/policies/policy.ts';
import type { Rule } from '../../app/domain/rules/rule.ts';
import type { FlowContext } from '../../app/ports/context.ts';
import { useTestDatabase } from '../setup/database.ts';
import { memberRole } from '../../app/flows/install-shop/identify-member.ts';
import { must } from './must.ts';
import { newDigest, openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';

const database = useTestDatabase();
let shop: FlowShop;
beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
});
afterEach(async () => {
  expect(await shop.differences()).toEqual([]);
  await shop.close();
});

const errorOf = (result: { ok: boolean; error?: { code: string } }): string | null => (result.ok ? null : result.error!.code);
const percent = (value: string): Rule => ({ selector: { all: [] }, transform: { steps: [{ type: 'percent', value }] } });
const someone = (id: string): FlowContext => ({ ...shop.ctx, actor: { kind: 'user', id } });
const policies = (input: unknown) => savePolicies(shop, shop.ctx, input);
const guardrails = async (rails: Guardrails) => must(await policies({ guardrails: rails }));

async function planned(input: { rule: Rule } | { ruleId: string }, schedule?: { startAt: string; timeZone: string }): Promise<string> {
  const { id } = must(await createChange(shop, shop.ctx, { name: 'Change', ...input, ...(schedule ? { schedule } : {}) }));
  await again(id);
  return id;
}
async function again(id: string) {
  must(await requestPreview(shop, shop.ctx, { id }));
  must(await buildPlan({ uow: shop.uow, newDigest }, shop.ctx, { id }));
}
const change = async (id: string) => must(await getChange(shop, shop.ctx, { id }));
const approve = async (id: string, ctx: FlowContext = shop.ctx, role?: string) => approveChange(shop, ctx, { id, planHash: (await change(id)).planHash!, ...(role ? { role } : {}) });

describe('the people of a shop', () => {
  it('get their roles and names from an administrator, of whom one always stays', async () => {
    for (const userId of ['42', '43']) await memberRole(shop, someone(userId), { userId });
    expect(must(await listMembers(shop, shop.ctx))).toMatchObject([{ userId: '42', name: '', role: 'admin' }, { userId: '43', role: 'editor' }]);
    expect(errorOf(await changeMember(shop, shop.ctx, { userId: '44', name: '', role: 'approver' }))).toBe('member_not_found');
    expect(errorOf(await changeMember(shop, shop.ctx, { userId: '42', name: '', role: 'viewer' }))).toBe('last_admin');
    must(await changeMember(shop, shop.ctx, { userId: '43', name: 'Ben', role: 'admin' }));
    must(await changeMember(shop, shop.ctx, { userId: '42', name: '', role: 'viewer' }));
    expect(must(await listMembers(shop, shop.ctx))).toMatchObject([{ userId: '42', role: 'viewer' }, { userId: '43', name: 'Ben', role: 'admin' }]);
    expect(await memberRole(shop, someone('43'), { userId: '43' })).toBe('admin');
    expect(await shop.sql("select entity, entity_id, explain->>'role' as role from audit_log where entity = 'member' order by seq")).toEqual([{ entity: 'member', entity_id: '43', role: 'admin' }, { entity: 'member', entity_id: '42', role: 'viewer' }]);
  });
});

describe('policies of a shop', () => {
  it('are defaults without a version until they are set, then versioned, and a version that is not in force is refused', async () => {
    expect(must(await getPolicies(shop, shop.ctx))).toMatchObject({ version: null, guardrails: {}, planMaxAgeHours: 72, approvals: { approvers: 1, ownChangeAllowed: true } });
    expect(must(await policies({ guardrails: { belowCost: {} }, version: null })).version).toBe(1);
    expect(errorOf(await policies({ guardrails: {}, version: null }))).toBe('version_conflict');
    // The same again is no new version.
    expect(must(await policies({ guardrails: { belowCost: { action: 'block' } }, version: 1 })).version).toBe(1);
    expect(must(await policies({ approvals: { planMaxAgeHours: 5 }, version: 1 }))).toMatchObject({ version: 2, planMaxAgeHours: 5, guardrails: { belowCost: { action: 'block' } } });
    expect(await policies({ guardrails: { belowCost: { action: 'sometimes' } } })).toMatchObject({ error: { kind: 'invalid', code: 'invalid_policy', errors: [{ pointer: '/guardrails/belowCost/action' }] } });
    const versions = await shop.sql<{ version: number }>("select v.version from discount_policy_versions v join discount_policies p on p.tenant_id = v.tenant_id and p.id = v.policy_id where p.type = 'guardrail' order by 1");
    expect(versions.map(({ version }) => version)).toEqual([1, 2]);
    expect((await shop.events()).filter(({ type }) => type === 'policy.updated')).toHaveLength(2);
  });

  it('saved twice at once make one version', async () => {
    const saved = await Promise.all(['10', '20'].map((value) => policies({ guardrails: { minMarginPercent: { value } }, version: null })));
    expect(saved.filter(({ ok }) => ok)).toHaveLength(1);
    expect(saved.filter(({ ok }) => !ok).map(errorOf)).toEqual(['version_conflict']);
  });
});

describe('guardrails on rows', () => {
  it('block, clamp and warn, with the policy version in the plan, its rows and its seal', async () => {
    await shop.stock(3);
    await shop.sql("update variants set cost = case ref when 1 then 950 when 2 then 500 end, map_price = case ref when 2 then 920 end");
    const plain = await planned({ rule: percent('-10') });
    const version = (await guardrails({ minMarginPercent: { value: '10', action: 'block' }, respectMap: { action: 'clamp' } })).version;
    const id = await planned({ rule: percent('-10') });
    const items = await shop.items(id);
    expect(items.map(({ outcome, reason, afterPrice, warnings, policyVersion }) => [outcome, reason, afterPrice, [...warnings], policyVersion])).toEqual([
      ['blocked', 'guardrail_min_margin', null, [], version], ['planned', null, 920n, ['guardrail_clamped'], version], ['blocked', 'guardrail_cost_missing', null, [], version],
    ]);
    expect(await change(id)).toMatchObject({ policyVersion: version, summary: { planned: 1, blocked: 2, byReason: { guardrail_min_margin: 1, guardrail_cost_missing: 1 }, byWarning: { guardrail_clamped: 1 }, findings: [] } });
    const explained = must(await explainItem(shop, shop.ctx, { id, itemId: items[1]!.id }));
    expect(explained.text).toContain('held at 9.20 by the guardrail "minimum advertised price"');
    expect((await change(plain)).planHash).not.toBe((await change(id)).planHash);
    must(await approve(id));
    must(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id }));
    await shop.runToTheEnd(id);
    expect(shop.channel.log).toEqual([{ variantRef: 2n, from: 1000n, to: 920n }]);
  });

  it('leave frozen products alone, by selector facts that the rule itself does not read', async () => {
    await shop.stock(2);
    await shop.sql("update products set tags = '{Fixed}', tag_keys = '{fixed}' where ref = 2");
    const [first] = await shop.sql<{ id: string }>('select id from products where ref = 1');
    await guardrails({ frozen: { selector: { field: 'product.tags', op: 'contains', value: 'fixed' } } });
    const id = await planned({ rule: percent('-10') });
    expect((await shop.items(id)).map(({ reason }) => reason)).toEqual([null, 'guardrail_frozen']);
    await guardrails({ frozen: { productIds: [first!.id] } });
    await again(id);
    expect((await shop.items(id)).map(({ reason }) => reason)).toEqual(['guardrail_frozen', null]);
  });

  it('count what went out today by the day of the shop', async () => {
    await shop.stock(2);
    await guardrails({ maxWritesPerVariantPerDay: { value: 1 } });
    const id = await planned({ rule: { ...percent('-10'), selector: { field: 'variant.sku', op: 'eq', value: 'S-1' } } });
    must(await approve(id));
    must(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id }));
    await shop.runToTheEnd(id);
    const next = await planned({ rule: percent('-10') });
    expect((await shop.items(next)).map(({ reason }) => reason)).toEqual(['daily_cap_reached', null]);
    // A plan that starts tomorrow has tomorrow's writes.
    const later = await planned({ rule: percent('-10') }, { startAt: '2026-11-23T09:00:00', timeZone: 'UTC' });
    expect((await shop.items(later)).map(({ reason }) => reason)).toEqual([null, null]);
    // The way back is not held.
    const back = must(await rollBackChange({ uow: shop.uow, newDigest }, shop.ctx, { id }));
    expect(back.summary).toMatchObject({ planned: 1, blocked: 0 });
    shop.advance(12 * 3_600_000);
    await again(next);
    expect((await shop.items(next)).map(({ reason }) => reason)).toEqual([null, null]);
  });

  it('hold back what other changes wrote since the plan was made, or are about to write', async () => {
    await shop.stock(2);
    await guardrails({ maxWritesPerVariantPerDay: { value: 1 } });
    const one: Rule = { ...percent('-10'), selector: { field: 'variant.sku', op: 'eq', value: 'S-1' } };
    const [first, second, third] = [await planned({ rule: one }), await planned({ rule: percent('-20') }), await planned({ rule: one })];
    for (const id of [first, second, third]) must(await approve(id));
    must(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id: first }));
    must(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id: second }));
    expect((await shop.items(second)).map(({ state, verdict }) => [state, verdict])).toEqual([['cancelled', expect.stringContaining('as often as the policies allow')], ['queued', null]]);
    await shop.runToTheEnd(first);
    await shop.runToTheEnd(second);
    expect([await shop.state(first), await shop.state(second)]).toEqual(['applied', 'partially_applied']);
    must(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id: third }));
    await shop.runToTheEnd(third);
    expect(await shop.state(third)).toBe('failed');
    expect(shop.channel.log.map(({ variantRef }) => variantRef)).toEqual([1n, 2n]);
  });

  it('say that a tenfold cut is extreme, without any policy', async () => {
    await shop.stock(2);
    const id = await planned({ rule: percent('-95') });
    expect((await change(id)).summary).toMatchObject({ byWarning: { extreme_change: 2 }, findings: [{ code: 'extreme_change', severity: 'note', actual: '2' }] });
    expect((await change(id)).policyVersion).toBeNull();
  });
});

describe('guardrails on a plan', () => {
  it('that block prevent its approval and say what to do', async () => {
    await shop.stock(4);
    await guardrails({ maxShareOfCatalogPercent: { value: '50', action: 'block' } });
    const id = await planned({ rule: percent('-10') });
    expect((await change(id)).summary).toMatchObject({ findings: [{ code: 'guardrail_max_share', severity: 'block', actual: '100.00' }] });
    expect(await approve(id)).toMatchObject({ error: { kind: 'conflict', code: 'guardrail_blocked', errors: [{ pointer: '/summary/findings/0', code: 'guardrail_max_share', message: expect.stringContaining('Narrow the rule') as string }] } });
    const half = await planned({ rule: { ...percent('-10'), selector: { field: 'variant.sku', op: 'in', value: ['S-1', 'S-2'] } } });
    must(await approve(half));
  });

  it('may ask for a second person instead', async () => {
    await shop.stock(2);
    await guardrails({ maxShareOfCatalogPercent: { value: '50', action: 'secondApprover' } });
    const id = await planned({ rule: percent('-10') });
    expect(must(await approve(id)).state).toBe('previewed');
    expect(must(await approve(id, someone('2'))).state).toBe('approved');
  });
});

describe('approvals', () => {
  it('by two people: the first waits, twice the same counts once, and the change shows who', async () => {
    await shop.stock(1);
    must(await policies({ approvals: { approvers: 2 } }));
    const id = await planned({ rule: percent('-10') });
    expect((await change(id)).approvals).toMatchObject({ required: 2, given: [] });
    must(await approveChange(shop, shop.ctx, { id, planHash: (await change(id)).planHash!, comment: 'Fine by me', role: 'admin' }));
    must(await approve(id));
    expect((await change(id)).approvals).toMatchObject({ required: 2, given: [{ actor: 'user:1', role: 'admin', comment: 'Fine by me' }] });
    expect((await change(id)).state).toBe('previewed');
    expect(errorOf(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id }))).toBe('illegal_transition');
    expect(must(await approve(id, { ...shop.ctx, actor: { kind: 'token', id: 't1' } }))).toMatchObject({ state: 'approved', approvedBy: 'token:t1', approvals: { required: 2, given: [{ actor: 'user:1' }, { actor: 'token:t1' }] } });
    const types = (await shop.events()).map(({ type }) => type);
    expect(types.filter((type) => type === 'price_change.approval_given')).toHaveLength(1);
    expect(types.filter((type) => type === 'price_change.approved')).toHaveLength(1);
  });

  it('given at the same moment by many are of as many people, and lead to one approval', async () => {
    await shop.stock(1);
    must(await policies({ approvals: { approvers: 2 } }));
    const id = await planned({ rule: percent('-10') });
    const answers = await Promise.all(['1', '1', '1', '2', '2'].map((user) => approve(id, someone(user))));
    expect((await change(id)).state).toBe('approved');
    expect(answers.filter(({ ok }) => ok).length).toBeGreaterThanOrEqual(2);
    const [count] = await shop.sql<{ n: number }>("select count(*)::int as n from price_change_decisions where decision = 'approve'");
    expect(count!.n).toBe(2);
  });

  it('count only from whom the policies let approve', async () => {
    await shop.stock(1);
    must(await policies({ approvals: { ownChangeAllowed: false, role: 'admin' } }));
    const id = await planned({ rule: percent('-10') });
    expect(await approve(id, shop.ctx, 'admin')).toMatchObject({ error: { kind: 'forbidden', code: 'own_change' } });
    expect(await approve(id, someone('2'))).toMatchObject({ error: { kind: 'forbidden', code: 'role_missing' } });
    must(await approve(id, someone('2'), 'admin'));
  });

  it('of an old hash or under old policies are refused', async () => {
    await shop.stock(1);
    const id = await planned({ rule: percent('-10') });
    const old = (await change(id)).planHash!;
    await guardrails({ maxDecreasePercent: { value: '50', action: 'block' } });
    expect(errorOf(await approve(id))).toBe('stale_plan');
    await again(id);
    expect(errorOf(await approveChange(shop, shop.ctx, { id, planHash: old }))).toBe('stale_plan');
    must(await approve(id));
  });

  it('expire with the hours of the policy', async () => {
    await shop.stock(1);
    must(await policies({ approvals: { planMaxAgeHours: 2 } }));
    const id = await planned({ rule: percent('-10') });
    expect((await change(id)).approvals?.expiresAt).toBe(new Date(shop.now().getTime() + 2 * 3_600_000).toISOString());
    shop.advance(2 * 3_600_000 + 1);
    expect(errorOf(await approve(id))).toBe('stale_plan');
  });

  it('are automatic within the limits, with the reason, and only then', async () => {
    await shop.stock(3);
    must(await policies({ approvals: { automatic: { maxRows: 2, maxChangePercent: '10' } } }));
    const two: Rule = { ...percent('-10'), selector: { field: 'variant.sku', op: 'in', value: ['S-1', 'S-2'] } };
    const id = await planned({ rule: two });
    expect(await change(id)).toMatchObject({ state: 'approved', approvedBy: 'system:auto-approval', approvals: { required: 1, given: [{ actor: 'system:auto-approval', role: 'system', comment: expect.stringContaining('2 of at most 2 rows') as string }] } });
    // A person who was a moment later agrees.
    must(await approve(id));
    must(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id }));
    for (const rule of [percent('-10'), { ...two, transform: percent('-11').transform }, { ...two, transform: percent('-95').transform }]) {
      expect(await change(await planned({ rule }))).toMatchObject({ state: 'previewed', note: expect.stringMatching(/^Not approved automatically\. ./) as string });
    }
  });

  it('are voided by a new preview, a changed rule and changed policies, each saying so', async () => {
    await shop.stock(1);
    const rule = must(await createRule(shop, shop.ctx, { rule: percent('-10'), name: 'Ten' }));
    const id = await planned({ ruleId: rule.id });
    must(await approve(id));
    await again(id);
    expect(await change(id)).toMatchObject({ state: 'previewed', approvedHash: null, approvals: { given: [], voided: { reason: expect.stringContaining('previewed again') as string } } });
    must(await approve(id));
    expect((await change(id)).approvals?.voided).toBeNull();

    must(await updateRule(shop, shop.ctx, { id: rule.id, rule: percent('-20') }));
    expect(errorOf(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id }))).toBe('stale_plan');
    await shop.publish();
    expect(shop.jobs.map(({ name }) => name)).toContain('void-approvals-of-rule');
    expect(await voidApprovals(shop, shop.ctx, { ruleId: rule.id })).toBe(1);
    expect(await voidApprovals(shop, shop.ctx, { ruleId: rule.id })).toBe(0);
    expect(await change(id)).toMatchObject({ state: 'previewed', approvals: { voided: { reason: expect.stringContaining('rule changed from version 1 to 2') as string } } });

    await again(id);
    must(await approve(id));
    must(await scheduleChange(shop, shop.ctx, { id, schedule: { startAt: '2026-12-01T00:00:00', timeZone: 'UTC' } }));
    await guardrails({ belowCost: { action: 'warn' } });
    await shop.publish();
    expect(shop.jobs.map(({ name }) => name)).toContain('void-approvals-of-policies');
    expect(await voidApprovals(shop, shop.ctx, { ruleId: null })).toBe(1);
    expect(await change(id)).toMatchObject({ state: 'previewed', approvals: { voided: { reason: expect.stringContaining('policies changed') as string } } });
    expect((await shop.events()).filter(({ type }) => type === 'price_change.approval_voided').map(({ payload }) => payload.code)).toEqual(['previewed_again', 'rule_changed', 'policy_changed']);
  });

  it('and comments stay with the change, oldest first', async () => {
    await shop.stock(1);
    const id = await planned({ rule: percent('-10') });
    must(await commentChange(shop, shop.ctx, { id, comment: ' Why so low? ' }));
    expect(await commentChange(shop, shop.ctx, { id, comment: '  ' })).toMatchObject({ error: { kind: 'invalid' } });
    must(await rejectChange(shop, someone('2'), { id, comment: 'Too low', role: 'approver' }));
    expect(must(await listDecisions(shop, shop.ctx, { id })).data.map(({ decision, actor, comment }) => [decision, actor, comment])).toEqual([['comment', 'user:1', 'Why so low?'], ['reject', 'user:2', 'Too low']]);
    for (const change of ["update price_change_decisions set comment = 'x'", 'delete from price_change_decisions']) await expect(shop.sql(change)).rejects.toThrow(/permission denied/);
  });
});

describe('quiet hours', () => {
  const quiet: Guardrails = { quietHours: { timeZone: 'Europe/Berlin', windows: [{ days: ['sun'], from: '12:00', to: '20:00' }] } };
  it('hold a start by hand and a scheduled one, and let the way back through', async () => {
    await shop.stock(1);
    const before = await shop.start();
    await shop.runToTheEnd(before);
    await guardrails(quiet);
    const id = await planned({ rule: percent('-20') });
    must(await approve(id));
    expect(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id })).toMatchObject({ error: { kind: 'conflict', code: 'quiet_hours', detail: expect.stringContaining('2026-11-22 20:00 (Europe/Berlin)') as string } });
    must(await scheduleChange(shop, shop.ctx, { id, schedule: { startAt: '2026-11-22T12:00:00', timeZone: 'UTC' } }));
    await startScheduled({ uow: shop.uow, newDigest }, shop.ctx, { id });
    expect(await change(id)).toMatchObject({ state: 'scheduled', failure: expect.stringContaining('20:00') as string });
    const back = must(await rollBackChange({ uow: shop.uow, newDigest }, shop.ctx, { id: before }));
    must(await approve(back.id));
    expect(must(await applyChange({ uow: shop.uow, newDigest }, shop.ctx, { id: back.id })).state).toBe('applying');
    shop.advance(8 * 3_600_000);
    await startScheduled({ uow: shop.uow, newDigest }, shop.ctx, { id });
    expect(await change(id)).toMatchObject({ state: 'applying', failure: null });
  });
});
