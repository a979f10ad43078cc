import type { Price } from './fake-shop.ts';
import type { EventRec, MemoryDb } from './memory-db.ts';

/** A row as an event told of it. */
export interface ToldRow {
  readonly itemId: string;
  readonly variantId: string;
  readonly state: string;
  readonly fromState?: string;
  readonly after: Price;
  readonly live: Price | null;
  readonly verdict: string | null;
}
export interface Told {
  readonly seq: bigint;
  readonly id: string;
  readonly type: string;
  readonly at: number;
  readonly changeId: string;
  readonly actor: string;
  readonly payload: Record<string, unknown>;
  readonly rows: readonly ToldRow[];
}

interface Pair { readonly price: { readonly amount: string }; readonly compareAtPrice: { readonly amount: string } | null }
const minor = (amount: string): bigint => BigInt(amount.replace('.', ''));
export const pointFrom = (pair: Pair): Price => ({ price: minor(pair.price.amount), compareAt: pair.compareAtPrice === null ? null : minor(pair.compareAtPrice.amount) });

function rowsOf(event: EventRec): ToldRow[] {
  if (!event.type.startsWith('price.') || !Array.isArray(event.payload.rows)) return [];
  return (event.payload.rows as (Omit<ToldRow, 'after' | 'live'> & { after: Pair; live: Pair | null })[]).map((row) => ({ ...row, after: pointFrom(row.after), live: row.live === null ? null : pointFrom(row.live) }));
}

/** The policies that were in force when the transaction of an event began: what was committed since it may have seen or not. */
export function policyAt(db: MemoryDb, event: Told): MemoryDb['policyVersions'][number] | null {
  const begun = db.begunAt.get(event.id)!;
  return db.policyVersions.findLast(({ eventId }) => eventId === null || db.committedAt.get(eventId)! < begun) ?? null;
}

/** The event log, read once. */
export function toldOf(db: MemoryDb): Told[] {
  return db.log().map((event) => ({ seq: event.seq, id: event.id, type: event.type, at: event.createdAt.getTime(), changeId: event.aggregateId, actor: event.actor, payload: event.payload, rows: rowsOf(event) }));
}

const STATE_OF: Readonly<Record<string, string>> = {
  'price_change.created': 'draft', 'price_change.previewed': 'previewed', 'price_change.approved': 'approved', 'price_change.approval_voided': 'previewed', 'price_change.rejected': 'rejected',
  'price_change.scheduled': 'scheduled', 'price_change.cancelled': 'cancelled', 'price_change.missed': 'ended', 'price_change.started': 'applying', 'price_change.reopened': 'applying',
  'price_change.paused': 'paused', 'price_change.resumed': 'applying',
};
const CANCELS = ['price_change.cancelled', 'price_change.missed', 'price_change.end_started', 'price_change.started'];

export interface Folded { state: string; applied: number; settled: number; conflict: number; failed: number; kept: number; cancelled: number }

/** What the events of one change add up to. */
export function fold(events: readonly Told[]): Folded {
  const folded: Folded = { state: 'draft', applied: 0, settled: 0, conflict: 0, failed: 0, kept: 0, cancelled: 0 };
  for (const { type, payload, rows } of events) {
    folded.state = STATE_OF[type] ?? (type === 'price_change.completed' || type === 'price_change.end_started' ? String(payload.state) : folded.state);
    for (const row of rows) {
      folded[row.state as 'applied'] += 1;
      if (row.fromState) folded[row.fromState as 'applied'] -= 1;
    }
    if (type === 'price.conflict_resolved') {
      folded.conflict -= 1;
      if (payload.state === 'kept') folded.kept += 1;
    }
    if (CANCELS.includes(type)) folded.cancelled += Number(payload.cancelledRows ?? 0);
  }
  return folded;
}
