import type { EventType } from './generated/types.ts';
import { SCHEMA_SET_VERSION, SCHEMAS } from './generated/schema-list.ts';

/** A JSON Schema (2020-12) as an object. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** Name of a schema: its file's name and the part of its `$id` before the version. */
export type SchemaName = keyof typeof SCHEMAS;

/** Semver of the whole set, as in CHANGELOG.md. */
export { SCHEMA_SET_VERSION };

/**
 * Keywords of our own. They annotate and never decide whether a value is valid; tell ajv with `ajv.addVocabulary([...ANNOTATIONS])`.
 * x-column: the database column that holds the property · x-event-type: the event whose payload a schema describes.
 */
export const ANNOTATIONS = ['x-column', 'x-event-type'] as const;

export const SCHEMA_NAMES = Object.keys(SCHEMAS) as SchemaName[];

/** The schema with this name, as it stands in its file. */
export function schemaOf(name: SchemaName): JsonSchema {
  return SCHEMAS[name] as unknown as JsonSchema;
}

/** Its `$id`: what ajv finds it by once all schemas were added. */
export function schemaId(name: SchemaName): string {
  return schemaOf(name)['$id'] as string;
}

/** Its semver, the last part of the `$id`. */
export function schemaVersion(name: SchemaName): string {
  return schemaId(name).slice(schemaId(name).lastIndexOf('/') + 1);
}

/** All schemas, for `ajv.addSchema`. */
export function allSchemas(): JsonSchema[] {
  return SCHEMA_NAMES.map(schemaOf);
}

/** What the rule engine checks itself, with its own pointers and codes. */
const CHECKED_BY_THE_ENGINE: readonly string[] = ['rule', 'rule-evaluate-item', 'schedule', 'policies-request'];

/**
 * All schemas, with those of rules and of the rows they are evaluated on open inside: for parsing requests. What is wrong in them
 * must answer 422 as the rule engine says it, so the request's schema must not refuse it first.
 */
export function requestSchemas(): JsonSchema[] {
  return SCHEMA_NAMES.map((name) => (CHECKED_BY_THE_ENGINE.includes(name) ? opened(schemaOf(name)) : schemaOf(name)));
}

function opened(schema: JsonSchema): JsonSchema {
  const { $schema, $id, title, description, $defs } = schema;
  return { $schema, $id, title, description, ...($defs === undefined ? {} : { $defs }), type: 'object' };
}

const PAYLOADS: ReadonlyMap<string, SchemaName> = new Map(
  SCHEMA_NAMES.flatMap((name) => {
    const type = schemaOf(name)['x-event-type'];
    return typeof type === 'string' ? [[type, name] as const] : [];
  }),
);

/** Every type of event. */
export const EVENT_TYPES = [...PAYLOADS.keys()].sort() as EventType[];

/** Name of the schema that describes the payload of this type of event; undefined for an unknown type. */
export function payloadSchemaName(eventType: string): SchemaName | undefined {
  return PAYLOADS.get(eventType);
}

/** Semver of the payload's schema: what `schemaVersion` of a new event is. */
export function payloadVersion(eventType: EventType): string {
  return schemaVersion(PAYLOADS.get(eventType)!);
}
