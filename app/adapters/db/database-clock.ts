import type { Log } from '../../ports/context.ts';

/**
 * Time as the database has it, for everything that processes on several machines compare: leases, quiet periods, schedules. A process
 * asks the database's clock now and then, and counts from there by its own monotonic clock, so neither what the wall clock of its machine
 * says nor a step of it matters. What two processes then differ by is what their answers took on the way, not what their machines are off.
 */
export interface DatabaseClock {
  /** The database's time. Never earlier than what was answered before, but for a step of the database's clock itself. */
  now(): Date;
  /** Resolves when the database's time is known; asks for it if need be, and rejects as the database does. Costs nothing afterwards. */
  known(): Promise<void>;
  /** Asks now. */
  refresh(): Promise<void>;
  /** By how much `now` may be off, in milliseconds; null before the first answer. */
  uncertaintyMs(): number | null;
  /** Asks every so often until `stop`. A database that is away changes nothing: time goes on from the last answer. */
  start(): void;
  stop(): void;
}

export interface DatabaseClockDeps {
  /** Milliseconds since the epoch by the database's clock_timestamp(). */
  readonly ask: () => Promise<number>;
  /** Milliseconds that no step of the wall clock changes. */
  readonly monotonic: () => number;
  /** The machine's own clock: in force until the database first answers, and afterwards only watched for leaps. */
  readonly wall: () => number;
  readonly log: Pick<Log, 'warn'>;
  readonly everyMs?: number;
}

const EVERY_MS = 15_000;
/** While it never answered, and when something looks wrong. */
const SOON_MS = 1_000;
/** A machine whose monotonic clock runs wrong by more than this is broken (NTP slews by at most as much). */
const DRIFT = 500e-6;
/** An answer that took longer says too little: the process was stopped meanwhile, or the pool is exhausted. */
const ROUND_TRIP_MAX_MS = 1_000;
/** Tries for one answer; the fastest counts. */
const TRIES = 3;
const FAST_MS = 10;
/** What two answers may differ by beyond their round trips before it is the database's clock that was set. */
const STEP_MS = 100;
/** Wall and monotonic clock apart by more: one was set, or the machine slept, and a monotonic clock may stand still meanwhile. */
const LEAP_MS = 2_000;

interface Sample {
  /** The database's time minus the monotonic clock; the truth is at most `error` away. */
  readonly offset: number;
  readonly error: number;
  readonly at: number;
}

export function createDatabaseClock({ ask, monotonic, wall, log, everyMs = EVERY_MS }: DatabaseClockDeps): DatabaseClock {
  let sample: Sample | null = null;
  let latest = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopped = true;
  const wallLead = (): number => wall() - monotonic();
  let lead = wallLead();

  const measure = async (): Promise<Sample> => {
    let best: Sample | null = null;
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const before = monotonic();
      const told = await ask();
      const after = monotonic();
      // It was that time at some moment between question and answer.
      const measured = { offset: told - (before + after) / 2, error: (after - before) / 2, at: after };
      if (best === null || measured.error < best.error) best = measured;
      if (best.error * 2 <= FAST_MS) break;
    }
    return best!;
  };
  const errorNow = ({ error, at }: Sample): number => error + (monotonic() - at) * DRIFT;

  const take = async (): Promise<void> => {
    const next = await measure();
    lead = wallLead();
    if (sample === null) {
      // However slow, it is better than the machine's own clock.
      sample = next;
      latest = Number.NEGATIVE_INFINITY;
      return;
    }
    if (next.error * 2 > ROUND_TRIP_MAX_MS) return;
    const apart = Math.abs(next.offset - sample.offset);
    if (apart > next.error + errorNow(sample) + STEP_MS) {
      // Either the database's clock was set (another server took over), which everybody follows, or this process slept.
      log.warn({ byMs: Math.round(next.offset - sample.offset) }, 'The time of the database is not where it was expected');
      sample = next;
      latest = Number.NEGATIVE_INFINITY;
      return;
    }
    // Both are right: the one that knows it better is kept, until drift has made it worse than the new one.
    if (next.error <= errorNow(sample)) sample = next;
  };

  const once = (): Promise<void> => {
    asking ??= take().finally(() => { asking = null; });
    return asking;
  };
  const plan = (ms: number): void => {
    if (stopped) return;
    clearTimeout(timer);
    timer = setTimeout(() => void once().then(() => plan(everyMs), () => plan(sample === null ? SOON_MS : everyMs)), ms);
    timer.unref();
  };

  return {
    now() {
      if (sample === null) return new Date(Math.floor(wall()));
      if (Math.abs(wallLead() - lead) > LEAP_MS) {
        lead = wallLead();
        if (!stopped) void once().catch(() => plan(SOON_MS));
      }
      latest = Math.max(latest, monotonic() + sample.offset);
      return new Date(Math.floor(latest));
    },
    async known() {
      if (sample === null) await once();
    },
    refresh: once,
    uncertaintyMs: () => (sample === null ? null : errorNow(sample)),
    start() {
      stopped = false;
      plan(0);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** The question for a connection or a pool. */
export async function askDatabaseTime(sql: { query(text: string): Promise<{ rows: readonly unknown[] }> }): Promise<number> {
  const { rows } = await sql.query('select extract(epoch from clock_timestamp())::float8 * 1000 as ms');
  const { ms } = rows[0] as { ms: number };
  return Number(ms);
}
