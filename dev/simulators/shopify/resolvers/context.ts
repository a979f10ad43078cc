/** What resolvers are given, and the shape of a table of them. */
import type { DocumentNode, ExecutionResult, GraphQLResolveInfo } from 'graphql';
import type { AdminSchema } from '../admin-schema.ts';
import type { Shop } from '../shop.ts';
import type { Simulator } from '../simulator.ts';

export interface ResolverContext {
  sim: Simulator;
  shop: Shop;
  admin: AdminSchema;
  /** Scopes the token carries now. */
  granted: ReadonlySet<string>;
  requestId: string;
  /** Name under which writes are logged. */
  operation: string;
  /** Set while a bulk operation runs: connections give everything, the root one a window of its list. */
  bulkWindow: { start: number; end: number; total: number } | null;
  /** A fault asked for: refuse part of a write. */
  refusePart: boolean;
  /** Access checks already answered for this token. */
  access: Map<string, string | null>;
  /** Runs another document in this shop, as bulk operations do. */
  execute(document: DocumentNode, variables: Record<string, unknown>, over: Partial<ResolverContext>): ExecutionResult | Promise<ExecutionResult>;
}

// Arguments and sources are checked by the schema before a resolver sees them.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Resolver = (source: any, args: any, context: ResolverContext, info: GraphQLResolveInfo) => unknown;
export type ResolverTable = Record<string, Record<string, Resolver>>;
