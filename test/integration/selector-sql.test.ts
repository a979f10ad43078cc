import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selectorSql } from '../../app/adapters/db/selector-sql.ts';
import { catalogImport } from '../../app/adapters/db/stores/catalog-import.ts';
import { stageRecords } from '../../app/adapters/db/stores/catalog-staging.ts';
import { catalogColumns, catalogTables } from '../../app/adapters/db/stores/catalog-query.ts';
import { many } from '../../app/adapters/db/stores/rows.ts';
import type { Sql } from '../../app/adapters/db/stores/rows.ts';
import { createTenancy } from '../../app/adapters/db/tenancy.ts';
import type { CatalogRow } from '../../app/domain/catalog/catalog-row.ts';
import { factsOfRow } from '../../app/domain/catalog/facts-of-row.ts';
import type { CurrencyCode } from '../../app/domain/kernel/currency.ts';
import { compileRule } from '../../app/domain/rules/compile.ts';
import type { Selector } from '../../app/domain/rules/rule.ts';
import { validateRule } from '../../app/domain/rules/validate.ts';
import type { SourceRecord } from '../../app/ports/catalog-source.ts';
import { rule } from '../oracle/arbitrary-rules.ts';
import { useTestDatabase } from '../setup/database.ts';

/** The rows of a catalog, few of each kind, so that conditions hold on some and not on others. */
const words = fc.constantFrom('Acme', 'acme', ' ACME ', 'summer', 'Summer Sale', 'SALE', 'sale ', '', '   ', 'Ärmel', 'ärmel', 'x', 'straße', 'ΟΔΟΣ', 'M', 'l', '50%_\\');
const time = fc.constantFrom('2026-01-01T00:00:00Z', '2025-12-31T23:59:59.500Z', '2026-06-01T00:00:00Z', '2024-02-29T17:30:00Z', null);
const amount = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 6_000 }).map(BigInt) }, fc.constantFrom(0n, 100n, 2_147_483_648n * 100n, 9_007_199_254_740_993n, 9_223_372_036_854_775_807n));
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { freq: 4 });
const catalogRow = fc.record({
  title: words, handle: words, vendor: words, productType: words, status: fc.constantFrom('ACTIVE', 'DRAFT'), tags: fc.array(words, { maxLength: 3 }), collections: fc.array(words, { maxLength: 2 }),
  createdAt: time, publishedAt: time, updatedAt: time, variantTitle: words, sku: words, barcode: words,
  price: amount, compareAt: maybe(amount), cost: maybe(amount), mapPrice: maybe(amount), inventoryQuantity: maybe(fc.integer({ min: -3, max: 20 })),
  options: fc.oneof(fc.record({ Size: words }), fc.record({ 'size ': words, Colour: words }), fc.constant({})),
  baseline: fc.option(fc.record({ price: amount, compareAt: maybe(amount) }), { freq: 4 }),
});

const database = useTestDatabase();
const CURRENCIES: readonly [CurrencyCode, number][] = [['USD', 2], ['JPY', 0], ['KWD', 3]];
const ROWS = 250;
const RULES = 300;

let pool: pg.Pool;
beforeAll(() => {
  pool = new pg.Pool({ connectionString: database.urls.app, max: 2 });
});
afterAll(() => pool.end());

