import { NO_POLICY } from '../../app/domain/policies/policy.ts';
import type { ItemRow } from '../../app/domain/pricing/change.ts';
import type { ItemCounts } from '../../app/domain/pricing/lifecycle.ts';
import type { ItemStore } from '../../app/ports/change-store.ts';
import type { LivePrice, PriceChannel, PriceWrite, RowVerdict } from '../../app/ports/price-channel.ts';
import type { Tx } from '../../app/ports/unit-of-work.ts';
import type { ItemRec } from './memory-db.ts';
import type { Mutant } from './our-processes.ts';

/** Bugs that are put in on purpose, each with the invariant that has to find it. */
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
const verdictsOf = (rows: readonly PriceWrite[]): Map<bigint, RowVerdict> =>
  new Map(rows.map(({ variantRef, price, compareAt }) => [variantRef, { kind: 'written', live: { price, compareAt, updatedAt: null } }]));

/** The row as it stands, whoever holds it: what a store without fencing would go by. */
async function asItStands(tx: Tx, item: ItemRow): Promise<{ item: ItemRow; owner: string | null }> {
  const row = (await tx.items.get(item.changeId, item.id)) as ItemRec | null;
  return { item: { ...item, epoch: row?.epoch ?? item.epoch }, owner: row?.owner ?? null };
}

/** What people are told of a change, with rows that failed or were in conflict left out. */
const rosy = ({ failed: _f, conflict: _c, kept: _k, ...counts }: ItemCounts): ItemCounts => counts;
const later = (at: Date, ms: number): Date => new Date(at.getTime() + ms);

const firstPolicy = new Map<string, Awaited<ReturnType<Tx['policies']['inForce']>>>();
const firstHash = new Map<string, string>();
const remembered = new Map<string, Awaited<ReturnType<PriceChannel['read']>> & { ok: true }>();
const cancelled = new Set<string>();

