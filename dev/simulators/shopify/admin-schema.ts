/** The real Admin schema of a version, as vendored in schemas/shopify, with the scopes its types and fields need. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { GraphQLError, Kind, buildASTSchema, isScalarType, parse } from 'graphql';
import type { GraphQLSchema, ValueNode } from 'graphql';

export interface ScopeRequirement {
  /** Holding one of these is enough; `write_x` includes `read_x`. */
  anyOf: string[];
  /** Shopify's own wording of the requirement. */
  text: string;
}

export interface AdminSchema {
  version: string;
  schema: GraphQLSchema;
  /** By "Type" or "Type.field". */
  requires: Map<string, ScopeRequirement>;
}

const loaded = new Map<string, AdminSchema | null>();

/** The schema of an API version such as "2026-07"; null when the version is not vendored. */
export function adminSchema(version: string): AdminSchema | null {
  let entry = loaded.get(version);
  if (entry === undefined) {
    entry = /^\d{4}-\d{2}$/.test(version) ? load(version) : null;
    loaded.set(version, entry);
  }
  return entry;
}

/** Versions that can be asked for, the oldest first: those vendored. */
export const SUPPORTED_VERSIONS: readonly string[] = readdirSync(new URL('../../../schemas/shopify/', import.meta.url))
  .flatMap((name) => /^admin-(\d{4}-\d{2})\.graphql\.gz$/.exec(name)?.[1] ?? []).sort();

/** The schema that a request for this version gets: Shopify serves the oldest supported one where it does not serve the one asked for. */
export function servedSchema(version: string): AdminSchema {
  return adminSchema(version) ?? (adminSchema(SUPPORTED_VERSIONS[0] as string) as AdminSchema);
}

function load(version: string): AdminSchema | null {
  const file = (name: string) => fileURLToPath(new URL(`../../../schemas/shopify/admin-${version}.${name}.gz`, import.meta.url));
  if (!existsSync(file('graphql'))) return null;
  const sdl = gunzipSync(readFileSync(file('graphql'))).toString('utf8');
  const scopes = JSON.parse(gunzipSync(readFileSync(file('scopes.json'))).toString('utf8')) as { requires: Record<string, ScopeRequirement> };
  const schema = buildASTSchema(parse(sdl, { noLocation: true }), { assumeValid: true, assumeValidSDL: true });
  strictScalars(schema);
  return { version, schema, requires: new Map(Object.entries(scopes.requires)) };
}

// Shopify refuses malformed values of these scalars while it coerces them, before anything runs.
const PATTERNS: Record<string, RegExp> = {
  Money: /^-?\d+(\.\d+)?$/,
  Decimal: /^-?\d+(\.\d+)?$/,
  URL: /^https?:\/\//,
  UnsignedInt64: /^\d+$/,
  DateTime: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/,
};

function strictScalars(schema: GraphQLSchema): void {
  for (const [name, pattern] of Object.entries(PATTERNS)) {
    const type = schema.getType(name);
    if (!isScalarType(type)) continue;
    type.parseValue = (value: unknown) => {
      if ((typeof value === 'string' || typeof value === 'number') && pattern.test(String(value))) return String(value);
      throw new GraphQLError(`invalid ${name.toLowerCase()} '${String(value)}'`, { extensions: { code: 'argumentLiteralsIncompatible' } });
    };
    type.parseLiteral = (node: ValueNode) => {
      const literal = node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT;
      return type.parseValue(literal ? node.value : null);
    };
    type.serialize = String;
  }
}
