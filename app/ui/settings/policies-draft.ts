import type { Policies } from '@calibr/types';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import type { FieldError } from '../../domain/kernel/result.ts';
import { DEFAULT_POLICY, WEEK_DAYS } from '../../domain/policies/policy.ts';
import type { PolicyDocument, WeekDay } from '../../domain/policies/policy.ts';
import { readPolicy } from '../../domain/policies/validate-policy.ts';
import { parseSearch } from '../../domain/rules/search/parse.ts';
import { printSearch } from '../../domain/rules/search/print.ts';

/** One guardrail as its form row holds it: off keeps what was typed. */
export interface GuardDraft {
  readonly on: boolean;
  readonly value: string;
  readonly action: string;
}

export interface WindowDraft {
  readonly days: readonly WeekDay[];
  readonly from: string;
  readonly to: string;
}

export const GUARD_ROWS = ['minMarginPercent', 'belowCost', 'respectMap', 'maxDecreasePercent', 'maxIncreasePercent', 'maxShareOfCatalogPercent', 'maxRevenueEffect'] as const;
export type GuardRowName = (typeof GUARD_ROWS)[number];

/** What the form holds; texts as they are typed. */
export interface PolicyDraft {
  readonly guards: Readonly<Record<GuardRowName, GuardDraft>>;
  readonly revenueUnit: 'percent' | 'amount';
  /** Selector text; empty freezes nothing. */
  readonly frozen: string;
  readonly frozenProductIds: readonly string[];
  readonly quiet: { readonly on: boolean; readonly timeZone: string; readonly windows: readonly WindowDraft[] };
  readonly dailyCap: { readonly on: boolean; readonly value: string };
  readonly approvers: 1 | 2;
  readonly role: 'approver' | 'admin';
  readonly ownChangeAllowed: boolean;
  readonly planMaxAgeHours: string;
  readonly automatic: { readonly on: boolean; readonly maxRows: string; readonly maxChangePercent: string; readonly maxShareOfCatalogPercent: string };
}

/** What a guardrail starts from when it is switched on. A tenfold slip is far outside all of them. */
const STARTING: Readonly<Record<GuardRowName, Omit<GuardDraft, 'on'>>> = {
  minMarginPercent: { value: '10', action: 'block' }, belowCost: { value: '', action: 'block' }, respectMap: { value: '', action: 'clamp' },
  maxDecreasePercent: { value: '50', action: 'block' }, maxIncreasePercent: { value: '100', action: 'block' },
  maxShareOfCatalogPercent: { value: '50', action: 'secondApprover' }, maxRevenueEffect: { value: '10', action: 'secondApprover' },
};
export const NEW_WINDOW: WindowDraft = { days: WEEK_DAYS, from: '22:00', to: '06:00' };

/** The saved policies as a form. `timeZone` is the shop's, for quiet hours that are not set yet. */
export function draftOf(policies: Pick<Policies, 'guardrails' | 'approvals'>, timeZone: string): PolicyDraft {
  const { guardrails, approvals } = policies as PolicyDocument;
  const guards = Object.fromEntries(GUARD_ROWS.map((name) => {
    const known = guardrails[name] as { value?: string; action: string } | undefined;
    return [name, { on: known !== undefined, value: known?.value ?? STARTING[name].value, action: known?.action ?? STARTING[name].action }];
  })) as Record<GuardRowName, GuardDraft>;
  const { frozen, quietHours, maxWritesPerVariantPerDay, maxRevenueEffect } = guardrails;
  return {
    guards, revenueUnit: maxRevenueEffect?.unit ?? 'percent',
    frozen: frozen?.selector ? printSearch(frozen.selector) || '*' : '', frozenProductIds: frozen?.productIds ?? [],
    quiet: { on: quietHours !== undefined, timeZone: quietHours?.timeZone ?? timeZone, windows: quietHours?.windows ?? [NEW_WINDOW] },
    dailyCap: { on: maxWritesPerVariantPerDay !== undefined, value: String(maxWritesPerVariantPerDay?.value ?? 2) },
    approvers: approvals.approvers, role: approvals.role, ownChangeAllowed: approvals.ownChangeAllowed,
    planMaxAgeHours: approvals.planMaxAgeHours === null ? '' : String(approvals.planMaxAgeHours),
    automatic: {
      on: approvals.automatic !== null, maxRows: String(approvals.automatic?.maxRows ?? 50), maxChangePercent: approvals.automatic?.maxChangePercent ?? '10',
      maxShareOfCatalogPercent: approvals.automatic?.maxShareOfCatalogPercent ?? '',
    },
  };
}

