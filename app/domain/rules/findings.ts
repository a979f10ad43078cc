import type { FieldError } from '../kernel/result.ts';
import { DECIMAL_MAX_LENGTH, isDecimal } from '../kernel/money.ts';
import { RULE_LIMITS } from './rule-limits.ts';

/** Collects everything that is wrong with an input, each with its JSON pointer, up to the limit of `RULE_LIMITS.errors`. */
export class Findings {
  readonly errors: FieldError[] = [];

  add(pointer: string, code: string, message: string): void {
    if (this.errors.length < RULE_LIMITS.errors) this.errors.push({ pointer, code, message });
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member, without falling into the prototype. */
export function member(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** RFC 6901: one step below `pointer`. */
export function below(pointer: string, key: string | number): string {
  return `${pointer}/${typeof key === 'number' ? key : key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

export function refuseUnknownKeys(object: JsonObject, known: readonly string[], pointer: string, findings: Findings): void {
  for (const key of Object.keys(object)) {
    if (object[key] !== undefined && !known.includes(key)) {
      findings.add(below(pointer, key), 'unknown_key', `There is no "${key.slice(0, 80)}" here. Known: ${known.join(', ')}.`);
    }
  }
}

/** True where the value is a decimal string; otherwise says so and is false. */
export function checkDecimal(value: unknown, pointer: string, what: string, findings: Findings): value is string {
  if (isDecimal(value)) return true;
  if (value === undefined) findings.add(pointer, 'required', `${what} is missing.`);
  else if (typeof value === 'number') findings.add(pointer, 'wrong_type', `${what} is a decimal string such as "12.50", never a JSON number.`);
  else if (typeof value === 'string' && value.length > DECIMAL_MAX_LENGTH) findings.add(pointer, 'too_long', `${what} has more than ${DECIMAL_MAX_LENGTH} characters.`);
  else findings.add(pointer, typeof value === 'string' ? 'malformed_decimal' : 'wrong_type', `${what} is a decimal string such as "12.50" or "-15".`);
  return false;
}
