import { makeFacts } from '../rules/facts.ts';
import type { Amount, Facts } from '../rules/facts.ts';

/** Numbers of a row that may have anything, in this order: live price, price and compare-at outside campaigns, cost, MAP. 64 bits each, −1 for null. */
export const PACKED_COLUMNS = 5;
const ROW_BYTES = PACKED_COLUMNS * 8;

/** Numbers of most rows: price, compare-at, cost, each of 32 bits; −1 for null. The price outside campaigns is the live one, and there is no MAP. */
export const NARROW_COLUMNS = 3;
const NARROW_BYTES = NARROW_COLUMNS * 4;

/** Amounts of many variants: those that fit are narrow. */
export interface PackedAmounts {
  readonly narrow: Uint8Array | null;
  readonly wide: Uint8Array | null;
}

/** What a row's price is counted by. */
export type PackedRow = (facts: Facts, livePrice: Amount, cost: Amount | null) => void;

/**
 * Amounts of many variants as the database packs them (big-endian). Rows of objects cost twenty times what they hold; a rule whose
 * selector was judged by the database needs nothing but these.
 */
export function eachPacked({ narrow, wide }: PackedAmounts, row: PackedRow): void {
  if (narrow) eachNarrow(narrow, row);
  if (wide) eachWide(wide, row);
}

/** One object for all rows: nobody keeps it, and making one a row would be most of the work. */
const reused = (): { -readonly [Name in keyof Facts]: Facts[Name] } => makeFacts({});

function viewOf(bytes: Uint8Array, rowBytes: number): DataView {
  if (bytes.byteLength % rowBytes !== 0) throw new RangeError('Packed amounts end in the middle of a row.');
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function eachNarrow(bytes: Uint8Array, row: PackedRow): void {
  const view = viewOf(bytes, NARROW_BYTES);
  const facts = reused();
  for (let at = 0; at < bytes.byteLength; at += NARROW_BYTES) {
    const price = view.getInt32(at);
    const compareAt = view.getInt32(at + 4);
    const cost = view.getInt32(at + 8);
    facts.price = price;
    facts.baselinePrice = price;
    facts.compareAtPrice = compareAt < 0 ? null : compareAt;
    facts.cost = cost < 0 ? null : cost;
    row(facts, price, facts.cost);
  }
}

function eachWide(bytes: Uint8Array, row: PackedRow): void {
  const view = viewOf(bytes, ROW_BYTES);
  const facts = reused();
  for (let at = 0; at < bytes.byteLength; at += ROW_BYTES) {
    facts.price = amountAt(view, at + 8);
    facts.baselinePrice = facts.price;
    facts.compareAtPrice = amountAt(view, at + 16);
    facts.cost = amountAt(view, at + 24);
    facts.mapPrice = amountAt(view, at + 32);
    row(facts, amountAt(view, at)!, facts.cost);
  }
}

function amountAt(view: DataView, at: number): Amount | null {
  const high = view.getInt32(at);
  if (high === -1) return null;
  const number = high * 4_294_967_296 + view.getUint32(at + 4);
  return number <= Number.MAX_SAFE_INTEGER ? number : { n: view.getBigInt64(at), d: 1n };
}
