import type { TenantId } from '../domain/kernel/ids.ts';

export interface LogPartition {
  readonly log: 'events' | 'audit_log';
  readonly partition: string;
  /** Null: from the beginning. */
  readonly lowerBound: Date | null;
  readonly upperBound: Date;
}

/** One entry as it goes into an archive: `content` is exactly the text that, behind the bytes of prevHash, gives hash by SHA-256. Hashes in hex. */
export interface ArchivedEntry {
  readonly seq: string;
  readonly prevHash: string;
  readonly hash: string;
  readonly content: string;
}

/** What the database lets the app do to old rows, each through a function of its own; none of them deletes from a log. */
export interface LogRetention {
  /** Makes partitions of both logs for so many months to come; answers how many were made. */
  makeMonths(months: number): Promise<number>;
  /** Oldest first, of each log. */
  partitions(): Promise<readonly LogPartition[]>;
  /** Every shop, also those that left. */
  tenants(): Promise<readonly TenantId[]>;
  /** The shop's entries of a partition in order, in batches, as one snapshot. */
  entries<T>(tenantId: TenantId, partition: LogPartition, read: (batches: AsyncIterable<readonly ArchivedEntry[]>) => Promise<T>): Promise<T>;
  /** Records that the shop's piece of the partition is in a file. Throws when the file does not hold what the log holds. */
  recordArchive(tenantId: TenantId, partition: string, file: { readonly entries: number; readonly lastHash: string; readonly location: string; readonly sha256: string }): Promise<void>;
  /** Drops the oldest partition of a log; throws when a shop's piece is not archived, or it is not old enough. */
  drop(partition: string, keepMonths: number): Promise<boolean>;
  /** Deletes at most `max` rows of each kind that are over. */
  sweep(tenantId: TenantId, before: { readonly finished: Date; readonly keys: Date }, max: number): Promise<{ readonly outbox: number; readonly webhooks: number; readonly idempotencyKeys: number }>;
}

/** Where archived pieces of the logs go. */
export interface LogArchive {
  /** Writes lines to a file of this name, whole or not at all, and durably. Answers where it is and the SHA-256 (hex) of its bytes. */
  write(name: string, lines: AsyncIterable<string>): Promise<{ readonly location: string; readonly sha256: string }>;
  /** Deletes every file of a shop, which has asked to be forgotten. */
  forget(tenantId: TenantId): Promise<void>;
}
