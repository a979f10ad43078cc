import type { TenantId } from '../../app/domain/kernel/ids.ts';
import type { OverlapStore } from '../../app/ports/overlap-store.ts';
import type { PriceHistoryStore } from '../../app/ports/price-history.ts';
import type { PriceListStore } from '../../app/ports/price-list-store.ts';
import type { RuleStore } from '../../app/ports/rule-store.ts';
import type { SalesStore } from '../../app/ports/sales-store.ts';
import type { StaleStore } from '../../app/ports/stale-store.ts';
import type { Tx, UnitOfWork } from '../../app/ports/unit-of-work.ts';
import { memoryBulkWrites } from './memory-bulk.ts';
import { memoryCatalog } from './memory-catalog.ts';
import { memoryChanges, memoryDecisions, memoryInbox, memoryPolicies, memorySchedules, memoryTenant, memoryWrites, partly } from './memory-changes.ts';
import type { MemoryDb } from './memory-db.ts';
import { memoryItems } from './memory-items.ts';
import { memoryJournal } from './memory-journal.ts';
import { memoryLayers } from './memory-layers.ts';
import { CONNECTION_LOST, DEADLOCK, DatabaseError, MemoryTx, SERIALIZATION } from './memory-tx.ts';
import type { Proc, World } from './world.ts';

/** As the adapter: a deadlock or a serialisation failure runs the work again, from its start. */
const ATTEMPTS = 4;

/** The same for every transaction: nothing of them is kept here. */
const rules = partly<RuleStore>('rules', { get: async () => null, onCatalog: async () => [] });
const sales = partly<SalesStore>('sales', { moveWindow: async () => undefined, window: async () => null });
const history = partly<PriceHistoryStore>('history', { known: async () => new Map() });
const stale = partly<StaleStore>('stale', { plans: async () => [] });
const priceLists = partly<PriceListStore>('priceLists', { get: async () => null });
const freshness = partly<Tx['freshness']>('freshness', {});
const [overlaps, syncs, tokens, idempotency] = [partly<OverlapStore>('overlaps', {}), partly<Tx['syncs']>('syncs', {}), partly<Tx['tokens']>('tokens', { revokeAll: async () => [] }), partly<Tx['idempotency']>('idempotency', {})];

const same = { rules, sales, history, stale, priceLists, overlaps, syncs, tokens, idempotency, freshness };
const makers = {
  tenant: memoryTenant, writes: memoryWrites, inbox: memoryInbox, catalog: memoryCatalog, schedules: memorySchedules, policies: memoryPolicies, changes: memoryChanges, decisions: memoryDecisions,
  items: memoryItems, bulkWrites: memoryBulkWrites, layers: memoryLayers, journal: memoryJournal,
};

/** The stores of a transaction, each made when it is first asked for: on the prototype, since most transactions need three of them. */
class Stores {
  readonly db: MemoryDb;
  readonly tx: MemoryTx;
  constructor(db: MemoryDb, tx: MemoryTx) {
    this.db = db;
    this.tx = tx;
  }
}
for (const [name, make] of Object.entries(makers)) {
  Object.defineProperty(Stores.prototype, name, { get(this: Stores) {
    const store = make(this.db, this.tx);
    Object.defineProperty(this, name, { value: store, enumerable: true });
    return store;
  } });
}
Object.assign(Stores.prototype, same);

export const storesOf = (db: MemoryDb, tx: MemoryTx): Tx => new Stores(db, tx) as unknown as Tx;

/** The same as one plain object, for a mutant that copies it to put something else in. */
const plainStores = (db: MemoryDb, tx: MemoryTx): Tx => ({ ...same, ...Object.fromEntries(Object.entries(makers).map(([name, make]) => [name, make(db, tx)])) }) as Tx;

/** The transactions of one process. What a mutant changes of the stores goes through `stores`. */
export function memoryUnitOfWork(world: World, proc: Proc, dbs: readonly MemoryDb[], stores?: (tx: Tx) => Tx): UnitOfWork {
  const open = new Set<MemoryTx>();
  proc.onKill.push(() => {
    for (const tx of open) {
      tx.rollback();
      for (const db of dbs) db.open.delete(tx);
    }
  });

  async function once<T>(db: MemoryDb, work: (tx: Tx) => Promise<T>): Promise<T> {
    await proc.clock.known();
    await world.sleep(proc, world.chance.happens(0.02) ? world.chance.between(500, 5_000) : world.chance.between(1, 20));
    if (world.fault('pool exhausted', 0.002)) {
      await world.sleep(proc, 10_000);
      throw new Error('timeout exceeded when trying to connect');
    }
    if (world.databaseAwayUntil > world.now || world.fault('database unreachable', 0.004)) throw new DatabaseError(CONNECTION_LOST, 'The database cannot be reached');
    const tx = new MemoryTx(world, proc, db.locks, world.chance.happens(0.75));
    open.add(tx);
    db.open.add(tx);
    world.count('transactions');
    try {
      const value = await work(stores ? stores(plainStores(db, tx)) : storesOf(db, tx));
      if (!tx.atOnce) await world.sleep(proc, world.chance.between(1, 10));
      if (tx.step && world.ambush) await world.reach(proc, `before the commit of ${tx.step}`);
      if (!tx.open) throw new DatabaseError(CONNECTION_LOST, 'The connection is closed');
      if (world.fault('serialisation failure', 0.006)) throw new DatabaseError(SERIALIZATION, 'could not serialize access');
      if (world.fault('deadlock', 0.006)) throw new DatabaseError(DEADLOCK, 'deadlock detected');
      if (world.fault('connection lost before commit', 0.004)) throw new DatabaseError(CONNECTION_LOST, 'Connection terminated unexpectedly');
      tx.commit();
      // It is done now, whatever the process hears of it.
      const lost = world.fault('commit done, answer lost', 0.006);
      if (tx.step && world.ambush) await world.reach(proc, `after the commit of ${tx.step}`);
      await world.sleep(proc, world.chance.between(1, 15));
      if (lost) throw new DatabaseError(CONNECTION_LOST, 'Connection terminated unexpectedly');
      return value;
    } catch (error) {
      tx.rollback();
      throw error;
    } finally {
      open.delete(tx);
      db.open.delete(tx);
    }
  }

  return {
    async run<T>(tenantId: TenantId, work: (tx: Tx) => Promise<T>): Promise<T> {
      const db = dbs.find((one) => one.tenantId === tenantId);
      if (!db) throw new Error('There is no such tenant');
      for (let attempt = 1; ; attempt++) {
        try {
          return await once(db, work);
        } catch (error) {
          const again = error instanceof DatabaseError && (error.code === DEADLOCK || error.code === SERIALIZATION);
          if (!again || attempt >= ATTEMPTS) throw error;
          await world.sleep(proc, world.chance.between(5, 200));
        }
      }
    },
  };
}
