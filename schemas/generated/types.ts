// Generated from schemas/ by `node schemas/tools/generate.ts`. Do not edit: change the schema, then generate again.

export type AllOf = {
  all: readonly Selector[];
};

export type AnyOf = {
  any: readonly Selector[];
};

/**
 * What an API token may do. admin contains all others.
 */
export type ApiScope =
  | 'catalog:read'
  | 'changes:write'
  | 'changes:approve'
  | 'changes:apply'
  | 'rules:write'
  | 'audit:read'
  | 'analytics:read'
  | 'copilot:ask'
  | 'imports:write'
  | 'connectors:manage'
  | 'admin';

/**
 * An API token without its secret.
 */
export type ApiToken = {
  id: string;
  name: string;
  /**
   * First characters of the secret, to recognise it by.
   */
  prefix: string;
  scopes: readonly ApiScope[];
  /**
   * Who made it. Kind and id: `user:<Shopify user id>`, `token:<token id>`, `shopify:<topic>`, `system:<job>`.
   */
  createdBy: string;
  createdAt: string;
  /**
   * Null where it was never used.
   */
  lastUsedAt: string | null;
  /**
   * Null while it is valid.
   */
  revokedAt: string | null;
};

/**
 * A token to make.
 */
export type ApiTokenCreateRequest = {
  name: string;
  /**
   * @minItems 1
   */
  scopes: readonly ApiScope[];
};

/**
 * API tokens, newest first.
 */
export type ApiTokenList = {
  /**
   * At most `limit` entries.
   */
  data: readonly ApiToken[];
  /**
   * Give it as `cursor` for the next page; null on the last.
   */
  nextCursor: string | null;
};

/**
 * A new token; the secret is shown this once.
 */
export type ApiTokenWithSecret = {
  /**
   * The secret, `cal_…`. Only its hash is kept.
   */
  token: string;
  id: string;
  name: string;
  prefix: string;
  scopes: readonly ApiScope[];
  /**
   * Who made it. Kind and id: `user:<Shopify user id>`, `token:<token id>`, `shopify:<topic>`, `system:<job>`.
   */
  createdBy: string;
  createdAt: string;
};

/**
 * Who approves plans.
 */
export type ApprovalPolicy = {
  /**
   * How many different people approve a plan; not given: 1.
   */
  approvers?: 1 | 2;
  /**
   * The least role whose approval counts; API tokens count as approver, with the scope admin as admin. Not given: approver.
   */
  role?: 'approver' | 'admin';
  /**
   * Whether the maker of a change may approve it; not given: true.
   */
  ownChangeAllowed?: boolean;
  /**
   * A plan older than this must be previewed again; null: as the installation is configured.
   */
  planMaxAgeHours?: number | null;
  /**
   * Null: every plan needs a person.
   */
  automatic?: AutomaticApproval | null;
};

/**
 * Who did what to which thing, and why; append-only and hash-chained.
 */
export type AuditEntry = {
  id: string;
  /**
   * Place in the tenant's chain, from 1 without gaps.
   */
  seq: number;
  /**
   * Kind of thing: price_change, price_change_item, rule, product, token, shop, connector, outbox …
   */
  entity: string;
  entityId: string;
  /**
   * What was done, for example approved.
   */
  action: string;
  /**
   * Who did it. Kind and id: `user:<Shopify user id>`, `token:<token id>`, `shopify:<topic>`, `system:<job>`.
   */
  actor: string;
  /**
   * The facts behind it.
   */
  explain: {
    [k: string]: unknown;
  };
  correlationId: string;
  /**
   * The request it came with.
   */
  requestId: string | null;
  createdAt: string;
  /**
   * Hash of the entry before (SHA-256, hex).
   */
  prevHash?: string;
  /**
   * SHA-256 (hex) over this entry and prevHash.
   */
  hash?: string;
};

/**
 * Audit entries, newest first.
 */
export type AuditList = {
  /**
   * At most `limit` entries.
   */
  data: readonly AuditEntry[];
  /**
   * Give it as `cursor` for the next page; null on the last.
   */
  nextCursor: string | null;
};

/**
 * A plan within all of these, without any warning or finding, is approved by system:auto-approval.
 */
export type AutomaticApproval = {
  maxRows: number;
  maxChangePercent: string;
  maxShareOfCatalogPercent?: string;
};

/**
 * What the steps start from.
 */
export type BaseTrace = {
  code: 'base';
  /**
   * Name of the base.
   */
  from: string;
  /**
   * Decimal string; null where missing.
   */
  value: string | null;
};

/**
 * Limits of the price; each is optional. Lower limits are rounded up and upper limits down to the minor unit. Any number is valid: a floor above the ceiling decides rows (bounds_conflict), a negative percentage moves its limit to the other side of the price. Where two limits are equal, the trace names the one that comes first here.
 */
export type Bounds = {
  floor?: Decimal;
  minMarginPercent?: MarginPercent;
  maxDecreasePercent?: Decimal;
  /**
   * Never below the variant's minimum advertised price, where it has one.
   */
  respectMap?: boolean;
  ceiling?: Decimal;
  maxIncreasePercent?: Decimal;
  /**
   * clamp moves the price to the limit and is what not given means; block leaves the variant alone with bound_violated.
   */
  onViolation?: 'clamp' | 'block';
};

/**
 * The range, the limits that set it, and what it did to the value.
 */
export type BoundsTrace = {
  code: 'bounds';
  lower: string | null;
  /**
   * The limit that set it.
   */
  lowerBy: string | null;
  upper: string | null;
  /**
   * The limit that set it.
   */
  upperBy: string | null;
  /**
   * Value before.
   */
  from: string;
  /**
   * Value after.
   */
  to: string;
  /**
   * The limit that moved or refused the value.
   */
  decided: string | null;
};

/**
 * How the event bus of the shop is doing: messages not told yet, given up, the queue, and the two logs.
 */
export type BusState = {
  /**
   * Messages not told yet.
   */
  pending: number;
  /**
   * Of those, the ones that have failed before.
   */
  retrying: number;
  /**
   * Messages given up: an operator decides.
   */
  dead: number;
  /**
   * How long the oldest due message has been waiting, in milliseconds.
   */
  lagMs: number;
  /**
   * How long ago the oldest message that is not told yet was written, in milliseconds.
   */
  ageMs: number;
  /**
   * Only topics that have any.
   */
  topics: readonly {
    topic: string;
    /**
     * Not told yet.
     */
    pending: number;
    /**
     * Of those, failed before.
     */
    retrying: number;
    /**
     * Given up.
     */
    dead: number;
  }[];
  /**
   * Jobs of the whole service; null where the queue cannot be reached.
   */
  queue: {
    /**
     * Jobs that wait.
     */
    waiting: number;
    /**
     * Jobs that are being done.
     */
    active: number;
    /**
     * Jobs given up.
     */
    failed: number;
  } | null;
  /**
   * Event log and audit.
   */
  logs: readonly {
    log: 'events' | 'audit_log';
    /**
     * Entries of the shop that are in the log now.
     */
    entries: number;
    /**
     * Entries up to this number were archived and dropped; 0 where the log is there from its beginning.
     */
    droppedUpTo: number;
    /**
     * The log has room until here; more is made ahead.
     */
    madeUntil: string;
    /**
     * Older entries are archived and dropped; null keeps them for ever.
     */
    keepMonths: number | null;
    archives: readonly {
      partition: string;
      /**
       * First entry of the piece.
       */
      firstSeq: number;
      /**
       * Last entry of the piece.
       */
      lastSeq: number;
      /**
       * Where the file is.
       */
      location: string;
      /**
       * Of the file.
       */
      sha256: string;
      archivedAt: string;
      /**
       * Whether the log itself no longer holds it.
       */
      dropped: boolean;
    }[];
  }[];
};

/**
 * What ending all campaigns began.
 */
export type CampaignsEndReport = {
  /**
   * Campaigns that are ending now or have ended.
   */
  ended: readonly string[];
  /**
   * Campaigns that could not be ended yet; ask again in a minute.
   */
  waiting: readonly {
    id: string;
    code: string;
    detail: string;
  }[];
};

/**
 * Why a campaign, or all of them, should end.
 */
export type CampaignsEndRequest = {
  /**
   * For the audit.
   */
  reason?: string | null;
};

/**
 * manual: pauses when the first part is verified, and goes on by resume. auto: goes on by itself when it is within the limits, and pauses otherwise.
 */
export type CanaryContinue = 'manual' | 'auto';

/**
 * writing: the first part is being written. verifying: its prices are being read again. waiting: verified, and a person decides by resume or cancel. continued: the rest was queued, or there was none.
 */
export type CanaryState = 'writing' | 'verifying' | 'waiting' | 'continued';

/**
 * A comparison with the shop found products that no webhook had told of; each with prices that moved has an event product.updated of its own.
 */
export type CatalogDriftFound = {
  /**
   * Products that were not here as they are in the shop.
   */
  products: number;
  /**
   * Variants whose price or compare-at differed.
   */
  prices: number;
  /**
   * How long the oldest of these changes had been in the shop.
   */
  behindSeconds: number;
};

/**
 * What of the catalog is here and how fresh it is.
 */
export type CatalogStatus = {
  /**
   * Products of the shop.
   */
  products: number;
  /**
   * Variants of the shop.
   */
  variants: number;
  /**
   * The shop's currency.
   */
  currencyCode: string;
  /**
   * True while a full sync runs.
   */
  syncing: boolean;
  /**
   * The one that runs; null when none does.
   */
  currentSync: CatalogSync | null;
  /**
   * The last that ended, well or not; null before the first.
   */
  lastSync: CatalogSync | null;
  /**
   * When the last good full sync finished; null before the first.
   */
  lastSyncedAt: string | null;
  /**
   * Seconds since anything of the catalog was last confirmed with the shop; null before the first sync.
   */
  lagSeconds: number | null;
  /**
   * The shop's name.
   */
  shopName: string;
  /**
   * Its myshopify domain.
   */
  shopDomain: string;
  /**
   * Its IANA time zone.
   */
  timeZone: string;
  /**
   * Everything that the shop changed before is known here; null before the first sync.
   */
  upToDateAsOf: string | null;
  /**
   * Seconds since upToDateAsOf; null before the first sync.
   */
  behindSeconds: number | null;
  /**
   * True while the shop is asked what changed.
   */
  reconciling: boolean;
  /**
   * What the last comparison that found something found; null when nothing ever was.
   */
  untold: {
    foundAt: string;
    /**
     * Products that were not here as they are in the shop; 0 where a full sync found the prices.
     */
    products: number;
    /**
     * Variants whose price or compare-at was changed in the shop without a webhook telling us.
     */
    prices: number;
    /**
     * How long the oldest of them had been changed when it was found; null where a full sync found it.
     */
    behindSeconds: number | null;
  } | null;
};

/**
 * One run that brings the whole catalog in.
 */
export type CatalogSync = {
  id: string;
  state: CatalogSyncState;
  /**
   * Products brought in so far.
   */
  products: number;
  /**
   * Variants brought in so far.
   */
  variants: number;
  /**
   * Why it failed, in one sentence.
   */
  error: string | null;
  startedAt: string;
  finishedAt: string | null;
  correlationId?: string;
};

/**
 * A full sync stopped without finishing.
 */
export type CatalogSyncFailed = {
  syncId: string;
  /**
   * In one sentence, sanitized.
   */
  error: string;
};

/**
 * A full sync began.
 */
export type CatalogSyncStarted = {
  syncId: string;
};

/**
 * running: the shop prepares its export. importing: the export is read and merged.
 */
export type CatalogSyncState = 'running' | 'importing' | 'completed' | 'failed';

/**
 * A full sync finished.
 */
export type CatalogSynced = {
  syncId: string;
  /**
   * Products in the shop.
   */
  products: number;
  /**
   * Variants in the shop.
   */
  variants: number;
  /**
   * Variants whose price or compare-at differed from what we had.
   */
  pricesChanged?: number;
  /**
   * Products the shop no longer has.
   */
  deactivatedProducts?: number;
  /**
   * Variants the shop no longer has.
   */
  deactivatedVariants?: number;
  /**
   * Milliseconds.
   */
  durationMs?: number;
};

/**
 * Who approved the current plan, and who still must.
 */
export type ChangeApprovals = {
  /**
   * Different people that must approve.
   */
  required: number;
  /**
   * The least role whose approval counts.
   */
  role: 'approver' | 'admin';
  /**
   * Whether the maker may be one of them.
   */
  ownChangeAllowed: boolean;
  /**
   * Approvals of exactly this plan, in order.
   */
  given: readonly {
    /**
     * Kind and id: `user:<Shopify user id>`, `token:<token id>`, `shopify:<topic>`, `system:<job>`.
     */
    actor: string;
    /**
     * viewer, editor, approver or admin; system for an automatic approval.
     */
    role: string;
    comment: string | null;
    at: string;
  }[];
  /**
   * When this plan is too old to be approved; null where there is none, or it was approved.
   */
  expiresAt: string | null;
  /**
   * Why an earlier approval counts no more; null where none was voided since the last.
   */
  voided: {
    reason: string;
    at: string;
  } | null;
};

/**
 * The part of a plan that was written first, and what was found when its prices were read again from the shop.
 */
export type ChangeCanary = {
  /**
   * Share of the planned rows, in percent, that was asked for. Whole products are taken, at least one, until it is reached.
   */
  percent: string;
  continue: CanaryContinue;
  state: CanaryState;
  /**
   * Rows of the first part.
   */
  rows: number;
  /**
   * Written rows whose live price was read again after all of the first part had ended.
   */
  verified: number;
  /**
   * Of these, the rows that no longer showed our price; they are conflicts now.
   */
  differing: number;
  /**
   * Rows of the first part in conflict, the differing ones included. 0 until it is verified.
   */
  conflicts: number;
  /**
   * Rows of the first part that failed. 0 until it is verified.
   */
  failed: number;
  /**
   * Whether conflicts and failures stayed within the limits (pauseOn where given; otherwise at most 10 % conflicts, no failure); null until it is verified.
   */
  withinLimits: boolean | null;
};

/**
 * Rows of a price change by state, now. The numbers add up to the rows of the plan.
 */
