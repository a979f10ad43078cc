/** What lint says of a rule is so: contradictions are none by mistake, and what has no effect can be taken away. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRule } from '../../app/domain/rules/compile.ts';
import { type Facts, makeFacts } from '../../app/domain/rules/facts.ts';
import { Findings } from '../../app/domain/rules/findings.ts';
import type { LintFinding } from '../../app/domain/rules/lint-finding.ts';
import { lintRule } from '../../app/domain/rules/lint.ts';
import { readItems } from '../../app/domain/rules/read-items.ts';
import type { Rule, Selector } from '../../app/domain/rules/rule.ts';
import { validateRule } from '../../app/domain/rules/validate.ts';
import { item, rule, transform } from './arbitrary-rules.ts';

const text = fc.constantFrom('a', 'ab', 'abc', 'b', 'bc', 'c', '', 'x', 'A ');
const amount = fc.constantFrom('0', '1', '2', '3', '5', '10', '-1', '2.5');
/** Conditions on a few fields with a few values, so that they often exclude or imply each other. */
const near: fc.Arbitrary<Selector> = fc.oneof(
  fc.record({ field: fc.constantFrom('variant.price', 'variant.inventoryQuantity', 'variant.marginPercent'), op: fc.constantFrom('eq', 'neq', 'gt', 'gte', 'lt', 'lte'), value: amount }),
  fc.record({ field: fc.constantFrom('variant.price', 'variant.cost'), op: fc.constantFrom('in', 'notIn'), value: fc.array(amount, { maxLength: 3 }) }),
  fc.record({ field: fc.constantFrom('variant.price', 'variant.inventoryQuantity'), op: fc.constant('between'), value: fc.tuple(amount, amount) }),
  fc.record({ field: fc.constantFrom('variant.sku', 'product.status'), op: fc.constantFrom('eq', 'neq', 'contains', 'notContains', 'startsWith', 'endsWith'), value: text }),
  fc.record({ field: fc.constant('variant.sku'), op: fc.constantFrom('in', 'notIn'), value: fc.array(text, { maxLength: 3 }) }),
  fc.record({ field: fc.constant('product.tags'), op: fc.constantFrom('contains', 'notContains'), value: text }),
  fc.record({ field: fc.constant('product.createdAt'), op: fc.constantFrom('gt', 'lte', 'eq'), value: fc.constantFrom('2026-01-01', '2026-01-02') }),
  fc.record({ field: fc.constantFrom('variant.sku', 'product.tags', 'variant.price', 'variant.cost', 'product.createdAt'), op: fc.constantFrom('isSet', 'isNotSet') }),
) as fc.Arbitrary<Selector>;
const tree = fc.letrec<{ node: Selector }>((tie) => ({
  node: fc.oneof({ maxDepth: 3 }, { weight: 3, arbitrary: near }, fc.record({ all: fc.array(tie('node'), { maxLength: 4 }) }), fc.record({ any: fc.array(tie('node'), { maxLength: 4 }) }), fc.record({ not: tie('node') })),
})).node;
const nearRow = fc.record({
  productStatus: fc.option(text), productTags: fc.option(fc.array(text, { maxLength: 3 })), sku: fc.option(text), inventoryQuantity: fc.option(fc.integer({ min: -1, max: 11 })),
  price: fc.option(fc.constantFrom(0, 50, 100, 150, 200, 250, 300, 500, 1000, 1100, -100)), cost: fc.option(fc.constantFrom(0, 100, 200, 95)), productCreatedAt: fc.option(fc.constantFrom(1_767_225_600_000_000, 1_767_312_000_000_000, 1_767_312_000_000_001)),
}).map((known) => makeFacts(known));
const factsOf = (row: object): Facts => readItems([row], '', 'USD', new Findings())[0] ?? makeFacts({});
const rows = fc.array(fc.oneof(nearRow, item(2).map(factsOf)), { minLength: 15, maxLength: 25 });

const selects = (selector: Selector) => compileRule({ selector, transform: {} }, 'USD').selects;
const lint = (selector: Selector): LintFinding[] => lintRule({ selector, transform: {} }, 'USD', null).filter(({ pointer }) => pointer.startsWith('/selector'));

