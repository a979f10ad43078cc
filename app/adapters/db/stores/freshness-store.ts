import type { FreshnessRow, FreshnessStore, OverwrittenEdit } from '../../../ports/freshness-store.ts';
import { arrayLiteral, assignments, cursorPages, many, one } from './rows.ts';
import type { Sql } from './rows.ts';

const columns = `next_at, reconciled_until, reconciled_at, pass_started_at, pass_from, pass_cursor, pass_products, pass_differing, pass_prices, pass_oldest_at,
  drift_found_at, drift_products, drift_prices, drift_oldest_at, counts_differ_since, subscriptions_checked_at, subscriptions_next_at`;
const PAYLOADS_AT_ONCE = 100;

export function freshnessStore(sql: Sql, tenantId: string): FreshnessStore {
  const save: FreshnessStore['save'] = async (facts, now) => {
    await sql.query('insert into catalog_freshness (tenant_id, next_at) values ($1, $2) on conflict (tenant_id) do nothing', [tenantId, now]);
    const set = assignments(facts, 1);
    if (set.params.length) await sql.query(`update catalog_freshness set ${set.text}`, set.params);
  };
  return {
    get: () => one<FreshnessRow>(sql, `select ${columns} from catalog_freshness`),
    save,
    synced: async ({ startedAt, prices, now }) => save({
      reconciledUntil: startedAt, reconciledAt: startedAt, passStartedAt: null, passFrom: null, passCursor: null, countsDifferSince: null,
      ...(prices > 0 ? { driftFoundAt: now, driftProducts: 0, driftPrices: prices, driftOldestAt: null } : {}),
    }, now),
    // What was learned within the second of a change may be from before the last change of that second. What a webhook in the inbox tells
    // is not untold: our own writes come back as thousands of them, and to read those products again would cost the points of writing more.
    toRead: async (products) => (await many<{ ref: bigint }>(sql,
      `select l.ref from unnest($1::bigint[], $2::timestamptz[]) as l(ref, updated_at)
         left join products p on p.ref = l.ref
        where (p.id is null or not p.active or p.updated_at is distinct from l.updated_at or p.synced_at < l.updated_at + interval '1 second')
          and not exists (select from webhook_inbox w where w.state = 'received' and w.topic in ('products/create', 'products/update')
                             and w.payload->>'id' = l.ref::text and w.triggered_at >= l.updated_at)`,
      [arrayLiteral(products.map(({ ref }) => ref)), products.map(({ updatedAt }) => updatedAt)])).map((row) => row.ref),
    async *toldProducts(since) {
      for await (const rows of cursorPages<{ payload: unknown }>(sql, 'told_products',
        `select payload from webhook_inbox where topic in ('products/create', 'products/update') and received_at >= $1 order by received_at`, [since], PAYLOADS_AT_ONCE)) {
        yield rows.map(({ payload }) => payload);
      }
    },
    overwritten: (told) => many<OverwrittenEdit>(sql,
      `select distinct on (i.id) i.change_id, i.id as item_id, i.variant_id, i.sku, i.after_price as written, i.after_compare_at as written_compare_at,
              t.ref as variant_ref, t.price, t.compare_at, t.updated_at
         from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[]) as t(ref, price, compare_at, updated_at)
         join variants v on v.ref = t.ref
         join price_change_items i on i.variant_id = v.id and i.state in ('applied', 'settled')
         join price_changes c on c.id = i.change_id and c.price_list_id is null
        where i.intent_at is not null and i.finished_at is not null
          -- The shop's times have whole seconds: one that lies in the second of our reading, just before the intent, may be from after it.
          and t.updated_at >= date_trunc('second', i.intent_at) - interval '1 second' and t.updated_at <= i.finished_at
          -- What still shows was set after our write and is no loss.
          and v.updated_at >= t.updated_at and (v.price, v.compare_at) is distinct from (t.price, t.compare_at)
          and (t.price, t.compare_at) is distinct from (i.after_price, i.after_compare_at)
          and (t.price, t.compare_at) is distinct from (coalesce(i.expected_price, i.before_price), case when i.expected_price is null then i.before_compare_at else i.expected_compare_at end)
          and not exists (select from events e where e.aggregate_type = 'price_change' and e.aggregate_id = i.change_id::text and e.type = 'price.edit_overwritten' and e.payload->>'itemId' = i.id::text)
        order by i.id, t.updated_at desc`,
      [arrayLiteral(told.map((row) => row.variantRef)), arrayLiteral(told.map((row) => row.price)), arrayLiteral(told.map((row) => row.compareAt)), told.map((row) => row.updatedAt)]),
  };
}
