import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { startScheduled } from '../flows/apply-change/control.ts';
import { voidApprovals } from '../flows/approve-change/void-approvals.ts';
import { runApply } from '../flows/apply-change/run-apply.ts';
import { endCampaign, finishEnd } from '../flows/end-campaign/end-campaign.ts';
import { checkPlans } from '../flows/check-plans/check-plans.ts';
import { noticeDrift } from '../flows/notice-drift/notice-drift.ts';
import { abandonPlan, buildPlan } from '../flows/plan-change/build-plan.ts';
import { refreshIdleToken, resealTokens, ringEndingTokens } from '../flows/keep-tokens/keep-tokens.ts';
import { publishOutbox } from '../flows/publish-outbox/publish-outbox.ts';
import { checkSubscriptions } from '../flows/check-subscriptions/check-subscriptions.ts';
import { processWebhooks } from '../flows/receive-webhook/process-webhooks.ts';
import { followCurrency } from '../flows/follow-currency/follow-currency.ts';
import { reconcileCatalog } from '../flows/reconcile-catalog/reconcile-catalog.ts';
import { runSchedules } from '../flows/run-schedules/run-schedules.ts';
import { ringDueWork } from '../flows/ring-due-work/ring-due-work.ts';
import type { DueWork } from '../flows/ring-due-work/ring-due-work.ts';
import { refreshPriceList, syncPriceLists } from '../flows/sync-price-lists/sync-price-lists.ts';
import { retainLog } from '../flows/retain-log/retain-log.ts';
import type { RetainDeps } from '../flows/retain-log/retain-log.ts';
import { runSync } from '../flows/sync-catalog/sync-catalog.ts';
import { tenantId } from '../domain/kernel/ids.ts';
import type { TenantId } from '../domain/kernel/ids.ts';
import type { FlowDeps } from './bound-flows.ts';
import type { FlowContext, Log } from '../ports/context.ts';
import type { JobHandler, RunningJob } from '../ports/job-queue.ts';
import type { OutboxLeases } from '../ports/outbox.ts';
import type { BulkDeps } from '../flows/apply-change/apply-deps.ts';
import type { PriceChannel } from '../ports/price-channel.ts';
import type { TokenKeeper } from '../ports/token-keeper.ts';
import type { PriceListSource } from '../ports/price-list-source.ts';
import type { SubscriptionSource } from '../ports/subscription-source.ts';

export interface JobDeps extends FlowDeps {
  readonly channel: PriceChannel;
  readonly bulk: BulkDeps;
  readonly priceLists: PriceListSource;
  readonly subscriptions: SubscriptionSource;
  readonly appUrl: string;
  readonly reconcileEveryMs: number;
  readonly outbox: OutboxLeases;
  readonly tokens: TokenKeeper;
  readonly dueWork: () => Promise<readonly DueWork[]>;
  readonly log: Log;
  /** The time that all processes share. */
  readonly now: () => Date;
  readonly countEnding: NonNullable<Parameters<typeof runApply>[0]['countEnding']>;
  /** A batch of the outbox was told: how many messages, and how long it took. */
  readonly observePublish?: (messages: number, durationMs: number) => void;
  readonly retain: Pick<RetainDeps, 'retention' | 'archive' | 'keepMonths' | 'keepDays'>;
  readonly apply: { readonly leaseMs: number; readonly quietMs: number; readonly concurrency: number };
  readonly contextFor: (tenantId: TenantId, job: string, ids: { correlationId?: string; causationId?: string | null }) => FlowContext;
}

/** Rows that Shopify could not be asked about this often end as failed, with the reason. Throttling never counts. */
const APPLY_ATTEMPTS_MAX = 8;
/** As many as a job has. */
const PLAN_ATTEMPTS_MAX = 5;
const OUTBOX_ATTEMPTS_MAX = 12;
const OUTBOX_BATCH = 500;

export interface BoundJobs {
  readonly handlers: Readonly<Record<string, JobHandler>>;
  /** Tells what is due in the outbox; answers how many messages were told. */
  publish(): Promise<number>;
  /** Rings for all unfinished work. */
  tick(): Promise<number>;
}

