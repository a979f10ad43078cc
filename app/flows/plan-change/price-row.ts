import type { RuleRow } from '../../domain/catalog/catalog-row.ts';
import { factsOfRow } from '../../domain/catalog/facts-of-row.ts';
import { rowTitle } from '../../domain/catalog/row-title.ts';
import type { PlanRow } from '../../domain/pricing/change.ts';
import type { CompiledRule } from '../../domain/rules/compile.ts';
import { encodeTrace } from '../../domain/rules/trace.ts';

/** The largest amount that is kept, in minor units. A price beyond it is a slip of the rule and no price. */
const AMOUNT_MAX = 9_223_372_036_854_775_807n;

/** What every row of a plan is priced by. */
export interface RowPricing {
  readonly compiled: CompiledRule;
}

/**
 * The plan's row of a variant: what the rule makes of it. `before` is what the shop shows, `baseline` what it would show without
 * campaigns and what the rule worked on (null where no campaign runs). Null where the rule's closure does not select it after all.
 */
export function priceRow(row: RuleRow, { compiled }: RowPricing, id: string, position: number): PlanRow | null {
  const verdict = compiled.evaluate(factsOfRow(row));
  if (verdict.outcome === 'notSelected') return null;
  const tooLarge = (verdict.price ?? 0n) > AMOUNT_MAX || (verdict.compareAtPrice ?? 0n) > AMOUNT_MAX;
  const priced = verdict.outcome !== 'blocked' && !tooLarge;
  return {
    id, position, variantId: row.variantId, productId: row.productId, variantRef: row.variantRef, productRef: row.productRef,
    sku: row.sku, title: rowTitle(row),
    outcome: tooLarge ? 'blocked' : verdict.outcome, reason: tooLarge ? 'price_too_large' : verdict.reason, warnings: verdict.warnings,
    beforePrice: row.price, beforeCompareAt: row.compareAt, afterPrice: priced ? verdict.price : null, afterCompareAt: priced ? verdict.compareAtPrice : null,
    baselinePrice: row.baselinePrice, baselineCompareAt: row.baselineCompareAt, layerId: row.layerId, source: 'rule', policyVersion: null,
    cost: row.cost, trace: verdict.trace === null ? null : encodeTrace(verdict.trace), sourceItemId: null,
  };
}
