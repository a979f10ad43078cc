import { decideRow } from '../../domain/pricing/layers.ts';
import type { LayerEffect, LayerRole, Stack } from '../../domain/pricing/layers.ts';
import { atTarget } from '../../domain/pricing/price-point.ts';
import type { PricePoint } from '../../domain/pricing/price-point.ts';
import { layerRole } from '../../domain/pricing/campaign.ts';
import { completionOf, nextChangeState } from '../../domain/pricing/lifecycle.ts';
import { endingCounts } from '../../domain/pricing/endings.ts';
import type { ItemRow } from '../../domain/pricing/change.ts';
import type { ClaimedBatch, ItemEnding } from '../../ports/change-store.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { ChannelFailure, ChannelShop, LivePrice, PriceChannel, RowVerdict } from '../../ports/price-channel.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';
import { endCampaignOf } from './end-campaign-of.ts';
import { gather } from './gather.ts';
import { paceOf } from './pace.ts';
import { pauseLocked } from './pause.ts';
import { FRESH_MS, readAhead } from './read-ahead.ts';
import type { ReadAhead } from './read-ahead.ts';
import { recordEndings } from './record-endings.ts';
import { beginVerifying, inFirstPart, verifyCanary } from './verify-canary.ts';
import { watchRates } from './watch-rates.ts';

export interface RunApplyDeps {
  readonly uow: UnitOfWork;
  readonly channel: PriceChannel;
  /** Who holds the leases: unique to this process and this run. */
  readonly owner: string;
  readonly leaseMs: number;
  /** Longer than a write that was never answered can take to land. */
  readonly quietMs: number;
  /** Calls to the shop at once, as long as the channel does not say how many are of use. */
  readonly concurrency: number;
  readonly maxAttempts: number;
  readonly random: () => number;
  /** Told of every row that ended, for metrics. */
  readonly countEnding?: (ending: 'applied' | 'settled' | 'conflict' | 'failed') => void;
}

/** Nothing of a lease may be left to chance: a write starts only if its time-out and this much more fit before the lease ends. */
const LEASE_MARGIN_MS = 5_000;
/** Products that one claim takes: their leases begin together, and the last of them is to be written long before they end. */
const CLAIMED_MAX = 128;
/** Rows that could be claimed but were not wait behind another change of the same variant, or another worker was quicker. */
const TURN_MS = 1_000;

/**
 * Writes what is due of a change until nothing is, the change stops applying, or `signal` says so. Safe to run any number of
 * times and by any number of workers. Answers when to come back, or null when the change needs nobody.
 */
