/** Price lists of Markets: queries, prices by context, and the mutations of fixed prices. */
import type { Variant } from '../catalog.ts';
import { paginate } from '../connection.ts';
import type { Connection } from '../connection.ts';
import { gid, idOf } from '../gid.ts';
import { notSimulated } from '../graphql-errors.ts';
import { formatDecimal, parseMoney } from '../money.ts';
import { changeFixedPrices, decimalsOf, effectivePrice } from '../price-lists.ts';
import type { FixedPriceChange, PriceList } from '../price-lists.ts';
import { compileSearch, numberTest } from '../search-query.ts';
import { refuseArguments } from './arguments.ts';
import { authorOf } from './context.ts';
import type { ResolverContext, ResolverTable } from './context.ts';

interface PricedVariant {
  readonly kind: 'PriceListPrice';
  readonly list: PriceList;
  readonly variant: Variant;
}

interface ContextualPricing {
  readonly kind: 'ProductVariantContextualPricing';
  readonly list: PriceList | null;
  readonly variant: Variant;
}

interface MarketCatalog {
  readonly kind: 'MarketCatalog';
  readonly list: PriceList;
}

interface UserError {
  field: string[] | null;
  code: string | null;
  message: string;
}

const NOT_FOUND: UserError = { field: ['priceListId'], code: 'PRICE_LIST_NOT_FOUND', message: 'Price list does not exist.' };
const NO_VARIANT = 'Product variant ID does not exist.';
/** Catalogs and price lists are numbered apart at Shopify. */
const CATALOG_OFFSET = 500_000_000_000_000;

function listById(id: string, context: ResolverContext): PriceList | null {
  const number = idOf(id, 'PriceList');
  return context.shop.priceLists.find((list) => list.id === number) ?? null;
}

function money(minor: number, currencyCode: string, decimals: number): { amount: string; currencyCode: string } {
  return { amount: formatDecimal(minor, decimals), currencyCode };
}

const WANTED_VARIANTS = /^variant_id:\d+(?: OR variant_id:\d+)*$/;

interface PricesArgs { first?: number; last?: number; after?: string; before?: string; reverse?: boolean; originType?: 'FIXED' | 'RELATIVE'; query?: string }

/** Shopify filters prices of a list by product_id and variant_id (its changelog of 2023-12-15) and by originType. */
function prices(list: PriceList, args: PricesArgs, context: ResolverContext): Connection<PricedVariant> {
  const { catalog } = context.shop;
  let variants: readonly Variant[] = catalog.variants;
  let filter: ((variant: Variant) => boolean) | null = null;
  if (args.query && WANTED_VARIANTS.test(args.query)) {
    const ids = [...new Set([...args.query.matchAll(/\d+/g)].map(([id]) => Number(id)))].sort((a, b) => a - b);
    variants = ids.flatMap((id) => catalog.variant(id) ?? []);
  } else {
    filter = compileSearch<Variant>(args.query, {
      where: 'PriceList.prices(query:)', text: () => [],
      fields: { variant_id: numberTest((variant) => variant.id), product_id: numberTest((variant) => variant.product.id) },
    });
  }
  const { originType } = args;
  if (originType) variants = variants.filter((variant) => list.fixed.has(variant.id) === (originType === 'FIXED'));
  const page = paginate<Variant>(args, { list: variants, id: (variant) => variant.id, filter, unlimited: context.bulkWindow !== null });
  return {
    ...page,
    nodes: page.nodes.map((variant) => ({ kind: 'PriceListPrice', list, variant })),
    cursor: ({ variant }) => page.cursor(variant),
  };
}

interface PriceInput {
  variantId: string;
  price: { amount: string; currencyCode: string };
  compareAtPrice?: { amount: string; currencyCode: string } | null;
}

/** All or nothing: with one error no price of the call is fixed. */
function fixedPricesAdd({ priceListId, prices: inputs }: { priceListId: string; prices: PriceInput[] }, context: ResolverContext): unknown {
  const list = listById(priceListId, context);
  if (!list) return { prices: null, userErrors: [NOT_FOUND] };
  const errors: UserError[] = [];
  const changes: FixedPriceChange[] = [];
  inputs.forEach((input, index) => {
    const at = (...field: string[]) => ['prices', String(index), ...field];
    const variant = context.shop.catalog.variant(idOf(input.variantId, 'ProductVariant') ?? 0);
    if (!variant) return void errors.push({ field: at('variantId'), code: 'VARIANT_NOT_FOUND', message: NO_VARIANT });
    const amount = (name: 'price' | 'compareAtPrice'): number | null => {
      const given = input[name];
      if (!given) return null;
      if (given.currencyCode !== list.currencyCode) {
        errors.push({ field: at(name, 'currencyCode'), code: 'PRICE_LIST_CURRENCY_MISMATCH', message: "The specified currency does not match the price list's currency." });
        return null;
      }
      const minor = parseMoney(given.amount, decimalsOf(list));
      if (minor !== null && minor >= 0) return minor;
      errors.push({ field: at(name, 'amount'), code: null, message: 'Price must be greater than or equal to 0' });
      return null;
    };
    if (context.refuse !== 'nothing' && index === inputs.length - 1) return void errors.push({ field: at('price'), code: null, message: 'Price could not be saved' });
    const price = amount('price');
    const compareAtPrice = amount('compareAtPrice');
    if (price !== null) changes.push({ variant, price: { price, compareAtPrice } });
  });
  if (errors.length > 0) return { prices: [], userErrors: errors };
  changeFixedPrices(context.sim, context.shop, list, changes, authorOf(context));
  return { prices: changes.map(({ variant }): PricedVariant => ({ kind: 'PriceListPrice', list, variant })), userErrors: [] };
}

