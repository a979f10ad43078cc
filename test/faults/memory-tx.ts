import type { Proc, World } from './world.ts';

/** A table of one tenant: rows are values and never changed in place. */
export class Table<R extends object> {
  readonly rows = new Map<string, R>();
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

class Blocked {
  readonly by: MemoryTx;
  constructor(by: MemoryTx) {
    this.by = by;
  }
}

/** What the driver throws; `code` as PostgreSQL says it. */
export class DatabaseError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export const DEADLOCK = '40P01';
export const SERIALIZATION = '40001';
export const CONNECTION_LOST = '08006';

/** Who holds what of one tenant's rows. */
export class Locks {
  readonly exclusive = new Map<string, MemoryTx>();
  readonly shared = new Map<string, Set<MemoryTx>>();
}

/**
 * One transaction at READ COMMITTED: a statement sees what was committed when it began and what the transaction itself wrote; rows
 * that it changes or locks are its own until it ends; whoever wants them waits, and then looks again. Deadlocks are found and undo
 * the one that closed the circle.
 */
export class MemoryTx {
  readonly world: World;
  readonly proc: Proc;
  readonly #locks: Locks;
  readonly #written = new Map<Table<object>, Map<string, object | null>>();
  readonly #held: string[] = [];
  readonly #heldShared: string[] = [];
  #undo: { table: Table<object>; id: string; had: boolean; row: object | null | undefined }[] = [];
  #waitsFor: MemoryTx | null = null;
  #ended: (() => void)[] = [];
  /** Its statements go off at once, as on a quiet machine; otherwise others come between them. */
  readonly atOnce: boolean;
  open = true;
  readonly begunAt: number;
  /** What it records, for the tally. */
  step = '';
  /** Told after the commit, in its moment. */
  readonly committed: (() => void)[] = [];

  constructor(world: World, proc: Proc, locks: Locks, atOnce: boolean) {
    this.world = world;
    this.proc = proc;
    this.#locks = locks;
    this.atOnce = atOnce;
    this.begunAt = world.now;
  }

  /** One statement: takes effect as a whole at one moment. */
  async statement<T>(work: () => T): Promise<T> {
    if (!this.atOnce) await this.world.sleep(this.proc, this.world.chance.between(1, 12));
    for (;;) {
      // A process that is dead hears nothing any more, errors included.
      if (!this.proc.alive) return new Promise<T>(() => {});
      if (!this.open) throw new DatabaseError(CONNECTION_LOST, 'The connection is closed');
      this.#undo = [];
      try {
        return work();
      } catch (error) {
        for (const { table, id, had, row } of this.#undo.reverse()) {
          if (had) this.#of(table).set(id, row as object | null);
          else this.#of(table).delete(id);
        }
        if (!(error instanceof Blocked)) throw error;
        await this.#wait(error.by);
        await this.world.sleep(this.proc, 1);
      }
    }
  }

  async #wait(by: MemoryTx): Promise<void> {
    for (let at: MemoryTx | null = by; at; at = at.#waitsFor) {
      if (at === this) {
        this.world.count('deadlocks found');
        throw new DatabaseError(DEADLOCK, 'deadlock detected');
      }
    }
    this.#waitsFor = by;
    this.world.count('lock waits');
    // The server goes on when the lock is free, whatever our process does meanwhile.
    await new Promise<void>((go) => by.#ended.push(go));
    this.#waitsFor = null;
  }

  get<R extends object>(table: Table<R>, id: string): R | null {
    const own = this.#written.get(table as Table<object>)?.get(id);
    return (own === undefined ? table.rows.get(id) ?? null : own) as R | null;
  }

  all<R extends object>(table: Table<R>): R[] {
    const own = this.#written.get(table as Table<object>);
    if (!own || own.size === 0) return [...table.rows.values()];
    const rows: R[] = [];
    for (const [id, row] of table.rows) {
      const mine = own.get(id);
      if (mine === undefined) rows.push(row);
      else if (mine !== null) rows.push(mine as R);
    }
    for (const [id, row] of own) if (row !== null && !table.rows.has(id)) rows.push(row as R);
    return rows;
  }

  /** Writes a row, as an insert or an update does: it is locked until the end. */
  put<R extends object>(table: Table<R>, id: string, row: R | null): void {
    this.lock(`${table.name}:${id}`);
    const own = this.#of(table as Table<object>);
    this.#undo.push({ table: table as Table<object>, id, had: own.has(id), row: own.get(id) });
    own.set(id, row);
  }

  patch<R extends object>(table: Table<R>, id: string, facts: Partial<R>): R {
    this.lock(`${table.name}:${id}`);
    const row = this.get(table, id);
    if (!row) throw new Error(`There is no ${table.name} ${id}`);
    const next = { ...row, ...facts };
    this.put(table, id, next);
    return next;
  }

  lock(key: string): void {
    const { exclusive, shared } = this.#locks;
    const holder = exclusive.get(key);
    if (holder === this) return;
    if (holder) throw new Blocked(holder);
    for (const other of shared.get(key) ?? []) if (other !== this) throw new Blocked(other);
    exclusive.set(key, this);
    this.#held.push(key);
  }

  lockShared(key: string): void {
    const { exclusive, shared } = this.#locks;
    const holder = exclusive.get(key);
    if (holder === this) return;
    if (holder) throw new Blocked(holder);
    const holders = shared.get(key) ?? new Set();
    if (holders.has(this)) return;
    shared.set(key, holders.add(this));
    this.#heldShared.push(key);
  }

  /** Whether another transaction holds it (SKIP LOCKED). */
  lockedElsewhere(key: string): boolean {
    const holder = this.#locks.exclusive.get(key);
    if (holder !== undefined) return holder !== this;
    for (const other of this.#locks.shared.get(key) ?? []) if (other !== this) return true;
    return false;
  }

  commit(): void {
    for (const [table, own] of this.#written) {
      for (const [id, row] of own) {
        if (row === null) table.rows.delete(id);
        else table.rows.set(id, row);
      }
    }
    this.#end();
    for (const told of this.committed) told();
  }

  rollback(): void {
    this.#end();
  }

  #end(): void {
    if (!this.open) return;
    this.open = false;
    for (const key of this.#held) this.#locks.exclusive.delete(key);
    for (const key of this.#heldShared) this.#locks.shared.get(key)?.delete(this);
    const waiting = this.#ended;
    this.#ended = [];
    for (const go of waiting) go();
  }

  #of(table: Table<object>): Map<string, object | null> {
    let own = this.#written.get(table);
    if (!own) this.#written.set(table, own = new Map());
    return own;
  }
}
