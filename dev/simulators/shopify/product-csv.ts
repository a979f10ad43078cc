/**
 * Reads product files in Shopify's own CSV format (help.shopify.com: "Using CSV files to import and export products").
 *
 * What the format leaves open is decided as Shopify's import shows it:
 * - A row whose Handle was seen before and whose Title is empty continues that product: another variant, or only
 *   an image when it has neither an option value, nor a SKU, nor a price.
 * - "0.00" in Compare At Price is kept as 0.00 (shops' product feeds show it so); blank means none.
 * - A blank price is 0.00. A blank cost is "no cost". Text keeps its inner line breaks; only the ends are trimmed.
 * - Without a Status column a product is active when Published is true (or absent), otherwise draft.
 * - A Collection column puts the product into the collection of that title.
 * A file that cannot be understood is refused as a whole, naming file, line and problem.
 */
import { parse as parseCsv } from 'csv-parse/sync';
import { MAX_VARIANTS_PER_PRODUCT, handleOf } from './catalog.ts';
import type { ProductDraft, ProductStatus, VariantDraft } from './catalog.ts';
import { parseMoney } from './money.ts';

export class ProductCsvError extends Error {
  readonly file: string;
  readonly line: number;
  readonly problem: string;

  constructor(file: string, line: number, problem: string) {
    super(`${file}: line ${line}: ${problem}`);
    this.name = 'ProductCsvError';
    this.file = file;
    this.line = line;
    this.problem = problem;
  }
}

/** Columns this loader reads, by their name in lower case; newer exports renamed a few. */
const COLUMNS = {
  handle: ['handle', 'url handle'],
  title: ['title'],
  body: ['body (html)', 'description'],
  vendor: ['vendor'],
  type: ['type', 'product type'],
  tags: ['tags'],
  published: ['published', 'published on online store'],
  status: ['status'],
  collection: ['collection'],
  option1Name: ['option1 name'],
  option1Value: ['option1 value'],
  option2Name: ['option2 name'],
  option2Value: ['option2 value'],
  option3Name: ['option3 name'],
  option3Value: ['option3 value'],
  sku: ['variant sku', 'sku'],
  barcode: ['variant barcode', 'barcode'],
  price: ['variant price', 'price'],
  compareAtPrice: ['variant compare at price', 'compare-at price'],
  cost: ['cost per item'],
  tracker: ['variant inventory tracker', 'inventory tracker'],
  quantity: ['variant inventory qty', 'inventory quantity'],
  policy: ['variant inventory policy', 'continue selling when out of stock'],
  taxable: ['variant taxable', 'charge tax'],
  shipping: ['variant requires shipping', 'requires shipping'],
  image: ['image src', 'product image url'],
} as const;
type Column = keyof typeof COLUMNS;

const STATUSES: Record<string, ProductStatus> = { active: 'ACTIVE', draft: 'DRAFT', archived: 'ARCHIVED', unlisted: 'UNLISTED' };

interface Row {
  line: number;
  get(column: Column): string;
}

interface OpenProduct extends ProductDraft {
  line: number;
  handle: string;
  combinations: Set<string>;
}

/**
 * The products of one file.
 * @param text contents, with or without byte order mark, LF or CRLF
 * @param decimals decimals of the shop's currency
 * @param file name used in errors
 * @throws ProductCsvError
 */
export function readProductCsv(text: string, decimals: number, file = 'products.csv'): ProductDraft[] {
  const rows = readRows(text, file);
  const products = new Map<string, OpenProduct>();
  for (const row of rows) {
    const title = row.get('title');
    const handle = row.get('handle') || (title && handleOf(title));
    if (!handle) throw new ProductCsvError(file, row.line, 'neither Handle nor Title is given');
    const fail = (problem: string) => new ProductCsvError(file, row.line, problem);
    let product = products.get(handle);
    if (!product) {
      if (!title) throw fail(`the first row of handle "${handle}" has no Title`);
      product = openProduct(row, handle, title, fail);
      products.set(handle, product);
    } else if (!isVariantRow(row)) {
      if (row.get('image')) product.imageCount = (product.imageCount ?? 0) + 1;
      if (row.get('collection')) product.collections.push(row.get('collection'));
      continue;
    }
    addVariant(product, row, decimals, fail);
  }
  if (products.size === 0) throw new ProductCsvError(file, 1, 'the file holds no product');
  return [...products.values()].map(({ line: _line, combinations: _combinations, ...draft }) => draft);
}

