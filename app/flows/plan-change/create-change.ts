import type { PriceChange, Schedule } from '@calibr/types';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { changeDto } from '../../domain/pricing/change-dto.ts';
import { validateRule } from '../../domain/rules/validate.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

export interface CreateChangeInput {
  readonly name: string;
  readonly ruleId?: string;
  readonly rule?: unknown;
  readonly schedule?: Schedule | null;
}

/**
 * A draft of a price change from a saved rule (its current version) or from a rule given here.
 * Errors: invalid `invalid_rule` with pointers, `rule_or_rule_id`; not_found `rule_not_found`; conflict `rule_disabled`, `no_catalog`.
 */
export async function createChange({ uow }: { uow: UnitOfWork }, ctx: FlowContext, input: CreateChangeInput): Promise<Result<PriceChange>> {
  if ((input.ruleId === undefined) === (input.rule === undefined)) {
    return problem('invalid', 'rule_or_rule_id', 'Give either ruleId, a saved rule, or rule, the rule itself.', [{ pointer: '/rule', code: 'rule_or_rule_id', message: 'Either ruleId or rule' }]);
  }
  return uow.run(ctx.tenantId, async (tx) => {
    const tenant = await tx.tenant.get();
    if (!tenant) return problem('not_found', 'shop_not_found', 'This shop is not installed.');
    const saved = input.ruleId === undefined ? null : await tx.rules.get(input.ruleId);
    if (input.ruleId !== undefined && !saved) return problem('not_found', 'rule_not_found', 'There is no saved rule with this id.');
    if (saved && !saved.enabled) return problem('conflict', 'rule_disabled', 'This rule is disabled; enable it before planning a change by it.');
    const valid = validateRule(saved ? saved.ruleJson : input.rule, tenant.currencyCode as CurrencyCode);
    if (!valid.ok) {
      const errors = (valid.error.errors ?? []).map((error) => ({ ...error, pointer: saved ? error.pointer : `/rule${error.pointer}` }));
      return { ok: false, error: { ...valid.error, errors } };
    }
    const rule = valid.value;
    const schedule = input.schedule ?? rule.schedule ?? null;
    if (schedule) {
      // The schedule given last is the one that counts, and it must be as sound as the rule's own.
      const sound = validateRule({ ...rule, schedule }, tenant.currencyCode as CurrencyCode);
      if (!sound.ok) return sound;
    }
    const change = await tx.changes.create({
      id: ctx.newId(), name: input.name, kind: 'change', ruleId: saved?.id ?? null, ruleVersion: saved?.version ?? null,
      ruleJson: rule, selectorJson: rule.selector, transformJson: rule.transform, scheduleJson: schedule, priority: rule.priority ?? 0,
      currencyCode: tenant.currencyCode, rollbackOf: null, correlationId: ctx.correlationId, createdBy: actorText(ctx.actor), now: ctx.now(),
    });
    await tx.journal.append(ctx, {
      type: 'price_change.created', aggregateType: 'price_change', aggregateId: change.id,
      payload: { changeId: change.id, name: change.name, kind: change.kind, ruleId: change.ruleId, ruleVersion: change.ruleVersion, rollbackOf: null, schedule, currencyCode: change.currencyCode },
      audit: { action: 'created', explain: { name: change.name, ruleId: change.ruleId, ruleVersion: change.ruleVersion } },
    });
    return ok(changeDto(change, null));
  });
}
