import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import type { SourceMembership, SourceProduct, SourceVariant } from '../../ports/catalog-source.ts';
import { compareAtFrom, costFrom, priceFrom } from './amounts.ts';
import { UnexpectedAnswer, refOf } from './gid.ts';

/** An object out of Shopify's JSON: shaped by our documents, but in an export nothing has checked that. */
export type Json = Readonly<Record<string, unknown>>;

/** Throws UnexpectedAnswer, as all below, naming the field that is missing or of another type. */
export function productFrom(node: Json): SourceProduct {
  return {
    kind: 'product',
    ref: refOf(node.id, 'Product'),
    title: text(node, 'title'),
    handle: text(node, 'handle'),
    vendor: text(node, 'vendor'),
    productType: text(node, 'productType'),
    status: text(node, 'status'),
    tags: list(node, 'tags').map((tag) => expectText(tag, 'tags')),
    createdAt: textOrNull(node, 'createdAt'),
    publishedAt: textOrNull(node, 'publishedAt'),
    updatedAt: textOrNull(node, 'updatedAt'),
  };
}

export function variantFrom(node: Json, productRef: bigint, currency: CurrencyCode): SourceVariant {
  const inventoryItem = objectOrNull(node, 'inventoryItem');
  const options: Record<string, string> = {};
  for (const option of list(node, 'selectedOptions')) options[text(option as Json, 'name')] = text(option as Json, 'value');
  return {
    kind: 'variant',
    ref: refOf(node.id, 'ProductVariant'),
    productRef,
    position: integer(node, 'position'),
    title: text(node, 'title'),
    sku: textOrNull(node, 'sku') ?? '',
    barcode: textOrNull(node, 'barcode') ?? '',
    price: priceFrom(node.price, currency),
    compareAt: compareAtFrom(node.compareAtPrice, currency),
    cost: inventoryItem ? costFrom(inventoryItem.unitCost, currency) : null,
    inventoryQuantity: node.inventoryQuantity === null || node.inventoryQuantity === undefined ? null : integer(node, 'inventoryQuantity'),
    options,
    optionNames: list(node, 'selectedOptions').map((option) => text(option as Json, 'name')),
    inventoryItemRef: inventoryItem ? refOf(inventoryItem.id, 'InventoryItem') : null,
    updatedAt: textOrNull(node, 'updatedAt'),
  };
}

export function membershipFrom(node: Json, productRef: bigint): SourceMembership {
  return { kind: 'collection', productRef, handle: text(node, 'handle') };
}

function expectText(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  throw new UnexpectedAnswer(`${field} should be text, not ${JSON.stringify(value)}`);
}

function text(node: Json, field: string): string {
  return expectText(node[field], field);
}

function textOrNull(node: Json, field: string): string | null {
  return node[field] === null || node[field] === undefined ? null : text(node, field);
}

function integer(node: Json, field: string): number {
  const value = node[field];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new UnexpectedAnswer(`${field} should be a whole number, not ${JSON.stringify(value)}`);
}

function list(node: Json, field: string): readonly unknown[] {
  const value = node[field];
  if (Array.isArray(value)) return value;
  throw new UnexpectedAnswer(`${field} should be a list, not ${JSON.stringify(value)}`);
}

function objectOrNull(node: Json, field: string): Json | null {
  const value = node[field];
  if (value === null || value === undefined) return null;
  if (typeof value === 'object' && !Array.isArray(value)) return value as Json;
  throw new UnexpectedAnswer(`${field} should be an object, not ${JSON.stringify(value)}`);
}
