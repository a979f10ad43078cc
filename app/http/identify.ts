import type { ApiScope } from '@calibr/types';
import type { Container } from '../container.server.ts';
import type { Actor, FlowContext } from '../ports/context.ts';
import type { Role } from '../ports/tenant-store.ts';
import type { HttpProblem } from './problem.ts';
import { requestContext } from './request-context.ts';
import { SCOPES_OF_ROLE } from './roles.ts';

export interface Caller {
  readonly ctx: FlowContext;
  readonly scopes: readonly ApiScope[];
  /** Null for API tokens. */
  readonly role: Role | null;
}

const unauthorized = (detail: string): HttpProblem => ({ status: 401, code: 'not_signed_in', detail, headers: { 'WWW-Authenticate': 'Bearer' } });

/**
 * Who calls the API: a token of ours (`cal_…`), or a session token of App Bridge with the role of its user.
 * Throws the SDK's own Response where Shopify's session token is missing or bad, since App Bridge acts on its headers.
 */
export async function identify(container: Container, request: Request): Promise<Caller | HttpProblem> {
  const header = request.headers.get('authorization');
  const token = header?.match(/^Bearer\s+(\S+)$/i)?.[1];
  // App Bridge fetches a session token and asks again where it sees this header; programs pass over it.
  if (!token) return { ...unauthorized('Send an API token as "Authorization: Bearer cal_…".'), headers: { 'WWW-Authenticate': 'Bearer', 'X-Shopify-Retry-Invalid-Session-Request': '1' } };
  if (token.startsWith('cal_')) {
    const identity = await container.directory.byToken(token);
    if (!identity) return unauthorized('This API token is unknown or was revoked.');
    const actor: Actor = { kind: 'token', id: identity.tokenId };
    const ctx = requestContext(request, container, identity.tenantId, actor);
    await container.flows.touchToken(ctx, { id: identity.tokenId });
    return { ctx, scopes: identity.scopes as readonly ApiScope[], role: null };
  }
  return identifyUser(container, forProgram(request));
}

/** The SDK turns programs away by their name (410), which is right for pages; here the token says who calls. */
function forProgram(request: Request): Request {
  const headers = new Headers(request.headers);
  headers.set('user-agent', 'Mozilla/5.0 (Calibrate API)');
  return new Request(request.url, { method: 'GET', headers });
}

/** The member of staff behind a session token. The token's shop counts, whatever a parameter says. */
export async function identifyUser(container: Container, request: Request): Promise<Caller & { role: Role }> {
  const { session, sessionToken } = await container.shopify.authenticate.admin(request);
  const tenant = await container.directory.byShop(session.shop);
  if (!tenant || tenant.state !== 'installed') throw new Response('The app is not installed in this shop.', { status: 403 });
  const userId = sessionToken?.sub ?? 'unknown';
  const ctx = requestContext(request, container, tenant.tenantId, { kind: 'user', id: userId });
  const role = await container.flows.memberRole(ctx, { userId });
  return { ctx, scopes: SCOPES_OF_ROLE[role], role };
}
