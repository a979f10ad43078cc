import { type Rational, compareRational } from '../kernel/rational.ts';

/** A stretch of numbers; null is without end on that side. */
export interface Interval {
  readonly low: Rational | null;
  /** True where `low` itself does not belong to it. */
  readonly lowOpen: boolean;
  readonly high: Rational | null;
  readonly highOpen: boolean;
}

/** Any set of numbers that conditions can describe: stretches in ascending order that do not touch each other. */
export type NumberSet = readonly Interval[];

export const EVERY_NUMBER: NumberSet = [{ low: null, lowOpen: true, high: null, highOpen: true }];
export const NO_NUMBER: NumberSet = [];

export function points(values: readonly Rational[]): NumberSet {
  const sorted = [...values].sort(compareRational);
  const set: Interval[] = [];
  for (const value of sorted) {
    const last = set.at(-1)?.low;
    if (last === undefined || last === null || compareRational(last, value) !== 0) set.push({ low: value, lowOpen: false, high: value, highOpen: false });
  }
  return set;
}

/** Numbers from `low` to `high`; none where they are the wrong way round. */
export function between(low: Rational | null, lowOpen: boolean, high: Rational | null, highOpen: boolean): NumberSet {
  return isEmpty(low, lowOpen, high, highOpen) ? NO_NUMBER : [{ low, lowOpen, high, highOpen }];
}

export function intersection(a: NumberSet, b: NumberSet): NumberSet {
  const set: Interval[] = [];
  for (let i = 0, j = 0; ; ) {
    const x = a[i];
    const y = b[j];
    if (x === undefined || y === undefined) return set;
    const lower = compareLow(x, y) >= 0 ? x : y;
    const upper = compareHigh(x, y) <= 0 ? x : y;
    if (!isEmpty(lower.low, lower.lowOpen, upper.high, upper.highOpen)) set.push({ low: lower.low, lowOpen: lower.lowOpen, high: upper.high, highOpen: upper.highOpen });
    if (upper === x) i++;
    else j++;
  }
}

export function complement(set: NumberSet): NumberSet {
  const gaps: Interval[] = [];
  let low: Rational | null = null;
  let lowOpen = true;
  for (const stretch of set) {
    if (stretch.low !== null && !isEmpty(low, lowOpen, stretch.low, !stretch.lowOpen)) gaps.push({ low, lowOpen, high: stretch.low, highOpen: !stretch.lowOpen });
    if (stretch.high === null) return gaps;
    low = stretch.high;
    lowOpen = !stretch.highOpen;
  }
  gaps.push({ low, lowOpen, high: null, highOpen: true });
  return gaps;
}

function isEmpty(low: Rational | null, lowOpen: boolean, high: Rational | null, highOpen: boolean): boolean {
  if (low === null || high === null) return false;
  const order = compareRational(low, high);
  return order > 0 || (order === 0 && (lowOpen || highOpen));
}

function compareLow(a: Interval, b: Interval): number {
  if (a.low === null || b.low === null) return a.low === b.low ? 0 : a.low === null ? -1 : 1;
  return compareRational(a.low, b.low) || Number(a.lowOpen) - Number(b.lowOpen);
}

function compareHigh(a: Interval, b: Interval): number {
  if (a.high === null || b.high === null) return a.high === b.high ? 0 : a.high === null ? 1 : -1;
  return compareRational(a.high, b.high) || Number(b.highOpen) - Number(a.highOpen);
}
