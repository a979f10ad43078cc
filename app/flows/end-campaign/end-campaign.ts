import type { PriceChange } from '@calibr/types';
import { isCampaign } from '../../domain/pricing/campaign.ts';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { ChangeRow, PlanRow } from '../../domain/pricing/change.ts';
import { changeDto } from '../../domain/pricing/change-dto.ts';
import { compareLayers } from '../../domain/pricing/layers.ts';
import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import { planHeader, sealHeader, sealRow } from '../../domain/pricing/plan-seal.ts';
import { RESTORE_RULE } from '../../domain/pricing/restore-rule.ts';
import type { RuleSchedule } from '../../domain/rules/rule.ts';
import { SummaryCounter } from '../../domain/pricing/summary.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Digest } from '../../ports/digest.ts';
import type { LayerToEnd } from '../../ports/layer-store.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

const BATCH = 2_000;

export interface EndCampaignDeps {
  readonly uow: UnitOfWork;
  readonly newDigest: () => Digest;
}

/**
 * Ends a campaign: on every variant its layer comes off and the next campaign, or the price without campaigns, comes to light again.
 * The rows that have to move are a plan of their own (kind `rollback`, `parentId` the campaign), approved together with the campaign
 * and written as any other; when it is done the campaign is `ended`. Rows that a merchant edited meanwhile stay conflicts.
 * Ending what is ending already changes nothing; rows that could not be brought back are tried again.
 * With `onTime` it ends only what is due: meanwhile it may have been frozen, or given another end.
 * Errors: not_found; conflict `not_a_campaign`, `illegal_transition`, `not_installed`, `write_in_doubt` (ends as soon as the shop's answer is known).
 */
export async function endCampaign({ uow, newDigest }: EndCampaignDeps, ctx: FlowContext, { id, reason, onTime = false }: { id: string; reason?: string | null; onTime?: boolean }): Promise<Result<PriceChange>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const campaign = await tx.changes.lock(id);
    if (!campaign) return problem('not_found', 'price_change_not_found', 'There is no price change with this id.');
    const next = nextChangeState(campaign.state, 'end');
    // Until it is approved its end is in its schedule alone.
    const willEnd = campaign.kind !== 'rollback' && (campaign.scheduleJson as RuleSchedule | null)?.endAt != null;
    if (!isCampaign(campaign) && !(willEnd && !next.ok)) return problem('conflict', 'not_a_campaign', 'This price change has no end; roll it back instead.');
    if (!next.ok) return next;
    // Frozen: only the merchant can change the shop's prices now.
    if ((await tx.tenant.get())?.state !== 'installed') return problem('conflict', 'not_installed', 'The app is no longer installed in this shop.');
    if (onTime && !(await tx.schedules.isDue({ kind: 'end', id }, ctx.now()))) return ok(changeDto(campaign, await tx.items.countByState(id)));
    const children = await tx.changes.children(id);
    if (children.some((child) => child.kind === 'rollback' && (child.state === 'applying' || child.state === 'paused'))) return ok(changeDto(campaign, await tx.items.countByState(id)));
    const layers = await tx.layers.count(id);
    if (campaign.state === 'ended' && layers.total === layers.inConflict) return ok(changeDto(campaign, await tx.items.countByState(id)));
    const counts = await tx.items.countByState(id);
    if ((counts.writing ?? 0) > 0) return problem('conflict', 'write_in_doubt', `${counts.writing} rows are being written or wait for an answer of the shop; end it again in a minute.`);
    const cancelledRows = await tx.items.cancelQueued(id, ctx.now());
    const end = layers.total > layers.inConflict ? await planEnd(tx, ctx, newDigest, campaign) : null;
    await tx.layers.markEnding(id);
    const state = end ? next.value : 'ended';
    const updated = await tx.changes.update(id, { state, activity: null, pauseReason: null, failure: null, finishedAt: ctx.now() }, ctx.now());
    await tx.journal.append(ctx, {
      type: 'price_change.end_started', aggregateType: 'price_change', aggregateId: id,
      payload: { changeId: id, fromState: campaign.state, cancelledRows, endId: end?.id ?? null, state, reason: reason ?? null },
      audit: { action: 'end_started', explain: { endId: end?.id ?? null, cancelledRows, reason: reason ?? null } },
    });
    if (end) await startEnd(tx, ctx, campaign, end);
    return ok(changeDto(updated, await tx.items.countByState(id)));
  });
}

/** Another round for a campaign that is over but still lies on variants, after a conflict was resolved; nothing otherwise. */
export async function finishEnd(deps: EndCampaignDeps, ctx: FlowContext, { id }: { id: string }): Promise<void> {
  const over = await deps.uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.get(id);
    return change !== null && isCampaign(change) && (change.state === 'ended' || change.state === 'ending');
  });
  if (over) await endCampaign(deps, ctx, { id, reason: 'A conflict was resolved after the end.' });
}

