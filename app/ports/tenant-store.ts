/** The shop itself, its staff, tokens and incoming webhooks. */
export interface TenantRow {
  readonly tenantId: string;
  readonly shopDomain: string;
  readonly name: string;
  readonly currencyCode: string;
  readonly timeZone: string;
  readonly plan: string;
  readonly state: 'installed' | 'uninstalled';
  readonly scopes: readonly string[];
  readonly writesStopped: boolean;
}

export const ROLES = ['viewer', 'editor', 'approver', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface TenantStore {
  get(): Promise<TenantRow | null>;
  update(facts: Partial<Pick<TenantRow, 'name' | 'currencyCode' | 'timeZone' | 'plan' | 'state' | 'scopes' | 'writesStopped'>>, now: Date): Promise<void>;
  /** The member's role. The shop's first member becomes admin, later ones get `roleIfNew`. */
  member(userId: string, name: string, roleIfNew: Role, now: Date): Promise<Role>;
  saveHealth(connector: string, status: string, detail: Readonly<Record<string, unknown>>, now: Date): Promise<void>;
  /** Whether the shop was installed, or gave us an offline token, after `at`: word from before that is of an earlier installation. */
  installedAfter(at: Date): Promise<boolean>;
  /** Forgets every access token of the shop. */
  forgetSessions(): Promise<void>;
  /** Erases every row of the tenant in every table, as Shopify's shop/redact asks; answers how many rows went. */
  erase(reason: string): Promise<number>;
  health(connector: string): Promise<{ status: string; detail: Record<string, unknown>; checkedAt: Date } | null>;
}

export interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

export interface TokenStore {
  list(): Promise<readonly TokenRow[]>;
  create(row: { id: string; name: string; tokenHash: Uint8Array; prefix: string; scopes: readonly string[]; createdBy: string; now: Date }): Promise<TokenRow>;
  revoke(id: string, now: Date): Promise<boolean>;
  /** Revokes all that are valid and, where `madeBefore` says so, were made before; answers their ids. */
  revokeAll(which: { madeBefore: Date | null; now: Date }): Promise<readonly string[]>;
  touch(id: string, now: Date): Promise<void>;
}

export interface WebhookRow {
  readonly webhookId: string;
  readonly eventId: string;
  readonly topic: string;
  readonly apiVersion: string;
  readonly triggeredAt: Date;
  readonly payload: unknown;
}

export interface InboxStore {
  /** False when this webhook id is already there. */
  receive(row: WebhookRow): Promise<boolean>;
  /** The oldest unprocessed ones, in the order they came, without those of `passedOver`. */
  nextBatch(limit: number, passedOver: readonly string[]): Promise<readonly WebhookRow[]>;
  /** Holds the webhook, and all deliveries of its event, until the transaction ends; false when it was processed meanwhile. */
  hold(webhook: Pick<WebhookRow, 'webhookId' | 'topic' | 'eventId'>): Promise<boolean>;
  /** Whether another delivery of the same event already had its effect. */
  eventDone(topic: string, eventId: string): Promise<boolean>;
  finish(webhookId: string, state: 'done' | 'ignored', note: string | null, now: Date): Promise<void>;
  /** Counts a try that broke; the last of `attemptsMax` ends it as failed, an earlier one leaves it to be tried again. Answers whether it ended. */
  broke(webhookId: string, error: string, attemptsMax: number, now: Date): Promise<boolean>;
}
