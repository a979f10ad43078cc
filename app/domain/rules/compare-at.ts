import type { CurrencyCode } from '../kernel/currency.ts';
import { formatExact, inMinorUnits } from '../kernel/money.ts';
import { type Rational, compareRational, roundHalfAwayFromZero } from '../kernel/rational.ts';
import { numberOf } from './conditions.ts';
import type { CompareAt } from './rule.ts';
import type { TraceStep } from './trace.ts';

/** A from the new price P and the row's O and C, in minor units. */
export type CompareAtOf = (price: bigint, o: Rational, c: Rational | null, record: TraceStep[] | null) => Rational | null;

/** What a `set` compare-at is in minor units: a price like any other, so rounded half away from zero to the currency's decimals. */
export function setCompareAt(value: string, currency: CurrencyCode): bigint {
  const minor = inMinorUnits(numberOf(value), currency);
  return roundHalfAwayFromZero(minor.n, minor.d);
}

/** Compiles a valid compareAt. */
export function compileCompareAt(compareAt: CompareAt | undefined, currency: CurrencyCode): CompareAtOf {
  const mode = compareAt?.mode ?? 'keep';
  const fixed = compareAt?.mode === 'set' ? { n: setCompareAt(compareAt.value, currency), d: 1n } : null;
  return (price, o, c, record) => {
    let reference: Rational | null = null;
    let to: Rational | null;
    if (mode === 'keep') to = c;
    else if (mode === 'sale') {
      reference = c !== null && compareRational(c, o) > 0 ? c : o;
      to = price * reference.d < reference.n ? reference : null;
    } else to = fixed;
    const text = (value: Rational | null): string | null => (value === null ? null : formatExact(value, currency));
    record?.push({ code: 'compareAt', mode, current: text(c), reference: text(reference), to: text(to) });
    return to;
  };
}