export type ChangeProgress = {
  /**
   * Rows in state planned.
   */
  planned: number;
  /**
   * Rows in state unchanged.
   */
  unchanged: number;
  /**
   * Rows in state blocked.
   */
  blocked: number;
  /**
   * Rows in state queued.
   */
  queued: number;
  /**
   * Rows in state writing.
   */
  writing: number;
  /**
   * Rows in state applied.
   */
  applied: number;
  /**
   * Rows in state settled.
   */
  settled: number;
  /**
   * Rows in state conflict.
   */
  conflict: number;
  /**
   * Rows in state failed.
   */
  failed: number;
  /**
   * Rows in state cancelled.
   */
  cancelled: number;
  /**
   * Rows in state kept.
   */
  kept: number;
};

/**
 * What a plan would do, in numbers. selected = planned + unchanged + blocked.
 */
export type ChangeSummary = {
  /**
   * Rows that the selector chose.
   */
  selected: number;
  /**
   * Rows that will be written.
   */
  planned: number;
  /**
   * Rows that already are at their target.
   */
  unchanged: number;
  /**
   * Rows that cannot be priced, each with one reason.
   */
  blocked: number;
  /**
   * Blocked rows by reason code; adds up to blocked.
   */
  byReason: {
    [k: string]: number;
  };
  /**
   * Rows by warning code; a row may count under several.
   */
  byWarning: {
    [k: string]: number;
  };
  /**
   * Planned rows whose price rises.
   */
  increases: number;
  /**
   * Planned rows whose price falls.
   */
  decreases: number;
  /**
   * Planned rows whose price stays and whose compare-at changes; planned = increases + decreases + compareAtOnly.
   */
  compareAtOnly: number;
  /**
   * Mean of (after − before) / before · 100 over planned rows with a price above 0, two decimals; null where there is none.
   */
  averageChangePercent: string | null;
  /**
   * Largest rise in percent, two decimals.
   */
  maxIncreasePercent: string | null;
  /**
   * Largest fall in percent as a positive number, two decimals.
   */
  maxDecreasePercent: string | null;
  /**
   * Mean margin before, over planned rows with a cost, two decimals.
   */
  averageMarginPercentBefore?: string | null;
  /**
   * Mean margin after, over the same rows, two decimals.
   */
  averageMarginPercentAfter?: string | null;
  /**
   * Price times the units sold in the last days, before and after, over the planned rows whose sales are known; null where none are. It says what the same sales would bring, not how sales would change.
   */
  revenueAtCurrentVolume?: {
    before: Money;
    after: Money;
    /**
     * after − before.
     */
    difference?: Money;
    /**
     * Planned rows that are in these sums.
     */
    knownFor?: number;
    /**
     * Planned rows.
     */
    of?: number;
    /**
     * Days whose sales are taken, today included.
     */
    days?: number;
  } | null;
  /**
   * Units that the planned rows sold in the last days, where known; null where no sales are known.
   */
  units?: number | null;
  /**
   * Price less unit cost, times the units sold in the last days, before and after, over the planned rows whose sales and cost are known; null where there are none.
   */
  grossProfitAtCurrentVolume?: {
    before: Money;
    after: Money;
    /**
     * after − before.
     */
    difference?: Money;
    /**
     * Planned rows that are in these sums.
     */
    knownFor?: number;
    /**
     * Planned rows.
     */
    of?: number;
    /**
     * Days whose sales are taken, today included.
     */
    days?: number;
  } | null;
  /**
   * Planned rows that have a cost.
   */
  costKnownFor?: number;
  /**
   * How fresh the sales facts were when the plan was made; null where no order was ever counted. Units are those ordered: refunds and later cancellations are not taken off.
   */
  sales?: {
    /**
     * First of the days whose sales are taken, on the shop's calendar.
     */
    firstDay: string;
    /**
     * Last of them: the day of the plan.
     */
    lastDay: string;
    /**
     * Since when orders are counted; where that is after firstDay, the days before it are incomplete.
     */
    countedSince: string;
    /**
     * Time of the latest order that was counted.
     */
    latestOrderAt: string;
  } | null;
  /**
   * Planned rows by how much their price changes, from the largest fall to the largest rise; the bins are always the same. The end that is farther from 0 belongs to its bin; the bin from 0 to 0 has the rows whose price stays. planned = rows of all bins + withoutPercent.
   */
  distribution?: {
    bins: readonly {
      /**
       * Lower end in percent; null: without end.
       */
      from: string | null;
      /**
       * Upper end in percent; null: without end.
       */
      to: string | null;
      rows: number;
    }[];
    /**
     * Planned rows that rise from a price of 0.
     */
    withoutPercent: number;
  };
  /**
   * The largest rises in percent, largest first; the first in the plan's order where they are equal.
   *
   * @maxItems 10
   */
  biggestIncreases?: readonly {
    /**
     * The row of the plan: explain tells why.
     */
    itemId: string;
    sku: string;
    title: string;
    before: Money;
    after: Money;
    /**
     * (after − before) / before · 100, two decimals.
     */
    changePercent: string;
  }[];
  /**
   * The largest falls in percent, largest first.
   *
   * @maxItems 10
   */
  biggestDecreases?: readonly {
    /**
     * The row of the plan: explain tells why.
     */
    itemId: string;
    sku: string;
    title: string;
    before: Money;
    after: Money;
    /**
     * (after − before) / before · 100, two decimals.
     */
    changePercent: string;
  }[];
  /**
   * What the guardrails say about the whole plan; a plan with one of severity block cannot be approved.
   */
  findings?: readonly PlanFinding[];
  /**
   * Strike-throughs judged by article 6a of directive 98/6/EC (Omnibus); null where the plan shows none.
   */
  referencePrices?: {
    /**
     * Local date that prices were judged for: the start of the plan, or the day it was made.
     */
    startDay: string;
    /**
     * Zone that days are counted in: the shop's.
     */
    timeZone: string;
    /**
     * Planned rows that show a compare-at price above their price.
     */
    strikeThroughs: number;
    /**
     * Of these, rows whose compare-at price is above the lowest price of the 30 days before; warning reference_above_lowest30.
     */
    aboveLowest: number;
    /**
     * Of these, rows whose last 30 days are not known; warning insufficient_history.
     */
    insufficientHistory: number;
    /**
     * First local date on which every row with a warning would be lawful if prices stay as they are; null where no row has a warning or some have no such date.
     */
    earliestLawfulStart: string | null;
    /**
     * Rows with a warning that no later start helps while their price stays as it is.
     */
    withoutLawfulStart: number;
  } | null;
};

/**
 * Which way the prices of a change go out, and the numbers that it was chosen by.
 */
export type ChangeWay = {
  chosen: WriteWay;
  decidedAt: string;
  /**
   * Rows that were left to write then.
   */
  rows: number;
  /**
   * Products that they belong to.
   */
  products: number;
  /**
   * What single calls would take, estimated; null where the shop had told nothing of its rate limit, or too few rows were left to ask.
   */
  callsSeconds: number | null;
  /**
   * What bulk operations would take, estimated.
   */
  bulkSeconds: number | null;
  /**
   * Rows in one bulk operation: so few that the last is written soon after it was read.
   */
  rowsPerOperation: number | null;
  /**
   * The choice and its reason for people, in English.
   */
  sentence: string;
};

/**
 * How the sales channels call this thing: channel name, then the name of the reference, then the reference. For Shopify the references are the global ids (`gid://shopify/Product/…`, `gid://shopify/ProductVariant/…`).
 */
export type ChannelRefs = {
  [k: string]: {
    [k: string]: string;
  };
};

/**
 * Not given is keep.
 */
export type CompareAt =
  | {
      /**
       * keep: as it is. clear: none. sale: the larger of price and compare-at price where the new price is below it, else none.
       */
      mode: 'keep' | 'clear' | 'sale';
    }
  | {
      mode: 'set';
      /**
       * The compare-at price; more decimals than the currency has are rounded half away from zero, as the price itself is.
       */
      value: Decimal;
    };

/**
 * How the compare-at price came about.
 */
export type CompareAtTrace = {
  code: 'compareAt';
  mode: 'keep' | 'clear' | 'set' | 'sale';
  current: string | null;
  reference: string | null;
  to: string | null;
};

/**
 * On a missing value a condition is false, except isNotSet, neq, notIn and notContains, which are true. Empty text (or only space) and an empty set are not set, but are values for the other ops.
 */
export type Condition = TextCondition | SetCondition | TimeCondition | MoneyCondition | PercentageCondition | CountCondition;

/**
 * A condition of the selector and the value it saw.
 */
export type ConditionTrace = {
  code: 'condition';
  /**
   * Field of the selector table.
   */
  field: string;
  /**
   * Operator.
   */
  op: string;
  /**
   * What the rule asks for; of a long list only its first members.
   */
  value: string | number | readonly (string | number)[] | null;
  /**
   * Members of the list that are not shown.
   */
  more: number;
  /**
   * What the row had; null where it was missing.
   */
  seen: string | readonly string[] | null;
  /**
   * Whether it was true.
   */
  held: boolean;
};

/**
 * keep_live: leave the shop's price. write_ours: write the planned price after all. new_baseline: leave the shop's price and make it the baseline.
 */
export type ConflictChoice = 'keep_live' | 'write_ours' | 'new_baseline';

/**
 * As ConflictChoice, or delta: an approved delta plan took the row over.
 */
export type ConflictResolution = 'keep_live' | 'write_ours' | 'new_baseline' | 'delta';

/**
 * How a connector of the shop is doing. Sanitized: no secrets, no tokens.
 */
export type ConnectorHealth = {
  /**
   * shopify, amazon …
   */
  name: string;
  status: ConnectorStatus;
  /**
   * Sanitized telemetry: last success, last error code, cost budget, API version, granted scopes.
   */
  detail: {
    [k: string]: unknown;
  };
  /**
   * Null where it was never checked.
   */
  checkedAt: string | null;
};

/**
 * Every connector this installation has.
 */
export type ConnectorList = {
  /**
   * At most `limit` entries.
   */
  data: readonly ConnectorHealth[];
  /**
   * Give it as `cursor` for the next page; null on the last.
   */
  nextCursor: string | null;
};

/**
 * unknown: never checked or not connected.
 */
export type ConnectorStatus = 'ok' | 'degraded' | 'down' | 'unknown';

/**
 * The price of a variant in one price list.
 */
export type ContextualPrice = {
  priceListId: string;
  /**
   * Of the price list.
   */
  name: string;
  price: Money;
  compareAtPrice: Money | null;
  origin: PriceOrigin;
  /**
   * Since when it is known to be this.
   */
  since: string;
};

/**
 * What buyers of each market are shown for a variant.
 */
export type ContextualPriceList = {
  variantId: string;
  /**
   * One for each price list in use that has the variant.
   */
  data: readonly ContextualPrice[];
  /**
   * There is one page.
   */
  nextCursor: null;
};

/**
 * A number: a decimal string or a JSON number. A JSON number means the decimal that it prints as.
 */
export type Count = Decimal | number;

/**
 * A condition on a number.
 */
export type CountCondition =
  | {
      field: ('variant.inventoryQuantity' | 'competitor.count') | string;
      op: 'eq' | 'neq' | 'gt' | 'gte' | 'lt' | 'lte';
      value: Count;
    }
  | {
      field: ('variant.inventoryQuantity' | 'competitor.count') | string;
      op: 'in' | 'notIn';
      /**
       * @maxItems 10000
       */
      value: readonly Count[];
    }
  | {
      field: ('variant.inventoryQuantity' | 'competitor.count') | string;
      op: 'between';
      /**
       * The lowest and the highest value, both included. The lowest above the highest is no error: nothing lies between.
       *
       * @minItems 2
       * @maxItems 2
       */
      value: readonly Count[];
    }
  | {
      field: ('variant.inventoryQuantity' | 'competitor.count') | string;
      op: 'isSet' | 'isNotSet';
      /**
       * Nothing is asked for; null and true are tolerated.
       */
      value?: null | true;
    };

/**
 * A decimal string: optional minus, digits, optional point with digits. No plus sign, exponent, grouping or space. Leading and trailing zeros do not change the value.
 */
export type Decimal = string;

/**
 * A saved rule (type rule) or a guardrail policy (type guardrail). Every saving makes a new version; older ones are kept.
 */
export type DiscountPolicy = {
  id: string;
  type: DiscountPolicyType;
  name: string;
  /**
   * The current version's text. The policies of the shop (type guardrail) are at /policies and not in this list.
   */
  rule: Rule;
  /**
   * From 1, one more with each saving.
   */
  version: number;
  /**
   * A disabled rule cannot start a new price change.
   */
  enabled: boolean;
  /**
   * Who made it. Kind and id: `user:<Shopify user id>`, `token:<token id>`, `shopify:<topic>`, `system:<job>`.
   */
  createdBy: string;
  createdAt: string;
  updatedAt: string;
  /**
   * What makes it run; manual where nothing was set.
   */
  automation?: RuleAutomation;
  /**
   * The next windows of the rule's schedule; only where a single rule is answered.
   *
   * @maxItems 5
   */
  nextRuns?: readonly PlannedRun[];
};

/**
 * rule: a pricing rule that price changes are planned by. guardrail: limits that every plan must keep.
 */
export type DiscountPolicyType = 'rule' | 'guardrail';

/**
 * One entry of the append-only event log. payload is described by the schema of its type.
 */
export type EventEnvelope = {
  id: string;
  /**
   * Place in the tenant's log, from 1 without gaps.
   */
  seq: number;
  tenantId: string;
  type: EventType;
  /**
   * Semver of the payload's schema when it was written.
   */
  schemaVersion: string;
  /**
   * Kind of the thing it happened to: price_change, catalog, rule, policy, token, shop, connector, outbox, projection.
   */
  aggregateType: string;
  aggregateId: string;
  /**
   * Shared by everything that one request caused.
   */
  correlationId: string;
  /**
   * The event or request that caused this one directly.
   */
  causationId: string | null;
  /**
   * Who did it. Kind and id: `user:<Shopify user id>`, `token:<token id>`, `shopify:<topic>`, `system:<job>`.
   */
  actor: string;
  /**
   * Described by the schema of the type.
   */
  payload: {
    [k: string]: unknown;
  };
  createdAt: string;
  /**
   * Hash of the event before (SHA-256, hex).
   */
  prevHash?: string;
  /**
   * SHA-256 (hex) over this event and prevHash.
   */
  hash?: string;
};

/**
 * Events in the order of the log, oldest first.
 */
export type EventList = {
  /**
   * At most `limit` entries.
   */
  data: readonly EventEnvelope[];
  /**
   * Give it as `cursor` for the next page; null on the last.
   */
  nextCursor: string | null;
};

/**
 * What the log gives against what is stored. No difference is right.
 */
