import { actorText } from '../../app/ports/context.ts';
import type { Journal } from '../../app/ports/journal.ts';
import type { LeasedMessage, OutboxLeases } from '../../app/ports/outbox.ts';
import { cheapHash } from './cheap-hash.ts';
import { partly } from './memory-changes.ts';
import type { EventRec, MemoryDb, OutboxRec } from './memory-db.ts';
import type { MemoryTx } from './memory-tx.ts';
import type { Proc, World } from './world.ts';

const OUTBOX_LEASE_MS = 30_000;
/** Each event carries the hash of the one before it. */
export function chainHash(before: string, { seq, type, aggregateId }: Pick<EventRec, 'seq' | 'type' | 'aggregateId'>, payload: string): string {
  return cheapHash(`${before}|${seq}|${type}|${aggregateId}|${payload}`);
}

export function memoryJournal(db: MemoryDb, tx: MemoryTx): Journal {
  let own: EventRec | null = null;
  const project = (event: Pick<EventRec, 'aggregateType' | 'aggregateId' | 'seq'>): void => {
    if (event.aggregateType !== 'price_change') return;
    tx.lock(`told:${event.aggregateId}`);
    const known = tx.get(db.told, event.aggregateId)?.seqs ?? [];
    if (!known.includes(event.seq)) tx.put(db.told, event.aggregateId, { changeId: event.aggregateId, seqs: [...known, event.seq] });
  };
  return partly<Journal>('journal', {
    append: (ctx, entry) => tx.statement(() => {
      // The tenant's chain is a lock: numbers are given in the order of commits.
      tx.lock('chain');
      const last = own ?? db.lastEvent;
      const seq = (last?.seq ?? 0n) + 1n;
      const id = ctx.newId();
      const text = JSON.stringify(entry.payload);
      const event = {
        id, seq, type: entry.type, schemaVersion: '1.0.0', aggregateType: entry.aggregateType, aggregateId: entry.aggregateId, correlationId: ctx.correlationId, causationId: ctx.causationId,
        actor: actorText(ctx.actor), payload: JSON.parse(text) as Record<string, unknown>, createdAt: new Date(tx.world.now),
      };
      const linked: EventRec = { ...event, hash: chainHash(last?.hash ?? '', event, text) };
      tx.put(db.events, id, linked);
      own = linked;
      tx.put(db.outbox, id, { id, eventId: id, seq, topic: entry.type, aggregate: `${entry.aggregateType}:${entry.aggregateId}`, state: 'ready', attempts: 0, epoch: 0, owner: null, leaseUntil: null, runAt: tx.world.now });
      tx.committed.push(() => {
        db.committedAt.set(id, tx.world.now);
        db.begunAt.set(id, tx.begunAt);
        if (entry.type === 'policy.updated') db.policyVersions.push({ version: Number(event.payload.version), document: tx.get(db.policies, 'policy')!.document, eventId: id });
        db.lastEvent = linked;
      });
      return { eventId: id, seq };
    }),
    event: (id) => tx.statement(() => tx.get(db.events, id)),
    projectChange: (event) => tx.statement(() => project(event)),
    tell: (messages) => tx.statement(() => {
      const events = messages.flatMap(({ eventId }) => tx.get(db.events, eventId) ?? []).sort((a, b) => Number(a.seq - b.seq));
      for (const event of events) project(event);
      return events;
    }),
  });
}

/** The outbox of all tenants: the head of each aggregate and what follows it, by the database's own clock. */
export function memoryOutbox(world: World, proc: Proc, dbs: readonly MemoryDb[]): OutboxLeases {
  /** In one statement: those that are still held. */
  const finish = async (messages: readonly LeasedMessage[], owner: string, facts: (row: OutboxRec) => Partial<OutboxRec>): Promise<number> => {
    if (messages.length === 0) return 0;
    await world.sleep(proc, world.chance.between(1, 10));
    let finished = 0;
    for (const message of messages) {
      const { outbox } = dbs.find((db) => db.tenantId === message.tenantId)!;
      const row = outbox.rows.get(message.id);
      if (row?.owner !== owner || row.epoch !== message.epoch || row.state !== 'leased') continue;
      outbox.rows.set(row.id, { ...row, ...facts(row), owner: null, leaseUntil: null });
      finished += 1;
    }
    return finished;
  };
  return {
    async lease(owner, max) {
      const due: { db: MemoryDb; row: OutboxRec; place: number }[] = [];
      const isDue = (row: OutboxRec): boolean => row.runAt <= world.now && (row.state === 'ready' || row.leaseUntil! < world.now);
      for (const db of dbs) {
        const runs = Map.groupBy([...db.outbox.rows.values()].filter((row) => row.state === 'ready' || row.state === 'leased'), (row) => row.aggregate);
        for (const run of runs.values()) {
          run.sort((a, b) => Number(a.seq - b.seq));
          const end = run.findIndex((row) => !isDue(row));
          due.push(...run.slice(0, end === -1 ? undefined : end).map((row, place) => ({ db, row, place })));
        }
      }
      const chosen = due.sort((a, b) => a.place - b.place).slice(0, max).sort((a, b) => Number(a.row.seq - b.row.seq));
      const leased = chosen.map(({ db, row }) => {
        const next: OutboxRec = { ...row, state: 'leased', owner, epoch: row.epoch + 1, attempts: row.attempts + 1, leaseUntil: world.now + OUTBOX_LEASE_MS };
        db.outbox.rows.set(row.id, next);
        return { tenantId: db.tenantId, id: next.id, eventId: next.eventId, eventSeq: next.seq, topic: next.topic, aggregate: next.aggregate, attempts: next.attempts, epoch: next.epoch, createdAt: new Date(0) };
      });
      // Leased is leased, whether the publisher lives to hear of it or not.
      await world.sleep(proc, world.chance.between(1, 10));
      return leased;
    },
    done: (messages, owner) => finish(messages, owner, () => ({ state: 'done' })),
    failed: async (message, owner, { runAt, dead }) => (await finish([message], owner, () => ({ state: dead ? 'dead' : 'ready', runAt: runAt.getTime() }))) > 0,
    async release(messages, owner, runAt) {
      await finish(messages, owner, (row) => ({ state: 'ready', attempts: row.attempts - 1, runAt: runAt?.getTime() ?? row.runAt }));
    },
  };
}
