import { withoutCustomer } from '../../domain/facts/told-order.ts';

/** Of these nothing but what is about products and our own work comes. */
const WHOLE = /^(products|inventory_items|inventory_levels|collections|bulk_operations|price_lists|markets|app)\//;
/** What is used of a shop; the rest is about its owner. */
const OF_SHOP = ['id', 'name', 'currency', 'iana_timezone', 'myshopify_domain', 'plan_name'] as const;
/** What says which request it was, and nothing of the customer in it. */
const OF_REQUEST = ['shop_id', 'shop_domain'] as const;

/**
 * What is kept of a webhook's payload: what its work needs, and no personal data. Of an order only what is counted, of a request about
 * a customer only that it came, of a topic that nothing listens to nothing.
 */
export function keptPayload(topic: string, payload: unknown): unknown {
  if (topic.startsWith('orders/')) return withoutCustomer(payload);
  if (topic === 'shop/update') return only(OF_SHOP, payload);
  if (topic.startsWith('customers/') || topic === 'shop/redact' || topic === 'app/uninstalled') return only(OF_REQUEST, payload);
  return WHOLE.test(topic) ? payload : null;
}

function only(names: readonly string[], payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return null;
  return Object.fromEntries(Object.entries(payload).filter(([name]) => names.includes(name)));
}
