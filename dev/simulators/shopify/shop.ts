/** The state of one simulated shop. */
import type { BulkLines } from './bulk-files.ts';
import type { BulkSpeedOrder } from './bulk-speed.ts';
import { Catalog, shopIdOf } from './catalog.ts';
import type { ProductDraft } from './catalog.ts';
import { FaultSet } from './faults.ts';
import { LeakyBucket } from './leaky-bucket.ts';
import type { Plan } from './leaky-bucket.ts';
import { currencyDecimals } from './money.ts';
import { addPriceList } from './price-lists.ts';
import type { PriceList, PriceListOrder } from './price-lists.ts';
import { WriteLog } from './write-log.ts';

/** What a shop is made of; kept so that a reset can make it again. */
export interface ShopDefinition {
  shop: string;
  name: string;
  currencyCode: string;
  ianaTimezone: string;
  plan: Plan;
  /** Price lists of markets that are there from the start. */
  priceLists: readonly PriceListOrder[];
  /** How fast bulk operations go; what it does not say is as everywhere. */
  bulk: BulkSpeedOrder;
  /** Makes the products; called at start and at every reset. */
  products: () => Iterable<ProductDraft>;
  /** The order it was made from, so that it can be kept on disk. */
  source: Record<string, unknown>;
}

export type ShopSettings = Partial<Pick<ShopDefinition, 'name' | 'currencyCode' | 'ianaTimezone'>>;

export interface AccessToken {
  token: string;
  kind: 'offline' | 'online';
  userId: string | null;
  expiresAt: number | null;
}

export interface RefreshToken {
  token: string;
  accessToken: string;
  expiresAt: number;
  firstUsedAt: number | null;
  /** The refresh token that was given out in exchange for this one. */
  replacement: string | null;
  predecessor: string | null;
}

/** The app as installed in this shop. */
export interface Installation {
  installed: boolean;
  scopes: string[];
  tokens: Map<string, AccessToken>;
  refreshTokens: Map<string, RefreshToken>;
}

export type BulkStatus = 'CREATED' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELING' | 'CANCELED' | 'EXPIRED';

export interface BulkOperation {
  readonly kind: 'BulkOperation';
  id: number;
  type: 'QUERY' | 'MUTATION';
  status: BulkStatus;
  query: string;
  clientIdentifier: string | null;
  errorCode: 'ACCESS_DENIED' | 'INTERNAL_SERVER_ERROR' | 'TIMEOUT' | null;
  /** Of the request that started it. */
  requestId: string;
  createdAt: number;
  startedAt: number | null;
  completedAt: number | null;
  objectCount: number;
  rootObjectCount: number;
  /** Rows that a mutation has written; Shopify does not tell them. */
  rowCount: number;
  /** Finished lines; served at the result URL until they expire. */
  result: BulkLines | null;
  resultKey: string | null;
  partial: boolean;
}

export interface WebhookSubscription {
  readonly kind: 'WebhookSubscription';
  id: number;
  /** As in the schema's enum: PRODUCTS_UPDATE. */
  topic: string;
  uri: string;
  includeFields: string[];
  name: string | null;
  createdAt: number;
  updatedAt: number;
}

export interface Delivery {
  at: string;
  topic: string;
  url: string;
  attempt: number;
  /** HTTP status, or why there was none: "timeout", "refused", "dropped". */
  status: number | string;
  webhookId: string;
  eventId: string;
  subscription: string;
}

/** Deliveries kept for looking at. */
const KEPT_DELIVERIES = 20_000;

export class Shop {
  readonly domain: string;
  readonly id: number;
  readonly installation: Installation;
  readonly faults = new FaultSet();
  readonly writes = new WriteLog();
  readonly bulkOperations: BulkOperation[] = [];
  /** Files that were staged, by their key; the oldest first. */
  readonly uploads = new Map<string, Buffer>();
  /** Targets given out for them: the parameters that the form must carry, by key. */
  readonly uploadTargets = new Map<string, Record<string, string>>();
  bulk: BulkSpeedOrder;
  /** What the merchant changed since the shop was defined. */
  settings: ShopSettings = {};
  readonly subscriptions: WebhookSubscription[] = [];
  /** In the order they were made, which is the order of their ids. */
  readonly priceLists: PriceList[] = [];
  /** When the catalog was loaded: what is younger has changed since. */
  loadedAt: number;
  readonly deleted: { products: number[]; variants: number[] } = { products: [], variants: [] };
  /** Products that a merchant made since then. */
  readonly created: { draft: ProductDraft; at: number }[] = [];
  readonly deliveries: Delivery[] = [];
  definition: ShopDefinition;
  plan: Plan;
  catalog: Catalog;
  /** Grows at every reset: what was under way before it must not reach the shop as it is after it. */
  epoch = 0;
  /** Counts changes of products and price lists other than by writes of variants. */
  edits = 0;
  #buckets = new Map<string, LeakyBucket>();
  #traffic = { rate: 0, until: 0 };
  #lastId = 900_000_000;

