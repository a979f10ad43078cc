import type { PriceVersionRow, RuleRow } from '../../../domain/catalog/catalog-row.ts';
import type { ContextualPriceRow, PriceListRow } from '../../../domain/catalog/price-list.ts';
import type { PriceListStore } from '../../../ports/price-list-store.ts';
import { selectorSql } from '../selector-sql.ts';
import { ruleColumns } from './catalog-store.ts';
import { cursorPages, many, one } from './rows.ts';
import type { Sql } from './rows.ts';

const columns = `l.id, l.ref, l.name, l.currency_code, trim_scale(l.adjustment_percent)::text as adjustment_percent, l.catalog_title, l.active, l.prices_read_at,
  (select count(*)::int from price_list_prices lp where lp.price_list_id = l.id and lp.valid_to is null and lp.origin = 'fixed') as fixed_prices`;

export function priceListStore(sql: Sql, tenantId: string): PriceListStore {
  return {
    list: () => many<PriceListRow>(sql, `select ${columns} from price_lists l order by l.active desc, lower(l.name), l.id`),
    get: (id) => one<PriceListRow>(sql, `select ${columns} from price_lists l where l.id = $1`, [id]),
    async merge(lists, now) {
      // Amounts in the old currency are no prices of the list any more.
      await sql.query(
        `update price_list_prices lp set valid_to = greatest($3::timestamptz, lp.valid_from)
           from price_lists l join unnest($1::bigint[], $2::text[]) as t(ref, currency) on l.ref = t.ref
          where lp.price_list_id = l.id and lp.valid_to is null and l.currency_code <> t.currency`,
        [lists.map((list) => list.ref), lists.map((list) => list.currencyCode), now]);
      await sql.query(
        `insert into price_lists as l (tenant_id, id, ref, name, currency_code, adjustment_percent, catalog_title, active, synced_at)
         select $1, app.entity_id($1, 'price_list', t.ref), t.ref, t.name, t.currency, t.percent, t.catalog, t.active, $8
           from unnest($2::bigint[], $3::text[], $4::text[], $5::numeric[], $6::text[], $7::boolean[]) as t(ref, name, currency, percent, catalog, active)
         on conflict (tenant_id, id) do update set name = excluded.name, currency_code = excluded.currency_code, adjustment_percent = excluded.adjustment_percent,
           catalog_title = excluded.catalog_title, active = excluded.active, synced_at = excluded.synced_at,
           prices_read_at = case when l.currency_code = excluded.currency_code then l.prices_read_at end`,
        [tenantId, lists.map((list) => list.ref), lists.map((list) => list.name), lists.map((list) => list.currencyCode),
          lists.map((list) => list.adjustmentPercent), lists.map((list) => list.catalogTitle), lists.map((list) => list.active), now]);
      await sql.query('update price_lists set active = false, synced_at = $2 where active and ref <> all($1::bigint[])', [lists.map((list) => list.ref), now]);
    },
    async readPage(id, prices, { since, now, correlationId }) {
      const given = [id, tenantId, now, prices.map((row) => row.variantRef), prices.map((row) => row.price), prices.map((row) => row.compareAt), prices.map((row) => row.origin)];
      const from = 'unnest($4::bigint[], $5::bigint[], $6::bigint[], $7::text[]) as w(ref, price, compare_at, origin)';
      const open = openPrice('$1::uuid', `app.entity_id($2, 'variant', w.ref)`);
      await sql.query(endMoved(from, open, 'o.valid_from <= $8'), [...given, since]);
      await sql.query(beginNew('$1::uuid', from, `app.entity_id($2, 'variant', w.ref)`, open, { source: `'sync'`, correlation_id: '$8' }), [...given, correlationId]);
    },
    async readEnd(id, refs, { since, now }) {
      await sql.query(
        `update price_list_prices lp set valid_to = greatest($3::timestamptz, lp.valid_from)
          where lp.price_list_id = $1 and lp.valid_to is null and lp.valid_from < $4
            and not exists (select from variants v join unnest($2::bigint[]) as seen(ref) on seen.ref = v.ref where v.id = lp.variant_id)`, [id, refs, now, since]);
      await sql.query('update price_lists set prices_read_at = $2 where id = $1', [id, now]);
    },
    async deactivate(id, now) {
      await sql.query('update price_lists set active = false, synced_at = $2 where id = $1', [id, now]);
    },
    async record(listRef, rows, { source, changeId, correlationId, now }) {
      if (rows.length === 0) return;
      const given = [listRef, tenantId, now, rows.map((row) => row.variantId), rows.map((row) => row.price), rows.map((row) => row.compareAt), rows.map((row) => row.origin)];
      const list = `app.entity_id($2, 'price_list', $1)`;
      const open = openPrice(list, 'w.id');
      await sql.query(endMoved('unnest($4::uuid[], $5::bigint[], $6::bigint[], $7::text[]) as w(id, price, compare_at, origin)', open, 'true'), given);
      await sql.query(
        beginNew(list, 'unnest($4::uuid[], $5::bigint[], $6::bigint[], $7::text[], $8::uuid[]) as w(id, price, compare_at, origin, item_id)', 'w.id', open,
          { source: '$9', price_change_id: '$10', item_id: 'w.item_id', correlation_id: '$11' }),
        [...given, rows.map((row) => row.itemId), source, changeId, correlationId]);
    },
    stream(id, selector, currencyCode, batchSize) {
      const where = selectorSql(selector, currencyCode as never, 2);
      return cursorPages<RuleRow>(sql, 'market_rows',
        `select ${ruleColumns(selector)}, v.origin, v.cost_elsewhere as "costElsewhere", v.map_price_elsewhere as "mapPriceElsewhere"
           from ${marketTables} where v.active and p.active and ${where.text} order by p.ref, v.position, v.ref`, [id, ...where.params], batchSize);
    },
    versions: (id, variantId, at, limit) => many<PriceVersionRow>(sql,
      `select lp.id, l.currency_code, lp.unit_amount, lp.compare_at, lp.valid_from, lp.valid_to, lp.source, lp.price_change_id, lp.item_id, lp.correlation_id,
              c.name as price_change_name, c.rule_id, c.rule_version, c.approved_by
         from price_list_prices lp join price_lists l on l.tenant_id = lp.tenant_id and l.id = lp.price_list_id
         left join price_changes c on c.tenant_id = lp.tenant_id and c.id = lp.price_change_id
        where lp.price_list_id = $1 and lp.variant_id = $2 and ($3::timestamptz is null or (lp.valid_from <= $3 and (lp.valid_to is null or lp.valid_to > $3)))
          and lp.valid_to is distinct from lp.valid_from
        order by lp.valid_from desc, lp.id desc limit $4`, [id, variantId, at, limit]),
    pricesOf: (variantId) => many<ContextualPriceRow>(sql,
      `select l.id as price_list_id, l.name, l.currency_code, lp.unit_amount, lp.compare_at, lp.origin, lp.valid_from
         from price_list_prices lp join price_lists l on l.tenant_id = lp.tenant_id and l.id = lp.price_list_id
        where lp.variant_id = $1 and lp.valid_to is null and l.active order by lower(l.name), l.id`, [variantId]),
  };
}

