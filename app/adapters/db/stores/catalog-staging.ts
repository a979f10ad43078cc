import { foldText } from '../../../domain/rules/text.ts';
import type { SourceMembership, SourceProduct, SourceRecord, SourceVariant } from '../../../ports/catalog-source.ts';
import type { CatalogStore } from '../../../ports/catalog-store.ts';
import { arrayLiteral } from './rows.ts';
import type { Sql } from './rows.ts';

/** PostgreSQL's text knows no NUL and its jsonb no half of a surrogate pair: one such title must not keep a whole catalog out. */
const storable = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '') : text).toWellFormed();

/*
 * Elements of an array as PostgreSQL reads it, each made in one go: a whole catalog is put aside in these, and making them took longer
 * than everything else that this process does for an import.
 */
const quoted = (text: string): string => (text.includes('"') || text.includes('\\') ? `"${text.replace(/[\\"]/g, '\\$&')}"` : `"${text}"`);
const number = (value: bigint | number | null | undefined): string => (value === null || value === undefined ? 'NULL' : String(value));
const text = (value: string): string => quoted(storable(value));
const key = (value: string): string => quoted(foldText(storable(value)));
const time = (value: string | null): string => (value === null ? 'NULL' : quoted(value));
const list = (texts: readonly string[]): string => quoted(arrayLiteral(texts.map(storable)));
const keys = (texts: readonly string[]): string => quoted(arrayLiteral(texts.map((each) => foldText(storable(each)))));

/** What was made of the few values that many records of one batch share. */
interface Made {
  readonly elements: Map<string, readonly string[]>;
  /** The variant that was asked about last, whose three columns are asked for one after the other. */
  variant: SourceVariant | null;
  options: readonly string[];
}
function shared({ elements }: Made, of: string, make: () => readonly string[]): readonly string[] {
  let made = elements.get(of);
  if (made === undefined) elements.set(of, made = make());
  return made;
}
const word = (made: Made, value: string): readonly string[] => shared(made, value, () => [text(value), key(value)]);
/** Of a variant's options: as they are, as they are compared, and their names in the product's order. */
function options(variant: SourceVariant, made: Made): readonly string[] {
  if (made.variant === variant) return made.options;
  const { options: given, optionNames } = made.variant = variant;
  const names = optionNames ?? Object.keys(given);
  return made.options = shared(made, `${JSON.stringify(given)}${names.join('\0')}`, () => [
    storableJson(given), storableJson(Object.fromEntries(Object.entries(given).map(([name, value]) => [foldText(name), foldText(value)]))), arrayLiteral(names.map(storable))].map(quoted));
}

/** A column of a staged record: its name, the type it is sent as, its element of a record, and what it is cast to. `made` lives as long as a batch. */
type Column<R> = readonly [name: string, type: string, element: (record: R, made: Made) => string | undefined, cast?: string];

const PRODUCT: readonly Column<SourceProduct>[] = [
  ['ref', 'bigint', (p) => number(p.ref)], ['title', 'text', (p) => text(p.title)], ['title_key', 'text', (p) => key(p.title)],
  ['handle', 'text', (p) => text(p.handle)], ['handle_key', 'text', (p) => key(p.handle)],
  ['vendor', 'text', (p, made) => word(made, p.vendor)[0]], ['vendor_key', 'text', (p, made) => word(made, p.vendor)[1]],
  ['product_type', 'text', (p, made) => word(made, p.productType)[0]], ['type_key', 'text', (p, made) => word(made, p.productType)[1]],
  ['status', 'text', (p, made) => word(made, p.status)[0]], ['status_key', 'text', (p, made) => word(made, p.status)[1]],
  ['tags', 'text', (p) => list(p.tags), 'text[]'], ['tag_keys', 'text', (p) => keys(p.tags), 'text[]'],
  ['created_at', 'timestamptz', (p) => time(p.createdAt)], ['published_at', 'timestamptz', (p) => time(p.publishedAt)], ['updated_at', 'timestamptz', (p) => time(p.updatedAt)],
];

const VARIANT: readonly Column<SourceVariant>[] = [
  ['ref', 'bigint', (v) => number(v.ref)], ['parent_ref', 'bigint', (v) => number(v.productRef)], ['position', 'int', (v) => number(v.position)],
  ['title', 'text', (v) => text(v.title)], ['title_key', 'text', (v) => key(v.title)],
  ['sku', 'text', (v) => text(v.sku)], ['sku_key', 'text', (v) => key(v.sku)],
  ['barcode', 'text', (v) => text(v.barcode)], ['barcode_key', 'text', (v) => key(v.barcode)],
  ['price', 'bigint', (v) => number(v.price)], ['compare_at', 'bigint', (v) => number(v.compareAt)], ['cost', 'bigint', (v) => number(v.cost)], ['cost_told', 'bool', (v) => String(v.cost !== undefined)],
  ['inventory_quantity', 'int', (v) => number(v.inventoryQuantity)],
  ['options', 'text', (v, made) => options(v, made)[0], 'jsonb'], ['option_keys', 'text', (v, made) => options(v, made)[1], 'jsonb'], ['option_names', 'text', (v, made) => options(v, made)[2], 'text[]'],
  ['inventory_item_ref', 'bigint', (v) => number(v.inventoryItemRef)], ['updated_at', 'timestamptz', (v) => time(v.updatedAt)],
];

/** The handle of the collection and how it is compared, in the columns of a product's. */
const MEMBERSHIP: readonly Column<SourceMembership>[] = [
  ['ref', 'bigint', () => '0'], ['parent_ref', 'bigint', (m) => number(m.productRef)], ['handle', 'text', (m, made) => word(made, m.handle)[0]], ['handle_key', 'text', (m, made) => word(made, m.handle)[1]],
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
    const insert = async <R>({ columns, text: statement }: Kind<R>, kind: SourceRecord['kind']): Promise<void> => {
      const made: Made = { elements: new Map(), variant: null, options: [] };
      const arrays = columns.map(() => '');
      let lines = '';
      for (let at = 0; at < records.length; at++) {
        const record = records[at]!;
        if (record.kind !== kind) continue;
        const comma = lines === '' ? '' : ',';
        lines += comma + String(firstLine + at);
        for (let i = 0; i < columns.length; i++) arrays[i] += comma + columns[i]![2](record as R, made)!;
      }
      if (lines !== '') await sql.query(statement, [tenantId, batchId, `{${lines}}`, ...arrays.map((elements) => `{${elements}}`)]);
    };
    await insert(PRODUCTS, 'product');
    await insert(VARIANTS, 'variant');
    await insert(MEMBERSHIPS, 'collection');
  };
}
