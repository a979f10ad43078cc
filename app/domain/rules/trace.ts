import type { GuardAction } from '../policies/policy.ts';
import type { MarketReason } from '../catalog/price-list.ts';
import type { GuardDecision, GuardName, GuardReason } from '../policies/guard-codes.ts';
import { encodeReference, REFERENCE_LAYOUT } from '../reference-prices/reference-trace.ts';
import type { ReferenceTrace } from '../reference-prices/reference-trace.ts';
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
  | { readonly code: 'warning'; readonly warning: WarningCode | 'extreme_change'; readonly price: string; readonly other: string }
  /**
   * A guardrail of the shop that said something: `limit` is the least or largest price it allows (the writes of a day for the daily cap),
   * `by` its percentage and `of` the price or cost that is taken from; `from` what the rule asked for, `to` the price it left, null where blocked.
   */
  | {
      readonly code: 'guard'; readonly name: GuardName; readonly action: GuardAction; readonly decided: GuardDecision;
      readonly limit: string | null; readonly by: string | null; readonly of: string | null; readonly from: string; readonly to: string | null;
    }
  | ReferenceTrace
  /** Always last. `price` and `compareAtPrice` are what the row ends with, `wasPrice` and `wasCompareAtPrice` what it had. */
  | {
      readonly code: 'outcome'; readonly outcome: Outcome; readonly reason: BlockReason | GuardReason | MarketReason | null;
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

/**
 * How each step is kept: a letter, then its members in the order in which encodeStep writes them. Letters and orders are
 * stored data: only ever add at the end.
 */
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
  guard: ['p', 'name', 'action', 'decided', 'limit', 'by', 'of', 'from', 'to'],
  reference: ['h', ...REFERENCE_LAYOUT],
  outcome: ['o', 'outcome', 'reason', 'price', 'compareAtPrice', 'wasPrice', 'wasCompareAtPrice'],
} as const satisfies Record<TraceStep['code'], readonly string[]>;

const LETTERS = new Map(Object.entries(LAYOUT).map(([code, layout]) => [layout[0] as string, { code, members: layout.slice(1) as readonly string[] }]));

/**
 * A trace as compact JSON text for a column: an array of arrays. Written by hand, since a preview encodes one for every
 * row and JSON.stringify over nested arrays costs more than pricing the row did.
 */
export function encodeTrace(trace: Trace): string {
  let text = '[';
  for (let i = 0; i < trace.length; i++) text += `${i === 0 ? '' : ','}${encodeStep(trace[i] as TraceStep)}`;
  return `${text}]`;
}

/** One step of a trace as text. */
export function encodeStep(step: TraceStep): string {
  switch (step.code) {
    case 'condition':
      return `["c",${JSON.stringify(step.field)},"${step.op}",${JSON.stringify(step.value)},${step.more},${JSON.stringify(step.seen)},${step.held}]`;
    case 'base':
      return `["b","${step.from}",${plain(step.value)}]`;
    case 'step':
      return `["s","${step.type}","${step.by}","${step.from}","${step.to}",${plain(step.cost)}]`;
    case 'limit':
      return `["l","${step.side}","${step.name}","${step.value}","${step.exact}",${plain(step.by)},${plain(step.of)}]`;
    case 'bounds':
      return `["r",${plain(step.lower)},${plain(step.lowerBy)},${plain(step.upper)},${plain(step.upperBy)},"${step.from}","${step.to}",${plain(step.decided)}]`;
    case 'minorUnit':
      return `["m","${step.from}","${step.to}"]`;
    case 'grid': {
      let candidates = '';
      for (const { price, away, inside } of step.candidates) candidates += `${candidates === '' ? '' : ','}"${price}","${away}",${inside}`;
      return `["g","${step.ending}","${step.every}","${step.direction}","${step.from}",${plain(step.to)},${plain(step.lower)},${plain(step.upper)},[${candidates}]]`;
    }
    case 'compareAt':
      return `["a","${step.mode}",${plain(step.current)},${plain(step.reference)},${plain(step.to)}]`;
    case 'warning':
      return `["w","${step.warning}","${step.price}","${step.other}"]`;
    case 'guard':
      return `["p","${step.name}","${step.action}","${step.decided}",${plain(step.limit)},${plain(step.by)},${plain(step.of)},"${step.from}",${plain(step.to)}]`;
    case 'reference':
      return encodeReference(step);
    case 'outcome':
      return `["o","${step.outcome}",${plain(step.reason)},${plain(step.price)},${plain(step.compareAtPrice)},${plain(step.wasPrice)},${plain(step.wasCompareAtPrice)}]`;
  }
}

/** Codes and amounts have no character that JSON escapes. */
function plain(text: string | null): string {
  return text === null ? 'null' : `"${text}"`;
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

function candidatesOf(flat: unknown): Candidate[] {
  const candidates: Candidate[] = [];
  if (!Array.isArray(flat)) return candidates;
  for (let i = 0; i + 2 < flat.length; i += 3) {
    candidates.push({ price: flat[i] as string, away: flat[i + 1] as string, inside: flat[i + 2] as boolean });
  }
  return candidates;
}
