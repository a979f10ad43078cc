import { type Rational, compareRational, floorDivide, rational } from '../kernel/rational.ts';
import { type Amount, type Facts, isSafe, toRational } from './facts.ts';

/** Negative, zero or positive as the row's value is below, equal to or above the one compiled in; NaN where it is missing. */
export type Compare = (facts: Facts) => number;

/** Compares an amount with a constant of the same unit. Whole numbers, the usual row, never leave number arithmetic. */
export function compareAmount(read: (facts: Facts) => Amount | null, constant: Rational): Compare {
  const floor = floorDivide(constant.n, constant.d);
  if (!isSafe(floor)) return exactly(read, constant);
  const whole = Number(floor);
  const between = floor * constant.d !== constant.n;
  return (facts) => {
    const value = read(facts);
    if (typeof value !== 'number') return value === null ? Number.NaN : compareRational(value, constant);
    // The constant lies between two whole numbers: no whole number equals it.
    return between ? (value <= whole ? -1 : 1) : value - whole;
  };
}

function exactly(read: (facts: Facts) => Amount | null, constant: Rational): Compare {
  return (facts) => {
    const value = read(facts);
    return value === null ? Number.NaN : compareRational(toRational(value), constant);
  };
}

export function compareTime(read: (facts: Facts) => number | null, instant: number): Compare {
  return (facts) => {
    const value = read(facts);
    return value === null ? Number.NaN : value - instant;
  };
}

/** (O − K) / O · 100, null without price or cost or with price 0. */
export function marginPercent(facts: Facts): Rational | null {
  const { price, cost } = facts;
  if (price === null || cost === null) return null;
  const o = toRational(price);
  const k = toRational(cost);
  if (o.n === 0n) return null;
  return rational(100n * (o.n * k.d - k.n * o.d), o.n * k.d);
}

/** Compares the margin with a percentage: 100·(O − K)·d against n·O, both as numbers where all of it stays exact. */
export function compareMargin(percent: Rational): Compare {
  const small = isSafe(percent.n) && isSafe(percent.d);
  const n = small ? Number(percent.n) : 0;
  const d = small ? Number(percent.d) : 0;
  return (facts) => {
    const { price, cost } = facts;
    if (price === null || cost === null || price === 0) return Number.NaN;
    if (small && typeof price === 'number' && typeof cost === 'number') {
      const left = 100 * (price - cost) * d;
      const right = n * price;
      if (Math.abs(left) <= Number.MAX_SAFE_INTEGER && Math.abs(right) <= Number.MAX_SAFE_INTEGER) {
        return price > 0 ? left - right : right - left;
      }
    }
    const margin = marginPercent(facts);
    return margin === null ? Number.NaN : compareRational(margin, percent);
  };
}
