/** Variants and their inventory items: queries, fields, search and sorting. */
import { inventoryItemId } from '../catalog.ts';
import type { Variant } from '../catalog.ts';
import { dateTime } from '../clock.ts';
import { paginate } from '../connection.ts';
import type { Connection, SortValue } from '../connection.ts';
import { gid, idOf } from '../gid.ts';
import { notSimulated } from '../graphql-errors.ts';
import { formatDecimal, formatMoney } from '../money.ts';
import { compileSearch, numberTest, textTest, timeTest, wordsTest } from '../search-query.ts';
import type { SearchFields } from '../search-query.ts';
import { refuseArguments } from './arguments.ts';
import type { ResolverContext, ResolverTable } from './context.ts';
import { countUpTo, optionValue } from './values.ts';

/** An inventory item belongs to one variant; it has no state of its own here. */
export interface InventoryItem {
  readonly kind: 'InventoryItem';
  readonly variant: Variant;
}

export function inventoryItem(variant: Variant): InventoryItem {
  return { kind: 'InventoryItem', variant };
}

function variantSearch(context: ResolverContext): SearchFields<Variant> {
  const now = () => context.sim.clock.now();
  return {
    where: 'productVariants(query:)',
    text: (variant) => [variant.title, variant.sku, variant.barcode, variant.product.title, variant.product.vendor],
    fields: {
      id: numberTest((variant) => variant.id),
      product_id: numberTest((variant) => variant.product.id),
      product_ids: numberTest((variant) => variant.product.id),
      sku: textTest((variant) => variant.sku),
      barcode: textTest((variant) => variant.barcode),
      title: wordsTest((variant) => variant.title),
      updated_at: timeTest((variant) => variant.updatedAt, now),
      inventory_quantity: numberTest((variant) => variant.inventoryQuantity),
      option1: textTest((variant) => variant.options[0] ?? null),
      option2: textTest((variant) => variant.options[1] ?? null),
      option3: textTest((variant) => variant.options[2] ?? null),
      vendor: textTest((variant) => variant.product.vendor),
      product_type: textTest((variant) => variant.product.productType),
      product_status: textTest((variant) => variant.product.status),
      tag: textTest((variant) => variant.product.tags),
      tag_not: (variant, comparison) => !textTest<Variant>((v) => v.product.tags)(variant, comparison),
      collection: (variant, comparison) => variant.product.collections.some((collection) => numberTest<number>((id) => id)(collection.id, comparison)),
      taxable: textTest((variant) => String(variant.taxable)),
      gift_card: textTest(() => 'false'),
    },
  };
}

export function variantSort(key: string): ((variant: Variant) => SortValue) | null {
  switch (key) {
    case 'ID': case 'RELEVANCE': return null;
    case 'POSITION': return (variant) => variant.position;
    case 'SKU': return (variant) => (variant.sku ?? '').toLowerCase();
    case 'TITLE': return (variant) => variant.title.toLowerCase();
    case 'NAME': case 'FULL_TITLE': return (variant) => `${variant.product.title} - ${variant.title}`.toLowerCase();
    case 'INVENTORY_QUANTITY': return (variant) => variant.inventoryQuantity;
    default: throw notSimulated(`ProductVariantSortKeys.${key}`);
  }
}

/** The variants of a search that names ids and nothing else, without going through all there are; null for any other. */
function namedVariants(query: unknown, { shop }: ResolverContext): Variant[] | null {
  if (typeof query !== 'string' || !/^id:\d+( OR id:\d+)*$/.test(query)) return null;
  const ids = new Set(query.split(' OR ').map((term) => Number(term.slice(3))));
  return [...ids].sort((a, b) => a - b).flatMap((id) => shop.catalog.variant(id) ?? []);
}

function variantConnection(args: Record<string, never>, context: ResolverContext): Connection<Variant> {
  refuseArguments(args, 'productVariants', ['savedSearchId']);
  const named = namedVariants(args['query'], context);
  if (named) return paginate(args, { list: named, id: (variant) => variant.id, sort: variantSort(args['sortKey'] ?? 'ID'), unlimited: context.bulkWindow !== null });
  return paginate(args, {
    list: context.shop.catalog.variants, id: (variant) => variant.id, filter: compileSearch(args['query'], variantSearch(context)),
    sort: variantSort(args['sortKey'] ?? 'ID'), unlimited: context.bulkWindow !== null,
  });
}

function variantById(id: string, context: ResolverContext): Variant | null {
  return context.shop.catalog.variant(idOf(id, 'ProductVariant') ?? 0) ?? null;
}

