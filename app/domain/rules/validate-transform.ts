import { type CurrencyCode, decimalsOf } from '../kernel/currency.ts';
import { inMinorUnits, parseDecimal } from '../kernel/money.ts';
import { type Rational, compareRational } from '../kernel/rational.ts';
import { type Findings, type JsonObject, below, checkDecimal, isObject, member, refuseUnknownKeys } from './findings.ts';
import { RULE_LIMITS } from './rule-limits.ts';
import { BASE_NAMES, STEP_TYPES } from './rule.ts';

const ONE_HUNDRED: Rational = { n: 100n, d: 1n };

/** Checks a transform; every fault goes into `findings` with its pointer. */
export function checkTransform(input: unknown, pointer: string, currency: CurrencyCode, findings: Findings): void {
  if (!isObject(input)) {
    findings.add(pointer, input === undefined ? 'required' : 'wrong_type', 'A transform is an object with base, steps, bounds, rounding and compareAt.');
    return;
  }
  refuseUnknownKeys(input, ['base', 'steps', 'bounds', 'rounding', 'compareAt', 'allowZero'], pointer, findings);
  checkChoice(input, 'base', BASE_NAMES, pointer, findings);
  checkBoolean(input, 'allowZero', pointer, findings);
  const steps = member(input, 'steps');
  if (steps !== undefined) checkSteps(steps, below(pointer, 'steps'), findings);
  const bounds = member(input, 'bounds');
  if (bounds !== undefined) checkBounds(bounds, below(pointer, 'bounds'), findings);
  const rounding = member(input, 'rounding');
  if (rounding !== undefined) checkRounding(rounding, below(pointer, 'rounding'), currency, findings);
  const compareAt = member(input, 'compareAt');
  if (compareAt !== undefined) checkCompareAt(compareAt, below(pointer, 'compareAt'), findings);
}

function checkSteps(input: unknown, pointer: string, findings: Findings): void {
  if (!Array.isArray(input)) {
    findings.add(pointer, 'wrong_type', 'Steps are a list.');
    return;
  }
  if (input.length > RULE_LIMITS.steps) {
    findings.add(pointer, 'too_large', `A transform has at most ${RULE_LIMITS.steps} steps.`);
    return;
  }
  input.forEach((step: unknown, i) => {
    const at = below(pointer, i);
    if (!isObject(step)) {
      findings.add(at, 'wrong_type', 'A step is an object with "type" and "value".');
      return;
    }
    refuseUnknownKeys(step, ['type', 'value'], at, findings);
    requireChoice(step, 'type', STEP_TYPES, at, findings);
    const value = member(step, 'value');
    if (checkDecimal(value, below(at, 'value'), 'The value of a step', findings) && step.type === 'margin') {
      checkBelowOneHundred(value, below(at, 'value'), findings);
    }
  });
}

function checkBounds(input: unknown, pointer: string, findings: Findings): void {
  if (!isObject(input)) {
    findings.add(pointer, 'wrong_type', 'Bounds are an object.');
    return;
  }
  const limits = ['floor', 'ceiling', 'minMarginPercent', 'maxDecreasePercent', 'maxIncreasePercent'];
  refuseUnknownKeys(input, [...limits, 'respectMap', 'onViolation'], pointer, findings);
  for (const limit of limits) {
    const value = member(input, limit);
    const at = below(pointer, limit);
    if (value !== undefined && checkDecimal(value, at, `"${limit}"`, findings) && limit === 'minMarginPercent') checkBelowOneHundred(value, at, findings);
  }
  checkBoolean(input, 'respectMap', pointer, findings);
  checkChoice(input, 'onViolation', ['clamp', 'block'], pointer, findings);
}

function checkRounding(input: unknown, pointer: string, currency: CurrencyCode, findings: Findings): void {
  if (!isObject(input)) {
    findings.add(pointer, 'wrong_type', 'Rounding is an object with "type".');
    return;
  }
  const type = requireChoice(input, 'type', ['minorUnit', 'ending', 'increment'], pointer, findings);
  if (type === null) return;
  if (type === 'minorUnit') {
    refuseUnknownKeys(input, ['type'], pointer, findings);
    return;
  }
  checkChoice(input, 'direction', ['nearest', 'up', 'down'], pointer, findings);
  if (type === 'increment') {
    refuseUnknownKeys(input, ['type', 'increment', 'direction'], pointer, findings);
    checkPriceStep(input, 'increment', true, pointer, currency, findings);
    return;
  }
  refuseUnknownKeys(input, ['type', 'ending', 'every', 'direction'], pointer, findings);
  checkPriceStep(input, 'ending', false, pointer, currency, findings);
  checkPriceStep(input, 'every', true, pointer, currency, findings);
}

/** A part of a price grid: not negative (or more than zero), and expressible in the currency, since every candidate is a price. */
function checkPriceStep(input: JsonObject, key: string, positive: boolean, pointer: string, currency: CurrencyCode, findings: Findings): Rational | null {
  const text = member(input, key);
  const at = below(pointer, key);
  if (!checkDecimal(text, at, `"${key}"`, findings)) return null;
  const value = parseDecimal(text);
  if (value === null) return null;
  if (text.startsWith('-') || (positive && value.n === 0n)) {
    findings.add(at, 'out_of_range', positive ? `"${key}" is more than zero.` : `"${key}" is not negative.`);
    return null;
  }
  const minor = inMinorUnits(value, currency);
  if (minor.n % minor.d !== 0n) {
    findings.add(at, 'too_many_decimals', `${currency} has ${decimalsOf(currency)} decimals; no price can follow "${key}" ${text}.`);
    return null;
  }
  return value;
}

function checkCompareAt(input: unknown, pointer: string, findings: Findings): void {
  if (!isObject(input)) {
    findings.add(pointer, 'wrong_type', 'compareAt is an object with "mode".');
    return;
  }
  const mode = requireChoice(input, 'mode', ['keep', 'clear', 'set', 'sale'], pointer, findings);
  if (mode === null) return;
  refuseUnknownKeys(input, mode === 'set' ? ['mode', 'value'] : ['mode'], pointer, findings);
  if (mode === 'set') checkDecimal(member(input, 'value'), below(pointer, 'value'), 'The compare-at price', findings);
}

function checkBelowOneHundred(text: string, pointer: string, findings: Findings): void {
  const value = parseDecimal(text);
  if (value !== null && compareRational(value, ONE_HUNDRED) >= 0) {
    findings.add(pointer, 'out_of_range', 'A margin is less than 100 %: no price above the cost reaches 100.');
  }
}

function checkChoice(input: JsonObject, key: string, choices: readonly string[], pointer: string, findings: Findings): void {
  if (member(input, key) !== undefined) requireChoice(input, key, choices, pointer, findings);
}

function requireChoice(input: JsonObject, key: string, choices: readonly string[], pointer: string, findings: Findings): string | null {
  const value = member(input, key);
  const choice = choices.find((known) => known === value);
  if (choice === undefined) findings.add(below(pointer, key), value === undefined ? 'required' : 'wrong_value', `"${key}" is one of ${choices.join(', ')}.`);
  return choice ?? null;
}

function checkBoolean(input: JsonObject, key: string, pointer: string, findings: Findings): void {
  const value = member(input, key);
  if (value !== undefined && typeof value !== 'boolean') findings.add(below(pointer, key), 'wrong_type', `"${key}" is true or false.`);
}
