import { randomUUID } from 'node:crypto';
import type { TenantId } from '../domain/kernel/ids.ts';
import { requestIdFrom } from '../platform/monitor/request-id.ts';
import { withContext } from '../platform/monitor/logger.ts';
import type { Logger } from '../platform/monitor/logger.ts';
import type { Actor, FlowContext } from '../ports/context.ts';

/** The id of this request: the caller's where it is a sane one. */
export function requestIdOf(request: Request): string {
  return requestIdFrom(request.headers.get('x-request-id'));
}

/** What a flow is told, for a request that was authenticated. */
export function requestContext(request: Request, { log, clock }: { log: Logger; clock: { now(): Date } }, tenantId: TenantId, actor: Actor): FlowContext {
  const requestId = requestIdOf(request);
  const correlationId = requestIdFrom(request.headers.get('x-correlation-id'), () => requestId);
  return {
    tenantId, actor, requestId, correlationId, causationId: null,
    now: () => clock.now(), newId: randomUUID, log: withContext(log, { requestId, correlationId, tenantId }),
  };
}
