import { createHash } from 'node:crypto';
import { tenantId } from '../../domain/kernel/ids.ts';
import type { TenantId } from '../../domain/kernel/ids.ts';
import { many, one } from './stores/rows.ts';
import type { Sql } from './stores/rows.ts';

export interface TokenIdentity {
  readonly tenantId: TenantId;
  readonly tokenId: string;
  readonly scopes: readonly string[];
}

interface DueRow {
  readonly kind: 'price_change' | 'preview' | 'schedules' | 'sync' | 'webhooks' | 'reconcile' | 'subscriptions';
  readonly tenantId: TenantId;
  readonly id: string | null;
}

/** What must be looked up before a tenant is known, each through one named definer function and nothing else. */
export interface TenantDirectory {
  byShop(shopDomain: string): Promise<{ tenantId: TenantId; state: 'installed' | 'uninstalled' } | null>;
  byToken(token: string): Promise<TokenIdentity | null>;
  /** Makes the tenant of a shop, or marks it installed again. */
  install(shopDomain: string): Promise<TenantId>;
  /** Unfinished work of every shop, for the tick. */
  dueWork(): Promise<readonly DueRow[]>;
  metrics(): Promise<{ outboxPending: number; outboxDead: number; outboxLagMs: number; shopsStopped: number }>;
  /** What comes in, over all shops: how long ago the catalog that is furthest behind was right, webhooks that wait, and those of a day that failed. */
  inbound(): Promise<{ catalogBehindSeconds: number; webhooksWaiting: number; webhooksFailed: number }>;
}

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

export function createTenantDirectory(pool: Sql): TenantDirectory {
  return {
    async byShop(shopDomain) {
      const row = await one<{ tenantId: string; state: 'installed' | 'uninstalled' }>(pool, 'select tenant_id, state from app.resolve_tenant_by_shop($1)', [shopDomain.toLowerCase()]);
      return row?.tenantId ? { tenantId: tenantId(row.tenantId), state: row.state } : null;
    },
    async byToken(token) {
      const row = await one<{ tenantId: string; tokenId: string; scopes: string[]; revoked: boolean; tenantState: string }>(pool, 'select tenant_id, token_id, scopes, revoked, tenant_state from app.resolve_tenant_by_token($1)', [hashToken(token)]);
      // A shop that removed the app has taken the right to act for it away, from its tokens too.
      return row?.tenantId && !row.revoked && row.tenantState === 'installed' ? { tenantId: tenantId(row.tenantId), tokenId: row.tokenId, scopes: row.scopes } : null;
    },
    async install(shopDomain) {
      const row = await one<{ tenantId: string }>(pool, `select app.install_shop($1, '', 'USD', 'UTC', '', '{}') as tenant_id`, [shopDomain.toLowerCase()]);
      return tenantId(row!.tenantId);
    },
    dueWork: async () => (await many<DueRow>(pool, 'select kind, tenant_id, id from app.list_due_work() union all select kind, tenant_id, id from app.list_due_inbound()')).map((work) => ({ ...work, tenantId: tenantId(work.tenantId) })),
    async inbound() {
      const row = await one<{ catalogBehindSeconds: bigint | number; webhooksWaiting: bigint | number; webhooksFailed: bigint | number }>(pool, 'select * from app.inbound_snapshot()');
      return { catalogBehindSeconds: Number(row?.catalogBehindSeconds ?? 0), webhooksWaiting: Number(row?.webhooksWaiting ?? 0), webhooksFailed: Number(row?.webhooksFailed ?? 0) };
    },
    async metrics() {
      const row = await one<{ outboxPending: bigint | number; outboxDead: bigint | number; outboxLagMs: bigint | number; tenantsStopped: bigint | number }>(pool, 'select * from app.metrics_snapshot()');
      return { outboxPending: Number(row?.outboxPending ?? 0), outboxDead: Number(row?.outboxDead ?? 0), outboxLagMs: Number(row?.outboxLagMs ?? 0), shopsStopped: Number(row?.tenantsStopped ?? 0) };
    },
  };
}
