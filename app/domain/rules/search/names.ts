import { FIELD_NAMES, OPTION_PREFIX, SCORE_PREFIX } from '../fields.ts';

/**
 * How the fields of the rule language are called in selector text. Where Shopify's product and variant searches have a
 * filter for the same thing the name is theirs (shopify.dev, arguments of `products` and `productVariants`); the others
 * are ours: variant_title, compare_at_price, cost, map_price, baseline_price, margin, option.NAME, competitor.lowest,
 * competitor.median, competitor.highest, competitor.count, amazon.price and score.NAME.
 * A collection is named by its handle, where Shopify takes its number.
 */
const NAMES: Readonly<Record<string, string>> = {
  title: 'product.title',
  handle: 'product.handle',
  vendor: 'product.vendor',
  product_type: 'product.productType',
  status: 'product.status',
  tag: 'product.tags',
  collection: 'product.collections',
  created_at: 'product.createdAt',
  published_at: 'product.publishedAt',
  updated_at: 'variant.updatedAt',
  variant_title: 'variant.title',
  sku: 'variant.sku',
  barcode: 'variant.barcode',
  price: 'variant.price',
  compare_at_price: 'variant.compareAtPrice',
  cost: 'variant.cost',
  map_price: 'variant.mapPrice',
  baseline_price: 'variant.baselinePrice',
  margin: 'variant.marginPercent',
  inventory_quantity: 'variant.inventoryQuantity',
  'competitor.lowest': 'competitor.lowest',
  'competitor.median': 'competitor.median',
  'competitor.highest': 'competitor.highest',
  'competitor.count': 'competitor.count',
  'amazon.price': 'amazon.price',
};

/** Understood, never written: other names that Shopify or people use for the same. */
const ALIASES: Readonly<Record<string, string>> = {
  product_status: 'product.status',
  type: 'product.productType',
  tags: 'product.tags',
  collections: 'product.collections',
  inventory: 'variant.inventoryQuantity',
};

/** Names of Shopify's that mean something else than any field here, and what to write instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  inventory_total: 'inventory_total counts a whole product; write inventory_quantity for the stock of a variant.',
  option1: 'Options are called by their name here: option.Size:M.',
  option2: 'Options are called by their name here: option.Size:M.',
  option3: 'Options are called by their name here: option.Size:M.',
};

/** Titles are searched by a part of them, as Shopify does; every other text by the whole of it. */
const MATCHED_IN_PART: readonly string[] = ['product.title', 'variant.title'];

/** The fields that a word without a field name is looked for in, in this order: those of the catalog's own free text. */
export const FREE_TEXT_FIELDS: readonly string[] = ['product.title', 'product.vendor', 'variant.sku', 'variant.title', 'product.productType'];

export const OPTION_NAME = 'option.';
export const SCORE_NAME = SCORE_PREFIX;

/** Beginnings after which a quotation mark opens a name: option."Shoe size". */
export const QUOTABLE_BEGINNINGS: readonly string[] = [OPTION_NAME, OPTION_PREFIX, SCORE_NAME];

/** Every fixed name, as written in messages and help. */
export const SEARCH_NAMES: readonly string[] = Object.keys(NAMES);

const BY_NAME = new Map<string, string>([
  ...FIELD_NAMES.map((field) => [field.toLowerCase(), field] as const),
  ...Object.entries(ALIASES),
  ...Object.entries(NAMES),
]);
const BY_FIELD = new Map(Object.entries(NAMES).map(([name, field]) => [field, name]));

/** The field that a name in selector text stands for: null for none. The case of fixed names does not count. */
export function fieldOfName(name: string): string | null {
  for (const [beginning, prefix] of [[OPTION_NAME, OPTION_PREFIX], [OPTION_PREFIX, OPTION_PREFIX], [SCORE_NAME, SCORE_PREFIX]] as const) {
    if (name.length > beginning.length && name.slice(0, beginning.length).toLowerCase() === beginning) return prefix + name.slice(beginning.length);
  }
  return BY_NAME.get(name.toLowerCase()) ?? null;
}

/** The name of a field in two parts: what is written as it is, and what has to be quoted where it is no plain word. */
export function nameOfField(field: string): { readonly fixed: string; readonly own: string } {
  if (field.startsWith(OPTION_PREFIX)) return { fixed: OPTION_NAME, own: field.slice(OPTION_PREFIX.length) };
  if (field.startsWith(SCORE_PREFIX)) return { fixed: SCORE_NAME, own: field.slice(SCORE_PREFIX.length) };
  return { fixed: BY_FIELD.get(field) ?? field, own: '' };
}

/** What `field:value` means for text: a part of it, or the whole. */
export function matchesInPart(field: string): boolean {
  return MATCHED_IN_PART.includes(field);
}

/** What to write instead of a name that there is none of. */
export function adviceForName(name: string): string {
  const folded = name.toLowerCase();
  const elsewhere = Object.hasOwn(ELSEWHERE, folded) ? ELSEWHERE[folded] : undefined;
  if (elsewhere !== undefined) return elsewhere;
  const near = SEARCH_NAMES.filter((known) => differences(known, folded.slice(0, 40)) <= 2);
  if (near.length > 0) return `Did you mean ${near.join(' or ')}?`;
  return `Known: ${SEARCH_NAMES.join(', ')}, option.NAME and score.NAME.`;
}

/** Letters to change, add or take away to make one of the other (Levenshtein). */
function differences(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
