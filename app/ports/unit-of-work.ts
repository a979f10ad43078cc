import type { TenantId } from '../domain/kernel/ids.ts';
import type { BulkWriteStore } from './bulk-write-store.ts';
import type { CatalogStore, SyncStore } from './catalog-store.ts';
import type { ChangeStore, ItemStore } from './change-store.ts';
import type { FreshnessStore } from './freshness-store.ts';
import type { IdempotencyStore } from './idempotency-store.ts';
import type { LayerStore } from './layer-store.ts';
import type { Journal } from './journal.ts';
import type { MemberStore } from './member-store.ts';
import type { DecisionStore, PolicyStore } from './policy-store.ts';
import type { PriceListStore } from './price-list-store.ts';
import type { PriceHistoryStore } from './price-history.ts';
import type { OverlapStore } from './overlap-store.ts';
import type { RuleStore } from './rule-store.ts';
import type { SalesStore } from './sales-store.ts';
import type { ScheduleStore } from './schedule-store.ts';
import type { StaleStore } from './stale-store.ts';
import type { InboxStore, TenantStore, TokenStore } from './tenant-store.ts';
import type { WriteSwitchStore } from './write-switch.ts';

/** Everything one transaction of one tenant can reach. Nothing in it sees another tenant's rows. */
export interface Tx {
  readonly tenant: TenantStore;
  readonly tokens: TokenStore;
  readonly members: MemberStore;
  readonly inbox: InboxStore;
  readonly writes: WriteSwitchStore;
  readonly idempotency: IdempotencyStore;
  readonly catalog: CatalogStore;
  readonly syncs: SyncStore;
  readonly freshness: FreshnessStore;
  readonly rules: RuleStore;
  readonly schedules: ScheduleStore;
  readonly stale: StaleStore;
  readonly policies: PolicyStore;
  readonly changes: ChangeStore;
  readonly decisions: DecisionStore;
  readonly items: ItemStore;
  readonly bulkWrites: BulkWriteStore;
  readonly sales: SalesStore;
  readonly layers: LayerStore;
  readonly overlaps: OverlapStore;
  readonly history: PriceHistoryStore;
  readonly priceLists: PriceListStore;
  readonly journal: Journal;
}

export interface UnitOfWork {
  /** State, event and outbox row commit together or not at all. Throws what `work` throws, after rolling back. */
  run<T>(tenantId: TenantId, work: (tx: Tx) => Promise<T>): Promise<T>;
}

/** A page of a list: at most `limit` rows; `cursor` is opaque and belongs to the same filter. */
export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor: string | null;
}
