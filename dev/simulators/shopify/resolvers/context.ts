/** What resolvers are given, and the shape of a table of them. */
import type { DocumentNode, ExecutionResult, GraphQLResolveInfo } from 'graphql';
import type { AdminSchema } from '../admin-schema.ts';
import type { FaultKind } from '../faults.ts';
import type { Shop } from '../shop.ts';
import type { Simulator } from '../simulator.ts';
import type { Author } from '../variant-changes.ts';

export type Refusal = 'nothing' | 'part' | 'everything';

export function refusalOf(fault: FaultKind | undefined): Refusal {
  return fault === 'user_errors' ? 'everything' : fault === 'partial_user_errors' ? 'part' : 'nothing';
}

export interface ResolverContext {
  sim: Simulator;
  shop: Shop;
  admin: AdminSchema;
  /** Scopes the token carries now. */
  granted: ReadonlySet<string>;
  requestId: string;
  /** Root field under which writes are logged. */
  operation: string;
  /** The name that the app gave its document. */
  operationName: string | null;
  /** When the shop took the request, or the bulk operation whose line this is. */
  acceptedAt: number;
  /** The line of a bulk operation that is executed. */
  bulkLine: { operationId: string; line: number } | null;
  /** Set while a bulk operation runs: connections give everything, the root one a window of its list. */
  bulkWindow: { start: number; end: number; total: number } | null;
  /** What a fault asked to refuse of a write. */
  refuse: Refusal;
  /** Access checks already answered for this token. */
  access: Map<string, string | null>;
  /** Runs another document in this shop, as bulk operations do. */
  execute(document: DocumentNode, variables: Record<string, unknown>, over: Partial<ResolverContext>): ExecutionResult | Promise<ExecutionResult>;
}

/** What the write log says of a write that the app asked for. */
export function authorOf({ operation, operationName, requestId, acceptedAt, bulkLine }: ResolverContext): Author {
  return { source: bulkLine ? 'bulk' : 'call', operation, operationName, requestId, acceptedAt, bulk: bulkLine };
}

// Arguments and sources are checked by the schema before a resolver sees them.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Resolver = (source: any, args: any, context: ResolverContext, info: GraphQLResolveInfo) => unknown;
export type ResolverTable = Record<string, Record<string, Resolver>>;
