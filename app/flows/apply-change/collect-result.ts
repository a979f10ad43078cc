import type { ItemRow } from '../../domain/pricing/change.ts';
import type { BulkWriteRow } from '../../ports/bulk-write-store.ts';
import { ResultUnreadable } from '../../ports/bulk-write.ts';
import type { BulkStatus } from '../../ports/bulk-write.ts';
import type { ItemEnding } from '../../ports/change-store.ts';
import type { ChannelFailure, LivePrice } from '../../ports/price-channel.ts';
import type { ApplyRun, BulkDeps } from './apply-deps.ts';
import { linesOf, openRows, uploadOf } from './bulk-lines.ts';
import type { SentLine, SentRow } from './bulk-lines.ts';
import { endingOfVerdict, livePricesOf } from './decide-rows.ts';
import { endOperation } from './end-operation.ts';
import type { Rest } from './end-operation.ts';
import { recordEndings } from './record-endings.ts';

/** Endings that are recorded in one transaction. */
const AT_ONCE = 500;
/** A result is kept for a week, but a row in doubt holds up others: then the rows themselves are read. */
const TRIES = 5;
const TRY_AGAIN_MS = 1_500;

type Ended = Extract<BulkStatus, { readonly state: 'ended' }>;

/** Reads what an operation did, line by line, and records it; what it says nothing of is found out by reading the shop. */
export async function collectResult(run: ApplyRun, bulk: BulkDeps, operation: BulkWriteRow, operationRef: string, first: Ended): Promise<void> {
  const { deps, ctx, signal } = run;
  let status = first;
  // One that another worker has ended meanwhile has no lines any more.
  const sent = await deps.uow.run(ctx.tenantId, async (tx) => ((await tx.bulkWrites.renew(operation, new Date(ctx.now().getTime() + deps.leaseMs))) ? linesOf(tx, run, operation.id) : null));
  if (!sent) return;
  const collection = new Collection(sent, operationRef);
  let unreadable: string | null = null;
  for (let tries = 1; ; tries += 1) {
    unreadable = status.url === null ? null : await readInto(run, bulk, operation, status.url, collection);
    if (collection.lost) return;
    if (unreadable === null || tries >= TRIES) break;
    ctx.log.warn({ changeId: run.id, operation: operationRef, tries, why: unreadable }, 'The result of a bulk operation could not be read');
    await bulk.wait(TRY_AGAIN_MS * tries, signal);
    const held = await deps.uow.run(ctx.tenantId, (tx) => tx.bulkWrites.renew(operation, new Date(ctx.now().getTime() + (signal.aborted ? 0 : deps.leaseMs))));
    if (!held || signal.aborted) return;
    // Its address may have expired.
    const again = await bulk.writes.status(run.shop, operationRef);
    if (again.ok && again.value?.state === 'ended') status = again.value;
  }
  const rest = collection.rest(status, unreadable === null);
  const told = operation.rows - rest.untouched.length - rest.inDoubt.length;
  const ranMs = status.ranMs ?? (operation.startedAt ? Math.max(0, ctx.now().getTime() - operation.startedAt.getTime()) : null);
  const why = unreadable ?? status.detail;
  if (why !== null || rest.inDoubt.length > 0) ctx.log.warn({ changeId: run.id, operation: operationRef, how: status.how, why, told, inDoubt: rest.inDoubt.length, untouched: rest.untouched.length }, 'A bulk operation ended without a verdict on all its prices');
  await endOperation(run, bulk, operation, { outcome: unreadable === null ? status.how : 'unreadable', failure: why, told, ranMs, rest });
  await run.watch.look();
}

/** What was read of a result so far. */
class Collection {
  readonly lines: readonly SentLine[];
  readonly requestId: string;
  /** Another worker holds the operation by now. */
  lost = false;
  readonly #without = new Map<string, ItemRow>();
  readonly #failed: { failure: ChannelFailure; rows: readonly ItemRow[] }[] = [];
  readonly #seen = new Set<number>();

  constructor(lines: readonly SentLine[], requestId: string) {
    this.lines = lines;
    this.requestId = requestId;
    for (const item of openRows(lines)) this.#without.set(item.id, item);
  }

  /** Rows of a line that nothing was told of before; none where the line was read already. */
  open(line: number): readonly SentRow[] {
    this.#seen.add(line);
    return this.lines[line]!.rows.filter(({ item }) => this.#without.has(item.id));
  }

  told(item: ItemRow): void {
    this.#without.delete(item.id);
  }

  fail(rows: readonly SentRow[], failure: ChannelFailure): void {
    if (rows.length === 0) return;
    for (const { item } of rows) this.told(item);
    this.#failed.push({ failure, rows: rows.map(({ item }) => item) });
  }

  /** Of one that was cancelled and whose result is whole, the lines that it does not hold did not run. Otherwise nobody knows. */
  rest({ how, lines, url }: Ended, whole: boolean): Rest {
    const left = [...this.#without.values()];
    const ran = url === null ? 0 : this.#seen.size;
    if (how !== 'cancelled' || !whole || lines === null || ran < lines) return { untouched: [], inDoubt: left, failed: this.#failed };
    const silent = new Set([...this.#seen].flatMap((line) => this.lines[line]!.rows.map(({ item }) => item.id)));
    return { untouched: left.filter((item) => !silent.has(item.id)), inDoubt: left.filter((item) => silent.has(item.id)), failed: this.#failed };
  }
}

/** Null when the result was read to its end, otherwise why not. What was read is recorded either way. */
async function readInto(run: ApplyRun, bulk: BulkDeps, operation: BulkWriteRow, url: string, collection: Collection): Promise<string | null> {
  let endings: ItemEnding[] = [];
  let live = new Map<bigint, LivePrice | null>();
  const record = async (): Promise<void> => {
    const batch = { endings, live };
    endings = [];
    live = new Map();
    if (!collection.lost && batch.endings.length > 0) collection.lost = !(await recordBatch(run, operation, batch));
  };
  try {
    for await (const verdict of bulk.writes.result(run.shop, url, uploadOf(collection.lines))) {
      const rows = collection.open(verdict.line);
      if (!verdict.ok) {
        collection.fail(rows, verdict.failure);
        continue;
      }
      for (const row of rows) {
        const its = verdict.verdicts.get(row.item.variantRef);
        if (!its || !row.clear) continue;
        endings.push(endingOfVerdict(row, its, collection.requestId));
        collection.told(row.item);
      }
      for (const [ref, price] of livePricesOf(verdict.verdicts)) live.set(ref, price);
      if (endings.length >= AT_ONCE) await record();
      if (collection.lost) return null;
    }
  } catch (error) {
    if (!(error instanceof ResultUnreadable)) throw error;
    await record();
    return error.message;
  }
  await record();
  return null;
}

/** False where another worker holds the operation by now: it finds the same. */
async function recordBatch({ deps, ctx, shop, role }: ApplyRun, operation: BulkWriteRow, { endings, live }: { endings: readonly ItemEnding[]; live: ReadonlyMap<bigint, LivePrice | null> }): Promise<boolean> {
  return deps.uow.run(ctx.tenantId, async (tx) => {
    if (!(await tx.bulkWrites.renew(operation, new Date(ctx.now().getTime() + deps.leaseMs)))) return false;
    await recordEndings(tx, deps, ctx, shop, role, endings, live);
    return true;
  });
}
