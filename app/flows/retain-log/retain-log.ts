import type { TenantId } from '../../domain/kernel/ids.ts';
import type { Log } from '../../ports/context.ts';
import type { ArchivedEntry, LogArchive, LogPartition, LogRetention } from '../../ports/log-retention.ts';

export interface RetainDeps {
  readonly retention: LogRetention;
  /** Null where nothing is archived: then no log is ever cut. */
  readonly archive: LogArchive | null;
  readonly now: () => Date;
  readonly log: Log;
  /** Months of the logs that are kept; null keeps all. */
  readonly keepMonths: number | null;
  /** Told messages and processed webhooks go after this many days. */
  readonly keepDays: number;
}

export interface RetainReport {
  readonly monthsMade: number;
  readonly swept: { readonly outbox: number; readonly webhooks: number; readonly idempotencyKeys: number };
  readonly dropped: readonly string[];
}

/** Room for the logs for this many months, in case no worker runs for a long time. */
const MONTHS_AHEAD = 3;
/** The database keeps as much whatever it is told. */
const KEEP_MONTHS_MIN = 13;
/** A client that tries again after so long does not mean the same call any more. */
const KEEP_KEYS_DAYS = 7;
const SWEEP_ROWS = 1_000;
/** At most this many rows of each kind for a shop and a run: the next run goes on. */
const SWEEP_ROUNDS_MAX = 50;
const DAY_MS = 86_400_000;

/**
 * Keeps the bus from growing without end: partitions of the logs are made ahead; what is finished and old is deleted in small batches;
 * months of the logs past the time they are kept for are archived, shop by shop, and dropped when all of them are. Each step may be
 * repeated or broken off anywhere.
 */
export async function retainLog(deps: RetainDeps, signal: AbortSignal): Promise<RetainReport> {
  const { retention, log } = deps;
  const monthsMade = await retention.makeMonths(MONTHS_AHEAD);
  const tenants = await retention.tenants();
  const swept = await sweep(deps, tenants, signal);
  const dropped = signal.aborted ? [] : await cutLogs(deps, tenants, signal);
  if (monthsMade > 0 || dropped.length > 0 || swept.outbox + swept.webhooks + swept.idempotencyKeys > 0) log.info({ monthsMade, swept, dropped }, 'Old rows of the bus are gone');
  return { monthsMade, swept, dropped };
}

async function sweep({ retention, now, keepDays }: RetainDeps, tenants: readonly TenantId[], signal: AbortSignal): Promise<RetainReport['swept']> {
  const before = { finished: new Date(now().getTime() - keepDays * DAY_MS), keys: new Date(now().getTime() - KEEP_KEYS_DAYS * DAY_MS) };
  const total = { outbox: 0, webhooks: 0, idempotencyKeys: 0 };
  for (const tenantId of tenants) {
    for (let round = 0; round < SWEEP_ROUNDS_MAX && !signal.aborted; round += 1) {
      const gone = await retention.sweep(tenantId, before, SWEEP_ROWS);
      total.outbox += gone.outbox;
      total.webhooks += gone.webhooks;
      total.idempotencyKeys += gone.idempotencyKeys;
      if (Math.max(gone.outbox, gone.webhooks, gone.idempotencyKeys) < SWEEP_ROWS) break;
    }
  }
  return total;
}

async function cutLogs({ retention, archive, now, keepMonths, log }: RetainDeps, tenants: readonly TenantId[], signal: AbortSignal): Promise<string[]> {
  if (keepMonths === null || archive === null) return [];
  const keep = Math.max(keepMonths, KEEP_MONTHS_MIN);
  const today = now();
  const before = Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - keep, 1);
  const dropped: string[] = [];
  for (const partition of await retention.partitions()) {
    if (partition.upperBound.getTime() > before) continue;
    for (const tenantId of tenants) {
      if (signal.aborted) return dropped;
      await archivePiece(retention, archive, tenantId, partition);
    }
    if (await retention.drop(partition.partition, keep)) {
      dropped.push(partition.partition);
      log.warn({ partition: partition.partition, until: partition.upperBound.toISOString() }, 'A partition of the log was archived and dropped');
    }
  }
  return dropped;
}

/** One line for each entry, so that the file can be verified by itself: hash = SHA-256 of prevHash and content, and prevHash is the hash before. */
async function archivePiece(retention: LogRetention, archive: LogArchive, tenantId: TenantId, partition: LogPartition): Promise<void> {
  const file = await retention.entries(tenantId, partition, async (batches) => {
    const entries = batches[Symbol.asyncIterator]();
    const first = await entries.next();
    if (first.done) return null;
    let count = 0;
    let lastHash = '';
    const lines = async function* (): AsyncIterable<string> {
      for (let batch: IteratorResult<readonly ArchivedEntry[]> = first; !batch.done; batch = await entries.next()) {
        for (const entry of batch.value) {
          count += 1;
          lastHash = entry.hash;
          yield JSON.stringify(entry);
        }
      }
    };
    const written = await archive.write(`${tenantId}/${partition.partition}.jsonl.gz`, lines());
    return { ...written, entries: count, lastHash };
  });
  if (file) await retention.recordArchive(tenantId, partition.partition, file);
}
