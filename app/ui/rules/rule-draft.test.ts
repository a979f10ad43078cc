import { describe, expect, it } from 'vitest';
import { errorAt, errorWithin, fittingValue, newRule, pointerOf, valueAt, withoutMemberAt, withValueAt } from './rule-draft.ts';

describe('a rule while it is being written', () => {
  const draft = { selector: { all: [{ field: 'variant.sku', op: 'eq', value: 'A' }, { not: { any: [] } }] }, transform: { steps: [] } };

  it('is read by path', () => {
    expect(valueAt(draft, ['selector', 'all', 0, 'value'])).toBe('A');
    expect(valueAt(draft, ['selector', 'any', 0])).toBeUndefined();
    expect(valueAt(draft, [])).toBe(draft);
  });

  it('is written by path, and what is beside the path stays the same object', () => {
    const next = withValueAt(draft, ['selector', 'all', 0, 'value'], 'B');
    expect(next.selector.all[0]).toEqual({ field: 'variant.sku', op: 'eq', value: 'B' });
    expect(next.selector.all[1]).toBe(draft.selector.all[1]);
    expect(draft.selector.all[0]).toHaveProperty('value', 'A');
  });

  it('gets missing objects made and members taken away', () => {
    expect(withValueAt({}, ['transform', 'bounds', 'floor'], '5.00')).toEqual({ transform: { bounds: { floor: '5.00' } } });
    expect(withValueAt({ transform: { base: 'price' } }, ['transform', 'base'], undefined)).toEqual({ transform: {} });
    expect(withoutMemberAt(draft, ['selector', 'all', 0]).selector.all).toEqual([{ not: { any: [] } }]);
  });

  it('keeps of a condition’s value what fits the new op', () => {
    expect(fittingValue('in', 'Acme')).toEqual(['Acme']);
    expect(fittingValue('eq', ['Acme', 'Umbra'])).toBe('Acme');
    expect(fittingValue('between', '10')).toEqual(['10', '']);
    expect(fittingValue('isSet', '10')).toBeUndefined();
  });

  it('finds errors by JSON pointer, also where names hold slashes', () => {
    expect(pointerOf(['a/b', 0, 'c~d'])).toBe('/a~1b/0/c~0d');
    const errors = [{ pointer: '/selector/all/0/value/1', code: 'malformed_decimal', message: 'Not a number.' }];
    expect(errorAt(errors, ['selector', 'all', 0, 'value'])).toBeUndefined();
    expect(errorWithin(errors, ['selector', 'all', 0, 'value'])).toBe('Not a number.');
    expect(errorWithin(errors, ['selector', 'all', 0, 'val'])).toBeUndefined();
  });

  it('starts as a rule for everything', () => {
    expect(newRule()).toMatchObject({ selector: { all: [] }, transform: { base: 'price' } });
  });
});
