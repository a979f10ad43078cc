import type { PriceChange } from '@calibr/types';
import type { Result } from '../../domain/kernel/result.ts';
import type { FlowContext } from '../../ports/context.ts';
import { dueKey } from '../../ports/schedule-store.ts';
import type { DueThing } from '../../ports/schedule-store.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';
import { followSeries } from './follow-series.ts';
import { missWindow } from './miss-window.ts';
import { planOccurrence } from './plan-occurrence.ts';
import { runAutomation } from './run-automation.ts';

export interface RunSchedulesDeps {
  readonly uow: UnitOfWork;
  /** Starts an approved change; one that cannot start keeps the reason itself. */
  readonly start: (ctx: FlowContext, input: { id: string }) => Promise<void>;
  readonly endCampaign: (ctx: FlowContext, input: { id: string; reason: string; onTime: true }) => Promise<Result<PriceChange>>;
}

/** So many things are done in one run; the tick rings for the rest. */
const STEPS_MAX = 1000;

/**
 * Does what is due in one shop, in the order of its times: starts, ends, windows that went by, recurrences and automations. Whatever
 * was due while no worker ran is caught up here, once. Several workers may run it at once: each takes the earliest thing that is
 * due, and everything locks what it changes and looks again. Answers how many things it took.
 */
export async function runSchedules(deps: RunSchedulesDeps, ctx: FlowContext, signal: AbortSignal): Promise<number> {
  const taken: string[] = [];
  while (!signal.aborted && taken.length < STEPS_MAX) {
    const due = await deps.uow.run(ctx.tenantId, (tx) => tx.schedules.nextDue(ctx.now(), taken));
    if (!due) break;
    // What could not be done now stays due, and must not hold up what comes after it.
    taken.push(dueKey(due));
    await take(deps, ctx, due);
  }
  return taken.length;
}

async function take(deps: RunSchedulesDeps, ctx: FlowContext, { kind, id }: DueThing): Promise<void> {
  switch (kind) {
    case 'start': return deps.start(ctx, { id });
    case 'end': return end(deps, ctx, id);
    case 'missed': return missWindow(deps, ctx, { id });
    case 'follow': return followSeries(deps, ctx, { id });
    case 'plan': return planOccurrence(deps, ctx, { id });
    case 'automation': return runAutomation(deps, ctx, { id });
  }
}

/** A write whose answer is not known yet is waited for: the campaign ends with one of the next ticks. */
async function end({ uow, endCampaign }: RunSchedulesDeps, ctx: FlowContext, id: string): Promise<void> {
  const ended = await endCampaign(ctx, { id, reason: 'Its time was over.', onTime: true });
  if (ended.ok || ['write_in_doubt', 'price_change_not_found', 'illegal_transition', 'not_installed'].includes(ended.error.code)) return;
  const failure = `It was to end at its time and could not: ${ended.error.detail}`;
  await uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (!change || change.failure === failure) return;
    ctx.log.warn({ changeId: id, code: ended.error.code }, 'A campaign did not end at its time');
    await tx.changes.update(id, { failure }, ctx.now());
  });
}