export type EventReplayReport = {
  /**
   * The one that was rebuilt.
   */
  projection: string;
  /**
   * Whether the hash chains of event log and audit hold.
   */
  chainIntact: boolean;
  /**
   * seq of the first event or audit entry whose hash does not fit; null where both chains hold.
   */
  brokenAt: number | null;
  /**
   * Empty is right. After a rebuild: what had been found before it.
   */
  differences: readonly {
    /**
     * The price change; of the projection `outbox`, the event.
     */
    changeId: string;
    /**
     * Which fact differs.
     */
    field: string;
    /**
     * What the log gives.
     */
    fromLog: string | number | null;
    /**
     * What is stored.
     */
    stored: string | number | null;
    /**
     * Name of the price change, or type of the event; null where there is none.
     */
    name?: string | null;
  }[];
  /**
   * verify: compared only. rebuild: what differed was made again from the log.
   */
  mode?: 'verify' | 'rebuild';
  /**
   * How many things were made again.
   */
  rebuilt?: number;
};

/**
 * Which projection to fold from the log again.
 */
export type EventReplayRequest = {
  /**
   * change_projection: how every price change stands, with the counts of its rows. outbox: a message for every event of the last days. Another name answers 422.
   */
  projection: string;
  /**
   * verify (where nothing is said) compares and changes nothing; rebuild makes again what differs.
   */
  mode?: 'verify' | 'rebuild';
};

/**
 * noun.verb_past
 */
export type EventType =
  | 'price_change.created'
  | 'price_change.preview_requested'
  | 'price_change.previewed'
  | 'price_change.approved'
  | 'price_change.rejected'
  | 'price_change.scheduled'
  | 'price_change.cancelled'
  | 'price_change.started'
  | 'price_change.paused'
  | 'price_change.resumed'
  | 'price_change.reopened'
  | 'price_change.end_started'
  | 'price_change.completed'
  | 'price.applied'
  | 'price.conflict'
  | 'price.failed'
  | 'price.conflict_resolved'
  | 'price_lists.sync_requested'
  | 'catalog.sync_started'
  | 'catalog.synced'
  | 'catalog.sync_failed'
  | 'product.updated'
  | 'product.deleted'
  | 'rule.created'
  | 'rule.updated'
  | 'rule.deleted'
  | 'token.created'
  | 'token.revoked'
  | 'shop.installed'
  | 'shop.uninstalled'
  | 'shop.scopes_changed'
  | 'shop.privacy_request_answered'
  | 'price_change.canary_verified'
  | 'shop.writes_resumed'
  | 'shop.writes_stopped'
  | 'price_change.missed'
  | 'price_change.went_stale'
  | 'price_change.rows_superseded'
  | 'price_change.approval_given'
  | 'price_change.approval_voided'
  | 'price_change.commented'
  | 'policy.updated'
  | 'catalog.drift_found'
  | 'price.edit_overwritten'
  | 'outbox.retried'
  | 'outbox.discarded'
  | 'projection.rebuilt'
  | 'shop.currency_changed'
  | 'member.changed';

/**
 * A price on the grid that was weighed.
 */
export type GridCandidate = {
  price: string;
  /**
   * How far it is from the value.
   */
  away: string;
  /**
   * Whether the bounds allow it.
   */
  inside: boolean;
};

/**
 * Rounding to an ending or an increment, with the candidates weighed.
 */
export type GridTrace = {
  code: 'grid';
  ending: string;
  every: string;
  /**
   * nearest, up or down.
   */
  direction: string;
  from: string;
  /**
   * Null where no candidate fits.
   */
  to: string | null;
  lower: string | null;
  upper: string | null;
  /**
   * Prices weighed.
   */
  candidates: readonly GridCandidate[];
};

/**
 * block: the row is blocked with the guardrail's reason. clamp: the price is held at the closest one that keeps every limit, between the price before and the one asked for; blocked where there is none. warn: the row passes with a warning. Not given: block.
 */
export type GuardAction = 'block' | 'clamp' | 'warn';

/**
 * What a guardrail of the shop's policies did to the row.
 */
export type GuardTrace = {
  code: 'guard';
  /**
   * frozen, maxWritesPerVariantPerDay, minMarginPercent, belowCost, respectMap, maxDecreasePercent or maxIncreasePercent.
   */
  name: string;
  /**
   * What the policy tells it to do.
   */
  action: 'block' | 'clamp' | 'warn';
  /**
   * What it did.
   */
  decided: 'blocked' | 'clamped' | 'warned';
  /**
   * The least or largest price it allows, or the writes of a day; null where it has none or cannot be known.
   */
  limit: string | null;
  /**
   * Its percentage.
   */
  by: string | null;
  /**
   * The price or cost the limit was taken from, or the writes of today.
   */
  of: string | null;
  /**
   * The price that the rule asked for.
   */
  from: string;
  /**
   * The price that it left; null where it blocked.
   */
  to: string | null;
};

/**
 * Limits that every plan keeps, whatever its rule says; what is not given does not limit. Rollbacks are not held by them: they only put back prices that were there.
 */
export type Guardrails = {
  /**
   * Least (price − cost) / price · 100, below 100. A variant without cost is blocked with guardrail_cost_missing (a warning where the action is warn).
   */
  minMarginPercent?: PercentGuard;
  /**
   * No price below the unit cost; without cost as above.
   */
  belowCost?: {
    action?: GuardAction;
  };
  /**
   * No price below the variant's minimum advertised price, where it has one.
   */
  respectMap?: {
    action?: GuardAction;
  };
  /**
   * Largest single rise, of the price that the plan starts from.
   */
  maxIncreasePercent?: PercentGuard;
  /**
   * Largest single fall, of the price that the plan starts from; at most 100.
   */
  maxDecreasePercent?: PercentGuard;
  /**
   * Largest share of the catalog's variants that one plan may write.
   */
  maxShareOfCatalogPercent?: {
    value: string;
    action?: PlanAction;
  };
  /**
   * How far a plan may move revenue at today's sales, up or down. Where no sales are known the plan says so and is not blocked.
   */
  maxRevenueEffect?: {
    value: string;
    /**
     * percent of revenue before, or an amount in the shop's currency; not given: percent.
     */
    unit?: 'percent' | 'amount';
    action?: PlanAction;
  };
  /**
   * What no plan may touch: variants that the selector chooses, and products by id.
   */
  frozen?: {
    selector?: Selector;
    /**
     * @maxItems 10000
     */
    productIds?: readonly string[];
  };
  /**
   * Starts wait until these hours are over. Rollbacks and the ends of campaigns do not wait.
   */
  quietHours?: {
    /**
     * IANA name such as Europe/Berlin.
     */
    timeZone: string;
    /**
     * @minItems 1
     * @maxItems 50
     */
    windows: readonly QuietWindow[];
  };
  /**
   * Price writes of one variant on one day of the shop's calendar; further rows are blocked with daily_cap_reached.
   */
  maxWritesPerVariantPerDay?: {
    value: number;
  };
};

/**
 * RFC 3339 date-time with its offset, compared as an instant to the microsecond; a date alone means its midnight in UTC.
 */
export type Instant = string;

/**
 * One bound with its value.
 */
export type LimitTrace = {
  code: 'limit';
  /**
   * Which way it limits.
   */
  side: 'lower' | 'upper';
  /**
   * floor, minMarginPercent, maxDecreasePercent, mapPrice, ceiling or maxIncreasePercent.
   */
  name: string;
  /**
   * The limit, rounded to the minor unit.
   */
  value: string;
  /**
   * The limit before rounding.
   */
  exact: string;
  /**
   * Its percentage.
   */
  by: string | null;
  /**
   * The price or cost it was taken from.
   */
  of: string | null;
};

/**
 * The lowest price a variant showed in the 30 days before a time, counted in calendar days of the shop's time zone (directive 98/6/EC, article 6a).
 */
export type LowestPriceOf30Days = {
  /**
   * Lowest price of the known part of the time; null where nothing of it is known.
   */
  price: Money | null;
  /**
   * Local date on which it was first shown in that time.
   */
  shownOn: string | null;
  /**
   * Local date on which the 30 days begin.
   */
  from: string;
  /**
   * Local date of the time asked for.
   */
  until: string;
  /**
   * Whether every price of the time is known, or every one since a younger product was made. Otherwise this is no reference price in the sense of the law.
   */
  complete: boolean;
  /**
   * Complete only because the product is younger than 30 days.
   */
  newOnMarket: boolean;
  /**
   * Whole days of the time that are known.
   */
  daysKnown: number;
  /**
   * Local date since when prices are known without a gap.
   */
  knownSince: string | null;
};

/**
 * A percentage below 100, as a decimal string: no price above the cost reaches a margin of 100 %. Negative margins sell below cost.
 */
export type MarginPercent = string;

/**
 * An administrator gave a member of staff another role or name.
 */
export type MemberChanged = {
  /**
   * Shopify's id of the user.
   */
  userId: string;
  name: string;
  role: 'viewer' | 'editor' | 'approver' | 'admin';
  previousRole: 'viewer' | 'editor' | 'approver' | 'admin';
};

/**
 * Rounding to the currency's decimals.
 */
export type MinorUnitTrace = {
  code: 'minorUnit';
  from: string;
  to: string;
};

/**
 * An amount of money in one currency. In resources money is always this; inside rules it is a plain decimal string.
 */
export type Money = {
  /**
   * Decimal string in major units with exactly the decimals of the currency, for example "12.50" in USD, "1880" in JPY, "1.250" in KWD.
   */
  amount: string;
  /**
   * ISO 4217 code in capitals.
   */
  currencyCode: string;
};

/**
 * A condition on money, compared by value: "10" equals "10.00". The values may have more decimals than the currency.
 */
export type MoneyCondition =
  | {
      field:
        | 'variant.price'
        | 'variant.compareAtPrice'
        | 'variant.cost'
        | 'variant.mapPrice'
        | 'variant.baselinePrice'
        | 'competitor.lowest'
        | 'competitor.median'
        | 'competitor.highest'
        | 'amazon.price';
      op: 'eq' | 'neq' | 'gt' | 'gte' | 'lt' | 'lte';
      value: Decimal;
    }
  | {
      field:
        | 'variant.price'
        | 'variant.compareAtPrice'
        | 'variant.cost'
        | 'variant.mapPrice'
        | 'variant.baselinePrice'
        | 'competitor.lowest'
        | 'competitor.median'
        | 'competitor.highest'
        | 'amazon.price';
      op: 'in' | 'notIn';
      /**
       * @maxItems 10000
       */
      value: readonly Decimal[];
    }
  | {
      field:
        | 'variant.price'
        | 'variant.compareAtPrice'
        | 'variant.cost'
        | 'variant.mapPrice'
        | 'variant.baselinePrice'
        | 'competitor.lowest'
        | 'competitor.median'
        | 'competitor.highest'
        | 'amazon.price';
      op: 'between';
      /**
       * The lowest and the highest value, both included. The lowest above the highest is no error: nothing lies between.
       *
       * @minItems 2
       * @maxItems 2
       */
      value: readonly Decimal[];
    }
  | {
      field:
        | 'variant.price'
        | 'variant.compareAtPrice'
        | 'variant.cost'
        | 'variant.mapPrice'
        | 'variant.baselinePrice'
        | 'competitor.lowest'
        | 'competitor.median'
        | 'competitor.highest'
        | 'amazon.price';
      op: 'isSet' | 'isNotSet';
      /**
       * Nothing is asked for; null and true are tolerated.
       */
      value?: null | true;
    };

/**
 * A decimal string without minus.
 */
export type NonNegativeDecimal = string;

export type Not = {
  not: Selector;
};

/**
 * Why a dead message is given up for good.
 */
export type OutboxDiscardRequest = {
  /**
   * In the operator's words, for the audit.
   */
  reason?: string | null;
};

/**
 * Dead messages were given up for good.
 */
export type OutboxDiscarded = {
  /**
   * @minItems 1
   */
  messages: readonly {
    id: string;
    topic: string;
    aggregate: string;
    eventId: string;
  }[];
  /**
   * In the operator's words.
   */
  reason: string | null;
};

/**
 * Outbox messages, oldest first.
 */
export type OutboxList = {
  /**
   * At most `limit` entries.
   */
  data: readonly OutboxMessage[];
  /**
   * Give it as `cursor` for the next page; null on the last.
   */
  nextCursor: string | null;
};

/**
 * What must be told after the commit that wrote it, and whether that was done.
 */
export type OutboxMessage = {
  id: string;
  eventId: string;
  /**
   * seq of that event.
   */
  eventSeq: number;
  /**
   * Messages of one aggregate go out in order.
   */
  aggregate: string;
  topic: string;
  state: OutboxState;
  attempts: number;
  /**
   * Why the last attempt failed, sanitized.
   */
  error: string | null;
  /**
   * Not before this.
   */
  runAt: string;
  createdAt: string;
  finishedAt: string | null;
};

/**
 * An outbox message with the event that it tells of.
 */
export type OutboxMessageDetail = {
  message: OutboxMessage;
  /**
   * Null where the event is not in the log.
   */
  event: EventEnvelope | null;
};

/**
 * Dead messages are told again, from their first attempt.
 */
export type OutboxRetried = {
  /**
   * @minItems 1
   */
  messages: readonly {
    id: string;
    topic: string;
    aggregate: string;
    eventId: string;
  }[];
};

/**
 * What became of the dead messages.
 */
export type OutboxSettleReport = {
  /**
   * Retried or discarded now, at most 1,000 a call.
   */
  settled: readonly string[];
  /**
   * Asked for by id, but not a dead message of this shop, or no longer.
   */
  notDead: readonly string[];
  /**
   * Dead messages that still fit the filter; of the whole shop where ids were given.
   */
  remaining: number;
};

/**
 * Which dead messages: by their ids, or all that fit the filter. Nothing given answers 422.
 */
export type OutboxSettleRequest = {
  /**
   * Then the filter does not count.
   *
   * @minItems 1
   * @maxItems 1000
   */
  ids?: readonly string[];
  /**
   * Type of the event.
   */
  topic?: string;
  /**
   * As the messages say it, for example price_change:…
   */
  aggregate?: string;
  /**
   * In the operator's words, for the audit.
   */
  reason?: string | null;
};

/**
 * dead: gave up, an operator decides. discarded: an operator gave it up.
 */
export type OutboxState = 'ready' | 'leased' | 'done' | 'dead' | 'discarded';

/**
 * Always last: what the row ends with and what it had.
 */
