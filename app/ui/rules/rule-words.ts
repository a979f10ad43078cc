import { fieldNamed } from '../../domain/rules/fields.ts';
import { isObject } from '../../domain/rules/findings.ts';
import { formatSignedPercent } from '../format/money.ts';
import { BASE_LABELS, fieldLabel, opLabel } from '../words/field-words.ts';
import type { BaseName, ConditionOp } from '../../domain/rules/rule.ts';

function valueWords(value: unknown, op: string): string {
  if (!Array.isArray(value)) return value === undefined || value === null || value === true ? '' : String(value);
  if (op === 'between') return value.map(String).join(' and ');
  const shown = value.slice(0, 3).map(String).join(', ');
  return value.length > 3 ? `${shown} and ${value.length - 3} more` : shown;
}

function conditionWords(node: Readonly<Record<string, unknown>>): string {
  const { field, op, value } = node;
  if (typeof field !== 'string' || typeof op !== 'string') return 'an unfinished condition';
  const kind = fieldNamed(field)?.kind ?? 'text';
  return [fieldLabel(field), opLabel(op as ConditionOp, kind), valueWords(value, op)].filter(Boolean).join(' ');
}

/** Which variants a selector chooses, in one line; nested groups are counted, not spelled out. */
export function selectorWords(selector: unknown): string {
  if (!isObject(selector)) return 'Not given yet';
  if ('field' in selector) return conditionWords(selector);
  if ('not' in selector) return `Not: ${selectorWords(selector.not)}`;
  const members = Array.isArray(selector.all) ? selector.all : Array.isArray(selector.any) ? selector.any : null;
  if (!members) return 'Not given yet';
  const [first] = members;
  if (first === undefined) return Array.isArray(selector.all) ? 'All variants' : 'No variants';
  const rest = members.length - 1;
  const joint = Array.isArray(selector.all) ? 'and' : 'or';
  return rest === 0 ? selectorWords(first) : `${selectorWords(first)} ${joint} ${rest} more ${rest === 1 ? 'condition' : 'conditions'}`;
}

/** Which variants a selector chooses, every condition of it: what somebody approves is read in full. */
export function selectorInFull(selector: unknown): string {
  return fullWords(selector, true);
}

function fullWords(selector: unknown, outermost: boolean): string {
  if (!isObject(selector) || 'field' in selector) return selectorWords(selector);
  if ('not' in selector) return `not (${fullWords(selector.not, true)})`;
  const members = Array.isArray(selector.all) ? selector.all : Array.isArray(selector.any) ? selector.any : [];
  if (members.length === 0) return selectorWords(selector);
  const text = members.map((member) => fullWords(member, members.length === 1 && outermost)).join(Array.isArray(selector.all) ? ' and ' : ' or ');
  return outermost || members.length === 1 ? text : `(${text})`;
}

/** The limits of a transform in one line; null where it has none. */
export function limitWords(transform: unknown): string | null {
  const bounds = isObject(transform) && isObject(transform.bounds) ? transform.bounds : {};
  const parts = [
    bounds.floor ? `not below ${String(bounds.floor)}` : null,
    bounds.ceiling ? `not above ${String(bounds.ceiling)}` : null,
    bounds.minMarginPercent ? `margin at least ${String(bounds.minMarginPercent)}%` : null,
    bounds.maxDecreasePercent ? `falls by at most ${String(bounds.maxDecreasePercent)}%` : null,
    bounds.maxIncreasePercent ? `rises by at most ${String(bounds.maxIncreasePercent)}%` : null,
    bounds.respectMap === true ? 'not below the minimum advertised price' : null,
  ].filter((part) => part !== null);
  if (parts.length === 0) return null;
  const line = `${parts.join(', ')}; beyond that ${bounds.onViolation === 'block' ? 'the price is left alone' : 'it is moved to the limit'}`;
  return line.charAt(0).toUpperCase() + line.slice(1);
}

function stepWords(step: unknown): string {
  if (!isObject(step) || typeof step.value !== 'string' || step.value === '') return 'an unfinished step';
  switch (step.type) {
    case 'percent':
      return /^-?\d+(\.\d+)?$/.test(step.value) ? formatSignedPercent(step.value) : step.value;
    case 'amount':
      return step.value.startsWith('-') ? `−${step.value.slice(1)}` : `+${step.value}`;
    case 'multiply':
      return `times ${step.value}`;
    case 'set':
      return `set to ${step.value}`;
    case 'margin':
      return `priced for a margin of ${step.value}%`;
    default:
      return 'an unfinished step';
  }
}

function roundingWords(rounding: unknown): string | null {
  if (!isObject(rounding)) return null;
  if (rounding.type === 'ending') return `ends in ${String(rounding.ending ?? '')}`;
  if (rounding.type === 'increment') return `in steps of ${String(rounding.increment ?? '')}`;
  return null;
}

/** What a transform does to a price, in one line. */
export function transformWords(transform: unknown): string {
  if (!isObject(transform)) return 'Not given yet';
  const base = transform.base === undefined || transform.base === 'price' ? null : (BASE_LABELS[transform.base as BaseName] ?? String(transform.base));
  const steps = Array.isArray(transform.steps) ? transform.steps.map(stepWords) : [];
  const parts = [base, ...steps].filter((part) => part !== null);
  const words = parts.length > 0 ? parts.join(', then ') : 'Price stays';
  const extras = [roundingWords(transform.rounding), compareAtWords(transform.compareAt)].filter((part) => part !== null);
  const line = [words, ...extras].join('; ');
  return line.charAt(0).toUpperCase() + line.slice(1);
}

function compareAtWords(compareAt: unknown): string | null {
  if (!isObject(compareAt)) return null;
  switch (compareAt.mode) {
    case 'sale':
      return 'shown as a sale';
    case 'clear':
      return 'compare-at removed';
    case 'set':
      return `compare-at ${String(compareAt.value ?? '')}`;
    default:
      return null;
  }
}
