/**
 * Delivery of webhooks. Facts (SHOPIFY.md): connect within 1 s, an answer within 5 s; eight retries over four hours
 * with the first payload; then the subscription is removed if it was made by the API. Anything but 2xx is a failure.
 */
import { createHmac, randomUUID } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { ActiveFault } from './faults.ts';
import type { Delivery, Shop, WebhookSubscription } from './shop.ts';
import { API_VERSION } from './simulator.ts';
import type { Simulator, WebhookSender } from './simulator.ts';

const CONNECT_TIMEOUT_MS = 1_000;
const ANSWER_TIMEOUT_MS = 5_000;
/** How long a delivery is held back so that a later one overtakes it, when the fault does not say. */
const REORDER_MS = 2_000;
/** Deliveries under way at once, over all shops. */
const AT_ONCE = 20;
const DELAY_MS = 5_000;

/** Eight retries with growing waits, as Shopify's over four hours, here within a minute. */
export const SHORT_RETRIES: readonly number[] = [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600];
/** The same as Shopify makes them, for virtual time: four hours in all. */
export const SHOPIFY_RETRIES: readonly number[] = [60_000, 120_000, 300_000, 600_000, 1_320_000, 2_400_000, 3_600_000, 6_000_000];

/** Topics as the app's configuration file subscribes to them, each at `/webhooks/<topic>` of the app. */
export const DEFAULT_APP_TOPICS = [
  'app/uninstalled', 'app/scopes_update', 'products/create', 'products/update', 'products/delete', 'inventory_items/update',
  'orders/create', 'bulk_operations/finish', 'shop/update', 'customers/data_request', 'customers/redact', 'shop/redact',
];

interface Message {
  topic: string;
  url: string;
  body: Buffer;
  webhookId: string;
  eventId: string;
  triggeredAt: string;
  subscription: WebhookSubscription | null;
  epoch: number;
  /** When the first attempt was made; retries are due so long after it. */
  firstAt: number | null;
}

/** PRODUCTS_UPDATE → products/update, BULK_OPERATIONS_FINISH → bulk_operations/finish. */
export function topicPath(topic: string): string {
  const known = DEFAULT_APP_TOPICS.find((path) => path.replace('/', '_').toUpperCase() === topic);
  return known ?? topic.toLowerCase().replace(/_(?=[^_]*$)/, '/');
}

export class WebhookDelivery implements WebhookSender {
  readonly #sim: () => Simulator;
  readonly #appTopics: ReadonlySet<string>;
  readonly #agents = { http: new http.Agent({ keepAlive: true, maxSockets: AT_ONCE }), https: new https.Agent({ keepAlive: true, maxSockets: AT_ONCE }) };
  /** Deliveries under way, and those that wait for their turn: their time-outs begin when they are sent. */
  #sending = 0;
  readonly #waiting: (() => void)[] = [];
  #held: { shop: Shop; message: Message }[] = [];
  #closed = false;

  constructor(sim: () => Simulator, appTopics: readonly string[]) {
    this.#sim = sim;
    this.#appTopics = new Set(appTopics);
  }

  /** Sends to the app's configured endpoint and to every subscription of the topic; all share one event id. */
  emit(shop: Shop, topic: string, payload: Record<string, unknown>): void {
    const path = topicPath(topic);
    const { config, clock } = this.#sim();
    const shared = { epoch: shop.epoch, firstAt: null, topic: path, eventId: randomUUID(), triggeredAt: triggeredAt(clock.now()) };
    const body = Buffer.from(JSON.stringify(payload));
    const configured = this.#appTopics.has(path) && (shop.installation.installed || path === 'app/uninstalled' || path === 'shop/redact');
    if (configured) this.#dispatch(shop, { ...shared, url: `${config.appUrl.replace(/\/$/, '')}/webhooks/${path}`, body, webhookId: randomUUID(), subscription: null });
    for (const subscription of shop.subscriptions.filter((candidate) => candidate.topic === topic)) {
      const chosen = subscription.includeFields.length === 0 ? body : Buffer.from(JSON.stringify(pick(payload, subscription.includeFields)));
      this.#dispatch(shop, { ...shared, url: subscription.uri, body: chosen, webhookId: randomUUID(), subscription });
    }
  }

  close(): void {
    this.#closed = true;
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  #dispatch(shop: Shop, message: Message): void {
    const { clock } = this.#sim();
    const fault = shop.faults.strike(['webhook_drop', 'webhook_duplicate', 'webhook_reorder', 'webhook_delay'], { names: [message.topic], write: true }, clock.now());
    if (fault) return this.#strike(fault, shop, message);
    void this.#attempt(shop, message, 0);
    this.#release(shop);
  }

