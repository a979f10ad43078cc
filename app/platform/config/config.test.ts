import { describe, expect, it } from 'vitest';
import { loadConfig, readConfig, secretsOf } from './config.ts';
import type { Environment } from './config.ts';

const KEY_A = `k1.aesgcm256.${'A'.repeat(43)}=`;
const KEY_B = `k1.aesgcm256.${'B'.repeat(43)}=`;
const good: Environment = {
  DATABASE_URL: 'postgresql://cal_app:app-pass@db:5432/calibrate',
  DISPATCHER_DATABASE_URL: 'postgresql://cal_dispatcher:queue-pass@db:5432/calibrate',
  SHOPIFY_API_KEY: 'key',
  SHOPIFY_API_SECRET: 'the-api-secret',
  SHOPIFY_APP_URL: 'https://calibrate.example.com/',
  SCOPES: 'read_products, write_products',
  ENCRYPTION_KEYS: KEY_A,
  CRON_SECRET: '0123456789abcdef',
};
const production = { ...good, NODE_ENV: 'production' };

function value(env: Environment) {
  const result = loadConfig(env);
  if (!result.ok) throw new Error(result.errors.join('\n'));
  return result.value;
}
function errors(env: Environment): readonly string[] {
  const result = loadConfig(env);
  return result.ok ? [] : result.errors;
}

describe('loadConfig', () => {
  it('drops months of the log only where they are archived first, and never less than thirteen', () => {
    expect(errors({ ...good, LOG_RETENTION_MONTHS: '24' })).toEqual([expect.stringMatching(/^LOG_ARCHIVE_DIR is missing/)]);
    expect(errors({ ...good, LOG_RETENTION_MONTHS: '12', LOG_ARCHIVE_DIR: '/archive' })).toEqual([expect.stringMatching(/^LOG_RETENTION_MONTHS must be/)]);
    expect(loadConfig({ ...good, LOG_RETENTION_MONTHS: '24', LOG_ARCHIVE_DIR: '/archive' })).toMatchObject({ ok: true, value: { retention: { logMonths: 24, archiveFolder: '/archive', finishedDays: 30 } } });
  });

  it('groups what it was given and fills in what has a default', () => {
    expect(value(good)).toMatchObject({
      environment: 'development',
      http: { host: '0.0.0.0', port: 3000 },
      database: { poolSize: 10 },
      queue: { redisUrl: null, workerConcurrency: 4 },
      shopify: { appUrl: 'https://calibrate.example.com', scopes: ['read_products', 'write_products'], apiSecretPrevious: null, simulatorOrigin: null },
      encryption: { keys: [KEY_A] },
      apply: { quietPeriodMs: 40_000, leaseMs: 45_000, planMaxAgeHours: 72 },
      catalog: { reconcileEveryMs: 300_000 },
      logging: { level: 'info' },
      amazon: { enabled: false },
    });
  });

  it('freezes the configuration to its depths', () => {
    const config = value(good);
    expect(Object.isFrozen(config) && Object.isFrozen(config.shopify) && Object.isFrozen(config.shopify.scopes)).toBe(true);
  });

  it('names every missing variable at once, each with what to do', () => {
    const all = errors({});
    for (const name of ['DATABASE_URL', 'DISPATCHER_DATABASE_URL', 'SHOPIFY_API_KEY', 'SHOPIFY_API_SECRET', 'SHOPIFY_APP_URL', 'SCOPES', 'ENCRYPTION_KEYS', 'CRON_SECRET']) {
      expect(all.filter((sentence) => sentence.startsWith(`${name} is missing: `))).toHaveLength(1);
    }
    expect(all).toHaveLength(8);
    for (const sentence of all) expect(sentence).toMatch(/[^.]\.$/);
  });

  it('reports malformed, missing and contradicting variables together', () => {
    const all = errors({ ...production, PORT: 'eighty', CRON_SECRET: 'short', DATABASE_URL: undefined, SHOPIFY_SIM_ORIGIN: 'http://127.0.0.1:4000', AMAZON_CONNECTOR_ENABLED: 'yes' });
    expect(all.map((sentence) => sentence.split(' ')[0])).toEqual(['PORT', 'DATABASE_URL', 'CRON_SECRET', 'AMAZON_CONNECTOR_ENABLED', 'SHOPIFY_SIM_ORIGIN']);
  });

  it('never repeats a value in a problem', () => {
    const secret = 'hunter2-hunter2';
    const names = Object.keys(good).concat('PORT', 'REDIS_URL', 'NODE_ENV', 'LOG_LEVEL', 'APP_BRIDGE_URL', 'DB_POOL_SIZE');
    const all = errors(Object.fromEntries(names.map((name) => [name, secret])));
    expect(all.length).toBeGreaterThan(8);
    expect(all.join(' ')).not.toContain(secret);
  });

  it('counts an empty or blank variable as not set', () => {
    expect(value({ ...good, REDIS_URL: '', PORT: '  ' })).toMatchObject({ http: { port: 3000 }, queue: { redisUrl: null } });
    expect(errors({ ...good, SHOPIFY_API_SECRET: ' ' })).toHaveLength(1);
  });

  it('asks for a queue: Redis or the dispatcher role', () => {
    const { DISPATCHER_DATABASE_URL, ...without } = good;
    expect(errors(without)).toHaveLength(1);
    expect(value({ ...without, REDIS_URL: 'redis://queue:6379' }).queue).toEqual({ redisUrl: 'redis://queue:6379', dispatcherDatabaseUrl: null, workerConcurrency: 4, workerPort: null });
  });

  it('keeps the order of encryption keys and refuses broken or doubled ones', () => {
    expect(value({ ...good, ENCRYPTION_KEYS: `${KEY_B},${KEY_A}` }).encryption.keys).toEqual([KEY_B, KEY_A]);
    for (const keys of [',', 'secret', `${KEY_A},short`, `${KEY_A},${KEY_A}`]) expect(errors({ ...good, ENCRYPTION_KEYS: keys })).toHaveLength(1);
  });

  it.each([
    ['PORT', '65536'], ['PORT', '-1'], ['PORT', '80.5'], ['PORT', '1e3'], ['DB_POOL_SIZE', '1'], ['WORKER_CONCURRENCY', '0'],
    ['APPLY_LEASE_MS', '10'], ['PLAN_MAX_AGE_HOURS', '0'], ['LOG_ARCHIVE_DIR', 'archive'], ['BUS_RETENTION_DAYS', '6'], ['RECONCILE_EVERY_SECONDS', '1'], ['LOG_LEVEL', 'loud'], ['NODE_ENV', 'staging'], ['REDIS_URL', 'http://x'],
    ['DATABASE_URL', 'mysql://x/y'], ['SHOPIFY_APP_URL', 'calibrate.example.com'], ['SHOPIFY_APP_URL', 'https://calibrate.example.com/app'],
    ['SCOPES', 'products'], ['SCOPES', ','], ['APP_BRIDGE_URL', 'app-bridge.js'],
  ])('refuses %s=%s', (name, text) => {
    const all = errors({ ...good, [name]: text });
    expect(all).toHaveLength(1);
    expect(all[0]).toMatch(new RegExp(`^${name} `));
  });

  it('refuses a previous secret that is the current one', () => {
    expect(errors({ ...good, SHOPIFY_API_SECRET_PREVIOUS: 'the-api-secret' })).toHaveLength(1);
    expect(value({ ...good, SHOPIFY_API_SECRET_PREVIOUS: 'older' }).shopify.apiSecretPrevious).toBe('older');
  });
});