interface PlannedEnd {
  readonly id: string;
  readonly name: string;
  readonly planHash: string;
  readonly summary: ReturnType<SummaryCounter['summary']>;
}

async function planEnd(tx: Tx, ctx: FlowContext, newDigest: () => Digest, campaign: ChangeRow): Promise<PlannedEnd> {
  const change = await tx.changes.create({
    id: ctx.newId(), name: `End of: ${campaign.name}`, kind: 'rollback', ruleId: null, ruleVersion: null, ruleJson: RESTORE_RULE, selectorJson: RESTORE_RULE.selector,
    transformJson: RESTORE_RULE.transform, scheduleJson: null, priority: campaign.priority, currencyCode: campaign.currencyCode,
    rollbackOf: campaign.id, parentId: campaign.id, correlationId: campaign.correlationId, createdBy: 'system:end-campaign', now: ctx.now(),
  });
  const counter = new SummaryCounter();
  const digest = newDigest();
  digest.update(sealHeader(planHeader(change)));
  let position = 0;
  for await (const batch of tx.layers.streamToEnd(campaign.id, BATCH)) {
    const rows = batch.map((layer) => endRow(layer, ctx.newId(), position++));
    for (const row of rows) {
      counter.add(row);
      digest.update(sealRow(row));
    }
    await tx.items.insertPlan(change.id, rows);
  }
  return { id: change.id, name: change.name, planHash: digest.hex(), summary: counter.summary() };
}

/** Approved with the campaign: whoever approved the campaign approved that it ends. */
async function startEnd(tx: Tx, ctx: FlowContext, campaign: ChangeRow, { id, name, planHash, summary }: PlannedEnd): Promise<void> {
  const approvedBy = campaign.approvedBy ?? 'system:end-campaign';
  const comment = `Approved together with the campaign "${campaign.name}".`;
  await tx.changes.update(id, { state: 'previewed', planHash, planVersion: 1, summary: summary as never, previewedAt: ctx.now() }, ctx.now());
  await tx.changes.update(id, { state: 'approved', approvedHash: planHash, approvedBy, approvedAt: ctx.now(), approvalComment: comment }, ctx.now());
  await tx.changes.assignApplyOrder(id);
  const queuedRows = await tx.items.queuePlanned(id);
  await tx.changes.update(id, { state: 'applying', startedAt: ctx.now() }, ctx.now());
  const told = { aggregateType: 'price_change', aggregateId: id } as const;
  await tx.journal.append(ctx, {
    ...told, type: 'price_change.created',
    payload: { changeId: id, name, kind: 'rollback', ruleId: null, ruleVersion: null, rollbackOf: campaign.id, schedule: null, currencyCode: campaign.currencyCode },
    audit: { action: 'created', explain: { name, endOf: campaign.id, rows: summary.selected } },
  });
  await tx.journal.append(ctx, { ...told, type: 'price_change.previewed', payload: { changeId: id, planHash, planVersion: 1, policyVersion: null, summary }, audit: { action: 'previewed', explain: { planHash, endOf: campaign.id } } });
  await tx.journal.append(ctx, { ...told, type: 'price_change.approved', payload: { changeId: id, planHash, approvedBy, comment }, audit: { action: 'approved', explain: { planHash, comment } } });
  await tx.journal.append(ctx, { ...told, type: 'price_change.started', payload: { changeId: id, planHash, queuedRows, canaryPercent: null }, audit: { action: 'started', explain: { planHash, queuedRows } } });
}

/** The row that takes the layer off. What it reveals is decided again at its turn: another campaign may have ended by then. */
function endRow({ item, layer, next, baseline }: LayerToEnd, id: string, position: number): PlanRow {
  const onTop = next === null || compareLayers(layer, next) < 0;
  const revealed = next ?? baseline;
  const shown = onTop ? layer : revealed;
  return {
    id, position, variantId: item.variantId, productId: item.productId, variantRef: item.variantRef, productRef: item.productRef, sku: item.sku, title: item.title,
    outcome: 'planned', reason: null, warnings: onTop ? [] : ['beneath_campaign'],
    beforePrice: shown.price, beforeCompareAt: shown.compareAt, afterPrice: revealed.price, afterCompareAt: revealed.compareAt,
    baselinePrice: baseline.price, baselineCompareAt: baseline.compareAt, layerId: layer.changeId, source: 'campaign_end', policyVersion: null, cost: item.cost,
    trace: null, sourceItemId: item.id,
  };
}
