import type { CatalogStore, MergeOptions, MergeReport } from '../../../ports/catalog-store.ts';
import { affected, one } from './rows.ts';
import type { Sql } from './rows.ts';

/**
 * The channel's times have whole seconds. Of two words with the same time the later read counts: what we learned after this source
 * was begun (`since`) stays.
 */
const isNewer = (table: string, time: string, since: string): string =>
  `(${table}.updated_at is null or ${time} is null or ${time} > ${table}.updated_at or (${time} = ${table}.updated_at and ${table}.synced_at <= ${since}))`;

const differs = (table: string, columns: readonly string[]): string =>
  `(${columns.map((column) => `${table}.${column}`).join(', ')}) is distinct from (${columns.map((column) => `excluded.${column}`).join(', ')})`;

/** Which of the staged rows a statement is about: all, or those of the products of one part. */
interface Scope {
  readonly complete: boolean;
  readonly part: number;
  readonly parts: number;
}

/** A product is in one part with all its children, wherever their lines are. `$2` is the batch. */
function staged(kind: 'product' | 'variant' | 'collection', { part, parts }: Scope): string {
  const ref = kind === 'product' ? 'ref' : 'parent_ref';
  return `(select * from catalog_staging where batch_id = $2::uuid and kind = '${kind}'${parts > 1 ? ` and mod(${ref}, ${parts}) = ${part}` : ''})`;
}

const PRODUCT_FACTS = ['title', 'handle', 'vendor', 'product_type', 'status', 'tags'] as const;
const VARIANT_FACTS = ['product_id', 'position', 'title', 'sku', 'barcode', 'price', 'compare_at', 'inventory_quantity', 'options', 'option_names', 'inventory_item_ref'] as const;

async function mergeProducts(sql: Sql, tenantId: string, batchId: string, scope: Scope, collectionsTold: boolean, since: Date, now: Date): Promise<number> {
  // A whole catalog mostly says what is known: rows that would stay as they are are not written again.
  const unchanged = scope.complete ? `and (not p.active or p.updated_at is distinct from excluded.updated_at or ${differs('p', [...PRODUCT_FACTS, 'published_at', 'collections'])})` : '';
  return affected(sql,
    `insert into products as p (tenant_id, id, ref, title, handle, vendor, product_type, status, tags, collections,
        title_key, handle_key, vendor_key, type_key, status_key, tag_keys, collection_keys, channel_refs, active, created_at, published_at, updated_at, synced_at)
     select $1::uuid, i.id, i.ref, i.title, i.handle, i.vendor, i.product_type, i.status, i.tags, coalesce(c.handles, '{}'),
        i.title_key, i.handle_key, i.vendor_key, i.type_key, i.status_key, i.tag_keys, coalesce(c.keys, '{}'),
        jsonb_build_object('shopify', jsonb_build_object('id', 'gid://shopify/Product/' || i.ref)), true, i.created_at, i.published_at, i.updated_at, $3
       from ${staged('product', scope)} i
       left join (select parent_ref, array_agg(distinct handle) as handles, array_agg(distinct handle_key) as keys
                    from ${staged('collection', scope)} m group by parent_ref) c on c.parent_ref = i.ref
     on conflict (tenant_id, id) do update set
        title = excluded.title, handle = excluded.handle, vendor = excluded.vendor, product_type = excluded.product_type, status = excluded.status,
        tags = excluded.tags, title_key = excluded.title_key, handle_key = excluded.handle_key, vendor_key = excluded.vendor_key,
        type_key = excluded.type_key, status_key = excluded.status_key, tag_keys = excluded.tag_keys,
        collections = case when $4 then excluded.collections else p.collections end,
        collection_keys = case when $4 then excluded.collection_keys else p.collection_keys end,
        active = true, created_at = coalesce(excluded.created_at, p.created_at), published_at = excluded.published_at,
        updated_at = coalesce(excluded.updated_at, p.updated_at), synced_at = excluded.synced_at
      where ${isNewer('p', 'excluded.updated_at', '$5')} ${unchanged}`,
    [tenantId, batchId, now, collectionsTold, since]);
}

