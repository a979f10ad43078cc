import { WINDOW_SECONDS } from '../../domain/pricing/write-way.ts';
import type { BulkWriteRow } from '../../ports/bulk-write-store.ts';
import type { ChannelFailure, LivePrice } from '../../ports/price-channel.ts';
import { LEASE_MARGIN_MS, READ_ROWS } from './apply-deps.ts';
import type { ApplyRun, BulkDeps } from './apply-deps.ts';
import { linesOf, uploadOf } from './bulk-lines.ts';
import type { SentLine } from './bulk-lines.ts';
import { followOperation } from './bulk-operation.ts';
import type { WayChooser } from './choose-way.ts';
import { claimProducts } from './claim-rows.ts';
import type { BatchInHand } from './claim-rows.ts';
import { decideRows } from './decide-rows.ts';
import { endWithout } from './end-operation.ts';
import { giveBack } from './give-back.ts';
import { recordEndings } from './record-endings.ts';

/** Products differ in their rows: what was claimed beyond this many times the size goes back. */
const TOO_MANY = 1.25;
/** A start has at least so long to wait for its turn in the rate limit, however short leases are. */
const START_WITHIN_MS = 10_000;
/** So long a shop is taken to run no more operations than when it refused one. */
const LIMITED_MS = 30_000;

export interface BulkWriter {
  /** Takes over the operations whose worker is gone, and follows them beside whatever else is done. */
  takeOver(): Promise<void>;
  /** Sends out one operation after another, several under way at once, until nothing is left or the other way has become quicker. */
  write(chooser: WayChooser): Promise<void>;
  /** Waits for those that are under way. Throws what broke one of them. */
  allEnded(): Promise<void>;
}

/** The bulk way of one run. Each operation is read and started before the next, so that what was read is written soon; then they run side by side. */
export function bulkWriter(run: ApplyRun): BulkWriter {
  const { bulk } = run.deps;
  if (!bulk) return { async takeOver() {}, async write() {}, async allEnded() {} };
  const underWay = new Set<Promise<void>>();
  const broken: unknown[] = [];
  /** Where the shop ran as many as it may: how many of them were ours, and until when that is taken for so. */
  let limit = { at: 0, until: 0 };
  const room = (): number => (run.ctx.now().getTime() < limit.until ? limit.at : bulk.writes.maxAtOnce);
  const follow = (operation: BulkWriteRow): void => {
    const following = followOperation(run, bulk, operation)
      .catch((error: unknown) => void broken.push(error))
      .finally(() => underWay.delete(following));
    underWay.add(following);
  };
  return {
    async takeOver() {
      const { deps, ctx, id } = run;
      const taken = await deps.uow.run(ctx.tenantId, (tx) => tx.bulkWrites.takeOver(id, { owner: deps.owner, now: ctx.now(), leaseUntil: new Date(ctx.now().getTime() + deps.leaseMs) }));
      for (const operation of taken) follow(operation);
    },
    async write(chooser) {
      while (!run.signal.aborted && broken.length === 0) {
        // What is left, and how fast operations are, is known better after each.
        await chooser.look({ soon: true });
        if (chooser.way() !== 'bulk') return;
        if (underWay.size > 0 && underWay.size >= room()) {
          await Promise.race(underWay);
          continue;
        }
        await run.watch.look();
        const made = await makeOperation(run, chooser.size());
        if (made === 'nothing') return;
        if (made === 'again') continue;
        const started = await startOperation(run, bulk, made);
        if (started.operation) follow(started.operation);
        else if (started.refused?.kind === 'throttled' && underWay.size > 0) limit = { at: underWay.size, until: run.ctx.now().getTime() + LIMITED_MS };
        else if (started.refused) return chooser.refused(started.refused.detail);
        else return;
      }
    },
    async allEnded() {
      while (underWay.size > 0) await Promise.race(underWay);
      if (broken.length > 0) throw broken[0];
    },
  };
}

interface Made {
  readonly operation: BulkWriteRow;
  readonly lines: readonly SentLine[];
  readonly readAt: Date;
}

