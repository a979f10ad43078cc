import type { CatalogRow, ProductRow } from '../../../domain/catalog/catalog-row.ts';
import { foldText } from '../../../domain/rules/text.ts';
import type { VariantFilter } from '../../../ports/catalog-store.ts';
import type { Page, PageRequest } from '../../../ports/unit-of-work.ts';
import { decodeCursor, page } from './cursor.ts';
import type { CursorPart, ListScope, PartKind } from './cursor.ts';
import { many } from './rows.ts';
import type { Sql } from './rows.ts';

/** Columns of a CatalogRow; `v` is variants, `p` its product. */
export const catalogColumns = `v.id as variant_id, v.product_id, v.ref as variant_ref, p.ref as product_ref, v.sku, v.barcode, v.title,
  p.title as product_title, p.handle, p.vendor, p.product_type, p.status, p.tags, p.collections, p.created_at, p.published_at, v.updated_at,
  v.price, v.compare_at, v.cost, v.map_price, v.baseline_price, v.baseline_compare_at, v.layer_id, v.inventory_quantity, v.options`;
export const catalogTables = 'variants v join products p on p.tenant_id = v.tenant_id and p.id = v.product_id';

/** CASE, not coalesce: the database takes coalesce for something that might leak, and then no index can begin at a page under row-level security. */
const sorts = {
  title: { expression: 'p.title_key', cast: 'text', part: 'text', of: (row: CatalogRow) => foldText(row.productTitle) },
  sku: { expression: 'v.sku_key', cast: 'text', part: 'text', of: (row: CatalogRow) => foldText(row.sku) },
  price: { expression: 'v.price', cast: 'bigint', part: 'integer', of: (row: CatalogRow) => row.price },
  inventory: { expression: 'case when v.inventory_quantity is null then 0 else v.inventory_quantity end', cast: 'int', part: 'integer', of: (row: CatalogRow) => row.inventoryQuantity ?? 0 },
  updatedAt: { expression: "case when v.updated_at is null then 'epoch' else v.updated_at end", cast: 'timestamptz', part: 'time', of: (row: CatalogRow) => row.updatedAt ?? new Date(0) },
} as const satisfies Readonly<Record<string, { expression: string; cast: string; part: PartKind; of: (row: CatalogRow) => string | bigint | number | Date }>>;

type Kind = 'variants' | 'products';

/**
 * A list's conditions. `hard` ones lie on the list's own order or are cheap to meet; `soft` ones may be met by any share of it,
 * and `driving` says the same as they do in a way that finds the rows of a rare one directly.
 */
class Conditions {
  readonly params: unknown[] = [];
  readonly hard: string[] = [];
  readonly soft: string[] = [];
  readonly driving: string[] = [];
  readonly joins: string[] = [];
  /** Patterns of a free text's words. */
  readonly words: string[] = [];

  param(value: unknown): string {
    this.params.push(value);
    return `$${this.params.length}`;
  }
}

const SEARCHED: Readonly<Record<Kind, readonly string[]>> = {
  variants: ['p.title_key', 'p.vendor_key', 'v.sku_key', 'v.title_key', 'p.type_key'],
  products: ['p.title_key', 'p.vendor_key', 'p.handle_key', 'p.type_key'],
};
const WORDS_MAX = 8;

/**
 * `byTitle`: every filter of products has an index in the order of titles, so none is soft. Tags and collections have it in
 * `product_terms`, because equality of text reaches an index under row-level security and `@>` does not.
 */
