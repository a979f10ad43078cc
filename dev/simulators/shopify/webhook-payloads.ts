/** Bodies of webhooks: the resource as Shopify's REST API prints it, numbers as ids, times in the shop's zone. */
import { inventoryItemId } from './catalog.ts';
import type { Product, Variant } from './catalog.ts';
import { zonedDateTime } from './clock.ts';
import { gid } from './gid.ts';
import { formatMoney } from './money.ts';
import type { BulkOperation, Shop } from './shop.ts';

type Payload = Record<string, unknown>;

export function productPayload(shop: Shop, product: Product): Payload {
  const at = (ms: number) => zonedDateTime(ms, shop.ianaTimezone);
  return {
    admin_graphql_api_id: gid('Product', product.id),
    body_html: product.descriptionHtml,
    created_at: at(product.createdAt),
    handle: product.handle,
    id: product.id,
    product_type: product.productType,
    published_at: product.publishedAt === null ? null : at(product.publishedAt),
    template_suffix: null,
    title: product.title,
    updated_at: at(product.updatedAt),
    vendor: product.vendor,
    status: product.status.toLowerCase(),
    published_scope: 'web',
    tags: product.tags.join(', '),
    variants: product.variants.map((variant) => variantPayload(shop, variant)),
    options: product.optionNames.map((name, index) => ({
      name, id: product.id * 4 + index, product_id: product.id, position: index + 1,
      values: [...new Set(product.variants.map((variant) => variant.options[index] ?? ''))],
    })),
    images: [],
    image: null,
    media: [],
    variant_gids: product.variants.map((variant) => ({ admin_graphql_api_id: gid('ProductVariant', variant.id), updated_at: `${new Date(variant.updatedAt).toISOString().slice(0, 19)}.000Z` })),
  };
}

function variantPayload(shop: Shop, variant: Variant): Payload {
  const money = (minor: number | null) => (minor === null ? null : formatMoney(minor, shop.decimals));
  return {
    admin_graphql_api_id: gid('ProductVariant', variant.id),
    barcode: variant.barcode,
    compare_at_price: money(variant.compareAtPrice),
    created_at: zonedDateTime(variant.createdAt, shop.ianaTimezone),
    id: variant.id,
    inventory_policy: variant.inventoryPolicy.toLowerCase(),
    position: variant.position,
    price: money(variant.price),
    product_id: variant.product.id,
    sku: variant.sku,
    taxable: variant.taxable,
    title: variant.title,
    updated_at: zonedDateTime(variant.updatedAt, shop.ianaTimezone),
    option1: variant.options[0] ?? null,
    option2: variant.options[1] ?? null,
    option3: variant.options[2] ?? null,
    image_id: null,
    inventory_item_id: inventoryItemId(variant),
    inventory_quantity: variant.inventoryQuantity,
    old_inventory_quantity: variant.inventoryQuantity,
  };
}

export function inventoryItemPayload(shop: Shop, variant: Variant): Payload {
  return {
    id: inventoryItemId(variant),
    sku: variant.sku,
    created_at: zonedDateTime(variant.createdAt, shop.ianaTimezone),
    updated_at: zonedDateTime(variant.inventoryUpdatedAt, shop.ianaTimezone),
    requires_shipping: variant.requiresShipping,
    cost: variant.cost === null ? null : formatMoney(variant.cost, shop.decimals),
    country_code_of_origin: null,
    province_code_of_origin: null,
    harmonized_system_code: null,
    tracked: variant.tracked,
    country_harmonized_system_codes: [],
    admin_graphql_api_id: gid('InventoryItem', inventoryItemId(variant)),
  };
}

export function shopPayload(shop: Shop): Payload {
  return {
    id: shop.id, name: shop.name, email: `owner@${shop.domain}`, domain: shop.domain, myshopify_domain: shop.domain,
    currency: shop.currencyCode, iana_timezone: shop.ianaTimezone, plan_name: shop.plan, plan_display_name: shop.plan, shop_owner: 'Robin Merchant',
  };
}

export function bulkOperationPayload(shop: Shop, operation: BulkOperation): Payload {
  return {
    admin_graphql_api_id: gid('BulkOperation', operation.id),
    completed_at: operation.completedAt === null ? null : zonedDateTime(operation.completedAt, shop.ianaTimezone),
    created_at: zonedDateTime(operation.createdAt, shop.ianaTimezone),
    error_code: operation.errorCode?.toLowerCase() ?? null,
    status: operation.status.toLowerCase(),
    type: operation.type.toLowerCase(),
  };
}
