/** What a merchant, or Shopify itself, does beside price edits: products changed or gone, the app removed, data erased. */
import type { ProductDraft, ProductStatus, Variant } from './catalog.ts';
import { zonedDateTime } from './clock.ts';
import { parseMoney } from './money.ts';
import type { Shop } from './shop.ts';
import { SimError } from './sim-error.ts';
import type { Simulator } from './simulator.ts';
import { productPayload, shopPayload } from './webhook-payloads.ts';

/** Shopify asks for a shop's data to be erased 48 hours after the app was removed. */
const REDACT_AFTER_MS = 48 * 3_600_000;
const STATUSES = ['ACTIVE', 'DRAFT', 'ARCHIVED', 'UNLISTED'];

export function changeProduct(sim: Simulator, shop: Shop, id: number, body: Record<string, unknown>): unknown {
  const product = shop.catalog.product(id);
  if (!product) throw new SimError(404, `there is no product ${id} in ${shop.domain}`);
  for (const [key, value] of Object.entries(body)) {
    if (key === 'status' && typeof value === 'string' && STATUSES.includes(value.toUpperCase())) product.status = value.toUpperCase() as ProductStatus;
    else if (key === 'title' && typeof value === 'string') product.title = value;
    else if (key === 'vendor' && typeof value === 'string') product.vendor = value;
    else if (key === 'productType' && typeof value === 'string') product.productType = value;
    else if (key === 'tags' && Array.isArray(value)) product.tags = value.map(String);
    else throw new SimError(400, `${key} cannot be set to that; known are status, title, vendor, productType, tags`);
  }
  product.updatedAt = sim.clock.now();
  shop.edits += 1;
  sim.webhooks.emit(shop, 'PRODUCTS_UPDATE', productPayload(shop, product));
  return { id: String(product.id), title: product.title, status: product.status };
}

interface NewVariant { sku?: unknown; price?: unknown; compareAtPrice?: unknown; cost?: unknown; inventoryQuantity?: unknown; options?: unknown }

/** `{title, vendor?, productType?, tags?, status?, optionNames?, collections?, variants: [{sku?, price, …, options?}]}`: products/create goes out. */
export function createProduct(sim: Simulator, shop: Shop, body: Record<string, unknown>): unknown {
  const known = ['title', 'vendor', 'productType', 'tags', 'status', 'optionNames', 'collections', 'variants'];
  const unknown = Object.keys(body).find((key) => !known.includes(key));
  if (unknown) throw new SimError(400, `a product has no ${unknown}; it has ${known.join(', ')}`);
  const text = (name: string, fallback: string) => (typeof body[name] === 'string' ? body[name] : fallback);
  const texts = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  const status = text('status', 'ACTIVE').toUpperCase();
  if (text('title', '').trim() === '') throw new SimError(400, 'title must be text');
  if (!STATUSES.includes(status)) throw new SimError(400, `status must be one of ${STATUSES.join(', ')}`);
  const variants = body['variants'];
  if (!Array.isArray(variants) || variants.length === 0) throw new SimError(400, 'variants must be a list such as [{"sku":"CUP","price":"12.50"}]');
  const draft: ProductDraft = {
    title: text('title', ''), vendor: text('vendor', shop.name), productType: text('productType', ''), tags: texts(body['tags']), status: status as ProductStatus,
    published: status === 'ACTIVE', optionNames: body['optionNames'] === undefined ? ['Title'] : texts(body['optionNames']), collections: texts(body['collections']),
    variants: (variants as NewVariant[]).map((variant) => ({
      options: variant.options === undefined ? ['Default Title'] : texts(variant.options), sku: typeof variant.sku === 'string' ? variant.sku : null,
      price: amountOf(shop, 'price', variant.price) ?? 0, compareAtPrice: amountOf(shop, 'compareAtPrice', variant.compareAtPrice), cost: amountOf(shop, 'cost', variant.cost),
      inventoryQuantity: typeof variant.inventoryQuantity === 'number' ? variant.inventoryQuantity : 0,
    })),
  };
  const at = sim.clock.now();
  const product = shop.catalog.add(draft, at);
  shop.created.push({ draft, at });
  shop.edits += 1;
  sim.webhooks.emit(shop, 'PRODUCTS_CREATE', productPayload(shop, product));
  return { id: String(product.id), variants: product.variants.map(({ id }) => String(id)) };
}

