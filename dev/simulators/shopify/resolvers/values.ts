/** Small values that several types answer with. */
import type { Product } from '../catalog.ts';
import { gid } from '../gid.ts';

/** `Count` of things, exact up to the limit as Shopify counts them. */
export function countUpTo(count: number, limit: number | null | undefined): { count: number; precision: string } {
  return limit != null && count > limit ? { count: limit, precision: 'AT_LEAST' } : { count, precision: 'EXACT' };
}

export function optionValue(product: Product, option: number, at: number, name: string): Record<string, unknown> {
  return { id: gid('ProductOptionValue', product.id * 16 + option * 4 + at), name, hasVariants: true };
}
