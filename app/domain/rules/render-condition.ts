import type { ConditionOp } from './rule.ts';
import type { ConditionTrace } from './trace.ts';

/** One condition of a trace in words, with what the row had: `price is between 10.00 and 100.00 (it is 24.00)`. */
export function conditionSentence(condition: ConditionTrace): string {
  const { field, op, seen, held } = condition;
  const name = field.replace(/^(product|variant)\./, '').replace(/^options\./, 'option ');
  const isWord = held ? 'is' : 'is not';
  if (op === 'isSet' || op === 'isNotSet') return `${name} ${held === (op === 'isSet') ? 'is set' : 'is not set'}${valueSeen(seen)}`;
  return `${name} ${relation(op, condition, isWord, held)}${valueSeen(seen)}`;
}

function relation(op: ConditionOp, condition: ConditionTrace, isWord: string, held: boolean): string {
  const one = Array.isArray(condition.value) ? '' : quoted(condition.value as string | number);
  const list = Array.isArray(condition.value) ? (condition.value as readonly (string | number)[]).map(quoted) : [];
  const members = `${list.join(', ')}${condition.more > 0 ? ` and ${condition.more} more` : ''}`;
  const does = (verb: string, base: string): string => (held ? verb : `does not ${base}`);
  const lacks = (verb: string, base: string): string => (held ? `does not ${base}` : verb);
  switch (op) {
    case 'eq':
      return `${isWord} ${one}`;
    case 'neq':
      return `${held ? 'is not' : 'is'} ${one}`;
    case 'in':
      return `${isWord} one of ${members || 'an empty list'}`;
    case 'notIn':
      return `${held ? 'is not' : 'is'} one of ${members || 'an empty list'}`;
    case 'contains':
      return `${does('contains', 'contain')} ${one}`;
    case 'notContains':
      return `${lacks('contains', 'contain')} ${one}`;
    case 'startsWith':
      return `${does('starts with', 'start with')} ${one}`;
    case 'endsWith':
      return `${does('ends with', 'end with')} ${one}`;
    case 'gt':
      return `${isWord} above ${one}`;
    case 'gte':
      return `${isWord} at least ${one}`;
    case 'lt':
      return `${isWord} below ${one}`;
    case 'lte':
      return `${isWord} at most ${one}`;
    case 'between':
      return `${isWord} between ${list.join(' and ')}`;
    default:
      return op;
  }
}

function quoted(value: string | number): string {
  return typeof value === 'number' || /^-?[0-9.]+$/.test(value) ? String(value) : `“${value}”`;
}

function valueSeen(seen: string | readonly string[] | null): string {
  if (seen === null) return ' (it is missing)';
  if (typeof seen === 'string') return ` (it is ${seen === '' ? 'empty' : quoted(seen)})`;
  return seen.length === 0 ? ' (it is empty)' : ` (it has ${seen.map(quoted).join(', ')})`;
}