export type OutcomeTrace = {
  code: 'outcome';
  /**
   * planned, unchanged, blocked or notSelected.
   */
  outcome: string;
  /**
   * Why it is blocked.
   */
  reason: string | null;
  price: string | null;
  compareAtPrice: string | null;
  wasPrice: string | null;
  wasCompareAtPrice: string | null;
};

/**
 * What decides: the larger priority, else the later start, else the later creation; a campaign lies over a change without an end, which becomes the price under it.
 */
export type OverlapReason = 'priority' | 'later_start' | 'later_creation' | 'campaign_over_baseline' | 'applied_last';

/**
 * Whose price the shop shows while both run; last_applied: neither has an end, the one that is applied later stays, and rows that the earlier one moved are conflicts for it.
 */
export type OverlapWinner = 'this' | 'other' | 'last_applied';

/**
 * When a price change pauses by itself because too much goes wrong. Counted over the rows that ended since it was started or resumed.
 */
export type PauseLimits = {
  /**
   * Pauses when more than this share of the ended rows, in percent, are conflicts; "100": never.
   */
  conflictPercent: string;
  /**
   * Pauses when more than this share of the ended rows, in percent, failed; "100": never.
   */
  failurePercent: string;
  /**
   * Not before this many rows have ended: shares of a few rows say nothing.
   */
  minimumRows: number;
};

/**
 * Limits of a price change that pauses by itself.
 */
export type PauseOnRequest = {
  /**
   * 50 where absent.
   */
  conflictPercent?: number | string;
  /**
   * 50 where absent.
   */
  failurePercent?: number | string;
  /**
   * 100 where absent.
   */
  minimumRows?: number;
};

export type PercentGuard = {
  value: string;
  action?: GuardAction;
};

/**
 * A condition on a percentage: a decimal string, never a JSON number.
 */
export type PercentageCondition =
  | {
      /**
       * (price − cost) / price · 100, exact; missing without price or cost, or with price 0.
       */
      field: 'variant.marginPercent';
      op: 'eq' | 'neq' | 'gt' | 'gte' | 'lt' | 'lte';
      value: Decimal;
    }
  | {
      /**
       * (price − cost) / price · 100, exact; missing without price or cost, or with price 0.
       */
      field: 'variant.marginPercent';
      op: 'in' | 'notIn';
      /**
       * @maxItems 10000
       */
      value: readonly Decimal[];
    }
  | {
      /**
       * (price − cost) / price · 100, exact; missing without price or cost, or with price 0.
       */
      field: 'variant.marginPercent';
      op: 'between';
      /**
       * The lowest and the highest value, both included. The lowest above the highest is no error: nothing lies between.
       *
       * @minItems 2
       * @maxItems 2
       */
      value: readonly Decimal[];
    }
  | {
      /**
       * (price − cost) / price · 100, exact; missing without price or cost, or with price 0.
       */
      field: 'variant.marginPercent';
      op: 'isSet' | 'isNotSet';
      /**
       * Nothing is asked for; null and true are tolerated.
       */
      value?: null | true;
    };

/**
 * block: the plan cannot be approved (409 guardrail_blocked). secondApprover: two people must approve. warn: it is shown. Not given: block.
 */
export type PlanAction = 'block' | 'secondApprover' | 'warn';

/**
 * What a guardrail says about a whole plan.
 */
export type PlanFinding = {
  /**
   * guardrail_max_share, guardrail_max_revenue, guardrail_revenue_unknown or extreme_change.
   */
  code: string;
  /**
   * block: it cannot be approved. secondApprover: two people must approve. note: worth a look; never approved automatically.
   */
  severity: 'block' | 'secondApprover' | 'note';
  /**
   * What was found and what to do.
   */
  message: string;
  /**
   * What the policy allows.
   */
  limit: string | null;
  /**
   * What the plan has.
   */
  actual: string | null;
};

/**
 * One window of a schedule.
 */
export type PlannedRun = {
  startsAt: string;
  /**
   * Null: it does not end.
   */
  endsAt: string | null;
  /**
   * The wall-clock time in the schedule's zone that it comes from.
   */
  startLocal: string;
  endLocal: string | null;
  /**
   * What a clock change makes of it. _in_gap: the first moment after the gap counts. _twice: the first of the two counts. skipped: nothing is left of the window, so it does not run.
   */
  remarks: readonly ('start_in_gap' | 'start_twice' | 'end_in_gap' | 'end_twice' | 'skipped')[];
};

/**
 * Guardrails and approval policy of the shop. Every saving makes a new version; plans carry the version they were made under, and another version voids them.
 */
export type Policies = {
  /**
   * Null: nothing was ever set, and the defaults hold.
   */
  version: number | null;
  guardrails: Guardrails;
  approvals: ApprovalPolicy;
  /**
   * The age that holds: that of approvals, or the installation's.
   */
  planMaxAgeHours: number;
  /**
   * Kind and id: `user:<Shopify user id>`, `token:<token id>`, `shopify:<topic>`, `system:<job>`.
   */
  updatedBy: string | null;
  updatedAt: string | null;
};

/**
 * The policies to save. A part that is left out stays as it is; inside guardrails, one that is left out or null does not limit any more.
 */
export type PoliciesRequest = {
  guardrails?: Guardrails;
  approvals?: ApprovalPolicy;
  /**
   * The version that was read, null for none: where another is in force by now, 409 version_conflict. Not given: saved over whatever is there.
   */
  version?: number | null;
};

/**
 * A new version of the shop's policies holds.
 */
export type PolicyUpdated = {
  policyId: string;
  version: number;
  guardrails: Guardrails;
  approvals: ApprovalPolicy;
};

/**
 * A decimal string above zero.
 */
export type PositiveDecimal = string;

/**
 * Rows confirmed live: applied by our write, or settled (at the target, author unknown).
 */
export type PriceApplied = {
  /**
   * The price change.
   */
  changeId: string;
  /**
   * Between 1 and 250 rows of one change.
   *
   * @minItems 1
   * @maxItems 250
   */
  rows: readonly PriceEventRow[];
};

/**
 * One change of many prices, from draft to its ending. The plan is sealed by planHash; only that hash can be approved and only what was approved is written.
 */
export type PriceChange = {
  id: string;
  name: string;
  kind: PriceChangeKind;
  state: PriceChangeState;
  /**
   * What a worker is doing with it at this moment; null when nothing. While a preview is planned the state stays as it was and this is previewing.
   */
  activity: PriceChangeActivity | null;
  /**
   * SHA-256 (hex) over rule version, policy version and every row's price, compare-at and inputs; null before the first preview.
   */
  planHash: string | null;
  /**
   * How many times it was previewed.
   */
  planVersion: number;
  /**
   * Null before the first preview.
   */
  summary: ChangeSummary | null;
  /**
   * Rows by state; null before the first preview.
   */
  progress?: ChangeProgress | null;
  /**
   * The rule as it was when the change was made.
   */
  rule: Rule;
  /**
   * The saved rule it came from; null for a rule given with the change or a rollback.
   */
  ruleId: string | null;
  /**
   * Version of that rule.
   */
  ruleVersion: number | null;
  /**
   * Version of the guardrail policy the plan was made under; null where there is none.
   */
  policyVersion: number | null;
  /**
   * Null: runs when applied. With an end it is a campaign.
   */
  schedule: Schedule | null;
  /**
   * Campaigns with a larger number lie on top.
   */
  priority: number;
  /**
   * Currency of every row.
   */
  currencyCode: string;
  /**
   * For a rollback: the change it undoes.
   */
  rollbackOf: string | null;
  /**
   * When the current plan was made.
   */
  previewedAt: string | null;
  /**
   * The hash that was approved.
   */
  approvedHash: string | null;
  /**
   * Who approved it; an actor.
   */
  approvedBy: string | null;
  approvedAt: string | null;
  approvalComment: string | null;
  /**
   * Share of the planned rows, in percent, that is written and verified first; null: all at once.
   */
  canaryPercent: string | null;
  /**
   * How far the first part is and what was found there; null where all rows are written at once.
   */
  canary?: ChangeCanary | null;
  /**
   * Which way its prices go out, by single calls or by bulk operations, and why; null before the first did. The last choice.
   */
  way?: ChangeWay | null;
  /**
   * When it pauses by itself; null before it was started.
   */
  pauseOn?: PauseLimits | null;
  /**
   * Set while all writes of the shop are stopped and this change waits for them. Given by the answers about one change, not in lists.
   */
  writesStopped?: WritesStopped | null;
  /**
   * Why it is paused, for programs; null when it is not paused.
   */
  pauseCode?: PriceChangePauseCode | null;
  /**
   * Why it is paused, in sentences for people; null when it is not paused.
   */
  pauseReason: string | null;
  /**
   * Why planning or applying stopped, in one sentence.
   */
  failure: string | null;
  /**
   * When the first row was queued.
   */
  startedAt: string | null;
  /**
   * When the last row ended.
   */
  finishedAt: string | null;
  /**
   * Shared by everything that the request which made it caused.
   */
  correlationId: string;
  /**
   * Who made it. Kind and id: `user:<Shopify user id>`, `token:<token id>`, `shopify:<topic>`, `system:<job>`.
   */
  createdBy: string;
  createdAt: string;
  updatedAt: string;
  /**
   * When it starts by itself, as an instant; null: when it is applied.
   */
  startsAt?: string | null;
  /**
   * When a campaign ends, as an instant; null: it does not.
   */
  endsAt?: string | null;
  /**
   * The next windows of its schedule, this one first; only where a single price change is answered.
   *
   * @maxItems 5
   */
  nextRuns?: readonly PlannedRun[];
  /**
   * The first change of a recurring one, or the saved rule whose runs these are; null for a change that stands alone.
   */
  seriesId?: string | null;
  /**
   * Of a series: the start of its own window.
   */
  occurrenceAt?: string | null;
  /**
   * The price change that it was made for: the campaign that it ends, or the change that it is a delta of; null otherwise.
   */
  parentId?: string | null;
  /**
   * What a person should know about it, such as why it waits for approval or that its time was missed.
   */
  note?: string | null;
  /**
   * Why the plan should be made again: rule_changed, policy_changed, prices_moved; currency_changed, where only a new price change helps; null where it still fits.
   */
  staleReason?: string | null;
  /**
   * Changes made for this one, the newest first: its deltas and its end; only where a single price change is answered.
   */
  children?: readonly PriceChangeChild[];
  /**
   * Who approved the plan and who still must; null in lists and before the first preview.
   */
  approvals?: ChangeApprovals | null;
  /**
   * The price list of a market that it writes to, in whose currency it is planned; null: the shop's own prices.
   */
  target?: {
    priceListId: string;
    /**
     * Of the price list.
     */
    name: string;
  } | null;
};

/**
 * previewing: the plan is being made.
 */
export type PriceChangeActivity = 'previewing';

/**
 * Start writing the approved plan.
 */
export type PriceChangeApplyRequest = {
  /**
   * Share of the planned rows to write and verify first, in percent, above 0 and at most 100, with at most two decimals. Absent: all at once.
   */
  canaryPercent?: number | string | null;
  /**
   * manual where absent.
   */
  canaryContinue?: CanaryContinue | null;
  /**
   * When to pause by itself. Absent: when 100 rows or more have ended and more than half of them are conflicts, or more than half failed.
   */
  pauseOn?: PauseOnRequest | null;
};

/**
 * Someone approved the plan, and more people must.
 */
export type PriceChangeApprovalGiven = {
  /**
   * The price change.
   */
  changeId: string;
  planHash: string;
  /**
   * Kind and id: `user:<Shopify user id>`, `token:<token id>`, `shopify:<topic>`, `system:<job>`.
   */
  actor: string;
  role: string;
  comment: string | null;
  given: number;
  required: number;
};

/**
 * What was approved is not what holds any more; the plan must be previewed and approved again.
 */
export type PriceChangeApprovalVoided = {
  /**
   * The price change.
   */
  changeId: string;
  planHash: string;
  reason: string;
  /**
   * Why, for programs.
   */
  code: 'previewed_again' | 'rule_changed' | 'policy_changed' | 'currency_changed';
};

/**
 * Approval of exactly one plan.
 */
export type PriceChangeApproveRequest = {
  /**
   * The current planHash; any other answers 409 stale_plan.
   */
  planHash: string;
  /**
   * At most 2,000 characters.
   */
  comment?: string | null;
};

/**
 * People, as many as the policies ask for, approved exactly this plan; or it was within their limits for automatic approval (system:auto-approval).
 */
export type PriceChangeApproved = {
  /**
   * The price change.
   */
  changeId: string;
  /**
   * The hash approved.
   */
  planHash: string;
  /**
   * The last who approved, or the policies. Kind and id: `user:<Shopify user id>`, `token:<token id>`, `shopify:<topic>`, `system:<job>`.
   */
  approvedBy: string;
  comment: string | null;
};

/**
 * Every row of the first part had ended, and the written ones were read again from the shop.
 */
export type PriceChangeCanaryVerified = {
  /**
   * The price change.
   */
  changeId: string;
  canary: ChangeCanary;
  /**
   * Whether it goes on by itself.
   */
  goesOn: boolean;
  /**
   * Rows of the rest that were queued now.
   */
  queuedRows: number;
};

/**
 * Giving a change up.
 */
export type PriceChangeCancelRequest = {
  /**
   * At most 2,000 characters.
   */
  comment?: string | null;
};

/**
 * The change was given up; rows not yet tried are cancelled.
 */
export type PriceChangeCancelled = {
  /**
   * The price change.
   */
  changeId: string;
  fromState: PriceChangeState;
  /**
   * Rows that were waiting.
   */
  cancelledRows: number;
  comment?: string | null;
};

/**
 * A change made for another one.
 */
export type PriceChangeChild = {
  id: string;
  kind: PriceChangeKind;
  name: string;
  state: PriceChangeState;
  createdAt: string;
};

/**
 * Something to say about a price change.
 */
export type PriceChangeCommentRequest = {
  comment: string;
};

/**
 * Someone said something about the change.
 */
export type PriceChangeCommented = {
  /**
   * The price change.
   */
  changeId: string;
  planHash: string | null;
  comment: string;
};

/**
 * Every row reached its ending.
 */
export type PriceChangeCompleted = {
  /**
   * The price change.
   */
  changeId: string;
  /**
   * The state it ended in; ended: a campaign whose rows are restored.
   */
  state: 'applied' | 'partially_applied' | 'failed' | 'ended';
  counts: {
    /**
     * Rows confirmed live by our write.
     */
    applied: number;
    /**
     * Rows at the target, author unknown.
     */
    settled: number;
    /**
     * Rows left as the shop has them.
     */
    conflict: number;
    /**
     * Rows that could not be written.
     */
    failed: number;
    /**
     * Rows never tried.
     */
    cancelled: number;
    /**
     * Conflicts resolved by keeping the shop's price.
     */
    kept: number;
  };
};

