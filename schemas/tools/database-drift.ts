import type { Finding } from './registry-checks.ts';
import type { Column, Tables } from './prisma-models.ts';
import type { SchemaFile } from './schema-files.ts';
import { type Json, type JsonObject, isObject, parseId } from './schema-names.ts';

/**
 * Columns that no DTO shows, by table, so that a new column is either shown or left out on purpose.
 * `tenant_id` needs no line: it is in every table and in no DTO but the event's.
 */
export type InternalColumns = Readonly<Record<string, readonly string[]>>;

/** What a property may hold, for comparing with a column. */
interface Kind {
  readonly kind: 'money' | 'uuid' | 'time' | 'text' | 'hex' | 'decimal' | 'integer' | 'boolean' | 'array' | 'json' | 'unknown';
  readonly nullable: boolean;
  readonly values: readonly string[] | null;
}

/** Prisma types that may hold each kind of value. */
const FITTING: Readonly<Record<Kind['kind'], readonly string[]>> = {
  money: ['BigInt'], uuid: ['String'], time: ['DateTime'], text: ['String'], hex: ['String', 'Bytes'], decimal: ['Decimal'],
  integer: ['Int', 'BigInt'], boolean: ['Boolean'], array: ['String', 'Json'], json: ['Json'], unknown: [],
};

/**
 * Compares the `x-column` of every property with the tables: the column is there, its type fits, it may be null exactly where the
 * property (or the object around it) may be. `x-column` is `table.column`, or for an object of several columns its properties'
 * names with a column each. A trailing `?` says that the column may be null although the property is not, because the whole
 * object is then null. `checkLists` are the values that the database allows, by `table.column`; a property with an `enum`
 * must allow the same ones.
 */
export function databaseDrift(
  files: readonly SchemaFile[], tables: Tables, checkLists: ReadonlyMap<string, readonly string[]>, internal: InternalColumns,
): Finding[] {
  const findings: Finding[] = [];
  const shown = new Map<string, Set<string>>();
  const bySchema = new Map(files.map((file) => [file.name, file.schema]));

  const compare = (file: SchemaFile, pointer: string, column: string, property: Kind): void => {
    const wrong = (problem: string): unknown => findings.push({ file: file.path, problem: `${pointer}: ${problem}` });
    const loose = column.endsWith('?');
    const [table = '', name = ''] = (loose ? column.slice(0, -1) : column).split('.');
    const found = tables.get(table)?.get(name);
    if (!found) return void wrong(`there is no column ${table}.${name}`);
    shown.set(table, (shown.get(table) ?? new Set()).add(name));
    const misfit = typeMisfit(property, found);
    if (misfit) wrong(`${table}.${name} ${misfit}`);
    if (!loose && found.nullable && !property.nullable) wrong(`${table}.${name} may be null, the property may not`);
    if (!found.nullable && (property.nullable || loose)) wrong(`the property may be null, ${table}.${name} may not`);
    const allowed = checkLists.get(`${table}.${name}`);
    if (property.values && allowed && [...property.values].sort().join() !== [...allowed].sort().join()) {
      wrong(`allows ${property.values.join(', ')}; the check of ${table}.${name} allows ${allowed.join(', ')}`);
    }
  };

  const visit = (file: SchemaFile, node: Json | undefined, pointer: string): void => {
    if (Array.isArray(node)) return node.forEach((item, index) => visit(file, item, `${pointer}/${index}`));
    if (!isObject(node)) return;
    const column = node['x-column'];
    if (typeof column === 'string') {
      compare(file, pointer, column, kindOf(node, file.name, bySchema));
    } else if (isObject(column)) {
      const outer = kindOf(node, file.name, bySchema);
      const inner = propertiesOf(node, file.name, bySchema);
      for (const [property, target] of Object.entries(column)) {
        const schema = inner.properties[property];
        if (!isObject(schema)) {
          findings.push({ file: file.path, problem: `${pointer}: there is no property ${property}` });
          continue;
        }
        const kind = kindOf(schema, inner.file, bySchema);
        compare(file, `${pointer}/${property}`, String(target), { ...kind, nullable: kind.nullable || outer.nullable });
      }
    }
    for (const [key, item] of Object.entries(node)) {
      if (key !== 'x-column') visit(file, item, `${pointer}/${key}`);
    }
  };

  for (const file of files) visit(file, file.schema, '');
  for (const [table, columns] of shown) {
    const left = new Set(internal[table] ?? []);
    for (const name of tables.get(table)!.keys()) {
      if (name === 'tenant_id' || columns.has(name)) continue;
      if (!left.delete(name)) findings.push({ file: 'prisma/schema.prisma', problem: `${table}.${name} is in no schema: give a property the x-column, or list it as internal` });
    }
    for (const name of left) findings.push({ file: 'prisma/schema.prisma', problem: `${table}.${name} is listed as internal, but ${columns.has(name) ? 'a schema shows it' : 'there is no such column'}` });
  }
  return findings;
}

