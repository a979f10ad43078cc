import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMinorUnits } from '../kernel/money.ts';
import { compileRule } from '../rules/compile.ts';
import { makeFacts } from '../rules/facts.ts';
import { renderTrace } from '../rules/render-trace.ts';
import type { Rule, Transform } from '../rules/rule.ts';
import { decodeTrace, encodeTrace } from '../rules/trace.ts';
import type { Guardrails } from './policy.ts';
import { compileRowGuard, isExtreme } from './row-guard.ts';
import { breaks, compileRowLimits } from './row-limits.ts';

interface Given { price: number; compareAt?: number; cost?: number; map?: number; tags?: string[]; writesToday?: number }

function guarded(guardrails: Guardrails, transform: Transform, given: Given) {
  const facts = makeFacts({ price: given.price, compareAtPrice: given.compareAt ?? null, cost: given.cost ?? null, mapPrice: given.map ?? null, productTags: given.tags ?? [] });
  const rule: Rule = { selector: { all: [] }, transform };
  const verdict = compileRule(rule, 'USD').evaluate(facts);
  return compileRowGuard(guardrails, transform, 'USD')({ productId: 'p1', facts, writesToday: given.writesToday ?? 0 }, verdict);
}
const percent = (value: string): Transform => ({ steps: [{ type: 'percent', value }] });
const sentence = (result: ReturnType<typeof guarded>): string => renderTrace(decodeTrace(encodeTrace(result.trace!)), 'USD');