/**
 * A price change to draft: by a saved rule or by a rule of its own, not both.
 */
export type PriceChangeCreateRequest = {
  /**
   * At most 200 characters.
   */
  name: string;
  /**
   * A saved rule; its current version is taken.
   */
  ruleId?: string;
  /**
   * A rule of its own; an invalid one answers 422 with pointers.
   */
  rule?: Rule;
  /**
   * Wins over the rule's own schedule.
   */
  schedule?: Schedule | null;
  /**
   * Write fixed prices of this price list instead of the shop's own prices. Price, compare-at and all amounts of the rule are then those of the list, in its currency; the variants are those that the list has.
   */
  target?: {
    /**
     * One of GET /price-lists.
     */
    priceListId: string;
  } | null;
};

/**
 * A price change was drafted.
 */
export type PriceChangeCreated = {
  /**
   * The price change.
   */
  changeId: string;
  name: string;
  kind: PriceChangeKind;
  /**
   * The saved rule, if any.
   */
  ruleId: string | null;
  ruleVersion: number | null;
  /**
   * For a rollback: what it undoes.
   */
  rollbackOf: string | null;
  /**
   * Null: runs when applied.
   */
  schedule: Schedule | null;
  currencyCode: string;
  /**
   * The change that it was made for.
   */
  parentId?: string | null;
  /**
   * The series that it belongs to.
   */
  seriesId?: string | null;
  /**
   * The start of its window in the series.
   */
  occurrenceAt?: string | null;
  /**
   * The price list that it writes to; null: the shop's own prices.
   */
  priceListId?: string | null;
};

/**
 * What someone decided or said about a price change. Never changed after it was written.
 */
export type PriceChangeDecision = {
  id: string;
  changeId: string;
  /**
   * The plan it was about; null where there was none yet.
   */
  planHash: string | null;
  /**
   * void: an approval counts no more, and the comment says why.
   */
  decision: 'approve' | 'reject' | 'comment' | 'void';
  /**
   * Kind and id: `user:<Shopify user id>`, `token:<token id>`, `shopify:<topic>`, `system:<job>`.
   */
  actor: string;
  /**
   * Role at that time: viewer, editor, approver, admin; system.
   */
  role: string;
  comment: string | null;
  createdAt: string;
};

/**
 * Approvals, rejections, voided approvals and comments of a price change, oldest first.
 */
export type PriceChangeDecisionList = {
  data: readonly PriceChangeDecision[];
  /**
   * Always null: all are given.
   */
  nextCursor: string | null;
};

/**
 * A campaign ends: its layers come off by a change of their own, and rows not yet tried are cancelled.
 */
export type PriceChangeEndStarted = {
  /**
   * The campaign.
   */
  changeId: string;
  /**
   * The state it was in.
   */
  fromState: string;
  /**
   * Rows that were still waiting to be written.
   */
  cancelledRows: number;
  /**
   * The price change that takes the layers off; null where none was on.
   */
  endId: string | null;
  /**
   * ended at once where no layer was on.
   */
  state: 'ending' | 'ended';
  /**
   * Why it ends, in words; null for its own time.
   */
  reason: string | null;
};

/**
 * One row of a plan: one variant before and after, and what became of it.
 */
export type PriceChangeItem = {
  id: string;
  changeId: string;
  /**
   * Place in the plan.
   */
  position: number;
  variantId: string;
  productId: string;
  /**
   * As it was when planned; may be empty.
   */
  sku: string;
  /**
   * Product and variant title as they were when planned.
   */
  title: string;
  outcome: PriceChangeItemOutcome;
  state: PriceChangeItemState;
  /**
   * Why it is blocked (base_missing, cost_missing, bounds_conflict, bound_violated, negative_price, zero_price, no_price_in_bounds, price_too_large; in a price list cost_currency_differs, map_price_currency_differs; by the shop's guardrails guardrail_frozen, daily_cap_reached, guardrail_cost_missing, guardrail_min_margin, guardrail_below_cost, guardrail_map, guardrail_max_decrease, guardrail_max_increase; in a rollback changed_since, variant_gone; in a delta plan no_longer_selected; after a change of the catalog own_price); null for a row that is not blocked.
   */
  reason: string | null;
  /**
   * What the plan saw.
   */
  before: PricePair;
  /**
   * What will be or was written; null for a blocked row.
   */
  after: PricePair | null;
  /**
   * What the shop answered when last read for this row; null when not read since planning.
   */
  live: PricePair | null;
  /**
   * When live was read.
   */
  liveReadAt: string | null;
  /**
   * Unit cost the plan used; null where unknown.
   */
  cost: Money | null;
  /**
   * Codes: compare_at_not_above_price, below_cost, reference_above_lowest30 (a strike-through above the lowest price of the 30 days before), insufficient_history (that price is not known), extreme_change (a fifth or less, five times or more), guardrail_clamped, or a guardrail's reason where it only warns …
   */
  warnings: readonly string[];
  /**
   * For a conflict or failed row: what was found, the shop's answer, or that the attempts are spent; null otherwise.
   */
  verdict: string | null;
  /**
   * How its conflict was resolved; null where nobody did.
   */
  resolution: ConflictResolution | null;
  /**
   * Who resolved it; an actor.
   */
  resolvedBy: string | null;
  /**
   * Writes tried. Being throttled is not an attempt.
   */
  attempts: number;
  /**
   * Shopify's request id of the last write.
   */
  requestId: string | null;
  /**
   * When it reached its ending.
   */
  finishedAt: string | null;
  /**
   * When its live price was read again to verify the first part of a change; null where it was not.
   */
  verifiedAt?: string | null;
  /**
   * In a price list: whether the price was and will be fixed there. Null for the shop's own prices.
   */
  origin?: {
    /**
     * As planned from.
     */
    before: PriceOrigin | null;
    /**
     * fixed: the price is fixed in the list. relative: the fixed price is taken out again, so that the price follows the shop's; the amount is what it was then. Null where nothing is planned.
     */
    after: PriceOrigin | null;
    /**
     * As last read.
     */
    live: PriceOrigin | null;
  } | null;
};

/**
 * Everything behind one row, from stored traces, never computed again.
 */
export type PriceChangeItemExplanation = {
  item: PriceChangeItem;
  /**
   * The trace as sentences that a merchant understands.
   */
  text: string;
  /**
   * The stored trace; empty for a rollback's row, whose text says what it restores.
   */
  trace: readonly TraceStep[];
  /**
   * The values the rule saw.
   */
  inputs?: {
    [k: string]: unknown;
  } | null;
  /**
   * The change the row belongs to.
   */
  change: {
    id: string;
    name: string;
    kind: PriceChangeKind;
    ruleId: string | null;
    ruleVersion: number | null;
    planHash: string | null;
  };
  /**
   * Null before approval.
   */
  approval: {
    /**
     * Who approved. Kind and id: `user:<Shopify user id>`, `token:<token id>`, `shopify:<topic>`, `system:<job>`.
     */
    by: string;
    at: string;
    planHash: string;
    comment: string | null;
  } | null;
  /**
   * What the shop answered; null before anything was sent.
   */
  write: {
    /**
     * Shopify's request id.
     */
    requestId: string | null;
    attempts: number;
    /**
     * What was read back.
     */
    live: PricePair | null;
    verdict: string | null;
    finishedAt: string | null;
    /**
     * How it went out last; left out before it did.
     */
    way?: WriteWay;
    /**
     * The bulk operation that it went out with; null where it went by a call.
     */
    bulk?: {
      /**
       * Shopify's id of the bulk operation; null where its start was never answered.
       */
      operation: string | null;
      /**
       * Rows in it.
       */
      rows: number;
      /**
       * How it ended; null while it is under way. unreadable: its rows were found out by reading. never_started, given_back: it wrote nothing.
       */
      outcome: 'completed' | 'cancelled' | 'failed' | 'expired' | 'unreadable' | 'never_started' | 'given_back' | null;
    } | null;
  } | null;
  /**
   * Audit entries about this row and its change, oldest first.
   */
  audit?: readonly AuditEntry[];
};

/**
 * Rows of a plan, in its order.
 */
export type PriceChangeItemList = {
  /**
   * At most `limit` entries.
   */
  data: readonly PriceChangeItem[];
  /**
   * Give it as `cursor` for the next page; null on the last.
   */
  nextCursor: string | null;
};

/**
 * What planning decided; the three add up to the rows selected.
 */
export type PriceChangeItemOutcome = 'planned' | 'unchanged' | 'blocked';

/**
 * After preview planned, unchanged or blocked (final for the last two); then queued → writing → applied, settled (at the target, author unknown), conflict or failed; cancelled where the change was stopped before it; a resolved conflict becomes applied or kept.
 */
export type PriceChangeItemState =
  'planned' | 'unchanged' | 'blocked' | 'queued' | 'writing' | 'applied' | 'settled' | 'conflict' | 'failed' | 'cancelled' | 'kept';

/**
 * change: by a rule. rollback: undoes another change. delta: what is left of another change after its plan went stale.
 */
export type PriceChangeKind = 'change' | 'rollback' | 'delta';

/**
 * Price changes, newest first.
 */
export type PriceChangeList = {
  /**
   * At most `limit` entries.
   */
  data: readonly PriceChange[];
  /**
   * Give it as `cursor` for the next page; null on the last.
   */
  nextCursor: string | null;
};

/**
 * The whole window of a campaign went by before it started; nothing of it was written, and it is ended.
 */
export type PriceChangeMissed = {
  /**
   * The price change.
   */
  changeId: string;
  /**
   * The start of the window.
   */
  startsAt: string | null;
  /**
   * Its end.
   */
  endsAt: string | null;
  /**
   * Rows that will not be written.
   */
  cancelledRows: number;
  /**
   * Why, in one sentence.
   */
  reason: string;
};

/**
 * by_person: somebody paused it. canary_done: the first part is written and verified. canary_failed: the first part went beyond the limits. conflict_rate, failure_rate: too many of the rows that ended. token_revoked: Shopify no longer lets us write. scope_missing: the permission to write was taken away; it goes on by itself once it is back. app_uninstalled: the app was removed from the shop. currency_changed: the shop sells in another currency than the plan was made in.
 */
export type PriceChangePauseCode =
  | 'by_person'
  | 'canary_done'
  | 'canary_failed'
  | 'conflict_rate'
  | 'failure_rate'
  | 'token_revoked'
  | 'scope_missing'
  | 'app_uninstalled'
  | 'currency_changed';

/**
 * Writing stopped; rows already sent are finished.
 */
export type PriceChangePaused = {
  /**
   * The price change.
   */
  changeId: string;
  /**
   * For programs. Absent in events from before it was told.
   */
  code?: PriceChangePauseCode;
  /**
   * For people: in sentences.
   */
  reason: string;
};

/**
 * Somebody asked for a plan; a worker makes it.
 */
export type PriceChangePreviewRequested = {
  /**
   * The price change.
   */
  changeId: string;
};

/**
 * A plan was made and sealed.
 */
export type PriceChangePreviewed = {
  /**
   * The price change.
   */
  changeId: string;
  planHash: string;
  /**
   * From 1.
   */
  planVersion: number;
  policyVersion?: number | null;
  summary: ChangeSummary;
};

/**
 * Refusal of a plan.
 */
export type PriceChangeRejectRequest = {
  /**
   * At most 2,000 characters.
   */
  comment?: string | null;
};

/**
 * A person refused the plan.
 */
export type PriceChangeRejected = {
  /**
   * The price change.
   */
  changeId: string;
  /**
   * The hash refused.
   */
  planHash: string | null;
  comment: string | null;
};

/**
 * A resolved conflict asks for our price again after the change had ended.
 */
export type PriceChangeReopened = {
  /**
   * The price change.
   */
  changeId: string;
  /**
   * The row to write.
   */
  itemId: string;
};

/**
 * A person's decision on a conflict.
 */
export type PriceChangeResolveRequest = {
  choice: ConflictChoice;
};

/**
 * Writing goes on.
 */
export type PriceChangeResumed = {
  /**
   * The price change.
   */
  changeId: string;
  /**
   * Rows of the rest that were queued because the first part was over; 0 or absent otherwise.
   */
  queuedRows?: number;
};

/**
 * Undo a change, whole or for chosen rows.
 */
export type PriceChangeRollbackRequest = {
  /**
   * Rows of the change to undo; absent: all that were applied.
   *
   * @minItems 1
   */
  itemIds?: readonly string[] | null;
};

/**
 * Stale rows were taken over by an approved delta plan.
 */
export type PriceChangeRowsSuperseded = {
  /**
   * The price change.
   */
  changeId: string;
  /**
   * The delta plan.
   */
  deltaId: string;
  /**
   * Conflicts that ended as kept.
   */
  kept: number;
  /**
   * Planned rows that will not be written by this change.
   */
  cancelled: number;
};

/**
 * An approved change waits for its start.
 */
export type PriceChangeScheduled = {
  /**
   * The price change.
   */
  changeId: string;
  schedule: Schedule;
  /**
   * The start as an instant.
   */
  startsAt: string;
  /**
   * The end as an instant; null without end.
   */
  endsAt: string | null;
};

/**
 * Applying began: the approved rows were queued.
 */
export type PriceChangeStarted = {
  /**
   * The price change.
   */
  changeId: string;
  /**
   * The approved hash.
   */
  planHash: string;
  /**
   * Rows queued now: all planned ones, or those of the first part.
   */
  queuedRows: number;
  /**
   * Share of the rows written first, in percent; null: all.
   */
  canaryPercent: string | null;
  /**
   * How it goes on after the first part; null or absent: all rows at once.
   */
  canaryContinue?: CanaryContinue | null;
  /**
   * Rows that are not written because their price changed as often today as the policies allow; absent where there is none.
   */
  cancelledRows?: number;
};

/**
 * draft → previewed → approved → (scheduled →) applying → applied ｜ partially_applied ｜ failed; rejected, cancelled and paused beside them; a campaign goes on to ending → ended.
 */
export type PriceChangeState =
  | 'draft'
  | 'previewed'
  | 'approved'
  | 'scheduled'
  | 'applying'
  | 'paused'
  | 'applied'
  | 'partially_applied'
  | 'failed'
  | 'rejected'
  | 'cancelled'
  | 'ending'
  | 'ended';

