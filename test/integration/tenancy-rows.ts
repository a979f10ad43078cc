import { createHash, randomUUID } from 'node:crypto';
import type pg from 'pg';

/** As app.tenant_id_of. */
export function tenantIdOf(domain: string): string {
  const hex = createHash('md5').update(`calibrate:shop:${domain.toLowerCase()}`).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

type Row = Readonly<Record<string, unknown>>;

/** A tenant with one row in every table; `ids` are new each time, so that it can be made again beside itself. */
export function sampleRows(domain: string): ReadonlyMap<string, Row> {
  const tenantId = tenantIdOf(domain);
  const tag = randomUUID();
  const [product, variant, policy, change, item, list] = Array.from({ length: 6 }, () => randomUUID());
  const ref = BigInt(`0x${tag.slice(0, 8)}`);
  const rows: [string, Row][] = [
    ['tenants', { shop_domain: domain }],
    ['shop_sessions', { id: `${domain}_${ref}`, shop_domain: domain, state: '', is_online: true, access_token: 'sealed' }],
    ['token_leases', { owner: tag }],
    ['erasures', { id: tag, reason: 'shop/redact', proof: Buffer.from(tag), row_count: 1n, table_count: 1 }],
    ['members', { user_id: tag, role: 'viewer' }],
    ['api_tokens', { id: tag, name: 'Reporting', token_hash: Buffer.from(tag), prefix: 'cal_0', scopes: '{}', created_by: 'user:1' }],
    ['products', {
      id: product, ref, title: 'Linen shirt', handle: 'linen-shirt', vendor: 'Nordlys', product_type: 'Shirts', status: 'ACTIVE', tags: '{}', collections: '{}',
      title_key: 'linen shirt', handle_key: 'linen-shirt', vendor_key: 'nordlys', type_key: 'shirts', status_key: 'active', tag_keys: '{}', collection_keys: '{}',
    }],
    ['variants', { id: variant, ref, product_id: product, title: 'M', sku: 'LS-M', barcode: '', title_key: 'm', sku_key: 'ls-m', barcode_key: '', price: 4900n }],
    ['price_versions', { id: randomUUID(), variant_id: variant, currency_code: 'USD', unit_amount: 4900n, valid_from: '2026-01-01', source: 'sync' }],
    ['discount_policies', { id: policy, type: 'rule', name: 'Spring', rule_json: '{}', created_by: 'user:1' }],
    ['discount_policy_versions', { policy_id: policy, version: 1, name: 'Spring', rule_json: '{}', created_by: 'user:1' }],
    ['price_changes', {
      id: change, name: 'Spring', kind: 'change', state: 'draft', rule_json: '{}', selector_json: '{}', transform_json: '{}', currency_code: 'USD',
      correlation_id: tag, created_by: 'user:1',
    }],
    ['price_change_items', {
      id: item, change_id: change, position: 1, variant_id: variant, product_id: product, variant_ref: ref, product_ref: ref, sku: 'LS-M', title: 'Linen shirt',
      outcome: 'planned', warnings: '{}', before_price: 4900n, after_price: 3900n, source: 'rule', state: 'planned',
    }],
    ['price_change_decisions', { id: randomUUID(), change_id: change, seq: 1, decision: 'comment', actor: 'user:1', role: 'editor', comment: 'Looks right' }],
    ['events', { id: tag, type: 'price_change.created', schema_version: '1.0.0', aggregate_type: 'price_change', aggregate_id: change, correlation_id: tag, actor: 'user:1', payload: '{}' }],
    ['log_archives', { log: 'events', partition: 'events_2020_01', first_seq: ref + 1n, last_seq: ref + 1n, before_hash: Buffer.from(tag), last_hash: Buffer.from(tag), location: 'kept elsewhere', sha256: createHash('sha256').update(tag).digest() }],
    ['audit_log', { id: tag, entity: 'price_change', entity_id: change, action: 'created', actor: 'user:1', correlation_id: tag }],
    ['outbox', { id: randomUUID(), event_id: tag, event_seq: ref, aggregate: `price_change:${change}`, topic: 'price_change.created', payload: '{}' }],
    ['webhook_inbox', { webhook_id: tag, event_id: tag, topic: 'products/update', api_version: '2026-07', triggered_at: '2026-01-01', payload: '{}' }],
    ['catalog_syncs', { id: tag, state: 'completed', correlation_id: tag }],
    ['catalog_staging', { batch_id: tag, line: 1, kind: 'product', ref, payload: '{}' }],
    ['catalog_freshness', { next_at: '2026-01-01' }],
    ['idempotency_keys', { key: tag, method: 'POST', path: '/api/v1/rules', body_hash: Buffer.from(tag) }],
    ['connector_health', { connector: tag, status: 'ok' }],
    ['change_projection', { change_id: change, state: 'draft', last_seq: 1n }],
    ['variant_sales', { variant_ref: ref, day: '2026-01-01', currency_code: 'USD', units: 2n, revenue: 9800n }],
    ['counted_orders', { order_ref: ref, day: '2026-01-01' }],
    ['variant_volume', { variant_ref: ref, units: 2n }],
    ['sales_window', { first_day: '2026-01-01', last_day: '2026-01-30', counted_since: '2026-01-01', latest_order_at: '2026-01-01' }],
    ['price_lists', { id: list, ref, name: 'Germany', currency_code: 'EUR' }],
    ['price_list_prices', { id: randomUUID(), price_list_id: list, variant_id: variant, origin: 'relative', unit_amount: 4500n, valid_from: '2026-01-01', source: 'sync' }],
    ['product_terms', { term: 'tag:linen', title_key: 'linen shirt', product_id: product }],
    ['price_layers', { variant_id: variant, change_id: change, item_id: item, price: 3900n, priority: 0, starts_at: '2026-01-01', change_created_at: '2026-01-01' }],
    ['bulk_writes', { id: randomUUID(), change_id: change, state: 'preparing', owner: tag, lease_until: '2026-01-01', item_ids: [item], rows: 1, products: 1, created_at: '2026-01-01' }],
    // Kept by the triggers of the catalog and of the two logs.
    ['product_search', { product_id: product, title_key: 'linen shirt', content: 'linen shirt' }],
    ['chain_heads', { chain: 'events', seq: 0n, hash: Buffer.from(tag) }],
  ];
  return new Map(rows.map(([table, row]) => [table, { tenant_id: tenantId, ...row }]));
}

export async function insertRow(client: pg.ClientBase, table: string, row: Row): Promise<void> {
  const columns = Object.keys(row);
  await client.query(
    `INSERT INTO public.${table} (${columns.join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})`, Object.values(row));
}

/** Rows come there by themselves. */
export const KEPT_BY_TRIGGERS: ReadonlySet<string> = new Set(['chain_heads', 'product_search']);

/** Writes a tenant with one row in every table, as a superuser. Answers its id. */
export async function seedTenant(superuser: pg.ClientBase, domain: string): Promise<string> {
  const tenantId = tenantIdOf(domain);
  await superuser.query('BEGIN');
  // The chains are written by functions of the owner, whom row-level security binds.
  await superuser.query('SELECT set_config($1, $2, true)', ['app.tenant_id', tenantId]);
  for (const [table, row] of sampleRows(domain)) if (!KEPT_BY_TRIGGERS.has(table)) await insertRow(superuser, table, row);
  await superuser.query('COMMIT');
  return tenantId;
}
