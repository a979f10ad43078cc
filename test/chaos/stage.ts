import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { adminToken, install, syncCatalog, untilReady } from '../../dev/demo/shop-setup.ts';
import { buildApp } from '../../dev/setup/build-app.ts';
import { startCluster } from './cluster.ts';
import type { ChaosCluster } from './cluster.ts';
import { restApi } from './rest.ts';
import type { Json, RestApi } from './rest.ts';
import { openSlots } from './slots.ts';
import type { Slots } from './slots.ts';

const SCOPES = 'read_products,write_products,read_inventory,read_orders';
const READY_MS = 180_000;

export interface ChaosShop {
  readonly domain: string;
  readonly api: RestApi;
  /** `/_sim/shops/{shop}/…` */
  sim(method: string, path: string, body?: unknown): Promise<Json>;
}

export interface Stage {
  readonly cluster: ChaosCluster;
  /** Workers to be killed. */
  readonly workers: Slots;
  /** The web process and one worker that nobody kills: they must outlive all that happens to PostgreSQL. */
  readonly bystanders: Slots;
  /** Where the bystanders say whether they can work. */
  readonly readyUrls: Readonly<Record<'app' | 'worker', string>>;
  makeShop(name: string, products: number): Promise<ChaosShop>;
  end(): Promise<void>;
}

export interface StageOptions {
  readonly workers: number;
  /** Production's where they are not given. */
  readonly quietMs?: number;
  readonly leaseMs?: number;
  /** No worker that nobody kills beside them. */
  readonly workersOnly?: boolean;
  readonly say: (line: string) => void;
  readonly redisUrl?: string;
}

/** The whole of Calibrate in processes of its own beside a simulated Shopify, on a database and ports that nobody else uses. */
export async function openStage({ workers: count, quietMs, leaseMs, workersOnly = false, say, redisUrl }: StageOptions): Promise<Stage> {
  await buildApp();
  const cluster = await startCluster(say);
  const opened: Slots[] = [];
  const [appPort, simPort, workerPort] = [await freePort(), await freePort(), await freePort()];
  const appUrl = `http://127.0.0.1:${appPort}`;
  const simulatorUrl = `http://127.0.0.1:${simPort}`;
  const keys = { SHOPIFY_API_KEY: randomBytes(16).toString('hex'), SHOPIFY_API_SECRET: randomBytes(32).toString('hex') };
  const env = {
    ...keys, NODE_ENV: 'development', HOST: '127.0.0.1', PORT: String(appPort), DATABASE_URL: cluster.urls.app, DISPATCHER_DATABASE_URL: cluster.urls.dispatcher, SHOPIFY_APP_URL: appUrl, SCOPES,
    ENCRYPTION_KEYS: `k1.aesgcm256.${randomBytes(32).toString('base64url')}`, CRON_SECRET: randomBytes(24).toString('hex'), SHOPIFY_SIM_ORIGIN: simulatorUrl,
    ...(quietMs === undefined ? {} : { APPLY_QUIET_PERIOD_MS: String(quietMs) }), ...(leaseMs === undefined ? {} : { APPLY_LEASE_MS: String(leaseMs) }), NODE_COMPILE_CACHE: join(cluster.folder, 'compiled'), ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
  };
  const preload = ['--import', new URL('../../dev/preload/shopify-simulator.mjs', import.meta.url).href];
  const run = (name: string, slots: number, args: string[], own: Record<string, string> = {}): Slots => {
    const made = openSlots({ count: slots, readyAfter: 2_500, args, env: () => ({ ...env, ...own }), logFile: join(cluster.folder, `${name}.log`) });
    opened.unshift(made);
    return made;
  };
  const end = async (): Promise<void> => {
    for (const slots of opened) await slots.end();
    await cluster.end();
  };
  try {
    run('simulator', 1, ['dev/simulators/shopify/main.ts', '--port', String(simPort), '--app-url', appUrl, '--scopes', SCOPES]);
    await untilReady(`${simulatorUrl}/_sim/stats`, READY_MS);
    const bystanders = openSlots({
      count: workersOnly ? 1 : 2, readyAfter: 2_500, args: preload, logFile: join(cluster.folder, 'bystanders.log'),
      env: (_name, slot) => ({ ...env, ...(slot === 1 ? { WORKER_PORT: String(workerPort) } : {}) }), program: (slot) => (slot === 0 ? 'app/web/main.ts' : 'app/worker/main.ts'),
    });
    opened.unshift(bystanders);
    await untilReady(`${appUrl}/readyz`, READY_MS);
    const workers = run('workers', count, [...preload, 'app/worker/main.ts']);
    return {
      cluster, workers, bystanders, end, readyUrls: { app: `${appUrl}/readyz`, worker: `http://127.0.0.1:${workerPort}/readyz` },
      async makeShop(name, products) {
        const domain = `${name}.myshopify.com`;
        const sim = async (method: string, path: string, body?: unknown): Promise<Json> => {
          const response = await fetch(`${simulatorUrl}/_sim/${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) });
          const text = await response.text();
          if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
          return JSON.parse(text);
        };
        await sim('POST', 'shops', { shop: domain, currencyCode: 'USD', plan: 'standard', generate: { products, variantsPerProduct: 2 } });
        await install(simulatorUrl, domain);
        const token = await adminToken(`${appUrl}/api/v1`, simulatorUrl, domain, undefined);
        await syncCatalog(`${appUrl}/api/v1`, token);
        return { domain, api: restApi(`${appUrl}/api/v1`, token), sim: (method, path, body) => sim(method, `shops/${domain}/${path}`, body) };
      },
    };
  } catch (error) {
    // What the processes said goes with them.
    for (const name of ['simulator', 'bystanders']) {
      const file = join(cluster.folder, `${name}.log`);
      if (existsSync(file)) say(`${name}: ${readFileSync(file, 'utf8').slice(-2_000)}`);
    }
    await end();
    throw error;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
