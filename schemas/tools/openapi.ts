import { SCHEMA_NAMES, SCHEMA_SET_VERSION, schemaOf } from '../registry.ts';
import { ROUTES, type Route, pathParameters } from '../routes.ts';
import { type Json, type JsonObject, isObject, refTarget, typeNames } from './schema-names.ts';

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly { readonly [scheme: string]: readonly string[] }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: { readonly [path: string]: { readonly [method: string]: JsonObject } };
  readonly components: JsonObject;
}

const ERRORS: Readonly<Record<number, string>> = {
  400: 'Malformed: not JSON, or not what the request\'s schema says.',
  401: 'No token, or one that is not valid.',
  403: 'The token lacks the scope, or the user the role.',
  404: 'There is no such thing in this shop.',
  409: 'The thing is in the wrong state, or the plan is stale.',
  413: 'The body is too large.',
  422: 'A rule or value is not valid, or the Idempotency-Key was used with another body.',
  429: 'Too many requests; see Retry-After.',
  503: 'Not available now; see Retry-After.',
};

/** The REST API as OpenAPI 3.1, from the schemas and the list of routes. The same input gives the same document. */
export function buildOpenApi(): OpenApiDocument {
  const schemas = SCHEMA_NAMES.map((name) => ({ name, schema: schemaOf(name) as unknown as JsonObject }));
  const names = typeNames(schemas);
  const components: JsonObject = {};
  for (const { name, schema } of schemas) {
    components[names.get(name)!] = toComponent(schema, name, names);
    const defs = schema['$defs'];
    if (!isObject(defs)) continue;
    for (const [def, body] of Object.entries(defs)) components[names.get(`${name}#${def}`)!] = toComponent(body, name, names);
  }
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const route of ROUTES) {
    const path = route.path.replaceAll(/:([A-Za-z]+)/g, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(route, names);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Calibrate',
      version: SCHEMA_SET_VERSION,
      description: 'Change thousands of prices by rule: see exactly what will happen, approve that, apply it safely, undo it exactly. '
        + 'Lists answer `{data, nextCursor}`. Every POST may carry `Idempotency-Key`. Fields may be added: ignore those you do not know.',
    },
    servers: [{ url: '/api/v1' }],
    security: [{ token: [] }],
    tags: [...new Set(ROUTES.map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'An API token `cal_…` with scopes, or a session token of App Bridge.' } },
      headers: {
        RequestId: { description: 'Id of the request, also in logs and audit.', schema: { type: 'string' } },
        RetryAfter: { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 } },
      },
      parameters: {
        IdempotencyKey: {
          name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', minLength: 1, maxLength: 255 },
          description: 'The same key and body gives the first answer again; another body answers 422.',
        },
      },
      responses: Object.fromEntries(Object.entries(ERRORS).map(([status, description]) => [`Problem${status}`, errorResponse(Number(status), description)])),
      schemas: components,
    },
  };
}

function operation(route: Route, names: ReadonlyMap<string, string>): JsonObject {
  const parameters: Json[] = pathParameters(route).map((name): JsonObject => {
    const schema: JsonObject = name === 'name' ? { type: 'string' } : { type: 'string', format: 'uuid' };
    return { name, in: 'path', required: true, schema };
  });
  for (const { name, description, schema } of route.query ?? []) parameters.push({ name, in: 'query', required: false, description, schema: schema as JsonObject });
  if (route.method === 'POST') parameters.push({ $ref: '#/components/parameters/IdempotencyKey' });
  const { status, description, schema, contentType = 'application/json' } = route.response;
  const success: JsonObject = { description, headers: requestIdHeader() };
  if (status !== 204) success['content'] = { [contentType]: { schema: schema ? component(schema, names) : { type: 'string' } } };
  const responses: JsonObject = { [status]: success };
  for (const code of errorStatuses(route)) responses[code] = { $ref: `#/components/responses/Problem${code}` };
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    description: `Needs the scope \`${route.scope}\`.`,
    security: [{ token: [route.scope] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.request
      ? { requestBody: { required: route.request.required, content: { 'application/json': { schema: component(route.request.schema, names) } } } }
      : {}),
    responses,
  };
}

/** Statuses of problem+json that the call may answer. */
export function errorStatuses(route: Route): number[] {
  const statuses = [400, 401, 403, 429, 503];
  if (pathParameters(route).length > 0) statuses.push(404);
  if (route.conflicts) statuses.push(409);
  if (route.request) statuses.push(413);
  if (route.request || route.method === 'POST') statuses.push(422);
  return statuses.sort((a, b) => a - b);
}

function component(name: string, names: ReadonlyMap<string, string>): JsonObject {
  return { $ref: `#/components/schemas/${names.get(name)!}` };
}

function requestIdHeader(): JsonObject {
  return { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } };
}

function errorResponse(status: number, description: string): JsonObject {
  const headers = requestIdHeader();
  if (status === 429 || status === 503) headers['Retry-After'] = { $ref: '#/components/headers/RetryAfter' };
  return { description, headers, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemDetails' } } } };
}

/** A schema as a component: without what places it in the registry, every `$ref` pointing into the document. */
function toComponent(value: Json | undefined, file: string, names: ReadonlyMap<string, string>, isMap = false): Json {
  if (Array.isArray(value)) return value.map((item) => toComponent(item, file, names));
  if (!isObject(value)) return value ?? null;
  const out: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    if (isMap) out[key] = toComponent(item, file, names);
    else if (key === '$schema' || key === '$id' || key === '$defs' || key.startsWith('x-')) continue;
    else if (key === '$ref') out[key] = `#/components/schemas/${refTarget(String(item), file, names)}`;
    else if (key === 'enum' || key === 'const' || key === 'default' || key === 'examples' || key === 'required') out[key] = item;
    else out[key] = toComponent(item, file, names, key === 'properties' || key === 'patternProperties');
  }
  return out;
}
