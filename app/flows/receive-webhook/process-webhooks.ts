import { isCurrencyCode } from '../../domain/kernel/currency.ts';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { pricePair } from '../../domain/pricing/change-dto.ts';
import { payloadRef, readProductPayload } from '../../domain/catalog/webhook-payload.ts';
import type { ToldProduct } from '../../domain/catalog/webhook-payload.ts';
import type { CatalogRow } from '../../domain/catalog/catalog-row.ts';
import type { CatalogSource, SourceRecord } from '../../ports/catalog-source.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { JobQueue } from '../../ports/job-queue.ts';
import type { ChannelShop } from '../../ports/price-channel.ts';
import type { TenantRow, WebhookRow } from '../../ports/tenant-store.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';
import { countOrder } from './count-order.ts';
import { answerForCustomer, leaveInOrder, redactShop } from './leave-shop.ts';
import { takeScopes } from './take-scopes.ts';
import { touchAutomations } from './touch-automations.ts';

export interface ProcessWebhooksDeps {
  readonly uow: UnitOfWork;
  readonly source: CatalogSource;
  readonly queue: JobQueue;
}

/** A webhook that breaks this often, some of them ten seconds apart, ends as failed; the others never wait for it. */
const ATTEMPTS_MAX = 8;

/**
 * Works through the inbox until it is empty or `signal` says so; each webhook's effect and its mark commit together. One that
 * needs an answer of a shop that gives none, or that breaks, is passed over until the tick rings again.
 */
export async function processWebhooks(deps: ProcessWebhooksDeps, ctx: FlowContext, signal: AbortSignal): Promise<void> {
  const passedOver: string[] = [];
  let shopAnswers = true;
  while (!signal.aborted) {
    const found = await deps.uow.run(ctx.tenantId, async (tx) => ({ webhook: await tx.inbox.next(passedOver), tenant: await tx.tenant.get() }));
    if (!found.webhook || !found.tenant) return;
    const { webhook, tenant } = found;
    try {
      const fetched = await fetchIfNeeded(deps, ctx, tenant, webhook, shopAnswers);
      if (fetched === 'later') {
        shopAnswers = false;
        passedOver.push(webhook.webhookId);
        continue;
      }
      if (await deps.uow.run(ctx.tenantId, (tx) => processOne(tx, deps, ctx, tenant, webhook, fetched)) === 'erased') return;
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      const ended = await deps.uow.run(ctx.tenantId, (tx) => tx.inbox.broke(webhook.webhookId, detail.slice(0, 500), ATTEMPTS_MAX, ctx.now()));
      ctx.log.error({ topic: webhook.topic, webhookId: webhook.webhookId, ended, err: error }, 'A webhook could not be processed');
      passedOver.push(webhook.webhookId);
    }
  }
}

async function processOne(tx: Tx, deps: ProcessWebhooksDeps, ctx: FlowContext, tenant: TenantRow, webhook: WebhookRow, fetched: Fetched): Promise<'processed' | 'erased'> {
  if (!(await tx.inbox.hold(webhook))) return 'processed';
  if (await tx.inbox.eventDone(webhook.topic, webhook.eventId)) {
    await tx.inbox.finish(webhook.webhookId, 'ignored', 'the same event had its effect before', ctx.now());
    return 'processed';
  }
  const note = await handle(tx, deps, ctx, tenant, webhook, fetched);
  if (note === 'erased') return 'erased';
  await tx.inbox.finish(webhook.webhookId, note === null ? 'done' : 'ignored', note, ctx.now());
  return 'processed';
}

/** What the shop answered; null where the payload alone is to be used. */
type Fetched = readonly SourceRecord[] | null;

/**
 * A product that the payload alone cannot describe is read from the shop first: new variants come without their cost, and a
 * payload with fewer variants than we know may be an old one, or one that Shopify cut at 100.
 */
async function fetchIfNeeded({ uow, source }: ProcessWebhooksDeps, ctx: FlowContext, tenant: TenantRow, webhook: WebhookRow, shopAnswers: boolean): Promise<Fetched | 'later'> {
  const shop: ChannelShop = { tenantId: ctx.tenantId, shopDomain: tenant.shopDomain, currencyCode: tenant.currencyCode };
  const ref = await uow.run(ctx.tenantId, async (tx) => {
    if (webhook.topic === 'inventory_items/update') {
      const item = payloadRef(webhook.payload);
      return item === null ? null : tx.catalog.productRefOfInventoryItem(item);
    }
    if (webhook.topic !== 'products/create' && webhook.topic !== 'products/update') return null;
    const told = readProductPayload(webhook.payload, tenant.currencyCode as CurrencyCode);
    if (!told.ok) return payloadRef(webhook.payload);
    const known = new Set((await tx.catalog.variantsOfProduct(told.value.ref)).map((row) => row.variantRef));
    const same = known.size > 0 && known.size === told.value.variants.length && told.value.variants.every((variant) => known.has(variant.ref));
    return same ? null : told.value.ref;
  });
  if (ref === null) return null;
  if (!shopAnswers) return 'later';
  const products = await source.products(shop, [ref]);
  if (products.ok) return products.value;
  // Without access the payload is all there is; what it does not say comes with the next sync.
  if (products.failure.kind === 'uninstalled' || products.failure.kind === 'unauthorized') return null;
  ctx.log.warn({ topic: webhook.topic, failure: products.failure.kind, detail: products.failure.detail }, 'The shop did not answer; the webhook waits for the tick');
  return 'later';
}

