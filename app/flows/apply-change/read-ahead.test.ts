import { describe, expect, it } from 'vitest';
import type { ItemRow } from '../../domain/pricing/change.ts';
import type { ChannelResult, LivePrice } from '../../ports/price-channel.ts';
import { FRESH_MS, readAhead } from './read-ahead.ts';

interface Batch { readonly rows: readonly ItemRow[] }
const shop = { tenantId: 't', shopDomain: 'a.myshopify.com', currencyCode: 'USD' };
const batchOf = (...refs: number[]): Batch => ({ rows: refs.map((ref) => ({ variantRef: BigInt(ref) }) as ItemRow) });

function setUp(options: { within?: number; answer?: (count: number) => 'ok' | 'fail' } = {}) {
  const reads: number[][] = [];
  let clock = 0;
  const ahead = readAhead<Batch>({
    shop, now: () => clock, within: () => options.within ?? 100,
    channel: {
      read: async (_shop, refs): Promise<ChannelResult<ReadonlyMap<bigint, LivePrice | null>>> => {
        reads.push(refs.map(Number));
        await Promise.resolve();
        if (options.answer?.(reads.length) === 'fail') return { ok: false, failure: { kind: 'unavailable', detail: 'away' } };
        return { ok: true, requestId: 'r', value: new Map(refs.map((ref) => [ref, { price: ref, compareAt: null, updatedAt: null }])) };
      },
    },
  });
  return { ahead, reads, pass: (ms: number) => { clock += ms; } };
}

describe('reading ahead', () => {
  it('reads the products whose turn comes next in the same call, and gives each its own rows', async () => {
    const { ahead, reads } = setUp();
    const [a, b, c] = [batchOf(1, 2), batchOf(3), batchOf(4)];
    const first = await ahead.read(a, [b, c]);
    expect(first.ok && [...first.value.keys()]).toEqual([1n, 2n]);
    const second = await ahead.read(b, [c]);
    expect(second.ok && [...second.value]).toEqual([[3n, { price: 3n, compareAt: null, updatedAt: null }]]);
    await ahead.read(c, []);
    expect(reads).toEqual([[1, 2, 3, 4]]);
  });

  it('joins what several ask for in one turn', async () => {
    const { ahead, reads } = setUp();
    await Promise.all([batchOf(1), batchOf(2), batchOf(3)].map((batch) => ahead.read(batch, [])));
    expect(reads).toEqual([[1, 2, 3]]);
  });

  it('reads no further ahead than the shop takes in while it is fresh, and no more than a call takes', async () => {
    const few = setUp({ within: 2 });
    await few.ahead.read(batchOf(1), [batchOf(2), batchOf(3)]);
    expect(few.reads).toEqual([[1, 2]]);
    const wide = setUp();
    const large = batchOf(...Array.from({ length: 200 }, (_, n) => n));
    await wide.ahead.read(large, [batchOf(...Array.from({ length: 51 }, (_, n) => 1_000 + n)), batchOf(5_000)]);
    expect(wide.reads[0]).toHaveLength(200);
  });

  it('reads again what was read too long ago, and with it what will soon be', async () => {
    const { ahead, reads, pass } = setUp();
    const [a, b, c] = [batchOf(1), batchOf(2), batchOf(3)];
    await ahead.read(a, [b, c]);
    pass(FRESH_MS + 1_001);
    await ahead.read(b, [c]);
    pass(100);
    await ahead.read(c, []);
    expect(reads).toEqual([[1, 2, 3], [2, 3]]);
  });

  it('tells a failure only to those who asked: for the others it was no attempt', async () => {
    const { ahead, reads } = setUp({ answer: (count) => (count === 1 ? 'fail' : 'ok') });
    const [a, b] = [batchOf(1), batchOf(2)];
    expect((await ahead.read(a, [b])).ok).toBe(false);
    expect((await ahead.read(b, [])).ok).toBe(true);
    expect(reads).toEqual([[1, 2], [2]]);
  });

  it('asks for itself where the read it was part of fails while it waits', async () => {
    const { ahead, reads } = setUp({ answer: (count) => (count === 1 ? 'fail' : 'ok') });
    const [a, b] = [batchOf(1), batchOf(2)];
    const first = ahead.read(a, [b]);
    await Promise.resolve();
    await Promise.resolve();
    const second = ahead.read(b, []);
    expect([(await first).ok, (await second).ok]).toEqual([false, true]);
    expect(reads).toEqual([[1, 2], [2]]);
  });
});
