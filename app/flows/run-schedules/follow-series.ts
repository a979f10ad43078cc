import type { ChangeRow } from '../../domain/pricing/change.ts';
import { ofRule } from '../../domain/pricing/rule-change.ts';
import type { Rule, RuleSchedule } from '../../domain/rules/rule.ts';
import { nextOfSeries } from '../../domain/schedules/series.ts';
import type { NextOfSeries } from '../../domain/schedules/series.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

/**
 * Makes the next change of a recurring one once the window of this one has come. Windows that went by meanwhile are passed over and
 * said. A series stops where its change was rejected or cancelled before, where its rule is gone or off, and after its last window.
 */
export async function followSeries({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id }: { id: string }): Promise<void> {
  await uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change || change.followAt === null || change.followAt > ctx.now() || change.seriesId === null || change.occurrenceAt === null) return;
    const schedule = change.scheduleJson as RuleSchedule | null;
    const stop = await whyItStops(tx, change);
    const next = schedule?.recurrence && stop === null ? nextOfSeries(schedule, change.occurrenceAt, ctx.now()) : null;
    await tx.changes.update(id, { followAt: null, ...(stop ? { note: stop } : {}) }, ctx.now());
    if (!next || await tx.schedules.occurrence(change.seriesId, next.startsAt)) return;
    await makeNext(tx, { ...ctx, correlationId: change.correlationId }, change, next);
  });
}

async function whyItStops(tx: Tx, change: ChangeRow): Promise<string | null> {
  if (change.state === 'rejected' || change.state === 'cancelled') return 'The series stopped here.';
  if (change.ruleId === null) return null;
  const rule = await tx.rules.get(change.ruleId);
  return rule?.enabled ? null : `The series stops here: its rule was ${rule ? 'switched off' : 'deleted'}.`;
}

async function makeNext(tx: Tx, ctx: FlowContext, before: ChangeRow, { startsAt, endsAt, planAt, more, note }: NextOfSeries): Promise<void> {
  const { name, ruleId, ruleVersion, currencyCode, priceListId, seriesId, createdBy, scheduleJson } = before;
  const id = ctx.newId();
  await tx.changes.create({
    ...ofRule(before.ruleJson as Rule, scheduleJson as RuleSchedule), priority: before.priority,
    id, name, kind: 'change', ruleId, ruleVersion, currencyCode, priceListId: priceListId ?? null, rollbackOf: null, correlationId: ctx.correlationId, createdBy, now: ctx.now(),
  });
  await tx.changes.update(id, { seriesId, occurrenceAt: startsAt, scheduleAt: startsAt, endAt: endsAt, planAt, followAt: more ? startsAt : null, note }, ctx.now());
  await tx.journal.append(ctx, {
    type: 'price_change.created', aggregateType: 'price_change', aggregateId: id,
    payload: { changeId: id, name, kind: 'change', ruleId, ruleVersion, rollbackOf: null, schedule: scheduleJson, currencyCode, seriesId, occurrenceAt: startsAt.toISOString() },
    audit: { action: 'created', explain: { name, after: before.id, startsAt: startsAt.toISOString() } },
  });
}
