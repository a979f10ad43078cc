import { numberOf } from './conditions.ts';
import { fieldNamed } from './fields.ts';
import { parseInstant } from './instant.ts';
import { EVERY_NUMBER, NO_NUMBER, type NumberSet, between, complement, intersection, points } from './lint-intervals.ts';
import type { Condition } from './rule.ts';
import { foldText } from './text.ts';

/**
 * What conditions joined by "and" leave of one field. Claims on the same field are joined exactly for numbers and sets;
 * for text only as far as it is certain. A claim is never said to be impossible unless it is.
 */
export type Claim = NumberClaim | TextClaim | SetClaim;

export interface NumberClaim {
  readonly kind: 'number';
  /** Whether a row without the value fits. */
  readonly missing: boolean;
  readonly present: NumberSet;
}

export interface TextClaim {
  readonly kind: 'text';
  readonly missing: boolean;
  /** Folded texts; null where any text may be. */
  readonly only: ReadonlySet<string> | null;
  readonly except: ReadonlySet<string>;
  readonly parts: readonly TextPart[];
}
interface TextPart {
  readonly how: 'contains' | 'startsWith' | 'endsWith';
  readonly text: string;
  /** False: the text must not be so. */
  readonly holds: boolean;
}

/** A missing set is an empty one. */
export interface SetClaim {
  readonly kind: 'set';
  readonly has: ReadonlySet<string>;
  readonly lacks: ReadonlySet<string>;
  readonly empty: boolean;
  readonly filled: boolean;
}

/** What a valid condition (or its negation) says of its field. */
export function claimOf({ field, op, value }: Condition, negated: boolean): Claim {
  const kind = fieldNamed(field)?.kind ?? 'text';
  if (kind === 'text') return textClaim(op, value, negated);
  if (kind === 'set') return setClaim(op, value, negated);
  const read = (one: unknown) => (kind === 'time' ? { n: BigInt(parseInstant(one as string) ?? 0), d: 1n } : numberOf(one));
  const claim = numberClaim(op, value, read);
  return negated ? { kind: 'number', missing: !claim.missing, present: complement(claim.present) } : claim;
}

function numberClaim(op: Condition['op'], value: unknown, read: (one: unknown) => { n: bigint; d: bigint }): NumberClaim {
  const is = (present: NumberSet, missing = false): NumberClaim => ({ kind: 'number', missing, present });
  const list = Array.isArray(value) ? (value as readonly unknown[]).map(read) : [];
  switch (op) {
    case 'isSet':
      return is(EVERY_NUMBER);
    case 'isNotSet':
      return is(NO_NUMBER, true);
    case 'in':
      return is(points(list));
    case 'notIn':
      return is(complement(points(list)), true);
    case 'between':
      return is(between(list[0] ?? null, false, list[1] ?? null, false));
    case 'eq':
      return is(points([read(value)]));
    case 'neq':
      return is(complement(points([read(value)])), true);
    case 'gt':
    case 'gte':
      return is(between(read(value), op === 'gt', null, true));
    default:
      return is(between(null, true, read(value), op === 'lt'));
  }
}

const NEGATIVE_OPS: readonly string[] = ['neq', 'notIn', 'notContains', 'isNotSet'];

function textClaim(op: Condition['op'], value: unknown, negated: boolean): TextClaim {
  const missing = NEGATIVE_OPS.includes(op) !== negated;
  // A positive claim is one that a missing text does not fit.
  const holds = !missing;
  const none: ReadonlySet<string> = new Set();
  const exactly = (texts: readonly string[]): TextClaim => {
    const set = new Set(texts);
    return { kind: 'text', missing, only: holds ? set : null, except: holds ? none : set, parts: [] };
  };
  switch (op) {
    case 'in':
    case 'notIn':
      return exactly((value as readonly string[]).map(foldText));
    case 'eq':
    case 'neq':
      return exactly([foldText(value as string)]);
    case 'isSet':
    case 'isNotSet':
      // Set is: any text but the empty one.
      return holds ? { kind: 'text', missing, only: null, except: new Set(['']), parts: [] } : { kind: 'text', missing, only: new Set(['']), except: none, parts: [] };
    default: {
      const how = op === 'startsWith' || op === 'endsWith' ? op : 'contains';
      return { kind: 'text', missing, only: null, except: none, parts: [{ how, text: foldText(value as string), holds }] };
    }
  }
}

function setClaim(op: Condition['op'], value: unknown, negated: boolean): SetClaim {
  const positive = NEGATIVE_OPS.includes(op) === negated;
  const presence = op === 'isSet' || op === 'isNotSet';
  const member = new Set(presence ? [] : [foldText(value as string)]);
  const none: ReadonlySet<string> = new Set();
  return { kind: 'set', has: positive ? member : none, lacks: positive ? none : member, empty: presence && !positive, filled: presence && positive };
}

/** Both claims on one field. */
export function joinClaims(a: Claim, b: Claim): Claim {
  if (a.kind === 'number' && b.kind === 'number') return { kind: 'number', missing: a.missing && b.missing, present: intersection(a.present, b.present) };
  if (a.kind === 'text' && b.kind === 'text') {
    const only = a.only === null ? b.only : b.only === null ? a.only : new Set([...a.only].filter((text) => b.only?.has(text)));
    return { kind: 'text', missing: a.missing && b.missing, only, except: new Set([...a.except, ...b.except]), parts: [...a.parts, ...b.parts] };
  }
  if (a.kind === 'set' && b.kind === 'set') {
    return { kind: 'set', has: new Set([...a.has, ...b.has]), lacks: new Set([...a.lacks, ...b.lacks]), empty: a.empty || b.empty, filled: a.filled || b.filled };
  }
  throw new TypeError('A field has one kind');
}

/** How much there is to go through when claims are joined. */
export function sizeOf(claim: Claim): number {
  if (claim.kind === 'number') return claim.present.length;
  return claim.kind === 'set' ? claim.has.size + claim.lacks.size : claim.except.size + claim.parts.length + (claim.only?.size ?? 0) * (1 + claim.parts.length);
}

/** True only where certainly no value, and no missing one, fits. */
export function isImpossible(claim: Claim): boolean {
  if (claim.kind === 'number') return !claim.missing && claim.present.length === 0;
  if (claim.kind === 'set') return (claim.empty && (claim.filled || claim.has.size > 0)) || [...claim.has].some((member) => claim.lacks.has(member));
  return !claim.missing && noTextFits(claim);
}

function noTextFits({ only, except, parts }: TextClaim): boolean {
  if (only !== null) return ![...only].some((text) => !except.has(text) && parts.every((part) => fits(text, part)));
  const held = (how: TextPart['how']): string[] => parts.filter((part) => part.holds && part.how === how).map(({ text }) => text);
  const longest = (texts: readonly string[]): string => texts.reduce((long, text) => (text.length > long.length ? text : long), '');
  const starts = held('startsWith');
  const ends = held('endsWith');
  const start = longest(starts);
  const end = longest(ends);
  if (starts.some((text) => !start.startsWith(text)) || ends.some((text) => !end.endsWith(text))) return true;
  const pieces = [start, end, ...held('contains')];
  return parts.some(({ how, text, holds }) => {
    if (holds) return false;
    if (how === 'contains') return pieces.some((piece) => piece.includes(text));
    if (how === 'startsWith') return start.startsWith(text);
    return how === 'endsWith' && end.endsWith(text);
  });
}

function fits(text: string, part: TextPart): boolean {
  const is = part.how === 'contains' ? text.includes(part.text) : part.how === 'startsWith' ? text.startsWith(part.text) : text.endsWith(part.text);
  return is === part.holds;
}
