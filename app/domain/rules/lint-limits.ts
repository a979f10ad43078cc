import { formatMinorUnits } from '../kernel/money.ts';
import { type Rational, compareRational, multiplyRational } from '../kernel/rational.ts';
import { numberOf } from './conditions.ts';
import type { LintFinding } from './lint-finding.ts';
import { type KnownPrices, highestStepped, isBelow, roundingReach, subtract, whole } from './lint-prices.ts';
import { isExtremeFactor, looksLikeFraction, percentOfFactor } from './lint-slips.ts';
import type { Bounds, Rule } from './rule.ts';
import { onePlusPercent, overMargin } from './steps.ts';

type Percentage = 'minMarginPercent' | 'maxDecreasePercent' | 'maxIncreasePercent';
const PERCENTAGES: readonly Percentage[] = ['minMarginPercent', 'maxDecreasePercent', 'maxIncreasePercent'];
const LIMITS: readonly (keyof Bounds)[] = ['floor', 'ceiling', ...PERCENTAGES];
const NAMES: Readonly<Partial<Record<keyof Bounds, string>>> = {
  floor: 'The lowest price', ceiling: 'The highest price', minMarginPercent: 'The smallest margin', maxDecreasePercent: 'The largest decrease', maxIncreasePercent: 'The largest increase',
};
const at = (limit: keyof Bounds): string => `/transform/bounds/${limit}`;
const ONE: Rational = { n: 1n, d: 1n };

/** What is odd about the limits of a valid rule. */
export function lintLimits({ transform }: Rule, known: KnownPrices): LintFinding[] {
  const { bounds } = transform;
  if (bounds === undefined) return [];
  const found: LintFinding[] = [];
  const { floor, ceiling } = known;
  const zeroAllowed = transform.allowZero === true;
  const down = bounds.maxDecreasePercent === undefined ? null : onePlusPercent(negative(numberOf(bounds.maxDecreasePercent)));
  const up = bounds.maxIncreasePercent === undefined ? null : onePlusPercent(numberOf(bounds.maxIncreasePercent));

  for (const limit of PERCENTAGES) {
    const text = bounds[limit];
    if (text === undefined) continue;
    if (looksLikeFraction(numberOf(text))) found.push({ code: 'fraction_as_percent', severity: 'warning', pointer: at(limit), message: `${NAMES[limit]} is ${text} %, less than one percent.`, advice: 'Percentages are written as such: a fifth is 20, not 0.2.' });
  }
  if (bounds.minMarginPercent !== undefined && isExtremeFactor(overMargin(numberOf(bounds.minMarginPercent)))) {
    found.push({ code: 'extreme_limit', severity: 'warning', pointer: at('minMarginPercent'), message: `A margin of ${bounds.minMarginPercent} % is ten times the cost or more.`, advice: 'Check the number.' });
  }
  if (floor !== null && ceiling !== null && floor > ceiling) {
    found.push(excluding('floor', 'The lowest price is above the highest, so every variant is blocked.'));
  } else if (!zeroAllowed && down !== null && up !== null && compareRational(down, up) > 0) {
    found.push(excluding('maxDecreasePercent', 'Largest decrease and largest increase leave no price between them, so every variant is blocked.'));
  } else if (down !== null && up !== null && compareRational(down, ONE) === 0 && compareRational(up, ONE) === 0) {
    found.push({ code: 'price_cannot_move', severity: 'warning', pointer: at('maxDecreasePercent'), message: 'Neither a decrease nor an increase is allowed: every price stays what it is.', advice: 'Allow one of them.' });
  }
  const positive = (limit: keyof Bounds, highest: Rational): void => {
    if (highest.n < 0n || (highest.n === 0n && !zeroAllowed)) found.push({ code: 'limit_not_positive', severity: 'contradiction', pointer: at(limit), message: `${NAMES[limit]} leaves no price above zero, so every variant is blocked.`, advice: 'Correct it.' });
  };
  if (ceiling !== null) positive('ceiling', whole(ceiling));
  if (up !== null && !zeroAllowed) positive('maxIncreasePercent', up);
  if (floor !== null && floor <= 0n && !zeroAllowed) found.push(withoutEffect('floor', 'No price is below it anyway.'));
  if (down !== null && down.n <= 0n && !zeroAllowed) found.push(withoutEffect('maxDecreasePercent', 'No price falls by more than all of it.'));
  if (down !== null && compareRational(down, ONE) > 0) found.push(forcing('maxDecreasePercent', 'A largest decrease below zero makes every price rise.'));
  if (up !== null && up.n > 0n && isBelow(up, ONE)) found.push(forcing('maxIncreasePercent', 'A largest increase below zero makes every price fall.'));
  if (bounds.onViolation !== undefined && bounds.respectMap !== true && LIMITS.every((limit) => bounds[limit] === undefined)) {
    found.push({ code: 'violation_without_limit', severity: 'hint', pointer: at('onViolation'), message: 'There is no limit that a price could be outside of.', advice: 'Add a limit, or take this away.' });
  }
  if (!found.some(({ severity }) => severity === 'contradiction')) found.push(...againstSteps(bounds, known, zeroAllowed, down, up));
  return found;
}