export async function runApply(given: RunApplyDeps, ctx: FlowContext, { id }: { id: string }, signal: AbortSignal): Promise<{ comeBackAt: Date | null }> {
  const run = await given.uow.run(ctx.tenantId, async (tx) => {
    const [change, tenant] = [await tx.changes.get(id), await tx.tenant.get()];
    // While nothing new may be written, only rows in doubt need somebody: the rest, which can be a million rows, is not looked at.
    const still = change?.state === 'paused' || tenant?.writesStopped === true;
    const list = change?.priceListId ? await tx.priceLists.get(change.priceListId) : null;
    return { change, tenant, list, idle: still && (await tx.items.nextDue(id, ctx.now(), given.quietMs)) === null };
  });
  if (!run.change || !run.tenant) return { comeBackAt: null };
  const watch = watchRates(given.uow, ctx, run.change);
  const { channel } = given;
  const shop: ChannelShop = { tenantId: ctx.tenantId, shopDomain: run.tenant.shopDomain, currencyCode: run.change.currencyCode, ...(run.list ? { priceListRef: run.list.ref } : {}) };
  const now = (): number => ctx.now().getTime();
  const pace = paceOf(() => channel.callsAtOnce?.(shop) ?? given.concurrency, now);
  const paced: PriceChannel = {
    maxRowsPerWrite: channel.maxRowsPerWrite, writeTimeoutMs: channel.writeTimeoutMs,
    read: (...asked) => pace.call(() => channel.read(...asked)), write: (...asked) => pace.call(() => channel.write(...asked)),
  };
  const deps: RunApplyDeps = { ...given, channel: paced, countEnding: (ending) => {
    watch.saw(ending);
    given.countEnding?.(ending);
  } };
  const ahead = readAhead<BatchInHand>({ channel: paced, shop, within: pace.within, now });
  const role = layerRole(run.change);
  // The lanes share their transactions with the database: one claims for all, and what several have to record goes in together.
  const inHand: BatchInHand[] = [];
  /** Up to which product was claimed in this round through the change. */
  let after: bigint | null = null;
  const claim = gather(async (lanes: readonly null[]) => {
    // A lane that finds nothing ends, so there must be something for each of those that ask.
    if (inHand.length < lanes.length) {
      inHand.push(...await deps.uow.run(ctx.tenantId, async (tx) => {
        const wanted = Math.max(lanes.length - inHand.length, Math.min(CLAIMED_MAX, Math.max(pace.products(), pace.within(FRESH_MS))));
        const take = (maxBatches: number) => tx.items.claim(id, {
          owner: deps.owner, now: ctx.now(), leaseMs: deps.leaseMs, quietMs: deps.quietMs, maxBatches, maxRows: deps.channel.maxRowsPerWrite, after,
        });
        const batches = [...await take(wanted)];
        // At the end the next round begins: rows were given back, or waited for another change.
        if (after !== null && batches.length < wanted) {
          after = null;
          batches.push(...await take(wanted - batches.length));
        }
        for (const { productRef } of batches) if (after === null || productRef > after) after = productRef;
        // No other change writes these variants until these rows have ended, so the campaigns on them stay as they are read here.
        // Campaigns lie on the shop's own prices and not on those of a price list.
        const stacks = batches.length && !run.list ? await tx.layers.stacks(batches.flatMap(({ rows }) => rows.map((row) => row.variantId))) : new Map<string, Stack>();
        return batches.map((batch) => ({ ...batch, stacks }));
      }));
    }
    return lanes.map(() => inHand.shift());
  });
  const record = recorder(deps, ctx, shop, role);
  const lanes: Promise<void>[] = [];
  let working = 0;
  const lane = async (): Promise<void> => {
    // A lane too many ends when the shop has become slower.
    while (!signal.aborted && working <= pace.products()) {
      await watch.look();
      const batch = await claim(null);
      if (!batch) return;
      await applyBatch(deps, ctx, shop, role, batch, { read: () => ahead.read(batch, inHand), record });
      while (!signal.aborted && working < pace.products()) start();
    }
  };
  const start = (): void => {
    working += 1;
    const begun = lane().finally(() => { working -= 1; });
    // What breaks is looked at when all have ended; until then nobody waits for this one.
    begun.catch(() => undefined);
    lanes.push(begun);
  };
  if (!run.idle) for (let i = 0; i < deps.concurrency; i += 1) start();
  // Lanes begin others while they work.
  for (let i = 0; i < lanes.length; i += 1) await lanes[i]!.catch(() => undefined);
  const ended = await Promise.allSettled(lanes);
  // Told to stop: what no lane had begun goes back as it was.
  const left = inHand.flatMap(({ rows }) => rows);
  if (left.length) await deps.uow.run(ctx.tenantId, (tx) => tx.items.release(left, deps.owner, { runAt: ctx.now(), countAttempt: false, doubt: true }));
  const broken = ended.find((end) => end.status === 'rejected');
  if (broken) throw broken.reason;
  await watch.look({ last: true });
  for (;;) {
    const next = await deps.uow.run(ctx.tenantId, (tx) => finishOrWait(tx, deps, ctx, id));
    if (!next.verify) return next;
    const later = await verifyCanary(deps, ctx, shop, id, signal);
    if (later) return later;
  }
}

interface BatchInHand extends ClaimedBatch {
  readonly stacks: ReadonlyMap<string, Stack>;
}

/** A row with the price it is about to get. */
interface Intended {
  readonly item: ItemRow;
  readonly target: PricePoint;
  readonly expected: PricePoint;
  readonly effect: LayerEffect;
}

interface Recorded {
  readonly endings: readonly ItemEnding[];
  readonly live: ReadonlyMap<bigint, LivePrice | null>;
  /** Rows that are about to be written. */
  readonly toWrite: readonly Intended[];
  /** Until when they may go out. */
  readonly sendBy: Date;
}

/** Records endings and intents of several products in one transaction; answers which of the intents may go out. */
function recorder(deps: RunApplyDeps, ctx: FlowContext, shop: ChannelShop, role: LayerRole): (input: Recorded) => Promise<ReadonlySet<string>> {
  return gather((inputs: readonly Recorded[]) => deps.uow.run(ctx.tenantId, async (tx) => {
    // The change's row first, the chain of events last, as a pause or a cancel takes them.
    const ours = await tx.items.markIntent(inputs.flatMap(({ toWrite }) => toWrite), deps.owner, { now: ctx.now(), sendBy: latest(inputs.map(({ sendBy }) => sendBy)) });
    // Refs are the channel's own and name one variant: what the products saw can lie side by side.
    await recordEndings(tx, deps, ctx, shop, role, inputs.flatMap(({ endings }) => endings), new Map(inputs.flatMap(({ live }) => [...live])));
    return inputs.map(() => ours);
  }));
}

