import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { formatNumber, inMinorUnits, parseDecimal } from '../../domain/kernel/money.ts';
import { fieldNamed, OPTION_PREFIX } from '../../domain/rules/fields.ts';
import { parseInstant } from '../../domain/rules/instant.ts';
import type { Condition, ConditionOp, Selector } from '../../domain/rules/rule.ts';
import { foldText } from '../../domain/rules/text.ts';

/** Text columns as comparing sees them (`foldText`), written beside the originals when the catalog comes in. */
const TEXT: Readonly<Record<string, string>> = {
  'product.title': 'p.title_key', 'product.handle': 'p.handle_key', 'product.vendor': 'p.vendor_key',
  'product.productType': 'p.type_key', 'product.status': 'p.status_key',
  'variant.title': 'v.title_key', 'variant.sku': 'v.sku_key', 'variant.barcode': 'v.barcode_key',
};
const SETS: Readonly<Record<string, string>> = { 'product.tags': 'p.tag_keys', 'product.collections': 'p.collection_keys' };
const TIMES: Readonly<Record<string, string>> = {
  'product.createdAt': 'p.created_at', 'product.publishedAt': 'p.published_at', 'variant.updatedAt': 'v.updated_at',
};
const MONEY: Readonly<Record<string, string>> = {
  'variant.price': 'v.price', 'variant.compareAtPrice': 'v.compare_at', 'variant.cost': 'v.cost', 'variant.mapPrice': 'v.map_price',
  'variant.baselinePrice': 'coalesce(v.baseline_price, v.price)',
};
const NUMBERS: Readonly<Record<string, string>> = { 'variant.inventoryQuantity': 'v.inventory_quantity' };

const TRUE_WHEN_MISSING: ReadonlySet<ConditionOp> = new Set(['isNotSet', 'neq', 'notIn', 'notContains']);
const COMPARISONS: Partial<Record<ConditionOp, string>> = { eq: '=', neq: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=' };

/**
 * The selector as a SQL condition over `variants v` and `products p`, with its parameters from `$firstParam` on.
 * Means exactly what the compiled closure means (a contract test compares them on random trees and rows); the
 * parameters carry every value, so nothing of a rule is ever part of the text. The rule must have passed validation.
 */
export function selectorSql(selector: Selector, currency: CurrencyCode, firstParam: number): { text: string; params: unknown[] } {
  const params: unknown[] = [];
  const param = (value: unknown): string => {
    params.push(value);
    return `$${firstParam + params.length - 1}`;
  };
  return { text: tree(selector, currency, param), params };
}

type Param = (value: unknown) => string;

function tree(selector: Selector, currency: CurrencyCode, param: Param): string {
  if ('all' in selector) return selector.all.length ? `(${selector.all.map((part) => tree(part, currency, param)).join(' and ')})` : 'true';
  if ('any' in selector) return selector.any.length ? `(${selector.any.map((part) => tree(part, currency, param)).join(' or ')})` : 'false';
  if ('not' in selector) return `(not ${tree(selector.not, currency, param)})`;
  return condition(selector, currency, param);
}

function condition({ field, op, value }: Condition, currency: CurrencyCode, param: Param): string {
  const missing = TRUE_WHEN_MISSING.has(op) ? 'true' : 'false';
  const kind = fieldNamed(field)?.kind;
  if (field in SETS) return setCondition(SETS[field]!, op, value, param);
  if (kind === 'text') {
    const column = TEXT[field] ?? optionColumn(field, param);
    return textCondition(column, op, value, missing, param);
  }
  if (field in TIMES) {
    const instant = (text: string): string => `(timestamptz 'epoch' + ${param(String(parseInstant(text)))}::bigint * interval '1 microsecond')`;
    return ordered(TIMES[field]!, op, value, missing, instant);
  }
  const number = (text: string): string => `${param(formatNumber(parseDecimal(text)!))}::numeric`;
  if (field === 'variant.marginPercent') {
    // Compared without dividing, so that no digit is lost: (O − K)·100 against value·O, O being above 0.
    return marginCondition(op, value, missing, number);
  }
  if (field in MONEY) return ordered(MONEY[field]!, op, value, missing, (text) => `${param(formatNumber(inMinorUnits(parseDecimal(text)!, currency)))}::numeric`);
  if (field in NUMBERS) return ordered(NUMBERS[field]!, op, value, missing, number);
  // Competitors, Amazon and scores have no data in the catalog: a missing value for every row.
  return missing;
}

function optionColumn(field: string, param: Param): string {
  return `(v.option_keys->>${param(foldText(field.slice(OPTION_PREFIX.length)))}::text)`;
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).map((part) => foldText(String(part)));
const numbers = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).map(String);

function textCondition(column: string, op: ConditionOp, value: unknown, missing: string, param: Param): string {
  const set = `nullif(${column}, '')`;
  if (op === 'isSet') return `(${set} is not null)`;
  if (op === 'isNotSet') return `(${set} is null)`;
  const [first] = texts(value);
  const test: Partial<Record<ConditionOp, () => string>> = {
    eq: () => `${column} = ${param(first)}`,
    neq: () => `${column} <> ${param(first)}`,
    in: () => `${column} = any(${param(texts(value))}::text[])`,
    notIn: () => `${column} <> all(${param(texts(value))}::text[])`,
    contains: () => `position(${param(first)}::text in ${column}) > 0`,
    notContains: () => `position(${param(first)}::text in ${column}) = 0`,
    startsWith: () => `${column} ^@ ${param(first)}::text`,
    endsWith: () => `right(${column}, length(${param(first)}::text)) = ${param(first)}::text`,
  };
  return `coalesce(${test[op]!()}, ${missing})`;
}

function setCondition(column: string, op: ConditionOp, value: unknown, param: Param): string {
  if (op === 'isSet') return `(cardinality(${column}) > 0)`;
  if (op === 'isNotSet') return `(cardinality(${column}) = 0)`;
  const member = `${column} @> array[${param(texts(value)[0])}::text]`;
  return op === 'contains' ? `(${member})` : `(not ${member})`;
}

function ordered(column: string, op: ConditionOp, value: unknown, missing: string, literal: (text: string) => string): string {
  if (op === 'isSet') return `(${column} is not null)`;
  if (op === 'isNotSet') return `(${column} is null)`;
  const values = numbers(value);
  if (op === 'between') return `coalesce(${column} >= ${literal(values[0]!)} and ${column} <= ${literal(values[1]!)}, false)`;
  if (op === 'in' || op === 'notIn') {
    if (values.length === 0) return op === 'in' ? 'false' : 'true';
    return `coalesce(${column} ${op === 'in' ? 'in' : 'not in'} (${values.map(literal).join(', ')}), ${missing})`;
  }
  return `coalesce(${column} ${COMPARISONS[op]} ${literal(values[0]!)}, ${missing})`;
}

function marginCondition(op: ConditionOp, value: unknown, missing: string, literal: (text: string) => string): string {
  const known = '(v.cost is not null and v.price > 0)';
  if (op === 'isSet') return known;
  if (op === 'isNotSet') return `(not ${known})`;
  const left = '(v.price - v.cost) * 100';
  const values = numbers(value).map((text) => `${literal(text)} * v.price`);
  const test = op === 'between' ? `${left} >= ${values[0]} and ${left} <= ${values[1]}`
    : op === 'in' ? (values.length ? `${left} in (${values.join(', ')})` : 'false')
      : op === 'notIn' ? (values.length ? `${left} not in (${values.join(', ')})` : 'true')
        : `${left} ${COMPARISONS[op]} ${values[0]}`;
  return `case when ${known} then ${test} else ${missing} end`;
}
