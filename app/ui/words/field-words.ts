import { FIELD_NAMES, OPTION_PREFIX, fieldNamed } from '../../domain/rules/fields.ts';
import type { FieldKind } from '../../domain/rules/fields.ts';
import type { BaseName, ConditionOp, RoundingDirection, StepType } from '../../domain/rules/rule.ts';

const FIELD_LABELS: Readonly<Record<string, string>> = {
  'product.title': 'Product title',
  'product.handle': 'Product handle',
  'product.vendor': 'Vendor',
  'product.productType': 'Product type',
  'product.status': 'Product status',
  'product.tags': 'Tags',
  'product.collections': 'Collections',
  'product.createdAt': 'Product created',
  'product.publishedAt': 'Product published',
  'variant.updatedAt': 'Variant updated',
  'variant.title': 'Variant title',
  'variant.sku': 'SKU',
  'variant.barcode': 'Barcode',
  'variant.price': 'Price',
  'variant.compareAtPrice': 'Compare-at price',
  'variant.cost': 'Unit cost',
  'variant.mapPrice': 'Minimum advertised price',
  'variant.baselinePrice': 'Price without campaigns',
  'variant.marginPercent': 'Margin %',
  'variant.inventoryQuantity': 'Inventory',
  'competitor.lowest': 'Lowest competitor price',
  'competitor.median': 'Median competitor price',
  'competitor.highest': 'Highest competitor price',
  'competitor.count': 'Number of competitor prices',
  'amazon.price': 'Amazon price',
};

/** A field of the selector in words: `variant.options.Size` is `Option: Size`. */
export function fieldLabel(field: string): string {
  if (field.startsWith(OPTION_PREFIX)) return `Option: ${field.slice(OPTION_PREFIX.length)}`;
  return FIELD_LABELS[field] ?? field;
}

/** Choices for a field picker; the shop's own option names come after the fixed fields. */
export function fieldChoices(optionNames: readonly string[]): { label: string; value: string }[] {
  const names = [...FIELD_NAMES, ...optionNames.map((name) => `${OPTION_PREFIX}${name}`)];
  return names.map((value) => ({ value, label: fieldLabel(value) }));
}

const OP_LABELS: Readonly<Record<ConditionOp, string>> = {
  eq: 'is',
  neq: 'is not',
  in: 'is one of',
  notIn: 'is none of',
  contains: 'contains',
  notContains: 'does not contain',
  startsWith: 'starts with',
  endsWith: 'ends with',
  gt: 'is more than',
  gte: 'is at least',
  lt: 'is less than',
  lte: 'is at most',
  between: 'is between',
  isSet: 'is set',
  isNotSet: 'is not set',
};

const OP_LABELS_BY_KIND: Readonly<Partial<Record<FieldKind, Partial<Record<ConditionOp, string>>>>> = {
  set: { contains: 'include', notContains: 'do not include', isSet: 'are set', isNotSet: 'are not set' },
  time: { gt: 'is after', gte: 'is at or after', lt: 'is before', lte: 'is at or before' },
};

export function opLabel(op: ConditionOp, kind: FieldKind): string {
  return OP_LABELS_BY_KIND[kind]?.[op] ?? OP_LABELS[op];
}

export function kindOf(field: string): FieldKind | null {
  return fieldNamed(field)?.kind ?? null;
}

export const BASE_LABELS: Readonly<Record<BaseName, string>> = {
  price: 'Current price',
  compareAtPrice: 'Current compare-at price',
  cost: 'Unit cost',
  baseline: 'Price without campaigns',
  'competitor.lowest': 'Lowest competitor price',
  'competitor.median': 'Median competitor price',
  'competitor.highest': 'Highest competitor price',
  lowest30Days: 'Lowest price of the last 30 days',
};

export const STEP_LABELS: Readonly<Record<StepType, { readonly label: string; readonly value: string; readonly help: string }>> = {
  percent: { label: 'Change by percent', value: 'Percent', help: '-15 is 15 % off, 10 adds 10 %' },
  amount: { label: 'Change by amount', value: 'Amount', help: '-5.00 takes 5 off, 2.50 adds 2.50' },
  multiply: { label: 'Multiply', value: 'Factor', help: '2.2 makes it 2.2 times as much' },
  set: { label: 'Set to', value: 'Price', help: 'The same price for every selected variant' },
  margin: { label: 'Price for a margin', value: 'Margin %', help: 'From unit cost: 40 makes cost 60 % of the price' },
};

export const DIRECTION_LABELS: Readonly<Record<RoundingDirection, string>> = {
  nearest: 'To the nearest',
  up: 'Up',
  down: 'Down',
};