function typeMisfit(property: Kind, column: Column): string | null {
  const called = `${column.type}${column.list ? '[]' : ''}${column.native ? ` @db.${column.native}` : ''}`;
  if (!FITTING[property.kind].includes(column.type)) return `is ${called}, which does not fit ${property.kind}`;
  if (property.kind === 'array' && column.type === 'String' && !column.list) return `is ${called}, which does not fit array`;
  if (property.kind !== 'array' && column.list) return `is ${called}, which does not fit ${property.kind}`;
  if (property.kind === 'uuid' && column.native !== 'Uuid') return `is ${called}, which is no UUID`;
  if (property.kind === 'text' && column.native === 'Uuid') return `is ${called}; the property should have the format uuid`;
  if (property.kind === 'time' && column.native !== 'Timestamptz') return `is ${called}, which has no time zone`;
  return null;
}

type Schemas = ReadonlyMap<string, JsonObject>;

function resolve(ref: string, file: string, schemas: Schemas): { schema: JsonObject; file: string } | null {
  const [base, fragment = ''] = ref.split('#') as [string, string | undefined];
  const name = base === '' ? file : parseId(base)?.name;
  let schema: Json | undefined = name === undefined ? undefined : schemas.get(name);
  for (const part of fragment === '' ? [] : fragment.slice(1).split('/')) schema = isObject(schema) ? schema[part] : undefined;
  return name !== undefined && isObject(schema) ? { schema, file: name } : null;
}

function kindOf(schema: JsonObject, file: string, schemas: Schemas): Kind {
  if (typeof schema['$ref'] === 'string') {
    const target = resolve(schema['$ref'], file, schemas);
    if (!target) return { kind: 'unknown', nullable: false, values: null };
    if (parseId(target.schema['$id'])?.name === 'money') return { kind: 'money', nullable: false, values: null };
    return kindOf(target.schema, target.file, schemas);
  }
  if (Array.isArray(schema['anyOf'])) {
    const parts = schema['anyOf'].filter(isObject);
    const some = parts.filter((part) => part['type'] !== 'null');
    if (some.length !== 1) return { kind: 'json', nullable: some.length < parts.length, values: null };
    return { ...kindOf(some[0]!, file, schemas), nullable: some.length < parts.length };
  }
  const types = [schema['type'] ?? []].flat().map(String);
  const nullable = types.includes('null');
  const values = Array.isArray(schema['enum']) ? schema['enum'].filter((value) => value !== null).map(String) : null;
  const type = types.filter((name) => name !== 'null').join();
  return { kind: plainKind(type, schema), nullable, values };
}

function plainKind(type: string, schema: JsonObject): Kind['kind'] {
  const pattern = String(schema['pattern'] ?? '');
  if (type === 'string') {
    if (schema['format'] === 'uuid') return 'uuid';
    if (schema['format'] === 'date-time') return 'time';
    if (pattern.includes('[0-9a-f]{64}')) return 'hex';
    return pattern.startsWith('^-?(0|') ? 'decimal' : 'text';
  }
  if (type === 'integer' || type === 'boolean' || type === 'array') return type;
  return type === 'object' ? 'json' : 'unknown';
}

/** Properties of the object that a schema or the `$ref` in it stands for, and the schema they are written in. */
function propertiesOf(schema: JsonObject, file: string, schemas: Schemas): { properties: JsonObject; file: string } {
  const parts = [schema, ...(Array.isArray(schema['anyOf']) ? schema['anyOf'].filter(isObject) : [])];
  for (const part of parts) {
    if (isObject(part['properties'])) return { properties: part['properties'], file };
    const target = typeof part['$ref'] === 'string' ? resolve(part['$ref'], file, schemas) : null;
    if (target && isObject(target.schema['properties'])) return { properties: target.schema['properties'], file: target.file };
  }
  return { properties: {}, file };
}
