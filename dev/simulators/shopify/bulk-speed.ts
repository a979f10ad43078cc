/**
 * How fast bulk operations go. Shopify publishes no figures: the ones here are a guess that whoever measures better may
 * replace, by `/_sim/shops/:shop/bulk`, by a shop's definition or by the simulator's options.
 */
import type { Shop } from './shop.ts';
import type { Simulator } from './simulator.ts';
import { SimError } from './sim-error.ts';

export interface MutationSpeed {
  /** How long an operation stays in CREATED, in milliseconds of the simulator's time. */
  startMs: number;
  /** Rows one operation writes in a second; operations under way at once do not slow each other. */
  rowsPerSecond: number;
}

export interface QuerySpeed {
  startMs: number;
  /** Objects one operation reads in a second; null is as fast as this machine can. */
  objectsPerSecond: number | null;
}

/** What was ordered; the rest is as the simulator's options, or the guess. */
export interface BulkSpeedOrder {
  mutation?: Partial<MutationSpeed>;
  query?: Partial<QuerySpeed>;
}

const GUESSED_MUTATION: MutationSpeed = { startMs: 2_000, rowsPerSecond: 50 };

export function mutationSpeed(sim: Simulator, shop: Shop): MutationSpeed {
  return { ...GUESSED_MUTATION, ...sim.config.bulk.mutation, ...shop.bulk.mutation };
}

export function querySpeed(sim: Simulator, shop: Shop): QuerySpeed {
  return { startMs: sim.config.bulkDelayMs, objectsPerSecond: null, ...sim.config.bulk.query, ...shop.bulk.query };
}

/** `{mutation?: {startMs?, rowsPerSecond?}, query?: {startMs?, objectsPerSecond?}}`. Throws SimError 400. */
export function parseBulkSpeed(value: unknown): BulkSpeedOrder {
  const order = object('bulk', value, ['mutation', 'query']);
  const mutation = object('bulk.mutation', order['mutation'], ['startMs', 'rowsPerSecond']);
  const query = object('bulk.query', order['query'], ['startMs', 'objectsPerSecond']);
  const given = <T>(fields: Record<string, T | undefined>) => Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined)) as Record<string, T>;
  return {
    mutation: given({ startMs: number('bulk.mutation.startMs', mutation['startMs'], 0), rowsPerSecond: number('bulk.mutation.rowsPerSecond', mutation['rowsPerSecond'], 0.001) }),
    query: given({
      startMs: number('bulk.query.startMs', query['startMs'], 0),
      objectsPerSecond: query['objectsPerSecond'] === null ? null : number('bulk.query.objectsPerSecond', query['objectsPerSecond'], 0.001),
    }),
  };
}

/** What the shop has now, ordered or not. */
export function bulkSpeedOf(sim: Simulator, shop: Shop): { mutation: MutationSpeed; query: QuerySpeed } {
  return { mutation: mutationSpeed(sim, shop), query: querySpeed(sim, shop) };
}

function object(name: string, value: unknown, known: readonly string[]): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new SimError(400, `${name} must be an object`);
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown) throw new SimError(400, `${name}.${unknown} is not known; known are ${known.join(', ')}`);
  return value as Record<string, unknown>;
}

function number(name: string, value: unknown, least: number): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !(value >= least && value <= 1e9)) throw new SimError(400, `${name} must be a number from ${least} to 1e9`);
  return value;
}