/** Ends the change when no row is left to write; otherwise says when the next one is due, or that a first part is to be verified. */
async function finishOrWait(tx: Tx, { quietMs }: RunApplyDeps, ctx: FlowContext, id: string): Promise<{ comeBackAt: Date | null; verify?: true }> {
  const change = await tx.changes.lock(id);
  if (!change || (change.state !== 'applying' && change.state !== 'paused')) return { comeBackAt: null };
  const due = await tx.items.nextDue(id, ctx.now(), quietMs);
  if (due) return { comeBackAt: latest([due, new Date(ctx.now().getTime() + TURN_MS)]) };
  if (change.state === 'paused') return { comeBackAt: null };
  // Not due and yet queued: all writes of the shop are stopped. Resuming them rings, and so does the tick.
  if (await tx.items.anyQueued(id)) return { comeBackAt: null };
  const counts = await tx.items.countByState(id);
  if (inFirstPart(change)) {
    await beginVerifying(tx, ctx, change);
    return { comeBackAt: null, verify: true };
  }
  const next = nextChangeState(change.state, completionOf(counts));
  if (!next.ok) return { comeBackAt: null };
  await tx.changes.update(id, { state: next.value, finishedAt: ctx.now() }, ctx.now());
  await tx.journal.append(ctx, {
    type: 'price_change.completed', aggregateType: 'price_change', aggregateId: id,
    payload: { changeId: id, state: next.value, counts: endingCounts(counts) }, audit: { action: 'completed', explain: { state: next.value, ...endingCounts(counts) } },
  });
  await endCampaignOf(tx, ctx, change, counts);
  return { comeBackAt: null };
}

/** One product's rows: read → decide → record intent → write → read back → record. */
async function applyBatch(
  deps: RunApplyDeps, ctx: FlowContext, shop: ChannelShop, role: LayerRole, batch: BatchInHand,
  { read: readLive, record }: { read: () => ReturnType<ReadAhead<BatchInHand>['read']>; record: (input: Recorded) => Promise<ReadonlySet<string>> },
): Promise<void> {
  const read = await readLive();
  if (!read.ok) return giveBack(deps, ctx, shop, role, batch.rows, read.failure, { wrote: false });

  const toWrite: Intended[] = [];
  const endings: ItemEnding[] = [];
  for (const item of batch.rows) {
    const live = read.value.get(item.variantRef) ?? null;
    const decision = decideRow(item, role, batch.stacks.get(item.variantId) ?? null, live);
    if (decision.do === 'end') endings.push({ item, state: decision.state, live: decision.live, verdict: decision.verdict, requestId: read.requestId, effect: decision.effect });
    // Sent as often as it may be, each time without an answer, and the quiet period has shown that it did not land.
    else if (item.attempts >= deps.maxAttempts) endings.push({ item, state: 'failed', live, verdict: 'attempts_spent: the shop never answered, and the price did not arrive', requestId: read.requestId });
    else toWrite.push({ item, target: decision.target, expected: decision.expected, effect: decision.effect });
  }
  const deadline = new Date(batch.leaseUntil.getTime() - deps.channel.writeTimeoutMs - LEASE_MARGIN_MS);
  const stillOurs = await record({ endings, live: read.value, toWrite, sendBy: deadline });
  const intended = toWrite.filter(({ item }) => stillOurs.has(item.id));
  const refused = toWrite.filter((row) => !intended.includes(row)).map(({ item }) => item);
  // A pause or a cancel came first: the rows go back untouched.
  if (refused.length) await deps.uow.run(ctx.tenantId, (tx) => tx.items.release(refused, deps.owner, { runAt: ctx.now(), countAttempt: false, doubt: false }));
  if (intended.length === 0) return;

  const items = intended.map(({ item }) => item);
  if (ctx.now() >= deadline) return giveBack(deps, ctx, shop, role, items, { kind: 'throttled', detail: 'The lease would not outlive the write.', retryAfterMs: 0 }, { wrote: false });
  const written = await deps.channel.write(shop, batch.productRef, intended.map(({ item, target }) => ({ variantRef: item.variantRef, ...target })), deadline);
  if (!written.ok) return giveBack(deps, ctx, shop, role, items, written.failure, { wrote: true });

  const outcome = intended.map((row) => ({ row, verdict: written.value.get(row.item.variantRef) ?? null }));
  const answered = outcome.flatMap(({ row, verdict }) => (verdict ? [endingOfVerdict(row, verdict, written.requestId)] : []));
  const silent = outcome.flatMap(({ row, verdict }) => (verdict ? [] : [row.item]));
  await record({ endings: answered, live: livePricesOf(written.value), toWrite: [], sendBy: deadline });
  if (silent.length) await giveBack(deps, ctx, shop, role, silent, { kind: 'unknown', detail: 'The shop answered without these rows.' }, { wrote: true });
}

