import type { BulkWrites } from '../../ports/bulk-write.ts';
import type { CatalogSource, ShopInfo } from '../../ports/catalog-source.ts';
import type { ChannelFailure, ChannelShop, PriceChannel } from '../../ports/price-channel.ts';
import type { PriceListSource } from '../../ports/price-list-source.ts';
import type { SubscriptionSource } from '../../ports/subscription-source.ts';
import { AdminApi } from './admin-api.ts';
import type { OnRequest, OnVersionFallback, TokenSource } from './admin-api.ts';
import { ShopifyCatalogSource } from './catalog-source.ts';
import { AdminClient } from './client.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import type { ConnectorTelemetry } from './health.ts';
import { ShopifyBulkWrites } from './price-bulk.ts';
import { ShopifyPriceChannel } from './price-channel.ts';
import { ShopifyPriceListSource } from './price-list-source.ts';
import { VariantReader } from './variant-reader.ts';
import { ShopifySubscriptions } from './webhook-subscriptions.ts';

export interface ShopifyConnectorOptions extends TokenSource {
  /** What the app asks for in shopify.app.toml; `write_x` includes `read_x`. */
  readonly requiredScopes: readonly string[];
  /** Where a shop's Admin API is; Shopify's own address unless a test puts another in its place. */
  readonly endpoint?: (shopDomain: string) => URL;
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
  /** In [0, 1), for jitter. */
  readonly random?: () => number;
  readonly onRequest?: OnRequest;
  readonly onVersionFallback?: OnVersionFallback;
  readonly readTimeoutMs?: number;
  /** A write, reading back included; shorter than the quiet period after which an unknown write is judged. */
  readonly writeTimeoutMs?: number;
  /** How long reads may wait for the rate limit. */
  readonly patienceMs?: number;
  readonly downloadIdleTimeoutMs?: number;
  readonly uploadTimeoutMs?: number;
  /** Price lists of catalogs with more variants are read by a bulk operation; Shopify ends pages at 25,000. */
  readonly priceListExportFrom?: number;
}

export interface ConnectorCheck {
  readonly ok: boolean;
  readonly checkedAt: string;
  readonly latencyMs: number;
  readonly shop: Omit<ShopInfo, 'scopes'> | null;
  /** false where the shop sells in another currency than we keep for it. */
  readonly currencyMatches: boolean | null;
  readonly scopes: { readonly required: readonly string[]; readonly granted: readonly string[]; readonly missing: readonly string[] } | null;
  readonly failure: ChannelFailure | null;
}

export interface ShopifyConnector {
  readonly prices: PriceChannel;
  readonly bulk: BulkWrites;
  readonly catalog: CatalogSource;
  readonly priceLists: PriceListSource;
  readonly subscriptions: SubscriptionSource;
  /** What this process has seen of the shop; nothing in it is secret. */
  health(shopDomain: string): ConnectorTelemetry;
  /** Asks the shop who it is and compares the granted scopes with those the app needs. */
  check(shop: ChannelShop): Promise<ConnectorCheck>;
}

/** The Shopify connector: prices out, catalog in, and how it is doing. One for the whole process. */
export function createShopifyConnector(options: ShopifyConnectorOptions): ShopifyConnector {
  const clock = options.clock ?? systemClock;
  const readTimeoutMs = options.readTimeoutMs ?? 15_000;
  const patienceMs = options.patienceMs ?? 30_000;
  const fetcher: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init));
  const client = new AdminClient({ fetch: fetcher, ...(options.endpoint ? { endpoint: options.endpoint } : {}) });
  const api = new AdminApi({
    client, tokens: options, clock, ...(options.random ? { random: options.random } : {}), ...(options.onRequest ? { onRequest: options.onRequest } : {}),
    ...(options.onVersionFallback ? { onVersionFallback: options.onVersionFallback } : {}),
  });
  const reader = new VariantReader(api);
  const prices = new ShopifyPriceChannel(api, reader, { readTimeoutMs, writeTimeoutMs: options.writeTimeoutMs ?? 24_000, patienceMs });
  const catalog = new ShopifyCatalogSource(api, {
    fetch: fetcher, timeoutMs: readTimeoutMs, patienceMs, idleTimeoutMs: options.downloadIdleTimeoutMs ?? 60_000,
  });

  return {
    prices,
    bulk: new ShopifyBulkWrites(api, reader, { fetch: fetcher, readTimeoutMs, patienceMs, uploadTimeoutMs: options.uploadTimeoutMs ?? 20_000, idleTimeoutMs: options.downloadIdleTimeoutMs ?? 60_000 }),
    catalog,
    priceLists: new ShopifyPriceListSource(api, catalog, { timeoutMs: readTimeoutMs, patienceMs, exportFrom: options.priceListExportFrom ?? 5_000 }),
    subscriptions: new ShopifySubscriptions(api, { timeoutMs: readTimeoutMs, patienceMs }),
    health: (shopDomain) => api.telemetry(shopDomain),
    check: async (shop) => {
      const startedAt = clock.now();
      const info = await catalog.shopInfo(shop);
      const common = { checkedAt: new Date(startedAt).toISOString(), latencyMs: Math.round(clock.now() - startedAt) };
      if (!info.ok) return { ...common, ok: false, shop: null, currencyMatches: null, scopes: null, failure: info.failure };
      const { scopes: granted, ...found } = info.value;
      const missing = options.requiredScopes.filter((scope) => !granted.includes(scope) && !granted.includes(scope.replace(/^read_/, 'write_')));
      const currencyMatches = found.currencyCode === shop.currencyCode;
      return {
        ...common,
        ok: missing.length === 0 && currencyMatches,
        shop: found,
        currencyMatches,
        scopes: { required: options.requiredScopes, granted, missing },
        failure: null,
      };
    },
  };
}
