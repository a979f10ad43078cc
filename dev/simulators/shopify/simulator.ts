/** What the parts of the simulator share. */
import type { BulkSpeedOrder } from './bulk-speed.ts';
import type { SimClock } from './clock.ts';
import type { Shop } from './shop.ts';

export interface SimulatorConfig {
  appUrl: string;
  apiKey: string;
  apiSecret: string;
  /** Scopes the app asks for in its configuration. */
  scopes: string[];
  /** Waits before the retries of a webhook; Shopify makes eight over four hours. */
  retryScheduleMs: readonly number[];
  /** How long a bulk query stays in CREATED where nothing else is said. */
  bulkDelayMs: number;
  /** Speed of bulk operations in shops that say nothing else. */
  bulk: BulkSpeedOrder;
}

export interface OperationStats {
  requests: number;
  throttled: number;
  points: number;
}

export interface Stats {
  requests: number;
  throttled: number;
  pointsUsed: number;
  byOperation: Record<string, OperationStats>;
}

/** Tells the app about something that happened in a shop. `topic` as in the schema: PRODUCTS_UPDATE. */
export interface WebhookSender {
  emit(shop: Shop, topic: string, payload: Record<string, unknown>): void;
}

export interface Simulator {
  readonly config: SimulatorConfig;
  readonly clock: SimClock;
  readonly shops: Map<string, Shop>;
  readonly webhooks: WebhookSender;
  readonly stats: Stats;
  /** `http://127.0.0.1:4000`, known once it listens. */
  readonly origin: string;
}

export function emptyStats(): Stats {
  return { requests: 0, throttled: 0, pointsUsed: 0, byOperation: {} };
}

export const API_VERSION = '2026-07';