function conditionsOf(filter: VariantFilter, of: Kind, byTitle: boolean): Conditions {
  const where = new Conditions();
  where.hard.push(of === 'variants' ? 'v.active and p.active' : 'p.active');
  const fact = (column: string, value: string | undefined): void => {
    if (!value) return;
    const text = `${column} = ${where.param(foldText(value))}`;
    if (byTitle) where.hard.push(text);
    else where.soft.push(text);
    where.driving.push(text);
  };
  const term = (name: 'tag' | 'collection', value: string | undefined): void => {
    if (!value) return;
    const key = foldText(value);
    where.joins.push(`join product_terms ${name} on ${name}.tenant_id = p.tenant_id and ${name}.product_id = p.id and ${name}.title_key = p.title_key`);
    where.driving.push(`${name}.term = ${where.param(`${name}:${key}`)}`);
    if (!byTitle) where.soft.push(`p.${name}_keys @> array[${where.param(key)}::text]`);
  };
  if (filter.ids) where.hard.push(`v.id = any(${where.param(filter.ids)}::uuid[])`);
  if (filter.productId) where.hard.push(`${of === 'variants' ? 'v.product_id' : 'p.id'} = ${where.param(filter.productId)}::uuid`);
  fact('p.vendor_key', filter.vendor);
  fact('p.type_key', filter.productType);
  fact('p.status_key', filter.status);
  term('tag', filter.tag);
  term('collection', filter.collection);
  if (of === 'variants') {
    if (filter.priceMin !== undefined) where.hard.push(`v.price >= ${where.param(filter.priceMin)}`);
    if (filter.priceMax !== undefined) where.hard.push(`v.price <= ${where.param(filter.priceMax)}`);
    if (filter.missingCost) where.hard.push('v.cost is null');
    if (filter.onSale) where.hard.push('v.compare_at > v.price');
  }
  for (const word of foldText(filter.query ?? '').split(/\s+/).filter(Boolean).slice(0, WORDS_MAX)) {
    const pattern = where.param(`%${word.replace(/[\\%_]/g, '\\$&')}%`);
    where.words.push(pattern);
    where.soft.push(`(${SEARCHED[of].map((field) => `${field} like ${pattern}`).join(' or ')})`);
  }
  return where;
}

interface List {
  readonly of: Kind;
  readonly columns: string;
  readonly tables: string;
  readonly id: string;
  readonly sort: string;
  readonly order: string;
}

/** So many rows of a list are looked at for soft conditions, few first, before their products are looked up. */
const LOOK_AHEAD = [600, 4_000] as const;
/** More products than this are no selection: the list is gone through in its order. */
const SELECTION = 20_000;

/**
 * One page of a list, each way bounded on its own. Without soft conditions an index begins at the page. With them, what is common
 * is found within the next rows of the list, and what is rare by its products: the database cannot choose between the two, since
 * under row-level security it may not look at how common a value is, but it can once it is told the products.
 */
async function rowsOf<T>(sql: Sql, list: List, where: Conditions, rows: number): Promise<T[]> {
  const { columns, tables, id, sort, order } = list;
  const byTitle = sort.endsWith('.title_key');
  const from = byTitle ? `${tables} ${where.joins.join(' ')}` : tables;
  const base = byTitle ? [...where.hard, ...where.driving] : where.hard;
  const read = (...more: readonly string[]): Promise<T[]> => ask<T>(sql, `select ${columns} from ${from} where ${[...base, ...more].join(' and ')} order by ${order} limit ${rows}`, where.params);
  if (where.soft.length === 0) return read();

  const named = byTitle ? order.replace(sort, 'p.title_key') : order;
  for (const size of LOOK_AHEAD) {
    const ahead = await ask<{ id: string; meets: boolean }>(sql,
      `select ${id} as id, ${where.soft.join(' and ')} as meets from ${from} where ${base.join(' and ')} order by ${order} limit ${size}`, where.params);
    const found = ahead.filter((row) => row.meets).slice(0, rows);
    // Enough for a page, or the list ends here.
    if (found.length === rows || ahead.length < size) {
      return found.length === 0 ? [] : many<T>(sql, `select ${columns} from ${tables} where ${id} = any($1::uuid[]) order by ${named}`, [found.map((row) => row.id)]);
    }
  }
  const products = await productsOf(sql, where, byTitle);
  if (products.length > SELECTION) return read(...where.soft);
  const among = `p.id = any(${where.param(products)}::uuid[])`;
  if (byTitle) return read(...where.soft, among);
  // All of them and then the page: an order by price that the selection clings to would be gone through from end to end.
  return ask<T>(sql,
    `with found as materialized (select ${id} as id, ${sort} as sort from ${from} where ${[...base, ...where.soft, among].join(' and ')}),
     chosen as materialized (select found.id from found order by ${order.replace(sort, 'found.sort').replace(id, 'found.id')} limit ${rows})
     select ${columns} from chosen join ${tables} on ${id} = chosen.id order by ${order}`, where.params);
}

