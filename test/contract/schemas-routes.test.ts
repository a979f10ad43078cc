import { describe, expect, it } from 'vitest';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { SCHEMA_NAMES, schemaOf } from '../../schemas/registry.ts';
import { ROUTES, mayCall, pathParameters } from '../../schemas/routes.ts';
import { buildOpenApi, errorStatuses } from '../../schemas/tools/openapi.ts';
import { type JsonObject, walk } from '../../schemas/tools/schema-names.ts';

/** The calls of API.md that are served now, written down again by hand: the list must not lose or gain one unnoticed. */
const PROMISED = `
POST /catalog/sync
GET /catalog/status
POST /catalog/reconcile
GET /catalog/prices.csv
GET /products
GET /products/:id
GET /variants
GET /variants/:id
GET /variants/:id/prices
GET /variants/:id/contextual-prices
GET /price-lists
POST /price-lists/sync
GET /rules
POST /rules
GET /rules/:id
PUT /rules/:id
DELETE /rules/:id
GET /rules/:id/versions
POST /rules/:id/run
POST /rules/evaluate
POST /rules/dry-run
POST /rules/:id/dry-run
POST /rules/lint
POST /selectors/parse
POST /selectors/print
GET /price-changes
POST /price-changes
GET /price-changes/:id
POST /price-changes/:id/preview
GET /price-changes/:id/items
GET /price-changes/:id/items/:itemId/explain
GET /price-changes/:id/items.csv
GET /price-changes/:id/restore.csv
POST /price-changes/:id/approve
POST /price-changes/:id/reject
POST /price-changes/:id/comments
GET /price-changes/:id/decisions
POST /price-changes/:id/schedule
POST /price-changes/:id/cancel
POST /price-changes/:id/apply
POST /price-changes/:id/pause
POST /price-changes/:id/resume
POST /price-changes/:id/items/:itemId/resolve
POST /price-changes/:id/rollback
POST /price-changes/:id/end
POST /campaigns/end
GET /price-changes/:id/overlaps
GET /price-changes/:id/overlaps/:otherId
POST /price-changes/:id/delta
GET /price-changes/:id/events
GET /writes
POST /writes/stop
POST /writes/resume
GET /policies
PUT /policies
GET /audit
GET /audit/report.csv
GET /events
POST /events/replay
GET /bus
GET /outbox
POST /outbox/retry
POST /outbox/discard
GET /outbox/:id
POST /outbox/:id/retry
POST /outbox/:id/discard
GET /connectors
GET /connectors/:name/health
POST /connectors/:name/check
GET /tokens
POST /tokens
DELETE /tokens/:id
`;

describe('the list of routes', () => {
  it('is what API.md promises', () => {
    expect(ROUTES.map((route) => `${route.method} ${route.path}`).sort()).toEqual(PROMISED.trim().split('\n').sort());
  });

  it('names every route once, with a schema for every body', () => {
    expect(new Set(ROUTES.map(({ id }) => id)).size).toBe(ROUTES.length);
    for (const route of ROUTES) {
      for (const name of [route.request?.schema, route.response.schema]) if (name) expect(SCHEMA_NAMES, route.id).toContain(name);
      expect(route.response.schema !== undefined || route.response.contentType !== undefined || route.response.status === 204, route.id).toBe(true);
      expect(route.method === 'GET' && route.request !== undefined, route.id).toBe(false);
    }
  });

  it('says whose every id is, and that another shop\'s answers 404', () => {
    for (const route of ROUTES) {
      expect(route.owner !== undefined, route.id).toBe(pathParameters(route).includes('id'));
      if (route.owner) expect(errorStatuses(route), route.id).toContain(404);
    }
  });

  it('lets a token through by its scope or by admin, and by nothing else', () => {
    const scopes = (schemaOf('api-scope') as { enum: string[] }).enum;
    for (const route of ROUTES) {
      expect(scopes, route.id).toContain(route.scope);
      expect(scopes.filter((scope) => mayCall(route, [scope])).sort(), route.id).toEqual([...new Set([route.scope, 'admin'])].sort());
      expect(mayCall(route, []), route.id).toBe(false);
    }
  });

  it('lets nobody with reading scopes alone change anything', () => {
    const writing = ROUTES.filter((route) => route.method !== 'GET' && mayCall(route, ['catalog:read', 'audit:read', 'analytics:read']));
    expect(writing.map(({ id }) => id)).toEqual(['evaluateRule', 'dryRunRule', 'dryRunSavedRule', 'lintRule', 'parseSelector', 'printSelector']);
  });
});

describe('the OpenAPI document', () => {
  const document = buildOpenApi();
  const json = JSON.parse(JSON.stringify(document)) as JsonObject;

  it('has every route, and the same bytes each time', () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`));
    expect(operations.sort()).toEqual(ROUTES.map((route) => `${route.method} ${route.path}`).sort());
    expect(JSON.stringify(buildOpenApi())).toBe(JSON.stringify(document));
  });

  it('has only references that lead somewhere inside it', () => {
    walk(json, (node, pointer) => {
      if (typeof node['$ref'] !== 'string' || pointer.endsWith('/properties')) return;
      expect(node['$ref'], pointer).toMatch(/^#\/components\//);
      const target = node['$ref'].slice(2).split('/').reduce<unknown>((at, key) => (at as JsonObject | undefined)?.[key], json);
      expect(target, `${pointer} → ${node['$ref']}`).toBeDefined();
    });
  });

  it('shows neither database columns nor addresses of the registry', () => {
    const text = JSON.stringify(json);
    expect(text).not.toContain('x-column');
    expect(text).not.toContain('calibrate.example');
  });

  it('declares every parameter of a path, and Idempotency-Key on every POST', () => {
    for (const route of ROUTES) {
      const operation = document.paths[route.path.replaceAll(/:(\w+)/g, '{$1}')]![route.method.toLowerCase()]! as { parameters?: { name?: string; in?: string; $ref?: string }[] };
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      expect(inPath, route.id).toEqual(pathParameters(route));
      const keyed = (operation.parameters ?? []).some(({ $ref }) => $ref === '#/components/parameters/IdempotencyKey');
      expect(keyed, route.id).toBe(route.method === 'POST');
    }
  });

  it('has component schemas that are valid 2020-12 and judge values as the registry does', () => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    ajv.addSchema({ ...json, $id: 'openapi' });
    const judge = (name: string) => ajv.compile({ $ref: `openapi#/components/schemas/${name}` });
    for (const name of Object.keys((json['components'] as { schemas: JsonObject }).schemas)) expect(judge(name), name).toBeTypeOf('function');
    expect(judge('Money')({ amount: '1.00', currencyCode: 'USD' })).toBe(true);
    expect(judge('Money')({ amount: 1, currencyCode: 'USD' })).toBe(false);
    expect(judge('PriceChangeCreateRequest')({ name: 'a' })).toBe(false);
  });
});
