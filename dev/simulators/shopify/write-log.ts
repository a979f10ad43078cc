/** Every write of a price as the shop saw it, no-ops included: the referee in tests of the app. */
import { currencyDecimals, formatMoney } from './money.ts';

export interface PricePair {
  price: number;
  compareAtPrice: number | null;
  /** Only in a price list: whether the price was fixed there or followed from the shop's own. */
  origin?: 'FIXED' | 'RELATIVE';
}

/** The price list a write went to; the shop's own prices have none. */
export interface WrittenList {
  id: string;
  currencyCode: string;
}

/** Where a write came from. */
export type WriteSource = 'call' | 'bulk' | 'merchant' | 'other_app';

export interface WriteEntry {
  seq: number;
  source: WriteSource;
  /** The mutation's field, `bulkOperationRunMutation` for a line of a bulk operation, `admin` or `other-app` by hand. */
  operation: string;
  /** The name that the app gave its document; of a line, the name in the bulk mutation's document. */
  operationName: string | null;
  /** X-Request-Id of the answer to the request that asked for it, or would have been. */
  requestId: string;
  /** The bulk operation (its gid) and the line of its file, counted from 0. */
  bulk: { operationId: string; line: number } | null;
  /** When the shop took the request; of a line, when it took the operation. */
  acceptedAt: number;
  /** When the price was changed. */
  landedAt: number;
  variantId: number;
  productId: number;
  /** Of the amounts: the shop's at that moment, or the price list's. */
  currencyCode: string;
  before: PricePair;
  after: PricePair;
  priceList?: WrittenList;
}

interface PrintedPair {
  price: string;
  compareAtPrice: string | null;
  origin?: 'fixed' | 'relative';
}

/** An entry as it is shown: ids as text, instants in UTC with milliseconds, amounts as Shopify prints money. */
export interface WriteRow extends Omit<WriteEntry, 'acceptedAt' | 'landedAt' | 'variantId' | 'productId' | 'before' | 'after'> {
  acceptedAt: string;
  landedAt: string;
  /** The same as landedAt. */
  at: string;
  actor: 'app' | 'merchant' | 'other_app';
  variantId: string;
  productId: string;
  before: PrintedPair;
  after: PrintedPair;
}

export class WriteLog {
  readonly #entries: WriteEntry[] = [];
  #seq = 0;

  add(entry: Omit<WriteEntry, 'seq'>): void {
    this.#entries.push({ seq: ++this.#seq, ...entry });
  }

  get lastSeq(): number {
    return this.#seq;
  }

  /** Entries with a larger sequence number, oldest first. */
  after(seq: number, limit: number): { data: WriteRow[]; nextAfter: number } {
    // Numbers go up by one, so the place of an entry follows from its number.
    const first = Math.max(0, seq + 1 - (this.#entries[0]?.seq ?? 1));
    const data = this.#entries.slice(first, first + limit).map(shown);
    return { data, nextAfter: data.at(-1)?.seq ?? seq };
  }

  /** The newest entries as they are, to be kept on disk. */
  snapshot(most: number): unknown[] {
    return this.#entries.slice(-most);
  }

  /** Puts back what `snapshot` gave; entries of older files lack what was not logged then. */
  restore(entries: unknown[], currencyCode: string): void {
    for (const entry of entries as (WriteEntry & { at?: number; actor?: string })[]) {
      const { at = 0, actor, ...rest } = entry;
      const older = { source: actor === 'merchant' ? 'merchant' as const : 'call' as const, operationName: null, bulk: null, acceptedAt: at, landedAt: at, productId: 0, currencyCode: rest.priceList?.currencyCode ?? currencyCode };
      this.#entries.push({ ...older, ...rest });
    }
    this.#seq = this.#entries.at(-1)?.seq ?? 0;
  }

  clear(): void {
    this.#entries.length = 0;
  }
}

function shown({ acceptedAt, landedAt, variantId, productId, before, after, ...rest }: WriteEntry): WriteRow {
  const decimals = currencyDecimals(rest.currencyCode);
  const landed = dateTimeMs(landedAt);
  return {
    ...rest, actor: rest.source === 'call' || rest.source === 'bulk' ? 'app' : rest.source, acceptedAt: dateTimeMs(acceptedAt), landedAt: landed, at: landed,
    variantId: String(variantId), productId: String(productId), before: printed(before, decimals), after: printed(after, decimals),
  };
}

function printed({ price, compareAtPrice, origin }: PricePair, decimals: number): PrintedPair {
  return {
    price: formatMoney(price, decimals), compareAtPrice: compareAtPrice === null ? null : formatMoney(compareAtPrice, decimals),
    ...(origin ? { origin: origin === 'FIXED' ? 'fixed' as const : 'relative' as const } : {}),
  };
}

function dateTimeMs(ms: number): string {
  return new Date(ms).toISOString();
}
