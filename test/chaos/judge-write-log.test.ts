import { describe, expect, it } from 'vitest';
import { judgeWrites } from './judge-write-log.ts';
import type { ApprovedPlan, LoggedWrite, Shown } from './judge-write-log.ts';

const shown = (price: string): Shown => ({ price: `${price}.00`, compareAtPrice: null });
const plan = (name: string, from: string, to: string): ApprovedPlan => ({ name, rows: { 1: { from: shown(from), to: shown(to) } } });
const plans = [plan('first', '10', '9'), plan('second', '9', '8')];

/** `10>9` by the app, `m10>9` by a merchant, a second apart. */
function log(...words: string[]): LoggedWrite[] {
  return words.map((word, n) => {
    const [before, after] = word.replace('m', '').split('>') as [string, string];
    return { seq: n + 1, at: new Date(n * 1_000).toISOString(), variantId: '1', before: shown(before), after: shown(after), actor: word.startsWith('m') ? 'merchant' : 'app' };
  });
}

describe('the judge of the write log', () => {
  it.each([
    ['each row once, in order', log('10>9', '9>8')],
    ['a write again that changes nothing', log('10>9', '9>9', '9>8', '8>8')],
    ['rows that were never written', log()],
    ['only the second plan', log('m10>9', '9>8')],
  ])('passes %s', (_what, writes) => {
    expect(judgeWrites(plans, writes).faults).toEqual([]);
  });

  it.each([
    ['a row that is written twice', log('10>9', 'm9>10', '10>9'), /2\. change/],
    ['a write over a price that somebody set', log('m10>7', '7>9'), /neither from .* nor to/],
    ['a price that nobody approved', log('10>5'), /nobody approved/],
    ['an earlier plan after a later one', log('10>9', '9>8', '8>9'), /out of order/],
  ])('finds %s', (_what, writes, words) => {
    expect(judgeWrites(plans, writes).faults).toEqual([expect.stringMatching(words)]);
  });

  it('reports what somebody set within the read→write window apart', () => {
    expect(judgeWrites(plans, log('m10>7', '7>9'), { windowMs: 2_000 })).toMatchObject({ faults: [], inWindow: 1, writes: 1, changing: 1 });
  });
});
