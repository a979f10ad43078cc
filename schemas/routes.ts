import type { ApiScope } from './generated/types.ts';
import type { SchemaName } from './registry.ts';

/**
 * Every call of the REST API under /api/v1, once. The OpenAPI document, the matrix of routes and scopes and the test
 * "every route with another tenant's id answers 404" are made from this list.
 */
export interface Route {
  /** OpenAPI's operationId. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Relative to /api/v1; parameters as `:name`. */
  readonly path: string;
  readonly tag: 'Catalog' | 'Markets' | 'Rules' | 'Price changes' | 'Policies' | 'Writes' | 'Audit' | 'Events' | 'Connectors' | 'Tokens';
  readonly summary: string;
  /** The token needs this scope or `admin`. */
  readonly scope: ApiScope;
  /** Whose id `:id` is; another tenant's answers 404. Absent where the path has no id. */
  readonly owner?: 'product' | 'variant' | 'rule' | 'price_change' | 'outbox' | 'token';
  readonly query?: readonly QueryParameter[];
  readonly request?: { readonly schema: SchemaName; /** An absent body is `{}` where false. */ readonly required: boolean };
  readonly response: RouteResponse;
  /** May answer 409: the thing is in the wrong state, or the plan is stale. */
  readonly conflicts?: true;
}

/** `schema` of the body; without one either no body (204) or what `contentType` says. */
export interface RouteResponse {
  readonly status: 200 | 201 | 202 | 204;
  readonly description: string;
  readonly schema?: SchemaName;
  readonly contentType?: 'application/json' | 'text/csv' | 'text/event-stream';
}

export interface QueryParameter {
  readonly name: string;
  readonly description: string;
  readonly schema: { readonly [keyword: string]: unknown };
}

const text = (name: string, description: string): QueryParameter => ({ name, description, schema: { type: 'string' } });
const oneOf = (name: string, values: readonly string[], description: string): QueryParameter => ({ name, description, schema: { type: 'string', enum: values } });
const flag = (name: string, description: string): QueryParameter => ({ name, description, schema: { type: 'boolean' } });
const instant = (name: string, description: string): QueryParameter => ({ name, description, schema: { type: 'string', format: 'date-time' } });
const amount = (name: string, description: string): QueryParameter => ({ name, description, schema: { type: 'string', pattern: '^[0-9]+(\\.[0-9]+)?$' } });
const uuid = (name: string, description: string): QueryParameter => ({ name, description, schema: { type: 'string', format: 'uuid' } });

const page: readonly QueryParameter[] = [
  { name: 'limit', description: 'Entries a page.', schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 } },
  text('cursor', '`nextCursor` of the page before, with the same filter.'),
];
const productFilter: readonly QueryParameter[] = [
  text('query', 'Free text: each word must occur in title, vendor, SKU or variant title.'),
  text('vendor', 'Case does not count.'),
  text('productType', 'Case does not count.'),
  text('tag', 'Products with this tag.'),
  text('collection', 'Products in the collection with this handle.'),
  text('status', 'active, draft, archived or unlisted; case does not count.'),
];
const variantFilter: readonly QueryParameter[] = [
  ...productFilter,
  uuid('productId', 'Variants of this product.'),
  amount('priceMin', 'Lowest price, inclusive, as a decimal string in the shop\'s currency.'),
  amount('priceMax', 'Highest price, inclusive.'),
  flag('missingCost', 'true: only variants without a cost.'),
  flag('onSale', 'true: only variants with a compare-at price above the price.'),
  oneOf('sort', ['title', 'price', 'sku', 'updatedAt', 'inventory'], 'title where not given.'),
  oneOf('direction', ['asc', 'desc'], 'asc where not given.'),
];
const itemFilter: readonly QueryParameter[] = [
  oneOf('outcome', ['planned', 'unchanged', 'blocked'], 'What planning decided.'),
  text('state', 'State of the row.'),
  text('reason', 'Why it is blocked.'),
  text('query', 'Free text in SKU and title.'),
];
const deadFilter: readonly QueryParameter[] = [
  text('topic', 'Only this type of event, for example price.applied.'),
  text('aggregate', 'Only of this thing, as the messages say it: price_change:…'),
  instant('from', 'Written at this time or later.'),
  instant('to', 'Written before this time.'),
];
const auditFilter: readonly QueryParameter[] = [
  text('entity', 'Kind of thing, for example price_change.'),
  text('entityId', 'Its id.'),
  text('actor', 'Who did it, for example user:42.'),
  text('correlationId', 'Everything that one request caused.'),
  instant('from', 'Inclusive.'),
  instant('to', 'Exclusive.'),
];

