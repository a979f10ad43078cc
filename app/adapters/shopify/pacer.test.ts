import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CostBook } from './cost-book.ts';
import { Pacer } from './pacer.ts';
import type { CostReport } from './pacer.ts';
import { VirtualClock } from './virtual-clock.ts';

/** The bucket as Shopify documents it: the requested cost must fit, the difference to the actual cost comes back. */
class ServerBucket {
  readonly clock: VirtualClock;
  readonly maximum: number;
  readonly rate: number;
  level: number;
  at = 0;
  throttled = 0;
  served = 0;

  constructor(clock: VirtualClock, maximum: number, rate: number) {
    this.clock = clock;
    this.maximum = maximum;
    this.rate = rate;
    this.level = maximum;
    this.at = clock.now();
  }

  take(requested: number, actual: number): CostReport {
    const now = this.clock.now();
    this.level = Math.min(this.maximum, this.level + ((now - this.at) / 1000) * this.rate);
    this.at = now;
    const fits = requested <= this.level;
    if (fits) this.level -= actual;
    if (fits) this.served += 1;
    else this.throttled += 1;
    return {
      requested, actual: fits ? actual : null, maximumAvailable: this.maximum, currentlyAvailable: Math.floor(this.level), restoreRate: this.rate,
    };
  }
}

interface Load {
  readonly operation: string;
  readonly size: number;
  readonly requested: number;
  readonly actual: number;
  readonly toServerMs: number;
  readonly backMs: number;
}

async function send(clock: VirtualClock, pacer: Pacer, server: ServerBucket, load: Load): Promise<void> {
  for (let again = false; ; again = true) {
    const permit = await pacer.acquire(load.operation, load.size, Infinity, { again });
    if (!permit.granted) throw new Error('refused without a deadline');
    await clock.sleep(load.toServerMs);
    const report = server.take(load.requested, load.actual);
    await clock.sleep(load.backMs);
    permit.settle(report.actual === null ? 'throttled' : 'answered', report);
    if (report.actual !== null) return;
  }
}

function setUp(maximum: number, rate: number) {
  const clock = new VirtualClock();
  const costs = new CostBook();
  const pacer = new Pacer({ clock, costs, random: () => 0.5 });
  return { clock, costs, pacer, server: new ServerBucket(clock, maximum, rate) };
}

const write = (points: number): Load => ({ operation: 'write', size: 1, requested: points, actual: points, toServerMs: 40, backMs: 80 });

