import { createShopifyConnector } from '../app/adapters/shopify/connector.ts';
import type { ShopifyConnector } from '../app/adapters/shopify/connector.ts';
import type { TenantId } from '../app/domain/kernel/ids.ts';
import { startShopifySimulator } from '../dev/simulators/shopify/server.ts';
import type { RunningSimulator } from '../dev/simulators/shopify/server.ts';
import { shopDefinition } from '../dev/simulators/shopify/shop-definition.ts';
import { Shop as SimulatedShop } from '../dev/simulators/shopify/shop.ts';
import type { BenchDatabase } from './bench-database.ts';
import { settle } from './made-catalog.ts';
import type { WaitingClock } from './waiting-clock.ts';

const SCOPES = ['write_products', 'read_inventory'];
const TOKEN = 'bench-token';

/** What one answer of the shop said of its bucket. Times in milliseconds, the rest in points. */
export interface Answer {
  readonly at: number;
  readonly operation: string;
  readonly isMutation: boolean;
  readonly throttled: boolean;
  /** Null where nothing was charged. */
  readonly actual: number | null;
  readonly available: number;
  readonly maximum: number;
  readonly restoreRate: number;
}

export interface ShopBench {
  readonly simulator: RunningSimulator;
  readonly connector: ShopifyConnector;
  /** Every answer since it was last emptied. */
  readonly answers: Answer[];
  /** Another shop with so many products of so many variants, on both sides. */
  addShop(db: BenchDatabase, name: string, products: number, variantsPerProduct: number): Promise<{ tenant: TenantId; shop: SimulatedShop }>;
  close(): Promise<void>;
}

/**
 * The simulator and the connector in this process, over HTTP on loopback, both by the same clock. A request takes `latencyMs` of that
 * clock besides the work that it really is, half on the way there and half on the way back.
 */
export async function startShopBench(clock: WaitingClock, latencyMs: number): Promise<ShopBench> {
  const simulator = await startShopifySimulator({
    appUrl: 'http://127.0.0.1:9', apiKey: 'bench', apiSecret: 'bench', scopes: SCOPES, clock, shops: [], appTopics: [], retryScheduleMs: [],
  });
  const answers: Answer[] = [];
  const connector = createShopifyConnector({
    clock, requiredScopes: SCOPES, tokenFor: async () => ({ accessToken: TOKEN }), refreshToken: async () => null,
    endpoint: (shopDomain) => new URL(`${simulator.origin}/admin/api/2026-07/graphql.json?${shopDomain}`),
    fetch: async (input, init) => {
      const url = new URL(String(input));
      const headers = new Headers(init?.headers);
      // The simulator serves several shops at one address; which one is meant stands in a header.
      const shopDomain = decodeURIComponent(url.search.slice(1));
      if (shopDomain.endsWith('.myshopify.com')) headers.set('x-sim-host', shopDomain);
      await clock.sleep(latencyMs / 2);
      const { response, text } = await clock.busy(async () => {
        const answer = await fetch(url, { ...init, headers });
        const body = await answer.text();
        record(answers, clock.now(), init?.body, body);
        return { response: answer, text: body };
      });
      await clock.sleep(latencyMs / 2);
      return new Response(text === '' ? null : text, { status: response.status, headers: response.headers });
    },
  });
  return {
    simulator, connector, answers,
    async addShop(db, name, products, variantsPerProduct) {
      const domain = `${name}.myshopify.com`;
      const shop = new SimulatedShop(shopDefinition({ shop: domain, currencyCode: 'USD', generate: { products, variantsPerProduct } }), SCOPES, clock.now());
      shop.installation.tokens.set(TOKEN, { token: TOKEN, kind: 'offline', userId: null, expiresAt: null });
      simulator.shops.set(domain, shop);
      const tenant = await db.newTenant(name);
      await copyCatalog(db, tenant, shop);
      return { tenant, shop };
    },
    close: () => simulator.close(),
  };
}

function record(answers: Answer[], at: number, sent: unknown, text: string): void {
  const { operationName, query } = (typeof sent === 'string' && sent.startsWith('{') ? JSON.parse(sent) : {}) as { operationName?: string; query?: string };
  if (!query) return;
  const { extensions, errors } = JSON.parse(text) as { extensions?: { cost?: Cost }; errors?: { extensions?: { code?: string } }[] };
  const cost = extensions?.cost;
  if (!cost) return;
  const { currentlyAvailable, maximumAvailable, restoreRate } = cost.throttleStatus;
  answers.push({
    at, operation: operationName ?? '', isMutation: query.trimStart().startsWith('mutation'), throttled: errors?.some((error) => error.extensions?.code === 'THROTTLED') ?? false,
    actual: cost.actualQueryCost, available: currentlyAvailable, maximum: maximumAvailable, restoreRate,
  });
}

interface Cost {
  readonly actualQueryCost: number | null;
  readonly throttleStatus: { readonly currentlyAvailable: number; readonly maximumAvailable: number; readonly restoreRate: number };
}

/** The simulated shop's products and variants as an import would have left them. */
async function copyCatalog({ superuser }: BenchDatabase, tenant: TenantId, { catalog }: SimulatedShop): Promise<void> {
  await superuser.query(
    `insert into products (tenant_id, id, ref, title, handle, vendor, product_type, status, tags, collections, title_key, handle_key, vendor_key, type_key,
        status_key, tag_keys, collection_keys, channel_refs, created_at, published_at, updated_at)
     select $1, app.entity_id($1, 'product', ref), ref, title, handle, 'Bench', 'Thing', 'ACTIVE', '{}', '{}', lower(title), handle, 'bench', 'thing',
        'active', '{}', '{}', jsonb_build_object('shopify', jsonb_build_object('id', 'gid://shopify/Product/' || ref)),
        timestamptz '2026-01-01', timestamptz '2026-01-02', timestamptz '2026-06-01'
       from unnest($2::bigint[], $3::text[], $4::text[]) made(ref, title, handle)`,
    [tenant, catalog.products.map(({ id }) => id), catalog.products.map(({ title }) => title), catalog.products.map(({ handle }) => handle)]);
  await superuser.query(
    `insert into variants (tenant_id, id, ref, product_id, position, title, sku, barcode, title_key, sku_key, barcode_key, price, compare_at, inventory_quantity, options, option_keys, channel_refs, updated_at)
     select $1, app.entity_id($1, 'variant', ref), ref, app.entity_id($1, 'product', product), position, title, sku, '', lower(title), lower(sku), '', price, compare_at, 1, '{}', '{}',
        jsonb_build_object('shopify', jsonb_build_object('id', 'gid://shopify/ProductVariant/' || ref)), timestamptz '2026-06-01'
       from unnest($2::bigint[], $3::bigint[], $4::int[], $5::text[], $6::text[], $7::bigint[], $8::bigint[]) made(ref, product, position, title, sku, price, compare_at)`,
    [
      tenant, catalog.variants.map(({ id }) => id), catalog.variants.map(({ product }) => product.id), catalog.variants.map(({ position }) => position), catalog.variants.map(({ title }) => title),
      catalog.variants.map(({ sku }) => sku), catalog.variants.map(({ price }) => price), catalog.variants.map(({ compareAtPrice }) => compareAtPrice),
    ]);
  await superuser.query(
    `insert into price_versions (tenant_id, variant_id, currency_code, unit_amount, compare_at, valid_from, source)
     select tenant_id, id, 'USD', price, compare_at, timestamptz '2026-06-01', 'sync' from variants where tenant_id = $1`, [tenant]);
  await settle({ superuser } as BenchDatabase);
}
