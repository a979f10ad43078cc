/** The one field resolver given to graphql-js: scopes first, then the tables; what is in no table fails loudly. */
import type { GraphQLResolveInfo } from 'graphql';
import { accessDenied, notSimulated } from '../graphql-errors.ts';
import type { Connection } from '../connection.ts';
import { requirement } from './access.ts';
import { bulkOperationTypes } from './bulk-operations.ts';
import { collectionTypes } from './collections.ts';
import type { ResolverContext, ResolverTable } from './context.ts';
import { priceListTypes } from './price-lists.ts';
import { productTypes } from './products.ts';
import { productWriteTypes } from './product-writes.ts';
import { shopTypes } from './shop.ts';
import { variantTypes } from './variants.ts';
import { webhookSubscriptionTypes } from './webhook-subscriptions.ts';

const tables: ResolverTable = {};
for (const part of [shopTypes, productTypes, variantTypes, collectionTypes, productWriteTypes, bulkOperationTypes, webhookSubscriptionTypes, priceListTypes]) {
  for (const [type, fields] of Object.entries(part)) tables[type] = { ...tables[type], ...fields };
}

export function fieldResolver(source: unknown, args: Record<string, unknown>, context: ResolverContext, info: GraphQLResolveInfo): unknown {
  const { parentType, fieldName } = info;
  const required = requirement(parentType, fieldName, context);
  if (required !== null) throw accessDenied(fieldName, required);
  const resolver = tables[parentType.name]?.[fieldName];
  if (resolver) {
    const value = resolver(source, args, context, info);
    return context.bulkWindow && info.path.prev === undefined && isConnection(value) ? windowOf(value, context.bulkWindow) : value;
  }
  if (isConnection(source)) return connectionField(source, parentType.name, fieldName);
  if (source !== null && typeof source === 'object' && !('kind' in source) && Object.hasOwn(source, fieldName)) {
    return (source as Record<string, unknown>)[fieldName];
  }
  throw notSimulated(`${parentType.name}.${fieldName}`);
}

/** Which object type of an interface or union a source is: every stored thing says so by its kind. */
export function typeResolver(value: unknown): string {
  const kind = (value as { kind?: string }).kind;
  if (!kind) throw notSimulated('an object without a kind');
  return kind;
}

/** A bulk operation reads the root connection piece by piece. */
function windowOf(connection: Connection<unknown>, window: { start: number; end: number; total: number }): Connection<unknown> {
  window.total = connection.nodes.length;
  return { ...connection, nodes: connection.nodes.slice(window.start, window.end) };
}

function isConnection(source: unknown): source is Connection<unknown> {
  return (source as { kind?: string } | null)?.kind === 'Connection';
}

function connectionField(connection: Connection<unknown>, typeName: string, fieldName: string): unknown {
  switch (fieldName) {
    case 'nodes': return connection.nodes;
    case 'edges': return connection.nodes.map((node) => ({ node, cursor: connection.cursor(node) }));
    case 'pageInfo': return {
      hasNextPage: connection.hasNextPage,
      hasPreviousPage: connection.hasPreviousPage,
      startCursor: connection.nodes.length > 0 ? connection.cursor(connection.nodes[0]) : null,
      endCursor: connection.nodes.length > 0 ? connection.cursor(connection.nodes.at(-1)) : null,
    };
    default: throw notSimulated(`${typeName}.${fieldName}`);
  }
}
