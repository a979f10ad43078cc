import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { databaseDrift } from '../../schemas/tools/database-drift.ts';
import { INTERNAL_COLUMNS } from '../../schemas/tools/internal-columns.ts';
import { parseCheckLists, parsePrismaModels } from '../../schemas/tools/prisma-models.ts';
import { readSchemaFiles } from '../../schemas/tools/schema-files.ts';
import type { JsonObject } from '../../schemas/tools/schema-names.ts';

const prismaDir = fileURLToPath(new URL('../../prisma/', import.meta.url));
const prisma = readFileSync(`${prismaDir}schema.prisma`, 'utf8');
const migrations = readdirSync(`${prismaDir}migrations`, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(`${prismaDir}migrations/${entry.name}/migration.sql`))
  .map((entry) => entry.name)
  .sort()
  .map((name) => readFileSync(`${prismaDir}migrations/${name}/migration.sql`, 'utf8'));
const files = readSchemaFiles();

function drift(options: { prisma?: string; migrations?: string[]; files?: typeof files } = {}): string[] {
  const tables = parsePrismaModels(options.prisma ?? prisma);
  const lists = parseCheckLists(options.migrations ?? migrations);
  return databaseDrift(options.files ?? files, tables, lists, INTERNAL_COLUMNS).map(({ file, problem }) => `${file} ${problem}`);
}

/** The Prisma schema with one text replaced; throws when it is not there, so that no seed passes by missing its aim. */
function mutated(from: string | RegExp, to: string): string {
  const text = prisma.replace(from, to);
  if (text === prisma) throw new Error(`${String(from)} is not in schema.prisma`);
  return text;
}

describe('schemas and database', () => {
  it('agree: every property has its column with fitting type and nullability, every column is shown or internal', () => {
    expect(drift()).toEqual([]);
  });

  it('cover every table behind a resource', () => {
    const mapped = new Set<string>();
    JSON.stringify(files.map(({ schema }) => schema), (key, value: unknown) => {
      if (key === 'x-column') for (const column of typeof value === 'string' ? [value] : Object.values(value as object)) mapped.add(String(column).split('.')[0]!);
      return value;
    });
    expect([...mapped].sort()).toEqual([
      'api_tokens', 'audit_log', 'catalog_syncs', 'connector_health', 'discount_policies', 'events', 'outbox',
      'price_change_decisions', 'price_change_items', 'price_changes', 'price_lists', 'price_versions', 'products', 'variants',
    ]);
  });
});

describe('seeded drift is found', () => {
  const seeds: [string, () => string[], RegExp][] = [
    ['a column renamed', () => drift({ prisma: mutated('@map("plan_hash")', '@map("plan_digest")') }), /no column price_changes\.plan_hash/],
    ['a column gone', () => drift({ prisma: mutated(/^ {2}barcode .*\n/m, '') }), /no column variants\.barcode/],
    ['a table renamed', () => drift({ prisma: mutated('@@map("audit_log")', '@@map("audit")') }), /no column audit_log\./],
    ['money as a float', () => drift({ prisma: mutated(/^( {2}unitAmount\s+)BigInt/m, '$1Float') }), /unit_amount is Float.*money/],
    ['a text where a number was', () => drift({ prisma: mutated(/^( {2}inventoryQuantity\s+)Int\?/m, '$1String?') }), /inventory_quantity is String/],
    ['a column that became nullable', () => drift({ prisma: mutated(/^( {2}approvedHash\s+String\?.*\n[\s\S]*?^ {2}correlationId\s+)String /m, '$1String?') }), /price_changes\.correlation_id may be null/],
    ['a column that became required', () => drift({ prisma: mutated(/^( {2}cost\s+)BigInt\?(\n {2}mapPrice)/m, '$1BigInt $2') }), /property may be null, variants\.cost may not/],
    ['a list that became one value', () => drift({ prisma: mutated(/^( {2}warnings\s+)String\[\]/m, '$1String') }), /warnings is String, which does not fit array/],
    ['an id that is no UUID', () => drift({ prisma: mutated(/^( {2}ruleId\s+String\?\s+@map\("rule_id"\)) @db\.Uuid/m, '$1') }), /rule_id is String, which is no UUID/],
    ['a time without zone', () => drift({ prisma: mutated(/^( {2}validFrom .*)@db\.Timestamptz\(6\)/m, '$1') }), /valid_from is DateTime, which has no time zone/],
    ['a new column that nobody decided on', () => drift({ prisma: mutated('  @@map("variants")', '  weight Int\n  @@map("variants")') }), /variants\.weight is in no schema/],
    ['another list of states', () => drift({ migrations: [...migrations, "alter table price_changes add constraint c check (state in ('draft', 'done'));"] }), /allows draft, previewed.*check of price_changes\.state allows draft, done/],
    ['a property without its column', () => drift({ files: files.map((file) => {
      const schema = structuredClone(file.schema);
      if (file.name === 'variant') ((schema['properties'] as JsonObject)['sku'] as JsonObject)['x-column'] = 'variants.skew';
      return { ...file, schema };
    }) }), /no column variants\.skew/],
    ['a property that became nullable', () => drift({ files: files.map((file) => {
      const schema = structuredClone(file.schema);
      if (file.name === 'variant') ((schema['properties'] as JsonObject)['sku'] as JsonObject)['type'] = ['string', 'null'];
      return { ...file, schema };
    }) }), /property may be null, variants\.sku may not/],
  ];
  it.each(seeds)('%s', (_name, run, expected) => {
    expect(run().join('\n')).toMatch(expected);
  });
});

describe('CHECK lists are read from SQL', () => {
  const read = (sql: string): [string, readonly string[]][] => [...parseCheckLists([sql])];
  it.each([
    ["create table app.t (state text check (state in ('a', 'b')), n int);", [['t.state', ['a', 'b']]]],
    ['alter table "t" add constraint "c" check ("kind" = any (array[\'a\'::text, \'it\'\'s\'::text]));', [['t.kind', ['a', "it's"]]]],
    ["alter table only public.t add check (k is null or k in ('a'));", [['t.k', ['a']]]],
    ["alter table t add check (n >= 0); -- check (x in ('y'))", []],
  ] as const)('%s', (sql, expected) => {
    expect(read(sql)).toEqual(expected);
  });
});
