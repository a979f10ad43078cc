import { GUESSED_PACE, LONGEST_WINDOW_SECONDS } from '../../domain/pricing/write-way.ts';
import type { BulkWriteRow } from '../../ports/bulk-write-store.ts';
import type { ChannelFailure } from '../../ports/price-channel.ts';
import type { ApplyRun, BulkDeps } from './apply-deps.ts';
import { collectResult } from './collect-result.ts';
import { endOperation, endWithout } from './end-operation.ts';
import { linesOf, openRows } from './bulk-lines.ts';
import { mustPause, pauseWithoutAccess } from './pause.ts';

const LOOK_MIN_MS = 400;
const LOOK_MAX_MS = 4_000;
/** Whoever lost access asks again so often: the token may be there again, and what the operation did must be found out. */
const NO_ACCESS_MS = 60_000;

/**
 * Follows an operation until what it did is recorded, whatever its worker before this one had done. What is to stop, because the change
 * does or because it writes longer than what was read may be old, is cancelled; what it had written until then is collected all the same.
 * Told to stop itself, it lets go for the next worker.
 */
export async function followOperation(run: ApplyRun, bulk: BulkDeps, taken: BulkWriteRow): Promise<void> {
  // Its last worker began nothing that is not recorded: nothing was started.
  if (taken.state === 'preparing') return endWithout(run, bulk, taken, { outcome: 'given_back', failure: null });
  const operation = taken.state === 'starting' ? await lookForStarted(run, bulk, taken) : taken;
  if (operation?.operationRef) await waitForEnd(run, bulk, operation, operation.operationRef);
}

/** One whose start was not answered is known by its name; when nothing can land any more and it is not there, it never started. */
async function lookForStarted(run: ApplyRun, bulk: BulkDeps, operation: BulkWriteRow): Promise<BulkWriteRow | null> {
  const { deps, ctx, shop } = run;
  const latest = (operation.sendBy ?? operation.leaseUntil).getTime() + deps.quietMs;
  for (let looks = 0; ; looks += 1) {
    // Asked after this moment, an answer holds what had landed by it.
    const quiet = ctx.now().getTime() >= latest;
    const found = await bulk.writes.find(shop, operation.id, operation.createdAt);
    if (found.ok && found.value !== null) {
      const operationRef = found.value;
      const startedAt = operation.sendBy ?? ctx.now();
      return (await deps.uow.run(ctx.tenantId, (tx) => tx.bulkWrites.run(operation, { operationRef, now: startedAt, leaseUntil: leaseFrom(run) }))) ? { ...operation, state: 'running', operationRef, startedAt } : null;
    }
    if (found.ok && quiet) {
      await endWithout(run, bulk, operation, { outcome: 'never_started', failure: null });
      return null;
    }
    if (!found.ok && mustPause(found.failure)) return letGo(run, operation, found.failure);
    if (!(await waitAndHold(run, bulk, operation, Math.min(LOOK_MAX_MS, LOOK_MIN_MS * 2 ** looks)))) return null;
  }
}

async function waitForEnd(run: ApplyRun, bulk: BulkDeps, operation: BulkWriteRow, operationRef: string): Promise<void> {
  const { ctx, shop, id } = run;
  const expectedMs = (GUESSED_PACE.startSeconds + operation.rows / GUESSED_PACE.rowsPerSecond) * 1_000;
  let cancelled = false;
  let failures = 0;
  for (;;) {
    const elapsed = ctx.now().getTime() - operation.createdAt.getTime();
    const delay = failures > 0 ? LOOK_MAX_MS : Math.max(LOOK_MIN_MS, Math.min(LOOK_MAX_MS, (expectedMs - elapsed) / 4));
    const held = await waitAndHold(run, bulk, operation, delay);
    if (!held) return;
    const late = ctx.now().getTime() - operation.createdAt.getTime() > LONGEST_WINDOW_SECONDS * 1_000;
    if ((held.mustStop || late) && !cancelled) {
      const asked = await bulk.writes.cancel(shop, operationRef);
      cancelled = asked.ok;
      ctx.log.info({ changeId: id, operation: operationRef, late, asked: asked.ok }, 'A bulk operation is cancelled; what it wrote until then is collected');
    }
    const status = await bulk.writes.status(shop, operationRef);
    if (!status.ok) {
      if (mustPause(status.failure)) return void await letGo(run, operation, status.failure);
      failures += 1;
    } else if (status.value === null) {
      const rows = openRows(await run.deps.uow.run(ctx.tenantId, (tx) => linesOf(tx, run, operation.id)));
      await endOperation(run, bulk, operation, { outcome: 'unreadable', failure: 'Shopify does not know this bulk operation any more', told: 0, ranMs: null, rest: { untouched: [], inDoubt: rows, failed: [] } });
      return;
    } else if (status.value.state === 'running') failures = 0;
    else return collectResult(run, bulk, operation, operationRef, status.value);
  }
}

/**
 * Waits, keeps the lease, and looks whether the operation is still wanted. Null where this worker is done with it: told to stop it lets
 * go at once, and where another holds it there is nothing to let go.
 */
async function waitAndHold(run: ApplyRun, bulk: BulkDeps, operation: BulkWriteRow, ms: number): Promise<{ readonly mustStop: boolean } | null> {
  const { deps, ctx, id, signal } = run;
  await bulk.wait(ms, signal);
  return deps.uow.run(ctx.tenantId, async (tx) => {
    if (!(await tx.bulkWrites.renew(operation, signal.aborted ? ctx.now() : leaseFrom(run))) || signal.aborted) return null;
    const [change, writes] = [await tx.changes.get(id), await tx.writes.get()];
    return { mustStop: change?.state !== 'applying' || writes.stopped };
  });
}

/** Without access nothing can be found out: the change pauses, and somebody asks again later. */
async function letGo({ deps, ctx, id }: ApplyRun, operation: BulkWriteRow, failure: ChannelFailure): Promise<null> {
  await deps.uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    await tx.bulkWrites.renew(operation, new Date(ctx.now().getTime() + NO_ACCESS_MS));
    if (change?.state !== 'applying') return;
    await pauseWithoutAccess(tx, ctx, change, failure, 'write');
  });
  return null;
}

function leaseFrom({ ctx, deps }: ApplyRun): Date {
  return new Date(ctx.now().getTime() + deps.leaseMs);
}
