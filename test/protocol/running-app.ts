import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createTestDatabase } from '../setup/database.ts';
import type { TestDatabase } from '../setup/database.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SCOPES = 'read_products,write_products,read_inventory,read_orders';
const START_MS = 60_000;
export const BROWSER = { 'user-agent': 'Mozilla/5.0 (protocol test)', accept: 'text/html' };
export const newEncryptionKey = (): string => `k1.aesgcm256.${randomBytes(32).toString('base64url')}`;

export type Json = any; // eslint-disable-line @typescript-eslint/no-explicit-any -- answers are read as a client without types would

/** A process of ours with everything it printed. */
export class Program {
  readonly name: string;
  output = '';
  readonly #child: ChildProcess;

  constructor(name: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.name = name;
    this.#child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'development', LOG_LEVEL: 'debug', ...env } });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) stream.setEncoding('utf8').on('data', (text: string) => void (this.output += text));
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async until(holds: () => Promise<boolean> | boolean): Promise<void> {
    for (const end = Date.now() + START_MS; Date.now() < end; await pause(50)) {
      if (this.#child.exitCode !== null) throw new Error(`${this.name} ended with ${this.#child.exitCode}: ${this.output.slice(-2_000)}`);
      if (await holds()) return;
    }
    throw new Error(`${this.name} did not come up: ${this.output.slice(-2_000)}`);
  }

  /** Resolves when it ended by itself; rejects with its words when it did not end well. */
  async finished(): Promise<void> {
    if (this.#child.exitCode === null) await once(this.#child, 'close');
    if (this.#child.exitCode !== 0) throw new Error(`${this.name} ended with ${this.#child.exitCode}: ${this.output.slice(-2_000)}`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.signal('SIGCONT');
    this.signal('SIGKILL');
    await ended;
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** Asks until it is so. Fails with what was seen last. */
export async function until<T>(what: string, ask: () => Promise<T>, holds: (value: T) => boolean, limitMs = 30_000): Promise<T> {
  let last: T | undefined;
  for (const end = Date.now() + limitMs; Date.now() < end; await pause(60)) {
    last = await ask();
    if (holds(last)) return last;
  }
  throw new Error(`${what}: not so within ${limitMs} ms; last seen ${JSON.stringify(last, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part))?.slice(0, 1_500)}`);
}

/** A line to the database that can be cut, as when PostgreSQL goes away. */
async function cuttableLine(target: URL): Promise<{ url: string; cut(): void; mend(): void; close(): Promise<void> }> {
  const open = new Set<Socket>();
  let isCut = false;
  const server: Server = createServer((inside) => {
    if (isCut) return void inside.destroy();
    const outside = connect(Number(target.port), target.hostname);
    for (const socket of [inside, outside]) {
      open.add(socket);
      socket.on('error', () => undefined).once('close', () => {
        open.delete(socket);
        inside.destroy();
        outside.destroy();
      });
    }
    inside.pipe(outside).pipe(inside);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cut() {
      isCut = true;
      for (const socket of open) socket.destroy();
    },
    mend() {
      isCut = false;
    },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What the app asked Shopify for a token with. */
export interface TokenRequest {
  readonly shop: string;
  readonly grant: 'refresh' | 'exchange';
  readonly refreshToken: string | null;
}
/** What becomes of an answer about a token: it arrives, it is lost on the way, or Shopify refuses. */
export type TokenFate = 'arrives' | 'lost' | 'refused';

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Stands between the app and the simulated Shopify: counts what is asked about tokens, and loses answers when told. */
async function shopifyLine(simulatorUrl: string) {
  const asked: TokenRequest[] = [];
  const line = { origin: '', asked, fateOf: (_request: TokenRequest): TokenFate => 'arrives', close: async () => undefined as void };
  const server = createHttpServer((incoming, outgoing) => {
    void bodyOf(incoming).then((body) => {
      let fate: TokenFate = 'arrives';
      if (incoming.url?.startsWith('/admin/oauth/access_token')) {
        const text = body.toString();
        const fields = (text.startsWith('{') ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text))) as Record<string, string>;
        const request: TokenRequest = { shop: String(incoming.headers['x-sim-host']), grant: fields['grant_type'] === 'refresh_token' ? 'refresh' : 'exchange', refreshToken: fields['refresh_token'] ?? null };
        asked.push(request);
        fate = line.fateOf(request);
      }
      if (fate === 'refused') return void outgoing.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ error: 'invalid_request' }));
      const onward = httpRequest(new URL(incoming.url ?? '/', simulatorUrl), { method: incoming.method, headers: incoming.headers }, (answer) => {
        if (fate === 'lost') {
          answer.resume();
          return void answer.once('end', () => outgoing.destroy());
        }
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on('error', () => outgoing.destroy());
      onward.end(body);
    }, () => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  line.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  line.close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return line;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Json;
  readonly ms: number;
}

export async function send(method: string, url: string, { body, raw, headers = {} }: { body?: unknown; raw?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  const startedAt = performance.now();
  const text = raw ?? (body === undefined ? null : JSON.stringify(body));
  const response = await fetch(url, { method, redirect: 'manual', signal: AbortSignal.timeout(30_000), headers: { ...(text === null ? {} : { 'content-type': 'application/json' }), ...headers }, body: text });
  const answered = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '') && answered !== '';
  return { status: response.status, headers: response.headers, text: answered, body: isJson ? JSON.parse(answered) : null, ms: performance.now() - startedAt };
}

export interface Delivery {
  readonly topic?: string;
  readonly payload?: unknown;
  readonly body?: string;
  /** null: no header at all. */
  readonly signature?: string | null;
  readonly secret?: string;
  readonly webhookId?: string;
  readonly eventId?: string;
  readonly triggeredAt?: Date;
  readonly method?: string;
}

export const signatureOf = (body: string, secret: string): string => createHmac('sha256', secret).update(body).digest('base64');

/** A shop of the simulator and what the app knows of it. */
export class Shop {
  readonly domain: string;
  readonly app: RunningApp;
  /** An API token of the shop with every scope. */
  token = '';

  constructor(app: RunningApp, domain: string) {
    this.app = app;
    this.domain = domain;
  }

  control(method: string, path: string, body?: object): Promise<Json> {
    return this.app.simulator(method, `shops/${this.domain}/${path}`, body);
  }

  async sessionToken(user?: string): Promise<string> {
    return (await this.app.simulator('GET', `id-token?shop=${this.domain}${user ? `&user=${user}` : ''}`)).token;
  }

  /** Opens the app as Shopify Admin does. */
  async open(path = '/app'): Promise<Answer> {
    const { url } = await this.app.simulator('GET', `embedded-url?shop=${this.domain}&path=${encodeURIComponent(path)}`);
    return send('GET', url, { headers: BROWSER });
  }

  api(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return send(method, `${this.app.appUrl}/api/v1${path}`, { ...(body === undefined ? {} : { body }), headers: { authorization: `Bearer ${this.token}`, ...headers } });
  }

  async must(method: string, path: string, body?: unknown): Promise<Json> {
    const answer = await this.api(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
    return answer.body;
  }

  deliver({ topic = 'products/update', payload = {}, body = JSON.stringify(payload), secret = this.app.apiSecret, signature = signatureOf(body, secret), webhookId = randomUUID(), eventId = randomUUID(), triggeredAt = new Date(), method = 'POST' }: Delivery): Promise<Answer> {
    return send(method, `${this.app.appUrl}/webhooks/${topic}`, {
      ...(method === 'POST' ? { raw: body } : {}),
      headers: {
        'X-Shopify-Topic': topic, 'X-Shopify-Shop-Domain': this.domain, 'X-Shopify-API-Version': '2026-07', 'X-Shopify-Webhook-Id': webhookId, 'X-Shopify-Event-Id': eventId,
        'X-Shopify-Triggered-At': triggeredAt.toISOString(), ...(signature === null ? {} : { 'X-Shopify-Hmac-Sha256': signature }),
      },
    });
  }

  /** Rows of this shop alone. */
  rows<R extends object = Json>(table: string, where = 'true', params: readonly unknown[] = []): Promise<R[]> {
    return this.app.sql<R>(`SELECT * FROM ${table} t WHERE tenant_id = app.tenant_id_of($1) AND ${where}`, [this.domain, ...params]);
  }

  /** The inbox row once it was worked through. */
  finished(webhookId: string): Promise<Json> {
    return until(`webhook ${webhookId} is worked through`, async () => (await this.rows('webhook_inbox', 'webhook_id = $2', [webhookId]))[0], (row) => row !== undefined && row.state !== 'received');
  }
}

interface Options {
  readonly env?: Readonly<Record<string, string>>;
  readonly worker?: boolean;
}

/**
 * The real web process and, where it is wanted, the real worker, against a simulated Shopify and a database of their own. Secrets are the
 * test's, so that it can sign as Shopify does and look for them where they must not be.
 */
export class RunningApp {
  readonly apiKey = randomBytes(12).toString('hex');
  readonly apiSecret = randomBytes(24).toString('base64url');
  readonly encryptionKey = newEncryptionKey();
  readonly cronSecret = randomBytes(18).toString('base64url');
  readonly programs: Program[] = [];
  appUrl = '';
  simulatorUrl = '';
  database!: TestDatabase;
  line!: Awaited<ReturnType<typeof cuttableLine>>;
  shopify!: Awaited<ReturnType<typeof shopifyLine>>;
  #superuser!: pg.Pool;
  #port = 0;
  #options: Options = {};

  static async start(options: Options = {}): Promise<RunningApp> {
    const app = new RunningApp();
    app.#options = options;
    app.database = await createTestDatabase();
    app.#superuser = new pg.Pool({ connectionString: app.database.urls.superuser, max: 3, application_name: 'protocol test' });
    app.line = await cuttableLine(new URL(app.database.urls.app));
    app.#port = await freePort();
    app.appUrl = `http://127.0.0.1:${app.#port}`;
    const simulatorPort = await freePort();
    app.simulatorUrl = `http://127.0.0.1:${simulatorPort}`;
    const simulator = app.#run('simulator', ['dev/simulators/shopify/main.ts', '--port', String(simulatorPort), '--app-url', app.appUrl, '--scopes', SCOPES], {});
    await simulator.until(() => simulator.output.includes('"listening"'));
    app.shopify = await shopifyLine(app.simulatorUrl);
    await Promise.all([app.startWeb(), ...(options.worker === false ? [] : [app.startWorker()])]);
    return app;
  }

  get environment(): Record<string, string> {
    return {
      HOST: '127.0.0.1', PORT: String(this.#port), DATABASE_URL: this.line.url, DISPATCHER_DATABASE_URL: this.database.urls.dispatcher, SHOPIFY_APP_URL: this.appUrl, SCOPES,
      ENCRYPTION_KEYS: this.encryptionKey, CRON_SECRET: this.cronSecret, SHOPIFY_SIM_ORIGIN: this.shopify.origin, APP_BRIDGE_URL: `${this.simulatorUrl}/app-bridge.js`,
      APPLY_QUIET_PERIOD_MS: '2000', APPLY_LEASE_MS: '40000', ...this.#options.env,
    };
  }

  #run(name: string, args: readonly string[], env: Readonly<Record<string, string>>): Program {
    const program = new Program(name, args, { SHOPIFY_API_KEY: this.apiKey, SHOPIFY_API_SECRET: this.apiSecret, ...env });
    this.programs.push(program);
    return program;
  }

  /** Another program with what ours are given. */
  spawn(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
    return this.#run(name, ['--import', './dev/preload/shopify-simulator.mjs', ...args], { ...this.environment, ...env });
  }

  async startWeb(env: Readonly<Record<string, string>> = {}): Promise<Program> {
    const web = this.spawn('app', ['app/web/main.ts'], env);
    await web.until(() => fetch(`${this.appUrl}/readyz`).then((answer) => answer.ok, () => false));
    return web;
  }

  async startWorker(env: Readonly<Record<string, string>> = {}): Promise<Program> {
    const worker = this.spawn('worker', ['app/worker/main.ts'], env);
    await worker.until(() => worker.output.includes('The worker takes jobs'));
    return worker;
  }

  program(name: string): Program {
    return this.programs.findLast((program) => program.name === name)!;
  }

  async simulator(method: string, path: string, body?: object): Promise<Json> {
    const answer = await send(method, `${this.simulatorUrl}/_sim/${path}`, body ? { body } : {});
    if (answer.status !== 200) throw new Error(`${method} /_sim/${path}: ${answer.text}`);
    return answer.body;
  }

  /** A new shop with the app in it; with `catalog` its products are brought in. */
  async shop(name: string, { products = 2, catalog = false, install = true }: { products?: number; catalog?: boolean; install?: boolean } = {}): Promise<Shop> {
    const domain = `${name}-${randomBytes(3).toString('hex')}.myshopify.com`;
    await this.simulator('POST', 'shops', { shop: domain, currencyCode: 'USD', plan: 'plus', generate: { products, variantsPerProduct: 1 } });
    const shop = new Shop(this, domain);
    if (install) await this.install(shop);
    if (catalog) {
      await shop.must('POST', '/catalog/sync', {});
      await until('the catalog is in', () => shop.must('GET', '/catalog/status'), (status) => !status.syncing && status.lastSync?.state === 'completed', 60_000);
    }
    return shop;
  }

  async install(shop: Shop): Promise<void> {
    const opened = await shop.open();
    if (opened.status >= 400) throw new Error(`The app was not installed: ${opened.status} ${opened.text.slice(0, 300)}`);
    const made = await send('POST', `${this.appUrl}/api/v1/tokens`, { body: { name: 'protocol', scopes: ['admin'] }, headers: { authorization: `Bearer ${await shop.sessionToken()}` } });
    shop.token = made.body.token;
  }

  /** As superuser: row-level security hides nothing from the test. */
  async sql<R extends object = Json>(text: string, params: readonly unknown[] = []): Promise<R[]> {
    return (await this.#superuser.query(text, params as unknown[])).rows as R[];
  }

  /** Every table that holds rows of tenants, partitions included, by the catalog. */
  async tenantTables(): Promise<string[]> {
    return (await this.sql<{ name: string }>(
      `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
        WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1`)).map(({ name }) => name);
  }

  async stop(): Promise<void> {
    for (const program of this.programs.toReversed()) await program.stop();
    await this.shopify.close();
    await this.line.close();
    await this.#superuser.end();
    await this.database.drop();
  }
}
