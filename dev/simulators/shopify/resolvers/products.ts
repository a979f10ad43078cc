/** Products: queries, fields, search and sorting. */
import { hasOnlyDefaultVariant, totalInventory } from '../catalog.ts';
import type { Product, Variant } from '../catalog.ts';
import { dateTime } from '../clock.ts';
import { paginate } from '../connection.ts';
import type { Connection, SortValue } from '../connection.ts';
import { gid, idOf } from '../gid.ts';
import { notSimulated } from '../graphql-errors.ts';
import { formatDecimal } from '../money.ts';
import { compileSearch, numberTest, textTest, timeTest, wordsTest } from '../search-query.ts';
import type { SearchFields } from '../search-query.ts';
import { refuseArguments } from './arguments.ts';
import type { ResolverContext, ResolverTable } from './context.ts';
import { countUpTo, optionValue } from './values.ts';
import { variantSort } from './variants.ts';

function productSearch(context: ResolverContext): SearchFields<Product> {
  const now = () => context.sim.clock.now();
  return {
    where: 'products(query:)',
    text: (product) => [product.title, product.vendor, product.productType, ...product.tags, ...product.variants.map((v) => v.sku)],
    fields: {
      id: numberTest((product) => product.id),
      title: wordsTest((product) => product.title),
      handle: textTest((product) => product.handle),
      vendor: textTest((product) => product.vendor),
      product_type: textTest((product) => product.productType),
      tag: textTest((product) => product.tags),
      tag_not: (product, comparison) => !textTest<Product>((p) => p.tags)(product, comparison),
      status: textTest((product) => product.status),
      sku: textTest((product) => product.variants.map((v) => v.sku ?? '')),
      barcode: textTest((product) => product.variants.map((v) => v.barcode ?? '')),
      created_at: timeTest((product) => product.createdAt, now),
      updated_at: timeTest((product) => product.updatedAt, now),
      published_at: timeTest((product) => product.publishedAt, now),
      inventory_total: numberTest(totalInventory),
      collection_id: (product, comparison) => product.collections.some((collection) => numberTest<number>((id) => id)(collection.id, comparison)),
      has_only_default_variant: textTest((product) => String(hasOnlyDefaultVariant(product))),
      is_price_reduced: textTest((product) => String(product.variants.some((v) => v.compareAtPrice !== null && v.compareAtPrice > v.price))),
      gift_card: textTest(() => 'false'),
    },
  };
}

function productSort(key: string): ((product: Product) => SortValue) | null {
  switch (key) {
    case 'ID': case 'RELEVANCE': return null;
    case 'TITLE': return (product) => product.title.toLowerCase();
    case 'VENDOR': return (product) => product.vendor.toLowerCase();
    case 'PRODUCT_TYPE': return (product) => product.productType.toLowerCase();
    case 'CREATED_AT': return (product) => product.createdAt;
    case 'UPDATED_AT': return (product) => product.updatedAt;
    case 'PUBLISHED_AT': return (product) => product.publishedAt ?? 0;
    case 'INVENTORY_TOTAL': return totalInventory;
    default: throw notSimulated(`ProductSortKeys.${key}`);
  }
}

interface ProductsArgs { first?: number; last?: number; after?: string; before?: string; reverse?: boolean; query?: string; sortKey?: string; savedSearchId?: string }

export function productConnection(args: ProductsArgs, context: ResolverContext, list: readonly Product[] = context.shop.catalog.products): Connection<Product> {
  refuseArguments(args as Record<string, unknown>, 'products', ['savedSearchId']);
  const window = context.bulkWindow;
  const filter = compileSearch(args.query, productSearch(context));
  return paginate(args, { list, id: (product) => product.id, filter, sort: productSort(args.sortKey ?? 'ID'), unlimited: window !== null });
}

function money(amount: number, context: ResolverContext): { amount: string; currencyCode: string } {
  return { amount: formatDecimal(amount, context.shop.decimals), currencyCode: context.shop.currencyCode };
}

function plainText(html: string, limit: number | undefined): string {
  const text = html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim();
  return limit !== undefined && text.length > limit ? `${text.slice(0, Math.max(0, limit - 3))}...` : text;
}

function range(values: number[], context: ResolverContext, least: string, most: string): Record<string, unknown> {
  let low = values[0] ?? 0;
  let high = low;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { [least]: money(low, context), [most]: money(high, context) };
}

