import { describe, expect, it } from 'vitest';
import { endedWords } from './leaving-words.ts';

const waiting = [{ id: 'b', code: 'write_in_doubt', detail: 'Wait.' }];

describe('ending all campaigns', () => {
  it.each([
    [{ ended: [], waiting: [] }, 'No campaign runs'],
    [{ ended: ['a'], waiting: [] }, '1 campaign is ending'],
    [{ ended: ['a', 'b'], waiting: [] }, '2 campaigns are ending'],
    [{ ended: ['a'], waiting }, '1 campaign is ending; 1 waits for an answer of Shopify: try again in a minute'],
  ])('%j is told as one sentence', (report, words) => {
    expect(endedWords(report)).toBe(words);
  });
});
