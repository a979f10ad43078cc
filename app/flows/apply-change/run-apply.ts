import { judgeLive, targetOf, samePrice } from '../../domain/pricing/judge-live.ts';
import { completionOf, nextChangeState } from '../../domain/pricing/lifecycle.ts';
import { endingCounts } from '../../domain/pricing/endings.ts';
import type { ItemRow } from '../../domain/pricing/change.ts';
import type { ClaimedBatch, ItemEnding } from '../../ports/change-store.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { ChannelFailure, ChannelShop, LivePrice, PriceChannel, RowVerdict } from '../../ports/price-channel.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';
import { gather } from './gather.ts';
import { recordEndings } from './record-endings.ts';

export interface RunApplyDeps {
  readonly uow: UnitOfWork;
  readonly channel: PriceChannel;
  /** Who holds the leases: unique to this process and this run. */
  readonly owner: string;
  readonly leaseMs: number;
  /** Longer than a write that was never answered can take to land. */
  readonly quietMs: number;
  /** Products in hand at once. */
  readonly concurrency: number;
  readonly maxAttempts: number;
  readonly random: () => number;
}

/** Nothing of a lease may be left to chance: a write starts only if its time-out and this much more fit before the lease ends. */
const LEASE_MARGIN_MS = 5_000;

/**
 * Writes what is due of a change until nothing is, the change stops applying, or `signal` says so. Safe to run any number of
 * times and by any number of workers. Answers when to come back, or null when the change needs nobody.
 */
export async function runApply(deps: RunApplyDeps, ctx: FlowContext, { id }: { id: string }, signal: AbortSignal): Promise<{ comeBackAt: Date | null }> {
  const run = await deps.uow.run(ctx.tenantId, async (tx) => ({ change: await tx.changes.get(id), tenant: await tx.tenant.get() }));
  if (!run.change || !run.tenant) return { comeBackAt: null };
  const shop: ChannelShop = { tenantId: ctx.tenantId, shopDomain: run.tenant.shopDomain, currencyCode: run.change.currencyCode };
  // The lanes share their transactions with the database: one claims for all, and what several have to record goes in together.
  const inHand: ClaimedBatch[] = [];
  const claim = gather(async (lanes: readonly null[]) => {
    if (inHand.length === 0) {
      inHand.push(...await deps.uow.run(ctx.tenantId, (tx) => tx.items.claim(id, {
        owner: deps.owner, now: ctx.now(), leaseMs: deps.leaseMs, quietMs: deps.quietMs, maxBatches: deps.concurrency, maxRows: deps.channel.maxRowsPerWrite,
      })));
    }
    return lanes.map(() => inHand.shift());
  });
  const record = recorder(deps, ctx, shop, id);
  const lane = async (): Promise<void> => {
    while (!signal.aborted) {
      const batch = await claim(null);
      if (!batch) return;
      await applyBatch(deps, ctx, shop, id, batch, record);
    }
  };
  await Promise.all(Array.from({ length: deps.concurrency }, lane));
  // Told to stop: what no lane had begun goes back as it was.
  const left = inHand.flatMap(({ rows }) => rows);
  if (left.length) await deps.uow.run(ctx.tenantId, (tx) => tx.items.release(left, deps.owner, { runAt: ctx.now(), countAttempt: false, doubt: true }));
  return deps.uow.run(ctx.tenantId, (tx) => finishOrWait(tx, deps, ctx, id));
}

interface Recorded {
  readonly endings: readonly ItemEnding[];
  readonly live: ReadonlyMap<bigint, LivePrice | null>;
  /** Rows that are about to be written. */
  readonly toWrite: readonly ItemRow[];
}

