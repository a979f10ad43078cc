/** Writes to the catalog by the app: productVariantsBulkUpdate and a few that others need around it. */
import type { Product, Variant } from '../catalog.ts';
import type { FaultKind } from '../faults.ts';
import { idOf } from '../gid.ts';
import { notSimulated } from '../graphql-errors.ts';
import { changeProduct, deleteVariant } from '../merchant-actions.ts';
import { parseMoney } from '../money.ts';
import { byHand, changeVariants } from '../variant-changes.ts';
import type { VariantChange } from '../variant-changes.ts';
import { authorOf } from './context.ts';
import type { ResolverContext, ResolverTable } from './context.ts';

interface VariantInput {
  id?: string | null;
  price?: string | null;
  compareAtPrice?: string | null;
  barcode?: string | null;
  taxable?: boolean | null;
  inventoryPolicy?: 'DENY' | 'CONTINUE' | null;
  inventoryItem?: { cost?: string | null; sku?: string | null; tracked?: boolean | null; requiresShipping?: boolean | null } | null;
}

interface UserError {
  field: string[] | null;
  message: string;
  code: string;
}

const VARIANT_INPUT = ['id', 'price', 'compareAtPrice', 'barcode', 'taxable', 'inventoryPolicy', 'inventoryItem'];
const ITEM_INPUT = ['cost', 'sku', 'tracked', 'requiresShipping'];

/** Loud before anything is written: input that would be silently dropped is worse than an error. */
function refuseUnknownInput(inputs: VariantInput[]): void {
  for (const input of inputs) {
    const unknown = Object.keys(input).find((key) => !VARIANT_INPUT.includes(key));
    if (unknown) throw notSimulated(`ProductVariantsBulkInput.${unknown}`);
    const unknownItem = Object.keys(input.inventoryItem ?? {}).find((key) => !ITEM_INPUT.includes(key));
    if (unknownItem) throw notSimulated(`InventoryItemInput.${unknownItem}`);
  }
}

function productVariantsBulkUpdate(args: { productId: string; variants: VariantInput[]; allowPartialUpdates?: boolean; media?: unknown[] }, context: ResolverContext): unknown {
  if (args.media && args.media.length > 0) throw notSimulated('productVariantsBulkUpdate(media:)');
  refuseUnknownInput(args.variants);
  const product = context.shop.catalog.product(idOf(args.productId, 'Product') ?? 0);
  if (!product) {
    return { product: null, productVariants: null, userErrors: [{ field: ['productId'], message: 'Product does not exist', code: 'PRODUCT_DOES_NOT_EXIST' }] };
  }
  strikeBeforeWrite(product, args.variants, context);
  const errors: UserError[] = [];
  const changes: VariantChange[] = [];
  // Part of a write is its last variant.
  const refusedFrom = context.refuse === 'everything' ? 0 : context.refuse === 'part' ? args.variants.length - 1 : args.variants.length;
  args.variants.forEach((input, index) => {
    const found = index >= refusedFrom
      ? [{ field: ['variants', String(index), 'price'], message: 'Price could not be saved', code: 'INVALID_INPUT' }]
      : check(product, input, index, context, changes);
    errors.push(...found);
  });
  if (errors.length > 0 && (!args.allowPartialUpdates || context.refuse === 'everything')) return { product, productVariants: null, userErrors: errors };
  changeVariants(context.sim, context.shop, changes, authorOf(context));
  return { product, productVariants: [...new Set(changes.map(({ variant }) => variant))], userErrors: errors };
}

/** Faults that come between the app's reading and its write: its first variant, or the product, is not what it was. */
function strikeBeforeWrite(product: Product, inputs: VariantInput[], context: ResolverContext): void {
  const { sim, shop } = context;
  const target = { names: [context.operation, 'productVariantsBulkUpdate', ...(context.operationName === null ? [] : [context.operationName]), ...(context.bulkLine ? ['bulk-line'] : [])], write: true };
  const strike = (kind: FaultKind) => shop.faults.strike([kind], target, sim.clock.now());
  if (strike('product_archived')) changeProduct(sim, shop, product.id, { status: 'ARCHIVED' });
  const [input] = inputs;
  const variant = product.variants.find(({ id }) => id === idOf(input?.id ?? '', 'ProductVariant'));
  if (!variant) return;
  for (const source of ['merchant', 'other_app'] as const) {
    const fault = strike(source === 'merchant' ? 'merchant_edit' : 'other_app_edit');
    if (!fault) continue;
    const wanted = fault.price === 'target' ? input?.price : fault.price;
    const price = parseMoney(wanted ?? '', shop.decimals) ?? variant.price + 10 ** shop.decimals;
    changeVariants(sim, shop, [{ variant, price }], byHand(sim, source));
  }
  if (product.variants.length > 1 && strike('variant_deleted')) deleteVariant(sim, shop, variant);
}

