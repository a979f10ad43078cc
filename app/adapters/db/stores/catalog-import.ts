import { foldText } from '../../../domain/rules/text.ts';
import type { SourceRecord } from '../../../ports/catalog-source.ts';
import type { CatalogStore, MergeReport } from '../../../ports/catalog-store.ts';
import { affected, json, one } from './rows.ts';
import type { Sql } from './rows.ts';

function staged(record: SourceRecord): { kind: string; ref: bigint; parent: bigint | null; payload: object } {
  if (record.kind === 'collection') return { kind: 'collection', ref: 0n, parent: record.productRef, payload: { handle: record.handle, key: foldText(record.handle) } };
  if (record.kind === 'product') {
    const { ref, kind, ...facts } = record;
    return { kind, ref, parent: null, payload: {
      ...facts, titleKey: foldText(facts.title), handleKey: foldText(facts.handle), vendorKey: foldText(facts.vendor),
      typeKey: foldText(facts.productType), statusKey: foldText(facts.status), tagKeys: facts.tags.map(foldText) } };
  }
  const { ref, productRef, kind, ...facts } = record;
  return { kind, ref, parent: productRef, payload: {
    ...facts, titleKey: foldText(facts.title), skuKey: foldText(facts.sku), barcodeKey: foldText(facts.barcode),
    optionNames: facts.optionNames ?? Object.keys(facts.options),
    optionKeys: Object.fromEntries(Object.entries(facts.options).map(([name, value]) => [foldText(name), foldText(value)])) } };
}

/** Puts records aside for `merge`; one statement for any number of records. */
export function stageRecords(sql: Sql, tenantId: string): CatalogStore['stage'] {
  return async (batchId, firstLine, records) => {
    const rows = records.map(staged);
    await sql.query(
      `insert into catalog_staging (tenant_id, batch_id, line, kind, ref, parent_ref, payload)
       select $1, $2, $3 + i - 1, kind, ref, parent, payload
         from unnest($4::text[], $5::bigint[], $6::bigint[], $7::jsonb[]) with ordinality as t(kind, ref, parent, payload, i)`,
      [tenantId, batchId, firstLine, rows.map((row) => row.kind), rows.map((row) => row.ref), rows.map((row) => row.parent), rows.map((row) => json(row.payload))]);
  };
}

// The last line of a ref wins: an export may repeat one that changed while it ran.
const incomingProducts = `select distinct on (ref) ref, app.entity_id($1, 'product', ref) as id, payload as j
  from catalog_staging where batch_id = $2 and kind = 'product' order by ref, line desc`;
const incomingVariants = `select distinct on (ref) ref, app.entity_id($1, 'variant', ref) as id, app.entity_id($1, 'product', parent_ref) as product_id, payload as j
  from catalog_staging where batch_id = $2 and kind = 'variant' order by ref, line desc`;
const texts = (expression: string): string => `array(select jsonb_array_elements_text(${expression}))`;
/**
 * The channel's times have whole seconds. Of two words with the same time the later read counts: what we learned after this source
 * was begun (`since`) stays.
 */
const isNewer = (table: string, time: string, since: string): string =>
  `(${table}.updated_at is null or ${time} is null or ${time} > ${table}.updated_at or (${time} = ${table}.updated_at and ${table}.synced_at <= ${since}))`;

