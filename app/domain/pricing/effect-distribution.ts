import type { ChangeSummary } from '@calibr/types';

type Distribution = NonNullable<ChangeSummary['distribution']>;

/** Ends of the bins in percent, from 0 outwards; the end belongs to the bin. Falls end at −100, rises go on. */
export const BIN_ENDS = [5, 10, 20, 30, 50, 100] as const;

const RISES = BIN_ENDS.length + 1;
/** Numbers above this are not exact when multiplied by 100. */
const SAFE = Number.MAX_SAFE_INTEGER / 100;

/**
 * Counts planned rows by how much their price changes. The bins are always the same, so that two plans can be compared, and
 * every row is in exactly one of them or `withoutPercent`.
 */
export class ChangeDistribution {
  /** Rows by bin outwards from 0; index 0 is the smallest change. */
  readonly #falls = new Array<number>(BIN_ENDS.length).fill(0);
  readonly #rises = new Array<number>(RISES).fill(0);
  #same = 0;
  #withoutPercent = 0;

  /** Amounts in minor units, safe integers. */
  add(before: number, after: number): void {
    if (before > SAFE || after > SAFE) this.addLarge(BigInt(before), BigInt(after));
    else if (after === before) this.#same++;
    else if (before === 0) this.#withoutPercent++;
    else if (after > before) this.#rises[binOf(after - before, before)]!++;
    else this.#falls[binOf(before - after, before)]!++;
  }

  addLarge(before: bigint, after: bigint): void {
    if (after === before) this.#same++;
    else if (before === 0n) this.#withoutPercent++;
    else if (after > before) this.#rises[largeBinOf(after - before, before)]!++;
    else this.#falls[largeBinOf(before - after, before)]!++;
  }

  result(): Distribution {
    const ends = BIN_ENDS.map(String);
    const from = (index: number): string => (index === 0 ? '0' : ends[index - 1]!);
    return {
      bins: [
        ...this.#falls.map((rows, index) => ({ from: `-${ends[index]}`, to: index === 0 ? '0' : `-${from(index)}`, rows })).reverse(),
        { from: '0', to: '0', rows: this.#same },
        ...this.#rises.map((rows, index) => ({ from: from(index), to: ends[index] ?? null, rows })),
      ],
      withoutPercent: this.#withoutPercent,
    };
  }
}

/** The bin of a difference: the first whose end it does not pass. Exact, so that 20 % of 10.00 is where a reader looks for it. */
function binOf(difference: number, before: number): number {
  const hundredfold = difference * 100;
  let bin = 0;
  while (bin < BIN_ENDS.length && hundredfold > BIN_ENDS[bin]! * before) bin++;
  return bin;
}

function largeBinOf(difference: bigint, before: bigint): number {
  const bin = BIN_ENDS.findIndex((end) => difference * 100n <= BigInt(end) * before);
  return bin === -1 ? BIN_ENDS.length : bin;
}
