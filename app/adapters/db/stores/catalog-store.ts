import type { CatalogRow, PriceVersionRow, RuleRow, SyncRow } from '../../../domain/catalog/catalog-row.ts';
import type { CatalogStore, SyncStore } from '../../../ports/catalog-store.ts';
import { selectorFields } from '../../../domain/rules/compile.ts';
import { OPTION_PREFIX } from '../../../domain/rules/fields.ts';
import type { Selector } from '../../../domain/rules/rule.ts';
import { selectorSql } from '../selector-sql.ts';
import { packedAmounts } from './catalog-amounts.ts';
import { catalogImport, productRefOfInventoryItem } from './catalog-import.ts';
import { catalogColumns, catalogTables, findProduct, listProducts, listVariants } from './catalog-query.ts';
import { stageRecords } from './catalog-staging.ts';
import { heldAt } from './price-history.ts';
import { affected, arrayLiteral, assignments, cursorPages, many, one } from './rows.ts';
import type { Sql } from './rows.ts';

export function catalogStore(sql: Sql, tenantId: string): CatalogStore {
  return {
    counts: async () => (await one<{ products: number; variants: number }>(sql,
      `select (select count(*)::int from products where active) as products,
              (select count(*)::int from ${catalogTables} where v.active and p.active) as variants`))!,
    facets: async (limit) => {
      const list = async (text: string): Promise<string[]> => (await many<{ name: string }>(sql, text, [limit])).map((row) => row.name);
      const column = (name: string): string => `select ${name} as name from products where active and ${name} <> '' group by 1 order by 1 limit $1`;
      return {
        vendors: await list(column('vendor')),
        productTypes: await list(column('product_type')),
        statuses: await list(column('status')),
        tags: await list('select tag as name from products, unnest(tags) tag where active group by 1 order by count(*) desc, 1 limit $1'),
        collections: await list('select collection as name from products, unnest(collections) collection where active group by 1 order by 1 limit $1'),
        optionNames: await list(`select name from variants, jsonb_object_keys(options) name where active group by 1 order by count(*) desc, 1 limit $1`),
      };
    },
    products: (filter, page) => listProducts(sql, filter, page),
    product: (id) => findProduct(sql, id),
    variants: (filter, page) => listVariants(sql, filter, page),
    variant: (id) => one<CatalogRow>(sql, `select ${catalogColumns}, v.active and p.active as active from ${catalogTables} where v.id = $1`, [id]),
    priceVersions: (variantId, at, limit) => many<PriceVersionRow>(sql,
      `select pv.id, pv.currency_code, pv.unit_amount, pv.compare_at, pv.valid_from, pv.valid_to, pv.source, pv.price_change_id, pv.item_id, pv.correlation_id,
              c.name as price_change_name, c.rule_id, c.rule_version, c.approved_by
         from price_versions pv left join price_changes c on c.tenant_id = pv.tenant_id and c.id = pv.price_change_id
        where pv.variant_id = $1 and ($2::timestamptz is null or (pv.valid_from <= $2 and (pv.valid_to is null or pv.valid_to > $2)))
          and pv.valid_to is distinct from pv.valid_from
        order by pv.valid_from desc, pv.id desc limit $3`, [variantId, at, limit]),
    stream(selector, currencyCode, batchSize, asOf) {
      const where = selectorSql(selector, currencyCode as never, asOf ? 3 : 1);
      return cursorPages<RuleRow>(sql, 'catalog_rows',
        `select ${ruleColumns(selector)} from ${asOf ? pastCatalogTables : catalogTables} where v.active and p.active and ${where.text} order by p.ref, v.position, v.ref`,
        asOf ? [asOf, currencyCode, ...where.params] : where.params, batchSize);
    },
    first: (selector, currencyCode, limit, { few }) => {
      const where = selectorSql(selector, currencyCode as never, 2);
      const chosen = `from ${catalogTables} where v.active and p.active and ${where.text}`;
      // Walking the catalog in order soon meets one of many, and reads nearly all of it, row by row, for one of few.
      return many<RuleRow>(sql, few
        ? `with chosen as materialized (select ${ruleColumns(selector)}, v.position ${chosen}) select * from chosen order by "productRef", position, "variantRef" limit $1`
        : `select ${ruleColumns(selector)} ${chosen} order by p.ref, v.position, v.ref limit $1`, [limit, ...where.params]);
    },
    amounts: (selector, currencyCode) => packedAmounts(sql, selector, currencyCode as never),
    stage: stageRecords(sql, tenantId),
    ...catalogImport(sql, tenantId),
    productUpdatedAt: async (productRef) => (await one<{ updatedAt: Date | null }>(sql, 'select updated_at from products where ref = $1', [productRef]))?.updatedAt ?? null,
    variantsOfProduct: (productRef) => many<CatalogRow>(sql, `select ${catalogColumns} from ${catalogTables} where p.ref = $1 and v.active order by v.position`, [productRef]),
    async deactivateProduct(ref, at, now) {
      await sql.query('update variants v set active = false, synced_at = $2 from products p where p.ref = $1 and v.product_id = p.id and v.tenant_id = p.tenant_id', [ref, now]);
      return (await affected(sql, 'update products set active = false, synced_at = $3, updated_at = greatest(updated_at, $2) where ref = $1 and active', [ref, at, now])) > 0;
    },
    productRefOfInventoryItem: productRefOfInventoryItem(sql),
    async recordWritten(rows, { changeId, source, correlationId, currencyCode, now }) {
      await setPrices(sql, tenantId, rows, { source, correlationId, currencyCode, now, changeId });
    },
    async recordSeen(rows, { correlationId, currencyCode, now }) {
      await setPrices(sql, tenantId, rows.map((row) => ({ ...row, itemId: null })), { source: 'merchant', correlationId, currencyCode, now, changeId: null });
    },
  };
}

