import { isDecimal, formatNumber } from '../../kernel/money.ts';
import { numberOf } from '../conditions.ts';
import { fieldNamed } from '../fields.ts';
import type { Condition, ConditionOp, ConditionValue, Selector } from '../rule.ts';

const OPPOSITES: Readonly<Partial<Record<ConditionOp, ConditionOp>>> = {
  eq: 'neq', neq: 'eq', in: 'notIn', notIn: 'in', contains: 'notContains', notContains: 'contains', isSet: 'isNotSet', isNotSet: 'isSet',
};

/**
 * The one form of a valid selector that selector text stands for: the same variants, written plainly. Groups of one are their
 * member, "not" is pulled into a condition that has an opposite, `gte` and `lte` of one field side by side are `between`,
 * a list of one is `eq`, an empty list is everything or nothing, numbers are decimal strings. The order and the grouping
 * are kept. Canonical selectors come back as they are.
 */
export function canonicalSelector(selector: Selector): Selector {
  if ('all' in selector) return conjunctionOf(selector.all.map(canonicalSelector));
  if ('any' in selector) return disjunctionOf(selector.any.map(canonicalSelector));
  if ('not' in selector) return negationOf(canonicalSelector(selector.not));
  return canonicalCondition(selector);
}

/** All of canonical parts. */
export function conjunctionOf(parts: readonly Selector[]): Selector {
  const joined: Selector[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    const between = last === undefined ? null : betweenOf(last, part);
    if (between === null) joined.push(part);
    else joined[joined.length - 1] = between;
  }
  return joined.length === 1 && joined[0] !== undefined ? joined[0] : { all: joined };
}

/** Any of canonical parts. */
export function disjunctionOf(parts: readonly Selector[]): Selector {
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : { any: parts };
}

/** Not a canonical part. */
export function negationOf(part: Selector): Selector {
  if ('not' in part) return part.not;
  if ('all' in part) return part.all.length === 0 ? { any: [] } : { not: part };
  if ('any' in part) return part.any.length === 0 ? { all: [] } : { not: part };
  const opposite = OPPOSITES[part.op];
  return opposite === undefined ? { not: part } : { ...part, op: opposite };
}

/** `gte` and `lte` of the same field as one `between`; null for anything else. Both are false where the value is missing, as `between` is. */
function betweenOf(a: Selector, b: Selector): Condition | null {
  if (!('field' in a) || !('field' in b) || a.field !== b.field || a.op !== 'gte' || b.op !== 'lte') return null;
  return { field: a.field, op: 'between', value: [a.value as string | number, b.value as string | number] };
}

function canonicalCondition({ field, op, value }: Condition): Selector {
  if (op === 'isSet' || op === 'isNotSet') return { field, op };
  const kind = fieldNamed(field)?.kind;
  const number = kind !== 'text' && kind !== 'set' && kind !== 'time';
  const one = (scalar: string | number): string | number => (number ? canonicalNumber(scalar) : scalar);
  if (!Array.isArray(value)) return { field, op, value: one(value as string | number) as ConditionValue };
  const list = (value as readonly (string | number)[]).map(one);
  if (op === 'between') return { field, op, value: list };
  const single = list.length === 1 ? list[0] : undefined;
  if (list.length === 0) return op === 'in' ? { any: [] } : { all: [] };
  if (single !== undefined) return { field, op: op === 'in' ? 'eq' : 'neq', value: single };
  return { field, op, value: list };
}

/** A decimal string without leading zeros; a JSON number stays one only where no decimal string can say it (1e-60). */
export function canonicalNumber(scalar: string | number): string | number {
  const text = typeof scalar === 'number' ? formatNumber(numberOf(scalar)) : scalar;
  if (!isDecimal(text)) return scalar;
  return text.replace(/^(-?)0+(?=[0-9])/, '$1');
}
