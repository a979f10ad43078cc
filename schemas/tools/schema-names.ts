/** A JSON value as it is read from a schema file. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

export const ID_BASE = 'https://calibrate.example/schemas/';

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

/**
 * Names of all that gets a type of its own: every schema (key: its name) and every `$defs` entry (key: `name#Def`).
 * A definition whose name is taken by a schema gets its schema's name in front. Throws when two would still be the same.
 */
export function typeNames(schemas: readonly { readonly name: string; readonly schema: JsonObject }[]): Map<string, string> {
  const names = new Map<string, string>();
  const taken = new Map<string, string>();
  const take = (key: string, name: string): void => {
    const other = taken.get(name);
    if (other !== undefined) throw new Error(`${key} and ${other} would both be the type ${name}: rename one`);
    taken.set(name, key);
    names.set(key, name);
  };
  for (const { name } of schemas) take(name, typeName(name));
  for (const { name, schema } of schemas) {
    const defs = schema['$defs'];
    if (!isObject(defs)) continue;
    for (const def of Object.keys(defs)) {
      const plain = def.charAt(0).toUpperCase() + def.slice(1);
      take(`${name}#${def}`, taken.has(plain) ? typeName(name) + plain : plain);
    }
  }
  return names;
}

/**
 * The type that a `$ref` in the schema `from` points to.
 * Throws when it points to nothing that has a type: to an unknown schema or version, or into the middle of one.
 */
export function refTarget(ref: string, from: string, names: ReadonlyMap<string, string>): string {
  const [base, fragment] = ref.split('#') as [string, string | undefined];
  const file = base === '' ? from : parseId(base)?.name;
  const def = /^\/\$defs\/([^/]+)$/.exec(fragment ?? '')?.[1];
  const name = fragment && def === undefined ? undefined : names.get(def === undefined ? `${file}` : `${file}#${def}`);
  if (name === undefined) throw new Error(`${from}: $ref ${ref} points to nothing that has a type`);
  return name;
}
