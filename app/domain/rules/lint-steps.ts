import { formatNumber } from '../kernel/money.ts';
import { numberOf } from './conditions.ts';
import type { LintFinding } from './lint-finding.ts';
import { type KnownPrices, highestStepped } from './lint-prices.ts';
import { isEverything } from './lint-selector.ts';
import { isExtremeChange, isExtremeFactor, looksLikeFraction, percentOfFactor } from './lint-slips.ts';
import type { Bounds, Rule, Step } from './rule.ts';
import { onePlusPercent, overMargin } from './steps.ts';

const STEPS = '/transform/steps';

/** What is odd about base and steps of a valid rule. */
export function lintSteps(rule: Rule, known: KnownPrices): LintFinding[] {
  const { transform } = rule;
  const steps = transform.steps ?? [];
  const found: LintFinding[] = [];
  const last = steps.findLastIndex(replaces);
  steps.forEach((step, i) => {
    const at = `${STEPS}/${i}`;
    if (hasNoEffect(step)) {
      found.push({ code: 'step_without_effect', severity: 'warning', pointer: at, message: `Step ${i + 1} changes nothing: ${inWords(step)}.`, advice: 'Give it its value, or take it away.' });
    } else if (i < last) {
      found.push({ code: 'step_replaced', severity: 'warning', pointer: at, message: `Step ${i + 1} (${inWords(step)}) is lost: step ${last + 1} (${inWords(steps[last])}) does not go on from its result.`, advice: `Take it away, or put it behind step ${last + 1}.` });
    } else found.push(...slips(step, at));
  });

  const { line, base } = known;
  if (steps.length > 1 && !found.some(({ code }) => code === 'extreme_step') && !line.ofCost && line.scale.n > 0n && isExtremeChange(line.scale)) {
    found.push({ code: 'extreme_total', severity: 'warning', pointer: STEPS, message: `All steps together change the price by ${percentOfFactor(line.scale)}.`, advice: 'Check that every step is meant; percentages in a row multiply.' });
  }
  if (neverAPrice(rule, known)) {
    found.push({ code: 'never_a_price', severity: 'contradiction', pointer: STEPS, message: 'These steps never give a price above zero, so every variant is blocked.', advice: transform.allowZero === true ? 'Correct the steps.' : 'Correct the steps, or allow a price of zero if that is meant.' });
  }
  const fromBase = !line.ofCost && line.scale.n !== 0n;
  if (transform.base !== undefined && base !== 'price' && !fromBase) {
    found.push({ code: 'base_unused', severity: 'hint', pointer: '/transform/base', message: 'No price is made from this base: a step replaces it. It only decides that variants without it are blocked.', advice: 'Start from the current price.' });
  }
  const setter = steps[last];
  if (setter?.type === 'set' && isEverything(rule.selector)) {
    found.push({ code: 'same_price_for_everything', severity: 'warning', pointer: `${STEPS}/${last}`, message: 'Every variant of the shop gets its price from this one amount.', advice: 'Say which variants are meant.' });
  }
  if (changesNothing(rule, known)) {
    found.push({ code: 'rule_without_effect', severity: 'warning', pointer: '/transform', message: 'This rule leaves every price as it is.', advice: 'Add a step, a limit, a rounding or a change of the compare-at price.' });
  }
  return found;
}

/** Whether a step forgets the running value. */
function replaces({ type, value }: Step): boolean {
  return type === 'set' || type === 'margin' || (type === 'multiply' && numberOf(value).n === 0n) || (type === 'percent' && onePlusPercent(numberOf(value)).n === 0n);
}

function hasNoEffect({ type, value }: Step): boolean {
  const number = numberOf(value);
  return type === 'multiply' ? number.n === number.d : (type === 'percent' || type === 'amount') && number.n === 0n;
}

function slips(step: Step, pointer: string): LintFinding[] {
  const number = numberOf(step.value);
  const extreme = (message: string, advice: string): LintFinding[] => [{ code: 'extreme_step', severity: 'warning', pointer, message, advice }];
  if ((step.type === 'percent' || step.type === 'margin') && looksLikeFraction(number)) {
    const meant = formatNumber({ n: number.n * 100n, d: number.d });
    return [{ code: 'fraction_as_percent', severity: 'warning', pointer, message: `${step.value} % is less than one percent.`, advice: `Percentages are written as such: write ${meant} if ${meant} % was meant.` }];
  }
  if (step.type === 'percent' && isExtremeChange(onePlusPercent(number))) {
    return extreme(`This changes the price by ${step.value} %, to ${formatNumber(onePlusPercent(number))} times what it was.`, 'Check the number.');
  }
  if (step.type === 'multiply' && isExtremeChange(number)) return extreme(`This makes the price ${step.value} times what it was (${percentOfFactor(number)}).`, 'Check the factor: 15 % off is 0.85, not 0.15 or 15.');
  if (step.type === 'margin' && isExtremeFactor(overMargin(number))) return extreme(`A margin of ${step.value} % makes the price ${formatNumber(overMargin(number))} times the cost.`, 'Check the number.');
  return [];
}

const LOWER_LIMITS: readonly (keyof Bounds)[] = ['floor', 'minMarginPercent', 'maxDecreasePercent', 'respectMap'];

/** Whether v is never a price and nothing lifts it. */
function neverAPrice({ transform }: Rule, known: KnownPrices): boolean {
  if (LOWER_LIMITS.some((limit) => transform.bounds?.[limit] !== undefined && transform.bounds[limit] !== false)) return false;
  const highest = highestStepped(known);
  return highest !== null && (highest.n < 0n || (highest.n === 0n && transform.allowZero !== true));
}

function changesNothing({ transform }: Rule, { line, base, grid }: KnownPrices): boolean {
  const { bounds, compareAt } = transform;
  const limited = bounds !== undefined && Object.entries(bounds).some(([key, value]) => key !== 'onViolation' && value !== undefined && value !== false);
  const same = base === 'price' && !line.ofCost && line.offset.n === 0n && line.scale.n === line.scale.d;
  return same && grid === null && !limited && (compareAt === undefined || compareAt.mode === 'keep');
}

function inWords(step: Step | undefined): string {
  switch (step?.type) {
    case 'percent':
      return `${step.value} %`;
    case 'amount':
      return `an amount of ${step.value}`;
    case 'multiply':
      return `times ${step.value}`;
    case 'set':
      return `set to ${step.value}`;
    default:
      return `priced for a margin of ${step?.value ?? ''} %`;
  }
}
