import { describe, expect, it } from 'vitest';
import { judge } from './bus-judge.ts';
import type { Happened } from './bus-judge.ts';

const at = (text: string): Happened[] => text.split(' ').map((word) => ({ aggregate: word[0]!, seq: BigInt(word.slice(1)) }));
const none = { lost: 0, outOfOrder: 0, lateRepeats: 0, repeats: 0, unknown: 0 };
const log = at('a1 b2 a3 a4 b5');

describe('the judge of the bus', () => {
  it('finds nothing where every event happened once and in the order of its aggregate', () => {
    expect(judge(log, at('b2 a1 a3 b5 a4'))).toEqual(none);
  });

  it.each([
    ['a lost event', 'a1 b2 a4 b5', { lost: 1 }],
    ['an event before an earlier one', 'a1 b2 a4 a3 b5', { outOfOrder: 1 }],
    ['an event again after a later one', 'a1 b2 a3 a4 a3 b5', { lateRepeats: 1 }],
    ['an event twice in a row', 'a1 b2 a3 a3 a4 b5', { repeats: 1 }],
    ['an event that nobody wrote', 'a1 b2 a3 a4 b5 a6', { unknown: 1 }],
  ])('finds %s', (_what, happened, found) => {
    expect(judge(log, at(happened))).toEqual({ ...none, ...found });
  });
});
