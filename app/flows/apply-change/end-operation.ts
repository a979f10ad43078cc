import type { ItemRow } from '../../domain/pricing/change.ts';
import type { BulkOutcome, Hold } from '../../ports/bulk-write-store.ts';
import type { ChannelFailure } from '../../ports/price-channel.ts';
import type { ApplyRun, BulkDeps } from './apply-deps.ts';
import { linesOf, openRows } from './bulk-lines.ts';
import { giveBackIn } from './give-back.ts';
import { mustPause } from './pause.ts';

/** Rows that an operation ended without a verdict, and what is known of them. */
export interface Rest {
  /** Surely not written: they go back to wait. */
  readonly untouched: readonly ItemRow[];
  /** Found out by reading when nothing can land any more. */
  readonly inDoubt: readonly ItemRow[];
  /** Rows of lines that failed as a whole, by how. */
  readonly failed: readonly { readonly failure: ChannelFailure; readonly rows: readonly ItemRow[] }[];
}

/** Ends an operation and gives the rest of its rows back, in one transaction. False where another worker holds it by now. */
export async function endOperation(
  run: ApplyRun, bulk: BulkDeps, hold: Hold & { readonly rows: number },
  { outcome, failure, told, ranMs, rest }: { readonly outcome: BulkOutcome; readonly failure: string | null; readonly told: number; readonly ranMs: number | null; readonly rest: Rest },
): Promise<boolean> {
  const { deps, ctx, id } = run;
  const ended = await deps.uow.run(ctx.tenantId, async (tx) => {
    // The change's row first, as a pause or a cancel takes them.
    if (rest.failed.some(({ failure: why }) => mustPause(why))) await tx.changes.lock(id);
    const now = ctx.now();
    if (!(await tx.bulkWrites.end(hold, { outcome, failure, told, ranMs, now }))) return false;
    await tx.items.release(rest.untouched, deps.owner, { runAt: now, countAttempt: false, doubt: false });
    await tx.items.release(rest.inDoubt, deps.owner, { runAt: now, countAttempt: true, doubt: true });
    for (const { failure: why, rows } of rest.failed) await giveBackIn(tx, run, rows, why, { wrote: true });
    return true;
  });
  if (ended) bulk.countOperation?.(outcome, hold.rows);
  return ended;
}

/** Ends an operation that wrote nothing: its rows go back as they were. */
export async function endWithout(run: ApplyRun, bulk: BulkDeps, hold: Hold & { readonly rows: number }, { outcome, failure }: { readonly outcome: 'given_back' | 'never_started'; readonly failure: ChannelFailure | null }): Promise<void> {
  const rows = openRows(await run.deps.uow.run(run.ctx.tenantId, (tx) => linesOf(tx, run, hold.id)));
  run.ctx.log.warn({ changeId: run.id, operation: hold.id, outcome, rows: rows.length, failure: failure?.kind, detail: failure?.detail }, 'A bulk operation wrote nothing; its prices wait again');
  const pauses = failure !== null && mustPause(failure);
  await endOperation(run, bulk, hold, {
    outcome, failure: failure?.detail ?? null, told: 0, ranMs: null,
    rest: { untouched: pauses ? [] : rows, inDoubt: [], failed: pauses ? [{ failure, rows }] : [] },
  });
}
