import { fieldNamed } from '../fields.ts';
import type { Condition, ConditionOp, Selector } from '../rule.ts';
import { canonicalSelector } from './canonical.ts';
import { FREE_TEXT_FIELDS, matchesInPart, nameOfField } from './names.ts';

/**
 * A valid selector as text that `parseSearch` reads as the same (in canonical form: it chooses the same variants). Every
 * valid selector has one; that of `{"all":[]}` is empty.
 */
export function printSearch(selector: Selector): string {
  const canonical = canonicalSelector(selector);
  if ('all' in canonical) return canonical.all.map((part) => printPart(part, 'all')).join(' ');
  return printPart(canonical, 'all', true);
}

/** A part as one term of an `all` (where a range is two terms side by side) or of an `any` or behind a `-`. */
function printPart(selector: Selector, within: 'all' | 'term', top = false): string {
  if ('all' in selector) return selector.all.length === 0 ? '*' : `(${selector.all.map((part) => printPart(part, 'all')).join(' ')})`;
  if ('any' in selector) {
    if (selector.any.length === 0) return '-*';
    const word = freeWord(selector.any);
    if (word !== null) return word;
    const alternatives = selector.any.map((part) => printPart(part, 'term')).join(' OR ');
    return top ? alternatives : `(${alternatives})`;
  }
  if ('not' in selector) return `-${printPart(selector.not, 'term')}`;
  const text = printCondition(selector);
  return selector.op === 'between' && within === 'term' ? `(${text})` : text;
}

/** The word that a free text search of it makes this group of; null for any other group. */
function freeWord(any: readonly Selector[]): string | null {
  const [first] = any;
  if (first === undefined || any.length !== FREE_TEXT_FIELDS.length || !('field' in first) || typeof first.value !== 'string' || first.value === '') return null;
  const { value } = first;
  const same = any.every((part, i) => 'field' in part && part.field === FREE_TEXT_FIELDS[i] && part.op === 'contains' && part.value === value);
  if (!same) return null;
  return /^(and|or|not)$/i.test(value) || value.startsWith('-') ? quote(value) : plainOrQuoted(value);
}

const ORDER_SIGNS: Readonly<Partial<Record<ConditionOp, string>>> = { gt: '>', gte: '>=', lt: '<', lte: '<=' };

function printCondition({ field, op, value }: Condition): string {
  const { fixed, own } = nameOfField(field);
  const name = `${fixed}${own === '' ? '' : plainOrQuoted(own)}`;
  const kind = fieldNamed(field)?.kind ?? 'text';
  const one = (scalar: unknown): string => (kind === 'time' ? quote(String(scalar)) : plainOrQuoted(String(scalar)));
  const list = (): string => (Array.isArray(value) ? (value as readonly unknown[]).map(one).join(',') : one(value));
  const whole = kind === 'text' && matchesInPart(field) ? ':=' : ':';
  switch (op) {
    case 'eq':
    case 'in':
      return `${name}${whole}${list()}`;
    case 'neq':
    case 'notIn':
      return `-${name}${whole}${list()}`;
    case 'contains':
    case 'notContains': {
      const text = one(value);
      return `${op === 'contains' ? '' : '-'}${name}:${kind === 'set' || matchesInPart(field) ? text : `*${text}*`}`;
    }
    case 'startsWith':
      return `${name}:${one(value)}*`;
    case 'endsWith':
      return `${name}:*${one(value)}`;
    case 'between': {
      const [low, high] = value as readonly unknown[];
      return `${name}:>=${one(low)} ${name}:<=${one(high)}`;
    }
    case 'isSet':
      return `${name}:*`;
    case 'isNotSet':
      return `-${name}:*`;
    default:
      return `${name}:${ORDER_SIGNS[op] ?? ''}${one(value)}`;
  }
}

/** As it is where it is a word without anything that means something in a text. */
function plainOrQuoted(text: string): string {
  return text !== '' && !/[\s:\\()"'*,<>=]/u.test(text) ? text : quote(text);
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