async function mergeVariants(sql: Sql, tenantId: string, batchId: string, scope: Scope, since: Date, now: Date): Promise<{ variants: number; moved: number }> {
  // A price that moved ends its open version first; the last statement opens one wherever none is open.
  const moved = await affected(sql,
    `update price_versions pv set valid_to = greatest($3::timestamptz, pv.valid_from)
       from ${staged('variant', scope)} i join variants v on v.tenant_id = $1::uuid and v.id = i.id join tenants t on t.tenant_id = $1::uuid
      where pv.tenant_id = $1::uuid and pv.variant_id = v.id and pv.valid_to is null
        and ${isNewer('v', 'i.updated_at', '$4')}
        and (pv.unit_amount <> i.price or pv.compare_at is distinct from i.compare_at or pv.currency_code <> t.currency_code)`,
    [tenantId, batchId, now, since]);
  const unchanged = scope.complete
    ? `and (not v.active or v.updated_at is distinct from excluded.updated_at or v.cost is distinct from excluded.cost or ${differs('v', VARIANT_FACTS)})` : '';
  const variants = await affected(sql,
    `insert into variants as v (tenant_id, id, ref, product_id, position, title, sku, barcode, title_key, sku_key, barcode_key, price, compare_at, cost,
        inventory_quantity, options, option_keys, option_names, inventory_item_ref, channel_refs, active, updated_at, synced_at)
     select $1::uuid, i.id, i.ref, i.product_id, i.position, i.title, i.sku, i.barcode, i.title_key, i.sku_key, i.barcode_key, i.price, i.compare_at,
        case when i.cost_told then i.cost else known.cost end, i.inventory_quantity, i.options, i.option_keys, i.option_names, i.inventory_item_ref,
        jsonb_build_object('shopify', jsonb_strip_nulls(jsonb_build_object('id', 'gid://shopify/ProductVariant/' || i.ref,
          'inventoryItemId', 'gid://shopify/InventoryItem/' || i.inventory_item_ref))),
        true, i.updated_at, $3
       from ${staged('variant', scope)} i join products p on p.tenant_id = $1::uuid and p.id = i.product_id
       left join variants known on known.tenant_id = $1::uuid and known.id = i.id and not i.cost_told
     on conflict (tenant_id, id) do update set
        product_id = excluded.product_id, position = excluded.position, title = excluded.title, sku = excluded.sku, barcode = excluded.barcode,
        title_key = excluded.title_key, sku_key = excluded.sku_key, barcode_key = excluded.barcode_key,
        price = excluded.price, compare_at = excluded.compare_at, cost = excluded.cost,
        inventory_quantity = excluded.inventory_quantity, options = excluded.options, option_keys = excluded.option_keys, option_names = excluded.option_names,
        inventory_item_ref = coalesce(excluded.inventory_item_ref, v.inventory_item_ref), channel_refs = v.channel_refs || excluded.channel_refs, active = true,
        updated_at = coalesce(excluded.updated_at, v.updated_at), synced_at = excluded.synced_at
      where ${isNewer('v', 'excluded.updated_at', '$4')} ${unchanged}`,
    [tenantId, batchId, now, since]);
  return { variants, moved };
}

/** An export may repeat one that changed while it ran: its last line counts. */
async function dropRepeated(sql: Sql, batchId: string): Promise<void> {
  await sql.query(
    `delete from catalog_staging s using (select kind, ref, max(line) as line from catalog_staging where batch_id = $1 and kind in ('product', 'variant') group by kind, ref having count(*) > 1) last
      where s.batch_id = $1 and s.kind = last.kind and s.ref = last.ref and s.line < last.line`, [batchId]);
}

const countStaged = async (sql: Sql, batchId: string): Promise<number> =>
  Number((await one<{ records: bigint }>(sql, 'select count(*) as records from catalog_staging where batch_id = $1', [batchId]))!.records);

/** Rows of one part into the catalog, and a price version wherever none is open; the staged rows stay. */
async function mergeScope(sql: Sql, tenantId: string, batchId: string, scope: Scope, { collectionsTold, startedAt, now, source, correlationId }: MergeOptions): Promise<MergeReport> {
  const products = await mergeProducts(sql, tenantId, batchId, scope, collectionsTold, startedAt, now);
  const { variants, moved } = await mergeVariants(sql, tenantId, batchId, scope, startedAt, now);
  await sql.query(
    `insert into price_versions (tenant_id, variant_id, currency_code, unit_amount, compare_at, valid_from, source, layer_id, baseline_amount, baseline_compare_at, correlation_id)
     select $1::uuid, v.id, t.currency_code, v.price, v.compare_at, $3, $4, v.layer_id, v.baseline_price, v.baseline_compare_at, $5
       from ${staged('variant', scope)} i join variants v on v.tenant_id = $1::uuid and v.id = i.id join tenants t on t.tenant_id = $1::uuid
      where not exists (select from price_versions o where o.tenant_id = $1::uuid and o.variant_id = v.id and o.valid_to is null)
     on conflict (tenant_id, variant_id) where valid_to is null do nothing`,
    [tenantId, batchId, now, source, correlationId]);
  return { products, variants, priceChanges: moved, deactivated: 0 };
}

