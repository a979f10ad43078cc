import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readExportLines } from '../../app/adapters/shopify/export-reader.ts';
import { downloadResult } from '../../app/adapters/shopify/result-download.ts';
import { runSync, startSync } from '../../app/flows/sync-catalog/sync-catalog.ts';
import type { TenantId } from '../../app/domain/kernel/ids.ts';
import type { CatalogSource } from '../../app/ports/catalog-source.ts';
import type { BenchDatabase } from '../bench-database.ts';
import { compare, memoryGrowth } from '../measure.ts';
import type { Line } from '../measure.ts';
import { must } from '../planned-change.ts';
import type { Shop } from '../planned-change.ts';
import { copiedRows, copyIn } from './merge.ts';

const TABLES = ['products', 'variants', 'price_versions'] as const;
/** What PERFORMANCE.md allows, in MB. */
const ALLOWED = 150;

/**
 * A whole sync, from the download of Shopify's JSONL to the last price version and the end of the sync, against the same download
 * followed by COPY of the finished rows into the same tables. And how much the process grows meanwhile.
 */
export async function benchIngest(db: BenchDatabase, { rows, tenant }: Shop): Promise<Line[]> {
  const target = await db.newTenant('bench-ingest');
  const finished = await Promise.all(TABLES.map((table) => copiedRows(db, table, tenant, target)));
  const file = await serveExport(await exportOf(db, tenant));
  const ctx = db.contextOf(target);
  const clear = async (): Promise<void> => {
    for (const table of ['price_versions', 'variants', 'products', 'product_terms', 'product_search', 'catalog_syncs', 'catalog_staging']) await db.superuser.query(`delete from ${table} where tenant_id = $1`, [target]);
    await db.superuser.query('vacuum products, variants, price_versions, catalog_staging');
  };
  const sync = async (): Promise<void> => {
    const { id } = must(await startSync(db, ctx));
    while ((await runSync({ uow: db.uow, source: file.source }, ctx, { id })).comeBackAt !== null) continue;
    const { state, variants, error } = (await db.uow.run(target, (tx) => tx.syncs.get(id)))!;
    if (state !== 'completed' || variants !== rows) throw new Error(`The sync ended as ${state} with ${variants} variants: ${error}`);
  };
  const bare = async (): Promise<void> => {
    const { body } = await fetch(file.url);
    for await (const _ of body as unknown as AsyncIterable<Uint8Array>) continue;
    await copyIn(db, finished);
  };
  try {
    const lines = [await compare({ name: 'ingest, first import', rows, goal: 1.5, note: 'bare: download + COPY of products, variants, prices', budgetMs: 90_000 }, { work: sync, after: clear }, { work: bare, after: clear })];
    const start = performance.now();
    const grown = await memoryGrowth(sync);
    lines.push({ name: 'ingest, memory', rows, ours: grown, bare: ALLOWED, ratio: grown / ALLOWED, runs: 1, goal: 1, unit: 'MB', note: `bare: what is allowed; took ${((performance.now() - start) / 1000).toFixed(1)} s` });
    await db.superuser.query('vacuum analyze products, variants, price_versions');
    lines.push(await compare({ name: 'ingest, nothing new', rows, runs: 3, note: 'bare: a first import by COPY', budgetMs: 40_000 },
      { work: sync }, { before: clear, work: bare, after: async () => { await clear(); await sync(); await db.superuser.query('vacuum analyze products, variants, price_versions, catalog_staging'); } }));
    await clear();
    return lines;
  } finally {
    await file.close();
  }
}

/** The catalog as Shopify exports it: all products, then what belongs to them. */
async function exportOf({ superuser }: BenchDatabase, tenant: TenantId): Promise<Buffer> {
  const gid = (kind: string, ref: string): string => `'gid://shopify/${kind}/' || ${ref}`;
  const amount = (column: string): string => `round(${column} / 100.0, 2)::text`;
  const { rows } = await superuser.query<{ line: string }>(
    `select json_build_object('id', ${gid('Product', 'ref')}, 'title', title, 'handle', handle, 'vendor', vendor, 'productType', product_type, 'status', status, 'tags', tags,
        'createdAt', '2026-01-01T00:00:00Z', 'publishedAt', '2026-01-02T00:00:00Z', 'updatedAt', '2026-06-01T00:00:00Z')::text as line from products where tenant_id = $1
     union all select json_build_object('id', ${gid('Collection', '1')}, 'handle', c, '__parentId', ${gid('Product', 'ref')})::text from products, unnest(collections) c where tenant_id = $1
     union all select json_build_object('id', ${gid('ProductVariant', 'v.ref')}, 'position', v.position, 'title', v.title, 'sku', v.sku, 'barcode', v.barcode, 'price', ${amount('v.price')},
        'compareAtPrice', ${amount('v.compare_at')}, 'inventoryQuantity', v.inventory_quantity, 'updatedAt', '2026-06-01T00:00:00Z',
        'selectedOptions', (select json_agg(json_build_object('name', o.key, 'value', o.value)) from jsonb_each_text(v.options) o),
        'inventoryItem', json_build_object('id', ${gid('InventoryItem', 'v.ref')}, 'unitCost', case when v.cost is not null then json_build_object('amount', ${amount('v.cost')}, 'currencyCode', 'USD') end),
        '__parentId', ${gid('Product', 'p.ref')})::text
       from variants v join products p on p.tenant_id = v.tenant_id and p.id = v.product_id where v.tenant_id = $1`, [tenant]);
  return Buffer.from(`${rows.map((row) => row.line.replace('"selectedOptions" : null', '"selectedOptions" : []')).join('\n')}\n`);
}

async function serveExport(content: Buffer): Promise<{ readonly url: string; readonly source: CatalogSource; close(): Promise<void> }> {
  const server = createServer((_, response) => void response.end(content));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/export.jsonl`;
  const objects = content.reduce((lines, byte) => lines + (byte === 10 ? 1 : 0), 0);
  const answer = <T>(value: T) => ({ ok: true as const, requestId: null, value });
  const source: Partial<CatalogSource> = {
    shopInfo: async () => answer({ name: 'Bench', currencyCode: 'USD', timeZone: 'UTC', plan: '', scopes: [] }),
    startExport: async () => answer({ operationRef: 'gid://shopify/BulkOperation/1' }),
    exportStatus: async () => answer({ state: 'completed' as const, objects, url }),
    readExport: (_shop, address, skip = 0) => downloadResult({ fetch, idleTimeoutMs: 60_000 }, address, (chunks) => readExportLines(chunks, 'USD', skip)),
  };
  return {
    url, source: source as CatalogSource,
    close: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
}
