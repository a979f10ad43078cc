import { payloadRef } from '../../domain/catalog/webhook-payload.ts';
import type { CatalogSource } from '../../ports/catalog-source.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { JobQueue } from '../../ports/job-queue.ts';
import type { LogArchive } from '../../ports/log-retention.ts';
import type { ChannelShop } from '../../ports/price-channel.ts';
import type { TenantRow, WebhookRow } from '../../ports/tenant-store.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';
import { countOrder } from './count-order.ts';
import { followShop } from './follow-shop.ts';
import { answerForCustomer, leaveInOrder, redactShop } from './leave-shop.ts';
import { mergeProduct } from './merge-product.ts';
import { ringForBulk } from './ring-for-bulk.ts';
import { takeScopes } from './take-scopes.ts';
import { needOf, readAll } from './what-to-read.ts';
import type { Answers, Need } from './what-to-read.ts';

export interface ProcessWebhooksDeps {
  readonly uow: UnitOfWork;
  readonly source: CatalogSource;
  readonly queue: JobQueue;
  /** Where old pieces of the logs are; null or not given where none are kept. */
  readonly archive?: Pick<LogArchive, 'forget'> | null;
}

/** A webhook that breaks this often, some of them ten seconds apart, ends as failed; the others never wait for it. */
const ATTEMPTS_MAX = 8;
/** Webhooks looked at together: what they need of the shop is asked in one question. */
const BATCH = 50;

/**
 * Works through the inbox until it is empty or `signal` says so; each webhook's effect and its mark commit together, in the order in
 * which they were triggered. One that needs an answer of a shop that gives none, or that breaks, is passed over until the tick rings again.
 */
export async function processWebhooks(deps: ProcessWebhooksDeps, ctx: FlowContext, signal: AbortSignal): Promise<void> {
  const passedOver: string[] = [];
  while (!signal.aborted) {
    const found = await deps.uow.run(ctx.tenantId, async (tx) => ({ webhooks: await tx.inbox.nextBatch(BATCH, passedOver), tenant: await tx.tenant.get() }));
    if (found.webhooks.length === 0 || !found.tenant) return;
    const webhooks = [...found.webhooks].sort((a, b) => a.triggeredAt.getTime() - b.triggeredAt.getTime());
    if (await processBatch(deps, ctx, found.tenant, webhooks, passedOver, signal) === 'erased') return;
  }
}

async function processBatch(deps: ProcessWebhooksDeps, ctx: FlowContext, first: TenantRow, webhooks: readonly WebhookRow[], passedOver: string[], signal: AbortSignal): Promise<'processed' | 'erased'> {
  const needs = await needsOf(deps, ctx, first, webhooks, passedOver);
  const shop: ChannelShop = { tenantId: ctx.tenantId, shopDomain: first.shopDomain, currencyCode: first.currencyCode };
  const answers = await readAll(deps.source, ctx, shop, [...needs.values()]).catch(async (error: unknown) => {
    for (const webhook of webhooks) if ((needs.get(webhook.webhookId)?.kind ?? 'nothing') !== 'nothing') await broke(deps, ctx, webhook, error, passedOver);
    return null;
  });
  if (answers === null) return 'processed';
  for (const webhook of webhooks) {
    if (signal.aborted) return 'processed';
    const need = needs.get(webhook.webhookId);
    if (!need) continue;
    if ((need.kind === 'product' && answers.laterProducts.has(need.ref)) || (need.kind === 'shop' && answers.laterShop)) {
      passedOver.push(webhook.webhookId);
      continue;
    }
    try {
      const done = await deps.uow.run(ctx.tenantId, (tx) => processOne(tx, deps, ctx, webhook, need, answers));
      if (done === 'erased') return 'erased';
    } catch (error) {
      await broke(deps, ctx, webhook, error, passedOver);
    }
  }
  return 'processed';
}

