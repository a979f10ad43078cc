/** POST /admin/api/:version/graphql.json: authentication, validation, cost, throttling, execution, and the faults between. */
import { execute } from 'graphql';
import type { DocumentNode, ExecutionResult } from 'graphql';
import { servedSchema } from './admin-schema.ts';
import type { AdminSchema } from './admin-schema.ts';
import { knownDocument, tooLongInput } from './documents.ts';
import type { KnownOperation } from './documents.ts';
import { TRANSPORT_FAULTS, transportFault } from './endpoint-faults.ts';
import type { FaultKind } from './faults.ts';
import { internalError, variableError } from './graphql-errors.ts';
import { json } from './http-reply.ts';
import type { Reply } from './http-reply.ts';
import { MAX_QUERY_COST } from './query-cost.ts';
import { accessOf } from './resolvers/access.ts';
import { refusalOf } from './resolvers/context.ts';
import type { Refusal, ResolverContext } from './resolvers/context.ts';
import { fieldResolver, typeResolver } from './resolvers/field-resolver.ts';
import type { AccessToken, Shop } from './shop.ts';
import type { Simulator } from './simulator.ts';

export interface GraphqlRequest {
  shop: Shop | undefined;
  version: string;
  accessToken: string | undefined;
  body: string;
  requestId: string;
}

const DOCUMENTATION = 'https://shopify.dev/api/usage/rate-limits';
const EXECUTION_FAULTS: readonly FaultKind[] = ['null_data', 'late_landing', 'timeout_after_write', 'partial_user_errors', 'user_errors', 'malformed_json', 'slow_body'];

export async function answerGraphql(sim: Simulator, request: GraphqlRequest): Promise<Reply> {
  const { shop, requestId } = request;
  if (!shop) return json(404, { errors: 'Not Found' });
  const now = sim.clock.now();
  const fallback = shop.faults.strike(['version_fallback'], { names: [], write: false }, now);
  const admin = servedSchema(fallback ? (fallback.version ?? 'retired') : request.version);
  const parsed = parseBody(request.body);
  const known = parsed ? knownDocument(admin, parsed.query) : null;
  const operation = known?.operation(parsed?.operationName) ?? null;
  const target = { names: operation ? [operation.name, ...operation.rootFields] : [], write: operation?.isMutation ?? false };
  const headers = { 'x-shopify-api-version': admin.version };
  const struck = shop.faults.strike([...TRANSPORT_FAULTS, 'token_revoked'], target, now);
  if (struck?.kind === 'token_revoked') shop.installation.tokens.delete(request.accessToken ?? '');
  else if (struck) return transportFault(struck, requestId);
  const token = currentToken(shop, request.accessToken, now);
  if (!token) return json(401, { errors: '[API] Invalid API key or access token (unrecognized login or wrong password)' });
  if (!parsed || !known) return json(400, { errors: { query: 'Required parameter missing or invalid' } });
  if (known.errors.length > 0) return json(200, { errors: known.errors }, headers);
  if (!operation) return json(200, { errors: [{ message: 'An operation name is required' }] }, headers);
  const tooLong = tooLongInput(operation, parsed.variables);
  if (tooLong) return json(200, { errors: [tooLong] }, headers);
  return charged({ sim, shop, admin, request, operation, variables: parsed.variables, document: known.document, target, headers, acceptedAt: now });
}

interface Charge {
  sim: Simulator;
  shop: Shop;
  admin: AdminSchema;
  request: GraphqlRequest;
  operation: KnownOperation;
  document: DocumentNode;
  variables: Record<string, unknown>;
  target: { names: string[]; write: boolean };
  headers: Record<string, string>;
  acceptedAt: number;
}

