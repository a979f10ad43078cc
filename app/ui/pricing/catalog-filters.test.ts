import { describe, expect, it } from 'vitest';
import { catalogQuery, readFilters, selectedView, selectorOfFilters, selectorOfVariants, VIEWS } from './catalog-filters.ts';

const params = (text: string) => new URLSearchParams(text);

describe('filters of the Pricing screen', () => {
  it('become the list flow’s input', () => {
    expect(catalogQuery(params('q=linen shirt&vendor=Acme&min=10&max=99.50&cost=missing&sort=price desc&cursor=abc&shop=x'), 'USD')).toEqual({
      query: 'linen shirt',
      vendor: 'Acme',
      priceMin: 1000n,
      priceMax: 9950n,
      missingCost: true,
      sort: 'price',
      direction: 'desc',
      limit: 50,
      cursor: 'abc',
    });
  });

  it('leave out what has no meaning', () => {
    expect(readFilters(params('min=cheap&cost=any&sale=1&vendor=%20'))).toEqual({});
    expect(catalogQuery(params('sort=colour&max=12.345'), 'USD')).toEqual({ sort: 'title', direction: 'asc', limit: 50, cursor: null });
  });

  it('name their view', () => {
    for (const [index, view] of VIEWS.entries()) expect(selectedView(view.filters)).toBe(index);
    expect(selectedView({ vendor: 'Acme' })).toBe(0);
    expect(selectedView({ sale: 'yes', vendor: 'Acme' })).toBe(1);
  });

  it('become a selector of the same rows', () => {
    expect(selectorOfFilters({})).toEqual({ all: [] });
    expect(selectorOfFilters({ status: 'draft', cost: 'missing', min: '5' })).toEqual({
      all: [
        { field: 'product.status', op: 'eq', value: 'draft' },
        { field: 'variant.price', op: 'gte', value: '5' },
        { field: 'variant.cost', op: 'isNotSet' },
      ],
    });
  });
});

describe('selected rows', () => {
  it('are chosen by SKU, each once', () => {
    const row = { title: 'M', product: { handle: 'shirt' } };
    expect(selectorOfVariants([{ ...row, sku: 'A' }, { ...row, sku: 'B ' }, { ...row, sku: 'A' }])).toEqual({
      all: [{ field: 'variant.sku', op: 'in', value: ['A', 'B'] }],
    });
  });

  it('without SKU are chosen by product and variant', () => {
    expect(selectorOfVariants([{ sku: '', title: 'M', product: { handle: 'shirt' } }, { sku: 'A', title: 'L', product: { handle: 'shirt' } }])).toEqual({
      any: [
        { field: 'variant.sku', op: 'in', value: ['A'] },
        { all: [{ field: 'product.handle', op: 'eq', value: 'shirt' }, { field: 'variant.title', op: 'eq', value: 'M' }] },
      ],
    });
  });
});