/** The rule with another value at a pointer; `undefined` takes it away. */
function replaced<T>(whole: T, pointer: string, value: unknown): T {
  const [, ...steps] = pointer.split('/');
  const copy = structuredClone(whole) as unknown;
  let at = copy as Record<string, unknown>;
  for (const step of steps.slice(0, -1)) at = at[step] as Record<string, unknown>;
  const last = steps.at(-1) ?? '';
  if (value === undefined && Array.isArray(at)) at.splice(Number(last), 1);
  else if (value === undefined) delete at[last];
  else at[last] = value;
  return copy as T;
}

describe('findings about a selector', () => {
  const seen = new Map<string, number>();

  it('are right on every row', () => {
    fc.assert(
      fc.property(fc.oneof({ weight: 4, arbitrary: tree }, rule(2).map((one) => one.selector as Selector)), rows, (selector, facts) => {
        const selected = selects(selector);
        for (const { code, severity, pointer } of lint(selector)) {
          seen.set(code, (seen.get(code) ?? 0) + 1);
          if (severity === 'contradiction') for (const row of facts) expect(selected(row)).toBe(false);
          if (code === 'selects_everything') for (const row of facts) expect(selected(row)).toBe(true);
          const never = code === 'never_true' || code === 'covered_alternative' || code === 'range_reversed';
          const always = code === 'always_true' || code === 'redundant_condition';
          if (!never && !always) continue;
          const without = selects(replaced({ selector }, pointer, never ? { any: [] } : { all: [] }).selector);
          for (const row of facts) expect(without(row), `${code} ${pointer}`).toBe(selected(row));
        }
      }),
      { numRuns: 1_500 },
    );
    for (const code of ['selects_nothing', 'selects_everything', 'never_true', 'always_true', 'redundant_condition', 'covered_alternative', 'range_reversed']) expect(seen.get(code) ?? 0, code).toBeGreaterThan(5);
  }, 120_000);

  it('find every contradiction between two conditions on one number', () => {
    const half = Array.from({ length: 40 }, (_, i) => makeFacts({ price: i * 25 - 150 }));
    const priced = fc.record({ field: fc.constant('variant.price'), op: fc.constantFrom('eq', 'gt', 'gte', 'lt', 'lte'), value: fc.constantFrom('0', '1', '2', '3') }) as unknown as fc.Arbitrary<Selector>;
    fc.assert(
      fc.property(priced, priced, (a, b) => {
        const selector = { all: [a, b] };
        expect(lint(selector).some(({ severity }) => severity === 'contradiction')).toBe(!half.some(selects(selector)));
      }),
    );
  });
});

