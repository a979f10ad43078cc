import type { EventRow } from '../../app/domain/audit/event-dto.ts';
import type { ItemRow, ChangeRow } from '../../app/domain/pricing/change.ts';
import type { Layer } from '../../app/domain/pricing/layers.ts';
import type { PolicyDocument } from '../../app/domain/policies/policy.ts';
import type { Decision } from '../../app/domain/policies/approvals-dto.ts';
import type { PolicyRow } from '../../app/ports/policy-store.ts';
import type { TenantRow, WebhookRow } from '../../app/ports/tenant-store.ts';
import type { TenantId } from '../../app/domain/kernel/ids.ts';
import type { BulkRec } from './memory-bulk.ts';
import { Locks, Table } from './memory-tx.ts';
import type { MemoryTx } from './memory-tx.ts';

export type ChangeRec = ChangeRow & { readonly applySeq: number | null; readonly heldAt: Date | null };
export type ItemRec = ItemRow & { readonly owner: string | null; readonly leaseUntil: Date | null; readonly runAt: Date | null };
export interface VariantRec {
  readonly id: string;
  readonly ref: bigint;
  readonly productId: string;
  readonly productRef: bigint;
  readonly position: number;
  readonly price: bigint;
  readonly compareAt: bigint | null;
  readonly cost: bigint | null;
  readonly baselinePrice: bigint | null;
  readonly baselineCompareAt: bigint | null;
  readonly layerId: string | null;
  readonly active: boolean;
  readonly updatedAt: Date | null;
  readonly syncedAt: Date;
}
export type LayerRec = Layer & { readonly variantId: string; readonly state: 'running' | 'ending' };
export interface OutboxRec {
  readonly id: string;
  readonly eventId: string;
  readonly seq: bigint;
  readonly topic: string;
  readonly aggregate: string;
  readonly state: 'ready' | 'leased' | 'done' | 'dead';
  readonly attempts: number;
  readonly epoch: number;
  readonly owner: string | null;
  readonly leaseUntil: number | null;
  readonly runAt: number;
}
export type InboxRec = WebhookRow & { readonly state: 'received' | 'done' | 'ignored' | 'failed'; readonly receivedAt: number; readonly attempts: number };
export type TenantRec = TenantRow & { readonly since: Date | null; readonly by: string | null; readonly reason: string | null; readonly installedAt: Date };
export type PolicyRec = PolicyRow;
export type EventRec = EventRow & { readonly hash: string };
export interface TellRec { readonly changeId: string; readonly seqs: readonly bigint[] }

/** Everything that PostgreSQL keeps for one tenant, as far as prices need it. */
export class MemoryDb {
  readonly tenantId: TenantId;
  readonly locks = new Locks();
  /** Transactions that are open or whose answer is on its way. */
  readonly open = new Set<MemoryTx>();
  readonly tenants = new Table<TenantRec>('tenant');
  readonly changes = new Table<ChangeRec>('change');
  readonly items = new Table<ItemRec>('item');
  readonly bulkWrites = new Table<BulkRec>('bulk');
  readonly variants = new Table<VariantRec>('variant');
  readonly layers = new Table<LayerRec>('layer');
  readonly decisions = new Table<Decision>('decision');
  readonly events = new Table<EventRec>('event');
  readonly outbox = new Table<OutboxRec>('outbox');
  readonly inbox = new Table<InboxRec>('inbox');
  readonly policies = new Table<PolicyRec>('policy');
  /** Every version of them that there was, with the event that told of it; none told of the first. */
  readonly policyVersions: { readonly version: number; readonly document: PolicyDocument; readonly eventId: string | null }[] = [];
  /** Which events the projection of a change was told of. */
  readonly told = new Table<TellRec>('told');
  /** The last of the chain. */
  lastEvent: EventRec | null = null;
  /** When the transaction of an event committed. */
  readonly committedAt = new Map<string, number>();
  /** While the app was removed, as far as we had heard; open at its end where it still is. */
  readonly left: { readonly from: number; to: number }[] = [];
  /** When it had begun. */
  readonly begunAt = new Map<string, number>();

  constructor(tenantId: TenantId) {
    this.tenantId = tenantId;
  }

  tenant(): TenantRec {
    return this.tenants.rows.get(this.tenantId)!;
  }

  /** The server goes down: what was not committed never was. */
  restart(): void {
    for (const tx of this.open) tx.rollback();
  }

  /** The log in its order. */
  log(): EventRec[] {
    return [...this.events.rows.values()].sort((a, b) => (a.seq < b.seq ? -1 : 1));
  }
}
