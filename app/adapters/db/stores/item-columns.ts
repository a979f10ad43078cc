/** Columns of an ItemRow, its trace included; `i` is price_change_items. */
export const itemColumnsWithTrace = `i.id, i.change_id, i.position, i.variant_id, i.product_id, i.variant_ref, i.product_ref, i.sku, i.title, i.outcome, i.reason, i.warnings,
  i.before_price, i.before_compare_at, i.after_price, i.after_compare_at, i.baseline_price, i.baseline_compare_at, i.layer_id, i.source, i.policy_version,
  i.cost, i.trace, i.source_item_id, i.state, i.expected_price, i.expected_compare_at, i.live_price, i.live_compare_at, i.live_read_at, i.verdict,
  i.resolution, i.resolved_by, i.attempts, i.epoch, i.intent_at, i.request_id, i.finished_at, i.verified_at,
  i.before_origin, i.after_origin, i.expected_origin, i.live_origin, i.bulk_id`;
/** Without the trace, which is most of a row and is read only to explain it. */
export const itemColumns = itemColumnsWithTrace.replace('i.trace', 'null::text as trace');
/** The same under the ports' names, for many rows: no row is named anew. */
export const itemColumnsNamed = itemColumns.replace(/\bi\.([a-z]+(?:_[a-z]+)+)/g, (column, name: string) => `${column} as "${name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())}"`);
