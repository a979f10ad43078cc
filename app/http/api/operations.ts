import type { ApiScope, ConflictChoice, RuleEvaluateResponse, Schedule } from '@calibr/types';
import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import { inMinorUnits, parseDecimal } from '../../domain/kernel/money.ts';
import { ceilDivide, floorDivide } from '../../domain/kernel/rational.ts';
import { ok } from '../../domain/kernel/result.ts';
import type { ChangeState } from '../../domain/pricing/lifecycle.ts';
import { evaluateItems } from '../../domain/rules/evaluate-items.ts';
import { lintCall, parseCall, printCall } from '../../domain/rules/text-calls.ts';
import type { VariantFilter } from '../../ports/catalog-store.ts';
import { auditReport, itemsCsv } from './csv.ts';
import { watchChange } from './change-stream.ts';
import type { Call, Operation } from './handle-api.ts';
import { pastPricesCsv, restoreCsv } from './price-csv.ts';
import { LIMIT_DEFAULT } from './query.ts';

type Body = Readonly<Record<string, unknown>>;
const bodyOf = (call: Call): Body => call.body as Body;
const pageOf = ({ query }: Call) => ({ limit: Number(query.limit ?? LIMIT_DEFAULT), cursor: query.cursor ?? null });
const idOf = ({ params }: Call): string => params.id!;
const given = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

/** The largest amount that the database keeps: no price is above it. */
const AMOUNT_MAX = 9_223_372_036_854_775_807n;

/** A limit in minor units: one between two of them (1.999) leaves out what is beyond it, and one above every price is that. */
export function priceLimit(text: string, side: 'least' | 'most', currency: CurrencyCode): bigint | undefined {
  const decimal = parseDecimal(text);
  if (decimal === null) return undefined;
  const { n, d } = inMinorUnits(decimal, currency);
  const whole = side === 'least' ? ceilDivide(n, d) : floorDivide(n, d);
  return whole > AMOUNT_MAX ? AMOUNT_MAX : whole;
}

async function filterOf(call: Call): Promise<VariantFilter> {
  const { query, q, vendor, productType, tag, collection, status, productId, sort, direction } = { ...call.query, query: call.query.query } as Record<string, string | undefined>;
  const { currencyCode } = await call.container.flows.shopFacts(call.ctx);
  const minor = (text: string | undefined, side: 'least' | 'most'): bigint | undefined => (text === undefined ? undefined : priceLimit(text, side, currencyCode as CurrencyCode));
  return given({
    query: query ?? q, vendor, productType, tag, collection, status, productId, sort: sort as VariantFilter['sort'], direction: direction as VariantFilter['direction'],
    priceMin: minor(call.query.priceMin, 'least'), priceMax: minor(call.query.priceMax, 'most'),
    missingCost: call.query.missingCost === 'true' ? true : undefined, onSale: call.query.onSale === 'true' ? true : undefined,
  }) as VariantFilter;
}

/** The role that counts for approvals: a token has none, so its scopes say as much. */
function roleOf({ caller }: Call): string {
  return caller.role ?? (caller.scopes.includes('admin') ? 'admin' : caller.scopes.includes('changes:approve') ? 'approver' : 'editor');
}

/** A saved rule is sent as `{name?, rule, enabled?, version?, automation?}` or as the bare rule. */
function ruleBody(body: Body): { rule: unknown; name?: string; enabled?: boolean; version?: number; automation?: unknown } {
  return 'rule' in body ? (body as { rule: unknown }) : { rule: body };
}

function auditFilter({ query }: Call) {
  return given({
    entity: query.entity, entityId: query.entityId, actor: query.actor, correlationId: query.correlationId,
    from: query.from ? new Date(query.from) : undefined, to: query.to ? new Date(query.to) : undefined,
  });
}

function deadLetterFilter({ query }: Call) {
  return given({ topic: query.topic, aggregate: query.aggregate, from: query.from ? new Date(query.from) : undefined, to: query.to ? new Date(query.to) : undefined });
}

interface DryRunBody { readonly rule?: unknown; readonly at: string; readonly limit?: number }
const dryRunOf = ({ rule, at, limit }: DryRunBody) => ({ rule, at: new Date(at), ...given({ limit }) });

