/**
 * From the start of a bulk operation to its end. As Shopify does it from version 2026-01 on: five queries and five
 * mutations at once per app and shop; a mutation may run for 24 hours and a query for ten days; the app is told of the
 * end by bulk_operations/finish; lines that were finished before a failure or a cancellation are at partialDataUrl.
 */
import { randomBytes } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { isExpired } from './bulk-files.ts';
import type { BulkLines } from './bulk-files.ts';
import { mulberry32 } from './faults.ts';
import type { ActiveFault, FaultKind, FaultTarget } from './faults.ts';
import { gid } from './gid.ts';
import type { ResolverContext } from './resolvers/context.ts';
import type { BulkOperation, BulkStatus, Shop } from './shop.ts';
import type { Simulator } from './simulator.ts';
import { bulkOperationPayload } from './webhook-payloads.ts';

const AT_ONCE = 5;
const TIME_LIMITS = { MUTATION: 24 * 3_600_000, QUERY: 10 * 24 * 3_600_000 };

export interface Started {
  bulkOperation: BulkOperation | null;
  userErrors: { field: string[] | null; message: string; code: string | null }[];
}

export function refused(field: string[] | null, message: string, code: string | null): Started {
  return { bulkOperation: null, userErrors: [{ field, message, code }] };
}

/** What an operation runs; it ends by `endBulkOperation`, or by throwing. */
export type BulkRun = (operation: BulkOperation) => Promise<void>;

interface BulkStart {
  type: 'QUERY' | 'MUTATION';
  /** The document as it was sent. */
  document: string;
  startMs: number;
  clientIdentifier: string | null;
  run: BulkRun;
}

export function startBulkOperation({ type, document, startMs, clientIdentifier, run }: BulkStart, context: ResolverContext): Started {
  const { shop, sim } = context;
  const busy = shop.bulkOperations.filter((operation) => operation.type === type && isOpen(operation)).length;
  if (shop.faults.strike(['bulk_busy'], startTarget(type), sim.clock.now())) return refused(null, 'A bulk operation for this app and shop is already in progress.', 'OPERATION_IN_PROGRESS');
  if (busy >= AT_ONCE) return refused(null, 'Bulk operations limit reached. Please try again later.', 'LIMIT_REACHED');
  const operation: BulkOperation = {
    kind: 'BulkOperation', id: 5_000_000_000 + shop.nextId(), type, status: 'CREATED', query: document, clientIdentifier, errorCode: null,
    requestId: context.requestId, createdAt: sim.clock.now(), startedAt: null, completedAt: null, objectCount: 0, rootObjectCount: 0,
    rowCount: 0, result: null, resultKey: null, partial: false,
  };
  shop.bulkOperations.push(operation);
  for (const older of shop.bulkOperations) if (isExpired(older, sim.clock.now())) older.result = null;
  const { epoch } = shop;
  sim.clock.after(startMs, () => {
    if (shop.epoch !== epoch) return;
    if (operation.status === 'CANCELING') return endBulkOperation(context, operation, null, 'CANCELED');
    operation.status = 'RUNNING';
    operation.startedAt = sim.clock.now();
    run(operation).catch((error: unknown) => fail(context, operation, error));
  });
  return { bulkOperation: operation, userErrors: [] };
}

/** What a fault names that is for any operation of a type. */
export function startTarget(type: 'QUERY' | 'MUTATION', names: readonly string[] = []): FaultTarget {
  return { names: [type === 'QUERY' ? 'bulkOperationRunQuery' : 'bulkOperationRunMutation', ...names], write: type === 'MUTATION' };
}

/** What goes wrong with an operation that begins; several faults may come together. */
export interface RunFaults {
  /** After so many lines it fails, is cancelled, or does nothing any more. */
  failAt: number;
  cancelAt: number;
  hangAt: number;
  /** How many times slower it goes. */
  slower: number;
  /** Lines that are missing from the result, and what chooses them. */
  missing: { lines: number; random: () => number };
}

