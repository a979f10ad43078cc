import { approveChange, cancelChange, rejectChange } from '../flows/approve-change/decide.ts';
import { commentChange } from '../flows/approve-change/comment-change.ts';
import { scheduleChange } from '../flows/approve-change/schedule-change.ts';
import { applyChange, pauseChange, resumeChange } from '../flows/apply-change/control.ts';
import { resolveConflict } from '../flows/apply-change/resolve-conflict.ts';
import { contextualPrices, listPriceLists } from '../flows/browse-price-lists/browse-price-lists.ts';
import { catalogFacets, catalogStatus, getProduct, getVariant, listProducts, listVariants, variantPrices } from '../flows/browse-catalog/browse-catalog.ts';
import { checkConnector, connectorHealth, listConnectors } from '../flows/check-connector/check-connector.ts';
import { endCampaign } from '../flows/end-campaign/end-campaign.ts';
import { endAllCampaigns } from '../flows/end-campaign/end-all-campaigns.ts';
import { findOverlaps, overlapRows } from '../flows/find-overlaps/find-overlaps.ts';
import { explainItem } from '../flows/explain-price/explain-item.ts';
import { memberRole, shopFacts } from '../flows/install-shop/identify-member.ts';
import { changeMember, listMembers } from '../flows/manage-members/manage-members.ts';
import { getPolicies, savePolicies } from '../flows/manage-policies/manage-policies.ts';
import { createRule, deleteRule, getRule, listRules, listRuleVersions, updateRule } from '../flows/manage-rules/manage-rules.ts';
import { dryRunRule, sampleRule } from '../flows/manage-rules/sample-rule.ts';
import { createToken, listTokens, revokeToken, touchToken } from '../flows/manage-tokens/manage-tokens.ts';
import type { TokenSecret } from '../flows/manage-tokens/manage-tokens.ts';
import { createChange } from '../flows/plan-change/create-change.ts';
import { planDelta } from '../flows/plan-change/plan-delta.ts';
import { requestPreview } from '../flows/plan-change/request-preview.ts';
import { runRule } from '../flows/plan-change/run-rule.ts';
import { exportPastPrices } from '../flows/price-history/past-prices.ts';
import { checkRestoreFile, exportRestoreFile } from '../flows/price-history/restore-file.ts';
import { getMessage, listDeadLetters, settleDeadLetter, settleDeadLetters } from '../flows/manage-dead-letters/manage-dead-letters.ts';
import { listAudit, listEvents, nameChanges } from '../flows/read-audit/read-audit.ts';
import { replayProjection } from '../flows/rebuild-projections/replay-projection.ts';
import { busState } from '../flows/watch-bus/bus-state.ts';
import { exportItems, getChange, listChanges, listDecisions, listItems } from '../flows/read-changes/read-changes.ts';
import { receiveWebhook } from '../flows/receive-webhook/receive-webhook.ts';
import { rollBackChange } from '../flows/roll-back-change/roll-back.ts';
import { getWrites, resumeWrites, stopWrites } from '../flows/stop-writes/stop-writes.ts';
import { requestPriceLists } from '../flows/sync-price-lists/sync-price-lists.ts';
import { requestReconcile } from '../flows/reconcile-catalog/request-reconcile.ts';
import { startSync } from '../flows/sync-catalog/sync-catalog.ts';
import type { CatalogSource } from '../ports/catalog-source.ts';
import type { ConnectorProbe } from '../ports/connector-probe.ts';
import type { FlowContext } from '../ports/context.ts';
import type { Digest } from '../ports/digest.ts';
import type { JobQueue } from '../ports/job-queue.ts';
import { problem } from '../domain/kernel/result.ts';
import { RefusedCursor } from '../domain/kernel/refused-cursor.ts';
import type { UnitOfWork } from '../ports/unit-of-work.ts';

export interface FlowDeps {
  readonly uow: UnitOfWork;
  readonly queue: JobQueue;
  readonly source: CatalogSource;
  readonly newDigest: () => Digest;
  readonly newSecret: () => TokenSecret;
  readonly probes: Readonly<Record<string, ConnectorProbe>>;
  readonly planMaxAgeHours: number;
  /** Months of event log and audit that are kept; null keeps all. */
  readonly logKeepMonths: number | null;
}

type Bound<F> = F extends (deps: never, ctx: FlowContext) => infer Output ? (ctx: FlowContext) => Output
  : F extends (deps: never, ctx: FlowContext, ...input: infer Rest) => infer Output ? (ctx: FlowContext, ...input: Rest) => Output : never;

const FLOWS = {
  startSync, requestReconcile, catalogStatus, catalogFacets, listProducts, getProduct, listVariants, getVariant, variantPrices, listPriceLists, contextualPrices, syncPriceLists: requestPriceLists,
  listRules, getRule, createRule, updateRule, deleteRule, listRuleVersions, runRule, planDelta, sampleRule, dryRunRule,
  listChanges, createChange, getChange, previewChange: requestPreview, approveChange, rejectChange, commentChange, listDecisions, getPolicies, savePolicies, scheduleChange, cancelChange,
  applyChange, pauseChange, resumeChange, listItems, exportItems, exportPastPrices, checkRestoreFile, exportRestoreFile, explainItem, resolveItem: resolveConflict, rollBackChange, endCampaign, endAllCampaigns, findOverlaps, overlapRows,
  getWrites, stopWrites, resumeWrites,
  listAudit, listEvents, nameChanges, replayProjection, listDeadLetters, getMessage, settleDeadLetter, settleDeadLetters, busState,
  listTokens, createToken, revokeToken, touchToken, listMembers, changeMember, memberRole, shopFacts, listConnectors, connectorHealth, checkConnector, receiveWebhook,
} as const;

/** The flows that requests call, each with its dependencies in place. */
export type BoundFlows = { readonly [Name in keyof typeof FLOWS]: Bound<(typeof FLOWS)[Name]> };

export function bindFlows(deps: FlowDeps): BoundFlows {
  const bound = Object.entries(FLOWS).map(([name, flow]) => [name, async (ctx: FlowContext, ...input: unknown[]) => {
    try {
      return await (flow as unknown as (...all: unknown[]) => unknown)(deps, ctx, ...input);
    } catch (error) {
      if (!(error instanceof RefusedCursor)) throw error;
      return problem('malformed', 'invalid_cursor', 'This cursor is not one of ours, or it belongs to another list, filter or order. Start again without a cursor.', [{ pointer: '/cursor', code: 'invalid_cursor', message: 'Give the nextCursor of the page before, with the same filter, or none.' }]);
    }
  }]);
  return Object.fromEntries(bound) as BoundFlows;
}
