import type { ItemEnding } from '../../ports/change-store.ts';
import type { LivePrice } from '../../ports/price-channel.ts';
import { LEASE_MARGIN_MS, SEND_WITHIN_MS } from './apply-deps.ts';
import type { ApplyRun } from './apply-deps.ts';
import type { WayChooser } from './choose-way.ts';
import { claimProducts } from './claim-rows.ts';
import type { BatchInHand } from './claim-rows.ts';
import { decideRows, endingOfVerdict, livePricesOf } from './decide-rows.ts';
import type { Intended } from './decide-rows.ts';
import { gather } from './gather.ts';
import { giveBack } from './give-back.ts';
import { FRESH_MS, readAhead } from './read-ahead.ts';
import type { ReadAhead } from './read-ahead.ts';
import { recordEndings } from './record-endings.ts';

/** Products that one claim takes: their leases begin together, and the last of them is to be written long before they end. */
const CLAIMED_MAX = 250;
/** Prices whose answer is there and not recorded yet. Whoever dies leaves them in doubt, so beyond that a lane waits. */
const UNRECORDED_MAX = 1_000;

/** Writes what is due by a call a product, several at once, until nothing is, the run is told to stop, or the other way has become quicker. */
export async function writeByCalls(run: ApplyRun, chooser: WayChooser): Promise<void> {
  const { deps, ctx, signal, pace, watch } = run;
  // The lanes share their transactions with the database: one claims for all, and what several have to record goes in together.
  const inHand: BatchInHand[] = [];
  const claim = gather(async (lanes: readonly null[]) => {
    // A lane that finds nothing ends, so there must be something for each of those that ask.
    if (inHand.length < lanes.length) {
      inHand.push(...await deps.uow.run(ctx.tenantId, (tx) => claimProducts(tx, run, Math.max(lanes.length - inHand.length, Math.min(CLAIMED_MAX, Math.max(pace.products(), pace.within(FRESH_MS)))))));
    }
    return lanes.map(() => inHand.shift());
  });
  // What the shop answered goes in beside the next intents, while the lanes go on.
  const intend = recorder(run);
  const endings = endingsBeside(recorder(run, { atOnce: 2 }));
  const ahead = readAhead<BatchInHand>({ channel: deps.channel, shop: run.shop, within: pace.within, now: () => ctx.now().getTime() });
  const lanes: Promise<void>[] = [];
  let working = 0;
  const goesOn = (): boolean => !signal.aborted && chooser.way() === 'calls';
  const lane = async (): Promise<void> => {
    // A lane too many ends when the shop has become slower.
    while (goesOn() && working <= pace.products()) {
      await watch.look();
      await chooser.look();
      if (!goesOn()) return;
      const batch = await claim(null);
      if (!batch) return;
      await applyBatch(run, batch, { read: () => ahead.read(batch, inHand), intend, end: endings.record });
      while (goesOn() && working < pace.products()) start();
    }
  };
  const start = (): void => {
    working += 1;
    const begun = lane().finally(() => { working -= 1; });
    // What breaks is looked at when all have ended; until then nobody waits for this one.
    begun.catch(() => undefined);
    lanes.push(begun);
  };
  for (let i = 0; i < deps.concurrency; i += 1) start();
  // Lanes begin others while they work.
  for (let i = 0; i < lanes.length; i += 1) await lanes[i]!.catch(() => undefined);
  const ended = await Promise.allSettled([...lanes, endings.allIn()]);
  // Told to stop: what no lane had begun goes back as it was.
  const left = inHand.flatMap(({ rows }) => rows);
  if (left.length) await deps.uow.run(ctx.tenantId, (tx) => tx.items.release(left, deps.owner, { runAt: ctx.now(), countAttempt: false, doubt: true }));
  const broken = ended.find((end) => end.status === 'rejected');
  if (broken) throw broken.reason;
}

interface Recorded {
  readonly endings: readonly ItemEnding[];
  readonly live: ReadonlyMap<bigint, LivePrice | null>;
  /** Rows that are about to be written. */
  readonly toWrite: readonly Intended[];
}

interface MayGo {
  /** Rows that are ours and may go out. */
  readonly ours: ReadonlySet<string>;
  /** Until when. */
  readonly sendBy: Date;
}

/**
 * Records endings and intents of several products in one transaction. From then on the lease is that of the write: it outlives its
 * time-out, however long the rows lay in hand before.
 */
