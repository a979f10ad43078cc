/** Faults on order: what goes wrong, for which operation, how often. Replayable: chance comes from a seed. */
import { SimError } from './sim-error.ts';

export const FAULT_KINDS = [
  'throttle_storm', 'http_429', 'http_500', 'http_503', 'connect_timeout', 'timeout_after_write', 'late_landing',
  'partial_user_errors', 'null_data', 'malformed_json', 'slow_body', 'token_revoked', 'scope_removed',
  'webhook_duplicate', 'webhook_reorder', 'webhook_drop', 'webhook_delay',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** The longest a write may land after its answer was lost (RELIABILITY.md). */
const LATEST_LANDING_MS = 40_000;
/** Without an operation these strike writes only: a read has no effect to lose. */
const WRITES_ONLY: readonly FaultKind[] = ['timeout_after_write', 'late_landing', 'partial_user_errors'];

export interface FaultOrder {
  kind: FaultKind;
  /** GraphQL operation name or root field; for webhooks the topic, e.g. "products/update". */
  operation?: string;
  count?: number;
  probability?: number;
  delayMs?: number;
  seed?: number;
  /** scope_removed only: which scope goes (write_products when not said). */
  scope?: string;
}

export interface ActiveFault extends FaultOrder {
  id: number;
  remaining: number;
  until: number;
  random: () => number;
  struck: number;
}

export interface FaultTarget {
  /** Operation name and root fields, or the webhook topic. */
  names: string[];
  write: boolean;
}

/** Checks an order as it came over HTTP. Throws SimError. */
export function parseFault(body: Record<string, unknown>): FaultOrder {
  const { kind, operation, count, probability, delayMs, seed, scope } = body;
  const bad = (what: string) => new SimError(400, what);
  if (!FAULT_KINDS.includes(kind as FaultKind)) throw bad(`kind must be one of ${FAULT_KINDS.join(', ')}`);
  if (operation !== undefined && operation !== null && typeof operation !== 'string') throw bad('operation must be a string');
  const number = (name: string, value: unknown, least: number, most: number): number | undefined => {
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'number' || !(value >= least && value <= most)) throw bad(`${name} must be a number from ${least} to ${most}`);
    return value;
  };
  if (count != null && probability != null) throw bad('give count or probability, not both');
  const order: FaultOrder = { kind: kind as FaultKind };
  const parsed = {
    operation: typeof operation === 'string' ? operation : undefined,
    count: number('count', count, 1, 1_000_000),
    probability: number('probability', probability, 0, 1),
    delayMs: number('delayMs', delayMs, 0, kind === 'late_landing' ? LATEST_LANDING_MS : 3_600_000),
    seed: number('seed', seed, -(2 ** 53), 2 ** 53),
    scope: typeof scope === 'string' ? scope : undefined,
  };
  return Object.assign(order, Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== undefined)));
}

export class FaultSet {
  #nextId = 1;
  #active: ActiveFault[] = [];

  add(order: FaultOrder, now: number): ActiveFault {
    const timed = order.kind === 'throttle_storm' && order.delayMs !== undefined && order.count === undefined;
    const lasting = order.probability !== undefined || timed || order.kind === 'scope_removed';
    const fault: ActiveFault = {
      ...order,
      id: this.#nextId++,
      remaining: order.count ?? (lasting ? Number.POSITIVE_INFINITY : 1),
      until: timed ? now + (order.delayMs as number) : Number.POSITIVE_INFINITY,
      random: mulberry32(order.seed ?? 1),
      struck: 0,
    };
    this.#active.push(fault);
    return fault;
  }

  list(): readonly ActiveFault[] {
    return this.#active;
  }

  clear(): void {
    this.#active = [];
  }

  /** The next fault of these kinds that strikes the target; using it up counts. */
  strike(kinds: readonly FaultKind[], target: FaultTarget, now: number): ActiveFault | null {
    if (this.#active.length === 0) return null;
    for (const fault of this.#active) {
      if (!kinds.includes(fault.kind) || fault.remaining <= 0 || now > fault.until) continue;
      if (fault.operation !== undefined ? !target.names.includes(fault.operation) : WRITES_ONLY.includes(fault.kind) && !target.write) continue;
      if (fault.probability !== undefined && fault.random() >= fault.probability) continue;
      fault.remaining -= 1;
      fault.struck += 1;
      return fault;
    }
    return null;
  }
}

/** A small seeded generator (mulberry32), uniform in [0, 1). */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
