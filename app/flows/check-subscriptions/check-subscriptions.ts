import type { FlowContext } from '../../ports/context.ts';
import type { JobQueue } from '../../ports/job-queue.ts';
import type { ChannelFailure, ChannelShop } from '../../ports/price-channel.ts';
import type { ShopSubscription, SubscriptionSource, WantedSubscription } from '../../ports/subscription-source.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';
import { wantedSubscriptions } from './wanted-subscriptions.ts';

export interface CheckSubscriptionsDeps {
  readonly uow: UnitOfWork;
  readonly queue: JobQueue;
  readonly subscriptions: SubscriptionSource;
  /** Public origin of this app. */
  readonly appUrl: string;
}

/** Under this name the health of the subscriptions is kept beside that of the connector. */
export const SUBSCRIPTIONS_HEALTH = 'shopify_webhooks';
const EVERY_MS = 24 * 3_600_000;
const RETRY_MS = 10 * 60_000;
/** A shop that is just installed may not have given its token yet. */
const NO_TOKEN_RETRY_MS = 60_000;

interface Outcome {
  readonly present: number;
  readonly made: readonly string[];
  readonly moved: readonly string[];
  readonly removed: number;
  readonly refused: readonly string[];
}

/**
 * Compares the subscriptions that the shop has with those that the app needs: Shopify removes one whose deliveries failed for four
 * hours, and tells nobody. What is missing is made again, what points to an address of before is moved or removed; and where
 * something was missing, what happened meanwhile was not told, so a reconciliation follows. Running it again changes nothing.
 */
export async function checkSubscriptions(deps: CheckSubscriptionsDeps, ctx: FlowContext): Promise<void> {
  const { uow, subscriptions } = deps;
  const found = await uow.run(ctx.tenantId, async (tx) => ({ tenant: await tx.tenant.get(), row: await tx.freshness.get() }));
  if (!found.tenant || found.tenant.state !== 'installed') return;
  const { tenant, row } = found;
  const shop: ChannelShop = { tenantId: ctx.tenantId, shopDomain: tenant.shopDomain, currencyCode: tenant.currencyCode };
  const wanted = wantedSubscriptions(deps.appUrl, tenant.scopes);
  const listed = await subscriptions.list(shop);
  const outcome = listed.ok ? await repair(deps, shop, wanted, listed.value) : listed.failure;
  if ('kind' in outcome) return notChecked(deps, ctx, outcome);

  const ours = listed.ok ? listed.value.filter(({ topic }) => wanted.some((one) => one.topic === topic)) : [];
  const versions = [...new Set(ours.map(({ apiVersion }) => apiVersion))].filter((version) => version !== subscriptions.apiVersion);
  const missing = outcome.made.length + outcome.moved.length;
  const problems = [
    ...outcome.refused,
    ...(versions.length ? [`Webhooks come in API version ${versions.join(', ')} while the app reads ${subscriptions.apiVersion}; set webhooks.api_version in shopify.app.toml and deploy it.`] : []),
  ];
  const wasChecked = row?.subscriptionsCheckedAt != null;
  await uow.run(ctx.tenantId, async (tx) => {
    await tx.tenant.saveHealth(SUBSCRIPTIONS_HEALTH, problems.length ? 'degraded' : 'ok', {
      needed: wanted.length, present: outcome.present + missing, made: outcome.made.join(', '), moved: outcome.moved.join(', '), removed: outcome.removed,
      ...(problems.length ? { problem: problems.join(' ') } : {}),
    }, ctx.now());
    await tx.freshness.save({
      subscriptionsCheckedAt: ctx.now(), subscriptionsNextAt: new Date(ctx.now().getTime() + (outcome.refused.length ? RETRY_MS : EVERY_MS)),
      ...(missing > 0 && wasChecked ? { nextAt: ctx.now() } : {}),
    }, ctx.now());
  });
  if (missing === 0) return;
  ctx.log.warn({ made: outcome.made, moved: outcome.moved, first: !wasChecked }, 'Webhook subscriptions were missing and were made');
  if (!wasChecked) return;
  await deps.queue.enqueue([{ name: 'reconcile-catalog', key: `reconcile-catalog:${ctx.tenantId}`, payload: { tenantId: ctx.tenantId, correlationId: ctx.correlationId } }]);
}

async function repair({ subscriptions }: CheckSubscriptionsDeps, shop: ChannelShop, wanted: readonly WantedSubscription[], listed: readonly ShopSubscription[]): Promise<Outcome | ChannelFailure> {
  const outcome = { present: 0, made: [] as string[], moved: [] as string[], removed: 0, refused: [] as string[] };
  for (const want of wanted) {
    const ofTopic = listed.filter(({ topic }) => topic === want.topic);
    const elsewhere = ofTopic.filter(({ uri }) => uri !== want.uri);
    if (elsewhere.length < ofTopic.length) outcome.present++;
    else {
      const before = elsewhere.shift();
      const answer = before ? await subscriptions.move(shop, before.id, want) : await subscriptions.create(shop, want);
      if (!answer.ok) return answer.failure;
      if (answer.value.done) (before ? outcome.moved : outcome.made).push(want.topic);
      else outcome.refused.push(`${want.topic}: ${answer.value.refused}`);
    }
    // Another address of the same app would hear everything too, or fail until it is removed.
    for (const { id } of elsewhere) {
      const answer = await subscriptions.remove(shop, id);
      if (!answer.ok) return answer.failure;
      if (answer.value.done) outcome.removed++;
    }
  }
  return outcome;
}

async function notChecked({ uow }: CheckSubscriptionsDeps, ctx: FlowContext, failure: ChannelFailure): Promise<void> {
  ctx.log.warn({ failure: failure.kind, detail: failure.detail }, 'The webhook subscriptions could not be checked; it is tried again');
  const gone = failure.kind === 'unauthorized' || failure.kind === 'uninstalled';
  const nextAt = new Date(ctx.now().getTime() + Math.max(gone ? NO_TOKEN_RETRY_MS : RETRY_MS, failure.retryAfterMs ?? 0));
  await uow.run(ctx.tenantId, async (tx) => {
    await tx.tenant.saveHealth(SUBSCRIPTIONS_HEALTH, 'down', { problem: failure.detail }, ctx.now());
    await tx.freshness.save({ subscriptionsNextAt: nextAt, subscriptionsCheckedAt: ctx.now() }, ctx.now());
  });
}
