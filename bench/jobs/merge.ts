import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { SourceRecord } from '../../app/ports/catalog-source.ts';
import type { TenantId } from '../../app/domain/kernel/ids.ts';
import type { BenchDatabase } from '../bench-database.ts';
import { compare } from '../measure.ts';
import type { Line } from '../measure.ts';
import type { Shop } from '../planned-change.ts';

const STAGE_BATCH = 1_000;
const TABLES = ['products', 'variants', 'price_versions'] as const;

/** A catalog brought in from the channel's records, staged and merged, against COPY of the finished rows into the same tables. */
export async function benchMerge(db: BenchDatabase, { rows, tenant }: Shop): Promise<Line[]> {
  const target = await db.newTenant('bench-import');
  const records = await recordsOf(db, tenant);
  const finished = await Promise.all(TABLES.map((table) => copiedRows(db, table, tenant, target)));
  const clear = async (): Promise<void> => {
    for (const table of ['price_versions', 'variants', 'products', 'product_terms', 'product_search']) await db.superuser.query(`delete from ${table} where tenant_id = $1`, [target]);
    await db.superuser.query('vacuum products, variants, price_versions, catalog_staging');
  };
  const bring = async (): Promise<void> => {
    const batch = randomUUID();
    await db.uow.run(target, async (tx) => {
      for (let line = 0; line < records.length; line += STAGE_BATCH) await tx.catalog.stage(batch, line, records.slice(line, line + STAGE_BATCH));
      await tx.catalog.merge(batch, { complete: true, collectionsTold: true, startedAt: new Date(), now: new Date(), source: 'sync', correlationId: batch });
    });
  };
  const lines = [await compare(
    { name: 'merge, first import', rows, goal: 1.5, note: 'bare: COPY of products, variants, prices', budgetMs: 20_000 },
    { work: bring, after: clear },
    { work: () => copyIn(db, finished), after: clear },
  )];
  await bring();
  await db.superuser.query('vacuum analyze products, variants, price_versions');
  lines.push(await compare(
    { name: 'merge, nothing new', rows, runs: 5, note: 'bare: a first import by COPY', budgetMs: 20_000 },
    { work: bring },
    { before: clear, work: () => copyIn(db, finished), after: async () => { await clear(); await bring(); await db.superuser.query('vacuum products, variants, price_versions, catalog_staging'); } },
  ));
  await clear();
  return lines;
}

async function recordsOf({ superuser }: BenchDatabase, tenant: TenantId): Promise<SourceRecord[]> {
  const products = await superuser.query('select ref, title, handle, vendor, product_type, status, tags, collections from products where tenant_id = $1 order by ref', [tenant]);
  const variants = await superuser.query('select v.ref, p.ref as product_ref, v.position, v.title, v.sku, v.barcode, v.price, v.compare_at, v.cost, v.inventory_quantity, v.options from variants v join products p on p.tenant_id = v.tenant_id and p.id = v.product_id where v.tenant_id = $1 order by v.ref', [tenant]);
  const minor = (value: string | null): bigint | null => (value === null ? null : BigInt(value));
  return [
    ...products.rows.flatMap((row): SourceRecord[] => [
      { kind: 'product', ref: BigInt(row.ref), title: row.title, handle: row.handle, vendor: row.vendor, productType: row.product_type, status: row.status, tags: row.tags, createdAt: '2026-01-01T00:00:00Z', publishedAt: '2026-01-02T00:00:00Z', updatedAt: '2026-06-01T00:00:00Z' },
      ...(row.collections as string[]).map((handle): SourceRecord => ({ kind: 'collection', productRef: BigInt(row.ref), handle })),
    ]),
    ...variants.rows.map((row): SourceRecord => ({
      kind: 'variant', ref: BigInt(row.ref), productRef: BigInt(row.product_ref), position: row.position, title: row.title, sku: row.sku, barcode: row.barcode, price: BigInt(row.price), compareAt: minor(row.compare_at),
      cost: minor(row.cost), inventoryQuantity: row.inventory_quantity, options: row.options, inventoryItemRef: BigInt(row.ref), updatedAt: '2026-06-01T00:00:00Z',
    })),
  ];
}

export interface Copied { readonly table: string; readonly columns: string; readonly text: string }

/** A table's rows of one tenant as COPY takes them, for another tenant. */
export async function copiedRows({ superuser }: BenchDatabase, table: string, tenant: TenantId, target: TenantId): Promise<Copied> {
  const names = (await superuser.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`, [table])).rows.map((row) => row.name);
  const value = (name: string): string => {
    if (name === 'tenant_id') return `'${target}'`;
    if (table === 'price_versions') return name === 'id' ? 'gen_random_uuid()' : name === 'variant_id' ? `md5('${target}' || variant_id)::uuid` : name;
    return name === 'id' || name === 'product_id' ? `md5('${target}' || ${name})::uuid` : name;
  };
  const { rows } = await superuser.query<{ line: string }>(
    `select array_to_string(array[${names.map((name) => `coalesce((${value(name)})::text, '\\N')`).join(', ')}], E'\\t') as line from ${table} where tenant_id = $1`, [tenant]);
  return { table, columns: names.join(', '), text: `${rows.map((row) => row.line).join('\n')}\n` };
}

export async function copyIn({ superuser }: BenchDatabase, tables: readonly Copied[]): Promise<void> {
  const client = await superuser.connect();
  try {
    await client.query('begin');
    for (const { table, columns, text } of tables) await pipeline(Readable.from([text]), client.query(copyFrom(`copy ${table} (${columns}) from stdin`)));
    await client.query('commit');
  } finally {
    client.release();
  }
}
