import { makeFacts } from '../rules/facts.ts';
import type { Amount, Facts } from '../rules/facts.ts';

/** Numbers of one row, in this order: live price, price and compare-at outside campaigns, cost, MAP. 64 bits each, −1 for null. */
export const PACKED_COLUMNS = 5;
const ROW_BYTES = PACKED_COLUMNS * 8;

/** What a row's price is counted by. */
export type PackedRow = (facts: Facts, livePrice: Amount, cost: Amount | null) => void;

/**
 * Amounts of many variants as the database packs them (big-endian). Rows of objects cost twenty times what they hold; a rule whose
 * selector was judged by the database needs nothing but these.
 */
export function eachPacked(bytes: Uint8Array, row: PackedRow): void {
  if (bytes.byteLength % ROW_BYTES !== 0) throw new RangeError('Packed amounts end in the middle of a row.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // One object for all rows: nobody keeps it, and making one a row would be most of the work.
  const facts = makeFacts({}) as { -readonly [Name in keyof Facts]: Facts[Name] };
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
