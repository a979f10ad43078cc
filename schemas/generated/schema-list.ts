// Generated from schemas/ by `node schemas/tools/generate.ts`. Do not edit.
import apiScope from '../api-scope.schema.json' with { type: 'json' };
import apiToken from '../api-token.schema.json' with { type: 'json' };
import apiTokenCreateRequest from '../api/api-token-create-request.schema.json' with { type: 'json' };
import apiTokenList from '../api/api-token-list.schema.json' with { type: 'json' };
import apiTokenWithSecret from '../api/api-token-with-secret.schema.json' with { type: 'json' };
import auditEntry from '../audit-entry.schema.json' with { type: 'json' };
import auditList from '../api/audit-list.schema.json' with { type: 'json' };
import busState from '../api/bus-state.schema.json' with { type: 'json' };
import campaignsEndReport from '../api/campaigns-end-report.schema.json' with { type: 'json' };
import campaignsEndRequest from '../api/campaigns-end-request.schema.json' with { type: 'json' };
import catalogDriftFound from '../events/catalog-drift-found.schema.json' with { type: 'json' };
import catalogStatus from '../api/catalog-status.schema.json' with { type: 'json' };
import catalogSync from '../catalog-sync.schema.json' with { type: 'json' };
import catalogSyncFailed from '../events/catalog-sync-failed.schema.json' with { type: 'json' };
import catalogSyncStarted from '../events/catalog-sync-started.schema.json' with { type: 'json' };
import catalogSynced from '../events/catalog-synced.schema.json' with { type: 'json' };
import changeApprovals from '../change-approvals.schema.json' with { type: 'json' };
import changeCanary from '../change-canary.schema.json' with { type: 'json' };
import changeProgress from '../change-progress.schema.json' with { type: 'json' };
import changeSummary from '../change-summary.schema.json' with { type: 'json' };
import changeWay from '../change-way.schema.json' with { type: 'json' };
import channelRefs from '../channel-refs.schema.json' with { type: 'json' };
import connectorHealth from '../connector-health.schema.json' with { type: 'json' };
import connectorList from '../api/connector-list.schema.json' with { type: 'json' };
import contextualPriceList from '../api/contextual-price-list.schema.json' with { type: 'json' };
import discountPolicy from '../discount-policy.schema.json' with { type: 'json' };
import eventEnvelope from '../event-envelope.schema.json' with { type: 'json' };
import eventList from '../api/event-list.schema.json' with { type: 'json' };
import eventReplayReport from '../api/event-replay-report.schema.json' with { type: 'json' };
import eventReplayRequest from '../api/event-replay-request.schema.json' with { type: 'json' };
import lowestPriceOf30Days from '../lowest-price-of-30-days.schema.json' with { type: 'json' };
import memberChanged from '../events/member-changed.schema.json' with { type: 'json' };
import money from '../money.schema.json' with { type: 'json' };
import outboxDiscardRequest from '../api/outbox-discard-request.schema.json' with { type: 'json' };
import outboxDiscarded from '../events/outbox-discarded.schema.json' with { type: 'json' };
import outboxList from '../api/outbox-list.schema.json' with { type: 'json' };
import outboxMessage from '../outbox-message.schema.json' with { type: 'json' };
import outboxMessageDetail from '../api/outbox-message-detail.schema.json' with { type: 'json' };
import outboxRetried from '../events/outbox-retried.schema.json' with { type: 'json' };
import outboxSettleReport from '../api/outbox-settle-report.schema.json' with { type: 'json' };
import outboxSettleRequest from '../api/outbox-settle-request.schema.json' with { type: 'json' };
import pauseLimits from '../pause-limits.schema.json' with { type: 'json' };
import planFinding from '../plan-finding.schema.json' with { type: 'json' };
import policies from '../policies.schema.json' with { type: 'json' };
import policiesRequest from '../api/policies-request.schema.json' with { type: 'json' };
import policyUpdated from '../events/policy-updated.schema.json' with { type: 'json' };
import priceApplied from '../events/price-applied.schema.json' with { type: 'json' };
import priceChange from '../price-change.schema.json' with { type: 'json' };
import priceChangeApplyRequest from '../api/price-change-apply-request.schema.json' with { type: 'json' };
import priceChangeApprovalGiven from '../events/price-change-approval-given.schema.json' with { type: 'json' };
import priceChangeApprovalVoided from '../events/price-change-approval-voided.schema.json' with { type: 'json' };
import priceChangeApproveRequest from '../api/price-change-approve-request.schema.json' with { type: 'json' };
import priceChangeApproved from '../events/price-change-approved.schema.json' with { type: 'json' };
import priceChangeCanaryVerified from '../events/price-change-canary-verified.schema.json' with { type: 'json' };
import priceChangeCancelRequest from '../api/price-change-cancel-request.schema.json' with { type: 'json' };
import priceChangeCancelled from '../events/price-change-cancelled.schema.json' with { type: 'json' };
import priceChangeCommentRequest from '../api/price-change-comment-request.schema.json' with { type: 'json' };
import priceChangeCommented from '../events/price-change-commented.schema.json' with { type: 'json' };
import priceChangeCompleted from '../events/price-change-completed.schema.json' with { type: 'json' };
import priceChangeCreateRequest from '../api/price-change-create-request.schema.json' with { type: 'json' };
import priceChangeCreated from '../events/price-change-created.schema.json' with { type: 'json' };
import priceChangeDecision from '../price-change-decision.schema.json' with { type: 'json' };
import priceChangeDecisionList from '../api/price-change-decision-list.schema.json' with { type: 'json' };
import priceChangeEndStarted from '../events/price-change-end-started.schema.json' with { type: 'json' };
import priceChangeItem from '../price-change-item.schema.json' with { type: 'json' };
import priceChangeItemExplanation from '../api/price-change-item-explanation.schema.json' with { type: 'json' };
import priceChangeItemList from '../api/price-change-item-list.schema.json' with { type: 'json' };
import priceChangeList from '../api/price-change-list.schema.json' with { type: 'json' };
import priceChangeMissed from '../events/price-change-missed.schema.json' with { type: 'json' };
import priceChangePaused from '../events/price-change-paused.schema.json' with { type: 'json' };
import priceChangePreviewRequested from '../events/price-change-preview-requested.schema.json' with { type: 'json' };
import priceChangePreviewed from '../events/price-change-previewed.schema.json' with { type: 'json' };
import priceChangeRejectRequest from '../api/price-change-reject-request.schema.json' with { type: 'json' };
import priceChangeRejected from '../events/price-change-rejected.schema.json' with { type: 'json' };
import priceChangeReopened from '../events/price-change-reopened.schema.json' with { type: 'json' };
import priceChangeResolveRequest from '../api/price-change-resolve-request.schema.json' with { type: 'json' };
import priceChangeResumed from '../events/price-change-resumed.schema.json' with { type: 'json' };
import priceChangeRollbackRequest from '../api/price-change-rollback-request.schema.json' with { type: 'json' };
import priceChangeRowsSuperseded from '../events/price-change-rows-superseded.schema.json' with { type: 'json' };
import priceChangeScheduled from '../events/price-change-scheduled.schema.json' with { type: 'json' };
import priceChangeStarted from '../events/price-change-started.schema.json' with { type: 'json' };
import priceChangeWentStale from '../events/price-change-went-stale.schema.json' with { type: 'json' };
import priceConflict from '../events/price-conflict.schema.json' with { type: 'json' };
import priceConflictResolved from '../events/price-conflict-resolved.schema.json' with { type: 'json' };
import priceEditOverwritten from '../events/price-edit-overwritten.schema.json' with { type: 'json' };
import priceEventRow from '../events/price-event-row.schema.json' with { type: 'json' };
import priceFailed from '../events/price-failed.schema.json' with { type: 'json' };
import priceHistory from '../api/price-history.schema.json' with { type: 'json' };
import priceLineage from '../price-lineage.schema.json' with { type: 'json' };
import priceList from '../price-list.schema.json' with { type: 'json' };
import priceListList from '../api/price-list-list.schema.json' with { type: 'json' };
import priceListSync from '../api/price-list-sync.schema.json' with { type: 'json' };
import priceListsSyncRequested from '../events/price-lists-sync-requested.schema.json' with { type: 'json' };
import priceOverlapList from '../api/price-overlap-list.schema.json' with { type: 'json' };
import priceOverlapRowList from '../api/price-overlap-row-list.schema.json' with { type: 'json' };
import pricePair from '../price-pair.schema.json' with { type: 'json' };
import priceVersion from '../price-version.schema.json' with { type: 'json' };
import problemDetails from '../problem-details.schema.json' with { type: 'json' };
import product from '../product.schema.json' with { type: 'json' };
import productDeleted from '../events/product-deleted.schema.json' with { type: 'json' };
import productDetail from '../api/product-detail.schema.json' with { type: 'json' };
import productList from '../api/product-list.schema.json' with { type: 'json' };
import productUpdated from '../events/product-updated.schema.json' with { type: 'json' };
import projectionRebuilt from '../events/projection-rebuilt.schema.json' with { type: 'json' };
import rule from '../rule.schema.json' with { type: 'json' };
import ruleBody from '../api/rule-body.schema.json' with { type: 'json' };
import ruleCreated from '../events/rule-created.schema.json' with { type: 'json' };
import ruleDeleted from '../events/rule-deleted.schema.json' with { type: 'json' };
import ruleDryRun from '../api/rule-dry-run.schema.json' with { type: 'json' };
import ruleDryRunRequest from '../api/rule-dry-run-request.schema.json' with { type: 'json' };
import ruleEvaluateItem from '../api/rule-evaluate-item.schema.json' with { type: 'json' };
import ruleEvaluateRequest from '../api/rule-evaluate-request.schema.json' with { type: 'json' };
import ruleEvaluateResponse from '../api/rule-evaluate-response.schema.json' with { type: 'json' };
import ruleEvaluateResult from '../api/rule-evaluate-result.schema.json' with { type: 'json' };
import ruleLintFinding from '../api/rule-lint-finding.schema.json' with { type: 'json' };
import ruleLintRequest from '../api/rule-lint-request.schema.json' with { type: 'json' };
import ruleLintResponse from '../api/rule-lint-response.schema.json' with { type: 'json' };
import ruleList from '../api/rule-list.schema.json' with { type: 'json' };
import ruleSaveRequest from '../api/rule-save-request.schema.json' with { type: 'json' };
import ruleUpdated from '../events/rule-updated.schema.json' with { type: 'json' };
import ruleVersionList from '../api/rule-version-list.schema.json' with { type: 'json' };
import savedRuleDryRunRequest from '../api/saved-rule-dry-run-request.schema.json' with { type: 'json' };
import schedule from '../schedule.schema.json' with { type: 'json' };
import selectorParseRequest from '../api/selector-parse-request.schema.json' with { type: 'json' };
import selectorParseResponse from '../api/selector-parse-response.schema.json' with { type: 'json' };
import selectorPrintRequest from '../api/selector-print-request.schema.json' with { type: 'json' };
import selectorPrintResponse from '../api/selector-print-response.schema.json' with { type: 'json' };
import shopCurrencyChanged from '../events/shop-currency-changed.schema.json' with { type: 'json' };
import shopInstalled from '../events/shop-installed.schema.json' with { type: 'json' };
import shopPrivacyRequestAnswered from '../events/shop-privacy-request-answered.schema.json' with { type: 'json' };
import shopScopesChanged from '../events/shop-scopes-changed.schema.json' with { type: 'json' };
import shopUninstalled from '../events/shop-uninstalled.schema.json' with { type: 'json' };
import shopWritesResumed from '../events/shop-writes-resumed.schema.json' with { type: 'json' };
import shopWritesStopped from '../events/shop-writes-stopped.schema.json' with { type: 'json' };
import tokenCreated from '../events/token-created.schema.json' with { type: 'json' };
import tokenRevoked from '../events/token-revoked.schema.json' with { type: 'json' };
import traceStep from '../trace-step.schema.json' with { type: 'json' };
import variant from '../variant.schema.json' with { type: 'json' };
import variantList from '../api/variant-list.schema.json' with { type: 'json' };
import writeSwitch from '../write-switch.schema.json' with { type: 'json' };
import writesStopRequest from '../api/writes-stop-request.schema.json' with { type: 'json' };

