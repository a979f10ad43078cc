import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CURRENCY_CODES, type CurrencyCode, decimalsOf } from '../../app/domain/kernel/currency.ts';
import { inMinorUnits, parseExact } from '../../app/domain/kernel/money.ts';
import { type CompiledRule, compileRule } from '../../app/domain/rules/compile.ts';
import { type Facts, makeFacts } from '../../app/domain/rules/facts.ts';
import { Findings } from '../../app/domain/rules/findings.ts';
import { readItems } from '../../app/domain/rules/read-items.ts';
import { renderTrace } from '../../app/domain/rules/render-trace.ts';
import type { Rule, Selector } from '../../app/domain/rules/rule.ts';
import { type Trace, type TraceStep, decodeTrace, encodeTrace } from '../../app/domain/rules/trace.ts';
import { item, rule, transform } from './arbitrary-rules.ts';
import { Fraction } from './fraction.ts';

function factsOf(row: object, currency: CurrencyCode): Facts {
  const [facts] = readItems([row], '', currency, new Findings());
  if (facts === undefined) throw new Error('one item gives one row of facts');
  return facts;
}

const everything = { all: [] };
const steps = <C extends TraceStep['code']>(trace: Trace, code: C): Extract<TraceStep, { code: C }>[] => trace.filter((step): step is Extract<TraceStep, { code: C }> => step.code === code);
/** An amount of a trace, which may be a fraction. */
const amount = (text: string): Fraction => {
  const [top, bottom] = text.split('/');
  return bottom === undefined ? Fraction.of(text) : Fraction.of(top ?? '').over(Fraction.of(bottom));
};

describe('a planned price', () => {
  it('never crosses a limit that its trace names, in any currency', () => {
    const cases = fc.oneof(
      ...[0, 2, 3, 4].map((decimals) => fc.tuple(fc.constantFrom(...CURRENCY_CODES.filter((code) => decimalsOf(code) === decimals)), transform(decimals), item(decimals))),
    );
    fc.assert(
      fc.property(cases, ([currency, someTransform, row]) => {
        const verdict = compileRule({ selector: everything, transform: someTransform } as unknown as Rule, currency).evaluate(factsOf(row, currency));
        if (verdict.price === null) return;
        for (const limit of steps(verdict.trace ?? [], 'limit')) {
          const exact = parseExact(limit.exact);
          if (exact === null) throw new Error(limit.exact);
          const minor = inMinorUnits(exact, currency);
          expect(limit.side === 'lower' ? verdict.price * minor.d >= minor.n : verdict.price * minor.d <= minor.n).toBe(true);
        }
      }),
      { numRuns: 1_500 },
    );
  }, 60_000);

  it('is unchanged when an unchanged row is evaluated again, and when a rule that only rounds is applied twice', () => {
    const roundingOnly = transform(2).map((t) => ({ rounding: (t as { rounding?: object }).rounding }));
    fc.assert(
      fc.property(roundingOnly, item(2), (someTransform, row) => {
        const compiled = compileRule({ selector: everything, transform: someTransform } as unknown as Rule, 'USD');
        const facts = factsOf(row, 'USD');
        const first = compiled.evaluate(facts);
        if (first.price === null) return;
        const again = compiled.evaluate({ ...facts, price: Number(first.price) });
        expect([again.outcome, again.price]).toEqual(['unchanged', first.price]);
      }),
      { numRuns: 1_000 },
    );
  }, 60_000);
});

