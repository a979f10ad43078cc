import { NO_POLICY } from '../../app/domain/policies/policy.ts';
import type { ChangeStore } from '../../app/ports/change-store.ts';
import type { DecisionStore, PolicyStore } from '../../app/ports/policy-store.ts';
import type { DueThing, ScheduleStore } from '../../app/ports/schedule-store.ts';
import { dueKey } from '../../app/ports/schedule-store.ts';
import type { InboxStore, TenantStore } from '../../app/ports/tenant-store.ts';
import type { WriteSwitchStore } from '../../app/ports/write-switch.ts';
import type { ChangeRec, MemoryDb } from './memory-db.ts';
import type { MemoryTx } from './memory-tx.ts';

const gaps = new Map<string, object>();
/** What a store answers for calls that it does not have: made once for each name, and only asked for what is missing. */
function gapOf(name: string): object {
  let gap = gaps.get(name);
  if (!gap) {
    gap = new Proxy({}, { get(_, property) {
      if (typeof property === 'string' && property !== 'then') throw new Error(`The simulation has no ${name}.${property}`);
      return undefined;
    } });
    gaps.set(name, gap);
  }
  return gap;
}

/** A store of which these flows need only some calls: any other is a gap of the simulation and says so. */
export function partly<S extends object>(name: string, calls: Partial<S>): S {
  return Object.setPrototypeOf(calls, gapOf(name)) as S;
}

const newestFirst = (a: ChangeRec, b: ChangeRec): number => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1);

export function memoryChanges(db: MemoryDb, tx: MemoryTx): ChangeStore {
  const { changes } = db;
  return {
    create: (row) => tx.statement(() => {
      const { now, selectorJson: _s, transformJson: _t, ...facts } = row;
      const made: ChangeRec = {
        ...facts, priceListId: row.priceListId ?? null, parentId: row.parentId ?? null, state: 'draft', activity: null, scheduleAt: null, endAt: null, planHash: null, planVersion: 0, policyVersion: null,
        summary: null, previewedAt: null, approvedHash: null, approvedBy: null, approvedAt: null, approvalComment: null, approvalsRequired: null, startedAt: null, finishedAt: null,
        pauseCode: null, pauseReason: null, pauseOn: null, canaryPercent: null, canary: null, failure: null, seriesId: null, occurrenceAt: null, followAt: null, planAt: null,
        contentHash: null, note: null, staleReason: null, createdAt: now, updatedAt: now, applySeq: null, heldAt: null,
      };
      tx.put(changes, row.id, made);
      return made;
    }),
    list: ({ state }, { limit }) => tx.statement(() => ({ data: tx.all(changes).filter((change) => !state || change.state === state).sort(newestFirst).slice(0, limit), nextCursor: null })),
    get: (id) => tx.statement(() => tx.get(changes, id)),
    lock: (id) => tx.statement(() => {
      if (tx.get(changes, id)) tx.lock(`change:${id}`);
      return tx.get(changes, id);
    }),
    update: (id, facts, now) => tx.statement(() => {
      const { selectorJson: _s, transformJson: _t, ...known } = facts;
      return tx.patch(changes, id, { ...known, updatedAt: now });
    }),
    children: (id) => tx.statement(() => tx.all(changes).filter((change) => change.parentId === id).sort(newestFirst)),
    assignApplyOrder: (id) => tx.statement(() => {
      tx.lock(`tenant:${db.tenantId}`);
      tx.patch(changes, id, { applySeq: Math.max(0, ...tx.all(changes).map((change) => change.applySeq ?? 0)) + 1 });
    }),
  };
}

export function memorySchedules(db: MemoryDb, tx: MemoryTx): ScheduleStore {
  const allDue = (now: Date): (DueThing & { turn: number })[] => {
    const due: (DueThing & { turn: number })[] = [];
    for (const { id, kind, state, endAt, scheduleAt, heldAt } of tx.all(db.changes)) {
      const over = endAt !== null && endAt <= now;
      if (over && kind !== 'rollback' && heldAt === null && ['applying', 'paused', 'applied', 'partially_applied'].includes(state)) due.push({ kind: 'end', id, at: endAt, turn: 1 });
      if (over && (state === 'approved' || state === 'scheduled')) due.push({ kind: 'missed', id, at: scheduleAt && scheduleAt < endAt ? scheduleAt : endAt, turn: 2 });
      if (scheduleAt !== null && scheduleAt <= now && (state === 'approved' || state === 'scheduled') && !over) due.push({ kind: 'start', id, at: scheduleAt, turn: 6 });
    }
    return due;
  };
  return partly<ScheduleStore>('schedules', {
    nextDue: (now, passedOver) => tx.statement(() => allDue(now).filter((thing) => !passedOver.includes(dueKey(thing))).sort((a, b) => a.at.getTime() - b.at.getTime() || a.turn - b.turn || (a.id < b.id ? -1 : 1))[0] ?? null),
    isDue: ({ kind, id }, now) => tx.statement(() => allDue(now).some((thing) => thing.kind === kind && thing.id === id)),
    standStill: (note, now) => tx.statement(() => {
      const running = tx.all(db.changes).filter(({ endAt, heldAt, kind, state }) => endAt !== null && heldAt === null && kind !== 'rollback' && ['applying', 'paused', 'applied', 'partially_applied'].includes(state));
      for (const { id } of running) tx.patch(db.changes, id, { heldAt: now, note });
      return { held: running.length };
    }),
    beingWritten: async () => new Set(),
  });
}

