import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/**
 * The numbers an operator watches. No label ever holds a tenant, a shop, an id or an address: labels are route patterns,
 * job names, operations and fixed words, so that the number of series does not grow with the number of shops.
 */
export interface Metrics {
  /** Text for GET /metrics in Prometheus' exposition format. */
  render(): Promise<string>;
  readonly contentType: string;
  /** `route` is the pattern (`/api/v1/rules/:id`), never the path. */
  httpRequest(labels: { method: string; route: string; status: number }, durationMs: number): void;
  job(labels: { name: string; result: 'done' | 'retried' | 'failed' }, durationMs: number): void;
  outbox(state: { pending: number; dead: number; lagMs: number }): void;
  /** Each topic's unfinished and given-up messages; topics are the types of events, so there are few. */
  bus(topics: readonly { topic: string; pending: number; retrying: number; dead: number; ageMs: number }[]): void;
  /** A batch of the outbox was told. */
  published(messages: number, durationMs: number): void;
  /** For how many months to come the logs have partitions. */
  logMonthsAhead(months: number): void;
  /** How many shops have all their writes stopped. */
  writesStopped(shops: number): void;
  /** The catalog that is furthest behind its shop, webhooks that wait, and those of the last day that failed. */
  inbound(state: { catalogBehindSeconds: number; webhooksWaiting: number; webhooksFailed: number }): void;
  shopifyRequest(labels: { operation: string; result: 'ok' | 'throttled' | 'error' }, points: number, durationMs: number): void;
  applyRow(ending: 'applied' | 'settled' | 'conflict' | 'failed' | 'cancelled'): void;
  /** A choice between single calls and bulk operations. */
  applyWay(way: 'calls' | 'bulk'): void;
  /** A bulk operation that ended, and the prices in it. */
  bulkWrite(outcome: 'completed' | 'cancelled' | 'failed' | 'expired' | 'unreadable' | 'never_started' | 'given_back', rows: number): void;
  queue(counts: { waiting: number; active: number; failed: number }): void;
  /** Read at each scrape. */
  watchPool(pool: 'app' | 'dispatcher', read: () => { total: number; idle: number; waiting: number }): void;
}

const SECONDS_HTTP = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SECONDS_JOB = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300];
const SECONDS_PUBLISH = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** More different values than this are a mistake of ours or an attack: the rest is counted as `other`. */
const LABEL_VALUES_MAX = 250;

function bounded(): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= LABEL_VALUES_MAX || value.length > 120) return 'other';
    known.add(value);
    return value;
  };
}

