import type { Rule } from '../app/domain/rules/rule.ts';
import type { TenantId } from '../app/domain/kernel/ids.ts';
import type { BenchDatabase } from './bench-database.ts';

export const VARIANTS_PER_PRODUCT = 4;

/** Selects every made variant and moves nearly all of them: discount, guard rails, charm ending, compare-at. */
export const PLAN_RULE: Rule = {
  name: 'Bench',
  selector: { all: [{ field: 'product.status', op: 'eq', value: 'ACTIVE' }, { field: 'variant.price', op: 'gte', value: '1.00' }] },
  transform: {
    base: 'price', steps: [{ type: 'percent', value: '-12.5' }],
    bounds: { minMarginPercent: '20', maxDecreasePercent: '25' },
    rounding: { type: 'ending', ending: '0.99', every: '1.00' }, compareAt: { mode: 'sale' },
  },
};

/** One product in so many is in each made collection. */
const COLLECTIONS = 20;

/** The plan's rule over about `planned` of `rows` variants: by collection, to a twentieth. */
export function planRule(rows: number, planned: number): Rule {
  const chosen = Math.max(1, Math.round((planned / rows) * COLLECTIONS));
  if (chosen >= COLLECTIONS) return PLAN_RULE;
  const any = Array.from({ length: chosen }, (_, n) => ({ field: 'product.collections', op: 'contains' as const, value: `collection-${n}` }));
  return { ...PLAN_RULE, selector: { all: [PLAN_RULE.selector, { any }] } };
}

/** As the plan's rule, with a selector that has more to look at and leaves some out. */
export const EVALUATE_RULE: Rule = {
  ...PLAN_RULE,
  selector: {
    all: [
      { field: 'product.vendor', op: 'in', value: ['Aurora', 'Borealis', 'Cirrus', 'Drift', 'Ember', 'Fjord'] },
      { any: [{ field: 'product.tags', op: 'contains', value: 'autumn' }, { field: 'variant.inventoryQuantity', op: 'gt', value: '10' }] },
      { field: 'variant.price', op: 'between', value: ['5.00', '450.00'] },
    ],
  },
};

/** Fills a tenant with `rows` variants, their products and their open price versions. The same rows for the same number. */
export async function makeCatalog({ superuser }: BenchDatabase, tenant: TenantId, rows: number): Promise<void> {
  const client = await superuser.connect();
  try {
    await client.query('begin');
    await client.query(
      `insert into products (tenant_id, id, ref, title, handle, vendor, product_type, status, tags, collections, title_key, handle_key, vendor_key, type_key,
          status_key, tag_keys, collection_keys, channel_refs, created_at, published_at, updated_at)
       select $1, app.entity_id($1, 'product', n), n, title, handle, vendor, kind, 'ACTIVE', tags, collections, lower(title), handle, lower(vendor), lower(kind),
          'active', tags, collections, jsonb_build_object('shopify', jsonb_build_object('id', 'gid://shopify/Product/' || n)),
          timestamptz '2026-01-01' + n * interval '1 minute', timestamptz '2026-01-02', timestamptz '2026-06-01'
         from generate_series(1, $2::int) n,
         lateral (select (array['Aurora','Borealis','Cirrus','Drift','Ember','Fjord','Glade','Harbour'])[1 + n % 8] as vendor,
           (array['Jacket','Boots','Lamp','Mug','Rug'])[1 + n % 5] as kind,
           (array['Northern','Quiet','Bright','Woven','Amber','Stone'])[1 + n % 6] || ' ' || (array['Jacket','Boots','Lamp','Mug','Rug'])[1 + n % 5] || ' ' || md5(n::text) as title,
           'item-' || n as handle, array['tag-' || n % 50, (array['autumn','winter','spring','summer'])[1 + n % 4]] as tags,
           array['collection-' || n % ${COLLECTIONS}] as collections) made`,
      [tenant, Math.ceil(rows / VARIANTS_PER_PRODUCT)]);
    await client.query(
      `insert into variants (tenant_id, id, ref, product_id, position, title, sku, barcode, title_key, sku_key, barcode_key, price, compare_at, cost,
          inventory_quantity, options, option_keys, channel_refs, updated_at)
       select $1, app.entity_id($1, 'variant', n), n, app.entity_id($1, 'product', 1 + (n - 1) / ${VARIANTS_PER_PRODUCT}), 1 + (n - 1) % ${VARIANTS_PER_PRODUCT}, size, 'SKU-' || n, (4000000000000 + n)::text,
          lower(size), 'sku-' || n, (4000000000000 + n)::text, price, case when n % 3 = 0 then price + 1500 end, case when n % 20 > 0 then price * (35 + n % 30) / 100 else price / 3 end,
          n % 120, jsonb_build_object('Size', size), jsonb_build_object('size', lower(size)),
          jsonb_build_object('shopify', jsonb_build_object('id', 'gid://shopify/ProductVariant/' || n, 'inventoryItemId', 'gid://shopify/InventoryItem/' || n)), timestamptz '2026-06-01'
         from generate_series(1, $2::int) n,
         lateral (select (array['Small','Medium','Large','Extra large'])[1 + n % 4] as size, 1000 + (n::bigint * 7919) % 49000 as price) made`,
      [tenant, rows]);
    await client.query(
      `insert into price_versions (tenant_id, variant_id, currency_code, unit_amount, compare_at, valid_from, source)
       select tenant_id, id, 'USD', price, compare_at, timestamptz '2026-06-01', 'sync' from variants where tenant_id = $1`, [tenant]);
    await client.query('commit');
  } finally {
    client.release();
  }
  await settle({ superuser } as BenchDatabase);
}

/** Statistics and visibility as autovacuum would have left them. */
export async function settle({ superuser }: Pick<BenchDatabase, 'superuser'>): Promise<void> {
  await superuser.query('vacuum analyze products, variants, price_versions, price_changes, price_change_items, events, outbox, audit_log');
}

/** Columns of a plan as `insertPlan` fills them, for the bare things that copy rows. */
export const PLAN_COLUMNS = `position, variant_id, product_id, variant_ref, product_ref, sku, title, outcome, reason, warnings, before_price, before_compare_at,
  after_price, after_compare_at, baseline_price, baseline_compare_at, layer_id, source, policy_version, cost, trace, source_item_id, state`;