describe('findings about a transform', () => {
  const seen = new Map<string, number>();
  const notNegative = (facts: Facts): boolean =>
    [facts.price, facts.cost, facts.compareAtPrice, facts.baselinePrice, facts.mapPrice, facts.competitorLowest, facts.competitorMedian, facts.competitorHighest, facts.lowest30Days].every((amount) => amount === null || (typeof amount === 'number' ? amount : amount.n) >= 0);
  const priceRange = fc.constantFrom<Selector>({ all: [] }, { field: 'variant.price', op: 'between', value: ['10', '100'] }, { all: [{ field: 'variant.price', op: 'gt', value: '5' }] }, { field: 'variant.cost', op: 'isNotSet' });
  const wholeRule = fc.oneof(
    fc.record({ selector: priceRange, transform: transform(2) }),
    fc.record({
      selector: priceRange,
      transform: fc.record({
        steps: fc.array(fc.record({ type: fc.constantFrom('percent', 'amount', 'multiply', 'set', 'margin'), value: fc.constantFrom('0', '1', '-15', '10', '-50', '20', '0.85', '-100', '5') }), { maxLength: 2 }),
        bounds: fc.record({ floor: fc.constantFrom('0', '1', '5', '30'), ceiling: fc.constantFrom('2', '20', '120'), maxDecreasePercent: fc.constantFrom('0', '20', '30', '100'), maxIncreasePercent: fc.constantFrom('0', '10', '-5'), minMarginPercent: fc.constantFrom('10', '50'), onViolation: fc.constantFrom('clamp', 'block') }, { requiredKeys: [] }),
        rounding: fc.constantFrom({ type: 'minorUnit' }, { type: 'ending', ending: '0.99', every: '1.00' }, { type: 'ending', ending: '9.00', every: '50.00', direction: 'up' }, { type: 'increment', increment: '0.01' }),
        compareAt: fc.constantFrom({ mode: 'keep' }, { mode: 'sale' }, { mode: 'set', value: '1.00' }, { mode: 'set', value: '0.01' }, { mode: 'set', value: '8.00' }),
      }, { requiredKeys: [] }),
    }),
  ) as unknown as fc.Arbitrary<Rule>;
  const idle = ['step_without_effect', 'step_replaced', 'limit_without_effect', 'violation_without_limit', 'limit_never_reached', 'rounding_without_effect'];

  it('are right on every row with prices of zero or more', () => {
    fc.assert(
      fc.property(wholeRule, fc.array(item(2).map(factsOf).filter(notNegative), { minLength: 10, maxLength: 20 }), (someRule, facts) => {
        if (!validateRule(someRule, 'USD').ok) return;
        const compiled = compileRule(someRule, 'USD');
        for (const { code, severity, pointer } of lintRule(someRule, 'USD', null)) {
          seen.set(code, (seen.get(code) ?? 0) + 1);
          const verdicts = facts.map((row) => compiled.evaluate(row, { trace: false }));
          if (severity === 'contradiction') for (const { outcome } of verdicts) expect(['blocked', 'notSelected'], code).toContain(outcome);
          if (code === 'compare_at_never_above') for (const { price, compareAtPrice } of verdicts) expect(price === null || compareAtPrice === null || compareAtPrice <= price).toBe(true);
          if (code === 'rule_without_effect') facts.forEach((row, i) => typeof row.price === 'number' && expect(verdicts[i]?.outcome).not.toBe('planned'));
          if (!idle.includes(code)) continue;
          const without = compileRule(replaced(someRule, pointer, undefined), 'USD');
          facts.forEach((row, i) => {
            const before = verdicts[i]?.price ?? null;
            const after = without.evaluate(row, { trace: false }).price;
            // A margin that a later step replaces still blocks variants without cost; a fraction of a cent may make a cent.
            if (before === null && (code === 'step_replaced' || verdicts[i]?.reason === 'cost_missing')) return;
            const difference = before === null || after === null ? (before === after ? 0n : 99n) : before - after;
            expect(difference < 0n ? -difference : difference, `${code} ${pointer} ${before} ${after}`).toBeLessThanOrEqual(code === 'limit_never_reached' || code === 'rounding_without_effect' ? 1n : 0n);
          });
        }
      }),
      { numRuns: 2_500 },
    );
    const rare = ['never_a_price', 'value_always_missing', 'limits_exclude_each_other', 'limit_always_decides', 'always_blocked', 'rounding_never_fits', 'compare_at_never_above', ...idle.filter((code) => code !== 'violation_without_limit')];
    for (const code of rare) expect(seen.get(code) ?? 0, code).toBeGreaterThan(0);
  }, 120_000);
});

describe('lint', () => {
  it('gives an answer for the largest selectors', () => {
    const many = (count: number, of: (i: number) => Selector): Selector[] => Array.from({ length: count }, (_, i) => of(i));
    const price = (op: 'gt' | 'lt', value: number): Selector => ({ field: 'variant.price', op, value: String(value) });
    const large: Selector[] = [
      { any: many(4_900, (i) => ({ field: 'variant.sku', op: 'eq', value: `S${i}` })) },
      { all: many(4_900, (i) => ({ field: 'product.tags', op: 'notContains', value: `t${i}` })) },
      { all: many(900, (i) => ({ any: [price('gt', i), price('lt', i - 5), { field: 'variant.sku', op: 'startsWith', value: `S${i}` }] })) },
      { all: [{ field: 'variant.sku', op: 'in', value: Array.from({ length: 10_000 }, (_, i) => `S${i}`) }, { field: 'variant.sku', op: 'notIn', value: Array.from({ length: 10_000 }, (_, i) => `S${i}`) }] },
      { all: many(20, (i) => ({ any: many(20, (j) => ({ field: `variant.options.O${i}`, op: 'eq', value: `v${j}` })) })) },
    ];
    // Without a bound on its work the last of them alone would take 20^20 steps.
    for (const selector of large) expect(Array.isArray(lint(selector))).toBe(true);
  });
});