export function memoryDecisions(db: MemoryDb, tx: MemoryTx): DecisionStore {
  return {
    add: (row) => tx.statement(() => tx.put(db.decisions, row.id, row)),
    list: (changeId) => tx.statement(() => tx.all(db.decisions).filter((row) => row.changeId === changeId)),
  };
}

export function memoryPolicies(db: MemoryDb, tx: MemoryTx): PolicyStore {
  return partly<PolicyStore>('policies', {
    get: () => tx.statement(() => tx.get(db.policies, 'policy')),
    inForce: () => tx.statement(() => tx.get(db.policies, 'policy') ?? NO_POLICY),
    save: ({ id, document, expectedVersion, by, now }) => tx.statement(() => {
      tx.lock('policy:policy');
      const version = tx.get(db.policies, 'policy')?.version ?? null;
      if (version !== expectedVersion) return null;
      const row = { id, version: (version ?? 0) + 1, document, updatedBy: by, updatedAt: now };
      tx.put(db.policies, 'policy', row);
      return row;
    }),
    approvedUnderOther: (what) => tx.statement(() => tx.all(db.changes)
      .filter(({ state, kind, policyVersion }) => (state === 'approved' || state === 'scheduled') && kind !== 'rollback' && 'policyVersion' in what && policyVersion !== what.policyVersion).map(({ id }) => id)),
  });
}

export function memoryTenant(db: MemoryDb, tx: MemoryTx): TenantStore {
  return partly<TenantStore>('tenant', {
    get: () => tx.statement(() => tx.get(db.tenants, db.tenantId)),
    update: (facts, now) => tx.statement(() => {
      const { state } = tx.patch(db.tenants, db.tenantId, { ...facts, ...(facts.state === 'installed' ? { installedAt: now } : {}) });
      if (facts.state === undefined) return;
      tx.committed.push(() => {
        const last = db.left.at(-1);
        if (state === 'uninstalled') db.left.push({ from: tx.world.now, to: Number.POSITIVE_INFINITY });
        else if (last) last.to = Math.min(last.to, tx.world.now);
      });
    }),
    installedAfter: (at) => tx.statement(() => {
      const { state, installedAt } = tx.get(db.tenants, db.tenantId)!;
      return state === 'installed' && installedAt > at;
    }),
    forgetSessions: async () => undefined,
  });
}

export function memoryWrites(db: MemoryDb, tx: MemoryTx): WriteSwitchStore {
  const row = () => {
    const { writesStopped, since, by, reason } = tx.get(db.tenants, db.tenantId)!;
    return { stopped: writesStopped, since, by, reason };
  };
  return {
    get: () => tx.statement(row),
    stop: async ({ by, reason, now }) => {
      await tx.statement(() => tx.lock('writes'));
      return tx.statement(() => {
        tx.lock(`tenant:${db.tenantId}`);
        if (row().stopped) return false;
        tx.patch(db.tenants, db.tenantId, { writesStopped: true, since: now, by, reason });
        return true;
      });
    },
    resume: async () => {
      await tx.statement(() => tx.lock('writes'));
      return tx.statement(() => {
        const before = row();
        if (!before.stopped) return null;
        tx.patch(db.tenants, db.tenantId, { writesStopped: false, since: null, by: null, reason: null });
        return before;
      });
    },
    waiting: (now) => tx.statement(() => {
      const all = tx.all(db.changes);
      return {
        inFlight: tx.all(db.items).filter((item) => item.state === 'writing' && ['applying', 'paused', 'ending'].includes(tx.get(db.changes, item.changeId)!.state)).length,
        applying: all.filter(({ state }) => state === 'applying' || state === 'ending').length,
        scheduled: all.filter(({ state, scheduleAt }) => (state === 'approved' || state === 'scheduled') && scheduleAt !== null && scheduleAt <= now).length,
      };
    }),
  };
}

export function memoryInbox(db: MemoryDb, tx: MemoryTx): InboxStore {
  const { inbox } = db;
  return {
    receive: (row) => tx.statement(() => {
      tx.lock(`inbox:${row.webhookId}`);
      if (tx.get(inbox, row.webhookId)) return false;
      tx.put(inbox, row.webhookId, { ...row, state: 'received', receivedAt: tx.world.now, attempts: 0 });
      return true;
    }),
    nextBatch: (limit, passedOver) => tx.statement(() =>
      tx.all(inbox).filter((row) => row.state === 'received' && !passedOver.includes(row.webhookId)).sort((a, b) => a.receivedAt - b.receivedAt || (a.webhookId < b.webhookId ? -1 : 1)).slice(0, limit)),
    hold: ({ webhookId, topic, eventId }) => tx.statement(() => {
      const same = tx.all(inbox).filter((row) => row.topic === topic && row.eventId === eventId).sort((a, b) => (a.webhookId < b.webhookId ? -1 : 1));
      for (const row of same) tx.lock(`inbox:${row.webhookId}`);
      return tx.get(inbox, webhookId)?.state === 'received';
    }),
    eventDone: (topic, eventId) => tx.statement(() => tx.all(inbox).some((row) => row.topic === topic && row.eventId === eventId && row.state === 'done')),
    finish: (webhookId, state) => tx.statement(() => void tx.patch(inbox, webhookId, { state, attempts: tx.get(inbox, webhookId)!.attempts + 1 })),
    broke: (webhookId, _error, attemptsMax) => tx.statement(() => {
      tx.lock(`inbox:${webhookId}`);
      const row = tx.get(inbox, webhookId);
      if (row?.state !== 'received') return true;
      return tx.patch(inbox, webhookId, { attempts: row.attempts + 1, state: row.attempts + 1 >= attemptsMax ? 'failed' : 'received' }).state !== 'received';
    }),
  };
}
