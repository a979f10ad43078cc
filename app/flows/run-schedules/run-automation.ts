import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { ofRule, windowSchedule } from '../../domain/pricing/rule-change.ts';
import { lookAt, nextRun } from '../../domain/rules/automation.ts';
import type { Rule, RuleSchedule } from '../../domain/rules/rule.ts';
import { validateRule } from '../../domain/rules/validate.ts';
import { nextOccurrences } from '../../domain/schedules/occurrences.ts';
import { windowNow } from '../../domain/schedules/timing.ts';
import { formatWallClock, zoneClock } from '../../domain/schedules/wall-clock.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { RuleRow } from '../../ports/rule-store.ts';
import type { TenantRow } from '../../ports/tenant-store.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

/** A run of this rule that is being written is not disturbed: its automation looks again after so long. */
const BUSY_MS = 60_000;

/**
 * Runs a saved rule whose time has come: makes a price change, or plans its open one again, which then needs approval like any other.
 * Locked and looked at again, so that two workers make one.
 */
export async function runAutomation({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id }: { id: string }): Promise<void> {
  await uow.run(ctx.tenantId, async (tx) => {
    const saved = await tx.rules.lock(id);
    const tenant = await tx.tenant.get();
    if (!saved || !tenant || !saved.enabled || saved.automationAt === null || saved.automationAt > ctx.now()) return;
    const rule = validateRule(saved.ruleJson, tenant.currencyCode as CurrencyCode);
    if (!rule.ok || saved.automationTrigger === 'manual') {
      if (!rule.ok) ctx.log.warn({ ruleId: id, detail: rule.error.detail }, 'A saved rule cannot run by itself any more');
      return tx.rules.setAutomation(id, { automationAt: null, automationSince: null });
    }
    if (saved.automationTrigger === 'schedule') await forWindow(tx, ctx, saved, rule.value, tenant);
    else await afterCatalog(tx, ctx, saved, rule.value, tenant);
  });
}

/** For the next window of the rule's schedule, an hour before it or at once. */
async function forWindow(tx: Tx, ctx: FlowContext, saved: RuleRow, rule: Rule, tenant: TenantRow): Promise<void> {
  const now = ctx.now();
  const window = rule.schedule ? nextRun(rule.schedule, saved.automationDoneAt, now) : null;
  const at = lookAt(window);
  if (!rule.schedule || !window || !at || at > now) return tx.rules.setAutomation(saved.id, { automationAt: at });
  const occurrenceAt = new Date(window.startsAt);
  const [next] = nextOccurrences(rule.schedule, window.startsAt, 1);
  await tx.rules.setAutomation(saved.id, { automationAt: lookAt(next ?? null), automationDoneAt: occurrenceAt });
  if (await tx.schedules.occurrence(saved.id, occurrenceAt)) return;
  await makeRun(tx, ctx, saved, rule, tenant, { schedule: windowSchedule(rule.schedule.timeZone, window), occurrenceAt, endAt: window.endsAt === null ? null : new Date(window.endsAt) });
}

/** One open change at a time: it is planned again, or made where there is none. */
async function afterCatalog(tx: Tx, ctx: FlowContext, saved: RuleRow, rule: Rule, tenant: TenantRow): Promise<void> {
  const now = ctx.now();
  const window = rule.schedule ? windowNow(rule.schedule, now.getTime()) : null;
  const over = rule.schedule && (!window || (window.endsAt !== null && window.endsAt <= now.getTime()));
  if (over) return tx.rules.setAutomation(saved.id, { automationAt: null, automationSince: null });
  // Outside its windows a rule has nothing to keep up with; the next window begins with what the catalog is then.
  if (window && window.startsAt > now.getTime()) return tx.rules.setAutomation(saved.id, { automationAt: new Date(window.startsAt) });
  const open = await tx.schedules.openRuns(saved.id);
  if (open.some(({ state }) => state !== 'draft' && state !== 'previewed')) return tx.rules.setAutomation(saved.id, { automationAt: new Date(now.getTime() + BUSY_MS) });
  await tx.rules.setAutomation(saved.id, { automationAt: null, automationSince: null });
  const current = open[0] ? await tx.changes.lock(open[0].id) : null;
  if (current && (current.state === 'draft' || current.state === 'previewed')) {
    if (current.activity === null) await askForPlan(tx, ctx, current.id);
    return;
  }
  const clock = zoneClock(tenant.timeZone);
  const schedule = rule.schedule && window ? windowSchedule(rule.schedule.timeZone, window)
    : { startAt: formatWallClock(clock ? clock.localAt(now.getTime()) : now.getTime()), timeZone: clock ? tenant.timeZone : 'UTC' };
  await makeRun(tx, ctx, saved, rule, tenant, { schedule, occurrenceAt: null, endAt: window?.endsAt ? new Date(window.endsAt) : null });
}

async function makeRun(tx: Tx, ctx: FlowContext, saved: RuleRow, rule: Rule, tenant: TenantRow, { schedule, occurrenceAt, endAt }: { schedule: RuleSchedule; occurrenceAt: Date | null; endAt: Date | null }): Promise<void> {
  const id = ctx.newId();
  const made = { name: saved.name, ruleId: saved.id, ruleVersion: saved.version, currencyCode: tenant.currencyCode };
  await tx.changes.create({ ...ofRule(rule, schedule), ...made, id, kind: 'change', rollbackOf: null, correlationId: ctx.correlationId, createdBy: actorText(ctx.actor), now: ctx.now() });
  await tx.changes.update(id, { seriesId: saved.id, occurrenceAt, scheduleAt: occurrenceAt, endAt }, ctx.now());
  await tx.journal.append(ctx, {
    type: 'price_change.created', aggregateType: 'price_change', aggregateId: id,
    payload: { changeId: id, ...made, kind: 'change', rollbackOf: null, schedule, seriesId: saved.id, occurrenceAt: occurrenceAt?.toISOString() ?? null },
    audit: { action: 'created', explain: { name: saved.name, ruleId: saved.id, ruleVersion: saved.version, because: saved.automationTrigger } },
  });
  await askForPlan(tx, ctx, id);
}

async function askForPlan(tx: Tx, ctx: FlowContext, id: string): Promise<void> {
  await tx.changes.update(id, { activity: 'previewing', failure: null }, ctx.now());
  await tx.journal.append(ctx, { type: 'price_change.preview_requested', aggregateType: 'price_change', aggregateId: id, payload: { changeId: id } });
}
