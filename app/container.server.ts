import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { assertLeastPrivilege, isAway } from './adapters/db/boot-check.ts';
import { askDatabaseTime, createDatabaseClock } from './adapters/db/database-clock.ts';
import type { DatabaseClock } from './adapters/db/database-clock.ts';
import { createOfflineTokenStore } from './adapters/db/offline-token-store.ts';
import { createArchiveFolder } from './adapters/archive/archive-folder.ts';
import { createBusWatch } from './adapters/db/bus-watch.ts';
import type { BusWatch } from './adapters/db/bus-watch.ts';
import { createLogRetention } from './adapters/db/log-retention.ts';
import { createOutboxBell } from './adapters/db/outbox-bell.ts';
import type { OutboxBell } from './adapters/db/outbox-bell.ts';
import { createOutboxLeases } from './adapters/db/outbox-leases.ts';
import { createPool } from './adapters/db/pool.ts';
import { createSessionStorage } from './adapters/db/session-storage.ts';
import { createTenancy } from './adapters/db/tenancy.ts';
import { createTenantDirectory, hashToken } from './adapters/db/tenant-directory.ts';
import { createTokenSeal } from './adapters/db/token-seal.ts';
import { createUnitOfWork } from './adapters/db/unit-of-work.ts';
import { createBullQueue } from './adapters/queue/bull-queue.ts';
import { soon } from './adapters/queue/job-runner.ts';
import { createPostgresQueue } from './adapters/queue/postgres-queue.ts';
import { systemClock } from './adapters/shopify/clock.ts';
import { createShopifyConnector } from './adapters/shopify/connector.ts';
import { createOfflineTokens } from './adapters/shopify/offline-tokens.ts';
import { bindFlows } from './container/bound-flows.ts';
import type { BoundFlows } from './container/bound-flows.ts';
import { bindJobs } from './container/bound-jobs.ts';
import type { BoundJobs } from './container/bound-jobs.ts';
import { shopifyProbe } from './container/shopify-probe.ts';
import { tenantId as asTenantId } from './domain/kernel/ids.ts';
import { completeInstall } from './flows/install-shop/install-shop.ts';
import { readConfig, secretsOf } from './platform/config/config.ts';
import type { Config } from './platform/config/config.ts';
import { createLogger } from './platform/monitor/logger.ts';
import type { Logger } from './platform/monitor/logger.ts';
import { createMetrics } from './platform/monitor/metrics.ts';
import type { Metrics } from './platform/monitor/metrics.ts';
import type { TenantDirectory } from './adapters/db/tenant-directory.ts';
import type { FlowContext } from './ports/context.ts';
import type { JobQueue } from './ports/job-queue.ts';
import type { TokenKeeper } from './ports/token-keeper.ts';
import type { UnitOfWork } from './ports/unit-of-work.ts';
import { createShopify } from './shopify.server.ts';
import type { Shopify } from './shopify.server.ts';
import type { ShopifyConnector } from './adapters/shopify/connector.ts';

export type { BoundFlows } from './container/bound-flows.ts';

/** Everything the process is made of, wired once. */
export interface Container {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Time as all processes share it: what leases, quiet periods and schedules go by. */
  readonly clock: DatabaseClock;
  readonly directory: TenantDirectory;
  readonly uow: UnitOfWork;
  readonly queue: JobQueue;
  readonly connector: ShopifyConnector;
  readonly shopify: Shopify;
  readonly flows: BoundFlows;
  readonly jobs: BoundJobs;
  /** For the worker: says when the outbox has messages. */
  readonly outboxBell: OutboxBell;
  readonly busWatch: BusWatch;
  /** What keeps this process from doing its work; empty when it can. */
  readiness(): Promise<string[]>;
  shutdown(): Promise<void>;
}

const newDigest = () => {
  const hash = createHash('sha256');
  return { update: (text: string) => void hash.update(text), hex: () => hash.digest('hex') };
};