export const productTypes: ResolverTable = {
  QueryRoot: {
    products: (_root, args, context) => productConnection(args, context),
    productsCount: (_root, args, context) => {
      refuseArguments(args, 'productsCount', ['savedSearchId']);
      const filter = compileSearch<Product>(args.query, productSearch(context));
      const list = context.shop.catalog.products;
      return countUpTo(filter ? list.filter(filter).length : list.length, args.limit);
    },
    product: (_root, args, context) => context.shop.catalog.product(idOf(args.id, 'Product') ?? 0) ?? null,
    productByHandle: (_root, args, context) => context.shop.catalog.products.find((product) => product.handle === args.handle) ?? null,
    productByIdentifier: (_root, { identifier }, context) => {
      refuseArguments(identifier, 'productByIdentifier', ['customId']);
      if (identifier.id) return context.shop.catalog.product(idOf(identifier.id, 'Product') ?? 0) ?? null;
      return context.shop.catalog.products.find((product) => product.handle === identifier.handle) ?? null;
    },
  },
  Product: {
    id: (product: Product) => gid('Product', product.id),
    legacyResourceId: (product: Product) => String(product.id),
    title: (product: Product) => product.title,
    handle: (product: Product) => product.handle,
    descriptionHtml: (product: Product) => product.descriptionHtml,
    bodyHtml: (product: Product) => product.descriptionHtml,
    description: (product: Product, args) => plainText(product.descriptionHtml, args.truncateAt),
    vendor: (product: Product) => product.vendor,
    productType: (product: Product) => product.productType,
    tags: (product: Product) => product.tags,
    status: (product: Product) => product.status,
    createdAt: (product: Product) => dateTime(product.createdAt),
    updatedAt: (product: Product) => dateTime(product.updatedAt),
    publishedAt: (product: Product) => (product.publishedAt === null ? null : dateTime(product.publishedAt)),
    isGiftCard: () => false,
    hasOnlyDefaultVariant: (product: Product) => hasOnlyDefaultVariant(product),
    hasOutOfStockVariants: (product: Product) => product.variants.some((variant) => variant.tracked && variant.inventoryQuantity <= 0),
    totalInventory: (product: Product) => totalInventory(product),
    totalVariants: (product: Product) => product.variants.length,
    tracksInventory: (product: Product) => product.variants.some((variant) => variant.tracked),
    variantsCount: (product: Product) => countUpTo(product.variants.length, null),
    mediaCount: (product: Product) => countUpTo(product.imageCount, null),
    featuredMedia: () => null,
    featuredImage: () => null,
    category: () => null,
    templateSuffix: () => null,
    onlineStoreUrl: (product: Product, _args, context) => (product.publishedAt === null ? null : `https://${context.shop.domain}/products/${product.handle}`),
    onlineStorePreviewUrl: (product: Product, _args, context) => `https://${context.shop.domain}/products/${product.handle}`,
    inCollection: (product: Product, args) => product.collections.some((collection) => collection.id === idOf(args.id, 'Collection')),
    options: (product: Product, args) => product.optionNames.slice(0, args.first ?? undefined).map((name, index) => productOption(product, name, index)),
    variants: (product: Product, args, context) => paginate<Variant>(args, {
      list: product.variants, id: (variant) => variant.id, sort: variantSort(args.sortKey ?? 'POSITION'), unlimited: context.bulkWindow !== null,
    }),
    collections: (product: Product, args, context) => {
      refuseArguments(args, 'Product.collections', ['query']);
      const list = [...product.collections].sort((a, b) => a.id - b.id);
      return paginate(args, { list, id: (collection) => collection.id, unlimited: context.bulkWindow !== null });
    },
    priceRangeV2: (product: Product, _args, context) => range(product.variants.map((v) => v.price), context, 'minVariantPrice', 'maxVariantPrice'),
    compareAtPriceRange: (product: Product, _args, context) => {
      const values = product.variants.map((v) => v.compareAtPrice).filter((value): value is number => value !== null);
      return values.length === 0 ? null : range(values, context, 'minVariantCompareAtPrice', 'maxVariantCompareAtPrice');
    },
    defaultCursor: (product: Product) => Buffer.from(JSON.stringify({ last_id: product.id, last_value: product.id })).toString('base64'),
  },
};

interface OptionSource { name: string; position: number; id: string; values: string[]; optionValues: unknown[] }

function productOption(product: Product, name: string, index: number): OptionSource {
  const values = [...new Set(product.variants.map((variant) => variant.options[index] ?? ''))];
  return {
    id: gid('ProductOption', product.id * 4 + index), name, position: index + 1, values,
    optionValues: values.map((value, at) => optionValue(product, index, at, value)),
  };
}
