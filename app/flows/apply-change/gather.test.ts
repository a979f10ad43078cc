import { describe, expect, it } from 'vitest';
import { gather } from './gather.ts';

describe('gather', () => {
  it('does in one what is asked for while it is busy, and gives each caller its own answer', async () => {
    const batches: number[][] = [];
    let release = (): void => {};
    const busy = new Promise<void>((resolve) => { release = resolve; });
    const double = gather(async (inputs: readonly number[]) => {
      batches.push([...inputs]);
      await busy;
      return inputs.map((input) => input * 2);
    });
    const first = double(1);
    await Promise.resolve();
    await Promise.resolve();
    const rest = [double(2), double(3), double(4)];
    release();
    expect(await Promise.all([first, ...rest])).toEqual([2, 4, 6, 8]);
    expect(batches).toEqual([[1], [2, 3, 4]]);
  });

  it('fails those whose work failed, and goes on with the next', async () => {
    let calls = 0;
    const work = gather(async (inputs: readonly string[]) => {
      calls += 1;
      if (calls === 1) throw new Error('the server went away');
      return inputs;
    });
    await expect(Promise.all([work('a'), work('b')])).rejects.toThrow('the server went away');
    expect(await work('c')).toBe('c');
    expect(calls).toBe(2);
  });

  it('runs so many pieces at once as it may, and gathers for the next', async () => {
    const batches: number[][] = [];
    let release = (): void => {};
    const busy = new Promise<void>((resolve) => { release = resolve; });
    const same = gather(async (inputs: readonly number[]) => {
      batches.push([...inputs]);
      await busy;
      return inputs;
    }, { atOnce: 2 });
    const all: Promise<number>[] = [];
    for (const input of [1, 2, 3, 4]) {
      all.push(same(input));
      await new Promise((turn) => setImmediate(turn));
    }
    release();
    expect(await Promise.all(all)).toEqual([1, 2, 3, 4]);
    expect(batches).toEqual([[1], [2], [3, 4]]);
  });
});
