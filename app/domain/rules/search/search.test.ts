import { describe, expect, it } from 'vitest';
import type { Selector } from '../rule.ts';
import { FREE_TEXT_FIELDS } from './names.ts';
import { SEARCH_TEXT_MAX_LENGTH, parseSearch } from './parse.ts';
import { printSearch } from './print.ts';

const parsed = (text: string): Selector => {
  const result = parseSearch(text);
  if (!result.ok) throw new Error(`${result.error.column}: ${result.error.message}`);
  return result.value;
};
const fault = (text: string) => {
  const result = parseSearch(text);
  if (result.ok) throw new Error(`was read as ${JSON.stringify(result.value)}`);
  return result.error;
};
const c = (field: string, op: string, value?: unknown): Selector => (value === undefined ? { field, op } : { field, op, value }) as Selector;
const free = (value: string): Selector => ({ any: FREE_TEXT_FIELDS.map((field) => c(field, 'contains', value)) });

describe('selector text', () => {
  it.each<[string, Selector, string?]>([
    ['', { all: [] }],
    ['   ', { all: [] }, ''],
    ['*', { all: [] }, ''],
    ['-*', { any: [] }],
    ['NOT *', { any: [] }, '-*'],
    ['tag:summer price:>10 -vendor:Acme', { all: [c('product.tags', 'contains', 'summer'), c('variant.price', 'gt', '10'), c('product.vendor', 'neq', 'Acme')] }],
    ['tag:summer AND price:>10', { all: [c('product.tags', 'contains', 'summer'), c('variant.price', 'gt', '10')] }, 'tag:summer price:>10'],
    ['NOT vendor:Acme', c('product.vendor', 'neq', 'Acme'), '-vendor:Acme'],
    ['-price:>10', { not: c('variant.price', 'gt', '10') }],
    ['vendor:"Big Co"', c('product.vendor', 'eq', 'Big Co')],
    ["vendor:'Big Co'", c('product.vendor', 'eq', 'Big Co'), 'vendor:"Big Co"'],
    ['vendor:"say \\"hi\\" \\\\o/"', c('product.vendor', 'eq', 'say "hi" \\o/')],
    ['vendor:a\\:b\\(c\\)', c('product.vendor', 'eq', 'a:b(c)'), 'vendor:"a:b(c)"'],
    ["vendor:O'Brien", c('product.vendor', 'eq', "O'Brien"), 'vendor:"O\'Brien"'],
    ['title:mug', c('product.title', 'contains', 'mug')],
    ['title:*mug*', c('product.title', 'contains', 'mug'), 'title:mug'],
    ['title:=Mug', c('product.title', 'eq', 'Mug')],
    ['title:=Mug,Cup', c('product.title', 'in', ['Mug', 'Cup'])],
    ['title:Mug,Cup', { any: [c('product.title', 'contains', 'Mug'), c('product.title', 'contains', 'Cup')] }, 'title:Mug OR title:Cup'],
    ['sku:AB*', c('variant.sku', 'startsWith', 'AB')],
    ['sku:*-XL', c('variant.sku', 'endsWith', '-XL')],
    ['sku:*B*', c('variant.sku', 'contains', 'B')],
    ['sku:"A B"*', c('variant.sku', 'startsWith', 'A B')],
    ['sku:*""', c('variant.sku', 'endsWith', '')],
    ['sku:"*"', c('variant.sku', 'eq', '*')],
    ['sku:\\*', c('variant.sku', 'eq', '*'), 'sku:"*"'],
    ['barcode:*', c('variant.barcode', 'isSet')],
    ['-barcode:*', c('variant.barcode', 'isNotSet')],
    ['sku:A,B,"C, D"', c('variant.sku', 'in', ['A', 'B', 'C, D'])],
    ['-status:active,draft', c('product.status', 'notIn', ['active', 'draft'])],
    ['tag:a,b', { any: [c('product.tags', 'contains', 'a'), c('product.tags', 'contains', 'b')] }, 'tag:a OR tag:b'],
    ['tag_not:sale', c('product.tags', 'notContains', 'sale'), '-tag:sale'],
    ['price:>=10 price:<=100', c('variant.price', 'between', ['10', '100'])],
    ['-(price:>=10 price:<=100)', { not: c('variant.price', 'between', ['10', '100']) }],
    ['(price:>=1 price:<=2) OR tag:x', { any: [c('variant.price', 'between', ['1', '2']), c('product.tags', 'contains', 'x')] }],
    ['price:10,20.50', c('variant.price', 'in', ['10', '20.50'])],
    ['margin:<-5', c('variant.marginPercent', 'lt', '-5')],
    ['inventory_quantity:0', c('variant.inventoryQuantity', 'eq', '0')],
    ['inventory:1e-60', c('variant.inventoryQuantity', 'eq', 1e-60), 'inventory_quantity:1e-60'],
    ['created_at:>2026-01-01', c('product.createdAt', 'gt', '2026-01-01'), 'created_at:>"2026-01-01"'],
    ['created_at:>=2026-01-01T00:00:00Z', c('product.createdAt', 'gte', '2026-01-01T00:00:00Z'), 'created_at:>="2026-01-01T00:00:00Z"'],
    ['option.Size:M', c('variant.options.Size', 'eq', 'M')],
    ['option."Shoe size":42', c('variant.options.Shoe size', 'eq', '42')],
    ['score.demand:>0.5', c('score.demand', 'gt', '0.5')],
    ['competitor.lowest:<=9.99', c('competitor.lowest', 'lte', '9.99')],
    ['variant.compareAtPrice:*', c('variant.compareAtPrice', 'isSet'), 'compare_at_price:*'],
    ['Vendor:x', c('product.vendor', 'eq', 'x'), 'vendor:x'],
    ['mug', free('mug')],
    ['mug*', free('mug'), 'mug'],
    ['blue -"coffee mug"', { all: [free('blue'), { not: free('coffee mug') }] }],
    ['"or"', free('or')],
    ['\\OR', free('OR'), '"OR"'],
    ['tag:a OR tag:b', { any: [c('product.tags', 'contains', 'a'), c('product.tags', 'contains', 'b')] }],
    ['(tag:a price:>1) OR (tag:b -price:>2)', { any: [{ all: [c('product.tags', 'contains', 'a'), c('variant.price', 'gt', '1')] }, { all: [c('product.tags', 'contains', 'b'), { not: c('variant.price', 'gt', '2') }] }] }],
    ['((tag:a))', c('product.tags', 'contains', 'a'), 'tag:a'],
    ['-(-tag:a)', c('product.tags', 'contains', 'a'), 'tag:a'],
  ])('%s', (text, selector, printed = text) => {
    expect(parsed(text)).toEqual(selector);
    expect(printSearch(selector)).toBe(printed);
    expect(parsed(printed)).toEqual(selector);
  });

  it('lets OR bind closer than AND, as Shopify documents it', () => {
    expect(parsed('tag:a OR tag:b price:>10')).toEqual({ all: [{ any: [c('product.tags', 'contains', 'a'), c('product.tags', 'contains', 'b')] }, c('variant.price', 'gt', '10')] });
    expect(printSearch(parsed('bob OR norman AND shopify'))).toBe('(bob OR norman) shopify');
  });

  it('writes plainly what can be said in several ways', () => {
    const text = (selector: unknown): string => printSearch(selector as Selector);
    expect(text({ all: [{ all: [c('product.tags', 'contains', 'a')] }] })).toBe('tag:a');
    expect(text({ not: c('product.vendor', 'notIn', ['a', 'b']) })).toBe('vendor:a,b');
    expect(text({ not: { not: c('variant.price', 'gt', '1') } })).toBe('price:>1');
    expect(text(c('product.vendor', 'in', []))).toBe('-*');
    expect(text({ all: [c('product.tags', 'contains', 'a'), c('product.vendor', 'notIn', [])] })).toBe('tag:a *');
    expect(text(c('variant.inventoryQuantity', 'in', [3]))).toBe('inventory_quantity:3');
    expect(text({ all: [{ all: [c('product.tags', 'contains', 'a'), c('product.tags', 'contains', 'b')] }, c('variant.sku', 'isSet')] })).toBe('(tag:a tag:b) sku:*');
  });
});

