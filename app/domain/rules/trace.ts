import type { BaseName, ConditionOp, RoundingDirection, StepType } from './rule.ts';
import type { BlockReason, Outcome, WarningCode } from './verdict.ts';

/**
 * What was decided about one row, in order, while it was evaluated. Amounts are decimal strings in major units that lose
 * nothing; where the decimals never end, a fraction ("95/9"). Only data: `render-trace.ts` makes the sentences.
 */
export type TraceStep =
  | ConditionTrace
  | { readonly code: 'base'; readonly from: BaseName; readonly value: string | null }
  | { readonly code: 'step'; readonly type: StepType; readonly by: string; readonly from: string; readonly to: string; readonly cost: string | null }
  /** `exact` is the limit before it was rounded to the minor unit (`value`), `of` the price or cost it was taken from, `by` its percentage. */
  | { readonly code: 'limit'; readonly side: 'lower' | 'upper'; readonly name: LimitName; readonly value: string; readonly exact: string; readonly by: string | null; readonly of: string | null }
  /** The range, the limits that set it, and what it did to the value: `decided` names the limit that moved or refused it. */
  | {
      readonly code: 'bounds'; readonly lower: string | null; readonly lowerBy: LimitName | null; readonly upper: string | null; readonly upperBy: LimitName | null;
      readonly from: string; readonly to: string; readonly decided: LimitName | null;
    }
  | { readonly code: 'minorUnit'; readonly from: string; readonly to: string }
  | {
      readonly code: 'grid'; readonly ending: string; readonly every: string; readonly direction: RoundingDirection; readonly from: string; readonly to: string | null;
      readonly lower: string | null; readonly upper: string | null; readonly candidates: readonly Candidate[];
    }
  | { readonly code: 'compareAt'; readonly mode: 'keep' | 'clear' | 'set' | 'sale'; readonly current: string | null; readonly reference: string | null; readonly to: string | null }
  | { readonly code: 'warning'; readonly warning: WarningCode; readonly price: string; readonly other: string }
  /** Always last. `price` and `compareAtPrice` are what the row ends with, `wasPrice` and `wasCompareAtPrice` what it had. */
  | {
      readonly code: 'outcome'; readonly outcome: Outcome; readonly reason: BlockReason | null;
      readonly price: string | null; readonly compareAtPrice: string | null; readonly wasPrice: string | null; readonly wasCompareAtPrice: string | null;
    };

export type Trace = readonly TraceStep[];

export type LimitName = 'floor' | 'minMarginPercent' | 'maxDecreasePercent' | 'mapPrice' | 'ceiling' | 'maxIncreasePercent';

export interface ConditionTrace {
  readonly code: 'condition';
  readonly field: string;
  readonly op: ConditionOp;
  /** What the rule asks for; of a long list only its first members. */
  readonly value: string | number | readonly (string | number)[] | null;
  /** How many members of the list are not shown. */
  readonly more: number;
  /** What the row had. */
  readonly seen: string | readonly string[] | null;
  readonly held: boolean;
}

/** A price on the grid that was weighed: how far it is from the value, and whether the bounds allow it. */
export interface Candidate {
  readonly price: string;
  readonly away: string;
  readonly inside: boolean;
}

/** How each step is kept: a letter, then its members in this order. Letters and orders are stored data: only ever add at the end. */
const LAYOUT = {
  condition: ['c', 'field', 'op', 'value', 'more', 'seen', 'held'],
  base: ['b', 'from', 'value'],
  step: ['s', 'type', 'by', 'from', 'to', 'cost'],
  limit: ['l', 'side', 'name', 'value', 'exact', 'by', 'of'],
  bounds: ['r', 'lower', 'lowerBy', 'upper', 'upperBy', 'from', 'to', 'decided'],
  minorUnit: ['m', 'from', 'to'],
  grid: ['g', 'ending', 'every', 'direction', 'from', 'to', 'lower', 'upper', 'candidates'],
  compareAt: ['a', 'mode', 'current', 'reference', 'to'],
  warning: ['w', 'warning', 'price', 'other'],
  outcome: ['o', 'outcome', 'reason', 'price', 'compareAtPrice', 'wasPrice', 'wasCompareAtPrice'],
} as const satisfies Record<TraceStep['code'], readonly string[]>;

const LETTERS = new Map(Object.entries(LAYOUT).map(([code, layout]) => [layout[0] as string, { code, members: layout.slice(1) as readonly string[] }]));

/** A trace as compact JSON text for a column: an array of arrays. */
export function encodeTrace(trace: Trace): string {
  const rows: unknown[] = [];
  for (const step of trace) {
    const [letter, ...members] = LAYOUT[step.code];
    const values = step as unknown as Readonly<Record<string, unknown>>;
    const row: unknown[] = [letter];
    for (const member of members) row.push(member === 'candidates' ? flatCandidates(values[member] as readonly Candidate[]) : values[member]);
    rows.push(row);
  }
  return JSON.stringify(rows);
}

/** The trace that encodeTrace wrote. Text that it did not write is a bug or a damaged row, and throws. */
export function decodeTrace(text: string): Trace {
  const rows = JSON.parse(text) as unknown;
  if (!Array.isArray(rows)) throw new TypeError('A stored trace is a list');
  return rows.map((row: unknown) => {
    const layout = Array.isArray(row) ? LETTERS.get(row[0] as string) : undefined;
    if (!Array.isArray(row) || layout === undefined) throw new TypeError('A stored trace holds a step that is not known');
    const step: Record<string, unknown> = { code: layout.code };
    layout.members.forEach((member, i) => {
      const value: unknown = row[i + 1] ?? null;
      step[member] = member === 'candidates' ? candidatesOf(value) : value;
    });
    return step as unknown as TraceStep;
  });
}

function flatCandidates(candidates: readonly Candidate[]): unknown[] {
  return candidates.flatMap(({ price, away, inside }) => [price, away, inside]);
}

function candidatesOf(flat: unknown): Candidate[] {
  const candidates: Candidate[] = [];
  if (!Array.isArray(flat)) return candidates;
  for (let i = 0; i + 2 < flat.length; i += 3) {
    candidates.push({ price: flat[i] as string, away: flat[i + 1] as string, inside: flat[i + 2] as boolean });
  }
  return candidates;
}
