import type { TenantId } from '../domain/kernel/ids.ts';

/** Who does something: a member of staff, an API token, Shopify, or the app itself. */
export interface Actor {
  readonly kind: 'user' | 'token' | 'shopify' | 'system';
  /** Shopify user id, token id, webhook topic, or the job's name. */
  readonly id: string;
  readonly name?: string;
}

/** `user:42`, `token:…`, `system:apply-change`: how an actor stands in events, audit and `createdBy`. */
export function actorText(actor: Actor): string {
  return `${actor.kind}:${actor.id}`;
}

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What every flow is told besides its input. Time and ids come from here, so that a flow can be replayed. */
export interface FlowContext {
  readonly tenantId: TenantId;
  readonly actor: Actor;
  readonly requestId: string;
  readonly correlationId: string;
  /** The event that made this happen, where there is one. */
  readonly causationId: string | null;
  readonly now: () => Date;
  /** A new random UUID. */
  readonly newId: () => string;
  readonly log: Log;
}