/** The catalog with the prices of a time ($1) in a currency ($2) in place of today's. */
const pastCatalogTables = `(select v.tenant_id, v.id, v.ref, v.product_id, v.position, v.title, v.sku, v.barcode, v.title_key, v.sku_key, v.barcode_key,
    pv.unit_amount as price, pv.compare_at, pv.baseline_amount as baseline_price, pv.baseline_compare_at, pv.layer_id,
    v.cost, v.map_price, v.inventory_quantity, v.options, v.option_keys, v.active, v.updated_at
  from variants v join price_versions pv on pv.tenant_id = v.tenant_id and pv.variant_id = v.id and ${heldAt('pv', '$1')} and pv.currency_code = $2) v
  join products p on p.tenant_id = v.tenant_id and p.id = v.product_id`;

/** Facts that only a selector reads, and where they are. Arrays, times and JSON cost more to bring over than everything else. */
const factColumns: Readonly<Record<string, string>> = {
  'variant.barcode': 'v.barcode', 'product.handle': 'p.handle', 'product.vendor': 'p.vendor', 'product.productType': 'p.product_type as "productType"',
  'product.status': 'p.status', 'product.tags': 'p.tags', 'product.collections': 'p.collections', 'product.createdAt': 'p.created_at as "createdAt"',
  'product.publishedAt': 'p.published_at as "publishedAt"', 'variant.updatedAt': 'v.updated_at as "updatedAt"', 'variant.inventoryQuantity': 'v.inventory_quantity as "inventoryQuantity"',
};

/** Columns of a RuleRow, named as the port names them, so that the driver's rows are the port's. */
export function ruleColumns(selector: Selector): string {
  const fields = selectorFields(selector);
  return [
    `v.id as "variantId", v.product_id as "productId", v.ref as "variantRef", p.ref as "productRef", v.sku, v.title, p.title as "productTitle", v.price,
     v.compare_at as "compareAt", v.cost, v.map_price as "mapPrice", v.baseline_price as "baselinePrice", v.baseline_compare_at as "baselineCompareAt", v.layer_id as "layerId"`,
    ...Object.entries(factColumns).filter(([field]) => fields.includes(field)).map(([, column]) => column),
    ...(fields.some((field) => field.startsWith(OPTION_PREFIX)) ? ['v.options'] : []),
  ].join(', ');
}

interface SetPrice { readonly variantId: string; readonly itemId: string | null; readonly price: bigint; readonly compareAt: bigint | null; readonly updatedAt: Date | null }

