import type { PriceChange, Schedule } from '@calibr/types';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { changeDto, nextRunsDto } from '../../domain/pricing/change-dto.ts';
import type { RuleSchedule } from '../../domain/rules/rule.ts';
import { validateRule } from '../../domain/rules/validate.ts';
import { timingOf } from '../../domain/schedules/timing.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';
import { ownWindow } from './rule-window.ts';

/** Campaigns lie on the shop's own prices: a sale in one market that ends by itself is not there yet. */
export const CAMPAIGN_REFUSED = problem('conflict', 'campaign_on_price_list_not_supported', 'A change of a price list cannot end by itself yet; leave out the end and roll it back when it is over.');

export interface CreateChangeInput {
  readonly name: string;
  readonly ruleId?: string;
  readonly rule?: unknown;
  readonly schedule?: Schedule | null;
  /** The price list of a market to write to, instead of the shop's own prices. */
  readonly target?: { readonly priceListId: string } | null;
}

/**
 * A draft of a price change from a saved rule (its current version) or from a rule given here.
 * Errors: invalid `invalid_rule` with pointers, `rule_or_rule_id`, `unknown_price_list`, `window_over`; not_found `rule_not_found`; conflict `rule_disabled`,
 * `no_catalog`, `campaign_on_price_list_not_supported`.
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
    const list = input.target ? await tx.priceLists.get(input.target.priceListId) : null;
    if (input.target && !list?.active) {
      return problem('invalid', 'unknown_price_list', 'The shop has no such price list.', [{ pointer: '/target/priceListId', code: 'unknown_price_list', message: 'Not one of GET /price-lists that is in use' }]);
    }
    const currencyCode = (list?.currencyCode ?? tenant.currencyCode) as CurrencyCode;
    const valid = validateRule(saved ? saved.ruleJson : input.rule, currencyCode);
    if (!valid.ok) {
      const errors = (valid.error.errors ?? []).map((error) => ({ ...error, pointer: saved ? error.pointer : `/rule${error.pointer}` }));
      return { ok: false, error: { ...valid.error, errors } };
    }
    const rule = valid.value;
    // A rule that runs for each of its windows has its series already: a change made beside it has one window.
    const ofRule = saved?.automationTrigger === 'schedule' && rule.schedule?.recurrence ? ownWindow(rule.schedule, ctx.now()) : ok(rule.schedule ?? null);
    if (!input.schedule && !ofRule.ok) return ofRule;
    const schedule = input.schedule ?? (ofRule.ok ? ofRule.value : null);
    if (schedule) {
      // The schedule given last is the one that counts, and it must be as sound as the rule's own.
      const sound = validateRule({ ...rule, schedule }, currencyCode);
      if (!sound.ok) return sound;
      if (input.schedule && !timingOf(input.schedule as RuleSchedule, ctx.now()).ok) {
        const pointer = input.schedule.recurrence ? '/schedule/recurrence' : '/schedule/endAt';
        return problem('invalid', 'window_over', 'The end of this schedule has passed.', [{ pointer, code: 'window_over', message: 'This time has passed.' }]);
      }
      if (list && schedule.endAt != null) return CAMPAIGN_REFUSED;
    }
    const change = await tx.changes.create({
      id: ctx.newId(), name: input.name, kind: 'change', ruleId: saved?.id ?? null, ruleVersion: saved?.version ?? null,
      ruleJson: rule, selectorJson: rule.selector, transformJson: rule.transform, scheduleJson: schedule, priority: rule.priority ?? 0,
      currencyCode, priceListId: list?.id ?? null, rollbackOf: null, correlationId: ctx.correlationId, createdBy: actorText(ctx.actor), now: ctx.now(),
    });
    await tx.journal.append(ctx, {
      type: 'price_change.created', aggregateType: 'price_change', aggregateId: change.id,
      payload: { changeId: change.id, name: change.name, kind: change.kind, ruleId: change.ruleId, ruleVersion: change.ruleVersion, rollbackOf: null, schedule, currencyCode: change.currencyCode, ...(list ? { priceListId: list.id } : {}) },
      audit: { action: 'created', explain: { name: change.name, ruleId: change.ruleId, ruleVersion: change.ruleVersion, ...(list ? { priceList: list.name } : {}) } },
    });
    return ok({ ...changeDto(change, null), ...nextRunsDto(change, ctx.now()) });
  });
}