/** The worker's jobs, each calling one flow. A job that is not done says when it wants to be rung again. */
export function bindJobs(deps: JobDeps): BoundJobs {
  const owner = `worker:${randomUUID()}`;
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const contextOf = (job: RunningJob): FlowContext => {
    const correlationId = text(job.payload.correlationId);
    return deps.contextFor(tenantId(String(job.payload.tenantId)), job.name, { ...(correlationId ? { correlationId } : {}), causationId: text(job.payload.causationId) ?? null });
  };
  const ringAgain = async (job: RunningJob, at: Date | null): Promise<void> => {
    if (at) await deps.queue.enqueue([{ name: job.name, key: `${job.name}:${String(job.payload.id)}`, payload: job.payload as Record<string, string>, runAt: at }]);
  };
  // The tick rings for work that is being done as well: one run of a thing in this process is enough.
  const running = new Set<string>();
  const alone = (handler: JobHandler): JobHandler => async (job) => {
    const thing = `${job.name}:${String(job.payload.id ?? job.payload.tenantId)}`;
    if (running.has(thing)) return;
    running.add(thing);
    await handler(job).finally(() => running.delete(thing));
  };
  const tick = async (): Promise<number> => (await ringDueWork(deps)) + (await ringEndingTokens(deps));
  const publish = async (): Promise<number> => {
    const since = performance.now();
    const told = await publishOutbox({ leases: deps.outbox, uow: deps.uow, queue: deps.queue, now: deps.now, random: Math.random, log: deps.log, maxAttempts: OUTBOX_ATTEMPTS_MAX }, owner, OUTBOX_BATCH);
    if (told > 0) deps.observePublish?.(told, performance.now() - since);
    return told;
  };

  /** A plan for a market is made from what that market shows now. */
  const planFresh = async (ctx: FlowContext, id: string): Promise<void> => {
    const change = await deps.uow.run(ctx.tenantId, (tx) => tx.changes.get(id));
    const failure = change?.activity === 'previewing' && change.priceListId ? await refreshPriceList(deps, ctx, { id: change.priceListId }) : null;
    if (failure === null) await buildPlan({ ...deps, turn }, ctx, { id });
    else await abandonPlan(deps, ctx, { id, failure: `The prices of the price list could not be read: ${failure}` });
  };

  return {
    tick,
    publish,
    handlers: {
      'plan-change': alone(async (job) => {
        const id = String(job.payload.id);
        await planFresh(contextOf(job), id).catch(async (error: unknown) => {
          // The tick rings as long as a plan is asked for: what breaks every time must end here.
          if (job.attempt >= PLAN_ATTEMPTS_MAX) await abandonPlan(deps, contextOf(job), { id, failure: `The plan could not be made: something went wrong on our side (job ${job.id}). Ask for the preview again.` });
          throw error;
        });
      }),
      'apply-change': alone(async (job) => {
        const { comeBackAt } = await runApply(
          { uow: deps.uow, channel: deps.channel, bulk: deps.bulk, owner: `${owner}:${job.id}:${randomUUID()}`, ...deps.apply, countEnding: deps.countEnding, maxAttempts: APPLY_ATTEMPTS_MAX, random: Math.random },
          contextOf(job), { id: String(job.payload.id) }, job.signal);
        await ringAgain(job, comeBackAt);
      }),
      'sync-catalog': alone(async (job) => {
        const { comeBackAt } = await runSync(deps, contextOf(job), { id: String(job.payload.id) }, job.signal);
        await ringAgain(job, comeBackAt);
      }),
      'finish-end': alone(async (job) => {
        await finishEnd(deps, contextOf(job), { id: String(job.payload.id) });
      }),
      'check-plans': async (job) => {
        await checkPlans(deps, contextOf(job), { productRef: job.payload.id === undefined ? null : BigInt(String(job.payload.id)) });
      },
      'notice-drift': async (job) => {
        await noticeDrift(deps, contextOf(job), { productRef: job.payload.id === undefined ? null : BigInt(String(job.payload.id)) });
      },
      'sync-price-lists': alone(async (job) => {
        const { comeBackAt } = await syncPriceLists(deps, contextOf(job));
        await ringAgain(job, comeBackAt);
      }),
      'void-approvals-of-rule': async (job) => {
        await voidApprovals(deps, contextOf(job), { ruleId: String(job.payload.id) });
      },
      'void-approvals-of-policies': async (job) => {
        await voidApprovals(deps, contextOf(job), { ruleId: null });
      },
      'reconcile-catalog': alone(async (job) => {
        const { comeBackAt } = await reconcileCatalog(deps, contextOf(job), job.signal);
        if (comeBackAt) await deps.queue.enqueue([{ name: job.name, key: `${job.name}:${String(job.payload.tenantId)}`, payload: job.payload as Record<string, string>, runAt: comeBackAt }]);
      }),
      'follow-currency': async (job) => {
        await followCurrency(deps, contextOf(job));
      },
      'check-subscriptions': alone(async (job) => {
        await checkSubscriptions(deps, contextOf(job));
      }),
      'process-webhooks': alone((job) => processWebhooks({ ...deps, archive: deps.retain.archive }, contextOf(job), job.signal)),
      'run-schedules': alone(async (job) => {
        await runSchedules({ uow: deps.uow, start: (ctx, input) => startScheduled(deps, ctx, input), endCampaign: (ctx, input) => endCampaign(deps, ctx, input) }, contextOf(job), job.signal);
      }),
      'refresh-token': alone((job) => refreshIdleToken(deps, contextOf(job))),
      'retain-log': alone(async (job) => {
        await retainLog({ ...deps.retain, now: deps.now, log: deps.log }, job.signal);
      }),
      tick: async () => {
        await tick();
        await resealTokens(deps);
      },
    },
  };
}
