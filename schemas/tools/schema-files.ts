import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A JSON value as it is read from a schema file. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** One schema of the registry. `name` is its file's name and the first part of its `$id`; `path` is relative to schemas/, with `/`. */
export interface SchemaFile {
  readonly name: string;
  readonly version: string;
  readonly path: string;
  readonly schema: JsonObject;
}

export const SCHEMAS_DIR = fileURLToPath(new URL('..', import.meta.url));
export const ID_BASE = 'https://calibrate.example/schemas/';

const FOLDERS = ['.', 'events', 'api'];
const SUFFIX = '.schema.json';

/**
 * Splits `https://calibrate.example/schemas/<name>/<semver>` into its parts.
 * @returns undefined when the text is no `$id` of this registry.
 */
export function parseId(id: unknown): { name: string; version: string } | undefined {
  if (typeof id !== 'string' || !id.startsWith(ID_BASE)) return undefined;
  const match = /^([a-z0-9]+(?:-[a-z0-9]+)*)\/(\d+\.\d+\.\d+)$/.exec(id.slice(ID_BASE.length));
  return match ? { name: match[1]!, version: match[2]! } : undefined;
}

/** `price-change` → `PriceChange`: the name of the generated type. */
export function typeName(name: string): string {
  return name
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

/**
 * Reads every schema of the registry, ordered by name, so that what is generated from them is the same on every machine.
 * Throws on JSON that does not parse; everything else is left to the checks.
 */
export function readSchemaFiles(dir: string = SCHEMAS_DIR): SchemaFile[] {
  const files: SchemaFile[] = [];
  for (const folder of FOLDERS) {
    for (const entry of readdirSync(join(dir, folder))) {
      if (!entry.endsWith(SUFFIX)) continue;
      const full = join(dir, folder, entry);
      const schema = JSON.parse(readFileSync(full, 'utf8')) as JsonObject;
      const name = entry.slice(0, -SUFFIX.length);
      files.push({ name, version: parseId(schema['$id'])?.version ?? '', path: relative(dir, full).split(sep).join('/'), schema });
    }
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** True for JSON objects, false for arrays and everything else. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Calls `visit` with every object inside `value`, itself included, and its JSON pointer. */
export function walk(value: Json, visit: (node: JsonObject, pointer: string) => void, pointer = ''): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => walk(item, visit, `${pointer}/${index}`));
  } else if (isObject(value)) {
    visit(value, pointer);
    for (const [key, item] of Object.entries(value)) walk(item, visit, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  }
}