/**
 * The open price of one variant. LIMIT makes it a lookup of its own for each row: the planner knows nothing of a list that was filled a
 * moment ago, and would join all of it with every page.
 */
const openPrice = (list: string, variant: string): string =>
  `(select o.id, o.unit_amount, o.compare_at, o.origin, o.valid_from from price_list_prices o where o.price_list_id = ${list} and o.variant_id = ${variant} and o.valid_to is null limit 1)`;

/** Ends the open prices that moved; $3 is now. */
const endMoved = (from: string, open: string, mayEnd: string): string => `update price_list_prices lp set valid_to = greatest($3::timestamptz, lp.valid_from)
   where $2::uuid is not null and lp.id = any(array(select o.id from ${from} cross join lateral ${open} o
     where ${mayEnd} and (o.unit_amount <> w.price or o.compare_at is distinct from w.compare_at or o.origin <> w.origin)))`;

/** Opens a price where none is open, of variants that the catalog has; $2 is the tenant, $3 now. */
const beginNew = (list: string, from: string, variant: string, open: string, more: Readonly<Record<string, string>>): string =>
  `insert into price_list_prices (tenant_id, price_list_id, variant_id, origin, unit_amount, compare_at, valid_from, ${Object.keys(more).join(', ')})
   select $2, ${list}, v.id, w.origin, w.price, w.compare_at, $3, ${Object.values(more).join(', ')} from ${from}
     cross join lateral (select v.id from variants v where v.id = ${variant} limit 1) v left join lateral ${open} o on true
    where o.id is null
   on conflict (tenant_id, price_list_id, variant_id) where valid_to is null do nothing`;

/**
 * The catalog with the prices of a price list ($1) in place of the shop's own, where it has one. No campaign lies on them. What is kept
 * in the shop's currency is no number beside a price in another one.
 */
const marketTables = `(select v.tenant_id, v.id, v.ref, v.product_id, v.position, v.title, v.sku, v.barcode, v.title_key, v.sku_key, v.barcode_key,
    lp.unit_amount as price, lp.compare_at, null::bigint as baseline_price, null::bigint as baseline_compare_at, null::uuid as layer_id, lp.origin,
    case when l.currency_code = t.currency_code then v.cost end as cost, case when l.currency_code = t.currency_code then v.map_price end as map_price,
    l.currency_code <> t.currency_code and v.cost is not null as cost_elsewhere, l.currency_code <> t.currency_code and v.map_price is not null as map_price_elsewhere,
    v.inventory_quantity, v.options, v.option_keys, v.active, v.updated_at
  from price_lists l join tenants t on t.tenant_id = l.tenant_id
  join price_list_prices lp on lp.tenant_id = l.tenant_id and lp.price_list_id = l.id and lp.valid_to is null
  join variants v on v.tenant_id = lp.tenant_id and v.id = lp.variant_id where l.id = $1) v
  join products p on p.tenant_id = v.tenant_id and p.id = v.product_id`;
