import type { ItemRow } from '../../app/domain/pricing/change.ts';
import type { ItemCounts } from '../../app/domain/pricing/lifecycle.ts';
import type { ItemStore } from '../../app/ports/change-store.ts';
import type { LivePrice, PriceChannel, RowVerdict } from '../../app/ports/price-channel.ts';
import type { Tx } from '../../app/ports/unit-of-work.ts';
import type { ItemRec } from './memory-db.ts';
import type { Mutant } from './our-processes.ts';

/** Bugs that are put in on purpose. Each must be found, or the simulation proves nothing. */
const items = (tx: Tx, over: Partial<ItemStore>): Tx => ({ ...tx, items: { ...tx.items, ...over } });
/** What the plan saw of each variant, as the last claim told it. */
const planSaw = new Map<bigint, { price: bigint; compareAt: bigint | null }>();
const rememberPlan = (tx: Tx): Tx => items(tx, {
  claim: async (changeId, options) => {
    const batches = await tx.items.claim(changeId, options);
    for (const { rows } of batches) for (const row of rows) planSaw.set(row.variantRef, { price: row.beforePrice, compareAt: row.beforeCompareAt });
    return batches;
  },
});
const planned = (ref: bigint): LivePrice => ({ ...planSaw.get(ref)!, updatedAt: null });
const verdictsOf = (rows: Parameters<PriceChannel['write']>[2]): Map<bigint, RowVerdict> =>
  new Map(rows.map(({ variantRef, price, compareAt }) => [variantRef, { kind: 'written', live: { price, compareAt, updatedAt: null } }]));

/** The row as it stands, whoever holds it: what a store without fencing would go by. */
async function asItStands(tx: Tx, item: ItemRow): Promise<{ item: ItemRow; owner: string | null }> {
  const row = (await tx.items.get(item.changeId, item.id)) as ItemRec | null;
  return { item: { ...item, epoch: row?.epoch ?? item.epoch }, owner: row?.owner ?? null };
}

const firstHash = new Map<string, string>();