/** Records endings and intents of several products in one transaction; answers which of the intents may go out. */
function recorder(deps: RunApplyDeps, ctx: FlowContext, shop: ChannelShop, changeId: string): (input: Recorded) => Promise<ReadonlySet<string>> {
  return gather((inputs: readonly Recorded[]) => deps.uow.run(ctx.tenantId, async (tx) => {
    // The change's row first, the chain of events last, as a pause or a cancel takes them.
    const ours = await tx.items.markIntent(inputs.flatMap(({ toWrite }) => toWrite), deps.owner, ctx.now());
    // Refs are the channel's own and name one variant: what the products saw can lie side by side.
    await recordEndings(tx, deps, ctx, shop, changeId, inputs.flatMap(({ endings }) => endings), new Map(inputs.flatMap(({ live }) => [...live])));
    return inputs.map(() => ours);
  }));
}

/** Ends the change when no row is left to write; otherwise says when the next one is due. */
async function finishOrWait(tx: Tx, { quietMs }: RunApplyDeps, ctx: FlowContext, id: string): Promise<{ comeBackAt: Date | null }> {
  const change = await tx.changes.lock(id);
  if (!change || (change.state !== 'applying' && change.state !== 'paused')) return { comeBackAt: null };
  const due = await tx.items.nextDue(id, ctx.now(), quietMs);
  if (change.state === 'paused') {
    const counts = await tx.items.countByState(id);
    return { comeBackAt: (counts.writing ?? 0) > 0 ? due : null };
  }
  if (due) return { comeBackAt: due };
  const counts = await tx.items.countByState(id);
  const next = nextChangeState(change.state, completionOf(counts));
  if (!next.ok) return { comeBackAt: null };
  await tx.changes.update(id, { state: next.value, finishedAt: ctx.now() }, ctx.now());
  await tx.journal.append(ctx, {
    type: 'price_change.completed', aggregateType: 'price_change', aggregateId: id,
    payload: { changeId: id, state: next.value, counts: endingCounts(counts) }, audit: { action: 'completed', explain: { state: next.value, ...endingCounts(counts) } },
  });
  return { comeBackAt: null };
}

/** One product's rows: read → judge → record intent → write → read back → record. */
async function applyBatch(
  deps: RunApplyDeps, ctx: FlowContext, shop: ChannelShop, changeId: string, batch: ClaimedBatch, record: (input: Recorded) => Promise<ReadonlySet<string>>,
): Promise<void> {
  const read = await deps.channel.read(shop, batch.rows.map((row) => row.variantRef));
  if (!read.ok) return giveBack(deps, ctx, changeId, batch.rows, read.failure, { wrote: false });

  const toWrite: ItemRow[] = [];
  const endings: ItemEnding[] = [];
  for (const item of batch.rows) {
    const live = read.value.get(item.variantRef) ?? null;
    const judgement = judgeLive(item, live);
    if (judgement === 'write') toWrite.push(item);
    else endings.push(endingOf(item, judgement, live, read.requestId));
  }
  const stillOurs = await record({ endings, live: read.value, toWrite });
  const intended = toWrite.filter((item) => stillOurs.has(item.id));
  const refused = toWrite.filter((item) => !intended.includes(item));
  // A pause or a cancel came first: the rows go back untouched.
  if (refused.length) await deps.uow.run(ctx.tenantId, (tx) => tx.items.release(refused, deps.owner, { runAt: ctx.now(), countAttempt: false, doubt: false }));
  if (intended.length === 0) return;

  const deadline = new Date(batch.leaseUntil.getTime() - deps.channel.writeTimeoutMs - LEASE_MARGIN_MS);
  if (ctx.now() >= deadline) return giveBack(deps, ctx, changeId, intended, { kind: 'throttled', detail: 'The lease would not outlive the write.', retryAfterMs: 0 }, { wrote: false });
  const written = await deps.channel.write(shop, batch.productRef, intended.map((item) => ({ variantRef: item.variantRef, ...targetOf(item) })), deadline);
  if (!written.ok) return giveBack(deps, ctx, changeId, intended, written.failure, { wrote: true });

  const outcome = intended.map((item) => ({ item, verdict: written.value.get(item.variantRef) ?? null }));
  const answered = outcome.flatMap(({ item, verdict }) => (verdict ? [endingOfVerdict(item, verdict, written.requestId)] : []));
  const silent = outcome.flatMap(({ item, verdict }) => (verdict ? [] : [item]));
  await record({ endings: answered, live: livePricesOf(written.value), toWrite: [] });
  if (silent.length) await giveBack(deps, ctx, changeId, silent, { kind: 'unknown', detail: 'The shop answered without these rows.' }, { wrote: true });
}