export const mutants: readonly Mutant[] = [
  { name: 'acknowledged-before-effect', by: 'I1', channel: (channel) => ({
    ...channel, write: async (...sent) => {
      void channel.write(...sent);
      return { ok: true, requestId: null, value: verdictsOf(sent[2]) };
    },
  }) },
  { name: 'no-read-before-write', by: 'I3', stores: rememberPlan, channel: (channel) => ({
    ...channel, read: async (_shop, refs) => ({ ok: true, requestId: null, value: new Map(refs.map((ref) => [ref, planned(ref)])) }),
  }) },
  { name: 'no-drift-check', by: 'I3', stores: rememberPlan, channel: (channel) => ({
    ...channel, read: async (shop, refs) => {
      const read = await channel.read(shop, refs);
      return read.ok ? { ...read, value: new Map([...read.value].map(([ref, live]) => [ref, live && planSaw.has(ref) ? planned(ref) : live])) } : read;
    },
  }) },
  { name: 'no-intent', by: 'I1', stores: (tx) => items(tx, { markIntent: async (rows) => new Set(rows.map(({ item }) => item.id)) }) },
  { name: 'no-fence', by: 'I2', stores: (tx) => items(tx, {
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
  { name: 'no-order-per-variant', by: 'I5', stores: (tx) => ({ ...tx, changes: { ...tx.changes, assignApplyOrder: async () => undefined } }) },
  { name: 'no-quiet-period', by: 'I2', apply: { quietMs: 0 } },
  { name: 'user-errors-ignored', by: 'I1', channel: (channel) => ({
    ...channel, write: async (...sent) => {
      const answer = await channel.write(...sent);
      return answer.ok ? { ...answer, value: new Map([...verdictsOf(sent[2])].filter(([ref]) => answer.value.has(ref))) } : answer;
    },
  }) },
  { name: 'gives-up-when-throttled', by: 'I11', channel: (channel) => ({
    ...channel, write: async (...sent) => {
      const answer = await channel.write(...sent);
      if (answer.ok || answer.failure.kind !== 'throttled') return answer;
      return { ok: true, requestId: null, value: new Map(sent[2].map(({ variantRef }) => [variantRef, { kind: 'refused', code: 'THROTTLED', message: 'Throttled' }])) };
    },
  }) },
  { name: 'throttling-counts-as-attempt', by: 'I11', channel: (channel) => {
    const counted = <A extends { ok: boolean }>(answer: A): A => ('failure' in answer && (answer.failure as { kind: string }).kind === 'throttled' ? { ...answer, failure: { ...(answer.failure as object), kind: 'unavailable' } } : answer);
    return { ...channel, read: async (...asked) => counted(await channel.read(...asked)), write: async (...sent) => counted(await channel.write(...sent)) };
  } },
  { name: 'writes-what-is-in-no-plan', by: 'I7', stores: (tx) => items(tx, {
    claim: async (...asked) => (await tx.items.claim(...asked)).map((batch) => ({ ...batch, rows: batch.rows.map((row) => ({ ...row, afterPrice: row.afterPrice! + 1n })) })),
  }) },
  { name: 'writes-again-after-a-lost-answer', by: 'I2', channel: (channel) => ({
    ...channel, write: async (...sent) => {
      const answer = await channel.write(...sent);
      return answer.ok || answer.failure.kind !== 'unknown' ? answer : channel.write(...sent);
    },
  }) },
  { name: 'conflicts-overwritten', by: 'I6', stores: (tx) => items(tx, {
    finish: async (endings, owner, now) => {
      const ended = await tx.items.finish(endings, owner, now);
      for (const { item, state, live } of endings) if (state === 'conflict' && live && ended.has(item.id)) await tx.items.resolve(item.id, { state: 'queued', resolution: 'write_ours', by: 'nobody', expected: live, now });
      return ended;
    },
  }) },
  { name: 'campaign-end-shows-what-the-plan-saw', by: 'I10', stores: (tx) => ({ ...tx, layers: {
    ...tx.layers, stacks: async (ids) => new Map([...(await tx.layers.stacks(ids))].map(([id, stack]) => [id, { ...stack, layers: stack.layers.slice(0, 1) }])),
  } }) },
  { name: 'any-hash-is-approved', by: 'I7', stores: (tx) => ({ ...tx, changes: {
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
  { name: 'write-switch-stops-nothing', by: 'I7', stores: (tx) => ({ ...tx, writes: { ...tx.writes, stop: async () => true } }) },
  { name: 'claims-authorship-of-what-it-finds', by: 'I1', stores: (tx) => items(tx, {
    finish: (endings, owner, now) => tx.items.finish(endings.map((ending) => Object.assign(ending, { state: ending.state === 'settled' ? 'applied' : ending.state })), owner, now),
  }) },
  { name: 'endings-without-an-event', by: 'I6', stores: (tx) => ({ ...tx, journal: { ...tx.journal, append: async (ctx, entry) => (entry.type === 'price.applied' ? { eventId: '', seq: 0n } : tx.journal.append(ctx, entry)) } }) },
  { name: 'cancels-what-is-in-doubt', by: 'I10', stores: (tx) => items(tx, { countByState: async (id) => ({ ...(await tx.items.countByState(id)), writing: 0 }) as ItemCounts }) },
  { name: 'an-event-has-two-effects', by: 'I12', stores: (tx) => ({ ...tx, inbox: { ...tx.inbox, eventDone: async () => false } }) },
  { name: 'sends-after-its-lease', by: 'I2', channel: (channel) => ({ ...channel, write: (shop, product, rows, deadline) => channel.write(shop, product, rows, new Date(deadline.getTime() + 3_600_000)) }) },
  { name: 'paused-changes-go-on', by: 'I7', stores: (tx) => ({ ...tx, changes: { ...tx.changes, update: async (id, facts, now) => (facts.state === 'paused' ? { ...(await tx.changes.get(id))!, ...facts } : tx.changes.update(id, facts, now)) } }) },
  { name: 'clocks-of-the-machines', by: 'I2', machineClocks: true },
  { name: 'rolls-back-to-the-plan', by: 'I4', stores: (tx) => items(tx, {
    async *streamWritten(...asked) {
      for await (const rows of tx.items.streamWritten(...asked)) yield rows.map((row) => ({ ...row, expectedPrice: null, expectedCompareAt: null }));
    },
  }) },
  { name: 'takes-no-answer-for-a-refusal', by: 'I11', channel: (channel) => ({
    ...channel, write: async (...sent) => {
      const answer = await channel.write(...sent);
      if (answer.ok || answer.failure.kind !== 'unknown') return answer;
      return { ok: true, requestId: null, value: new Map(sent[2].map(({ variantRef }) => [variantRef, { kind: 'refused', code: 'TIMEOUT', message: 'No answer' }])) };
    },
  }) },
  { name: 'takes-no-answer-for-done', by: 'I1', channel: (channel) => ({
    ...channel, write: async (...sent) => {
      const answer = await channel.write(...sent);
      return answer.ok || answer.failure.kind !== 'unknown' ? answer : { ok: true, requestId: null, value: verdictsOf(sent[2]) };
    },
  }) },
  { name: 'no-answer-leaves-no-doubt', by: 'I2', channel: (channel) => ({
    ...channel, write: async (...sent) => {
      const answer = await channel.write(...sent);
      return answer.ok || answer.failure.kind !== 'unknown' ? answer : { ok: false, failure: { ...answer.failure, kind: 'unavailable' } };
    },
  }) },
  { name: 'verdicts-by-place', by: 'I1', channel: (channel) => ({
    ...channel, write: async (...sent) => {
      const answer = await channel.write(...sent);
      if (!answer.ok || answer.value.size < 2) return answer;
      const told = [...answer.value.values()].reverse();
      return { ...answer, value: new Map([...answer.value.keys()].map((ref, at) => [ref, told[at]!.kind === 'refused' ? told[at]! : answer.value.get(ref)!.kind === 'refused' ? verdictsOf(sent[2]).get(ref)! : answer.value.get(ref)!])) };
    },
  }) },
  { name: 'quiet-period-as-long-as-a-time-out', by: 'I2', apply: { quietMs: 8_000 } },
  { name: 'guardrails-ignored', by: 'I8', stores: (tx) => ({ ...tx, policies: { ...tx.policies, inForce: async () => NO_POLICY } }) },
  { name: 'token-of-another-shop', by: 'I9', channel: (channel) => ({ ...channel, write: (shop, ...rest) => channel.write({ ...shop, shopDomain: 'shop-1.myshopify.com' }, ...rest) }) },
  { name: 'gives-rows-back-for-an-hour', by: 'I10', stores: (tx) => items(tx, { release: (list, owner, options) => tx.items.release(list, owner, { ...options, runAt: new Date(options.runAt.getTime() + 3_600_000) }) }) },
  { name: 'answers-before-it-keeps', by: 'I12', stores: (tx) => ({ ...tx, inbox: { ...tx.inbox, receive: async (row) => (row.webhookId.endsWith('0') ? true : tx.inbox.receive(row)) } }) },
  { name: 'edits-its-log', by: 'I13', stores: (tx) => ({ ...tx, journal: { ...tx.journal, tell: async (messages) => {
    for (const { eventId } of messages) {
      const event = await tx.journal.event(eventId);
      if (event?.type === 'price_change.started') Object.assign(event.payload as object, { corrected: true });
    }
    return tx.journal.tell(messages);
  } } }) },
  { name: 'counts-one-too-many', by: 'I14', stores: (tx) => ({ ...tx, changes: { ...tx.changes, update: (id, facts, now) => tx.changes.update(id, facts.summary ? { ...facts, summary: { ...facts.summary, planned: Number(facts.summary.planned) + 1 } } : facts, now) } }) },
  { name: 'pause-comes-after-the-intent', by: 'I7', stores: (tx) => items(tx, { claim: (id, options) => tx.items.claim(id, options), markIntent: async (rows, owner, when) => (await tx.items.markIntent(rows, owner, when), new Set(rows.map(({ item }) => item.id))) }) },
  { name: 'tells-events-and-forgets-some', by: 'I6', stores: (tx) => ({ ...tx, journal: { ...tx.journal, tell: async (messages) => {
    const told = [...await tx.journal.tell(messages.filter(({ eventId }) => !eventId.endsWith('0')))];
    for (const { eventId } of messages) if (eventId.endsWith('0')) told.push((await tx.journal.event(eventId))!);
    return told;
  } } }) },
  { name: 'reads-once-and-remembers', by: 'I3', channel: (channel) => ({ ...channel, read: async (...asked) => {
    const key = asked[1].join();
    const old = remembered.get(key);
    if (old) return old;
    const read = await channel.read(...asked);
    if (read.ok) remembered.set(key, read);
    return read;
  } }), begin: () => remembered.clear() },
  // The bulk way.
  { name: 'bulk-result-by-order', by: 'I1', bulk: (writes) => ({ ...writes, async *result(...asked) {
    let at = 0;
    for await (const verdict of writes.result(...asked)) {
      const line = Math.min(at++, asked[2].length - 1);
      const { rows } = asked[2][line]!;
      const refused = verdict.ok ? [...verdict.verdicts.values()].find((one) => one.kind === 'refused') : undefined;
      yield verdict.ok ? { line, ok: true, verdicts: refused ? new Map(rows.map((row) => [row.variantRef, refused])) : verdictsOf(rows) } : { ...verdict, line };
    }
  } }) },
  { name: 'bulk-missing-lines-taken-for-written', by: 'I1', bulk: (writes) => ({ ...writes, async *result(...asked) {
    const seen = new Set<number>();
    for await (const verdict of writes.result(...asked)) {
      seen.add(verdict.line);
      yield verdict;
    }
    for (const [line, { rows }] of asked[2].entries()) if (!seen.has(line)) yield { line, ok: true, verdicts: verdictsOf(rows) };
  } }) },
  { name: 'bulk-started-again-without-an-answer', by: 'I2', bulk: (writes) => ({ ...writes, start: async (...asked) => {
    const started = await writes.start(...asked);
    return started.ok || started.failure.kind !== 'unknown' ? started : writes.start(...asked);
  } }) },
  { name: 'bulk-no-answer-means-not-started', by: 'I2', bulk: (writes) => ({ ...writes, start: async (...asked) => {
    const started = await writes.start(...asked);
    return started.ok || started.failure.kind !== 'unknown' ? started : { ok: false, failure: { ...started.failure, kind: 'unavailable' } };
  } }) },
  { name: 'bulk-over-when-its-lease-is', by: 'I2', stores: (tx) => ({ ...tx, bulkWrites: { ...tx.bulkWrites, takeOver: async (id, to) => {
    for (const operation of await tx.bulkWrites.takeOver(id, to)) {
      const rows = (await tx.bulkWrites.items(operation.id)).filter((item) => item.state === 'writing' && item.bulkId === operation.id);
      await tx.bulkWrites.end(operation, { outcome: 'given_back', failure: null, told: 0, ranMs: null, now: to.now });
      await tx.items.release(rows, to.owner, { runAt: to.now, countAttempt: false, doubt: false });
    }
    return [];
  } } }) },
  { name: 'bulk-cancelled-means-nothing-written', by: 'I1', bulk: (writes) => ({ ...writes, cancel: async (...asked) => {
    const answer = await writes.cancel(...asked);
    if (answer.ok) cancelled.add(asked[1]);
    return answer;
  }, status: async (...asked) => {
    const answer = await writes.status(...asked);
    return answer.ok && cancelled.has(asked[1]) ? { ...answer, value: { state: 'ended', how: 'cancelled', detail: null, url: null, lines: 0, ranMs: null } } : answer;
  } }), begin: () => cancelled.clear() },
  { name: 'bulk-goes-on-when-stopped', by: 'I7', bulk: (writes) => ({ ...writes, cancel: async () => ({ ok: true, requestId: null, value: null }) }) },
  { name: 'bulk-starts-though-stopped', by: 'I7', stores: (tx) => ({ ...tx, bulkWrites: { ...tx.bulkWrites, begin: async (...asked) => {
    const begun = await tx.bulkWrites.begin(...asked);
    return begun === 'stopped' ? 'begun' : begun;
  } } }) },
  // First parts, times, policies, the relay, and what is known of the shop.
  { name: 'first-part-is-always-fine', by: 'I7', stores: (tx) => items(tx, { countByState: async (id) => {
    const [counts, change] = [await tx.items.countByState(id), await tx.changes.get(id)];
    return change?.canary?.state === 'verifying' ? rosy(counts) : counts;
  } }) },
  { name: 'first-part-is-the-whole', by: 'I7', stores: (tx) => items(tx, { queueCanary: (id) => tx.items.queuePlanned(id) }) },
  { name: 'begins-and-ends-early', by: 'I7', stores: (tx) => ({ ...tx, schedules: { ...tx.schedules, nextDue: (now, passedOver) => tx.schedules.nextDue(later(now, 30_000), passedOver), isDue: async () => true } }) },
  { name: 'nothing-ends-at-its-time', by: 'I10', stores: (tx) => ({ ...tx, schedules: { ...tx.schedules, nextDue: async (now, passedOver) => {
    const due = await tx.schedules.nextDue(now, passedOver);
    return due?.kind === 'end' ? null : due;
  } } }) },
  { name: 'policies-as-they-first-were', by: 'I8', begin: () => firstPolicy.clear(), stores: (tx) => ({ ...tx, policies: { ...tx.policies, inForce: async () => {
    const [tenant, policy] = [await tx.tenant.get(), await tx.policies.inForce()];
    if (!firstPolicy.has(tenant!.tenantId)) firstPolicy.set(tenant!.tenantId, policy);
    return firstPolicy.get(tenant!.tenantId)!;
  } } }) },
  { name: 'rollback-takes-what-it-finds-for-ours', by: 'I4', stores: (tx) => items(tx, { claim: async (...asked) => {
    const batches = await tx.items.claim(...asked);
    return Promise.all(batches.map(async (batch) => {
      const known = new Map((await tx.catalog.variantsOfProduct(batch.productRef)).map((variant) => [variant.variantId, variant]));
      return { ...batch, rows: batch.rows.map((row) => (row.source === 'rollback' && known.has(row.variantId) ? { ...row, expectedPrice: known.get(row.variantId)!.price, expectedCompareAt: known.get(row.variantId)!.compareAt } : row)) };
    }));
  } }) },
  { name: 'edits-under-campaigns-go-unseen', by: 'RULES', stores: (tx) => ({ ...tx, layers: { ...tx.layers, noteDrift: async () => [] } }) },
  { name: 'older-word-overwrites-newer', by: 'I12', stores: (tx) => ({ ...tx, catalog: { ...tx.catalog, stage: (batch, line, records) => tx.catalog.stage(batch, line, records.map((record) => ({ ...record, updatedAt: null }))) } }) },
  { name: 'told-before-it-is-told', by: 'I6', outbox: (leases) => ({ ...leases, lease: async (...asked) => {
    const messages = await leases.lease(...asked);
    await leases.done(messages, asked[0]);
    return messages;
  } }) },
  { name: 'tells-every-second-one-first', by: 'I6', outbox: (leases) => ({ ...leases, lease: async (...asked) => (await leases.lease(...asked)).filter((_, at, all) => all.length === 1 || at % 2 === 1) }) },
  { name: 'counts-failed-as-written', by: 'I14', stores: (tx) => items(tx, { countByState: async (id) => {
    const counts = await tx.items.countByState(id);
    return counts.failed ? { ...counts, failed: 0, applied: (counts.applied ?? 0) + counts.failed } : counts;
  } }) },
  { name: 'sums-with-the-wrong-sign', by: 'I14', stores: (tx) => ({ ...tx, changes: { ...tx.changes, update: (id, facts, now) => tx.changes.update(id, facts.summary ? { ...facts, summary: { ...facts.summary, increases: facts.summary.decreases, decreases: facts.summary.increases } } : facts, now) } }) },
  { name: 'removal-freezes-nothing', by: 'I7', stores: (tx) => ({ ...tx, schedules: { ...tx.schedules, standStill: async () => ({ held: 0 }) } }) },
  { name: 'removal-lets-changes-go-on', by: 'I7', stores: (tx) => ({ ...tx, changes: { ...tx.changes, list: async () => ({ data: [], nextCursor: null }) } }) },
];