/**
 * A plan no longer fits what it was made from.
 */
export type PriceChangeWentStale = {
  /**
   * The price change.
   */
  changeId: string;
  /**
   * What moved.
   */
  reason: 'rule_changed' | 'policy_changed' | 'prices_moved' | 'currency_changed';
};

/**
 * Rows whose live price was not what the plan saw; left as they are.
 */
export type PriceConflict = {
  /**
   * The price change.
   */
  changeId: string;
  /**
   * Between 1 and 250 rows of one change.
   *
   * @minItems 1
   * @maxItems 250
   */
  rows: readonly PriceEventRow[];
};

/**
 * A person resolved a conflict.
 */
export type PriceConflictResolved = {
  /**
   * The price change.
   */
  changeId: string;
  /**
   * The row.
   */
  itemId: string;
  variantId: string;
  choice: ConflictChoice;
  /**
   * State after resolving: kept, or queued where ours is to be written.
   */
  state: PriceChangeItemState;
  /**
   * The shop's price the person saw.
   */
  live: PricePair | null;
};

/**
 * Somebody set a price in the shop between our reading and our writing of it, and our write replaced it. Shopify has no compare-and-set on prices.
 */
export type PriceEditOverwritten = {
  changeId: string;
  itemId: string;
  variantId: string;
  /**
   * When the shop says that the price was set.
   */
  editedAt: string;
  edited: PricePair;
  written: PricePair;
};

/**
 * One row in a batched price event.
 */
export type PriceEventRow = {
  /**
   * Row of the price change.
   */
  itemId: string;
  variantId: string;
  /**
   * The ending it reached.
   */
  state: PriceChangeItemState;
  /**
   * What the plan saw.
   */
  before: PricePair;
  /**
   * What was to be written.
   */
  after: PricePair;
  /**
   * What the shop answered last; null when it did not.
   */
  live: PricePair | null;
  /**
   * Why conflict or failed; null otherwise.
   */
  reason: string | null;
  /**
   * The shop's answer in words; null otherwise.
   */
  verdict: string | null;
  /**
   * Shopify's request id of the write; null when nothing was written.
   */
  requestId: string | null;
  /**
   * The ending that a row leaves which had one already: a campaign's row whose price was edited in the shop. Absent otherwise.
   */
  fromState?: PriceChangeItemState;
};

/**
 * Rows that could not be written, each with a verdict.
 */
export type PriceFailed = {
  /**
   * The price change.
   */
  changeId: string;
  /**
   * Between 1 and 250 rows of one change.
   *
   * @minItems 1
   * @maxItems 250
   */
  rows: readonly PriceEventRow[];
};

/**
 * Prices of a variant, newest first, each with its lineage, and the one at the time asked for.
 */
export type PriceHistory = {
  variantId: string;
  /**
   * The time asked for; null: now.
   */
  at: string | null;
  /**
   * The version in force at that time; null where we knew none yet.
   */
  price: PriceVersion | null;
  /**
   * Newest first.
   */
  data: readonly PriceVersion[];
  /**
   * Null on the last page.
   */
  nextCursor: string | null;
  /**
   * The lowest price of the 30 days before the time asked for; null where no price is known.
   */
  lowest30Days?: LowestPriceOf30Days | null;
};

/**
 * From a price we wrote back to why: the change, the rule and its version, who approved, and the shop's answer.
 */
export type PriceLineage = {
  /**
   * The price change.
   */
  changeId: string;
  changeName: string;
  /**
   * change, rollback or delta.
   */
  kind?: PriceChangeKind;
  /**
   * Its row; explain it at /price-changes/:changeId/items/:itemId/explain.
   */
  itemId: string;
  /**
   * The saved rule; null for a rule given with the change.
   */
  ruleId: string | null;
  ruleVersion: number | null;
  /**
   * The plan that was approved.
   */
  planHash?: string | null;
  approvedBy: string | null;
  approvedAt?: string | null;
  /**
   * Shopify's request id of the write.
   */
  requestId?: string | null;
  /**
   * Shared by everything that one request caused.
   */
  correlationId: string | null;
};

/**
 * A price list of one of the shop's markets: its currency, how it adjusts the shop's prices, and where its prices are fixed.
 */
export type PriceList = {
  id: string;
  /**
   * As the merchant named it.
   */
  name: string;
  /**
   * Currency of every price in it.
   */
  currencyCode: string;
  /**
   * What the shop's prices are moved by where no price is fixed: "-10" takes ten percent off.
   */
  adjustmentPercent: string | null;
  /**
   * The catalog of the market that the list belongs to.
   */
  catalogTitle: string | null;
  /**
   * False where the shop no longer has it, or nobody is shown its prices.
   */
  active: boolean;
  /**
   * Variants whose price is fixed in it.
   */
  fixedPrices: number;
  /**
   * When all its prices were last read; null: never yet.
   */
  pricesReadAt: string | null;
};

/**
 * The shop's price lists, all of them.
 */
export type PriceListList = {
  /**
   * By name; those in use first.
   */
  data: readonly PriceList[];
  /**
   * There is one page.
   */
  nextCursor: null;
};

/**
 * The reading of all price lists that was asked for.
 */
export type PriceListSync = {
  /**
   * pricesReadAt of the price lists is later once it is done.
   */
  requestedAt: string;
};

/**
 * Somebody asked for the price lists of the shop's markets to be read again.
 */
export type PriceListsSyncRequested = {
  requestedAt: string;
};

/**
 * fixed: set in the price list. relative: follows from the shop's own price by rate and adjustment.
 */
export type PriceOrigin = 'fixed' | 'relative';

export type PriceOverlap = {
  change: {
    id: string;
    name: string;
    state: PriceChangeState;
    rule: Rule;
    priority: number;
    /**
     * Null: when it is applied by hand.
     */
    startsAt: string | null;
    /**
     * Null: never, it is no campaign.
     */
    endsAt: string | null;
  };
  /**
   * Variants that both give a price.
   */
  variants: number;
  wins: OverlapWinner;
  reason: OverlapReason;
};

/**
 * Other price changes that price variants of this one at the same time.
 */
export type PriceOverlapList = {
  data: readonly PriceOverlap[];
  /**
   * All of them are in one answer.
   */
  nextCursor: null;
};

/**
 * Variants that two price changes share, side by side.
 */
export type PriceOverlapRowList = {
  data: readonly {
    variantId: string;
    sku: string;
    title: string;
    /**
     * What the shop showed when this plan was made.
     */
    before: PricePair;
    /**
     * What this change makes of it.
     */
    this: PricePair;
    /**
     * What the other one makes of it.
     */
    other: PricePair;
    wins: OverlapWinner;
    reason: OverlapReason;
  }[];
  nextCursor: string | null;
};

/**
 * A price together with its compare-at price, as Shopify keeps them.
 */
export type PricePair = {
  /**
   * What the customer pays.
   */
  price: Money;
  /**
   * The struck-through price; null where there is none, which is not the same as zero.
   */
  compareAtPrice: Money | null;
};

/**
 * Seen in the shop: sync, webhook, reconcile (no webhook had told of it). Written by us: apply, rollback, campaign_end (what came to light when a campaign ended). merchant: somebody else's edit, found when we looked before a write.
 */
export type PriceSource = 'sync' | 'webhook' | 'reconcile' | 'apply' | 'rollback' | 'merchant' | 'campaign_end';

/**
 * One stretch of time in which a variant had one price, seen or written.
 */
export type PriceVersion = {
  id: string;
  variantId: string;
  /**
   * In force from validFrom to validTo.
   */
  price: Money;
  compareAtPrice: Money | null;
  /**
   * The price under every campaign at that time; null where it was this one.
   */
  baselinePrice?: Money | null;
  /**
   * The compare-at price under every campaign at that time.
   */
  baselineCompareAtPrice?: Money | null;
  /**
   * The campaign that showed it; null for the baseline.
   */
  layerId?: string | null;
  /**
   * Inclusive.
   */
  validFrom: string;
  /**
   * Exclusive; null for the price in force.
   */
  validTo: string | null;
  source: PriceSource;
  /**
   * For a price we wrote: the change, rule and approval behind it; null for a price only seen.
   */
  lineage: PriceLineage | null;
};

/**
 * RFC 9457 problem+json: why a request was refused.
 */
export type ProblemDetails = {
  /**
   * URI reference that names the kind of problem.
   */
  type: string;
  /**
   * Short, the same for every problem of this type.
   */
  title: string;
  /**
   * HTTP status.
   */
  status: number;
  /**
   * One sentence: what is wrong and what to do.
   */
  detail: string;
  /**
   * Path of the request.
   */
  instance: string;
  /**
   * Also in X-Request-Id.
   */
  requestId: string;
  /**
   * Stable code for programs: stale_plan, illegal_transition, invalid_rule …
   */
  code: string;
  /**
   * The places that are wrong; empty where it is not about one place.
   */
  errors: readonly {
    /**
     * RFC 6901 JSON pointer into what was sent; "" is the whole of it.
     */
    pointer: string;
    code: string;
    message: string;
    /**
     * Only for what is wrong inside of a text: the first character is 1, one past the last where something is missing there; counted in UTF-16 units.
     */
    column?: number;
  }[];
};

/**
 * A product of the shop, as last synced.
 */
export type Product = {
  /**
   * Calibrate's id of the product.
   */
  id: string;
  title: string;
  /**
   * The part of the product's address, unique in the shop.
   */
  handle: string;
  vendor: string;
  productType: string;
  /**
   * As the shop says it: ACTIVE, DRAFT, ARCHIVED or UNLISTED.
   */
  status: string;
  /**
   * In the shop's order and spelling.
   */
  tags: readonly string[];
  /**
   * Handles of the collections it is in.
   */
  collections: readonly string[];
  /**
   * Shopify's id and those of other channels.
   */
  channelRefs: ChannelRefs;
  /**
   * False once the shop no longer has it; its history stays.
   */
  active: boolean;
  /**
   * Number of its variants.
   */
  variantsCount: number;
  /**
   * When the shop made it; null where the shop did not say.
   */
  createdAt: string | null;
  /**
   * When it was put on the online store; null where it is not.
   */
  publishedAt: string | null;
  /**
   * When the shop last changed it.
   */
  updatedAt: string | null;
};

/**
 * The shop deleted a product; its history stays.
 */
export type ProductDeleted = {
  /**
   * Shopify's number of the product.
   */
  productRef: string;
  /**
   * Calibrate's id; null or absent where it was not known before.
   */
  productId?: string | null;
  /**
   * webhook, sync or reconcile.
   */
  source: string;
};

/**
 * A product with its variants.
 */
export type ProductDetail = {
  product: Product;
  /**
   * Its active variants in the shop's order, at most 200; /variants?productId= lists all.
   */
  variants: readonly Variant[];
};

/**
 * Products by title.
 */
export type ProductList = {
  /**
   * At most `limit` entries.
   */
  data: readonly Product[];
  /**
   * Give it as `cursor` for the next page; null on the last.
   */
  nextCursor: string | null;
};

/**
 * A product came in anew, by webhook or reconciliation.
 */
export type ProductUpdated = {
  /**
   * Shopify's number of the product.
   */
  productRef: string;
  /**
   * Calibrate's id; null or absent where it was not known before.
   */
  productId?: string | null;
  /**
   * webhook, sync or reconcile.
   */
  source: string;
  title?: string;
  /**
   * Variants it has now.
   */
  variants?: number;
  /**
   * Variants whose price or compare-at changed, at most 250; others are not listed.
   *
   * @maxItems 250
   */
  prices: readonly {
    variantId: string;
    /**
     * Null for a new variant.
     */
    before: PricePair | null;
    after: PricePair;
  }[];
};

/**
 * What a projection held was made again from the log where it differed.
 */
export type ProjectionRebuilt = {
  projection: string;
  /**
   * Found before it.
   */
  differences: number;
  /**
   * Things that were made again.
   */
  rebuilt: number;
};

/**
 * A time in which no price change starts to write.
 */
export type QuietWindow = {
  /**
   * Days on which the window begins; not given: every day.
   *
   * @minItems 1
   */
  days?: readonly ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[];
  /**
   * By the clock of the zone.
   */
  from: string;
  /**
   * Not after from: on the next day.
   */
  to: string;
};

/**
 * How a window comes again, in the words of RFC 5545. Windows begin on the days, on or after the day of startAt, that fit, each at the wall-clock time of startAt, and last as long on the wall clock as from startAt to endAt. A start or end in a daylight-saving gap means the first moment after it, one that occurs twice the first; a window of which a clock change leaves nothing is skipped.
 */
export type Recurrence = {
  /**
   * What interval counts.
   */
  frequency: 'daily' | 'weekly' | 'monthly';
  /**
   * Every so many days, weeks (which begin on Monday) or months, counted from the one of startAt. Not given is 1.
   */
  interval?: number;
  /**
   * Weekly only: the days of the week. Not given: the weekday of startAt.
   *
   * @minItems 1
   */
  weekdays?: readonly Weekday[];
  /**
   * Monthly only: the days of the month, 1 to 31, or -1 (the last) to -31. A month without such a day has no window then. Not given: the day of startAt.
   *
   * @minItems 1
   */
  monthDays?: readonly number[];
  /**
   * Wall-clock time in timeZone: no window begins after it. Not beside count.
   */
  until?: string | null;
  /**
   * So many windows in all, skipped ones included. Not beside until.
   */
  count?: number | null;
};

/**
 * What the lowest price of 30 days said about the row.
 */
export type ReferenceTrace = {
  code: 'reference';
  /**
   * The base lowest30Days of the rule, or the judgement of a compare-at price above the price.
   */
  use: 'base' | 'strikeThrough';
  /**
   * ok: the base is known, or the strike-through lawful. reference_above_lowest30: the compare-at price is above the lowest price of the 30 days before (directive 98/6/EC, article 6a). insufficient_history: fewer than 30 days are known, and the product is older than what is known of it.
   */
  decided: 'ok' | 'reference_above_lowest30' | 'insufficient_history';
  /**
   * The compare-at price that was judged; null for a base.
   */
  compareAt: string | null;
  /**
   * Lowest price of the known part of the time; null where nothing of it is known.
   */
  lowest: string | null;
  /**
   * Local date on which it was first shown in that time.
   */
  lowestOn: string | null;
  /**
   * Local date on which the 30 days begin, in the shop's time zone.
   */
  from: string;
  /**
   * Local date of the start, or of the reduction that already ran.
   */
  until: string;
  /**
   * Local date since when prices are known without a gap.
   */
  knownSince: string | null;
  /**
   * Whole days of the time that are known, at most about 30.
   */
  daysKnown: number;
  /**
   * Where an uninterrupted reduction that only grows decided: the local date on which it began.
   */
  reductionSince: string | null;
  /**
   * The product is younger than 30 days and known since it was made, so all of its prices count.
   */
  newOnMarket: boolean;
  /**
   * With a warning: the first local date on which the strike-through would be lawful if the price stays until then; null where there is none.
   */
  earliest: string | null;
};

