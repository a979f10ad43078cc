import { type CurrencyCode, decimalsOf } from '../kernel/currency.ts';
import { parseExact, powerOfTen } from '../kernel/money.ts';
import { floorDivide } from '../kernel/rational.ts';
import { GUARD_REASON_WORDS, guardChain, guardSentence } from '../policies/render-guard.ts';
import type { MarketReason } from '../catalog/price-list.ts';
import type { GuardReason } from '../policies/guard-codes.ts';
import { referenceSentence } from '../reference-prices/render-reference.ts';
import { conditionSentence } from './render-condition.ts';
import type { BaseName, StepType } from './rule.ts';
import type { LimitName, Trace, TraceStep } from './trace.ts';
import type { BlockReason, WarningCode } from './verdict.ts';

/**
 * A stored trace as sentences that a merchant understands, starting with the one that matters:
 * "Price 24.00 → 15 % off = 20.40 → nearest price ending in .99 inside 5.00–100.00 = 19.99." Computes nothing again.
 */
export function renderTrace(trace: Trace, currency: CurrencyCode): string {
  const show = (text: string): string => shown(text, currency);
  const outcome = trace.find((step) => step.code === 'outcome');
  const conditions = trace.filter((step) => step.code === 'condition').map(conditionSentence);
  const because = conditions.length > 0 ? `: ${conditions.join('; ')}` : '';
  if (outcome === undefined || outcome.outcome === 'notSelected') return `Not selected${because}.`;
  const sentences = [chain(trace, show)];
  for (const step of trace) {
    const sentence = detail(step, show);
    if (sentence !== null) sentences.push(sentence);
  }
  sentences.push(`Selected${because === '' ? ': the rule takes every variant' : because}.`);
  return sentences.join(' ');
}

const BASE_WORDS: Readonly<Record<BaseName, string>> = {
  price: 'Price', compareAtPrice: 'Compare-at price', cost: 'Cost', baseline: 'Baseline price', 'competitor.lowest': 'Lowest competitor price',
  'competitor.median': 'Median competitor price', 'competitor.highest': 'Highest competitor price', lowest30Days: 'Lowest price of 30 days',
};

const REASON_WORDS: Readonly<Record<BlockReason | GuardReason | MarketReason, string>> = {
  ...GUARD_REASON_WORDS,
  base_missing: 'the price to start from is missing',
  cost_missing: 'the rule needs the unit cost, and there is none',
  bounds_conflict: 'the lowest allowed price is above the highest',
  bound_violated: 'the price is outside its bounds, and the rule says to leave such prices alone',
  negative_price: 'the price would be negative',
  zero_price: 'the price would be zero, which the rule does not allow',
  no_price_in_bounds: 'no price of that ending lies inside the bounds',
  cost_currency_differs: 'the unit cost it needs is kept in another currency than this market’s prices, and the two cannot be compared',
  map_price_currency_differs: 'the minimum advertised price is kept in another currency than this market’s prices, and the two cannot be compared',
};

type Show = (text: string) => string;

function chain(trace: Trace, show: Show): string {
  const parts: string[] = [];
  let range = '';
  for (const step of trace) {
    switch (step.code) {
      case 'base':
        parts.push(`${BASE_WORDS[step.from]} ${step.value === null ? 'missing' : show(step.value)}`);
        break;
      case 'step':
        parts.push(`${stepWords(step.type, step.by, step.cost === null ? null : show(step.cost), show)} = ${show(step.to)}`);
        break;
      case 'bounds':
        range = rangeWords(step.lower, step.upper);
        if (step.decided !== null && step.from !== step.to) parts.push(`${movedWords(step.decided, step.decided === step.lowerBy)} = ${show(step.to)}`);
        break;
      case 'minorUnit':
        if (step.from !== step.to) parts.push(`rounded = ${step.to}`);
        break;
      case 'grid': {
        const word = { nearest: 'nearest', up: 'next higher', down: 'next lower' }[step.direction];
        const grid = `${word} price ${gridWords(step.ending, step.every)}${range === '' ? '' : ` inside ${range}`}`;
        parts.push(step.to === null ? `${grid}: none` : `${grid} = ${step.to}`);
        break;
      }
      case 'guard': {
        const held = guardChain(step);
        if (held !== null) parts.push(held);
        break;
      }
      case 'outcome':
        if (step.outcome === 'blocked' && step.reason !== null) parts.push(`blocked: ${REASON_WORDS[step.reason]}`);
        if (step.outcome === 'unchanged') parts.push('as it is already');
        break;
    }
  }
  return `${parts.join(' → ')}.`;
}

