import type { ItemRow } from '../domain/pricing/change.ts';

/**
 * preparing: its rows have their intent, nothing was started · starting: the start may have been sent, at the latest at `sendBy` ·
 * running: the channel knows it by `operationRef` · ended
 */
export type BulkWriteState = 'preparing' | 'starting' | 'running' | 'ended';
/** given_back: nothing was written · never_started: the channel has none of its name · unreadable: what it did is found out by reading the rows */
export type BulkOutcome = 'completed' | 'cancelled' | 'failed' | 'expired' | 'unreadable' | 'never_started' | 'given_back';

/** Rows of a change that go out as one operation. */
export interface BulkWriteRow {
  readonly id: string;
  readonly changeId: string;
  readonly state: BulkWriteState;
  readonly operationRef: string | null;
  readonly owner: string;
  readonly epoch: number;
  readonly leaseUntil: Date;
  readonly rows: number;
  readonly products: number;
  readonly sendBy: Date | null;
  readonly told: number;
  readonly outcome: BulkOutcome | null;
  readonly failure: string | null;
  readonly ranMs: number | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

/** Who holds it. Another worker's epoch is higher, and whatever this one still wants is refused. */
export type Hold = Pick<BulkWriteRow, 'id' | 'owner' | 'epoch'>;

export interface BulkWriteStore {
  /** `itemIds` in the order of the lines, the rows of a product one after another. Their intents are of the same transaction. */
  create(row: { readonly id: string; readonly changeId: string; readonly owner: string; readonly itemIds: readonly string[]; readonly products: number; readonly now: Date; readonly leaseUntil: Date }): Promise<BulkWriteRow>;
  get(id: string): Promise<BulkWriteRow | null>;
  /** Takes the change's open ones whose lease has ended, with their rows; from then on their last worker is refused. */
  takeOver(changeId: string, to: { readonly owner: string; readonly now: Date; readonly leaseUntil: Date }): Promise<readonly BulkWriteRow[]>;
  /** All its rows in the order of the lines, those too that ended or went on elsewhere. */
  items(id: string): Promise<readonly ItemRow[]>;
  /** preparing → starting, unless the change is not applying any more or all writes of the shop are stopped. */
  begin(hold: Hold, when: { readonly now: Date; readonly leaseUntil: Date; readonly sendBy: Date }): Promise<'begun' | 'stopped' | 'lost'>;
  /** → running. False where another worker holds it. */
  run(hold: Hold, facts: { readonly operationRef: string; readonly now: Date; readonly leaseUntil: Date }): Promise<boolean>;
  /** Keeps it until then, or lets go of it. False where another worker holds it. */
  renew(hold: Hold, leaseUntil: Date): Promise<boolean>;
  /** False where another worker holds it. */
  end(hold: Hold, facts: { readonly outcome: BulkOutcome; readonly failure: string | null; readonly told: number; readonly ranMs: number | null; readonly now: Date }): Promise<boolean>;
  /** How fast the shop's latest operations since then were, the newest first. */
  paces(options: { readonly limit: number; readonly since: Date }): Promise<readonly { readonly rows: number; readonly seconds: number }[]>;
}
