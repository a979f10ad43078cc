import { foldText } from '../../../domain/rules/text.ts';
import type { SourceMembership, SourceProduct, SourceRecord, SourceVariant } from '../../../ports/catalog-source.ts';
import type { CatalogStore } from '../../../ports/catalog-store.ts';
import { arrayLiteral } from './rows.ts';
import type { Sql } from './rows.ts';

/** PostgreSQL's text knows no NUL and its jsonb no half of a surrogate pair: one such title must not keep a whole catalog out. */
const storable = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '') : text).toWellFormed();
const list = (texts: readonly string[]): string => arrayLiteral(texts.map(storable));

/** A column of a staged record: its name, the type it is sent as, how it is read of the record, and what it is cast to. */
type Column<R> = readonly [name: string, type: string, read: (record: R) => unknown, cast?: string];

const PRODUCT: readonly Column<SourceProduct>[] = [
  ['ref', 'bigint', (p) => p.ref], ['title', 'text', (p) => storable(p.title)], ['title_key', 'text', (p) => foldText(storable(p.title))],
  ['handle', 'text', (p) => storable(p.handle)], ['handle_key', 'text', (p) => foldText(storable(p.handle))],
  ['vendor', 'text', (p) => storable(p.vendor)], ['vendor_key', 'text', (p) => foldText(storable(p.vendor))],
  ['product_type', 'text', (p) => storable(p.productType)], ['type_key', 'text', (p) => foldText(storable(p.productType))],
  ['status', 'text', (p) => storable(p.status)], ['status_key', 'text', (p) => foldText(storable(p.status))],
  ['tags', 'text', (p) => list(p.tags), 'text[]'], ['tag_keys', 'text', (p) => arrayLiteral(p.tags.map((tag) => foldText(storable(tag)))), 'text[]'],
  ['created_at', 'timestamptz', (p) => p.createdAt], ['published_at', 'timestamptz', (p) => p.publishedAt], ['updated_at', 'timestamptz', (p) => p.updatedAt],
];

const VARIANT: readonly Column<SourceVariant>[] = [
  ['ref', 'bigint', (v) => v.ref], ['parent_ref', 'bigint', (v) => v.productRef], ['position', 'int', (v) => v.position],
  ['title', 'text', (v) => storable(v.title)], ['title_key', 'text', (v) => foldText(storable(v.title))],
  ['sku', 'text', (v) => storable(v.sku)], ['sku_key', 'text', (v) => foldText(storable(v.sku))],
  ['barcode', 'text', (v) => storable(v.barcode)], ['barcode_key', 'text', (v) => foldText(storable(v.barcode))],
  ['price', 'bigint', (v) => v.price], ['compare_at', 'bigint', (v) => v.compareAt], ['cost', 'bigint', (v) => v.cost], ['cost_told', 'bool', (v) => v.cost !== undefined],
  ['inventory_quantity', 'int', (v) => v.inventoryQuantity],
  ['options', 'text', (v) => storableJson(v.options), 'jsonb'],
  ['option_keys', 'text', (v) => storableJson(Object.fromEntries(Object.entries(v.options).map(([name, value]) => [foldText(name), foldText(value)]))), 'jsonb'],
  ['option_names', 'text', (v) => list(v.optionNames ?? Object.keys(v.options)), 'text[]'],
  ['inventory_item_ref', 'bigint', (v) => v.inventoryItemRef], ['updated_at', 'timestamptz', (v) => v.updatedAt],
];

/** The handle of the collection and how it is compared, in the columns of a product's. */
const MEMBERSHIP: readonly Column<SourceMembership>[] = [
  ['ref', 'bigint', () => 0n], ['parent_ref', 'bigint', (m) => m.productRef], ['handle', 'text', (m) => storable(m.handle)], ['handle_key', 'text', (m) => foldText(storable(m.handle))],
];

function storableJson(texts: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(texts).map(([name, value]) => [storable(name), storable(value)])));
}

interface Kind<R> { readonly columns: readonly Column<R>[]; readonly text: string }

function kindOf<R>(kind: SourceRecord['kind'], columns: readonly Column<R>[], ids: string, idColumns: string): Kind<R> {
  const names = columns.map(([name]) => name);
  return {
    columns,
    text: `insert into catalog_staging (tenant_id, batch_id, line, kind${idColumns}, ${names.join(', ')})
      select $1::uuid, $2::uuid, line, '${kind}'${ids}, ${columns.map(([name, , , cast]) => `r.${name}${cast ? `::${cast}` : ''}`).join(', ')}
        from unnest($3::int[], ${columns.map(([, type], i) => `$${i + 4}::${type}[]`).join(', ')}) as r(line, ${names.join(', ')})`,
  };
}

const entity = (kind: string, ref: string): string => `app.entity_id($1::uuid, '${kind}', r.${ref})`;
const PRODUCTS = kindOf('product', PRODUCT, `, ${entity('product', 'ref')}`, ', id');
const VARIANTS = kindOf('variant', VARIANT, `, ${entity('variant', 'ref')}, ${entity('product', 'parent_ref')}`, ', id, product_id');
const MEMBERSHIPS = kindOf('collection', MEMBERSHIP, '', '');

/** Puts records aside for the merge; a statement for each kind, for any number of records. Lines are numbered on from `firstLine`. */
export function stageRecords(sql: Sql, tenantId: string): CatalogStore['stage'] {
  return async (batchId, firstLine, records, options) => {
    // The staged rows themselves do not survive a crash: there is nothing to wait for the disk for.
    if (options?.mayBeLost) await sql.query('set local synchronous_commit = off');
    const insert = async <R>({ columns, text }: Kind<R>, kind: SourceRecord['kind']): Promise<void> => {
      const lines: number[] = [];
      const values: unknown[][] = columns.map(() => []);
      for (let at = 0; at < records.length; at++) {
        const record = records[at]!;
        if (record.kind !== kind) continue;
        lines.push(firstLine + at);
        for (let i = 0; i < columns.length; i++) values[i]!.push(columns[i]![2](record as R));
      }
      if (lines.length) await sql.query(text, [tenantId, batchId, arrayLiteral(lines), ...values.map(arrayLiteral)]);
    };
    await insert(PRODUCTS, 'product');
    await insert(VARIANTS, 'variant');
    await insert(MEMBERSHIPS, 'collection');
  };
}
