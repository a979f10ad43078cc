import type { EventRow } from '../domain/audit/event-dto.ts';
import type { ProjectionName } from '../domain/audit/projections.ts';
import type { FlowContext } from './context.ts';
import type { Page, PageRequest } from './unit-of-work.ts';

/** What happened, for the event log; with `audit`, also for people. */
export interface JournalEntry {
  /** `noun.verb_past`, as in schemas/. */
  readonly type: string;
  readonly aggregateType: 'price_change' | 'catalog' | 'rule' | 'policy' | 'token' | 'shop' | 'connector' | 'outbox' | 'projection' | 'member';
  readonly aggregateId: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly audit?: { readonly action: string; readonly explain?: Readonly<Record<string, unknown>> };
}

/** What the subscribers of an event are told. */
export type ToldEvent = Pick<EventRow, 'id' | 'seq' | 'type' | 'aggregateType' | 'aggregateId' | 'correlationId'>;

export interface AuditRow {
  readonly id: string;
  readonly seq: bigint;
  readonly entity: string;
  readonly entityId: string;
  readonly action: string;
  readonly actor: string;
  readonly explain: Record<string, unknown>;
  readonly correlationId: string;
  readonly requestId: string | null;
  readonly createdAt: Date;
}

export interface AuditFilter {
  readonly entity?: string;
  readonly entityId?: string;
  readonly actor?: string;
  readonly correlationId?: string;
  readonly from?: Date;
  readonly to?: Date;
}

export interface Journal {
  /** Appends the event, its outbox row and, where asked, the audit row. Call it last in the transaction: it takes the tenant's chain lock. */
  append(ctx: FlowContext, entry: JournalEntry): Promise<{ eventId: string; seq: bigint }>;
  events(filter: { afterSeq?: bigint; type?: string; limit: number }): Promise<readonly EventRow[]>;
  event(id: string): Promise<EventRow | null>;
  audit(filter: AuditFilter, page: PageRequest): Promise<Page<AuditRow>>;
  /** First broken link of a chain, or null when it is whole. */
  brokenLink(chain: 'events' | 'audit'): Promise<bigint | null>;
  projectChange(event: EventRow): Promise<void>;
  /**
   * Folds the events of these messages into the projections, as `projectChange` does one by one, and answers what their subscribers need
   * of them, oldest first. What is not in the log is left out. The transaction may be lost in a crash of the database, and then so is
   * everything that is committed after it: messages end after this, so they are told again.
   */
  tell(messages: readonly { readonly eventId: string; readonly eventSeq: bigint; readonly createdAt: Date }[]): Promise<readonly ToldEvent[]>;
  /** The differences of `change_projection`. */
  replayChanges(): Promise<readonly ReplayDifference[]>;
  /** What a projection holds against what the log gives; empty is right. At most 1,000. */
  differences(projection: ProjectionName): Promise<readonly ReplayDifference[]>;
  /** Makes again from the log what differs, but for things that are being told of this moment; answers how many were made again. */
  rebuild(projection: ProjectionName): Promise<number>;
  message(id: string): Promise<OutboxRow | null>;
  /** Dead letters, newest first. */
  deadLetters(page: PageRequest, filter?: DeadLetterFilter): Promise<Page<OutboxRow>>;
  /** Ready again from its first attempt; null when it is not dead. */
  retryDeadLetter(id: string, now: Date): Promise<OutboxRow | null>;
  discardDeadLetter(id: string, now: Date): Promise<OutboxRow | null>;
  /** The same for many: those named, or the oldest `limit` that fit. Answers those that were dead and are settled now. */
  settleDeadLetters(action: DeadLetterAction, which: { readonly ids: readonly string[] } | { readonly filter: DeadLetterFilter; readonly limit: number }, now: Date): Promise<readonly OutboxRow[]>;
  countDeadLetters(filter: DeadLetterFilter): Promise<number>;
  busTopics(): Promise<readonly BusTopic[]>;
  logStates(): Promise<readonly LogState[]>;
}

export type DeadLetterAction = 'retry' | 'discard';

export interface DeadLetterFilter {
  readonly topic?: string;
  readonly aggregate?: string;
  readonly from?: Date;
  readonly to?: Date;
}

/** Unfinished and given-up messages of one type of event; times in milliseconds, of what is unfinished. */
export interface BusTopic {
  readonly topic: string;
  readonly pending: number;
  readonly retrying: number;
  readonly dead: number;
  readonly lagMs: number;
  readonly ageMs: number;
}

export interface LogState {
  readonly log: 'events' | 'audit_log';
  readonly entries: number;
  readonly droppedUpTo: bigint;
  /** The end of its newest partition. */
  readonly madeUntil: Date;
  readonly archives: readonly LogArchiveRow[];
}

export interface LogArchiveRow {
  readonly partition: string;
  readonly firstSeq: bigint;
  readonly lastSeq: bigint;
  readonly location: string;
  readonly sha256: Uint8Array;
  readonly archivedAt: Date;
  readonly dropped: boolean;
}

export interface ReplayDifference {
  /** The price change; of the projection `outbox`, the event. */
  readonly changeId: string;
  readonly name: string | null;
  readonly field: string;
  readonly fromLog: string | number | null;
  readonly stored: string | number | null;
}

export interface OutboxRow {
  readonly id: string;
  readonly eventId: string;
  readonly topic: string;
  readonly aggregate: string;
  readonly state: string;
  readonly attempts: number;
  readonly error: string | null;
  readonly eventSeq: bigint;
  readonly runAt: Date;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}
