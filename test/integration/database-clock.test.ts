import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { askDatabaseTime, createDatabaseClock } from '../../app/adapters/db/database-clock.ts';
import { useTestDatabase } from '../setup/database.ts';

const database = useTestDatabase();
const pools: pg.Pool[] = [];
afterAll(() => Promise.all(pools.map((pool) => pool.end())));

/** The clock of a process on a machine whose own is this much off. */
function processOn(offMs: number) {
  const pool = new pg.Pool({ connectionString: database.urls.app, max: 1 });
  pools.push(pool);
  const clock = createDatabaseClock({ ask: () => askDatabaseTime(pool), monotonic: () => performance.now() + offMs, wall: () => Date.now() + offMs, log: { warn: () => undefined } });
  return { pool, clock };
}

describe('the time that processes share', () => {
  it('is that of PostgreSQL on machines five minutes apart, so that their leases mean the same', async () => {
    const fast = processOn(300_000);
    const slow = processOn(-300_000);
    await Promise.all([fast.clock.known(), slow.clock.known()]);
    const before = await askDatabaseTime(fast.pool);
    const [a, b] = [fast.clock.now().getTime(), slow.clock.now().getTime()];
    const after = await askDatabaseTime(fast.pool);
    for (const { clock, at } of [{ clock: fast.clock, at: a }, { clock: slow.clock, at: b }]) {
      const off = clock.uncertaintyMs()! + 1;
      expect(at).toBeGreaterThanOrEqual(before - off);
      expect(at).toBeLessThanOrEqual(after + off);
    }
    // To the microsecond in PostgreSQL, to the millisecond here.
    expect(Math.abs(a - b)).toBeLessThanOrEqual(fast.clock.uncertaintyMs()! + slow.clock.uncertaintyMs()! + 2);
  });
});
