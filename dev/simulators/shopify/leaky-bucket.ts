/** The rate limit of one app in one shop (Shopify: "calculated query costs", leaky bucket). */
import { points } from './query-cost.ts';

export type Plan = 'standard' | 'advanced' | 'plus';

/** Points a second and bucket size. Advanced's bucket is inferred from the other plans' ratio. */
export const PLANS: Record<Plan, { restoreRate: number; maximumAvailable: number; displayName: string }> = {
  standard: { restoreRate: 100, maximumAvailable: 2_000, displayName: 'Basic' },
  advanced: { restoreRate: 200, maximumAvailable: 4_000, displayName: 'Advanced' },
  plus: { restoreRate: 1_000, maximumAvailable: 20_000, displayName: 'Shopify Plus' },
};

export interface ThrottleStatus {
  maximumAvailable: number;
  currentlyAvailable: number;
  restoreRate: number;
}

export class LeakyBucket {
  #level: number;
  #at: number;
  #plan: Plan;
  /** Points a second that others take until then; the level never goes below nothing. */
  #drain = { rate: 0, until: 0 };

  constructor(plan: Plan, now: number) {
    this.#plan = plan;
    this.#level = PLANS[plan].maximumAvailable;
    this.#at = now;
  }

  /** Another plan starts with what is there, at most its own maximum. */
  changePlan(plan: Plan, now: number): void {
    const wasFull = this.#refilled(now) >= PLANS[this.#plan].maximumAvailable;
    this.#level = wasFull ? PLANS[plan].maximumAvailable : Math.min(this.#refilled(now), PLANS[plan].maximumAvailable);
    this.#at = now;
    this.#plan = plan;
  }

  /** Takes the requested cost if it fits; false means throttled and takes nothing. */
  take(requested: number, now: number): boolean {
    this.#level = this.#refilled(now);
    this.#at = now;
    if (requested > this.#level) return false;
    this.#level -= requested;
    return true;
  }

  /** Gives back the difference between requested and actual cost. */
  refund(amount: number): void {
    this.#level = Math.min(PLANS[this.#plan].maximumAvailable, this.#level + amount);
  }

  /** Others take `rate` points a second until then; 0 ends it. */
  drain(rate: number, until: number, now: number): void {
    this.#level = this.#refilled(now);
    this.#at = now;
    this.#drain = { rate, until };
  }

  empty(now: number): void {
    this.#level = 0;
    this.#at = now;
  }

  /** As of the last taking, so that an answer's numbers add up. */
  status(): ThrottleStatus {
    const { maximumAvailable, restoreRate } = PLANS[this.#plan];
    return { maximumAvailable, currentlyAvailable: points(this.#level), restoreRate };
  }

  #refilled(now: number): number {
    const { maximumAvailable, restoreRate } = PLANS[this.#plan];
    const after = (level: number, ms: number, rate: number) => Math.min(maximumAvailable, Math.max(0, level + (Math.max(0, ms) / 1000) * rate));
    const shared = Math.min(now, Math.max(this.#at, this.#drain.until));
    return after(after(this.#level, shared - this.#at, restoreRate - this.#drain.rate), now - shared, restoreRate);
  }
}
