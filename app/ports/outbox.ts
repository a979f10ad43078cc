import type { TenantId } from '../domain/kernel/ids.ts';

/** A message of the outbox that this publisher holds until its lease ends; `epoch` fences what it may still do with it. */
export interface LeasedMessage {
  readonly tenantId: TenantId;
  readonly id: string;
  readonly eventId: string;
  readonly topic: string;
  readonly aggregate: string;
  /** This try included. */
  readonly attempts: number;
  readonly epoch: number;
}

export interface OutboxLeases {
  /** The head of each aggregate that is due, across tenants; what another publisher holds is passed over. */
  lease(owner: string, max: number): Promise<readonly LeasedMessage[]>;
  /** False when the lease had been lost: somebody else tells it again, and subscribers do not mind. */
  done(message: LeasedMessage, owner: string): Promise<boolean>;
  failed(message: LeasedMessage, owner: string, info: { error: string; runAt: Date; dead: boolean }): Promise<boolean>;
}