async function withRows<T>(shop: string, work: (sql: Sql, rows: readonly CatalogRow[]) => Promise<T>): Promise<T> {
  const tenancy = createTenancy(pool);
  const { rows: [installed] } = await pool.query<{ id: string }>(`select app.install_shop($1, 'Shop', 'USD', 'UTC', '', '{}') as id`, [shop]);
  const tenantId = installed!.id;
  const now = new Date('2026-11-22T12:00:00Z');
  const made = fc.sample(catalogRow, { numRuns: ROWS, seed: 20_261_122 });
  await tenancy.withTenant(tenantId, async (sql) => {
    const batch = crypto.randomUUID();
    const records = made.flatMap((row, i): SourceRecord[] => [
      { kind: 'product', ref: BigInt(i + 1), title: row.title, handle: row.handle, vendor: row.vendor, productType: row.productType, status: row.status, tags: row.tags, createdAt: row.createdAt, publishedAt: row.publishedAt, updatedAt: null },
      ...[...new Set(row.collections)].map((handle): SourceRecord => ({ kind: 'collection', productRef: BigInt(i + 1), handle })),
      { kind: 'variant', ref: BigInt(i + 1), productRef: BigInt(i + 1), position: 1, title: row.variantTitle, sku: row.sku, barcode: row.barcode, price: row.price, compareAt: row.compareAt, cost: row.cost,
        inventoryQuantity: row.inventoryQuantity, options: row.options, inventoryItemRef: null, updatedAt: row.updatedAt },
    ]);
    await stageRecords(sql, tenantId)(batch, 0, records);
    await catalogImport(sql, tenantId).merge(batch, { complete: true, collectionsTold: true, startedAt: now, now, source: 'sync', correlationId: 'test' });
    await sql.query(
      `update variants v set map_price = w.map_price, baseline_price = w.baseline_price, layer_id = case when w.baseline_price is not null then v.id end, baseline_compare_at = w.baseline_compare_at
         from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) as w(ref, map_price, baseline_price, baseline_compare_at) where v.ref = w.ref`,
      [made.map((_, i) => BigInt(i + 1)), made.map((row) => row.mapPrice), made.map((row) => row.baseline?.price ?? null), made.map((row) => row.baseline?.compareAt ?? null)]);
  });
  try {
    return await tenancy.withTenant(tenantId, async (sql) => work(sql, await many<CatalogRow>(sql, `select ${catalogColumns} from ${catalogTables} order by v.ref`)));
  } finally {
    await tenancy.close();
  }
}

describe('the selector in SQL', () => {
  for (const [currency, decimals] of CURRENCIES) {
    it(`selects the rows that the compiled closure selects, in ${currency}`, async () => {
      let some = 0;
      let compared = 0;
      await withRows(`selector-${currency.toLowerCase()}.myshopify.com`, async (sql, rows) => {
        expect(rows).toHaveLength(ROWS);
        await fc.assert(fc.asyncProperty(rule(decimals).filter(({ selector }) => JSON.stringify(selector) !== '{"all":[]}'), async ({ selector }) => {
          const valid = validateRule({ selector, transform: {} }, currency);
          if (!valid.ok) throw new Error(JSON.stringify(valid.error));
          const { selects } = compileRule(valid.value, currency);
          const where = selectorSql(selector as Selector, currency, 1);
          const found = await many<{ ref: bigint }>(sql, `select v.ref from ${catalogTables} where ${where.text} order by v.ref`, where.params);
          const wanted = rows.filter((row) => selects(factsOfRow(row))).map((row) => row.variantRef);
          expect(found.map((row) => row.ref)).toEqual(wanted);
          compared += rows.length;
          if (wanted.length > 0 && wanted.length < rows.length) some += 1;
        }), { numRuns: RULES });
      });
      expect(compared).toBe(ROWS * RULES);
      // Selectors that take everything or nothing prove little.
      expect(some).toBeGreaterThan(RULES / 5);
    });
  }

  it('takes lists of the full length, numbers that print with an exponent, and values that look like SQL', async () => {
    await withRows('selector-edges.myshopify.com', async (sql, rows) => {
      const prices = Array.from({ length: 10_000 }, (_, i) => (i / 100).toFixed(2));
      const selectors: Selector[] = [
        { all: Array.from({ length: 8 }, () => ({ field: 'variant.price', op: 'in' as const, value: prices })) },
        { not: { field: 'variant.marginPercent', op: 'in', value: prices } },
        { field: 'variant.inventoryQuantity', op: 'gt', value: 1e-7 },
        { field: 'product.title', op: 'contains', value: "'; drop table variants; --" },
        { field: "variant.options.x' or '1'='1", op: 'isSet' },
        { field: 'product.createdAt', op: 'between', value: ['0001-01-01', '9999-12-31T23:59:59.999999Z'] },
      ];
      for (const selector of selectors) {
        const valid = validateRule({ selector, transform: {} }, 'USD');
        if (!valid.ok) throw new Error(JSON.stringify(valid.error));
        const { selects } = compileRule(valid.value, 'USD');
        const where = selectorSql(selector, 'USD', 1);
        const found = await many<{ ref: bigint }>(sql, `select v.ref from ${catalogTables} where ${where.text} order by v.ref`, where.params);
        expect(found.map((row) => row.ref)).toEqual(rows.filter((row) => selects(factsOfRow(row))).map((row) => row.variantRef));
      }
    });
  });
});
