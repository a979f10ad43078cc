import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROUTES, mayCall } from '../../schemas/routes.ts';
import type { Route } from '../../schemas/routes.ts';
import { Api } from './client.ts';
import type { Answer } from './client.ts';
import { setRole } from './database.ts';
import { makeShop } from './shops.ts';
import type { TestShop } from './shops.ts';

const SCOPES = ['catalog:read', 'changes:write', 'changes:approve', 'changes:apply', 'rules:write', 'audit:read', 'analytics:read', 'copilot:ask', 'imports:write', 'connectors:manage', 'admin'];
/** What each role may call, by the scope that the route asks for. */
const ROLES: Record<string, readonly string[]> = {
  viewer: ['catalog:read', 'audit:read'],
  editor: ['catalog:read', 'audit:read', 'rules:write', 'changes:write'],
  approver: ['catalog:read', 'audit:read', 'rules:write', 'changes:write', 'changes:approve', 'changes:apply'],
  admin: SCOPES,
};

/** Calls that take a body and change nothing. */
const READS = ['evaluateRule', 'dryRunRule', 'dryRunSavedRule', 'lintRule', 'parseSelector', 'printSelector'];
/** Calls that let prices of the shop be written, or stop that. */
const APPLIES = ['schedulePriceChange', 'applyPriceChange', 'pausePriceChange', 'resumePriceChange', 'resolvePriceChangeItem', 'endCampaign', 'endAllCampaigns', 'stopWrites'];
/** What not everybody of the staff may look at. */
const GUARDED_READS = ['getBus', 'listOutbox', 'getOutboxMessage', 'listConnectors', 'getConnectorHealth', 'listTokens'];

/** Calls a route with ids that nobody has and no body: past the scope check nothing can happen. */
function probe(api: Api, route: Route): Promise<Answer> {
  return api.call(route.method, route.path.replace(':name', 'nothing').replaceAll(/:\w+/g, () => randomUUID()));
}

describe('who may call what', () => {
  let shop: TestShop;
  const tokens = new Map<string, Api>();

  beforeAll(async () => {
    shop = await makeShop('scopes', { generate: { products: 1, variantsPerProduct: 1 } });
    for (const scope of SCOPES) tokens.set(scope, new Api((await shop.api.post('/tokens', { name: scope, scopes: [scope] })).token));
  });

  it('is decided for every call by one scope that exists', () => {
    for (const route of ROUTES) expect(SCOPES, route.id).toContain(route.scope);
  });

  it('who may only read writes nothing, and what reaches the shop needs the scope that applies', () => {
    const idsOf = (holds: (route: Route) => boolean): string[] => ROUTES.filter(holds).map(({ id }) => id).sort();
    expect(idsOf(({ method, scope }) => method !== 'GET' && ['catalog:read', 'audit:read', 'analytics:read'].includes(scope))).toEqual([...READS].sort());
    expect(idsOf(({ scope }) => scope === 'changes:apply')).toEqual([...APPLIES].sort());
    expect(idsOf(({ method, scope }) => method === 'GET' && !['catalog:read', 'audit:read'].includes(scope))).toEqual([...GUARDED_READS].sort());
  });

  for (const scope of SCOPES) {
    it(`a token with ${scope} alone passes exactly the calls that ask for it`, async () => {
      for (const route of ROUTES) {
        const { status, body } = await probe(tokens.get(scope)!, route);
        const allowed = scope === 'admin' || route.scope === scope;
        expect(mayCall(route, [scope])).toBe(allowed);
        if (allowed) expect([401, 403, 500], `${route.method} ${route.path} answered ${status}`).not.toContain(status);
        else expect([status, body.code], `${route.method} ${route.path}`).toEqual([403, 'scope_missing']);
      }
    });
  }

  it('nobody calls anything without a token, nor with one that is unknown, broken or of another kind', async () => {
    const wrong = [null, 'cal_', `cal_${'A'.repeat(43)}`, `${shop.api.token!}x`, shop.api.token!.slice(0, -1), shop.api.token!.toUpperCase(), 'nonsense', 'a.b.c', `cal_' OR 1=1--`];
    for (const route of ROUTES) {
      const { status, headers, body } = await probe(new Api(null), route);
      expect([status, body.code], route.id).toEqual([401, 'not_signed_in']);
      expect(headers.get('www-authenticate')).toBe('Bearer');
    }
    for (const token of wrong) expect((await new Api(token).call('GET', '/products')).status, String(token)).toBe(401);
    for (const authorization of ['', 'Bearer', 'Bearer  ', `Basic ${Buffer.from(`x:${shop.api.token}`).toString('base64')}`, `Token ${shop.api.token}`]) {
      expect((await new Api(null).call('GET', '/products', undefined, { headers: { authorization } })).status, authorization).toBe(401);
    }
    expect((await new Api(null).call('GET', `/products?token=${shop.api.token}`)).status).toBe(401);
  });

  it('a revoked token ends at once, and cannot be revoked twice', async () => {
    const made = await shop.api.post('/tokens', { name: 'short', scopes: ['catalog:read'] });
    const api = new Api(made.token);
    expect((await api.call('GET', '/products')).status).toBe(200);
    expect((await shop.api.call('DELETE', `/tokens/${made.id}`)).status).toBe(204);
    expect((await api.call('GET', '/products')).status).toBe(401);
    expect((await shop.api.call('DELETE', `/tokens/${made.id}`)).status).toBe(404);
    const listed = (await shop.api.get('/tokens')).data.find((token: { id: string }) => token.id === made.id);
    expect(listed.revokedAt).not.toBeNull();
    expect(listed.lastUsedAt).not.toBeNull();
    expect(JSON.stringify(listed)).not.toContain(made.token);
  });

  it('a token cannot be made with a scope that does not exist, or none', async () => {
    for (const scopes of [[], ['everything'], ['catalog:read', 'catalog:read'], 'admin', null]) expect((await shop.api.call('POST', '/tokens', { name: 'x', scopes })).status, JSON.stringify(scopes)).toBe(422);
  });

  for (const [role, scopes] of Object.entries(ROLES)) {
    it(`a session token lets a ${role} call what the role may, and nothing else`, async () => {
      const user = `9${Object.keys(ROLES).indexOf(role)}01`;
      await setRole(shop.domain, user, role);
      const api = new Api(await shop.sessionToken(user));
      for (const route of ROUTES) {
        const { status, body } = await probe(api, route);
        if (scopes.includes(route.scope)) expect([401, 403, 410, 500], `${route.method} ${route.path} answered ${status}`).not.toContain(status);
        else expect([status, body.code], `${route.method} ${route.path}`).toEqual([403, 'scope_missing']);
      }
    });
  }

  it('the first to open the app is its admin, those after begin as editors', async () => {
    const first = new Api(await shop.sessionToken('42'));
    const later = new Api(await shop.sessionToken('7777'));
    expect((await first.call('GET', '/tokens')).status).toBe(200);
    expect((await later.call('GET', '/tokens')).status).toBe(403);
    expect((await later.call('POST', '/rules', { name: 'by an editor', rule: { selector: { any: [] }, transform: {} } })).status).toBe(201);
    const [entry] = (await shop.api.get('/audit?actor=user:7777')).data;
    expect(entry).toMatchObject({ entity: 'rule', action: 'created', actor: 'user:7777' });
  });
});
