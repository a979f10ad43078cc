/** A plain client of the simulator for its own tests: what an app would send, nothing of the app's code. */
import { startShopifySimulator } from '../../dev/simulators/shopify/server.ts';
import type { RunningSimulator, SimulatorOptions } from '../../dev/simulators/shopify/server.ts';

export const DEMO = 'demo.myshopify.com';
export const CREDENTIALS = { apiKey: 'test-key', apiSecret: 'test-secret' };
export const SCOPES = ['write_products', 'read_inventory'];

// Answers are looked into freely; what they hold is what the tests are about.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;

export interface Answer {
  status: number;
  headers: Headers;
  body: Json;
}

export class SimulatorClient {
  readonly sim: RunningSimulator;
  token = '';
  shop = DEMO;

  constructor(sim: RunningSimulator) {
    this.sim = sim;
  }

  async graphql(query: string, variables: Record<string, unknown> = {}, options: { version?: string; token?: string | null; shop?: string; operationName?: string } = {}): Promise<Answer> {
    const token = options.token === undefined ? this.token : options.token;
    return this.request('POST', `/admin/api/${options.version ?? '2026-07'}/graphql.json`, {
      body: { query, variables, ...(options.operationName ? { operationName: options.operationName } : {}) },
      headers: { 'x-sim-host': options.shop ?? this.shop, ...(token === null ? {} : { 'x-shopify-access-token': token }) },
    });
  }

  /** The data of an answer that has no errors. */
  async data(query: string, variables: Record<string, unknown> = {}): Promise<Json> {
    const { status, body } = await this.graphql(query, variables);
    if (status !== 200 || body.errors) throw new Error(`${status} ${JSON.stringify(body)}`);
    return body.data;
  }

  async control(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.request(method, `/_sim/${path}`, { body });
  }

  /** The body of a control call that succeeds. */
  async order(method: string, path: string, body?: unknown): Promise<Json> {
    const answer = await this.control(method, path, body);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async oauth(body: Record<string, unknown>, shop = this.shop): Promise<Answer> {
    return this.request('POST', '/admin/oauth/access_token', {
      body: { client_id: CREDENTIALS.apiKey, client_secret: CREDENTIALS.apiSecret, ...body }, headers: { 'x-sim-host': shop },
    });
  }

  /** Token exchange with a fresh session token, as opening the app does. */
  async exchange(over: Record<string, unknown> = {}, shop = this.shop): Promise<Answer> {
    const { token } = await this.order('GET', `id-token?shop=${shop}`);
    return this.oauth({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      requested_token_type: 'urn:shopify:params:oauth:token-type:offline-access-token', expiring: '1', ...over,
    }, shop);
  }

  async login(shop = this.shop): Promise<Json> {
    const { body } = await this.exchange({}, shop);
    this.token = body.access_token;
    return body;
  }

  async request(method: string, path: string, options: { body?: unknown; headers?: Record<string, string> } = {}): Promise<Answer> {
    const { body } = options;
    const response = await fetch(`${this.sim.origin}${path}`, {
      method, headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    let parsed: Json = text;
    try {
      parsed = JSON.parse(text);
    } catch {
      // some answers are text on purpose
    }
    return { status: response.status, headers: response.headers, body: parsed };
  }
}

/** A simulator on a free port with a client that has a token of the demo shop. */
export async function startClient(options: Partial<SimulatorOptions> = {}): Promise<SimulatorClient> {
  const sim = await startShopifySimulator({ appUrl: 'http://127.0.0.1:9', ...CREDENTIALS, scopes: SCOPES, retryScheduleMs: [], bulkDelayMs: 5, ...options });
  const client = new SimulatorClient(sim);
  await client.login();
  return client;
}

/** Waits until `read` gives something. */
export async function eventually<T>(read: () => Promise<T | undefined | null | false> | T | undefined | null | false, withinMs = 5_000): Promise<T> {
  const until = Date.now() + withinMs;
  for (;;) {
    const value = await read();
    if (value) return value;
    if (Date.now() > until) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