/** What each call of schemas/routes.ts does, by its operation id. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  startCatalogSync: ({ container, ctx }) => container.flows.startSync(ctx),
  getCatalogStatus: ({ container, ctx }) => container.flows.catalogStatus(ctx),
  reconcileCatalog: async ({ container, ctx }) => {
    const asked = await container.flows.requestReconcile(ctx);
    return asked.ok ? container.flows.catalogStatus(ctx) : asked;
  },
  downloadPastPrices: pastPricesCsv,
  listProducts: async (call) => call.container.flows.listProducts(call.ctx, { ...(await filterOf(call)), ...pageOf(call) }),
  getProduct: (call) => call.container.flows.getProduct(call.ctx, { id: idOf(call) }),
  listVariants: async (call) => call.container.flows.listVariants(call.ctx, { ...(await filterOf(call)), ...pageOf(call) }),
  getVariant: (call) => call.container.flows.getVariant(call.ctx, { id: idOf(call) }),
  getVariantPrices: (call) => call.container.flows.variantPrices(call.ctx, { id: idOf(call), at: call.query.at ? new Date(call.query.at) : null, priceListId: call.query.priceListId ?? null }),

  getContextualPrices: (call) => call.container.flows.contextualPrices(call.ctx, { id: idOf(call) }),
  listPriceLists: ({ container, ctx }) => container.flows.listPriceLists(ctx),
  syncPriceLists: ({ container, ctx }) => container.flows.syncPriceLists(ctx),

  listRules: (call) => call.container.flows.listRules(call.ctx, pageOf(call)),
  createRule: (call) => call.container.flows.createRule(call.ctx, ruleBody(bodyOf(call))),
  evaluateRule: async (call) => {
    const evaluation = evaluateItems(call.body);
    return evaluation.ok ? ok(evaluation.value as unknown as RuleEvaluateResponse) : evaluation;
  },
  dryRunRule: ({ container, ctx, body }) => container.flows.dryRunRule(ctx, dryRunOf(body as DryRunBody)),
  dryRunSavedRule: (call) => call.container.flows.dryRunRule(call.ctx, { ...dryRunOf(bodyOf(call) as unknown as DryRunBody), id: idOf(call) }),
  lintRule: async (call) => lintCall(call.body, (await call.container.flows.shopFacts(call.ctx)).currencyCode as CurrencyCode, call.ctx.now().getTime()),
  parseSelector: async (call) => parseCall(call.body),
  printSelector: async (call) => printCall(call.body),
  getRule: (call) => call.container.flows.getRule(call.ctx, { id: idOf(call) }),
  updateRule: (call) => call.container.flows.updateRule(call.ctx, { ...ruleBody(bodyOf(call)), id: idOf(call) }),
  listRuleVersions: (call) => call.container.flows.listRuleVersions(call.ctx, { id: idOf(call), ...pageOf(call) }),
  runRule: (call) => call.container.flows.runRule(call.ctx, { id: idOf(call) }),
  deleteRule: (call) => call.container.flows.deleteRule(call.ctx, { id: idOf(call) }),

  listPriceChanges: (call) => call.container.flows.listChanges(call.ctx, { ...pageOf(call), ...given({ state: call.query.state as ChangeState | undefined }) }),
  createPriceChange: (call) => call.container.flows.createChange(call.ctx, bodyOf(call) as { name: string }),
  getPriceChange: (call) => call.container.flows.getChange(call.ctx, { id: idOf(call) }),
  previewPriceChange: (call) => call.container.flows.previewChange(call.ctx, { id: idOf(call) }),
  listPriceChangeItems: (call) => {
    const { outcome, state, reason, query } = call.query;
    return call.container.flows.listItems(call.ctx, { id: idOf(call), ...given({ outcome, state, reason, query }), ...pageOf(call) });
  },
  explainPriceChangeItem: (call) => call.container.flows.explainItem(call.ctx, { id: idOf(call), itemId: call.params.itemId! }),
  downloadPriceChangeItems: itemsCsv,
  downloadPreviousPrices: restoreCsv,
  approvePriceChange: (call) => call.container.flows.approveChange(call.ctx, { id: idOf(call), ...(bodyOf(call) as { planHash: string; comment?: string | null }), role: roleOf(call) }),
  rejectPriceChange: (call) => call.container.flows.rejectChange(call.ctx, { id: idOf(call), ...(bodyOf(call) as { comment?: string | null }), role: roleOf(call) }),
  commentPriceChange: (call) => call.container.flows.commentChange(call.ctx, { id: idOf(call), comment: bodyOf(call).comment as string, role: roleOf(call) }),
  listPriceChangeDecisions: (call) => call.container.flows.listDecisions(call.ctx, { id: idOf(call) }),
  schedulePriceChange: (call) => call.container.flows.scheduleChange(call.ctx, { id: idOf(call), schedule: bodyOf(call) as unknown as Schedule }),
  cancelPriceChange: (call) => call.container.flows.cancelChange(call.ctx, { id: idOf(call), ...(bodyOf(call) as { comment?: string | null }) }),
  applyPriceChange: (call) => call.container.flows.applyChange(call.ctx, { id: idOf(call), ...(bodyOf(call) as { canaryPercent?: number | string | null; canaryContinue?: string | null; pauseOn?: object | null }) }),
  pausePriceChange: (call) => call.container.flows.pauseChange(call.ctx, { id: idOf(call) }),
  resumePriceChange: (call) => call.container.flows.resumeChange(call.ctx, { id: idOf(call) }),
  resolvePriceChangeItem: (call) => call.container.flows.resolveItem(call.ctx, { id: idOf(call), itemId: call.params.itemId!, choice: bodyOf(call).choice as ConflictChoice }),
  rollBackPriceChange: (call) => call.container.flows.rollBackChange(call.ctx, { id: idOf(call), itemIds: (bodyOf(call).itemIds as string[] | null | undefined) ?? null }),
  listOverlaps: (call) => call.container.flows.findOverlaps(call.ctx, { id: idOf(call) }),
  listOverlapRows: (call) => call.container.flows.overlapRows(call.ctx, { id: idOf(call), otherId: call.params.otherId!, ...pageOf(call) }),
  endCampaign: (call) => call.container.flows.endCampaign(call.ctx, { id: idOf(call), ...(bodyOf(call) as { reason?: string | null }) }),
  endAllCampaigns: (call) => call.container.flows.endAllCampaigns(call.ctx, bodyOf(call) as { reason?: string | null }),
  planPriceChangeDelta: (call) => call.container.flows.planDelta(call.ctx, { id: idOf(call) }),
  watchPriceChange: watchChange,

  getPolicies: (call) => call.container.flows.getPolicies(call.ctx),
  putPolicies: (call) => call.container.flows.savePolicies(call.ctx, call.body),

  listAudit: (call) => call.container.flows.listAudit(call.ctx, { ...auditFilter(call), ...pageOf(call) }),
  downloadAuditReport: (call) => auditReport(call, auditFilter(call)),
  listEvents: (call) => {
    const after = call.query.cursor ?? call.query.after;
    return call.container.flows.listEvents(call.ctx, { limit: Number(call.query.limit ?? LIMIT_DEFAULT), ...given({ type: call.query.type, after: after !== undefined && /^\d{1,18}$/.test(after) ? BigInt(after) : undefined }) });
  },
  replayEvents: (call) => call.container.flows.replayProjection(call.ctx, bodyOf(call) as { projection: string; mode?: 'verify' | 'rebuild' }),
  getBus: (call) => call.container.flows.busState(call.ctx),
  listOutbox: (call) => call.container.flows.listDeadLetters(call.ctx, { ...deadLetterFilter(call), ...pageOf(call) }),
  getOutboxMessage: (call) => call.container.flows.getMessage(call.ctx, { id: idOf(call) }),
  retryOutboxMessages: (call) => call.container.flows.settleDeadLetters(call.ctx, { ...bodyOf(call), action: 'retry' }),
  discardOutboxMessages: (call) => call.container.flows.settleDeadLetters(call.ctx, { ...bodyOf(call), action: 'discard' }),
  retryOutboxMessage: (call) => call.container.flows.settleDeadLetter(call.ctx, { id: idOf(call), action: 'retry' }),
  discardOutboxMessage: (call) => call.container.flows.settleDeadLetter(call.ctx, { id: idOf(call), action: 'discard', ...(bodyOf(call) as { reason?: string | null }) }),

  getWrites: (call) => call.container.flows.getWrites(call.ctx),
  stopWrites: (call) => call.container.flows.stopWrites(call.ctx, bodyOf(call) as { reason?: string | null }),
  resumeWrites: (call) => call.container.flows.resumeWrites(call.ctx),

  listConnectors: (call) => call.container.flows.listConnectors(call.ctx),
  getConnectorHealth: (call) => call.container.flows.connectorHealth(call.ctx, { name: call.params.name! }),
  checkConnector: (call) => call.container.flows.checkConnector(call.ctx, { name: call.params.name! }),
  listTokens: (call) => call.container.flows.listTokens(call.ctx),
  createToken: (call) => call.container.flows.createToken(call.ctx, bodyOf(call) as { name: string; scopes: ApiScope[] }),
  revokeToken: (call) => call.container.flows.revokeToken(call.ctx, { id: idOf(call) }),
};