async function needsOf(deps: ProcessWebhooksDeps, ctx: FlowContext, tenant: TenantRow, webhooks: readonly WebhookRow[], passedOver: string[]): Promise<ReadonlyMap<string, Need>> {
  const look = (some: readonly WebhookRow[]): Promise<[string, Need][]> => deps.uow.run(ctx.tenantId, async (tx) => {
    const found: [string, Need][] = [];
    for (const webhook of some) found.push([webhook.webhookId, await needOf(tx, tenant, webhook)]);
    return found;
  });
  // One by one only where one of them breaks: it must not keep the others waiting.
  const needs = new Map<string, Need>(await look(webhooks).catch(() => []));
  for (const webhook of needs.size === 0 ? webhooks : []) {
    try {
      for (const [id, need] of await look([webhook])) needs.set(id, need);
    } catch (error) {
      await broke(deps, ctx, webhook, error, passedOver);
    }
  }
  // Of a product that is read no payload of the same batch is merged after the reading: it would pass for what was learned later.
  const read = new Set([...needs.values()].flatMap((need) => (need.kind === 'product' ? [need.ref] : [])));
  for (const webhook of webhooks) {
    const ref = isOfProduct(webhook) ? payloadRef(webhook.payload) : null;
    if (ref !== null && read.has(ref) && needs.has(webhook.webhookId)) needs.set(webhook.webhookId, { kind: 'product', ref });
  }
  return needs;
}

async function broke({ uow }: ProcessWebhooksDeps, ctx: FlowContext, webhook: WebhookRow, error: unknown, passedOver: string[]): Promise<void> {
  passedOver.push(webhook.webhookId);
  const detail = error instanceof Error ? error.message : String(error);
  const ended = await uow.run(ctx.tenantId, (tx) => tx.inbox.broke(webhook.webhookId, detail.slice(0, 500), ATTEMPTS_MAX, ctx.now()));
  ctx.log.error({ topic: webhook.topic, webhookId: webhook.webhookId, ended, err: error }, 'A webhook could not be processed');
}

async function processOne(tx: Tx, deps: ProcessWebhooksDeps, ctx: FlowContext, webhook: WebhookRow, need: Need, answers: Answers): Promise<'processed' | 'erased'> {
  if (!(await tx.inbox.hold(webhook))) return 'processed';
  if (await tx.inbox.eventDone(webhook.topic, webhook.eventId)) {
    await tx.inbox.finish(webhook.webhookId, 'ignored', 'the same event had its effect before', ctx.now());
    return 'processed';
  }
  // One before it in the batch may have told of another currency, or that the app is gone.
  const tenant = (await tx.tenant.get())!;
  // What one before it in the batch made undecidable is looked at again with the next batch, and then read.
  if (need.kind === 'nothing' && isOfProduct(webhook) && (await needOf(tx, tenant, webhook)).kind !== 'nothing') return 'processed';
  const note = await handle(tx, deps, ctx, tenant, webhook, need, answers);
  if (note === 'erased') return 'erased';
  await tx.inbox.finish(webhook.webhookId, note === null ? 'done' : 'ignored', note, ctx.now());
  return 'processed';
}

const isOfProduct = ({ topic }: WebhookRow): boolean => topic === 'products/create' || topic === 'products/update';

/** Null when it had its effect, otherwise why there was none; `erased` when the tenant is gone. */
async function handle(tx: Tx, { queue, archive }: ProcessWebhooksDeps, ctx: FlowContext, tenant: TenantRow, webhook: WebhookRow, need: Need, answers: Answers): Promise<string | null> {
  switch (webhook.topic) {
    case 'products/create':
    case 'products/update':
    case 'inventory_items/update':
      return mergeProduct(tx, ctx, tenant, webhook, need.kind === 'product' ? answers.products.get(need.ref) ?? null : null);
    case 'products/delete': {
      const ref = payloadRef(webhook.payload);
      if (ref === null || !(await tx.catalog.deactivateProduct(ref, webhook.triggeredAt, ctx.now()))) return 'no such product';
      await tx.journal.append(ctx, { type: 'product.deleted', aggregateType: 'catalog', aggregateId: String(ref), payload: { productRef: String(ref), source: 'webhook' } });
      return null;
    }
    case 'orders/create':
      return countOrder(tx, ctx, tenant, webhook);
    case 'bulk_operations/finish':
      return ringForBulk(tx, ctx, queue, webhook);
    case 'app/uninstalled':
      return leaveInOrder(tx, ctx, tenant, webhook);
    case 'app/scopes_update':
      return takeScopes(tx, ctx, tenant, webhook);
    case 'shop/update':
      return followShop(tx, ctx, tenant, webhook, answers.shop);
    case 'customers/data_request':
    case 'customers/redact':
      return answerForCustomer(tx, ctx, webhook);
    case 'shop/redact':
      return redactShop(tx, ctx, webhook, archive ?? null);
    default:
      return 'nothing listens to this topic';
  }
}
