import type { InternalColumns } from './database-drift.ts';

/** Columns that stay inside, each group for the reason above it. */
export const INTERNAL_COLUMNS: InternalColumns = {
  // Shopify's number is shown inside channelRefs; *_key columns hold text as rules compare it; synced_at is for reconciliation.
  products: ['ref', 'title_key', 'handle_key', 'vendor_key', 'type_key', 'status_key', 'tag_keys', 'collection_keys', 'synced_at'],
  // The baseline is shown as a computed value: the live price where the column is null.
  variants: ['ref', 'title_key', 'sku_key', 'barcode_key', 'option_keys', 'option_names', 'baseline_price', 'baseline_compare_at', 'synced_at', 'inventory_item_ref'],
  // Part of every Money.
  price_versions: ['currency_code'],
  // A deleted rule is shown no more; since when and up to where an automation has done its work is its own business.
  discount_policies: ['deleted_at', 'automation_since', 'automation_done_at'],
  // selector, transform and the schedule's instants are derived from rule and schedule; apply_seq orders writes; follow_at, plan_at and
  // content_hash are the machinery of series.
  price_changes: ['selector_json', 'transform_json', 'schedule_at', 'end_at', 'apply_seq', 'approvals_required', 'follow_at', 'plan_at', 'content_hash', 'held_at'],
  // Channel numbers, the layer a row was planned under, and the machinery of leases; the trace is shown by the explanation, decoded.
  price_change_items: [
    'variant_ref', 'product_ref', 'baseline_price', 'baseline_compare_at', 'layer_id', 'source', 'policy_version', 'trace', 'source_item_id',
    'expected_price', 'expected_compare_at', 'expected_origin', 'epoch', 'owner', 'lease_until', 'run_at', 'intent_at', 'bulk_id',
  ],
  // Shopify's number; when it was last told of.
  price_lists: ['ref', 'synced_at'],
  // Their order, which the list keeps.
  price_change_decisions: ['seq'],
  // Only the secret's hash is kept, and it is never shown.
  api_tokens: ['token_hash'],
  // The machinery of bringing an export in; why it was started and what it found are told by the log.
  catalog_syncs: ['operation_ref', 'reason', 'exports', 'export_started_at', 'reads', 'staged_lines', 'parts', 'parts_merged', 'prices_changed', 'deactivated'],
  // Null where there is no row yet: never checked.
  connector_health: ['checked_at'],
  // The event itself is at /events; leases are machinery.
  outbox: ['payload', 'epoch', 'owner', 'lease_until'],
};
