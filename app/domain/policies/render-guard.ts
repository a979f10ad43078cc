import type { TraceStep } from '../rules/trace.ts';
import type { GuardName, GuardReason } from './guard-codes.ts';

type GuardTrace = Extract<TraceStep, { code: 'guard' }>;

/** Guardrails as a trace calls them, inside a sentence. */
export const GUARD_WORDS: Readonly<Record<GuardName, string>> = {
  frozen: 'frozen products', maxWritesPerVariantPerDay: 'most price changes a day', minMarginPercent: 'least margin', belowCost: 'never below cost',
  respectMap: 'minimum advertised price', maxDecreasePercent: 'largest decrease', maxIncreasePercent: 'largest increase',
};

export const GUARD_REASON_WORDS: Readonly<Record<GuardReason, string>> = {
  guardrail_frozen: "the shop's guardrails freeze this product",
  daily_cap_reached: 'its price already changed as often today as the guardrails allow',
  guardrail_cost_missing: 'a guardrail of the shop needs the unit cost, and there is none',
  guardrail_min_margin: 'the margin would be below the least that the guardrails allow',
  guardrail_below_cost: 'the price would be below the cost, which the guardrails do not allow',
  guardrail_map: 'the price would be below the minimum advertised price',
  guardrail_max_decrease: 'the price would fall further at once than the guardrails allow',
  guardrail_max_increase: 'the price would rise further at once than the guardrails allow',
};

/** Its part in the first sentence, where a guardrail moved the price: "held at 13.00 by the guardrail least margin". */
export function guardChain(step: GuardTrace): string | null {
  return step.decided === 'clamped' ? `held at ${step.to ?? ''} by the guardrail "${GUARD_WORDS[step.name]}"` : null;
}

/** A guardrail's decision as a sentence of its own. */
export function guardSentence(step: GuardTrace): string {
  const words = GUARD_WORDS[step.name];
  switch (step.name) {
    case 'frozen':
      return 'Guardrail: this product is frozen, no plan may change its price.';
    case 'maxWritesPerVariantPerDay':
      return `Guardrail: a variant's price changes at most ${step.limit ?? ''} times a day, and today it changed ${step.of ?? ''} times already.`;
    default:
      if (step.limit === null) return `Guardrail "${words}" cannot be checked: there is no unit cost${step.decided === 'warned' ? '; it only warns' : ', and blank is never zero'}.`;
      return `Guardrail "${words}": ${allowed(step)}; ${ending(step)}.`;
  }
}

function allowed({ name, limit, by, of }: GuardTrace): string {
  const side = name === 'maxIncreasePercent' ? 'at most' : 'at least';
  const kind = name === 'minMarginPercent' ? `${by ?? ''} % of margin over the cost ${of ?? ''}` : by === null ? null : `${by} % on ${of ?? ''}`;
  return `${side} ${limit ?? ''} is allowed${kind === null ? '' : ` (${kind})`}`;
}

function ending({ action, decided, from, to }: GuardTrace): string {
  if (decided === 'clamped') return `the rule asked for ${from}, ${to ?? ''} is the closest that keeps every limit`;
  if (decided === 'warned') return `${to ?? from} is outside, and the guardrail only warns`;
  return action === 'clamp' ? `the rule asked for ${from}, and no price between that and the price before keeps every limit` : `the rule asked for ${from}`;
}