function amountOf(shop: Shop, name: string, value: unknown): number | null {
  if (value === undefined || value === null) return null;
  const minor = typeof value === 'string' ? parseMoney(value, shop.decimals) : null;
  if (minor === null || minor < 0) throw new SimError(400, `${name} must be an amount such as "12.50"`);
  return minor;
}

export function deleteProduct(sim: Simulator, shop: Shop, id: number): unknown {
  const product = shop.catalog.product(id);
  if (!product) throw new SimError(404, `there is no product ${id} in ${shop.domain}`);
  shop.catalog.removeProduct(product);
  shop.deleted.products.push(product.id);
  sim.webhooks.emit(shop, 'PRODUCTS_DELETE', { id: product.id });
  return { id: String(id), deleted: true };
}

/** Removing the last variant of a product is not possible at Shopify; it must be removed as a whole. */
export function deleteVariant(sim: Simulator, shop: Shop, variant: Variant): unknown {
  if (variant.product.variants.length === 1) throw new SimError(409, 'a product keeps at least one variant; delete the product');
  shop.catalog.removeVariant(variant);
  shop.deleted.variants.push(variant.id);
  variant.product.updatedAt = sim.clock.now();
  sim.webhooks.emit(shop, 'PRODUCTS_UPDATE', productPayload(shop, variant.product));
  return { id: String(variant.id), deleted: true };
}

/** The merchant removes the app: its tokens and subscriptions end, app/uninstalled goes out, shop/redact two days later. */
export function uninstall(sim: Simulator, shop: Shop): unknown {
  const { installation, epoch } = shop;
  installation.installed = false;
  installation.tokens.clear();
  installation.refreshTokens.clear();
  shop.subscriptions.length = 0;
  sim.webhooks.emit(shop, 'APP_UNINSTALLED', shopPayload(shop));
  sim.clock.after(REDACT_AFTER_MS, () => {
    if (!installation.installed && shop.epoch === epoch) redactShop(sim, shop);
  });
  return { shop: shop.domain, installed: false };
}

export function redactShop(sim: Simulator, shop: Shop): unknown {
  sim.webhooks.emit(shop, 'SHOP_REDACT', { shop_id: shop.id, shop_domain: shop.domain });
  return { shop: shop.domain, topic: 'shop/redact' };
}

/** Sends a webhook on order: `{topic, payload?}`; the privacy topics have a body of their own. */
export function sendWebhook(sim: Simulator, shop: Shop, body: Record<string, unknown>): unknown {
  const { topic, payload } = body;
  if (typeof topic !== 'string' || !/^[a-z_]+\/[a-z_]+$/.test(topic)) throw new SimError(400, 'topic must be one such as products/update');
  const customer = { id: 191167, email: 'customer@example.com', phone: null };
  const shopOf = { shop_id: shop.id, shop_domain: shop.domain };
  const bodies: Record<string, Record<string, unknown>> = {
    'customers/data_request': { ...shopOf, orders_requested: [], customer, data_request: { id: 9999 } },
    'customers/redact': { ...shopOf, customer, orders_to_redact: [] },
    'shop/redact': shopOf,
    'shop/update': { ...shopPayload(shop), updated_at: zonedDateTime(sim.clock.now(), shop.ianaTimezone) },
  };
  const chosen = payload !== undefined && payload !== null ? (payload as Record<string, unknown>) : bodies[topic];
  if (!chosen) throw new SimError(400, `give a payload for ${topic}`);
  sim.webhooks.emit(shop, topic.replace('/', '_').toUpperCase(), chosen);
  return { shop: shop.domain, topic };
}