/** Appends a valid change, or says what is wrong with it. */
function check(product: Product, input: VariantInput, index: number, context: ResolverContext, changes: VariantChange[]): UserError[] {
  const at = (...field: string[]) => ['variants', String(index), ...field];
  if (!input.id) return [{ field: at('id'), message: 'Product variant is missing ID attribute', code: 'PRODUCT_VARIANT_ID_MISSING' }];
  const variant = context.shop.catalog.variant(idOf(input.id, 'ProductVariant') ?? 0);
  if (!variant || variant.product !== product) {
    return [{ field: at('id'), message: 'Product variant does not exist', code: 'PRODUCT_VARIANT_DOES_NOT_EXIST' }];
  }
  const errors: UserError[] = [];
  const change: VariantChange = { variant };
  const amount = (text: string, field: string[], label: string): number | undefined => {
    const minor = parseMoney(text, context.shop.decimals);
    if (minor === null) errors.push({ field, message: `${label} is too large`, code: 'INVALID_INPUT' });
    else if (minor < 0) errors.push({ field, message: `${label} must be greater than or equal to 0`, code: 'GREATER_THAN_OR_EQUAL_TO' });
    else return minor;
    return undefined;
  };
  if (input.price === null) errors.push({ field: at('price'), message: "Price can't be blank", code: 'BLANK' });
  else if (input.price !== undefined) change.price = amount(input.price, at('price'), 'Price');
  if (input.compareAtPrice !== undefined) {
    change.compareAtPrice = input.compareAtPrice === null ? null : amount(input.compareAtPrice, at('compareAtPrice'), 'Compare at price');
  }
  if (input.barcode !== undefined) change.barcode = input.barcode;
  if (input.taxable != null) change.taxable = input.taxable;
  if (input.inventoryPolicy != null) change.inventoryPolicy = input.inventoryPolicy;
  const item = input.inventoryItem;
  if (item?.cost !== undefined) change.cost = item.cost === null ? null : amount(item.cost, at('inventoryItem', 'cost'), 'Cost');
  if (item?.sku !== undefined) change.sku = item.sku || null;
  if (item?.tracked != null) change.tracked = item.tracked;
  if (item?.requiresShipping != null) change.requiresShipping = item.requiresShipping;
  if (errors.length === 0) changes.push(change);
  return errors;
}

function collectionCreate(input: Record<string, unknown>, context: ResolverContext): unknown {
  const unknown = Object.keys(input).find((key) => !['title', 'products', 'descriptionHtml'].includes(key) && key !== 'redirectNewHandle');
  if (unknown) throw notSimulated(`CollectionInput.${unknown}`);
  if (typeof input['title'] !== 'string' || input['title'].trim() === '') {
    return { collection: null, userErrors: [{ field: ['title'], message: "Title can't be blank" }] };
  }
  const { catalog } = context.shop;
  const now = context.sim.clock.now();
  const members = ((input['products'] as string[] | undefined) ?? []).map((id) => catalog.product(idOf(id, 'Product') ?? 0));
  if (members.includes(undefined)) return { collection: null, userErrors: [{ field: ['products'], message: 'Product does not exist' }] };
  const collection = catalog.ensureCollection(input['title'], now);
  collection.descriptionHtml = typeof input['descriptionHtml'] === 'string' ? input['descriptionHtml'] : '';
  for (const product of members) catalog.addToCollection(collection.title, product as Product, now);
  return { collection, userErrors: [] };
}

export const productWriteTypes: ResolverTable = {
  Mutation: {
    productVariantsBulkUpdate: (_root, args, context) => productVariantsBulkUpdate(args, context),
    collectionCreate: (_root, args, context) => collectionCreate(args.input, context),
    inventoryItemUpdate: (_root, { id, input }, context) => {
      const unknown = Object.keys(input).find((key) => key !== 'cost');
      if (unknown) throw notSimulated(`InventoryItemInput.${unknown}`);
      const variant: Variant | undefined = context.shop.catalog.variantOfInventoryItem(idOf(id, 'InventoryItem') ?? 0);
      if (!variant) return { inventoryItem: null, userErrors: [{ field: ['id'], message: "The inventory item couldn't be found." }] };
      const cost = input.cost === null ? null : parseMoney(input.cost, context.shop.decimals);
      if (cost !== null && cost < 0) return { inventoryItem: null, userErrors: [{ field: ['input', 'cost'], message: 'Cost must be greater than or equal to 0' }] };
      changeVariants(context.sim, context.shop, [{ variant, cost }], authorOf(context));
      return { inventoryItem: { kind: 'InventoryItem', variant }, userErrors: [] };
    },
  },
};
