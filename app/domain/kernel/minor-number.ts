const wide = new BigInt64Array(1);
const low = new Uint32Array(wide.buffer, 0, 1);
const high = new Int32Array(wide.buffer, 4, 1);

/**
 * `Number(minor)` for what a bigint column can hold (64 bits, signed); anything larger comes out wrong. A safe integer is
 * exact, a larger one is rounded. Plans convert several amounts a row, and reading the words of the bigint takes a tenth of
 * what `Number` does. (Little-endian, as every platform that Node runs on.)
 */
export function minorNumber(minor: bigint): number {
  wide[0] = minor;
  return high[0]! * 4_294_967_296 + low[0]!;
}
