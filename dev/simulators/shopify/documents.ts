/** Documents the app sends, parsed, validated and priced once. */
import { GraphQLError, Kind, OperationTypeNode, parse, validate } from 'graphql';
import type { DocumentNode, FieldNode, OperationDefinitionNode } from 'graphql';
import type { AdminSchema } from './admin-schema.ts';
import { parseError, validationError } from './graphql-errors.ts';
import type { WireError } from './graphql-errors.ts';
import { compileCost } from './query-cost.ts';
import type { QueryCost } from './query-cost.ts';

/** Shopify's limit for arrays in the input. */
export const MAX_INPUT_SIZE = 250;
const KEPT = 500;

export interface KnownOperation {
  /** The operation's name, or its first root field when it has none. */
  name: string;
  givenName: string | undefined;
  rootFields: string[];
  isMutation: boolean;
  cost: QueryCost;
  /** Arguments of root fields that may be lists: where, and how to read them. */
  lists: { path: string[]; variable: string | null; length: number }[];
}

export interface KnownDocument {
  document: DocumentNode;
  errors: WireError[];
  operation(name: string | undefined): KnownOperation | null;
}

const cache = new Map<string, KnownDocument>();

export function knownDocument(admin: AdminSchema, query: string): KnownDocument {
  const key = `${admin.version}\n${query}`;
  let known = cache.get(key);
  if (!known) {
    known = study(admin, query);
    if (cache.size >= KEPT) cache.delete(cache.keys().next().value as string);
    cache.set(key, known);
  }
  return known;
}

function study(admin: AdminSchema, query: string): KnownDocument {
  const nothing: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] };
  let document: DocumentNode;
  try {
    document = parse(query);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return { document: nothing, errors: [parseError(error)], operation: () => null };
  }
  const definitions = document.definitions.filter((definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION);
  const rootPath = `${definitions[0]?.operation ?? 'query'}${definitions[0]?.name ? ` ${definitions[0].name.value}` : ''}`;
  const errors = validate(admin.schema, document).map((error) => validationError(error, rootPath));
  const operations = errors.length > 0 ? [] : definitions.map((definition) => describe(admin, document, definition));
  return {
    document, errors,
    operation: (name) => (name === undefined ? (operations.length === 1 ? (operations[0] ?? null) : null) : operations.find((operation) => operation.givenName === name) ?? null),
  };
}

function describe(admin: AdminSchema, document: DocumentNode, definition: OperationDefinitionNode): KnownOperation {
  const fields = definition.selectionSet.selections.filter((selection): selection is FieldNode => selection.kind === Kind.FIELD);
  const rootFields = fields.map((field) => field.name.value);
  return {
    name: definition.name?.value ?? rootFields[0] ?? 'anonymous',
    givenName: definition.name?.value,
    rootFields,
    isMutation: definition.operation === OperationTypeNode.MUTATION,
    cost: compileCost(admin.schema, document, definition),
    lists: fields.flatMap((field) => (field.arguments ?? []).map(({ name, value }) => ({
      path: [field.alias?.value ?? field.name.value, name.value],
      variable: value.kind === Kind.VARIABLE ? value.name.value : null,
      length: value.kind === Kind.LIST ? value.values.length : 0,
    }))),
  };
}

/** The refusal of an array longer than 250, before anything runs. */
export function tooLongInput(operation: KnownOperation, variables: Record<string, unknown>): WireError | null {
  for (const { path, variable, length } of operation.lists) {
    const value = variable === null ? undefined : variables[variable];
    const size = Array.isArray(value) ? value.length : length;
    if (size > MAX_INPUT_SIZE) {
      return {
        message: `The input array size of ${size} is greater than the maximum allowed of ${MAX_INPUT_SIZE}.`, path,
        extensions: { code: 'MAX_INPUT_SIZE_EXCEEDED' },
      };
    }
  }
  return null;
}
