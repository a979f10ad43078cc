import { isCurrencyCode } from '../../domain/kernel/currency.ts';
import { parseMoney } from '../../domain/kernel/money.ts';
import type { Selector } from '../../domain/rules/rule.ts';

/** Names in the address of the Pricing screen. */
export const FILTER_NAMES = ['q', 'vendor', 'type', 'tag', 'collection', 'status', 'min', 'max', 'cost', 'sale'] as const;
export type FilterName = (typeof FILTER_NAMES)[number];
export type CatalogFilters = Readonly<Partial<Record<FilterName, string>>>;

export const PAGE_SIZE = 50;

const SORTS = ['title', 'price', 'sku', 'updatedAt', 'inventory'] as const;
export type SortKey = (typeof SORTS)[number];

/** What the catalog's list flow takes. */
export interface CatalogQuery {
  query?: string;
  vendor?: string;
  productType?: string;
  tag?: string;
  collection?: string;
  status?: string;
  /** Minor units, inclusive. */
  priceMin?: bigint;
  priceMax?: bigint;
  missingCost?: boolean;
  onSale?: boolean;
  sort: SortKey;
  direction: 'asc' | 'desc';
  limit: number;
  cursor: string | null;
}

const DECIMAL = /^\d{1,15}(\.\d{1,4})?$/;

/** Filters as they stand in the address; what is not a filter or has no meaning is left out. */
export function readFilters(params: URLSearchParams): CatalogFilters {
  const filters: Partial<Record<FilterName, string>> = {};
  for (const name of FILTER_NAMES) {
    const value = params.get(name)?.trim();
    if (!value) continue;
    if ((name === 'min' || name === 'max') && !DECIMAL.test(value)) continue;
    if (name === 'cost' && value !== 'missing') continue;
    if (name === 'sale' && value !== 'yes') continue;
    filters[name] = value;
  }
  return filters;
}

/** Sort as it stands in the address; by title where nothing (or nothing known) is given. */
export function readSort(params: URLSearchParams): { sort: SortKey; direction: 'asc' | 'desc' } {
  const [key, direction] = (params.get('sort') ?? '').split(' ');
  const sort = SORTS.find((known) => known === key) ?? 'title';
  return { sort, direction: direction === 'desc' ? 'desc' : 'asc' };
}

/** A typed amount in minor units; null where the currency has no such price. */
function minorUnits(amount: string | undefined, currencyCode: string): bigint | null {
  if (!amount || !isCurrencyCode(currencyCode)) return null;
  const parsed = parseMoney(amount, currencyCode);
  return parsed.ok ? parsed.value : null;
}

/** The address of the Pricing screen as the flow's input. */
export function catalogQuery(params: URLSearchParams, currencyCode: string): CatalogQuery {
  const { q, vendor, type, tag, collection, status, min, max, cost, sale } = readFilters(params);
  const [priceMin, priceMax] = [minorUnits(min, currencyCode), minorUnits(max, currencyCode)];
  return {
    ...(q ? { query: q } : {}),
    ...(vendor ? { vendor } : {}),
    ...(type ? { productType: type } : {}),
    ...(tag ? { tag } : {}),
    ...(collection ? { collection } : {}),
    ...(status ? { status } : {}),
    ...(priceMin === null ? {} : { priceMin }),
    ...(priceMax === null ? {} : { priceMax }),
    ...(cost ? { missingCost: true } : {}),
    ...(sale ? { onSale: true } : {}),
    ...readSort(params),
    limit: PAGE_SIZE,
    cursor: params.get('cursor') || null,
  };
}

export const VIEWS: readonly { readonly id: string; readonly label: string; readonly filters: CatalogFilters }[] = [
  { id: 'all', label: 'All', filters: {} },
  { id: 'on-sale', label: 'On sale', filters: { sale: 'yes' } },
  { id: 'missing-cost', label: 'Missing cost', filters: { cost: 'missing' } },
  { id: 'drafts', label: 'Drafts', filters: { status: 'draft' } },
];

/** Index of the view that the filters belong to: the last whose own filters are all set. */
export function selectedView(filters: CatalogFilters): number {
  return VIEWS.findLastIndex((view) => Object.entries(view.filters).every(([name, value]) => filters[name as FilterName] === value));
}

/** Where the catalog's free text looks; each word must occur in one of them. */
const SEARCHED_FIELDS = ['product.title', 'product.vendor', 'variant.sku', 'variant.title', 'product.productType'];

/** A selector that chooses what the filters show, for "change the prices of all of these". */
export function selectorOfFilters(filters: CatalogFilters): Selector {
  const { q, vendor, type, tag, collection, status, min, max, cost, sale } = filters;
  const all: Selector[] = [];
  for (const word of q?.split(/\s+/) ?? []) {
    all.push({
      any: SEARCHED_FIELDS.map((field) => ({ field, op: 'contains', value: word })),
    });
  }
  if (vendor) all.push({ field: 'product.vendor', op: 'eq', value: vendor });
  if (type) all.push({ field: 'product.productType', op: 'eq', value: type });
  if (tag) all.push({ field: 'product.tags', op: 'contains', value: tag });
  if (collection) all.push({ field: 'product.collections', op: 'contains', value: collection });
  if (status) all.push({ field: 'product.status', op: 'eq', value: status });
  if (min) all.push({ field: 'variant.price', op: 'gte', value: min });
  if (max) all.push({ field: 'variant.price', op: 'lte', value: max });
  if (cost) all.push({ field: 'variant.cost', op: 'isNotSet' });
  if (sale) all.push({ field: 'variant.compareAtPrice', op: 'isSet' });
  return { all };
}

interface Selectable {
  readonly sku: string;
  readonly title: string;
  readonly product: { readonly handle: string };
}

/** A selector for exactly these rows: by SKU where there is one, by product and variant title where there is none. */
export function selectorOfVariants(variants: readonly Selectable[]): Selector {
  const skus = [...new Set(variants.map((variant) => variant.sku.trim()).filter((sku) => sku !== ''))];
  const bare = variants.filter((variant) => variant.sku.trim() === '');
  const any: Selector[] = skus.length > 0 ? [{ field: 'variant.sku', op: 'in', value: skus }] : [];
  for (const { title, product } of bare) {
    any.push({
      all: [
        { field: 'product.handle', op: 'eq', value: product.handle },
        { field: 'variant.title', op: 'eq', value: title },
      ],
    });
  }
  const [only] = any;
  return any.length === 1 && only ? { all: [only] } : { any };
}