/** Products that meet the soft conditions, at most one more than a selection is; free text is looked for in one narrow row of each. */
async function productsOf(sql: Sql, where: Conditions, byTitle: boolean): Promise<string[]> {
  const words = where.words.map((pattern) => `s.content like ${pattern}`);
  const filtered = !byTitle && where.driving.length > 0;
  const text = filtered
    ? `select p.id from products p ${where.joins.join(' ')} ${words.length ? 'join product_search s on s.tenant_id = p.tenant_id and s.product_id = p.id' : ''} where ${[...where.driving, ...words].join(' and ')}`
    : `select s.product_id as id from product_search s where ${words.join(' and ')}`;
  return (await ask<{ id: string }>(sql, `${text} limit ${SELECTION + 1}`, where.params)).map((row) => row.id);
}

/** The database refuses parameters that a statement does not name, and these statements name some each. */
function ask<T>(sql: Sql, text: string, params: readonly unknown[]): Promise<T[]> {
  const given: unknown[] = [];
  const places = new Map<string, string>();
  const numbered = text.replace(/\$(\d+)/g, (_, number: string) => {
    if (!places.has(number)) places.set(number, `$${given.push(params[Number(number) - 1])}`);
    return places.get(number)!;
  });
  return many<T>(sql, numbered, given);
}

/** What a cursor of a list of variants belongs to. */
export function variantScope(filter: VariantFilter): ListScope {
  const sort = filter.sort ?? 'title';
  return { list: 'variants', filter: { ...filter, sort, direction: filter.direction ?? 'asc' }, parts: [sorts[sort].part, 'uuid'] };
}

/** Keyset pages: the last page costs what the first does. */
export async function listVariants(sql: Sql, filter: VariantFilter, { limit, cursor }: PageRequest): Promise<Page<CatalogRow>> {
  const { expression, cast, of } = sorts[filter.sort ?? 'title'];
  const byTitle = expression === 'p.title_key';
  const where = conditionsOf(filter, 'variants', byTitle);
  const scope = variantScope(filter);
  const sort = byTitle ? titleOf(filter) : expression;
  const order = after(where, decodeCursor(cursor, scope), sort, cast, 'v.id', filter.direction);
  const rows = await rowsOf<CatalogRow>(sql, { of: 'variants', columns: catalogColumns, tables: catalogTables, id: 'v.id', sort, order }, where, limit + 1);
  return page(rows, limit, scope, (row) => [of(row), row.variantId]);
}

/** The title where the list's index has it: an order and a range of one table are not known of another, though they are equal. */
function titleOf(filter: VariantFilter): string {
  return filter.tag ? 'tag.title_key' : filter.collection ? 'collection.title_key' : 'p.title_key';
}

/** Begins the list behind the place; answers its order. */
function after(where: Conditions, place: CursorPart[] | null, expression: string, cast: string, id: string, direction: VariantFilter['direction']): string {
  const [word, sign] = direction === 'desc' ? ['desc', '<'] as const : ['asc', '>'] as const;
  if (place) {
    const key = `${where.param(place[0])}::${cast}`;
    where.hard.push(`(${expression}, ${id}) ${sign} (${key}, ${where.param(place[1])}::uuid)`);
    // Says no more than the line above, but of one column alone, so that an index of another table can begin at the page.
    where.hard.push(`${expression} ${sign}= ${key}`);
  }
  return `${expression} ${word}, ${id} ${word}`;
}

const productColumns = `p.id, p.ref, p.title, p.handle, p.vendor, p.product_type, p.status, p.tags, p.collections, p.active, p.created_at, p.published_at, p.updated_at,
  (select count(*)::int from variants v where v.tenant_id = p.tenant_id and v.product_id = p.id and v.active) as variant_count`;

export async function listProducts(sql: Sql, filter: VariantFilter, { limit, cursor }: PageRequest): Promise<Page<ProductRow>> {
  const where = conditionsOf(filter, 'products', true);
  const scope: ListScope = { list: 'products', filter: { ...filter, direction: filter.direction ?? 'asc' }, parts: ['text', 'uuid'] };
  const sort = titleOf(filter);
  const order = after(where, decodeCursor(cursor, scope), sort, 'text', 'p.id', filter.direction);
  const rows = await rowsOf<ProductRow>(sql, { of: 'products', columns: productColumns, tables: 'products p', id: 'p.id', sort, order }, where, limit + 1);
  return page(rows, limit, scope, (row) => [foldText(row.title), row.id]);
}

export async function findProduct(sql: Sql, id: string): Promise<ProductRow | null> {
  return (await many<ProductRow>(sql, `select ${productColumns} from products p where p.id = $1`, [id]))[0] ?? null;
}
