import type { CurrencyCode } from '../kernel/currency.ts';
import { parseMoney } from '../kernel/money.ts';
import { problem, ok } from '../kernel/result.ts';
import type { Result } from '../kernel/result.ts';

/** What a product webhook tells. It says nothing of cost and collections. */
export interface ToldProduct {
  readonly ref: bigint;
  readonly title: string;
  readonly handle: string;
  readonly vendor: string;
  readonly productType: string;
  readonly status: string;
  readonly tags: readonly string[];
  readonly createdAt: string | null;
  readonly publishedAt: string | null;
  readonly updatedAt: string | null;
  readonly variants: readonly ToldVariant[];
  /** False where the payload holds only some of the variants: Shopify cuts it at 100 and lists the ids of all. */
  readonly isComplete: boolean;
}

export interface ToldVariant {
  readonly ref: bigint;
  readonly position: number;
  readonly title: string;
  readonly sku: string;
  readonly barcode: string;
  readonly price: bigint;
  readonly compareAt: bigint | null;
  readonly inventoryQuantity: number | null;
  readonly options: Readonly<Record<string, string>>;
  readonly inventoryItemRef: bigint | null;
  readonly updatedAt: string | null;
}

/** From so many variants on a payload without the list of ids may be one that was cut. */
const VARIANTS_CUT_AT = 100;

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const refOf = (value: unknown): bigint | null => (typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : typeof value === 'string' && /^\d+$/.test(value) ? BigInt(value) : null);

/** The numeric id of a webhook's thing, from `id` or from the tail of its global id; null where it has none. */
export function payloadRef(payload: unknown): bigint | null {
  if (!isObject(payload)) return null;
  return refOf(payload.id) ?? refOf(text(payload.admin_graphql_api_id).split('/').pop());
}

/** Reads products/create and products/update. Errors: invalid `malformed_payload` naming what is wrong. */
export function readProductPayload(payload: unknown, currency: CurrencyCode): Result<ToldProduct> {
  const bad = (detail: string): Result<never> => problem('invalid', 'malformed_payload', detail);
  const ref = payloadRef(payload);
  if (!isObject(payload) || ref === null) return bad('The product has no id.');
  const optionNames = (Array.isArray(payload.options) ? payload.options : []).map((option) => (isObject(option) ? text(option.name) : ''));
  const variants: ToldVariant[] = [];
  for (const raw of Array.isArray(payload.variants) ? payload.variants : []) {
    const variantRef = payloadRef(raw);
    if (!isObject(raw) || variantRef === null) return bad('A variant has no id.');
    const price = parseMoney(text(raw.price), currency);
    const compareAt = raw.compare_at_price === null || raw.compare_at_price === undefined || raw.compare_at_price === '' ? null : parseMoney(text(raw.compare_at_price), currency);
    if (!price.ok || (compareAt !== null && !compareAt.ok)) return bad(`Variant ${variantRef} has a price that is no amount of ${currency}.`);
    const values = [raw.option1, raw.option2, raw.option3];
    variants.push({
      ref: variantRef, position: typeof raw.position === 'number' ? raw.position : variants.length + 1, title: text(raw.title), sku: text(raw.sku), barcode: text(raw.barcode),
      price: price.value, compareAt: compareAt === null ? null : compareAt.value,
      inventoryQuantity: typeof raw.inventory_quantity === 'number' ? raw.inventory_quantity : null,
      options: Object.fromEntries(optionNames.flatMap((name, i) => (name && typeof values[i] === 'string' ? [[name, values[i] as string]] : []))),
      inventoryItemRef: refOf(raw.inventory_item_id), updatedAt: textOrNull(raw.updated_at),
    });
  }
  const ids = Array.isArray(payload.variant_gids) ? payload.variant_gids.length : null;
  const isComplete = ids === null ? variants.length < VARIANTS_CUT_AT : ids <= variants.length;
  const tags = typeof payload.tags === 'string' ? payload.tags.split(',').map((tag) => tag.trim()).filter(Boolean) : Array.isArray(payload.tags) ? payload.tags.map(text).filter(Boolean) : [];
  return ok({
    ref, title: text(payload.title), handle: text(payload.handle), vendor: text(payload.vendor), productType: text(payload.product_type), status: text(payload.status).toUpperCase(), tags,
    createdAt: textOrNull(payload.created_at), publishedAt: textOrNull(payload.published_at), updatedAt: textOrNull(payload.updated_at), variants, isComplete,
  });
}