  constructor(definition: ShopDefinition, scopes: string[], now: number) {
    this.domain = definition.shop;
    this.id = shopIdOf(definition.shop);
    this.definition = definition;
    this.plan = definition.plan;
    this.bulk = definition.bulk;
    this.installation = { installed: true, scopes: [...scopes], tokens: new Map(), refreshTokens: new Map() };
    this.loadedAt = now;
    this.catalog = this.#load(now);
  }

  get name(): string {
    return this.settings.name ?? this.definition.name;
  }

  get currencyCode(): string {
    return this.settings.currencyCode ?? this.definition.currencyCode;
  }

  get decimals(): number {
    return currencyDecimals(this.currencyCode);
  }

  get ianaTimezone(): string {
    return this.settings.ianaTimezone ?? this.definition.ianaTimezone;
  }

  /** Replaces the catalog; the installation, its tokens and API subscriptions stay. */
  redefine(definition: ShopDefinition, now: number): void {
    this.definition = definition;
    this.reset(now);
  }

  /** Back to the catalog it was defined with; logs, faults, price lists and operations are forgotten. */
  reset(now: number): void {
    this.epoch += 1;
    this.settings = {};
    this.loadedAt = now;
    this.deleted.products.length = 0;
    this.deleted.variants.length = 0;
    this.created.length = 0;
    this.catalog = this.#load(now);
    this.plan = this.definition.plan;
    this.bulk = this.definition.bulk;
    this.faults.clear();
    this.writes.clear();
    this.bulkOperations.length = 0;
    this.uploads.clear();
    this.uploadTargets.clear();
    this.deliveries.length = 0;
    this.#buckets.clear();
    this.#traffic = { rate: 0, until: 0 };
  }

  bucket(clientId: string, now: number): LeakyBucket {
    let bucket = this.#buckets.get(clientId);
    if (!bucket) {
      bucket = new LeakyBucket(this.plan, now);
      bucket.drain(this.#traffic.rate, this.#traffic.until, now);
      this.#buckets.set(clientId, bucket);
    }
    return bucket;
  }

  /** Others draw on the same points, so many a second until then; 0 ends it. */
  otherTraffic(rate: number, until: number, now: number): void {
    this.#traffic = { rate, until };
    for (const bucket of this.#buckets.values()) bucket.drain(rate, until, now);
  }

  changePlan(plan: Plan, now: number): void {
    this.plan = plan;
    for (const bucket of this.#buckets.values()) bucket.changePlan(plan, now);
  }

  /** Scopes as the app has them now, less what a fault took away. */
  grantedScopes(): string[] {
    const removed = this.faults.list().filter((fault) => fault.kind === 'scope_removed').map((fault) => fault.scope ?? 'write_products');
    return this.installation.scopes.filter((scope) => !removed.includes(scope));
  }

  /** Differs whenever something changed that is kept between runs. */
  mark(): string {
    const { installed, tokens, refreshTokens } = this.installation;
    const last = (map: Map<string, unknown>) => [...map.keys()].at(-1) ?? '';
    const { products, variants } = this.deleted;
    return [
      this.domain, this.loadedAt, this.plan, installed, last(tokens), last(refreshTokens), this.writes.lastSeq, this.#lastId,
      this.subscriptions.length, products.length, variants.length, this.edits,
    ].join(':');
  }

  nextId(): number {
    return ++this.#lastId;
  }

  recordDelivery(delivery: Delivery): void {
    this.deliveries.push(delivery);
    if (this.deliveries.length > KEPT_DELIVERIES) this.deliveries.splice(0, KEPT_DELIVERIES / 10);
  }

  #load(now: number): Catalog {
    const catalog = new Catalog(this.domain);
    for (const draft of this.definition.products()) catalog.add(draft, now);
    this.priceLists.length = 0;
    for (const order of this.definition.priceLists) addPriceList(this, order);
    return catalog;
  }
}