function livePricesOf(verdicts: ReadonlyMap<bigint, RowVerdict>): ReadonlyMap<bigint, LivePrice | null> {
  return new Map([...verdicts].flatMap(([ref, verdict]) => (verdict.kind === 'written' ? [[ref, verdict.live] as const] : [])));
}

function endingOf(item: ItemRow, judgement: 'settled' | 'conflict' | 'gone', live: LivePrice | null, requestId: string | null): ItemEnding {
  if (judgement === 'gone') return { item, state: 'failed', live: null, verdict: 'variant_gone: the shop no longer has this variant', requestId };
  return { item, state: judgement, live, verdict: null, requestId };
}

function endingOfVerdict(item: ItemRow, verdict: RowVerdict, requestId: string | null): ItemEnding {
  if (verdict.kind === 'refused') return { item, state: 'failed', live: null, verdict: `${verdict.code}: ${verdict.message}`, requestId };
  // Read back something else than we wrote: somebody was there between write and answer, and the newer value stays.
  const state = samePrice(verdict.live, targetOf(item)) ? 'applied' : 'conflict';
  return { item, state, live: verdict.live, verdict: null, requestId };
}

/** What to do with rows when there was no answer to go by. Only a verdict or spent attempts end a row as failed. */
async function giveBack(deps: RunApplyDeps, ctx: FlowContext, changeId: string, items: readonly ItemRow[], failure: ChannelFailure, { wrote }: { wrote: boolean }): Promise<void> {
  const now = ctx.now();
  const doubt = wrote && failure.kind === 'unknown';
  const countAttempt = failure.kind === 'unknown' || failure.kind === 'unavailable';
  const attempt = Math.max(0, ...items.map((item) => item.attempts));
  const backoffMs = failure.kind === 'throttled' ? (failure.retryAfterMs ?? 1_000) : Math.min(60_000, 1_000 * 2 ** attempt) * (0.5 + deps.random());
  const runAt = new Date(now.getTime() + Math.max(backoffMs, failure.retryAfterMs ?? 0));
  ctx.log.warn({ changeId, rows: items.length, failure: failure.kind, detail: failure.detail, runAt }, 'Rows of a price change go back to wait');
  const mustPause = failure.kind === 'unauthorized' || failure.kind === 'uninstalled';
  const spent = countAttempt && !doubt ? items.filter((item) => item.attempts + 1 >= deps.maxAttempts) : [];
  await deps.uow.run(ctx.tenantId, async (tx) => {
    const rest = items.filter((item) => !spent.includes(item));
    await tx.items.release(rest, deps.owner, { runAt, countAttempt, doubt });
    if (spent.length) {
      const change = await tx.changes.get(changeId);
      const endings = spent.map((item): ItemEnding => ({ item, state: 'failed', live: null, verdict: `attempts_spent: ${failure.detail}`, requestId: failure.requestId ?? null }));
      await recordEndings(tx, deps, ctx, { tenantId: ctx.tenantId, shopDomain: '', currencyCode: change!.currencyCode }, changeId, endings, new Map());
    }
    if (!mustPause) return;
    const change = await tx.changes.lock(changeId);
    if (change?.state !== 'applying') return;
    const reason = failure.kind === 'uninstalled' ? 'The app is no longer installed in this shop.' : `Shopify no longer lets Calibrate write prices: ${failure.detail}`;
    await tx.changes.update(changeId, { state: 'paused', pauseReason: reason }, now);
    await tx.journal.append(ctx, { type: 'price_change.paused', aggregateType: 'price_change', aggregateId: changeId, payload: { changeId, reason }, audit: { action: 'paused', explain: { reason } } });
  });
}
