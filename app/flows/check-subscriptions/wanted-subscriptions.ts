import type { WantedSubscription } from '../../ports/subscription-source.ts';

interface Topic {
  readonly topic: string;
  /** Without one of these the channel refuses the topic; none: it is always given. */
  readonly scopes: readonly string[];
  readonly includeFields?: readonly string[];
}

/**
 * What the catalog lives on, made by the app itself in each shop. Those about the app and about privacy (app/uninstalled,
 * app/scopes_update, the three of compliance) belong to the app's configuration alone: Shopify keeps those.
 */
const TOPICS: readonly Topic[] = [
  { topic: 'products/create', scopes: ['read_products', 'write_products'] },
  { topic: 'products/update', scopes: ['read_products', 'write_products'] },
  { topic: 'products/delete', scopes: ['read_products', 'write_products'] },
  { topic: 'inventory_items/update', scopes: ['read_inventory', 'write_inventory'] },
  // Of an order only what is counted; nothing about the customer.
  { topic: 'orders/create', scopes: ['read_orders', 'write_orders'], includeFields: ['id', 'admin_graphql_api_id', 'created_at', 'currency', 'test', 'cancelled_at', 'line_items'] },
  { topic: 'bulk_operations/finish', scopes: [] },
  { topic: 'shop/update', scopes: [] },
];

/** The subscriptions that an app at this address needs in a shop that granted these scopes. */
export function wantedSubscriptions(appUrl: string, granted: readonly string[]): readonly WantedSubscription[] {
  return TOPICS.filter(({ scopes }) => scopes.length === 0 || scopes.some((scope) => granted.includes(scope)))
    .map(({ topic, includeFields }) => ({ topic, uri: `${appUrl.replace(/\/$/, '')}/webhooks/${topic}`, ...(includeFields ? { includeFields } : {}) }));
}
