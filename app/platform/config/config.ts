import { z } from 'zod';
import { isLocalHostname } from './local-address.ts';

/**
 * Everything the processes are told from outside. The only reader of `process.env`; all else gets this object handed in.
 * Every problem is reported at once, each in a sentence that names the variable and what to do, and never shows a value:
 * most of them are secrets.
 */
export interface Config {
  readonly environment: 'development' | 'test' | 'production';
  readonly http: { readonly host: string; readonly port: number; readonly cronSecret: string };
  readonly database: {
    /** Connects as `cal_app`: neither owner nor superuser. */
    readonly url: string;
    readonly poolSize: number;
  };
  readonly queue: {
    /** Bull is used where this is set, the database's own queue otherwise. */
    readonly redisUrl: string | null;
    /** Connects as `cal_dispatcher`; null only where `redisUrl` is set. */
    readonly dispatcherDatabaseUrl: string | null;
    readonly workerConcurrency: number;
    /** Where a worker answers /healthz, /readyz and /metrics; null: nowhere. */
    readonly workerPort: number | null;
  };
  readonly shopify: {
    readonly apiKey: string;
    readonly apiSecret: string;
    /** The secret before the last rotation: webhooks signed with it are still believed. */
    readonly apiSecretPrevious: string | null;
    /** Public origin of this app, without a slash at its end. */
    readonly appUrl: string;
    readonly scopes: readonly string[];
    /** Development only: where requests to `*.myshopify.com` go instead. */
    readonly simulatorOrigin: string | null;
    /** Development only: script that stands in for App Bridge. */
    readonly appBridgeUrl: string | null;
  };
  readonly encryption: {
    /** AES-256-GCM keys; the first encrypts, all decrypt. */
    readonly keys: readonly [string, ...string[]];
  };
  readonly apply: {
    /** How long an unanswered write may still land, in milliseconds. */
    readonly quietPeriodMs: number;
    /** How long a claimed row belongs to its worker, in milliseconds; from its intent on at least as long as its write takes. */
    readonly leaseMs: number;
    /** A preview older than this must be made again. */
    readonly planMaxAgeHours: number;
  };
  readonly catalog: {
    /** How often the shop is asked what changed that no webhook told. */
    readonly reconcileEveryMs: number;
  };
  readonly retention: {
    /** Months of event log and audit that are kept; null keeps all. */
    readonly logMonths: number | null;
    /** Where older months are archived; set where `logMonths` is. */
    readonly archiveFolder: string | null;
    /** Told messages and processed webhooks go after this many days. */
    readonly finishedDays: number;
  };
  readonly logging: { readonly level: LogLevel };
  readonly amazon: { readonly enabled: boolean };
}

export type LogLevel = (typeof LOG_LEVELS)[number];
export type Environment = Readonly<Record<string, string | undefined>>;
export type ConfigResult = { readonly ok: true; readonly value: Config } | { readonly ok: false; readonly errors: readonly string[] };

const ENVIRONMENTS = ['development', 'test', 'production'] as const;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
/** `k1.aesgcm256.` and 32 bytes in URL-safe base64. */
const SEALING_KEY = /^k1\.aesgcm256\.[A-Za-z0-9_-]{43}=?$/;
const SCOPE = /^(unauthenticated_)?(read|write)_[a-z_]+$/;
/** Shopify answers within 30 s at most or not at all, and a write may land up to this long after it was sent. */
const LATEST_LANDING_MS = 40_000;
const CRON_SECRET_LENGTH_MIN = 16;
/** app.drop_log_partition drops nothing younger. */
const LOG_MONTHS_MIN = 13;
const LOG_MONTHS = `must be a whole number of months from ${LOG_MONTHS_MIN} to 600; without it nothing is dropped`;

const needed = (sentence: string) => z.string({ error: `is missing: ${sentence}` });
const list = (text: string) => text.split(',').map((item) => item.trim()).filter((item) => item !== '');

