import type { BulkWriteRow, BulkWriteStore, Hold } from '../../app/ports/bulk-write-store.ts';
import type { MemoryDb } from './memory-db.ts';
import type { MemoryTx } from './memory-tx.ts';

export type BulkRec = BulkWriteRow & { readonly itemIds: readonly string[] };

/** The bulk operations of a tenant, as app/adapters/db/stores/bulk-write-store.ts keeps them. */
export function memoryBulkWrites(db: MemoryDb, tx: MemoryTx): BulkWriteStore {
  const { bulkWrites, items } = db;
  const held = ({ id, owner, epoch }: Hold): BulkRec | null => {
    tx.lock(`bulk:${id}`);
    const row = tx.get(bulkWrites, id);
    return row && row.owner === owner && row.epoch === epoch && row.state !== 'ended' ? row : null;
  };
  const change = (step: string, hold: Hold, facts: Partial<BulkRec>): boolean => {
    tx.step = step;
    const row = held(hold);
    if (row) tx.patch(bulkWrites, hold.id, facts);
    return row !== null;
  };
  return {
    create: ({ id, changeId, owner, itemIds, products, now, leaseUntil }) => tx.statement(() => {
      const row: BulkRec = {
        id, changeId, state: 'preparing', operationRef: null, owner, epoch: 1, leaseUntil, rows: itemIds.length, products, sendBy: null, told: 0, outcome: null, failure: null, ranMs: null,
        createdAt: now, startedAt: null, endedAt: null, itemIds,
      };
      tx.put(bulkWrites, id, row);
      tx.step = 'an operation';
      tx.world.say(tx.proc.name, () => `${owner} makes the bulk operation ${id.slice(0, 8)} of ${itemIds.length} rows`);
      return row;
    }),
    get: (id) => tx.statement(() => tx.get(bulkWrites, id)),
    takeOver: (changeId, { owner, now, leaseUntil }) => tx.statement(() => {
      const due = tx.all(bulkWrites).filter((row) => row.changeId === changeId && row.state !== 'ended' && row.leaseUntil <= now && !tx.lockedElsewhere(`bulk:${row.id}`));
      if (due.length) tx.step = 'its takeover';
      return due.map((row) => {
        const taken = tx.patch(bulkWrites, row.id, { owner, leaseUntil, epoch: row.epoch + 1 });
        for (const id of row.itemIds) {
          const item = tx.get(items, id);
          if (item?.state === 'writing' && item.bulkId === row.id) tx.patch(items, id, { owner, leaseUntil, epoch: item.epoch + 1 });
        }
        tx.world.say(tx.proc.name, () => `${owner} takes over the bulk operation ${row.id.slice(0, 8)} (${row.state})`);
        return taken;
      });
    }),
    items: (id) => tx.statement(() => (tx.get(bulkWrites, id)?.itemIds ?? []).map((itemId) => tx.get(items, itemId)!)),
    begin: async (hold, { now, leaseUntil, sendBy }) => {
      const may = await tx.statement(() => {
        const row = tx.get(bulkWrites, hold.id)!;
        tx.lockShared(`change:${row.changeId}`);
        tx.lockShared('writes');
        return tx.get(db.changes, row.changeId)?.state === 'applying' && !tx.get(db.tenants, db.tenantId)!.writesStopped;
      });
      if (!may) return 'stopped';
      return tx.statement(() => {
        const row = held(hold);
        if (row?.state !== 'preparing' || row.leaseUntil <= now) return 'lost';
        tx.step = 'its start';
        tx.patch(bulkWrites, hold.id, { state: 'starting', sendBy, leaseUntil });
        return 'begun';
      });
    },
    run: (hold, { operationRef, now, leaseUntil }) => tx.statement(() => change('its reference', hold, { state: 'running', operationRef, startedAt: now, leaseUntil })),
    renew: (hold, leaseUntil) => tx.statement(() => change('its lease', hold, { leaseUntil })),
    end: (hold, { outcome, failure, told, ranMs, now }) => tx.statement(() => {
      tx.world.say(tx.proc.name, () => `${hold.owner} ends the bulk operation ${hold.id.slice(0, 8)}: ${outcome}`);
      return change('its end', hold, { state: 'ended', outcome, failure, told, ranMs, endedAt: now, itemIds: [] });
    }),
    paces: ({ limit, since }) => tx.statement(() => tx.all(bulkWrites)
      .filter((row) => row.ranMs !== null && row.endedAt !== null && row.endedAt > since)
      .sort((a, b) => b.endedAt!.getTime() - a.endedAt!.getTime()).slice(0, limit).map((row) => ({ rows: row.told, seconds: row.ranMs! / 1_000 }))),
  };
}