const ok = (schema: SchemaName, description: string): RouteResponse => ({ status: 200, schema, description });
const created = (schema: SchemaName, description: string): RouteResponse => ({ status: 201, schema, description });
const accepted = (schema: SchemaName, description: string): RouteResponse => ({ status: 202, schema, description });
const gone: RouteResponse = { status: 204, description: 'Done; no body.' };
const csv = (description: string): RouteResponse => ({ status: 200, contentType: 'text/csv', description });
const body = (schema: SchemaName): Route['request'] => ({ schema, required: true });
const optionalBody = (schema: SchemaName): Route['request'] => ({ schema, required: false });

const catalog: readonly Route[] = [
  { id: 'startCatalogSync', method: 'POST', path: '/catalog/sync', tag: 'Catalog', summary: 'Start a full sync; poll /catalog/status', scope: 'connectors:manage', response: accepted('catalog-sync', 'The sync that runs: a new one, or the one that was running already.') },
  { id: 'getCatalogStatus', method: 'GET', path: '/catalog/status', tag: 'Catalog', summary: 'Counts, last sync and lag', scope: 'catalog:read', response: ok('catalog-status', 'How fresh the catalog is.') },
  { id: 'reconcileCatalog', method: 'POST', path: '/catalog/reconcile', tag: 'Catalog', summary: 'Ask the shop now what changed that nobody told us of; poll /catalog/status', scope: 'connectors:manage', response: accepted('catalog-status', 'How fresh the catalog is before that.') },
  { id: 'listProducts', method: 'GET', path: '/products', tag: 'Catalog', summary: 'Products', scope: 'catalog:read', query: [...productFilter, ...page], response: ok('product-list', 'A page of products.') },
  { id: 'getProduct', method: 'GET', path: '/products/:id', tag: 'Catalog', summary: 'A product with its variants', scope: 'catalog:read', owner: 'product', response: ok('product-detail', 'The product.') },
  { id: 'listVariants', method: 'GET', path: '/variants', tag: 'Catalog', summary: 'Variants, filtered as on the Pricing screen', scope: 'catalog:read', query: [...variantFilter, ...page], response: ok('variant-list', 'A page of variants.') },
  { id: 'getVariant', method: 'GET', path: '/variants/:id', tag: 'Catalog', summary: 'A variant', scope: 'catalog:read', owner: 'variant', response: ok('variant', 'The variant.') },
  { id: 'getVariantPrices', method: 'GET', path: '/variants/:id/prices', tag: 'Catalog', summary: 'Price history with lineage, and the price at a time', scope: 'catalog:read', owner: 'variant', query: [instant('at', 'The price at this time; now where not given.'), uuid('priceListId', 'Of this price list, instead of the shop\'s own prices.')], response: ok('price-history', 'The newest 200 prices.') },
  { id: 'downloadPastPrices', method: 'GET', path: '/catalog/prices.csv', tag: 'Catalog', summary: 'Price at a time for the whole catalog, as CSV', scope: 'catalog:read', query: [instant('at', 'The time; now where not given.')], response: csv('Every variant of today and of then; where no price of then is known it is blank, beside since when one is.') },
  { id: 'getContextualPrices', method: 'GET', path: '/variants/:id/contextual-prices', tag: 'Markets', summary: 'What buyers of each market are shown', scope: 'catalog:read', owner: 'variant', response: ok('contextual-price-list', 'A price for each price list that has the variant.') },
  { id: 'listPriceLists', method: 'GET', path: '/price-lists', tag: 'Markets', summary: 'Price lists of the shop\'s markets', scope: 'catalog:read', response: ok('price-list-list', 'All of them.') },
  { id: 'syncPriceLists', method: 'POST', path: '/price-lists/sync', tag: 'Markets', summary: 'Read the price lists again; also done after each catalog sync', scope: 'connectors:manage', response: accepted('price-list-sync', 'pricesReadAt of the lists tells when it is done.') },
];

