import { stripTypeScriptTypes } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  EVENT_TYPES, SCHEMA_NAMES, SCHEMA_SET_VERSION, allSchemas, payloadSchemaName, payloadVersion, requestSchemas, schemaId, schemaOf, schemaVersion,
} from '../../schemas/registry.ts';
import { LIST_FILE, MANIFEST_FILE, TYPES_FILE, fingerprint, generateAll, nextManifest, readChangelog, readManifest, setVersionOf } from '../../schemas/tools/generated-files.ts';
import { checkEvents, checkShape, checkVersions, strictAjv } from '../../schemas/tools/registry-checks.ts';
import { SCHEMAS_DIR, type SchemaFile, readSchemaFiles } from '../../schemas/tools/schema-files.ts';
import { generateTypes } from '../../schemas/tools/type-generator.ts';
import { bumpVersion } from '../../schemas/tools/version-bump.ts';
import type { JsonObject } from '../../schemas/tools/schema-names.ts';

// Compiling every schema takes seconds on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const files = readSchemaFiles();
/** A few schemas that refer only to each other: enough to seed mistakes in, and quick to compile. */
const few = files.filter(({ name }) => ['money', 'price-pair', 'channel-refs', 'variant'].includes(name));
const manifest = readManifest();
const changelog = readChangelog();
const generated = await generateAll(files, manifest, changelog);

/** The files with one schema changed by `edit`, everything else as it is. */
function edited(name: string, edit: (schema: JsonObject) => void, among: readonly SchemaFile[] = files): SchemaFile[] {
  return among.map((file) => {
    if (file.name !== name) return file;
    const schema = structuredClone(file.schema);
    edit(schema);
    return { ...file, schema, version: String(schema['$id']).split('/').at(-1)! };
  });
}

describe('the schemas', () => {
  it('are valid draft 2020-12, each with $id, semver, title and description, and every $ref leads somewhere', () => {
    expect(checkShape(files)).toEqual([]);
  });

  it('describe the payload of every type of event, and no other', () => {
    expect(checkEvents(files)).toEqual([]);
  });

  it('changed only with a new version and a line in the changelog', () => {
    expect(checkVersions(files, manifest, changelog)).toEqual([]);
  });

  it('refuse a schema without title, with an $id of another name, and a keyword nobody knows', () => {
    const problems = (name: string, edit: (schema: JsonObject) => void): string => checkShape(edited(name, edit, few)).map(({ problem }) => problem).join('\n');
    expect(problems('variant', (schema) => delete schema['title'])).toContain('title is missing');
    expect(problems('channel-refs', (schema) => void (schema['$id'] = 'https://calibrate.example/schemas/other/1.0.0'))).toContain('$id is of other');
    expect(problems('channel-refs', (schema) => void (schema['$id'] = 'https://calibrate.example/schemas/channel-refs/1'))).toContain('<semver>');
    expect(problems('variant', (schema) => void (schema['minimun'] = 1))).toContain('minimun');
    expect(problems('variant', (schema) => void (schema['x-colunm'] = 'a.b'))).toContain('x-colunm');
    expect(problems('variant', (schema) => void ((schema['properties'] as JsonObject)['price'] = { $ref: 'https://calibrate.example/schemas/money/9.0.0' }))).toContain('money/9.0.0');
  });

  it('refuse an event without a payload, and a payload that the envelope does not lead to', () => {
    expect(checkEvents(files.filter((file) => file.name !== 'price-applied')).map(({ problem }) => problem)).toEqual(['price.applied has no schema of its payload']);
    expect(checkEvents(edited('event-envelope', (schema) => (schema['allOf'] as unknown[]).pop()))).toHaveLength(1);
    expect(checkEvents(edited('price-applied', (schema) => void (schema['x-event-type'] = 'price.written')))).not.toEqual([]);
  });
});

