import { minorNumber } from '../kernel/minor-number.ts';

/** A sum over more rows than a number can hold exactly: numbers as long as they are safe, a bigint for what they add up to. */
class ExactSum {
  #small = 0;
  #large = 0n;

  /** Adds units × amount; both whole. */
  add(units: number, amount: number): void {
    const product = units * amount;
    // Above 2^53 the product may already have lost digits.
    if (product > Number.MAX_SAFE_INTEGER || product < -Number.MAX_SAFE_INTEGER) {
      this.#large += BigInt(units) * BigInt(amount);
      return;
    }
    const sum = this.#small + product;
    if (sum > Number.MAX_SAFE_INTEGER || sum < -Number.MAX_SAFE_INTEGER) {
      this.#large += BigInt(this.#small);
      this.#small = product;
    } else this.#small = sum;
  }

  addExactly(product: bigint): void {
    this.#large += product;
  }

  total(): bigint {
    return this.#large + BigInt(this.#small);
  }
}

/** Sums in minor units over the rows that count. */
export interface VolumeTotals {
  readonly rows: number;
  readonly before: bigint;
  readonly after: bigint;
}

/** What a plan does to revenue and gross profit if everything sells as it sold: exact, whatever the number and size of rows. */
export class VolumeEffect {
  #units = 0;
  #rows = 0;
  readonly #before = new ExactSum();
  readonly #after = new ExactSum();
  #costRows = 0;
  readonly #profitBefore = new ExactSum();
  readonly #profitAfter = new ExactSum();

  /** A row whose sales are known. Amounts in minor units; cost null where it is not known. */
  add(units: number, before: bigint, after: bigint, cost: bigint | null): void {
    this.#units += units;
    this.#rows++;
    const b = minorNumber(before);
    const a = minorNumber(after);
    const k = cost === null ? 0 : minorNumber(cost);
    if (b > Number.MAX_SAFE_INTEGER || a > Number.MAX_SAFE_INTEGER || k > Number.MAX_SAFE_INTEGER) return this.#addLarge(BigInt(units), before, after, cost);
    this.#before.add(units, b);
    this.#after.add(units, a);
    if (cost === null) return;
    this.#costRows++;
    this.#profitBefore.add(units, b - k);
    this.#profitAfter.add(units, a - k);
  }

  #addLarge(units: bigint, before: bigint, after: bigint, cost: bigint | null): void {
    this.#before.addExactly(units * before);
    this.#after.addExactly(units * after);
    if (cost === null) return;
    this.#costRows++;
    this.#profitBefore.addExactly(units * (before - cost));
    this.#profitAfter.addExactly(units * (after - cost));
  }

  /** Null where no row's sales are known. */
  units(): number | null {
    return this.#rows === 0 ? null : this.#units;
  }

  revenue(): VolumeTotals | null {
    return this.#rows === 0 ? null : { rows: this.#rows, before: this.#before.total(), after: this.#after.total() };
  }

  grossProfit(): VolumeTotals | null {
    return this.#costRows === 0 ? null : { rows: this.#costRows, before: this.#profitBefore.total(), after: this.#profitAfter.total() };
  }
}
