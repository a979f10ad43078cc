import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SchemaFile, SCHEMAS_DIR } from './schema-files.ts';
import { type Json, isObject } from './schema-names.ts';
import { generateTypes } from './type-generator.ts';

/** sha256 of every version of every schema that was ever released, by `$id`, and the version of the last released set. Only ever grows. */
export interface Manifest {
  readonly setVersion: string;
  readonly schemas: Readonly<Record<string, string>>;
}

export const TYPES_FILE = 'generated/types.ts';
export const LIST_FILE = 'generated/schema-list.ts';
export const MANIFEST_FILE = 'generated/manifest.json';

/** The set's semver: the first `## x.y.z` heading of the changelog; undefined when there is none. */
export function setVersionOf(changelog: string): string | undefined {
  return /^## (\d+\.\d+\.\d+)\b/m.exec(changelog)?.[1];
}

export function readChangelog(dir: string = SCHEMAS_DIR): string {
  return readFileSync(join(dir, 'CHANGELOG.md'), 'utf8');
}

/** The committed manifest; an empty one before the first release. */
export function readManifest(dir: string = SCHEMAS_DIR): Manifest {
  try {
    return JSON.parse(readFileSync(join(dir, MANIFEST_FILE), 'utf8')) as Manifest;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { setVersion: '0.0.0', schemas: {} };
    throw error;
  }
}

/**
 * sha256 (hex) of what a schema promises. Layout, order of keys and our own `x-` keywords do not count (they say where a value
 * is kept, not what it may be); descriptions do, because they hold meaning and units.
 */
export function fingerprint(schema: Json): string {
  return createHash('sha256').update(JSON.stringify(canonical(schema))).digest('hex');
}

function canonical(value: Json): Json {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .filter((key) => key !== 'x-column')
      .sort()
      .map((key) => [key, canonical(value[key]!)]),
  );
}

/** Whether the newest set in the changelog has a date; `## x.y.z - unreleased` may still be changed without new versions. */
export function isReleased(changelog: string): boolean {
  return !/^## \d+\.\d+\.\d+ - unreleased\s*$/m.test(/^## .*$/m.exec(changelog)?.[0] ?? '');
}

/** The manifest with what is new in `files` added; entries that are there stay as they are. */
export function nextManifest(files: readonly SchemaFile[], manifest: Manifest, setVersion: string): Manifest {
  const added = Object.fromEntries(files.map((file) => [String(file.schema['$id']), fingerprint(file.schema)]));
  const all = { ...added, ...manifest.schemas };
  return { setVersion, schemas: Object.fromEntries(Object.keys(all).sort().map((id) => [id, all[id]!])) };
}

/** Everything the generator writes, by path relative to schemas/. The same input gives the same bytes. */
export async function generateAll(files: readonly SchemaFile[], manifest: Manifest, changelog: string): Promise<Map<string, string>> {
  const setVersion = setVersionOf(changelog) ?? '0.0.0';
  return new Map([
    [TYPES_FILE, await generateTypes(files)],
    [LIST_FILE, schemaList(files, setVersion)],
    [MANIFEST_FILE, `${JSON.stringify(isReleased(changelog) ? nextManifest(files, manifest, setVersion) : manifest, null, 2)}\n`],
  ]);
}

function schemaList(files: readonly SchemaFile[], setVersion: string): string {
  const local = (name: string): string => name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return [
    '// Generated from schemas/ by `node schemas/tools/generate.ts`. Do not edit.',
    ...files.map((file) => `import ${local(file.name)} from '../${file.path}' with { type: 'json' };`),
    '',
    `export const SCHEMA_SET_VERSION = '${setVersion}';`,
    '',
    'export const SCHEMAS = {',
    ...files.map((file) => `  '${file.name}': ${local(file.name)},`),
    '};',
    '',
  ].join('\n');
}