export const mutants: readonly Mutant[] = [
  { name: 'acknowledged-before-effect', channel: (channel) => ({
    ...channel, write: async (...sent) => {
      void channel.write(...sent);
      return { ok: true, requestId: null, value: verdictsOf(sent[2]) };
    },
  }) },
  { name: 'no-read-before-write', stores: rememberPlan, channel: (channel) => ({
    ...channel, read: async (_shop, refs) => ({ ok: true, requestId: null, value: new Map(refs.map((ref) => [ref, planned(ref)])) }),
  }) },
  { name: 'no-drift-check', stores: rememberPlan, channel: (channel) => ({
    ...channel, read: async (shop, refs) => {
      const read = await channel.read(shop, refs);
      return read.ok ? { ...read, value: new Map([...read.value].map(([ref, live]) => [ref, live && planSaw.has(ref) ? planned(ref) : live])) } : read;
    },
  }) },
  { name: 'no-intent', stores: (tx) => items(tx, { markIntent: async (rows) => new Set(rows.map(({ item }) => item.id)) }) },
  // With leases as short as a write allows, so that a stopped worker comes back to rows that another holds by then.
  { name: 'no-fence', apply: { leaseMs: 36_000 }, stores: (tx) => items(tx, {
    markIntent: async (rows, owner, when) => {
      const ids = new Set<string>();
      for (const row of rows) {
        const now = await asItStands(tx, row.item);
        // Neither epoch nor lease are looked at.
        for (const id of await tx.items.markIntent([{ ...row, item: now.item }], now.owner ?? owner, { ...when, now: new Date(0) })) ids.add(id);
      }
      return ids;
    },
    finish: async (endings, owner, at) => {
      const ids = new Set<string>();
      for (const ending of endings) {
        const now = await asItStands(tx, ending.item);
        for (const id of await tx.items.finish([{ ...ending, item: now.item }], now.owner ?? owner, at)) ids.add(id);
      }
      return ids;
    },
    release: async (list, owner, options) => {
      for (const item of list) {
        const now = await asItStands(tx, item);
        await tx.items.release([now.item], now.owner ?? owner, options);
      }
    },
  }) },
  { name: 'no-order-per-variant', stores: (tx) => ({ ...tx, changes: { ...tx.changes, assignApplyOrder: async () => undefined } }) },
  { name: 'no-quiet-period', apply: { quietMs: 0 } },
  { name: 'user-errors-ignored', channel: (channel) => ({
    ...channel, write: async (...sent) => {
      const answer = await channel.write(...sent);
      return answer.ok ? { ...answer, value: new Map([...verdictsOf(sent[2])].filter(([ref]) => answer.value.has(ref))) } : answer;
    },
  }) },
  { name: 'gives-up-when-throttled', channel: (channel) => ({
    ...channel, write: async (...sent) => {
      const answer = await channel.write(...sent);
      if (answer.ok || answer.failure.kind !== 'throttled') return answer;
      return { ok: true, requestId: null, value: new Map(sent[2].map(({ variantRef }) => [variantRef, { kind: 'refused', code: 'THROTTLED', message: 'Throttled' }])) };
    },
  }) },
  { name: 'throttling-counts-as-attempt', channel: (channel) => {
    const counted = <A extends { ok: boolean }>(answer: A): A => ('failure' in answer && (answer.failure as { kind: string }).kind === 'throttled' ? { ...answer, failure: { ...(answer.failure as object), kind: 'unavailable' } } : answer);
    return { ...channel, read: async (...asked) => counted(await channel.read(...asked)), write: async (...sent) => counted(await channel.write(...sent)) };
  } },
  { name: 'writes-what-is-in-no-plan', stores: (tx) => items(tx, {
    claim: async (...asked) => (await tx.items.claim(...asked)).map((batch) => ({ ...batch, rows: batch.rows.map((row) => ({ ...row, afterPrice: row.afterPrice! + 1n })) })),
  }) },
  { name: 'writes-again-after-a-lost-answer', channel: (channel) => ({
    ...channel, write: async (...sent) => {
      const answer = await channel.write(...sent);
      return answer.ok || answer.failure.kind !== 'unknown' ? answer : channel.write(...sent);
    },
  }) },
  { name: 'conflicts-overwritten', stores: (tx) => items(tx, {
    finish: async (endings, owner, now) => {
      const ended = await tx.items.finish(endings, owner, now);
      for (const { item, state, live } of endings) if (state === 'conflict' && live && ended.has(item.id)) await tx.items.resolve(item.id, { state: 'queued', resolution: 'write_ours', by: 'nobody', expected: live, now });
      return ended;
    },
  }) },
  { name: 'campaign-end-shows-what-the-plan-saw', stores: (tx) => ({ ...tx, layers: {
    ...tx.layers, stacks: async (ids) => new Map([...(await tx.layers.stacks(ids))].map(([id, stack]) => [id, { ...stack, layers: stack.layers.slice(0, 1) }])),
  } }) },
  { name: 'any-hash-is-approved', stores: (tx) => ({ ...tx, changes: {
    ...tx.changes,
    update: async (id, facts, now) => {
      if (facts.planHash && !firstHash.has(id)) firstHash.set(id, facts.planHash);
      return tx.changes.update(id, facts, now);
    },
    lock: async (id) => {
      const change = await tx.changes.lock(id);
      if (change?.state === 'previewed' && change.activity === null) return { ...change, planHash: firstHash.get(id) ?? change.planHash };
      return change?.state === 'approved' || change?.state === 'scheduled' ? { ...change, approvedHash: change.planHash } : change;
    },
  } }) },
  { name: 'write-switch-stops-nothing', stores: (tx) => ({ ...tx, writes: { ...tx.writes, stop: async () => true } }) },
  { name: 'claims-authorship-of-what-it-finds', stores: (tx) => items(tx, {
    finish: (endings, owner, now) => tx.items.finish(endings.map((ending) => Object.assign(ending, { state: ending.state === 'settled' ? 'applied' : ending.state })), owner, now),
  }) },
  { name: 'endings-without-an-event', stores: (tx) => ({ ...tx, journal: { ...tx.journal, append: async (ctx, entry) => (entry.type === 'price.applied' ? { eventId: '', seq: 0n } : tx.journal.append(ctx, entry)) } }) },
  { name: 'cancels-what-is-in-doubt', stores: (tx) => items(tx, { countByState: async (id) => ({ ...(await tx.items.countByState(id)), writing: 0 }) as ItemCounts }) },
  { name: 'an-event-has-two-effects', stores: (tx) => ({ ...tx, inbox: { ...tx.inbox, eventDone: async () => false } }) },
  { name: 'sends-after-its-lease', channel: (channel) => ({ ...channel, write: (shop, product, rows, deadline) => channel.write(shop, product, rows, new Date(deadline.getTime() + 3_600_000)) }) },
  { name: 'paused-changes-go-on', stores: (tx) => ({ ...tx, changes: { ...tx.changes, update: async (id, facts, now) => (facts.state === 'paused' ? { ...(await tx.changes.get(id))!, ...facts } : tx.changes.update(id, facts, now)) } }) },
  { name: 'clocks-of-the-machines', clockOffMs: 300_000 },
];

/** Needs a price that was written over an edit, then rolled back, without a campaign near: some thousands of schedules, as the nightly run has. */
export const rareMutants: readonly Mutant[] = [
  { name: 'rolls-back-to-the-plan', stores: (tx) => items(tx, {
    async *streamWritten(...asked) {
      for await (const rows of tx.items.streamWritten(...asked)) yield rows.map((row) => ({ ...row, expectedPrice: null, expectedCompareAt: null }));
    },
  }) },
];