describe('versions', () => {
  const addField = (schema: JsonObject): void => void ((schema['properties'] as JsonObject)['note'] = { type: 'string' });
  const released = nextManifest(files, { setVersion: '0.0.0', schemas: {} }, setVersionOf(changelog)!);
  const text = '## 99.0.0 - 2027-01-01\n\n- money 99.0.0: a note\n';

  it('a change without a new version is refused', () => {
    const findings = checkVersions(edited('money', addField), released, changelog);
    expect(findings.map(({ file }) => file)).toEqual(['money.schema.json']);
    expect(findings[0]!.problem).toContain('raise the version');
  });

  it('a new version needs a line in the changelog and a new version of the set', () => {
    const raised = edited('money', (schema) => {
      addField(schema);
      schema['$id'] = 'https://calibrate.example/schemas/money/99.0.0';
    });
    expect(checkVersions(raised, released, changelog).map(({ problem }) => problem)).toEqual(['says nothing about money 99.0.0', expect.stringContaining('the set is still')]);
    expect(checkVersions(raised, released, text)).toEqual([]);
  });

  it('a lower version, and a schema that vanished without a word, are refused', () => {
    const lowered = edited('money', (schema) => void (schema['$id'] = 'https://calibrate.example/schemas/money/0.9.0'));
    expect(checkVersions(lowered, released, changelog).map(({ problem }) => problem).join()).toContain('is not above');
    expect(checkVersions(files.filter(({ name }) => name !== 'money'), released, changelog)[0]!.problem).toContain('money is gone');
  });

  it('layout, order of keys and the mapping to columns do not count; words do, because they carry units', () => {
    const money = files.find(({ name }) => name === 'money')!.schema;
    const reordered = Object.fromEntries(Object.entries(money).reverse()) as JsonObject;
    expect(fingerprint(reordered)).toBe(fingerprint(money));
    expect(fingerprint({ ...money, 'x-column': 'a.b' })).toBe(fingerprint(money));
    expect(fingerprint({ ...money, description: 'In cents.' })).not.toBe(fingerprint(money));
  });
});

describe('a set that is not released yet', () => {
  it('may change freely, and is remembered once it has a date', async () => {
    const none = { setVersion: '0.0.0', schemas: {} };
    const open = JSON.parse((await generateAll(few, none, '## 1.0.0 - unreleased\n')).get(MANIFEST_FILE)!) as typeof none;
    expect(open).toEqual(none);
    expect(checkVersions(few, none, '## 1.0.0 - unreleased\n')).toEqual([]);
    const dated = JSON.parse((await generateAll(few, none, '## 1.0.0 - 2026-12-01\n\n## 0.9.0 - unreleased\n')).get(MANIFEST_FILE)!) as typeof none;
    expect(Object.keys(dated.schemas)).toHaveLength(few.length);
  });
});

describe('raising a version', () => {
  const released = nextManifest(files, { setVersion: '0.0.0', schemas: {} }, '1.0.0');
  const log = '# Changelog\n\n## 1.0.0 - 2026-12-01\n\nFirst set.\n';
  const texts = new Map(files.map((file) => [file.path, JSON.stringify(file.schema)]));

  it('takes along every schema that refers to it, writes the changelog and opens a new set', () => {
    const bumped = bumpVersion(files, texts, released, log, 'price-pair', 'minor', 'a note');
    const after = files.map((file): SchemaFile => {
      const schema = JSON.parse(bumped.texts.get(file.path) ?? texts.get(file.path)!) as JsonObject;
      return { ...file, schema, version: String(schema['$id']).split('/').at(-1)! };
    });
    const raised = after.filter((file, index) => file.version !== files[index]!.version).map(({ name }) => name);
    expect(raised).toEqual(expect.arrayContaining(['price-pair', 'price-change-item', 'price-change-item-list', 'price-event-row', 'price-applied', 'event-envelope']));
    expect(raised).not.toContain('money');
    expect(checkShape(after)).toEqual([]);
    expect(checkVersions(after, released, bumped.changelog)).toEqual([]);
    expect(bumped.changelog).toContain('## 1.1.0 - unreleased\n\n- price-pair 1.1.0: a note\n');
    expect(bumped.changelog).toContain('## 1.0.0 - 2026-12-01');
  });

  it('leaves versions alone that the open set raised already, and refuses an unknown name', () => {
    const first = bumpVersion(files, texts, released, log, 'money', 'minor', 'one');
    const merged = new Map([...texts, ...first.texts]);
    const again = files.map((file): SchemaFile => {
      const schema = JSON.parse(merged.get(file.path)!) as JsonObject;
      return { ...file, schema, version: String(schema['$id']).split('/').at(-1)! };
    });
    const second = bumpVersion(again, merged, released, first.changelog, 'money', 'minor', 'two');
    expect(second.texts.size).toBe(0);
    expect(second.changelog).toBe(first.changelog);
    expect(() => bumpVersion(files, texts, released, log, 'mony', 'minor', 'x')).toThrow('no schema mony');
  });
});

