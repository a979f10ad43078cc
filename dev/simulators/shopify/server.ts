/** The simulator as an HTTP server: Shopify's endpoints for every shop, and the controls. */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { adminSchema } from './admin-schema.ts';
import { BUILT_IN_DOMAINS } from './built-in-shops.ts';
import { MAX_UPLOAD_BODY_BYTES, acceptUpload, bulkResult, uploadTooLarge } from './bulk-files.ts';
import type { UploadAnswer } from './bulk-files.ts';
import type { BulkSpeedOrder } from './bulk-speed.ts';
import { startTarget } from './bulk-lifecycle.ts';
import { SimClock } from './clock.ts';
import { answerControl } from './control.ts';
import { answerGraphql } from './graphql-endpoint.ts';
import { withFaults } from './endpoint-faults.ts';
import { json, readBody, sendReply } from './http-reply.ts';
import type { Reply } from './http-reply.ts';
import { grantToken } from './oauth.ts';
import { adminPages } from './pages.ts';
import type { AdminRoutes } from './admin/routes.ts';
import { shopDefinition } from './shop-definition.ts';
import { Shop } from './shop.ts';
import type { ShopDefinition } from './shop.ts';
import { API_VERSION, emptyStats } from './simulator.ts';
import type { Simulator } from './simulator.ts';
import { restoreState, saveState } from './state-file.ts';
import { DEFAULT_APP_TOPICS, SHORT_RETRIES, WebhookDelivery } from './webhooks.ts';

export interface SimulatorOptions {
  /** 0 (the default) takes any free port. */
  port?: number;
  host?: string;
  /** Where the app answers: target of webhooks and of embedded loads. */
  appUrl: string;
  apiKey: string;
  apiSecret: string;
  scopes: string[];
  /** Waits before each retry of a webhook, in milliseconds of the simulator's time. */
  retryScheduleMs?: readonly number[];
  bulkDelayMs?: number;
  /** Speed of bulk operations where a shop says nothing else. */
  bulk?: BulkSpeedOrder;
  clock?: SimClock;
  /** Without it, the two built-in shops. */
  shops?: readonly ShopDefinition[];
  /** Topics of the app's configuration, each sent to `/webhooks/<topic>`. */
  appTopics?: readonly string[];
  /** Where the shops are kept between runs; without it they live as long as the process. */
  stateFile?: string;
}

export interface RunningSimulator extends Simulator {
  readonly port: number;
  close(): Promise<void>;
}

const SAVE_EVERY_MS = 1_000;
/** A save that took long is followed by that many times as long without one: a large shop must not stand still. */
const SAVE_REST = 20;

