/** A shop of the simulator with price lists, its catalog and lists brought in by the real connector. */
import { randomUUID } from 'node:crypto';
import { systemClock } from '../../app/adapters/shopify/clock.ts';
import { createShopifyConnector } from '../../app/adapters/shopify/connector.ts';
import type { ShopifyConnector } from '../../app/adapters/shopify/connector.ts';
import type { PriceListRow } from '../../app/domain/catalog/price-list.ts';
import { runSync, startSync } from '../../app/flows/sync-catalog/sync-catalog.ts';
import { syncPriceLists } from '../../app/flows/sync-price-lists/sync-price-lists.ts';
import type { Json, SimulatorClient } from '../contract/shopify-simulator-client.ts';
import { startClient } from '../contract/shopify-simulator-client.ts';
import { openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';

export interface MarketShop {
  readonly flow: FlowShop;
  readonly client: SimulatorClient;
  readonly connector: ShopifyConnector;
  readonly domain: string;
  /** Makes a price list in the shop and reads it; answers it as we keep it. */
  addList(order: Record<string, unknown>): Promise<PriceListRow>;
  readLists(): Promise<void>;
  list(name: string): Promise<PriceListRow>;
  /** What buyers are shown, by SKU. */
  truth(list: PriceListRow): Promise<Map<string, { price: string; compareAtPrice: string | null; origin: string }>>;
  /** What the shop saw of writes to this list. */
  writes(list: PriceListRow): Promise<Json[]>;
  merchant(list: PriceListRow, sku: string, body: Record<string, unknown>): Promise<void>;
  fault(body: Record<string, unknown>): Promise<void>;
  close(): Promise<void>;
}

export async function openMarketShop(appUrl: string, { currencyCode = 'USD', csv }: { currencyCode?: string; csv: string }): Promise<MarketShop> {
  const domain = `${randomUUID().slice(0, 8)}.myshopify.com`;
  const client = await startClient();
  await client.order('POST', 'shops', { shop: domain, currencyCode, plan: 'plus', csv });
  client.shop = domain;
  await client.login(domain);
  const flow = await openFlowShop(appUrl, domain);
  const begun = performance.now();
  const connector = createShopifyConnector({
    // Until when a write may go out is told by the flow's time, which stands still: beside it the connector's goes on, but slowly.
    clock: { now: () => flow.now().getTime() + (performance.now() - begun) / 20, sleep: (ms, signal) => systemClock.sleep(ms / 10, signal) },
    tokenFor: async () => ({ accessToken: client.token }), refreshToken: async () => null, requiredScopes: [],
    endpoint: () => new URL(`${client.sim.origin}/admin/api/2026-07/graphql.json`),
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('x-sim-host', domain);
      return fetch(input, { ...init, headers });
    },
    readTimeoutMs: 2_000, writeTimeoutMs: 2_000,
  });
  const { uow, ctx } = flow;
  const sync = await startSync({ uow }, ctx);
  if (!sync.ok) throw new Error(sync.error.detail);
  for (let steps = 0; (await runSync({ uow, source: connector.catalog }, ctx, { id: sync.value.id })).comeBackAt; steps++) {
    if (steps > 200) throw new Error('The sync does not end');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  // What is changed now is changed later than it was read.
  flow.advance(60_000);
  const variants: Json[] = (await client.order('GET', `shops/${domain}/variants?limit=1000`)).data;
  const skuOf = new Map(variants.map((row) => [row.sku, row.id]));

  const shop: MarketShop = {
    flow, client, connector, domain,
    async addList(order) {
      const made = await client.order('POST', `shops/${domain}/price-lists`, order);
      await shop.readLists();
      return shop.list(made.name);
    },
    async readLists() {
      const { comeBackAt } = await syncPriceLists({ uow, priceLists: connector.priceLists }, ctx);
      if (comeBackAt) throw new Error('The price lists could not be read');
    },
    async list(name) {
      const found = (await uow.run(ctx.tenantId, (tx) => tx.priceLists.list())).find((row) => row.name === name);
      if (!found) throw new Error(`There is no price list ${name}`);
      return found;
    },
    async truth(list) {
      const { data } = await client.order('GET', `shops/${domain}/price-lists/${list.ref}/prices?limit=1000`);
      return new Map(data.map(({ sku, price, compareAtPrice, origin }: Json) => [sku, { price, compareAtPrice, origin }]));
    },
    async writes(list) {
      const { data } = await client.order('GET', `shops/${domain}/writes`);
      return data.filter((row: Json) => row.priceList?.id === String(list.ref));
    },
    merchant: (list, sku, body) => client.order('POST', `shops/${domain}/price-lists/${list.ref}/variants/${skuOf.get(sku)}`, body),
    fault: (body) => client.order('POST', `shops/${domain}/faults`, body),
    async close() {
      await flow.close();
      await client.sim.close();
    },
  };
  return shop;
}
