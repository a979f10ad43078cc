import { isDecimal } from '../kernel/money.ts';
import { type FieldKind, FIELD_NAME_MAX_LENGTH, OPS, OPS_OF_KIND, fieldNamed } from './fields.ts';
import { type Findings, type JsonObject, below, checkDecimal, isObject, member, refuseUnknownKeys } from './findings.ts';
import { parseInstant } from './instant.ts';
import { RULE_LIMITS } from './rule-limits.ts';
import type { ConditionOp } from './rule.ts';

/** Checks a selector tree; every fault goes into `findings` with its pointer. */
export function checkSelector(input: unknown, pointer: string, findings: Findings): void {
  const budget = { nodes: 0 };
  checkNode(input, pointer, 1, budget, findings);
}

function checkNode(input: unknown, pointer: string, depth: number, budget: { nodes: number }, findings: Findings): void {
  if (++budget.nodes > RULE_LIMITS.selectorNodes) {
    if (budget.nodes === RULE_LIMITS.selectorNodes + 1) {
      findings.add(pointer, 'too_large', `A selector has at most ${RULE_LIMITS.selectorNodes} nodes.`);
    }
    return;
  }
  if (depth > RULE_LIMITS.selectorDepth) {
    findings.add(pointer, 'too_deep', `A selector is at most ${RULE_LIMITS.selectorDepth} levels deep.`);
    return;
  }
  if (!isObject(input)) {
    const missing = input === undefined;
    findings.add(pointer, missing ? 'required' : 'wrong_type', missing ? 'A selector is missing; {"all":[]} selects everything.' : 'A selector is an object: {"all":[…]}, {"any":[…]}, {"not":…} or a condition.');
    return;
  }
  const forms = ['all', 'any', 'not', 'field'].filter((key) => member(input, key) !== undefined);
  const form = forms[0];
  if (form === undefined) {
    if (member(input, 'op') !== undefined) {
      findings.add(below(pointer, 'field'), 'required', 'A condition names its field.');
      checkOpName(member(input, 'op'), below(pointer, 'op'), findings);
    } else findings.add(pointer, 'required', 'A selector is one of {"all":[…]}, {"any":[…]}, {"not":…} or a condition with "field" and "op".');
    return;
  }
  if (form === 'field') {
    checkCondition(input, pointer, findings);
    return;
  }
  refuseUnknownKeys(input, [form], pointer, findings);
  const inside = input[form];
  const insidePointer = below(pointer, form);
  if (form === 'not') checkNode(inside, insidePointer, depth + 1, budget, findings);
  else if (Array.isArray(inside)) {
    for (let i = 0; i < inside.length && budget.nodes <= RULE_LIMITS.selectorNodes; i++) {
      checkNode(inside[i] ?? null, below(insidePointer, i), depth + 1, budget, findings);
    }
  } else findings.add(insidePointer, 'wrong_type', `"${form}" holds a list of selectors.`);
}

function checkCondition(input: JsonObject, pointer: string, findings: Findings): void {
  refuseUnknownKeys(input, ['field', 'op', 'value'], pointer, findings);
  const opPointer = below(pointer, 'op');
  const op = checkOpName(member(input, 'op'), opPointer, findings);
  const name = member(input, 'field');
  const fieldPointer = below(pointer, 'field');
  if (typeof name !== 'string') {
    findings.add(fieldPointer, 'wrong_type', 'A field is a name such as "variant.price".');
    return;
  }
  const field = fieldNamed(name);
  if (field === null) {
    const long = name.length > FIELD_NAME_MAX_LENGTH;
    findings.add(fieldPointer, long ? 'too_long' : 'unknown_field', `There is no field "${name.slice(0, 80)}${long ? '…' : ''}".`);
    return;
  }
  if (op === null) return;
  if (!OPS_OF_KIND[field.kind].includes(op)) {
    findings.add(opPointer, 'op_not_applicable', `"${op}" does not fit ${name}, which is ${WORD_FOR_KIND[field.kind]}. Fitting: ${OPS_OF_KIND[field.kind].join(', ')}.`);
    return;
  }
  checkValue(op, field.kind, member(input, 'value'), below(pointer, 'value'), findings);
}

const WORD_FOR_KIND: Readonly<Record<FieldKind, string>> = {
  text: 'text', set: 'a set of text', time: 'a time', money: 'money', percentage: 'a percentage', count: 'a number', score: 'a number',
};

function checkOpName(op: unknown, pointer: string, findings: Findings): ConditionOp | null {
  const known = OPS.find((name) => name === op);
  if (known !== undefined) return known;
  if (op === undefined) findings.add(pointer, 'required', 'A condition names its op.');
  else findings.add(pointer, typeof op === 'string' ? 'unknown_op' : 'wrong_type', `An op is one of ${OPS.join(', ')}.`);
  return null;
}

function checkValue(op: ConditionOp, kind: FieldKind, value: unknown, pointer: string, findings: Findings): void {
  if (op === 'isSet' || op === 'isNotSet') {
    if (value !== undefined && value !== null && value !== true) findings.add(pointer, 'wrong_value', `"${op}" takes no value.`);
    return;
  }
  if (op === 'in' || op === 'notIn' || op === 'between') {
    const pair = op === 'between';
    if (!Array.isArray(value) || (pair && value.length !== 2)) {
      findings.add(pointer, value === undefined ? 'required' : 'wrong_value', pair ? '"between" takes a list of two: the lowest and the highest value.' : `"${op}" takes a list.`);
    } else if (value.length > RULE_LIMITS.listMembers) {
      findings.add(pointer, 'too_large', `A list has at most ${RULE_LIMITS.listMembers} members.`);
    } else for (let i = 0; i < value.length; i++) checkScalar(kind, value[i] ?? null, below(pointer, i), findings);
    return;
  }
  checkScalar(kind, value, pointer, findings);
}

function checkScalar(kind: FieldKind, value: unknown, pointer: string, findings: Findings): void {
  switch (kind) {
    case 'text':
    case 'set':
      checkText(value, pointer, findings);
      return;
    case 'time':
      if (typeof value !== 'string' || parseInstant(value) === null) {
        findings.add(pointer, value === undefined ? 'required' : 'wrong_value', 'A time is RFC 3339 with its offset, such as "2026-12-01T00:00:00Z", or a date.');
      }
      return;
    case 'money':
      checkDecimal(value, pointer, 'An amount', findings);
      return;
    case 'percentage':
      checkDecimal(value, pointer, 'A percentage', findings);
      return;
    case 'count':
    case 'score':
      if (!isCount(value)) findings.add(pointer, value === undefined ? 'required' : 'wrong_value', 'A number is a JSON number or a decimal string.');
  }
}

function checkText(value: unknown, pointer: string, findings: Findings): void {
  if (typeof value !== 'string') findings.add(pointer, value === undefined ? 'required' : 'wrong_value', 'Here belongs text.');
  else if (value.length > RULE_LIMITS.textLength) findings.add(pointer, 'too_long', `Text has at most ${RULE_LIMITS.textLength} characters.`);
}

/** A count or score: a decimal string, or a JSON number that is not absurdly large. */
export function isCount(value: unknown): value is string | number {
  return typeof value === 'number' ? Number.isFinite(value) && Math.abs(value) <= 1e15 : isDecimal(value);
}