function urlOf(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

/** A whole number within bounds, or `fallback` where the variable is not set. */
function whole(fallback: number, min: number, max: number, unit: string) {
  const sentence = `must be a whole number of ${unit} from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,12}$/, sentence)
    .transform(Number)
    .refine((value) => value >= min && value <= max, sentence)
    .default(fallback);
}

function address(protocols: readonly string[], example: string) {
  return (text: string) => {
    const url = urlOf(text);
    return url !== null && protocols.includes(url.protocol) && url.hostname !== '' ? true : `must be an address such as ${example}`;
  };
}

/** Turns a test that answers with a sentence into a zod check. */
function check(test: (text: string) => true | string) {
  return (text: string, ctx: z.RefinementCtx<string>) => {
    const answer = test(text);
    if (answer !== true) ctx.addIssue({ code: 'custom', message: answer });
  };
}

const postgres = check(address(['postgres:', 'postgresql:'], 'postgresql://role:password@host:5432/calibrate'));
const http = check(address(['http:', 'https:'], 'https://calibrate.example.com'));
const redis = check(address(['redis:', 'rediss:'], 'redis://host:6379/0'));
const origin = check((text) => {
  const url = urlOf(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return 'must be an address such as https://calibrate.example.com';
  return url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' ? true : 'must be an origin only: take away everything after the host and port';
});

const variables = {
  NODE_ENV: z.enum(ENVIRONMENTS, { error: 'must be development, test or production' }).default('development'),
  PORT: whole(3000, 0, 65_535, 'the port'),
  HOST: z.string().default('0.0.0.0'),
  DATABASE_URL: needed("set it to the app role's connection string, such as postgresql://cal_app:password@host:5432/calibrate").superRefine(postgres),
  DISPATCHER_DATABASE_URL: z.string().superRefine(postgres).optional(),
  REDIS_URL: z.string().superRefine(redis).optional(),
  SHOPIFY_API_KEY: needed("set it to the app's client ID from Shopify's Dev Dashboard"),
  SHOPIFY_API_SECRET: needed("set it to the app's client secret from Shopify's Dev Dashboard"),
  SHOPIFY_API_SECRET_PREVIOUS: z.string().optional(),
  SHOPIFY_APP_URL: needed('set it to the public address of this app, such as https://calibrate.example.com').superRefine(origin),
  SCOPES: needed('set it to the scopes of shopify.app.toml, separated by commas').superRefine(
    check((text) => {
      const scopes = list(text);
      return scopes.length > 0 && scopes.every((scope) => SCOPE.test(scope)) ? true : 'must be scopes such as read_products,write_products, separated by commas';
    }),
  ),
  ENCRYPTION_KEYS: needed('set it to k1.aesgcm256. followed by 32 random bytes in base64url (README says how to make one); to rotate, put the new key before the old ones, separated by commas').superRefine(
    check((text) => {
      const keys = list(text);
      if (keys.length === 0 || !keys.every((key) => SEALING_KEY.test(key))) return 'must hold keys of the form k1.aesgcm256.… (32 bytes in base64url), separated by commas';
      return new Set(keys).size === keys.length ? true : 'names the same key twice: keep each key once, the current one first';
    }),
  ),
  CRON_SECRET: needed(`set it to a random text of at least ${CRON_SECRET_LENGTH_MIN} characters, such as the output of \`openssl rand -hex 32\``).min(
    CRON_SECRET_LENGTH_MIN,
    `is too short: use at least ${CRON_SECRET_LENGTH_MIN} random characters`,
  ),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  SHOPIFY_SIM_ORIGIN: z.string().superRefine(origin).optional(),
  APP_BRIDGE_URL: z.string().superRefine(http).optional(),
  APPLY_QUIET_PERIOD_MS: whole(LATEST_LANDING_MS, 0, 600_000, 'milliseconds'),
  APPLY_LEASE_MS: whole(45_000, 1_000, 3_600_000, 'milliseconds'),
  DB_POOL_SIZE: whole(10, 2, 200, 'connections'),
  WORKER_CONCURRENCY: whole(4, 1, 100, 'jobs'),
  WORKER_PORT: z.string().regex(/^\d{1,5}$/, 'must be a port from 1 to 65535').transform(Number).refine((port) => port >= 1 && port <= 65_535, 'must be a port from 1 to 65535').optional(),
  AMAZON_CONNECTOR_ENABLED: z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default('false')
    .transform((text) => text === 'true'),
  PLAN_MAX_AGE_HOURS: whole(72, 1, 24 * 365, 'hours'),
  LOG_RETENTION_MONTHS: z.string().regex(/^\d{1,3}$/, LOG_MONTHS).transform(Number).refine((months) => months >= LOG_MONTHS_MIN && months <= 600, LOG_MONTHS).optional(),
  LOG_ARCHIVE_DIR: z.string().refine((path) => path.startsWith('/'), 'must be the absolute path of a folder').optional(),
  BUS_RETENTION_DAYS: whole(30, 7, 3_650, 'days'),
  RECONCILE_EVERY_SECONDS: whole(300, 5, 86_400, 'seconds'),
};