/** Starts a simulator and resolves when it listens. Rejects with the system's error when the port is taken. */
export async function startShopifySimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const clock = options.clock ?? new SimClock();
  adminSchema(API_VERSION); // takes a second: no app shall think that its first call went unanswered
  const kept = options.stateFile === undefined ? null : restoreState(options.stateFile, options.scopes);
  // Deliveries and requests come only after everything below is in place.
  const parts: { simulator?: RunningSimulator; pages?: AdminRoutes } = {};
  const webhooks = new WebhookDelivery(() => parts.simulator as RunningSimulator, options.appTopics ?? DEFAULT_APP_TOPICS);
  const server = http.createServer((request, response) => {
    const requestId = randomUUID();
    answer(parts.simulator as RunningSimulator, parts.pages as AdminRoutes, request, response, requestId).catch((error: unknown) => {
      process.stderr.write(`[shopify simulator] ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ errors: 'Internal simulator error' }));
      else response.destroy();
    });
  });
  server.keepAliveTimeout = 30_000;
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const definitions = options.shops ?? BUILT_IN_DOMAINS.map((shop) => shopDefinition({ shop }));
  const shops = kept ?? definitions.map((definition) => new Shop(definition, options.scopes, clock.now()));
  const keeper = options.stateFile === undefined ? null : new StateKeeper(options.stateFile, () => simulator.shops.values());
  const simulator: RunningSimulator = {
    config: {
      appUrl: options.appUrl, apiKey: options.apiKey, apiSecret: options.apiSecret, scopes: [...options.scopes],
      retryScheduleMs: options.retryScheduleMs ?? SHORT_RETRIES, bulkDelayMs: options.bulkDelayMs ?? 50, bulk: options.bulk ?? {},
    },
    clock, webhooks, stats: emptyStats(), port, origin: `http://${host}:${port}`,
    shops: new Map(shops.map((shop) => [shop.domain, shop])),
    close: async () => {
      keeper?.close();
      webhooks.close();
      clock.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  parts.simulator = simulator;
  parts.pages = adminPages(simulator);
  return simulator;
}

/** Saves soon after something happened, at most once a second, and at the end. */
class StateKeeper {
  readonly #file: string;
  readonly #shops: () => Iterable<Shop>;
  readonly #timer: NodeJS.Timeout;

  constructor(file: string, shops: () => Iterable<Shop>) {
    this.#file = file;
    this.#shops = shops;
    let seen = '';
    let notBefore = 0;
    this.#timer = setInterval(() => {
      const now = [...shops()].map((shop) => shop.mark()).join(' ');
      const started = performance.now();
      if (now === seen || started < notBefore) return;
      saveState(file, shops());
      seen = now;
      notBefore = started + (performance.now() - started) * SAVE_REST;
    }, SAVE_EVERY_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    saveState(this.#file, this.#shops());
  }
}

async function answer(sim: RunningSimulator, pages: AdminRoutes, request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
  const url = new URL(request.url ?? '/', sim.origin);
  if (await pages(request, response, url)) return;
  const reply = await replyTo(sim, request, url, requestId);
  await sendReply(reply, request, response, sim.clock, requestId);
}

async function replyTo(sim: RunningSimulator, request: IncomingMessage, url: URL, requestId: string): Promise<Reply> {
  const upload = /^\/staged-uploads\/([^/]+)$/.exec(url.pathname);
  const body = request.method === 'GET' || request.method === 'HEAD' ? Buffer.alloc(0) : await readBody(request, MAX_UPLOAD_BODY_BYTES);
  if (body === null) return upload ? xml(uploadTooLarge()) : json(413, { errors: 'Request body is too large' });
  if (url.pathname.startsWith('/_sim/')) return answerControl(sim, request, url, body.toString('utf8'));
  const graphql = /^\/admin\/api\/([^/]+)\/graphql\.json$/.exec(url.pathname);
  if (graphql) {
    if (request.method !== 'POST') return json(405, { errors: 'Method Not Allowed' });
    const token = request.headers['x-shopify-access-token'];
    return answerGraphql(sim, {
      shop: shopOf(sim, request), version: graphql[1] as string, body: body.toString('utf8'), requestId,
      accessToken: typeof token === 'string' ? token : undefined,
    });
  }
  if (url.pathname === '/admin/oauth/access_token' && request.method === 'POST') {
    const shop = shopOf(sim, request);
    const form = formOrJson(request, body);
    const grant = () => {
      const { status, body: granted } = grantToken(sim, shop, form);
      return json(status, granted);
    };
    return shop ? withFaults(sim, shop, ['access_token', form['grant_type'] === 'refresh_token' ? 'refresh_token' : 'token_exchange'], requestId, grant) : grant();
  }
  if (upload && request.method === 'POST') {
    const shop = sim.shops.get(upload[1] as string);
    if (!shop) return json(404, { errors: 'Not Found' });
    return withFaults(sim, shop, ['staged-upload'], requestId, async () => xml(await acceptUpload(shop, body, request.headers['content-type'] ?? '')));
  }
  const result = /^\/bulk-results\/([^/]+)\/(.+)\.jsonl$/.exec(url.pathname);
  if (result) {
    const shop = sim.shops.get(result[1] as string);
    return shop ? withFaults(sim, shop, ['bulk-result'], requestId, () => download(sim, shop, result[2] as string)) : json(404, { errors: 'Not Found' });
  }
  return json(404, { errors: 'Not Found' });
}

/** The lines of a bulk operation, as the storage behind its URL sends them. */
function download(sim: Simulator, shop: Shop, key: string): Reply {
  const found = bulkResult(sim, shop, key);
  if (!found) return json(404, { errors: 'Not Found' });
  const { operation, lines } = found;
  const headers = { 'content-type': 'application/jsonl', 'content-length': String(lines.bytes) };
  const breaks = shop.faults.strike(['bulk_download_breaks'], startTarget(operation.type), sim.clock.now());
  return { kind: 'stream', status: 200, chunks: lines.chunks(), headers, ...(breaks ? { breakAt: Math.floor(lines.bytes / 2) } : {}) };
}

function xml({ status, xml: body }: UploadAnswer): Reply {
  return { kind: 'send', status, body, headers: { 'content-type': 'application/xml; charset=UTF-8' } };
}

/** The shop a request is for: the header that the app's preload sets, or the host it was sent to. */
function shopOf(sim: Simulator, request: IncomingMessage): Shop | undefined {
  const named = request.headers['x-sim-host'] ?? request.headers.host ?? '';
  return sim.shops.get(String(named).toLowerCase().replace(/:\d+$/, ''));
}

function formOrJson(request: IncomingMessage, body: Buffer): Record<string, unknown> {
  const text = body.toString('utf8');
  if (!(request.headers['content-type'] ?? '').includes('json')) return Object.fromEntries(new URLSearchParams(text));
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
