import type { TenantId } from '../../domain/kernel/ids.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';
import { bulkWriteStore } from './stores/bulk-write-store.ts';
import { catalogStore, syncStore } from './stores/catalog-store.ts';
import { changeStore } from './stores/change-store.ts';
import { freshnessStore } from './stores/freshness-store.ts';
import { idempotencyStore } from './stores/idempotency-store.ts';
import { itemStore } from './stores/item-store.ts';
import { journal } from './stores/journal.ts';
import { layerStore } from './stores/layer-store.ts';
import { memberStore } from './stores/member-store.ts';
import { decisionStore, policyStore } from './stores/policy-store.ts';
import { priceHistoryStore } from './stores/price-history.ts';
import { overlapStore } from './stores/overlap-store.ts';
import { priceListStore } from './stores/price-list-store.ts';
import { ruleStore } from './stores/rule-store.ts';
import { salesStore } from './stores/sales-store.ts';
import { scheduleStore } from './stores/schedule-store.ts';
import { staleStore } from './stores/stale-store.ts';
import type { Sql } from './stores/rows.ts';
import { inboxStore, tenantStore, tokenStore } from './stores/tenant-store.ts';
import { writeSwitchStore } from './stores/write-switch-store.ts';

/** Opens a transaction in which only this tenant exists. */
export type WithTenant = <T>(tenantId: string, work: (sql: Sql) => Promise<T>, options?: { readonly attempts?: number }) => Promise<T>;

/** A deadlock undid one of two transactions that met; every flow may be run again from its start. */
const ATTEMPTS = 4;

export function createUnitOfWork(withTenant: WithTenant): UnitOfWork {
  return {
    run: <T>(tenantId: TenantId, work: (tx: Tx) => Promise<T>) => withTenant(tenantId, (sql) => work(storesOf(sql, tenantId)), { attempts: ATTEMPTS }),
  };
}

function storesOf(sql: Sql, tenantId: TenantId): Tx {
  return {
    tenant: tenantStore(sql, tenantId),
    tokens: tokenStore(sql, tenantId),
    members: memberStore(sql),
    inbox: inboxStore(sql, tenantId),
    writes: writeSwitchStore(sql),
    idempotency: idempotencyStore(sql, tenantId),
    catalog: catalogStore(sql, tenantId),
    syncs: syncStore(sql, tenantId),
    freshness: freshnessStore(sql, tenantId),
    rules: ruleStore(sql, tenantId),
    schedules: scheduleStore(sql),
    stale: staleStore(sql),
    policies: policyStore(sql, tenantId),
    changes: changeStore(sql, tenantId),
    decisions: decisionStore(sql, tenantId),
    items: itemStore(sql, tenantId),
    bulkWrites: bulkWriteStore(sql, tenantId),
    sales: salesStore(sql, tenantId),
    layers: layerStore(sql, tenantId),
    overlaps: overlapStore(sql),
    history: priceHistoryStore(sql),
    priceLists: priceListStore(sql, tenantId),
    journal: journal(sql, tenantId),
  };
}