/** `cal_` and 32 random bytes; only the hash and the first characters are kept. */
const newSecret = () => {
  const token = `cal_${randomBytes(32).toString('base64url')}`;
  return { token, hash: hashToken(token), prefix: token.slice(0, 10) };
};

/** Tokens that end within this time are refreshed by the worker. */
const IDLE_REFRESH_SECONDS = 600;

/** Shopify's SDK gets another token where less than five minutes are left, by the clock of this machine. */
const lastsForSdk = (token: { readonly accessToken: string; readonly expires: Date | null } | null): boolean =>
  token !== null && token.accessToken !== '' && (token.expires === null || token.expires.getTime() > Date.now() + 305_000);

/** Until then, or until the signal aborts. */
const wait = (ms: number, signal: AbortSignal): Promise<void> => delay(ms, undefined, { signal }).catch(() => undefined);

/** Products of one change in hand at once; the pacer decides how fast they go out. */
const APPLY_LANES = 8;

/** Wires a process. Refuses a database role that could see more than one tenant at once. */
export async function createContainer(config: Config, service: 'app' | 'worker'): Promise<Container> {
  const log = createLogger({ level: config.logging.level, service, secrets: secretsOf(config) });
  const metrics = createMetrics({ service, processMetrics: true });
  const pool = createPool({ url: config.database.url, max: config.database.poolSize, applicationName: `calibrate-${service}`, log });
  metrics.watchPool('app', () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }));
  const tenancy = createTenancy(pool);
  const directory = createTenantDirectory(tenancy.unscoped);
  const clock = createDatabaseClock({ ask: () => askDatabaseTime(tenancy.unscoped), monotonic: () => performance.now(), wall: () => Date.now(), log });
  clock.start();
  const time = (): number => clock.now().getTime();
  const uow = createUnitOfWork(async (tenantId, work, options) => {
    // Nothing is leased before it is known what time it is.
    await clock.known();
    return tenancy.withTenant(tenantId, work, options);
  });
  const observe: Metrics['job'] = (labels, durationMs) => metrics.job(labels, durationMs);
  const queue = config.queue.redisUrl
    ? createBullQueue({ redisUrl: config.queue.redisUrl, log, observe })
    : createPostgresQueue({ app: { query: (text, values) => pool.query(text, values) }, dispatcherUrl: config.queue.dispatcherDatabaseUrl!, log, observe });

  const { apiKey, apiSecret, appUrl, scopes, appBridgeUrl } = config.shopify;
  const seal = createTokenSeal(config.encryption.keys);
  const sessionStorage = createSessionStorage({ pool: tenancy.unscoped, withTenant: tenancy.withTenant, directory, seal, log });
  const tokenStore = createOfflineTokenStore({ pool: tenancy.unscoped, withTenant: tenancy.withTenant, seal, log });
  const offlineTokens = createOfflineTokens({ store: tokenStore, apiKey, apiSecret, now: time });
  const connector = createShopifyConnector({ clock: { now: time, sleep: systemClock.sleep }, requiredScopes: scopes, onRequest: metrics.shopifyRequest, onVersionFallback: (shopDomain, asked, served) => log.warn({ shopDomain, asked, served }, 'Shopify answers with another API version than was asked for: the app needs an update'), ...offlineTokens });
  const shopify = createShopify({
    apiKey, apiSecret, scopes, appUrl, sessionStorage, ...(appBridgeUrl ? { appBridgeUrl } : {}),
    log: (severity, message) => log[severity]({}, message),
    inTurn: async (shopDomain, work) => (await offlineTokens.inTurn(shopDomain, lastsForSdk, work)) !== null,
    afterAuth: async ({ session }) => {
      const tenantId = await directory.install(session.shop);
      await completeInstall({ uow, source: connector.catalog }, systemContext(log, clock, tenantId, 'install-shop'), { shopDomain: session.shop });
    },
  });
  const deps = { uow, queue, source: connector.catalog, newDigest, newSecret, probes: { shopify: shopifyProbe(connector) }, planMaxAgeHours: config.apply.planMaxAgeHours, logKeepMonths: config.retention.logMonths };
  const tokens: TokenKeeper = { ...tokenStore, ending: async () => (await tokenStore.ending(IDLE_REFRESH_SECONDS)).map(asTenantId), keepFresh: offlineTokens.keepFresh };
  const jobs = bindJobs({
    ...deps, channel: connector.prices,
    bulk: { writes: connector.bulk, wait, countWay: metrics.applyWay, countOperation: metrics.bulkWrite },
    priceLists: connector.priceLists, subscriptions: connector.subscriptions, appUrl, reconcileEveryMs: config.catalog.reconcileEveryMs, now: clock.now, outbox: createOutboxLeases(tenancy.unscoped, tenancy.withTenant), tokens, dueWork: () => directory.dueWork(), log,
    countEnding: metrics.applyRow, observePublish: metrics.published,
    retain: {
      retention: createLogRetention(tenancy.unscoped, tenancy.withTenant), archive: config.retention.archiveFolder === null ? null : createArchiveFolder(config.retention.archiveFolder),
      keepMonths: config.retention.logMonths, keepDays: config.retention.finishedDays,
    },
    apply: { leaseMs: config.apply.leaseMs, quietMs: config.apply.quietPeriodMs, concurrency: APPLY_LANES },
    contextFor: (id, job, ids) => systemContext(log, clock, id, job, ids),
  });
  await assertLeastPrivilege(pool).catch((error: unknown) => {
    // A database that is not there yet is not a wrong role: /readyz says so until it comes.
    if (isAway(error)) log.warn({ err: error }, 'The database cannot be reached yet');
    else throw error;
  });

  return {
    config, log, metrics, clock, directory, uow, queue, connector, shopify, flows: bindFlows(deps), jobs,
    busWatch: createBusWatch(tenancy.unscoped),
    outboxBell: createOutboxBell({ url: config.database.url, applicationName: `calibrate-${service}-bell`, log }),
    async readiness() {
      const problems: string[] = [];
      const check = (name: string, work: Promise<unknown>): Promise<void> => soon(name, work).then(() => undefined, (error: unknown) => void problems.push(`${name}: ${error instanceof Error ? error.message : 'not available'}`));
      await check('database', assertLeastPrivilege(pool));
      await check('migrations', pool.query('select 1 from _prisma_migrations where finished_at is null and rolled_back_at is null').then(({ rowCount }) => {
        if (rowCount) throw new Error('a migration has not finished');
      }));
      await check('queue', queue.counts().then((counts) => metrics.queue(counts)));
      return problems;
    },
    async shutdown() {
      clock.stop();
      await queue.close().catch((error: unknown) => log.warn({ err: error }, 'The queue did not close cleanly'));
      await tenancy.close();
      await pool.end();
    },
  };
}

/** What a flow is told when the app itself acts. */
export function systemContext(log: Logger, { now }: Pick<DatabaseClock, 'now'>, tenantId: FlowContext['tenantId'], job: string, ids: { correlationId?: string; causationId?: string | null } = {}): FlowContext {
  const requestId = randomUUID();
  const correlationId = ids.correlationId ?? requestId;
  return {
    tenantId, actor: { kind: 'system', id: job }, requestId, correlationId, causationId: ids.causationId ?? null,
    now, newId: randomUUID, log: log.child({ job, tenantId, correlationId }),
  };
}

let made: Promise<Container> | undefined;

/** The container of the web process, built at first use; a failed attempt is not kept. */
export function container(): Promise<Container> {
  made ??= (async () => {
    const config = readConfig();
    if (!config.ok) throw new Error(`Calibrate cannot start: ${config.errors.join(' ')}`);
    return createContainer(config.value, 'app');
  })().catch((error: unknown) => {
    made = undefined;
    throw error;
  });
  return made;
}
