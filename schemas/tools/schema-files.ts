import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type JsonObject, parseId } from './schema-names.ts';

/** One schema of the registry. `name` is its file's name and the first part of its `$id`; `path` is relative to schemas/, with `/`. */
export interface SchemaFile {
  readonly name: string;
  readonly version: string;
  readonly path: string;
  readonly schema: JsonObject;
}

export const SCHEMAS_DIR = fileURLToPath(new URL('..', import.meta.url));

const FOLDERS = ['.', 'events', 'api'];
const SUFFIX = '.schema.json';

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
