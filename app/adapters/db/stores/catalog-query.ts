import type { CatalogRow, ProductRow } from '../../../domain/catalog/catalog-row.ts';
import { foldText } from '../../../domain/rules/text.ts';
import type { VariantFilter } from '../../../ports/catalog-store.ts';
import type { Page, PageRequest } from '../../../ports/unit-of-work.ts';
import { decodeCursor, page } from './cursor.ts';
import type { ListScope, PartKind } from './cursor.ts';
import { many } from './rows.ts';
import type { Sql } from './rows.ts';

/** Columns of a CatalogRow; `v` is variants, `p` its product. */
export const catalogColumns = `v.id as variant_id, v.product_id, v.ref as variant_ref, p.ref as product_ref, v.sku, v.barcode, v.title,
  p.title as product_title, p.handle, p.vendor, p.product_type, p.status, p.tags, p.collections, p.created_at, p.published_at, v.updated_at,
  v.price, v.compare_at, v.cost, v.map_price, v.baseline_price, v.baseline_compare_at, v.layer_id, v.inventory_quantity, v.options`;
export const catalogTables = 'variants v join products p on p.tenant_id = v.tenant_id and p.id = v.product_id';

const sorts = {
  title: { expression: 'p.title_key', cast: 'text', part: 'text', of: (row: CatalogRow) => foldText(row.productTitle) },
  sku: { expression: 'v.sku_key', cast: 'text', part: 'text', of: (row: CatalogRow) => foldText(row.sku) },
  price: { expression: 'v.price', cast: 'bigint', part: 'integer', of: (row: CatalogRow) => row.price },
  inventory: { expression: 'coalesce(v.inventory_quantity, 0)', cast: 'int', part: 'integer', of: (row: CatalogRow) => row.inventoryQuantity ?? 0 },
  updatedAt: { expression: "coalesce(v.updated_at, 'epoch')", cast: 'timestamptz', part: 'time', of: (row: CatalogRow) => row.updatedAt ?? new Date(0) },
} as const satisfies Readonly<Record<string, { expression: string; cast: string; part: PartKind; of: (row: CatalogRow) => string | bigint | number | Date }>>;

class Conditions {
  readonly params: unknown[] = [];
  readonly parts: string[] = [];
  add(text: (param: string) => string, value: unknown): void {
    this.params.push(value);
    this.parts.push(text(`$${this.params.length}`));
  }
  get where(): string {
    return this.parts.length ? this.parts.join(' and ') : 'true';
  }
}

function conditionsOf(filter: VariantFilter, of: 'variants' | 'products'): Conditions {
  const where = new Conditions();
  where.parts.push(of === 'variants' ? 'v.active and p.active' : 'p.active');
  for (const word of foldText(filter.query ?? '').split(/\s+/).filter(Boolean).slice(0, 8)) {
    const fields = of === 'variants' ? ['p.title_key', 'p.vendor_key', 'v.sku_key', 'v.title_key', 'p.type_key'] : ['p.title_key', 'p.vendor_key', 'p.handle_key', 'p.type_key'];
    where.add((param) => `(${fields.map((field) => `position(${param} in ${field}) > 0`).join(' or ')})`, word);
  }
  if (filter.ids) where.add((param) => `v.id = any(${param}::uuid[])`, filter.ids);
  if (filter.productId) where.add((param) => `${of === 'variants' ? 'v.product_id' : 'p.id'} = ${param}::uuid`, filter.productId);
  if (filter.vendor) where.add((param) => `p.vendor_key = ${param}`, foldText(filter.vendor));
  if (filter.productType) where.add((param) => `p.type_key = ${param}`, foldText(filter.productType));
  if (filter.tag) where.add((param) => `p.tag_keys @> array[${param}::text]`, foldText(filter.tag));
  if (filter.collection) where.add((param) => `p.collection_keys @> array[${param}::text]`, foldText(filter.collection));
  if (filter.status) where.add((param) => `p.status_key = ${param}`, foldText(filter.status));
  if (of === 'variants') {
    if (filter.priceMin !== undefined) where.add((param) => `v.price >= ${param}`, filter.priceMin);
    if (filter.priceMax !== undefined) where.add((param) => `v.price <= ${param}`, filter.priceMax);
    if (filter.missingCost) where.parts.push('v.cost is null');
    if (filter.onSale) where.parts.push('v.compare_at > v.price');
  }
  return where;
}

/** What a cursor of a list of variants belongs to. */
export function variantScope(filter: VariantFilter): ListScope {
  const sort = filter.sort ?? 'title';
  return { list: 'variants', filter: { ...filter, sort, direction: filter.direction ?? 'asc' }, parts: [sorts[sort].part, 'uuid'] };
}

/** Keyset pages: the last page costs what the first does. */
export async function listVariants(sql: Sql, filter: VariantFilter, { limit, cursor }: PageRequest): Promise<Page<CatalogRow>> {
  const where = conditionsOf(filter, 'variants');
  const sort = sorts[filter.sort ?? 'title'];
  const down = filter.direction === 'desc';
  const scope = variantScope(filter);
  const after = decodeCursor(cursor, scope);
  if (after) {
    where.params.push(after[0], after[1]);
    where.parts.push(`(${sort.expression}, v.id) ${down ? '<' : '>'} ($${where.params.length - 1}::${sort.cast}, $${where.params.length}::uuid)`);
    // Says no more than the line above, but of one table alone, so that an index can begin at the page.
    where.parts.push(`${sort.expression} ${down ? '<=' : '>='} $${where.params.length - 1}::${sort.cast}`);
  }
  where.params.push(limit + 1);
  const order = down ? 'desc' : 'asc';
  const rows = await many<CatalogRow>(sql,
    `select ${catalogColumns} from ${catalogTables} where ${where.where} order by ${sort.expression} ${order}, v.id ${order} limit $${where.params.length}`, where.params);
  return page(rows, limit, scope, (row) => [sort.of(row), row.variantId]);
}

const productColumns = `p.id, p.ref, p.title, p.handle, p.vendor, p.product_type, p.status, p.tags, p.collections, p.active, p.created_at, p.published_at, p.updated_at,
  (select count(*)::int from variants v where v.tenant_id = p.tenant_id and v.product_id = p.id and v.active) as variant_count`;

export async function listProducts(sql: Sql, filter: VariantFilter, { limit, cursor }: PageRequest): Promise<Page<ProductRow>> {
  const where = conditionsOf(filter, 'products');
  const scope: ListScope = { list: 'products', filter: { ...filter, direction: filter.direction ?? 'asc' }, parts: ['text', 'uuid'] };
  const after = decodeCursor(cursor, scope);
  const down = filter.direction === 'desc';
  if (after) {
    where.params.push(after[0], after[1]);
    where.parts.push(`(p.title_key, p.id) ${down ? '<' : '>'} ($${where.params.length - 1}::text, $${where.params.length}::uuid)`);
  }
  where.params.push(limit + 1);
  const order = down ? 'desc' : 'asc';
  const rows = await many<ProductRow>(sql,
    `select ${productColumns} from products p where ${where.where} order by p.title_key ${order}, p.id ${order} limit $${where.params.length}`, where.params);
  return page(rows, limit, scope, (row) => [foldText(row.title), row.id]);
}

export async function findProduct(sql: Sql, id: string): Promise<ProductRow | null> {
  return (await many<ProductRow>(sql, `select ${productColumns} from products p where p.id = $1`, [id]))[0] ?? null;
}
