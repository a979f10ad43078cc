import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { container } from '../container.server.ts';
import type { BoundFlows } from '../container.server.ts';
import type { Problem, Result } from '../domain/kernel/result.ts';
import type { FlowContext } from '../ports/context.ts';
import type { Role } from '../ports/tenant-store.ts';
import { identifyUser } from './identify.ts';
import { fromDomain, problemResponse } from './problem.ts';
import { requestIdOf } from './request-context.ts';
import { atLeast } from './roles.ts';

export interface AdminRequest {
  readonly ctx: FlowContext;
  readonly flows: BoundFlows;
  readonly role: Role;
  readonly shop: string;
  readonly currencyCode: string;
  readonly timeZone: string;
}

/** Who asks, from Shopify's session token, with at least this role; throws the Response to give otherwise. */
export async function requireAdmin({ request }: LoaderFunctionArgs | ActionFunctionArgs, minimumRole: Role = 'viewer'): Promise<AdminRequest> {
  const made = await container();
  const { ctx, role } = await identifyUser(made, request);
  if (!atLeast(role, minimumRole)) {
    throw problemResponse({ status: 403, code: 'role_missing', detail: `This needs the role ${minimumRole}; yours is ${role}. Ask an admin of the shop.` }, request, ctx.requestId);
  }
  const status = await made.flows.shopFacts(ctx);
  return { ctx, flows: made.flows, role, ...status };
}

/** The value, or the problem thrown as a Response for the route's error boundary. */
export function unwrap<T>(result: Result<T>, request?: Request): T {
  if (result.ok) return result.value;
  const at = request ?? new Request('http://localhost/');
  throw problemResponse(fromDomain(result.error), at, requestIdOf(at));
}

export type { Problem };
