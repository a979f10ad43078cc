import { describe, expect, it } from 'vitest';
import { paceOf } from './pace.ts';

describe('the pace of an apply', () => {
  /** A shop whose every call takes so long. */
  const after = async (calls: number, ms: number, times: number): Promise<number> => {
    let clock = 0;
    const pace = paceOf(() => calls, () => clock);
    for (let i = 0; i < times; i++) await pace.call(async () => { clock += ms; });
    return pace.products();
  };

  it('takes no more in hand than there are calls before it knows the shop', () => {
    expect(paceOf(() => 8, () => 0).products()).toBe(8);
  });

  it('takes more in hand the quicker the shop answers, up to a bound', async () => {
    expect(await after(8, 1_000, 20)).toBe(8);
    expect(await after(8, 100, 40)).toBe(16);
    expect(await after(8, 0, 40)).toBe(128);
  });

  it('goes back as soon as the shop becomes slow', async () => {
    let clock = 0;
    const pace = paceOf(() => 4, () => clock);
    for (let i = 0; i < 40; i++) await pace.call(async () => { clock += 1; });
    expect(pace.products()).toBe(64);
    await pace.call(async () => { clock += 2_000; });
    expect(pace.products()).toBe(4);
  });

  it('knows how many products the shop takes in within a time, by the latest calls', async () => {
    let clock = 0;
    const pace = paceOf(() => 1, () => clock);
    expect(pace.within(4_000)).toBe(1);
    for (let i = 0; i < 20; i++) await pace.call(async () => { clock += 100; });
    expect(pace.within(4_000)).toBe(40);
    // A shop that has ended none for a while has become slow.
    clock += 6_000;
    expect(pace.within(4_000)).toBe(10);
  });

  it('takes as many calls at once as are of use at the moment', async () => {
    let places = 1;
    const pace = paceOf(() => places, () => 0);
    const ends: (() => void)[] = [];
    const calls = [0, 1, 2, 3].map(() => pace.call(() => new Promise<void>((end) => { ends.push(end); })));
    const settle = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve); });
    await settle();
    expect(ends).toHaveLength(1);
    places = 3;
    ends[0]!();
    await settle();
    expect(ends).toHaveLength(4);
    ends.forEach((end) => { end(); });
    await Promise.all(calls);
  });

  it('never makes more calls at once than it may, in the order they came, and lets an error through', async () => {
    const pace = paceOf(() => 2, () => 0);
    const ends: (() => void)[] = [];
    const begun: number[] = [];
    const calls = [0, 1, 2, 3].map((n) => pace.call(() => {
      begun.push(n);
      return new Promise<void>((resolve, reject) => { ends.push(n === 1 ? () => { reject(new Error('broken')); } : resolve); });
    }));
    calls[1]!.catch(() => undefined);
    const settle = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve); });
    await settle();
    expect(begun).toEqual([0, 1]);
    ends[1]!();
    await expect(calls[1]).rejects.toThrow('broken');
    await settle();
    expect(begun).toEqual([0, 1, 2]);
    ends[0]!();
    ends[2]!();
    await settle();
    ends[3]!();
    await Promise.all([calls[0], calls[2], calls[3]]);
    expect(begun).toEqual([0, 1, 2, 3]);
  });
});
