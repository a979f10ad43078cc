import type { PriceChangeItemExplanation, TraceStep } from '@calibr/types';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { formatMinorUnits } from '../../domain/kernel/money.ts';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { ItemRow } from '../../domain/pricing/change.ts';
import { itemDto } from '../../domain/pricing/change-dto.ts';
import { isBeneath } from '../../domain/pricing/layers.ts';
import { renderTrace } from '../../domain/rules/render-trace.ts';
import { decodeTrace } from '../../domain/rules/trace.ts';
import type { BulkWriteRow } from '../../ports/bulk-write-store.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';
import { marketText } from './market-text.ts';

/** Why a row is what it is, from what was stored when it was decided; nothing is computed again. Errors: not_found. */
export async function explainItem({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id, itemId }: { id: string; itemId: string }): Promise<Result<PriceChangeItemExplanation>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.get(id);
    const row = change && (await tx.items.get(id, itemId));
    if (!change || !row) return problem('not_found', 'item_not_found', 'There is no such row in this price change.');
    const currency = change.currencyCode as CurrencyCode;
    const bulk = row.bulkId ? await tx.bulkWrites.get(row.bulkId) : null;
    const trace = row.trace === null ? [] : decodeTrace(row.trace);
    const plan = row.trace === null ? restoreText(row, currency) : [renderTrace(trace, currency), campaignText(row, currency)].filter(Boolean).join('\n');
    const item = itemDto(row, change.currencyCode);
    return ok({
      item,
      text: [plan, marketText(row, change), row.reason === 'price_too_large' ? 'That is more than can be kept as a price, so the row is blocked.' : '', sentText(row, bulk), writeText(row, currency)].filter(Boolean).join('\n'),
      trace: trace as unknown as TraceStep[],
      change: { id, name: change.name, kind: change.kind, ruleId: change.ruleId, ruleVersion: change.ruleVersion, planHash: change.planHash },
      approval: change.approvedBy === null ? null : { by: change.approvedBy, at: change.approvedAt!.toISOString(), planHash: change.approvedHash!, comment: change.approvalComment },
      write: row.finishedAt === null && row.attempts === 0 ? null : { ...wayOf(row, bulk), requestId: row.requestId, attempts: row.attempts, live: item.live, verdict: row.verdict, finishedAt: item.finishedAt },
    });
  });
}

/** How it went out last; nothing before it did. */
function wayOf(row: ItemRow, bulk: BulkWriteRow | null): Pick<NonNullable<PriceChangeItemExplanation['write']>, 'way' | 'bulk'> {
  if (row.intentAt === null) return {};
  return bulk ? { way: 'bulk', bulk: { operation: bulk.operationRef, rows: bulk.rows, outcome: bulk.outcome } } : { way: 'calls', bulk: null };
}

/** Rows of one product go out together anyway: only a bulk operation is worth a word. */
function sentText(row: ItemRow, bulk: BulkWriteRow | null): string {
  if (!bulk || row.intentAt === null) return '';
  const others = bulk.rows - 1;
  return others === 0 ? 'It went out with a bulk operation of its own.' : `It went out with ${others.toLocaleString('en-US')} other ${others === 1 ? 'price' : 'prices'} in one bulk operation.`;
}

const pairText = (price: bigint, compareAt: bigint | null, currency: CurrencyCode): string =>
  `${formatMinorUnits(price, currency)}${compareAt === null ? '' : ` (compare-at ${formatMinorUnits(compareAt, currency)})`}`;

function restoreText(row: ItemRow, currency: CurrencyCode): string {
  const shown = pairText(row.beforePrice, row.beforeCompareAt, currency);
  if (row.source === 'campaign_end') return endText(row, shown, currency);
  if (row.reason === 'campaign_over') return 'The campaign no longer lies on this variant, so there is nothing to roll back.';
  if (row.reason === 'variant_gone') return 'The shop no longer has this variant, so there is nothing to roll back.';
  if (row.reason === 'changed_since') return `The shop shows ${shown}, which is not what Calibrate wrote: somebody changed it since, and the newer price stays.`;
  if (row.outcome === 'unchanged') return `The shop already shows ${shown}, the price from before the change.`;
  return `Back from ${shown} to ${pairText(row.afterPrice!, row.afterCompareAt, currency)}, the price from before the change.`;
}

function endText(row: ItemRow, shown: string, currency: CurrencyCode): string {
  const back = pairText(row.afterPrice!, row.afterCompareAt, currency);
  if (row.warnings.includes('beneath_campaign')) return `The campaign ends beneath another one, which goes on showing ${shown}.`;
  const isBaseline = row.afterPrice === row.baselinePrice && row.afterCompareAt === row.baselineCompareAt;
  return `The campaign ends: back from ${shown} to ${back}, ${isBaseline ? 'the price without campaigns' : 'the price of the campaign beneath it'}.`;
}

/** Under a campaign the rule does not see the price that the shop shows. */
function campaignText(row: ItemRow, currency: CurrencyCode): string {
  if (row.baselinePrice === null) return '';
  return `A campaign ran on this variant when the plan was made: the rule worked on its price without campaigns, ${pairText(row.baselinePrice, row.baselineCompareAt, currency)}, while the shop showed ${pairText(row.beforePrice, row.beforeCompareAt, currency)}.`;
}

function writeText(row: ItemRow, currency: CurrencyCode): string {
  const live = row.livePrice === null ? '' : pairText(row.livePrice, row.liveCompareAt, currency);
  if (isBeneath(row) && (row.state === 'applied' || row.state === 'settled')) return 'A campaign lies above and shows its own price, so nothing was written; this takes effect beneath it.';
  switch (row.state) {
    case 'applied': return `Written and read back: the shop shows ${live}.`;
    case 'settled': return `The shop shows the target ${live}; whether Calibrate or somebody else put it there is not known.`;
    case 'conflict':
      if (row.verdict?.startsWith('overwritten')) return `Written, but when it was read back the shop showed ${live}: somebody else changed it at the same moment. The newer price stays until you decide.`;
      if (row.verdict?.startsWith('edited_in_shop')) return `Somebody set ${live} in the shop while the campaign runs. That price stays until you decide.`;
      if (row.verdict?.startsWith('baseline_changed')) return 'Not written: the price without campaigns is no longer what this plan was made from. It stays until you decide.';
      if (row.verdict?.startsWith('campaigns_changed')) return 'Not written: other campaigns began or ended since this was planned, and another price would come to light. Make a new rollback.';
      return `Not written: the shop shows ${live}, not the price that this plan was made from. The newer price stays until you decide.`;
    case 'failed': return `Not written: ${row.verdict ?? 'the shop refused it'}.`;
    case 'kept': return `The shop's price ${live} was kept (${row.resolution?.replaceAll('_', ' ') ?? 'keep live'}).`;
    case 'cancelled': return 'Cancelled before it was written.';
    default: return '';
  }
}
