import { createHash } from 'node:crypto';
import { actorText } from '../../app/ports/context.ts';
import type { Journal } from '../../app/ports/journal.ts';
import type { LeasedMessage, OutboxLeases } from '../../app/ports/outbox.ts';
import { partly } from './memory-changes.ts';
import type { EventRec, MemoryDb, OutboxRec } from './memory-db.ts';
import type { MemoryTx } from './memory-tx.ts';
import type { Proc, World } from './world.ts';

const OUTBOX_LEASE_MS = 30_000;
const plain = (payload: unknown): Record<string, unknown> => JSON.parse(JSON.stringify(payload)) as Record<string, unknown>;

/** Each event carries the hash of the one before it. */
export function chainHash(before: string, { seq, type, aggregateId, payload }: Pick<EventRec, 'seq' | 'type' | 'aggregateId' | 'payload'>): string {
  return createHash('sha256').update(`${before}|${seq}|${type}|${aggregateId}|${JSON.stringify(payload)}`).digest('hex');
}

export function memoryJournal(db: MemoryDb, tx: MemoryTx): Journal {
  let own: EventRec | null = null;
  return partly<Journal>('journal', {
    append: (ctx, entry) => tx.statement(() => {
      // The tenant's chain is a lock: numbers are given in the order of commits.
      tx.lock('chain');
      const last = own ?? db.lastEvent;
      const seq = (last?.seq ?? 0n) + 1n;
      const id = ctx.newId();
      const event = {
        id, seq, type: entry.type, schemaVersion: '1.0.0', aggregateType: entry.aggregateType, aggregateId: entry.aggregateId, correlationId: ctx.correlationId, causationId: ctx.causationId,
        actor: actorText(ctx.actor), payload: plain(entry.payload), createdAt: new Date(tx.world.now),
      };
      const linked: EventRec = { ...event, hash: chainHash(last?.hash ?? '', event) };
      tx.put(db.events, id, linked);
      own = linked;
      tx.put(db.outbox, id, { id, eventId: id, seq, topic: entry.type, aggregate: `${entry.aggregateType}:${entry.aggregateId}`, state: 'ready', attempts: 0, epoch: 0, owner: null, leaseUntil: null, runAt: tx.world.now });
      tx.committed.push(() => {
        db.committedAt.set(id, tx.world.now);
        db.lastEvent = linked;
      });
      return { eventId: id, seq };
    }),
    event: (id) => tx.statement(() => tx.get(db.events, id)),
    projectChange: (event) => tx.statement(() => {
      if (event.aggregateType !== 'price_change') return;
      tx.lock(`told:${event.aggregateId}`);
      const known = tx.get(db.told, event.aggregateId)?.seqs ?? [];
      if (!known.includes(event.seq)) tx.put(db.told, event.aggregateId, { changeId: event.aggregateId, seqs: [...known, event.seq] });
    }),
  });
}

/** The outbox of all tenants: the head of each aggregate, by the database's own clock. */
export function memoryOutbox(world: World, proc: Proc, dbs: readonly MemoryDb[]): OutboxLeases {
  const finish = async (message: LeasedMessage, owner: string, facts: Partial<OutboxRec>): Promise<boolean> => {
    await world.sleep(proc, world.chance.between(1, 10));
    const { outbox } = dbs.find((db) => db.tenantId === message.tenantId)!;
    const row = outbox.rows.get(message.id);
    if (row?.owner !== owner || row.epoch !== message.epoch || row.state !== 'leased') return false;
    outbox.rows.set(row.id, { ...row, ...facts, owner: null, leaseUntil: null });
    return true;
  };
  return {
    async lease(owner, max) {
      const due: { db: MemoryDb; row: OutboxRec }[] = [];
      for (const db of dbs) {
        const heads = new Map<string, OutboxRec>();
        for (const row of db.outbox.rows.values()) {
          if (row.state !== 'ready' && row.state !== 'leased') continue;
          const head = heads.get(row.aggregate);
          if (!head || row.seq < head.seq) heads.set(row.aggregate, row);
        }
        for (const row of heads.values()) if (row.runAt <= world.now && (row.state === 'ready' || row.leaseUntil! < world.now)) due.push({ db, row });
      }
      const leased = due.slice(0, max).map(({ db, row }) => {
        const next: OutboxRec = { ...row, state: 'leased', owner, epoch: row.epoch + 1, attempts: row.attempts + 1, leaseUntil: world.now + OUTBOX_LEASE_MS };
        db.outbox.rows.set(row.id, next);
        return { tenantId: db.tenantId, id: next.id, eventId: next.eventId, topic: next.topic, aggregate: next.aggregate, attempts: next.attempts, epoch: next.epoch };
      });
      // Leased is leased, whether the publisher lives to hear of it or not.
      await world.sleep(proc, world.chance.between(1, 10));
      return leased;
    },
    done: (message, owner) => finish(message, owner, { state: 'done' }),
    failed: (message, owner, { runAt, dead }) => finish(message, owner, { state: dead ? 'dead' : 'ready', runAt: runAt.getTime() }),
  };
}