describe('the trace', () => {
  it('replays to the same result, from its own numbers alone', () => {
    fc.assert(
      fc.property(rule(2), item(2), (someRule, row) => {
        const verdict = compileRule(someRule as Rule, 'USD').evaluate(factsOf(row, 'USD'));
        const trace = decodeTrace(encodeTrace(verdict.trace ?? []));
        expect(trace).toEqual(verdict.trace);
        const outcome = steps(trace, 'outcome')[0];
        expect(outcome?.outcome).toBe(verdict.outcome);
        expect(outcome?.reason).toBe(verdict.reason);
        replay(trace);
        expect(steps(trace, 'warning').map(({ warning }) => warning)).toEqual(verdict.warnings);
        const text = renderTrace(trace, 'USD');
        expect(text.endsWith('.')).toBe(true);
        expect(text).not.toMatch(/undefined|null|NaN|\[object/);
        if (outcome?.price) expect(text).toContain(outcome.price);
      }),
      { numRuns: 1_500 },
    );
  }, 60_000);

  it('that is written as text straight away is the one that was recorded, to the letter', () => {
    let written = 0;
    const cases = fc.oneof(...[0, 2, 3, 4].map((decimals) => fc.tuple(fc.constantFrom(...CURRENCY_CODES.filter((code) => decimalsOf(code) === decimals)), rule(decimals), fc.array(item(decimals), { minLength: 1, maxLength: 4 }))));
    fc.assert(
      fc.property(cases, ([currency, someRule, rows]) => {
        const compiled = compileRule(someRule as Rule, currency);
        for (const row of rows) {
          const facts = factsOf(row, currency);
          const quick = compiled.write(facts);
          const { trace, ...verdict } = compiled.evaluate(facts);
          if (quick === null) continue;
          written += 1;
          const { steps: before, outcomeStep, trace: none, ...same } = quick;
          expect(none).toBeNull();
          expect(same).toEqual(verdict);
          expect(`[${before}${outcomeStep}]`).toBe(encodeTrace(trace ?? []));
        }
      }),
      { numRuns: 1_200 },
    );
    expect(written).toBeGreaterThan(500);
  }, 60_000);

  it('reads as a sentence', () => {
    const sale: Rule = {
      selector: { all: [{ field: 'product.tags', op: 'contains', value: 'summer' }] },
      transform: { steps: [{ type: 'percent', value: '-15' }], bounds: { floor: '5.00', ceiling: '100.00' }, rounding: { type: 'ending', ending: '0.99', every: '1.00' }, compareAt: { mode: 'sale' } },
    };
    const verdict = compileRule(sale, 'USD').evaluate(makeFacts({ price: 2400, productTags: ['Summer'] }));
    expect(renderTrace(verdict.trace ?? [], 'USD')).toBe(
      'Price 24.00 → 15 % off = 20.40 → nearest price ending in .99 inside 5.00–100.00 = 19.99. Floor: 5.00. Ceiling: 100.00. Weighed: 19.99 (0.41 away), 20.99 (0.59 away). ' +
        'Compare-at price 24.00: the new price is below it. Selected: tags contains “summer” (it has “Summer”).',
    );
    const margin: Rule = { selector: everything, transform: { steps: [{ type: 'percent', value: '-20' }], bounds: { minMarginPercent: '10' } } };
    expect(renderTrace(compileRule(margin, 'USD').evaluate(makeFacts({ price: 1000, cost: 950 })).trace ?? [], 'USD')).toBe(
      'Price 10.00 → 20 % off = 8.00 → raised to the least margin = 10.56. Least margin: 10 % on 9.50 is 10.555555…, rounded up to 10.56. What decided: least margin; 8.00 is below it. Compare-at price stays none. Selected: the rule takes every variant.',
    );
    expect(renderTrace(compileRule(margin, 'USD').evaluate(makeFacts({ price: 1000 })).trace ?? [], 'USD')).toContain('blocked: the rule needs the unit cost, and there is none');
  });

  it('shortens long lists, which every row would store again', () => {
    const long: Rule = { selector: { field: 'variant.sku', op: 'in', value: Array.from({ length: 500 }, (_, i) => `A${i}`) }, transform: {} };
    expect(steps(compileRule(long, 'USD').evaluate(makeFacts({ price: 1, sku: 'a7' })).trace ?? [], 'condition')[0]).toMatchObject({ more: 492, seen: 'a7', held: true });
  });

  it('refuses text that it did not write', () => {
    for (const text of ['{}', '[["?"]]', '[1]', 'x']) expect(() => decodeTrace(text)).toThrow();
  });
});

/** Walks the steps of a trace and computes each result again from the inputs that the step itself holds. */
function replay(trace: Trace): void {
  const outcome = steps(trace, 'outcome')[0];
  const base = steps(trace, 'base')[0];
  if (outcome === undefined || base?.value === null || base === undefined) return;
  let v = amount(base.value);
  for (const step of steps(trace, 'step')) {
    const by = Fraction.of(step.by);
    const hundred = Fraction.whole(100);
    expect(amount(step.from).same(v)).toBe(true);
    v = {
      percent: () => v.plus(v.times(by).over(hundred)), amount: () => v.plus(by), multiply: () => v.times(by), set: () => by,
      margin: () => amount(step.cost ?? '').over(hundred.minus(by).over(hundred)),
    }[step.type]();
    expect(amount(step.to).same(v)).toBe(true);
  }
  for (const bounds of steps(trace, 'bounds')) {
    const limits = steps(trace, 'limit');
    const named = (name: string | null): string | null => limits.find((limit) => limit.name === name)?.value ?? null;
    expect([named(bounds.lowerBy), named(bounds.upperBy)]).toEqual([bounds.lower, bounds.upper]);
    for (const limit of limits) {
      const extreme = amount((limit.side === 'lower' ? bounds.lower : bounds.upper) ?? '');
      expect(limit.side === 'lower' ? amount(limit.value).le(extreme) : extreme.le(amount(limit.value))).toBe(true);
    }
    expect(amount(bounds.from).same(v)).toBe(true);
    if (bounds.decided !== null && outcome.reason !== 'bound_violated') v = amount(named(bounds.decided) ?? '');
    expect(amount(bounds.to).same(v)).toBe(true);
  }
  for (const rounding of [...steps(trace, 'minorUnit'), ...steps(trace, 'grid')]) {
    expect(amount(rounding.from).same(v)).toBe(true);
    if (rounding.code === 'grid' && rounding.to !== null) {
      expect(rounding.candidates.find(({ price }) => price === rounding.to)?.inside).toBe(true);
      const distance = amount(rounding.to).minus(v).abs();
      if (rounding.direction === 'nearest') {
        for (const other of rounding.candidates) expect(!other.inside || distance.le(amount(other.away))).toBe(true);
      }
    }
    if (rounding.to !== null && outcome.price !== null) expect(rounding.to).toBe(outcome.price);
  }
  if (outcome.price === null) return;
  const at = steps(trace, 'compareAt')[0];
  const to = at?.mode === 'keep' ? at.current : at?.mode === 'sale' ? (amount(outcome.price).lt(amount(at.reference ?? '')) ? at.reference : null) : (at?.to ?? null);
  expect(at?.to).toBe(to);
  const same = amount(outcome.price).same(amount(outcome.wasPrice ?? '')) && (to === null ? outcome.wasCompareAtPrice === null : outcome.wasCompareAtPrice !== null && amount(to).same(amount(outcome.wasCompareAtPrice)));
  expect(outcome.outcome).toBe(same ? 'unchanged' : 'planned');
}

describe('the algebra of selectors', () => {
  const compiled = (selector: unknown): CompiledRule => compileRule({ selector: selector as Selector, transform: {} }, 'USD');
  it('holds for not, all and any, on missing values too', () => {
    fc.assert(
      fc.property(rule(2), rule(2), item(2), ({ selector: a }, { selector: b }, row) => {
        const facts = factsOf(row, 'USD');
        const is = (selector: unknown): boolean => compiled(selector).selects(facts);
        expect(is({ not: a })).toBe(!is(a));
        expect(is({ all: [a, b] })).toBe(is(a) && is(b));
        expect(is({ any: [a, b] })).toBe(is(a) || is(b));
        expect(is({ not: { all: [a, b] } })).toBe(is({ any: [{ not: a }, { not: b }] }));
        expect(is({ all: [] })).toBe(true);
        expect(is({ any: [] })).toBe(false);
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  it('makes an op and its opposite differ on every row, missing values included', () => {
    const pairs = [['eq', 'neq'], ['in', 'notIn'], ['contains', 'notContains'], ['isSet', 'isNotSet']];
    fc.assert(
      fc.property(fc.constantFrom(...pairs), fc.constantFrom('variant.sku', 'product.tags', 'variant.cost', 'product.createdAt'), item(2), ([op, opposite], field, row) => {
        const value = { 'variant.sku': 'x', 'product.tags': 'sale', 'variant.cost': '5', 'product.createdAt': '2026-06-01' }[field];
        const fits = field === 'variant.sku' || (field === 'product.tags' ? op === 'contains' || op === 'isSet' : op === 'eq' || op === 'isSet' || (op === 'in' && field === 'variant.cost'));
        if (!fits) return;
        const asked = op === 'isSet' ? null : op === 'in' ? [value] : value;
        const facts = factsOf(row, 'USD');
        expect(compiled({ field, op, value: asked }).selects(facts)).toBe(!compiled({ field, op: opposite, value: asked }).selects(facts));
      }),
    );
  });

  it('is explained by conditions that hold exactly as the trace says', () => {
    fc.assert(
      fc.property(rule(2), item(2), (someRule, row) => {
        const facts = factsOf(row, 'USD');
        for (const condition of steps(compileRule(someRule as Rule, 'USD').evaluate(facts).trace ?? [], 'condition')) {
          if (condition.more > 0) continue;
          expect(compiled({ field: condition.field, op: condition.op, value: condition.value }).selects(facts)).toBe(condition.held);
        }
      }),
    );
  });
});
