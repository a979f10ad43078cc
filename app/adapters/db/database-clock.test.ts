import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createDatabaseClock } from './database-clock.ts';

/** Two machines: where the database runs, and ours, whose wall clock may be anything. */
function machines({ wallOff = 0, there = 2, back = 2 } = {}) {
  const state = { real: 1_000_000, databaseOff: 0, wallOff, there, back, away: false, asked: 0 };
  const warned: object[] = [];
  const clock = createDatabaseClock({
    ask: async () => {
      state.asked += 1;
      if (state.away) throw new Error('ECONNREFUSED');
      state.real += state.there;
      const told = state.real + state.databaseOff;
      state.real += state.back;
      return told;
    },
    monotonic: () => state.real - 999_000,
    wall: () => state.real + state.wallOff,
    log: { warn: (fields) => void warned.push(fields) },
    everyMs: 15_000,
  });
  const off = (): number => clock.now().getTime() - (state.real + state.databaseOff);
  return { state, clock, off, warned };
}

/** Time of the fake timers and of the machines together. */
async function passes(state: { real: number }, ms: number): Promise<void> {
  state.real += ms;
  await vi.advanceTimersByTimeAsync(ms);
}

afterEach(() => void vi.useRealTimers());

describe('the clock that goes by the database', () => {
  it.each([-300_000, -500, 0, 500, 300_000])('has the time of the database on a machine that is %i ms off', async (wallOff) => {
    const { clock, off } = machines({ wallOff });
    await clock.known();
    expect(Math.abs(off())).toBeLessThanOrEqual(2);
  });

  it('is off by at most half the round trip, whatever part of it was the way there', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 400 }), fc.integer({ min: -300_000, max: 300_000 }), async (there, back, wallOff) => {
      const { clock, off } = machines({ there, back, wallOff });
      await clock.known();
      expect(Math.abs(off())).toBeLessThanOrEqual((there + back) / 2 + 1);
      expect(clock.uncertaintyMs()!).toBeLessThanOrEqual((there + back) / 2 + 1);
    }));
  });

  it('does not care for steps of the machine\'s wall clock', async () => {
    const { clock, state, off } = machines();
    await clock.known();
    for (const step of [300_000, -300_000, -3_600_000, 7_200_000]) {
      state.wallOff += step;
      state.real += 1_000;
      expect(Math.abs(off())).toBeLessThanOrEqual(2);
    }
  });

  it('never goes back between two answers that differ by their ways', async () => {
    vi.useFakeTimers();
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ there: fc.integer({ min: 0, max: 90 }), back: fc.integer({ min: 0, max: 90 }), wait: fc.integer({ min: 1, max: 20_000 }) }), { maxLength: 20 }), async (ways) => {
      const { clock, state } = machines();
      await clock.known();
      clock.start();
      let before = clock.now().getTime();
      for (const { there, back, wait } of ways) {
        Object.assign(state, { there, back });
        await passes(state, wait);
        const now = clock.now().getTime();
        expect(now).toBeGreaterThanOrEqual(before);
        before = now;
      }
      clock.stop();
    }), { numRuns: 40 });
  });

  it('goes on while the database is away, and says the machine\'s time only before the first answer', async () => {
    vi.useFakeTimers();
    const { clock, state, off } = machines({ wallOff: 300_000 });
    state.away = true;
    clock.start();
    await expect(clock.known()).rejects.toThrow('ECONNREFUSED');
    expect(clock.uncertaintyMs()).toBeNull();
    expect(clock.now().getTime()).toBe(state.real + 300_000);
    state.away = false;
    await passes(state, 1_000);
    expect(Math.abs(off())).toBeLessThanOrEqual(2);
    state.away = true;
    await passes(state, 300_000);
    expect(Math.abs(off())).toBeLessThanOrEqual(2);
    expect(clock.uncertaintyMs()!).toBeLessThan(300);
    clock.stop();
  });

  it('does not believe an answer that came late, as after a SIGSTOP', async () => {
    vi.useFakeTimers();
    const { clock, state, off } = machines();
    await clock.known();
    clock.start();
    Object.assign(state, { there: 0, back: 120_000 });
    await passes(state, 15_000);
    expect(Math.abs(off())).toBeLessThanOrEqual(2);
    clock.stop();
  });

  it('follows the database when that is set, back as well as forward', async () => {
    vi.useFakeTimers();
    const { clock, state, off, warned } = machines();
    await clock.known();
    clock.start();
    await passes(state, 0);
    for (const step of [-30_000, 60_000, -1_000]) {
      state.databaseOff += step;
      await passes(state, 15_000);
      expect(Math.abs(off())).toBeLessThanOrEqual(3);
    }
    expect(warned).toHaveLength(3);
    clock.stop();
  });

  it('asks at once when the machine slept: its monotonic clock may have stood still', async () => {
    vi.useFakeTimers();
    const { clock, state } = machines();
    await clock.known();
    clock.start();
    await passes(state, 0);
    const before = state.asked;
    // Both clocks outside went on by a minute, ours stood.
    state.databaseOff += 60_000;
    state.wallOff += 60_000;
    clock.now();
    await vi.advanceTimersByTimeAsync(0);
    expect(state.asked).toBeGreaterThan(before);
    expect(Math.abs(clock.now().getTime() - (state.real + state.databaseOff))).toBeLessThanOrEqual(3);
    clock.stop();
  });

  it('asks once for many that want to know', async () => {
    const { clock, state } = machines();
    await Promise.all(Array.from({ length: 50 }, () => clock.known()));
    expect(state.asked).toBe(1);
  });
});
