import { many, one } from './stores/rows.ts';
import type { Sql } from './stores/rows.ts';

/** Unfinished and given-up messages of one type of event, over all tenants. Times in milliseconds. */
export interface TopicState {
  readonly topic: string;
  /** Not told yet; `leased` of them are being told, `retrying` have failed before. */
  readonly pending: number;
  readonly leased: number;
  readonly retrying: number;
  readonly dead: number;
  /** How long the oldest due message has been waiting. */
  readonly lagMs: number;
  /** How long ago the oldest one was written. */
  readonly ageMs: number;
}

export interface BusWatch {
  topics(): Promise<readonly TopicState[]>;
  /** Whole months after this one for which the logs have partitions: of the one that has fewest. */
  monthsAhead(): Promise<number>;
}

/** What /metrics says of the bus; sums only, so that no tenant is told of. */
export function createBusWatch(pool: Sql): BusWatch {
  return {
    async topics() {
      const rows = await many<Record<keyof TopicState, bigint | string>>(pool, 'select * from app.bus_snapshot()');
      return rows.map(({ topic, ...numbers }) => ({ topic: String(topic), ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)])) }) as TopicState);
    },
    async monthsAhead() {
      const row = await one<{ months: number }>(pool,
        `select min(m.months)::int as months from (
           select extract(year from a)::int * 12 + extract(month from a)::int - 1 as months from (
             select age(max(upper_bound), date_trunc('month', now(), 'UTC')) as a from app.log_partitions() group by log) x) m`);
      return row?.months ?? 0;
    },
  };
}