function detail(step: TraceStep, show: Show): string | null {
  switch (step.code) {
    case 'limit':
      return `${LIMIT_WORDS[step.name]}: ${limitReason(step.by, step.of, show)}${step.exact === step.value ? '' : `${show(step.exact)}, rounded ${step.side === 'lower' ? 'up' : 'down'} to `}${step.value}.`;
    case 'bounds': {
      if (step.decided !== null) return `What decided: ${LIMIT_WORDS[step.decided].toLowerCase()}; ${show(step.from)} is ${step.decided === step.lowerBy ? 'below' : 'above'} it.`;
      return null;
    }
    case 'grid': {
      const weighed = step.candidates.map(({ price, away, inside }) => `${price} (${show(away)} away${inside ? '' : ', outside the bounds'})`);
      return weighed.length === 0 ? null : `Weighed: ${weighed.join(', ')}.`;
    }
    case 'compareAt':
      return compareAtWords(step, show);
    case 'guard':
      return guardSentence(step);
    case 'reference':
      return referenceSentence(step);
    case 'warning':
      return `${warningWords(step.warning, step.price, show(step.other))}.`;
    default:
      return null;
  }
}

function stepWords(type: StepType, by: string, cost: string | null, show: Show): string {
  const negative = by.startsWith('-');
  const size = negative ? by.slice(1) : by;
  switch (type) {
    case 'percent':
      return negative ? `${size} % off` : `${size} % more`;
    case 'amount':
      return negative ? `${show(size)} less` : `${show(size)} more`;
    case 'multiply':
      return `times ${by}`;
    case 'set':
      return 'set to';
    case 'margin':
      return `margin of ${by} % over cost ${cost ?? ''}`;
  }
}

function movedWords(name: LimitName, lower: boolean): string {
  return `${lower ? 'raised' : 'lowered'} to the ${LIMIT_WORDS[name].toLowerCase()}`;
}

const LIMIT_WORDS: Readonly<Record<LimitName, string>> = {
  floor: 'Floor', minMarginPercent: 'Least margin', maxDecreasePercent: 'Largest decrease', mapPrice: 'Minimum advertised price',
  ceiling: 'Ceiling', maxIncreasePercent: 'Largest increase',
};

function limitReason(by: string | null, of: string | null, show: Show): string {
  return by === null || of === null ? '' : `${by} % on ${show(of)} is `;
}

function rangeWords(lower: string | null, upper: string | null): string {
  if (lower !== null && upper !== null) return `${lower}–${upper}`;
  return lower !== null ? `${lower} and above` : upper !== null ? `${upper} and below` : '';
}

/** ".99" for endings within one unit, "80 (every 100)" otherwise. */
function gridWords(ending: string, every: string): string {
  const whole = parseExact(every);
  if (parseExact(ending)?.n === 0n) return `that is a multiple of ${every}`;
  if (whole !== null && whole.n === whole.d && ending.startsWith('0.')) return `ending in ${ending.slice(1)}`;
  return `ending in ${ending} every ${every}`;
}

function compareAtWords(step: Extract<TraceStep, { code: 'compareAt' }>, show: Show): string {
  const to = step.to === null ? 'none' : show(step.to);
  switch (step.mode) {
    case 'keep':
      return `Compare-at price stays ${to}.`;
    case 'clear':
      return 'Compare-at price is taken away.';
    case 'set':
      return `Compare-at price is set to ${to}.`;
    case 'sale': {
      const reference = step.reference === null ? '' : show(step.reference);
      return step.to === null ? `No compare-at price: the new price is not below ${reference}.` : `Compare-at price ${reference}: the new price is below it.`;
    }
  }
}

function warningWords(warning: WarningCode | 'extreme_change', price: string, other: string): string {
  if (warning === 'extreme_change') return `Warning: ${price} is a fifth of ${other} or less, or five times it or more; look twice that this is meant`;
  return warning === 'below_cost' ? `Warning: ${price} is below the cost ${other}` : `Warning: the compare-at price ${other} is not above ${price}`;
}

/** An exact amount for reading: at most four decimals beyond the currency's, the rest as "…". */
function shown(text: string, currency: CurrencyCode): string {
  const most = decimalsOf(currency) + 4;
  if (!text.includes('/')) {
    const point = text.indexOf('.');
    if (point < 0) return parseExact(text) === null ? text : decimalsOf(currency) > 0 ? `${text}.${'0'.repeat(decimalsOf(currency))}` : text;
    const decimals = text.length - point - 1;
    if (decimals <= most) return text.padEnd(point + 1 + decimalsOf(currency), '0');
    return `${text.slice(0, point + 1 + most)}…`;
  }
  const value = parseExact(text);
  if (value === null) return text;
  const negative = value.n < 0n;
  const scaled = floorDivide((negative ? -value.n : value.n) * powerOfTen(most), value.d).toString().padStart(most + 1, '0');
  return `${negative ? '-' : ''}${scaled.slice(0, -most)}.${scaled.slice(-most)}…`;
}