const rules: readonly Route[] = [
  { id: 'listRules', method: 'GET', path: '/rules', tag: 'Rules', summary: 'Saved rules', scope: 'catalog:read', query: page, response: ok('rule-list', 'A page of rules.') },
  { id: 'createRule', method: 'POST', path: '/rules', tag: 'Rules', summary: 'Save a rule', scope: 'rules:write', request: body('rule-body'), response: created('discount-policy', 'The rule, version 1.') },
  { id: 'evaluateRule', method: 'POST', path: '/rules/evaluate', tag: 'Rules', summary: 'Pure dry run of a rule on given rows', scope: 'catalog:read', request: body('rule-evaluate-request'), response: ok('rule-evaluate-response', 'One result for each row, in order.') },
  { id: 'dryRunRule', method: 'POST', path: '/rules/dry-run', tag: 'Rules', summary: 'Try a rule on the prices of a time in the past', scope: 'catalog:read', request: body('rule-dry-run-request'), response: ok('rule-dry-run', 'Counts of all rows, and the first of them. 422 before the first known price.') },
  { id: 'dryRunSavedRule', method: 'POST', path: '/rules/:id/dry-run', tag: 'Rules', summary: 'Try a saved rule on the prices of a time in the past', scope: 'catalog:read', owner: 'rule', request: body('saved-rule-dry-run-request'), response: ok('rule-dry-run', 'As POST /rules/dry-run.') },
  { id: 'lintRule', method: 'POST', path: '/rules/lint', tag: 'Rules', summary: 'Look a valid rule over for what is hardly meant', scope: 'catalog:read', request: body('rule-lint-request'), response: ok('rule-lint-response', 'What was found, the weightiest first.') },
  { id: 'parseSelector', method: 'POST', path: '/selectors/parse', tag: 'Rules', summary: 'Read selector text in Shopify\'s search syntax', scope: 'catalog:read', request: body('selector-parse-request'), response: ok('selector-parse-response', 'The selector. A text that cannot be read answers 422 with the column.') },
  { id: 'printSelector', method: 'POST', path: '/selectors/print', tag: 'Rules', summary: 'Write a selector as such text', scope: 'catalog:read', request: body('selector-print-request'), response: ok('selector-print-response', 'The text.') },
  { id: 'getRule', method: 'GET', path: '/rules/:id', tag: 'Rules', summary: 'A saved rule', scope: 'catalog:read', owner: 'rule', response: ok('discount-policy', 'The rule in its current version.') },
  { id: 'updateRule', method: 'PUT', path: '/rules/:id', tag: 'Rules', summary: 'Save a new version of a rule', scope: 'rules:write', owner: 'rule', request: body('rule-body'), response: ok('discount-policy', 'The rule, one version on.'), conflicts: true },
  { id: 'listRuleVersions', method: 'GET', path: '/rules/:id/versions', tag: 'Rules', summary: 'What a rule was in each of its versions, newest first', scope: 'catalog:read', owner: 'rule', query: page, response: ok('rule-version-list', 'A page of versions.') },
  { id: 'runRule', method: 'POST', path: '/rules/:id/run', tag: 'Rules', summary: 'Run a saved rule now: a price change is made and planned', scope: 'changes:write', owner: 'rule', response: created('price-change', 'The price change; activity is previewing until its plan is sealed.'), conflicts: true },
  { id: 'deleteRule', method: 'DELETE', path: '/rules/:id', tag: 'Rules', summary: 'Delete a rule; price changes made by it stay', scope: 'rules:write', owner: 'rule', response: gone },
];