function readRows(text: string, file: string): Row[] {
  // A replacement character means bytes that are not UTF-8 were read as if they were.
  const broken = text.indexOf('\ufffd');
  if (broken >= 0) throw new ProductCsvError(file, lineAt(text, broken), 'the file is not valid UTF-8');
  if (text.includes('\0')) throw new ProductCsvError(file, lineAt(text, text.indexOf('\0')), 'the file holds binary data, not CSV');
  let records: { record: string[]; info: { lines: number } }[];
  try {
    records = parseCsv(text, {
      bom: true, columns: false, info: true, relax_column_count: true, skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n', '\r'], max_record_size: 4_000_000,
    }) as unknown as typeof records;
  } catch (error) {
    const { message, lines } = error as Error & { lines?: number };
    throw new ProductCsvError(file, lines ?? 1, message.replace(/\s+/g, ' '));
  }
  const header = records.shift();
  if (!header) throw new ProductCsvError(file, 1, 'the file is empty');
  const names = header.record.map((name) => name.trim().toLowerCase());
  const position = {} as Record<Column, number>;
  for (const [column, aliases] of Object.entries(COLUMNS)) {
    position[column as Column] = names.findIndex((name) => (aliases as readonly string[]).includes(name));
  }
  if (position.title < 0) throw new ProductCsvError(file, 1, 'there is no Title column; is this a Shopify product export?');
  if (position.handle < 0 && position.price < 0) throw new ProductCsvError(file, 1, 'there is neither a Handle nor a Variant Price column');
  return records.filter(({ record }) => record.some((value) => value.trim() !== '')).map(({ record, info }) => {
    // csv-parse counts the lines read so far; a quoted field may span several, so name the line the record starts on.
    const line = info.lines - record.reduce((breaks, value) => breaks + (value.match(/\r\n|\n|\r/g)?.length ?? 0), 0);
    if (record.length > names.length && record.slice(names.length).some((value) => value !== '')) {
      throw new ProductCsvError(file, line, `there are ${record.length} values for ${names.length} columns`);
    }
    if (record.length < names.length && record.length < 3) {
      throw new ProductCsvError(file, line, `there are ${record.length} values for ${names.length} columns`);
    }
    return { line, get: (column) => (position[column] < 0 ? '' : (record[position[column]] ?? '').trim()) };
  });
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split(/\r\n|\n|\r/).length;
}

function isVariantRow(row: Row): boolean {
  return Boolean(row.get('option1Value') || row.get('sku') || row.get('price') || row.get('title'));
}

function openProduct(row: Row, handle: string, title: string, fail: (problem: string) => Error): OpenProduct {
  const published = !/^(false|no|0)$/i.test(row.get('published'));
  const statusText = row.get('status').toLowerCase();
  const status = statusText ? STATUSES[statusText] : published ? 'ACTIVE' : 'DRAFT';
  if (!status) throw fail(`Status "${row.get('status')}" is none of active, draft, archived, unlisted`);
  const names = [row.get('option1Name'), row.get('option2Name'), row.get('option3Name')].filter((name) => name !== '');
  return {
    line: row.line, handle, title, descriptionHtml: row.get('body'), vendor: row.get('vendor'), productType: row.get('type'),
    tags: row.get('tags').split(',').map((tag) => tag.trim()).filter((tag) => tag !== ''),
    status, published, optionNames: names.length > 0 ? names : ['Title'],
    collections: row.get('collection') ? [row.get('collection')] : [],
    imageCount: row.get('image') ? 1 : 0, variants: [], combinations: new Set(),
  };
}

function addVariant(product: OpenProduct, row: Row, decimals: number, fail: (problem: string) => Error): void {
  const values = [row.get('option1Value'), row.get('option2Value'), row.get('option3Value')];
  const options = product.optionNames.map((_name, index) => values[index] || (product.optionNames.length === 1 ? 'Default Title' : ''));
  const combination = options.join('\u001f');
  if (product.combinations.has(combination)) {
    throw fail(`the variant "${options.join(' / ')}" of "${product.handle}" is given twice`);
  }
  product.combinations.add(combination);
  if (product.variants.length >= MAX_VARIANTS_PER_PRODUCT) throw fail(`a product has at most ${MAX_VARIANTS_PER_PRODUCT} variants`);
  const money = (column: 'price' | 'compareAtPrice' | 'cost', name: string): number | null => {
    const text = row.get(column);
    if (text === '') return null;
    const minor = parseMoney(text, decimals);
    if (minor === null || minor < 0) throw fail(`${name} "${text}" is not an amount of money`);
    return minor;
  };
  const quantity = row.get('quantity') || '0';
  if (!/^-?\d+(\.0+)?$/.test(quantity)) throw fail(`Variant Inventory Qty "${quantity}" is not a whole number`);
  const variant: VariantDraft = {
    options,
    sku: row.get('sku').replace(/^'/, '') || null, // Shopify's export puts ' before a SKU that Excel would mangle
    barcode: row.get('barcode').replace(/^'/, '') || null,
    price: money('price', 'Variant Price') ?? 0,
    compareAtPrice: money('compareAtPrice', 'Variant Compare At Price'),
    cost: money('cost', 'Cost per item'),
    inventoryQuantity: Math.trunc(Number(quantity)),
    tracked: row.get('tracker') !== '',
    inventoryPolicy: /^(continue|true)$/i.test(row.get('policy')) ? 'CONTINUE' : 'DENY',
    taxable: !/^false$/i.test(row.get('taxable')),
    requiresShipping: !/^false$/i.test(row.get('shipping')),
  };
  product.variants.push(variant);
}
