import { type Rational, compareRational } from '../kernel/rational.ts';

/** Numbers that are more often slips than meant. */
const ONE: Rational = { n: 1n, d: 1n };

/** True for a percentage that looks as if a fraction was written: 0.2 for 20 %. */
export function looksLikeFraction(percent: Rational): boolean {
  const size = { n: percent.n < 0n ? -percent.n : percent.n, d: percent.d };
  return size.n !== 0n && compareRational(size, ONE) < 0;
}

/** True for a factor on a price that leaves a fifth or less, or makes it five times as much or more: what every plan warns of as an extreme change. */
export function isExtremeChange(factor: Rational): boolean {
  return factor.n * 5n <= factor.d || factor.n >= 5n * factor.d;
}

/** True for a factor that takes 90 % or more away, or makes it ten times as much or more. */
export function isExtremeFactor(factor: Rational): boolean {
  return factor.n * 10n <= factor.d || factor.n >= 10n * factor.d;
}

/** A factor in words: `times 0.05`, `20 times as much`. */
export function percentOfFactor(factor: Rational): string {
  const tenths = Number((factor.n * 1000n) / factor.d) - 1000;
  return `${tenths > 0 ? '+' : tenths < 0 ? '−' : ''}${Math.abs(tenths) / 10} %`;
}