async function mergeProducts(sql: Sql, tenantId: string, batchId: string, collectionsTold: boolean, since: Date, now: Date): Promise<number> {
  return affected(sql,
    `insert into products as p (tenant_id, id, ref, title, handle, vendor, product_type, status, tags, collections,
        title_key, handle_key, vendor_key, type_key, status_key, tag_keys, collection_keys, channel_refs, active, created_at, published_at, updated_at, synced_at)
     select $1, i.id, i.ref, j->>'title', j->>'handle', j->>'vendor', j->>'productType', j->>'status', ${texts("j->'tags'")}, coalesce(c.handles, '{}'),
        j->>'titleKey', j->>'handleKey', j->>'vendorKey', j->>'typeKey', j->>'statusKey', ${texts("j->'tagKeys'")}, coalesce(c.keys, '{}'),
        jsonb_build_object('shopify', jsonb_build_object('id', 'gid://shopify/Product/' || i.ref)), true,
        (j->>'createdAt')::timestamptz, (j->>'publishedAt')::timestamptz, (j->>'updatedAt')::timestamptz, $3
       from (${incomingProducts}) i
       left join (select parent_ref, array_agg(distinct payload->>'handle') as handles, array_agg(distinct payload->>'key') as keys
                    from catalog_staging where batch_id = $2 and kind = 'collection' group by parent_ref) c on c.parent_ref = i.ref
     on conflict (tenant_id, id) do update set
        title = excluded.title, handle = excluded.handle, vendor = excluded.vendor, product_type = excluded.product_type, status = excluded.status,
        tags = excluded.tags, title_key = excluded.title_key, handle_key = excluded.handle_key, vendor_key = excluded.vendor_key,
        type_key = excluded.type_key, status_key = excluded.status_key, tag_keys = excluded.tag_keys,
        collections = case when $4 then excluded.collections else p.collections end,
        collection_keys = case when $4 then excluded.collection_keys else p.collection_keys end,
        active = true, created_at = coalesce(excluded.created_at, p.created_at), published_at = excluded.published_at,
        updated_at = coalesce(excluded.updated_at, p.updated_at), synced_at = excluded.synced_at
      where ${isNewer('p', 'excluded.updated_at', '$5')}`,
    [tenantId, batchId, now, collectionsTold, since]);
}

async function mergeVariants(sql: Sql, tenantId: string, batchId: string, since: Date, now: Date): Promise<{ variants: number; moved: number }> {
  // A price that moved ends its open version first; the last statement opens one wherever none is open.
  const moved = await affected(sql,
    `update price_versions pv set valid_to = greatest($3::timestamptz, pv.valid_from)
       from variants v join (${incomingVariants}) i on v.tenant_id = $1 and v.id = i.id join tenants t on t.tenant_id = $1
      where pv.tenant_id = $1 and pv.variant_id = v.id and pv.valid_to is null
        and ${isNewer('v', "(i.j->>'updatedAt')::timestamptz", '$4')}
        and (pv.unit_amount <> (i.j->>'price')::bigint or pv.compare_at is distinct from (i.j->>'compareAt')::bigint or pv.currency_code <> t.currency_code)`,
    [tenantId, batchId, now, since]);
  const variants = await affected(sql,
    `insert into variants as v (tenant_id, id, ref, product_id, position, title, sku, barcode, title_key, sku_key, barcode_key, price, compare_at, cost,
        inventory_quantity, options, option_keys, option_names, channel_refs, active, updated_at, synced_at)
     select $1, i.id, i.ref, i.product_id, (j->>'position')::int, j->>'title', j->>'sku', j->>'barcode', j->>'titleKey', j->>'skuKey', j->>'barcodeKey',
        (j->>'price')::bigint, (j->>'compareAt')::bigint, (j->>'cost')::bigint, (j->>'inventoryQuantity')::int, j->'options', j->'optionKeys', ${texts("j->'optionNames'")},
        jsonb_build_object('shopify', jsonb_strip_nulls(jsonb_build_object('id', 'gid://shopify/ProductVariant/' || i.ref,
          'inventoryItemId', 'gid://shopify/InventoryItem/' || (j->>'inventoryItemRef')))),
        true, (j->>'updatedAt')::timestamptz, $3
       from (${incomingVariants}) i join products p on p.tenant_id = $1 and p.id = i.product_id
     on conflict (tenant_id, id) do update set
        product_id = excluded.product_id, position = excluded.position, title = excluded.title, sku = excluded.sku, barcode = excluded.barcode,
        title_key = excluded.title_key, sku_key = excluded.sku_key, barcode_key = excluded.barcode_key,
        price = excluded.price, compare_at = excluded.compare_at,
        cost = case when excluded.cost is null and excluded.ref not in (select s.ref from catalog_staging s where s.tenant_id = $1 and s.batch_id = $2 and s.kind = 'variant' and s.payload ? 'cost') then v.cost else excluded.cost end,
        inventory_quantity = excluded.inventory_quantity, options = excluded.options, option_keys = excluded.option_keys, option_names = excluded.option_names,
        channel_refs = v.channel_refs || excluded.channel_refs, active = true,
        updated_at = coalesce(excluded.updated_at, v.updated_at), synced_at = excluded.synced_at
      where ${isNewer('v', 'excluded.updated_at', '$4')}`,
    [tenantId, batchId, now, since]);
  return { variants, moved };
}

