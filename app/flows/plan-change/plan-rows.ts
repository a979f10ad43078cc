import type { RuleRow } from '../../domain/catalog/catalog-row.ts';
import { rowTitle } from '../../domain/catalog/row-title.ts';
import type { ChangeRow, PlanRow } from '../../domain/pricing/change.ts';
import { startsFromOwnPrice } from '../../domain/rules/automation.ts';
import type { Rule, Selector } from '../../domain/rules/rule.ts';
import type { Tx } from '../../ports/unit-of-work.ts';

/** Which variants a plan looks at, and what becomes of their rows beside what the rule says. */
export interface PlanSource {
  readonly batches: AsyncIterable<readonly RuleRow[]>;
  /** Asked once for each batch, before its rows are settled. */
  prepare(batch: readonly RuleRow[]): Promise<void>;
  /** The row as it goes into the plan; null where the variant is none of it. */
  settle(row: RuleRow, priced: PlanRow | null, id: string, position: number): PlanRow | null;
}

const BATCH = 500;

/** Written rows of a change without end whose cost moved are stale only where pricing them again does not start from our own price. */
export function costCounts(parent: Pick<ChangeRow, 'ruleJson'>): boolean {
  return !startsFromOwnPrice((parent.ruleJson as Rule).transform);
}

/**
 * What the rule selects; of a delta the stale rows of its parent; of a run after a change of the catalog without what the rule itself set.
 * A change for a price list looks at the variants that the list has, with its prices.
 */
export async function planSource(tx: Tx, change: ChangeRow, rule: Rule, selector: Selector, batchSize: number): Promise<PlanSource> {
  if (change.kind === 'delta' && change.parentId !== null) return staleOf(tx, (await tx.changes.get(change.parentId))!);
  const batches = change.priceListId ? tx.priceLists.stream(change.priceListId, selector, change.currencyCode, batchSize)
    : tx.catalog.stream(selector, change.currencyCode, batchSize);
  const loops = change.ruleId !== null && change.seriesId === change.ruleId && change.occurrenceAt === null && change.endAt === null && startsFromOwnPrice(rule.transform);
  if (!loops) return { batches, prepare: async () => undefined, settle: (_, priced) => priced };
  let own: ReadonlySet<string> = new Set();
  return {
    batches,
    prepare: async (batch) => {
      own = await tx.schedules.setByRule(change.ruleId!, batch.map((row) => row.variantId));
    },
    // Ten percent off what is ten percent off already would go on and on.
    settle: (row, priced) => (priced?.outcome === 'planned' && own.has(row.variantId) ? without(priced, 'own_price') : priced),
  };
}

function staleOf(tx: Tx, parent: ChangeRow): PlanSource {
  const items = new Map<string, string>();
  async function* batches(): AsyncIterable<readonly RuleRow[]> {
    for await (const stale of tx.stale.rows(parent, costCounts(parent), BATCH)) {
      for (const row of stale) items.set(row.variantId, row.itemId);
      const { data } = await tx.catalog.variants({ ids: stale.map((row) => row.variantId) }, { limit: BATCH, cursor: null });
      const place = new Map(stale.map((row, index) => [row.variantId, index]));
      yield [...data].sort((a, b) => place.get(a.variantId)! - place.get(b.variantId)!);
    }
  }
  return {
    batches: batches(),
    prepare: async () => undefined,
    settle: (row, priced, id, position) => ({ ...(priced ?? without(unpriced(row, id, position), 'no_longer_selected')), sourceItemId: items.get(row.variantId) ?? null }),
  };
}

function without(row: PlanRow, reason: 'own_price' | 'no_longer_selected'): PlanRow {
  return { ...row, outcome: 'blocked', reason, warnings: [], afterPrice: null, afterCompareAt: null, trace: null };
}

function unpriced(row: RuleRow, id: string, position: number): PlanRow {
  return {
    id, position, variantId: row.variantId, productId: row.productId, variantRef: row.variantRef, productRef: row.productRef, sku: row.sku, title: rowTitle(row),
    outcome: 'blocked', reason: null, warnings: [], beforePrice: row.price, beforeCompareAt: row.compareAt, afterPrice: null, afterCompareAt: null,
    baselinePrice: row.baselinePrice, baselineCompareAt: row.baselineCompareAt, layerId: row.layerId, source: 'rule', policyVersion: null, cost: row.cost, trace: null, sourceItemId: null,
  };
}
