/**
 * Exact fractions over bigint. They are never reduced: a rule takes a handful of steps, so comparing by cross
 * multiplication costs less than a greatest common divisor after each of them.
 */
export interface Rational {
  readonly n: bigint;
  /** Always positive. */
  readonly d: bigint;
}

/** n/d with the sign in n. d = 0 is a bug of the caller and throws. */
export function rational(n: bigint, d: bigint = 1n): Rational {
  if (d > 0n) return { n, d };
  if (d === 0n) throw new RangeError('A fraction needs a denominator that is not zero');
  return { n: -n, d: -d };
}

/** Negative, zero or positive as a is below, equal to or above b. */
export function compareRational(a: Rational, b: Rational): number {
  const left = a.d === b.d ? a.n : a.n * b.d;
  const right = a.d === b.d ? b.n : b.n * a.d;
  return left < right ? -1 : left > right ? 1 : 0;
}

export function addRational(a: Rational, b: Rational): Rational {
  return a.d === b.d ? { n: a.n + b.n, d: a.d } : { n: a.n * b.d + b.n * a.d, d: a.d * b.d };
}

export function multiplyRational(a: Rational, b: Rational): Rational {
  return { n: a.n * b.n, d: a.d * b.d };
}

/** a/b; b = 0 throws. */
export function divideRational(a: Rational, b: Rational): Rational {
  return rational(a.n * b.d, a.d * b.n);
}

/** Largest integer ≤ n/d, for d > 0. */
export function floorDivide(n: bigint, d: bigint): bigint {
  const q = n / d;
  return n < 0n && q * d !== n ? q - 1n : q;
}

/** Smallest integer ≥ n/d, for d > 0. */
export function ceilDivide(n: bigint, d: bigint): bigint {
  const q = n / d;
  return n > 0n && q * d !== n ? q + 1n : q;
}

/** Nearest integer to n/d, for d > 0; a half goes away from zero (2.5 → 3, −2.5 → −3). */
export function roundHalfAwayFromZero(n: bigint, d: bigint): bigint {
  return n < 0n ? -((-2n * n + d) / (2n * d)) : (2n * n + d) / (2n * d);
}

/** The same value with the smallest terms. Only for showing and keeping, never in a hot path. */
export function reduce(value: Rational): Rational {
  let a = value.n < 0n ? -value.n : value.n;
  let b = value.d;
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 1n ? value : { n: value.n / a, d: value.d / a };
}
