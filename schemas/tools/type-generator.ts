import { compile } from 'json-schema-to-typescript';
import ts from 'typescript';
import type { SchemaFile } from './schema-files.ts';
import { type Json, type JsonObject, isObject, refTarget, typeName, typeNames } from './schema-names.ts';

const BANNER = `// Generated from schemas/ by \`node schemas/tools/generate.ts\`. Do not edit: change the schema, then generate again.\n`;

/** Keywords that say nothing about the shape of a value, or say it in a way that types cannot. */
const NOT_FOR_TYPES = new Set(['$schema', '$id', '$defs', 'title', 'if', 'then', 'else', 'default', 'examples', '$comment']);

/**
 * Types of every schema and of every `$defs` entry, one exported type each, in one TypeScript source text.
 * Every `$ref` becomes the name of the type it points to, so that a shape is written down once however often it is used.
 * Throws when a `$ref` points nowhere or two schemas would have the same type name.
 */
export async function generateTypes(files: readonly SchemaFile[]): Promise<string> {
  const names = typeNames(files);
  const parts: string[] = [];
  for (const [key, name] of [...names].sort(([, a], [, b]) => (a < b ? -1 : 1))) {
    const schema = forTypes(schemaAt(files, key), key.split('#')[0]!, names);
    parts.push(await compile({ ...(schema as object), title: name }, name, {
      bannerComment: '',
      additionalProperties: false,
      ignoreMinAndMaxItems: true,
      unknownAny: true,
      format: true,
      style: { singleQuote: true, printWidth: 140 },
    }));
  }
  parts.push(eventTypes(files));
  return polished(`${BANNER}\n${parts.map((part) => part.trim()).join('\n\n')}\n`);
}

/**
 * Writes `readonly` before every array (what is sent and received is not changed in place, and rows that are readonly fit), and
 * makes interfaces type aliases (so that a DTO fits where any JSON object does, as in the payload of an event).
 */
function polished(source: string): string {
  const edits: { at: number; remove: number; insert: string }[] = [];
  const file = ts.createSourceFile('types.ts', source, ts.ScriptTarget.ES2023, true);
  const visit = (node: ts.Node): void => {
    if (ts.isArrayTypeNode(node) && !ts.isArrayTypeNode(node.parent)) edits.push({ at: node.getStart(file), remove: 0, insert: 'readonly ' });
    if (ts.isInterfaceDeclaration(node)) {
      const keyword = node.getChildren(file).find((child) => child.kind === ts.SyntaxKind.InterfaceKeyword)!;
      edits.push({ at: keyword.getStart(file), remove: 'interface'.length, insert: 'type' });
      edits.push({ at: node.name.getEnd(), remove: 0, insert: ' =' });
      edits.push({ at: node.getEnd(), remove: 0, insert: ';' });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return edits.sort((a, b) => b.at - a.at).reduce((text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove), source);
}

function schemaAt(files: readonly SchemaFile[], key: string): JsonObject {
  const [name, def] = key.split('#') as [string, string | undefined];
  const schema = files.find((file) => file.name === name)!.schema;
  return def === undefined ? schema : ((schema['$defs'] as JsonObject)[def] as JsonObject);
}

function forTypes(value: Json, file: string, names: ReadonlyMap<string, string>, isMap = false): Json {
  if (Array.isArray(value)) return value.map((item) => forTypes(item, file, names));
  if (!isObject(value)) return value;
  if (!isMap && typeof value['$ref'] === 'string') {
    const description = value['description'];
    return { tsType: refTarget(value['$ref'], file, names), ...(description === undefined ? {} : { description }) };
  }
  const out: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    if (isMap) {
      out[key] = forTypes(item, file, names);
    } else if (NOT_FOR_TYPES.has(key) || key.startsWith('x-')) {
      continue;
    } else if (key === 'allOf' && Array.isArray(item)) {
      const kept = item.filter((part) => !(isObject(part) && 'if' in part));
      if (kept.length > 0) out[key] = forTypes(kept, file, names);
    } else if ((key === 'oneOf' || key === 'anyOf') && Array.isArray(item) && item.every(onlyRequires)) {
      continue;
    } else {
      out[key] = forTypes(item, file, names, key === 'properties' || key === 'patternProperties');
    }
  }
  return out;
}

function onlyRequires(part: Json): boolean {
  return isObject(part) && Object.keys(part).every((key) => key === 'required' || key === 'not');
}

/** The payload of each type of event, by the `x-event-type` of the payloads' schemas. */
function eventTypes(files: readonly SchemaFile[]): string {
  const lines = files
    .filter((file) => typeof file.schema['x-event-type'] === 'string')
    .map((file) => `  '${file.schema['x-event-type'] as string}': ${typeName(file.name)};`)
    .sort();
  return [
    '/** Payload of each type of event. */',
    `export interface EventPayloads {\n${lines.join('\n')}\n}`,
    '',
    '/** An event whose payload is known by its type. */',
    "export type EventOf<T extends EventType> = Omit<EventEnvelope, 'type' | 'payload'> & { type: T; payload: EventPayloads[T] };",
  ].join('\n');
}
