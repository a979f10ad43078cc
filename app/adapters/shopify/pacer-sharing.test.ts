/** One bucket, as Shopify keeps it, and who draws on it: one worker, several, other apps' traffic, storms. By a virtual clock. */
import { describe, expect, it } from 'vitest';
import { CostBook } from './cost-book.ts';
import { Pacer } from './pacer.ts';
import type { CostReport } from './pacer.ts';
import { VirtualClock } from './virtual-clock.ts';

const PLANS = [
  { plan: 'Standard', maximum: 2_000, rate: 100 },
  { plan: 'Plus', maximum: 20_000, rate: 1_000 },
];
const POINTS = 10.2;

interface Charge {
  readonly at: number;
  readonly by: string;
  /** 0: throttled. */
  readonly points: number;
}

class Bucket {
  readonly clock: VirtualClock;
  readonly maximum: number;
  readonly rate: number;
  readonly charges: Charge[] = [];
  /** Until then everything is throttled, whatever is there. */
  stormUntil = 0;
  #level: number;
  #at = 0;

  constructor(clock: VirtualClock, { maximum, rate }: { maximum: number; rate: number }, level = maximum) {
    this.clock = clock;
    this.maximum = maximum;
    this.rate = rate;
    this.#level = level;
  }

  take(by: string, points: number): CostReport {
    const now = this.clock.now();
    this.#level = Math.min(this.maximum, this.#level + ((now - this.#at) / 1000) * this.rate);
    this.#at = now;
    if (now < this.stormUntil) this.#level = 0;
    const fits = now >= this.stormUntil && points <= this.#level;
    if (fits) this.#level -= points;
    this.charges.push({ at: now, by, points: fits ? points : 0 });
    return { requested: points, actual: fits ? points : null, maximumAvailable: this.maximum, currentlyAvailable: Math.floor(this.#level), restoreRate: this.rate };
  }

  between(from: number, to: number, by?: string): { points: number; throttled: number } {
    const some = this.charges.filter((charge) => charge.at >= from && charge.at < to && (by === undefined || charge.by === by));
    return { points: some.reduce((sum, charge) => sum + charge.points, 0), throttled: some.filter((charge) => charge.points === 0).length };
  }
}

/** A process that always has something to send, for so long. Latencies differ from call to call, the same in every run. */
function worker(clock: VirtualClock, bucket: Bucket, name: string, untilMs: number, seed: number): Promise<unknown> {
  let state = seed;
  const random = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
  const pacer = new Pacer({ clock, costs: new CostBook(), random });
  const lane = async (): Promise<void> => {
    while (clock.now() < untilMs) {
      for (let again = false; ; again = true) {
        const permit = await pacer.acquire('write', 1, Infinity, { again });
        if (!permit.granted) throw new Error('refused without a deadline');
        await clock.sleep(40 + random() * 40);
        const report = bucket.take(name, POINTS);
        await clock.sleep(60 + random() * 60);
        permit.settle(report.actual === null ? 'throttled' : 'answered', report);
        if (report.actual !== null) break;
      }
    }
  };
  return Promise.all(Array.from({ length: 64 }, lane));
}

describe.each(PLANS)('a bucket of $plan', (plan) => {
  it('is used to at least 95 % of what it restores, without THROTTLED', async () => {
    const clock = new VirtualClock();
    const bucket = new Bucket(clock, plan, plan.rate);
    await clock.run(worker(clock, bucket, 'one', 60_000, 1));
    const steady = bucket.between(5_000, 60_000);
    expect(steady.points / (plan.rate * 55)).toBeGreaterThan(0.95);
    expect(bucket.between(0, 60_000).throttled).toBe(0);
  });

  it('is shared by two workers fairly, and by neither throttled once they know of each other', async () => {
    const clock = new VirtualClock();
    const bucket = new Bucket(clock, plan, 0);
    const late = async (): Promise<void> => {
      await clock.sleep(10_000);
      await worker(clock, bucket, 'two', 90_000, 2);
    };
    await clock.run(Promise.all([worker(clock, bucket, 'one', 90_000, 1), late()]));
    const steady = [20_000, 90_000] as const;
    expect(bucket.between(...steady).points / (plan.rate * 70)).toBeGreaterThan(0.95);
    expect(bucket.between(...steady).throttled).toBe(0);
    const share = bucket.between(...steady, 'one').points / bucket.between(...steady).points;
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.6);
  });

  it('is left alone as soon as there is nothing, and used as before within seconds after a storm', async () => {
    const clock = new VirtualClock();
    const bucket = new Bucket(clock, plan, 0);
    const storm = async (): Promise<void> => {
      await clock.sleep(20_000);
      bucket.stormUntil = 35_000;
    };
    await clock.run(Promise.all([worker(clock, bucket, 'one', 60_000, 1), storm()]));
    // Some five requests a second ask whether it is over.
    expect(bucket.between(20_000, 35_000).throttled).toBeLessThan(15 * 12);
    expect(bucket.between(38_000, 60_000).points / (plan.rate * 22)).toBeGreaterThan(0.95);
    expect(bucket.between(36_000, 60_000).throttled).toBe(0);
  });

  it('is shared with traffic that heeds nothing: what it leaves is used, and little is throttled', async () => {
    const clock = new VirtualClock();
    const bucket = new Bucket(clock, plan, 0);
    const other = async (): Promise<void> => {
      while (clock.now() < 60_000) {
        bucket.take('other', plan.rate * 0.12);
        await clock.sleep(300);
      }
    };
    await clock.run(Promise.all([worker(clock, bucket, 'one', 60_000, 1), other()]));
    const [all, ours] = [bucket.between(10_000, 60_000), bucket.between(10_000, 60_000, 'one')];
    expect(all.points / (plan.rate * 50)).toBeGreaterThan(0.95);
    expect(ours.throttled).toBeLessThan(10);
    expect(bucket.between(10_000, 60_000, 'other').points / (plan.rate * 50)).toBeGreaterThan(0.3);
  });
});
