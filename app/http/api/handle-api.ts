import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { mayCall, pathParameters, ROUTES } from '../../../schemas/routes.ts';
import type { Route } from '../../../schemas/routes.ts';
import type { Container } from '../../container.server.ts';
import { isUuid } from '../../domain/kernel/ids.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { FlowContext } from '../../ports/context.ts';
import { identify } from '../identify.ts';
import type { Caller } from '../identify.ts';
import { fromDomain, problemResponse } from '../problem.ts';
import type { HttpProblem } from '../problem.ts';
import { requestIdOf } from '../request-context.ts';
import { OPERATIONS } from './operations.ts';
import { queryFault, readQuery } from './query.ts';
import { checkBody, readBody, unstorableTexts } from './request-body.ts';

export interface Call {
  readonly container: Container;
  readonly caller: Caller;
  readonly ctx: FlowContext;
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Answers with a DTO (the route says which status), or streams. */
export type Operation = (call: Call) => Promise<Result<unknown> | Response>;

const compiled = ROUTES.map((route) => ({
  route,
  names: pathParameters(route),
  pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replace(/:[A-Za-z]+/g, '([^/]+)')}$`),
}));

// A generous ceiling for each token: enough for any script, too little to take the service from others.
const limiter = new RateLimiterMemory({ points: 1_200, duration: 10 });
/** Longer than any call takes: only then a key whose process died is free again. */
const KEY_ABANDONED_MS = 120_000;
/** When it is tried again to free or end a key while the database is away; together well below the above. */
const KEY_AGAIN_MS = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/** One REST call under /api/v1: route → caller → scope → rate → parameters and body → flow → answer. */
export async function handleApi(container: Container, request: Request, path: string): Promise<Response> {
  const requestId = requestIdOf(request);
  const startedAt = performance.now();
  const matched = match(request.method, path);
  const response = 'problem' in matched ? problemResponse(matched.problem, request, requestId) : await answer(container, request, requestId, matched);
  container.metrics.httpRequest({ method: request.method, route: 'route' in matched ? `/api/v1${matched.route.path}` : '/api/v1/unknown', status: response.status }, performance.now() - startedAt);
  return response;
}

type Match = { readonly route: Route; readonly params: Record<string, string> } | { readonly problem: HttpProblem };

function match(method: string, path: string): Match {
  const allowed: string[] = [];
  for (const { route, names, pattern } of compiled) {
    const found = pattern.exec(path);
    if (!found) continue;
    if (route.method === method) {
      return { route, params: Object.fromEntries(names.map((name, i) => [name, safeDecode(found[i + 1]!)])) };
    }
    allowed.push(route.method);
  }
  if (allowed.length) return { problem: { status: 405, code: 'method_not_allowed', detail: `This address takes ${allowed.join(', ')}.`, headers: { Allow: allowed.join(', ') } } };
  return { problem: { status: 404, code: 'no_such_call', detail: `There is no call ${method} /api/v1${path}.` } };
}

function safeDecode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function answer(container: Container, request: Request, requestId: string, { route, params }: Extract<Match, { route: Route }>): Promise<Response> {
  let sent: unknown = null;
  try {
    const caller = await identify(container, request);
    if ('status' in caller) return problemResponse(caller, request, requestId);
    const refused = await mayGoOn(route, caller, params);
    if (refused) return problemResponse(refused, request, requestId);
    const query = readQuery(route, new URL(request.url).searchParams);
    if (query.errors.length) return problemResponse({ status: 422, code: 'invalid_query', detail: queryFault(query.errors), errors: query.errors }, request, requestId);
    const body = request.method === 'GET' || request.method === 'DELETE' ? { value: {}, text: '' } : await readBody(request);
    if ('status' in body) return problemResponse(body, request, requestId);
    sent = body.value;
    const call: Call = { container, caller, ctx: caller.ctx, request, params, query: query.values, body: body.value };
    const run = async (): Promise<Response> => {
      const wrong = route.request ? checkBody(route.request.schema, body.value) : null;
      if (wrong) return problemResponse(wrong, request, requestId);
      return respond(route, await OPERATIONS[route.id]!(call), request, requestId);
    };
    const key = request.method === 'POST' ? request.headers.get('idempotency-key') : null;
    return key === null ? await run() : await onlyOnce(container, call, key, body.text, run, requestId);
  } catch (thrown) {
    if (thrown instanceof Response) return thrown;
    if (isDataRefused(thrown)) {
      container.log.warn({ err: thrown, requestId, route: route.id }, 'A call of the API held a value that cannot be stored or compared');
      const errors = unstorableTexts(sent);
      return problemResponse({ status: 422, code: 'invalid_value', detail: errors[0] ? `${errors[0].pointer || 'The body'}: ${errors[0].message}` : 'A value of this request cannot be used: a character that cannot be stored, a number that is too large, or a cursor that is not one of ours.', errors }, request, requestId);
    }
    container.log.error({ err: thrown, requestId, route: route.id }, 'A call of the API failed');
    const down = isConnectionLoss(thrown);
    return problemResponse(down
      ? { status: 503, code: 'database_unavailable', detail: 'The database cannot be reached right now; try again shortly.', headers: { 'Retry-After': '5' } }
      : { status: 500, code: 'internal_error', detail: 'Something went wrong on our side. The request id helps us to find it.' }, request, requestId);
  }
}

async function mayGoOn(route: Route, caller: Caller, params: Readonly<Record<string, string>>): Promise<HttpProblem | null> {
  if (!mayCall(route, caller.scopes)) return { status: 403, code: 'scope_missing', detail: `This call needs the scope ${route.scope}.` };
  const allowed = await limiter.consume(`${caller.ctx.tenantId}:${caller.ctx.actor.id}`).then(() => null, (state: { msBeforeNext: number }) => state);
  if (allowed) return { status: 429, code: 'too_many_requests', detail: 'Too many requests with this token; slow down.', headers: { 'Retry-After': String(Math.max(1, Math.ceil(allowed.msBeforeNext / 1000))) } };
  const bad = Object.entries(params).find(([name, value]) => name !== 'name' && !isUuid(value));
  // An id that is no UUID is nobody's.
  return bad ? { status: 404, code: 'not_found', detail: `There is nothing with the id "${bad[1].slice(0, 60)}".` } : null;
}

function respond(route: Route, result: Result<unknown> | Response, request: Request, requestId: string): Response {
  if (result instanceof Response) return result;
  if (!result.ok) return problemResponse(fromDomain(result.error), request, requestId);
  const headers = { 'Cache-Control': 'no-store' };
  if (route.response.status === 204) return new Response(null, { status: 204, headers });
  return new Response(JSON.stringify(result.value), { status: route.response.status, headers: { ...headers, 'Content-Type': 'application/json; charset=utf-8' } });
}

/** The first answer again for the same key and body; a key that was used for something else is refused. */
async function onlyOnce(container: Container, { ctx, request }: Call, key: string, text: string, run: () => Promise<Response>, requestId: string): Promise<Response> {
  if (key.length < 1 || key.length > 200) return problemResponse({ status: 422, code: 'invalid_idempotency_key', detail: 'An Idempotency-Key has 1 to 200 characters.' }, request, requestId);
  const path = new URL(request.url).pathname;
  const bodyHash = createHash('sha256').update(text).digest();
  const begunAt = ctx.now();
  // Nobody else's: a key that was begun anew meanwhile is that request's.
  const giveBack = (): Promise<void> => container.uow.run(ctx.tenantId, (tx) => tx.idempotency.forget(key, begunAt));
  const begun = await container.uow.run(ctx.tenantId, (tx) => tx.idempotency.begin({ key, method: request.method, path, bodyHash, now: begunAt, abandonedBefore: new Date(begunAt.getTime() - KEY_ABANDONED_MS) }))
    .catch((error: unknown) => {
      // It may be begun, and the answer to that was lost.
      void untilDone(container, giveBack);
      throw error;
    });
  if (begun.kind === 'other_request') return problemResponse({ status: 422, code: 'idempotency_key_reused', detail: 'This Idempotency-Key was used for another request; use a new one.' }, request, requestId);
  if (begun.kind === 'running') return problemResponse({ status: 409, code: 'request_running', detail: 'The first request with this Idempotency-Key has not been answered yet.', headers: { 'Retry-After': '1' } }, request, requestId);
  if (begun.kind === 'answered') {
    const { status, body } = begun.answer;
    return new Response(body === null ? null : JSON.stringify(body), { status, headers: { 'Content-Type': status >= 400 ? 'application/problem+json; charset=utf-8' : 'application/json; charset=utf-8', 'Idempotency-Replayed': 'true' } });
  }
  let response: Response | null = null;
  try {
    response = await run();
  } finally {
    // A failure of ours is not an answer: the same key may be tried again.
    if (!response || response.status >= 500) await giveBack().catch(() => void untilDone(container, giveBack));
  }
  if (response.status < 500) {
    const copy = await response.clone().text();
    const { status } = response;
    // It is done, whether that can be kept with its key just now or not.
    const keep = (): Promise<void> => container.uow.run(ctx.tenantId, (tx) => tx.idempotency.finish(key, { status, body: copy === '' ? null : JSON.parse(copy) }, ctx.now()));
    await keep().catch(() => void untilDone(container, keep));
  }
  return response;
}

/** A database that breaks a request is away for its key as well; whoever asks again with it must not wait for longer than that. */
async function untilDone({ log }: Container, work: () => Promise<void>): Promise<void> {
  for (const ms of KEY_AGAIN_MS) {
    await sleep(ms, undefined, { ref: false });
    try {
      return await work();
    } catch (error) {
      log.debug({ err: error }, 'An Idempotency-Key could not be freed or ended yet');
    }
  }
}

/** SQLSTATE class 22, data exception: PostgreSQL was given a value that it cannot take, NUL characters for one. */
function isDataRefused(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^22[0-9A-Z]{3}$/.test(code);
}

/** The database is away, full, or gave up on a session of ours that a busy machine left waiting. The driver says some of it only in words. */
export function isConnectionLoss(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return /^(ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|08|57P0|53300|25P03)/.test(code);
  return typeof message === 'string' && /^(timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error)/.test(message);
}

