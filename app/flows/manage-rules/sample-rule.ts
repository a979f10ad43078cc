import type { ChangeSummary } from '@calibr/types';
import { rowTitle } from '../../domain/catalog/row-title.ts';
import { factsOfRow } from '../../domain/catalog/facts-of-row.ts';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { ok } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { pricePair } from '../../domain/pricing/change-dto.ts';
import { SummaryCounter } from '../../domain/pricing/summary.ts';
import { compileRule } from '../../domain/rules/compile.ts';
import { renderTrace } from '../../domain/rules/render-trace.ts';
import { validateRule } from '../../domain/rules/validate.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

export interface RuleSample {
  readonly summary: ChangeSummary;
  readonly rows: readonly {
    readonly variantId: string; readonly sku: string; readonly title: string;
    readonly outcome: 'planned' | 'unchanged' | 'blocked'; readonly reason: string | null; readonly warnings: readonly string[];
    readonly before: ReturnType<typeof pricePair>; readonly after: ReturnType<typeof pricePair> | null; readonly text: string;
  }[];
}

/** What a rule would do to the whole catalog, in numbers, and to its first `limit` rows, in full. Nothing is stored. Errors: invalid `invalid_rule`. */
export async function sampleRule({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { rule: input, limit }: { rule: unknown; limit: number }): Promise<Result<RuleSample>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const currency = ((await tx.tenant.get())?.currencyCode ?? 'USD') as CurrencyCode;
    const valid = validateRule(input, currency);
    if (!valid.ok) return valid;
    const compiled = compileRule(valid.value, currency);
    const counter = new SummaryCounter();
    const rows: RuleSample['rows'][number][] = [];
    for await (const batch of tx.catalog.stream(valid.value.selector, currency, 2_000)) {
      for (const row of batch) {
        const shown = rows.length < limit;
        const verdict = compiled.evaluate(factsOfRow(row), { trace: shown });
        if (verdict.outcome === 'notSelected') continue;
        const { outcome, reason, warnings } = verdict;
        counter.add({ outcome, reason, warnings, beforePrice: row.price, afterPrice: verdict.price, cost: row.cost });
        if (!shown) continue;
        rows.push({
          variantId: row.variantId, sku: row.sku, title: rowTitle(row), outcome, reason, warnings,
          before: pricePair(row.price, row.compareAt, currency), after: verdict.price === null ? null : pricePair(verdict.price, verdict.compareAtPrice, currency),
          text: verdict.trace === null ? '' : renderTrace(verdict.trace, currency),
        });
      }
    }
    return ok({ summary: counter.summary(), rows });
  });
}