const change = { tag: 'Price changes', owner: 'price_change' } as const;
const priceChanges: readonly Route[] = [
  { id: 'listPriceChanges', method: 'GET', path: '/price-changes', tag: 'Price changes', summary: 'Price changes, newest first', scope: 'catalog:read', query: [text('state', 'Only those in this state.'), ...page], response: ok('price-change-list', 'A page of price changes.') },
  { id: 'createPriceChange', method: 'POST', path: '/price-changes', tag: 'Price changes', summary: 'Draft a price change by a saved rule or a rule of its own', scope: 'changes:write', request: body('price-change-create-request'), response: created('price-change', 'The draft.') },
  { ...change, id: 'getPriceChange', method: 'GET', path: '/price-changes/:id', summary: 'A price change', scope: 'catalog:read', response: ok('price-change', 'The price change.') },
  { ...change, id: 'previewPriceChange', method: 'POST', path: '/price-changes/:id/preview', summary: 'Plan it; when done its state is previewed', scope: 'changes:write', response: accepted('price-change', 'activity is previewing until the plan is sealed.'), conflicts: true },
  { ...change, id: 'listPriceChangeItems', method: 'GET', path: '/price-changes/:id/items', summary: 'Rows before and after', scope: 'catalog:read', query: [...itemFilter, ...page], response: ok('price-change-item-list', 'A page of rows.') },
  { ...change, id: 'explainPriceChangeItem', method: 'GET', path: '/price-changes/:id/items/:itemId/explain', summary: 'Why a row is what it is', scope: 'catalog:read', response: ok('price-change-item-explanation', 'From stored traces.') },
  { ...change, id: 'downloadPriceChangeItems', method: 'GET', path: '/price-changes/:id/items.csv', summary: 'All rows as CSV, previous prices included', scope: 'catalog:read', response: csv('Every row of the plan, in its order.') },
  { ...change, id: 'downloadPreviousPrices', method: 'GET', path: '/price-changes/:id/restore.csv', summary: 'Previous prices in Shopify\'s product import format', scope: 'catalog:read', response: csv('The planned rows with the prices from before; import it in Shopify with overwriting to put them back.'), conflicts: true },
  { ...change, id: 'approvePriceChange', method: 'POST', path: '/price-changes/:id/approve', summary: 'Approve exactly the plan with this hash', scope: 'changes:approve', request: body('price-change-approve-request'), response: ok('price-change', 'Approved.'), conflicts: true },
  { ...change, id: 'listPriceChangeDecisions', method: 'GET', path: '/price-changes/:id/decisions', summary: 'Who approved, rejected or commented, oldest first', scope: 'catalog:read', response: ok('price-change-decision-list', 'All of them.') },
  { ...change, id: 'commentPriceChange', method: 'POST', path: '/price-changes/:id/comments', summary: 'Say something about it', scope: 'changes:write', request: body('price-change-comment-request'), response: created('price-change-decision', 'The comment.') },
  { ...change, id: 'rejectPriceChange', method: 'POST', path: '/price-changes/:id/reject', summary: 'Refuse the plan', scope: 'changes:approve', request: optionalBody('price-change-reject-request'), response: ok('price-change', 'Rejected.'), conflicts: true },
  { ...change, id: 'schedulePriceChange', method: 'POST', path: '/price-changes/:id/schedule', summary: 'Let an approved change start at a time', scope: 'changes:apply', request: body('schedule'), response: ok('price-change', 'Scheduled.'), conflicts: true },
  { ...change, id: 'cancelPriceChange', method: 'POST', path: '/price-changes/:id/cancel', summary: 'Give it up; rows already written stay', scope: 'changes:write', request: optionalBody('price-change-cancel-request'), response: ok('price-change', 'Cancelled.'), conflicts: true },
  { ...change, id: 'applyPriceChange', method: 'POST', path: '/price-changes/:id/apply', summary: 'Write the approved plan', scope: 'changes:apply', request: optionalBody('price-change-apply-request'), response: accepted('price-change', 'Applying; ends in applied, partially_applied or failed.'), conflicts: true },
  { ...change, id: 'pausePriceChange', method: 'POST', path: '/price-changes/:id/pause', summary: 'Stop writing for now', scope: 'changes:apply', response: accepted('price-change', 'Paused; rows already sent are finished.'), conflicts: true },
  { ...change, id: 'resumePriceChange', method: 'POST', path: '/price-changes/:id/resume', summary: 'Go on writing', scope: 'changes:apply', response: accepted('price-change', 'Applying again.'), conflicts: true },
  { ...change, id: 'resolvePriceChangeItem', method: 'POST', path: '/price-changes/:id/items/:itemId/resolve', summary: 'Decide a conflict', scope: 'changes:apply', request: body('price-change-resolve-request'), response: ok('price-change-item', 'The row after the decision.'), conflicts: true },
  { ...change, id: 'rollBackPriceChange', method: 'POST', path: '/price-changes/:id/rollback', summary: 'Plan the undoing of a change, whole or for chosen rows', scope: 'changes:write', request: optionalBody('price-change-rollback-request'), response: created('price-change', 'A new price change of kind rollback, previewed; approve and apply it as any other.'), conflicts: true },
  { ...change, id: 'listOverlaps', method: 'GET', path: '/price-changes/:id/overlaps', summary: 'Other changes of the same variants at the same time, and which shows', scope: 'catalog:read', response: ok('price-overlap-list', 'All of them.') },
  { ...change, id: 'listOverlapRows', method: 'GET', path: '/price-changes/:id/overlaps/:otherId', summary: 'What each of two changes makes of the variants they share', scope: 'catalog:read', query: page, response: ok('price-overlap-row-list', 'A page of variants.') },
  { ...change, id: 'endCampaign', method: 'POST', path: '/price-changes/:id/end', summary: 'End a campaign now; its prices without it come back', scope: 'changes:apply', request: optionalBody('campaigns-end-request'), response: accepted('price-change', 'Ending; ended when every row is back.'), conflicts: true },
  { tag: change.tag, id: 'endAllCampaigns', method: 'POST', path: '/campaigns/end', summary: 'End every running campaign of the shop', scope: 'changes:apply', request: optionalBody('campaigns-end-request'), response: ok('campaigns-end-report', 'What was begun; each campaign goes on to ended.') },
  { ...change, id: 'planPriceChangeDelta', method: 'POST', path: '/price-changes/:id/delta', summary: 'Plan the rows anew that went stale, and only those', scope: 'changes:write', response: created('price-change', 'A new price change of kind delta, previewed; approve and apply it as any other.'), conflicts: true },
  { ...change, id: 'watchPriceChange', method: 'GET', path: '/price-changes/:id/events', summary: 'Live progress as server-sent events', scope: 'catalog:read', response: { status: 200, contentType: 'text/event-stream', schema: 'price-change', description: 'A stream; the data of each event is the price change as it is now.' } },
];

