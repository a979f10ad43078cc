/** As many as are shown of each direction. */
export const EXTREMES_MAX = 10;

/** One of the largest changes: what it takes to show it. */
export interface Extreme {
  readonly id: string;
  readonly sku: string;
  readonly title: string;
  readonly before: bigint;
  readonly after: bigint;
}

type Candidate = { readonly id?: string; readonly sku?: string; readonly title?: string; readonly beforePrice: bigint; readonly afterPrice: bigint | null };

/**
 * The rows with the largest changes in one direction, in order, however many rows go by: ten places, and a row that is no
 * larger than the last of them costs one comparison. Rows come in the plan's order; of equal ones the first stays ahead.
 */
export class Extremes {
  readonly #sizes: number[] = [];
  readonly #rows: Extreme[] = [];
  /** What a change must exceed to get in. */
  #least = 0;

  /** `size` is the change in any unit that grows with it. */
  add(size: number, row: Candidate): void {
    if (size > this.#least && row.id !== undefined) this.#insert(size, row.id, row);
  }

  #insert(size: number, id: string, row: Candidate): void {
    let place = this.#sizes.length;
    while (place > 0 && this.#sizes[place - 1]! < size) place--;
    this.#sizes.splice(place, 0, size);
    this.#rows.splice(place, 0, { id, sku: row.sku ?? '', title: row.title ?? '', before: row.beforePrice, after: row.afterPrice ?? row.beforePrice });
    if (this.#sizes.length > EXTREMES_MAX) {
      this.#sizes.pop();
      this.#rows.pop();
    }
    if (this.#sizes.length === EXTREMES_MAX) this.#least = this.#sizes[EXTREMES_MAX - 1]!;
  }

  result(): readonly Extreme[] {
    return this.#rows;
  }
}
