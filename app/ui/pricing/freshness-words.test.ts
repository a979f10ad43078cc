import { describe, expect, it } from 'vitest';
import type { CatalogStatus } from '@calibr/types';
import { freshness, untoldWords } from './freshness-words.ts';

const FOUND = '2026-11-22T12:00:00.000Z';
const now = Date.parse('2026-11-22T13:00:00.000Z');
const status = (more: Partial<CatalogStatus>): CatalogStatus => ({ upToDateAsOf: FOUND, reconciling: false, untold: null, ...more }) as CatalogStatus;

describe('words of freshness', () => {
  it('say as of when the catalog is right, and nothing before the first sync', () => {
    expect(freshness(status({}), 'UTC')).toMatch(/^Up to date as of .*12:00/);
    expect(freshness(status({ reconciling: true }), 'UTC')).toMatch(/being compared with Shopify now$/);
    expect(freshness(status({ upToDateAsOf: null }), 'UTC')).toBeUndefined();
  });

  it('say how many prices were changed without telling us, for a day', () => {
    const untold = { foundAt: FOUND, products: 2, prices: 3, behindSeconds: 120 };
    expect(untoldWords(status({ untold }), 'UTC', now)).toMatch(/^3 prices were changed in Shopify without telling us\. We found that .*12:00.*, the oldest 2 min.* before; what you see here is right again\.$/);
    expect(untoldWords(status({ untold: { ...untold, prices: 1, behindSeconds: null } }), 'UTC', now)).toMatch(/^1 price was changed .*12:00[^,]*; what/);
    expect(untoldWords(status({ untold: { ...untold, prices: 0 } }), 'UTC', now)).toBeNull();
    expect(untoldWords(status({ untold }), 'UTC', now + 24 * 3_600_000)).toBeNull();
  });
});