/**
 * Not given is minorUnit.
 */
export type Rounding =
  | {
      /**
       * Half away from zero to the currency's decimals.
       */
      type: 'minorUnit';
    }
  | {
      type: 'ending';
      /**
       * Not negative; candidates equal it modulo every, so 1.99 every 1.00 means the same as 0.99 every 1.00. More decimals than the currency has are an error (zeros behind do not count): no price could be written so.
       */
      ending: NonNegativeDecimal;
      /**
       * Above 0, in the currency's decimals.
       */
      every: PositiveDecimal;
      direction?: RoundingDirection;
    }
  | {
      /**
       * As ending with ending 0 and every this increment.
       */
      type: 'increment';
      /**
       * Above 0, in the currency's decimals.
       */
      increment: PositiveDecimal;
      direction?: RoundingDirection;
    };

/**
 * Not given is nearest. A tie goes to the lower price.
 */
export type RoundingDirection = 'nearest' | 'up' | 'down';

/**
 * A pricing rule: which variants (selector) get which price (transform). Money and percentages are decimal strings, never JSON numbers; arithmetic is exact. Keys that are not named here are errors.
 */
export type Rule = {
  /**
   * What people call the rule. A rule that is only tried out needs none.
   */
  name?: string;
  selector: Selector;
  transform: Transform;
  /**
   * When the change runs; null is the same as not given.
   */
  schedule?: RuleSchedule | null;
  /**
   * Orders campaigns on one variant: the larger is on top. Not given is 0.
   */
  priority?: number;
};

/**
 * What makes a saved rule run by itself. What it makes is a price change that needs approval like any other.
 */
export type RuleAutomation = {
  trigger: RuleTrigger;
  /**
   * When it is next looked at: for a schedule shortly before the next window, for the catalog shortly after a change; null: nothing waits. Ignored where it is sent.
   */
  nextAt?: string | null;
};

/**
 * What saving a rule takes: the rule with what goes around it, or the rule alone.
 */
export type RuleBody = RuleSaveRequest | Rule;

/**
 * A rule was saved for the first time.
 */
export type RuleCreated = {
  ruleId: string;
  version: number;
  name: string;
  rule: Rule;
};

/**
 * A rule was deleted; changes made by it stay.
 */
export type RuleDeleted = {
  ruleId: string;
  /**
   * Its last version.
   */
  version: number;
  name: string;
};

/**
 * What a rule would have done to the prices of a time in the past. Prices, compare-at prices and baselines are as they were then; costs, tags, inventory and every other fact are as of today, and variants that are gone today are left out.
 */
export type RuleDryRun = {
  /**
   * The time asked for.
   */
  at: string;
  /**
   * When the first price of the shop was recorded.
   */
  knownSince: string;
  /**
   * The shop's currency; prices of another currency are not taken.
   */
  currencyCode: string;
  /**
   * Variants of today whose price at that time is not known; they are in no count.
   */
  variantsWithoutPrice: number;
  summary: ChangeSummary;
  /**
   * The first rows, in the order of the catalog.
   *
   * @maxItems 50
   */
  rows: readonly {
    variantId: string;
    sku: string;
    title: string;
    outcome: 'planned' | 'unchanged' | 'blocked';
    /**
     * Why it is blocked.
     */
    reason: string | null;
    /**
     * Codes.
     */
    warnings: readonly string[];
    /**
     * As the shop showed it then.
     */
    before: PricePair;
    /**
     * What the rule makes of it; null where blocked.
     */
    after: PricePair | null;
    /**
     * Why, as sentences.
     */
    text: string;
  }[];
};

/**
 * A rule to try on the prices of a time in the past. Nothing is stored or written.
 */
export type RuleDryRunRequest = {
  /**
   * Checked by the rule engine; an invalid one answers 422 with pointers.
   */
  rule: Rule;
  /**
   * A time of the past, not before the first price that is known of the shop.
   */
  at: string;
  /**
   * Rows to show, 20 where not given. The summary is always of all rows.
   */
  limit?: number;
};

/**
 * One row: keys are those of the selector table; a missing key or null is a missing value, other keys are ignored.
 */
export type RuleEvaluateItem = {
  /**
   * product.*
   */
  product?: {
    /**
     * Text.
     */
    title?: string | null;
    /**
     * Text.
     */
    handle?: string | null;
    /**
     * Text.
     */
    vendor?: string | null;
    /**
     * Text.
     */
    productType?: string | null;
    /**
     * Text.
     */
    status?: string | null;
    /**
     * Set of text.
     */
    tags?: readonly string[] | null;
    /**
     * Handles.
     */
    collections?: readonly string[] | null;
    /**
     * RFC 3339.
     */
    createdAt?: string | null;
    /**
     * RFC 3339.
     */
    publishedAt?: string | null;
    [k: string]: unknown;
  } | null;
  /**
   * variant.*
   */
  variant?: {
    /**
     * Text.
     */
    title?: string | null;
    /**
     * Text.
     */
    sku?: string | null;
    /**
     * Text.
     */
    barcode?: string | null;
    /**
     * RFC 3339.
     */
    updatedAt?: string | null;
    /**
     * Decimal string, or money as resources have it; O of the rule language.
     */
    price?: string | Money | null;
    /**
     * Decimal string, or money as resources have it; C.
     */
    compareAtPrice?: string | Money | null;
    /**
     * Decimal string, or money as resources have it; K.
     */
    cost?: string | Money | null;
    /**
     * Decimal string, or money as resources have it.
     */
    mapPrice?: string | Money | null;
    /**
     * Decimal string, or money as resources have it.
     */
    baselinePrice?: string | Money | null;
    /**
     * Decimal string, or money as resources have it.
     */
    lowest30Days?: string | Money | null;
    /**
     * Units.
     */
    inventoryQuantity?: number | string | null;
    /**
     * Name to value.
     */
    options?: {
      [k: string]: string | null;
    } | null;
    [k: string]: unknown;
  } | null;
  /**
   * competitor.*
   */
  competitor?: {
    /**
     * Decimal string, or money as resources have it.
     */
    lowest?: string | Money | null;
    /**
     * Decimal string, or money as resources have it.
     */
    median?: string | Money | null;
    /**
     * Decimal string, or money as resources have it.
     */
    highest?: string | Money | null;
    /**
     * Offers seen.
     */
    count?: number | string | null;
    [k: string]: unknown;
  } | null;
  /**
   * amazon.*
   */
  amazon?: {
    /**
     * Decimal string, or money as resources have it.
     */
    price?: string | Money | null;
    [k: string]: unknown;
  } | null;
  /**
   * score.*
   */
  score?: {
    [k: string]: unknown;
  } | null;
  [k: string]: unknown;
};

/**
 * Rows to price by a rule, without reading or writing anything of the shop.
 */
export type RuleEvaluateRequest = {
  /**
   * Checked by the rule engine; an invalid one answers 422 with pointers.
   */
  rule: Rule;
  /**
   * ISO 4217; decides the decimals.
   */
  currencyCode: string;
  /**
   * At most 1,000.
   *
   * @maxItems 1000
   */
  items: readonly RuleEvaluateItem[];
};

/**
 * One result for each item, in order.
 */
export type RuleEvaluateResponse = {
  /**
   * One for each item, in order.
   */
  results: readonly RuleEvaluateResult[];
};

/**
 * What the rule makes of one row.
 */
export type RuleEvaluateResult = {
  /**
   * What the rule decides for the row.
   */
  outcome: 'planned' | 'unchanged' | 'blocked' | 'notSelected';
  /**
   * Only for blocked: why.
   */
  reason?: string;
  /**
   * For planned and unchanged: decimal string with exactly the currency's decimals.
   */
  price?: string;
  /**
   * For planned and unchanged; null where there is none.
   */
  compareAtPrice?: string | null;
  /**
   * Codes.
   */
  warnings: readonly string[];
  /**
   * How it was decided.
   */
  trace: readonly TraceStep[];
  /**
   * The trace as sentences.
   */
  text: string;
};

/**
 * Something about a valid rule that is allowed but hardly meant.
 */
export type RuleLintFinding = {
  /**
   * Stable code for programs: selects_nothing, step_without_effect, limit_never_reached …
   */
  code: string;
  /**
   * contradiction: proven that no variant is selected or every one is blocked, for prices and costs of zero or more. warning: most likely not what was meant. hint: true, but it changes nothing or could be said more simply.
   */
  severity: 'contradiction' | 'warning' | 'hint';
  /**
   * RFC 6901 JSON pointer into the rule.
   */
  pointer: string;
  /**
   * What is so.
   */
  message: string;
  /**
   * What to do about it.
   */
  advice: string;
};

/**
 * A rule to look over, without reading or writing anything of the shop.
 */
export type RuleLintRequest = {
  /**
   * Checked by the rule engine first; an invalid one answers 422 with pointers.
   */
  rule: Rule;
  /**
   * ISO 4217; decides the decimals. The shop's own where not given.
   */
  currencyCode?: string;
};

/**
 * What a look over the rule found, the weightiest first; nothing found proves nothing.
 */
export type RuleLintResponse = {
  /**
   * Empty where there is nothing to say.
   */
  findings: readonly RuleLintFinding[];
};

/**
 * Saved rules, last changed first.
 */
export type RuleList = {
  /**
   * At most `limit` entries.
   */
  data: readonly DiscountPolicy[];
  /**
   * Give it as `cursor` for the next page; null on the last.
   */
  nextCursor: string | null;
};

/**
 * A rule to save, with what goes around it.
 */
export type RuleSaveRequest = {
  /**
   * Wins over the rule's own name; one of the two must be there.
   */
  name?: string;
  /**
   * Checked by the rule engine; an invalid one answers 422 with pointers.
   */
  rule: Rule;
  /**
   * true unless said otherwise.
   */
  enabled?: boolean;
  /**
   * On PUT: the version this edit started from; another current version answers 409.
   */
  version?: number;
  /**
   * Kept as it is where not given.
   */
  automation?: RuleAutomation;
};

export type RuleSchedule = {
  /**
   * Wall-clock time in timeZone, without offset; seconds may be left out. A time in a daylight-saving gap means the first moment after it, one that occurs twice the first.
   */
  startAt: string;
  /**
   * As startAt, and after it; null or not given never ends.
   */
  endAt?: string | null;
  /**
   * IANA name such as Europe/Berlin.
   */
  timeZone: string;
  /**
   * The window comes again; null or not given: it runs once. A window ends before the next begins.
   */
  recurrence?: Recurrence | null;
};

/**
 * manual: when a person runs it. schedule: for each window of the rule's schedule. catalog: after products or variants that it selects, or selected, have changed.
 */
export type RuleTrigger = 'manual' | 'schedule' | 'catalog';

/**
 * A new version of a rule was saved.
 */
export type RuleUpdated = {
  ruleId: string;
  version: number;
  name: string;
  rule: Rule;
  enabled?: boolean;
  automation?: RuleTrigger;
};

/**
 * A saved rule as it once was.
 */
export type RuleVersion = {
  version: number;
  name: string;
  /**
   * The rule as it was saved then.
   */
  rule: Rule;
  /**
   * Who saved it; an actor.
   */
  createdBy: string;
  createdAt: string;
};

/**
 * Versions of a saved rule, the newest first.
 */
export type RuleVersionList = {
  /**
   * At most `limit` entries.
   */
  data: readonly RuleVersion[];
  /**
   * For the next page; null on the last.
   */
  nextCursor: string | null;
};

/**
 * A time in the past to try a saved rule on. Nothing is stored or written.
 */
export type SavedRuleDryRunRequest = {
  /**
   * A time of the past, not before the first price that is known of the shop.
   */
  at: string;
  /**
   * Rows to show, 20 where not given. The summary is always of all rows.
   */
  limit?: number;
};

/**
 * When a price change starts and, for a campaign, ends; with a recurrence, again and again. Wall-clock times in an IANA time zone. A start inside a daylight-saving gap runs at the first moment after it; a time that occurs twice means the first.
 */
export type Schedule = {
  /**
   * Wall-clock time without offset, `YYYY-MM-DDThh:mm[:ss]`. A time in the past means now.
   */
  startAt: string;
  /**
   * Wall-clock time without offset, after startAt; null or absent: no end.
   */
  endAt?: string | null;
  /**
   * IANA time zone, for example "Europe/Berlin".
   */
  timeZone: string;
  /**
   * The window comes again; null or absent: it runs once.
   */
  recurrence?: Recurrence | null;
};

/**
 * A tree. {"all":[]} selects everything, {"any":[]} nothing; not negates the truth value, missing values included. At most 64 levels and 5,000 nodes.
 */
export type Selector = AllOf | AnyOf | Not | Condition;

/**
 * Selector text to read.
 */
export type SelectorParseRequest = {
  /**
   * Selector text in Shopify's search syntax (https://shopify.dev/docs/api/usage/search-syntax): terms field:value, :>, :>=, :<, :<=, - or NOT before a term, AND (may be left out), OR (binds closer than AND), parentheses, quoted phrases, \ before a character that means itself, field:* for is set, field:a,b for one of. Beyond it: * also at the beginning of a value (ends with, contains) and := for the whole of a title. Fields: title, handle, vendor, product_type, status, tag, collection, created_at, published_at, updated_at, variant_title, sku, barcode, price, compare_at_price, cost, map_price, baseline_price, margin, inventory_quantity, option.NAME, competitor.lowest, competitor.median, competitor.highest, competitor.count, amazon.price, score.NAME, and the names of rules. A word without a field must occur in title, vendor, SKU, variant title or product type. Nothing, or *, is every variant; -* is none.
   */
  text: string;
};

/**
 * What a text says.
 */
export type SelectorParseResponse = {
  /**
   * In canonical form: written plainly, in the order of the text.
   */
  selector: Selector;
};

/**
 * A selector to write as text.
 */
export type SelectorPrintRequest = {
  /**
   * As in a rule. Checked by the rule engine; an invalid one answers 422 with pointers.
   */
  selector: {};
};