/** Limits that always decide the price, or never do. */
function againstSteps(bounds: Bounds, known: KnownPrices, zeroAllowed: boolean, down: Rational | null, up: Rational | null): LintFinding[] {
  const found: LintFinding[] = [];
  const { floor, ceiling, stepped, factorOfPrice, factorOfCost, current, currency, grid } = known;
  const blocks = bounds.onViolation === 'block';
  const always = (limit: keyof Bounds, message: string): void => {
    found.push(blocks
      ? { code: 'always_blocked', severity: 'contradiction', pointer: at(limit), message: `${message} Prices outside of a limit are blocked, so every variant is.`, advice: 'Correct the limit or the steps, or let prices move to the limit.' }
      : { code: 'limit_always_decides', severity: 'warning', pointer: at(limit), message: `${message} So the limits decide every price, and the steps none.`, advice: 'Correct the limit or the steps.' });
  };
  const never = (limit: keyof Bounds, message: string): void => {
    found.push({ code: 'limit_never_reached', severity: 'hint', pointer: at(limit), message: `${message} This limit is never reached.`, advice: 'Keep it as a safety net, or correct it if it was meant to decide.' });
  };
  const reach = roundingReach(known);
  const highest = highestStepped(known);
  const low = stepped?.low ?? null;
  // A limit of one side is idle only where none of the other side moves prices across it.
  const staysAbove = (limit: Rational | null): boolean =>
    (up === null || (factorOfPrice !== null && !isBelow(up, factorOfPrice))) && (ceiling === null || (limit !== null && !isBelow(subtract(whole(ceiling), reach), limit)));
  const staysBelow = (limit: Rational | null): boolean =>
    bounds.minMarginPercent === undefined && bounds.respectMap !== true && (down === null || (factorOfPrice !== null && !isBelow(factorOfPrice, down))) &&
    (floor === null || (limit !== null && !isBelow(subtract(limit, reach), whole(floor))));
  if (floor !== null && highest !== null && isBelow(highest, whole(floor))) always('floor', `After the steps no price is ${formatMinorUnits(floor, currency)} or more.`);
  else if (floor !== null && floor > 0n && low !== null && staysAbove(whole(floor)) && !isBelow(subtract(low, reach), whole(floor))) never('floor', 'After the steps every price is above it.');
  if (ceiling !== null && low !== null && isBelow(whole(ceiling), low)) always('ceiling', `After the steps every price is above ${formatMinorUnits(ceiling, currency)}.`);
  else if (ceiling !== null && highest !== null && staysBelow(whole(ceiling)) && !isBelow(subtract(whole(ceiling), reach), highest)) never('ceiling', 'After the steps every price is below it.');

  if (factorOfPrice !== null) {
    const change = percentOfFactor(factorOfPrice);
    // How much room a percentage leaves for rounding depends on the price; without a grid it is less than a minor unit. Where limits
    // block, a whole minor unit is needed: the limit itself is rounded inwards, and a price between the two is outside of it.
    const needed = blocks && isBelow(reach, ONE) ? ONE : reach;
    const clear = (room: Rational): boolean => room.n > 0n && ((grid === null && !blocks) || !isBelow(multiplyRational(room, current.low), needed));
    if (down !== null && isBelow(factorOfPrice, down) && !zeroAllowed) always('maxDecreasePercent', `The steps change every price by ${change}, more than the largest decrease of ${bounds.maxDecreasePercent} %.`);
    else if (down !== null && down.n > 0n && staysAbove(current.high && multiplyRational(current.high, down)) && clear(subtract(factorOfPrice, down))) never('maxDecreasePercent', `The steps change every price by ${change}.`);
    if (up !== null && isBelow(up, factorOfPrice) && !zeroAllowed) always('maxIncreasePercent', `The steps change every price by ${change}, more than the largest increase of ${bounds.maxIncreasePercent} %.`);
    else if (up !== null && staysBelow(multiplyRational(current.low, up)) && clear(subtract(up, factorOfPrice))) never('maxIncreasePercent', `The steps change every price by ${change}.`);
  }
  const least = bounds.minMarginPercent === undefined ? null : overMargin(numberOf(bounds.minMarginPercent));
  if (factorOfCost !== null && least !== null) {
    if (isBelow(factorOfCost, least)) {
      if (!zeroAllowed) always('minMarginPercent', `The steps put ${percentOfFactor(factorOfCost)} on the cost, less than a margin of ${bounds.minMarginPercent} % needs.`);
    // A limit that blocks is rounded up to a minor unit first, and how low a cost may be is not known.
    } else if (grid === null && !blocks && staysAbove(null)) never('minMarginPercent', 'The steps leave a margin at least as large.');
  }
  return found;
}

function excluding(limit: keyof Bounds, message: string): LintFinding {
  return { code: 'limits_exclude_each_other', severity: 'contradiction', pointer: at(limit), message, advice: 'Correct one of the two.' };
}

function withoutEffect(limit: keyof Bounds, message: string): LintFinding {
  return { code: 'limit_without_effect', severity: 'hint', pointer: at(limit), message, advice: 'Take the limit away, or correct it.' };
}

function forcing(limit: keyof Bounds, message: string): LintFinding {
  return { code: 'limit_forces_change', severity: 'warning', pointer: at(limit), message, advice: 'Write it without the minus.' };
}

function negative({ n, d }: Rational): Rational {
  return { n: -n, d };
}
