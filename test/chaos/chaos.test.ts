import { describe, expect, it } from 'vitest';
import { missed, printBus, runBus } from './run-bus.ts';
import { missedByApply, printApply, runApply } from './run-apply.ts';

/** The whole minute when tests run for a merge; a short one on a developer's machine. */
const forMerge = process.env['CI'] === 'true';
const seed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 1_000_000));
const LIMIT_MS = 600_000;
const said: string[] = [];
const say = (line: string): void => void said.push(line);

describe(`chaos, seed ${seed} (CHAOS_SEED=${seed} makes the same faults again)`, () => {
  it('loses, doubles and reorders no message of the bus while workers are killed and stopped and PostgreSQL is restarted', async () => {
    const seconds = forMerge ? 60 : 8;
    const report = await runBus({ seed, seconds, say });
    process.stdout.write(`${printBus(report)}\n`);
    expect(missed(report), said.join('\n')).toEqual([]);
    expect(report.messages).toBeGreaterThanOrEqual(seconds * 100);
    if (forMerge) {
      expect(report.faults).toMatchObject({ postgres: 2 });
      expect(report.faults.kills).toBeGreaterThanOrEqual(100);
      expect(report.faults.stops).toBeGreaterThanOrEqual(30);
      expect(report.faults.longStops).toBeGreaterThan(0);
    }
  }, LIMIT_MS);

  it('writes each approved price once, in order and over nothing else, while workers are killed and PostgreSQL is restarted', async () => {
    const report = await runApply({ seed, seconds: forMerge ? 25 : 8, say });
    process.stdout.write(`${printApply(report)}\n`);
    expect(missedByApply(report), said.join('\n')).toEqual([]);
    expect(report.faults.kills).toBeGreaterThan(0);
  }, LIMIT_MS);
});
