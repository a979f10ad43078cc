import type { CurrencyCode } from '../kernel/currency.ts';
import type { Facts } from './facts.ts';
import type { Rule, Selector } from './rule.ts';
import { compileSelector } from './select.ts';
import type { TraceStep } from './trace.ts';
import { compileExactTransform } from './transform-exact.ts';
import { compileQuickTransform, quickOutcome, verdictOf } from './transform-quick.ts';
import type { QuickOutcome } from './transform-quick.ts';
import { compileWrittenTransform } from './transform-written.ts';
import type { WrittenVerdict } from './transform-written.ts';
import { NO_WARNINGS, type Verdict } from './verdict.ts';

/** A rule made into closures for one currency: nothing of it is interpreted again per row. */
export interface CompiledRule {
  readonly currency: CurrencyCode;
  readonly selects: (facts: Facts) => boolean;
  /** What the rule says about the row. `trace: false` leaves the trace out (null), for counting and live previews. */
  readonly evaluate: (facts: Facts, options?: { readonly trace?: boolean }) => Verdict;
  /** The same without trace of a row that is known to be selected; only the amounts of its facts are read. */
  readonly price: (facts: Facts) => Verdict;
  /** As `price`, into an object of the caller's; false for the few rows that it does not do. For counting many rows. */
  readonly count: (facts: Facts, into: QuickOutcome) => boolean;
  /**
   * What the rule says about the row, with its trace as the text that is stored. Null for the few rows that it does not do, and for
   * those that are not selected: `evaluate` knows about them.
   */
  readonly write: (facts: Facts) => WrittenVerdict | null;
}

const NOT_SELECTED: Verdict = Object.freeze({
  outcome: 'notSelected', reason: null, price: null, compareAtPrice: null, warnings: NO_WARNINGS, trace: null,
});

/** Compiles a rule that `validateRule` accepted for the same currency; anything else may throw here or while evaluating. */
export function compileRule(rule: Rule, currency: CurrencyCode): CompiledRule {
  const selector = compileSelector(rule.selector, currency);
  const exact = compileExactTransform(rule.transform, currency);
  const written = compileWrittenTransform(rule.transform, currency);
  const quick = compileQuickTransform(rule.transform, currency) ?? ((): boolean => false);
  const outcome = quickOutcome();

  const traced = (facts: Facts): Verdict => {
    const record: TraceStep[] = [];
    if (selector.explain(facts, record as never[])) return exact(facts, record);
    record.push({ code: 'outcome', outcome: 'notSelected', reason: null, price: null, compareAtPrice: null, wasPrice: null, wasCompareAtPrice: null });
    return { ...NOT_SELECTED, trace: record };
  };

  const price = (facts: Facts): Verdict => (quick(facts, outcome) ? verdictOf(outcome) : exact(facts, null));

  return {
    currency,
    price,
    count: quick,
    selects: selector.test,
    write: (facts) => {
      const conditions = written === null ? null : selector.write(facts);
      return conditions === null ? null : written!(facts, conditions);
    },
    evaluate: (facts, options) => {
      if (options?.trace !== false) return traced(facts);
      if (!selector.test(facts)) return NOT_SELECTED;
      return price(facts);
    },
  };
}

/** The fields that a rule's selector reads, sorted: what a query has to fetch beside the amounts of the transform. */
export function selectorFields(selector: Selector): readonly string[] {
  const found = new Set<string>();
  const open: Selector[] = [selector];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if ('all' in node) open.push(...node.all);
    else if ('any' in node) open.push(...node.any);
    else if ('not' in node) open.push(node.not);
    else found.add(node.field);
  }
  return [...found].sort();
}