/** Metrics of one process. `processMetrics` adds Node's own (memory, event loop, garbage collection). */
export function createMetrics(options: { service: string; processMetrics: boolean }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service });
  const registers = [registry];
  if (options.processMetrics) collectDefaultMetrics({ register: registry });

  const httpTotal = new Counter({ name: 'http_requests_total', help: 'Answered requests', labelNames: ['method', 'route', 'status'], registers });
  const httpSeconds = new Histogram({ name: 'http_request_duration_seconds', help: 'Time to answer', labelNames: ['method', 'route', 'status'], buckets: SECONDS_HTTP, registers });
  const jobsTotal = new Counter({ name: 'jobs_total', help: 'Finished tries of jobs', labelNames: ['name', 'result'], registers });
  const jobSeconds = new Histogram({ name: 'job_duration_seconds', help: 'Time a try took', labelNames: ['name'], buckets: SECONDS_JOB, registers });
  const queueJobs = new Gauge({ name: 'queue_jobs', help: 'Jobs in the queue', labelNames: ['state'], registers });
  const outboxDepth = new Gauge({ name: 'outbox_depth', help: 'Outbox messages not yet published', registers });
  const outboxDead = new Gauge({ name: 'outbox_dead', help: 'Outbox messages given up', registers });
  const outboxLag = new Gauge({ name: 'outbox_lag_seconds', help: 'Age of the oldest outbox message not yet published', registers });
  const outboxAge = new Gauge({ name: 'outbox_age_seconds', help: 'How long ago the oldest outbox message not yet published was written', registers });
  const outboxRetrying = new Gauge({ name: 'outbox_retrying', help: 'Outbox messages not yet published that have failed before', registers });
  const outboxMessages = new Gauge({ name: 'outbox_messages', help: 'Outbox messages by topic: pending, of those retrying, and dead', labelNames: ['topic', 'state'], registers });
  const publishSeconds = new Histogram({ name: 'outbox_publish_duration_seconds', help: 'Time to publish a batch of the outbox', buckets: SECONDS_PUBLISH, registers });
  const publishedTotal = new Counter({ name: 'outbox_published_total', help: 'Outbox messages that were leased to be published', registers });
  const monthsAhead = new Gauge({ name: 'log_months_ahead', help: 'Months to come for which event log and audit have partitions', registers });
  const stoppedShops = new Gauge({ name: 'shops_writes_stopped', help: 'Shops whose writes are all stopped', registers });
  const catalogBehind = new Gauge({ name: 'catalog_behind_seconds', help: 'Of all shops, how long ago the catalog furthest behind was last known to be right', registers });
  const webhooksWaiting = new Gauge({ name: 'webhooks_waiting', help: 'Webhooks received and not yet worked on', registers });
  const webhooksFailed = new Gauge({ name: 'webhooks_failed', help: 'Webhooks of the last day that could not be processed', registers });
  const shopifyTotal = new Counter({ name: 'shopify_requests_total', help: 'Requests to the Admin API', labelNames: ['operation', 'result'], registers });
  const shopifyThrottled = new Counter({ name: 'shopify_throttled_total', help: 'Requests that Shopify throttled', labelNames: ['operation'], registers });
  const shopifyPoints = new Counter({ name: 'shopify_points_total', help: 'Cost of requests as Shopify reported it', labelNames: ['operation'], registers });
  const shopifySeconds = new Histogram({ name: 'shopify_request_duration_seconds', help: 'Time Shopify took', labelNames: ['operation'], buckets: SECONDS_HTTP, registers });
  const applyWays = new Counter({ name: 'apply_ways_total', help: 'Choices of the way that prices go out', labelNames: ['way'], registers });
  const bulkOperations = new Counter({ name: 'bulk_writes_total', help: 'Bulk operations that wrote prices, by how they ended', labelNames: ['outcome'], registers });
  const bulkRows = new Counter({ name: 'bulk_write_rows_total', help: 'Prices in bulk operations, by how the operations ended', labelNames: ['outcome'], registers });
  const applyRows = new Counter({ name: 'apply_rows_total', help: 'Rows of price changes by how they ended', labelNames: ['ending'], registers });
  const pools = new Map<string, () => { total: number; idle: number; waiting: number }>();
  new Gauge({
    name: 'db_pool_connections',
    help: 'Database connections by state; waiting counts requests for one',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      for (const [pool, read] of pools) {
        const { total, idle, waiting } = read();
        this.set({ pool, state: 'busy' }, total - idle);
        this.set({ pool, state: 'idle' }, idle);
        this.set({ pool, state: 'waiting' }, waiting);
      }
    },
  });

  const routeOf = bounded();
  const jobOf = bounded();
  const operationOf = bounded();
  const topicOf = bounded();
  return {
    render: () => registry.metrics(),
    contentType: registry.contentType,
    httpRequest({ method, route, status }, durationMs) {
      const labels = { method: METHODS.has(method) ? method : 'other', route: routeOf(route), status: String(status) };
      httpTotal.inc(labels);
      httpSeconds.observe(labels, durationMs / 1000);
    },
    job({ name, result }, durationMs) {
      jobsTotal.inc({ name: jobOf(name), result });
      jobSeconds.observe({ name: jobOf(name) }, durationMs / 1000);
    },
    outbox({ pending, dead, lagMs }) {
      outboxDepth.set(pending);
      outboxDead.set(dead);
      outboxLag.set(lagMs / 1000);
    },
    bus(topics) {
      // A topic that has nothing any more must not keep its last number.
      outboxMessages.reset();
      for (const { topic, pending, retrying, dead } of topics) {
        const name = topicOf(topic);
        outboxMessages.set({ topic: name, state: 'pending' }, pending);
        outboxMessages.set({ topic: name, state: 'retrying' }, retrying);
        outboxMessages.set({ topic: name, state: 'dead' }, dead);
      }
      outboxRetrying.set(topics.reduce((sum, { retrying }) => sum + retrying, 0));
      outboxAge.set(topics.reduce((most, { ageMs }) => Math.max(most, ageMs), 0) / 1000);
    },
    published(messages, durationMs) {
      publishedTotal.inc(messages);
      publishSeconds.observe(durationMs / 1000);
    },
    logMonthsAhead: (months) => monthsAhead.set(months),
    writesStopped: (shops) => stoppedShops.set(shops),
    inbound(state) {
      catalogBehind.set(state.catalogBehindSeconds);
      webhooksWaiting.set(state.webhooksWaiting);
      webhooksFailed.set(state.webhooksFailed);
    },
    shopifyRequest({ operation, result }, points, durationMs) {
      const name = operationOf(operation);
      shopifyTotal.inc({ operation: name, result });
      if (result === 'throttled') shopifyThrottled.inc({ operation: name });
      if (points > 0) shopifyPoints.inc({ operation: name }, points);
      shopifySeconds.observe({ operation: name }, durationMs / 1000);
    },
    applyRow: (ending) => applyRows.inc({ ending }),
    applyWay: (way) => applyWays.inc({ way }),
    bulkWrite(outcome, rows) {
      bulkOperations.inc({ outcome });
      bulkRows.inc({ outcome }, rows);
    },
    queue({ waiting, active, failed }) {
      queueJobs.set({ state: 'waiting' }, waiting);
      queueJobs.set({ state: 'active' }, active);
      queueJobs.set({ state: 'failed' }, failed);
    },
    watchPool: (pool, read) => void pools.set(pool, read),
  };
}
