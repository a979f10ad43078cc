/** Bulk queries: the document is checked first, then the root connection is read window by window and its objects written as lines. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { GraphQLError, parse, validate } from 'graphql';
import { BulkLines } from './bulk-files.ts';
import { endBulkOperation, hang, isOverdue, refused, runFaults, startBulkOperation, startTarget } from './bulk-lifecycle.ts';
import type { RunFaults, Started } from './bulk-lifecycle.ts';
import { analyseBulkQuery, jsonLines } from './bulk-query.ts';
import type { BulkQuery } from './bulk-query.ts';
import { querySpeed } from './bulk-speed.ts';
import { mulberry32 } from './faults.ts';
import { accessOf } from './resolvers/access.ts';
import type { ResolverContext } from './resolvers/context.ts';
import type { BulkOperation } from './shop.ts';

/** Root objects read before other requests get their turn. */
const WINDOW = 250;
/** Waits shorter than this are made up for later. */
const LEAST_WAIT_MS = 5;

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
  return startBulkOperation({
    type: 'QUERY', document: text, startMs: querySpeed(context.sim, context.shop).startMs, clientIdentifier: null,
    run: (operation) => run(query, groupObjects, operation, context),
  }, context);
}

async function run(query: BulkQuery, groupObjects: boolean, operation: BulkOperation, context: ResolverContext): Promise<void> {
  const { sim, shop } = context;
  const { epoch } = shop;
  const lines = new BulkLines();
  const random = mulberry32(operation.id);
  const window = { start: 0, end: WINDOW, total: 0 };
  let faults: RunFaults | null = null;
  let due = sim.clock.now();
  do {
    const scopes = accessOf(context.admin.version, shop.grantedScopes());
    const result = await context.execute(query.document, {}, { bulkWindow: window, ...scopes });
    const error = result.errors?.[0];
    if (error) return endBulkOperation(context, operation, lines, 'FAILED', error.extensions['code'] === 'ACCESS_DENIED' ? 'ACCESS_DENIED' : unforeseen(operation, error));
    const found = jsonLines(result.data ?? {}, groupObjects, random);
    faults ??= runFaults(context, startTarget('QUERY'), window.total);
    const stop = Math.min(faults.failAt, faults.cancelAt, faults.hangAt);
    const chosen = found.lines.slice(0, Math.max(0, stop - operation.objectCount));
    const { objectsPerSecond } = querySpeed(sim, shop);
    if (objectsPerSecond !== null) due += (chosen.length / objectsPerSecond) * 1_000 * faults.slower;
    const wait = due - sim.clock.now();
    await (wait > LEAST_WAIT_MS ? sim.clock.wait(wait) : nextTurn());
    if (shop.epoch !== epoch) return;
    for (const line of chosen) lines.add(line);
    operation.objectCount += chosen.length;
    operation.rootObjectCount += found.roots;
    if (operation.objectCount >= faults.hangAt) await hang(context, operation);
    if (shop.epoch !== epoch) return;
    if (operation.status === 'CANCELING' || operation.objectCount >= faults.cancelAt) return endBulkOperation(context, operation, lines, 'CANCELED');
    if (operation.objectCount >= faults.failAt) return endBulkOperation(context, operation, lines, 'FAILED', 'INTERNAL_SERVER_ERROR');
    if (!shop.installation.installed) return endBulkOperation(context, operation, lines, 'FAILED', 'ACCESS_DENIED');
    if (isOverdue(operation, sim.clock.now())) return endBulkOperation(context, operation, lines, 'FAILED', 'TIMEOUT');
    window.start = window.end;
    window.end += WINDOW;
  } while (window.start < window.total);
  endBulkOperation(context, operation, faults.missing.lines > 0 ? lines.without(faults.missing.lines, faults.missing.random) : lines, 'COMPLETED');
}

function unforeseen(operation: BulkOperation, error: GraphQLError): 'INTERNAL_SERVER_ERROR' {
  process.stderr.write(`[shopify simulator] bulk operation ${operation.id}: ${error.message}\n`);
  return 'INTERNAL_SERVER_ERROR';
}
