import type { PriceChangeItemExplanation, TraceStep } from '@calibr/types';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { formatMinorUnits } from '../../domain/kernel/money.ts';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { ItemRow } from '../../domain/pricing/change.ts';
import { itemDto } from '../../domain/pricing/change-dto.ts';
import { renderTrace } from '../../domain/rules/render-trace.ts';
import { decodeTrace } from '../../domain/rules/trace.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/** Why a row is what it is, from what was stored when it was decided; nothing is computed again. Errors: not_found. */
export async function explainItem({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id, itemId }: { id: string; itemId: string }): Promise<Result<PriceChangeItemExplanation>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.get(id);
    const row = change && (await tx.items.get(id, itemId));
    if (!change || !row) return problem('not_found', 'item_not_found', 'There is no such row in this price change.');
    const currency = change.currencyCode as CurrencyCode;
    const trace = row.trace === null ? [] : decodeTrace(JSON.stringify(row.trace));
    const plan = row.trace === null ? rollbackText(row, currency) : renderTrace(trace, currency);
    const item = itemDto(row, change.currencyCode);
    return ok({
      item,
      text: [plan, row.reason === 'price_too_large' ? 'That is more than can be kept as a price, so the row is blocked.' : '', writeText(row, currency)].filter(Boolean).join('\n'),
      trace: trace as unknown as TraceStep[],
      change: { id, name: change.name, kind: change.kind, ruleId: change.ruleId, ruleVersion: change.ruleVersion, planHash: change.planHash },
      approval: change.approvedBy === null ? null : { by: change.approvedBy, at: change.approvedAt!.toISOString(), planHash: change.approvedHash!, comment: change.approvalComment },
      write: row.finishedAt === null && row.attempts === 0 ? null : { requestId: row.requestId, attempts: row.attempts, live: item.live, verdict: row.verdict, finishedAt: item.finishedAt },
    });
  });
}

const pairText = (price: bigint, compareAt: bigint | null, currency: CurrencyCode): string =>
  `${formatMinorUnits(price, currency)}${compareAt === null ? '' : ` (compare-at ${formatMinorUnits(compareAt, currency)})`}`;

function rollbackText(row: ItemRow, currency: CurrencyCode): string {
  const shown = pairText(row.beforePrice, row.beforeCompareAt, currency);
  if (row.reason === 'variant_gone') return 'The shop no longer has this variant, so there is nothing to roll back.';
  if (row.reason === 'changed_since') return `The shop shows ${shown}, which is not what Calibrate wrote: somebody changed it since, and the newer price stays.`;
  if (row.outcome === 'unchanged') return `The shop already shows ${shown}, the price from before the change.`;
  return `Back from ${shown} to ${pairText(row.afterPrice!, row.afterCompareAt, currency)}, the price from before the change.`;
}

function writeText(row: ItemRow, currency: CurrencyCode): string {
  const live = row.livePrice === null ? '' : pairText(row.livePrice, row.liveCompareAt, currency);
  switch (row.state) {
    case 'applied': return `Written and read back: the shop shows ${live}.`;
    case 'settled': return `The shop shows the target ${live}; whether Calibrate or somebody else put it there is not known.`;
    case 'conflict':
      if (row.verdict?.startsWith('overwritten')) return `Written, but when it was read back the shop showed ${live}: somebody else changed it at the same moment. The newer price stays until you decide.`;
      return `Not written: the shop shows ${live}, not the price that this plan was made from. The newer price stays until you decide.`;
    case 'failed': return `Not written: ${row.verdict ?? 'the shop refused it'}.`;
    case 'kept': return `The shop's price ${live} was kept (${row.resolution?.replaceAll('_', ' ') ?? 'keep live'}).`;
    case 'cancelled': return 'Cancelled before it was written.';
    default: return '';
  }
}