describe('a guardrail on a row', () => {
  it('lets pass what keeps it, as the rule said it', () => {
    const result = guarded({ minMarginPercent: { value: '10', action: 'block' } }, percent('-10'), { price: 1000, cost: 500 });
    expect(result).toMatchObject({ outcome: 'planned', price: 900n, warnings: [] });
    expect(result.trace?.some(({ code }) => code === 'guard')).toBe(false);
  });

  it('blocks with its reason and says so', () => {
    const result = guarded({ minMarginPercent: { value: '50', action: 'block' } }, percent('-10'), { price: 1000, cost: 500 });
    expect(result).toMatchObject({ outcome: 'blocked', reason: 'guardrail_min_margin', price: null });
    expect(sentence(result)).toContain('blocked: the margin would be below the least that the guardrails allow');
    expect(sentence(result)).toContain('at least 10.00 is allowed (50 % of margin over the cost 5.00); the rule asked for 9.00');
  });

  it('clamps to the nearest price that keeps it, on the ending of the rule where one fits', () => {
    const ending: Transform = { ...percent('-50'), rounding: { type: 'ending', ending: '0.99', every: '1.00' } };
    expect(guarded({ maxDecreasePercent: { value: '30', action: 'clamp' } }, ending, { price: 2000 })).toMatchObject({ outcome: 'planned', price: 1499n, warnings: ['guardrail_clamped'] });
    const result = guarded({ minMarginPercent: { value: '20', action: 'clamp' } }, percent('-50'), { price: 1000, cost: 700 });
    expect(result).toMatchObject({ outcome: 'planned', price: 875n });
    expect(sentence(result)).toContain('held at 8.75 by the guardrail "least margin"');
  });

  it('leaves the ending only where no price so rounded fits', () => {
    const ending: Transform = { ...percent('-50'), rounding: { type: 'ending', ending: '0', every: '10.00' } };
    expect(guarded({ maxDecreasePercent: { value: '10', action: 'clamp' } }, ending, { price: 1500 })).toMatchObject({ outcome: 'planned', price: 1350n });
  });

  it('blocks rather than move a price away from what was asked', () => {
    // The price is below the least margin already: clamping would raise what the rule lowers.
    expect(guarded({ minMarginPercent: { value: '50', action: 'clamp' } }, percent('-10'), { price: 1000, cost: 900 })).toMatchObject({ outcome: 'blocked', reason: 'guardrail_min_margin' });
  });

  it('keeps the bounds of the rule when it clamps', () => {
    const floor: Transform = { ...percent('50'), bounds: { floor: '14.00' } };
    expect(guarded({ maxIncreasePercent: { value: '20', action: 'clamp' } }, floor, { price: 1000 })).toMatchObject({ outcome: 'blocked', reason: 'guardrail_max_increase' });
  });

  it('takes a blank cost for unknown, never for zero', () => {
    for (const guardrails of [{ minMarginPercent: { value: '0', action: 'clamp' } }, { belowCost: { action: 'block' } }] as Guardrails[]) {
      expect(guarded(guardrails, percent('-10'), { price: 1000 })).toMatchObject({ outcome: 'blocked', reason: 'guardrail_cost_missing' });
    }
    expect(guarded({ belowCost: { action: 'warn' } }, percent('-10'), { price: 1000 })).toMatchObject({ outcome: 'planned', warnings: ['guardrail_cost_missing'] });
    expect(guarded({ respectMap: { action: 'block' } }, percent('-10'), { price: 1000 })).toMatchObject({ outcome: 'planned', warnings: [] });
  });

  it('freezes by selector and by product, and counts the writes of a day', () => {
    expect(guarded({ frozen: { selector: { field: 'product.tags', op: 'contains', value: 'fixed' } } }, percent('-10'), { price: 1000, tags: ['Fixed'] })).toMatchObject({ reason: 'guardrail_frozen' });
    const byId = guarded({ frozen: { productIds: ['p1'] } }, percent('-10'), { price: 1000 });
    expect(byId).toMatchObject({ reason: 'guardrail_frozen' });
    expect(sentence(byId)).toContain('this product is frozen');
    const capped = guarded({ maxWritesPerVariantPerDay: { value: 2 } }, percent('-10'), { price: 1000, writesToday: 2 });
    expect(capped).toMatchObject({ outcome: 'blocked', reason: 'daily_cap_reached' });
    expect(sentence(capped)).toContain('changes at most 2 times a day, and today it changed 2 times already');
    expect(guarded({ maxWritesPerVariantPerDay: { value: 2 } }, percent('-10'), { price: 1000, writesToday: 1 })).toMatchObject({ outcome: 'planned' });
  });

  it('decides the compare-at price again for the price it leaves', () => {
    const sale: Transform = { ...percent('-50'), compareAt: { mode: 'sale' } };
    expect(guarded({ maxDecreasePercent: { value: '10', action: 'clamp' } }, sale, { price: 1000 })).toMatchObject({ price: 900n, compareAtPrice: 1000n });
    // Held where it was, nothing is left to write.
    expect(guarded({ maxDecreasePercent: { value: '0', action: 'clamp' } }, sale, { price: 1000 })).toMatchObject({ outcome: 'unchanged', price: 1000n, compareAtPrice: null });
  });

  it('only warns where it is told to', () => {
    const result = guarded({ maxDecreasePercent: { value: '5', action: 'warn' } }, percent('-10'), { price: 1000 });
    expect(result).toMatchObject({ outcome: 'planned', price: 900n, warnings: ['guardrail_max_decrease'] });
    expect(sentence(result)).toContain('9.00 is outside, and the guardrail only warns');
  });

  it('marks a tenfold slip in a shop without any guardrail', () => {
    expect(guarded({}, { steps: [{ type: 'multiply', value: '0.1' }] }, { price: 1000 })).toMatchObject({ outcome: 'planned', price: 100n, warnings: ['extreme_change'] });
    expect(guarded({}, { steps: [{ type: 'multiply', value: '10' }] }, { price: 1000 }).warnings).toEqual(['extreme_change']);
    // Rounded up, a tenth of 5.95 is a little more than a tenth.
    expect(guarded({}, { steps: [{ type: 'multiply', value: '0.1' }] }, { price: 595 }).warnings).toEqual(['extreme_change']);
    expect(guarded({}, percent('-79'), { price: 1000 }).warnings).toEqual([]);
    expect(isExtreme(0n, 5n)).toBe(true);
    expect(isExtreme(5n, 5n)).toBe(false);
  });
});

