import { REFERENCE_DAYS } from './calendar.ts';
import type { ReferenceTrace } from './reference-trace.ts';

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

/** "22 November 2026" of a date as it is stored. */
export function dayWords(day: string): string {
  return `${Number(day.slice(8))} ${MONTHS[Number(day.slice(5, 7)) - 1] ?? ''} ${day.slice(0, 4)}`;
}

/** A stored judgement as a sentence that a merchant understands. Computes nothing again. */
export function referenceSentence(step: ReferenceTrace): string {
  return step.use === 'base' ? baseSentence(step) : strikeThroughSentence(step);
}

function period({ until, reductionSince }: ReferenceTrace): string {
  return reductionSince === null ? `the ${REFERENCE_DAYS} days before the start on ${dayWords(until)}` : `the ${REFERENCE_DAYS} days before the reduction that has run since ${dayWords(reductionSince)}`;
}

function shownOn({ lowest, lowestOn }: ReferenceTrace): string {
  return lowest === null || lowestOn === null ? 'not known' : `${lowest}, shown on ${dayWords(lowestOn)}`;
}

function youngWords({ newOnMarket, daysKnown }: ReferenceTrace): string {
  return newOnMarket ? ` The product came onto the market ${daysKnown === 0 ? 'less than a day' : count(daysKnown)} before, so all of its prices count.` : '';
}

function baseSentence(step: ReferenceTrace): string {
  if (step.decided === 'ok') return `Lowest price of ${period(step)}: ${shownOn(step)}.${youngWords(step)}`;
  return `Not enough history for the lowest price of ${REFERENCE_DAYS} days: ${knownWords(step)}.`;
}

function strikeThroughSentence(step: ReferenceTrace): string {
  switch (step.decided) {
    case 'ok':
      return `The compare-at price ${step.compareAt} is not above the lowest price of ${period(step)} (${shownOn(step)}).${youngWords(step)}`;
    case 'reference_above_lowest30':
      return `Warning: the compare-at price ${step.compareAt} is above the lowest price of ${period(step)} (${shownOn(step)}), so showing it struck through would be unlawful in the EU. ${laterWords(step)}`;
    case 'insufficient_history':
      return `Warning: not enough history to say whether the compare-at price ${step.compareAt} is lawful in the EU: ${knownWords(step)}. ${laterWords(step)}`;
  }
}

function laterWords({ earliest }: ReferenceTrace): string {
  if (earliest === null) return 'No later start makes it lawful while the price stays as it is.';
  return `The earliest lawful start is ${dayWords(earliest)}, if the price stays as it is until then.`;
}

function knownWords({ knownSince, daysKnown }: ReferenceTrace): string {
  return knownSince === null ? 'no price of this time is known' : `prices are known for ${count(daysKnown)}, since ${dayWords(knownSince)}`;
}

function count(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}