export const variantTypes: ResolverTable = {
  QueryRoot: {
    productVariants: (_root, args, context) => variantConnection(args, context),
    productVariantsCount: (_root, args, context) => {
      const filter = compileSearch<Variant>(args.query, variantSearch(context));
      const list = context.shop.catalog.variants;
      return countUpTo(filter ? list.filter(filter).length : list.length, args.limit);
    },
    productVariant: (_root, args, context) => variantById(args.id, context),
    productVariantByIdentifier: (_root, { identifier }, context) => {
      refuseArguments(identifier, 'productVariantByIdentifier', ['customId']);
      return variantById(identifier.id ?? '', context);
    },
    inventoryItem: (_root, args, context) => {
      const variant = context.shop.catalog.variantOfInventoryItem(idOf(args.id, 'InventoryItem') ?? 0);
      return variant ? inventoryItem(variant) : null;
    },
    inventoryItems: (_root, args, context) => paginate<InventoryItem>(args, {
      list: context.shop.catalog.variants.map(inventoryItem), id: ({ variant }) => inventoryItemId(variant), unlimited: context.bulkWindow !== null,
      filter: compileSearch<InventoryItem>(args.query, {
        where: 'inventoryItems(query:)', text: ({ variant }) => [variant.sku],
        fields: {
          id: numberTest(({ variant }) => inventoryItemId(variant)),
          sku: textTest(({ variant }) => variant.sku),
          created_at: timeTest(({ variant }) => variant.createdAt, () => context.sim.clock.now()),
          updated_at: timeTest(({ variant }) => variant.inventoryUpdatedAt, () => context.sim.clock.now()),
        },
      }),
    }),
  },
  ProductVariant: {
    id: (variant: Variant) => gid('ProductVariant', variant.id),
    legacyResourceId: (variant: Variant) => String(variant.id),
    title: (variant: Variant) => variant.title,
    displayName: (variant: Variant) => `${variant.product.title} - ${variant.title}`,
    sku: (variant: Variant) => variant.sku,
    barcode: (variant: Variant) => variant.barcode,
    price: (variant: Variant, _args, context) => formatMoney(variant.price, context.shop.decimals),
    compareAtPrice: (variant: Variant, _args, context) => (variant.compareAtPrice === null ? null : formatMoney(variant.compareAtPrice, context.shop.decimals)),
    position: (variant: Variant) => variant.position,
    inventoryQuantity: (variant: Variant) => variant.inventoryQuantity,
    sellableOnlineQuantity: (variant: Variant) => variant.inventoryQuantity,
    inventoryPolicy: (variant: Variant) => variant.inventoryPolicy,
    availableForSale: (variant: Variant) => !variant.tracked || variant.inventoryQuantity > 0 || variant.inventoryPolicy === 'CONTINUE',
    taxable: (variant: Variant) => variant.taxable,
    requiresComponents: () => false,
    createdAt: (variant: Variant) => dateTime(variant.createdAt),
    updatedAt: (variant: Variant) => dateTime(variant.updatedAt),
    product: (variant: Variant) => variant.product,
    inventoryItem: (variant: Variant) => inventoryItem(variant),
    selectedOptions: (variant: Variant) => variant.product.optionNames.map((name, index) => ({
      name, value: variant.options[index] ?? '', optionValue: optionValue(variant.product, index, 0, variant.options[index] ?? ''),
    })),
    image: () => null,
    defaultCursor: (variant: Variant) => Buffer.from(JSON.stringify({ last_id: variant.id, last_value: variant.id })).toString('base64'),
  },
  InventoryItem: {
    id: ({ variant }: InventoryItem) => gid('InventoryItem', inventoryItemId(variant)),
    legacyResourceId: ({ variant }: InventoryItem) => String(inventoryItemId(variant)),
    sku: ({ variant }: InventoryItem) => variant.sku,
    tracked: ({ variant }: InventoryItem) => variant.tracked,
    requiresShipping: ({ variant }: InventoryItem) => variant.requiresShipping,
    createdAt: ({ variant }: InventoryItem) => dateTime(variant.createdAt),
    updatedAt: ({ variant }: InventoryItem) => dateTime(variant.inventoryUpdatedAt),
    unitCost: ({ variant }: InventoryItem, _args, context) => (variant.cost === null ? null : {
      amount: formatDecimal(variant.cost, context.shop.decimals), currencyCode: context.shop.currencyCode,
    }),
    variant: ({ variant }: InventoryItem) => variant,
    variants: ({ variant }: InventoryItem, args, context) => paginate<Variant>(args, { list: [variant], id: (v) => v.id, unlimited: context.bulkWindow !== null }),
  },
};