/** Live price and, where it moved, a new version; as much work for each row in a large catalog as in a small one. */
async function setPrices(sql: Sql, tenantId: string, rows: readonly SetPrice[], info: { source: string; correlationId: string; currencyCode: string; now: Date; changeId: string | null }): Promise<void> {
  if (rows.length === 0) return;
  const given = 'unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::uuid[]) as w(id, price, compare_at, updated_at, item_id)';
  const params = [
    arrayLiteral(rows.map((row) => row.variantId)), arrayLiteral(rows.map((row) => row.price)), arrayLiteral(rows.map((row) => row.compareAt)),
    arrayLiteral(rows.map((row) => row.updatedAt?.toISOString())), arrayLiteral(rows.map((row) => row.itemId)), info.now,
  ];
  // The webhook of our own write may have been quicker than its answer: from its first moment that price is ours, with its lineage.
  const moved = '(pv.unit_amount <> w.price or pv.compare_at is distinct from w.compare_at)';
  const early = '(pv.price_change_id is null and pv.valid_from >= (select i.intent_at from price_change_items i where i.id = w.item_id))';
  // Word of a later edit may have been quicker than the answer to our write: the newer price stays. Later word of the same price is no edit.
  const current = '(w.updated_at is null or v.updated_at is null or v.updated_at <= w.updated_at or (v.price = w.price and v.compare_at is not distinct from w.compare_at))';
  // Each row by its index: the planner would rather read all variants and all versions for every few hundred rows.
  await sql.query("select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)");
  // The versions first and the variants after them, as a webhook takes them: otherwise each would wait for the other.
  const closed = await many<{ variantId: string; early: boolean }>(sql,
    `update price_versions pv set valid_to = case when ${moved} then greatest($6::timestamptz, pv.valid_from) else pv.valid_from end
       from ${given} join variants v on v.id = w.id and ${current}
      where pv.variant_id = w.id and pv.valid_to is null and (${moved} or ${early}) returning pv.variant_id, coalesce(${early}, false) as early`, params);
  const set = await many<{ id: string; layerId: string | null; baselinePrice: bigint | null; baselineCompareAt: bigint | null }>(sql,
    `update variants v set price = w.price, compare_at = w.compare_at, updated_at = greatest(coalesce(w.updated_at, v.updated_at), v.updated_at), synced_at = $6
       from ${given} where v.id = w.id and ${current} returning v.id, v.layer_id, v.baseline_price, v.baseline_compare_at`, params);
  const byId = new Map(rows.map((row) => [row.variantId, row]));
  const ended = new Map(closed.map((version) => [version.variantId, version]));
  const opened = set.map((variant) => ({ ...variant, row: byId.get(variant.id)!, ended: ended.get(variant.id) }));
  await sql.query(
    `insert into price_versions (tenant_id, variant_id, currency_code, unit_amount, compare_at, valid_from, source, price_change_id, item_id, correlation_id, layer_id, baseline_amount, baseline_compare_at)
     select $12, w.id, $13, w.price, w.compare_at, coalesce(case when w.early then (select min(e.valid_from) from price_versions e where e.variant_id = w.id and e.valid_to = e.valid_from
                             and e.price_change_id is null and e.valid_from >= (select i.intent_at from price_change_items i where i.id = w.item_id)) end, $9::timestamptz),
            $10, $11, w.item_id, $14, w.layer_id, w.baseline_price, w.baseline_compare_at
       from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::uuid[], $5::uuid[], $6::bigint[], $7::bigint[], $8::boolean[]) as w(id, price, compare_at, item_id, layer_id, baseline_price, baseline_compare_at, early)
      where w.early is not null or (select count(*) from price_versions o where o.variant_id = w.id and o.valid_to is null) = 0
     on conflict (tenant_id, variant_id) where valid_to is null do nothing`,
    [
      ...[opened.map(({ id }) => id), opened.map(({ row }) => row.price), opened.map(({ row }) => row.compareAt), opened.map(({ row }) => row.itemId), opened.map(({ layerId }) => layerId),
        opened.map(({ baselinePrice }) => baselinePrice), opened.map(({ baselineCompareAt }) => baselineCompareAt), opened.map((variant) => variant.ended?.early)].map(arrayLiteral),
      info.now, info.source, info.changeId, tenantId, info.currencyCode, info.correlationId,
    ]);
  await sql.query("select set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true)");
}

const syncColumns = `id, state, operation_ref, products, variants, error, correlation_id, started_at, finished_at, reason, exports, export_started_at, reads,
  staged_lines, parts, parts_merged, prices_changed, deactivated`;

export function syncStore(sql: Sql, tenantId: string): SyncStore {
  return {
    start: async ({ id, correlationId, now, reason = 'asked' }) => (await one<SyncRow>(sql,
      `insert into catalog_syncs (tenant_id, id, state, correlation_id, started_at, reason) values ($1, $2, 'running', $3, $4, $5) returning ${syncColumns}`,
      [tenantId, id, correlationId, now, reason]))!,
    get: (id) => one<SyncRow>(sql, `select ${syncColumns} from catalog_syncs where id = $1 for update`, [id]),
    running: () => one<SyncRow>(sql, `select ${syncColumns} from catalog_syncs where state in ('running', 'importing') order by started_at desc limit 1`),
    latestCompleted: () => one<SyncRow>(sql, `select ${syncColumns} from catalog_syncs where state = 'completed' order by started_at desc limit 1`),
    latest: () => one<SyncRow>(sql, `select ${syncColumns} from catalog_syncs order by started_at desc limit 1`),
    async update(id, facts) {
      const set = assignments(facts, 2);
      await sql.query(`update catalog_syncs set ${set.text} where id = $1`, [id, ...set.params]);
    },
  };
}
