/**
 * `npm run demo`: the whole of Calibrate on one machine with nothing but npm: PostgreSQL, a simulated Shopify, the worker and
 * the built app. Data is kept between runs. Ends with everything it started on SIGINT or SIGTERM.
 * Exit codes: 0 stopped when told to · 1 could not start, with one line that says why.
 */
import { existsSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareDatabase } from '../../prisma/bootstrap/prepare-database.ts';
import { deleteEmbeddedPostgres, startEmbeddedPostgres } from '../postgres/embedded.ts';
import type { EmbeddedPostgres } from '../postgres/embedded.ts';
import { buildApp } from '../setup/build-app.ts';
import { DemoError, readOptions } from './options.ts';
import type { DemoOptions } from './options.ts';
import { supervise } from './processes.ts';
import type { Supervised } from './processes.ts';
import { catalogKey, openSettings, saveSettings } from './settings.ts';
import { adminToken, install, loadProducts, syncCatalog, untilReady } from './shop-setup.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOST = '127.0.0.1';
const SHOP = 'demo.myshopify.com';
const SECOND_SHOP = 'kissa-hoshi.myshopify.com';
const SCOPES = 'read_products,write_products,read_inventory,read_orders';
const READY_MS = 120_000;

const started: { stop(): Promise<void> }[] = [];
const say = (line: string): void => void process.stderr.write(`${line}\n`);

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, HOST, () => probe.close(() => resolve(true)));
  });
}

async function simulatorPort(appPort: number): Promise<number> {
  for (let port = appPort + 1; port < Math.min(appPort + 50, 65_536); port++) if (await isFree(port)) return port;
  throw new DemoError(`No port near ${appPort} is free for the simulated Shopify; choose another with --port`);
}

async function startDatabase(options: DemoOptions): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir: join(options.dataDir, 'postgres'), say });
  started.unshift(postgres);
  void postgres.ended.then((words) => {
    say(`PostgreSQL ended: ${words}`);
    void stop(1);
  });
  return postgres;
}

async function run(options: DemoOptions): Promise<void> {
  if (!(await isFree(options.port))) throw new DemoError(`Port ${options.port} is in use; choose another with --port`);
  if (options.reset && existsSync(options.dataDir)) {
    deleteEmbeddedPostgres(join(options.dataDir, 'postgres'));
    for (const name of ['demo.json', 'logs', 'simulator.json']) rmSync(join(options.dataDir, name), { recursive: true, force: true });
  }
  const settings = openSettings(options.dataDir);
  await buildApp();
  const simPort = await simulatorPort(options.port);
  const appUrl = `http://${HOST}:${options.port}`;
  const simulatorUrl = `http://${HOST}:${simPort}`;
  const apiUrl = `${appUrl}/api/v1`;

  const postgres = await startDatabase(options);
  const urls = await prepareDatabase({ superuserUrl: postgres.superuserUrl, database: 'calibrate' });

  const logDir = join(options.dataDir, 'logs');
  const base: Record<string, string> = Object.fromEntries(['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ', 'REDIS_URL', 'LOG_LEVEL', 'APPLY_QUIET_PERIOD_MS', 'APPLY_LEASE_MS'].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name] as string]])));
  const appEnv = {
    ...base, NODE_ENV: 'development', HOST, PORT: String(options.port), DATABASE_URL: urls.app, DISPATCHER_DATABASE_URL: urls.dispatcher,
    SHOPIFY_API_KEY: settings.apiKey, SHOPIFY_API_SECRET: settings.apiSecret, SHOPIFY_APP_URL: appUrl, SCOPES, ENCRYPTION_KEYS: settings.encryptionKey,
    CRON_SECRET: settings.cronSecret, SHOPIFY_SIM_ORIGIN: simulatorUrl, APP_BRIDGE_URL: `${simulatorUrl}/app-bridge.js`,
  };
  const preload = ['--import', new URL('../preload/shopify-simulator.mjs', import.meta.url).href];
  const launch = (name: 'app' | 'worker' | 'simulator', args: string[], env: Record<string, string>): Supervised => {
    const process_ = supervise({ name, args, env }, { root: ROOT, logDir, say });
    started.unshift(process_);
    return process_;
  };
  const simulator = launch('simulator', ['dev/simulators/shopify/main.ts', '--port', String(simPort), '--app-url', appUrl, '--scopes', SCOPES, '--state', join(options.dataDir, 'simulator.json')],
    { ...base, SHOPIFY_API_KEY: settings.apiKey, SHOPIFY_API_SECRET: settings.apiSecret });
  await ready('simulated Shopify', `${simulatorUrl}/_sim/stats`, simulator);
  const catalog = catalogKey(options.products);
  if (catalog !== settings.catalog) {
    // Loading replaces the shop's catalog, so a store that is there already keeps its prices.
    await loadProducts(simulatorUrl, SHOP, options.products);
    settings.catalog = catalog;
    saveSettings(options.dataDir, settings);
  }
  const app = launch('app', [...preload, 'app/web/main.ts'], appEnv);
  const worker = launch('worker', [...preload, 'app/worker/main.ts'], appEnv);
  await ready('app', `${appUrl}/readyz`, app, worker);

  const shops: { shop: string; token: string }[] = [];
  for (const shop of [SHOP, SECOND_SHOP]) {
    await install(simulatorUrl, shop);
    const token = await adminToken(apiUrl, simulatorUrl, shop, settings.tokens[shop]);
    settings.tokens[shop] = token;
    saveSettings(options.dataDir, settings);
    const variants = await syncCatalog(apiUrl, token);
    say(`${shop}: ${variants} variants`);
    shops.push({ shop, token });
  }
  const adminUrl = `${simulatorUrl}/store/${SHOP.split('.')[0]}/apps/calibrate`;
  const facts = {
    adminUrl, appUrl, apiUrl, simulatorUrl, token: shops[0]!.token, shop: SHOP, shops, databaseUrl: urls.owner,
    pids: { app: app.pid(), worker: worker.pid(), simulator: simulator.pid() },
  };
  if (options.json) process.stdout.write(`${JSON.stringify(facts)}\n`);
  else process.stdout.write(`\nCalibrate runs. Open it in the simulated Shopify Admin:\n\n  ${adminUrl}\n\nREST  ${apiUrl} (docs at ${appUrl}/api/docs)\nToken ${facts.token}\nData  ${options.dataDir}\n\nCtrl+C stops everything; data is kept.\n`);
}

/** Waits for an address, or for the first of these processes to die. */
async function ready(what: string, url: string, ...processes: readonly Supervised[]): Promise<void> {
  await Promise.race([
    untilReady(url, READY_MS),
    ...processes.map((process_) => process_.diedEarly.then((words) => Promise.reject(new DemoError(`The ${what} did not start: ${words}`)))),
  ]);
}

let stopping = false;
async function stop(exitCode: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  // Last started, first stopped: the database goes last.
  for (const part of started) await part.stop().catch((error: unknown) => say(`While stopping: ${error instanceof Error ? error.message : String(error)}`));
  process.exit(exitCode);
}

process.on('SIGINT', () => void stop(0));
process.on('SIGTERM', () => void stop(0));

try {
  await run(readOptions(process.argv.slice(2), ROOT));
} catch (error) {
  if (!stopping) {
    say(error instanceof Error ? error.message : String(error));
    await stop(1);
  }
}
