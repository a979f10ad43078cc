import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { ANNOTATIONS, requestSchemas, schemaId } from '../../../schemas/registry.ts';
import type { SchemaName } from '../../../schemas/registry.ts';
import type { FieldError } from '../../domain/kernel/result.ts';
import type { HttpProblem } from '../problem.ts';

const FAULTS_MAX = 50;
/** A thousand rows for a dry run fit well; nothing the API takes is larger. */
export const BODY_BYTES_MAX = 5 * 1024 * 1024;
/** What is read of a body that is too large, and thrown away: a client that is still sending would see a broken connection and no answer. */
const DRAINED_BYTES_MAX = 50 * 1024 * 1024;

// Verbose, so that an error can say what would have been right.
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, verbose: true });
addFormats.default(ajv);
ajv.addVocabulary([...ANNOTATIONS]);
for (const schema of requestSchemas()) ajv.addSchema(schema);

export interface ReadBody {
  readonly value: unknown;
  readonly text: string;
}

/** Reads a JSON body of at most `BODY_BYTES_MAX`; an absent one is `{}`. */
export async function readBody(request: Request): Promise<ReadBody | HttpProblem> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    size += part.value.byteLength;
    if (size <= BODY_BYTES_MAX) chunks.push(part.value);
    else if (size > DRAINED_BYTES_MAX) {
      await reader?.cancel();
      break;
    }
  }
  if (size > BODY_BYTES_MAX) return { status: 413, code: 'body_too_large', detail: `A body has at most ${BODY_BYTES_MAX} bytes.` };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    return { status: 400, code: 'malformed_body', detail: 'The body is not UTF-8 text.' };
  }
  if (text.trim() === '') return { value: {}, text: '' };
  try {
    return { value: JSON.parse(text), text };
  } catch (error) {
    return { status: 400, code: 'malformed_json', detail: `The body is not JSON: ${error instanceof Error ? error.message : 'it cannot be read'}.` };
  }
}

/** What is wrong with a body, by JSON pointer; null when it fits its schema. */
export function checkBody(schema: SchemaName, value: unknown): HttpProblem | null {
  const validate = ajv.getSchema(schemaId(schema)) as ValidateFunction;
  if (validate(value)) return null;
  // That each of several members is missing is said once, by which of them there must be.
  const errors = (validate.errors ?? []).filter(({ schemaPath }) => !/\/(?:oneOf|anyOf)\/\d+\/required$/.test(schemaPath)).slice(0, FAULTS_MAX).map(fieldError);
  return { status: 422, code: 'invalid_request', detail: errors[0] ? `${errors[0].pointer || 'The body'}: ${errors[0].message}` : 'The body does not have the shape this call takes.', errors };
}

function fieldError(error: ErrorObject): FieldError {
  const params = error.params as { missingProperty?: string; additionalProperty?: string };
  const inside = params.missingProperty ?? params.additionalProperty;
  const pointer = inside === undefined ? error.instancePath : `${error.instancePath}/${inside.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const code = error.keyword === 'required' ? 'required' : error.keyword === 'additionalProperties' ? 'unknown_key' : error.keyword.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return { pointer, code, message: sentence(error) };
}

const FORMATS: Readonly<Record<string, string>> = { 'date-time': 'must be a time with its offset, such as "2026-12-01T00:00:00Z"', uuid: 'must be a UUID', date: 'must be a date such as "2026-12-01"' };

/** What would have been right, in words. */
function sentence({ keyword, params, schema, message }: ErrorObject): string {
  switch (keyword) {
    case 'required': return 'is missing';
    case 'additionalProperties': return 'is not known here';
    case 'enum': return `must be one of ${(schema as readonly unknown[]).map((value) => JSON.stringify(value)).join(', ')}`;
    case 'const': return `must be ${JSON.stringify(schema)}`;
    case 'format': return FORMATS[(params as { format: string }).format] ?? message ?? 'has the wrong form';
    case 'oneOf':
    case 'anyOf': {
      const needs = (schema as readonly { required?: readonly string[] }[]).map(({ required }) => required?.join(' and '));
      return needs.every((need) => need !== undefined) ? `must have ${keyword === 'oneOf' ? 'exactly' : 'at least'} one of ${needs.map((need) => `"${need}"`).join(', ')}` : `must fit ${keyword === 'oneOf' ? 'exactly one' : 'one'} of the shapes that are possible here`;
    }
    default: return message ?? 'is wrong';
  }
}

/** The texts of a body that PostgreSQL cannot keep, by JSON pointer: with a NUL character, or with half of a character of two units. */
export function unstorableTexts(value: unknown, pointer = '', found: FieldError[] = []): FieldError[] {
  if (found.length >= FAULTS_MAX) return found;
  if (typeof value === 'string') {
    const what = value.includes('\0') ? 'holds a NUL character (\\u0000), which cannot be stored; take it out' : value.isWellFormed() ? null : 'holds half of a character (an unpaired surrogate), which cannot be stored; take it out';
    if (what) found.push({ pointer, code: 'unstorable_character', message: what });
  } else if (Array.isArray(value)) value.forEach((part, i) => unstorableTexts(part, `${pointer}/${i}`, found));
  else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) {
      const inside = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (key.includes('\0') || !key.isWellFormed()) found.push({ pointer: inside, code: 'unstorable_character', message: 'is a key that cannot be stored' });
      unstorableTexts(part, inside, found);
    }
  }
  return found;
}
