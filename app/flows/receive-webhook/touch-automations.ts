import type { CatalogRow } from '../../domain/catalog/catalog-row.ts';
import { factsOfRow } from '../../domain/catalog/facts-of-row.ts';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { canonicalJson } from '../../domain/pricing/plan-seal.ts';
import { CATALOG_LONGEST_MS, CATALOG_QUIET_MS } from '../../domain/rules/automation.ts';
import { compileSelector } from '../../domain/rules/select.ts';
import { validateRule } from '../../domain/rules/validate.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx } from '../../ports/unit-of-work.ts';

/**
 * Rings the rules that run after changes of the catalog for what a product was and is: those whose selector chose one of the variants
 * that changed, or chooses it now. What only our own writes moved rings for nobody.
 */
export async function touchAutomations(tx: Tx, ctx: FlowContext, currency: CurrencyCode, before: readonly CatalogRow[], after: readonly CatalogRow[]): Promise<void> {
  const rules = await tx.rules.onCatalog();
  if (rules.length === 0) return;
  const changed = changedRows(before, after, await tx.schedules.beingWritten(after.map((row) => row.variantId)));
  if (changed.length === 0) return;
  const touched = rules.filter((row) => {
    const rule = validateRule(row.ruleJson, currency);
    if (!rule.ok) return false;
    const { test } = compileSelector(rule.value.selector, currency);
    return changed.some((variant) => test(factsOfRow(variant)));
  });
  if (touched.length) await tx.rules.touch(touched.map(({ id }) => id), { now: ctx.now(), delayMs: CATALOG_QUIET_MS, longestMs: CATALOG_LONGEST_MS });
}

/** Each variant that is not what it was, as it was and as it is. */
function changedRows(before: readonly CatalogRow[], after: readonly CatalogRow[], ours: ReadonlySet<string>): CatalogRow[] {
  const was = new Map(before.map((row) => [row.variantId, row]));
  const is = new Map(after.map((row) => [row.variantId, row]));
  const gone = before.filter((row) => !is.has(row.variantId));
  const moved = after.flatMap((row) => {
    const old = was.get(row.variantId);
    if (!old) return [row];
    return shown(old, false) === shown(row, false) && (ours.has(row.variantId) || shown(old, true) === shown(row, true)) ? [] : [old, row];
  });
  return [...gone, ...moved];
}

/** What a rule can see of a variant, beside when it was last touched. */
function shown({ updatedAt: _at, price, compareAt, baselinePrice: _b, baselineCompareAt: _c, layerId: _l, ...facts }: CatalogRow, prices: boolean): string {
  const plain = Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value instanceof Date ? value.toISOString() : value]));
  return canonicalJson({ ...plain, ...(prices ? { price: String(price), compareAt: compareAt === null ? null : String(compareAt) } : {}) });
}
