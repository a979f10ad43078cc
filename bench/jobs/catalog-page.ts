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
  ['vendor', { vendor: 'Aurora' }],
  ['tag, by price', { tag: 'tag-7', sort: 'price' }],
  ['price range', { priceMin: 2_000n, priceMax: 30_000n }],
  ['search', { query: 'jacket' }],
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
    let slowest = 0;
    lines.push(await compare(
      { name: `page ${name}, last against first`, rows, goal: 1.5, runs: 15, note: () => `slowest ${slowest.toFixed(1)} ms` },
      { work: async () => {
        const start = performance.now();
        await page(before, 'asc');
        slowest = Math.max(slowest, performance.now() - start);
      } },
      { work: () => page(null, 'asc') },
    ));
  }
  return lines;
}