  #strike(fault: ActiveFault, shop: Shop, message: Message): void {
    const { clock } = this.#sim();
    switch (fault.kind) {
      case 'webhook_drop':
        this.#record(shop, message, 0, 'dropped');
        return;
      case 'webhook_duplicate':
        void this.#attempt(shop, message, 0);
        void this.#attempt(shop, message, 0);
        return;
      case 'webhook_delay':
        clock.after(fault.delayMs ?? DELAY_MS, () => void this.#attempt(shop, message, 0));
        return;
      default: {
        const held = { shop, message };
        this.#held.push(held);
        clock.after(fault.delayMs ?? REORDER_MS, () => {
          if (!this.#held.includes(held)) return;
          this.#held.splice(this.#held.indexOf(held), 1);
          void this.#attempt(shop, message, 0);
        });
      }
    }
  }

  /** What was held back goes out after the delivery that overtook it, in reverse. */
  #release(shop: Shop): void {
    if (this.#held.length === 0) return;
    const mine = this.#held.filter((held) => held.shop === shop).reverse();
    this.#held = this.#held.filter((held) => held.shop !== shop);
    for (const { message } of mine) this.#sim().clock.after(50, () => void this.#attempt(shop, message, 0));
  }

  async #attempt(shop: Shop, message: Message, attempt: number): Promise<void> {
    const outdated = () => this.#closed || message.epoch !== shop.epoch;
    if (outdated()) return;
    if (this.#sending >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#sending += 1;
    const sent = { ...message, firstAt: message.firstAt ?? this.#sim().clock.now() };
    const status = outdated() ? 'outdated' : await this.#post(shop, message);
    // The place goes to the one that waits longest, or is free.
    const next = this.#waiting.shift();
    if (next) next();
    else this.#sending -= 1;
    if (outdated()) return;
    this.#record(shop, message, attempt, status);
    if (typeof status === 'number' && status >= 200 && status < 300) return;
    const { clock, config } = this.#sim();
    if (attempt < config.retryScheduleMs.length) {
      const due = config.retryScheduleMs.slice(0, attempt + 1).reduce((sum, wait) => sum + wait, sent.firstAt);
      clock.after(due - clock.now(), () => void this.#attempt(shop, sent, attempt + 1));
    } else if (message.subscription) {
      const at = shop.subscriptions.indexOf(message.subscription);
      if (at >= 0) shop.subscriptions.splice(at, 1);
    }
  }

  #post(shop: Shop, message: Message): Promise<number | string> {
    const url = URL.parse(message.url);
    if (!url) return Promise.resolve('refused: not an address');
    if (!isLocal(url.hostname)) return Promise.resolve('refused: only addresses of this machine are called');
    const { apiSecret } = this.#sim().config;
    const options: http.RequestOptions = {
      method: 'POST', agent: url.protocol === 'https:' ? this.#agents.https : this.#agents.http,
      headers: {
        'content-type': 'application/json', 'content-length': message.body.length, 'user-agent': 'Shopify-Captain-Hook',
        'X-Shopify-Topic': message.topic,
        'X-Shopify-Hmac-Sha256': createHmac('sha256', apiSecret).update(message.body).digest('base64'),
        'X-Shopify-Shop-Domain': shop.domain,
        'X-Shopify-API-Version': API_VERSION,
        'X-Shopify-Webhook-Id': message.webhookId,
        'X-Shopify-Event-Id': message.eventId,
        'X-Shopify-Triggered-At': message.triggeredAt,
        ...(message.subscription?.name ? { 'X-Shopify-Name': message.subscription.name } : {}),
      },
    };
    return new Promise((resolve) => {
      const request = (url.protocol === 'https:' ? https : http).request(url, options, (response) => {
        response.resume();
        response.on('end', () => done(response.statusCode ?? 0));
        response.on('error', () => done('broken off'));
      });
      const done = (status: number | string) => {
        clearTimeout(connectTimer);
        clearTimeout(answerTimer);
        resolve(status);
      };
      const giveUp = (why: string) => {
        done(why);
        request.destroy();
      };
      const connectTimer = setTimeout(() => giveUp('timeout: no connection within 1 s'), CONNECT_TIMEOUT_MS);
      const answerTimer = setTimeout(() => giveUp('timeout: no answer within 5 s'), ANSWER_TIMEOUT_MS);
      request.on('socket', (socket) => {
        if (!socket.connecting) clearTimeout(connectTimer);
        socket.once('connect', () => clearTimeout(connectTimer));
      });
      request.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
      request.end(message.body);
    });
  }

  #record(shop: Shop, message: Message, attempt: number, status: number | string): void {
    const delivery: Delivery = {
      at: new Date(this.#sim().clock.now()).toISOString(), topic: message.topic, url: message.url, attempt, status,
      webhookId: message.webhookId, eventId: message.eventId, subscription: message.subscription ? String(message.subscription.id) : 'app configuration',
    };
    shop.recordDelivery(delivery);
  }
}

function pick(payload: Record<string, unknown>, fields: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(payload).filter(([key]) => fields.includes(key)));
}

/** RFC 3339 in UTC with nanoseconds, as Shopify sends it. */
function triggeredAt(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}${String(process.hrtime.bigint() % 1_000_000n).padStart(6, '0')}Z`;
}

function isLocal(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}
