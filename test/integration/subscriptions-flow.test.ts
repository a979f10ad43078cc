import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTenantDirectory } from '../../app/adapters/db/tenant-directory.ts';
import { checkConnector, connectorHealth } from '../../app/flows/check-connector/check-connector.ts';
import { checkSubscriptions } from '../../app/flows/check-subscriptions/check-subscriptions.ts';
import { wantedSubscriptions } from '../../app/flows/check-subscriptions/wanted-subscriptions.ts';
import type { ChannelFailure } from '../../app/ports/price-channel.ts';
import type { ShopSubscription, SubscriptionSource, WantedSubscription } from '../../app/ports/subscription-source.ts';
import { useTestDatabase } from '../setup/database.ts';
import { openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';
import { must } from './must.ts';

const APP = 'https://app.example';
const SCOPES = ['write_products', 'read_inventory', 'read_orders'];
const database = useTestDatabase();
let shop: FlowShop;
beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
  await shop.uow.run(shop.ctx.tenantId, (tx) => tx.tenant.update({ scopes: SCOPES }, shop.now()));
});
afterEach(() => shop.close());

/** The shop's list in memory. */
class Subscriptions implements SubscriptionSource {
  readonly apiVersion = '2026-07';
  list_: ShopSubscription[] = [];
  refuse = new Map<string, string>();
  failure: ChannelFailure | null = null;
  #n = 0;
  add(topic: string, uri: string, apiVersion = '2026-07'): void {
    this.list_.push({ id: `gid://${++this.#n}`, topic, uri, apiVersion });
  }
  list = async () => (this.failure ? { ok: false as const, failure: this.failure } : { ok: true as const, requestId: null, value: [...this.list_] });
  create = async (_: unknown, { topic, uri }: WantedSubscription) => this.#answer(topic, () => this.add(topic, uri));
  move = async (_: unknown, id: string, { topic, uri }: WantedSubscription) => this.#answer(topic, () => void (this.list_ = this.list_.map((one) => (one.id === id ? { ...one, uri } : one))));
  remove = async (_: unknown, id: string) => this.#answer('', () => void (this.list_ = this.list_.filter((one) => one.id !== id)));
  #answer(topic: string, done: () => void) {
    const refused = this.refuse.get(topic);
    if (refused === undefined) done();
    return { ok: true as const, requestId: null, value: refused === undefined ? { done: true as const } : { done: false as const, refused } };
  }
  get topics(): string[] {
    return this.list_.map(({ topic, uri }) => `${topic} ${uri}`).sort();
  }
}
const check = (subscriptions: SubscriptionSource) => checkSubscriptions({ uow: shop.uow, queue: shop.queue, subscriptions, appUrl: APP }, shop.ctx);
const health = async () => must(await connectorHealth({ uow: shop.uow, probes: { shopify: { check: async () => ({ status: 'ok', detail: {} }) } } }, shop.ctx, { name: 'shopify' }));
const wanted = wantedSubscriptions(APP, SCOPES).map(({ topic, uri }) => `${topic} ${uri}`).sort();
const row = async () => (await shop.uow.run(shop.ctx.tenantId, (tx) => tx.freshness.get()))!;

