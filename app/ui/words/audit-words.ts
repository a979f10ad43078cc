const ENTITIES: Readonly<Record<string, string>> = {
  price_change: 'Price change',
  price_change_item: 'Price',
  rule: 'Rule',
  discount_policy: 'Rule',
  policy: 'Policies',
  token: 'API token',
  api_token: 'API token',
  product: 'Product',
  variant: 'Variant',
  catalog: 'Catalog',
  catalog_sync: 'Catalog sync',
  member: 'Team',
  shop: 'Store',
  tenant: 'Store',
  connector: 'Connection',
  outbox: 'Delivery',
  projection: 'Projection',
};

/** Kinds of thing that the audit's filter offers. */
export const AUDIT_ENTITIES = ['price_change', 'price_change_item', 'rule', 'policy', 'member', 'token', 'catalog', 'shop', 'connector', 'outbox', 'projection'] as const;

function readable(code: string): string {
  const text = code.replaceAll(/[._]/g, ' ').trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function entityWords(entity: string): string {
  return ENTITIES[entity] ?? readable(entity);
}

/** `price_change.approved` and `approved` both read "Approved". */
export function actionWords(action: string): string {
  return readable(action.slice(action.lastIndexOf('.') + 1));
}

/** A key of an explanation (`planHash`) as a label (`Plan hash`). */
export function keyWords(key: string): string {
  return readable(key.replaceAll(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`));
}