/** Digits as a number; anything else stays text, which the validation then refuses where it belongs. */
const whole = (text: string): number | string => (/^\d{1,15}$/.test(text.trim()) ? Number(text.trim()) : text);

/** The form as PUT /policies takes it, or the fault of its selector text. */
export function inputOf(draft: PolicyDraft): { readonly input: { readonly guardrails: object; readonly approvals: object }; readonly fault: FieldError | null } {
  const guardrails: Record<string, unknown> = {};
  for (const name of GUARD_ROWS) {
    const { on, value, action } = draft.guards[name];
    if (!on) continue;
    guardrails[name] = { ...(name === 'belowCost' || name === 'respectMap' ? {} : { value: value.trim() }), ...(name === 'maxRevenueEffect' ? { unit: draft.revenueUnit } : {}), action };
  }
  const frozen = draft.frozen.trim() === '' ? null : parseSearch(draft.frozen);
  if (frozen?.ok || draft.frozenProductIds.length > 0) guardrails.frozen = { ...(frozen?.ok ? { selector: frozen.value } : {}), ...(draft.frozenProductIds.length > 0 ? { productIds: draft.frozenProductIds } : {}) };
  if (draft.quiet.on) guardrails.quietHours = { timeZone: draft.quiet.timeZone.trim(), windows: draft.quiet.windows };
  if (draft.dailyCap.on) guardrails.maxWritesPerVariantPerDay = { value: whole(draft.dailyCap.value) };
  const { on, maxRows, maxChangePercent, maxShareOfCatalogPercent } = draft.automatic;
  const approvals = {
    approvers: draft.approvers, role: draft.role, ownChangeAllowed: draft.ownChangeAllowed, planMaxAgeHours: draft.planMaxAgeHours.trim() === '' ? null : whole(draft.planMaxAgeHours),
    automatic: on ? { maxRows: whole(maxRows), maxChangePercent: maxChangePercent.trim(), ...(maxShareOfCatalogPercent.trim() === '' ? {} : { maxShareOfCatalogPercent: maxShareOfCatalogPercent.trim() }) } : null,
  };
  const fault = frozen && !frozen.ok ? { pointer: '/guardrails/frozen/selector', code: frozen.error.code, message: `${frozen.error.message} (character ${frozen.error.column})` } : null;
  return { input: { guardrails, approvals }, fault };
}

/** Everything that is wrong with the form, by JSON pointer of what would be sent. */
export function errorsOfDraft(draft: PolicyDraft, currency: CurrencyCode): readonly FieldError[] {
  const { input, fault } = inputOf(draft);
  const read = readPolicy(input, DEFAULT_POLICY, currency);
  const errors = read.ok ? [] : (read.error.errors ?? []);
  return fault ? [fault, ...errors] : errors;
}

/** Guardrails that stop slips and hinder little else; what the shop has set already stays. */
export function withSuggestions(draft: PolicyDraft): PolicyDraft {
  const on = (name: GuardRowName, action: string): GuardDraft => (draft.guards[name].on ? draft.guards[name] : { ...STARTING[name], on: true, action });
  return {
    ...draft,
    guards: {
      ...draft.guards, maxDecreasePercent: on('maxDecreasePercent', 'block'), maxIncreasePercent: on('maxIncreasePercent', 'block'), belowCost: on('belowCost', 'warn'),
      maxShareOfCatalogPercent: on('maxShareOfCatalogPercent', 'secondApprover'),
    },
  };
}
