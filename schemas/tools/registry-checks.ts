import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { ANNOTATIONS } from '../registry.ts';
import { type Manifest, fingerprint, setVersionOf } from './generated-files.ts';
import type { SchemaFile } from './schema-files.ts';
import { isObject, parseId, typeName, walk } from './schema-names.ts';

/** One thing that is wrong, with the file it is in. */
export interface Finding {
  readonly file: string;
  readonly problem: string;
}

/** An ajv that knows draft 2020-12, the formats and our annotations, and refuses whatever it does not know. */
export function strictAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addVocabulary([...ANNOTATIONS]);
  return ajv;
}

/** Every schema has `$schema`, `$id` with semver, `title` and `description`, is valid 2020-12, and every `$ref` leads somewhere. */
export function checkShape(files: readonly SchemaFile[]): Finding[] {
  const findings: Finding[] = [];
  const seen = new Map<string, string>();
  for (const { path, name, schema } of files) {
    const wrong = (problem: string): unknown => findings.push({ file: path, problem });
    if (schema['$schema'] !== 'https://json-schema.org/draft/2020-12/schema') wrong('$schema must be draft 2020-12');
    const id = parseId(schema['$id']);
    if (!id) wrong('$id must be https://calibrate.example/schemas/<name>/<semver>');
    else if (id.name !== name) wrong(`$id is of ${id.name}, the file is of ${name}`);
    if (seen.has(name)) wrong(`there is another ${name} in ${seen.get(name)!}`);
    seen.set(name, path);
    if (typeof schema['title'] !== 'string' || schema['title'] === '') wrong('title is missing');
    else if (schema['title'].replace(/[\s_-]/g, '').toLowerCase() !== typeName(name).toLowerCase()) wrong(`title must be ${typeName(name)}`);
    if (typeof schema['description'] !== 'string' || schema['description'] === '') wrong('description is missing');
    walk(schema, (node, pointer) => {
      for (const key of Object.keys(node)) {
        if (key.startsWith('x-') && !pointer.endsWith('/properties') && !(ANNOTATIONS as readonly string[]).includes(key)) {
          wrong(`${pointer}: ${key} is not a known annotation`);
        }
      }
    });
  }
  const ajv = strictAjv();
  const added = files.filter((file) => {
    try {
      ajv.addSchema(file.schema);
      return true;
    } catch (error) {
      findings.push({ file: file.path, problem: `not a valid 2020-12 schema: ${(error as Error).message}` });
      return false;
    }
  });
  for (const file of added) {
    try {
      ajv.getSchema(String(file.schema['$id']));
    } catch (error) {
      findings.push({ file: file.path, problem: `does not compile: ${(error as Error).message}` });
    }
  }
  return findings;
}

/** The types of events in the envelope are exactly those that have a payload's schema, and each leads to its own. */
export function checkEvents(files: readonly SchemaFile[]): Finding[] {
  const envelope = files.find((file) => file.name === 'event-envelope');
  if (!envelope) return [{ file: 'event-envelope.schema.json', problem: 'is missing' }];
  const findings: Finding[] = [];
  const wrong = (file: string, problem: string): unknown => findings.push({ file, problem });
  const defs = envelope.schema['$defs'];
  const eventType = isObject(defs) ? defs['EventType'] : undefined;
  const listed = new Set(isObject(eventType) && Array.isArray(eventType['enum']) ? eventType['enum'].map(String) : []);
  const branches = new Map<string, string>();
  for (const branch of Array.isArray(envelope.schema['allOf']) ? envelope.schema['allOf'] : []) {
    walk(branch, (node) => {
      if (typeof node['const'] === 'string') branches.set(node['const'], JSON.stringify((branch as { then?: unknown }).then ?? null));
    });
  }
  for (const file of files) {
    const type = file.schema['x-event-type'];
    if (type === undefined) continue;
    if (typeof type !== 'string' || !/^[a-z_]+\.[a-z_]+$/.test(type)) wrong(file.path, 'x-event-type must be noun.verb_past');
    else if (!listed.delete(type)) wrong(file.path, `${type} is not in EventType of the envelope`);
    else if (!branches.get(type)?.includes(`"${String(file.schema['$id'])}"`)) wrong(envelope.path, `${type} does not lead to ${String(file.schema['$id'])}`);
  }
  for (const type of listed) wrong(envelope.path, `${type} has no schema of its payload`);
  return findings;
}

/** Whether semver `a` is above `b`. */
export function isNewer(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number)) as [number[], number[]];
  for (let i = 0; i < 3; i += 1) {
    if (left[i] !== right[i]) return left[i]! > right[i]!;
  }
  return false;
}

/**
 * A schema that changed since it was released has a higher version and a line in the changelog (`name x.y.z`),
 * and the set's version rises with it. `manifest` is the one that was committed.
 */
export function checkVersions(files: readonly SchemaFile[], manifest: Manifest, changelog: string): Finding[] {
  const findings: Finding[] = [];
  const setVersion = setVersionOf(changelog);
  if (setVersion === undefined) return [{ file: 'CHANGELOG.md', problem: 'needs a heading `## x.y.z`, the version of the set' }];
  const released = new Map<string, string[]>();
  for (const id of Object.keys(manifest.schemas)) {
    const parsed = parseId(id);
    if (parsed) released.set(parsed.name, [...(released.get(parsed.name) ?? []), parsed.version]);
  }
  const names = new Set(files.map((file) => file.name));
  let changed = false;
  for (const file of files) {
    const known = manifest.schemas[String(file.schema['$id'])];
    const earlier = released.get(file.name) ?? [];
    if (known !== undefined) {
      if (known !== fingerprint(file.schema)) findings.push({ file: file.path, problem: `changed, but is still ${file.version}: raise the version in its $id (node schemas/tools/bump.ts ${file.name} <major|minor|patch> "why")` });
      else if (earlier.some((version) => isNewer(version, file.version))) findings.push({ file: file.path, problem: `went back to ${file.version}: a later version was released` });
      continue;
    }
    changed = true;
    for (const version of earlier) {
      if (!isNewer(file.version, version)) findings.push({ file: file.path, problem: `${file.version} is not above ${version}, which was released` });
    }
    if (earlier.length > 0 && !mentions(changelog, file.name, file.version)) findings.push({ file: 'CHANGELOG.md', problem: `says nothing about ${file.name} ${file.version}` });
    if (earlier.length === 0 && Object.keys(manifest.schemas).length > 0 && !mentions(changelog, file.name, file.version)) findings.push({ file: 'CHANGELOG.md', problem: `says nothing about the new ${file.name} ${file.version}` });
  }
  for (const name of released.keys()) {
    if (names.has(name)) continue;
    if (!new RegExp(`^- ${name} removed\\b`, 'm').test(changelog)) findings.push({ file: 'CHANGELOG.md', problem: `${name} is gone: say so with a line "- ${name} removed: why"` });
  }
  if (changed && manifest.setVersion !== '0.0.0' && !isNewer(setVersion, manifest.setVersion)) {
    findings.push({ file: 'CHANGELOG.md', problem: `schemas changed, but the set is still ${setVersion}` });
  }
  return findings;
}

function mentions(changelog: string, name: string, version: string): boolean {
  return new RegExp(`^- ${name} ${version.replaceAll('.', '\\.')}\\b`, 'm').test(changelog);
}
