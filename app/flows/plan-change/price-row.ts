import type { RuleRow } from '../../domain/catalog/catalog-row.ts';
import type { MarketReason } from '../../domain/catalog/price-list.ts';
import { factsOfRow } from '../../domain/catalog/facts-of-row.ts';
import { rowTitle } from '../../domain/catalog/row-title.ts';
import type { PlanRow } from '../../domain/pricing/change.ts';
import type { PolicyInForce } from '../../domain/policies/policy.ts';
import type { RowGuard } from '../../domain/policies/row-guard.ts';
import type { KnownPrices } from '../../domain/reference-prices/lowest-price.ts';
import { encodeReference } from '../../domain/reference-prices/reference-trace.ts';
import type { RowReferences } from '../../domain/reference-prices/row-references.ts';
import type { Transform } from '../../domain/rules/rule.ts';
import type { CompiledRule } from '../../domain/rules/compile.ts';
import { encodeTrace } from '../../domain/rules/trace.ts';
import type { TraceStep } from '../../domain/rules/trace.ts';

/** The largest amount that is kept, in minor units. A price beyond it is a slip of the rule and no price. */
const AMOUNT_MAX = 9_223_372_036_854_775_807n;

/** What every row of a plan is priced by. */
export interface RowPricing {
  readonly compiled: CompiledRule;
  readonly transform: Transform;
  /** The lowest price of 30 days, as a base and as the judge of strike-throughs. */
  readonly references: RowReferences;
  /** What the guardrails of the shop make of a row, and the policies that they are of. */
  readonly guard: RowGuard;
  readonly policy: PolicyInForce;
}

/** What the past says about a variant. */
export interface RowPast {
  readonly known: KnownPrices | undefined;
  /** How often its price went out today; 0 where nobody asks. */
  readonly sentToday: number;
}

/**
 * The plan's row of a variant: what the rule makes of it. `before` is what the shop shows, `baseline` what it would show without
 * campaigns and what the rule worked on (null where no campaign runs). Null where the rule's closure does not select it after all.
 */
export function priceRow(row: RuleRow, { compiled, transform, references, guard, policy }: RowPricing, { known, sentToday }: RowPast, id: string, position: number): PlanRow | null {
  const base = references.base(known);
  const facts = factsOfRow(row, base?.value);
  const guarded = { productId: row.productId, facts, writesToday: sentToday };
  // Nearly every row's trace is text from the beginning; where somebody else has a word in it, it is made of steps.
  const written = compiled.write(facts);
  const plain = written !== null && guard(guarded, written) === written ? written : null;
  const verdict = plain ?? guard(guarded, compiled.evaluate(facts));
  if (verdict.outcome === 'notSelected') return null;
  const tooLarge = (verdict.price ?? 0n) > AMOUNT_MAX || (verdict.compareAtPrice ?? 0n) > AMOUNT_MAX;
  const foreign = elsewhere(row, verdict, transform, policy);
  const blocked = tooLarge ? 'price_too_large' : foreign;
  const priced = verdict.outcome !== 'blocked' && blocked === null;
  const reference = blocked !== null ? null : references.judge({ outcome: verdict.outcome, price: verdict.price, compareAt: verdict.compareAtPrice }, known);
  const trace = (): string | null => {
    if (plain !== null && blocked === null) {
      return `[${plain.steps}${base ? `${encodeReference(base.step)},` : ''}${reference ? `${encodeReference(reference.step)},` : ''}${plain.outcomeStep}]`;
    }
    const recorded = plain === null ? verdict.trace : guard(guarded, compiled.evaluate(facts)).trace;
    if (recorded === null) return null;
    return encodeTrace(withSteps(foreign === null ? recorded : blockedBy(recorded, foreign), [base?.step, reference?.step].filter((step) => step !== undefined)));
  };
  return {
    id, position, variantId: row.variantId, productId: row.productId, variantRef: row.variantRef, productRef: row.productRef,
    sku: row.sku, title: rowTitle(row),
    outcome: blocked !== null ? 'blocked' : verdict.outcome, reason: blocked ?? verdict.reason,
    warnings: reference?.warning ? [...verdict.warnings, reference.warning] : verdict.warnings,
    beforePrice: row.price, beforeCompareAt: row.compareAt, afterPrice: priced ? verdict.price : null, afterCompareAt: priced ? verdict.compareAtPrice : null,
    baselinePrice: row.baselinePrice, baselineCompareAt: row.baselineCompareAt, layerId: row.layerId, source: 'rule', policyVersion: policy.version,
    cost: row.cost, trace: trace(), sourceItemId: null,
    beforeOrigin: row.origin ?? null, afterOrigin: row.origin && priced ? (verdict.outcome === 'planned' ? 'fixed' : row.origin) : null,
  };
}

/** Why a row is blocked that has its cost, or its minimum advertised price, in another currency than its price: it is there, and it cannot be compared. */
function elsewhere(row: RuleRow, { outcome, reason }: { outcome: string; reason: string | null }, transform: Transform, policy: PolicyInForce): MarketReason | null {
  if (row.costElsewhere && (reason === 'cost_missing' || reason === 'guardrail_cost_missing' || (reason === 'base_missing' && transform.base === 'cost'))) return 'cost_currency_differs';
  const heedsMap = transform.bounds?.respectMap === true || policy.document.guardrails.respectMap !== undefined;
  return row.mapPriceElsewhere && heedsMap && outcome === 'planned' ? 'map_price_currency_differs' : null;
}

function blockedBy(trace: readonly TraceStep[], reason: MarketReason): readonly TraceStep[] {
  return trace.map((step) => (step.code === 'outcome' ? { ...step, outcome: 'blocked', reason, price: null, compareAtPrice: null } : step));
}

/** What the prices of the past said comes before the outcome, which is always last. */
function withSteps(trace: readonly TraceStep[], steps: readonly TraceStep[]): readonly TraceStep[] {
  return steps.length === 0 ? trace : [...trace.slice(0, -1), ...steps, ...trace.slice(-1)];
}
