import { decodeCursor, encodeCursor } from '../../app/adapters/db/stores/cursor.ts';
import { variantScope } from '../../app/adapters/db/stores/catalog-query.ts';
import type { VariantFilter } from '../../app/ports/catalog-store.ts';
import type { BenchDatabase } from '../bench-database.ts';
import { compare } from '../measure.ts';
import type { Line } from '../measure.ts';
import type { Shop } from '../planned-change.ts';

const LIMIT = 50;
const PAGES: readonly (readonly [string, VariantFilter])[] = [
  ['by title', {}],
  ['by price', { sort: 'price' }],
  ['by SKU', { sort: 'sku' }],
  ['by inventory', { sort: 'inventory' }],
  ['by update', { sort: 'updatedAt' }],
  ['vendor', { vendor: 'Aurora' }],
  ['vendor, by price', { vendor: 'Aurora', sort: 'price' }],
  ['type', { productType: 'Mug' }],
  ['tag', { tag: 'tag-7' }],
  ['tag, by price', { tag: 'tag-7', sort: 'price' }],
  ['collection, by SKU', { collection: 'collection-3', sort: 'sku' }],
  ['vendor and tag', { vendor: 'Borealis', tag: 'tag-7' }],
  ['price range', { priceMin: 2_000n, priceMax: 30_000n }],
  ['narrow price range', { priceMin: 2_000n, priceMax: 2_100n }],
  ['missing cost', { missingCost: true }],
  ['search, common', { query: 'jacket' }],
  ['search, common, by price', { query: 'jacket', sort: 'price' }],
  ['search, rare', { query: 'sku-77' }],
  ['search, nothing', { query: 'zebra' }],
  ['on sale, by SKU', { onSale: true, sort: 'sku' }],
];

/** The last page of a list of variants against its first. */
export async function benchCatalogPage(db: BenchDatabase, { rows, tenant }: Shop): Promise<Line[]> {
  const lines: Line[] = [];
  for (const [name, filter] of PAGES) {
    const page = (cursor: string | null, direction: 'asc' | 'desc') => db.uow.run(tenant, (tx) => tx.catalog.variants({ ...filter, direction }, { limit: LIMIT, cursor }));
    // Where the last page begins is found from the other end of the list.
    const fromTheEnd = await page(null, 'desc');
    const place = decodeCursor(fromTheEnd.nextCursor, variantScope({ ...filter, direction: 'desc' })) ?? ['', '00000000-0000-0000-0000-000000000000'];
    const before = encodeCursor(variantScope({ ...filter, direction: 'asc' }), place);
    const times: number[] = [];
    lines.push(await compare(
      { name: `page ${name}, last against first`, rows, goal: 1.5, runs: 15, note: () => `p95 ${p95(times).toFixed(1)} ms` },
      { work: async () => {
        const start = performance.now();
        await page(before, 'asc');
        times.push(performance.now() - start);
      } },
      { work: () => page(null, 'asc') },
    ));
  }
  return lines;
}

function p95(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1]!;
}
