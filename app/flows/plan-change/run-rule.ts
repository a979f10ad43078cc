import type { PriceChange } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { Rule } from '../../domain/rules/rule.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';
import { createChange } from './create-change.ts';
import { requestPreview } from './request-preview.ts';
import { ownWindow } from './rule-window.ts';

/**
 * Runs a saved rule now: a price change is made and its plan asked for. Of a schedule it takes the window that runs or, if none does,
 * the next one; without a schedule it waits to be applied. Errors: not_found; conflict `rule_disabled`, `window_over`.
 */
export async function runRule({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id }: { id: string }): Promise<Result<PriceChange>> {
  const saved = await uow.run(ctx.tenantId, (tx) => tx.rules.get(id));
  if (!saved) return problem('not_found', 'rule_not_found', 'There is no saved rule with this id.');
  const { schedule } = saved.ruleJson as Rule;
  const window = schedule ? ownWindow(schedule, ctx.now()) : ok(null);
  if (!window.ok) return window;
  const made = await createChange({ uow }, ctx, { name: saved.name, ruleId: id, ...(window.value ? { schedule: window.value } : {}) });
  return made.ok ? requestPreview({ uow }, ctx, { id: made.value.id }) : made;
}
