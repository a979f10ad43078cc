import type { CurrencyCode } from '../kernel/currency.ts';
import { inMinorUnits } from '../kernel/money.ts';
import { type Rational, addRational, multiplyRational, rational } from '../kernel/rational.ts';
import { numberOf } from './conditions.ts';
import type { Step } from './rule.ts';

/**
 * A step as the line v → scale·x + offset, in minor units, where x is the running value, or the cost where `ofCost`.
 * Every step of the language is one, so any list of steps is one too.
 */
export interface Line {
  readonly scale: Rational;
  readonly offset: Rational;
  readonly ofCost: boolean;
}

const ZERO = rational(0n);
const ONE = rational(1n);

/** One valid step as a line. */
export function lineOf(step: Step, currency: CurrencyCode): Line {
  const value = numberOf(step.value);
  switch (step.type) {
    case 'percent':
      return { scale: onePlusPercent(value), offset: ZERO, ofCost: false };
    case 'amount':
      return { scale: ONE, offset: inMinorUnits(value, currency), ofCost: false };
    case 'multiply':
      return { scale: value, offset: ZERO, ofCost: false };
    case 'set':
      return { scale: ZERO, offset: inMinorUnits(value, currency), ofCost: false };
    case 'margin':
      return { scale: overMargin(value), offset: ZERO, ofCost: true };
  }
}

/** The line that does what all of them do, one after the other. */
export function composeLines(lines: readonly Line[]): Line {
  let total: Line = { scale: ONE, offset: ZERO, ofCost: false };
  for (const line of lines) {
    // A margin forgets what was before it, and so does a set by its scale of 0.
    total = line.ofCost ? line : {
      scale: multiplyRational(total.scale, line.scale),
      offset: addRational(multiplyRational(total.offset, line.scale), line.offset),
      ofCost: total.ofCost,
    };
  }
  return total;
}

export function alongLine(line: Line, x: Rational): Rational {
  return addRational(multiplyRational(x, line.scale), line.offset);
}

/** 1 + p/100 */
export function onePlusPercent(percent: Rational): Rational {
  return { n: 100n * percent.d + percent.n, d: 100n * percent.d };
}

/** 1 / (1 − m/100), for m < 100 */
export function overMargin(percent: Rational): Rational {
  return rational(100n * percent.d, 100n * percent.d - percent.n);
}
