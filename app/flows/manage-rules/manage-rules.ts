import type { DiscountPolicy, Rule as RuleDto, RuleList, RuleVersionList } from '@calibr/types';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { timeOrNull } from '../../domain/kernel/money-dto.ts';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { RuleSchedule } from '../../domain/rules/rule.ts';
import { validateRule } from '../../domain/rules/validate.ts';
import { nextRunsOf } from '../../domain/schedules/planned-runs.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { RuleRow } from '../../ports/rule-store.ts';
import type { PageRequest, Tx, UnitOfWork } from '../../ports/unit-of-work.ts';
import { automationFacts, readTrigger } from './automation.ts';
import { faultOf } from './rule-input.ts';
import type { RuleInput } from './rule-input.ts';

type Deps = { readonly uow: UnitOfWork };
const notFound = (): Result<never> => problem('not_found', 'rule_not_found', 'There is no saved rule with this id.');

function ruleDto(row: RuleRow): DiscountPolicy {
  return {
    id: row.id, type: row.type, name: row.name, rule: row.ruleJson as RuleDto, version: row.version, enabled: row.enabled,
    automation: { trigger: row.automationTrigger, nextAt: row.enabled ? timeOrNull(row.automationAt) : null },
    createdBy: row.createdBy, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString(),
  };
}

/** With the next windows of its schedule, where it has one. */
function ruleWithRuns(row: RuleRow, now: Date): DiscountPolicy {
  const schedule = (row.ruleJson as { schedule?: RuleSchedule | null }).schedule;
  return schedule ? { ...ruleDto(row), nextRuns: nextRunsOf(schedule, now) } : ruleDto(row);
}

async function valid(tx: Tx, rule: unknown) {
  const tenant = await tx.tenant.get();
  return validateRule(rule, (tenant?.currencyCode ?? 'USD') as CurrencyCode);
}

export async function listRules({ uow }: Deps, ctx: FlowContext, page: PageRequest): Promise<Result<RuleList>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const { data, nextCursor } = await tx.rules.list(page);
    return ok({ data: data.map(ruleDto), nextCursor });
  });
}

export async function getRule({ uow }: Deps, ctx: FlowContext, { id }: { id: string }): Promise<Result<DiscountPolicy>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const row = await tx.rules.get(id);
    return row ? ok(ruleWithRuns(row, ctx.now())) : notFound();
  });
}

/** What a rule was in each of its versions, the newest first. Errors: not_found. */
export async function listRuleVersions({ uow }: Deps, ctx: FlowContext, { id, ...page }: PageRequest & { id: string }): Promise<Result<RuleVersionList>> {
  return uow.run(ctx.tenantId, async (tx) => {
    if (!(await tx.rules.get(id))) return notFound();
    const { data, nextCursor } = await tx.rules.versions(id, page);
    return ok({ data: data.map(({ version, name, ruleJson, createdBy, createdAt }) => ({ version, name, rule: ruleJson as RuleDto, createdBy, createdAt: createdAt.toISOString() })), nextCursor });
  });
}

/** Saves a rule as version 1. Errors: invalid `invalid_request`, `invalid_rule` with pointers into the rule, `name_missing`, `invalid_automation`. */
export async function createRule({ uow }: Deps, ctx: FlowContext, input: RuleInput): Promise<Result<DiscountPolicy>> {
  const fault = faultOf(input);
  if (fault) return fault;
  return uow.run(ctx.tenantId, async (tx) => {
    const rule = await valid(tx, input.rule);
    if (!rule.ok) return rule;
    const trigger = readTrigger(input.automation, rule.value, 'manual');
    if (!trigger.ok) return trigger;
    const name = (input.name ?? rule.value.name ?? '').trim();
    if (!name) return problem('invalid', 'name_missing', 'A saved rule needs a name.', [{ pointer: '/name', code: 'required', message: 'Give the rule a name.' }]);
    const row = await tx.rules.create({ id: ctx.newId(), name, ruleJson: { ...rule.value, name }, createdBy: actorText(ctx.actor), now: ctx.now() });
    const enabled = input.enabled ?? true;
    await tx.rules.setAutomation(row.id, { enabled, ...automationFacts(trigger.value, enabled, rule.value, null, ctx.now()) });
    await tx.journal.append(ctx, {
      type: 'rule.created', aggregateType: 'rule', aggregateId: row.id,
      payload: { ruleId: row.id, version: 1, name, rule: row.ruleJson }, audit: { action: 'created', explain: { name, version: 1, automation: trigger.value } },
    });
    return ok(ruleWithRuns((await tx.rules.get(row.id))!, ctx.now()));
  });
}

/**
 * Saves a new version. What is not given of `enabled` and `automation` stays as it is.
 * Errors: as create; not_found; conflict `version_conflict` when `version` is given and no longer current.
 */
export async function updateRule({ uow }: Deps, ctx: FlowContext, input: RuleInput & { id: string }): Promise<Result<DiscountPolicy>> {
  const fault = faultOf(input);
  if (fault) return fault;
  return uow.run(ctx.tenantId, async (tx) => {
    const current = await tx.rules.lock(input.id);
    if (!current) return notFound();
    const rule = await valid(tx, input.rule);
    if (!rule.ok) return rule;
    const trigger = readTrigger(input.automation, rule.value, current.automationTrigger);
    if (!trigger.ok) return trigger;
    const expectedVersion = input.version ?? current.version;
    const name = (input.name ?? rule.value.name ?? current.name).trim() || current.name;
    const row = await tx.rules.update({
      id: input.id, name, ruleJson: { ...rule.value, name }, expectedVersion, by: actorText(ctx.actor), now: ctx.now(),
      ...(input.enabled === undefined || input.enabled === null ? {} : { enabled: input.enabled }),
    });
    if (!row) return problem('conflict', 'version_conflict', `This rule is at version ${current.version} now, not ${expectedVersion}; load it again.`);
    await tx.rules.setAutomation(row.id, automationFacts(trigger.value, row.enabled, rule.value, current, ctx.now()));
    await tx.journal.append(ctx, {
      type: 'rule.updated', aggregateType: 'rule', aggregateId: row.id,
      payload: { ruleId: row.id, version: row.version, name, rule: row.ruleJson, enabled: row.enabled, automation: trigger.value },
      audit: { action: 'updated', explain: { name, version: row.version, enabled: row.enabled, automation: trigger.value } },
    });
    return ok(ruleWithRuns((await tx.rules.get(row.id))!, ctx.now()));
  });
}

/** Hides a rule; plans and history that name its versions keep them. Errors: not_found. */
export async function deleteRule({ uow }: Deps, ctx: FlowContext, { id }: { id: string }): Promise<Result<void>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const row = await tx.rules.get(id);
    if (!row || !(await tx.rules.remove(id, ctx.now()))) return notFound();
    await tx.journal.append(ctx, {
      type: 'rule.deleted', aggregateType: 'rule', aggregateId: id,
      payload: { ruleId: id, version: row.version, name: row.name }, audit: { action: 'deleted', explain: { name: row.name, version: row.version } },
    });
    return ok();
  });
}
