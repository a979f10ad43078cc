import type { ClaimedBatch } from '../../ports/change-store.ts';
import type { ChannelResult, ChannelShop, LivePrice, PriceChannel } from '../../ports/price-channel.ts';
import { READ_ROWS } from './apply-deps.ts';

/** So many products are read together as the shop takes in within this time: it is between the read of a price and its write. */
export const FRESH_MS = 4_000;
/** A price read longer ago than this is read again before its row is decided. */
const STALE_MS = 5_000;

type Reading = ChannelResult<ReadonlyMap<bigint, LivePrice | null>>;
type Batch = Pick<ClaimedBatch, 'rows'>;

export interface ReadAhead<B extends Batch> {
  /** Live prices of a product's rows. `next`, looked at a moment later, are those whose turn comes after it, in their order. */
  read(batch: B, next: readonly B[]): Promise<Reading>;
}

interface Deps {
  readonly channel: Pick<PriceChannel, 'read'>;
  readonly shop: ChannelShop;
  /** Products that the shop takes in within so many milliseconds. */
  readonly within: (ms: number) => number;
  /** Milliseconds. */
  readonly now: () => number;
}

/**
 * Reads several products in one call: those that are asked for in one turn, and so many after them as will be written while what was
 * read is still fresh. A read of many costs little more of the shop's rate limit than a read of one. What has become stale is read
 * again; a failure is told only to those who asked, for the others it was no attempt.
 */
export function readAhead<B extends Batch>({ channel, shop, within, now }: Deps): ReadAhead<B> {
  interface Entry { readonly reading: Promise<Reading>; readAt: number }
  const known = new Map<B, Entry>();

  const start = (asked: readonly B[], next: readonly B[]): Promise<Reading> => {
    const together = [...asked];
    let rows = together.reduce((sum, batch) => sum + batch.rows.length, 0);
    const most = within(FRESH_MS);
    for (const other of next) {
      if (together.length >= most || rows + other.rows.length > READ_ROWS) break;
      const entry = known.get(other);
      // One under way has no time yet, and counts as fresh.
      if (entry && !(now() - entry.readAt > FRESH_MS / 2)) continue;
      together.push(other);
      rows += other.rows.length;
    }
    const reading = channel.read(shop, together.flatMap((each) => each.rows.map((row) => row.variantRef)));
    const entry: Entry = { reading, readAt: Infinity };
    for (const each of together) known.set(each, entry);
    const forget = (): void => {
      for (const each of together) if (known.get(each) === entry) known.delete(each);
    };
    reading.then((answer) => {
      entry.readAt = now();
      if (!answer.ok) forget();
    }, forget);
    return reading;
  };

  /** What is asked for in this turn; what fills a read goes at once. */
  let asking: { readonly batches: B[]; rows: number; readonly reading: Promise<Reading> } | null = null;
  const ask = (batch: B, next: readonly B[]): Promise<Reading> => {
    if (asking && asking.rows + batch.rows.length <= READ_ROWS) {
      asking.batches.push(batch);
      asking.rows += batch.rows.length;
      return asking.reading;
    }
    const batches = [batch];
    const mine = { batches, rows: batch.rows.length, reading: Promise.resolve().then(() => {
      if (asking === mine) asking = null;
      return start(batches, next);
    }) };
    asking = mine;
    return mine.reading;
  };

  return {
    async read(batch, next) {
      const entry = known.get(batch);
      known.delete(batch);
      // Under way counts as fresh.
      if (entry && !(now() - entry.readAt > STALE_MS)) {
        const reading = await entry.reading;
        if (reading.ok) return partOf(reading, batch);
      }
      const reading = await ask(batch, next);
      known.delete(batch);
      return partOf(reading, batch);
    },
  };
}

function partOf(reading: Reading, { rows }: Batch): Reading {
  if (!reading.ok) return reading;
  return { ...reading, value: new Map(rows.map(({ variantRef }) => [variantRef, reading.value.get(variantRef) ?? null])) };
}