function fixedPricesDelete({ priceListId, variantIds }: { priceListId: string; variantIds: string[] }, context: ResolverContext): unknown {
  const list = listById(priceListId, context);
  if (!list) return { deletedFixedPriceVariantIds: null, userErrors: [NOT_FOUND] };
  const errors: UserError[] = [];
  const changes: FixedPriceChange[] = [];
  variantIds.forEach((id, index) => {
    const field = ['variantIds', String(index)];
    const variant = context.shop.catalog.variant(idOf(id, 'ProductVariant') ?? 0);
    if (!variant) errors.push({ field, code: 'VARIANT_NOT_FOUND', message: NO_VARIANT });
    else if (!list.fixed.has(variant.id)) errors.push({ field, code: 'PRICE_NOT_FIXED', message: 'Only fixed prices can be deleted.' });
    else if (context.refuse !== 'nothing' && index === variantIds.length - 1) errors.push({ field, code: null, message: 'Price could not be deleted' });
    else changes.push({ variant, price: null });
  });
  if (errors.length > 0) return { deletedFixedPriceVariantIds: [], userErrors: errors };
  changeFixedPrices(context.sim, context.shop, list, changes, authorOf(context));
  return { deletedFixedPriceVariantIds: changes.map(({ variant }) => gid('ProductVariant', variant.id)), userErrors: [] };
}

function listPrice({ list, variant }: PricedVariant | ContextualPricing, context: ResolverContext, field: 'price' | 'compareAtPrice'): unknown {
  const { currencyCode } = list ?? context.shop;
  const minor = (list ? effectivePrice(context.shop, list, variant) : variant)[field];
  return minor === null ? null : money(minor, currencyCode, list ? decimalsOf(list) : context.shop.decimals);
}

export const priceListTypes: ResolverTable = {
  QueryRoot: {
    priceList: (_root, args, context) => listById(args.id, context),
    priceLists: (_root, args, context) => {
      if (args.sortKey !== 'ID' && args.sortKey !== 'NAME') throw notSimulated(`PriceListSortKeys.${args.sortKey}`);
      return paginate<PriceList>(args, {
        list: context.shop.priceLists, id: (list) => list.id, unlimited: context.bulkWindow !== null,
        sort: args.sortKey === 'NAME' ? (list) => list.name.toLowerCase() : null,
      });
    },
  },
  Mutation: {
    priceListFixedPricesAdd: (_root, args, context) => fixedPricesAdd(args, context),
    priceListFixedPricesDelete: (_root, args, context) => fixedPricesDelete(args, context),
  },
  PriceList: {
    id: (list: PriceList) => gid('PriceList', list.id),
    name: (list: PriceList) => list.name,
    currency: (list: PriceList) => list.currencyCode,
    fixedPricesCount: (list: PriceList) => list.fixed.size,
    parent: (list: PriceList) => ({
      adjustment: { type: list.adjustmentPercent < 0 ? 'PERCENTAGE_DECREASE' : 'PERCENTAGE_INCREASE', value: Math.abs(list.adjustmentPercent) },
      settings: { compareAtMode: list.compareAtMode },
    }),
    catalog: (list: PriceList): MarketCatalog => ({ kind: 'MarketCatalog', list }),
    prices: (list: PriceList, args, context) => prices(list, args, context),
  },
  PriceListPrice: {
    price: (priced: PricedVariant, _args, context) => listPrice(priced, context, 'price'),
    compareAtPrice: (priced: PricedVariant, _args, context) => listPrice(priced, context, 'compareAtPrice'),
    originType: ({ list, variant }: PricedVariant) => (list.fixed.has(variant.id) ? 'FIXED' : 'RELATIVE'),
    variant: ({ variant }: PricedVariant) => variant,
  },
  MarketCatalog: {
    id: ({ list }: MarketCatalog) => gid('MarketCatalog', list.id + CATALOG_OFFSET),
    title: ({ list }: MarketCatalog) => list.name,
    status: () => 'ACTIVE',
    priceList: ({ list }: MarketCatalog) => list,
  },
  ProductVariant: {
    contextualPricing: (variant: Variant, { context: where }, context): ContextualPricing => {
      refuseArguments(where, 'contextualPricing(context:)', ['companyLocationId', 'locationId']);
      return { kind: 'ProductVariantContextualPricing', list: context.shop.priceLists.find((list) => list.country === where.country) ?? null, variant };
    },
  },
  ProductVariantContextualPricing: {
    price: (pricing: ContextualPricing, _args, context) => listPrice(pricing, context, 'price'),
    compareAtPrice: (pricing: ContextualPricing, _args, context) => listPrice(pricing, context, 'compareAtPrice'),
    unitPrice: () => null,
  },
};
