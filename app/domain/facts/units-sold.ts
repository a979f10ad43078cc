import { minorNumber } from '../kernel/minor-number.ts';

/**
 * Units sold by variant: two columns of numbers, 16 bytes a variant that sold, so that a plan of a million rows can hold them
 * while its rows stream by.
 */
export class UnitsSold {
  #refs: Float64Array;
  #units: Float64Array;
  #size = 0;
  /** Where the last one was found: plans come in the order of products, whose variants have numbers close to each other. */
  #last = 0;

  constructor(capacity: number) {
    this.#refs = new Float64Array(capacity);
    this.#units = new Float64Array(capacity);
  }

  /** Adds a variant by the channel's number (a safe integer); numbers must come in rising order. */
  add(ref: number, units: number): void {
    if (this.#size > 0 && ref <= this.#refs[this.#size - 1]!) throw new RangeError('Variants come in rising order.');
    if (this.#size === this.#refs.length) this.#grow();
    this.#refs[this.#size] = ref;
    this.#units[this.#size] = units;
    this.#size++;
  }

  get size(): number {
    return this.#size;
  }

  /** Null where the variant's sales are not known. */
  of(variantRef: bigint): number | null {
    const ref = minorNumber(variantRef);
    const refs = this.#refs;
    let low = 0;
    let high = this.#size;
    // The rows before this one were near: look on from there first.
    if (this.#last < high && refs[this.#last]! < ref) low = this.#last + 1;
    else if (this.#last < high) high = this.#last + 1;
    if (low < high && low + 8 < high && refs[low + 8]! >= ref) high = low + 9;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (refs[middle]! < ref) low = middle + 1;
      else high = middle;
    }
    this.#last = low;
    return low < this.#size && refs[low] === ref ? this.#units[low]! : null;
  }

  #grow(): void {
    const capacity = Math.max(16, this.#refs.length * 2);
    const longer = (from: Float64Array): Float64Array => {
      const to = new Float64Array(capacity);
      to.set(from);
      return to;
    };
    this.#refs = longer(this.#refs);
    this.#units = longer(this.#units);
  }
}
