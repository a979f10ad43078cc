import type { PriceChange } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { ChangeRow } from '../../domain/pricing/change.ts';
import { changeDto } from '../../domain/pricing/change-dto.ts';
import { ofRule, windowSchedule } from '../../domain/pricing/rule-change.ts';
import type { Rule, RuleSchedule } from '../../domain/rules/rule.ts';
import { nextOccurrences } from '../../domain/schedules/occurrences.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx } from '../../ports/unit-of-work.ts';
import { buildPlan } from './build-plan.ts';
import type { BuildPlanDeps } from './build-plan.ts';
import { costCounts } from './plan-rows.ts';

const PLANNED: readonly ChangeRow['state'][] = ['previewed', 'approved', 'scheduled', 'paused', 'applied', 'partially_applied', 'failed'];

/**
 * Plans the rows of a change anew that went stale, and only those: by the same rule, from what the catalog says today. The new change
 * is previewed and needs approval of its own; until that is given the old rows stay as they are.
 * Errors: not_found; conflict `nothing_stale`, `still_applying`, `not_planned`, `window_over`, `rollback_is_planned`, `price_list_change`.
 */
export async function planDelta(deps: BuildPlanDeps, ctx: FlowContext, { id }: { id: string }): Promise<Result<PriceChange>> {
  const made = await deps.uow.run(ctx.tenantId, async (tx): Promise<Result<string>> => {
    const parent = await tx.changes.lock(id);
    if (!parent) return problem('not_found', 'price_change_not_found', 'There is no price change with this id.');
    const refused = whyNot(parent, ctx.now());
    if (refused) return refused;
    if ((await tx.stale.count(parent, costCounts(parent))) === 0) return problem('conflict', 'nothing_stale', 'Every row is still what the plan saw; there is nothing to plan anew.');
    return ok(await makeDelta(tx, ctx, parent));
  });
  if (!made.ok) return made;
  await buildPlan(deps, ctx, { id: made.value });
  return deps.uow.run(ctx.tenantId, async (tx) => ok(changeDto((await tx.changes.get(made.value))!, await tx.items.countByState(made.value))));
}

function whyNot(parent: ChangeRow, now: Date): Result<never> | null {
  if (parent.kind === 'rollback') return problem('conflict', 'rollback_is_planned', 'A rollback is planned when it is made; make a new one to plan it again.');
  if (parent.priceListId) return problem('conflict', 'price_list_change', 'A change of a price list is planned as a whole; preview it again.');
  if (parent.state === 'applying') return problem('conflict', 'still_applying', 'This change is still being applied; pause it or wait until it has ended.');
  if (!PLANNED.includes(parent.state) || parent.activity !== null) return problem('conflict', 'not_planned', `A price change that is ${parent.state.replaceAll('_', ' ')} has no plan whose rows could be planned anew.`);
  if (parent.endAt !== null && parent.endAt <= now) return problem('conflict', 'window_over', 'This campaign is over.');
  return null;
}

async function makeDelta(tx: Tx, ctx: FlowContext, parent: ChangeRow): Promise<string> {
  const id = ctx.newId();
  const schedule = scheduleOf(parent);
  const facts = { name: `Stale rows of: ${parent.name}`.slice(0, 200), kind: 'delta' as const, ruleId: parent.ruleId, ruleVersion: parent.ruleVersion, rollbackOf: null, currencyCode: parent.currencyCode };
  await tx.changes.create({
    ...ofRule(parent.ruleJson as Rule, schedule), ...facts, priority: parent.priority, id, parentId: parent.id, correlationId: ctx.correlationId, createdBy: actorText(ctx.actor), now: ctx.now(),
  });
  await tx.changes.update(id, { activity: 'previewing' }, ctx.now());
  await tx.journal.append(ctx, {
    type: 'price_change.created', aggregateType: 'price_change', aggregateId: id,
    payload: { changeId: id, ...facts, schedule, parentId: parent.id }, audit: { action: 'created', explain: { name: facts.name, deltaOf: parent.id } },
  });
  return id;
}

/** A campaign's delta ends with it; what has not started yet starts with it; otherwise it is applied by hand. */
function scheduleOf(parent: ChangeRow): RuleSchedule | null {
  const schedule = parent.scheduleJson as RuleSchedule | null;
  if (!schedule || (parent.endAt === null && parent.startedAt !== null)) return null;
  if (!schedule.recurrence) return schedule;
  const at = parent.occurrenceAt?.getTime();
  const [window] = at === undefined ? nextOccurrences(schedule, Number.NEGATIVE_INFINITY, 1) : nextOccurrences(schedule, at - 1, 1);
  return window ? windowSchedule(schedule.timeZone, window) : null;
}
