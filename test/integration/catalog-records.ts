import type { SourceRecord, SourceVariant } from '../../app/ports/catalog-source.ts';

/** What a source says of a product and of a variant, with nothing in it that a test does not name. */
export const product = (ref: bigint, updatedAt: string): SourceRecord => ({
  kind: 'product', ref, title: `Product ${ref}`, handle: `p-${ref}`, vendor: 'Acme', productType: '', status: 'ACTIVE', tags: [], createdAt: null, publishedAt: null, updatedAt });
export const variant = (ref: bigint, productRef: bigint, price: bigint, updatedAt: string, more: Partial<SourceVariant> = {}): SourceRecord => ({
  kind: 'variant', ref, productRef, position: Number(ref), title: `V${ref}`, sku: `S-${ref}`, barcode: '', price, compareAt: null, cost: null, inventoryQuantity: 1, options: {}, inventoryItemRef: null, updatedAt, ...more });
