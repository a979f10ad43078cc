/** Selector text says everything that the selector language can say, and the same thing back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileSelector } from '../../app/domain/rules/select.ts';
import { type Facts, makeFacts } from '../../app/domain/rules/facts.ts';
import { Findings } from '../../app/domain/rules/findings.ts';
import { readItems } from '../../app/domain/rules/read-items.ts';
import type { Selector } from '../../app/domain/rules/rule.ts';
import { canonicalSelector } from '../../app/domain/rules/search/canonical.ts';
import { SEARCH_NAMES } from '../../app/domain/rules/search/names.ts';
import { parseSearch } from '../../app/domain/rules/search/parse.ts';
import { printSearch } from '../../app/domain/rules/search/print.ts';
import { checkSelector } from '../../app/domain/rules/validate-selector.ts';
import { item, rule } from './arbitrary-rules.ts';

function factsOf(row: object): Facts {
  return readItems([row], '', 'USD', new Findings())[0] ?? makeFacts({});
}
const valid = (selector: unknown): boolean => {
  const findings = new Findings();
  checkSelector(selector, '', findings);
  return findings.errors.length === 0;
};
function read(text: string): Selector {
  const result = parseSearch(text);
  if (!result.ok) throw new Error(`${text} at ${result.error.column}: ${result.error.message}`);
  return result.value;
}

/** Text that means something in the language of texts, and any other. */
const wild = fc.oneof(
  fc.string({ unit: fc.constantFrom('"', "'", '\\', '*', '-', ':', '(', ')', ',', '<', '>', '=', ' ', '\n', '\t', ' ', 'a', 'OR', 'AND', 'NOT', 'or', '.', '“', 'ß', '😀'), maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('or', 'AND', '*', '**', '-x', '-', '', ' ', '"', '1e-7', '>5', 'price:>5'),
);
const textField = fc.oneof(fc.constantFrom('product.title', 'variant.title', 'product.vendor', 'variant.sku'), wild.filter((name) => name !== '').map((name) => `variant.options.${name}`));
const leaf: fc.Arbitrary<unknown> = fc.oneof(
  fc.record({ field: textField, op: fc.constantFrom('eq', 'neq', 'contains', 'notContains', 'startsWith', 'endsWith'), value: wild }),
  fc.record({ field: textField, op: fc.constantFrom('in', 'notIn'), value: fc.array(wild, { maxLength: 3 }) }),
  fc.record({ field: fc.constantFrom('product.tags', 'product.collections'), op: fc.constantFrom('contains', 'notContains'), value: wild }),
  fc.record({ field: wild.filter((name) => name !== '').map((name) => `score.${name}`), op: fc.constantFrom('eq', 'gt', 'lte', 'neq'), value: fc.oneof(fc.double({ noNaN: true, min: -1e15, max: 1e15 }), fc.integer(), fc.constantFrom('007', '-0', '0.50', 1e-300, -1e-9)) }),
  fc.record({ field: fc.constantFrom('variant.price', 'score.a'), op: fc.constantFrom('gte', 'lte'), value: fc.constantFrom('1', '2', '3') }),
  fc.record({ field: fc.constant('score.a'), op: fc.constant('between'), value: fc.tuple(fc.double({ noNaN: true, min: -1, max: 1 }), fc.integer()) }),
  wild.filter((word) => word.trim() !== '').map((value) => ({ any: ['product.title', 'product.vendor', 'variant.sku', 'variant.title', 'product.productType'].map((field) => ({ field, op: 'contains', value })) })),
);
const wildTree = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof({ maxDepth: 4 }, leaf, fc.record({ all: fc.array(tie('node'), { maxLength: 4 }) }), fc.record({ any: fc.array(tie('node'), { maxLength: 4 }) }), fc.record({ not: tie('node') })),
})).node;
const selectors = fc.oneof(rule(2).map((one) => one.selector), wildTree.filter(valid)) as fc.Arbitrary<Selector>;

describe('printing and parsing', () => {
  it('give every selector a text that reads as its canonical form', () => {
    fc.assert(
      fc.property(selectors, (selector) => {
        const canonical = canonicalSelector(selector);
        expect(canonicalSelector(canonical)).toEqual(canonical);
        const text = printSearch(selector);
        expect(read(text)).toEqual(canonical);
        expect(printSearch(read(text))).toBe(text);
      }),
      { numRuns: 3_000 },
    );
  }, 60_000);

  it('keep which rows are selected', () => {
    fc.assert(
      fc.property(selectors, fc.array(item(2), { minLength: 1, maxLength: 4 }), (selector, rows) => {
        const before = compileSelector(selector, 'USD');
        const after = compileSelector(read(printSearch(selector)), 'USD');
        for (const row of rows) expect(after.test(factsOf(row))).toBe(before.test(factsOf(row)));
      }),
      { numRuns: 2_000 },
    );
  }, 60_000);
});

describe('any text', () => {
  const piece = fc.oneof(
    fc.constantFrom(' ', ' ', ' ', ' OR ', ' AND ', '-', 'NOT ', '(', ')', '"', "'", '*', ',', '\\', ':', ':>', ':>=', ':=', 'mug', '10', '2026-01-01', 'tag:a', 'price:>5', 'sku:A*', 'option.', 'or'),
    fc.constantFrom(...SEARCH_NAMES).map((name) => `${name}:`),
    fc.string({ maxLength: 3 }),
  );
  const texts = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''));

  it('is a valid selector whose text is stable, or is refused with a place inside of it', () => {
    let readable = 0;
    fc.assert(
      fc.property(texts, (text) => {
        const result = parseSearch(text);
        if (!result.ok) {
          expect(result.error.column).toBeGreaterThanOrEqual(1);
          expect(result.error.column).toBeLessThanOrEqual(text.length + 1);
          expect(result.error.message).toMatch(/^\S.*[.?]$/su);
          return;
        }
        readable++;
        expect(valid(result.value)).toBe(true);
        expect(canonicalSelector(result.value)).toEqual(result.value);
        const printed = printSearch(result.value);
        expect(read(printed)).toEqual(result.value);
        expect(printSearch(read(printed))).toBe(printed);
      }),
      { numRuns: 5_000 },
    );
    expect(readable).toBeGreaterThan(300);
  }, 60_000);
});
