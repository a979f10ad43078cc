import type { Route } from '../../../schemas/routes.ts';
import type { FieldError } from '../../domain/kernel/result.ts';
import { isUuid } from '../../domain/kernel/ids.ts';
import { parseInstant } from '../../domain/rules/instant.ts';

export const LIMIT_DEFAULT = 50;
export const LIMIT_MAX = 200;

/** What is wrong with a query, in one sentence that names the first parameter at fault. */
export function queryFault(errors: readonly FieldError[]): string {
  const [first] = errors;
  if (!first) return 'The query cannot be read.';
  return first.code === 'unknown_parameter' ? first.message : `The parameter "${first.pointer.slice('/query/'.length)}" ${first.message}.`;
}

/** Checked query parameters: known names only, each as its schema says; everything wrong is reported at once. */
export function readQuery(route: Route, search: URLSearchParams): { values: Record<string, string>; errors: FieldError[] } {
  const values: Record<string, string> = {};
  const errors: FieldError[] = [];
  const known = new Map((route.query ?? []).map((parameter) => [parameter.name, parameter.schema]));
  for (const [name, value] of search) {
    const schema = known.get(name);
    const pointer = `/query/${name}`;
    if (value.includes('\0')) errors.push({ pointer, code: 'wrong_value', message: 'holds a character that no text here can hold (NUL)' });
    else if (!schema) errors.push({ pointer, code: 'unknown_parameter', message: `There is no parameter "${name}".` });
    else {
      const message = fault(schema, value);
      if (message) errors.push({ pointer, code: 'wrong_value', message });
      else values[name] = value;
    }
  }
  return { values, errors };
}

function fault(schema: { readonly [keyword: string]: unknown }, value: string): string | null {
  const choices = schema.enum as readonly string[] | undefined;
  if (choices) return choices.includes(value) ? null : `must be one of ${choices.join(', ')}`;
  if (schema.type === 'integer') {
    const minimum = typeof schema.minimum === 'number' ? schema.minimum : 0;
    const maximum = typeof schema.maximum === 'number' ? schema.maximum : Number.MAX_SAFE_INTEGER;
    return /^\d{1,16}$/.test(value) && Number(value) >= minimum && Number(value) <= maximum ? null : `must be a whole number from ${minimum}${schema.maximum === undefined ? '' : ` to ${maximum}`}`;
  }
  if (schema.type === 'boolean') return value === 'true' || value === 'false' ? null : 'must be true or false';
  // Date.parse alone takes 30 February for 2 March, and a time without offset for one of this machine.
  if (schema.format === 'date-time') return value.length > 10 && parseInstant(value) !== null && !Number.isNaN(Date.parse(value)) ? null : 'must be a time with its offset, such as 2026-12-01T00:00:00Z (in an address a + is written %2B)';
  if (schema.format === 'uuid') return isUuid(value.toLowerCase()) ? null : 'must be a UUID';
  if (typeof schema.pattern === 'string') return new RegExp(schema.pattern).test(value) ? null : 'has the wrong form';
  return value.length <= 500 ? null : 'is too long';
}