/** Takes the requested cost from the bucket, runs, and refunds what was not needed. */
async function charged(charge: Charge): Promise<Reply> {
  const { sim, shop, operation, variables, target, headers } = charge;
  const now = sim.clock.now();
  const requested = operation.cost.requested(variables);
  const bucket = shop.bucket(sim.config.apiKey, now);
  const stats = (sim.stats.byOperation[operation.name] ??= { requests: 0, throttled: 0, points: 0 });
  sim.stats.requests += 1;
  stats.requests += 1;
  if (requested > MAX_QUERY_COST) {
    return json(200, { errors: [{
      message: `Query cost is ${Math.ceil(requested)}, which exceeds the single query max cost limit (${MAX_QUERY_COST}).\n\nSee https://shopify.dev/concepts/about-apis/rate-limits for more information on how the\ncost of a query is calculated.\n\nTo query larger amounts of data with fewer limits, bulk operations should be used instead.\nSee https://shopify.dev/tutorials/perform-bulk-operations-with-admin-api for usage details.\n`,
      extensions: { code: 'MAX_COST_EXCEEDED', cost: Math.ceil(requested), maxCost: MAX_QUERY_COST, documentation: DOCUMENTATION },
    }] }, headers);
  }
  const storm = shop.faults.strike(['throttle_storm'], target, now);
  if (storm) bucket.empty(now);
  if (storm || !bucket.take(requested, now)) {
    sim.stats.throttled += 1;
    stats.throttled += 1;
    return json(200, {
      errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED', documentation: DOCUMENTATION } }],
      extensions: { cost: { requestedQueryCost: requested, actualQueryCost: null, throttleStatus: bucket.status() } },
    }, headers);
  }
  const run = async (refuse: Refusal): Promise<string> => {
    const result = await runOperation(charge, refuse);
    if (!('data' in result)) {
      bucket.refund(requested);
      return JSON.stringify({ errors: result.errors?.map(variableError) });
    }
    const actual = operation.cost.actual(result.data, variables);
    bucket.refund(requested - actual);
    sim.stats.pointsUsed += actual;
    stats.points += actual;
    return JSON.stringify({
      ...result, extensions: { ...result.extensions, cost: { requestedQueryCost: requested, actualQueryCost: actual, throttleStatus: bucket.status() } },
    });
  };
  return executed(charge, run);
}

/** Runs the operation, or lets a fault come between its effect and its answer. */
async function executed({ sim, shop, target, request, headers }: Charge, run: (refuse: Refusal) => Promise<string>): Promise<Reply> {
  const fault = shop.faults.strike(EXECUTION_FAULTS, target, sim.clock.now());
  switch (fault?.kind) {
    case 'null_data':
      return json(200, { data: null, errors: [internalError(request.requestId)] }, headers);
    case 'late_landing': {
      // The answer is lost at once; the effect comes later, when the client has long given up.
      const { epoch } = shop;
      sim.clock.after(fault.delayMs ?? 10_000, () => {
        if (shop.epoch === epoch) void run('nothing');
      });
      return { kind: 'cut', delayMs: 0 };
    }
    case 'timeout_after_write':
      await run('nothing');
      return { kind: 'cut', delayMs: fault.delayMs ?? 0 };
    case 'malformed_json':
      return { kind: 'truncated', status: 200, body: await run('nothing'), headers };
    case 'slow_body':
      return { kind: 'slow', status: 200, body: await run('nothing'), delayMs: fault.delayMs ?? 5_000, headers };
    default:
      return { kind: 'send', status: 200, body: await run(refusalOf(fault?.kind)), headers };
  }
}

async function runOperation({ sim, shop, admin, request, operation, document, variables, acceptedAt }: Charge, refuse: Refusal): Promise<ExecutionResult> {
  const context: ResolverContext = {
    sim, shop, admin, ...accessOf(admin.version, shop.grantedScopes()), requestId: request.requestId, acceptedAt,
    operation: operation.rootFields[0] ?? operation.name, operationName: operation.givenName ?? null, bulkLine: null, bulkWindow: null, refuse,
    execute: (inner, innerVariables, over) => execute({
      schema: admin.schema, document: inner, variableValues: innerVariables, fieldResolver, typeResolver,
      contextValue: { ...context, ...over } satisfies ResolverContext,
    }),
  };
  const result = await execute({
    schema: admin.schema, document, operationName: operation.givenName, variableValues: variables, contextValue: context, fieldResolver, typeResolver,
  });
  if (!result.errors || !('data' in result)) return result;
  const unforeseen = result.errors.find((error) => error.originalError && !error.extensions['code']);
  if (unforeseen) process.stderr.write(`[shopify simulator] ${unforeseen.stack ?? unforeseen.message}\n`);
  return result;
}

function currentToken(shop: Shop, value: string | undefined, now: number): AccessToken | null {
  const token = value === undefined ? undefined : shop.installation.tokens.get(value);
  if (!token || !shop.installation.installed) return null;
  return token.expiresAt !== null && token.expiresAt <= now ? null : token;
}

interface ParsedBody {
  query: string;
  variables: Record<string, unknown>;
  operationName: string | undefined;
}

function parseBody(text: string): ParsedBody | null {
  try {
    const body = JSON.parse(text) as { query?: unknown; variables?: unknown; operationName?: unknown };
    if (typeof body.query !== 'string' || body.query.trim() === '') return null;
    const variables = typeof body.variables === 'object' && body.variables !== null ? (body.variables as Record<string, unknown>) : {};
    return { query: body.query, variables, operationName: typeof body.operationName === 'string' ? body.operationName : undefined };
  } catch {
    return null;
  }
}