describe('production', () => {
  it('accepts a public https address', () => {
    expect(value(production).environment).toBe('production');
  });

  it.each(['SHOPIFY_SIM_ORIGIN', 'APP_BRIDGE_URL'])('refuses %s, even with a public address', (name) => {
    expect(errors({ ...production, [name]: 'https://stand-in.example.com' })).toEqual([`${name} is for development only: take it away in production.`]);
  });

  it.each([
    'https://localhost', 'https://app.localhost', 'https://127.0.0.1:3000', 'https://127.1', 'https://0x7f000001', 'https://[::1]', 'https://[::ffff:127.0.0.1]', 'https://0.0.0.0',
    'https://10.0.0.5', 'https://172.20.0.1', 'https://192.168.1.5', 'https://169.254.0.1', 'https://[fd00::1]', 'https://[fe80::1]', 'https://simulator', 'https://app.internal', 'https://app.local.',
  ])('refuses an address nobody outside can reach: %s', (appUrl) => {
    expect(errors({ ...production, SHOPIFY_APP_URL: appUrl })).toHaveLength(1);
    expect(errors({ ...good, SHOPIFY_APP_URL: appUrl })).toHaveLength(0);
  });

  it('refuses plain http and a quiet period shorter than a late landing', () => {
    expect(errors({ ...production, SHOPIFY_APP_URL: 'http://calibrate.example.com', APPLY_QUIET_PERIOD_MS: '500' })).toHaveLength(2);
    expect(value({ ...good, APPLY_QUIET_PERIOD_MS: '500' }).apply.quietPeriodMs).toBe(500);
  });
});

describe('secretsOf', () => {
  it('lists everything that must not be printed', () => {
    const config = value({ ...good, SHOPIFY_API_SECRET_PREVIOUS: 'older', REDIS_URL: 'redis://:p%40ss@queue:6379', ENCRYPTION_KEYS: `${KEY_A},${KEY_B}` });
    expect(secretsOf(config).sort()).toEqual(['0123456789abcdef', KEY_A, KEY_B, 'app-pass', 'older', 'p%40ss', 'p@ss', 'queue-pass', 'the-api-secret'].sort());
  });
});

describe('readConfig', () => {
  it('judges the environment of this process', () => {
    expect(readConfig()).toEqual(loadConfig(process.env));
  });
});
