/** Every write of a variant as the shop saw it, no-ops included: the referee in tests of the app. */
import { dateTime } from './clock.ts';
import { formatMoney } from './money.ts';

export interface PricePair {
  price: number;
  compareAtPrice: number | null;
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
}

export interface WriteRow {
  seq: number;
  at: string;
  variantId: string;
  before: { price: string; compareAtPrice: string | null };
  after: { price: string; compareAtPrice: string | null };
  actor: 'app' | 'merchant';
  operation: string;
  requestId: string;
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
    const pair = ({ price, compareAtPrice }: PricePair) => ({
      price: formatMoney(price, decimals),
      compareAtPrice: compareAtPrice === null ? null : formatMoney(compareAtPrice, decimals),
    });
    const data = found.map(({ at, variantId, before, after, ...rest }) => ({
      ...rest, at: dateTimeMs(at), variantId: String(variantId), before: pair(before), after: pair(after),
    }));
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

function dateTimeMs(ms: number): string {
  return `${dateTime(ms).slice(0, -1)}.${String(Math.floor(ms) % 1000).padStart(3, '0')}Z`;
}
