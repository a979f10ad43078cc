/** Faults on order: what goes wrong, for which operation, how often. Replayable: chance comes from a seed. */
import { SimError } from './sim-error.ts';

export const FAULT_KINDS = [
  'throttle_storm', 'other_traffic', 'http_429', 'http_500', 'http_502', 'http_503', 'connect_timeout', 'timeout_after_write', 'late_landing',
  'partial_user_errors', 'user_errors', 'null_data', 'malformed_json', 'slow_body', 'token_revoked', 'scope_removed', 'version_fallback',
  'variant_deleted', 'product_archived', 'merchant_edit', 'other_app_edit',
  'bulk_busy', 'bulk_file_error', 'bulk_fail', 'bulk_cancelled', 'bulk_hang', 'bulk_slow', 'bulk_lines_missing', 'bulk_download_breaks',
  'webhook_duplicate', 'webhook_reorder', 'webhook_drop', 'webhook_delay',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** The longest a write may land after its answer was lost (RELIABILITY.md). */
const LATEST_LANDING_MS = 40_000;
/** Without an operation these strike writes only: a read has no effect to lose. */
const WRITES_ONLY: readonly FaultKind[] = ['timeout_after_write', 'late_landing', 'partial_user_errors', 'user_errors'];
/** These last until they are taken away. */
const LASTING: readonly FaultKind[] = ['scope_removed', 'version_fallback'];
/** `delayMs` of these says how long they last, from their order on. */
const TIMED: readonly FaultKind[] = ['throttle_storm', 'other_traffic', 'version_fallback'];

/** What is measured in each field, and which kinds know it, is in docs/SIMULATOR.md. */
export interface FaultOrder {
  kind: FaultKind;
  /** GraphQL operation name or root field, an endpoint such as access_token, or the topic of a webhook. */
  operation?: string;
  count?: number;
  probability?: number;
  delayMs?: number;
  seed?: number;
  scope?: string;
  version?: string;
  pointsPerSecond?: number;
  price?: string;
  line?: number;
  lines?: number;
  factor?: number;
}

/** Fields that only some kinds have. */
const SPECIAL: Readonly<Record<string, readonly FaultKind[]>> = {
  scope: ['scope_removed'],
  version: ['version_fallback'],
  pointsPerSecond: ['other_traffic'],
  price: ['merchant_edit', 'other_app_edit'],
  line: ['bulk_fail', 'bulk_cancelled', 'bulk_hang'],
  lines: ['bulk_lines_missing'],
  factor: ['bulk_slow'],
};

export interface ActiveFault extends FaultOrder {
  id: number;
  remaining: number;
  until: number;
  random: () => number;
  struck: number;
}

export interface FaultTarget {
  /** Operation name and root fields, the name of an endpoint, or the webhook topic. */
  names: string[];
  write: boolean;
  /** Only faults that name it strike: nobody means the token endpoint who says "any request". */
  namedOnly?: boolean;
}

/** Checks an order as it came over HTTP. Throws SimError. */
export function parseFault(body: Record<string, unknown>): FaultOrder {
  const { kind } = body;
  const bad = (what: string) => new SimError(400, what);
  if (!FAULT_KINDS.includes(kind as FaultKind)) throw bad(`kind must be one of ${FAULT_KINDS.join(', ')}`);
  const text = (name: string): string | undefined => {
    const value = body[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string') throw bad(`${name} must be a string`);
    return value;
  };
  const number = (name: string, least: number, most: number): number | undefined => {
    const value = body[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'number' || !(value >= least && value <= most)) throw bad(`${name} must be a number from ${least} to ${most}`);
    return value;
  };
  const known = ['kind', 'operation', 'count', 'probability', 'delayMs', 'seed', ...Object.keys(SPECIAL)];
  for (const [name, value] of Object.entries(body)) {
    if (!known.includes(name)) throw bad(`${name} is not known; known are ${known.join(', ')}`);
    if (value != null && SPECIAL[name] && !SPECIAL[name].includes(kind as FaultKind)) throw bad(`${name} belongs to ${SPECIAL[name].join(', ')}`);
  }
  if (body['count'] != null && body['probability'] != null) throw bad('give count or probability, not both');
  if (kind === 'other_traffic' && body['pointsPerSecond'] == null) throw bad('other_traffic needs pointsPerSecond');
  const parsed = {
    operation: text('operation'), count: number('count', 1, 1_000_000), probability: number('probability', 0, 1),
    delayMs: number('delayMs', 0, kind === 'late_landing' ? LATEST_LANDING_MS : 24 * 3_600_000), seed: number('seed', -(2 ** 53), 2 ** 53),
    scope: text('scope'), version: text('version'), pointsPerSecond: number('pointsPerSecond', 0, 1_000_000), price: text('price'),
    line: number('line', 0, 10_000_000), lines: number('lines', 1, 10_000_000), factor: number('factor', 1, 1_000_000),
  };
  if (parsed.price !== undefined && parsed.price !== 'target' && !/^\d+(\.\d+)?$/.test(parsed.price)) throw bad('price must be an amount such as "12.50", or "target"');
  return Object.assign({ kind: kind as FaultKind }, Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== undefined)));
}

export class FaultSet {
  #nextId = 1;
  #active: ActiveFault[] = [];

  add(order: FaultOrder, now: number): ActiveFault {
    const timed = TIMED.includes(order.kind) && order.delayMs !== undefined && order.count === undefined;
    const lasting = order.probability !== undefined || timed || (LASTING.includes(order.kind) && order.count === undefined);
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
      if (target.namedOnly && fault.operation === undefined) continue;
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