function recorder({ deps, ctx, shop, role }: ApplyRun, options?: { readonly atOnce: number }): (input: Recorded) => Promise<MayGo> {
  return gather((inputs: readonly Recorded[]) => deps.uow.run(ctx.tenantId, async (tx) => {
    // The change's row first, the chain of events last, as a pause or a cancel takes them.
    const now = ctx.now();
    const sendBy = new Date(now.getTime() + SEND_WITHIN_MS);
    const leaseUntil = new Date(sendBy.getTime() + deps.channel.writeTimeoutMs + LEASE_MARGIN_MS);
    const ours = await tx.items.markIntent(inputs.flatMap(({ toWrite }) => toWrite), deps.owner, { now, sendBy, leaseUntil });
    // Refs are the channel's own and name one variant: what the products saw can lie side by side.
    await recordEndings(tx, deps, ctx, shop, role, inputs.flatMap(({ endings }) => endings), new Map(inputs.flatMap(({ live }) => [...live])));
    return inputs.map(() => ({ ours, sendBy }));
  }), options);
}

interface EndingsBeside {
  /** Done when it may go on: usually at once, and where much is not recorded yet, when this is. Throws what broke an earlier one. */
  record(input: Recorded): Promise<void>;
  allIn(): Promise<void>;
}

/** Endings that are recorded beside what the lanes do next: as many together as come in while the ones before are written. */
function endingsBeside(record: (input: Recorded) => Promise<unknown>): EndingsBeside {
  const underWay = new Set<Promise<void>>();
  const broken: unknown[] = [];
  let rows = 0;
  const unbroken = (): void => {
    if (broken.length > 0) throw broken[0];
  };
  return {
    async record(input) {
      unbroken();
      rows += input.endings.length;
      const recording = record(input).then(() => undefined, (error: unknown) => void broken.push(error)).finally(() => {
        rows -= input.endings.length;
        underWay.delete(recording);
      });
      underWay.add(recording);
      if (rows > UNRECORDED_MAX) await recording;
      unbroken();
    },
    async allIn() {
      while (underWay.size > 0) await Promise.all(underWay);
      unbroken();
    },
  };
}

/** One product's rows: read → decide → record intent → write → read back → record. */
async function applyBatch(
  run: ApplyRun, batch: BatchInHand,
  { read: readLive, intend, end }: { read: () => ReturnType<ReadAhead<BatchInHand>['read']>; intend: (input: Recorded) => Promise<MayGo>; end: EndingsBeside['record'] },
): Promise<void> {
  const { deps, ctx, shop, role } = run;
  const read = await readLive();
  if (!read.ok) return giveBack(run, batch.rows, read.failure, { wrote: false });

  const { toWrite, endings } = decideRows(batch.rows, role, batch.stacks, read.value, { maxAttempts: deps.maxAttempts, requestId: read.requestId });
  const { ours, sendBy } = await intend({ endings, live: read.value, toWrite });
  const intended = toWrite.filter(({ item }) => ours.has(item.id));
  const refused = toWrite.filter((row) => !intended.includes(row)).map(({ item }) => item);
  // A pause or a cancel came first: the rows go back untouched.
  if (refused.length) await deps.uow.run(ctx.tenantId, (tx) => tx.items.release(refused, deps.owner, { runAt: ctx.now(), countAttempt: false, doubt: false }));
  if (intended.length === 0) return;

  const items = intended.map(({ item }) => item);
  if (ctx.now() >= sendBy) return giveBack(run, items, { kind: 'throttled', detail: 'The lease would not outlive the write.', retryAfterMs: 0 }, { wrote: false });
  const written = await deps.channel.write(shop, batch.productRef, intended.map(({ item, target }) => ({ variantRef: item.variantRef, ...target })), sendBy);
  if (!written.ok) return giveBack(run, items, written.failure, { wrote: true });

  const outcome = intended.map((row) => ({ row, verdict: written.value.get(row.item.variantRef) ?? null }));
  const answered = outcome.flatMap(({ row, verdict }) => (verdict ? [endingOfVerdict(row, verdict, written.requestId)] : []));
  const silent = outcome.flatMap(({ row, verdict }) => (verdict ? [] : [row.item]));
  await end({ endings: answered, live: livePricesOf(written.value), toWrite: [] });
  if (silent.length) await giveBack(run, silent, { kind: 'unknown', detail: 'The shop answered without these rows.' }, { wrote: true });
}