/** Takes the faults for an operation that begins; `total` is how many lines it will have, as far as that is known. */
export function runFaults({ sim, shop }: ResolverContext, target: FaultTarget, total: number): RunFaults {
  const strike = (kind: FaultKind) => shop.faults.strike([kind], target, sim.clock.now());
  const lineOf = (fault: ActiveFault | null) => (fault ? (fault.line ?? Math.floor(total / 2)) : Number.POSITIVE_INFINITY);
  const missing = strike('bulk_lines_missing');
  return {
    failAt: lineOf(strike('bulk_fail')), cancelAt: lineOf(strike('bulk_cancelled')), hangAt: lineOf(strike('bulk_hang')),
    slower: strike('bulk_slow')?.factor ?? 1, missing: { lines: missing ? (missing.lines ?? 1) : 0, random: mulberry32(missing?.seed ?? 1) },
  };
}

const HANG_POLL_MS = 100;

/** Until the operation is cancelled, or its time is over, or the shop is another. */
export async function hang({ sim, shop }: ResolverContext, operation: BulkOperation): Promise<void> {
  const { epoch } = shop;
  while (shop.epoch === epoch && operation.status === 'RUNNING' && !isOverdue(operation, sim.clock.now())) await sim.clock.wait(HANG_POLL_MS);
}

export function isOpen({ status }: BulkOperation): boolean {
  return status === 'CREATED' || status === 'RUNNING' || status === 'CANCELING';
}

/** Whether the operation has used up the time that Shopify gives one of its type. */
export function isOverdue(operation: BulkOperation, now: number): boolean {
  return now - (operation.startedAt ?? now) >= TIME_LIMITS[operation.type];
}

/** When an operation that runs is stopped at the latest. */
export function deadline(operation: BulkOperation, now: number): number {
  return (operation.startedAt ?? now) + TIME_LIMITS[operation.type];
}

/** Asks an operation to stop; what it does at this moment it still finishes. The message says why not; null when it will. */
export function cancelBulkOperation(operation: BulkOperation): string | null {
  if (operation.status !== 'CREATED' && operation.status !== 'RUNNING') return `A bulk operation cannot be canceled when it is ${operation.status.toLowerCase()}`;
  operation.status = 'CANCELING';
  return null;
}

/** Ends an operation with the lines there are, and tells the app. */
export function endBulkOperation({ sim, shop }: ResolverContext, operation: BulkOperation, lines: BulkLines | null, status: BulkStatus, errorCode: BulkOperation['errorCode'] = null): void {
  if (lines && lines.count > 0) {
    operation.result = lines;
    operation.resultKey = `bulk-${operation.id}-${randomBytes(9).toString('hex')}`;
    operation.partial = status !== 'COMPLETED';
  }
  operation.status = status;
  operation.errorCode = errorCode;
  operation.completedAt = sim.clock.now();
  sim.webhooks.emit(shop, 'BULK_OPERATIONS_FINISH', bulkOperationPayload(shop, operation));
}

function fail(context: ResolverContext, operation: BulkOperation, error: unknown): void {
  const code = error instanceof GraphQLError ? error.extensions['code'] : undefined;
  if (code === undefined || code === 'SIM_NOT_IMPLEMENTED') process.stderr.write(`[shopify simulator] bulk operation ${operation.id}: ${String(error)}\n`);
  endBulkOperation(context, operation, null, 'FAILED', code === 'ACCESS_DENIED' ? 'ACCESS_DENIED' : 'INTERNAL_SERVER_ERROR');
}

/** Operations with what Shopify does not tell: when they began, and how many rows they wrote. */
export function listBulkOperations(sim: Simulator, shop: Shop): unknown {
  const instant = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return {
    now: instant(sim.clock.now()),
    data: shop.bulkOperations.map((operation) => ({
      id: gid('BulkOperation', operation.id), type: operation.type, status: operation.status, errorCode: operation.errorCode, clientIdentifier: operation.clientIdentifier,
      createdAt: instant(operation.createdAt), startedAt: instant(operation.startedAt), completedAt: instant(operation.completedAt),
      lines: operation.objectCount, rows: operation.rowCount, resultLines: operation.result?.count ?? 0, requestId: operation.requestId, document: operation.query,
    })),
  };
}