const writes: readonly Route[] = [
  { id: 'getWrites', method: 'GET', path: '/writes', tag: 'Writes', summary: 'Whether writing to the shop is allowed or stopped, since when, by whom and why', scope: 'catalog:read', response: ok('write-switch', 'The switch.') },
  { id: 'stopWrites', method: 'POST', path: '/writes/stop', tag: 'Writes', summary: 'Stop every running and scheduled write of the shop at once', scope: 'changes:apply', request: optionalBody('writes-stop-request'), response: ok('write-switch', 'Stopped: nothing goes out any more but what inFlight counts. Also where it was stopped before.') },
  { id: 'resumeWrites', method: 'POST', path: '/writes/resume', tag: 'Writes', summary: 'Allow writes again; what waited goes on', scope: 'admin', response: ok('write-switch', 'Allowed. Also where they were not stopped.') },
];

const operations: readonly Route[] = [
  { id: 'getPolicies', method: 'GET', path: '/policies', tag: 'Policies', summary: 'Guardrails and approval policy', scope: 'catalog:read', response: ok('policies', 'As they hold now.') },
  { id: 'putPolicies', method: 'PUT', path: '/policies', tag: 'Policies', summary: 'Save guardrails and approval policy as a new version', scope: 'admin', request: body('policies-request'), response: ok('policies', 'As they hold now.'), conflicts: true },
  { id: 'listAudit', method: 'GET', path: '/audit', tag: 'Audit', summary: 'Who did what, newest first', scope: 'audit:read', query: [...auditFilter, ...page], response: ok('audit-list', 'A page of audit entries.') },
  { id: 'downloadAuditReport', method: 'GET', path: '/audit/report.csv', tag: 'Audit', summary: 'The same as CSV', scope: 'audit:read', query: auditFilter, response: csv('The entries.') },
  { id: 'listEvents', method: 'GET', path: '/events', tag: 'Events', summary: 'The event log, oldest first', scope: 'audit:read', query: [{ name: 'after', description: 'Events whose seq is above this; `nextCursor` is the seq to go on from.', schema: { type: 'integer', minimum: 0 } }, text('type', 'Only this type, for example price_change.approved.'), ...page], response: ok('event-list', 'A page of events.') },
  { id: 'replayEvents', method: 'POST', path: '/events/replay', tag: 'Events', summary: 'Verify a projection against the log, or rebuild it, and report differences', scope: 'admin', request: body('event-replay-request'), response: ok('event-replay-report', 'No difference is right.') },
  { id: 'getBus', method: 'GET', path: '/bus', tag: 'Events', summary: 'How the event bus is doing: waiting and given-up messages, queue, logs', scope: 'connectors:manage', response: ok('bus-state', 'As it is now.') },
  { id: 'listOutbox', method: 'GET', path: '/outbox', tag: 'Events', summary: 'Messages that could not be delivered', scope: 'connectors:manage', query: [oneOf('state', ['dead'], 'dead where not given.'), ...deadFilter, ...page], response: ok('outbox-list', 'A page of messages, newest first.') },
  { id: 'retryOutboxMessages', method: 'POST', path: '/outbox/retry', tag: 'Events', summary: 'Try dead messages again: those named, or all that fit', scope: 'connectors:manage', request: body('outbox-settle-request'), response: ok('outbox-settle-report', 'What became of them.') },
  { id: 'discardOutboxMessages', method: 'POST', path: '/outbox/discard', tag: 'Events', summary: 'Give dead messages up: those named, or all that fit', scope: 'connectors:manage', request: body('outbox-settle-request'), response: ok('outbox-settle-report', 'What became of them.') },
  { id: 'getOutboxMessage', method: 'GET', path: '/outbox/:id', tag: 'Events', summary: 'A message with its event', scope: 'connectors:manage', owner: 'outbox', response: ok('outbox-message-detail', 'The message.') },
  { id: 'retryOutboxMessage', method: 'POST', path: '/outbox/:id/retry', tag: 'Events', summary: 'Try a dead message again', scope: 'connectors:manage', owner: 'outbox', response: gone },
  { id: 'discardOutboxMessage', method: 'POST', path: '/outbox/:id/discard', tag: 'Events', summary: 'Give a dead message up', scope: 'connectors:manage', owner: 'outbox', request: optionalBody('outbox-discard-request'), response: gone },
  { id: 'listConnectors', method: 'GET', path: '/connectors', tag: 'Connectors', summary: 'Connectors and how they are doing', scope: 'connectors:manage', response: ok('connector-list', 'All of them.') },
  { id: 'getConnectorHealth', method: 'GET', path: '/connectors/:name/health', tag: 'Connectors', summary: 'How a connector is doing, sanitized', scope: 'connectors:manage', response: ok('connector-health', 'As last checked.') },
  { id: 'checkConnector', method: 'POST', path: '/connectors/:name/check', tag: 'Connectors', summary: 'Check a connector now', scope: 'connectors:manage', response: ok('connector-health', 'As just checked.') },
  { id: 'listTokens', method: 'GET', path: '/tokens', tag: 'Tokens', summary: 'API tokens, without their secrets', scope: 'admin', response: ok('api-token-list', 'All of them.') },
  { id: 'createToken', method: 'POST', path: '/tokens', tag: 'Tokens', summary: 'Make an API token; its secret is shown once', scope: 'admin', request: body('api-token-create-request'), response: created('api-token-with-secret', 'The token with its secret.') },
  { id: 'revokeToken', method: 'DELETE', path: '/tokens/:id', tag: 'Tokens', summary: 'Revoke an API token', scope: 'admin', owner: 'token', response: gone },
];

export const ROUTES: readonly Route[] = [...catalog, ...rules, ...priceChanges, ...writes, ...operations];

/** Whether a token with these scopes may make the call. */
export function mayCall(route: Route, scopes: readonly string[]): boolean {
  return scopes.includes(route.scope) || scopes.includes('admin');
}

/** Names of the parameters in the path, in order. */
export function pathParameters(route: Route): string[] {
  return [...route.path.matchAll(/:([A-Za-z]+)/g)].map((match) => match[1]!);
}
