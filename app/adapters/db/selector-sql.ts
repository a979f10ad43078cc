import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { formatNumber, inMinorUnits } from '../../domain/kernel/money.ts';
import { numberOf } from '../../domain/rules/conditions.ts';
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
/** Under a campaign a rule sees the baseline, as `factsOfRow` has it. */
const PRICE = 'coalesce(v.baseline_price, v.price)';
const MONEY: Readonly<Record<string, string>> = {
  'variant.price': PRICE, 'variant.compareAtPrice': 'case when v.baseline_price is null then v.compare_at else v.baseline_compare_at end',
  'variant.cost': 'v.cost', 'variant.mapPrice': 'v.map_price', 'variant.baselinePrice': PRICE,
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
  return { text: top(selector, currency, param), params };
}

/**
 * Conditions that all rows must meet may choose where the database begins: a tag or collection by `product_terms`, which holds
 * what the arrays hold, because under row-level security membership in an array reaches no index and equality of text does.
 */
function top(selector: Selector, currency: CurrencyCode, param: Param): string {
  if ('all' in selector && selector.all.length) return `(${selector.all.map((part) => top(part, currency, param)).join(' and ')})`;
  if ('field' in selector && selector.field in SETS && selector.op === 'contains') {
    const term = `${selector.field === 'product.tags' ? 'tag' : 'collection'}:${texts(selector.value)[0]}`;
    return `p.id in (select t.product_id from product_terms t where t.term = ${param(term)}::text)`;
  }
  return tree(selector, currency, param);
}

type Param = (value: unknown) => string;
interface Literal {
  readonly one: (part: unknown) => string;
  readonly list: (parts: readonly unknown[]) => string;
}

function unfit(field: string, op: ConditionOp): never {
  throw new TypeError(`Not a validated rule: ${op} on ${field}`);
}

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
    const instant = (part: unknown): string => `(timestamptz 'epoch' + ${param(String(parseInstant(part as string)))}::bigint * interval '1 microsecond')`;
    return ordered(TIMES[field]!, op, value, missing, { one: instant, list: () => unfit(field, op) });
  }
  // A list is one parameter whatever its length: a statement has at most 65,535 of them.
  const literalOf = (print: (part: unknown) => string): Literal => ({
    one: (part) => `${param(print(part))}::numeric`, list: (parts) => `${param(parts.map(print))}::numeric[]`,
  });
  const number = literalOf((part) => formatNumber(numberOf(part)));
  if (field === 'variant.marginPercent') return marginCondition(op, value, missing, number);
  if (field in MONEY) return ordered(MONEY[field]!, op, value, missing, literalOf((part) => formatNumber(inMinorUnits(numberOf(part), currency))));
  if (field in NUMBERS) return ordered(NUMBERS[field]!, op, value, missing, number);
  // Competitors, Amazon and scores have no data in the catalog: a missing value for every row.
  return missing;
}

function optionColumn(field: string, param: Param): string {
  return `(v.option_keys->>${param(foldText(field.slice(OPTION_PREFIX.length)))}::text)`;
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).map((part) => foldText(String(part)));
const members = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : [value]);

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

function ordered(column: string, op: ConditionOp, value: unknown, missing: string, literal: Literal): string {
  if (op === 'isSet') return `(${column} is not null)`;
  if (op === 'isNotSet') return `(${column} is null)`;
  if (op === 'in') return `coalesce(${column} = any(${literal.list(members(value))}), ${missing})`;
  if (op === 'notIn') return `coalesce(${column} <> all(${literal.list(members(value))}), ${missing})`;
  const [first, second] = members(value);
  if (op === 'between') return `coalesce(${column} >= ${literal.one(first)} and ${column} <= ${literal.one(second)}, false)`;
  return `coalesce(${column} ${COMPARISONS[op]} ${literal.one(first)}, ${missing})`;
}

/** Compared without dividing, so that no digit is lost: (O − K)·100 against value·O, O being above 0. */
function marginCondition(op: ConditionOp, value: unknown, missing: string, literal: Literal): string {
  const known = `(v.cost is not null and ${PRICE} > 0)`;
  if (op === 'isSet') return known;
  if (op === 'isNotSet') return `(not ${known})`;
  const left = `(${PRICE} - v.cost)::numeric * 100`;
  const among = (): string => `exists (select from unnest(${literal.list(members(value))}) m where ${left} = m * ${PRICE})`;
  const right = (part: unknown): string => `${literal.one(part)} * ${PRICE}`;
  const [first, second] = members(value);
  const test = op === 'between' ? `${left} >= ${right(first)} and ${left} <= ${right(second)}`
    : op === 'in' ? among() : op === 'notIn' ? `not ${among()}` : `${left} ${COMPARISONS[op]} ${right(first)}`;
  return `case when ${known} then ${test} else ${missing} end`;
}