describe('a text that cannot be read', () => {
  it.each<[string, number, string, RegExp]>([
    ['vendr:Acme', 1, 'unknown_field', /Did you mean vendor\?/],
    ['tag:a foo:bar', 7, 'unknown_field', /Known: title/],
    ['inventory_total:>5', 1, 'unknown_field', /inventory_quantity/],
    ['tag: summer', 5, 'missing_value', /without a space/],
    ['price:>', 8, 'missing_value', /Directly after :>/],
    ['price>10', 6, 'unexpected_character', /price:>10/],
    ['price:>ten', 8, 'wrong_value', /decimal string/],
    ['price:10,000', 10, 'wrong_value', /10000, not 10,000/],
    ['price:>10,500', 10, 'wrong_value', /one value/],
    ['vendor:>5', 7, 'comparator_not_applicable', /is text/],
    ['tag:=x', 4, 'comparator_not_applicable', /several values/],
    ['tag:sum*', 5, 'star_not_applicable', /compared as a whole/],
    ['title:=mug*', 8, 'star_not_applicable', /whole of a text/],
    ['sku:a*b', 6, 'star_not_applicable', /beginning or at the end/],
    ['vendor:"Big Co', 8, 'missing_quote', /not closed/],
    ['vendor:"Big"Co', 13, 'unexpected_character', /closing quotation mark/],
    ['(tag:a', 1, 'missing_parenthesis', /not closed/],
    ['tag:a)', 6, 'unexpected_character', /closes none/],
    ['()', 2, 'missing_term', /term is missing/],
    ['tag:(a OR b)', 5, 'missing_value', /\(tag:a OR tag:b\)/],
    ['tag:a OR', 9, 'missing_term', /term is missing/],
    ['OR tag:a', 1, 'missing_term', /term is missing/],
    ['tag:a or tag:b', 7, 'lower_case_connective', /in capitals/],
    ['tag:a - tag:b', 7, 'missing_term', /directly before/],
    ['sku:A, B', 7, 'missing_value', /without a space/],
    ['sku:A\\', 7, 'missing_value', /After a \\/],
    ['created_at:>now', 13, 'wrong_value', /RFC 3339/],
    ['"" tag:a', 1, 'missing_value', /nothing to look for/],
    ['cost:>*', 7, 'star_not_applicable', /cost:\*/],
  ])('%s', (text, column, code, message) => {
    expect(fault(text)).toMatchObject({ column, code });
    expect(fault(text).message).toMatch(message);
  });

  it('is refused quickly, however long or deep', () => {
    const started = performance.now();
    expect(fault('('.repeat(500_000)).code).toBe('too_deep');
    expect(fault('-('.repeat(200_000)).code).toBe('too_deep');
    expect(fault('tag:a '.repeat(200_000)).code).toBe('too_large');
    expect(fault('mug '.repeat(200_000)).code).toBe('too_large');
    expect(fault(`sku:${'a,'.repeat(200_000)}a`).code).toBe('too_large');
    expect(fault('-'.repeat(500_000)).code).toBe('missing_term');
    expect(fault(`sku:${'\\"'.repeat(500_000)}`).code).toBe('wrong_value');
    expect(fault('"'.repeat(500_001)).column).toBe(3);
    expect(fault('x'.repeat(SEARCH_TEXT_MAX_LENGTH + 1)).code).toBe('too_long');
    expect(performance.now() - started).toBeLessThan(4_000);
  });

  it('may be as long as the longest list', () => {
    const list = Array.from({ length: 10_000 }, (_, i) => `SKU-${i}`);
    expect(parsed(printSearch(c('variant.sku', 'in', list)))).toEqual(c('variant.sku', 'in', list));
  });
});
