import type { TenantId } from '../domain/kernel/ids.ts';

/** A message of the outbox that this publisher holds until its lease ends; `epoch` fences what it may still do with it. */
export interface LeasedMessage {
  readonly tenantId: TenantId;
  readonly id: string;
  readonly eventId: string;
  /** Of its event, which gives the order of an aggregate. */
  readonly eventSeq: bigint;
  readonly topic: string;
  readonly aggregate: string;
  /** This try included. */
  readonly attempts: number;
  readonly epoch: number;
  /** When it was written, by the database's clock. */
  readonly createdAt: Date;
}

export interface OutboxLeases {
  /**
   * At most `max` due messages, across tenants, each tenant's by `eventSeq`: the head of each aggregate and what follows it. What another publisher
   * holds is passed over, and so is everything behind it.
   */
  lease(owner: string, max: number): Promise<readonly LeasedMessage[]>;
  /** Ends those that are still held and answers how many: of the others the lease was lost, somebody else tells them again, and subscribers do not mind. */
  done(messages: readonly LeasedMessage[], owner: string): Promise<number>;
  failed(message: LeasedMessage, owner: string, info: { error: string; runAt: Date; dead: boolean }): Promise<boolean>;
  /** Gives messages back as they were, this try not counted, not before `runAt` (null: at once). */
  release(messages: readonly LeasedMessage[], owner: string, runAt: Date | null): Promise<void>;
}
