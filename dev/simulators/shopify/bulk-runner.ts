/**
 * Runs bulk operations in the background, as Shopify does it from version 2026-01 on: five queries and five
 * mutations at once per app and shop; a query's document is checked first (at least one connection, at most five,
 * nested at most two deep); lines are JSON with `__parentId`, children not next to their parents unless grouped.
 */
import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { GraphQLError, OperationTypeNode, getOperationAST, parse, validate } from 'graphql';
import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import { analyseBulkQuery, jsonLines } from './bulk-query.ts';
import type { BulkQuery } from './bulk-query.ts';
import type { ResolverContext } from './resolvers/context.ts';
import type { BulkOperation, BulkStatus } from './shop.ts';
import { bulkOperationPayload } from './webhook-payloads.ts';

const AT_ONCE = 5;
/** Root objects read, or lines written, before other requests get their turn. */
const QUERY_CHUNK = 250;
const MUTATION_CHUNK = 25;

interface Started {
  bulkOperation: BulkOperation | null;
  userErrors: { field: string[] | null; message: string; code: string }[];
}

function refused(field: string[] | null, message: string, code: string): Started {
  return { bulkOperation: null, userErrors: [{ field, message, code }] };
}

export function startBulkQuery(text: string, groupObjects: boolean, context: ResolverContext): Started {
  let query: BulkQuery;
  try {
    const document = parse(text);
    const [error] = validate(context.admin.schema, document);
    if (error) throw error;
    query = analyseBulkQuery(context.admin.schema, document);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return refused(['query'], `Invalid bulk query: ${error.message}`, 'INVALID');
  }
  return start('QUERY', text, context, (operation) => runQuery(query, groupObjects, operation, context));
}

export function startBulkMutation(text: string, stagedUploadPath: string, context: ResolverContext): Started {
  const upload = context.shop.uploads.get(stagedUploadPath);
  if (!upload) {
    return refused(['stagedUploadPath'], "The JSONL file could not be found. Try uploading the file again, and check that you've entered the URL correctly for the stagedUploadPath mutation argument.", 'NO_SUCH_FILE');
  }
  let document: DocumentNode;
  let operationNode: OperationDefinitionNode | null | undefined;
  try {
    document = parse(text);
    const [error] = validate(context.admin.schema, document);
    if (error) throw error;
    operationNode = getOperationAST(document);
    if (operationNode?.operation !== OperationTypeNode.MUTATION) throw new GraphQLError('The document is not a mutation');
    if (operationNode.selectionSet.selections.length !== 1) throw new GraphQLError('A bulk mutation has exactly one root field');
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return refused(['mutation'], `Invalid bulk mutation: ${error.message}`, 'INVALID_MUTATION');
  }
  const lines = upload.toString('utf8').split('\n').filter((line) => line.trim() !== '');
  let variables: Record<string, unknown>[];
  try {
    variables = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  } catch {
    return refused(['stagedUploadPath'], 'The JSONL file is invalid. Update the file and try again.', 'INVALID_STAGED_UPLOAD_FILE');
  }
  return start('MUTATION', text, context, (operation) => runMutation(document, variables, operation, context));
}

function start(type: 'QUERY' | 'MUTATION', query: string, context: ResolverContext, run: (operation: BulkOperation) => Promise<void>): Started {
  const { shop, sim } = context;
  const busy = shop.bulkOperations.filter((operation) => operation.type === type && isOpen(operation)).length;
  if (busy >= AT_ONCE) return refused(null, 'Bulk operations limit reached. Please try again later.', 'LIMIT_REACHED');
  const operation: BulkOperation = {
    kind: 'BulkOperation', id: 5_000_000_000 + shop.nextId(), type, status: 'CREATED', query, errorCode: null,
    createdAt: sim.clock.now(), completedAt: null, objectCount: 0, rootObjectCount: 0, result: null, resultKey: null, partial: false,
  };
  shop.bulkOperations.push(operation);
  const { epoch } = shop;
  sim.clock.after(sim.config.bulkDelayMs, () => {
    if (shop.epoch !== epoch) return;
    if (operation.status === 'CANCELING') return finishBulkOperation(context, operation, 'CANCELED');
    operation.status = 'RUNNING';
    run(operation).catch((error: unknown) => fail(context, operation, error));
  });
  return { bulkOperation: operation, userErrors: [] };
}

function isOpen({ status }: BulkOperation): boolean {
  return status === 'CREATED' || status === 'RUNNING' || status === 'CANCELING';
}

async function runQuery(query: BulkQuery, groupObjects: boolean, operation: BulkOperation, context: ResolverContext): Promise<void> {
  const output: string[] = [];
  const window = { start: 0, end: QUERY_CHUNK, total: 0 };
  do {
    if (operation.status === 'CANCELING') return end(context, operation, output, 'CANCELED');
    const result = await context.execute(query.document, {}, { bulkWindow: window });
    const error = result.errors?.[0];
    if (error) throw error;
    const { lines, roots } = jsonLines(query, result.data ?? {}, groupObjects);
    for (const line of lines) output.push(line);
    operation.objectCount += lines.length;
    operation.rootObjectCount += roots;
    window.start = window.end;
    window.end += QUERY_CHUNK;
    await nextTurn();
  } while (window.start < window.total);
  end(context, operation, output, 'COMPLETED');
}

async function runMutation(document: DocumentNode, variables: Record<string, unknown>[], operation: BulkOperation, context: ResolverContext): Promise<void> {
  const output: string[] = [];
  for (const [index, input] of variables.entries()) {
    if (index % MUTATION_CHUNK === 0) await nextTurn();
    if (operation.status === 'CANCELING') return end(context, operation, output, 'CANCELED');
    const result = await context.execute(document, input, { operation: 'bulkOperationRunMutation' });
    output.push(JSON.stringify({ ...result, __lineNumber: index }));
    operation.objectCount += 1;
    operation.rootObjectCount += 1;
  }
  end(context, operation, output, 'COMPLETED');
}

function end(context: ResolverContext, operation: BulkOperation, lines: string[], status: BulkStatus): void {
  if (lines.length > 0) {
    operation.result = Buffer.concat(lines.map((line) => Buffer.from(`${line}\n`)));
    operation.resultKey = `bulk-${operation.id}-${randomBytes(9).toString('hex')}`;
    operation.partial = status !== 'COMPLETED';
  }
  finishBulkOperation(context, operation, status);
}

/** Marks an operation as ended and tells the app. */
export function finishBulkOperation({ sim, shop }: ResolverContext, operation: BulkOperation, status: BulkStatus): void {
  operation.status = status;
  operation.completedAt = sim.clock.now();
  sim.webhooks.emit(shop, 'BULK_OPERATIONS_FINISH', bulkOperationPayload(shop, operation));
}

function fail(context: ResolverContext, operation: BulkOperation, error: unknown): void {
  const code = error instanceof GraphQLError ? error.extensions['code'] : undefined;
  operation.errorCode = code === 'ACCESS_DENIED' ? 'ACCESS_DENIED' : 'INTERNAL_SERVER_ERROR';
  if (code === 'SIM_NOT_IMPLEMENTED') process.stderr.write(`[shopify simulator] bulk operation ${operation.id}: ${String(error)}\n`);
  finishBulkOperation(context, operation, 'FAILED');
}