/**
 * What a complete export no longer has is kept for its history and leaves every list; it was last seen before the export began. Rows newer
 * than that are not judged by it.
 */
async function dropMissing(sql: Sql, batchId: string, startedAt: Date): Promise<number> {
  const missing = (table: 'variants' | 'products', kind: string): Promise<number> => affected(sql,
    `update ${table} x set active = false, synced_at = $2
      where x.active and x.synced_at < $2 and not exists (select from catalog_staging s where s.batch_id = $1 and s.kind = '${kind}' and s.ref = x.ref)`, [batchId, startedAt]);
  return (await missing('variants', 'variant')) + (await missing('products', 'product'));
}

/** Of single products: variants that one no longer has, unless it was told of later already. Only what was merged just now bears this time. */
async function dropFromProducts(sql: Sql, tenantId: string, batchId: string, now: Date): Promise<number> {
  return affected(sql,
    `update variants v set active = false
      where v.tenant_id = $1::uuid and v.active and v.synced_at < $3
        and v.product_id in (select i.id from catalog_staging i join products p on p.tenant_id = $1::uuid and p.id = i.id and p.synced_at = $3 where i.batch_id = $2::uuid and i.kind = 'product')
        and not exists (select from catalog_staging s where s.batch_id = $2::uuid and s.kind = 'variant' and s.ref = v.ref)`, [tenantId, batchId, now]);
}

const clear = (sql: Sql, batchId: string): Promise<number> => affected(sql, 'delete from catalog_staging where batch_id = $1', [batchId]);

/**
 * Nothing is known of rows that were staged just now: the planner takes them for one and joins row by row, which made a whole catalog
 * take hours. A whole catalog touches every row anyway.
 */
async function joiningAll<T>(sql: Sql, work: () => Promise<T>): Promise<T> {
  await sql.query('set local enable_nestloop = off');
  const done = await work();
  await sql.query('set local enable_nestloop = on');
  return done;
}

export function catalogImport(sql: Sql, tenantId: string): Pick<CatalogStore, 'merge' | 'dropRepeated' | 'mergePart' | 'finishMerge' | 'stagedRecords' | 'unstage'> {
  return {
    merge: async (batchId, { complete, ...options }) => {
      const work = async (): Promise<MergeReport> => {
        await dropRepeated(sql, batchId);
        const report = await mergeScope(sql, tenantId, batchId, { complete, part: 0, parts: 1 }, options);
        const deactivated = complete ? await dropMissing(sql, batchId, options.startedAt) : await dropFromProducts(sql, tenantId, batchId, options.now);
        await clear(sql, batchId);
        return { ...report, deactivated };
      };
      return complete ? joiningAll(sql, work) : work();
    },
    dropRepeated: (batchId) => joiningAll(sql, async () => {
      await dropRepeated(sql, batchId);
      return countStaged(sql, batchId);
    }),
    mergePart: (batchId, { part, parts, ...options }) => joiningAll(sql, () => mergeScope(sql, tenantId, batchId, { complete: true, part, parts }, options)),
    finishMerge: (batchId, { startedAt }) => joiningAll(sql, async () => {
      const deactivated = await dropMissing(sql, batchId, startedAt);
      await clear(sql, batchId);
      return deactivated;
    }),
    stagedRecords: (batchId) => countStaged(sql, batchId),
    unstage: async (batchId) => {
      await clear(sql, batchId);
    },
  };
}

export function productRefOfInventoryItem(sql: Sql): CatalogStore['productRefOfInventoryItem'] {
  return async (inventoryItemRef) => {
    const find = (condition: string, value: unknown): Promise<{ ref: bigint } | null> => one(sql,
      `select p.ref from variants v join products p on p.tenant_id = v.tenant_id and p.id = v.product_id where ${condition} limit 1`, [value]);
    // A row that no sync has touched since the column came has the number only among its references.
    const row = (await find('v.inventory_item_ref = $1', inventoryItemRef))
      ?? (await find(`v.inventory_item_ref is null and v.channel_refs->'shopify'->>'inventoryItemId' = $1`, `gid://shopify/InventoryItem/${inventoryItemRef}`));
    return row?.ref ?? null;
  };
}
