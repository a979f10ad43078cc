import type { Selector } from '../rules/rule.ts';

/** What a guardrail does with a row that breaks it. */
export const GUARD_ACTIONS = ['block', 'clamp', 'warn'] as const;
export type GuardAction = (typeof GUARD_ACTIONS)[number];

/** What a guardrail over a whole plan asks for: no approval at all, two people instead of one, or a look. */
export const PLAN_ACTIONS = ['block', 'secondApprover', 'warn'] as const;
export type PlanAction = (typeof PLAN_ACTIONS)[number];

export interface PercentGuard {
  /** A decimal string. */
  readonly value: string;
  readonly action: GuardAction;
}

export const WEEK_DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type WeekDay = (typeof WEEK_DAYS)[number];

/** A time of the day in which no start writes; `to` before `from` is of the next day. `days` are those on which it begins. */
export interface QuietWindow {
  readonly days: readonly WeekDay[];
  /** `HH:MM` on the clock of the zone. */
  readonly from: string;
  readonly to: string;
}

export interface QuietHours {
  readonly timeZone: string;
  readonly windows: readonly QuietWindow[];
}

/** Limits that every plan of the shop keeps, whatever its rule says. What is not given does not limit; blank is never zero. */
export interface Guardrails {
  /** (price − cost) / price · 100 is at least this. */
  readonly minMarginPercent?: PercentGuard;
  /** No price below the cost. */
  readonly belowCost?: { readonly action: GuardAction };
  /** No price below the variant's minimum advertised price, where it has one. */
  readonly respectMap?: { readonly action: GuardAction };
  /** Largest single change, of the price that the plan starts from. */
  readonly maxIncreasePercent?: PercentGuard;
  readonly maxDecreasePercent?: PercentGuard;
  /** Rows that a plan may write, of all variants of the catalog. */
  readonly maxShareOfCatalogPercent?: { readonly value: string; readonly action: PlanAction };
  /** How far a plan may move revenue at today's sales, up or down; looks only where sales are known. */
  readonly maxRevenueEffect?: { readonly value: string; readonly unit: 'percent' | 'amount'; readonly action: PlanAction };
  /** What no plan may touch. */
  readonly frozen?: { readonly selector?: Selector; readonly productIds?: readonly string[] };
  readonly quietHours?: QuietHours;
  readonly maxWritesPerVariantPerDay?: { readonly value: number };
}

/** Plans within all of these are approved without a person. */
export interface AutomaticApproval {
  readonly maxRows: number;
  readonly maxChangePercent: string;
  readonly maxShareOfCatalogPercent?: string;
}

export interface ApprovalPolicy {
  readonly approvers: 1 | 2;
  /** The least role whose approval counts. */
  readonly role: 'approver' | 'admin';
  readonly ownChangeAllowed: boolean;
  /** A plan older than this must be previewed again; null: as the installation is configured. */
  readonly planMaxAgeHours: number | null;
  readonly automatic: AutomaticApproval | null;
}

export interface PolicyDocument {
  readonly guardrails: Guardrails;
  readonly approvals: ApprovalPolicy;
}

/** What holds for a shop that never said anything: no guardrails, and any approver may approve, the maker included. */
export const DEFAULT_POLICY: PolicyDocument = {
  guardrails: {},
  approvals: { approvers: 1, role: 'approver', ownChangeAllowed: true, planMaxAgeHours: null, automatic: null },
};

/** The document that is in force and its version; null: the shop never set one, and plans carry no version. */
export interface PolicyInForce {
  readonly version: number | null;
  readonly document: PolicyDocument;
}

export const NO_POLICY: PolicyInForce = { version: null, document: DEFAULT_POLICY };

/**
 * A fifth of the price or less, or five times it or more, looks like a slip of the keyboard and always warns. A slipped digit is a tenth, but
 * rounding and endings can leave a little more than that.
 */
export const EXTREME_FACTOR = 5n;