describe('webhook subscriptions', () => {
  it('are those of the catalog, as far as the granted scopes allow', () => {
    expect(wantedSubscriptions(`${APP}/`, ['read_products']).map(({ topic }) => topic)).toEqual(['products/create', 'products/update', 'products/delete', 'bulk_operations/finish', 'shop/update']);
    expect(wantedSubscriptions(APP, SCOPES)).toHaveLength(7);
    expect(wantedSubscriptions(APP, SCOPES).find(({ topic }) => topic === 'orders/create')?.includeFields).not.toContain('customer');
  });

  it('are made after installation, without a reconciliation, and are then left alone', async () => {
    const there = new Subscriptions();
    await check(there);
    expect(there.topics).toEqual(wanted);
    expect(shop.jobs).toEqual([]);
    expect((await row()).subscriptionsNextAt).toEqual(new Date(shop.now().getTime() + 24 * 3_600_000));
    const made = [...there.list_];
    await check(there);
    expect(there.list_).toEqual(made);
    expect((await health()).detail).toMatchObject({ webhooks: 'ok', webhooksPresent: '7 of 7' });
  });

  it('that Shopify removed are made again, and what happened meanwhile is looked for', async () => {
    const there = new Subscriptions();
    await check(there);
    there.list_ = there.list_.filter(({ topic }) => topic !== 'products/update');
    await check(there);
    expect(there.topics).toEqual(wanted);
    expect(shop.jobs.map(({ name }) => name)).toEqual(['reconcile-catalog']);
    expect((await row()).nextAt).toEqual(shop.now());
    expect((await health()).detail).toMatchObject({ webhooks: 'ok', webhooksMade: 'products/update' });
  });

  it('that point to an address of before are moved to this one, or removed where this one has its own', async () => {
    const there = new Subscriptions();
    there.add('products/update', 'https://before.example/webhooks/products/update');
    there.add('products/create', 'https://before.example/webhooks/products/create');
    there.add('products/create', `${APP}/webhooks/products/create`);
    there.add('themes/publish', 'https://before.example/webhooks/themes');
    await check(there);
    expect(there.topics).toEqual([...wanted, 'themes/publish https://before.example/webhooks/themes'].sort());
  });

  it('that are refused, or come in another API version, show in the health of the connector', async () => {
    const there = new Subscriptions();
    there.refuse.set('orders/create', 'This app is not approved to subscribe to this topic');
    there.add('shop/update', `${APP}/webhooks/shop/update`, '2026-01');
    await check(there);
    const { status, detail } = await health();
    expect(status).toBe('degraded');
    expect(detail).toMatchObject({ webhooks: 'degraded', webhooksPresent: '6 of 7', webhooksProblem: expect.stringMatching(/orders\/create: This app is not approved.*2026-01/s) as string });
    expect((await row()).subscriptionsNextAt).toEqual(new Date(shop.now().getTime() + 600_000));
  });

  it('of a shop that does not answer are looked at again', async () => {
    const there = new Subscriptions();
    there.failure = { kind: 'unavailable', detail: 'HTTP 503' };
    await check(there);
    expect((await health()).detail).toMatchObject({ webhooks: 'down', webhooksProblem: 'HTTP 503' });
    there.failure = null;
    shop.advance(600_000);
    await check(there);
    expect((await health()).detail).toMatchObject({ webhooks: 'ok' });
  });

  it('are due at once after installation and reinstallation, daily, and when somebody checks the connector', async () => {
    const directory = createTenantDirectory({ query: (text, params) => shop.pool.query(text, params as unknown[]) as never });
    const due = async (): Promise<boolean> => (await directory.dueWork()).some((work) => work.tenantId === shop.tenantId && work.kind === 'subscriptions');
    expect(await due()).toBe(true);
    await check(new Subscriptions());
    await shop.sql(`update catalog_freshness set subscriptions_checked_at = now() + interval '1 second', subscriptions_next_at = now() + interval '1 day'`);
    expect(await due()).toBe(false);
    shop.jobs.length = 0;
    must(await checkConnector({ uow: shop.uow, queue: shop.queue, probes: { shopify: { check: async () => ({ status: 'ok', detail: {} }) } } }, shop.ctx, { name: 'shopify' }));
    expect(shop.jobs.map(({ name }) => name)).toEqual(['check-subscriptions']);
    await shop.sql(`update catalog_freshness set subscriptions_next_at = now() - interval '1 second'`);
    expect(await due()).toBe(true);
    await shop.sql(`update catalog_freshness set subscriptions_next_at = now() + interval '1 day', subscriptions_checked_at = now() - interval '1 hour'`);
    // Installed a moment ago, for the database's clock.
    expect(await due()).toBe(true);
  });
});