/** Null when it had its effect, otherwise why there was none; `erased` when the tenant is gone. */
async function handle(tx: Tx, { queue }: ProcessWebhooksDeps, ctx: FlowContext, tenant: TenantRow, webhook: WebhookRow, fetched: Fetched): Promise<string | null> {
  switch (webhook.topic) {
    case 'products/create':
    case 'products/update':
    case 'inventory_items/update':
      return mergeProduct(tx, ctx, tenant, webhook, fetched);
    case 'products/delete': {
      const ref = payloadRef(webhook.payload);
      if (ref === null || !(await tx.catalog.deactivateProduct(ref, webhook.triggeredAt, ctx.now()))) return 'no such product';
      await tx.journal.append(ctx, { type: 'product.deleted', aggregateType: 'catalog', aggregateId: String(ref), payload: { productRef: String(ref), source: 'webhook' } });
      return null;
    }
    case 'orders/create':
      return countOrder(tx, ctx, tenant, webhook);
    case 'bulk_operations/finish': {
      const running = await tx.syncs.running();
      if (!running) return 'no sync is running';
      await queue.enqueue([{ name: 'sync-catalog', key: `sync-catalog:${running.id}`, payload: { tenantId: ctx.tenantId, id: running.id, correlationId: running.correlationId } }]);
      return null;
    }
    case 'app/uninstalled':
      return leaveInOrder(tx, ctx, tenant, webhook);
    case 'app/scopes_update':
      return takeScopes(tx, ctx, tenant, webhook);
    case 'shop/update': {
      const shop = webhook.payload as { name?: unknown; currency?: unknown; iana_timezone?: unknown } | null;
      const currency = isCurrencyCode(shop?.currency) ? shop.currency : tenant.currencyCode;
      await tx.tenant.update({
        currencyCode: currency,
        ...(typeof shop?.name === 'string' ? { name: shop.name } : {}),
        ...(typeof shop?.iana_timezone === 'string' ? { timeZone: shop.iana_timezone } : {}),
      }, ctx.now());
      if (currency !== tenant.currencyCode) await startAgain(tx, ctx);
      return null;
    }
    case 'customers/data_request':
    case 'customers/redact':
      return answerForCustomer(tx, ctx, webhook);
    case 'shop/redact':
      return redactShop(tx, ctx, webhook);
    default:
      return 'nothing listens to this topic';
  }
}

/** Amounts in another currency mean something else: the whole catalog is brought in anew. */
async function startAgain(tx: Tx, ctx: FlowContext): Promise<void> {
  if (await tx.syncs.running()) return;
  const sync = await tx.syncs.start({ id: ctx.newId(), correlationId: ctx.correlationId, now: ctx.now() });
  await tx.journal.append(ctx, {
    type: 'catalog.sync_started', aggregateType: 'catalog', aggregateId: sync.id, payload: { syncId: sync.id }, audit: { action: 'sync_started', explain: { because: "the shop's currency changed" } },
  });
}

async function mergeProduct(tx: Tx, ctx: FlowContext, tenant: TenantRow, webhook: WebhookRow, fetched: Fetched): Promise<string | null> {
  const told = webhook.topic === 'inventory_items/update' ? null : readProductPayload(webhook.payload, tenant.currencyCode as CurrencyCode);
  const records = fetched ?? (told?.ok ? recordsOf(told.value) : []);
  const product = records.find((record) => record.kind === 'product');
  if (!product) return fetched ? 'the shop no longer has this product' : 'nothing is known of this product';
  const before = await tx.catalog.variantsOfProduct(product.ref);
  const batchId = ctx.newId();
  await tx.catalog.stage(batchId, 0, records);
  await tx.catalog.merge(batchId, { complete: false, collectionsTold: fetched !== null, startedAt: ctx.now(), now: ctx.now(), source: 'webhook', correlationId: ctx.correlationId });
  const after = await tx.catalog.variantsOfProduct(product.ref);
  await touchAutomations(tx, ctx, tenant.currencyCode as CurrencyCode, before, after);
  const prices = moved(before, after, tenant.currencyCode);
  if (prices.length > 0 || costMoved(before, after)) {
    await tx.journal.append(ctx, {
      type: 'product.updated', aggregateType: 'catalog', aggregateId: String(product.ref),
      payload: { productRef: String(product.ref), productId: before[0]?.productId ?? null, source: 'webhook', title: product.title, prices: prices.slice(0, 250) },
      ...(prices.length > 0 ? { audit: { action: 'prices_seen', explain: { title: product.title, prices: prices.slice(0, 50) } } } : {}),
    });
  }
  return null;
}

/** Plans that were made with another cost no longer fit. */
function costMoved(before: readonly CatalogRow[], after: readonly CatalogRow[]): boolean {
  const old = new Map(before.map((row) => [row.variantId, row.cost]));
  return after.some((row) => old.has(row.variantId) && old.get(row.variantId) !== row.cost);
}

function moved(before: readonly CatalogRow[], after: readonly CatalogRow[], currencyCode: string) {
  const old = new Map(before.map((row) => [row.variantId, row]));
  return after.flatMap((row) => {
    const was = old.get(row.variantId);
    if (!was || (was.price === row.price && was.compareAt === row.compareAt)) return [];
    return [{ variantId: row.variantId, before: pricePair(was.price, was.compareAt, currencyCode), after: pricePair(row.price, row.compareAt, currencyCode) }];
  });
}

function recordsOf(told: ToldProduct): SourceRecord[] {
  const { variants, ...product } = told;
  return [{ kind: 'product', ...product }, ...variants.map((variant): SourceRecord => ({ kind: 'variant', productRef: told.ref, cost: undefined, ...variant }))];
}