describe('Pacer', () => {
  it.each([
    { plan: 'Standard', maximum: 2_000, rate: 100, calls: 2_000 },
    { plan: 'Plus', maximum: 20_000, rate: 1_000, calls: 6_000 },
  ])('uses what $plan restores, without being throttled once', async ({ maximum, rate, calls }) => {
    const { clock, pacer, server } = setUp(maximum, rate);
    await clock.run(Promise.all(Array.from({ length: calls }, () => send(clock, pacer, server, write(10.2)))));
    const leastMs = ((calls * 10.2 - maximum) / rate) * 1000;
    expect(server.throttled).toBe(0);
    expect(server.served).toBe(calls);
    expect(clock.now() / leastMs).toBeLessThan(1.05);
  });

  it('counts the refund of a read that cost less than it asked for', async () => {
    const { clock, pacer, server } = setUp(2_000, 100);
    const load = { ...write(0), requested: 500, actual: 20 };
    await clock.run(Promise.all(Array.from({ length: 200 }, () => send(clock, pacer, server, load))));
    expect(server.throttled).toBe(0);
    // 4,000 points in all, 2,000 of them there at once: by what was requested it would be 980 s.
    expect(clock.now()).toBeLessThan(30_000);
  });

  it('learns the cost of an operation from the answers and asks one at a time until then', async () => {
    const { clock, pacer, server } = setUp(2_000, 100);
    await clock.run(send(clock, pacer, server, write(10)));
    const first = pacer.acquire('read', 250, Infinity);
    const second = pacer.acquire('read', 250, Infinity);
    const permit = await first;
    expect([pacer.inFlight, pacer.waiting]).toEqual([1, 1]);
    if (permit.granted) permit.settle('answered', server.take(250, 250));
    expect((await second).granted).toBe(true);
  });

  it('does not believe an older answer that comes after a newer one', async () => {
    const { clock, costs, pacer, server } = setUp(1_000, 10);
    costs.learn('write', 1, 400);
    await clock.run(send(clock, pacer, server, { ...write(100), operation: 'first' }));
    const slow = await pacer.acquire('write', 1, Infinity);
    const fast = await pacer.acquire('write', 1, Infinity);
    const older = server.take(400, 400);
    const newer = server.take(400, 400);
    if (fast.granted) fast.settle('answered', newer);
    if (slow.granted) slow.settle('answered', older);
    expect(pacer.status()?.currentlyAvailable).toBeLessThanOrEqual(Math.floor(server.level));
  });

  it('charges a request whose answer was lost as if it had run', async () => {
    const { clock, pacer, server } = setUp(2_000, 100);
    await clock.run(send(clock, pacer, server, write(500)));
    const before = pacer.status()?.currentlyAvailable ?? 0;
    const permit = await pacer.acquire('write', 1, Infinity);
    if (permit.granted) permit.settle('lost', null);
    expect(pacer.status()?.currentlyAvailable).toBe(before - 500);
  });

  it('refuses at the deadline and says when to come back', async () => {
    const { clock, pacer, server } = setUp(1_000, 50);
    await clock.run(send(clock, pacer, server, write(900)));
    const startedAt = clock.now();
    const answer = await clock.run(pacer.acquire('write', 1, startedAt + 2_000));
    expect(answer).toMatchObject({ granted: false });
    expect(clock.now()).toBeLessThanOrEqual(startedAt + 2_000);
    if (!answer.granted) {
      expect(answer.retryAfterMs).toBeGreaterThan(14_000);
      expect(answer.retryAfterMs).toBeLessThan(17_000);
    }
    expect(await pacer.acquire('write', 1, clock.now())).toMatchObject({ granted: false });
  });

  it('lets what somebody waits for go first, and leaves half of the bucket to it', async () => {
    const { clock, pacer, server } = setUp(2_000, 100);
    await clock.run(send(clock, pacer, server, write(1_000)));
    // Nearly half of the bucket is there: enough for the write, not for what is in the background.
    const order: string[] = [];
    const ask = async (name: string, background: boolean): Promise<void> => {
      const permit = await pacer.acquire(name, 1, Infinity, { background });
      if (!permit.granted) throw new Error('refused without a deadline');
      order.push(name);
      permit.settle('answered', server.take(10, 10));
    };
    const startedAt = clock.now();
    const background = ask('background', true);
    await clock.run(Promise.all([ask('one', false), ask('two', false)]));
    expect(clock.now() - startedAt).toBeLessThan(100);
    await clock.run(background);
    expect(order).toEqual(['one', 'two', 'background']);
    expect(server.level).toBeGreaterThanOrEqual(1_000);
    expect(server.throttled).toBe(0);
  });

  it('keeps the silence that Shopify asked for', async () => {
    const { clock, pacer, server } = setUp(1_000, 50);
    await clock.run(send(clock, pacer, server, write(10)));
    const startedAt = clock.now();
    pacer.pause(3_000);
    expect((await clock.run(pacer.acquire('write', 1, Infinity))).granted).toBe(true);
    expect(clock.now() - startedAt).toBe(3_000);
  });

  it('only gets slower when another client drains the same bucket', async () => {
    const { clock, pacer, server } = setUp(2_000, 100);
    let done = false;
    const other = (async () => {
      while (!done) {
        server.take(30, 30); // takes what it gets, half of what is restored
        await clock.sleep(600);
      }
    })();
    const startedAt = clock.now();
    await clock.run(Promise.all(Array.from({ length: 500 }, () => send(clock, pacer, server, write(10.2)))));
    done = true;
    await clock.run(other);
    expect(server.served).toBeGreaterThanOrEqual(500);
    expect(clock.now() - startedAt).toBeLessThan(((500 * 10.2 - 2_000) / 50) * 1.2 * 1000);
  });

  it('comes through a storm of THROTTLED with growing pauses', async () => {
    const { clock, pacer, server } = setUp(2_000, 100);
    await clock.run(send(clock, pacer, server, write(10)));
    const pauses: number[] = [];
    for (let i = 0; i < 9; i++) {
      const at = clock.now();
      const permit = await clock.run(pacer.acquire('write', 1, Infinity, { again: true }));
      pauses.push(clock.now() - at);
      if (permit.granted) permit.settle('throttled', { ...server.take(10, 0), actual: null });
    }
    expect(pauses[0]).toBe(0);
    for (let i = 2; i < pauses.length; i++) expect(pauses[i]).toBeGreaterThanOrEqual(pauses[i - 1] as number);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(15_000);
  });

  it('is never throttled by a bucket of its own, whatever the costs, sizes and delays, and always ends', async () => {
    const load = fc.record({
      operation: fc.constantFrom('a', 'b', 'c'),
      size: fc.integer({ min: 1, max: 20 }),
      actualShare: fc.double({ min: 0, max: 1, noNaN: true }),
      toServerMs: fc.integer({ min: 1, max: 400 }),
      backMs: fc.integer({ min: 1, max: 400 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(load, { minLength: 1, maxLength: 60 }), fc.integer({ min: 20, max: 500 }), async (loads, rate) => {
        const { clock, costs, pacer, server } = setUp(1_000, rate);
        // Costs are known here: finding them out is the one time when a request may be throttled.
        for (const operation of ['a', 'b', 'c']) for (let size = 1; size <= 20; size++) costs.learn(operation, size, costOf(operation, size));
        const work = loads.map((one) => {
          const requested = costOf(one.operation, one.size);
          return send(clock, pacer, server, { ...one, requested, actual: requested * one.actualShare });
        });
        await clock.run(Promise.all(work), 3_600_000);
        expect(server.throttled).toBe(0);
        expect(server.served).toBe(loads.length);
        expect([pacer.inFlight, pacer.waiting]).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
  });
});

function costOf(operation: string, size: number): number {
  return { a: 10 + 0.2 * size, b: 40 * size, c: Math.ceil(2 + 30 * Math.log2(size + 1)) }[operation] ?? 1;
}
