import type { Recurrence } from '../schedules/recurrence.ts';

/**
 * The pricing rule as it is written, sent and stored: data, no behaviour. `schemas/rule.schema.json` describes the same
 * shape with the meaning of every part; `validate.ts` is what turns unknown input into these types.
 * Money and percentages are decimal strings.
 */
export interface Rule {
  readonly name?: string;
  readonly selector: Selector;
  readonly transform: Transform;
  readonly schedule?: RuleSchedule | null;
  /** Orders campaigns on one variant: the larger is on top. An integer. */
  readonly priority?: number;
}

export type Selector = AllOf | AnyOf | Not | Condition;
export interface AllOf {
  readonly all: readonly Selector[];
}
export interface AnyOf {
  readonly any: readonly Selector[];
}
export interface Not {
  readonly not: Selector;
}

export type ConditionOp =
  | 'eq' | 'neq' | 'in' | 'notIn' | 'contains' | 'notContains' | 'startsWith' | 'endsWith'
  | 'gt' | 'gte' | 'lt' | 'lte' | 'between' | 'isSet' | 'isNotSet';

export interface Condition {
  /** A name of the field table (`fields.ts`), `variant.options.NAME` or `score.NAME`. */
  readonly field: string;
  readonly op: ConditionOp;
  readonly value?: ConditionValue;
}
/** A list for `in`, `notIn` and `between`; a single value otherwise; nothing (or null, or true) for `isSet` and `isNotSet`. */
export type ConditionValue = string | number | true | null | readonly (string | number)[];

export interface Transform {
  /** What the steps start from; `price` where not given. */
  readonly base?: BaseName;
  readonly steps?: readonly Step[];
  readonly bounds?: Bounds;
  readonly rounding?: Rounding;
  readonly compareAt?: CompareAt;
  readonly allowZero?: boolean;
}

export const BASE_NAMES = [
  'price', 'compareAtPrice', 'cost', 'baseline', 'competitor.lowest', 'competitor.median', 'competitor.highest', 'lowest30Days',
] as const;
export type BaseName = (typeof BASE_NAMES)[number];

export const STEP_TYPES = ['percent', 'amount', 'multiply', 'set', 'margin'] as const;
export type StepType = (typeof STEP_TYPES)[number];
export interface Step {
  readonly type: StepType;
  readonly value: string;
}

export interface Bounds {
  readonly floor?: string;
  readonly ceiling?: string;
  readonly minMarginPercent?: string;
  readonly maxDecreasePercent?: string;
  readonly maxIncreasePercent?: string;
  readonly respectMap?: boolean;
  readonly onViolation?: 'clamp' | 'block';
}

export type RoundingDirection = 'nearest' | 'up' | 'down';
export type Rounding =
  | { readonly type: 'minorUnit' }
  | { readonly type: 'ending'; readonly ending: string; readonly every: string; readonly direction?: RoundingDirection }
  | { readonly type: 'increment'; readonly increment: string; readonly direction?: RoundingDirection };

export type CompareAt =
  | { readonly mode: 'keep' }
  | { readonly mode: 'clear' }
  | { readonly mode: 'set'; readonly value: string }
  | { readonly mode: 'sale' };

export interface RuleSchedule {
  /** Wall-clock time without offset, `2026-12-01T00:00:00`. */
  readonly startAt: string;
  readonly endAt?: string | null;
  /** IANA name, `Europe/Berlin`. */
  readonly timeZone: string;
  /** The window comes again; null is the same as not given. */
  readonly recurrence?: Recurrence | null;
}
