/**
 * Bulk mutations: a document with one mutation is executed once for each line of a staged file, by the same resolvers as
 * a call. A row is what the longest list in a line's variables holds (for prices, a variant); rows take the time that the
 * shop's speed gives them, and a line is written when its rows' time is over. A cancellation lets that line finish.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { GraphQLError, Kind, OperationTypeNode, TypeInfo, getNamedType, parse, validate, visit, visitWithTypeInfo } from 'graphql';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { BulkLines } from './bulk-files.ts';
import { deadline, endBulkOperation, hang, isOverdue, refused, runFaults, startBulkOperation, startTarget } from './bulk-lifecycle.ts';
import type { Started } from './bulk-lifecycle.ts';
import { mutationSpeed } from './bulk-speed.ts';
import { knownDocument, tooLongInput } from './documents.ts';
import type { KnownOperation } from './documents.ts';
import { mulberry32 } from './faults.ts';
import { gid } from './gid.ts';
import { internalError, variableError } from './graphql-errors.ts';
import { accessOf } from './resolvers/access.ts';
import { refusalOf } from './resolvers/context.ts';
import type { ResolverContext } from './resolvers/context.ts';
import type { BulkOperation } from './shop.ts';

/** Lines executed before other requests get their turn. */
const TURN = 25;
const LEAST_WAIT_MS = 5;
/** Result lines come in any order; this many are mixed. */
const MIXED = 8;
const NO_SUCH_FILE = "The JSONL file could not be found. Try uploading the file again, and check that you've entered the URL correctly for the stagedUploadPath mutation argument.";
const BAD_FILE = 'The JSONL file submitted via the `stagedUploadsCreate` mutation is invalid. Update the file and try again.';

interface Input {
  mutation: string;
  stagedUploadPath: string;
  clientIdentifier?: string | null;
}

export function startBulkMutation({ mutation, stagedUploadPath, clientIdentifier }: Input, context: ResolverContext): Started {
  const { sim, shop, admin } = context;
  const invalid = invalidMutation(admin.schema, mutation);
  if (invalid !== null) return refused(['mutation'], `Invalid bulk mutation: ${invalid}`, 'INVALID_MUTATION');
  if (clientIdentifier != null && (clientIdentifier.length < 10 || clientIdentifier.length > 255)) {
    return refused(['clientIdentifier'], 'Client identifier must be between 10 and 255 characters', null);
  }
  const upload = shop.uploads.get(stagedUploadPath);
  if (!upload) return refused(['stagedUploadPath'], NO_SUCH_FILE, 'NO_SUCH_FILE');
  if (shop.faults.strike(['bulk_file_error'], startTarget('MUTATION'), sim.clock.now())) {
    return refused(['stagedUploadPath'], 'There was a problem reading the JSONL file. This error might be intermittent, so you can try performing the same query again.', 'INTERNAL_FILE_SERVER_ERROR');
  }
  const [first] = linesOf(upload);
  if (!first || !variablesOf(first.text)) return refused(['stagedUploadPath'], BAD_FILE, 'INVALID_STAGED_UPLOAD_FILE');
  const { document, operation: find } = knownDocument(admin, mutation);
  const known = find(undefined) as KnownOperation;
  return startBulkOperation({
    type: 'MUTATION', document: mutation, startMs: mutationSpeed(sim, shop).startMs, clientIdentifier: clientIdentifier ?? null,
    run: (operation) => run({ document, known, upload }, operation, context),
  }, context);
}

