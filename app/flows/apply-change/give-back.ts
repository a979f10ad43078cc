import type { ItemRow } from '../../domain/pricing/change.ts';
import type { ItemEnding } from '../../ports/change-store.ts';
import type { ChannelFailure } from '../../ports/price-channel.ts';
import type { Tx } from '../../ports/unit-of-work.ts';
import type { ApplyRun } from './apply-deps.ts';
import { mustPause, pauseWithoutAccess } from './pause.ts';
import { recordEndings } from './record-endings.ts';

/** What to do with rows when there was no answer to go by. Only a verdict or spent attempts end a row as failed. */
export async function giveBack(run: ApplyRun, items: readonly ItemRow[], failure: ChannelFailure, wrote: { readonly wrote: boolean }): Promise<void> {
  await run.deps.uow.run(run.ctx.tenantId, (tx) => giveBackIn(tx, run, items, failure, wrote));
}

/** As `giveBack`, in a transaction that holds no row of a change yet but this one's. */
export async function giveBackIn(tx: Tx, run: ApplyRun, items: readonly ItemRow[], failure: ChannelFailure, { wrote }: { readonly wrote: boolean }): Promise<void> {
  const { deps, ctx, shop, role } = run;
  const now = ctx.now();
  // In doubt is what went out just now without an answer, and what was in doubt before and could not be read again.
  const inDoubt = wrote ? (failure.kind === 'unknown' ? items : []) : items.filter((item) => item.state === 'writing');
  const known = items.filter((item) => !inDoubt.includes(item));
  const countAttempt = failure.kind === 'unknown' || failure.kind === 'unavailable';
  const attempt = Math.max(0, ...items.map((item) => item.attempts));
  const backoffMs = failure.kind === 'throttled' ? (failure.retryAfterMs ?? 1_000) : Math.min(60_000, 1_000 * 2 ** attempt) * (0.5 + deps.random());
  const runAt = new Date(now.getTime() + Math.max(backoffMs, failure.retryAfterMs ?? 0));
  ctx.log.warn({ changeId: role.changeId, rows: items.length, failure: failure.kind, detail: failure.detail, runAt }, 'Rows of a price change go back to wait');
  const spent = new Set(countAttempt ? known.filter((item) => item.attempts + 1 >= deps.maxAttempts) : []);
  // The change's row first, the chain of events last, as a pause or a cancel takes them.
  const change = mustPause(failure) ? await tx.changes.lock(role.changeId) : null;
  await tx.items.release(inDoubt, deps.owner, { runAt: now, countAttempt, doubt: true });
  await tx.items.release(known.filter((item) => !spent.has(item)), deps.owner, { runAt, countAttempt, doubt: false });
  const endings = [...spent].map((item): ItemEnding => ({ item, state: 'failed', live: null, verdict: `attempts_spent: ${failure.detail}`, requestId: failure.requestId ?? null }));
  await recordEndings(tx, deps, ctx, shop, role, endings, new Map());
  if (change?.state !== 'applying') return;
  await pauseWithoutAccess(tx, ctx, change, failure, 'write');
}
