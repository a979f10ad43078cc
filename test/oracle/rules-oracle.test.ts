import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CurrencyCode } from '../../app/domain/kernel/currency.ts';
import { decimalsOf } from '../../app/domain/kernel/currency.ts';
import { formatMinorUnits } from '../../app/domain/kernel/money.ts';
import { compileRule } from '../../app/domain/rules/compile.ts';
import { evaluateItems } from '../../app/domain/rules/evaluate-items.ts';
import { Findings } from '../../app/domain/rules/findings.ts';
import { readItems } from '../../app/domain/rules/read-items.ts';
import type { Rule } from '../../app/domain/rules/rule.ts';
import { item, rule } from './arbitrary-rules.ts';
import { oracle } from './rules-oracle.ts';

const RUNS = Number(process.env.ORACLE_RUNS ?? 500);
const CURRENCIES: readonly [CurrencyCode, number][] = [['USD', 2], ['JPY', 0], ['KWD', 3], ['CLF', 4]];

describe('the engine against an independent implementation of the rules', () => {
  /** Rows by the end they came to, of all currencies. */
  const seen: Record<string, number> = {};
  for (const [currency, decimals] of CURRENCIES) {
    it(`agrees on outcome, reason, price, compare-at and warnings in ${currency}`, () => {
      expect(decimalsOf(currency)).toBe(decimals);
      fc.assert(
        fc.property(rule(decimals), fc.array(item(decimals), { minLength: 1, maxLength: 12 }), (someRule, items) => {
          const body = { rule: someRule, currencyCode: currency, items };
          const answer = evaluateItems(body);
          if (!answer.ok) throw new Error(JSON.stringify(answer.error));
          const findings = new Findings();
          const facts = readItems(items, '/items', currency, findings);
          const compiled = compileRule(someRule as Rule, currency);
          answer.value.results.forEach((result, i) => {
            const { outcome, reason, price, compareAtPrice, warnings } = result;
            const expected = oracle(someRule, decimals, items[i]);
            expect({ outcome, reason: reason ?? null, price: price ?? null, compareAtPrice: compareAtPrice ?? null, warnings: [...warnings] }).toEqual(expected);
            // The way without trace, which uses whole numbers where it can, says the same.
            const fact = facts[i];
            if (fact === undefined) throw new Error('as many facts as items');
            const quick = compiled.evaluate(fact, { trace: false });
            const text = (minor: bigint | null): string | null => (minor === null ? null : formatMinorUnits(minor, currency));
            expect({ outcome: quick.outcome, reason: quick.reason, price: text(quick.price), compareAtPrice: text(quick.compareAtPrice), warnings: [...quick.warnings] }).toEqual(expected);
            const kind = reason ?? outcome;
            seen[kind] = (seen[kind] ?? 0) + 1;
          });
        }),
        { numRuns: RUNS },
      );
    }, 120_000);
  }

  it('was compared on every end a row can come to', () => {
    // Of a few hundred rules one alone may miss the rarest of them: the currencies together do not.
    for (const kind of ['planned', 'unchanged', 'notSelected', 'base_missing', 'cost_missing', 'bounds_conflict', 'bound_violated', 'negative_price', 'zero_price', 'no_price_in_bounds']) {
      expect(seen[kind] ?? 0, kind).toBeGreaterThan(0);
    }
  });
});