/** What must hold between variables; each is judged by itself, so that one mistake never hides another. */
function betweenVariables(env: Environment): string[] {
  const errors: string[] = [];
  if (!env['REDIS_URL'] && !env['DISPATCHER_DATABASE_URL']) {
    errors.push("DISPATCHER_DATABASE_URL is missing: set it to the queue role's connection string (cal_dispatcher), or set REDIS_URL to use Redis instead");
  }
  if (env['SHOPIFY_API_SECRET_PREVIOUS'] && env['SHOPIFY_API_SECRET_PREVIOUS'] === env['SHOPIFY_API_SECRET']) {
    errors.push('SHOPIFY_API_SECRET_PREVIOUS is the same as SHOPIFY_API_SECRET: set it to the secret from before the rotation, or take it away');
  }
  if (env['LOG_RETENTION_MONTHS'] && !env['LOG_ARCHIVE_DIR']) {
    errors.push('LOG_ARCHIVE_DIR is missing: LOG_RETENTION_MONTHS drops months of the log only after they were archived there');
  }
  if (env['NODE_ENV'] !== 'production') return errors;

  for (const name of ['SHOPIFY_SIM_ORIGIN', 'APP_BRIDGE_URL']) {
    if (env[name]) errors.push(`${name} is for development only: take it away in production`);
  }
  const app = urlOf(env['SHOPIFY_APP_URL'] ?? '');
  if (app && isLocalHostname(app.hostname)) errors.push('SHOPIFY_APP_URL is an address of this machine or a private network: Shopify cannot reach it, set the public address');
  if (app && app.protocol !== 'https:') errors.push('SHOPIFY_APP_URL must begin with https:// in production');
  const quiet = env['APPLY_QUIET_PERIOD_MS'];
  if (quiet && Number(quiet) < LATEST_LANDING_MS) {
    errors.push(`APPLY_QUIET_PERIOD_MS must be at least ${LATEST_LANDING_MS} in production: an unanswered price write may land that late`);
  }
  return errors;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) freeze(inner);
    Object.freeze(value);
  }
  return value;
}

/** Judges `env` and answers with the frozen configuration, or with every problem it has. An empty variable counts as not set. */
export function loadConfig(env: Environment): ConfigResult {
  const given = Object.fromEntries(
    Object.keys(variables).flatMap((name) => {
      const text = env[name]?.trim();
      return text ? [[name, text]] : [];
    }),
  );
  const parsed = z.object(variables).safeParse(given);
  const own = parsed.success ? [] : parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`);
  const errors = [...new Set([...own, ...betweenVariables(given)])].map((sentence) => `${sentence}.`);
  if (!parsed.success || errors.length > 0) return { ok: false, errors };

  const e = parsed.data;
  const [current, ...older] = list(e.ENCRYPTION_KEYS);
  if (current === undefined) throw new Error('an accepted list of keys cannot be empty');
  return {
    ok: true,
    value: freeze<Config>({
      environment: e.NODE_ENV,
      http: { host: e.HOST, port: e.PORT, cronSecret: e.CRON_SECRET },
      database: { url: e.DATABASE_URL, poolSize: e.DB_POOL_SIZE },
      queue: {
        redisUrl: e.REDIS_URL ?? null,
        dispatcherDatabaseUrl: e.DISPATCHER_DATABASE_URL ?? null,
        workerConcurrency: e.WORKER_CONCURRENCY,
        workerPort: e.WORKER_PORT ?? null,
      },
      shopify: {
        apiKey: e.SHOPIFY_API_KEY,
        apiSecret: e.SHOPIFY_API_SECRET,
        apiSecretPrevious: e.SHOPIFY_API_SECRET_PREVIOUS ?? null,
        appUrl: new URL(e.SHOPIFY_APP_URL).origin,
        scopes: list(e.SCOPES),
        simulatorOrigin: e.SHOPIFY_SIM_ORIGIN ? new URL(e.SHOPIFY_SIM_ORIGIN).origin : null,
        appBridgeUrl: e.APP_BRIDGE_URL ?? null,
      },
      encryption: { keys: [current, ...older] },
      apply: { quietPeriodMs: e.APPLY_QUIET_PERIOD_MS, leaseMs: e.APPLY_LEASE_MS, planMaxAgeHours: e.PLAN_MAX_AGE_HOURS },
      catalog: { reconcileEveryMs: e.RECONCILE_EVERY_SECONDS * 1_000 },
      retention: { logMonths: e.LOG_RETENTION_MONTHS ?? null, archiveFolder: e.LOG_ARCHIVE_DIR ?? null, finishedDays: e.BUS_RETENTION_DAYS },
      logging: { level: e.LOG_LEVEL },
      amazon: { enabled: e.AMAZON_CONNECTOR_ENABLED },
    }),
  };
}

/** The configuration of this process. */
export function readConfig(): ConfigResult {
  return loadConfig(process.env);
}

/** Every value that must never be printed, for the logger to blank wherever it turns up. */
export function secretsOf(config: Config): string[] {
  const passwords = [config.database.url, config.queue.dispatcherDatabaseUrl, config.queue.redisUrl].flatMap((address) => {
    const password = address === null ? '' : new URL(address).password;
    return password === '' ? [] : [password, decodeURIComponent(password)];
  });
  const { apiSecret, apiSecretPrevious } = config.shopify;
  return [...new Set([apiSecret, ...(apiSecretPrevious ? [apiSecretPrevious] : []), config.http.cronSecret, ...config.encryption.keys, ...passwords])];
}