/** See the port. Runs in the caller's transaction; the staging rows are gone afterwards. */
export function mergeBatch(sql: Sql, tenantId: string): CatalogStore['merge'] {
  return async (batchId, { complete, collectionsTold, startedAt, now, source, correlationId }): Promise<MergeReport> => {
    // Nothing is known of rows that were staged in this same transaction: the planner takes them for one and joins row by row, which
    // made a whole catalog take hours. A whole catalog touches every row anyway.
    if (complete) await sql.query('set local enable_nestloop = off');
    const products = await mergeProducts(sql, tenantId, batchId, collectionsTold, startedAt, now);
    const { variants, moved } = await mergeVariants(sql, tenantId, batchId, startedAt, now);
    await sql.query(
      `insert into price_versions (tenant_id, variant_id, currency_code, unit_amount, compare_at, valid_from, source, layer_id, baseline_amount, baseline_compare_at, correlation_id)
       select $1, v.id, t.currency_code, v.price, v.compare_at, $3, $4, v.layer_id, v.baseline_price, v.baseline_compare_at, $5
         from (${incomingVariants}) i join variants v on v.tenant_id = $1 and v.id = i.id join tenants t on t.tenant_id = $1
        where not exists (select from price_versions o where o.tenant_id = $1 and o.variant_id = v.id and o.valid_to is null)
       on conflict (tenant_id, variant_id) where valid_to is null do nothing`,
      [tenantId, batchId, now, source, correlationId]);
    // What the source no longer has is kept for its history and leaves every list. Newer rows than the export's start are not judged by it,
    // nor are the variants of a product that was told of later already: only what was merged just now bears this time.
    const scope = complete ? 'true' : `v.product_id in (select i.id from (${incomingProducts}) i join products p on p.tenant_id = $1 and p.id = i.id and p.synced_at = $4)`;
    let deactivated = await affected(sql,
      `update variants v set active = false
        where v.tenant_id = $1 and v.active and v.synced_at < $3 and $4::timestamptz is not null and ${scope}
          and not exists (select from catalog_staging s where s.batch_id = $2 and s.kind = 'variant' and s.ref = v.ref)`,
      [tenantId, batchId, complete ? startedAt : now, now]);
    if (complete) {
      deactivated += await affected(sql,
        `update products p set active = false where p.active and p.synced_at < $2
            and not exists (select from catalog_staging s where s.batch_id = $1 and s.kind = 'product' and s.ref = p.ref)`,
        [batchId, startedAt]);
    }
    await sql.query('delete from catalog_staging where batch_id = $1', [batchId]);
    if (complete) await sql.query('set local enable_nestloop = on');
    return { products, variants, priceChanges: moved, deactivated };
  };
}

export function productRefOfInventoryItem(sql: Sql): CatalogStore['productRefOfInventoryItem'] {
  return async (inventoryItemRef) => {
    const row = await one<{ ref: bigint }>(sql,
      `select p.ref from variants v join products p on p.tenant_id = v.tenant_id and p.id = v.product_id
        where v.channel_refs->'shopify'->>'inventoryItemId' = $1 limit 1`, [`gid://shopify/InventoryItem/${inventoryItemRef}`]);
    return row?.ref ?? null;
  };
}
