// A shop to develop against, with a small catalog. Runs any number of times and changes nothing that is there.
//
//   DATABASE_URL=postgresql://cal_app:…@host/calibrate  node prisma/seed.ts
//
// Through the app's own role, so that it can do no more than the app. A demo with a shop behind it is `npm run demo`.
import pg from 'pg';

const DOMAIN = 'calibrate-development.myshopify.com';

interface SeedProduct {
  readonly ref: number;
  readonly title: string;
  readonly handle: string;
  readonly vendor: string;
  readonly type: string;
  readonly tags: readonly string[];
  readonly collections: readonly string[];
  readonly option: string;
  /** Option value, SKU, price, compare-at price and cost in cents, stock. */
  readonly variants: readonly (readonly [value: string, sku: string, price: number, compareAt: number | null, cost: number | null, stock: number])[];
}

const products: readonly SeedProduct[] = [
  {
    ref: 9_100_001, title: 'Washed Linen Shirt', handle: 'washed-linen-shirt', vendor: 'Nordlys', type: 'Shirts', tags: ['Linen', 'Summer'], collections: ['summer-edit'],
    option: 'Size', variants: [['S', 'NL-LIN-S', 8_900, null, 3_150, 14], ['M', 'NL-LIN-M', 8_900, null, 3_150, 22], ['L', 'NL-LIN-L', 8_900, 9_900, 3_150, 3]],
  },
  {
    ref: 9_100_002, title: 'Enamel Mug', handle: 'enamel-mug', vendor: 'Fjordware', type: 'Drinkware', tags: ['Kitchen'], collections: ['kitchen'],
    option: 'Color', variants: [['White', 'FW-MUG-WHT', 1_850, null, 540, 120], ['Forest', 'FW-MUG-FOR', 1_850, null, null, 0]],
  },
  {
    ref: 9_100_003, title: 'Waxed Canvas Tote', handle: 'waxed-canvas-tote', vendor: 'Harrow & Pine', type: 'Bags', tags: ['Canvas', 'Sale'], collections: ['bags', 'sale'],
    option: 'Size', variants: [['One size', 'HP-TOTE-01', 6_400, 7_900, 2_720, 41]],
  },
];

const url = process.env.DATABASE_URL;
if (!url) throw new Error('DATABASE_URL is not set: this needs the URL of cal_app');

const client = new pg.Client({ connectionString: url });
await client.connect();
try {
  await client.query('BEGIN');
  const installed = await client.query<{ id: string }>(
    `SELECT app.install_shop($1, 'Calibrate Development', 'USD', 'America/New_York', 'Basic', '{read_products,write_products}') AS id`, [DOMAIN]);
  const tenant = installed.rows[0]!.id;
  await client.query('SELECT set_config($1, $2, true)', ['app.tenant_id', tenant]);
  for (const product of products) await seedProduct(tenant, product);
  await client.query('COMMIT');
  process.stdout.write(`${DOMAIN} is tenant ${tenant} and has ${products.length} products.\n`);
} finally {
  await client.end();
}

async function seedProduct(tenant: string, product: SeedProduct): Promise<void> {
  const { ref, title, handle, vendor, type, tags, collections, option } = product;
  await client.query(
    `INSERT INTO products (tenant_id, id, ref, title, handle, vendor, product_type, status, tags, collections,
        title_key, handle_key, vendor_key, type_key, status_key, tag_keys, collection_keys, channel_refs, updated_at)
     VALUES ($1, app.entity_id($1, 'product', $2), $2, $3, $4, $5, $6, 'ACTIVE', $7::text[], $8::text[], lower($3), lower($4), lower($5), lower($6), 'active',
        lower($7::text)::text[], lower($8::text)::text[], jsonb_build_object('shopify', jsonb_build_object('id', 'gid://shopify/Product/' || $2::bigint)), '2026-01-05T09:00:00Z')
     ON CONFLICT DO NOTHING`,
    [tenant, ref, title, handle, vendor, type, tags, collections]);
  for (const [index, [value, sku, price, compareAt, cost, stock]] of product.variants.entries()) {
    const variantRef = ref * 100 + index;
    await client.query(
      `INSERT INTO variants (tenant_id, id, ref, product_id, position, title, sku, barcode, title_key, sku_key, barcode_key, price, compare_at, cost,
          inventory_quantity, options, option_keys, channel_refs, updated_at)
       VALUES ($1, app.entity_id($1, 'variant', $2), $2, app.entity_id($1, 'product', $3), $4, $5, $6, '', lower($5), lower($6), '', $7, $8, $9,
          $10, jsonb_build_object($11::text, $5::text), jsonb_build_object(lower($11), lower($5)),
          jsonb_build_object('shopify', jsonb_build_object('id', 'gid://shopify/ProductVariant/' || $2::bigint)), '2026-01-05T09:00:00Z')
       ON CONFLICT DO NOTHING`,
      [tenant, variantRef, ref, index + 1, value, sku, price, compareAt, cost, stock, option]);
    await client.query(
      `INSERT INTO price_versions (tenant_id, variant_id, currency_code, unit_amount, compare_at, valid_from, source)
       SELECT v.tenant_id, v.id, 'USD', v.price, v.compare_at, v.updated_at, 'sync' FROM variants v
        WHERE v.ref = $1 AND NOT EXISTS (SELECT FROM price_versions p WHERE p.variant_id = v.id)`, [variantRef]);
  }
}