/** Claims → reads → decides → records endings and the intents of one operation. `nothing` where no row is due or the shop cannot be read. */
async function makeOperation(run: ApplyRun, size: { readonly rows: number; readonly products: number }): Promise<Made | 'nothing' | 'again'> {
  const { deps, ctx, shop, role, id } = run;
  const batches = await deps.uow.run(ctx.tenantId, (tx) => claimAbout(tx, run, size));
  if (batches.length === 0) return 'nothing';
  const rows = batches.flatMap((batch) => batch.rows);
  const readAt = ctx.now();
  const read = await readAll(run, rows.map((row) => row.variantRef));
  if (!read.ok) {
    await giveBack(run, rows, read.failure, { wrote: false });
    return 'nothing';
  }
  const decided = batches.map((batch) => decideRows(batch.rows, role, batch.stacks, read.live, { maxAttempts: deps.maxAttempts, requestId: read.requestId }));
  const toWrite = decided.flatMap((batch) => batch.toWrite);
  return deps.uow.run(ctx.tenantId, async (tx) => {
    const bulkId = ctx.newId();
    const now = ctx.now();
    const leaseUntil = new Date(now.getTime() + deps.leaseMs);
    // The change's row first, the chain of events last, as a pause or a cancel takes them.
    const ours = await tx.items.markIntent(toWrite, deps.owner, { now, sendBy: leaseUntil, bulkId });
    const intended = toWrite.filter(({ item }) => ours.has(item.id)).map(({ item }) => item);
    const operation = intended.length === 0 ? null : await tx.bulkWrites.create({
      id: bulkId, changeId: id, owner: deps.owner, itemIds: intended.map((item) => item.id), products: new Set(intended.map((item) => item.productRef)).size, now, leaseUntil,
    });
    // A pause, a cancel or another change came first: the rows go back untouched.
    await tx.items.release(toWrite.filter(({ item }) => !ours.has(item.id)).map(({ item }) => item), deps.owner, { runAt: now, countAttempt: false, doubt: false });
    await recordEndings(tx, deps, ctx, shop, role, decided.flatMap((batch) => batch.endings), read.live);
    return operation ? { operation, lines: await linesOf(tx, run, bulkId), readAt } : toWrite.length > 0 ? 'nothing' : 'again';
  });
}

/** Products with about so many rows. */
async function claimAbout(tx: Parameters<typeof claimProducts>[0], run: ApplyRun, size: { readonly rows: number; readonly products: number }): Promise<readonly BatchInHand[]> {
  const batches = await claimProducts(tx, run, size.products);
  let rows = 0;
  const beyond = batches.findIndex((batch) => (rows += batch.rows.length) > size.rows * TOO_MANY);
  if (beyond < 0) return batches;
  const kept = Math.max(1, beyond);
  const tooMany = batches.slice(kept);
  await tx.items.release(tooMany.flatMap((batch) => batch.rows), run.deps.owner, { runAt: run.ctx.now(), countAttempt: false, doubt: true });
  run.claimedUpTo = batches[kept - 1]!.productRef;
  return batches.slice(0, kept);
}

async function readAll({ deps, shop }: ApplyRun, refs: readonly bigint[]): Promise<{ ok: true; live: ReadonlyMap<bigint, LivePrice | null>; requestId: string | null } | { ok: false; failure: ChannelFailure }> {
  const parts: bigint[][] = [];
  for (let at = 0; at < refs.length; at += READ_ROWS) parts.push(refs.slice(at, at + READ_ROWS));
  const answers = await Promise.all(parts.map((part) => deps.channel.read(shop, part)));
  const live = new Map<bigint, LivePrice | null>();
  for (const answer of answers) {
    if (!answer.ok) return answer;
    for (const [ref, price] of answer.value) live.set(ref, price);
  }
  const last = answers.at(-1);
  return { ok: true, live, requestId: last?.ok ? last.requestId : null };
}

/**
 * Uploads and starts. Nothing can have been started before it is recorded that it may have been; what was surely not started gives its
 * rows back. `operation` is to be followed; otherwise `refused` says why the shop did not take it, where that was the reason.
 */
async function startOperation(run: ApplyRun, bulk: BulkDeps, { operation, lines, readAt }: Made): Promise<{ operation: BulkWriteRow | null; refused?: ChannelFailure }> {
  const { deps, ctx, shop } = run;
  const giveUp = async (failure: ChannelFailure | null): Promise<{ operation: null; refused?: ChannelFailure }> => {
    await endWithout(run, bulk, operation, { outcome: 'given_back', failure });
    return failure ? { operation: null, refused: failure } : { operation: null };
  };
  const uploaded = await bulk.writes.upload(shop, operation.id, uploadOf(lines));
  if (!uploaded.ok) return giveUp(uploaded.failure);
  const now = ctx.now();
  // What was read so long ago would be overwritten unseen.
  if (now.getTime() - readAt.getTime() > WINDOW_SECONDS * 1_000) return giveUp({ kind: 'throttled', detail: 'the upload took too long', retryAfterMs: 0 });
  const leaseUntil = new Date(now.getTime() + Math.max(deps.leaseMs, bulk.writes.startTimeoutMs + LEASE_MARGIN_MS + START_WITHIN_MS));
  const sendBy = new Date(leaseUntil.getTime() - bulk.writes.startTimeoutMs - LEASE_MARGIN_MS);
  const begun = await deps.uow.run(ctx.tenantId, (tx) => tx.bulkWrites.begin(operation, { now, leaseUntil, sendBy }));
  if (begun === 'lost') return { operation: null };
  if (begun === 'stopped') return giveUp(null);
  const started = await bulk.writes.start(shop, operation.id, uploaded.value.path, sendBy);
  // It may run: it is looked for.
  if (!started.ok) return started.failure.kind === 'unknown' ? { operation: { ...operation, state: 'starting', sendBy, leaseUntil } } : giveUp(started.failure);
  const { operationRef } = started.value;
  const ours = await deps.uow.run(ctx.tenantId, (tx) => tx.bulkWrites.run(operation, { operationRef, now: ctx.now(), leaseUntil: new Date(ctx.now().getTime() + deps.leaseMs) }));
  return { operation: ours ? { ...operation, state: 'running', operationRef, startedAt: ctx.now() } : null };
}