/**
 * A selector as text.
 */
export type SelectorPrintResponse = {
  /**
   * Reads as the same selector in canonical form: it chooses the same variants. Empty for the selector of everything.
   */
  text: string;
};

/**
 * A condition on a set of text: contains asks for a member, not for a part of one.
 */
export type SetCondition =
  | {
      /**
       * Tags, and handles of collections.
       */
      field: 'product.tags' | 'product.collections';
      op: 'contains' | 'notContains';
      value: Text;
    }
  | {
      /**
       * Tags, and handles of collections.
       */
      field: 'product.tags' | 'product.collections';
      op: 'isSet' | 'isNotSet';
      /**
       * Nothing is asked for; null and true are tolerated.
       */
      value?: null | true;
    };

/**
 * The shop sells in another currency now: its catalog is brought in anew, and no plan of before is written on.
 */
export type ShopCurrencyChanged = {
  from: string;
  to: string;
};

/**
 * The shop installed Calibrate, or installed it again.
 */
export type ShopInstalled = {
  /**
   * The myshopify domain.
   */
  shopDomain: string;
  currencyCode: string;
  /**
   * IANA.
   */
  timeZone: string;
  /**
   * Access scopes granted by the shop.
   */
  scopes?: readonly string[];
};

/**
 * A request of Shopify about a customer's data was answered.
 */
export type ShopPrivacyRequestAnswered = {
  /**
   * customers/data_request or customers/redact.
   */
  topic: string;
  /**
   * The answer in words.
   */
  customerData: string;
};

/**
 * Shopify told that the shop grants Calibrate other scopes than before.
 */
export type ShopScopesChanged = {
  /**
   * All scopes that are granted now.
   */
  granted: readonly string[];
  /**
   * Those of before that are not granted any more.
   */
  lost: readonly string[];
};

/**
 * The shop removed Calibrate; schedules, leases and refreshes stopped.
 */
export type ShopUninstalled = {
  /**
   * The myshopify domain.
   */
  shopDomain: string;
};

/**
 * Writes of the shop are allowed again; what waited goes on.
 */
export type ShopWritesResumed = {
  /**
   * When they had been stopped.
   */
  stoppedAt: string | null;
  /**
   * Who had stopped them.
   */
  stoppedBy: string | null;
  /**
   * Why they had been stopped.
   */
  reason: string | null;
};

/**
 * All writes of the shop were stopped.
 */
export type ShopWritesStopped = {
  /**
   * In the words of whoever stopped them.
   */
  reason: string | null;
  /**
   * Rows that were sent or about to be sent at that moment.
   */
  inFlight: number;
};

export type Step =
  | {
      /**
       * percent p: v·(1+p/100). amount a: v+a. multiply m: v·m. set x: x.
       */
      type: 'percent' | 'amount' | 'multiply' | 'set';
      value: Decimal;
    }
  | {
      /**
       * cost/(1−g/100), whatever v was; a variant without cost is blocked with cost_missing, even where a later step would set another value.
       */
      type: 'margin';
      value: MarginPercent;
    };

/**
 * One step on the running value.
 */
export type StepTrace = {
  code: 'step';
  /**
   * percent, amount, multiply, set or margin.
   */
  type: string;
  /**
   * Its value.
   */
  by: string;
  /**
   * Value before.
   */
  from: string;
  /**
   * Value after.
   */
  to: string;
  /**
   * The cost a margin was taken on.
   */
  cost: string | null;
};

/**
 * Compared without case and without surrounding space. Lower case decides what case is; accents and ligatures are letters of their own.
 */
export type Text = string;

/**
 * A condition on text. in and notIn with an empty list are valid: nothing is in it.
 */
export type TextCondition =
  | {
      field:
        | (
            | 'product.title'
            | 'product.handle'
            | 'product.vendor'
            | 'product.productType'
            | 'product.status'
            | 'variant.title'
            | 'variant.sku'
            | 'variant.barcode'
          )
        | string;
      op: 'eq' | 'neq' | 'contains' | 'notContains' | 'startsWith' | 'endsWith';
      value: Text;
    }
  | {
      field:
        | (
            | 'product.title'
            | 'product.handle'
            | 'product.vendor'
            | 'product.productType'
            | 'product.status'
            | 'variant.title'
            | 'variant.sku'
            | 'variant.barcode'
          )
        | string;
      op: 'in' | 'notIn';
      /**
       * @maxItems 10000
       */
      value: readonly Text[];
    }
  | {
      field:
        | (
            | 'product.title'
            | 'product.handle'
            | 'product.vendor'
            | 'product.productType'
            | 'product.status'
            | 'variant.title'
            | 'variant.sku'
            | 'variant.barcode'
          )
        | string;
      op: 'isSet' | 'isNotSet';
      /**
       * Nothing is asked for; null and true are tolerated.
       */
      value?: null | true;
    };

/**
 * A condition on a time.
 */
export type TimeCondition =
  | {
      field: 'product.createdAt' | 'product.publishedAt' | 'variant.updatedAt';
      op: 'eq' | 'neq' | 'gt' | 'gte' | 'lt' | 'lte';
      value: Instant;
    }
  | {
      field: 'product.createdAt' | 'product.publishedAt' | 'variant.updatedAt';
      op: 'between';
      /**
       * The lowest and the highest value, both included. The lowest above the highest is no error: nothing lies between.
       *
       * @minItems 2
       * @maxItems 2
       */
      value: readonly Instant[];
    }
  | {
      field: 'product.createdAt' | 'product.publishedAt' | 'variant.updatedAt';
      op: 'isSet' | 'isNotSet';
      /**
       * Nothing is asked for; null and true are tolerated.
       */
      value?: null | true;
    };

/**
 * An API token was made. Never carries the secret.
 */
export type TokenCreated = {
  tokenId: string;
  name: string;
  prefix: string;
  scopes: readonly ApiScope[];
};

/**
 * An API token was revoked.
 */
export type TokenRevoked = {
  tokenId: string;
  name?: string;
};

/**
 * One step of the reasoning that priced a row, decided and stored while evaluating; explaining only renders it. Amounts are decimal strings in major units that lose nothing; where the decimals never end, a fraction ("95/9").
 */
export type TraceStep =
  | ConditionTrace
  | BaseTrace
  | StepTrace
  | LimitTrace
  | BoundsTrace
  | MinorUnitTrace
  | GridTrace
  | CompareAtTrace
  | WarningTrace
  | GuardTrace
  | ReferenceTrace
  | OutcomeTrace;

/**
 * How the new price comes about, in this order: base, steps, bounds, rounding, compareAt. {} keeps the price, rounded to the minor unit.
 */
export type Transform = {
  /**
   * What the steps start from; not given is price. A variant without this value, or without a price, is blocked with base_missing. baseline and lowest30Days are missing where they are not known: the price does not stand in for them. lowest30Days is the lowest price shown in the 30 days before the start (directive 98/6/EC, article 6a), counted in calendar days of the shop; while a reduction runs without interruption, of the 30 days before it began. Fewer than 30 known days are not enough, but for a product that is younger and known since it was made.
   */
  base?:
    'price' | 'compareAtPrice' | 'cost' | 'baseline' | 'competitor.lowest' | 'competitor.median' | 'competitor.highest' | 'lowest30Days';
  /**
   * Applied from left to right to an exact running value; not given or empty leaves the base as it is.
   *
   * @maxItems 100
   */
  steps?: readonly Step[];
  bounds?: Bounds;
  rounding?: Rounding;
  compareAt?: CompareAt;
  /**
   * Lets a price become 0; not given is false. Prices on a grid (ending, increment) are positive all the same.
   */
  allowZero?: boolean;
};

/**
 * The thing with a SKU and a price.
 */
export type Variant = {
  /**
   * Calibrate's id of the variant.
   */
  id: string;
  /**
   * Its product.
   */
  productId: string;
  /**
   * Stock keeping unit; empty where the shop has none.
   */
  sku: string;
  /**
   * Empty where the shop has none.
   */
  barcode: string;
  /**
   * The variant's own title, for example "M / Blue".
   */
  title: string;
  /**
   * Place among the product's variants, from 1.
   */
  position?: number;
  /**
   * What the shop charges now, as last seen.
   */
  price: Money;
  /**
   * The struck-through price now; null where there is none.
   */
  compareAtPrice: Money | null;
  /**
   * Unit cost; null where unknown, never zero for unknown.
   */
  cost: Money | null;
  /**
   * Minimum advertised price; null where none is agreed.
   */
  mapPrice: Money | null;
  /**
   * The price outside every running campaign; equal to price where none runs.
   */
  baselinePrice: Money;
  /**
   * The compare-at price outside every running campaign.
   */
  baselineCompareAtPrice: Money | null;
  /**
   * The campaign (price change) that shows now; null where the baseline shows.
   */
  layerId: string | null;
  /**
   * (price − cost) / price · 100, rounded to two decimals; null without cost or with price 0.
   */
  marginPercent: string | null;
  /**
   * Units available, may be negative; null where the shop does not track it.
   */
  inventoryQuantity: number | null;
  /**
   * Option name to value, for example {"Size": "M"}.
   */
  options: {
    [k: string]: string;
  };
  /**
   * Shopify's id and those of other channels.
   */
  channelRefs: ChannelRefs;
  /**
   * False once the shop no longer has it.
   */
  active?: boolean;
  /**
   * When the shop last changed it.
   */
  updatedAt: string | null;
  /**
   * What lists need of the product.
   */
  product: {
    title: string;
    handle: string;
    vendor: string;
    productType: string;
    tags: readonly string[];
    /**
     * ACTIVE, DRAFT, ARCHIVED or UNLISTED.
     */
    status: string;
  };
};

/**
 * Variants that the filters choose.
 */
export type VariantList = {
  /**
   * At most `limit` entries.
   */
  data: readonly Variant[];
  /**
   * Give it as `cursor` for the next page; null on the last.
   */
  nextCursor: string | null;
};

/**
 * Something a merchant should look at.
 */
export type WarningTrace = {
  code: 'warning';
  /**
   * Code.
   */
  warning: string;
  price: string;
  /**
   * What the price was compared with.
   */
  other: string;
};

/**
 * Monday to Sunday.
 */
export type Weekday = 'MO' | 'TU' | 'WE' | 'TH' | 'FR' | 'SA' | 'SU';

/**
 * The switch that stops every running and scheduled write of the shop at once.
 */
export type WriteSwitch = {
  state: WriteSwitchState;
  /**
   * When writes were stopped; null while they are allowed.
   */
  since: string | null;
  /**
   * Who stopped them; an actor.
   */
  by: string | null;
  /**
   * In the words of whoever stopped them.
   */
  reason: string | null;
  /**
   * Rows that had been sent, or were about to be, when this was asked, and whose answer is not known yet. While writes are stopped nothing else can still reach the shop; what became of these is found out by reading.
   */
  inFlight: number;
  /**
   * What goes on when writes are resumed.
   */
  waiting: {
    /**
     * Price changes that are being applied or ended.
     */
    applying: number;
    /**
     * Scheduled price changes whose time has come and that have not started.
     */
    scheduled: number;
  };
};

/**
 * stopped: nothing new is written to the shop; price changes keep their state and go on where they were when writes are resumed.
 */
export type WriteSwitchState = 'allowed' | 'stopped';

/**
 * calls: a product a call. bulk: many products in one bulk operation.
 */
export type WriteWay = 'calls' | 'bulk';

/**
 * Stop all writes of the shop.
 */
export type WritesStopRequest = {
  /**
   * Why; everybody sees it on every page until writes are resumed.
   */
  reason?: string | null;
};

/**
 * Since when, by whom and why all writes of the shop are stopped.
 */
export type WritesStopped = {
  since: string | null;
  /**
   * An actor.
   */
  by: string | null;
  reason: string | null;
};

/** Payload of each type of event. */
export type EventPayloads = {
  'catalog.drift_found': CatalogDriftFound;
  'catalog.sync_failed': CatalogSyncFailed;
  'catalog.sync_started': CatalogSyncStarted;
  'catalog.synced': CatalogSynced;
  'member.changed': MemberChanged;
  'outbox.discarded': OutboxDiscarded;
  'outbox.retried': OutboxRetried;
  'policy.updated': PolicyUpdated;
  'price.applied': PriceApplied;
  'price.conflict': PriceConflict;
  'price.conflict_resolved': PriceConflictResolved;
  'price.edit_overwritten': PriceEditOverwritten;
  'price.failed': PriceFailed;
  'price_change.approval_given': PriceChangeApprovalGiven;
  'price_change.approval_voided': PriceChangeApprovalVoided;
  'price_change.approved': PriceChangeApproved;
  'price_change.canary_verified': PriceChangeCanaryVerified;
  'price_change.cancelled': PriceChangeCancelled;
  'price_change.commented': PriceChangeCommented;
  'price_change.completed': PriceChangeCompleted;
  'price_change.created': PriceChangeCreated;
  'price_change.end_started': PriceChangeEndStarted;
  'price_change.missed': PriceChangeMissed;
  'price_change.paused': PriceChangePaused;
  'price_change.preview_requested': PriceChangePreviewRequested;
  'price_change.previewed': PriceChangePreviewed;
  'price_change.rejected': PriceChangeRejected;
  'price_change.reopened': PriceChangeReopened;
  'price_change.resumed': PriceChangeResumed;
  'price_change.rows_superseded': PriceChangeRowsSuperseded;
  'price_change.scheduled': PriceChangeScheduled;
  'price_change.started': PriceChangeStarted;
  'price_change.went_stale': PriceChangeWentStale;
  'price_lists.sync_requested': PriceListsSyncRequested;
  'product.deleted': ProductDeleted;
  'product.updated': ProductUpdated;
  'projection.rebuilt': ProjectionRebuilt;
  'rule.created': RuleCreated;
  'rule.deleted': RuleDeleted;
  'rule.updated': RuleUpdated;
  'shop.currency_changed': ShopCurrencyChanged;
  'shop.installed': ShopInstalled;
  'shop.privacy_request_answered': ShopPrivacyRequestAnswered;
  'shop.scopes_changed': ShopScopesChanged;
  'shop.uninstalled': ShopUninstalled;
  'shop.writes_resumed': ShopWritesResumed;
  'shop.writes_stopped': ShopWritesStopped;
  'token.created': TokenCreated;
  'token.revoked': TokenRevoked;
};

/** An event whose payload is known by its type. */
export type EventOf<T extends EventType> = Omit<EventEnvelope, 'type' | 'payload'> & { type: T; payload: EventPayloads[T] };
