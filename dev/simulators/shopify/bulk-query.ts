/** What a bulk query asks for, and how its answer becomes lines. */
import { GraphQLError, Kind, OperationTypeNode, TypeInfo, getNamedType, getOperationAST, isInterfaceType, isObjectType, visit, visitWithTypeInfo } from 'graphql';
import type { DocumentNode, FieldNode, GraphQLSchema } from 'graphql';

const MAX_CONNECTIONS = 5;
const MAX_DEPTH = 2;
/** Alias under which every node's id is asked for, so that children can name their parent. */
const ID_ALIAS = '__simulatorId';

export interface BulkQuery {
  /** The document with ids added. */
  document: DocumentNode;
}

/** Checks the rules of bulk queries (GraphQLError when one is broken). */
export function analyseBulkQuery(schema: GraphQLSchema, document: DocumentNode): BulkQuery {
  const operation = getOperationAST(document);
  if (operation?.operation !== OperationTypeNode.QUERY) throw new GraphQLError('Only queries can be run');
  if (operation.selectionSet.selections.length !== 1) throw new GraphQLError('Bulk queries cannot contain multiple top level fields');
  let connections = 0;
  let depth = 0;
  const typeInfo = new TypeInfo(schema);
  const withIds = visit(document, visitWithTypeInfo(typeInfo, {
    Field: {
      enter(node) {
        if (!isConnectionType(typeInfo)) return;
        connections += 1;
        depth += 1;
        if (connections > MAX_CONNECTIONS) throw new GraphQLError(`Bulk queries cannot contain more than ${MAX_CONNECTIONS} connections`);
        if (depth > MAX_DEPTH + 1) throw new GraphQLError(`Bulk queries cannot nest connections more than ${MAX_DEPTH} levels deep`);
        if (node.selectionSet?.selections.some((inner) => inner.kind === Kind.FIELD && inner.name.value === 'pageInfo')) {
          throw new GraphQLError('Bulk queries cannot select pageInfo');
        }
      },
      leave(node) {
        if (isConnectionType(typeInfo)) depth -= 1;
        return isNodeField(node, typeInfo) ? addId(node) : undefined;
      },
    },
  })) as DocumentNode;
  if (connections === 0) throw new GraphQLError('Bulk queries must contain at least one connection');
  return { document: withIds };
}

function isConnectionType(info: TypeInfo): boolean {
  const type = getNamedType(info.getType());
  return type !== undefined && type !== null && type.name.endsWith('Connection');
}

function isNodeField(node: FieldNode, info: TypeInfo): boolean {
  const parent = info.getParentType()?.name ?? '';
  const inConnection = (node.name.value === 'node' && parent.endsWith('Edge')) || (node.name.value === 'nodes' && parent.endsWith('Connection'));
  const type = getNamedType(info.getType());
  return inConnection && (isObjectType(type) || isInterfaceType(type)) && type.getFields()['id'] !== undefined;
}

function addId(node: FieldNode): FieldNode {
  if (!node.selectionSet) return node;
  const id: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: 'id' }, alias: { kind: Kind.NAME, value: ID_ALIAS } };
  return { ...node, selectionSet: { ...node.selectionSet, selections: [...node.selectionSet.selections, id] } };
}

type Json = Record<string, unknown>;

/**
 * The lines of one piece of the answer. Children carry `__parentId`. Grouped, they follow their parent; otherwise
 * parents and children are mixed, a child before its parent too: Shopify gives no order to rely on. `random` decides.
 */
export function jsonLines(data: Json, groupObjects: boolean, random: () => number): { lines: string[]; roots: number } {
  const levels: string[][] = [];
  const grouped: string[] = [];
  let roots = 0;
  const walk = (value: unknown, parentId: string | null, depth: number): void => {
    for (const node of nodesOf(value)) {
      const own: Json = {};
      const nested: unknown[] = [];
      for (const [key, inner] of Object.entries(node)) {
        if (key === ID_ALIAS) continue;
        if (isConnectionValue(inner)) nested.push(inner);
        else own[key] = inner;
      }
      if (parentId !== null) own['__parentId'] = parentId;
      else roots += 1;
      const line = JSON.stringify(own);
      if (groupObjects) grouped.push(line);
      else (levels[depth] ??= []).push(line);
      for (const connection of nested) walk(connection, (node[ID_ALIAS] as string | undefined) ?? null, depth + 1);
    }
  };
  for (const value of Object.values(data)) visitRoot(value, walk);
  return { lines: groupObjects ? grouped : interleaved(levels, random), roots };
}

/** One list of several; each keeps its own order, and a longer one gets its turn more often. */
function interleaved(lists: string[][], random: () => number): string[] {
  const at = lists.map(() => 0);
  let left = lists.reduce((sum, list) => sum + list.length, 0);
  const lines: string[] = [];
  for (; left > 0; left--) {
    let turn = random() * left;
    const chosen = lists.findIndex((list, index) => (turn -= list.length - (at[index] as number)) < 0);
    lines.push(lists[chosen]?.[at[chosen] as number] as string);
    at[chosen] = (at[chosen] as number) + 1;
  }
  return lines;
}

/** The root field is a connection itself, or an object with connections inside (`shop { products }`). */
function visitRoot(value: unknown, walk: (value: unknown, parentId: string | null, depth: number) => void): void {
  if (isConnectionValue(value)) walk(value, null, 0);
  else if (value !== null && typeof value === 'object') for (const inner of Object.values(value)) visitRoot(inner, walk);
}

function isConnectionValue(value: unknown): value is { edges?: { node: Json }[]; nodes?: Json[] } {
  return value !== null && typeof value === 'object' && (Array.isArray((value as Json)['edges']) || Array.isArray((value as Json)['nodes']));
}

function nodesOf(value: unknown): Json[] {
  const { edges, nodes } = value as { edges?: { node: Json }[]; nodes?: Json[] };
  return nodes ?? edges?.map((edge) => edge.node) ?? [];
}
