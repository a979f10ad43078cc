import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canaryRows, canaryWithin, canaryWords, readApplyOptions } from './canary.ts';
import type { Canary } from './canary.ts';
import { endedRows, readPauseOn, readPercent, tooMuch } from './pause-limits.ts';
import type { PauseOn } from './pause-limits.ts';

const codeOf = (input: Parameters<typeof readApplyOptions>[0]): string | null => {
  const read = readApplyOptions(input);
  return read.ok ? null : read.error.code;
};
const limits = (facts: Partial<PauseOn> = {}): PauseOn => ({ conflictPercent: '50', failurePercent: '50', minimumRows: 20, given: true, since: { ended: 0, conflict: 0, failed: 0 }, ...facts });

describe('what a start asks for', () => {
  it.each([[5, '5'], ['5', '5'], ['12.50', '12.5'], [0.01, '0.01'], [100, '100'], ['100.00', '100']])('takes %j percent', (given, read) => {
    const options = readApplyOptions({ canaryPercent: given });
    expect(options.ok && options.value).toMatchObject({ canaryPercent: read, canaryContinue: 'manual' });
  });

  it.each([0, '0', '0.00', -1, 100.01, '101', 'ten', '', '1e1', 0.001, Number.NaN, true, []])('refuses %j percent', (given) => {
    expect(codeOf({ canaryPercent: given })).toBe('invalid_canary_percent');
  });

  it('writes everything at once where nothing is asked for', () => {
    const options = readApplyOptions({});
    expect(options.ok && options.value).toEqual({ canaryPercent: null, canaryContinue: 'manual', pauseOn: { conflictPercent: '50', failurePercent: '50', minimumRows: 100, given: false } });
  });

  it('refuses a way to go on that is none, or without a first part', () => {
    expect(codeOf({ canaryPercent: 5, canaryContinue: 'perhaps' })).toBe('invalid_canary_continue');
    expect(codeOf({ canaryContinue: 'auto' })).toBe('invalid_canary_continue');
    expect(codeOf({ canaryPercent: 5, canaryContinue: 'auto' })).toBeNull();
  });

  it('fills limits up with the defaults, and refuses what is no limit', () => {
    expect(readPauseOn({ failurePercent: 5 })).toEqual({ ok: true, value: { conflictPercent: '50', failurePercent: '5', minimumRows: 100, given: true } });
    expect(readPauseOn({ failurePercent: '500' })).toMatchObject({ ok: false, error: { errors: [{ pointer: '/pauseOn/failurePercent' }] } });
    expect(readPauseOn({ minimumRows: 0 })).toMatchObject({ ok: false, error: { errors: [{ pointer: '/pauseOn/minimumRows' }] } });
  });

  it('reads any percentage with two decimals exactly', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 10_000 }), (h) => {
      expect(readPercent((h / 100).toFixed(2))).toBe(String(h / 100));
      expect(readPercent(h / 100)).toBe(String(h / 100));
    }));
  });
});

describe('the first part', () => {
  it('has at least one row, and at least its share', () => {
    expect(canaryRows(3, '1')).toBe(1);
    expect(canaryRows(1_000, '2.5')).toBe(25);
    expect(canaryRows(1_001, '2.5')).toBe(26);
    expect(canaryRows(10, '100')).toBe(10);
    fc.assert(fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 10_000 }), (planned, h) => {
      const rows = canaryRows(planned, String(h / 100));
      expect(rows).toBeGreaterThanOrEqual(1);
      expect(rows).toBeLessThanOrEqual(planned);
      expect(BigInt(rows) * 10_000n).toBeGreaterThanOrEqual(BigInt(planned) * BigInt(h));
      expect(BigInt(rows - 1) * 10_000n).toBeLessThan(BigInt(planned) * BigInt(h));
    }));
  });

  it('goes on by itself with a conflict now and then and without a failure, unless other limits were given', () => {
    const found = { verified: 100, differing: 0, conflicts: 10, failed: 0 };
    expect(canaryWithin(found, 100, null)).toBe(true);
    expect(canaryWithin({ ...found, conflicts: 11 }, 100, null)).toBe(false);
    expect(canaryWithin({ ...found, failed: 1 }, 100, limits({ given: false }))).toBe(false);
    expect(canaryWithin({ ...found, failed: 1, conflicts: 50 }, 100, limits({ failurePercent: '1' }))).toBe(true);
    expect(canaryWithin({ ...found, conflicts: 1 }, 1, null)).toBe(false);
  });

  it('says what was found', () => {
    const canary: Canary = { continue: 'manual', state: 'waiting', rows: 12, verified: 12, differing: 0, conflicts: 0, failed: 0, withinLimits: true };
    expect(canaryWords(canary, 88)).toBe('The first part is written (12 prices, read again): all are live as planned. Look at them in your store. Resuming writes the remaining 88 prices.');
    expect(canaryWords({ ...canary, verified: 10, differing: 1, conflicts: 3, failed: 1, withinLimits: false }, 1)).toBe(
      'The first part is written (12 prices, 10 of them read again): 1 no longer shows the price that was written, 2 had been changed by somebody since the plan, 1 could not be written. That is more than is allowed for going on by itself. Resuming writes the remaining 1 price.');
  });
});

describe('a change that goes wrong', () => {
  it('pauses when more than the share is in conflict or failed, once enough rows have ended', () => {
    expect(tooMuch({ applied: 10, conflict: 10, queued: 1 }, limits())).toBeNull();
    expect(tooMuch({ applied: 9, conflict: 11, queued: 1 }, limits())?.code).toBe('conflict_rate');
    expect(tooMuch({ applied: 8, conflict: 11, queued: 1 }, limits())).toBeNull();
    expect(tooMuch({ applied: 9, failed: 11, queued: 1 }, limits())?.code).toBe('failure_rate');
    expect(tooMuch({ failed: 1, applied: 19, writing: 1 }, limits({ failurePercent: '0' }))?.sentence).toMatch(/1 of 20 prices could not be written, more than the 0 % allowed/);
    expect(tooMuch({ failed: 20, queued: 1 }, limits({ failurePercent: '100' }))).toBeNull();
  });

  it('never pauses where nothing is left, and rows that somebody has seen count no more', () => {
    expect(tooMuch({ applied: 9, conflict: 11 }, limits())).toBeNull();
    const seen = limits({ since: endedRows({ applied: 9, conflict: 11 }) });
    expect(tooMuch({ applied: 9, conflict: 11, queued: 5 }, seen)).toBeNull();
    expect(tooMuch({ applied: 20, conflict: 20, queued: 5 }, seen)).toBeNull();
    expect(tooMuch({ applied: 9, conflict: 10, kept: 21, queued: 5 }, seen)?.code).toBe('conflict_rate');
  });
});