const text = (min: number, max: number) => fc.integer({ min: min * 100, max: max * 100 }).map((n) => formatMinorUnits(n, 'USD'));
const action = fc.constantFrom('block' as const, 'clamp' as const, 'warn' as const);
const maybe = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { nil: undefined });
const guardrails = fc.record({
  minMarginPercent: maybe(fc.record({ value: text(0, 99), action })), belowCost: maybe(fc.record({ action })), respectMap: maybe(fc.record({ action })),
  maxIncreasePercent: maybe(fc.record({ value: text(0, 200), action })), maxDecreasePercent: maybe(fc.record({ value: text(0, 100), action })),
}).map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Guardrails);
const money = fc.integer({ min: 0, max: 20_000 });
const rowOf = fc.record({ price: money, compareAt: maybe(money), cost: maybe(money), map: maybe(money) }).map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as unknown as Given);
const transformOf = fc.record({
  steps: fc.array(fc.oneof(text(-99, 300).map((value) => ({ type: 'percent' as const, value })), text(0, 200).map((value) => ({ type: 'set' as const, value }))), { maxLength: 2 }),
  bounds: maybe(fc.record({ floor: text(0, 60), ceiling: text(60, 200) })),
  rounding: maybe(fc.constantFrom({ type: 'ending' as const, ending: '0.99', every: '1.00' }, { type: 'increment' as const, increment: '5.00' })),
  compareAt: maybe(fc.constantFrom({ mode: 'sale' as const }, { mode: 'clear' as const })),
}).map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Transform);

describe('whatever rule, row and guardrails', () => {
  it('a written price keeps every guardrail that does not only warn, and no guardrail goes further than was asked', () => {
    fc.assert(fc.property(guardrails, transformOf, rowOf, (rails, transform, given) => {
      const facts = makeFacts({ price: given.price, compareAtPrice: given.compareAt ?? null, cost: given.cost ?? null, mapPrice: given.map ?? null });
      const asked = compileRule({ selector: { all: [] }, transform }, 'USD').evaluate(facts);
      const result = compileRowGuard(rails, transform, 'USD')({ productId: 'p', facts, writesToday: 0 }, asked);
      if (asked.outcome !== 'planned') {
        expect(result).toBe(asked);
        return;
      }
      if (result.outcome === 'blocked') {
        expect(result.reason).toMatch(/^guardrail_/);
        expect(result.price).toBeNull();
        return;
      }
      const price = result.price!;
      const o = BigInt(given.price);
      const { limits, unknown } = compileRowLimits(rails, 'USD')({ price: o, cost: given.cost === undefined ? null : BigInt(given.cost), mapPrice: given.map === undefined ? null : BigInt(given.map) });
      expect(unknown.filter((limit) => limit.action !== 'warn')).toEqual([]);
      expect(limits.filter((limit) => limit.action !== 'warn' && breaks(limit, price))).toEqual([]);
      const [low, high] = o < asked.price! ? [o, asked.price!] : [asked.price!, o];
      expect(price >= low && price <= high).toBe(true);
      if (price !== asked.price) expect(result.warnings).toContain('guardrail_clamped');
      for (const limit of limits) if (limit.action === 'warn' && breaks(limit, price)) expect(result.warnings).toContain(limit.reason);
      const { floor, ceiling } = transform.bounds ?? {};
      if (price !== asked.price && floor !== undefined) expect(price).toBeGreaterThanOrEqual(BigInt(floor.replace('.', '')));
      if (price !== asked.price && ceiling !== undefined) expect(price).toBeLessThanOrEqual(BigInt(ceiling.replace('.', '')));
      // What is stored says the same as what is written.
      const last = decodeTrace(encodeTrace(result.trace!)).at(-1);
      expect(last).toMatchObject({ code: 'outcome', outcome: result.outcome, price: formatMinorUnits(price, 'USD') });
      expect(renderTrace(result.trace!, 'USD').length).toBeGreaterThan(10);
    }), { numRuns: 3_000 });
  });

  it('a blocked row is blocked by a guardrail that the asked price breaks, or that cannot be known', () => {
    fc.assert(fc.property(guardrails, transformOf, rowOf, (rails, transform, given) => {
      const facts = makeFacts({ price: given.price, cost: given.cost ?? null, mapPrice: given.map ?? null });
      const asked = compileRule({ selector: { all: [] }, transform }, 'USD').evaluate(facts);
      const result = compileRowGuard(rails, transform, 'USD')({ productId: 'p', facts, writesToday: 0 }, asked);
      if (asked.outcome !== 'planned' || result.outcome !== 'blocked') return;
      const { limits, unknown } = compileRowLimits(rails, 'USD')({ price: BigInt(given.price), cost: given.cost === undefined ? null : BigInt(given.cost), mapPrice: given.map === undefined ? null : BigInt(given.map) });
      if (result.reason === 'guardrail_cost_missing') expect(unknown.some((limit) => limit.action !== 'warn')).toBe(true);
      else expect(limits.some((limit) => limit.reason === result.reason && breaks(limit, asked.price!))).toBe(true);
    }), { numRuns: 1_000 });
  });
});