describe('generated files', () => {
  it('are what the schemas give, byte for byte', () => {
    expect([...generated.keys()]).toEqual([TYPES_FILE, LIST_FILE, MANIFEST_FILE]);
    for (const [path, text] of generated) expect(readFileSync(join(SCHEMAS_DIR, path), 'utf8') === text, `${path}: run node schemas/tools/generate.ts`).toBe(true);
  });

  it('do not depend on the order in which files are found', async () => {
    expect(await generateTypes([...files].reverse())).toBe(generated.get(TYPES_FILE));
  });

  it('notice a changed schema', async () => {
    const drifted = await generateTypes(edited('money', (schema) => void ((schema['properties'] as JsonObject)['note'] = { type: 'string' }), few));
    expect(drifted).toContain('note?: string');
    expect(drifted).not.toBe(await generateTypes(few));
  });

  it('export every type once, in syntax that can be erased', () => {
    const source = readFileSync(join(SCHEMAS_DIR, TYPES_FILE), 'utf8');
    const names = [...source.matchAll(/^export (?:interface|type) (\w+)/gm)].map((match) => match[1]!);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['Money', 'Variant', 'PriceChange', 'PriceChangeItem', 'EventEnvelope', 'ProblemDetails', 'Rule']));
    expect(stripTypeScriptTypes(source).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '').trim()).toBe('');
  });
});

describe('the registry at run time', () => {
  it('knows every schema by name, $id and version', () => {
    expect(SCHEMA_NAMES.length).toBe(files.length);
    expect(SCHEMA_SET_VERSION).toBe(setVersionOf(changelog));
    expect(schemaId('money')).toBe(`https://calibrate.example/schemas/money/${schemaVersion('money')}`);
    expect(allSchemas()).toContain(schemaOf('money'));
  });

  it('finds the payload of every type of event', () => {
    expect(EVENT_TYPES).toContain('price_change.approved');
    for (const type of EVENT_TYPES) expect(payloadVersion(type)).toMatch(/^\d+\.\d+\.\d+$/);
    expect(payloadSchemaName('price.applied')).toBe('price-applied');
    expect(payloadSchemaName('price.unknown')).toBeUndefined();
  });

  it('leaves a wrong rule to the rule engine when requests are parsed, and refuses it elsewhere', () => {
    const body = { rule: { selector: 1 }, currencyCode: 'USD', items: [] };
    const strict = strictAjv().addSchema(allSchemas() as JsonObject[]);
    const parsing = strictAjv().addSchema(requestSchemas() as JsonObject[]);
    expect(strict.getSchema(schemaId('rule-evaluate-request'))!(body)).toBe(false);
    expect(parsing.getSchema(schemaId('rule-evaluate-request'))!(body)).toBe(true);
    expect(parsing.getSchema(schemaId('rule-evaluate-request'))!({ ...body, rule: 'x' })).toBe(false);
  });
});