/** Why a document cannot be run in bulk; null when it can. */
function invalidMutation(schema: GraphQLSchema, text: string): string | null {
  let document: DocumentNode;
  try {
    document = parse(text);
  } catch (error) {
    if (error instanceof GraphQLError) return error.message;
    throw error;
  }
  const [error] = validate(schema, document);
  if (error) return error.message;
  const operations = document.definitions.filter((definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION);
  const [operation] = operations;
  if (operations.length !== 1 || operation?.operation !== OperationTypeNode.MUTATION) return 'The document must hold exactly one mutation';
  const [root, ...others] = operation.selectionSet.selections;
  if (others.length > 0 || root?.kind !== Kind.FIELD) return 'A bulk mutation must have exactly one top level field';
  if (root.name.value.startsWith('bulkOperation')) return `${root.name.value} cannot be run in bulk`;
  let connections = 0;
  const info = new TypeInfo(schema);
  visit(document, visitWithTypeInfo(info, {
    Field: () => {
      if (getNamedType(info.getType())?.name.endsWith('Connection')) connections += 1;
    },
  }));
  return connections > 1 ? 'Bulk mutations cannot contain more than 1 connection' : null;
}

interface Line {
  /** Counted from 0, blank ones too. */
  number: number;
  text: string;
}

function* linesOf(file: Buffer): Generator<Line> {
  for (let at = 0, number = 0; at < file.length; number++) {
    const found = file.indexOf(10, at);
    const end = found < 0 ? file.length : found;
    const text = file.toString('utf8', at, end).trim();
    if (text !== '') yield { number, text };
    at = end + 1;
  }
}

function variablesOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function rowsOf(variables: Record<string, unknown> | null): number {
  const lists = Object.values(variables ?? {}).filter((value) => Array.isArray(value));
  return Math.max(1, ...lists.map((list) => list.length));
}

interface Plan {
  document: DocumentNode;
  known: KnownOperation;
  upload: Buffer;
}

async function run(plan: Plan, operation: BulkOperation, context: ResolverContext): Promise<void> {
  const { sim: { clock }, shop } = context;
  const { epoch } = shop;
  const results = new MixedLines(operation.id);
  const end = (status: 'COMPLETED' | 'CANCELED' | 'FAILED', errorCode: BulkOperation['errorCode'] = null) => {
    const lines = results.finish();
    endBulkOperation(context, operation, faults.missing.lines > 0 ? lines.without(faults.missing.lines, faults.missing.random) : lines, status, errorCode);
  };
  const faults = runFaults(context, startTarget('MUTATION', [plan.known.name, ...plan.known.rootFields]), countLines(plan.upload));
  let due = clock.now();
  let turn = 0;
  for (const line of linesOf(plan.upload)) {
    if (operation.objectCount >= faults.cancelAt) operation.status = 'CANCELING';
    if (operation.objectCount >= faults.failAt) return end('FAILED', 'INTERNAL_SERVER_ERROR');
    if (operation.objectCount >= faults.hangAt) await hang(context, operation);
    if (shop.epoch !== epoch) return;
    if (operation.status === 'CANCELING') return end('CANCELED');
    const variables = variablesOf(line.text);
    const rows = rowsOf(variables);
    due += (rows / mutationSpeed(context.sim, shop).rowsPerSecond) * 1_000 * faults.slower;
    const wait = Math.min(due, deadline(operation, clock.now())) - clock.now();
    if (wait > LEAST_WAIT_MS) await clock.wait(wait);
    else if (++turn % TURN === 0) await nextTurn();
    if (shop.epoch !== epoch) return;
    if (isOverdue(operation, clock.now())) return end('FAILED', 'TIMEOUT');
    if (!shop.installation.installed) return end('FAILED', 'ACCESS_DENIED');
    results.add(await resultOf(plan, line, variables, operation, context));
    operation.objectCount += 1;
    operation.rootObjectCount += 1;
    operation.rowCount += rows;
  }
  end(operation.status === 'CANCELING' ? 'CANCELED' : 'COMPLETED');
}

function countLines(file: Buffer): number {
  let count = 0;
  for (let at = file.indexOf(10); at >= 0; at = file.indexOf(10, at + 1)) count += 1;
  return file.at(-1) === 10 ? count : count + 1;
}

/** Executes one line; what is wrong with it is its own result. */
async function resultOf({ document, known }: Plan, { number, text }: Line, variables: Record<string, unknown> | null, operation: BulkOperation, context: ResolverContext): Promise<string> {
  const print = (result: object) => JSON.stringify({ ...result, __lineNumber: number });
  if (!variables) {
    return print({ errors: [{ message: `Invalid JSON on line ${number}: ${text.slice(0, 80)}`, extensions: { code: 'BAD_REQUEST' } }] });
  }
  const tooLong = tooLongInput(known, variables);
  if (tooLong) return print({ errors: [tooLong] });
  const { shop, sim, admin } = context;
  const target = { names: [known.name, ...known.rootFields, 'bulk-line'], write: true };
  const fault = shop.faults.strike(['null_data', 'partial_user_errors', 'user_errors'], target, sim.clock.now());
  if (fault?.kind === 'null_data') return print({ data: null, errors: [internalError(operation.requestId)] });
  const result = await context.execute(document, variables, {
    ...accessOf(admin.version, shop.grantedScopes()), operation: 'bulkOperationRunMutation', operationName: known.givenName ?? null,
    acceptedAt: operation.createdAt, bulkLine: { operationId: gid('BulkOperation', operation.id), line: number }, refuse: refusalOf(fault?.kind),
  });
  return print('data' in result ? result : { errors: result.errors?.map(variableError) });
}

/** Result lines leave in another order than they came, never far from it, and the same way each time. */
class MixedLines {
  readonly #lines = new BulkLines();
  readonly #random: () => number;
  readonly #held: string[] = [];

  constructor(seed: number) {
    this.#random = mulberry32(seed);
  }

  add(line: string): void {
    this.#held.push(line);
    if (this.#held.length > MIXED) this.#release();
  }

  finish(): BulkLines {
    while (this.#held.length > 0) this.#release();
    return this.#lines;
  }

  #release(): void {
    const [line] = this.#held.splice(Math.floor(this.#random() * this.#held.length), 1);
    this.#lines.add(line as string);
  }
}