function livePricesOf(verdicts: ReadonlyMap<bigint, RowVerdict>): ReadonlyMap<bigint, LivePrice | null> {
  return new Map([...verdicts].flatMap(([ref, verdict]) => (verdict.kind === 'written' ? [[ref, verdict.live] as const] : [])));
}

function endingOfVerdict({ item, target, effect }: Intended, verdict: RowVerdict, requestId: string | null): ItemEnding {
  if (verdict.kind === 'refused') return { item, state: 'failed', live: null, verdict: `${verdict.code}: ${verdict.message}`, requestId };
  // Read back something else than we wrote: somebody was there between write and answer, and the newer value stays.
  if (!atTarget(verdict.live, target)) return { item, state: 'conflict', live: verdict.live, verdict: 'overwritten: written, but the shop showed another price when it was read back', requestId };
  return { item, state: 'applied', live: verdict.live, verdict: null, requestId, effect };
}

function latest(times: readonly Date[]): Date {
  return new Date(Math.max(...times.map((time) => time.getTime())));
}

/** What to do with rows when there was no answer to go by. Only a verdict or spent attempts end a row as failed. */
async function giveBack(
  deps: RunApplyDeps, ctx: FlowContext, shop: ChannelShop, role: LayerRole, items: readonly ItemRow[], failure: ChannelFailure, { wrote }: { wrote: boolean },
): Promise<void> {
  const now = ctx.now();
  const { changeId } = role;
  // In doubt is what went out just now without an answer, and what was in doubt before and could not be read again.
  const inDoubt = wrote ? (failure.kind === 'unknown' ? items : []) : items.filter((item) => item.state === 'writing');
  const known = items.filter((item) => !inDoubt.includes(item));
  const countAttempt = failure.kind === 'unknown' || failure.kind === 'unavailable';
  const attempt = Math.max(0, ...items.map((item) => item.attempts));
  const backoffMs = failure.kind === 'throttled' ? (failure.retryAfterMs ?? 1_000) : Math.min(60_000, 1_000 * 2 ** attempt) * (0.5 + deps.random());
  const runAt = new Date(now.getTime() + Math.max(backoffMs, failure.retryAfterMs ?? 0));
  ctx.log.warn({ changeId, rows: items.length, failure: failure.kind, detail: failure.detail, runAt }, 'Rows of a price change go back to wait');
  const mustPause = failure.kind === 'unauthorized' || failure.kind === 'uninstalled';
  const spent = countAttempt ? known.filter((item) => item.attempts + 1 >= deps.maxAttempts) : [];
  await deps.uow.run(ctx.tenantId, async (tx) => {
    // The change's row first, the chain of events last, as a pause or a cancel takes them.
    const change = mustPause ? await tx.changes.lock(changeId) : null;
    await tx.items.release(inDoubt, deps.owner, { runAt: now, countAttempt, doubt: true });
    await tx.items.release(known.filter((item) => !spent.includes(item)), deps.owner, { runAt, countAttempt, doubt: false });
    const endings = spent.map((item): ItemEnding => ({ item, state: 'failed', live: null, verdict: `attempts_spent: ${failure.detail}`, requestId: failure.requestId ?? null }));
    await recordEndings(tx, deps, ctx, shop, role, endings, new Map());
    if (change?.state !== 'applying') return;
    const reason = failure.kind === 'uninstalled' ? 'The app is no longer installed in this shop.' : `Shopify no longer lets Calibrate write prices: ${failure.detail}`;
    await pauseLocked(tx, ctx, change, { code: failure.kind === 'uninstalled' ? 'app_uninstalled' : 'token_revoked', reason });
  });
}