export const SCHEMA_SET_VERSION = '1.1.0';

export const SCHEMAS = {
  'api-scope': apiScope,
  'api-token': apiToken,
  'api-token-create-request': apiTokenCreateRequest,
  'api-token-list': apiTokenList,
  'api-token-with-secret': apiTokenWithSecret,
  'audit-entry': auditEntry,
  'audit-list': auditList,
  'bus-state': busState,
  'campaigns-end-report': campaignsEndReport,
  'campaigns-end-request': campaignsEndRequest,
  'catalog-drift-found': catalogDriftFound,
  'catalog-status': catalogStatus,
  'catalog-sync': catalogSync,
  'catalog-sync-failed': catalogSyncFailed,
  'catalog-sync-started': catalogSyncStarted,
  'catalog-synced': catalogSynced,
  'change-approvals': changeApprovals,
  'change-canary': changeCanary,
  'change-progress': changeProgress,
  'change-summary': changeSummary,
  'change-way': changeWay,
  'channel-refs': channelRefs,
  'connector-health': connectorHealth,
  'connector-list': connectorList,
  'contextual-price-list': contextualPriceList,
  'discount-policy': discountPolicy,
  'event-envelope': eventEnvelope,
  'event-list': eventList,
  'event-replay-report': eventReplayReport,
  'event-replay-request': eventReplayRequest,
  'lowest-price-of-30-days': lowestPriceOf30Days,
  'member-changed': memberChanged,
  'money': money,
  'outbox-discard-request': outboxDiscardRequest,
  'outbox-discarded': outboxDiscarded,
  'outbox-list': outboxList,
  'outbox-message': outboxMessage,
  'outbox-message-detail': outboxMessageDetail,
  'outbox-retried': outboxRetried,
  'outbox-settle-report': outboxSettleReport,
  'outbox-settle-request': outboxSettleRequest,
  'pause-limits': pauseLimits,
  'plan-finding': planFinding,
  'policies': policies,
  'policies-request': policiesRequest,
  'policy-updated': policyUpdated,
  'price-applied': priceApplied,
  'price-change': priceChange,
  'price-change-apply-request': priceChangeApplyRequest,
  'price-change-approval-given': priceChangeApprovalGiven,
  'price-change-approval-voided': priceChangeApprovalVoided,
  'price-change-approve-request': priceChangeApproveRequest,
  'price-change-approved': priceChangeApproved,
  'price-change-canary-verified': priceChangeCanaryVerified,
  'price-change-cancel-request': priceChangeCancelRequest,
  'price-change-cancelled': priceChangeCancelled,
  'price-change-comment-request': priceChangeCommentRequest,
  'price-change-commented': priceChangeCommented,
  'price-change-completed': priceChangeCompleted,
  'price-change-create-request': priceChangeCreateRequest,
  'price-change-created': priceChangeCreated,
  'price-change-decision': priceChangeDecision,
  'price-change-decision-list': priceChangeDecisionList,
  'price-change-end-started': priceChangeEndStarted,
  'price-change-item': priceChangeItem,
  'price-change-item-explanation': priceChangeItemExplanation,
  'price-change-item-list': priceChangeItemList,
  'price-change-list': priceChangeList,
  'price-change-missed': priceChangeMissed,
  'price-change-paused': priceChangePaused,
  'price-change-preview-requested': priceChangePreviewRequested,
  'price-change-previewed': priceChangePreviewed,
  'price-change-reject-request': priceChangeRejectRequest,
  'price-change-rejected': priceChangeRejected,
  'price-change-reopened': priceChangeReopened,
  'price-change-resolve-request': priceChangeResolveRequest,
  'price-change-resumed': priceChangeResumed,
  'price-change-rollback-request': priceChangeRollbackRequest,
  'price-change-rows-superseded': priceChangeRowsSuperseded,
  'price-change-scheduled': priceChangeScheduled,
  'price-change-started': priceChangeStarted,
  'price-change-went-stale': priceChangeWentStale,
  'price-conflict': priceConflict,
  'price-conflict-resolved': priceConflictResolved,
  'price-edit-overwritten': priceEditOverwritten,
  'price-event-row': priceEventRow,
  'price-failed': priceFailed,
  'price-history': priceHistory,
  'price-lineage': priceLineage,
  'price-list': priceList,
  'price-list-list': priceListList,
  'price-list-sync': priceListSync,
  'price-lists-sync-requested': priceListsSyncRequested,
  'price-overlap-list': priceOverlapList,
  'price-overlap-row-list': priceOverlapRowList,
  'price-pair': pricePair,
  'price-version': priceVersion,
  'problem-details': problemDetails,
  'product': product,
  'product-deleted': productDeleted,
  'product-detail': productDetail,
  'product-list': productList,
  'product-updated': productUpdated,
  'projection-rebuilt': projectionRebuilt,
  'rule': rule,
  'rule-body': ruleBody,
  'rule-created': ruleCreated,
  'rule-deleted': ruleDeleted,
  'rule-dry-run': ruleDryRun,
  'rule-dry-run-request': ruleDryRunRequest,
  'rule-evaluate-item': ruleEvaluateItem,
  'rule-evaluate-request': ruleEvaluateRequest,
  'rule-evaluate-response': ruleEvaluateResponse,
  'rule-evaluate-result': ruleEvaluateResult,
  'rule-lint-finding': ruleLintFinding,
  'rule-lint-request': ruleLintRequest,
  'rule-lint-response': ruleLintResponse,
  'rule-list': ruleList,
  'rule-save-request': ruleSaveRequest,
  'rule-updated': ruleUpdated,
  'rule-version-list': ruleVersionList,
  'saved-rule-dry-run-request': savedRuleDryRunRequest,
  'schedule': schedule,
  'selector-parse-request': selectorParseRequest,
  'selector-parse-response': selectorParseResponse,
  'selector-print-request': selectorPrintRequest,
  'selector-print-response': selectorPrintResponse,
  'shop-currency-changed': shopCurrencyChanged,
  'shop-installed': shopInstalled,
  'shop-privacy-request-answered': shopPrivacyRequestAnswered,
  'shop-scopes-changed': shopScopesChanged,
  'shop-uninstalled': shopUninstalled,
  'shop-writes-resumed': shopWritesResumed,
  'shop-writes-stopped': shopWritesStopped,
  'token-created': tokenCreated,
  'token-revoked': tokenRevoked,
  'trace-step': traceStep,
  'variant': variant,
  'variant-list': variantList,
  'write-switch': writeSwitch,
  'writes-stop-request': writesStopRequest,
};
