import type { ItemRow } from '../../app/domain/pricing/change.ts';
import type { ItemCounts } from '../../app/domain/pricing/lifecycle.ts';
import type { ClaimedBatch, ItemStore } from '../../app/ports/change-store.ts';
import type { ItemRec, MemoryDb } from './memory-db.ts';
import type { MemoryTx } from './memory-tx.ts';

const time = (at: Date | null): number => at?.getTime() ?? Number.NEGATIVE_INFINITY;
/** SQL's greatest(): leaves NULLs out. */
const landed = (item: ItemRec, quietMs: number): number => Math.max(time(item.intentAt), time(item.runAt)) + quietMs;
const open = (item: ItemRec): boolean => item.state === 'queued' || item.state === 'writing';

export function memoryItems(db: MemoryDb, tx: MemoryTx): ItemStore {
  const { items } = db;
  const of = (changeId: string): ItemRec[] => tx.all(items).filter((item) => item.changeId === changeId).sort((a, b) => a.position - b.position);
  const changeOf = (item: ItemRec) => tx.get(db.changes, item.changeId)!;
  const allowed = (): boolean => !tx.get(db.tenants, db.tenantId)!.writesStopped;
  /** It went out with a bulk operation of which nothing is known yet. */
  const underWay = (item: ItemRec): boolean => item.bulkId != null && tx.get(db.bulkWrites, item.bulkId)?.state !== 'ended';
  const due = (now: number, quietMs: number) => {
    const all = tx.all(items).filter(open);
    const may = allowed();
    return (item: ItemRec): boolean => {
      const change = changeOf(item);
      if (time(item.leaseUntil) > now || time(item.runAt) > now) return false;
      const first = (item.state === 'queued' && change.state === 'applying' && may)
        || (item.state === 'writing' && (change.state === 'applying' || change.state === 'paused') && Number.isFinite(landed(item, quietMs)) && landed(item, quietMs) <= now && !underWay(item));
      return first && !all.some((other) => {
        if (other.variantId !== item.variantId || other.changeId === item.changeId) return false;
        const its = changeOf(other);
        const earlier = its.applySeq !== null && change.applySeq !== null && its.applySeq < change.applySeq;
        if (other.state === 'writing') return item.state === 'queued' || earlier;
        return item.state === 'queued' && (time(other.leaseUntil) > now || (its.state === 'applying' && earlier));
      });
    };
  };
  const mine = (item: ItemRow, owner: string): ItemRec | null => {
    const row = tx.get(items, item.id);
    return row && row.epoch === item.epoch && row.owner === owner && open(row) ? row : null;
  };
  const lockAll = (list: readonly { id: string }[]): void => {
    for (const { id } of list) tx.lock(`item:${id}`);
  };

  return {
    insertPlan: (changeId, rows) => tx.statement(() => {
      for (const row of rows) {
        tx.put(items, row.id, {
          ...row, changeId, state: row.outcome, expectedPrice: null, expectedCompareAt: null, expectedOrigin: null, liveOrigin: null, livePrice: null, liveCompareAt: null, liveReadAt: null,
          verdict: null, resolution: null, resolvedBy: null, attempts: 0, epoch: 0, intentAt: null, requestId: null, finishedAt: null, verifiedAt: null, bulkId: null, owner: null, leaseUntil: null, runAt: null,
        });
      }
    }),
    deletePlan: (changeId) => tx.statement(() => {
      for (const item of of(changeId)) tx.put(items, item.id, null);
    }),
    async *streamPlan(changeId) {
      yield await tx.statement(() => of(changeId));
    },
    list: (changeId, filter, { limit }) => tx.statement(() => ({
      data: of(changeId).filter((item) => (!filter.state || item.state === filter.state) && (!filter.outcome || item.outcome === filter.outcome)).slice(0, limit), nextCursor: null,
    })),
    get: (changeId, itemId) => tx.statement(() => {
      const item = tx.get(items, itemId);
      return item?.changeId === changeId ? item : null;
    }),
    async *streamWritten(changeId, itemIds) {
      yield await tx.statement(() => of(changeId)
        .filter((item) => (item.state === 'applied' || item.state === 'settled') && (itemIds === null || itemIds.includes(item.id)))
        .map((item) => {
          const variant = tx.get(db.variants, item.variantId);
          const shown = variant?.active ? variant : null;
          return { ...item, catalogPrice: shown?.price ?? null, catalogCompareAt: shown?.compareAt ?? null, catalogOrigin: null };
        }));
    },
    countByState: (changeId) => tx.statement(() => {
      const counts: Record<string, number> = {};
      for (const { state } of of(changeId)) counts[state] = (counts[state] ?? 0) + 1;
      return counts as ItemCounts;
    }),
    queuePlanned: (changeId) => tx.statement(() => {
      const planned = of(changeId).filter((item) => item.state === 'planned');
      lockAll(planned);
      for (const item of planned) tx.patch(items, item.id, { state: 'queued' });
      return planned.length;
    }),
    queueCanary: (changeId, _hash, rows) => tx.statement(() => {
      const planned = of(changeId).filter((item) => item.state === 'planned');
      lockAll(planned);
      let queued = 0;
      for (const ref of new Set(planned.map((item) => item.productRef))) {
        if (queued >= rows) break;
        for (const item of planned.filter((one) => one.productRef === ref)) {
          tx.patch(items, item.id, { state: 'queued' });
          queued++;
        }
      }
      return queued;
    }),
    toVerify: (changeId, after, limit) => tx.statement(() =>
      of(changeId).filter((item) => (item.state === 'applied' || item.state === 'settled') && item.verifiedAt === null && item.position > after).slice(0, limit)),
    recordVerified: (verified, differing, now) => tx.statement(() => {
      lockAll([...verified.map((id) => ({ id })), ...differing.map(({ item }) => item)]);
      for (const id of verified) if (tx.get(items, id)?.verifiedAt === null) tx.patch(items, id, { verifiedAt: now, liveReadAt: now });
      const ours = new Set<string>();
      for (const { item, live, verdict } of differing) {
        const row = tx.get(items, item.id);
        if (!row || (row.state !== 'applied' && row.state !== 'settled') || row.verifiedAt !== null) continue;
        tx.patch(items, item.id, { state: 'conflict', verifiedAt: now, livePrice: live.price, liveCompareAt: live.compareAt, liveReadAt: now, verdict, resolution: null, resolvedBy: null, expectedPrice: null, expectedCompareAt: null });
        ours.add(item.id);
      }
      return ours;
    }),
    countVerified: (changeId, verdict) => tx.statement(() => {
      const seen = of(changeId).filter((item) => item.outcome === 'planned' && item.verifiedAt !== null);
      return { verified: seen.length, differing: seen.filter((item) => item.verdict === verdict).length };
    }),
    cancelQueued: (changeId, now) => tx.statement(() => {
      const waiting = of(changeId).filter((item) => item.state === 'planned' || item.state === 'queued');
      lockAll(waiting);
      for (const item of waiting) tx.patch(items, item.id, { state: 'cancelled', finishedAt: now, owner: null, leaseUntil: null });
      return waiting.length;
    }),
    claim: (changeId, { owner, now, leaseMs, quietMs, maxBatches, maxRows }) => tx.statement(() => {
      const isDue = due(now.getTime(), quietMs);
      const ready = of(changeId).filter((item) => open(item) && isDue(item));
      const refs = [...new Set(ready.map((item) => item.productRef))].sort((a, b) => (a < b ? -1 : 1)).slice(0, maxBatches);
      const leaseUntil = new Date(now.getTime() + leaseMs);
      const batches: ClaimedBatch[] = [];
      for (const productRef of refs) {
        const rows = ready.filter((item) => item.productRef === productRef && !tx.lockedElsewhere(`item:${item.id}`)).slice(0, maxRows)
          .map((item) => tx.patch(items, item.id, { owner, leaseUntil, epoch: item.epoch + 1 }));
        if (rows.length) tx.step = 'a claim';
        if (rows.length) batches.push({ productRef, rows, leaseUntil });
        if (rows.length) tx.world.say(tx.proc.name, () => `${owner} claims ${rows.map((row) => `v${row.variantRef} (${row.state}, epoch ${row.epoch}, ${row.attempts} attempts)`).join(' ')} of ${changeId.slice(0, 8)}`);
      }
      return batches;
    }),
    markIntent: async (rows, owner, { now, sendBy, leaseUntil, bulkId = null }) => {
      if (rows.length) tx.step = 'an intent';
      if (rows.length === 0) return new Set();
      const state = await tx.statement(() => {
        const { changeId } = rows[0]!.item;
        tx.lockShared(`change:${changeId}`);
        tx.lockShared('writes');
        return tx.get(db.changes, changeId)?.state;
      });
      if (state !== 'applying') return new Set();
      await tx.statement(() => {
        for (const id of [...new Set(rows.map(({ item }) => item.variantId))].sort()) tx.lock(`variant:${id}`);
      });
      const busy = await tx.statement(() => new Set(tx.all(items).filter((other) => other.state === 'writing' && other.changeId !== rows[0]!.item.changeId).map((other) => other.variantId)));
      return tx.statement(() => {
        lockAll(rows.map(({ item }) => item));
        const ids = new Set<string>();
        if (!allowed()) return ids;
        for (const { item, expected } of rows) {
          const row = mine(item, owner);
          if (!row || time(row.leaseUntil) <= now.getTime() || busy.has(row.variantId)) continue;
          tx.patch(items, item.id, { state: 'writing', intentAt: now, runAt: sendBy, ...(leaseUntil ? { leaseUntil } : {}), expectedPrice: expected.price, expectedCompareAt: expected.compareAt, bulkId });
          ids.add(item.id);
        }
        tx.world.say(tx.proc.name, () => `${owner} intends ${rows.map(({ item }) => `v${item.variantRef}${ids.has(item.id) ? '' : ' (refused)'}`).join(' ')} of ${rows[0]!.item.changeId.slice(0, 8)}`);
        return ids;
      });
    },
    finish: (endings, owner, now) => tx.statement(() => {
      if (endings.length) tx.step = 'endings';
      lockAll(endings.map(({ item }) => item));
      const ids = new Set<string>();
      for (const { item, state, live, verdict, requestId } of endings) {
        const row = mine(item, owner);
        if (!row) continue;
        tx.patch(items, item.id, {
          state, livePrice: live?.price ?? null, liveCompareAt: live?.compareAt ?? null, liveReadAt: live ? now : null, verdict, requestId: requestId ?? row.requestId,
          finishedAt: now, owner: null, leaseUntil: null, runAt: null,
        });
        ids.add(item.id);
      }
      tx.world.say(tx.proc.name, () => `${owner} ends ${endings.map(({ item, state }) => `v${item.variantRef} ${state}${ids.has(item.id) ? '' : ' (refused)'}`).join(' ')}`);
      return ids;
    }),
    release: (list, owner, { runAt, countAttempt, doubt }) => tx.statement(() => {
      if (list.length) tx.step ||= 'rows given back';
      lockAll(list);
      for (const item of list) {
        const row = mine(item, owner);
        if (!row) continue;
        const keep = doubt || row.resolution === 'write_ours';
        tx.patch(items, item.id, {
          owner: null, leaseUntil: null, runAt, attempts: row.attempts + (countAttempt ? 1 : 0), state: doubt ? row.state : 'queued', intentAt: doubt ? row.intentAt : null,
          expectedPrice: keep ? row.expectedPrice : null, expectedCompareAt: keep ? row.expectedCompareAt : null,
        });
      }
    }),
    left: (changeId) => tx.statement(() => {
      const queued = of(changeId).filter((item) => item.state === 'queued');
      return { rows: queued.length, products: new Set(queued.map((item) => item.productRef)).size };
    }),
    anyQueued: (changeId) => tx.statement(() => of(changeId).some((item) => item.state === 'queued')),
    nextDue: (changeId, now, quietMs) => tx.statement(() => {
      const may = allowed() && tx.get(db.changes, changeId)?.state === 'applying';
      const times = of(changeId).flatMap((item) => {
        if (item.state === 'writing') return underWay(item) ? [] : [Math.max(now.getTime(), time(item.runAt), time(item.leaseUntil), landed(item, quietMs))];
        return item.state === 'queued' && may ? [Math.max(now.getTime(), time(item.runAt), time(item.leaseUntil))] : [];
      });
      for (const row of tx.all(db.bulkWrites)) if (row.changeId === changeId && row.state !== 'ended') times.push(Math.max(now.getTime(), time(row.leaseUntil)));
      return times.length ? new Date(Math.min(...times)) : null;
    }),
    resolve: (itemId, { state, resolution, by, expected, now }) => tx.statement(() => {
      tx.lock(`item:${itemId}`);
      const row = tx.get(items, itemId);
      if (row?.state !== 'conflict') return false;
      tx.patch(items, itemId, {
        state, resolution, resolvedBy: by, expectedPrice: expected?.price ?? row.expectedPrice, expectedCompareAt: expected ? expected.compareAt : row.expectedCompareAt,
        finishedAt: state === 'kept' ? now : null, attempts: 0, runAt: null, owner: null, leaseUntil: null, intentAt: null,
      });
      return true;
    }),
  };
}
