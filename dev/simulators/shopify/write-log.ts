/** Every write of a price as the shop saw it, no-ops included: the referee in tests of the app. */
import { dateTime } from './clock.ts';
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

interface Entry {
  seq: number;
  at: number;
  variantId: number;
  before: PricePair;
  after: PricePair;
  actor: 'app' | 'merchant';
  operation: string;
  requestId: string;
  priceList?: WrittenList;
}

interface PrintedPair {
  price: string;
  compareAtPrice: string | null;
  origin?: 'fixed' | 'relative';
}

export interface WriteRow {
  seq: number;
  at: string;
  variantId: string;
  before: PrintedPair;
  after: PrintedPair;
  actor: 'app' | 'merchant';
  operation: string;
  requestId: string;
  /** Amounts of such a row are in the list's currency. */
  priceList?: WrittenList;
}

export class WriteLog {
  readonly #entries: Entry[] = [];
  #seq = 0;

  add(entry: Omit<Entry, 'seq'>): void {
    this.#entries.push({ seq: ++this.#seq, ...entry });
  }

  get lastSeq(): number {
    return this.#seq;
  }

  /** Entries with a larger sequence number, oldest first. */
  after(seq: number, limit: number, decimals: number): { data: WriteRow[]; nextAfter: number } {
    const first = this.#entries.findIndex((entry) => entry.seq > seq);
    const found = first < 0 ? [] : this.#entries.slice(first, first + limit);
    const data = found.map(({ at, variantId, before, after, ...rest }) => {
      const places = rest.priceList ? currencyDecimals(rest.priceList.currencyCode) : decimals;
      return { ...rest, at: dateTimeMs(at), variantId: String(variantId), before: printed(before, places), after: printed(after, places) };
    });
    return { data, nextAfter: data.at(-1)?.seq ?? seq };
  }

  /** The newest entries as they are, to be kept on disk. */
  snapshot(most: number): unknown[] {
    return this.#entries.slice(-most);
  }

  /** Puts back what `snapshot` gave. */
  restore(entries: unknown[]): void {
    this.#entries.push(...(entries as Entry[]));
    this.#seq = this.#entries.at(-1)?.seq ?? 0;
  }

  clear(): void {
    this.#entries.length = 0;
  }
}

function printed({ price, compareAtPrice, origin }: PricePair, decimals: number): PrintedPair {
  return {
    price: formatMoney(price, decimals), compareAtPrice: compareAtPrice === null ? null : formatMoney(compareAtPrice, decimals),
    ...(origin ? { origin: origin === 'FIXED' ? 'fixed' as const : 'relative' as const } : {}),
  };
}

function dateTimeMs(ms: number): string {
  return `${dateTime(ms).slice(0, -1)}.${String(Math.floor(ms) % 1000).padStart(3, '0')}Z`;
}
