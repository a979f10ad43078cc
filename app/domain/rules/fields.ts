import { foldText } from './text.ts';
import type { Amount, Facts } from './facts.ts';
import type { BaseName, ConditionOp } from './rule.ts';

/**
 * What kind of value a field has; it decides which ops fit and what their values look like.
 * `percentage` and `count` and `score` are RULES' "number": a percentage is written as a decimal string only, counts and
 * scores as a string or a JSON number.
 */
export type FieldKind = 'text' | 'set' | 'time' | 'money' | 'percentage' | 'count' | 'score';

export type Field =
  | { readonly kind: 'text'; readonly read: (facts: Facts) => string | null }
  | { readonly kind: 'set'; readonly read: (facts: Facts) => readonly string[] | null }
  | { readonly kind: 'time'; readonly read: (facts: Facts) => number | null }
  | { readonly kind: 'money' | 'count' | 'score'; readonly read: (facts: Facts) => Amount | null }
  /** Only variant.marginPercent, which is computed: (O − K) / O · 100. */
  | { readonly kind: 'percentage' };

const FIELDS: Readonly<Record<string, Field>> = {
  'product.title': { kind: 'text', read: (f) => f.productTitle },
  'product.handle': { kind: 'text', read: (f) => f.productHandle },
  'product.vendor': { kind: 'text', read: (f) => f.productVendor },
  'product.productType': { kind: 'text', read: (f) => f.productType },
  'product.status': { kind: 'text', read: (f) => f.productStatus },
  'product.tags': { kind: 'set', read: (f) => f.productTags },
  'product.collections': { kind: 'set', read: (f) => f.productCollections },
  'product.createdAt': { kind: 'time', read: (f) => f.productCreatedAt },
  'product.publishedAt': { kind: 'time', read: (f) => f.productPublishedAt },
  'variant.updatedAt': { kind: 'time', read: (f) => f.variantUpdatedAt },
  'variant.title': { kind: 'text', read: (f) => f.variantTitle },
  'variant.sku': { kind: 'text', read: (f) => f.sku },
  'variant.barcode': { kind: 'text', read: (f) => f.barcode },
  'variant.price': { kind: 'money', read: (f) => f.price },
  'variant.compareAtPrice': { kind: 'money', read: (f) => f.compareAtPrice },
  'variant.cost': { kind: 'money', read: (f) => f.cost },
  'variant.mapPrice': { kind: 'money', read: (f) => f.mapPrice },
  'variant.baselinePrice': { kind: 'money', read: (f) => f.baselinePrice },
  'variant.marginPercent': { kind: 'percentage' },
  'variant.inventoryQuantity': { kind: 'count', read: (f) => f.inventoryQuantity },
  'competitor.lowest': { kind: 'money', read: (f) => f.competitorLowest },
  'competitor.median': { kind: 'money', read: (f) => f.competitorMedian },
  'competitor.highest': { kind: 'money', read: (f) => f.competitorHighest },
  'competitor.count': { kind: 'count', read: (f) => f.competitorCount },
  'amazon.price': { kind: 'money', read: (f) => f.amazonPrice },
};

/** The fields with fixed names; beside them `variant.options.NAME` (text) and `score.NAME` (score). */
export const FIELD_NAMES: readonly string[] = Object.keys(FIELDS);
export const OPTION_PREFIX = 'variant.options.';
export const SCORE_PREFIX = 'score.';
/** Longest accepted field name, in UTF-16 units. */
export const FIELD_NAME_MAX_LENGTH = 300;

/** The field of that name, or null where the table has none. */
export function fieldNamed(name: string): Field | null {
  if (Object.hasOwn(FIELDS, name)) return FIELDS[name] ?? null;
  if (name.length > FIELD_NAME_MAX_LENGTH) return null;
  if (name.startsWith(OPTION_PREFIX) && name.length > OPTION_PREFIX.length) return optionField(name.slice(OPTION_PREFIX.length));
  if (name.startsWith(SCORE_PREFIX) && name.length > SCORE_PREFIX.length) {
    const score = name.slice(SCORE_PREFIX.length);
    return { kind: 'score', read: (f) => (f.scores !== null && Object.hasOwn(f.scores, score) ? (f.scores[score] ?? null) : null) };
  }
  return null;
}

/** Option names are merchants' text ("Size", "size "), so they match as text does when no name is exactly the same. */
function optionField(name: string): Field {
  const folded = foldText(name);
  const read = (facts: Facts): string | null => {
    const options = facts.options;
    if (options === null) return null;
    if (Object.hasOwn(options, name)) return options[name] ?? null;
    for (const key in options) if (foldText(key) === folded && Object.hasOwn(options, key)) return options[key] ?? null;
    return null;
  };
  return { kind: 'text', read };
}

const ORDERED: readonly ConditionOp[] = ['gt', 'gte', 'lt', 'lte', 'between'];
const NUMBER_OPS: readonly ConditionOp[] = ['eq', 'neq', 'in', 'notIn', ...ORDERED, 'isSet', 'isNotSet'];

/** Which ops fit a kind, as the op table of RULES says. */
export const OPS_OF_KIND: Readonly<Record<FieldKind, readonly ConditionOp[]>> = {
  text: ['eq', 'neq', 'in', 'notIn', 'contains', 'notContains', 'startsWith', 'endsWith', 'isSet', 'isNotSet'],
  set: ['contains', 'notContains', 'isSet', 'isNotSet'],
  time: ['eq', 'neq', ...ORDERED, 'isSet', 'isNotSet'],
  money: NUMBER_OPS,
  percentage: NUMBER_OPS,
  count: NUMBER_OPS,
  score: NUMBER_OPS,
};

export const OPS: readonly ConditionOp[] = [
  'eq', 'neq', 'in', 'notIn', 'contains', 'notContains', 'startsWith', 'endsWith', 'gt', 'gte', 'lt', 'lte', 'between', 'isSet', 'isNotSet',
];

/** Where each base of a transform is read. */
export const BASES: Readonly<Record<BaseName, (facts: Facts) => Amount | null>> = {
  price: (f) => f.price,
  compareAtPrice: (f) => f.compareAtPrice,
  cost: (f) => f.cost,
  baseline: (f) => f.baselinePrice,
  'competitor.lowest': (f) => f.competitorLowest,
  'competitor.median': (f) => f.competitorMedian,
  'competitor.highest': (f) => f.competitorHighest,
  lowest30Days: (f) => f.lowest30Days,
};
